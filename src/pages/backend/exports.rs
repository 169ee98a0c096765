//! Documents of a period as a file: a row for each line. It is sent while it is read, a page of
//! the book at a time; where the book breaks, the file breaks off visibly.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::Query;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use futures_core::Stream;
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::app::AppError;
use crate::app::reads::{Documents, Page, StoredCreditNote, StoredInvoice};
use crate::domain::calendar::DateRange;
use crate::domain::document::Line;
use crate::domain::merchant::Party;
use crate::domain::money::{Currency, Money};
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::documents::tabs;
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::guard::Answer;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::rows::{self, INVOICES};
use crate::pages::backend::session::{Head, Session};
use crate::pages::backend::sheet::{Sheet, values};
use crate::render::backend::documents::ExportPage;
use crate::render::backend::form::Kind;

/// Where it is asked for.
pub(super) const HERE: &str = "/backend/export";
/// The file.
pub(super) const FILE: &str = "/backend/export/documents.csv";

/// How many documents are read at a time.
const PAGE: i64 = 500;
/// The last year that has four digits.
const YEAR_MAX: i32 = 9999;
/// How many pages wait for a slow reader.
const AHEAD: usize = 2;

const FIELDS: &[Spec] = &[
    Spec::new("/from", "From", Kind::Date).required().hint("The first day of issue."),
    Spec::new("/to", "To", Kind::Date).required().hint("The last day of issue."),
];

const COLUMNS: [&str; 20] = [
    "kind",
    "number",
    "id",
    "issued_on",
    "due_on",
    "status",
    "customer",
    "buyer",
    "credits",
    "subscription",
    "offer",
    "description",
    "first_day",
    "last_day",
    "currency",
    "tax_rate",
    "net",
    "tax",
    "gross",
    "line",
];

/// The period, as typed. The names are those of the fields.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Period {
    #[serde(rename = "/from")]
    from: Option<String>,
    #[serde(rename = "/to")]
    to: Option<String>,
}

/// Asks for the period: the month before, to begin with.
pub(super) async fn ask(session: Session) -> Answer {
    let month = session.today().with_day(1).unwrap_or(session.today());
    let last = month.pred_opt().unwrap_or(month);
    let first = last.with_day(1).unwrap_or(last);
    let values =
        FormValues::default().with("/from", first.to_string()).with("/to", last.to_string());
    page(&session, &values, None)
}

fn page(session: &Session, values: &FormValues, problem: Option<&Problem>) -> Answer {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let page = ExportPage { tabs: tabs(HERE), form: form(FIELDS, values, problem) };
    session.show_as(status, Head::new("Export documents").below("Documents", INVOICES), &page)
}

/// Sends the file.
pub(super) async fn send(session: Session, Query(period): Query<Period>) -> Answer {
    let days = match read(&period) {
        Ok(days) => days,
        Err(problem) => {
            let values = FormValues::default()
                .with("/from", period.from.unwrap_or_default())
                .with("/to", period.to.unwrap_or_default());
            return page(&session, &values, Some(&problem));
        }
    };
    let last = rows::last(days);
    let name = format!("attachment; filename=\"documents-{}-{last}.csv\"", days.start);
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(async move {
        if let Err(error) = write(&session, days, &sender).await {
            tracing::error!(%error, "an export broke off");
            // The reader may have hung up: then nobody need be told.
            sender.send(Err(error)).await.ok();
        }
    });
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    let response: Response = (headers, Body::from_stream(Rows(receiver))).into_response();
    Ok(response)
}

fn read(period: &Period) -> Result<DateRange, Problem> {
    let mut faults = Vec::new();
    let mut day = |at: &str, text: Option<&String>| {
        let text = text.map_or("", |text| text.trim());
        let has_next = |date: &NaiveDate| date.succ_opt().is_some_and(|it| it.year() <= YEAR_MAX);
        let date = Notation::date(text);
        let last = || format!("Write a day before the end of the year {YEAR_MAX}.");
        let date = date.and_then(|date| if has_next(&date) { Ok(date) } else { Err(last()) });
        date.map_err(|words| faults.push(FieldError::new(at, words))).ok()
    };
    let days = day("/from", period.from.as_ref()).zip(day("/to", period.to.as_ref()));
    match days.and_then(|(from, to)| Some((from, to, to.succ_opt()?))) {
        Some((from, to, end)) if from <= to => Ok(DateRange { start: from, end }),
        Some((from, ..)) => {
            let detail = format!("must not lie before the first day, {from}");
            Err(Problem::invalid(vec![FieldError::new("/to", detail)]))
        }
        None => Err(Problem::invalid(faults)),
    }
}

/// What is sent, as it comes.
struct Rows(mpsc::Receiver<Result<Bytes, AppError>>);

impl Stream for Rows {
    type Item = Result<Bytes, AppError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context)
    }
}

