//! Price changes of running subscriptions: which ones are to pay the new price, from when on, and
//! how it is taken, withdrawn and lost. It is booked by `billing` like every other price.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::domain::account::Account;
use crate::domain::catalogue::Terms;
use crate::domain::fault::Fault;
use crate::domain::ids::{Ids, PriceChangeId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::plan::Plan;
use crate::domain::price_change::{
    AHEAD_DAYS_MAX, NOTICE_DAYS_MAX, NewPrice, NewPriceStatus, PriceChange, PriceChangeStatus,
    PriceScope, Unaffected, in_turn,
};
use crate::domain::subscription::Subscription;

use super::ledger::{Ledger, Tariff};
use super::new_prices::supersede;
use super::subscriptions::SubscriptionRefusal;

/// A price change as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChangeDraft {
    /// No booking before this day is at the new price.
    pub effective_from: NaiveDate,
    /// The price; where none is given, that of the offer's newest version.
    pub price: Option<Money>,
    /// In which bookings it may be paid first.
    pub scope: PriceScope,
    /// How many days lie at least between telling a customer and the first booking.
    pub notice_days: u32,
}

impl PriceChangeDraft {
    /// The price change that it asks for, of the offer's newest version.
    ///
    /// # Errors
    /// Every [`Fault`] in it.
    pub fn decide(
        &self,
        terms: &Terms,
        now: DateTime<Utc>,
        today: NaiveDate,
        ids: &mut Ids,
    ) -> Result<PriceChange, Vec<Fault>> {
        let mut faults = Vec::new();
        let last = today.checked_add_days(Days::new(AHEAD_DAYS_MAX)).unwrap_or(today);
        if self.effective_from < today || self.effective_from > last {
            let detail = format!("must be from today, {today}, to {last}");
            faults.push(Fault::new("/effective_from", detail));
        }
        let currency = terms.price.currency;
        if self.price.is_some_and(|price| price.currency != currency) {
            let detail = format!("must be {}, the offer's", currency.code());
            faults.push(Fault::new("/price/currency", detail));
        }
        if self.notice_days > NOTICE_DAYS_MAX {
            let detail = format!("must be from 0 to {NOTICE_DAYS_MAX}");
            faults.push(Fault::new("/notice_days", detail));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(PriceChange {
            id: PriceChangeId::fresh(ids),
            terms: terms.clone(),
            given: self.price,
            effective_from: self.effective_from,
            scope: self.scope,
            notice_days: self.notice_days,
            status: PriceChangeStatus::Telling,
            withdrawn_on: None,
            created_at: now,
        })
    }
}

/// The new price of a subscription with the first booking at it, or why it is left as it is.
pub type PriceOutcome = Result<(NewPrice, NaiveDate), Unaffected>;

/// What a price change means for subscriptions of one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceDecision {
    /// What is stored.
    pub plan: Plan,
    /// The account afterwards.
    pub account: Account,
    /// What it means for each.
    pub found: Vec<(SubscriptionId, PriceOutcome)>,
}

/// Decides what a price change means for these subscriptions of a customer, who is told of it
/// today. Of new prices that wait, those that come before stay; what was decided earlier and comes
/// no earlier is superseded, also where this one is what they pay by then.
#[must_use]
pub fn decide_price_change(
    before: &Account,
    tariff: &Tariff,
    (change, wanted): (&PriceChange, &BTreeSet<SubscriptionId>),
    today: NaiveDate,
    ids: &mut Ids,
) -> PriceDecision {
    let today = before.day_from(today);
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let mut found = Vec::new();
    for id in wanted.iter().filter(|id| before.subscriptions.contains_key(*id)) {
        let judged = judge(&ledger.account, change, id, today);
        if let Some(first) = judged.holds_from {
            let later = later_than(&ledger.account, id, first);
            let own = ledger.waiting_prices(id).filter(|it| it.change < change.id);
            own.filter(|it| later.contains(&it.change)).for_each(supersede);
        }
        if let Ok((price, _)) = &judged.outcome {
            let key = (price.change.clone(), id.clone());
            ledger.account.new_prices.insert(key, price.clone());
        }
        found.push((id.clone(), judged.outcome));
    }
    let plan = Plan::between(before, &ledger.account);
    PriceDecision { plan, account: ledger.account, found }
}

