//! One function for each thing that a person can do: load the facts, ask the rule, store the
//! plan once, answer. No SQL text, no HTTP, no HTML.
//!
//! Reading order: [`error`], [`checkouts`] (`together` with others), [`holds`], [`hosted`],
//! [`next_offer`], `transitions`, [`billing`], [`subscriptions`], [`payments`], `documents`,
//! [`stock`], `gifts`, [`orders`], `checkout_orders`, [`upsells`], [`explained`],
//! [`definitions`], `held`, [`catalogue`], `rule_books`, `bounds`, `path_warnings`, [`graph`],
//! [`expected`], [`catalogue_file`], [`access`], [`sessions`], [`actor`], [`idempotency`],
//! [`start`], [`test_clock`], [`reads`], [`overview`], [`what_if`], [`impact`], [`audit`],
//! `lanes` (what each may have of what all share), [`webhooks`] (who is told), [`dispatcher`]
//! (who tells them), [`automations`] with `automation_starts`, [`automation_reports`],
//! [`suppressions`], [`message_texts`], `message_batches`, [`messages`] and [`message_links`].

pub mod access;
pub mod actor;
pub mod addresses;
pub mod audit;
pub mod automation_reports;
mod automation_starts;
pub mod automations;
pub mod billing;
mod bounds;
pub mod bring_over;
pub mod catalogue;
pub mod catalogue_file;
mod checkout_orders;
pub mod checkouts;
mod choice;
pub mod coupons;
pub mod definitions;
pub mod dispatcher;
mod documents;
pub mod error;
pub mod expected;
pub mod explained;
mod facts;
mod gifts;
pub mod graph;
mod held;
pub mod holds;
pub mod hosted;
pub mod idempotency;
pub mod impact;
mod lanes;
mod message_batches;
pub mod message_links;
pub mod message_texts;
pub mod messages;
pub mod next_offer;
mod opening;
pub mod orders;
pub mod overview;
pub mod papers;
mod path_warnings;
pub mod payments;
mod previews;
pub mod reads;
pub mod reports;
mod rule_books;
pub mod selection;
pub mod sessions;
pub mod start;
pub mod stock;
pub mod subscriptions;
pub mod suppressions;
pub mod test_clock;
#[cfg(test)]
mod tests;
mod time_zone;
mod together;
mod transitions;
pub mod upsells;
pub mod webhooks;
pub mod what_if;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::domain::account::Account;
use crate::domain::checkout::Checkout;
use crate::domain::ids::{CheckoutId, CustomerId, Ids, MerchantId};
use crate::domain::merchant::Settings;
use crate::domain::plan::Plan;
use crate::domain::webhook::Reach;
use crate::gateway::{Gateway, Mailer};
use crate::render::renderer::Renderer;
use crate::rules::ledger::Tariff;
use crate::store::accounts::{Depth, load_accounts};
use crate::store::checkouts::{find_held, lock_checkout};
use crate::store::merchants::MerchantState;
use crate::store::{BoxFuture, Store, Tx, customers, merchants, plans, taxes};

pub use error::{AppError, Refusal};

/// How often a transaction is decided that others get in the way of.
const TRIES: u32 = 4;

/// All that the engine can do, for every edge.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
    /// The request that it works for, where that came with an `Idempotency-Key`.
    once: Option<Arc<idempotency::Once>>,
}

struct Inner {
    store: Store,
    clock: Clock,
    renderer: Arc<Renderer>,
    random: Mutex<StdRng>,
    made: Arc<AtomicU32>,
    path_warnings: path_warnings::PathWarnings,
    lanes: lanes::Lanes,
    catalogues: held::Held<catalogue::Edition>,
    books: Arc<rule_books::RuleBooks>,
    advancing: tokio::sync::Mutex<()>,
    groups: together::Groups,
    gateway: OnceLock<Arc<dyn Gateway>>,
    mailer: OnceLock<Arc<dyn Mailer>>,
    busy: watch::Sender<usize>,
    draining: AtomicBool,
    public_url: String,
    reach: Reach,
}

