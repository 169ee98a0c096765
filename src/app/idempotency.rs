//! Requests that are sent twice and done once: which were seen, and how they were answered. What
//! makes two requests the same, and how an answer is written, is for the edges.
//!
//! The answer is kept in the transaction of the work ([`App::write_once`]), so there is never the
//! one without the other, and of two attempts at once one stores nothing. Billing runs and the test
//! clock are many transactions, and repeatable by nature: what is booked is booked, and doing them
//! again goes on where they stood. Their answers are kept when they are done; until then an attempt
//! holds its key by a lease, which it renews while it works; who comes after that may take the key
//! over at once, for an attempt that lost its key can store nothing any more.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use crate::store::{BoxFuture, Page, Tx, idempotency, merchants};

use super::{App, AppError};

pub(crate) use super::idempotent_request::CommittedResult;
pub(super) use super::idempotent_request::time_outside;
pub use super::idempotent_request::{IdempotentRequest, Render};

pub use crate::store::idempotency::{Claim, ClaimOutcome, KeptAnswer};

/// For how many hours answers are kept at least.
const KEPT_HOURS: i64 = 48;
/// For how long an attempt holds its key without a sign of life: so long does a repetition wait
/// after a crash.
pub const LEASE: Duration = Duration::from_secs(5);

fn lease(now: DateTime<Utc>) -> DateTime<Utc> {
    TimeDelta::from_std(LEASE).map_or(now, |lease| now + lease)
}

impl App {
    /// The engine as one request uses it: what it does, it does once.
    #[must_use]
    pub fn for_request(&self, once: IdempotentRequest) -> Self {
        Self { once: Some(Arc::new(once)), ..self.clone() }
    }

    /// One transaction that does all of a request, and keeps the answer with it.
    pub(crate) async fn write_once<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Serialize + Send + Sync + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<CommittedResult<T>, AppError>>
            + Clone
            + Send
            + 'static,
    {
        let Some(once) = self.once.clone() else {
            return self.write(work).await?;
        };
        let keeping = Arc::clone(&once);
        let done = self
            .write(move |tx| {
                Box::pin(async move {
                    let outcome = work(tx).await?;
                    keeping.keep(tx, &outcome).await?;
                    Ok(outcome)
                })
            })
            .await?;
        once.kept.store(true, Ordering::Release);
        done
    }

    /// What is known of a request that one transaction does whole, which then keeps its answer: so
    /// nothing is noted before, unless an attempt that was noted has been left.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn look_at_request(&self, claim: Claim) -> Result<ClaimOutcome, AppError> {
        let looked = claim.clone();
        let known = self.look(move |tx| {
            Box::pin(async move { Ok(idempotency::look(tx, &looked, time_outside()).await?) })
        });
        match known.await? {
            Some(known) => Ok(known),
            None => self.begin_request(claim).await,
        }
    }

    /// Notes that a request is being worked on, unless it was seen before.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn begin_request(&self, claim: Claim) -> Result<ClaimOutcome, AppError> {
        self.write(move |tx| {
            Box::pin(async move {
                let now = time_outside();
                Ok(idempotency::begin(tx, &claim, now, lease(now)).await?)
            })
        })
        .await
    }

    /// Holds the key of a request that takes its time.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn renew_request(&self, claim: Claim) -> Result<(), AppError> {
        self.write(move |tx| {
            Box::pin(
                async move { Ok(idempotency::renew(tx, &claim, lease(time_outside())).await?) },
            )
        })
        .await
    }

    /// Keeps the answer to a request that was not done in one transaction, or came to nothing.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn finish_request(&self, claim: Claim, answer: KeptAnswer) -> Result<(), AppError> {
        self.write(move |tx| {
            Box::pin(
                async move { Ok(idempotency::settle(tx, &claim, &answer, time_outside()).await?) },
            )
        })
        .await
    }

    /// Frees the key of a request that broke.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn abandon_request(&self, claim: Claim) -> Result<(), AppError> {
        self.write(move |tx| Box::pin(async move { Ok(idempotency::abandon(tx, &claim).await?) }))
            .await
    }

    /// Forgets the answers that were kept long enough; how many.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
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
