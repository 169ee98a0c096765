//! Tags and who uses them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::definitions::stored;
use super::query::SqlQuery;
use super::sql::{args, list};
use super::{Page, StoreError, Tx, USES_MAX, Use};
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

/// Stores a tag; whether it is new.
pub async fn save_tag(tx: &mut Tx, merchant: &MerchantId, tag: &Tag) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into tags (merchant_id, id, title) values ($1, $2, $3) \
             on conflict (merchant_id, id) do nothing",
            args![merchant, &tag.id, &tag.title],
        )
        .await?;
    if added == 0 {
        tx.execute(
            "update tags set title = $3 where merchant_id = $1 and id = $2",
            args![merchant, &tag.id, &tag.title],
        )
        .await?;
    }
    Ok(added == 1)
}

/// A tag.
pub async fn find_tag(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &TagId,
) -> Result<Option<Tag>, StoreError> {
    let row: Option<(String, String)> = tx
        .fetch_optional(
            "select id, title from tags where merchant_id = $1 and id = $2",
            args![merchant, id],
        )
        .await?;
    Ok(row.map(tag))
}

/// Tags, by id.
pub async fn list_tags(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Tag>, StoreError> {
    let query = "select id, title from tags where merchant_id = $1";
    let query = SqlQuery::new(query, args![merchant]).search(
        "(lower(id) like lower($?) escape '!' \
         or lower(title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("id", page);
    let rows: Vec<(String, String)> = tx.fetch_all(text, args).await?;
    Ok(rows.into_iter().map(tag).collect())
}

/// Which of these tags do not exist.
pub async fn unknown_tags(
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
    let known: BTreeSet<TagId> = known.into_iter().map(|(id,)| TagId::stored(id)).collect();
    Ok(ids.difference(&known).cloned().collect())
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
) -> Result<Vec<Use>, StoreError> {
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

stored!(
    Tag,
    find_tag,
    list_tags,
    |tx, merchant, tag, _writing| {
        let created = save_tag(tx, merchant, &tag).await?;
        (tag, created)
    },
    uses tag_uses
);

fn tag((id, title): (String, String)) -> Tag {
    let id = TagId::stored(id);
    Tag { id, title }
}
