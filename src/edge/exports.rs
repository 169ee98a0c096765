//! Documents and payments of a period as a file: a row for each line, or for each payment. It is
//! sent while it is read, a page of the book at a time; where the book breaks, the file breaks off
//! visibly.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use futures_core::Stream;
use tokio::sync::mpsc;

use crate::app::actor::carry;
use crate::app::reads::{
    Documents, Page, Payments, StoredCreditNote, StoredInvoice, StoredPayment,
};
use crate::app::{App, AppError};
use crate::domain::document::Line;
use crate::domain::ids::{CheckoutId, InvoiceId, MerchantId};
use crate::domain::money::{Currency, Money};
use crate::domain::party::Party;
use crate::edge::csv_rows::{CsvChunk, values};

/// How many things are read at a time.
const PAGE: i64 = 500;
/// How many pages wait for a slow reader.
const AHEAD: usize = 2;

const DOCUMENT_COLUMNS: [&str; 21] = [
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
    "discount",
];

const PAYMENT_COLUMNS: [&str; 10] = [
    "id",
    "kind",
    "paid_on",
    "customer",
    "invoice",
    "checkout",
    "currency",
    "amount",
    "reference",
    "reason",
];

/// A period: the first and the last day, either left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportDays {
    /// The first day.
    pub from: Option<NaiveDate>,
    /// The last day.
    pub to: Option<NaiveDate>,
}

/// Sends the documents issued in a period.
#[must_use]
pub fn documents(app: &App, merchant: &MerchantId, days: ExportDays) -> Response {
    let (app, merchant) = (app.clone(), merchant.clone());
    file(
        "documents",
        days,
        move |to| async move { write_documents(&app, &merchant, days, &to).await },
    )
}

/// Sends the payments, bounced payments and payouts of a period.
#[must_use]
pub fn payments(app: &App, merchant: &MerchantId, days: ExportDays) -> Response {
    let (app, merchant) = (app.clone(), merchant.clone());
    file(
        "payments",
        days,
        move |to| async move { write_payments(&app, &merchant, days, &to).await },
    )
}

/// A file that is written while it is sent.
fn file<W, F>(what: &str, days: ExportDays, write: W) -> Response
where
    W: FnOnce(Sender) -> F + Send + 'static,
    F: Future<Output = Result<(), AppError>> + Send,
{
    let day = |day: Option<NaiveDate>| day.map(|day| format!("-{day}")).unwrap_or_default();
    let name = format!("attachment; filename=\"{what}{}{}.csv\"", day(days.from), day(days.to));
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::spawn(carry(async move {
        if let Err(error) = write(sender.clone()).await {
            tracing::error!(%error, "an export broke off");
            // The reader may have hung up: then nobody need be told.
            sender.send(Err(error)).await.ok();
        }
    }));
    let name = HeaderValue::try_from(name).unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    let headers = [(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)];
    (headers, Body::from_stream(Rows(receiver))).into_response()
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

/// Sends a piece of a file; false where the reader has hung up.
async fn is_sent(sheet: CsvChunk, to: &Sender) -> Result<bool, AppError> {
    Ok(to.send(Ok(sheet.bytes()?)).await.is_ok())
}

/// Writes all documents; ends early where the reader has hung up.
async fn write_documents(
    app: &App,
    merchant: &MerchantId,
    days: ExportDays,
    to: &Sender,
) -> Result<(), AppError> {
    let mut head = CsvChunk::new();
    head.row(&DOCUMENT_COLUMNS)?;
    if !is_sent(head, to).await? {
        return Ok(());
    }
    let filter =
        || Documents { issued_from: days.from, issued_to: days.to, ..Documents::default() };
    let mut page = Page::first(PAGE);
    loop {
        let turn = app.heavy_turn(merchant).await?;
        let found = app.invoices_in_full(merchant, filter(), page).await?;
        drop(turn);
        let Some(last) = found.last().map(|found| found.invoice.id.clone()) else { break };
        let mut sheet = CsvChunk::new();
        found.iter().try_for_each(|found| add_invoice(&mut sheet, found))?;
        if !is_sent(sheet, to).await? {
            return Ok(());
        }
        page = Page::after(last.as_str(), PAGE);
    }
    let mut page = Page::first(PAGE);
    loop {
        let turn = app.heavy_turn(merchant).await?;
        let found = app.credit_notes_in_full(merchant, filter(), page).await?;
        drop(turn);
        let Some(last) = found.last().map(|found| found.note.id.clone()) else { return Ok(()) };
        let mut sheet = CsvChunk::new();
        found.iter().try_for_each(|found| add_credit_note(&mut sheet, found))?;
        if !is_sent(sheet, to).await? {
            return Ok(());
        }
        page = Page::after(last.as_str(), PAGE);
    }
}

/// Writes all payments; ends early where the reader has hung up.
async fn write_payments(
    app: &App,
    merchant: &MerchantId,
    days: ExportDays,
    to: &Sender,
) -> Result<(), AppError> {
    let mut head = CsvChunk::new();
    head.row(&PAYMENT_COLUMNS)?;
    if !is_sent(head, to).await? {
        return Ok(());
    }
    let filter = || Payments { from: days.from, to: days.to, ..Payments::default() };
    let mut page = Page::first(PAGE);
    loop {
        let turn = app.heavy_turn(merchant).await?;
        let found = app.payments(merchant, filter(), page).await?;
        drop(turn);
        let Some(last) = found.last().map(|found| found.payment.id.clone()) else {
            return Ok(());
        };
        let mut sheet = CsvChunk::new();
        found.iter().try_for_each(|found| add_payment(&mut sheet, found))?;
        if !is_sent(sheet, to).await? {
            return Ok(());
        }
        page = Page::after(last.as_str(), PAGE);
    }
}

fn add_payment(sheet: &mut CsvChunk, found: &StoredPayment) -> Result<(), AppError> {
    let it = &found.payment;
    let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
    sheet.row(&[
        it.id.as_str(),
        it.kind.name(),
        &it.paid_on.to_string(),
        &values(found.customer.as_str()),
        &text(it.invoice.as_ref().map(InvoiceId::as_str)),
        &text(it.checkout.as_ref().map(CheckoutId::as_str)),
        it.currency.code(),
        &Money::new(it.amount.abs(), it.currency).amount(),
        &values(&it.reference),
        &values(it.reason.as_deref().unwrap_or_default()),
    ])
}

fn add_invoice(sheet: &mut CsvChunk, found: &StoredInvoice) -> Result<(), AppError> {
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

fn add_credit_note(sheet: &mut CsvChunk, found: &StoredCreditNote) -> Result<(), AppError> {
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
    sheet: &mut CsvChunk,
    head: &[&str],
    lines: impl Iterator<Item = &'a Line>,
    currency: Currency,
) -> Result<(), AppError> {
    let amount = |minor| Money::new(minor, currency).amount();
    for (place, line) in lines.enumerate() {
        let discount = Some(line.discount).filter(|minor| *minor != 0);
        let rest: [&str; 12] = [
            &values(line.subscription.as_str()),
            &values(line.offer.as_str()),
            &values(&line.description),
            &line.period.start.to_string(),
            &line.period.last().to_string(),
            currency.code(),
            &line.rate.to_string(),
            &amount(line.net),
            &amount(line.tax),
            &amount(line.gross),
            &(place + 1).to_string(),
            &discount.map(amount).unwrap_or_default(),
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
