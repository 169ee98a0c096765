//! Requests that are sent twice and done once: which were seen, and how they were answered. What
//! makes two requests the same is for the edges.

use chrono::{DateTime, TimeDelta, Utc};

use crate::clock::Clock;
use crate::domain::ids::MerchantId;
use crate::store::{Page, idempotency, merchants};

use super::{App, AppError};

pub use crate::store::idempotency::{Answer, Begun, RequestKey};

/// For how many hours answers are kept at least.
pub const KEPT_HOURS: i64 = 48;

/// The time outside: retries run on it, even where the book has a simulated clock.
fn time_outside() -> DateTime<Utc> {
    Clock::System.now()
}

impl App {
    /// Notes that a request is being worked on, unless it was seen before.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn begin_request(
        &self,
        merchant: MerchantId,
        request: RequestKey,
        hash: [u8; 32],
    ) -> Result<Begun, AppError> {
        self.write(move |tx| {
            Box::pin(async move {
                let now = time_outside();
                Ok(idempotency::begin(tx, &merchant, &request, &hash, now).await?)
            })
        })
        .await
    }

    /// Keeps the answer to a request.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn finish_request(
        &self,
        merchant: MerchantId,
        request: RequestKey,
        answer: Answer,
    ) -> Result<(), AppError> {
        self.write(move |tx| {
            Box::pin(
                async move { Ok(idempotency::finish(tx, &merchant, &request, &answer).await?) },
            )
        })
        .await
    }

    /// Frees the key of a request that came to nothing.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn abandon_request(
        &self,
        merchant: MerchantId,
        request: RequestKey,
    ) -> Result<(), AppError> {
        self.write(move |tx| {
            Box::pin(async move { Ok(idempotency::abandon(tx, &merchant, &request).await?) })
        })
        .await
    }

    /// Forgets the answers that were kept long enough; how many.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn forget_requests(&self) -> Result<u64, AppError> {
        let before = time_outside() - TimeDelta::hours(KEPT_HOURS);
        self.write(move |tx| Box::pin(async move { Ok(idempotency::purge(tx, before).await?) }))
            .await
    }

    /// Whether the database answers and is migrated.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ping(&self) -> Result<(), AppError> {
        self.read(|tx| {
            Box::pin(async move {
                merchants::list_merchants(tx, &Page::first(1)).await?;
                Ok(())
            })
        })
        .await
    }
}
