//! What a trip was worth: the days served, each at its own price, against the money paid.
//! Which trips are made is for its neighbours.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::calendar::DateRange;
use crate::domain::document::{InvoiceLine, LineKind};
use crate::domain::subscription::Subscription;

use super::super::daily_price::{MICRO, price_of_a_day};
use super::trip::TripCustomer;

/// What came of a trip. Money in millionths of a minor unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TripWorth {
    /// Every day of every subscription at its own price.
    pub(super) served: i128,
    /// Payments, less the balance that is left.
    pub(super) paid: i128,
    /// One day of the dearest offer.
    day: i128,
    /// Rounding: one minor unit for each document.
    slack: i128,
    /// Days of the dearest offer.
    pub(super) days_served: i64,
    /// Those of them that lines pay for, in millionths.
    pub(super) days_paid: i128,
}

impl TripWorth {
    pub(super) fn gain(&self) -> i128 {
        self.served - self.paid
    }

    /// A day of the dearest offer at the least, beyond rounding, and indeed days of that offer
    /// that no line pays for: months differ in length, and a cheaper offer that is given away
    /// beside a dearer one is what an upsell is.
    pub(super) fn is_profit(&self) -> bool {
        let unpaid_days = i128::from(self.days_served) * MICRO - self.days_paid;
        self.gain() >= self.day + self.slack && unpaid_days >= MICRO
    }
}

/// What a finished trip was worth, and the title of the dearest offer on it.
pub(super) fn appraise(customer: &TripCustomer<'_>) -> Option<(TripWorth, String)> {
    let subscriptions = customer.account.subscriptions.values();
    let day_of = |s: &Subscription| price_of_a_day(&s.terms, customer.tariff, customer.start);
    let day = subscriptions.clone().map(day_of).max()?;
    let currency = subscriptions.clone().next()?.price.currency;
    let paid = customer.paid - customer.account.balance(currency);
    let mut worth = TripWorth {
        served: 0,
        paid: i128::from(paid) * MICRO,
        day,
        slack: i128::try_from(customer.documents).ok()? * MICRO,
        days_served: 0,
        days_paid: 0,
    };
    let mut titles: Vec<String> = Vec::new();
    for subscription in subscriptions {
        let service = ServiceDays::of(customer, subscription);
        worth.served += service.value(customer);
        if day_of(subscription) == day {
            worth.days_served += service.run.days().max(0);
            worth.days_paid += service.days_paid(customer);
            let title = format!("'{}'", subscription.terms.title);
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
    }
    Some((worth, titles.join(" and ")))
}

/// The days of one subscription.
struct ServiceDays<'a> {
    subscription: &'a Subscription,
    /// From the first day of access to the last.
    run: DateRange,
    /// Its booked periods with their gross, by start.
    periods: BTreeMap<NaiveDate, (NaiveDate, i64)>,
}

impl<'a> ServiceDays<'a> {
    fn of(customer: &TripCustomer<'_>, subscription: &'a Subscription) -> Self {
        // What still runs at the horizon has been paid for up to its boundary.
        let end = subscription.ended_on.unwrap_or(subscription.boundary());
        let mut periods = BTreeMap::new();
        for line in lines(customer, subscription, LineKind::Period) {
            let DateRange { start, end } = line.line.period;
            let (_, gross) = periods.entry(start).or_insert((end, 0));
            *gross = line.line.gross.max(*gross);
        }
        Self { subscription, run: DateRange { start: subscription.started_on, end }, periods }
    }

    /// The days before the first booking.
    fn bridge(&self) -> DateRange {
        let booked = self.periods.keys().next().copied();
        DateRange { start: self.run.start, end: booked.unwrap_or(self.run.end).min(self.run.end) }
    }

    /// Each day at its share of the period in which it lies; the bridge as whole periods from its
    /// first day and a share of one more.
    fn value(&self, customer: &TripCustomer<'_>) -> i128 {
        let booked = self.periods.iter().map(|(start, (end, gross))| {
            let period = DateRange { start: *start, end: *end };
            share(*gross, overlap(period, self.run), period.days())
        });
        if self.subscription.trial_until.is_some() {
            return booked.sum();
        }
        let (bridge, terms) = (self.bridge(), &self.subscription.terms);
        let price = self.subscription.price.minor;
        let gross = customer.tariff.gross(terms, price, bridge.start);
        let parts = terms.billing_period.parts_of(bridge);
        let whole = i128::from(gross) * i128::from(parts.whole) * MICRO;
        booked.sum::<i128>() + whole + share(gross, parts.days.max(0), parts.of)
    }

    /// The days that lines pay for, as far as those were not credited, in millionths.
    fn days_paid(&self, customer: &TripCustomer<'_>) -> i128 {
        let of_kind = |kind| {
            let lines = lines(customer, self.subscription, kind);
            lines.map(days_left).sum::<i128>()
        };
        let charge = self.subscription.bridge_charge;
        // Where the target is the cheaper one, its bridge is paid out of the source's money.
        let paid_by_source = charge.filter(|charge| charge.gross < 0);
        let bridge = paid_by_source.map_or(0, |_| i128::from(self.bridge().days()) * MICRO);
        of_kind(LineKind::Period) + of_kind(LineKind::Bridge) + bridge
    }
}

fn lines<'b>(
    customer: &'b TripCustomer<'_>,
    subscription: &'b Subscription,
    kind: LineKind,
) -> impl Iterator<Item = &'b InvoiceLine> {
    let lines = customer.account.invoices.values().flat_map(|i| &i.lines);
    lines.filter(move |line| line.line.subscription == subscription.id && line.line.kind == kind)
}

fn days_left(line: &InvoiceLine) -> i128 {
    let days = line.line.period.days();
    match line.line.gross {
        0 if line.cancelled => 0,
        0 => i128::from(days) * MICRO,
        gross => share(line.left(), days, gross),
    }
}

fn overlap(a: DateRange, b: DateRange) -> i64 {
    (a.end.min(b.end) - a.start.max(b.start)).num_days().max(0)
}

/// `amount` × `times` ÷ `by`, in millionths.
fn share(amount: i64, times: i64, by: i64) -> i128 {
    i128::from(amount) * i128::from(times) * MICRO / i128::from(by.max(1))
}
