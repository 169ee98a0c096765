//! Putting the engine on a book: which clock it runs on, and what of the book as a whole its
//! operator asks for. What is done for one merchant stands with its noun.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::clock::Clock;
use crate::domain::calendar::Zone;
use crate::domain::ids::MerchantId;
use crate::domain::webhook::EndpointReach;
use crate::render::renderer::Renderer;
use crate::store::keys;
use crate::store::merchants::{self, BookClock, MerchantRecord};
use crate::store::{PAGE_MAX, Page, Store, Tx, accounts, overview};

use super::access::{DEFAULT_MERCHANT, digest};
use super::test_clock::ClockTarget;
use super::{App, AppError};

/// Where a day begins as long as the book has no merchant: as new settings have it.
const ZONE: &str = "Europe/Berlin";

/// By how much the clock of a process that begins to bill may be ahead of the book unasked.
const AHEAD_MAX: TimeDelta = TimeDelta::days(2);

/// What the engine is given besides the book.
#[derive(Debug, Clone)]
pub struct Start {
    /// A simulated clock that is to stand here, or further on.
    pub test_clock: Option<ClockTarget>,
    /// All the randomness that is used.
    pub seed: [u8; 32],
    /// Where the hosted pages are found, without a slash at the end.
    pub public_url: String,
    /// Where webhook endpoints may be.
    pub reach: EndpointReach,
}

impl App {
    /// The engine on a migrated book, on the book's own clock: a simulated one, once set, is kept
    /// for good. A later `test_clock` moves it, which is downtime: nothing is billed. An earlier
    /// one is left aside, for time never goes back. Its pages are compiled once one is asked for.
    ///
    /// # Errors
    /// Refused where a book that runs on the real clock has customers and a simulated one is
    /// asked for.
    pub async fn start(store: Store, start: Start) -> Result<Self, AppError> {
        let clock = match book_clock(&store, start.test_clock).await? {
            Some(at) => Clock::simulated(at),
            None => Clock::System,
        };
        let Start { seed, public_url, reach, .. } = start;
        Ok(Self::with_pages(store, clock, seed, (public_url, reach), Renderer::shared()))
    }

    /// Compares the real clock with the moment at which somebody was last at work on the book, and
    /// notes the present one. A clock that went wrong would bill what is not due yet, and what is
    /// booked stays booked; so where it is ahead by more than [`AHEAD_MAX`], the operator has to
    /// say that it is right. A simulated clock is what it is set to.
    ///
    /// # Errors
    /// Refused where the clock is ahead and `is_right` does not say that it is right.
    pub async fn check_clock(&self, is_right: bool) -> Result<(), AppError> {
        if self.clock().as_simulated().is_some() {
            return Ok(());
        }
        let now = self.now();
        let seen = self.read(|mut tx| async move { Ok(merchants::find_seen(&mut tx).await?) });
        if let Some(seen) = seen.await?.filter(|seen| !is_right && now - *seen > AHEAD_MAX) {
            let days = (now - seen).num_days();
            let detail = format!(
                "the clock says {}, and nobody was at work on this book since {}, {days} days \
                 before: all that came due between them would be booked. If the clock is right, \
                 say so once with --accept-clock",
                now.format("%Y-%m-%dT%H:%MZ"),
                seen.format("%Y-%m-%dT%H:%MZ"),
            );
            return Err(AppError::refused("conflict", detail));
        }
        self.note_seen().await
    }

    /// Notes that a server or a billing run is at work on the book.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn note_seen(&self) -> Result<(), AppError> {
        let now = self.now();
        self.write(|mut tx| async move {
            merchants::save_seen(&mut tx, now).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Makes the merchant `default` with this admin key where the book has none. A merchant who
    /// has no key at all, because an import came first, is given it, too.
    ///
    /// # Errors
    /// Invalid where the key is too short.
    pub async fn ensure_admin_key(&self, admin_key: &str) -> Result<(), AppError> {
        if self.bootstrap(Some(admin_key)).await? {
            return Ok(());
        }
        let merchant = MerchantId::parse(DEFAULT_MERCHANT)?;
        if !self.keys(&merchant, Page::first(1)).await?.is_empty() {
            return Ok(());
        }
        let row = self.key_row(&merchant, "admin", Some("first".to_owned()), admin_key);
        let hash = digest(admin_key);
        let row = &row;
        self.write(|mut tx| async move {
            let done = keys::insert_key(&mut tx, row, &hash).await?;
            tx.commit(done).await
        })
        .await
        .map(drop)
    }

    /// All merchants, by id.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn every_merchant(&self) -> Result<Vec<MerchantId>, AppError> {
        self.read(|mut tx| async move { all_merchants(&mut tx).await }).await
    }

    /// For how many customers of a merchant billing has something to do, up to a day; today
    /// unless given.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn count_due(
        &self,
        merchant: &MerchantId,
        as_of: Option<NaiveDate>,
    ) -> Result<u64, AppError> {
        let now = self.now();
        self.read(|mut tx| async move {
            let zone = merchants::get_settings(&mut tx, merchant).await?.time_zone;
            let until = as_of.unwrap_or_else(|| zone.date(now));
            let due = accounts::count_due(&mut tx, merchant, until, now).await?;
            Ok(u64::try_from(due).unwrap_or(0))
        })
        .await
    }

