//! What changed today and what will change: the facts of the backend's first page, and the record
//! of who changed what.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::domain::event::{EventKind, RecordedEvent};
use crate::domain::ids::{CheckoutId, EventId, MerchantId, PathId};
use crate::domain::money::Currency;
use crate::domain::report::Owed;
use crate::rules::recurring::{Recurring, recurring};
use crate::store::events::EventRange;
use crate::store::{Page, Tx, events, keys, merchants, overview, runs};

use super::{App, AppError};

pub use crate::store::overview::{ChangesOfDay, EVENTS_COUNTED_MAX, PathCount, SetUp};

/// How far the overview looks ahead.
pub const DAYS_AHEAD: u64 = 42;
/// In place of a kind of event: decisions, as [`EventRange::Decisions`] has them.
pub const DECISIONS: &str = "decisions";
/// How many billing runs it shows.
const RUNS_MAX: i64 = 5;
/// How many paths it shows.
const PATHS_MAX: i64 = 10;
/// How many of today's decisions it shows.
const DECISIONS_MAX: i64 = 8;
/// How many of a merchant's keys are told apart by their label in the record.
const KEYS_MAX: i64 = 1_000;

/// A merchant's book at a glance.
#[derive(Debug, Clone)]
pub struct Overview {
    /// The merchant's date.
    pub today: NaiveDate,
    /// The first day that is not looked at any more.
    pub until: NaiveDate,
    /// Pending changes by day and mode.
    pub changes: Vec<ChangesOfDay>,
    /// For how many customers billing has something to do, by the first day of it.
    pub due: Vec<(NaiveDate, i64)>,
    /// The last billing runs, the newest first.
    pub runs: Vec<crate::domain::run::Run>,
    /// The paths taken most often in that time.
    pub paths: Vec<PathCount>,
    /// What comes in each month, and by what that has changed in that time, by currency.
    pub recurring: BTreeMap<Currency, Recurring>,
    /// What is still to be paid, by currency.
    pub owed: Vec<Owed>,
    /// What happened today, by kind of event.
    pub events: Vec<(String, i64)>,
    /// The last decisions of today, the latest first.
    pub decisions: Vec<ActivityEntry>,
    /// What is there at all.
    pub begun: SetUp,
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct ActivityEntry {
    /// The event.
    pub event: RecordedEvent,
    /// The path that it is about, with its internal title; without where it was removed.
    pub path: Option<(PathId, Option<String>)>,
}

/// A page of the record of what a merchant defined, with the keys that it names.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The events, in the order asked for.
    pub events: Vec<RecordedEvent>,
    /// The merchant's keys, revoked ones included.
    pub keys: Vec<keys::KeyRow>,
}

impl App {
    /// What changed today and in the last so many days, and what will change.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn overview(&self, merchant: &MerchantId, days: u64) -> Result<Overview, AppError> {
        let now = self.now();
        self.read(|mut tx| async move {
            let zone = merchants::get_settings(&mut tx, merchant).await?.time_zone;
            let today = zone.date(now);
            let until = today.checked_add_days(Days::new(DAYS_AHEAD)).unwrap_or(today);
            let since = EventId::floor(zone.start_of(today));
            let from = today.checked_sub_days(Days::new(days)).unwrap_or(today);
            let running = overview::running(&mut tx, merchant).await?;
            let started = overview::started_since(&mut tx, merchant, from).await?;
            let lost = overview::lost_since(&mut tx, merchant, from).await?;
            let opened = zone.start_of(from);
            let newest = Page::first(RUNS_MAX).reversed();
            let latest = Page::first(DECISIONS_MAX).reversed();
            Ok(Overview {
                changes: overview::changes_by_day(&mut tx, merchant, until).await?,
                due: overview::due_by_day(&mut tx, merchant, until).await?,
                runs: runs::list_runs(&mut tx, merchant, &newest).await?,
                paths: overview::paths_by_completions(&mut tx, merchant, opened, PATHS_MAX).await?,
                recurring: recurring(&running, &started, &lost),
                owed: overview::owed(&mut tx, merchant, today).await?,
                events: overview::events_by_kind(&mut tx, merchant, &since).await?,
                decisions: happened(&mut tx, merchant, &since, EventRange::Decisions, &latest)
                    .await?,
                begun: overview::begun(&mut tx, merchant).await?,
                today,
                until,
            })
        })
        .await
    }

    /// What is still to be paid, by currency, and how long it has been overdue.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn owed(&self, merchant: &MerchantId) -> Result<Vec<Owed>, AppError> {
        let now = self.now();
        self.read(|mut tx| async move {
            let zone = merchants::get_settings(&mut tx, merchant).await?.time_zone;
            Ok(overview::owed(&mut tx, merchant, zone.date(now)).await?)
        })
        .await
    }

    /// What happened today, by id: all of it, or the events of a kind, by its name.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn happened_today(
        &self,
        merchant: &MerchantId,
        kind: Option<String>,
        page: Page,
    ) -> Result<Vec<ActivityEntry>, AppError> {
        let now = self.now();
        self.read(|mut tx| async move {
            let zone = merchants::get_settings(&mut tx, merchant).await?.time_zone;
            let since = EventId::floor(zone.start_of(zone.date(now)));
            let wanted = match kind.as_deref() {
                None => EventRange::Any,
                Some(DECISIONS) => EventRange::Decisions,
                Some(kind) => EventRange::Kind(kind),
            };
            happened(&mut tx, merchant, &since, wanted, &page).await
        })
        .await
    }

    /// What was defined, changed or removed, and with which key.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn activity(&self, merchant: &MerchantId, page: Page) -> Result<Activity, AppError> {
        self.read(|mut tx| async move {
            let events = events::list_definitions(&mut tx, merchant, &page).await?;
            let keys = keys::list_keys(&mut tx, merchant, &Page::first(KEYS_MAX)).await?;
            Ok(Activity { events, keys })
        })
        .await
    }
}

/// Events behind `since` with the paths that they are about.
async fn happened(
    tx: &mut Tx,
    merchant: &MerchantId,
    since: &EventId,
    wanted: EventRange<'_>,
    page: &Page,
) -> Result<Vec<ActivityEntry>, AppError> {
    let events = events::list_since(tx, merchant, since, wanted, page).await?;
    let checkout = |event: &RecordedEvent| {
        let is_one = event.kind == EventKind::CheckoutCompleted.name();
        is_one.then(|| CheckoutId::stored(event.subject.clone()))
    };
    let checkouts: Vec<CheckoutId> = events.iter().filter_map(checkout).collect();
    let taken = overview::paths_of_checkouts(tx, merchant, &checkouts).await?;
    let path = |event: &RecordedEvent| match event.data["path"].as_str() {
        Some(path) => Some(PathId::stored(path.to_owned())),
        None => checkout(event).and_then(|id| taken.get(&id).cloned()),
    };
    let paths: Vec<PathId> = events.iter().filter_map(path).collect();
    let titles = overview::titles_of_paths(tx, merchant, &paths).await?;
    let with_path = |event: RecordedEvent| {
        let path = path(&event).map(|id| (id.clone(), titles.get(&id).cloned()));
        ActivityEntry { event, path }
    };
    Ok(events.into_iter().map(with_path).collect())
}