/// The price changes by which new prices wait for a subscription that come on a day or later.
fn later_than(account: &Account, id: &SubscriptionId, day: NaiveDate) -> Vec<PriceChangeId> {
    let of = account.subscriptions.get(id);
    let waiting = of.map(|of| in_turn(account.new_prices.values(), of)).unwrap_or_default();
    let later = waiting.into_iter().filter(|(_, first)| first.is_none_or(|first| first >= day));
    later.map(|(price, _)| price.change.clone()).collect()
}

/// What a price change means for a subscription.
struct Judged {
    outcome: PriceOutcome,
    /// From when on it says what the subscription pays; none where it does not.
    holds_from: Option<NaiveDate>,
}

/// What a price change means for a subscription of an account that is up to date.
fn judge(account: &Account, change: &PriceChange, id: &SubscriptionId, today: NaiveDate) -> Judged {
    let left = |reason| Judged { outcome: Err(reason), holds_from: None };
    let running = account.subscriptions.get(id).filter(|subscription| subscription.is_active());
    let Some(of) = running else { return left(Unaffected::Ended) };
    let price = change.price();
    let left_out = [
        (of.price.currency != price.currency, Unaffected::OtherCurrency),
        (of.terms.billing_period != change.terms.billing_period, Unaffected::OtherPeriod),
        (of.terms.tax_included != change.terms.tax_included, Unaffected::OtherTax),
        (
            change.given.is_none() && of.terms.version >= change.terms.version,
            Unaffected::NewestVersion,
        ),
    ];
    if let Some((_, reason)) = left_out.into_iter().find(|(holds, _)| *holds) {
        return left(reason);
    }
    let mut told = NewPrice {
        change: change.id.clone(),
        subscription: id.clone(),
        customer: account.customer.clone(),
        before: of.price,
        price,
        from: earliest(change, of, today),
        told_on: today,
        scope: change.scope,
        status: NewPriceStatus::Pending,
        reason: None,
        applied_on: None,
        withdrawn_on: None,
    };
    let Some(first) = told.first_booking(of) else { return left(Unaffected::EndsFirst) };
    let mut waiting = in_turn(account.new_prices.values(), of);
    waiting.retain(|(_, on)| on.is_some_and(|on| on <= first));
    if waiting.iter().any(|(it, _)| it.change > change.id) {
        return left(Unaffected::Overtaken);
    }
    waiting.retain(|(_, on)| on.is_some_and(|on| on < first));
    told.before = waiting.last().map_or(of.price, |(it, _)| it.price);
    if told.before == price {
        return Judged { outcome: Err(Unaffected::SamePrice), holds_from: Some(first) };
    }
    if account.gone_on(of).is_some_and(|gone| gone <= first) {
        return left(Unaffected::EndsFirst);
    }
    Judged { outcome: Ok((told, first)), holds_from: Some(first) }
}

/// The earliest day of a booking at the new price for a customer who is told today: the notice has
/// passed, and where they are not to pay it while they are bound, so has the first term that they
/// can still cancel.
fn earliest(change: &PriceChange, of: &Subscription, today: NaiveDate) -> NaiveDate {
    let notice = Days::new(u64::from(change.notice_days));
    let noticed = today.checked_add_days(notice).unwrap_or(NaiveDate::MAX);
    let free = match change.scope {
        PriceScope::All => today,
        PriceScope::NoLongerBound => of.cancelled_to(today),
    };
    change.effective_from.max(noticed).max(free)
}