    /// The merchants for whom billing has something to do by now; a customer who could not be
    /// billed counts when the next try is due.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn merchants_due(&self) -> Result<Vec<MerchantId>, AppError> {
        let now = self.now();
        self.read(|mut tx| async move {
            let mut due = Vec::new();
            for merchant in all_merchants(&mut tx).await? {
                let today = merchants::get_settings(&mut tx, &merchant).await?.time_zone.date(now);
                let date = accounts::earliest_due(&mut tx, &merchant, now, today, now).await?;
                if date.is_some_and(|date| date <= today) {
                    due.push(merchant);
                }
            }
            Ok(due)
        })
        .await
    }

    /// For how many customers of all merchants billing has something to do today, and how many of
    /// their invoices are overdue.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn due_and_overdue(&self) -> Result<(i64, i64), AppError> {
        let now = self.now();
        self.read(|mut tx| async move {
            let (mut due, mut overdue) = (0, 0);
            for merchant in all_merchants(&mut tx).await? {
                let today = merchants::get_settings(&mut tx, &merchant).await?.time_zone.date(now);
                due += accounts::count_due(&mut tx, &merchant, today, now).await?;
                let owed = overview::owed(&mut tx, &merchant, today).await?;
                overdue += owed.iter().map(|owed| owed.late).sum::<i64>();
            }
            Ok((due, overdue))
        })
        .await
    }
}

/// Where the book's simulated clock stands, after it was moved or set as asked.
async fn book_clock(
    store: &Store,
    asked: Option<ClockTarget>,
) -> Result<Option<DateTime<Utc>>, AppError> {
    let Some(asked) = asked else {
        let kept = merchants::get_clock(&mut store.read().await?).await?;
        return Ok(kept.map(|kept| kept.at));
    };
    let (mut tx, _) = store.write(None).await?;
    let at = set_book_clock(&mut tx, asked).await?;
    tx.commit().await?;
    Ok(Some(at))
}

async fn set_book_clock(tx: &mut Tx, asked: ClockTarget) -> Result<DateTime<Utc>, AppError> {
    let zone = zone(tx).await?;
    let wanted = match asked {
        ClockTarget::Date(date) => BookClock { at: zone.start_of(date), date: Some(date) },
        ClockTarget::Instant(at) => BookClock { at: micros(at), date: None },
    };
    match merchants::get_clock(tx).await? {
        Some(kept) if wanted.at <= kept.at => {
            if wanted.at < kept.at {
                tracing::warn!(
                    "the book's test clock stands at {} already: an earlier one is left aside",
                    kept.at.to_rfc3339()
                );
            }
            return Ok(kept.at);
        }
        Some(_) => {}
        None => refuse_with_customers(tx).await?,
    }
    merchants::save_clock(tx, wanted).await?;
    Ok(wanted.at)
}

/// Databases keep microseconds.
fn micros(at: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.timestamp_micros()).unwrap_or(at)
}

async fn refuse_with_customers(tx: &mut Tx) -> Result<(), AppError> {
    for merchant in all_merchants(tx).await? {
        if merchants::has_customers(tx, &merchant).await? {
            let detail = "this book has customers and runs on the real clock: \
                          a test clock needs a fresh book";
            return Err(AppError::refused("conflict", detail));
        }
    }
    Ok(())
}

/// The time zone in which the book's dates are meant: that of the merchant `default`, else of
/// the first.
async fn zone(tx: &mut Tx) -> Result<Zone, AppError> {
    let merchants = all_merchants(tx).await?;
    let default = merchants.iter().find(|id| id.as_str() == DEFAULT_MERCHANT);
    match default.or(merchants.first()) {
        Some(merchant) => Ok(merchants::get_settings(tx, merchant).await?.time_zone),
        None => Zone::parse(ZONE).ok_or_else(|| AppError::broken("the time zones are missing")),
    }
}

async fn all_merchants(tx: &mut Tx) -> Result<Vec<MerchantId>, AppError> {
    let mut found = Vec::new();
    let mut page = Page::first(PAGE_MAX);
    loop {
        let merchants: Vec<MerchantRecord> = merchants::list_merchants(tx, &page).await?;
        let Some(last) = merchants.last() else {
            return Ok(found);
        };
        page = Page::after(last.id.as_str(), PAGE_MAX);
        found.extend(merchants.into_iter().map(|merchant| merchant.id));
    }
}
