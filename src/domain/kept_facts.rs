//! What the decision about a completed checkout rested on, as far as the book would not say it any
//! more: kept with the checkout, so that it can be decided again by the rules of a later release.
//!
//! What never changes once it is there stays where it is, and is named: versions of terms, lines of
//! invoices. Who the customer is is not kept: nothing is decided by it.
//!
//! What is kept outlives the release that kept it: a field that a release adds has a default, one
//! that it drops is passed over.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};
use serde::{Deserialize, Serialize};

use super::account::Account;
use super::calendar::DateRange;
use super::candidates::CandidateShown;
use super::catalogue::{Tax, Terms};
use super::change::{ChangeStatus, ScheduledChange};
use super::coupon::FirstLineDiscount;
use super::document::{Invoice, InvoiceLine, InvoiceStatus};
use super::dunning::DunningStep;
use super::ids::{
    ChangeId, CustomerId, InvoiceId, OfferId, PathId, ProductId, SubscriptionId, TagId, TaxId,
};
use super::money::Money;
use super::path::{BillingDate, Mode, Path, Proration, Transition, UnpaidSource};
use super::price_change::NewPrice;
use super::subscription::{BridgeCharge, BroughtOver, Status, Subscription};
use super::text::Text;

/// A version of an offer's terms, which is never changed.
pub type TermsKey = (OfferId, i64);

/// What is kept of a decision's facts with the checkout that it completed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptFactsState<F = Box<KeptFacts>> {
    /// All that it takes to decide again.
    Facts(F),
    /// Nothing: they were larger than is kept.
    TooLarge,
}

/// What a decision rested on, besides what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFacts {
    /// The day of the decision.
    pub on: NaiveDate,
    /// The version of the target's terms.
    pub version: i64,
    /// The target's tags, where they matter.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub target_tags: BTreeSet<TagId>,
    /// The paths from what the customer had to the target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<KeptPath>,
    /// The tags of what the customer had, where they matter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<OfferId, BTreeSet<TagId>>,
    /// Sources that another checkout held.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub held: BTreeSet<SubscriptionId>,
    /// The products of the target that the customer had had before, where they matter.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub known_products: BTreeSet<ProductId>,
    /// What had been decided when it was held; none where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<KeptHold>,
    /// Every candidate and its verdict, where the checkout shows what it was before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub considered: Option<Vec<CandidateShown>>,
    /// The tax categories of all these terms.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub taxes: BTreeMap<TaxId, Tax>,
    /// Days from issue to due date.
    pub payment_days: u32,
    /// What becomes of an invoice that is not paid in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dunning: Vec<DunningStep>,
    /// What was taken off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<FirstLineDiscount>,
    /// What the customer had.
    pub account: KeptAccount,
}

/// What had been decided about a checkout when it was held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptHold {
    /// What the customer could pick, the default first; empty in an ordinary purchase.
    #[serde(default)]
    pub modes: Vec<Mode>,
    /// Whether the customer was granted the introduction of the target.
    #[serde(default)]
    pub is_granted: bool,
}

/// What a customer had, besides terms and lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAccount {
    /// See [`Account::sequence`].
    pub sequence: i64,
    /// See [`Account::seen_on`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen_on: Option<NaiveDate>,
    /// Those that mattered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subscriptions: Vec<KeptSubscription>,
    /// Those that were pending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<KeptChange>,
    /// Those that were pending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub new_prices: Vec<NewPrice>,
    /// Those that mattered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub invoices: Vec<KeptInvoice>,
    /// What the merchant owed, or was owed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub balances: Vec<Money>,
}

/// A path without its words, and without what it has not been given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "the switches of a path")]
pub struct KeptPath {
    id: PathId,
    edit: i64,
    source_tags: BTreeSet<TagId>,
    target_tags: BTreeSet<TagId>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    optional: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    customer_may_switch: bool,
    transition: Transition,
    #[serde(default, skip_serializing_if = "is_default")]
    proration: Proration,
    #[serde(default, skip_serializing_if = "is_default")]
    billing_date: BillingDate,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    introduction: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    unpaid_source: UnpaidSource,
    #[serde(default, skip_serializing_if = "is_default")]
    priority: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_off: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_from: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_until: Option<NaiveDate>,
}

impl KeptPath {
    /// What is kept of a path.
    #[must_use]
    pub fn of(it: &Path) -> Self {
        Self {
            id: it.id.clone(),
            edit: it.edit,
            source_tags: it.source_tags.clone(),
            target_tags: it.target_tags.clone(),
            optional: it.optional,
            customer_may_switch: it.customer_may_switch,
            transition: it.transition,
            proration: it.proration,
            billing_date: it.billing_date,
            introduction: it.introduction,
            unpaid_source: it.unpaid_source,
            priority: it.priority,
            is_off: !it.active,
            valid_from: it.valid_from,
            valid_until: it.valid_until,
        }
    }

