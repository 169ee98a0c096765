//! Tags and who uses them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Page, StoreError, Tx, Use};
use crate::domain::catalog::Tag;
use crate::domain::ids::{MerchantId, OfferId, PathId, TagId};

/// Who uses a tag.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TagUsers {
    /// The offers that carry it.
    pub offers: Vec<OfferId>,
    /// The paths that lead from it.
    pub source_of: Vec<PathId>,
    /// The paths that lead to it.
    pub target_of: Vec<PathId>,
}

/// Stores a tag; whether it is new.
pub async fn save_tag(tx: &mut Tx, merchant: &MerchantId, tag: &Tag) -> Result<bool, StoreError> {
    todo!()
}

/// A tag.
pub async fn find_tag(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TagId,
) -> Result<Option<Tag>, StoreError> {
    todo!()
}

/// Tags, by id.
pub async fn list_tags(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Tag>, StoreError> {
    todo!()
}

/// Which of these tags do not exist.
pub async fn unknown_tags(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &BTreeSet<TagId>,
) -> Result<BTreeSet<TagId>, StoreError> {
    todo!()
}

/// The offers and paths that use each of these tags.
pub async fn list_tag_users(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[TagId],
) -> Result<BTreeMap<TagId, TagUsers>, StoreError> {
    todo!()
}

/// What keeps a tag from being removed, as far as the first twenty.
pub async fn tag_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TagId,
) -> Result<Vec<Use>, StoreError> {
    todo!()
}

/// Removes a tag; whether it was there.
pub async fn delete_tag(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TagId,
) -> Result<bool, StoreError> {
    todo!()
}
