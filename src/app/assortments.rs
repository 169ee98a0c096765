//! What promotions may suggest, held in memory as of an edit of the catalogue. What a save has
//! changed is taken in; the other products are not read again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::catalogue::Offer;
use crate::domain::condition::Selector;
use crate::domain::ids::{MerchantId, OfferId, ProductId};
use crate::domain::promotion::Suggestion;
use crate::selection::assortment::{Article, Assortment};
use crate::store::products::{ProductPick, list_picked, removed_since, saved_since};
use crate::store::{StoreError, Tx, offers};

use super::revision_cache::AtRevision;

/// About how many bytes a product takes, with what picks it.
const ARTICLE_BYTES: usize = 1_024;

/// Where more products than this were saved, all that is suggested is read anew.
const SAVED_MAX: i64 = 2_000;

/// What the promotions of a merchant may suggest.
pub(super) struct DatedAssortment {
    edit: i64,
    suggested: Arc<BTreeSet<Suggestion>>,
    offers: BTreeMap<OfferId, Vec<ProductId>>,
    /// It.
    pub(super) assortment: Assortment,
    /// The products in it of which there may be nothing left.
    pub(super) limited: Vec<ProductId>,
}

impl AtRevision for DatedAssortment {
    const EDITIONS: usize = 2;

    fn edit(&self) -> i64 {
        self.edit
    }

    fn bytes(&self) -> usize {
        self.assortment.articles().count() * ARTICLE_BYTES
    }
}

impl DatedAssortment {
    /// Reads what is suggested as of an edit, all or what has changed.
    ///
    /// # Errors
    /// What the database or a stored row is at.
    pub(super) async fn read(
        tx: &mut Tx,
        merchant: &MerchantId,
        before: Option<&Self>,
        (edit, suggested): (i64, Arc<BTreeSet<Suggestion>>),
    ) -> Result<Self, StoreError> {
        let (pick, wanted) = picked(suggested.iter());
        let offers = contents(tx, merchant, wanted).await?;
        let contained = |offers: &BTreeMap<_, Vec<ProductId>>| -> BTreeSet<ProductId> {
            offers.values().flatten().cloned().collect()
        };
        let mut pick = pick.with(contained(&offers));
        let mut articles: BTreeMap<ProductId, Arc<Article>> = BTreeMap::new();
        if let Some(before) = before
            && let Some(saved) = saved_since(tx, merchant, before.edit, SAVED_MAX).await?
        {
            let known = before.assortment.articles();
            articles = known.map(|it| (it.id.clone(), Arc::clone(it))).collect();
            for id in removed_since(tx, merchant, before.edit).await? {
                articles.remove(&id);
            }
            for product in saved {
                articles.insert(product.id.clone(), Arc::new(product.into()));
            }
            let fresh = suggested.iter().filter(|it| !before.suggested.contains(it));
            let known = contained(&before.offers);
            let in_offers = contained(&offers).into_iter().filter(|id| !known.contains(id));
            pick = picked(fresh).0.with(in_offers);
        }
        if !pick.is_empty() {
            let found = list_picked(tx, merchant, &pick).await?.into_iter();
            articles.extend(found.map(|it| (it.id.clone(), Arc::new(it.into()))));
        }
        let assortment = Assortment::of(&suggested, &offers, articles.into_values());
        let limited = assortment.articles().filter(|it| it.goods.stock.is_some());
        let limited = limited.map(|it| it.id.clone()).collect();
        Ok(Self { edit, suggested, offers, assortment, limited })
    }
}

/// What picks the products of suggestions, and the offers that are suggested.
fn picked<'s>(suggested: impl Iterator<Item = &'s Suggestion>) -> (ProductPick, BTreeSet<OfferId>) {
    let (mut pick, mut offers) = (ProductPick::default(), BTreeSet::new());
    for suggestion in suggested {
        match suggestion {
            Suggestion::Product(id) | Suggestion::Picked(Selector::Product(id)) => {
                pick.families.insert(id.clone());
            }
            Suggestion::Picked(Selector::Brand(brand)) => {
                pick.brands.insert(brand.clone());
            }
            Suggestion::Picked(Selector::Tag(tag)) => {
                pick.tags.insert(tag.clone());
            }
            Suggestion::Picked(Selector::Offer(offer)) => {
                offers.insert(offer.clone());
            }
            Suggestion::Picked(Selector::Any) => pick.all = true,
        }
    }
    (pick, offers)
}

/// The products in each of some offers.
async fn contents(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: BTreeSet<OfferId>,
) -> Result<BTreeMap<OfferId, Vec<ProductId>>, StoreError> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let ids: Vec<OfferId> = ids.into_iter().collect();
    let found = offers::find_offers(tx, merchant, &ids).await?.into_iter();
    let products = |offer: Offer| offer.terms.products.into_iter().map(|(id, _)| id).collect();
    Ok(found.map(|(id, offer)| (id, products(offer))).collect())
}
