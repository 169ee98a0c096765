//! A bank's statement, booked in two steps: what each line pays is shown first, and what is ticked
//! is booked then, if it still pays that. A line that is sent again is known by its reference.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::StatusCode;
use sha2::{Digest, Sha256};

use crate::app::AppError;
use crate::domain::hex::hex;
use crate::edge::bank;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::once;
use crate::pages::backend::places::{CUSTOMERS, INVOICES, PAYMENTS};
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::render::backend::payments::{BankPage, BankRow};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::reconciliation::{BankLine, BankMatch};

const FIELDS: &[Spec] = &[Spec::new("/statement", "Statement", Kind::Area).required().hint(
    "Paste the file of your bank with its first line: comma, semicolon or tab between columns that \
     are called such as date, amount, text and id, or Buchungstag, Betrag and Verwendungszweck.",
)];

/// The lines that are to be booked, each by its key.
const BOOK: &str = "book";

/// Asks for a statement.
pub(super) async fn ask(session: Session) -> Answer {
    page(&session, &FormValues::default(), None, BankPageContent::default())
}

/// Shows what each line pays, or books what is ticked and shows that.
pub(super) async fn answer(session: Session, sent: SentForm) -> Answer {
    let values = FormValues::sent(sent);
    let lines = match bank::read(values.text("/statement"), session.settings.currency) {
        Ok(lines) => lines,
        Err(faults) => {
            let error = |fault: bank::BankFault| {
                let detail = format!("line {}: {}", fault.line, fault.detail);
                FieldError::new("/statement", detail)
            };
            let problem = Problem::invalid(faults.into_iter().map(error).collect());
            return page(&session, &values, Some(&problem), BankPageContent::default());
        }
    };
    let wanted: BTreeSet<&str> = values.all(BOOK).iter().map(String::as_str).collect();
    let found = session.app.match_lines(&session.merchant, lines).await?;
    if wanted.is_empty() {
        let shown = BankPageContent { found, ..BankPageContent::default() };
        return page(&session, &values, None, shown);
    }
    let (mut booked, mut problems) = (0_usize, BTreeMap::new());
    for (line, matched) in &found {
        let is_wanted = wanted.contains(key(line, matched).as_str());
        let was_another = || wanted.iter().any(|key| is_of(key, line));
        if is_wanted && matched.is_bookable() {
            match book(&session, line, matched).await? {
                None => booked += 1,
                Some(detail) => {
                    problems.insert(line.reference.clone(), detail);
                }
            }
        } else if was_another() && *matched != BankMatch::Booked {
            let detail = "It pays something else by now: look again.".into();
            problems.insert(line.reference.clone(), detail);
        }
    }
    let lines = found.into_iter().map(|(line, _)| line).collect();
    let found = session.app.match_lines(&session.merchant, lines).await?;
    let done = match (booked, problems.len()) {
        (1, 0) => "1 line is booked.".into(),
        (booked, 0) => phrase!("{} lines are booked.", booked),
        (booked, failed) => phrase!("{} booked, {} not: see below.", booked, failed),
    };
    page(&session, &values, None, BankPageContent { found, problems, done: Some(done) })
}

/// Books a line once, whoever sends it at the same moment; why not, where it is refused.
async fn book(
    session: &Session,
    line: &BankLine,
    found: &BankMatch,
) -> Result<Option<Phrase>, AppError> {
    let name = hex(&Sha256::digest(&line.reference)[..16]);
    let turn = once::begin(session, &FormValues::default().with(once::FIELD, name)).await?;
    let Some(turn) = turn else {
        return Ok(Some("It was sent a moment ago.".into()));
    };
    let done = turn.app.book_line(&session.merchant, line, found).await;
    if done.is_err() {
        turn.give_up().await;
    }
    match done {
        Ok(()) => Ok(None),
        Err(error @ (AppError::Refused(_) | AppError::Invalid(_) | AppError::NotFound(_))) => {
            let problem = Problem::from(error);
            let said = problem.errors.first().map(|error| error.detail.clone());
            Ok(Some(Phrase::told(said.unwrap_or(problem.detail))))
        }
        Err(error) => Err(error),
    }
}

/// A line and what it pays, as a text.
fn key(line: &BankLine, found: &BankMatch) -> String {
    let what = match found {
        BankMatch::Exact(number, _) => format!("exact-{number}"),
        BankMatch::Doubtful(number, _) => format!("doubtful-{number}"),
        BankMatch::Part(number, _) => format!("part-{number}"),
        BankMatch::Surplus(number, _) => format!("surplus-{number}"),
        BankMatch::Customer(id) => format!("customer-{id}"),
        BankMatch::Booked | BankMatch::Outgoing | BankMatch::WrongDay | BankMatch::Unknown => {
            "none".to_owned()
        }
    };
    format!("{what} {}", line.reference)
}

/// Whether a key is of this line, whatever it pays.
fn is_of(key: &str, line: &BankLine) -> bool {
    key.split_once(' ').is_some_and(|(_, reference)| reference == line.reference)
}

/// What is shown below the form.
#[derive(Default)]
struct BankPageContent {
    found: Vec<(BankLine, BankMatch)>,
    problems: BTreeMap<String, Phrase>,
    done: Option<Phrase>,
}

fn page(
    session: &Session,
    values: &FormValues,
    problem: Option<&Problem>,
    shown: BankPageContent,
) -> Answer {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let row = |(line, found): &(BankLine, BankMatch)| row(session, line, found, &shown.problems);
    let lines: Vec<BankRow> = shown.found.iter().map(row).collect();
    let page = BankPage {
        form: form(FIELDS, values, problem),
        statement: values.text("/statement").to_owned(),
        can_book: lines.iter().any(|line| line.can_book),
        done: shown.done,
        lines,
    };
    let head = PageHead::new("Book a bank statement").below("Payments", PAYMENTS);
    session.show_as(status, head, &page)
}

fn row(
    session: &Session,
    line: &BankLine,
    found: &BankMatch,
    problems: &BTreeMap<String, Phrase>,
) -> BankRow {
    let invoice = |number: &i64, id: &crate::domain::ids::InvoiceId| {
        Some(Link::new(phrase!("Invoice {}", *number), format!("{INVOICES}/{id}")))
    };
    let (tone, word, to) = match found {
        BankMatch::Exact(number, id) => (Tone::Good, "fits", invoice(number, id)),
        BankMatch::Doubtful(number, id) => {
            (Tone::Warn, "fits, but names somebody else, too", invoice(number, id))
        }
        BankMatch::Part(number, id) => (Tone::Warn, "part of it", invoice(number, id)),
        BankMatch::Surplus(number, id) => {
            (Tone::Warn, "more than it: the rest to the balance", invoice(number, id))
        }
        BankMatch::Customer(id) => {
            let to = Link::new(id.to_string(), format!("{CUSTOMERS}/{id}"));
            (Tone::Warn, "what they owe, then their balance", Some(to))
        }
        BankMatch::Booked => (Tone::Plain, "booked already", None),
        BankMatch::Outgoing => (Tone::Plain, "went out", None),
        BankMatch::WrongDay => (Tone::Bad, "its day does not fit", None),
        BankMatch::Unknown => (Tone::Bad, "names nobody, or several", None),
    };
    BankRow {
        key: key(line, found),
        on: session.day(line.day),
        amount: session.money(line.amount),
        text: line.text.clone(),
        found: Badge::new(tone, word),
        to,
        can_book: found.is_bookable(),
        ticked: found.is_sure(),
        problem: problems.get(&line.reference).cloned(),
    }
}