type Sender = mpsc::Sender<Result<Bytes, AppError>>;

/// Writes all of it; ends early where the reader has hung up.
async fn write(session: &Session, days: DateRange, to: &Sender) -> Result<(), AppError> {
    let mut head = Sheet::new();
    head.row(&COLUMNS)?;
    if to.send(Ok(head.bytes()?)).await.is_err() {
        return Ok(());
    }
    let filter = || Documents { issued: Some(days), ..Documents::default() };
    let mut page = Page::first(PAGE);
    loop {
        let turn = session.app.heavy_turn(&session.merchant).await?;
        let found = session.app.invoices_in_full(&session.merchant, filter(), page).await?;
        drop(turn);
        let Some(last) = found.last().map(|found| found.invoice.id.clone()) else { break };
        let mut sheet = Sheet::new();
        found.iter().try_for_each(|found| add_invoice(&mut sheet, found))?;
        if to.send(Ok(sheet.bytes()?)).await.is_err() {
            return Ok(());
        }
        page = Page::after(last.as_str(), PAGE);
    }
    let mut page = Page::first(PAGE);
    loop {
        let turn = session.app.heavy_turn(&session.merchant).await?;
        let found = session.app.credit_notes_in_full(&session.merchant, filter(), page).await?;
        drop(turn);
        let Some(last) = found.last().map(|found| found.note.id.clone()) else { return Ok(()) };
        let mut sheet = Sheet::new();
        found.iter().try_for_each(|found| add_credit_note(&mut sheet, found))?;
        if to.send(Ok(sheet.bytes()?)).await.is_err() {
            return Ok(());
        }
        page = Page::after(last.as_str(), PAGE);
    }
}

fn add_invoice(sheet: &mut Sheet, found: &StoredInvoice) -> Result<(), AppError> {
    let it = &found.invoice;
    let head = [
        "invoice",
        &number(it.number),
        it.id.as_str(),
        &it.issued_on.to_string(),
        &it.due_on.to_string(),
        it.status.name(),
        &values(it.customer.as_str()),
        &values(name(&found.buyer)),
        "",
    ];
    let lines = it.lines.iter().map(|line| &line.line);
    add_lines(sheet, &head, lines, it.currency)
}

fn add_credit_note(sheet: &mut Sheet, found: &StoredCreditNote) -> Result<(), AppError> {
    let it = &found.note;
    let head = [
        "credit_note",
        &number(it.number),
        it.id.as_str(),
        &it.issued_on.to_string(),
        "",
        "issued",
        &values(it.customer.as_str()),
        &values(name(&found.buyer)),
        &it.credits.as_ref().map(ToString::to_string).unwrap_or_default(),
    ];
    let lines = it.lines.iter().map(|line| &line.line);
    add_lines(sheet, &head, lines, it.currency)
}

/// A row for each line, which begins with what holds for the whole document.
fn add_lines<'a>(
    sheet: &mut Sheet,
    head: &[&str],
    lines: impl Iterator<Item = &'a Line>,
    currency: Currency,
) -> Result<(), AppError> {
    let amount = |minor| Money::new(minor, currency).amount();
    for (place, line) in lines.enumerate() {
        let rest: [&str; 11] = [
            &values(line.subscription.as_str()),
            &values(line.offer.as_str()),
            &values(&line.description),
            &line.period.start.to_string(),
            &rows::last(line.period).to_string(),
            currency.code(),
            &line.rate.to_string(),
            &amount(line.net),
            &amount(line.tax),
            &amount(line.gross),
            &(place + 1).to_string(),
        ];
        sheet.row(&[head, &rest].concat())?;
    }
    Ok(())
}

fn number(number: Option<i64>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn name(party: &Party) -> &str {
    party.name.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn period(from: &str, to: &str) -> Result<String, Vec<String>> {
        let period = Period { from: Some(from.to_owned()), to: Some(to.to_owned()) };
        let pointers = |problem: Problem| {
            problem.errors.into_iter().map(|error| error.pointer).collect::<Vec<_>>()
        };
        let told = |days: DateRange| format!("{} {}", days.start, days.end);
        read(&period).map(told).map_err(pointers)
    }

    #[test]
    fn both_days_belong_to_the_period() {
        assert_eq!(period("2026-02-01", "2026-02-28").unwrap(), "2026-02-01 2026-03-01");
        assert_eq!(period("2026-02-01", "2026-02-01").unwrap(), "2026-02-01 2026-02-02");
        assert_eq!(period("x", "").unwrap_err(), ["/from", "/to"]);
        assert_eq!(period("-0044-03-15", "9999-12-31").unwrap_err(), ["/from", "/to"]);
        assert_eq!(period("0001-01-01", "+10000-01-01").unwrap_err(), ["/to"]);
        assert_eq!(period("2026-02-02", "2026-02-01").unwrap_err(), ["/to"]);
    }
}
