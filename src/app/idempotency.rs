//! Requests that are sent twice and done once: which were seen, and how they were answered. What
//! makes two requests the same, and how an answer is written, is for the edges.
//!
//! The answer is kept in the transaction of the work ([`super::transaction`]), so there is never
//! the one without the other, and of two attempts at once one stores nothing. Billing runs and the
//! test clock are many transactions, and repeatable by nature: what is booked is booked, and doing
//! them again goes on where they stood. Their answers are kept when they are done; until then an
//! attempt holds its key by a lease, which it renews while it works; who comes after that may take
//! the key over at once, for an attempt that lost its key can store nothing any more.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::store::{Page, idempotency, merchants};

use super::{App, AppError};

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

    /// What is known of a request that one transaction does whole, which then keeps its answer: so
    /// nothing is noted before, unless an attempt that was noted has been left.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn look_at_request(&self, claim: Claim) -> Result<ClaimOutcome, AppError> {
        let looked = &claim;
        let known = self.look(|mut tx| async move {
            Ok(idempotency::look(&mut tx, looked, time_outside()).await?)
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
        let claim = &claim;
        self.write(|mut tx| async move {
            let now = time_outside();
            let done = idempotency::begin(&mut tx, claim, now, lease(now)).await?;
            tx.commit(done).await
        })
        .await
    }

    /// Holds the key of a request that takes its time.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn renew_request(&self, claim: Claim) -> Result<(), AppError> {
        let claim = &claim;
        self.write(|mut tx| async move {
            idempotency::renew(&mut tx, claim, lease(time_outside())).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Keeps the answer to a request that was not done in one transaction, or came to nothing.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn finish_request(&self, claim: Claim, answer: KeptAnswer) -> Result<(), AppError> {
        let (answer, claim) = (&answer, &claim);
        self.write(|mut tx| async move {
            idempotency::settle(&mut tx, claim, answer, time_outside()).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Frees the key of a request that broke.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn abandon_request(&self, claim: Claim) -> Result<(), AppError> {
        let claim = &claim;
        self.write(|mut tx| async move {
            idempotency::abandon(&mut tx, claim).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Forgets the answers that were kept long enough; how many.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn forget_requests(&self) -> Result<u64, AppError> {
        let before = time_outside() - TimeDelta::hours(KEPT_HOURS);
        self.write(|mut tx| async move {
            let done = idempotency::purge(&mut tx, before).await?;
            tx.commit(done).await
        })
        .await
    }

    /// Whether the database answers and is migrated.
    ///
    /// # Errors
    /// When it is not.
    pub async fn ping(&self) -> Result<(), AppError> {
        self.read(|mut tx| async move {
            merchants::list_merchants(&mut tx, &Page::first(1)).await?;
            Ok(())
        })
        .await
    }
}
