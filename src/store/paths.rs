//! Paths and the tags on both of their sides.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::definitions::stored;
use super::query::SqlQuery;
use super::rows::{ColumnPlace, to_json};
use super::sql::{Arg, PageRows, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::ids::{MerchantId, PathId, TagId};
use crate::domain::path::Path;
use crate::domain::text::Text;

/// The most paths that a merchant's graph is drawn of.
pub const PATHS_MAX: i64 = 10_000;

/// Selects [`PathRow`]s from paths named `p`, as far as the `where`.
macro_rules! select_paths {
    ($rest:literal) => {
        concat!(
            "select p.id, p.edit, p.edited_at, p.internal_title, p.internal_description, \
             p.title, p.description, p.optional, p.customer_may_switch, p.transition, \
             p.proration, p.billing_date, p.unpaid_source, p.priority, p.active, \
             p.valid_from, p.valid_until, p.introduction, p.texts \
             from paths p ",
            $rest
        )
    };
}

/// Stores a path as it is, with its edit number; whether it is new.
async fn save_path(tx: &mut Tx, merchant: &MerchantId, path: &Path) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into paths (merchant_id, id, edit, edited_at, internal_title, \
             internal_description, title, description, optional, customer_may_switch, \
             transition, proration, billing_date, unpaid_source, priority, active, valid_from, \
             valid_until, introduction, texts) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
             $18, $19, $20) \
             on conflict (merchant_id, id) do nothing",
            values(merchant, path)?,
        )
        .await?;
    if added == 0 {
        tx.execute(
            "update paths set edit = $3, edited_at = $4, internal_title = $5, \
             internal_description = $6, title = $7, description = $8, optional = $9, \
             customer_may_switch = $10, transition = $11, proration = $12, \
             billing_date = $13, unpaid_source = $14, priority = $15, active = $16, \
             valid_from = $17, valid_until = $18, introduction = $19, texts = $20 \
             where merchant_id = $1 and id = $2",
            values(merchant, path)?,
        )
        .await?;
        tx.execute(
            "delete from path_tags where merchant_id = $1 and path_id = $2",
            args![merchant, &path.id],
        )
        .await?;
    }
    let sides = [("source", &path.source_tags), ("target", &path.target_tags)];
    let rows = (sides.into_iter())
        .flat_map(|(side, tags)| tags.iter().map(move |tag| args![merchant, &path.id, side, tag]))
        .collect();
    tx.insert_rows("path_tags", "merchant_id, path_id, side, tag_id", rows).await?;
    Ok(added == 1)
}

/// A path.
pub async fn find_path(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PathId,
) -> Result<Option<Path>, StoreError> {
    let rows = tx
        .fetch_all(select_paths!("where p.merchant_id = $1 and p.id = $2"), args![merchant, id])
        .await?;
    let paths = with_tags(tx, merchant, rows).await?;
    Ok(paths.into_iter().next())
}

