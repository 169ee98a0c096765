//! A billing run and what it has come to.

use std::ops::AddAssign;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::ids::{CustomerId, RunId};
use super::names::names;

names! {
    /// Where a billing run stands.
    pub enum RunStatus {
        /// At work.
        Running = "running",
        /// Done; there may be failures of single customers.
        Completed = "completed",
        /// Broken off.
        Failed = "failed",
    }
}

/// A customer who could not be billed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFailure {
    /// The customer.
    pub customer: CustomerId,
    /// The reason.
    pub reason: String,
}

/// What a run has come to so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BillingCounts {
    /// Customers looked at, those who could not be billed included.
    pub customers: i64,
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
}

impl AddAssign for BillingCounts {
    fn add_assign(&mut self, other: Self) {
        self.customers += other.customers;
        self.booked += other.booked;
        self.changes_applied += other.changes_applied;
        self.changes_failed += other.changes_failed;
        self.subscriptions_ended += other.subscriptions_ended;
        self.invoices += other.invoices;
        self.credit_notes += other.credit_notes;
    }
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
    /// What it has come to so far.
    pub counts: BillingCounts,
    /// Who could not be billed.
    pub failures: Vec<RunFailure>,
    /// How long it took; nothing while it is at work.
    pub duration_ms: i64,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last heard of, on the real clock.
    pub seen_at: DateTime<Utc>,
}

impl Run {
    /// A run that is about to begin: nothing is counted yet.
    #[must_use]
    pub fn opened(
        id: RunId,
        as_of: NaiveDate,
        created_at: DateTime<Utc>,
        seen_at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            status: RunStatus::Running,
            as_of,
            counts: BillingCounts::default(),
            failures: Vec::new(),
            duration_ms: 0,
            created_at,
            seen_at,
        }
    }
}
