//! What a decision rests on: the accounts of many customers at once, in a handful of queries.
//! And which customers billing has something to do for.

use chrono::NaiveDate;

use super::{StoreError, Tx};
use crate::domain::account::Account;
use crate::domain::ids::{CustomerId, MerchantId};

/// How much of an account is loaded; see [`Account`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What billing needs: of the paid invoices only those of the precursors of bridges.
    Billing,
    /// Everything.
    Full,
}

/// The accounts of these customers, in their order; an unknown one is empty. At most seven
/// queries, however many customers.
pub async fn load_accounts(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
    depth: Depth,
) -> Result<Vec<Account>, StoreError> {
    todo!()
}

/// Customers for whom billing has something to do up to `today`, by id, behind `after`; locked
/// until the transaction ends. Those that another worker has locked are left out.
pub async fn claim_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    today: NaiveDate,
    after: Option<&CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    todo!()
}

/// The first date on which billing has something to do.
pub async fn earliest_due(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<Option<NaiveDate>, StoreError> {
    todo!()
}

/// For how many customers billing has something to do up to `today`.
pub async fn count_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    today: NaiveDate,
) -> Result<i64, StoreError> {
    todo!()
}
