//! Reading documents, stored by [`super::plans`]: what invoices and credit notes share, and the
//! lines of both that are for one subscription.

use chrono::NaiveDate;

use super::rows::Place;
use super::sql::args;
use super::{PAGE_MAX, StoreError, Tx};
use crate::domain::calendar::DateRange;
use crate::domain::document::{InvoiceLine, InvoiceStatus, Line, LineKind};
use crate::domain::ids::{
    CreditNoteId, CustomerId, InvoiceId, MerchantId, OfferId, SubscriptionId,
};
use crate::domain::money::Rate;

pub use super::credit_notes::{
    FoundCreditNote, find_credit_note, list_credit_notes, list_credit_notes_of,
};
pub use super::invoices::{FoundInvoice, find_invoice, list_invoices};

/// The columns of [`LineRow`], of lines named `l`.
macro_rules! line_columns {
    () => {
        "l.subscription_id, l.offer_id, l.kind, l.description, l.period_start, l.period_end, \
         l.net_minor, l.tax_minor, l.gross_minor, l.rate"
    };
}
pub(super) use line_columns as columns;

/// Which documents to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentFilter {
    /// Whose.
    pub customer: Option<CustomerId>,
    /// With a line for this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Where it stands; credit notes have no status and are not filtered by it.
    pub status: Option<InvoiceStatus>,
}

/// A line of an invoice, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledLine {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The invoice's number.
    pub number: i64,
    /// From 0.
    pub position: usize,
    /// The line.
    pub line: InvoiceLine,
}

/// A line of a credit note, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditedLine {
    /// The credit note.
    pub note: CreditNoteId,
    /// The credit note's number.
    pub number: i64,
    /// From 0.
    pub position: usize,
    /// The line.
    pub line: Line,
    /// The invoice that it credits, and the place of the line there.
    pub of: Option<(InvoiceId, usize)>,
}

/// The invoice lines for a subscription whose days overlap `[from, to)`, by start, at most
/// [`PAGE_MAX`].
pub async fn list_billed_lines(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscription: &SubscriptionId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<BilledLine>, StoreError> {
    let rows: Vec<BilledRow> = tx
        .fetch_all(
            concat!(
                "select ",
                line_columns!(),
                ", l.position, l.credited_gross_minor, l.credited_tax_minor, l.cancelled, \
                 i.id, i.number from invoice_lines l \
                 join invoices i on i.merchant_id = l.merchant_id and i.id = l.invoice_id \
                 where l.merchant_id = $1 and l.subscription_id = $2 and l.period_start < $4 \
                 and l.period_end > $3 order by l.period_start, i.number, l.position limit $5"
            ),
            args![merchant, subscription, from, to, PAGE_MAX],
        )
        .await?;
    let lines = rows.into_iter().map(|row| {
        Ok(BilledLine {
            position: position("invoice_lines", &row.id, row.position)?,
            line: InvoiceLine {
                line: row.line.line("invoice_lines", &row.id)?,
                credited_gross: row.credited_gross_minor,
                credited_tax: row.credited_tax_minor,
                cancelled: row.cancelled,
            },
            number: row.number,
            invoice: InvoiceId::stored(row.id),
        })
    });
    lines.collect()
}

/// The credit note lines for a subscription whose days overlap `[from, to)`, by start, at most
/// [`PAGE_MAX`].
pub async fn list_credited_lines(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscription: &SubscriptionId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<CreditedLine>, StoreError> {
    let rows: Vec<CreditedRow> = tx
        .fetch_all(
            concat!(
                "select ",
                line_columns!(),
                ", l.position, l.line_position, n.id, n.number, n.invoice_id \
                 from credit_note_lines l \
                 join credit_notes n on n.merchant_id = l.merchant_id and n.id = l.credit_note_id \
                 where l.merchant_id = $1 and l.subscription_id = $2 and l.period_start < $4 \
                 and l.period_end > $3 order by l.period_start, n.number, l.position limit $5"
            ),
            args![merchant, subscription, from, to, PAGE_MAX],
        )
        .await?;
    let lines = rows.into_iter().map(|row| {
        let place = |value| position("credit_note_lines", &row.id, value);
        let of = match (&row.invoice_id, row.line_position) {
            (Some(invoice), Some(at)) => Some((InvoiceId::stored(invoice.clone()), place(at)?)),
            _ => None,
        };
        Ok(CreditedLine {
            position: place(row.position)?,
            line: row.line.line("credit_note_lines", &row.id)?,
            of,
            number: row.number,
            note: CreditNoteId::stored(row.id),
        })
    });
    lines.collect()
}

/// The columns that lines of invoices and of credit notes share.
#[derive(sqlx::FromRow)]
pub(super) struct LineRow {
    subscription_id: String,
    offer_id: String,
    kind: String,
    description: String,
    period_start: NaiveDate,
    period_end: NaiveDate,
    net_minor: i64,
    tax_minor: i64,
    gross_minor: i64,
    rate: String,
}

impl LineRow {
    /// The line that it is, in a document of a table.
    pub(super) fn line(self, table: &'static str, row: &str) -> Result<Line, StoreError> {
        let place = Place { table, row };
        Ok(Line {
            kind: place.need("kind", LineKind::parse(&self.kind))?,
            rate: place.need("rate", Rate::parse(&self.rate))?,
            subscription: SubscriptionId::stored(self.subscription_id),
            offer: OfferId::stored(self.offer_id),
            description: self.description,
            period: DateRange { start: self.period_start, end: self.period_end },
            net: self.net_minor,
            tax: self.tax_minor,
            gross: self.gross_minor,
        })
    }
}

/// A place among a document's lines.
pub(super) fn position(table: &'static str, row: &str, value: i64) -> Result<usize, StoreError> {
    let place = Place { table, row };
    place.need("position", usize::try_from(value).ok())
}

#[derive(sqlx::FromRow)]
struct BilledRow {
    id: String,
    number: i64,
    position: i64,
    credited_gross_minor: i64,
    credited_tax_minor: i64,
    cancelled: bool,
    #[sqlx(flatten)]
    line: LineRow,
}

#[derive(sqlx::FromRow)]
struct CreditedRow {
    id: String,
    number: i64,
    invoice_id: Option<String>,
    position: i64,
    line_position: Option<i64>,
    #[sqlx(flatten)]
    line: LineRow,
}
