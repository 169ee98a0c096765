//! A request that is sent twice and done once, on its way through the engine.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::Serialize;

use crate::store::Tx;
use crate::store::idempotency::{self, Answer, Claim};

use super::AppError;

/// What a transaction came to: what was done, or a refusal that leaves something behind, too.
pub(crate) type Kept<T> = Result<T, AppError>;

/// Writes an answer from the JSON of what was done, or from why it was refused.
pub type Render = dyn Fn(Result<&str, &AppError>) -> Answer + Send + Sync;

/// A request with an `Idempotency-Key` on its way through the engine.
#[derive(Clone)]
pub struct OnceRequest {
    /// The attempt that this is.
    pub claim: Claim,
    /// How its answer is written.
    pub render: Arc<Render>,
    /// Set once work and answer are stored.
    pub kept: Arc<AtomicBool>,
}

impl OnceRequest {
    /// Keeps the answer in the transaction of the work.
    pub(super) async fn keep<T: Serialize>(
        &self,
        tx: &mut Tx,
        outcome: &Kept<T>,
    ) -> Result<(), AppError> {
        let answer = match outcome {
            Ok(done) => (self.render)(Ok(&serde_json::to_string(done)?)),
            Err(refusal) => (self.render)(Err(refusal)),
        };
        if idempotency::finish(tx, &self.claim, &answer).await? {
            return Ok(());
        }
        let detail = "another attempt with this `Idempotency-Key` has taken over: ask again";
        Err(AppError::refused("idempotency-in-progress", detail))
    }
}
