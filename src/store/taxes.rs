//! Tax categories with their dated rates.

use std::collections::BTreeMap;

use super::{Page, StoreError, Tx, Use};
use crate::domain::catalog::Tax;
use crate::domain::ids::{MerchantId, TaxId};

/// Stores a tax category; whether it is new.
pub async fn save_tax(tx: &mut Tx, merchant: &MerchantId, tax: &Tax) -> Result<bool, StoreError> {
    todo!()
}

/// A tax category.
pub async fn find_tax(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TaxId,
) -> Result<Option<Tax>, StoreError> {
    todo!()
}

/// Tax categories, by id.
pub async fn list_taxes(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Tax>, StoreError> {
    todo!()
}

/// All tax categories, at most 1,000.
pub async fn load_taxes(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<BTreeMap<TaxId, Tax>, StoreError> {
    todo!()
}

/// What keeps a tax category from being removed, as far as the first twenty.
pub async fn tax_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TaxId,
) -> Result<Vec<Use>, StoreError> {
    todo!()
}

/// Removes a tax category; whether it was there.
pub async fn delete_tax(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TaxId,
) -> Result<bool, StoreError> {
    todo!()
}
