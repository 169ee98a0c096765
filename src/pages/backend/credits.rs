//! A credit by hand, on an invoice and for a reason. What is left of each line stands beside the
//! question; which days are paid for does not change.

use axum::extract::Path;
use serde_json::{Value, json};

use crate::app::App;
use crate::domain::document::{Invoice, InvoiceLine};
use crate::domain::fault::Fault;
use crate::domain::ids::InvoiceId;
use crate::domain::money::Money;
use crate::edge::amounts::Amounts;
use crate::edge::drafts::Draft;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::confirm::{answerable, ask};
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::places::INVOICES;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::settings::CURRENCIES;
use crate::pages::backend::{once, people, rows};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::form::Kind;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::credits::CreditItem;
use crate::wire::documents::CreditBody;

const FIELDS: &[Spec] = &[
    Spec::new("/reason", "Reason", Kind::Text).required().hint("It stands on the credit note."),
    Spec::new("/line", "What is credited", Kind::Choice),
    Spec::new("/gross", "Amount with tax", Kind::Money)
        .hint("A part of that line; all that is left of it, if left empty."),
];

/// Where a line and its amount stand in what the API takes.
const FIRST_LINE: &str = "/lines/0";

/// Asks what is to be credited.
pub(super) async fn ask_credit(session: Session, Path(id): Path<String>) -> Answer {
    question(&session, &InvoiceId::stored(id), None, None).await
}

/// Credits it.
pub(super) async fn credit(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let (id, values) = (InvoiceId::stored(id), session.values(sent));
    let to = format!("{INVOICES}/{id}");
    let Some(turn) = once::begin(&session, &values).await? else {
        return session.go(&to, "The credit note is issued.");
    };
    let done = credited(&turn.app, &session, &id, &values).await;
    if !matches!(done, Ok(None)) {
        turn.give_up().await;
    }
    match done? {
        None => session.go(&to, "The credit note is issued."),
        Some(problem) => question(&session, &id, Some(&values), Some(&problem)).await,
    }
}

async fn credited(
    app: &App,
    session: &Session,
    id: &InvoiceId,
    values: &FormValues,
) -> Result<Option<Problem>, Failure> {
    let (reason, items) = match read(values) {
        Ok(read) => read,
        Err(problem) => return Ok(Some(in_the_form(problem))),
    };
    match app.credit_invoice(&session.merchant, id, items, reason).await {
        Ok(_) => Ok(None),
        Err(error) => answerable(error).map(|problem| Some(in_the_form(problem))),
    }
}

/// What was typed: why, and which line with how much of it; no line is all that is left.
fn read(values: &FormValues) -> Result<(String, Vec<CreditItem>), Problem> {
    let (typed, mut faults) = values.read_all(FIELDS);
    let line = values.text("/line").trim().parse::<u32>().ok();
    let gross = typed.get("gross").cloned();
    if line.is_none() && gross.is_some() {
        faults.push(FieldError::new("/line", "Pick the line that the amount is for."));
    }
    let mut body = json!({ "reason": typed["reason"] });
    if let Some(line) = line {
        let mut item = json!({ "line": line });
        if let Some(gross) = gross {
            item["gross"] = gross;
        }
        body["lines"] = Value::Array(vec![item]);
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    let body = Draft::<CreditBody>::of(body)?.judged(|_| Ok::<(), Vec<Fault>>(()))?;
    let (mut amounts, mut items) = (Amounts::default(), Vec::new());
    for line in body.lines.into_iter().flatten() {
        let at = format!("{FIRST_LINE}/gross");
        let gross = line.gross.as_ref().and_then(|gross| amounts.read(&at, gross));
        items.push(CreditItem { line: usize::try_from(line.line).unwrap_or(usize::MAX), gross });
    }
    amounts.finish()?;
    Ok((body.reason, items))
}

/// A problem of the API with its faults at the fields of the form.
fn in_the_form(mut problem: Problem) -> Problem {
    for error in &mut problem.errors {
        if let Some(rest) = error.pointer.strip_prefix(FIRST_LINE) {
            error.pointer = rest.to_owned();
        }
    }
    problem
}

async fn question(
    session: &Session,
    id: &InvoiceId,
    values: Option<&FormValues>,
    problem: Option<&Problem>,
) -> Answer {
    let invoice = session.app.invoice_in_full(&session.merchant, id).await?.invoice;
    let row = rows::invoice(session, &invoice);
    let customer = people::person(session, &invoice.customer).await?;
    let blank = FormValues::default()
        .by(session.notation())
        .with("/gross/currency", invoice.currency.code());
    let asked = problem.filter(|it| !it.errors.is_empty());
    let mut form = form(FIELDS, values.unwrap_or(&blank), asked)
        .with_suggestions("gross", CURRENCIES)
        .with_options("line", lines(session, &invoice));
    let money = |minor| session.money(Money::new(minor, invoice.currency));
    let page = ConfirmPage {
        lead: "A credit note is issued. It lowers what is still due on the invoice; what is more \
               than that goes to the customer’s credit balance. Nobody loses a day by it.",
        facts: vec![
            Fact::new("Document", row.title.clone()),
            Fact::new("Customer", customer.name),
            Fact::new("Total", row.gross),
            Fact::new("Left to be credited", money(left(&invoice))),
            Fact::new("To be paid", money(invoice.amount_due)),
        ],
        fields: FIELDS
            .iter()
            .filter_map(|spec| form.fields.remove(spec.at.trim_start_matches('/')))
            .collect(),
        problems: form.problems,
        action: format!("{INVOICES}/{id}/credit"),
        button: "Credit it",
        is_danger: true,
        keep: "Leave it as it is",
        back: row.href.clone(),
        once: Some(once::fresh(session)),
        ..ConfirmPage::default()
    };
    let head = PageHead::new("Credit this invoice?").below("Invoices", INVOICES);
    ask(session, head.below(row.title, row.href), page, problem)
}

/// What is left of an invoice to be credited, in the smallest units.
fn left(invoice: &Invoice) -> i64 {
    invoice.lines.iter().map(InvoiceLine::left).sum()
}

/// What can be credited: all that is left, or a line with what is left of it.
fn lines(session: &Session, invoice: &Invoice) -> Vec<(String, Phrase)> {
    let money = |minor| session.money(Money::new(minor, invoice.currency));
    let all = phrase!("All that is left: {}", money(left(invoice)));
    let open = invoice.lines.iter().enumerate().filter(|(_, line)| !line.cancelled);
    let one = |(place, it): (usize, &InvoiceLine)| {
        let (what, days) = (on_a_line(&it.line.description), rows::days(session, it.line.period));
        (place.to_string(), phrase!("{}, {}: {} left", what, days, money(it.left())))
    };
    std::iter::once((String::new(), all)).chain(open.map(one)).collect()
}
