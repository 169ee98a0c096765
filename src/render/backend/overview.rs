//! The first page: what changed today and what will change.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Badge, Chart, Pager, Person};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;

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
    /// What comes in each month, by currency.
    pub recurring: Vec<RecurringRow>,
    /// What is still to be paid, by currency.
    pub owed: Vec<OwedRow>,
    /// How far money and paths are looked back for, in days, with the other choices.
    pub back: Vec<BackTab>,
    /// The last billing run, where it did not go as it should.
    pub alert: Option<RunAlert>,
    /// What was decided today, the latest first.
    pub decisions: Vec<HappenedRow>,
    /// Where all of it is listed.
    pub all_decisions: String,
    /// What happened today.
    pub events: Vec<EventCount>,
    /// Whether more happened than was counted.
    pub is_more: bool,
    /// What is to be done before the first customer can come; empty once it is.
    pub steps: Vec<Step>,
    /// Whether there is anything to look at.
    pub has_customers: bool,
}

impl BackendPage for OverviewPage {
    const TEMPLATE: &'static str = "backend/overview";
}

/// What comes in each month in a currency.
#[derive(Clone, Debug, Serialize)]
pub struct RecurringRow {
    /// Of all that runs.
    pub monthly: String,
    /// By changes to something dearer.
    pub up: String,
    /// By changes to something cheaper.
    pub down: String,
    /// By what began.
    pub new: String,
    /// By what ended.
    pub lost: String,
}

/// What is still to be paid in a currency.
#[derive(Clone, Debug, Serialize)]
pub struct OwedRow {
    /// On open invoices and in debts.
    pub open: String,
    /// In debts, which are on no invoice yet, if there are any.
    pub debts: Option<String>,
    /// On overdue invoices.
    pub overdue: String,
    /// How many are overdue.
    pub late: i64,
}

/// How far is looked back.
#[derive(Clone, Debug, Serialize)]
pub struct BackTab {
    /// In days.
    pub days: u64,
    /// Whether it is this.
    pub current: bool,
}

/// A billing run that did not go as it should.
#[derive(Clone, Debug, Serialize)]
pub struct RunAlert {
    /// By which it is found.
    pub id: String,
    /// How many customers could not be billed; none where it broke off.
    pub failures: Option<usize>,
}

/// Something that a new merchant does.
#[derive(Clone, Debug, Serialize)]
pub struct Step {
    /// What, and where.
    #[serde(flatten)]
    pub link: Link,
    /// What it is good for.
    #[serde(serialize_with = "ours")]
    pub why: &'static str,
    /// Whether it is done.
    pub is_done: bool,
}

/// What happened today.
#[derive(Clone, Debug, Serialize)]
pub struct TodayPage {
    /// Today's date.
    pub today: String,
    /// Which of it is listed, in words; none is all.
    pub what: Option<Phrase>,
    /// The events, the latest first.
    pub rows: Vec<HappenedRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for TodayPage {
    const TEMPLATE: &'static str = "backend/today";
}

/// Something that happened, in a list.
#[derive(Clone, Debug, Serialize)]
pub struct HappenedRow {
    /// The moment of it.
    pub at: Time,
    /// What, in words.
    pub what: Phrase,
    /// The customer whose it is.
    pub customer: Option<Person>,
    /// The offer that it leads to.
    pub offer: Option<Link>,
    /// The path that it took; without an address where it was removed.
    pub path: Option<Link>,
    /// What it happened to, where that has a page.
    pub thing: Option<Link>,
}

/// What changes on one day.
#[derive(Clone, Debug, Serialize)]
pub struct DayOfChanges {
    /// The day.
    pub on: Time,
    /// Where the changes of that day are listed.
    pub href: String,
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
    /// Its page; none where it was removed.
    pub href: Option<String>,
    /// How many checkouts were opened along it.
    pub opened: i64,
    /// How many of them were completed.
    pub completions: i64,
    /// That, as a share of the most in percent, for the bar.
    pub share: i64,
}

/// How often something happened.
#[derive(Clone, Debug, Serialize)]
pub struct EventCount {
    /// What, in words.
    pub label: Phrase,
    /// Where each is listed.
    pub href: String,
    /// The number of times.
    pub count: i64,
}
