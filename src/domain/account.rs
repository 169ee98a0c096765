//! All that decisions about one customer rest on, held together so that a rule can change it on
//! paper. What may change is for `rules`; loading and storing it is for `store`.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use super::calendar::Period;
use super::change::ScheduledChange;
use super::coupon::{FirstLineDiscount, folded};
use super::document::{Document, Invoice, Payment};
use super::dunning::DunningNotice;
use super::ids::{ChangeId, CustomerId, InvoiceId, PriceChangeId, SubscriptionId};
use super::money::Currency;
use super::party::Party;
use super::price_change::{NewPrice, in_turn};
use super::subscription::{Subscription, inherited_anchor};

/// One customer's subscriptions and money, as far as decisions need them:
/// - `subscriptions`: all active ones, and ended ones that something loaded refers to (a
///   parent, the precursor of a bridge, the source of a pending change);
/// - `changes`: all pending ones;
/// - `new_prices`: all pending ones;
/// - `invoices`: all open ones, and those with a line for the current period of a loaded
///   subscription (a billing run loads them for the precursors of bridges only);
/// - `balances`: all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// Who they are, as new documents say it.
    pub buyer: Party,
    /// In which language new documents are written (BCP 47): the checkout's, else their own, else
    /// the merchant's.
    pub locale: Option<String>,
    /// Whether they have said in which language they are spoken to.
    pub has_locale: bool,
    /// The highest sequence given to a subscription or change.
    pub sequence: i64,
    /// The last day on which something was decided about them: no decision comes before it.
    pub seen_on: Option<NaiveDate>,
    /// Until when a checkout of theirs is, or was, held.
    pub held_until: Option<DateTime<Utc>>,
    /// By id.
    pub subscriptions: BTreeMap<SubscriptionId, Subscription>,
    /// By id.
    pub changes: BTreeMap<ChangeId, ScheduledChange>,
    /// By the price change and the subscription.
    pub new_prices: BTreeMap<(PriceChangeId, SubscriptionId), NewPrice>,
    /// By id.
    pub invoices: BTreeMap<InvoiceId, Invoice>,
    /// What the merchant owes (positive) or is owed (negative), minor units.
    pub balances: BTreeMap<Currency, i64>,
    /// Documents issued on paper, in order; empty when loaded. Invoices stand here as issued and
    /// in `invoices` as they are now.
    pub issued: Vec<Document>,
    /// Payments made on paper; empty when loaded.
    pub payments: Vec<Payment>,
    /// What was said and done about overdue invoices on paper, in order; empty when loaded.
    pub dunned: Vec<DunningNotice>,
}

impl Account {
    /// An account without anything in it.
    #[must_use]
    pub fn empty(customer: CustomerId) -> Self {
        Self {
            customer,
            buyer: Party::default(),
            locale: None,
            has_locale: false,
            sequence: 0,
            seen_on: None,
            held_until: None,
            subscriptions: BTreeMap::new(),
            changes: BTreeMap::new(),
            new_prices: BTreeMap::new(),
            invoices: BTreeMap::new(),
            balances: BTreeMap::new(),
            issued: Vec::new(),
            payments: Vec::new(),
            dunned: Vec::new(),
        }
    }

    /// Active subscriptions, in order of creation.
    #[must_use]
    pub fn active(&self) -> Vec<&Subscription> {
        let mut active: Vec<_> = self.subscriptions.values().filter(|s| s.is_active()).collect();
        active.sort_by_key(|subscription| subscription.sequence);
        active
    }

    /// Pending changes, by date, then creation.
    #[must_use]
    pub fn pending(&self) -> Vec<&ScheduledChange> {
        let mut pending: Vec<_> = self.changes.values().filter(|c| c.is_pending()).collect();
        pending.sort_by_key(|change| (change.effective_on, change.sequence));
        pending
    }

    /// The pending replacement of a subscription: there is one at most.
    #[must_use]
    pub fn replacement_of(&self, source: &SubscriptionId) -> Option<&ScheduledChange> {
        self.changes.values().find(|c| c.is_pending_replacement() && c.subscription == *source)
    }

    /// The pending change that keeps a code: a customer redeems one once.
    #[must_use]
    pub fn change_with(&self, code: &str) -> Option<&ScheduledChange> {
        let code = folded(code);
        let keeps = |change: &&ScheduledChange| {
            let own = change.cut.as_ref().and_then(FirstLineDiscount::code);
            change.is_pending() && own.is_some_and(|own| folded(own) == code)
        };
        self.changes.values().find(keeps)
    }

    /// The new prices that wait for a subscription, in the order in which they come.
    #[must_use]
    pub fn new_prices_of(&self, subscription: &Subscription) -> Vec<&NewPrice> {
        in_turn(self.new_prices.values(), subscription).into_iter().map(|(it, _)| it).collect()
    }

    /// The first booking of a subscription at a price that waits for it, as things stand; none
    /// where it ends or is replaced before.
    #[must_use]
    pub fn first_booking_at(
        &self,
        price: &NewPrice,
        subscription: &Subscription,
    ) -> Option<NaiveDate> {
        let booked = price.first_booking(subscription).filter(|_| subscription.is_active());
        booked.filter(|booked| self.gone_on(subscription).is_none_or(|gone| *booked < gone))
    }

    /// The day on which a subscription ends or is replaced as things stand.
    #[must_use]
    pub fn gone_on(&self, subscription: &Subscription) -> Option<NaiveDate> {
        let replaced = self.replacement_of(&subscription.id).map(|change| change.effective_on);
        [self.ends_on(subscription), replaced].into_iter().flatten().min()
    }

    /// The credit balance in a currency.
    #[must_use]
    pub fn balance(&self, currency: Currency) -> i64 {
        self.balances.get(&currency).copied().unwrap_or(0)
    }

