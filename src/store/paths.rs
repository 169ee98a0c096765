//! Paths and the tags on both of their sides.

use std::collections::BTreeSet;

use super::{Page, StoreError, Tx};
use crate::domain::ids::{MerchantId, PathId, TagId};
use crate::domain::path::Path;

/// The most paths that a merchant's graph is drawn of.
pub const PATHS_MAX: i64 = 10_000;

/// A path as saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedPath {
    /// Whether it is new.
    pub created: bool,
    /// The edit that it was given.
    pub edit: i64,
}

/// Stores a path with the merchant's next edit number; `path.edit` is not looked at,
/// `path.edited_at` is stored as it is.
pub async fn save_path(
    tx: &mut Tx,
    merchant: &MerchantId,
    path: &Path,
) -> Result<SavedPath, StoreError> {
    todo!()
}

/// A path.
pub async fn find_path(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PathId,
) -> Result<Option<Path>, StoreError> {
    todo!()
}

/// Paths, by id.
pub async fn list_paths(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Path>, StoreError> {
    todo!()
}

/// The paths with one of these among their target tags, active or not, by id.
pub async fn list_paths_to(
    tx: &mut Tx,
    merchant: &MerchantId,
    target_tags: &BTreeSet<TagId>,
) -> Result<Vec<Path>, StoreError> {
    todo!()
}

/// All paths, by id, at most [`PATHS_MAX`].
pub async fn all_paths(tx: &mut Tx, merchant: &MerchantId) -> Result<Vec<Path>, StoreError> {
    todo!()
}

/// Removes a path; whether it was there.
pub async fn delete_path(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PathId,
) -> Result<bool, StoreError> {
    todo!()
}