    /// The path as it was, without words.
    #[must_use]
    pub fn again(&self) -> Path {
        Path {
            id: self.id.clone(),
            edit: self.edit,
            edited_at: DateTime::UNIX_EPOCH,
            internal_title: String::new(),
            internal_description: None,
            title: Text::default(),
            description: Text::default(),
            source_tags: self.source_tags.clone(),
            target_tags: self.target_tags.clone(),
            optional: self.optional,
            customer_may_switch: self.customer_may_switch,
            transition: self.transition,
            proration: self.proration,
            billing_date: self.billing_date,
            introduction: self.introduction,
            unpaid_source: self.unpaid_source,
            priority: self.priority,
            active: !self.is_off,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            texts: BTreeMap::new(),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// A subscription without its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSubscription {
    id: SubscriptionId,
    sequence: i64,
    terms: TermsKey,
    price: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    has_ended: bool,
    started_on: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_booking_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended_on: Option<NaiveDate>,
    anchor_day: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    current_period: Option<DateRange>,
    current_term: DateRange,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cancel_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    precursor: Option<SubscriptionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    successor: Option<SubscriptionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<SubscriptionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chain: Option<SubscriptionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bridge_gross: Option<i64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_brought_over: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    brought_over: Option<BroughtOver>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<FirstLineDiscount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trial_until: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "is_default")]
    steps_left: u32,
}

impl KeptSubscription {
    fn of(it: &Subscription) -> Self {
        Self {
            id: it.id.clone(),
            sequence: it.sequence,
            terms: key(&it.terms),
            price: it.price.minor,
            has_ended: !it.is_active(),
            started_on: it.started_on,
            first_booking_on: Some(it.first_booking_on).filter(|first| *first != it.started_on),
            ended_on: it.ended_on,
            anchor_day: it.anchor_day,
            current_period: it.current_period,
            current_term: it.current_term,
            cancel_on: it.cancel_on,
            precursor: it.precursor_id.clone(),
            successor: it.successor_id.clone(),
            parent: it.parent_id.clone(),
            chain: Some(&it.chain_id).filter(|chain| **chain != it.id).cloned(),
            bridge_gross: it.bridge_charge.map(|bridge| bridge.gross),
            is_brought_over: it.is_brought_over,
            brought_over: it.brought_over.clone(),
            cut: it.cut.clone(),
            trial_until: it.trial_until,
            steps_left: it.steps_left,
        }
    }

    fn again(&self, customer: &CustomerId, terms: Terms) -> Subscription {
        Subscription {
            id: self.id.clone(),
            sequence: self.sequence,
            customer: customer.clone(),
            price: Money::new(self.price, terms.price.currency),
            terms,
            status: if self.has_ended { Status::Ended } else { Status::Active },
            started_on: self.started_on,
            first_booking_on: self.first_booking_on.unwrap_or(self.started_on),
            ended_on: self.ended_on,
            anchor_day: self.anchor_day,
            current_period: self.current_period,
            current_term: self.current_term,
            cancel_on: self.cancel_on,
            precursor_id: self.precursor.clone(),
            successor_id: self.successor.clone(),
            parent_id: self.parent.clone(),
            chain_id: self.chain.as_ref().unwrap_or(&self.id).clone(),
            bridge_charge: self.bridge_gross.map(|gross| BridgeCharge { gross }),
            is_brought_over: self.is_brought_over,
            brought_over: self.brought_over.clone(),
            cut: self.cut.clone(),
            trial_until: self.trial_until,
            steps_left: self.steps_left,
        }
    }
}

/// A pending change without its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptChange {
    id: ChangeId,
    sequence: i64,
    subscription: SubscriptionId,
    terms: TermsKey,
    path: PathId,
    mode: Mode,
    transition: Transition,
    effective_on: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    withdrew_cancel_on: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    cut: Option<FirstLineDiscount>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    introduced: bool,
}

impl KeptChange {
    fn of(it: &ScheduledChange) -> Self {
        Self {
            id: it.id.clone(),
            sequence: it.sequence,
            subscription: it.subscription.clone(),
            terms: key(&it.terms),
            path: it.path.clone(),
            mode: it.mode,
            transition: it.transition,
            effective_on: it.effective_on,
            withdrew_cancel_on: it.withdrew_cancel_on,
            cut: it.cut.clone(),
            introduced: it.introduced,
        }
    }

    fn again(&self, customer: &CustomerId, terms: Terms) -> ScheduledChange {
        ScheduledChange {
            id: self.id.clone(),
            sequence: self.sequence,
            customer: customer.clone(),
            subscription: self.subscription.clone(),
            terms,
            path: self.path.clone(),
            mode: self.mode,
            transition: self.transition,
            effective_on: self.effective_on,
            status: ChangeStatus::Pending,
            reason: None,
            result_subscription: None,
            withdrew_cancel_on: self.withdrew_cancel_on,
            cut: self.cut.clone(),
            introduced: self.introduced,
        }
    }
}

