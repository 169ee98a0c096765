//! What a merchant sees at a glance: counts over what is stored, each in one statement on an index.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::rows::Place;
use super::sql::{args, list};
use super::{StoreError, Tx};
use crate::domain::ids::{CheckoutId, EventId, MerchantId, PathId};
use crate::domain::path::Mode;

/// Events of a day that are counted; beyond, "at least" is all that is said.
pub const EVENTS_COUNTED_MAX: i64 = 20_000;

/// Scheduled changes of one day and mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesOfDay {
    /// When they are carried out.
    pub on: NaiveDate,
    /// Whether they replace or add.
    pub mode: Mode,
    /// How many.
    pub count: i64,
}

/// How often a path was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathCount {
    /// The path.
    pub path: PathId,
    /// Its internal title; none where it was removed.
    pub title: Option<String>,
    /// Completed checkouts.
    pub completions: i64,
}

/// Of what a merchant has at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a step of its own")]
pub struct Begun {
    /// Products.
    pub products: bool,
    /// Tags.
    pub tags: bool,
    /// Offers.
    pub offers: bool,
    /// Paths.
    pub paths: bool,
    /// Customers.
    pub customers: bool,
}

/// Of what a merchant has at least one.
pub async fn begun(tx: &mut Tx, merchant: &MerchantId) -> Result<Begun, StoreError> {
    let counts: (i64, i64, i64, i64, i64) = tx
        .fetch_one(
            "select (select count(*) from (select 1 from products where merchant_id = $1 limit 1) as a), \
             (select count(*) from (select 1 from tags where merchant_id = $1 limit 1) as b), \
             (select count(*) from (select 1 from offers where merchant_id = $1 limit 1) as c), \
             (select count(*) from (select 1 from paths where merchant_id = $1 limit 1) as d), \
             (select count(*) from (select 1 from customers where merchant_id = $1 limit 1) as e)",
            args![merchant],
        )
        .await?;
    let (products, tags, offers, paths, customers) = counts;
    Ok(Begun {
        products: products > 0,
        tags: tags > 0,
        offers: offers > 0,
        paths: paths > 0,
        customers: customers > 0,
    })
}

/// The paths that completed checkouts took.
pub async fn paths_of_checkouts(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkouts: &[CheckoutId],
) -> Result<BTreeMap<CheckoutId, PathId>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select id, path_id from checkouts \
             where (merchant_id, id) in pairs($1, $2) and path_id is not null",
            args![merchant, list(checkouts)],
        )
        .await?;
    let paths = rows.into_iter().map(|(id, path)| (CheckoutId::stored(id), PathId::stored(path)));
    Ok(paths.collect())
}

/// The internal titles of these paths, as far as they are there.
pub async fn titles_of_paths(
    tx: &mut Tx,
    merchant: &MerchantId,
    paths: &[PathId],
) -> Result<BTreeMap<PathId, String>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select id, internal_title from paths where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(paths)],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, title)| (PathId::stored(id), title)).collect())
}

/// Pending changes by day and mode, before `until`.
pub async fn changes_by_day(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
) -> Result<Vec<ChangesOfDay>, StoreError> {
    let rows: Vec<(NaiveDate, String, i64)> = tx
        .fetch_all(
            "select effective_on, mode, count(*) from scheduled_changes \
             where merchant_id = $1 and status = 'pending' and effective_on < $2 \
             group by effective_on, mode order by effective_on, mode",
            args![merchant, until],
        )
        .await?;
    let changes = rows.into_iter().map(|(on, mode, count)| {
        let place = Place { table: "scheduled_changes", row: &mode };
        Ok(ChangesOfDay { on, mode: place.named("mode", &mode)?, count })
    });
    changes.collect()
}

/// For how many customers billing has something to do, by the first day of it, before `until`.
pub async fn due_by_day(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
) -> Result<Vec<(NaiveDate, i64)>, StoreError> {
    tx.fetch_all(
        "select due_on, count(*) from customers where merchant_id = $1 and due_on is not null \
         and due_on < $2 group by due_on order by due_on",
        args![merchant, until],
    )
    .await
}

/// The paths taken most often, at most `limit`.
pub async fn paths_by_completions(
    tx: &mut Tx,
    merchant: &MerchantId,
    limit: i64,
) -> Result<Vec<PathCount>, StoreError> {
    let rows: Vec<(String, Option<String>, i64)> = tx
        .fetch_all(
            "select c.path_id, p.internal_title, c.completions from \
             (select path_id, count(*) as completions from checkouts \
             where merchant_id = $1 and path_id is not null \
             group by path_id order by completions desc, path_id limit $2) c \
             left join paths p on p.merchant_id = $1 and p.id = c.path_id \
             order by c.completions desc, c.path_id",
            args![merchant, limit],
        )
        .await?;
    let counts = rows.into_iter().map(|(path, title, completions)| PathCount {
        path: PathId::stored(path),
        title,
        completions,
    });
    Ok(counts.collect())
}

/// Events behind `after`, by kind; of at most [`EVENTS_COUNTED_MAX`].
pub async fn events_by_kind(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: &EventId,
) -> Result<Vec<(String, i64)>, StoreError> {
    tx.fetch_all(
        "select kind, count(*) from (select kind from events \
         where merchant_id = $1 and id > $2 order by id limit $3) as counted \
         group by kind order by kind",
        args![merchant, after, EVENTS_COUNTED_MAX],
    )
    .await
}
