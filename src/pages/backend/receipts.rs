//! Money of a customer that came in without an invoice: it settles a debt, then pays what is open,
//! then goes to the credit balance.

use axum::extract::Path;
use chrono::NaiveDate;

use crate::app::App;
use crate::app::reads::{Documents, Page};
use crate::domain::document::{Invoice, InvoiceStatus};
use crate::domain::ids::CustomerId;
use crate::domain::money::Money;
use crate::edge::amounts::Amounts;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::{answerable, ask};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::payments::judged;
use crate::pages::backend::places::CUSTOMERS;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings::CURRENCIES;
use crate::pages::backend::{once, people, rows};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::form::Kind;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::wire::payments::{NewPayment, ReceivedPayment};

/// How many open invoices are named.
const NAMED_MAX: usize = 5;
/// How many open invoices are looked at.
const OPEN_MAX: i64 = 200;

const FIELDS: &[Spec] = &[
    Spec::new("/amount", "Amount", Kind::Money).required(),
    Spec::new("/reference", "Reference", Kind::Text)
        .required()
        .hint("What the payment is called where the money moves, such as a line of the statement."),
    Spec::new("/paid_on", "Paid on", Kind::Date).hint("Today, if left empty."),
];

/// Asks what came in.
pub(super) async fn ask_receipt(session: Session, Path(id): Path<String>) -> Answer {
    question(&session, &CustomerId::stored(id), None, None).await
}

/// Takes it.
pub(super) async fn receive(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let (id, values) = (CustomerId::stored(id), session.values(sent));
    // A form is for somebody who is there.
    session.app.customer(&session.merchant, &id).await?;
    let to = format!("{CUSTOMERS}/{id}");
    let Some(turn) = once::begin(&session, &values).await? else {
        return session.go(&to, "The payment is recorded.");
    };
    let done = received(&turn.app, &session, &id, &values).await;
    if !matches!(done, Ok(Ok(_))) {
        turn.give_up().await;
    }
    match done? {
        Ok(received) => session.go(&to, told(&session, &received)),
        Err(problem) => question(&session, &id, Some(&values), Some(&problem)).await,
    }
}

async fn received(
    app: &App,
    session: &Session,
    id: &CustomerId,
    values: &FormValues,
) -> Result<Result<ReceivedPayment, Problem>, Failure> {
    let body = match judged::<NewPayment>(values, FIELDS) {
        Ok(body) => body,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut amounts = Amounts::default();
    let amount = amounts.read("/amount", &body.amount);
    if let Err(problem) = amounts.finish() {
        return Ok(Err(problem));
    }
    let amount = amount.ok_or_else(Problem::internal)?;
    let (reference, paid_on): (String, Option<NaiveDate>) = (body.reference, body.paid_on);
    let done = app.receive_payment(&session.merchant, id, amount, reference, paid_on).await;
    done.map_or_else(|error| answerable(error).map(Err), |received| Ok(Ok(received)))
}

/// Where the money went.
fn told(session: &Session, received: &ReceivedPayment) -> Phrase {
    let paid = received.payments.iter().filter(|part| part.invoice.is_some()).count();
    let rest = received.payments.iter().find(|part| part.invoice.is_none());
    let rest = rest.and_then(|part| Amounts::default().read("", &part.amount));
    let rest = rest.map(|rest| session.money(rest));
    match (paid, rest) {
        (0, Some(rest)) => phrase!("The payment is recorded: {} went to the balance.", rest),
        (1, None) => "The payment is recorded, on one invoice.".into(),
        (paid, None) => phrase!("The payment is recorded, on {} invoices.", paid),
        (1, Some(rest)) => {
            phrase!("The payment is recorded, on one invoice; {} went to the balance.", rest)
        }
        (paid, Some(rest)) => {
            phrase!("The payment is recorded, on {} invoices; {} went to the balance.", paid, rest)
        }
    }
}

async fn question(
    session: &Session,
    id: &CustomerId,
    values: Option<&FormValues>,
    problem: Option<&Problem>,
) -> Answer {
    let (customer, owed) = session.app.customer(&session.merchant, id).await?;
    let theirs = Documents {
        customer: Some(id.clone()),
        status: Some(InvoiceStatus::Open),
        ..Documents::default()
    };
    let open = session.app.invoices_in_full(&session.merchant, theirs, Page::first(OPEN_MAX));
    let mut open: Vec<Invoice> = open.await?.into_iter().map(|found| found.invoice).collect();
    // In the order in which they are paid.
    open.sort_by_key(|invoice| (invoice.due_on, invoice.number));
    let blank = FormValues::default()
        .by(session.notation())
        .with("/amount/currency", session.settings.currency.code());
    let asked = problem.filter(|it| !it.errors.is_empty());
    let mut form =
        form(FIELDS, values.unwrap_or(&blank), asked).with_suggestions("amount", CURRENCIES);
    let name = people::known(&customer).name;
    let mut facts = vec![Fact::new("Customer", name.clone())];
    facts.extend(owed.iter().map(|owed| Fact::new("Credit balance", session.money(*owed))));
    facts.push(Fact::new("Open invoices", named(session, &open)));
    let page = ConfirmPage {
        lead: "Money that names no invoice: it settles what the customer owes you besides, then \
               pays the open invoices, the one due first before the others. What is left goes to \
               the credit balance.",
        facts,
        fields: FIELDS
            .iter()
            .filter_map(|spec| form.fields.remove(spec.at.trim_start_matches('/')))
            .collect(),
        problems: form.problems,
        action: format!("{CUSTOMERS}/{id}/payment"),
        button: "It came in",
        keep: "Leave it",
        back: format!("{CUSTOMERS}/{id}"),
        once: Some(once::fresh(session)),
        ..ConfirmPage::default()
    };
    let head = PageHead::new("Record a payment").below("Customers", CUSTOMERS);
    ask(session, head.below(name, format!("{CUSTOMERS}/{id}")), page, problem)
}

/// The open invoices, with what is due on each, in the order in which they are paid.
fn named(session: &Session, open: &[Invoice]) -> Phrase {
    let one = |invoice: &Invoice| {
        let due = session.money(Money::new(invoice.amount_due, invoice.currency));
        phrase!("{}: {}", rows::invoice(session, invoice).title, due)
    };
    let first = Phrase::joined(open.iter().take(NAMED_MAX).map(one), "{}, {}");
    match open.len() {
        0 => "no invoice".into(),
        many if many > NAMED_MAX => phrase!("{} and {} more", first, many - NAMED_MAX),
        _ => first,
    }
}
