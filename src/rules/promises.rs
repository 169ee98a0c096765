//! Whatever a checkout confirms happens on its day, unless somebody disturbs it; and what is
//! refused because a subscription ends would indeed have failed. Tried in a small world, all of it:
//! a subscription, an addition to it, what was decided about them, and a change of either.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};

use crate::domain::account::Account;
use crate::domain::catalogue::Offer;
use crate::domain::change::ChangeStatus;
use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{ChangeId, CustomerId, Ids, SubscriptionId};
use crate::domain::path::{Mode, Path, Transition};
use crate::domain::verdict::Verdict;

use super::checkout::{CheckoutDecision, CheckoutFacts, CheckoutRefusal, decide_checkout};
use super::ledger::{Ledger, Tariff};
use super::matching::{MatchFacts, Reason, deal};
use super::samples::{offer, path};
use super::subscriptions::{CancelWhen, Cancellation, decide_cancel};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Lapsing ones end with their term, needy ones with their parent.
fn catalogue() -> Vec<Offer> {
    let lapsing = |mut offer: Offer| {
        offer.terms.auto_renew = false;
        offer
    };
    let needy = |mut offer: Offer| {
        offer.terms.requires_parent = true;
        offer
    };
    vec![
        offer("month", 990, "P1M", "P1M"),
        offer("year", 890, "P1M", "P1Y"),
        lapsing(offer("once", 890, "P1M", "P3M")),
        lapsing(offer("brief", 890, "P1M", "P1M")),
        needy(offer("archive", 400, "P1M", "P1M")),
        needy(offer("archive-year", 300, "P1M", "P1Y")),
        needy(offer("annual-archive", 3_000, "P1Y", "P1Y")),
        offer("extra", 200, "P1M", "P1M"),
        needy(offer("sound", 500, "P1M", "P1M")),
        needy(offer("sounds", 500, "P1Y", "P1Y")),
        offer("loose", 500, "P1M", "P1M"),
    ]
}

/// A customer on paper.
#[derive(Clone)]
struct SimulatedCustomer {
    account: Account,
    turn: u8,
}

/// One change that is asked for.
#[derive(Clone, Copy, Debug)]
struct RequestedChange {
    source: &'static str,
    target: &'static str,
    transition: Transition,
    mode: Mode,
}

impl RequestedChange {
    fn path(&self) -> Path {
        let mut path = path("p", self.source, self.target, self.transition.name());
        path.optional = self.mode == Mode::Add;
        path.unpaid_source = crate::domain::path::UnpaidSource::Allow;
        path
    }
}

impl SimulatedCustomer {
    fn ids(&mut self) -> Ids {
        self.turn += 1;
        let at = DateTime::from_timestamp_millis(i64::from(self.turn)).unwrap();
        Ids::new(at, [self.turn; 32])
    }

    fn named(&self, offer: &str) -> Option<SubscriptionId> {
        let active = self.account.active().into_iter();
        active.rev().find(|s| s.terms.offer.as_str() == offer).map(|s| s.id.clone())
    }

    fn decide(
        &mut self,
        target: &str,
        path: Option<Path>,
        source: Option<SubscriptionId>,
        today: NaiveDate,
    ) -> Result<CheckoutDecision, CheckoutRefusal> {
        let offers = catalogue();
        let target = offers.iter().find(|offer| offer.terms.offer.as_str() == target).unwrap();
        let facts = CheckoutFacts {
            account: self.account.clone(),
            tariff: tariff(),
            matching: MatchFacts {
                target: target.clone(),
                paths: path.into_iter().collect(),
                tags: offers.iter().map(|o| (o.terms.offer.clone(), o.tags.clone())).collect(),
                held: BTreeSet::new(),
                known_products: BTreeSet::new(),
            },
            cut: None,
        };
        let request = CheckoutRequest {
            subscription: source,
            ..CheckoutRequest::plain(self.account.customer.clone(), target.terms.offer.clone())
        };
        let mut ids = self.ids();
        decide_checkout(&facts, &request, &mut ids, today)
    }

    fn take(&mut self, decision: &CheckoutDecision) {
        self.account = decision.outcome().account.clone();
    }

