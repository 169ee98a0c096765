//! What a decision rests on besides the customer, and the customer's account.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::account::Account;
use crate::domain::checkout::Checkout;
use crate::domain::ids::{CheckoutId, CustomerId, Ids, MerchantId};
use crate::domain::merchant::Settings;
use crate::rules::graph::Catalogue;
use crate::rules::ledger::Tariff;
use crate::store::accounts::{AccountDepth, load_accounts};
use crate::store::checkouts::{find_held, lock_checkout};
use crate::store::merchants::MerchantState;
use crate::store::{Tx, customers, merchants, taxes};

use super::assortments::DatedAssortment;
use super::beside::Beside;
use super::catalogue_revision::CatalogueRevision;
use super::rule_books::{Campaigns, CartRules, HeldRules, RuleBooks, SuggestionScope};
use super::weighing::{RuleEvaluation, RuleOutcome};
use super::{App, AppError};

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
    pub(super) locked: Option<CustomerId>,
    /// The checkout that holds the customer whose account was loaded last.
    pub(crate) held: Option<Checkout>,
    /// Whether an automation of the merchant's has ever been live.
    pub(crate) automated: bool,
    /// The edit of the catalogue when an account was loaded last, or at the beginning.
    pub(super) edit: i64,
    /// The catalogue of the beginning, where it is held.
    edition: Option<Arc<CatalogueRevision>>,
    /// The rules that are held, of every merchant.
    books: Arc<RuleBooks>,
    /// For what the transaction may be broken off, where it may.
    beside: Option<Arc<Beside>>,
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
        let loaded = load_accounts(tx, &self.merchant, wanted, AccountDepth::Full).await?;
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

    /// The catalogue that the context began with, where it is held and nobody has edited it since.
    pub(super) fn catalogue_now(&self) -> Option<&Catalogue> {
        let edition = self.edition.as_ref()?;
        (edition.edit == self.edit).then_some(&edition.catalogue)
    }

    /// The campaigns as this transaction sees them.
    ///
    /// # Errors
    /// To be read beside, where it writes and they are not held.
    pub(super) async fn campaigns(&self, tx: &mut Tx) -> Result<Arc<Campaigns>, AppError> {
        self.want(tx, HeldRules::Campaigns)?;
        self.books.campaigns(tx, (&self.merchant, Some(self.edit))).await
    }

    /// The promotions and gift rules that are switched on, as this transaction sees them.
    ///
    /// # Errors
    /// Likewise.
    pub(super) async fn cart_rules(&self, tx: &mut Tx) -> Result<Arc<CartRules>, AppError> {
        self.want(tx, HeldRules::OfCarts)?;
        self.books.cart_rules(tx, (&self.merchant, Some(self.edit))).await
    }

    /// What rules come to for a cart.
    ///
    /// # Errors
    /// To be worked out beside, where it takes long and the transaction may be broken off.
    pub(super) fn outcome(&self, weighing: RuleEvaluation) -> Result<RuleOutcome, AppError> {
        match &self.beside {
            Some(beside) if !weighing.says_little() => beside.outcome(&self.merchant, weighing),
            _ => Ok(RuleOutcome::of(&weighing)),
        }
    }

    fn want(&self, tx: &Tx, kind: HeldRules) -> Result<(), AppError> {
        match &self.beside {
            Some(beside) if !tx.is_look() && !self.books.holds(&self.merchant, kind, self.edit) => {
                beside.want_rules(&self.merchant, (kind, self.edit))
            }
            _ => Ok(()),
        }
    }

    /// The products that promotions suggest, as this transaction sees them.
    pub(super) async fn assortment(
        &self,
        tx: &mut Tx,
        suggested: SuggestionScope,
    ) -> Result<Arc<DatedAssortment>, AppError> {
        self.books.assortment(tx, &self.merchant, suggested).await
    }
}

impl App {
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
            beside: self.beside.clone(),
        })
    }
}