/// Withdraws the new price that waits for a subscription by a price change, or all that wait.
///
/// # Errors
/// [`SubscriptionRefusal::NotPending`] where it does not wait any more.
pub fn decide_keep_price(
    before: &Account,
    tariff: &Tariff,
    (id, of): (&SubscriptionId, Option<&PriceChangeId>),
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, SubscriptionRefusal> {
    let mut ledger = Ledger::up_to_date(before, tariff, before.day_from(today), ids);
    let waiting = ledger.waiting_prices(id).filter(|it| of.is_none_or(|of| it.change == *of));
    if waiting.map(withdraw).count() == 0 {
        return Err(SubscriptionRefusal::NotPending);
    }
    Ok(Plan::between(before, &ledger.account))
}

fn withdraw(price: &mut NewPrice) {
    let reason = "withdrawn".to_owned();
    (price.status, price.reason) = (NewPriceStatus::Withdrawn, Some(reason));
}

/// Withdraws all that waits for a customer by this price change, which is withdrawn as a whole.
#[must_use]
pub fn decide_keep_prices(
    before: &Account,
    tariff: &Tariff,
    change: &PriceChangeId,
    today: NaiveDate,
    ids: &mut Ids,
) -> Plan {
    let mut ledger = Ledger::up_to_date(before, tariff, before.day_from(today), ids);
    let prices = ledger.account.new_prices.values_mut();
    prices.filter(|it| it.is_pending() && it.change == *change).for_each(withdraw);
    Plan::between(before, &ledger.account)
}

/// What a price change comes to for everybody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceReach {
    /// How many subscriptions would be told of the new price.
    pub told: u64,
    /// For how many of them that takes the place of a new price which waits already.
    pub supersedes: u64,
    /// How many are left as they are, by why.
    pub left_out: BTreeMap<Unaffected, u64>,
    /// What those that are told come to in a month right before, in minor units.
    pub monthly_before: i64,
    /// What they come to then.
    pub monthly_after: i64,
    /// The first booking of all at the new price.
    pub first_on: Option<NaiveDate>,
    /// The day on which the last one is booked at it first.
    pub last_on: Option<NaiveDate>,
}

impl PriceReach {
    /// Counts what a price change means for one customer.
    pub fn count(&mut self, before: &Account, change: &PriceChange, decision: &PriceDecision) {
        let period = change.terms.billing_period;
        for (id, outcome) in &decision.found {
            match outcome {
                Ok((price, first)) => {
                    self.told += 1;
                    let supersedes = |(key, was): (&_, &NewPrice)| {
                        let now = decision.account.new_prices.get(key);
                        was.is_pending()
                            && was.subscription == *id
                            && now.is_some_and(|now| now.status == NewPriceStatus::Superseded)
                    };
                    self.supersedes += u64::from(before.new_prices.iter().any(supersedes));
                    self.monthly_before += period.monthly(price.before.minor);
                    self.monthly_after += period.monthly(price.price.minor);
                    self.first_on = Some(self.first_on.map_or(*first, |on| on.min(*first)));
                    self.last_on = self.last_on.max(Some(*first));
                }
                Err(reason) => self.leave_out(*reason, 1),
            }
        }
    }