/// Work that nobody waits for, until it is dropped.
pub struct Busy(App);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.inner.busy.send_modify(|count| *count -= 1);
    }
}

/// What a decision rests on besides the customer: read once, at the start of a transaction.
pub(crate) struct Context {
    pub(crate) merchant: MerchantId,
    pub(crate) settings: Settings,
    pub(crate) now: DateTime<Utc>,
    /// The day by the calendar; once an account is loaded, that of decisions about it.
    pub(crate) today: NaiveDate,
    pub(crate) tariff: Tariff,
    pub(crate) ids: Ids,
    /// The customer who has been locked already, if any.
    locked: Option<CustomerId>,
    /// The checkout that holds the customer whose account was loaded last.
    pub(crate) held: Option<Checkout>,
    /// Whether an automation of the merchant's has ever been live.
    pub(crate) automated: bool,
    /// The edit of the catalogue when an account was loaded last, or at the beginning.
    edit: i64,
    /// The catalogue of the beginning, where it is held.
    edition: Option<Arc<catalogue::Edition>>,
    /// The rules that are held, of every merchant.
    books: Arc<rule_books::RuleBooks>,
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
        reach: Reach,
    ) -> Result<Self, AppError> {
        let renderer = Renderer::shared()?;
        let random = Mutex::new(StdRng::from_seed(seed));
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                clock,
                renderer,
                random,
                made: Arc::default(),
                path_warnings: path_warnings::PathWarnings::default(),
                lanes: lanes::Lanes::default(),
                catalogues: held::Held::up_to(catalogue::BYTES_MAX),
                books: Arc::default(),
                advancing: tokio::sync::Mutex::new(()),
                groups: together::Groups::default(),
                gateway: OnceLock::new(),
                mailer: OnceLock::new(),
                busy: watch::Sender::new(0),
                draining: AtomicBool::new(false),
                public_url,
                reach,
            }),
            once: None,
        })
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
    fn url_of(&self, page: &str) -> String {
        format!("{}{page}", self.public_url())
    }

    /// Where webhook endpoints may be.
    #[must_use]
    pub fn reach(&self) -> Reach {
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
        let actor = actor::current();
        let store = &self.inner.store;
        let _share = if store.writes_apart() { self.connection().await? } else { None };
        let mut left = TRIES;
        loop {
            left -= 1;
            let (work, actor) = (work.clone(), actor.clone());
            let done = store.write(move |tx| {
                tx.act_for(actor);
                work(tx)
            });
            match done.await {
                Err(AppError::Unavailable(error)) if left > 0 && error.is_collision() => {
                    tracing::debug!(%error, "decided again");
                }
                done => return done,
            }
        }
    }

    /// One consistent look.
    pub(crate) async fn read<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, AppError>> + Send + 'static,
    {
        let _share = self.connection().await?;
        self.inner.store.read(work).await
    }

    /// One statement.
    pub(crate) async fn look<T, F>(&self, work: F) -> Result<T, AppError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, AppError>> + Send + 'static,
    {
        let _share = self.connection().await?;
        self.inner.store.look(work).await
    }

    pub(crate) async fn context(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
    ) -> Result<Context, AppError> {
        let state = merchants::get_state(tx, merchant).await?;
        self.context_of(tx, merchant, state).await
    }

    /// The context of a decision about a customer, who is locked if they are there.
    pub(crate) async fn context_about(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
        customer: &CustomerId,
    ) -> Result<Context, AppError> {
        let (state, is_there) = customers::lock_customer(tx, merchant, customer).await?;
        let mut context = self.context_of(tx, merchant, state).await?;
        context.locked = is_there.then(|| customer.clone());
        Ok(context)
    }

    /// The context of a decision about a checkout, whose customer is locked, with the account.
    ///
    /// # Errors
    /// Not found.
    pub(crate) async fn context_of_checkout(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
        id: &CheckoutId,
    ) -> Result<(Context, Account, Checkout), AppError> {
        let (state, checkout) = lock_checkout(tx, merchant, id).await?;
        let checkout = checkout.ok_or(AppError::NotFound("checkout"))?;
        let mut context = self.context_of(tx, merchant, state).await?;
        let account = context.look_at(tx, &checkout.request.customer).await?;
        Ok((context, account, checkout))
    }

    pub(crate) async fn context_of(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
        state: MerchantState,
    ) -> Result<Context, AppError> {
        let MerchantState { settings, edit, automated, clock_at } = state;
        self.follow_clock(clock_at);
        let edition = self.held_catalogue(merchant, edit);
        let taxes = match &edition {
            Some(edition) => edition.taxes.clone(),
            None => taxes::load_taxes(tx, merchant).await?,
        };
        let (payment_days, dunning) = (settings.payment_days, settings.dunning.clone());
        let tariff = Tariff { taxes, payment_days, dunning };
        let now = self.now();
        let today = settings.time_zone.date(now);
        Ok(Context {
            merchant: merchant.clone(),
            settings,
            now,
            today,
            tariff,
            ids: self.ids(),
            locked: None,
            held: None,
            automated,
            edit,
            edition,
            books: Arc::clone(&self.inner.books),
        })
    }
}

