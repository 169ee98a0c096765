//! Products.

use std::collections::BTreeMap;

use super::{Page, StoreError, Tx, Use};
use crate::domain::catalog::Product;
use crate::domain::ids::{MerchantId, ProductId};

/// Stores a product; whether it is new.
pub async fn save_product(
    tx: &mut Tx,
    merchant: &MerchantId,
    product: &Product,
) -> Result<bool, StoreError> {
    todo!()
}

/// A product.
pub async fn find_product(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ProductId,
) -> Result<Option<Product>, StoreError> {
    todo!()
}

/// Those of these products that exist.
pub async fn find_products(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[ProductId],
) -> Result<BTreeMap<ProductId, Product>, StoreError> {
    todo!()
}

/// The titles of those of these products that exist.
pub async fn find_titles(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[ProductId],
) -> Result<BTreeMap<ProductId, String>, StoreError> {
    todo!()
}

/// Products, by id.
pub async fn list_products(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Product>, StoreError> {
    todo!()
}

/// What keeps a product from being removed, as far as the first twenty.
pub async fn product_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ProductId,
) -> Result<Vec<Use>, StoreError> {
    todo!()
}

/// Removes a product; whether it was there.
pub async fn delete_product(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ProductId,
) -> Result<bool, StoreError> {
    todo!()
}
