//! Offers and the versions of their terms. A version is never changed or removed: contracts
//! rest on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{Page, StoreError, Tx, Use};
use crate::domain::catalog::Offer;
use crate::domain::ids::{MerchantId, OfferId, TagId};

/// The most offers that the graph is drawn of.
pub const OFFERS_MAX: i64 = 10_000;

/// Stores an offer: whether it is new, and its version. `terms.version` is not looked at; there
/// is a new version only where the terms differ from the newest.
pub async fn save_offer(
    tx: &mut Tx,
    merchant: &MerchantId,
    offer: &Offer,
) -> Result<(bool, i64), StoreError> {
    todo!()
}

/// An offer.
pub async fn find_offer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OfferId,
) -> Result<Option<Offer>, StoreError> {
    todo!()
}

/// Those of these offers that exist.
pub async fn find_offers(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[OfferId],
) -> Result<BTreeMap<OfferId, Offer>, StoreError> {
    todo!()
}

/// Offers, by id.
pub async fn list_offers(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Offer>, StoreError> {
    todo!()
}

/// The offers with at least one of these tags, by id, at most [`OFFERS_MAX`].
pub async fn list_offers_with_tags(
    tx: &mut Tx,
    merchant: &MerchantId,
    tags: &BTreeSet<TagId>,
) -> Result<Vec<Offer>, StoreError> {
    todo!()
}

/// All offers, by id, at most [`OFFERS_MAX`].
pub async fn all_offers(tx: &mut Tx, merchant: &MerchantId) -> Result<Vec<Offer>, StoreError> {
    todo!()
}

/// The tags of each of these offers; an offer without tags is left out.
pub async fn tags_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    offers: &[OfferId],
) -> Result<BTreeMap<OfferId, BTreeSet<TagId>>, StoreError> {
    todo!()
}

/// What keeps an offer from being removed, as far as the first twenty.
pub async fn offer_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OfferId,
    now: DateTime<Utc>,
) -> Result<Vec<Use>, StoreError> {
    todo!()
}

/// Removes an offer; whether it was there. Its versions stay.
pub async fn delete_offer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OfferId,
) -> Result<bool, StoreError> {
    todo!()
}