/// What may change of an invoice once it is issued, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptInvoice {
    id: InvoiceId,
    amount_due: i64,
    paid: i64,
    given_to_balance: i64,
    status: InvoiceStatus,
    dunned: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dunning_on: Option<NaiveDate>,
    /// Gross and tax credited of each line, and whether it is credited in full; empty where nothing
    /// is credited.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    credited: Vec<(i64, i64, bool)>,
}

impl KeptInvoice {
    fn of(it: &Invoice) -> Self {
        let credited =
            |line: &InvoiceLine| (line.credited_gross, line.credited_tax, line.cancelled);
        let is_whole = it.lines.iter().all(|line| credited(line) == (0, 0, false));
        let lines = it.lines.iter().filter(|_| !is_whole);
        Self {
            id: it.id.clone(),
            amount_due: it.amount_due,
            paid: it.paid,
            given_to_balance: it.given_to_balance,
            status: it.status,
            dunned: it.dunned,
            dunning_on: it.dunning_on,
            credited: lines.map(credited).collect(),
        }
    }

    /// As it was, from as it is now; none where it has other lines by now.
    fn again(&self, now: &Invoice) -> Option<Invoice> {
        let is_whole = self.credited.is_empty();
        if !is_whole && self.credited.len() != now.lines.len() {
            return None;
        }
        let lines = now.lines.iter().enumerate().map(|(place, line)| {
            let (credited_gross, credited_tax, cancelled) =
                self.credited.get(place).copied().unwrap_or_default();
            InvoiceLine { line: line.line.clone(), credited_gross, credited_tax, cancelled }
        });
        Some(Invoice {
            lines: lines.collect(),
            amount_due: self.amount_due,
            paid: self.paid,
            given_to_balance: self.given_to_balance,
            status: self.status,
            dunned: self.dunned,
            dunning_on: self.dunning_on,
            ..now.clone()
        })
    }
}

/// What the book says for ever: terms by their version, and invoices as they are now.
#[derive(Debug, Clone, Default)]
pub struct PermanentFacts {
    /// Each version that was asked for and is there.
    pub terms: BTreeMap<TermsKey, Terms>,
    /// Each that was asked for and is there.
    pub invoices: BTreeMap<InvoiceId, Invoice>,
}

impl KeptAccount {
    /// What is kept of an account.
    #[must_use]
    pub fn of(account: &Account) -> Self {
        let balances = account.balances.iter().filter(|(_, minor)| **minor != 0);
        Self {
            sequence: account.sequence,
            seen_on: account.seen_on,
            subscriptions: account.subscriptions.values().map(KeptSubscription::of).collect(),
            changes: account.changes.values().map(KeptChange::of).collect(),
            new_prices: account.new_prices.values().cloned().collect(),
            invoices: account.invoices.values().map(KeptInvoice::of).collect(),
            balances: balances.map(|(currency, minor)| Money::new(*minor, *currency)).collect(),
        }
    }

    /// The account as it was, with documents in a language; none where the book does not have what
    /// it names.
    #[must_use]
    pub fn again(
        &self,
        customer: &CustomerId,
        locale: &str,
        known: &PermanentFacts,
    ) -> Option<Account> {
        let mut account = Account::empty(customer.clone());
        account.locale = Some(locale.to_owned());
        (account.sequence, account.seen_on) = (self.sequence, self.seen_on);
        for it in &self.subscriptions {
            let terms = known.terms.get(&it.terms)?.clone();
            account.subscriptions.insert(it.id.clone(), it.again(customer, terms));
        }
        for it in &self.changes {
            let terms = known.terms.get(&it.terms)?.clone();
            account.changes.insert(it.id.clone(), it.again(customer, terms));
        }
        for it in &self.new_prices {
            account.new_prices.insert((it.change.clone(), it.subscription.clone()), it.clone());
        }
        for it in &self.invoices {
            account.invoices.insert(it.id.clone(), it.again(known.invoices.get(&it.id)?)?);
        }
        let balances = self.balances.iter().map(|balance| (balance.currency, balance.minor));
        account.balances.extend(balances);
        Some(account)
    }

    /// The versions of terms that it names.
    pub fn terms(&self) -> impl Iterator<Item = &TermsKey> {
        let subscriptions = self.subscriptions.iter().map(|it| &it.terms);
        subscriptions.chain(self.changes.iter().map(|it| &it.terms))
    }

    /// The invoices that it names.
    pub fn invoices(&self) -> impl Iterator<Item = &InvoiceId> {
        self.invoices.iter().map(|it| &it.id)
    }
}

fn key(terms: &Terms) -> TermsKey {
    (terms.offer.clone(), terms.version)
}
