//! What one key and one merchant may have of what all share: connections to the database, heavy
//! reading, computing. Whoever has all of it waits for their own, and nobody waits for them.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Instrument;

use crate::domain::ids::MerchantId;

use super::caller::{self, Impatience};
use super::tasks::joined;
use super::{AppError, actor};

/// How many of a store's sixteen connections one key may have at a time.
const OF_A_KEY: usize = 10;
/// How many all keys of a merchant may have: the others are for everybody else, for signing in,
/// and for asking after the server's health.
const OF_KEYS: usize = 12;
/// How many the pages of a merchant's customers may have.
const OF_PAGES: usize = 6;
/// How many of these one address leads to, of a checkout, a portal, a document or a message.
const OF_A_PAGE: usize = 2;
/// How many a merchant has in all, with keys and pages.
const OF_A_MERCHANT: usize = 14;
/// How many books are read heavily at a time: audits, exports, what a path means for everybody.
const HEAVY_MAX: usize = 3;
/// How many of these are one merchant's.
const HEAVY_OF_A_MERCHANT: usize = 1;

/// All lanes of a process.
pub(super) struct Lanes {
    keys: Arc<NamedShares>,
    keys_of_merchants: Arc<NamedShares>,
    page: Arc<NamedShares>,
    pages_of_merchants: Arc<NamedShares>,
    merchants: Arc<NamedShares>,
    heavy: Arc<NamedShares>,
    heavy_of_all: Arc<Semaphore>,
    computing: Arc<NamedShares>,
    processors: Arc<Semaphore>,
}

impl Default for Lanes {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            keys: NamedShares::new(OF_A_KEY),
            keys_of_merchants: NamedShares::new(OF_KEYS),
            page: NamedShares::new(OF_A_PAGE),
            pages_of_merchants: NamedShares::new(OF_PAGES),
            merchants: NamedShares::new(OF_A_MERCHANT),
            heavy: NamedShares::new(HEAVY_OF_A_MERCHANT),
            heavy_of_all: Arc::new(Semaphore::new(HEAVY_MAX)),
            // So others have a processor left, where there are several.
            computing: NamedShares::new((processors / 2).max(1)),
            processors: Arc::new(Semaphore::new(processors)),
        }
    }
}

/// As many at a time for each name. A name that has nothing and waits for nothing is not
/// remembered, so that there are never more than there are requests.
pub(super) struct NamedShares {
    most: usize,
    taken: Mutex<BTreeMap<String, Arc<Semaphore>>>,
}

/// What one name has; given back when it is dropped.
pub(super) struct Share {
    shares: Arc<NamedShares>,
    name: String,
    permit: Option<OwnedSemaphorePermit>,
}

/// A turn in a lane, until it is dropped.
pub struct Turn {
    _own: Share,
    _of_all: OwnedSemaphorePermit,
}

impl NamedShares {
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, taken: Mutex::new(BTreeMap::new()) })
    }

    /// One more for this name, when there is one.
    pub(super) async fn take(self: &Arc<Self>, name: &str) -> Result<Share, AppError> {
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
    let waited = caller::wait_for(from.acquire_owned()).await.map_err(|why| match why {
        Impatience::Late => AppError::Busy(
            "as many requests as may be are at work for you: come again when they are done",
        ),
        Impatience::Unawaited => AppError::Unawaited,
    });
    waited?.map_err(AppError::broken)
}

impl Lanes {
    /// The shares of a connection of those for whom this task works, from the smallest to that of
    /// their merchant; none of what the engine does by itself. Of who comes by an address the
    /// merchant is known only once that was looked up.
    pub(super) async fn connection(&self) -> Result<Vec<Share>, AppError> {
        let mut shares = Vec::new();
        if let Some((key, merchant)) = actor::whole() {
            shares.push(self.keys.take(key.as_str()).await?);
            shares.push(self.keys_of_merchants.take(merchant.as_str()).await?);
            shares.push(self.merchants.take(merchant.as_str()).await?);
            return Ok(shares);
        }
        if let Some(page) = caller::page() {
            shares.push(self.page.take(&page).await?);
        }
        if let Some(merchant) = actor::merchant() {
            shares.push(self.pages_of_merchants.take(merchant.as_str()).await?);
            shares.push(self.merchants.take(merchant.as_str()).await?);
        }
        Ok(shares)
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
    use std::time::Duration;

    use super::*;

    /// How many of forty who visit at once have a connection before the others give up; by one
    /// address or by many, of a merchant's or of who is not known yet.
    async fn seated(lanes: &Arc<Lanes>, is_one: bool, merchant: Option<&MerchantId>) -> usize {
        let caller = caller::Caller::in_a_hurry(Duration::from_millis(200));
        let mut all = tokio::task::JoinSet::new();
        for number in 0..40 {
            let (lanes, merchant) = (Arc::clone(lanes), merchant.cloned());
            let page = if is_one { "one".to_owned() } else { format!("page-{number}") };
            let asking = async move {
                let shares = lanes.connection().await;
                tokio::time::sleep(Duration::from_millis(600)).await;
                shares.is_ok()
            };
            let visit = async move {
                match merchant {
                    Some(merchant) => actor::visiting(&merchant, asking).await,
                    None => asking.await,
                }
            };
            all.spawn(caller::writing(&caller, async move { caller::by_page(&page, visit).await }));
        }
        let seated = all.join_all().await;
        seated.into_iter().filter(|is_seated| *is_seated).count()
    }

    #[tokio::test]
    async fn one_address_has_two_connections_and_all_pages_of_a_merchant_six() {
        let lanes = Arc::new(Lanes::default());
        let merchant = MerchantId::parse("zoe").unwrap();
        assert_eq!(seated(&lanes, true, Some(&merchant)).await, OF_A_PAGE);
        assert_eq!(seated(&lanes, true, None).await, OF_A_PAGE);
        assert_eq!(seated(&lanes, false, Some(&merchant)).await, OF_PAGES);
        assert!(lanes.page.taken.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn each_has_a_share_waits_for_their_own_and_is_forgotten_afterwards() {
        let shares = NamedShares::new(2);
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
        let shares = NamedShares::new(1);
        for name in 0..10_000 {
            shares.take(&name.to_string()).await.unwrap();
        }
        assert!(shares.taken.lock().unwrap().is_empty());
    }
}
