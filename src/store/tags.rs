//! Tags and who uses them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::definitions::stored;
use super::plain::PlainRow;
use super::sql::{Arg, args, list, row};
use super::{DependentThing, StoreError, Tx, USES_MAX};
use crate::domain::catalogue::Tag;
use crate::domain::ids::{MerchantId, OfferId, PathId, TagId};

/// Offers and paths named in one answer.
const USERS_MAX: i64 = 50_000;

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

/// Which of these tags exist.
pub async fn known_tags(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &BTreeSet<TagId>,
) -> Result<BTreeSet<TagId>, StoreError> {
    let known: Vec<(String,)> = tx
        .fetch_all(
            "select id from tags where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(ids)],
        )
        .await?;
    Ok(known.into_iter().map(|(id,)| TagId::stored(id)).collect())
}

/// The offers and paths that use each of these tags.
pub async fn list_tag_users(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[TagId],
) -> Result<BTreeMap<TagId, TagUsers>, StoreError> {
    let rows: Vec<(String, String, String)> = tx
        .fetch_all(
            "select tag_id, 'offer' as kind, offer_id as id from offer_tags \
             where (merchant_id, tag_id) in pairs($1, $2) union all \
             select tag_id, side as kind, path_id as id from path_tags \
             where (merchant_id, tag_id) in pairs($1, $2) order by 1, 2, 3 limit $3",
            args![merchant, list(ids), USERS_MAX],
        )
        .await?;
    let mut users = BTreeMap::<TagId, TagUsers>::new();
    for (tag, kind, id) in rows {
        let users = users.entry(TagId::stored(tag)).or_default();
        match kind.as_str() {
            "offer" => users.offers.push(OfferId::stored(id)),
            "source" => users.source_of.push(PathId::stored(id)),
            _ => users.target_of.push(PathId::stored(id)),
        }
    }
    Ok(users)
}

/// What keeps a tag from being removed, as far as the first twenty.
pub async fn tag_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TagId,
    _now: DateTime<Utc>,
) -> Result<Vec<DependentThing>, StoreError> {
    tx.fetch_all(
        "select 'offer' as kind, offer_id as id from offer_tags \
         where merchant_id = $1 and tag_id = $2 union \
         select 'path' as kind, path_id as id from path_tags \
         where merchant_id = $1 and tag_id = $2 union \
         select kind, rule_id as id from rule_names \
         where merchant_id = $1 and noun = 'tag' and name = $2 union all \
         select 'product' as kind, product_id as id from product_tags \
         where merchant_id = $1 and tag_id = $2 limit $3",
        args![merchant, id, USES_MAX],
    )
    .await
}

row! {
    json
    /// A row of `tags`.
    pub struct TagRow {
        id: String,
        title: String,
    }
}

impl PlainRow for Tag {
    type Row = TagRow;

    fn of_row(row: TagRow) -> Result<Self, StoreError> {
        Ok(Self { id: TagId::stored(row.id), title: row.title })
    }

    fn values(&self) -> Result<Vec<Arg>, StoreError> {
        Ok(args![&self.id, &self.title])
    }
}

stored!(Tag as row, uses tag_uses);
