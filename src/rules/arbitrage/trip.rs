//! A customer who makes a trip on paper, by the rules as they are: checkouts, cancellations and
//! billing, with every invoice paid at once. What came of it is for `worth`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Months, NaiveDate};

use crate::domain::account::Account;
use crate::domain::calendar::DateRange;
use crate::domain::catalogue::{Introduction, Offer};
use crate::domain::checkout::CheckoutRequest;
use crate::domain::document::InvoiceStatus;
use crate::domain::ids::{ChangeId, CustomerId, Ids, InvoiceId, PathId, SubscriptionId};
use crate::domain::path::{Mode, Path};
use crate::domain::plan::Plan;
use crate::domain::purchase::Purchase;
use crate::domain::subscription::Subscription;

use super::super::billing::decide_billing;
use super::super::checkout::{CheckoutDecision, CheckoutFacts, CheckoutRefusal, decide_checkout};
use super::super::ledger::Tariff;
use super::super::matching::MatchFacts;
use super::super::payments::{IncomingPayment, settle};
use super::super::subscriptions::{Cancellation, decide_cancel};

/// How long a trip is followed: what lies further off is not tried.
const HORIZON: Months = Months::new(36);

/// One step of a route: a path taken to an offer.
#[derive(Debug, Clone)]
pub(super) struct RouteStep<'a> {
    pub(super) path: &'a Path,
    pub(super) mode: Mode,
    pub(super) target: &'a Offer,
}

/// A step as it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TripStop {
    pub(super) on: NaiveDate,
    pub(super) title: String,
    pub(super) by: Option<(PathId, Mode)>,
}

/// A customer under way.
#[derive(Debug, Clone)]
pub(in super::super) struct TripCustomer<'a> {
    pub(super) account: Account,
    pub(super) tariff: &'a Tariff,
    /// What was paid so far, in minor units.
    pub(super) paid: i64,
    /// How many documents were issued so far: each may have been rounded.
    pub(super) documents: usize,
    pub(super) start: NaiveDate,
    /// How many decisions were made: the seed of the next one's ids.
    turn: u64,
    today: NaiveDate,
    pub(super) source: Offer,
    pub(super) stops: Vec<TripStop>,
    /// What was bought last: a subscription, or a change that waits.
    last: (Option<SubscriptionId>, Option<ChangeId>),
}

impl<'a> TripCustomer<'a> {
    /// A new customer who buys an offer, which perhaps is sold no more but was.
    pub(in super::super) fn buys(
        offer: &Offer,
        tariff: &'a Tariff,
        today: NaiveDate,
    ) -> Option<Self> {
        let mut customer = Self {
            account: Account::empty(CustomerId::parse("traveller").ok()?),
            tariff,
            paid: 0,
            documents: 0,
            start: today,
            turn: 0,
            today,
            source: offer.clone(),
            stops: Vec::new(),
            last: (None, None),
        };
        let mut offer = offer.clone();
        offer.active = true;
        let decision = customer.decide(&offer, None, Purchase::New, today).ok()?;
        customer.complete(&decision);
        customer.stops.push(TripStop { on: today, title: offer.terms.title, by: None });
        Some(customer)
    }

    /// Makes a step, if the rules allow it.
    pub(super) fn step(mut self, step: &RouteStep<'_>, on: NaiveDate) -> Option<Self> {
        let mode = Purchase::from(step.mode);
        let decision = self.decide(step.target, Some(step.path), mode, on).ok()?;
        self.today = on;
        self.complete(&decision);
        self.source = step.target.clone();
        self.stops.push(TripStop {
            on,
            title: step.target.terms.title.clone(),
            by: Some((step.path.id.clone(), step.mode)),
        });
        Some(self)
    }

    /// The days on which a step from what was bought last is tried.
    pub(super) fn days_to_step(&self) -> BTreeSet<NaiveDate> {
        let period = self.bought_last().and_then(|bought| bought.current_period);
        let mut days = period.map_or_else(BTreeSet::new, |period| days_of(period, self.today));
        days.retain(|day| *day <= self.horizon());
        days
    }

    /// Waits until what was bought last has been booked: before that no step leads from it.
    pub(super) fn settle_in(self) -> Option<Self> {
        let mut customer = self.arrive()?;
        let bought = customer.bought_last()?;
        if bought.is_in_bridge() {
            let booked_on = bought.boundary();
            if booked_on > customer.horizon() {
                return None;
            }
            customer = customer.bill(booked_on);
        }
        Some(customer)
    }

