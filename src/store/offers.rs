//! Offers and the versions of their terms. A version is never changed or removed: subscriptions
//! rest on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::automations::list_naming;
use super::definitions::stored;
use super::query::SqlQuery;
use super::rows::{TermsRow, terms, to_json};
use super::sql::{Arg, PageRows, args, list, row};
use super::{DependentThing, Page, StoreError, Tx, USES_MAX};
use crate::domain::catalogue::{Offer, Terms};
use crate::domain::ids::{MerchantId, OfferId, TagId};
use crate::domain::translation::Wording;

/// The most offers that the graph is drawn of.
pub const OFFERS_MAX: i64 = 10_000;

/// Selects [`OfferRow`]s from offers named `o`, as far as the `where`.
macro_rules! select_offers {
    ($rest:literal) => {
        concat!(
            "select o.active, ",
            terms!(),
            " from offers o join offer_versions v on v.merchant_id = o.merchant_id \
             and v.offer_id = o.id and v.version = o.version ",
            $rest
        )
    };
}

row! {
    struct OfferRow {
        active: bool,
        terms: TermsRow,
    }
}

/// Stores an offer: whether it is new, and its version. `terms.version` is not looked at; there
/// is a new version only where the terms differ from the newest. The catalogue is locked, so that
/// versions stay in order.
pub async fn save_offer(
    tx: &mut Tx,
    merchant: &MerchantId,
    offer: &Offer,
) -> Result<(bool, i64), StoreError> {
    let newest: Option<TermsRow> = tx
        .fetch_optional(
            concat!(
                "select ",
                terms!(),
                " from offer_versions v where v.merchant_id = $1 and v.offer_id = $2 \
                 order by v.version desc limit 1"
            ),
            args![merchant, &offer.terms.offer],
        )
        .await?;
    let newest = newest.map(Terms::try_from).transpose()?;
    let last = newest.as_ref().map_or(0, |terms| terms.version);
    let same = newest.is_some_and(|newest| {
        let version = newest.version;
        newest == Terms { version, ..offer.terms.clone() }
    });
    let version = if same { last } else { last + 1 };
    if !same {
        insert_version(tx, merchant, &offer.terms, version).await?;
    }
    let created = save_newest(tx, merchant, offer, version).await?;
    Ok((created, version))
}

/// An offer.
pub async fn find_offer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OfferId,
) -> Result<Option<Offer>, StoreError> {
    let found = find_offers(tx, merchant, std::slice::from_ref(id)).await?;
    Ok(found.into_values().next())
}

/// One version of an offer's terms.
pub async fn find_terms(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OfferId,
    version: i64,
) -> Result<Option<Terms>, StoreError> {
    let row: Option<TermsRow> = tx
        .fetch_optional(
            concat!(
                "select ",
                terms!(),
                " from offer_versions v where v.merchant_id = $1 and v.offer_id = $2 \
                 and v.version = $3"
            ),
            args![merchant, id, version],
        )
        .await?;
    row.map(Terms::try_from).transpose()
}

/// Those of these versions of offers' terms that exist.
pub async fn find_versions(
    tx: &mut Tx,
    merchant: &MerchantId,
    wanted: &BTreeSet<(OfferId, i64)>,
) -> Result<BTreeMap<(OfferId, i64), Terms>, StoreError> {
    let offers: BTreeSet<&OfferId> = wanted.iter().map(|(offer, _)| offer).collect();
    let rows: Vec<TermsRow> = tx
        .fetch_all(
            concat!(
                "select ",
                terms!(),
                " from offer_versions v where (v.merchant_id, v.offer_id) in pairs($1, $2)"
            ),
            args![merchant, list(offers)],
        )
        .await?;
    let named = rows.into_iter().map(|row| (row.version(), row));
    let wanted = named.filter(|(version, _)| wanted.contains(version));
    wanted.map(|(version, row)| Ok((version, Terms::try_from(row)?))).collect()
}