    /// The day on which a subscription ends as things stand: when it ended, else by cancellation,
    /// by `auto_renew: false`, or with the parent that its offer requires. A pending replacement
    /// on or before that day comes first.
    #[must_use]
    pub fn ends_on(&self, subscription: &Subscription) -> Option<NaiveDate> {
        if !subscription.is_active() {
            return subscription.ended_on;
        }
        let lapses = (!subscription.terms.auto_renew).then_some(subscription.current_term.end);
        let with_parent = self.ends_with_parent_on(subscription);
        let replaced_on = self.replacement_of(&subscription.id).map(|change| change.effective_on);
        [subscription.cancel_on, lapses, with_parent]
            .into_iter()
            .flatten()
            .min()
            .filter(|end| replaced_on.is_none_or(|replaced| replaced > *end))
    }

    /// The day on which a subscription ends with the parent that its offer requires; none where it
    /// has none, or one that goes on.
    #[must_use]
    pub fn ends_with_parent_on(&self, subscription: &Subscription) -> Option<NaiveDate> {
        let parent = subscription.parent_id.as_ref().filter(|_| subscription.terms.requires_parent);
        let parent_end = self.chain_ends_on(self.subscriptions.get(parent?)?)?;
        if subscription.current_period.is_none() && parent_end <= subscription.boundary() {
            return Some(parent_end.max(subscription.started_on));
        }
        let (period, anchor) = (subscription.terms.billing_period, subscription.anchor_day);
        Some(boundary_from(subscription.boundary(), parent_end, period, anchor))
    }

    /// The day on which a subscription ends as things stand and nothing that is decided by now
    /// goes on in its place: its pending replacement may end in turn.
    #[must_use]
    pub fn chain_ends_on(&self, subscription: &Subscription) -> Option<NaiveDate> {
        let replacement = self.replacement_of(&subscription.id);
        let (None, Some(change)) = (self.ends_on(subscription), replacement) else {
            return self.ends_on(subscription);
        };
        let (terms, start) = (&change.terms, change.booked_from());
        let anchor =
            if change.has_trial() { start.day() } else { inherited_anchor(subscription, start) };
        let lapses = (!terms.auto_renew).then(|| terms.term.after(start, anchor));
        let parent = subscription.parent_id.as_ref().filter(|_| terms.requires_parent);
        let with_parent = parent
            .and_then(|parent| self.subscriptions.get(parent))
            .and_then(|parent| self.chain_ends_on(parent))
            .map(|end| {
                if change.has_trial() && end <= start {
                    end.max(change.effective_on)
                } else {
                    boundary_from(start, end, terms.billing_period, anchor)
                }
            });
        [lapses, with_parent].into_iter().flatten().min()
    }

    /// The next date on which this subscription, or what replaces it then, is booked; none where
    /// it ends first.
    #[must_use]
    pub fn next_payment_on(&self, subscription: &Subscription) -> Option<NaiveDate> {
        let boundary = subscription.boundary();
        let ends = self.ends_on(subscription).is_some_and(|end| end <= boundary);
        let replaced = self.replacement_of(&subscription.id);
        let replaced = replaced.filter(|change| change.effective_on == boundary);
        let booked = replaced.map_or(boundary, ScheduledChange::booked_from);
        (subscription.is_active() && !ends).then_some(booked)
    }

    /// The next date on which this very subscription is booked; none once it will not be again.
    #[must_use]
    pub fn next_booking_on(&self, subscription: &Subscription) -> Option<NaiveDate> {
        let replaced_on = self.replacement_of(&subscription.id).map(|change| change.effective_on);
        self.next_payment_on(subscription)
            .filter(|date| replaced_on.is_none_or(|replaced| replaced > *date))
    }

    /// The first date on which billing has something to do for this customer.
    #[must_use]
    pub fn due_on(&self) -> Option<NaiveDate> {
        let boundaries =
            self.subscriptions.values().filter(|s| s.is_active()).map(Subscription::boundary);
        let changes = self.changes.values().filter(|c| c.is_pending()).map(|c| c.effective_on);
        let overdue = self.invoices.values().filter_map(Invoice::dunned_next_on);
        boundaries.chain(changes).chain(overdue).min()
    }

    /// The invoice and place of the line that pays for a subscription's current period, as far
    /// as it is not credited in full.
    #[must_use]
    pub fn current_line(&self, subscription: &Subscription) -> Option<(InvoiceId, usize)> {
        use super::document::LineKind;
        let period = subscription.current_period?;
        self.invoices.values().rev().find_map(|invoice| {
            let place = invoice.lines.iter().position(|line| {
                line.line.subscription == subscription.id
                    && line.line.kind == LineKind::Period
                    && line.line.period.start == period.start
                    && !line.cancelled
            })?;
            Some((invoice.id.clone(), place))
        })
    }

    /// Notes a day on which something is decided.
    pub fn see(&mut self, today: NaiveDate) {
        self.seen_on = self.seen_on.max(Some(today));
    }

    /// The day of a decision where the calendar says `today`: the account's days never go back.
    #[must_use]
    pub fn day_from(&self, today: NaiveDate) -> NaiveDate {
        self.seen_on.map_or(today, |seen| seen.max(today))
    }

    /// A number that orders what is created now after all that was before.
    pub fn next_sequence(&mut self) -> i64 {
        self.sequence += 1;
        self.sequence
    }
}

/// The first of the boundaries from `boundary` on that does not lie before `date`.
fn boundary_from(
    mut boundary: NaiveDate,
    date: NaiveDate,
    period: Period,
    anchor: u32,
) -> NaiveDate {
    while boundary < date {
        boundary = period.after(boundary, anchor);
    }
    boundary
}