/// Paths, by id.
pub async fn list_paths(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Path>, StoreError> {
    let query = select_paths!("where p.merchant_id = $1");
    let query = SqlQuery::new(query, args![merchant]).search(
        "(lower(p.id) like lower($?) escape '!' or lower(p.internal_title) like lower($?) escape \
            '!' \
         or lower(p.title) like lower($?) escape '!')",
        page,
    );
    let (text, args) = query.page("p.id", page);
    let (mut rows, mut found) = (PageRows::of((text, args), page), Vec::new());
    while let Some(piece) = rows.next(tx).await? {
        let whole = with_tags(tx, merchant, piece).await?;
        found.extend(rows.fitting(tx, whole, |it| it.source_tags.len() + it.target_tags.len()));
    }
    Ok(found)
}

/// How many edges the paths imply, as their tags say: for each path the offers with one of its
/// source tags times those with one of its target tags. What has two of them counts twice.
pub async fn count_edges_by_tags(tx: &mut Tx, merchant: &MerchantId) -> Result<i64, StoreError> {
    let text = "with carried as (select tag_id, count(*) as offers from offer_tags \
                where merchant_id = $1 group by tag_id), \
                sides as (select p.path_id, p.side, sum(c.offers) as offers from path_tags p \
                join carried c on c.tag_id = p.tag_id \
                where p.merchant_id = $1 group by p.path_id, p.side) \
                select cast(coalesce(sum(s.offers * t.offers), 0) as bigint) from sides s \
                join sides t on t.path_id = s.path_id \
                where s.side = 'source' and t.side = 'target'";
    let (count,): (i64,) = tx.fetch_one(text, args![merchant]).await?;
    Ok(count)
}

/// The paths with one of these among their target tags, active or not, by id.
pub async fn list_paths_to(
    tx: &mut Tx,
    merchant: &MerchantId,
    target_tags: &BTreeSet<TagId>,
) -> Result<Vec<Path>, StoreError> {
    let rows = tx
        .fetch_all(
            select_paths!(
                "where p.merchant_id = $1 and p.id in (select t.path_id from path_tags t \
                 where (t.merchant_id, t.tag_id) in pairs($1, $2) and t.side = 'target') \
                 order by p.id limit $3"
            ),
            args![merchant, list(target_tags), PATHS_MAX],
        )
        .await?;
    with_tags(tx, merchant, rows).await
}

/// All paths, by id, at most [`PATHS_MAX`].
pub async fn all_paths(tx: &mut Tx, merchant: &MerchantId) -> Result<Vec<Path>, StoreError> {
    let rows = tx
        .fetch_all(
            select_paths!("where p.merchant_id = $1 order by p.id limit $2"),
            args![merchant, PATHS_MAX],
        )
        .await?;
    with_tags(tx, merchant, rows).await
}

/// The values of a path's columns, in their order.
fn values(merchant: &MerchantId, path: &Path) -> Result<Vec<Arg>, StoreError> {
    Ok(args![
        merchant,
        &path.id,
        path.edit,
        path.edited_at,
        &path.internal_title,
        &path.internal_description,
        path.title.source(),
        path.description.source(),
        path.optional,
        path.customer_may_switch,
        path.transition,
        path.proration,
        path.billing_date,
        path.unpaid_source,
        path.priority,
        path.active,
        path.valid_from,
        path.valid_until,
        path.introduction,
        to_json(&path.texts)?,
    ])
}

stored!(Path, find_path, list_paths, |tx, merchant, path, writing| {
    let path = Path { edit: writing.edit, ..path };
    let created = save_path(tx, merchant, &path).await?;
    (path, created)
});

row! {
    struct PathRow {
        id: String,
        edit: i64,
        edited_at: DateTime<Utc>,
        internal_title: String,
        internal_description: Option<String>,
        title: String,
        description: String,
        optional: bool,
        customer_may_switch: bool,
        transition: String,
        proration: String,
        billing_date: String,
        unpaid_source: String,
        priority: i64,
        active: bool,
        valid_from: Option<NaiveDate>,
        valid_until: Option<NaiveDate>,
        introduction: bool,
        texts: String,
    }
}

/// The tags on both sides of a path.
#[derive(Default)]
struct PathTags {
    source: BTreeSet<TagId>,
    target: BTreeSet<TagId>,
}

async fn with_tags(
    tx: &mut Tx,
    merchant: &MerchantId,
    rows: Vec<PathRow>,
) -> Result<Vec<Path>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = list(rows.iter().map(|row| &row.id));
    let tags: Vec<(String, String, String)> = tx
        .fetch_all(
            "select path_id, side, tag_id from path_tags \
             where (merchant_id, path_id) in pairs($1, $2)",
            args![merchant, ids],
        )
        .await?;
    let mut sides = BTreeMap::<String, PathTags>::new();
    for (path, side, tag) in tags {
        let sides = sides.entry(path).or_default();
        match side.as_str() {
            "source" => sides.source.insert(TagId::stored(tag)),
            _ => sides.target.insert(TagId::stored(tag)),
        };
    }
    rows.into_iter()
        .map(|row| {
            let tags = sides.remove(&row.id).unwrap_or_default();
            path(row, tags)
        })
        .collect()
}

fn path(row: PathRow, tags: PathTags) -> Result<Path, StoreError> {
    let place = ColumnPlace { table: "paths", row: &row.id };
    Ok(Path {
        title: place.need("title", Text::parse(&row.title).ok())?,
        description: place.need("description", Text::parse(&row.description).ok())?,
        transition: place.named("transition", &row.transition)?,
        proration: place.named("proration", &row.proration)?,
        billing_date: place.named("billing_date", &row.billing_date)?,
        unpaid_source: place.named("unpaid_source", &row.unpaid_source)?,
        introduction: row.introduction,
        texts: place.json("texts", &row.texts)?,
        id: PathId::stored(row.id),
        edit: row.edit,
        edited_at: row.edited_at,
        internal_title: row.internal_title,
        internal_description: row.internal_description,
        source_tags: tags.source,
        target_tags: tags.target,
        optional: row.optional,
        customer_may_switch: row.customer_may_switch,
        priority: row.priority,
        active: row.active,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
    })
}
