//! Reading payments, bounced payments and payouts. They are stored by [`super::plans`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::query::SqlQuery;
use super::rows::{ColumnPlace, all};
use super::sql::{Write, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::document::{Payment, PaymentKind};
use crate::domain::ids::{CheckoutId, CustomerId, InvoiceId, MerchantId, PaymentId};
use crate::domain::money::Money;

/// Selects [`PaymentRow`]s, as far as the `where`.
macro_rules! select_payments {
    ($rest:literal) => {
        concat!(
            "select id, kind, receipt_id, customer_id, invoice_id, checkout_id, amount_minor, \
             currency, reference, reason, paid_on from payments ",
            $rest
        )
    };
}
pub(super) use select_payments;

/// Which payments to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaymentFilter {
    /// The customer it belongs to.
    pub customer: Option<CustomerId>,
    /// For this invoice.
    pub invoice: Option<InvoiceId>,
    /// Called this where the money moves.
    pub reference: Option<String>,
    /// Paid on this day or later.
    pub from: Option<NaiveDate>,
    /// Paid on this day or before.
    pub to: Option<NaiveDate>,
}

/// A payment with whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPayment {
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The payment.
    pub payment: Payment,
}

/// The payments of each of these invoices, in order of creation.
pub async fn payments_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    invoices: &[InvoiceId],
) -> Result<BTreeMap<InvoiceId, Vec<Payment>>, StoreError> {
    if invoices.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<PaymentRow> = tx
        .fetch_all(
            select_payments!("where (merchant_id, invoice_id) in pairs($1, $2) order by id"),
            args![merchant, list(invoices)],
        )
        .await?;
    let mut found = BTreeMap::<InvoiceId, Vec<Payment>>::new();
    for payment in all::<_, Payment>(rows)? {
        if let Some(invoice) = payment.invoice.clone() {
            found.entry(invoice).or_default().push(payment);
        }
    }
    Ok(found)
}

/// All payments that came in together with one of this reference for an invoice, and what of them
/// bounced, in order of creation.
pub async fn list_receipts(
    tx: &mut Tx,
    merchant: &MerchantId,
    invoice: &InvoiceId,
    reference: &str,
) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<PaymentRow> = tx
        .fetch_all(
            select_payments!(
                "where merchant_id = $1 and receipt_id in (\
                 select r.receipt_id from payments r where r.merchant_id = $1 \
                 and r.invoice_id = $2 and r.reference = $3) order by id"
            ),
            args![merchant, invoice, reference],
        )
        .await?;
    all(rows)
}

/// A payment, bounced payment or payout.
pub async fn find_payment(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PaymentId,
) -> Result<Option<FoundPayment>, StoreError> {
    let row: Option<PaymentRow> = tx
        .fetch_optional(select_payments!("where merchant_id = $1 and id = $2"), args![merchant, id])
        .await?;
    row.map(FoundPayment::try_from).transpose()
}

/// All payments that came in together, and what of them bounced, in order of creation.
pub async fn list_receipt(
    tx: &mut Tx,
    merchant: &MerchantId,
    receipt: &PaymentId,
) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<PaymentRow> = tx
        .fetch_all(
            select_payments!("where merchant_id = $1 and receipt_id = $2 order by id"),
            args![merchant, receipt],
        )
        .await?;
    all(rows)
}

/// Payments, bounced payments and payouts, by id, which is the order of creation.
pub async fn list_payments(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &PaymentFilter,
    page: &Page,
) -> Result<Vec<FoundPayment>, StoreError> {
    let query = select_payments!("where merchant_id = $1");
    let (text, args) = SqlQuery::new(query, args![merchant])
        .filter("customer_id = $?", filter.customer.as_ref())
        .filter("invoice_id = $?", filter.invoice.as_ref())
        .filter("reference = $?", filter.reference.as_deref())
        .filter("paid_on >= $?", filter.from)
        .filter("paid_on <= $?", filter.to)
        .page("id", page);
    let rows: Vec<PaymentRow> = tx.fetch_page((text, args), page).await?;
    rows.into_iter().map(FoundPayment::try_from).collect()
}