    fn wish(&mut self, wish: RequestedChange, today: NaiveDate) -> Option<CheckoutPromise> {
        let source = self.named(wish.source)?;
        Some(match self.decide(wish.target, Some(wish.path()), Some(source.clone()), today) {
            Ok(decision) => {
                self.take(&decision);
                let outcome = decision.outcome();
                CheckoutPromise::Confirmed(outcome.subscription.clone(), outcome.change.clone())
            }
            Err(refusal) => {
                let reason = refusal.considered.iter().find_map(|it| match it.verdict {
                    Verdict::Rejected(reason) | Verdict::Unavailable(reason) => Some(reason),
                    Verdict::Chosen | Verdict::Outranked(_) => None,
                });
                CheckoutPromise::Refused(source, reason)
            }
        })
    }

    fn bill(&mut self, today: NaiveDate) {
        let (tariff, mut ids) = (tariff(), self.ids());
        let account = self.account.clone();
        let mut ledger = Ledger { account, tariff: &tariff, today, ids: &mut ids };
        ledger.bring_up_to_date();
        self.account = ledger.account;
    }

    /// Whether what was bought is booked in the end.
    fn comes_true(&mut self, new: Option<SubscriptionId>, change: Option<&ChangeId>) -> bool {
        self.bill(day("2027-03-01"));
        let begun = change.map_or(new, |id| {
            let change = &self.account.changes[id];
            assert_ne!(change.status, ChangeStatus::Pending);
            change.result_subscription.clone()
        });
        let booked = |id| self.account.subscriptions[id].current_period.is_some();
        begun.as_ref().is_some_and(booked)
    }
}

/// What a checkout says.
enum CheckoutPromise {
    Confirmed(Option<SubscriptionId>, Option<ChangeId>),
    Refused(SubscriptionId, Option<Reason>),
}

fn tariff() -> Tariff {
    Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() }
}

/// What may have been decided before.
#[derive(Clone, Copy, Debug)]
enum PriorDecision {
    Nothing,
    Cancelled(&'static str, CancelWhen),
    Changed(RequestedChange),
}

fn decided() -> Vec<PriorDecision> {
    let mut all = vec![PriorDecision::Nothing];
    for offer in ["month", "year", "once"] {
        all.push(PriorDecision::Cancelled(offer, CancelWhen::EndOfTerm));
        all.push(PriorDecision::Cancelled(offer, CancelWhen::Now));
        for target in ["brief", "loose"] {
            for transition in [Transition::NextBooking, Transition::EndOfTerm] {
                let wish =
                    RequestedChange { source: offer, target, transition, mode: Mode::Replace };
                all.push(PriorDecision::Changed(wish));
            }
        }
    }
    all
}

/// Customers with a subscription, an addition to it, and what was decided about the subscription.
fn lives() -> Vec<(String, SimulatedCustomer)> {
    let mut lives = Vec::new();
    for contract in ["month", "year", "once"] {
        for addition in ["archive", "archive-year", "annual-archive", "extra"] {
            let customer = CustomerId::parse("ada").unwrap();
            let mut life = SimulatedCustomer { account: Account::empty(customer), turn: 0 };
            let bought = life.decide(contract, None, None, day("2026-01-31")).unwrap();
            life.take(&bought);
            let transition = Transition::Immediate;
            let add =
                RequestedChange { source: contract, target: addition, transition, mode: Mode::Add };
            assert!(matches!(
                life.wish(add, day("2026-02-05")),
                Some(CheckoutPromise::Confirmed(..))
            ));
            for before in decided() {
                let mut life = life.clone();
                let today = day("2026-02-10");
                match before {
                    PriorDecision::Nothing => {}
                    PriorDecision::Cancelled(offer, when) => {
                        let Some(id) = life.named(offer) else { continue };
                        let (tariff, mut ids) = (tariff(), life.ids());
                        let (before, mut account) = (&life.account, life.account.clone());
                        let how = Cancellation { when, ..Cancellation::default() };
                        let done = decide_cancel(before, &tariff, &id, how, today, &mut ids);
                        let plan = done.unwrap().plan;
                        let rows = plan.subscriptions.into_iter().map(|saved| saved.row.0);
                        account.subscriptions.extend(rows.map(|row| (row.id.clone(), row)));
                        life.account = account;
                    }
                    PriorDecision::Changed(wish) => match life.wish(wish, today) {
                        None => continue,
                        Some(told) => {
                            assert!(matches!(told, CheckoutPromise::Confirmed(..)), "{wish:?}");
                        }
                    },
                }
                lives.push((format!("{contract} with {addition}, {before:?}"), life));
            }
        }
    }
    lives
}

fn wishes() -> Vec<RequestedChange> {
    let mut wishes = Vec::new();
    let sources = ["month", "year", "once", "archive", "archive-year", "annual-archive", "extra"];
    for source in sources {
        for target in ["sound", "sounds", "loose", "brief"] {
            for transition in Transition::ALL {
                for mode in [Mode::Replace, Mode::Add] {
                    wishes.push(RequestedChange { source, target, transition, mode });
                }
            }
        }
    }
    wishes
}

#[test]
fn whatever_is_confirmed_and_not_disturbed_happens_and_what_is_refused_would_not() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (story, life) in lives() {
        for wish in wishes() {
            let today = day("2026-02-20");
            let mut life = life.clone();
            match life.wish(wish, today) {
                None => {}
                Some(CheckoutPromise::Confirmed(new, change)) => {
                    *counts.entry("confirmed".to_owned()).or_default() += 1;
                    assert!(life.comes_true(new, change.as_ref()), "{story}: {wish:?}");
                }
                Some(CheckoutPromise::Refused(source, reason)) => {
                    let reason = reason.map_or("none", Reason::name);
                    *counts.entry(reason.to_owned()).or_default() += 1;
                    let is_told = ["source-ends", "parent-ends"].contains(&reason);
                    let waits = wish.transition.is_scheduled()
                        || wish.transition == Transition::ImmediateNextBooking;
                    if is_told && waits {
                        assert!(!make_anyway(&mut life, &source, wish, today), "{story}: {wish:?}");
                    }
                }
            }
        }
    }
    for seen in ["confirmed", "source-ends", "parent-ends"] {
        assert!(counts.get(seen).is_some_and(|count| *count > 20), "{counts:?}");
    }
}

