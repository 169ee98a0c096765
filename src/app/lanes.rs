//! What one key and one merchant may have of what all share: connections to the database, heavy
//! reading, computing. Whoever has all of it waits for their own, and nobody waits for them.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use crate::domain::ids::MerchantId;

use super::tasks::joined;
use super::{AppError, actor};

/// How many of a store's sixteen connections one key may have at a time.
const OF_A_KEY: usize = 10;
/// How many all keys of a merchant may have: the others are for everybody else, for signing in,
/// and for asking after the server's health.
const OF_A_MERCHANT: usize = 12;
/// How many books are read heavily at a time: audits, exports, what a path means for everybody.
const HEAVY_MAX: usize = 3;
/// How many of these are one merchant's.
const HEAVY_OF_A_MERCHANT: usize = 1;
/// How long one waits for what is one's own.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// All lanes of a process.
pub(super) struct Lanes {
    keys: Arc<Shares>,
    merchants: Arc<Shares>,
    heavy: Arc<Shares>,
    heavy_of_all: Arc<Semaphore>,
    computing: Arc<Shares>,
    processors: Arc<Semaphore>,
}

impl Default for Lanes {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            keys: Shares::new(OF_A_KEY),
            merchants: Shares::new(OF_A_MERCHANT),
            heavy: Shares::new(HEAVY_OF_A_MERCHANT),
            heavy_of_all: Arc::new(Semaphore::new(HEAVY_MAX)),
            // So others have a processor left, where there are several.
            computing: Shares::new((processors / 2).max(1)),
            processors: Arc::new(Semaphore::new(processors)),
        }
    }
}

/// As many at a time for each name. A name that has nothing and waits for nothing is not
/// remembered, so that there are never more than there are requests.
struct Shares {
    most: usize,
    taken: Mutex<BTreeMap<String, Arc<Semaphore>>>,
}

/// What one name has; given back when it is dropped.
pub(super) struct Share {
    shares: Arc<Shares>,
    name: String,
    permit: Option<OwnedSemaphorePermit>,
}

/// A turn in a lane, until it is dropped.
pub struct Turn {
    _own: Share,
    _of_all: OwnedSemaphorePermit,
}

impl Shares {
    fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::new(BTreeMap::new()) })
    }

    /// One more for this name, when there is one.
    async fn take(self: &Arc<Self>, name: &str) -> Result<Share, AppError> {
        let own = {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let own = taken.entry(name.to_owned());
            Arc::clone(own.or_insert_with(|| Arc::new(Semaphore::new(self.most))))
        };
        let mut share = Share { shares: Arc::clone(self), name: name.to_owned(), permit: None };
        share.permit = Some(permit(own).await?);
        Ok(share)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        drop(self.permit.take());
        let mut taken = self.shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Who has a permit or waits for one has the semaphore, too.
        if taken.get(&self.name).is_some_and(|own| Arc::strong_count(own) == 1) {
            taken.remove(&self.name);
        }
    }
}

async fn permit(from: Arc<Semaphore>) -> Result<OwnedSemaphorePermit, AppError> {
    let waited = tokio::time::timeout(WAIT_MAX, from.acquire_owned()).await;
    let busy = || {
        AppError::Busy(
            "as many requests as may be are at work for you: come again when they are done",
        )
    };
    waited.map_err(|_| busy())?.map_err(AppError::broken)
}

impl Lanes {
    /// The share of a connection of those for whom this task works; none of what the engine does
    /// by itself.
    pub(super) async fn connection(&self) -> Result<Option<(Share, Share)>, AppError> {
        let Some((key, merchant)) = actor::whole() else { return Ok(None) };
        let of_key = self.keys.take(key.as_str()).await?;
        Ok(Some((of_key, self.merchants.take(merchant.as_str()).await?)))
    }

    /// A turn in the lane of heavy reading.
    pub(super) async fn heavy_turn(&self, merchant: &MerchantId) -> Result<Turn, AppError> {
        let own = self.heavy.take(merchant.as_str()).await?;
        Ok(Turn { _own: own, _of_all: permit(Arc::clone(&self.heavy_of_all)).await? })
    }

    /// Computes in a turn of its own, beside the threads on which requests run.
    pub(super) async fn compute<T: Send + 'static>(
        &self,
        merchant: &MerchantId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let own = self.computing.take(merchant.as_str()).await?;
        let turn = permit(Arc::clone(&self.processors)).await?;
        let span = tracing::Span::current();
        // Whoever hangs up does not free the processor: the turn is the work's.
        let done = tokio::task::spawn_blocking(move || {
            let done = span.in_scope(work);
            drop((own, turn));
            done
        });
        joined(done).in_current_span().await.map_err(AppError::broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_has_a_share_waits_for_their_own_and_is_forgotten_afterwards() {
        let shares = Shares::new(2);
        let held = (shares.take("ada").await.unwrap(), shares.take("ada").await.unwrap());
        assert!(shares.take("bob").await.is_ok());
        let third = tokio::time::timeout(Duration::from_millis(20), shares.take("ada")).await;
        assert!(third.is_err(), "it waits");
        let (waiting, ()) = tokio::join!(shares.take("ada"), async { drop(held.0) });
        assert!(waiting.is_ok());
        drop((waiting, held.1));
        assert!(shares.taken.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_flood_of_names_does_not_fill_the_memory() {
        let shares = Shares::new(1);
        for name in 0..10_000 {
            shares.take(&name.to_string()).await.unwrap();
        }
        assert!(shares.taken.lock().unwrap().is_empty());
    }
}
