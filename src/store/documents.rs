//! Reading documents, stored by [`super::plans`]: what invoices and credit notes share, and the
//! lines of both that are for one subscription.

use chrono::NaiveDate;

use super::rows::ColumnPlace;
use super::sql::{args, row};
use super::{StoreError, Tx};
use crate::domain::calendar::DateRange;
use crate::domain::document::{InvoiceStatus, Line, ServiceCredit, ServiceLine};
use crate::domain::ids::{CustomerId, InvoiceId, MerchantId, OfferId, SubscriptionId};
use crate::domain::money::Rate;

pub use super::credit_notes::{
    FoundCreditNote, find_credit_note, find_credit_note_by_token, list_credit_notes,
    list_credit_notes_of,
};
pub use super::invoices::{
    FoundInvoice, find_by_number, find_invoice, find_invoice_by_token, list_bridge_invoices,
    list_invoices, numbers_of,
};

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
    /// The customer it belongs to.
    pub customer: Option<CustomerId>,
    /// With a line for this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Where it stands; credit notes have no status and are not filtered by it.
    pub status: Option<InvoiceStatus>,
    /// With this number.
    pub number: Option<i64>,
    /// Issued on this day or later.
    pub issued_from: Option<NaiveDate>,
    /// Issued on this day or before.
    pub issued_to: Option<NaiveDate>,
    /// Whether it is overdue on this day; credit notes are not filtered by it.
    pub overdue: Option<(bool, NaiveDate)>,
}

/// Which days the invoice lines for a subscription pay for, as far as they touch `days`.
pub async fn list_service_lines(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscription: &SubscriptionId,
    days: DateRange,
) -> Result<Vec<ServiceLine>, StoreError> {
    let rows: Vec<(String, i64, NaiveDate, NaiveDate)> = tx
        .fetch_all(
            "select l.invoice_id, l.position, l.period_start, l.period_end from invoice_lines l \
             where l.merchant_id = $1 and l.subscription_id = $2 and l.period_start < $4 \
             and l.period_end > $3 order by l.period_start, l.invoice_id, l.position",
            args![merchant, subscription, days.start, days.end],
        )
        .await?;
    let lines = rows.into_iter().map(|(invoice, place, start, end)| {
        let place = position("invoice_lines", &invoice, place)?;
        let at = (InvoiceId::stored(invoice), place);
        Ok(ServiceLine { at, period: DateRange { start, end } })
    });
    lines.collect()
}

/// Which days the credit note lines for a subscription take back, as far as they touch `days`;
/// those of credits by hand take back none.
pub async fn list_service_credits(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscription: &SubscriptionId,
    days: DateRange,
) -> Result<Vec<ServiceCredit>, StoreError> {
    let rows: Vec<(Option<String>, Option<i64>, NaiveDate, NaiveDate)> = tx
        .fetch_all(
            "select n.invoice_id, l.line_position, l.period_start, l.period_end \
             from credit_note_lines l \
             join credit_notes n on n.merchant_id = l.merchant_id and n.id = l.credit_note_id \
             where l.merchant_id = $1 and l.subscription_id = $2 and l.period_start < $4 \
             and l.period_end > $3 and n.reason is null \
             order by l.period_start, n.number, l.position",
            args![merchant, subscription, days.start, days.end],
        )
        .await?;
    let credits = rows.into_iter().map(|(invoice, place, start, end)| {
        let of = match (invoice, place) {
            (Some(invoice), Some(place)) => {
                let place = position("credit_note_lines", &invoice, place)?;
                Some((InvoiceId::stored(invoice), place))
            }
            _ => None,
        };
        Ok(ServiceCredit { of, period: DateRange { start, end } })
    });
    credits.collect()
}

row! {
    json
    /// The columns that lines of invoices and of credit notes share.
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
}

impl LineRow {
    /// The line that it is, in a document of a table.
    pub(super) fn line(self, table: &'static str, row: &str) -> Result<Line, StoreError> {
        let place = ColumnPlace { table, row };
        Ok(Line {
            kind: place.named("kind", &self.kind)?,
            rate: place.need("rate", Rate::parse(&self.rate))?,
            subscription: SubscriptionId::stored(self.subscription_id),
            offer: OfferId::stored(self.offer_id),
            description: self.description,
            legal_advice: None,
            exemption: None,
            period: DateRange { start: self.period_start, end: self.period_end },
            net: self.net_minor,
            tax: self.tax_minor,
            discount: 0,
            gross: self.gross_minor,
        })
    }
}

/// A place among a document's lines.
pub(super) fn position(table: &'static str, row: &str, value: i64) -> Result<usize, StoreError> {
    let place = ColumnPlace { table, row };
    place.need("position", usize::try_from(value).ok())
}
