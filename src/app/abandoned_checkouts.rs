//! Checkouts that nobody has completed: they are kept for a while, and then forgotten.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::ids::MerchantId;
use crate::store::{PAGE_MAX, Page, checkouts, merchants};

use super::{App, AppError};

impl App {
    /// Throws away the checkouts of all merchants that nobody has completed, once they have been
    /// expired for as long as the merchant keeps them; how many.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn forget_checkouts(&self) -> Result<u64, AppError> {
        let (mut forgotten, mut page) = (0, Page::first(PAGE_MAX));
        loop {
            let asked = &page;
            let now = self.now();
            let kept = self.read(|mut tx| async move {
                Ok(merchants::list_checkout_days(&mut tx, asked).await?)
            });
            let kept = kept.await?;
            let Some((last, _)) = kept.last() else { return Ok(forgotten) };
            page = Page::after(last.as_str(), PAGE_MAX);
            for (merchant, days) in kept {
                forgotten += self.forget_expired(&merchant, now - TimeDelta::days(days)).await?;
            }
        }
    }

    async fn forget_expired(
        &self,
        merchant: &MerchantId,
        before: DateTime<Utc>,
    ) -> Result<u64, AppError> {
        let mut forgotten = 0;
        loop {
            let purged = self.write(|mut tx| async move {
                let done = checkouts::purge_checkouts(&mut tx, merchant, before, PAGE_MAX).await?;
                tx.commit(done).await
            });
            let purged = purged.await?;
            forgotten += purged;
            // What was not all that may go at once was the last of it.
            if purged < PAGE_MAX.unsigned_abs() {
                return Ok(forgotten);
            }
        }
    }
}