impl Context {
    /// Locks a customer and loads the account: nobody else decides about them until the
    /// transaction ends.
    pub(crate) async fn account(
        &mut self,
        tx: &mut Tx,
        customer: &CustomerId,
    ) -> Result<Account, AppError> {
        if self.locked.as_ref() != Some(customer) {
            let wanted = std::slice::from_ref(customer);
            customers::lock_customers(tx, &self.merchant, wanted).await?;
        }
        self.look_at(tx, customer).await
    }

    /// Loads an account without locking it, for previews.
    pub(crate) async fn look_at(
        &mut self,
        tx: &mut Tx,
        customer: &CustomerId,
    ) -> Result<Account, AppError> {
        let wanted = std::slice::from_ref(customer);
        let loaded = load_accounts(tx, &self.merchant, wanted, Depth::Full).await?;
        self.edit = loaded.edit;
        let account = loaded.accounts.into_iter().next();
        let mut account = account.unwrap_or_else(|| Account::empty(customer.clone()));
        account.locale.get_or_insert_with(|| self.settings.locale.clone());
        // Another server's clock may be ahead, and a customer's book never goes back.
        self.today = account.day_from(self.settings.time_zone.date(self.now));
        self.held = match account.held_until {
            Some(until) if self.now < until => {
                find_held(tx, &self.merchant, customer, self.now).await?
            }
            _ => None,
        };
        Ok(account)
    }

    /// Makes sure that a customer is there, and locks them.
    pub(crate) async fn new_account(
        &mut self,
        tx: &mut Tx,
        customer: &CustomerId,
    ) -> Result<Account, AppError> {
        if self.locked.as_ref() != Some(customer) {
            customers::ensure_customer(tx, &self.merchant, customer, self.now).await?;
        }
        self.account(tx, customer).await
    }

    /// Stores a plan, unless that would change what a held checkout has shown.
    pub(crate) async fn store(&mut self, tx: &mut Tx, plan: Plan) -> Result<(), AppError> {
        if plan.is_empty() {
            return Ok(());
        }
        let held = self.held.take();
        if let Some(held) = &held
            && held.source.as_ref().is_some_and(|source| holds::touches(&plan, source))
        {
            return Err(holds::source_held(held, self.now));
        }
        let plans = [plan];
        let followed = checkout_orders::follow(tx, &self.merchant, self.now, &plans).await?;
        let Self { merchant, settings, now, ids, .. } = self;
        let by = (&*merchant, settings.seller.as_ref());
        plans::store_plans(tx, by, *now, &plans, ids).await?;
        checkout_orders::keep_followed(tx, self, &followed).await?;
        match held {
            Some(held) => holds::refuse_disturbed(tx, self, &held).await,
            None => Ok(()),
        }
    }
}
