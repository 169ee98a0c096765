//! Payments: the list, and what is told of an invoice's payment: that it came, or that it bounced.
//! Each asks once more. What bounces without an invoice stands in `bounces`.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::{Path, Query};
use serde::Deserialize;

use crate::app::App;
use crate::app::payments::PaymentDraft;
use crate::app::reads::{Payments, StoredPayment};
use crate::app::search::SearchHitKind;
use crate::domain::document::{Invoice, PaymentKind};
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, InvoiceId, PaymentId};
use crate::domain::money::Money;
use crate::edge::amounts::Amounts;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::{answerable, ask};
use crate::pages::backend::documents::tabs;
use crate::pages::backend::filters::{Narrow, SoughtThing, asked, filters};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::notation::Notation;
use crate::pages::backend::once;
use crate::pages::backend::places::{INVOICES, PAYMENTS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings::CURRENCIES;
use crate::pages::backend::{people, rows};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::{Badge, Person};
use crate::render::backend::payments::{ListedPayment, PaymentsPage};
use crate::render::backend::phrase::phrase;
use crate::wire::documents::{PayBody, Surplus, UnpayBody};

const PAID: &[Spec] = &[
    Spec::new("/reference", "Reference", Kind::Text)
        .required()
        .hint("What the payment is called where the money moves, such as a line of the statement."),
    Spec::new("/amount", "Amount", Kind::Money)
        .hint("All that is due, if left empty. Less leaves the invoice open for the rest."),
    Spec::new("/surplus", "What is more than is due", Kind::Choice),
    Spec::new("/paid_on", "Paid on", Kind::Date).hint("Today, if left empty."),
];

const SURPLUS: &[(&str, &str)] =
    &[("", "is not taken: ask again"), ("balance", "goes to the credit balance")];

const BOUNCED: &[Spec] = &[
    Spec::new("/reference", "Reference", Kind::Text)
        .required()
        .hint("The reference with which the payment came in."),
    Spec::new("/payment", "Payment", Kind::Text)
        .hint("By its id, where several of this reference stand on the invoice."),
    Spec::new("/reason", "Reason", Kind::Text).required().hint("Such as “account closed”."),
];

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PaymentQuery {
    customer: Option<String>,
    invoice: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// Lists payments, the newest first.
pub(super) async fn list(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<PaymentQuery>,
) -> Answer {
    // What is no day narrows nothing down.
    let day = |text: Option<&String>| asked(text).and_then(|text| Notation::date(&text).ok());
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let invoice =
        SoughtThing::among(&session, SearchHitKind::Invoice, wanted.invoice.as_ref()).await?;
    let filter = Payments {
        customer: customer.id.clone().map(CustomerId::stored),
        invoice: invoice.id.clone().map(InvoiceId::stored),
        reference: browse.searched(),
        from: day(wanted.from.as_ref()),
        to: day(wanted.to.as_ref()),
    };
    let page = browse.page(SortOrder::NewestFirst);
    let mut found = session.app.payments(&session.merchant, filter, page).await?;
    let narrow = [
        Narrow::thing("customer", "Customer", &customer),
        Narrow::thing("invoice", "Invoice number", &invoice),
        Narrow::date("from", "From", wanted.from.as_ref()),
        Narrow::date("to", "Until", wanted.to.as_ref()),
    ];
    let label = "Search by the whole reference";
    let (filters, here) = filters(PAYMENTS, label, browse.searched(), &narrow);
    let pager =
        browse.pager(&mut found, SortOrder::NewestFirst, &here, |it| it.payment.id.as_str());
    let ids = found.iter().filter_map(|found| found.payment.invoice.clone()).collect();
    let numbers = session.app.numbers_of(&session.merchant, ids).await?;
    let free = found.iter().map(|found| &found.payment).filter(|it| it.invoice.is_none());
    let free = free.map(|payment| payment.receipt.clone()).collect();
    let gone = session.app.bounced_receipts(&session.merchant, free).await?;
    let mut rows: Vec<_> = found.iter().map(|it| listed(&session, it, &numbers, &gone)).collect();
    people::name(&session, rows.iter_mut().map(|row| &mut row.customer)).await?;
    let page = PaymentsPage { tabs: tabs(PAYMENTS), filters, rows, pager };
    session.show(PageHead::new("Payments"), &page)
}

fn listed(
    session: &Session,
    found: &StoredPayment,
    numbers: &BTreeMap<InvoiceId, i64>,
    gone: &BTreeSet<PaymentId>,
) -> ListedPayment {
    let StoredPayment { customer, payment } = found;
    let what = match payment.kind {
        PaymentKind::Payment => Badge::new(Tone::Good, "paid"),
        PaymentKind::Bounce => Badge::new(Tone::Bad, "bounced"),
        PaymentKind::Payout => Badge::new(Tone::Plain, "paid out"),
    };
    let invoice = payment.invoice.as_ref().map(|id| {
        let number = numbers.get(id);
        let label = number.map_or_else(|| id.to_string().into(), |it| phrase!("Invoice {}", *it));
        Link::new(label, format!("{INVOICES}/{id}"))
    });
    let stands = payment.kind == PaymentKind::Payment && !gone.contains(&payment.receipt);
    let bounce = (stands && invoice.is_none()).then(|| bounce_of(&payment.id));
    ListedPayment {
        bounce,
        reference: payment.reference.clone(),
        on: session.day(payment.paid_on),
        what,
        customer: Person::of(customer),
        invoice,
        amount: session.money(Money::new(payment.amount, payment.currency)),
        reason: payment.reason.clone(),
    }
}

/// What is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ReportedPayment {
    Paid,
    Bounced,
}

impl ReportedPayment {
    fn fields(self) -> &'static [Spec] {
        match self {
            Self::Paid => PAID,
            Self::Bounced => BOUNCED,
        }
    }
}

