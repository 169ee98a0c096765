//! Billing runs and their counts.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Page, StoreError, Tx};
use crate::domain::ids::{CustomerId, MerchantId, RunId};

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

/// Stores a new run.
pub async fn insert_run(tx: &mut Tx, merchant: &MerchantId, run: &Run) -> Result<(), StoreError> {
    todo!()
}

/// Stores a run's status, counts and failures.
pub async fn save_run(tx: &mut Tx, merchant: &MerchantId, run: &Run) -> Result<(), StoreError> {
    todo!()
}

/// A run.
pub async fn find_run(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &RunId,
) -> Result<Option<Run>, StoreError> {
    todo!()
}

/// Runs, by id, which is the order of creation.
pub async fn list_runs(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Run>, StoreError> {
    todo!()
}
