//! What is done in a transaction, with the types forgotten that only its caller knows. So what
//! begins, commits, tries again and answers is compiled once, and not for each of hundreds of
//! callers. What the work does is the caller's business.

use std::sync::{Arc, Mutex, PoisonError};

use super::super::error::StoreError;
use super::{BoxFuture, Tx};

/// What is to be done; it answers whether that may stay.
pub(super) type StoreWork = Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, bool> + Send>;

/// What work came to, handed to its caller when the transaction has ended.
#[derive(Debug)]
pub(crate) struct WorkResult<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for WorkResult<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> WorkResult<T> {
    /// Nothing yet.
    pub(crate) fn empty() -> Self {
        Self(Arc::default())
    }

    /// Keeps this instead of what was kept.
    pub(crate) fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    /// What was kept.
    ///
    /// # Errors
    /// [`StoreError::Closed`] where nothing was: the work never came to its end.
    pub(crate) fn take(&self) -> Result<T, StoreError> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        kept.ok_or(StoreError::Closed)
    }
}

/// Work without its types, and where its answer will be.
pub(super) fn forget<T, E, F>(work: F) -> (StoreWork, WorkResult<Result<T, E>>)
where
    T: Send + 'static,
    E: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
{
    let kept = WorkResult::empty();
    let keep = kept.clone();
    let work: StoreWork = Box::new(move |tx| {
        let done = work(tx);
        Box::pin(async move {
            let done = done.await;
            let stays = done.is_ok();
            keep.put(done);
            stays
        })
    });
    (work, kept)
}

/// What the caller is told: what its work came to, if its transaction could end.
pub(super) fn answer<T, E: From<StoreError>>(
    ended: Result<(), StoreError>,
    kept: &WorkResult<Result<T, E>>,
) -> Result<T, E> {
    ended?;
    kept.take()?
}
