//! Billing runs and their counts.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::query::Query;
use super::rows::{Place, all, to_json};
use super::sql::{Arg, args};
use super::{Page, StoreError, Tx};
use crate::domain::ids::{CustomerId, MerchantId, RunId};

/// Selects [`RunRow`]s, as far as the `where`.
macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "select id, status, as_of, booked, changes_applied, changes_failed, \
             subscriptions_ended, invoices, credit_notes, failures, duration_ms, created_at \
             from billing_runs ",
            $rest
        )
    };
}

/// Where a billing run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStatus {
    /// At work.
    Running,
    /// Done; there may be failures of single customers.
    Completed,
    /// Broken off.
    Failed,
}

impl RunStatus {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }

    /// Reads a stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Running, Self::Completed, Self::Failed]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// A customer who could not be billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFailure {
    /// Who.
    pub customer: CustomerId,
    /// Why.
    pub reason: String,
}

/// A billing run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// `run_…`.
    pub id: RunId,
    /// Where it stands.
    pub status: RunStatus,
    /// The date up to which it bills.
    pub as_of: NaiveDate,
    /// Periods booked.
    pub booked: i64,
    /// Scheduled changes carried out.
    pub changes_applied: i64,
    /// Scheduled changes that could not be carried out.
    pub changes_failed: i64,
    /// Subscriptions that ended.
    pub subscriptions_ended: i64,
    /// Invoices issued.
    pub invoices: i64,
    /// Credit notes issued.
    pub credit_notes: i64,
    /// Who could not be billed.
    pub failures: Vec<RunFailure>,
    /// How long it took so far.
    pub duration_ms: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
}

impl Run {
    /// A run that is about to begin: nothing is counted yet.
    #[must_use]
    pub fn opened(id: RunId, as_of: NaiveDate, created_at: DateTime<Utc>) -> Self {
        Self {
            id,
            status: RunStatus::Running,
            as_of,
            booked: 0,
            changes_applied: 0,
            changes_failed: 0,
            subscriptions_ended: 0,
            invoices: 0,
            credit_notes: 0,
            failures: Vec::new(),
            duration_ms: 0,
            created_at,
        }
    }
}

/// Stores a new run.
pub async fn insert_run(tx: &mut Tx, merchant: &MerchantId, run: &Run) -> Result<(), StoreError> {
    let mut values = args![merchant, &run.id, run.as_of, run.created_at];
    values.extend(counts(run)?);
    tx.execute(
        "insert into billing_runs (merchant_id, id, as_of, created_at, status, booked, \
         changes_applied, changes_failed, subscriptions_ended, invoices, credit_notes, failures, \
         duration_ms) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        values,
    )
    .await?;
    Ok(())
}

/// Stores a run's status, counts and failures.
pub async fn save_run(tx: &mut Tx, merchant: &MerchantId, run: &Run) -> Result<(), StoreError> {
    let mut values = args![merchant, &run.id];
    values.extend(counts(run)?);
    let saved = tx
        .execute(
            "update billing_runs set status = $3, booked = $4, changes_applied = $5, \
             changes_failed = $6, subscriptions_ended = $7, invoices = $8, credit_notes = $9, \
             failures = $10, duration_ms = $11 where merchant_id = $1 and id = $2",
            values,
        )
        .await?;
    match saved {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "billing_runs" }),
    }
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
    let (text, args) = Query::new(query, args![merchant]).page("id", page);
    let rows: Vec<RunRow> = tx.fetch_all(text, args).await?;
    all(rows)
}

/// What changes of a run, in the order of the columns.
fn counts(run: &Run) -> Result<Vec<Arg>, StoreError> {
    Ok(args![
        run.status.name(),
        run.booked,
        run.changes_applied,
        run.changes_failed,
        run.subscriptions_ended,
        run.invoices,
        run.credit_notes,
        to_json(&run.failures)?,
        run.duration_ms,
    ])
}

#[derive(sqlx::FromRow)]
struct RunRow {
    id: String,
    status: String,
    as_of: NaiveDate,
    booked: i64,
    changes_applied: i64,
    changes_failed: i64,
    subscriptions_ended: i64,
    invoices: i64,
    credit_notes: i64,
    failures: String,
    duration_ms: i64,
    created_at: DateTime<Utc>,
}

impl TryFrom<RunRow> for Run {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let place = Place { table: "billing_runs", row: &row.id };
        Ok(Self {
            status: place.need("status", RunStatus::parse(&row.status))?,
            failures: place.json("failures", &row.failures)?,
            as_of: row.as_of,
            booked: row.booked,
            changes_applied: row.changes_applied,
            changes_failed: row.changes_failed,
            subscriptions_ended: row.subscriptions_ended,
            invoices: row.invoices,
            credit_notes: row.credit_notes,
            duration_ms: row.duration_ms,
            created_at: row.created_at,
            id: RunId::stored(row.id),
        })
    }
}