/// Those of these offers that exist.
pub async fn find_offers(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[OfferId],
) -> Result<BTreeMap<OfferId, Offer>, StoreError> {
    let rows = tx
        .fetch_all(
            select_offers!("where (o.merchant_id, o.id) in pairs($1, $2)"),
            args![merchant, list(ids)],
        )
        .await?;
    let offers = with_tags(tx, merchant, rows).await?;
    let by_id = |offer: Offer| (offer.terms.offer.clone(), offer);
    Ok(offers.into_iter().map(by_id).collect())
}

/// Offers, by id.
pub async fn list_offers(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Offer>, StoreError> {
    let query = select_offers!("where o.merchant_id = $1");
    let query = SqlQuery::new(query, args![merchant]).search(
        "(lower(o.id) like lower($?) escape '!' \
         or lower(v.title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("o.id", page);
    let (mut rows, mut found) = (PageRows::of((text, args), page), Vec::new());
    while let Some(piece) = rows.next(tx).await? {
        let whole = with_tags(tx, merchant, piece).await?;
        found.extend(rows.fitting(tx, whole, |it| it.tags.len()));
    }
    Ok(found)
}

/// All offers, by id, at most [`OFFERS_MAX`].
pub async fn all_offers(tx: &mut Tx, merchant: &MerchantId) -> Result<Vec<Offer>, StoreError> {
    let rows = tx
        .fetch_all(
            select_offers!("where o.merchant_id = $1 order by o.id limit $2"),
            args![merchant, OFFERS_MAX],
        )
        .await?;
    with_tags(tx, merchant, rows).await
}

/// The tags of each of these offers; an offer without tags is left out.
pub async fn tags_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    offers: &[OfferId],
) -> Result<BTreeMap<OfferId, BTreeSet<TagId>>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select offer_id, tag_id from offer_tags \
             where (merchant_id, offer_id) in pairs($1, $2)",
            args![merchant, list(offers)],
        )
        .await?;
    let mut tags = BTreeMap::<OfferId, BTreeSet<TagId>>::new();
    for (offer, tag) in rows {
        let tags = tags.entry(OfferId::stored(offer)).or_default();
        tags.insert(TagId::stored(tag));
    }
    Ok(tags)
}

/// The ids of all offers.
pub async fn offer_ids(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<BTreeSet<OfferId>, StoreError> {
    let text = "select id from offers where merchant_id = $1";
    let rows: Vec<(String,)> = tx.fetch_all(text, args![merchant]).await?;
    Ok(rows.into_iter().map(|(id,)| OfferId::stored(id)).collect())
}

/// Which of these offers exist.
pub async fn known_offers(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &BTreeSet<OfferId>,
) -> Result<BTreeSet<OfferId>, StoreError> {
    let text = "select id from offers where (merchant_id, id) in pairs($1, $2)";
    let rows: Vec<(String,)> = tx.fetch_all(text, args![merchant, list(ids)]).await?;
    Ok(rows.into_iter().map(|(id,)| OfferId::stored(id)).collect())
}

/// What keeps an offer from being removed, as far as the first twenty of a kind.
pub async fn offer_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OfferId,
    now: DateTime<Utc>,
) -> Result<Vec<DependentThing>, StoreError> {
    let found = tx
        .fetch_all(
            "select 'subscription' as kind, id from subscriptions \
         where merchant_id = $1 and offer_id = $2 and status = 'active' union all \
         select 'scheduled_change' as kind, id from scheduled_changes \
         where merchant_id = $1 and offer_id = $2 and status = 'pending' union all \
         select 'checkout' as kind, id from checkouts \
         where merchant_id = $1 and offer_id = $2 and status in ('open', 'held') \
         and (expires_at > $3 or held_until > $3) union all \
         select kind, rule_id as id from rule_names \
         where merchant_id = $1 and noun = 'offer' and name = $2 limit $4",
            args![merchant, id, now, USES_MAX],
        )
        .await;
    let mut uses: Vec<DependentThing> = found?;
    uses.extend(list_naming(tx, merchant, |terms| terms.opens(id)).await?);
    Ok(uses)
}

