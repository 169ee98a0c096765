//! The engine itself: what all of its functions share, and its doors to the database.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;
use tracing::Instrument;

use crate::clock::Clock;
use crate::domain::ids::{Ids, MerchantId};
use crate::domain::webhook::EndpointReach;
use crate::gateway::mailbox::Mailbox;
use crate::gateway::{Gateway, Mailer};
use crate::render::renderer::Renderer;
use crate::store::{BoxFuture, Store, Tx, WorkResult};

use super::beside::Beside;
use super::catalogue_revision::{self, CatalogueRevision};
use super::group_queue::Groups;
use super::idempotent_request::IdempotentRequest;
use super::lanes::{Lanes, Turn};
use super::outdated::Outdated;
use super::path_warnings::PathWarnings;
use super::revision_cache::RevisionCache;
use super::rule_books::RuleBooks;
use super::{AppError, actor, spans};

/// How often a transaction is decided that others get in the way of.
const TRIES: u32 = 4;

/// All that the engine can do, for every edge.
#[derive(Clone)]
pub struct App {
    pub(super) inner: Arc<Inner>,
    /// The request that it works for, where that came with an `Idempotency-Key`.
    pub(super) once: Option<Arc<IdempotentRequest>>,
    /// Where its request has decisions made that take long.
    pub(super) beside: Option<Arc<Beside>>,
}

pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) renderer: Arc<Renderer>,
    pub(super) random: Mutex<StdRng>,
    pub(super) made: Arc<AtomicU32>,
    pub(super) path_warnings: PathWarnings,
    pub(super) lanes: Lanes,
    pub(super) catalogues: RevisionCache<CatalogueRevision>,
    pub(super) books: Arc<RuleBooks>,
    pub(super) advancing: tokio::sync::Mutex<()>,
    pub(super) groups: Groups,
    pub(super) gateway: OnceLock<Arc<dyn Gateway>>,
    pub(super) mailer: OnceLock<Arc<dyn Mailer>>,
    pub(super) mailbox: OnceLock<Arc<Mailbox>>,
    pub(super) busy: watch::Sender<usize>,
    pub(super) draining: AtomicBool,
    pub(super) outdated: Outdated,
    pub(super) public_url: String,
    pub(super) reach: EndpointReach,
}

/// Work that nobody waits for, until it is dropped.
pub struct Busy(App);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.inner.busy.send_modify(|count| *count -= 1);
    }
}

impl App {
    /// The engine on a store. `seed` is all the randomness that it uses, `reach` where webhook
    /// endpoints may be.
    ///
    /// # Errors
    /// [`AppError::Broken`] where a page template does not parse.
    pub fn new(
        store: Store,
        clock: Clock,
        seed: [u8; 32],
        public_url: String,
        reach: EndpointReach,
    ) -> Result<Self, AppError> {
        let renderer = Renderer::shared()?;
        Ok(Self::with_pages(store, clock, seed, (public_url, reach), renderer))
    }

    /// The same with pages of its own.
    #[must_use]
    pub fn with_pages(
        store: Store,
        clock: Clock,
        seed: [u8; 32],
        (public_url, reach): (String, EndpointReach),
        renderer: Arc<Renderer>,
    ) -> Self {
        let random = Mutex::new(StdRng::from_seed(seed));
        Self {
            inner: Arc::new(Inner {
                store,
                clock,
                renderer,
                random,
                made: Arc::default(),
                path_warnings: PathWarnings::default(),
                lanes: Lanes::default(),
                catalogues: RevisionCache::up_to(catalogue_revision::BYTES_MAX),
                books: Arc::default(),
                advancing: tokio::sync::Mutex::new(()),
                groups: Groups::default(),
                gateway: OnceLock::new(),
                mailer: OnceLock::new(),
                mailbox: OnceLock::new(),
                busy: watch::Sender::new(0),
                draining: AtomicBool::new(false),
                outdated: Outdated::default(),
                public_url,
                reach,
            }),
            once: None,
            beside: None,
        }
    }

    /// From now on it says that it is not ready: the process is about to stop.
    pub fn drain(&self) {
        self.inner.draining.store(true, Ordering::Relaxed);
    }

