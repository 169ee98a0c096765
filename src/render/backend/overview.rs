//! The first page: what changed today and what will change.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::parts::{Badge, Chart, Time};

/// The first page.
#[derive(Clone, Debug, Serialize)]
pub struct OverviewPage {
    /// Today's date.
    pub today: String,
    /// How many days are looked ahead.
    pub days: u64,
    /// How many customers billing has something to do for by now.
    pub due: i64,
    /// How many changes wait within those days.
    pub waiting: i64,
    /// The changes by day, as bars; none where nothing waits.
    pub chart: Option<Chart>,
    /// The days on which something changes.
    pub changes: Vec<DayOfChanges>,
    /// The next days on which billing has something to do.
    pub bookings: Vec<DayOfBookings>,
    /// The last billing runs.
    pub runs: Vec<RunRow>,
    /// The paths taken most often.
    pub paths: Vec<PathRow>,
    /// What happened today.
    pub events: Vec<EventCount>,
    /// Whether more happened than was counted.
    pub is_more: bool,
}

impl BackendPage for OverviewPage {
    const TEMPLATE: &'static str = "backend/overview";
}

/// What changes on one day.
#[derive(Clone, Debug, Serialize)]
pub struct DayOfChanges {
    /// The day.
    pub on: Time,
    /// Subscriptions that take another's place.
    pub replacements: i64,
    /// Subscriptions that come in addition.
    pub additions: i64,
}

/// What billing does on one day.
#[derive(Clone, Debug, Serialize)]
pub struct DayOfBookings {
    /// The day.
    pub on: Time,
    /// For how many customers.
    pub customers: i64,
}

/// A billing run.
#[derive(Clone, Debug, Serialize)]
pub struct RunRow {
    /// By which it is found.
    pub id: String,
    /// When it began.
    pub at: Time,
    /// Up to which day it billed.
    pub as_of: Time,
    /// How it went.
    pub status: Badge,
    /// Periods booked.
    pub booked: i64,
    /// Changes carried out.
    pub changes: i64,
    /// Customers who could not be billed.
    pub failures: usize,
}

/// A path with how often it was taken.
#[derive(Clone, Debug, Serialize)]
pub struct PathRow {
    /// Its internal title, or its id.
    pub title: String,
    /// How often it was taken.
    pub completions: i64,
    /// That, as a share of the most in percent, for the bar.
    pub share: i64,
}

/// How often something happened.
#[derive(Clone, Debug, Serialize)]
pub struct EventCount {
    /// What, in words.
    pub label: String,
    /// How often.
    pub count: i64,
}