stored!(
    Offer,
    find_offer,
    list_offers,
    |tx, merchant, offer, _writing| {
        let (created, version) = save_offer(tx, merchant, &offer).await?;
        let terms = Terms { version, ..offer.terms };
        (Offer { terms, ..offer }, created)
    },
    uses offer_uses
);

async fn with_tags(
    tx: &mut Tx,
    merchant: &MerchantId,
    rows: Vec<OfferRow>,
) -> Result<Vec<Offer>, StoreError> {
    let ids: Vec<OfferId> =
        (rows.iter()).map(|row| OfferId::stored(row.terms.offer_id.clone())).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut tags = tags_of(tx, merchant, &ids).await?;
    let offers = rows.into_iter().zip(ids).map(|(row, id)| {
        Ok(Offer {
            terms: Terms::try_from(row.terms)?,
            tags: tags.remove(&id).unwrap_or_default(),
            active: row.active,
        })
    });
    offers.collect()
}

async fn insert_version(
    tx: &mut Tx,
    merchant: &MerchantId,
    terms: &Terms,
    version: i64,
) -> Result<(), StoreError> {
    let introduction = &terms.introduction;
    let wording = Some(&terms.wording).filter(|wording| **wording != Wording::default());
    let steps = Some(&introduction.steps).filter(|steps| !steps.is_empty());
    tx.execute(
        "insert into offer_versions (merchant_id, offer_id, version, title, products, \
         price_minor, currency, billing_period, term, renewal_term, auto_renew, tax_id, \
         tax_included, requires_parent, notice, trial, steps, introduction, wording) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
         $18, $19)",
        args![
            merchant,
            &terms.offer,
            version,
            &terms.title,
            to_json(&terms.products)?,
            terms.price.minor,
            terms.price.currency,
            terms.billing_period.to_string(),
            terms.term.to_string(),
            terms.renewal_term.map(|term| term.to_string()),
            terms.auto_renew,
            terms.tax.as_ref(),
            terms.tax_included,
            terms.requires_parent,
            terms.notice.map(|notice| notice.to_string()),
            introduction.trial.map(|trial| trial.to_string()),
            steps.map(to_json).transpose()?,
            introduction.granted,
            wording.map(to_json).transpose()?,
        ],
    )
    .await?;
    let products: BTreeSet<_> = terms.products.iter().map(|(id, _)| id).collect();
    let rows = products
        .into_iter()
        .map(|product| args![merchant, &terms.offer, version, product])
        .collect();
    let columns = "merchant_id, offer_id, version, product_id";
    tx.insert_rows("offer_products", columns, rows).await?;
    Ok(())
}

/// Points the offer to a version and replaces its tags; whether the offer is new.
async fn save_newest(
    tx: &mut Tx,
    merchant: &MerchantId,
    offer: &Offer,
    version: i64,
) -> Result<bool, StoreError> {
    let id = &offer.terms.offer;
    let values = || -> Vec<Arg> { args![merchant, id, version, offer.active] };
    let added = tx
        .execute(
            "insert into offers (merchant_id, id, version, active) values ($1, $2, $3, $4) \
             on conflict (merchant_id, id) do nothing",
            values(),
        )
        .await?;
    if added == 0 {
        tx.execute(
            "update offers set version = $3, active = $4 where merchant_id = $1 and id = $2",
            values(),
        )
        .await?;
        tx.execute(
            "delete from offer_tags where merchant_id = $1 and offer_id = $2",
            args![merchant, id],
        )
        .await?;
    }
    let rows = (offer.tags.iter()).map(|tag| args![merchant, id, tag]).collect();
    tx.insert_rows("offer_tags", "merchant_id, offer_id, tag_id", rows).await?;
    Ok(added == 1)
}
