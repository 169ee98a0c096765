//! Moving the simulated clock of a book forward: for each due day between that does what the worker
//! would have done, in order.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};

use crate::domain::calendar::CLOCK_YEARS;
use crate::domain::ids::{MerchantId, RunId};
use crate::domain::run::{Run, RunStatus};
use crate::rules::billing::RETRY_MAX;
use crate::store::{PAGE_MAX, Page, accounts, merchants, runs};

use super::access::DEFAULT_MERCHANT;
use super::billing::FAILURES_MAX;
use super::holds::HOLD;
use super::{App, AppError};

/// Where to move the clock: a date means its start in the merchant's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockTarget {
    /// The start of a date.
    Date(NaiveDate),
    /// An instant.
    Instant(DateTime<Utc>),
}

impl ClockTarget {
    /// What a moment is, in words.
    pub const WORDS: &str =
        "must be a date such as 2026-02-28, or an RFC 3339 instant, of the years 1000 to 9000";

    /// Reads a date or an RFC 3339 instant in [`CLOCK_YEARS`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (moment, year) = if let Ok(date) = text.parse::<NaiveDate>() {
            (Self::Date(date), date.year())
        } else {
            let instant = DateTime::parse_from_rfc3339(text).ok()?.with_timezone(&Utc);
            (Self::Instant(instant), instant.year())
        };
        CLOCK_YEARS.contains(&year).then_some(moment)
    }
}

/// What a merchant has due next.
struct Due {
    merchant: MerchantId,
    at: DateTime<Utc>,
    day: NaiveDate,
}

impl App {
    /// Whether there is a simulated clock that this merchant may move: it is that of the whole
    /// book, so it is for the operator, whose merchant makes the others.
    #[must_use]
    pub fn moves_clock(&self, merchant: &MerchantId) -> bool {
        self.require_test_clock().is_ok() && merchant.as_str() == DEFAULT_MERCHANT
    }

    /// Moves the clock forward and does what falls due on the way. The answer sums the runs, and
    /// names who is not billed at their end: whoever could not be, or is held, at first and was
    /// billed later on the way is no failure.
    ///
    /// # Errors
    /// Not found without a simulated clock; refused backwards, and for whoever may not move it.
    pub async fn advance(&self, merchant: &MerchantId, to: ClockTarget) -> Result<Run, AppError> {
        self.require_test_clock()?;
        if !self.moves_clock(merchant) {
            let detail = "the clock is that of the whole book: only a key of merchant 'default' \
                          moves it";
            return Err(AppError::refused("forbidden", detail));
        }
        let _one_at_a_time = self.inner.advancing.lock().await;
        let (_, today) = self.test_clock(merchant).await?;
        let zone = self.settings(merchant).await?.time_zone;
        let target = match to {
            ClockTarget::Date(date) if date == today => self.now(),
            ClockTarget::Date(date) => zone.start_of(date),
            ClockTarget::Instant(instant) => instant,
        };
        if target < self.now() {
            let detail = format!("the clock stands at {} and only moves forward", self.now());
            return Err(AppError::refused("clock-backwards", detail));
        }
        let id = RunId::fresh(&mut self.ids());
        let mut sum = Run::opened(id, zone.date(target), self.now(), self.now());
        let mut billed = BTreeMap::new();
        self.work_price_changes().await?;
        while let Some(due) = self.next_due(target, billed.clone()).await? {
            self.end_upsells_until(due.at).await?;
            self.set_clock(due.at, None).await?;
            self.work_price_changes().await?;
            billed.insert(due.merchant.clone(), due.day);
            let run = self.bill(&due.merchant, None, 1, |_| ()).await?;
            self.work_price_changes().await?;
            if due.merchant == *merchant {
                add(&mut sum, run);
            }
        }
        let date = match to {
            ClockTarget::Date(date) => Some(date),
            ClockTarget::Instant(_) => None,
        };
        self.end_upsells_until(target).await?;
        self.set_clock(target, date).await?;
        self.work_price_changes().await?;
        self.name_left_out(merchant, &mut sum).await?;
        sum.status = RunStatus::Completed;
        self.keep_run(merchant, sum.clone()).await?;
        Ok(sum)
    }

    /// Names whom a checkout holds at the end, though no run came because nobody else was due.
    async fn name_left_out(&self, merchant: &MerchantId, sum: &mut Run) -> Result<(), AppError> {
        let held = self.left_out(merchant, sum.as_of).await?;
        sum.failures.retain(|it| held.iter().all(|held| held.customer != it.customer));
        sum.failures.extend(held);
        sum.failures.truncate(FAILURES_MAX);
        Ok(())
    }

    /// Keeps the sum of an advance, so that its id answers.
    async fn keep_run(&self, merchant: &MerchantId, sum: Run) -> Result<(), AppError> {
        let sum = &sum;
        self.write(|mut tx| async move {
            runs::insert_run(&mut tx, merchant, sum).await?;
            tx.commit(()).await
        })
        .await
    }

    /// The merchant whose next due day starts first, not after `target`. A customer that cannot
    /// be billed stays due: then the next day is tried.
    async fn next_due(
        &self,
        target: DateTime<Utc>,
        billed: BTreeMap<MerchantId, NaiveDate>,
    ) -> Result<Option<Due>, AppError> {
        let now = self.now();
        self.read(|mut tx| async move {
            let mut first: Option<Due> = None;
            for merchant in merchants::list_merchants(&mut tx, &Page::first(PAGE_MAX)).await? {
                let zone = merchants::get_settings(&mut tx, &merchant.id).await?.time_zone;
                let soon = zone.date(now + HOLD);
                let date =
                    accounts::earliest_due(&mut tx, &merchant.id, now, soon, now + RETRY_MAX)
                        .await?;
                let starts_at = date.map(|date| {
                    let is_stuck = billed.get(&merchant.id).is_some_and(|day| date <= *day);
                    let after = zone.date(now).checked_add_days(Days::new(1));
                    let date = if is_stuck { after.unwrap_or(date) } else { date };
                    zone.start_of(date).max(now)
                });
                // Whoever is held is billed as soon as the hold lapses.
                let lapses_at = accounts::earliest_lapse(&mut tx, &merchant.id, now, soon).await?;
                let Some(at) = starts_at.into_iter().chain(lapses_at).min() else { continue };
                if at <= target && first.as_ref().is_none_or(|first| at < first.at) {
                    let day = zone.date(at);
                    first = Some(Due { merchant: merchant.id, at, day });
                }
            }
            Ok(first)
        })
        .await
    }
}

/// Each run tries again whom the one before could not bill, so the failures of the last are those
/// that are left.
fn add(sum: &mut Run, run: Run) {
    sum.counts += run.counts;
    sum.failures = run.failures;
    sum.duration_ms += run.duration_ms;
}