    /// Whether the process is about to stop.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.inner.draining.load(Ordering::Relaxed)
    }

    /// The instant, by the clock of the book.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.inner.clock.now()
    }

    /// The store, for operations such as migrating.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The clock of the book.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// The pages.
    #[must_use]
    pub fn renderer(&self) -> &Renderer {
        &self.inner.renderer
    }

    /// Where the hosted pages are found, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.inner.public_url
    }

    /// The whole address of a page.
    pub(super) fn url_of(&self, page: &str) -> String {
        format!("{}{page}", self.public_url())
    }

    /// Where webhook endpoints may be.
    #[must_use]
    pub fn reach(&self) -> EndpointReach {
        self.inner.reach
    }

    /// Says that work goes on which nobody waits for, so that [`App::at_rest`] does.
    #[must_use]
    pub fn busy(&self) -> Busy {
        self.inner.busy.send_modify(|count| *count += 1);
        Busy(self.clone())
    }

    /// Waits until no work is left that nobody waits for.
    pub async fn at_rest(&self) {
        // The sender is ours: waiting cannot fail.
        self.inner.busy.subscribe().wait_for(|count| *count == 0).await.ok();
    }

    /// Waits until this program cannot work on the book any more.
    pub async fn outdated(&self) {
        self.inner.outdated.wait().await;
    }

    /// Looks whether it still can.
    ///
    /// # Errors
    /// Unavailable where it cannot, or where the database is away.
    pub async fn check_tables(&self) -> Result<(), AppError> {
        self.inner.outdated.check(&self.inner.store).await
    }

    /// The engine for a request whose transaction may come to a decision that takes long.
    pub(super) fn deciding_beside(&self) -> Self {
        Self { beside: Some(Arc::default()), ..self.clone() }
    }

    pub(crate) fn ids(&self) -> Ids {
        Ids::counting(self.now(), self.random_bytes(), self.inner.made.clone())
    }

    pub(crate) fn random_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        let mut random = self.inner.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.fill_bytes(&mut bytes);
        bytes
    }

    /// One transaction that writes. Where others were in its way it is decided again, from its
    /// start and on what they left: so `work` is cloned, and carries nothing that it was told by
    /// an earlier try.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, AppError>>
            + Clone
            + Send
            + 'static,
    {
        let kept = WorkResult::empty();
        let keep = kept.clone();
        let again = move || {
            let (work, keep) = (work.clone(), keep.clone());
            handing(keep, work)
        };
        self.write_until_it_fits(Box::new(again)).await?;
        Ok(kept.take()?)
    }

    async fn write_until_it_fits(
        &self,
        mut work: Box<dyn FnMut() -> TransactionWork + Send>,
    ) -> Result<(), AppError> {
        let actor = actor::current();
        let store = &self.inner.store;
        let _share = if store.writes_apart() { self.inner.lanes.connection().await? } else { None };
        let mut left = TRIES;
        loop {
            left -= 1;
            let (work, actor) = (work(), actor.clone());
            let done = store.write_for(actor::merchant(), move |tx| {
                tx.act_for(actor);
                work(tx)
            });
            match (done.instrument(spans::write()).await, &self.beside) {
                (Err(AppError::Unavailable(error)), _) if left > 0 && error.is_collision() => {
                    tracing::debug!(%error, "decided again");
                }
                (Err(AppError::Beside), Some(beside)) => {
                    beside.decide(&self.inner.lanes, self.ids()).await?;
                    left += 1;
                }
                (done, _) => return self.inner.outdated.judge(store, done).await,
            }
        }
    }

    /// One consistent look.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, AppError>> + Send + 'static,
    {
        let kept = WorkResult::empty();
        self.read_at_once(handing(kept.clone(), work)).await?;
        Ok(kept.take()?)
    }

    async fn read_at_once(&self, work: TransactionWork) -> Result<(), AppError> {
        let Inner { store, lanes, outdated, .. } = &*self.inner;
        let _share = lanes.connection().await?;
        let done = store.read(work).instrument(spans::read()).await;
        outdated.judge(store, done).await
    }

    /// One statement.
    pub(crate) async fn look<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, AppError>> + Send + 'static,
    {
        let kept = WorkResult::empty();
        self.look_at_once(handing(kept.clone(), work)).await?;
        Ok(kept.take()?)
    }

    async fn look_at_once(&self, work: TransactionWork) -> Result<(), AppError> {
        let Inner { store, lanes, outdated, .. } = &*self.inner;
        let _share = lanes.connection().await?;
        let done = store.look(work).instrument(spans::read()).await;
        outdated.judge(store, done).await
    }

    /// One consistent look that takes long: a few at a time, and of a merchant one.
    pub(crate) async fn read_heavily<T, F>(
        &self,
        merchant: &MerchantId,
        work: F,
    ) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, AppError>> + Send + 'static,
    {
        let turn = self.heavy_turn(merchant).await?;
        let read = self.read(work).await;
        drop(turn);
        read
    }

    /// A turn in the lane of heavy reading, for what is read piece by piece.
    ///
    /// # Errors
    /// Busy where it does not come.
    pub async fn heavy_turn(&self, merchant: &MerchantId) -> Result<Turn, AppError> {
        self.inner.lanes.heavy_turn(merchant).await
    }

    /// Computes what may take more than a moment beside the threads on which requests run, as
    /// many at a time as there are processors, and for a merchant half of them.
    ///
    /// # Errors
    /// Busy where the merchant's own turn does not come.
    pub async fn compute<T: Send + 'static>(
        &self,
        merchant: &MerchantId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        self.inner.lanes.compute(merchant, work).await
    }

    /// Looks at the campaigns, so that a transaction which is about to write finds them held.
    pub(super) async fn ready_campaigns(&self, merchant: &MerchantId) -> Result<(), AppError> {
        let (books, merchant) = (Arc::clone(&self.inner.books), merchant.clone());
        self.read(move |tx| Box::pin(async move { books.campaigns(tx, &merchant).await.map(drop) }))
            .await
    }

    /// The same of promotions and gift rules.
    pub(super) async fn ready_cart_rules(&self, merchant: &MerchantId) -> Result<(), AppError> {
        let (books, merchant) = (Arc::clone(&self.inner.books), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move { books.cart_rules(tx, &merchant).await.map(drop) })
        })
        .await
    }
}

/// What is done in a transaction, without the type of what it comes to: see [`WorkResult`].
type TransactionWork =
    Box<dyn for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<(), AppError>> + Send>;

/// Work that keeps what it comes to for its caller.
fn handing<T, F>(keep: WorkResult<T>, work: F) -> TransactionWork
where
    T: Send + 'static,
    F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, AppError>> + Send + 'static,
{
    Box::new(move |tx| {
        let done = work(tx);
        Box::pin(async move {
            keep.put(done.await?);
            Ok(())
        })
    })
}
