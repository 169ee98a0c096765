//! Reading payments, bounced payments and payouts. They are stored by [`super::plans`].

use chrono::NaiveDate;

use super::query::Query;
use super::rows::{Place, all};
use super::sql::{args, row};
use super::{PAGE_MAX, Page, StoreError, Tx};
use crate::domain::document::Payment;
use crate::domain::ids::{CustomerId, InvoiceId, MerchantId, PaymentId};

/// Selects [`PaymentRow`]s, as far as the `where`.
macro_rules! select_payments {
    ($rest:literal) => {
        concat!(
            "select id, customer_id, invoice_id, amount_minor, currency, reference, reason, \
             paid_on from payments ",
            $rest
        )
    };
}
pub(super) use select_payments;

/// The payments of an invoice, in order of creation, at most [`PAGE_MAX`].
pub async fn list_payments_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    invoice: &InvoiceId,
) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<PaymentRow> = tx
        .fetch_all(
            select_payments!("where merchant_id = $1 and invoice_id = $2 order by id limit $3"),
            args![merchant, invoice, PAGE_MAX],
        )
        .await?;
    all(rows)
}

/// Payments and payouts of one customer or all, by id, which is the order of creation.
pub async fn list_payments(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: Option<&CustomerId>,
    page: &Page,
) -> Result<Vec<Payment>, StoreError> {
    let query = select_payments!("where merchant_id = $1");
    let (text, args) =
        Query::new(query, args![merchant]).filter("customer_id = $?", customer).page("id", page);
    let rows: Vec<PaymentRow> = tx.fetch_all(text, args).await?;
    all(rows)
}

/// The customer whose checkout a payment of this reference has completed; none where none has.
pub async fn find_reference(
    tx: &mut Tx,
    merchant: &MerchantId,
    reference: &str,
) -> Result<Option<CustomerId>, StoreError> {
    let row: Option<(String,)> = tx
        .fetch_optional(
            "select customer_id from payment_references where merchant_id = $1 and reference = $2",
            args![merchant, reference],
        )
        .await?;
    Ok(row.map(|(id,)| CustomerId::stored(id)))
}

/// Notes that a payment of this reference completes a customer's checkout, and answers whose
/// checkouts it completes: where it was another's before, it stays theirs. Whoever does the same
/// at the same time waits.
pub async fn claim_reference(
    tx: &mut Tx,
    merchant: &MerchantId,
    reference: &str,
    customer: &CustomerId,
) -> Result<Option<CustomerId>, StoreError> {
    tx.execute(
        "insert into payment_references (merchant_id, reference, customer_id) \
         values ($1, $2, $3) on conflict (merchant_id, reference) do nothing",
        args![merchant, reference, customer],
    )
    .await?;
    find_reference(tx, merchant, reference).await
}

row! {
    /// A row of `payments`.
    pub(super) struct PaymentRow {
        id: String,
        pub(super) customer_id: String,
        invoice_id: Option<String>,
        amount_minor: i64,
        currency: String,
        reference: String,
        reason: Option<String>,
        paid_on: NaiveDate,
    }
}

impl TryFrom<PaymentRow> for Payment {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Self, StoreError> {
        let place = Place { table: "payments", row: &row.id };
        Ok(Self {
            currency: place.currency(&row.currency)?,
            invoice: row.invoice_id.map(InvoiceId::stored),
            amount: row.amount_minor,
            reference: row.reference,
            reason: row.reason,
            paid_on: row.paid_on,
            id: PaymentId::stored(row.id),
        })
    }
}
