//! Merchants, their settings and the book itself. What a setting means is for others.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Page, StoreError, Tx};
use crate::domain::ids::MerchantId;
use crate::domain::merchant::Settings;

/// A merchant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    /// Chosen when it was made.
    pub id: MerchantId,
    /// Shown in the backend.
    pub name: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// The simulated clock of a book that has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookClock {
    /// Where it stands.
    pub at: DateTime<Utc>,
    /// The date as which it was given, if as a date.
    pub date: Option<NaiveDate>,
}

/// Makes a merchant with default settings; false where there is one of that id already.
pub async fn insert_merchant(
    tx: &mut Tx,
    id: &MerchantId,
    name: &str,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    todo!()
}

/// A merchant.
pub async fn find_merchant(tx: &mut Tx, id: &MerchantId) -> Result<Option<Merchant>, StoreError> {
    todo!()
}

/// All merchants, by id.
pub async fn list_merchants(tx: &mut Tx, page: &Page) -> Result<Vec<Merchant>, StoreError> {
    todo!()
}

/// A merchant's settings; an error where there is no such merchant.
pub async fn get_settings(tx: &mut Tx, merchant: &MerchantId) -> Result<Settings, StoreError> {
    todo!()
}

/// Stores a merchant's settings.
pub async fn save_settings(
    tx: &mut Tx,
    merchant: &MerchantId,
    settings: &Settings,
) -> Result<(), StoreError> {
    todo!()
}

/// Whether the merchant has any customer.
pub async fn has_customers(tx: &mut Tx, merchant: &MerchantId) -> Result<bool, StoreError> {
    todo!()
}

/// The book's simulated clock; none where it runs on the real one.
pub async fn get_clock(tx: &mut Tx) -> Result<Option<BookClock>, StoreError> {
    todo!()
}

/// Sets the book's simulated clock.
pub async fn save_clock(tx: &mut Tx, clock: BookClock) -> Result<(), StoreError> {
    todo!()
}