/// Makes the deal though it was refused: whether it comes true.
fn make_anyway(
    life: &mut SimulatedCustomer,
    source: &SubscriptionId,
    wish: RequestedChange,
    today: NaiveDate,
) -> bool {
    let (tariff, mut ids) = (tariff(), life.ids());
    let account = life.account.clone();
    let mut ledger = Ledger { account, tariff: &tariff, today, ids: &mut ids };
    ledger.bring_up_to_date();
    let from = ledger.account.subscriptions[source].clone();
    let target = catalogue().into_iter().find(|o| o.terms.offer.as_str() == wish.target).unwrap();
    let made = ledger.make(&deal(&wish.path(), &from, &target, wish.mode, false)).unwrap();
    life.account = ledger.account;
    life.comes_true(made.subscription, made.change.as_ref())
}

#[test]
fn a_promise_that_must_fail_is_refused_on_the_day_with_the_first_reason() {
    #[rustfmt::skip]
    let table = [
        // The parent was ended: nothing that needs one takes the addition's place.
        (CancelWhen::Now, Transition::NextBooking, "sound", Some(Reason::ParentEnds)),
        (CancelWhen::Now, Transition::ImmediateNextBooking, "sound", Some(Reason::ParentEnds)),
        (CancelWhen::Now, Transition::NextBooking, "loose", None),
        // The addition ends with its parent on 28 February.
        (CancelWhen::EndOfTerm, Transition::EndOfTerm, "sound", Some(Reason::SourceEnds)),
        (CancelWhen::EndOfTerm, Transition::EndOfTerm, "loose", Some(Reason::SourceEnds)),
        (CancelWhen::EndOfTerm, Transition::NextBooking, "sound", Some(Reason::ParentEnds)),
        (CancelWhen::EndOfTerm, Transition::Immediate, "sound", None),
    ];
    for (when, transition, target, want) in table {
        let story =
            format!("month with archive-year, {:?}", PriorDecision::Cancelled("month", when));
        let mut life = lives().into_iter().find(|(told, _)| *told == story).unwrap().1;
        let wish =
            RequestedChange { source: "archive-year", target, transition, mode: Mode::Replace };
        match life.wish(wish, day("2026-02-20")).unwrap() {
            CheckoutPromise::Confirmed(..) => assert_eq!(want, None, "{when:?} {wish:?}"),
            CheckoutPromise::Refused(_, reason) => assert_eq!(reason, want, "{when:?} {wish:?}"),
        }
    }
}