/// Asks for a payment.
pub(super) async fn ask_paid(session: Session, Path(id): Path<String>) -> Answer {
    let id = InvoiceId::stored(id);
    let invoice = session.app.invoice_in_full(&session.merchant, &id).await?.invoice;
    let (due, notation) = (Money::new(invoice.amount_due, invoice.currency), session.notation());
    let values = FormValues::default()
        .by(notation)
        .with("/amount/amount", notation.write(&due.amount()))
        .with("/amount/currency", due.currency.code());
    question(&session, &id, ReportedPayment::Paid, &values, None).await
}

/// Asks for a bounced payment.
pub(super) async fn ask_bounced(session: Session, Path(id): Path<String>) -> Answer {
    let id = InvoiceId::stored(id);
    let paid = session.app.payments_of(&session.merchant, &id).await?;
    let came = || paid.iter().filter(|payment| payment.kind == PaymentKind::Payment);
    let values = came().next_back().map_or_else(FormValues::default, |last| {
        let values = FormValues::default().with("/reference", last.reference.clone());
        let is_one = came().filter(|it| it.reference == last.reference).count() == 1;
        if is_one { values } else { values.with("/payment", last.id.to_string()) }
    });
    question(&session, &id, ReportedPayment::Bounced, &values, None).await
}

/// Records a payment.
pub(super) async fn paid(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let (id, values) = (InvoiceId::stored(id), session.values(sent));
    let to = format!("{INVOICES}/{id}");
    let Some(turn) = once::begin(&session, &values).await? else {
        return session.go(&to, "The payment is recorded.");
    };
    let done = pay(&turn.app, &session, &id, &values).await;
    if !matches!(done, Ok(Ok(_))) {
        turn.give_up().await;
    }
    match done? {
        Ok(left) if left.minor > 0 => {
            let left = session.money(left);
            session.go(&to, phrase!("A part of the invoice is paid: {} is still due.", left))
        }
        Ok(_) => session.go(&to, "The invoice is marked as paid."),
        Err(problem) => {
            question(&session, &id, ReportedPayment::Paid, &values, Some(&problem)).await
        }
    }
}

/// Records that a payment bounced.
pub(super) async fn bounced(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let (id, values) = (InvoiceId::stored(id), FormValues::sent(sent));
    match bounce(&session, &id, &values).await? {
        Ok(()) => {
            session.go(&format!("{INVOICES}/{id}"), "The payment bounced: the invoice is open.")
        }
        Err(problem) => {
            question(&session, &id, ReportedPayment::Bounced, &values, Some(&problem)).await
        }
    }
}

