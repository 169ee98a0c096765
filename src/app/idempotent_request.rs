//! A request that is sent twice and done once, on its way through the engine.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::clock::Clock;
use crate::store::Tx;
use crate::store::idempotency::{self, Claim, KeptAnswer};

use super::AppError;

/// Writes an answer from the JSON of what was done, or from why it was refused.
pub type Render = dyn Fn(Result<&str, &AppError>) -> KeptAnswer + Send + Sync;

/// A request with an `Idempotency-Key` on its way through the engine.
#[derive(Clone)]
pub struct IdempotentRequest {
    /// The attempt that this is.
    pub claim: Claim,
    /// Whether it is noted that it works on its request.
    pub is_noted: bool,
    /// How its answer is written.
    pub render: Arc<Render>,
    /// Set once work and answer are stored.
    pub kept: Arc<AtomicBool>,
}

impl IdempotentRequest {
    /// Keeps the answer in the transaction of the work.
    pub(super) async fn keep<T: Serialize>(
        &self,
        tx: &mut Tx,
        outcome: &Result<T, AppError>,
    ) -> Result<(), AppError> {
        let answer = match outcome {
            Ok(done) => (self.render)(Ok(&serde_json::to_string(done)?)),
            Err(refusal) => (self.render)(Err(refusal)),
        };
        let is_mine = if self.is_noted {
            idempotency::finish(tx, &self.claim, &answer).await?
        } else {
            tx.gather([idempotency::answered(&self.claim, &answer, time_outside())?]).await?;
            match tx.flush().await {
                Err(error) if error.is_taken(idempotency::TABLE) => false,
                flushed => flushed.map(|()| true)?,
            }
        };
        if is_mine { Ok(()) } else { Err(taken_over()) }
    }

    /// Keeps the answer with what else is gathered, to be stored at the end.
    pub(super) async fn keep_beside<T: Serialize>(
        &self,
        tx: &mut Tx,
        done: &T,
    ) -> Result<(), AppError> {
        let answer = (self.render)(Ok(&serde_json::to_string(done)?));
        if !self.is_noted {
            let answer = idempotency::answered(&self.claim, &answer, time_outside())?;
            return Ok(tx.gather([answer]).await?);
        }
        let is_mine = idempotency::finish(tx, &self.claim, &answer).await?;
        if is_mine { Ok(()) } else { Err(taken_over()) }
    }
}

fn taken_over() -> AppError {
    let detail = "another attempt with this `Idempotency-Key` has taken over: ask again";
    AppError::refused("idempotency-in-progress", detail)
}

/// The time outside: retries, webhooks and sessions run on it, even where the book has a simulated
/// clock.
pub(super) fn time_outside() -> DateTime<Utc> {
    Clock::System.now()
}
