//! Reading payments, bounced payments and payouts. They are stored by [`super::plans`].

use super::{Page, StoreError, Tx};
use crate::domain::document::Payment;
use crate::domain::ids::{CustomerId, InvoiceId, MerchantId};

/// The payments of an invoice, in order of creation.
pub async fn list_payments_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    invoice: &InvoiceId,
) -> Result<Vec<Payment>, StoreError> {
    todo!()
}

/// Payments and payouts of one customer or all, by id, which is the order of creation.
pub async fn list_payments(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: Option<&CustomerId>,
    page: &Page,
) -> Result<Vec<Payment>, StoreError> {
    todo!()
}