/// Books a payment; what is due after it.
async fn pay(
    app: &App,
    session: &Session,
    id: &InvoiceId,
    values: &FormValues,
) -> Result<Result<Money, Problem>, Failure> {
    let body = match judged::<PayBody>(values, PAID) {
        Ok(body) => body,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut amounts = Amounts::default();
    let amount = body.amount.as_ref().map(|amount| amounts.read("/amount", amount));
    if let Err(problem) = amounts.finish() {
        return Ok(Err(problem));
    }
    let draft = PaymentDraft {
        reference: body.reference,
        paid_on: body.paid_on,
        amount: amount.flatten(),
        surplus_to_balance: body.surplus == Some(Surplus::Balance),
    };
    match app.pay_invoice(&session.merchant, id, draft).await {
        Ok(paid) => {
            let left = Amounts::default().read("/amount_due", &paid.amount_due);
            Ok(Ok(left.ok_or_else(Problem::internal)?))
        }
        Err(error) => answerable(error).map(Err),
    }
}

async fn bounce(
    session: &Session,
    id: &InvoiceId,
    values: &FormValues,
) -> Result<Result<(), Problem>, Failure> {
    let body = match judged::<UnpayBody>(values, BOUNCED) {
        Ok(body) => body,
        Err(problem) => return Ok(Err(problem)),
    };
    let UnpayBody { reference, payment, reason } = body;
    let payment = payment.map(PaymentId::stored);
    let done = session.app.unpay_invoice(&session.merchant, id, reference, payment, reason).await;
    done.map(|_| ()).map_or_else(|error| answerable(error).map(Err), |()| Ok(Ok(())))
}

/// Where it is asked whether a payment bounced that stands on no invoice.
pub(super) fn bounce_of(id: &PaymentId) -> String {
    format!("{PAYMENTS}/{id}/bounce")
}

/// What was typed, as the API takes it.
///
/// # Errors
/// A 422 with everything that is wrong.
pub(super) fn judged<B>(values: &FormValues, fields: &[Spec]) -> Result<B, Problem>
where
    B: utoipa::ToSchema + serde::de::DeserializeOwned + 'static,
{
    values.draft::<B>(fields)?.judged(|_| Ok::<(), Vec<Fault>>(()))
}

async fn question(
    session: &Session,
    id: &InvoiceId,
    told: ReportedPayment,
    values: &FormValues,
    problem: Option<&Problem>,
) -> Answer {
    let invoice = session.app.invoice_in_full(&session.merchant, id).await?.invoice;
    let row = rows::invoice(session, &invoice);
    let customer = people::person(session, &invoice.customer).await?;
    let form = form(told.fields(), values, problem.filter(|it| !it.errors.is_empty()))
        .with_suggestions("amount", CURRENCIES)
        .with_options("surplus", SURPLUS.iter().copied());
    // The reference comes first, whatever else is asked.
    let mut fields: Vec<_> = form.fields.into_values().collect();
    fields.sort_by_key(|field| told.fields().iter().position(|spec| spec.is(&field.name)));
    let (title, lead, button, step) = match told {
        ReportedPayment::Paid => (
            "Mark this invoice as paid?",
            "What came in is written down on it: all that is owed, or a part of that.",
            "It was paid",
            "pay",
        ),
        ReportedPayment::Bounced => (
            "Did this payment bounce?",
            "The invoice is open again, and what its credits had given to the balance is taken \
             back, at most what was paid.",
            "It bounced",
            "bounce",
        ),
    };
    let page = ConfirmPage {
        lead,
        facts: facts(session, &invoice, customer),
        fields,
        problems: form.problems,
        action: format!("{INVOICES}/{id}/{step}"),
        button,
        is_danger: told == ReportedPayment::Bounced,
        keep: "Leave it as it is",
        back: row.href.clone(),
        once: (told == ReportedPayment::Paid).then(|| once::fresh(session)),
        ..ConfirmPage::default()
    };
    let head = PageHead::new(title).below("Invoices", INVOICES).below(row.title, row.href);
    ask(session, head, page, problem)
}

fn facts(session: &Session, invoice: &Invoice, customer: Person) -> Vec<Fact> {
    let (row, money) =
        (rows::invoice(session, invoice), |m| session.money(Money::new(m, invoice.currency)));
    vec![
        Fact::new("Document", row.title),
        Fact::new("Customer", customer.name),
        Fact::new("Total", row.gross),
        Fact::new("Paid", money(invoice.paid)),
        Fact::new("To be paid", money(invoice.amount_due)),
        Fact::new("Due on", session.day(invoice.due_on).text),
    ]
}
