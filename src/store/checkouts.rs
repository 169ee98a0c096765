//! Checkouts as they are kept, and which subscriptions they hold.

use chrono::{DateTime, Utc};

use super::{Page, StoreError, Tx};
use crate::domain::checkout::Checkout;
use crate::domain::ids::{CheckoutId, CustomerId, MerchantId, SubscriptionId};

/// A subscription that a checkout holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSource {
    /// Whose.
    pub customer: CustomerId,
    /// What is held.
    pub subscription: SubscriptionId,
    /// By which checkout.
    pub checkout: CheckoutId,
    /// Until when.
    pub held_until: DateTime<Utc>,
}

/// Stores a new checkout.
pub async fn insert_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
) -> Result<(), StoreError> {
    todo!()
}

/// A checkout.
pub async fn find_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CheckoutId,
) -> Result<Option<Checkout>, StoreError> {
    todo!()
}

/// A checkout of any merchant, by the end of its address.
pub async fn find_checkout_by_token(
    tx: &mut Tx,
    token: &str,
) -> Result<Option<(MerchantId, Checkout)>, StoreError> {
    todo!()
}

/// Stores what may change of a checkout: status, source, preview, stamp, result, `held_until`,
/// `expires_at` and the mode asked for.
pub async fn save_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
) -> Result<(), StoreError> {
    todo!()
}

/// Checkouts of one customer or all, by id, which is the order of creation.
pub async fn list_checkouts(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: Option<&CustomerId>,
    page: &Page,
) -> Result<Vec<Checkout>, StoreError> {
    todo!()
}

/// The customer's subscriptions that a checkout holds at `now`, and which.
pub async fn held_sources(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    now: DateTime<Utc>,
) -> Result<Vec<(SubscriptionId, CheckoutId)>, StoreError> {
    todo!()
}

/// What checkouts of these customers hold at `now`.
pub async fn held_sources_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
    now: DateTime<Utc>,
) -> Result<Vec<HeldSource>, StoreError> {
    todo!()
}