    /// Counts what is left as it is.
    pub fn leave_out(&mut self, reason: Unaffected, count: u64) {
        if count > 0 {
            *self.left_out.entry(reason).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Shopper, offer};
    use super::*;
    use crate::domain::calendar::Period;
    use crate::domain::catalogue::Offer;
    use crate::domain::path::{Mode, Transition};
    use crate::domain::price_change::PriceScope::{All, NoLongerBound};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn change(of: &Offer, minor: i64, from: &str, scope: PriceScope, notice: u32) -> PriceChange {
        let draft = PriceChangeDraft {
            effective_from: day(from),
            price: Some(Money::new(minor, of.terms.price.currency)),
            scope,
            notice_days: notice,
        };
        let mut ids = Ids::new(DateTime::UNIX_EPOCH, [5; 32]);
        draft.decide(&of.terms, DateTime::UNIX_EPOCH, day("2026-01-01"), &mut ids).unwrap()
    }

    impl Shopper {
        fn is_told(&mut self, of: &PriceChange, on: &str) -> Result<NaiveDate, Unaffected> {
            let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
            let mut ids = Ids::new(DateTime::UNIX_EPOCH, [6; 32]);
            let wanted = BTreeSet::from([self.last.clone()]);
            let facts = (of, &wanted);
            let decision = decide_price_change(&self.account, &tariff, facts, day(on), &mut ids);
            self.account = decision.account;
            decision.found[0].1.clone().map(|(_, first)| first)
        }

        /// The first day that is booked at a price, if billing runs up to `until`.
        fn pays(&mut self, minor: i64, until: &str) -> Option<NaiveDate> {
            self.account.issued.clear();
            self.act(day(until), |_| ());
            let marked = format!(" {minor} ");
            let issued = self.issued();
            let line = issued.iter().find(|line| line.contains(&marked))?;
            Some(day(line.rsplit(' ').next()?.split("..").next()?))
        }
    }

    #[test]
    fn a_new_price_is_booked_first_when_notice_and_binding_have_passed() {
        // Term and later terms, notice of cancellation; told on, effective from, whom, notice in
        // days; the first booking at the new price.
        #[rustfmt::skip]
        let table = [
            ("P1M", None, None, "2026-02-10", "2026-02-10", NoLongerBound, 30, "2026-03-31"),
            ("P1M", None, None, "2026-02-10", "2026-02-10", NoLongerBound, 0, "2026-02-28"),
            ("P1M", None, None, "2026-02-10", "2026-02-10", All, 18, "2026-02-28"),
            ("P1M", None, None, "2026-02-10", "2026-02-10", All, 19, "2026-03-31"),
            ("P1M", None, None, "2026-02-10", "2026-06-30", All, 30, "2026-06-30"),
            ("P1M", None, None, "2026-02-10", "2026-07-01", All, 30, "2026-07-31"),
            // Bound for a year, then for another, or from month to month.
            ("P1Y", None, None, "2026-02-10", "2026-03-01", NoLongerBound, 30, "2027-01-31"),
            ("P1Y", None, None, "2026-02-10", "2027-02-01", NoLongerBound, 30, "2028-01-31"),
            ("P1Y", None, None, "2026-02-10", "2026-03-01", All, 30, "2026-03-31"),
            ("P1Y", Some("P1M"), None, "2026-02-10", "2027-02-01", NoLongerBound, 30, "2027-02-28"),
            // Told too late to cancel: the next term is bound, too.
            ("P1Y", None, Some("P1M"), "2026-12-31", "2027-01-01", NoLongerBound, 14, "2027-01-31"),
            ("P1Y", None, Some("P1M"), "2027-01-01", "2027-01-01", NoLongerBound, 14, "2028-01-31"),
            ("P1Y", None, Some("P1M"), "2027-01-01", "2027-01-01", All, 14, "2027-01-31"),
        ];
        for (place, row) in table.into_iter().enumerate() {
            let (term, later, notice, told_on, from, scope, days, first) = row;
            let mut month = offer("month", 990, "P1M", term);
            month.terms.renewal_term = later.and_then(Period::parse);
            month.terms.notice = notice.and_then(Period::parse);
            let mut ada = Shopper::buys(&month, day("2026-01-31"));
            let told = ada.is_told(&change(&month, 1_090, from, scope, days), told_on);
            assert_eq!(told, Ok(day(first)), "{place}: what is told");
            assert_eq!(ada.pays(1_090, "2029-01-31"), Some(day(first)), "{place}: what is booked");
        }
    }

    #[test]
    fn steps_of_an_introduction_are_booked_as_they_were_promised() {
        use crate::domain::catalogue::PriceStep;
        let mut month = offer("month", 990, "P1M", "P1M");
        month.terms.introduction.steps = vec![PriceStep { price: 100, periods: 3 }];
        let mut ada = Shopper::buys(&month, day("2026-01-31"));
        if let Some(new) = ada.account.subscriptions.get_mut(&ada.last) {
            new.steps_left = 2;
        }
        let told = ada.is_told(&change(&month, 1_090, "2026-02-10", All, 0), "2026-02-10");
        assert_eq!(told, Ok(day("2026-04-30")));
        assert_eq!(ada.pays(1_090, "2026-12-31"), Some(day("2026-04-30")));
    }

    #[test]
    fn who_is_left_as_they_are_is_told_why() {
        let month = offer("month", 990, "P1M", "P1M");
        let mut newer = month.clone();
        (newer.terms.version, newer.terms.price.minor) = (2, 1_090);
        let mut free = change(&newer, 0, "2026-02-01", All, 30);
        free.given = None;
        let told = |on: &Offer, of: &PriceChange| {
            Shopper::buys(on, day("2026-01-31")).is_told(of, "2026-02-10")
        };
        assert_eq!(told(&month, &free), Ok(day("2026-03-31")), "an older version");
        assert_eq!(told(&newer, &free), Err(Unaffected::NewestVersion));
        let given = change(&newer, 990, "2026-02-01", All, 30);
        assert_eq!(told(&month, &given), Err(Unaffected::SamePrice));
        assert_eq!(told(&newer, &given), Ok(day("2026-03-31")), "a price that falls");
        let mut other = given.clone();
        other.terms.billing_period = Period::parse("P1Y").unwrap();
        assert_eq!(told(&newer, &other), Err(Unaffected::OtherPeriod));
        let mut other = given.clone();
        other.terms.tax_included = false;
        assert_eq!(told(&newer, &other), Err(Unaffected::OtherTax));
        let mut once = newer.clone();
        once.terms.auto_renew = false;
        assert_eq!(told(&once, &given), Err(Unaffected::EndsFirst));
        let mut leaver = Shopper::buys(&newer, day("2026-01-31"));
        leaver.act(day("2026-02-02"), |ledger| {
            let id = ledger.account.subscriptions.keys().next().cloned().unwrap();
            ledger.end(&id, day("2026-02-02"));
        });
        assert_eq!(leaver.is_told(&given, "2026-02-10"), Err(Unaffected::Ended));
    }

    #[test]
    fn a_newer_price_supersedes_and_a_change_of_offer_loses_it() {
        let month = offer("month", 990, "P1M", "P1M");
        let mut ada = Shopper::buys(&month, day("2026-01-31"));
        ada.is_told(&change(&month, 1_090, "2026-02-10", All, 60), "2026-02-10").unwrap();
        let mut newer = change(&month, 1_190, "2026-02-10", All, 0);
        newer.id = PriceChangeId::stored("prc_2".to_owned());
        assert_eq!(ada.is_told(&newer, "2026-02-11"), Ok(day("2026-02-28")));
        let statuses = |it: &Shopper| -> Vec<NewPriceStatus> {
            it.account.new_prices.values().map(|price| price.status).collect()
        };
        assert_eq!(statuses(&ada), [NewPriceStatus::Superseded, NewPriceStatus::Pending]);
        let mut cat = Shopper::buys(&month, day("2026-01-31"));
        cat.is_told(&change(&month, 1_290, "2026-02-10", All, 0), "2026-02-10").unwrap();
        let mut back = change(&month, 990, "2026-02-10", All, 0);
        back.id = PriceChangeId::stored("prc_2".to_owned());
        assert_eq!(cat.is_told(&back, "2026-02-11"), Err(Unaffected::SamePrice));
        assert_eq!(cat.pays(1_290, "2026-12-31"), None, "it is not to rise after all");
        let plus = offer("plus", 1_490, "P1M", "P1M");
        let deal = ada.deal(&plus, Mode::Replace, Transition::NextBooking);
        let mut bob = Shopper::buys(&month, day("2026-01-31"));
        bob.account = ada.account.clone();
        bob.makes(&deal, day("2026-02-12"));
        assert_eq!(bob.pays(1_190, "2026-12-31"), None, "it was replaced before");
        assert_eq!(statuses(&bob)[1], NewPriceStatus::Dropped);
        assert_eq!(ada.pays(1_190, "2026-12-31"), Some(day("2026-02-28")));
        assert_eq!(ada.account.subscriptions[&ada.last].price.minor, 1_190);
    }

    #[test]
    fn of_several_rises_each_comes_on_its_day_unless_a_later_decision_comes_no_later() {
        // What was decided, in this order: the price, and from when on; what is paid from when on.
        type Prices = &'static [(i64, &'static str)];
        let table: [(Prices, Prices); 6] = [
            (
                &[(1_090, "2026-03-01"), (1_190, "2026-07-01")],
                &[(1_090, "2026-03-31"), (1_190, "2026-07-31")],
            ),
            (&[(1_190, "2026-07-01"), (1_090, "2026-03-01")], &[(1_090, "2026-03-31")]),
            (&[(1_090, "2026-03-01"), (1_150, "2026-03-20")], &[(1_150, "2026-03-31")]),
            (
                &[(1_090, "2026-03-01"), (990, "2026-07-01")],
                &[(1_090, "2026-03-31"), (990, "2026-07-31")],
            ),
            (&[(1_090, "2026-03-01"), (990, "2026-02-10")], &[]),
            (&[(1_090, "2026-03-01"), (1_090, "2026-07-01")], &[(1_090, "2026-03-31")]),
        ];
        let month = offer("month", 990, "P1M", "P1M");
        for (place, (decided, paid)) in table.into_iter().enumerate() {
            let mut ada = Shopper::buys(&month, day("2026-01-31"));
            for (turn, (minor, from)) in decided.iter().enumerate() {
                let mut rise = change(&month, *minor, from, All, 0);
                rise.id = PriceChangeId::stored(format!("prc_{turn}"));
                ada.is_told(&rise, "2026-02-10").ok();
            }
            let of = &ada.account.subscriptions[&ada.last];
            let waits: Vec<_> = ada.account.new_prices_of(of).iter().map(|it| it.price).collect();
            let wanted: Vec<_> = paid.iter().map(|(minor, _)| *minor).collect();
            assert_eq!(waits.iter().map(|it| it.minor).collect::<Vec<_>>(), wanted, "{place}");
            for (minor, from) in paid {
                assert_eq!(ada.pays(*minor, from), Some(day(from)), "{place}: {minor}");
            }
            let last = paid.last().map_or(990, |(minor, _)| *minor);
            ada.act(day("2027-12-31"), |_| ());
            assert_eq!(ada.account.subscriptions[&ada.last].price.minor, last, "{place}");
        }
    }

    #[test]
    fn who_is_told_late_pays_what_was_decided_last() {
        let month = offer("month", 990, "P1M", "P1M");
        let rise = |id: &str, minor, from| {
            let of = change(&month, minor, from, All, 0);
            PriceChange { id: PriceChangeId::stored(id.to_owned()), ..of }
        };
        let mut ada = Shopper::buys(&month, day("2026-01-31"));
        let told = ada.is_told(&rise("prc_2", 1_190, "2026-03-01"), "2026-02-10");
        assert_eq!(told, Ok(day("2026-03-31")));
        let told = ada.is_told(&rise("prc_1", 1_090, "2026-03-20"), "2026-02-11");
        assert_eq!(told, Err(Unaffected::Overtaken));
        let told = ada.is_told(&rise("prc_0", 1_050, "2026-02-12"), "2026-02-11");
        assert_eq!(told, Ok(day("2026-02-28")), "until then");
        assert_eq!(ada.pays(1_190, "2026-12-31"), Some(day("2026-03-31")));
    }

    #[test]
    fn what_is_withdrawn_is_paid_as_before() {
        let month = offer("month", 990, "P1M", "P1M");
        let of = change(&month, 1_090, "2026-02-10", All, 0);
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let mut ids = Ids::new(DateTime::UNIX_EPOCH, [6; 32]);
        let mut ada = Shopper::buys(&month, day("2026-01-31"));
        ada.is_told(&of, "2026-02-10").unwrap();
        let mut keep = |account: &Account, on: &str| {
            decide_keep_price(account, &tariff, (&ada.last, None), day(on), &mut ids)
        };
        let plan = keep(&ada.account, "2026-02-11").unwrap();
        assert_eq!(plan.new_prices[0].row.status, NewPriceStatus::Withdrawn);
        // Once its first booking has come, also unseen, it is too late.
        let late = keep(&ada.account, "2026-02-28");
        assert_eq!(late.unwrap_err(), SubscriptionRefusal::NotPending);
        // Withdrawn as a whole it holds up to that day, whenever this row is come to.
        for (withdrawn_on, pays) in [("2026-02-27", None), ("2026-02-28", Some("2026-02-28"))] {
            let mut bob = Shopper::buys(&month, day("2026-01-31"));
            bob.is_told(&of, "2026-02-10").unwrap();
            for price in bob.account.new_prices.values_mut() {
                price.withdrawn_on = Some(day(withdrawn_on));
            }
            assert_eq!(bob.pays(1_090, "2026-06-30"), pays.map(day), "{withdrawn_on}");
        }
    }

    #[test]
    fn a_draft_is_judged_as_a_whole() {
        let month = offer("month", 990, "P1M", "P1M");
        let yen = crate::domain::money::Currency::parse("JPY").unwrap();
        let draft = PriceChangeDraft {
            effective_from: day("2025-12-31"),
            price: Some(Money::new(990, yen)),
            scope: All,
            notice_days: 366,
        };
        let mut ids = Ids::new(DateTime::UNIX_EPOCH, [5; 32]);
        let today = day("2026-01-01");
        let faults = draft.decide(&month.terms, DateTime::UNIX_EPOCH, today, &mut ids).unwrap_err();
        let at: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(at, ["/effective_from", "/price/currency", "/notice_days"]);
    }
}
