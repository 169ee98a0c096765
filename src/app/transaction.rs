//! A transaction that writes, as the engine carries it along: what is done in it, on whose behalf,
//! and for which request. It ends in one of three ways, and [`Committed`] says that it did:
//! committed, answered (which keeps the answer of the request with it), or refused with traces that
//! stay. Whatever else it comes to leaves nothing behind.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::Serialize;

use crate::store::Tx;

use super::AppError;
use super::idempotent_request::IdempotentRequest;

/// A transaction that writes. On SQLite everybody else waits for its end: see [`Store::write`].
///
/// [`Store::write`]: crate::store::Store::write
pub(crate) struct Transaction {
    tx: Tx,
    /// The request that it does, where that came with an `Idempotency-Key`.
    once: Option<Arc<IdempotentRequest>>,
}

/// What a transaction came to that is stored by now: what was done, or a refusal that left
/// something behind.
#[derive(Debug)]
#[must_use]
pub(crate) struct Committed<T>(Result<T, AppError>);

impl Transaction {
    pub(super) fn new(tx: Tx, once: Option<Arc<IdempotentRequest>>) -> Self {
        Self { tx, once }
    }

    /// Commits.
    ///
    /// # Errors
    /// That it does not stay.
    pub(crate) async fn commit<T>(self, done: T) -> Result<Committed<T>, AppError> {
        self.tx.commit().await?;
        Ok(Committed(Ok(done)))
    }

    /// Commits what does all of a request, and keeps its answer with it.
    ///
    /// # Errors
    /// As [`Transaction::commit`]; refused where another attempt has done the request meanwhile.
    pub(crate) async fn answer<T: Serialize>(self, done: T) -> Result<Committed<T>, AppError> {
        self.settle(Ok(done)).await
    }

    /// Commits what a refusal leaves behind, and keeps the refusal as the answer of the request.
    ///
    /// # Errors
    /// As [`Transaction::answer`].
    pub(crate) async fn refuse<T: Serialize>(
        self,
        why: AppError,
    ) -> Result<Committed<T>, AppError> {
        self.settle(Err(why)).await
    }

    /// Answers, or refuses.
    ///
    /// # Errors
    /// As [`Transaction::answer`].
    pub(crate) async fn settle<T: Serialize>(
        mut self,
        outcome: Result<T, AppError>,
    ) -> Result<Committed<T>, AppError> {
        let once = self.once.take();
        if let Some(once) = &once {
            once.keep(&mut self.tx, &outcome).await?;
        }
        self.tx.commit().await?;
        if let Some(once) = once {
            once.kept.store(true, Ordering::Release);
        }
        Ok(Committed(outcome))
    }
}

impl<T> Committed<T> {
    /// What was done, or why it was refused.
    pub(super) fn outcome(self) -> Result<T, AppError> {
        self.0
    }
}

impl Deref for Transaction {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for Transaction {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}
