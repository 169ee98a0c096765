//! Customers: who they are and what they are owed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Page, StoreError, Tx};
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::merchant::Profile;
use crate::domain::money::{Currency, Money};

/// A customer as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Chosen by the merchant.
    pub id: CustomerId,
    /// As the merchant knows them.
    pub profile: Profile,
    /// When billing has something to do next.
    pub due_on: Option<NaiveDate>,
    /// When they became known.
    pub created_at: DateTime<Utc>,
}

/// Stores a profile; whether the customer is new.
pub async fn save_customer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
    profile: &Profile,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    todo!()
}

/// Makes a customer without a profile where there is none yet; whether it was needed.
pub async fn ensure_customer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    todo!()
}

/// A customer.
pub async fn find_customer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<Option<Customer>, StoreError> {
    todo!()
}

/// Customers, by id.
pub async fn list_customers(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Customer>, StoreError> {
    todo!()
}

/// Keeps everyone else from deciding about these customers until the transaction ends. To be
/// called before their accounts are loaded; it locks in the order of the ids.
pub async fn lock_customers(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[CustomerId],
) -> Result<(), StoreError> {
    todo!()
}

/// What a customer is owed, by currency.
pub async fn balances(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CustomerId,
) -> Result<Vec<Money>, StoreError> {
    todo!()
}

/// What each of these customers is owed; those who are owed nothing are left out.
pub async fn balances_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[CustomerId],
) -> Result<BTreeMap<CustomerId, BTreeMap<Currency, i64>>, StoreError> {
    todo!()
}
