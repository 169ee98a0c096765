//! The engine itself: what all of its functions share, and its doors to the database.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument;

use crate::clock::Clock;
use crate::domain::ids::{Ids, MerchantId};
use crate::domain::webhook::EndpointReach;
use crate::gateway::mailbox::Mailbox;
use crate::gateway::{Gateway, Mailer};
use crate::render::renderer::Renderer;
use crate::store::{ReadyConnection, Store, StoreError, TransactionEnd, Tx};

use super::beside::{Beside, Wanted};
use super::caller::Impatience;
use super::catalogue_revision::{self, CatalogueRevision};
use super::group_queue::Groups;
use super::idempotent_request::IdempotentRequest;
use super::lanes::{Lanes, Share, Turn};
use super::outdated::Outdated;
use super::path_warnings::PathWarnings;
use super::revision_cache::RevisionCache;
use super::rule_books::{HeldRules, RuleBooks};
use super::transaction::{Committed, Transaction};
use super::{AppError, actor, caller, spans};

/// How much is read or written on the threads on which requests run, in bytes: it takes a
/// millisecond or two.
const AT_ONCE_MAX: usize = 256 << 10;

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
    /// The edits whose catalogues cannot be held; with whoever reads one.
    pub(super) too_large: Arc<tokio::sync::Mutex<BTreeMap<MerchantId, i64>>>,
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
        let renderer = Renderer::shared();
        renderer.ready()?;
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
                too_large: Arc::default(),
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

    /// The engine for a request whose transaction may come to something that takes long.
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
    /// start and on what they left: so `work` takes along nothing that an earlier try has changed.
    pub(crate) async fn write<T, F>(
        &self,
        mut work: impl FnMut(Transaction) -> F,
    ) -> Result<T, AppError>
    where
        F: Future<Output = Result<Committed<T>, AppError>>,
    {
        let mut left = TRIES;
        loop {
            left -= 1;
            let shares = self.shares_to_write().await?;
            let started = Instant::now();
            // Boxed, or whoever calls would carry it along in their own future.
            let done = Box::pin(async {
                let (tx, end) = self.begin().await?;
                match work(tx).await {
                    Ok(committed) => Ok(committed),
                    Err(error) => Err(end.reached().await.err().map_or(error, AppError::from)),
                }
            });
            match done.instrument(spans::write()).await {
                Ok(committed) => return committed.outcome(),
                Err(error) => {
                    // What it has waited for others' locks is not known apart.
                    if let (true, Some(asked)) = (error.is_others(), caller::current()) {
                        asked.has_waited(started.elapsed());
                    }
                    // What is done before another try may need a connection itself.
                    drop(shares);
                    self.try_again(error, &mut left).await?;
                }
            }
        }
    }

    async fn shares_to_write(&self) -> Result<Vec<Share>, AppError> {
        if !self.inner.store.writes_apart() {
            return Ok(Vec::new());
        }
        self.inner.lanes.connection().await
    }

    async fn begin(&self) -> Result<(Transaction, TransactionEnd), AppError> {
        let store = &self.inner.store;
        let conn = ready(store.ready_to_write()).await?;
        if let Some(asked) = caller::current() {
            asked.begin();
        }
        let (mut tx, end) = store.write_on(conn, actor::merchant(), caller::patience()).await?;
        tx.act_for(actor::current());
        Ok((Transaction::new(tx, self.once.clone()), end))
    }

    /// Prepares another try, where that may come to something else.
    async fn try_again(&self, error: AppError, left: &mut u32) -> Result<(), AppError> {
        match (error, &self.beside) {
            (AppError::Unavailable(error), _) if *left > 0 && error.is_collision() => {
                tracing::debug!(%error, "decided again");
                Ok(())
            }
            (AppError::Beside, Some(beside)) => {
                *left += 1;
                match beside.wanted() {
                    Some((merchant, Wanted::Decision(question))) => {
                        beside.decide(&self.inner.lanes, self.ids(), (merchant, question)).await
                    }
                    Some((merchant, Wanted::Outcome(weighing))) => {
                        beside.weigh(&self.inner.lanes, (merchant, weighing)).await
                    }
                    Some((merchant, Wanted::Rules(kind))) => self.read_rules(&merchant, kind).await,
                    None => Ok(()),
                }
            }
            (error, _) => Err(self.broken_by(error).await),
        }
    }

    /// One consistent look.
    pub(crate) async fn read<T, F>(&self, work: impl FnOnce(Tx) -> F) -> Result<T, AppError>
    where
        F: Future<Output = Result<T, AppError>>,
    {
        let _shares = self.inner.lanes.connection().await?;
        let done = Box::pin(async {
            let store = &self.inner.store;
            let mut tx = store.read_on(ready(store.ready()).await?).await?;
            tx.wait_for(caller::current().and_then(|asked| asked.reader()));
            work(tx).await
        });
        match done.instrument(spans::read()).await {
            Ok(found) => Ok(found),
            Err(error) => Err(self.broken_by(error).await),
        }
    }

    /// One statement.
    pub(crate) async fn look<T, F>(&self, work: impl FnOnce(Tx) -> F) -> Result<T, AppError>
    where
        F: Future<Output = Result<T, AppError>>,
    {
        let _shares = self.inner.lanes.connection().await?;
        let done = Box::pin(async {
            let store = &self.inner.store;
            work(store.look_on(ready(store.ready()).await?).await?).await
        });
        match done.instrument(spans::read()).await {
            Ok(found) => Ok(found),
            Err(error) => Err(self.broken_by(error).await),
        }
    }

    /// Why something failed, now that somebody has looked whether the tables are still ours.
    async fn broken_by(&self, error: AppError) -> AppError {
        self.inner.outdated.judge(&self.inner.store, error).await
    }

    /// One consistent look that takes long: a few at a time, and of a merchant one.
    pub(crate) async fn read_heavily<T, F>(
        &self,
        merchant: &MerchantId,
        work: impl FnOnce(Tx) -> F,
    ) -> Result<T, AppError>
    where
        F: Future<Output = Result<T, AppError>>,
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

    /// Computes what grows with so many bytes: at once where they are few, else as
    /// [`App::compute`].
    ///
    /// # Errors
    /// Busy where the merchant's own turn does not come.
    pub async fn compute_much<T: Send + 'static>(
        &self,
        merchant: &MerchantId,
        bytes: usize,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        if bytes <= AT_ONCE_MAX { Ok(work()) } else { self.compute(merchant, work).await }
    }

    /// Looks at a merchant's rules, so that a transaction which writes finds them held.
    pub(super) async fn read_rules(
        &self,
        merchant: &MerchantId,
        kind: HeldRules,
    ) -> Result<(), AppError> {
        let books = &self.inner.books;
        let held = self.read(|mut tx| async move {
            match kind {
                HeldRules::Campaigns => books.campaigns(&mut tx, (merchant, None)).await.map(drop),
                HeldRules::OfCarts => books.cart_rules(&mut tx, (merchant, None)).await.map(drop),
            }
        });
        held.await
    }
}

/// A connection of the pool, as soon as there is one.
async fn ready(
    conn: impl Future<Output = Result<ReadyConnection, StoreError>>,
) -> Result<ReadyConnection, AppError> {
    match caller::wait_for(conn).await {
        Ok(conn) => Ok(conn?),
        Err(Impatience::Late) => Err(StoreError::no_connection().into()),
        Err(Impatience::Unawaited) => Err(AppError::Unawaited),
    }
}
