//! The simulated clock of a book: where it stands, and how it is set. Who may move it, and what is
//! done on the way, is for [`super::test_clock`].

use chrono::{DateTime, NaiveDate, Utc};

use crate::clock::Clock;
use crate::domain::calendar::Zone;
use crate::domain::ids::MerchantId;
use crate::store::merchants::{self, BookClock};
use crate::store::{StoreError, Tx};

use super::{App, AppError};

impl App {
    /// Now and today, if the book has a simulated clock.
    ///
    /// # Errors
    /// Not found without one.
    pub async fn test_clock(
        &self,
        merchant: &MerchantId,
    ) -> Result<(DateTime<Utc>, NaiveDate), AppError> {
        self.require_test_clock()?;
        self.read(|mut tx| async move {
            let state = merchants::get_state(&mut tx, merchant).await?;
            self.follow_clock(state.clock_at);
            let now = self.now();
            Ok((now, state.settings.time_zone.date(now)))
        })
        .await
    }

    pub(super) fn require_test_clock(&self) -> Result<(), AppError> {
        match self.clock() {
            Clock::Simulated(_) => Ok(()),
            Clock::System => Err(AppError::NotFound("test clock")),
        }
    }

    /// Sets the clock and keeps it in the book, with the date that was asked for if it was one.
    /// It never moves back.
    pub(crate) async fn set_clock(
        &self,
        at: DateTime<Utc>,
        date: Option<NaiveDate>,
    ) -> Result<(), AppError> {
        let at = at.max(self.now());
        self.write(|mut tx| async move {
            merchants::save_clock(&mut tx, BookClock { at, date }).await?;
            tx.commit(()).await
        })
        .await?;
        self.clock_moved(Some(at));
        Ok(())
    }

    /// A date to which the clock was set means its start in this zone, as long as there is no
    /// customer for whom the day has begun. The instant is for [`App::clock_moved`], once the
    /// transaction that sets the zone is through.
    pub(crate) async fn start_day_in(
        &self,
        tx: &mut Tx,
        zone: Zone,
    ) -> Result<Option<DateTime<Utc>>, AppError> {
        if self.require_test_clock().is_err() {
            return Ok(None);
        }
        let Some(date) = merchants::get_clock(tx).await?.and_then(|kept| kept.date) else {
            return Ok(None);
        };
        let at = zone.start_of(date).max(self.now());
        merchants::save_clock(tx, BookClock { at, date: Some(date) }).await?;
        Ok(Some(at))
    }

    /// Where the book's clock stands: ours is never behind, whichever process has moved it.
    pub(crate) fn follow_clock(&self, at: Option<DateTime<Utc>>) {
        if at.is_some_and(|at| at > self.now()) {
            self.clock_moved(at);
        }
    }

    /// Now, by the book's clock as this transaction sees it: for what decides nothing, and so does
    /// not begin with the merchant.
    pub(super) async fn now_in(&self, tx: &mut Tx) -> Result<DateTime<Utc>, StoreError> {
        if self.clock().as_simulated().is_some() {
            let kept = merchants::get_clock(tx).await?;
            self.follow_clock(kept.map(|kept| kept.at));
        }
        Ok(self.now())
    }

    /// The book's clock was set: ours follows.
    pub(crate) fn clock_moved(&self, at: Option<DateTime<Utc>>) {
        if let (Clock::Simulated(simulated), Some(at)) = (self.clock(), at) {
            simulated.set(at);
        }
    }
}
