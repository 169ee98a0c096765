//! Billing runs. What a run does is left to billing.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::run::RunStatus;
use crate::wire::{Date, yes};

/// A billing run to be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBillingRun {
    /// The day up to which is billed; today unless given, and never later.
    #[schema(value_type = Option<Date>)]
    pub as_of: Option<NaiveDate>,
    /// Whether to answer when it is done.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub wait: bool,
}

/// A billing run and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BillingRun {
    /// Its id.
    pub id: String,
    /// Where it stands.
    pub status: RunStatus,
    /// The day up to which was billed.
    #[schema(value_type = Date)]
    pub as_of: NaiveDate,
    /// How many periods were booked.
    pub booked: u64,
    /// How many scheduled changes were carried out.
    pub changes_applied: u64,
    /// How many scheduled changes could not be.
    pub changes_failed: u64,
    /// How many subscriptions ended.
    pub subscriptions_ended: u64,
    /// How many invoices were issued.
    pub invoices: u64,
    /// How many credit notes were issued.
    pub credit_notes: u64,
    /// The customers that could not be billed.
    pub failures: Vec<RunFailure>,
    /// How long it took.
    pub duration_ms: u64,
}

/// A customer that could not be billed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunFailure {
    /// The customer.
    pub customer: String,
    /// The reason.
    pub reason: String,
}