/// Which of these receipts have bounced: what came in together bounces together.
pub async fn bounced_receipts(
    tx: &mut Tx,
    merchant: &MerchantId,
    receipts: &[PaymentId],
) -> Result<BTreeSet<PaymentId>, StoreError> {
    if receipts.is_empty() {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select distinct receipt_id from payments \
             where (merchant_id, receipt_id) in pairs($1, $2) and kind = 'bounce'",
            args![merchant, list(receipts)],
        )
        .await?;
    Ok(rows.into_iter().map(|(receipt,)| PaymentId::stored(receipt)).collect())
}

/// What came in under these references: when and how much each time, whatever it was split over.
pub async fn booked_under(
    tx: &mut Tx,
    merchant: &MerchantId,
    references: &[String],
) -> Result<BTreeMap<String, Vec<(NaiveDate, Money)>>, StoreError> {
    let rows: Vec<(String, String, NaiveDate, String, i64)> = tx
        .fetch_all(
            "select reference, receipt_id, paid_on, currency, cast(sum(amount_minor) as bigint) \
             from payments where (merchant_id, reference) in pairs($1, $2) and kind = 'payment' \
             group by reference, receipt_id, paid_on, currency order by reference, receipt_id",
            args![merchant, list(references)],
        )
        .await?;
    let mut booked = BTreeMap::<String, Vec<(NaiveDate, Money)>>::new();
    for (reference, receipt, on, currency, minor) in rows {
        let place = ColumnPlace { table: "payments", row: &receipt };
        let amount = Money::new(minor, place.currency(&currency)?);
        booked.entry(reference).or_default().push((on, amount));
    }
    Ok(booked)
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

/// Notes that payments of these references complete checkouts of these customers, and answers
/// whether each is the customer's: where it was another's before, or paid something of theirs, it
/// stays theirs. Whoever does the same at the same time waits. No reference may stand here twice.
pub async fn claim_references(
    tx: &mut Tx,
    merchant: &MerchantId,
    claims: &BTreeMap<&str, &CustomerId>,
) -> Result<bool, StoreError> {
    if claims.is_empty() {
        return Ok(true);
    }
    let rows = (claims.iter())
        .map(|(reference, customer)| args![merchant, *reference, *customer])
        .collect();
    let theirs = tx
        .write(Write::over(
            "payment_references",
            "merchant_id, reference, customer_id",
            "insert into payment_references (merchant_id, reference, customer_id) \
             select merchant_id, reference, customer_id from v where not exists ( \
             select 1 from payments p where p.merchant_id = v.merchant_id \
             and p.reference = v.reference and p.customer_id <> v.customer_id \
             and p.kind = 'payment') \
             on conflict (merchant_id, reference) do update \
             set customer_id = excluded.customer_id \
             where payment_references.customer_id = excluded.customer_id",
            rows,
        ))
        .await?;
    Ok(usize::try_from(theirs).is_ok_and(|theirs| theirs == claims.len()))
}

row! {
    /// A row of `payments`.
    pub(super) struct PaymentRow {
        id: String,
        kind: String,
        receipt_id: String,
        pub(super) customer_id: String,
        invoice_id: Option<String>,
        checkout_id: Option<String>,
        amount_minor: i64,
        currency: String,
        reference: String,
        reason: Option<String>,
        paid_on: NaiveDate,
    }
}

impl TryFrom<PaymentRow> for FoundPayment {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Self, StoreError> {
        let customer = CustomerId::stored(row.customer_id.clone());
        Ok(Self { customer, payment: row.try_into()? })
    }
}

impl TryFrom<PaymentRow> for Payment {
    type Error = StoreError;

    fn try_from(row: PaymentRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "payments", row: &row.id };
        Ok(Self {
            currency: place.currency(&row.currency)?,
            kind: place.need("kind", PaymentKind::parse(&row.kind))?,
            receipt: PaymentId::stored(row.receipt_id),
            invoice: row.invoice_id.map(InvoiceId::stored),
            checkout: row.checkout_id.map(CheckoutId::stored),
            amount: row.amount_minor,
            reference: row.reference,
            reason: row.reason,
            paid_on: row.paid_on,
            id: PaymentId::stored(row.id),
        })
    }
}
