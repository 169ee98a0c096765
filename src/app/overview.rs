//! What changed today and what will change: the facts of the backend's first page, and the record
//! of who changed what.

use chrono::{Days, NaiveDate};

use crate::domain::event::RecordedEvent;
use crate::domain::ids::{EventId, MerchantId};
use crate::store::{Page, events, keys, merchants, overview, runs};

use super::{App, AppError};

pub use crate::store::overview::{ChangesOfDay, EVENTS_COUNTED_MAX, PathCount};

/// How far the overview looks ahead.
pub const DAYS_AHEAD: u64 = 42;
/// How many billing runs it shows.
const RUNS_MAX: i64 = 5;
/// How many paths it shows.
const PATHS_MAX: i64 = 10;
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
    pub runs: Vec<runs::Run>,
    /// The paths taken most often.
    pub paths: Vec<PathCount>,
    /// What happened today, by kind of event.
    pub events: Vec<(String, i64)>,
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
    /// What changed today and what will change.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn overview(&self, merchant: &MerchantId) -> Result<Overview, AppError> {
        let (merchant, now) = (merchant.clone(), self.now());
        self.read(move |tx| {
            Box::pin(async move {
                let zone = merchants::get_settings(tx, &merchant).await?.time_zone;
                let today = zone.date(now);
                let until = today.checked_add_days(Days::new(DAYS_AHEAD)).unwrap_or(today);
                let since = EventId::floor(zone.start_of(today));
                let newest = Page::first(RUNS_MAX).reversed();
                Ok(Overview {
                    changes: overview::changes_by_day(tx, &merchant, until).await?,
                    due: overview::due_by_day(tx, &merchant, until).await?,
                    runs: runs::list_runs(tx, &merchant, &newest).await?,
                    paths: overview::paths_by_completions(tx, &merchant, PATHS_MAX).await?,
                    events: overview::events_by_kind(tx, &merchant, &since).await?,
                    today,
                    until,
                })
            })
        })
        .await
    }

    /// What was defined, changed or removed, and with which key.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn activity(&self, merchant: &MerchantId, page: Page) -> Result<Activity, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| {
            Box::pin(async move {
                let events = events::list_definitions(tx, &merchant, &page).await?;
                let keys = keys::list_keys(tx, &merchant, &Page::first(KEYS_MAX)).await?;
                Ok(Activity { events, keys })
            })
        })
        .await
    }
}
