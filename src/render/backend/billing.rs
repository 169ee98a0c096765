//! Billing runs, and what the audit found.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Form;
use crate::render::backend::parts::{Badge, Pager, Person, Tab};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;

/// The billing runs, and the form that starts one.
#[derive(Clone, Debug, Serialize)]
pub struct BillingPage {
    /// Runs and audit.
    pub tabs: Vec<Tab>,
    /// How many customers are due by now.
    pub due: u64,
    /// `as_of`.
    pub form: Form,
    /// The runs, the newest first.
    pub rows: Vec<RunRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for BillingPage {
    const TEMPLATE: &'static str = "backend/billing";
}

/// A billing run.
#[derive(Clone, Debug, Serialize)]
pub struct RunRow {
    /// By which it is found.
    pub id: String,
    /// When it began.
    pub at: Time,
    /// Up to which day it bills.
    pub as_of: Time,
    /// Where it stands.
    pub status: Badge,
    /// Periods booked.
    pub booked: i64,
    /// Changes carried out.
    pub changes: i64,
    /// Changes that could not be carried out.
    pub changes_failed: i64,
    /// Subscriptions that ended.
    pub ended: i64,
    /// Invoices issued.
    pub invoices: i64,
    /// Credit notes issued.
    pub credit_notes: i64,
    /// Customers who could not be billed.
    pub failures: usize,
    /// How long it took.
    pub took: String,
}

/// A billing run with how far it is.
#[derive(Clone, Debug, Serialize)]
pub struct RunPage {
    /// The run.
    pub run: RunRow,
    /// How far it is, while it runs.
    pub progress: Option<Progress>,
    /// Who could not be billed.
    pub failed: Vec<FailureRow>,
}

impl BackendPage for RunPage {
    const TEMPLATE: &'static str = "backend/run";
}

/// The part of the page of a run that changes while it runs.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct RunFragment(pub RunPage);

impl BackendPage for RunFragment {
    const TEMPLATE: &'static str = "backend/parts/run";
}

/// How far a run is.
#[derive(Clone, Debug, Serialize)]
pub struct Progress {
    /// Customers billed since it began.
    pub done: u64,
    /// Customers due when it began.
    pub of: u64,
    /// Customers still due.
    pub left: u64,
    /// Where to ask for the part that changes.
    pub again: String,
    /// The page itself, with what it began with.
    pub here: String,
}

/// A customer who could not be billed.
#[derive(Clone, Debug, Serialize)]
pub struct FailureRow {
    /// Who, by id.
    pub customer: Person,
    /// Why, and when it is tried again.
    pub reason: Phrase,
}

/// What the audit found.
#[derive(Clone, Debug, Serialize)]
pub struct AuditPage {
    /// Runs and audit.
    pub tabs: Vec<Tab>,
    /// What was found, if it was asked for.
    pub found: Option<AuditFindings>,
}

impl BackendPage for AuditPage {
    const TEMPLATE: &'static str = "backend/audit";
}

/// What was found.
#[derive(Clone, Debug, Serialize)]
pub struct AuditFindings {
    /// How many things were judged.
    pub checked: u64,
    /// Whether nothing is wrong.
    pub is_good: bool,
    /// What is wrong.
    pub faults: Vec<FaultRow>,
}

/// Something that is wrong.
#[derive(Clone, Debug, Serialize)]
pub struct FaultRow {
    /// Its stable code.
    pub code: &'static str,
    /// What that means.
    #[serde(serialize_with = "ours")]
    pub means: &'static str,
    /// The id of what is wrong.
    pub subject: String,
    /// The page of that, where there is one.
    pub href: Option<String>,
    /// What was found.
    pub detail: Phrase,
}