    /// The same trip draws the same ids; no two decisions of it share any.
    fn ids(&mut self) -> Ids {
        self.turn += 1;
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.turn.to_le_bytes());
        let millis = i64::try_from(self.turn).unwrap_or(i64::MAX);
        Ids::new(DateTime::from_timestamp_millis(millis).unwrap_or_default(), seed)
    }

    /// Cancels all that runs and waits until it has ended.
    pub(super) fn finish(self) -> Option<Self> {
        let mut customer = self.arrive()?;
        let running = customer.account.active().into_iter();
        let running: Vec<SubscriptionId> = running
            .filter(|subscription| !subscription.is_cancelled())
            .map(|subscription| subscription.id.clone())
            .collect();
        for id in running {
            let ids = &mut customer.ids();
            let (account, tariff, how) =
                (&customer.account, customer.tariff, Cancellation::default());
            if let Ok(done) = decide_cancel(account, tariff, &id, how, customer.today, ids) {
                customer.absorb(done.plan);
            }
        }
        // A bridge may be longer than the horizon; it is over once it has been booked.
        let active = customer.account.active().into_iter();
        let booked_on = active.map(Subscription::boundary).max();
        let horizon = customer.horizon();
        Some(customer.bill(booked_on.map_or(horizon, |date| date.max(horizon))))
    }

    /// Waits for the change that was scheduled last; none where it does not come about in time.
    fn arrive(self) -> Option<Self> {
        let Some(id) = self.last.1.clone() else {
            return Some(self);
        };
        let date = self.account.changes.get(&id)?.effective_on;
        if date > self.horizon() {
            return None;
        }
        let mut customer = self.bill(date);
        let result = customer.account.changes.get(&id)?.result_subscription.clone();
        customer.last = (Some(result?), None);
        Some(customer)
    }

    fn horizon(&self) -> NaiveDate {
        self.start.checked_add_months(HORIZON).unwrap_or(self.start)
    }

    fn bought_last(&self) -> Option<&Subscription> {
        self.account.subscriptions.get(self.last.0.as_ref()?)
    }

    /// What a checkout would do.
    pub(in super::super) fn decide(
        &mut self,
        target: &Offer,
        path: Option<&Path>,
        mode: Purchase,
        today: NaiveDate,
    ) -> Result<CheckoutDecision, CheckoutRefusal> {
        let source = &self.source;
        let mut target = target.clone();
        if path.is_none() {
            // What they have, they have had for long.
            target.terms.introduction = Introduction::default();
        }
        let offer = target.terms.offer.clone();
        let facts = CheckoutFacts {
            account: self.account.clone(),
            tariff: self.tariff.clone(),
            matching: MatchFacts {
                target,
                paths: path.into_iter().cloned().collect(),
                tags: BTreeMap::from([(source.terms.offer.clone(), source.tags.clone())]),
                held: BTreeSet::new(),
                known_products: BTreeSet::new(),
            },
            cut: None,
        };
        let request = CheckoutRequest {
            subscription: path.and(self.last.0.clone()),
            path: path.map(|path| path.id.clone()),
            mode: Some(mode),
            ..CheckoutRequest::plain(self.account.customer.clone(), offer)
        };
        let mut ids = self.ids();
        decide_checkout(&facts, &request, &mut ids, today)
    }

    fn complete(&mut self, decision: &CheckoutDecision) {
        let outcome = decision.outcome();
        self.last = (outcome.subscription.clone(), outcome.change.clone());
        let mut ids = self.ids();
        let plan = decision.plan(None, None, &mut ids, self.today);
        self.absorb(plan);
    }

    /// Waits until a day, is billed for all that falls due, and pays it.
    pub(in super::super) fn bill(mut self, today: NaiveDate) -> Self {
        let mut ids = self.ids();
        let plan = decide_billing(&self.account, self.tariff, today, &mut ids, today);
        self.today = today;
        self.absorb(plan);
        self
    }

    /// Stores a plan on paper and pays all that is due.
    fn absorb(&mut self, plan: Plan) {
        let open = plan.invoices.iter().filter(|saved| saved.row.status == InvoiceStatus::Open);
        let open: Vec<InvoiceId> = open.map(|saved| saved.row.id.clone()).collect();
        self.store(plan);
        let received = IncomingPayment { reference: "trip", paid_on: self.today, checkout: None };
        let mut ids = self.ids();
        settle(&mut self.account, &open, &received, &mut ids);
        let payments = std::mem::take(&mut self.account.payments);
        self.paid += payments.iter().map(|payment| payment.amount).sum::<i64>();
    }

    fn store(&mut self, plan: Plan) {
        let invoices = plan.invoices.iter().filter(|saved| saved.is_new);
        self.documents += invoices.count() + plan.credit_notes.len();
        let account = &mut self.account;
        account.sequence = plan.sequence;
        let subscriptions = plan.subscriptions.into_iter().map(|saved| saved.row.0);
        account.subscriptions.extend(subscriptions.map(|row| (row.id.clone(), row)));
        let changes = plan.changes.into_iter().map(|saved| saved.row);
        account.changes.extend(changes.map(|row| (row.id.clone(), row)));
        let invoices = plan.invoices.into_iter().map(|saved| saved.row);
        account.invoices.extend(invoices.map(|row| (row.id.clone(), row)));
        account.balances.extend(plan.balances);
    }
}

/// The first, the middle and the last day of a range, from `today` on.
fn days_of(range: DateRange, today: NaiveDate) -> BTreeSet<NaiveDate> {
    let middle = range.start + chrono::TimeDelta::days(range.days() / 2);
    let last = range.end - chrono::TimeDelta::days(1);
    let days = [range.start, middle, last].map(|day| day.max(today));
    days.into_iter().filter(|day| *day < range.end).collect()
}
