//! What a merchant sees at a glance: counts over what is stored, each in one statement on an index.

use chrono::NaiveDate;

use super::rows::Place;
use super::sql::args;
use super::{StoreError, Tx};
use crate::domain::ids::{EventId, MerchantId, PathId};
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
        Ok(ChangesOfDay { on, mode: place.need("mode", Mode::parse(&mode))?, count })
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
