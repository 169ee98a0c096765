//! Billing runs and their counts.

use chrono::{DateTime, NaiveDate, Utc};

use super::query::SqlQuery;
use super::rows::{ColumnPlace, all, to_json};
use super::sql::{args, row};
use super::{Page, StoreError, Tx};
use crate::domain::ids::{MerchantId, RunId};
use crate::domain::run::{BillingCounts, Run, RunFailure, RunStatus};

/// Selects [`RunRow`]s, as far as the `where`.
macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "select id, status, as_of, customers, booked, changes_applied, changes_failed, \
             subscriptions_ended, invoices, credit_notes, failures, duration_ms, created_at, \
             seen_at from billing_runs ",
            $rest
        )
    };
}

/// Stores a run as it is: one that is about to begin, or one that sums others.
pub async fn insert_run(tx: &mut Tx, merchant: &MerchantId, run: &Run) -> Result<(), StoreError> {
    tx.execute(
        "insert into billing_runs (merchant_id, id, status, as_of, customers, booked, \
         changes_applied, changes_failed, subscriptions_ended, invoices, credit_notes, failures, \
         duration_ms, created_at, seen_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        args![
            merchant,
            &run.id,
            run.status,
            run.as_of,
            run.counts.customers,
            run.counts.booked,
            run.counts.changes_applied,
            run.counts.changes_failed,
            run.counts.subscriptions_ended,
            run.counts.invoices,
            run.counts.credit_notes,
            to_json(&run.failures)?,
            run.duration_ms,
            run.created_at,
            run.seen_at
        ],
    )
    .await?;
    Ok(())
}

/// Adds what a transaction has billed to its run, as its last statement: others wait for the row
/// from then on. `now` is that of the real clock.
pub async fn count_in_run(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &RunId,
    counts: &BillingCounts,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let counted = tx
        .execute(
            "update billing_runs set customers = customers + $3, booked = booked + $4, \
             changes_applied = changes_applied + $5, changes_failed = changes_failed + $6, \
             subscriptions_ended = subscriptions_ended + $7, invoices = invoices + $8, \
             credit_notes = credit_notes + $9, seen_at = $10 where merchant_id = $1 and id = $2",
            args![
                merchant,
                id,
                counts.customers,
                counts.booked,
                counts.changes_applied,
                counts.changes_failed,
                counts.subscriptions_ended,
                counts.invoices,
                counts.credit_notes,
                now
            ],
        )
        .await?;
    is_there(counted)
}

/// Adds customers who could not be billed to a run; of more than `most` the number alone is kept.
/// Where others may add to it at the same time, this transaction has counted in it before, and so
/// locked it.
pub async fn add_failures(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &RunId,
    failures: Vec<RunFailure>,
    most: usize,
) -> Result<(), StoreError> {
    let Some(mut run) = find_run(tx, merchant, id).await? else { return is_there(0) };
    let room = most.saturating_sub(run.failures.len());
    if room == 0 || failures.is_empty() {
        return Ok(());
    }
    run.failures.extend(failures.into_iter().take(room));
    let saved = tx
        .execute(
            "update billing_runs set failures = $3 where merchant_id = $1 and id = $2",
            args![merchant, id, to_json(&run.failures)?],
        )
        .await?;
    is_there(saved)
}

/// Ends a run.
pub async fn close_run(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &RunId,
    status: RunStatus,
    duration_ms: i64,
) -> Result<(), StoreError> {
    let closed = tx
        .execute(
            "update billing_runs set status = $3, duration_ms = $4 \
             where merchant_id = $1 and id = $2",
            args![merchant, id, status, duration_ms],
        )
        .await?;
    is_there(closed)
}

/// Ends the runs of all merchants that nobody has heard of since `before`, an instant of the real
/// clock: what carried them out is gone. How many.
pub async fn close_lost_runs(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.execute(
        "update billing_runs set status = 'failed' where status = 'running' and seen_at < $1",
        args![before],
    )
    .await
}

fn is_there(rows: u64) -> Result<(), StoreError> {
    if rows == 1 { Ok(()) } else { Err(StoreError::Stale { table: "billing_runs" }) }
}

/// A run.
pub async fn find_run(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &RunId,
) -> Result<Option<Run>, StoreError> {
    let row: Option<RunRow> = tx
        .fetch_optional(select_runs!("where merchant_id = $1 and id = $2"), args![merchant, id])
        .await?;
    row.map(Run::try_from).transpose()
}

/// Runs, by id, which is the order of creation.
pub async fn list_runs(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Run>, StoreError> {
    let query = select_runs!("where merchant_id = $1");
    let (text, args) = SqlQuery::new(query, args![merchant]).page("id", page);
    let rows: Vec<RunRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

row! {
    struct RunRow {
        id: String,
        status: String,
        as_of: NaiveDate,
        customers: i64,
        booked: i64,
        changes_applied: i64,
        changes_failed: i64,
        subscriptions_ended: i64,
        invoices: i64,
        credit_notes: i64,
        failures: String,
        duration_ms: i64,
        created_at: DateTime<Utc>,
        seen_at: DateTime<Utc>,
    }
}

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "billing_runs", row: &row.id };
        Ok(Self {
            status: place.named("status", &row.status)?,
            failures: place.json("failures", &row.failures)?,
            as_of: row.as_of,
            counts: BillingCounts {
                customers: row.customers,
                booked: row.booked,
                changes_applied: row.changes_applied,
                changes_failed: row.changes_failed,
                subscriptions_ended: row.subscriptions_ended,
                invoices: row.invoices,
                credit_notes: row.credit_notes,
            },
            duration_ms: row.duration_ms,
            created_at: row.created_at,
            seen_at: row.seen_at,
            id: RunId::stored(row.id),
        })
    }
}
