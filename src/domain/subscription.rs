//! A customer's running subscription. What may happen to it is decided in `rules`.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use super::calendar::{DateRange, Period, at_anchor};
use super::catalogue::Terms;
use super::coupon::FirstLineDiscount;
use super::ids::{CustomerId, SubscriptionId};
use super::money::Money;
use super::names::names;

names! {
    /// Whether a subscription runs.
    #[schema(as = SubscriptionStatus)]
    pub enum Status {
        /// Gives access.
        Active = "active",
        /// Over since `ended_on`.
        Ended = "ended",
    }
}

/// What the bridge of a subscription that began by `immediate_next_booking` costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BridgeCharge {
    /// Gross minor units for the whole bridge: charged at the first booking if positive or zero,
    /// else credited on the precursor's last line.
    pub gross: i64,
}

/// The invoice of the last period that was booked elsewhere, of a subscription that was brought
/// over. It is kept when later periods are booked here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BroughtOver {
    /// Gross minor units.
    pub gross: i64,
    /// Whether it was paid.
    pub paid: bool,
    /// Its number there.
    pub number: Option<String>,
    /// Gross minor units credited since.
    pub credited_gross: i64,
    /// Tax minor units credited since.
    pub credited_tax: i64,
    /// Whether it is credited in full (a gross of zero can be, too).
    pub cancelled: bool,
}

/// A running subscription of a customer on an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// `sub_…`, or the name under which it was brought over.
    pub id: SubscriptionId,
    /// Orders subscriptions by creation within the customer, from 1.
    pub sequence: i64,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// What was agreed.
    pub terms: Terms,
    /// For each billing period; the terms' price unless brought over at another.
    pub price: Money,
    /// Running or over.
    pub status: Status,
    /// The first day of access.
    pub started_on: NaiveDate,
    /// The first day that is booked here. The days before it are the bridge, or were booked
    /// elsewhere; without either it is `started_on`.
    pub first_booking_on: NaiveDate,
    /// The day after the last.
    pub ended_on: Option<NaiveDate>,
    /// The day of the month from which month and year boundaries are computed.
    pub anchor_day: u32,
    /// The booked period; none before the first booking (the bridge).
    pub current_period: Option<DateRange>,
    /// The term; before the first booking the first booked one.
    pub current_term: DateRange,
    /// The day on which a cancellation takes effect.
    pub cancel_on: Option<NaiveDate>,
    /// The subscription that it replaced.
    pub precursor_id: Option<SubscriptionId>,
    /// The subscription that replaced it.
    pub successor_id: Option<SubscriptionId>,
    /// The subscription to which it was added.
    pub parent_id: Option<SubscriptionId>,
    /// The first in line.
    pub chain_id: SubscriptionId,
    /// What its bridge costs, where the path prorates.
    pub bridge_charge: Option<BridgeCharge>,
    /// Whether it was brought over: the period before its first booking was booked elsewhere.
    pub is_brought_over: bool,
    /// The invoice of the last period that was booked elsewhere.
    pub brought_over: Option<BroughtOver>,
    /// What will be taken off the first line that books it; none once it is booked.
    pub cut: Option<FirstLineDiscount>,
    /// The day after its trial, which is its first booking; none where it began without.
    pub trial_until: Option<NaiveDate>,
    /// How many periods are still to be booked at the price of a step of its introduction.
    pub steps_left: u32,
}

impl Subscription {
    /// Whether it runs.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// Whether it gives access without having been booked yet: in its bridge, or its trial.
    #[must_use]
    pub fn is_unbooked(&self) -> bool {
        self.is_active() && self.current_period.is_none()
    }

    /// Whether what was paid for its precursor, or the pace of its parent, gives access until its
    /// first booking.
    #[must_use]
    pub fn is_in_bridge(&self) -> bool {
        self.is_unbooked() && self.trial_until.is_none()
    }

    /// Whether its trial gives access until its first booking.
    #[must_use]
    pub fn is_in_trial(&self) -> bool {
        self.is_unbooked() && self.trial_until.is_some()
    }

    /// Begins it, which is not booked yet, as its terms do for newcomers: where they have a trial,
    /// its first period starts where that ends, which is its anchor.
    pub fn introduce(&mut self) {
        self.steps_left = self.terms.introduction.periods();
        if self.terms.has_trial(true) {
            let first = self.terms.booked_from(self.started_on, true);
            (self.first_booking_on, self.trial_until) = (first, Some(first));
            self.anchor_day = first.day();
            self.current_term = self.terms.term.range(first, self.anchor_day);
        }
    }

    /// What the next period that is booked costs: the price of a step while one is left, which
    /// then has one period less.
    pub fn take_price(&mut self) -> Money {
        let step = self.terms.introduction.price(self.steps_left);
        let price = step.map_or(self.price, |minor| Money { minor, ..self.price });
        self.steps_left = self.steps_left.saturating_sub(1);
        price
    }

    /// The prices of the steps that are still to be booked, each with the first booking after it.
    #[must_use]
    pub fn steps_to_come(&self) -> Vec<(Money, NaiveDate)> {
        let mut steps: Vec<(Money, NaiveDate)> = Vec::new();
        let mut day = self.boundary();
        for left in (1..=self.steps_left).rev() {
            let Some(minor) = self.terms.introduction.price(left) else { continue };
            day = self.terms.billing_period.after(day, self.anchor_day);
            match steps.last_mut().filter(|(price, _)| price.minor == minor) {
                Some((_, until)) => *until = day,
                None => steps.push((Money { minor, ..self.price }, day)),
            }
        }
        steps
    }

    /// The last day on which a cancellation ends it with its current term, or with its trial.
    #[must_use]
    pub fn cancel_by(&self) -> NaiveDate {
        let trial = self.trial_until.filter(|_| self.is_in_trial()).and_then(|end| end.pred_opt());
        trial.unwrap_or_else(|| self.terms.cancel_by(self.current_term))
    }

    /// The next booking date, B: the end of the current period, or the first booking. Always
    /// after today once the customer is up to date; whether it will be booked on that day is
    /// [`super::account::Account::ends_on`]'s business.
    #[must_use]
    pub fn boundary(&self) -> NaiveDate {
        self.current_period.map_or(self.current_term.start, |period| period.end)
    }

    /// The whole billing period that ends with one of its booked periods: longer than that only
    /// where it began within, keeping the billing date of its source.
    #[must_use]
    pub fn whole(&self, booked: DateRange) -> DateRange {
        self.terms.billing_period.range_up_to(booked.end, self.anchor_day)
    }

    /// The days from its start up to which it is booked; those of the bridge count.
    #[must_use]
    pub fn booked(&self) -> DateRange {
        let end = self.current_period.map_or(self.first_booking_on, |period| period.end);
        DateRange { start: self.started_on, end }
    }

    /// The invoice issued elsewhere that pays for the current period, unless it is credited in
    /// full.
    #[must_use]
    pub fn paid_elsewhere(&self) -> Option<&BroughtOver> {
        let is_current =
            self.current_period.is_some_and(|period| period.start < self.first_booking_on);
        self.brought_over.as_ref().filter(|over| is_current && !over.cancelled)
    }

    /// The day on which a cancellation of `today` takes effect: the end of the first term that
    /// can still be cancelled, the current one at the earliest; in its trial the end of that.
    #[must_use]
    pub fn cancelled_to(&self, today: NaiveDate) -> NaiveDate {
        if self.is_in_trial() {
            return self.boundary();
        }
        self.terms.cancellable_term(self.current_term, self.anchor_day, today).end
    }

    /// The day on which a cancellation of `today` would end it; none where it is cancelled or over.
    #[must_use]
    pub fn cancellable_to(&self, today: NaiveDate) -> Option<NaiveDate> {
        let is_open = self.is_active() && !self.is_cancelled();
        is_open.then(|| self.cancelled_to(today))
    }

    /// What was to be taken off its first booking and, other than as it was before, will not be: it
    /// has ended before that, or its trial was cancelled.
    #[must_use]
    pub fn cut_unused_since<'s>(
        &'s self,
        before: Option<&'s Self>,
    ) -> Option<&'s FirstLineDiscount> {
        let ends = !self.is_active() && before.is_none_or(Self::is_active);
        let dropped = before.and_then(|was| was.cut.as_ref()).filter(|_| self.cut.is_none());
        let unused = self.cut.as_ref().filter(|_| ends).or(dropped);
        unused.filter(|_| self.current_period.is_none())
    }

    /// Whether its trial was cancelled, or ended with nothing behind it: as things stand, nothing
    /// of it is ever booked.
    #[must_use]
    pub fn is_trial_cancelled(&self) -> bool {
        let ends = self.is_cancelled() || !self.is_active();
        self.trial_until.is_some()
            && self.current_period.is_none()
            && self.successor_id.is_none()
            && ends
    }

    /// The last day of access is the day before this; none while nothing ends it.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancel_on.is_some()
    }
}

/// The anchor day of a subscription whose first booked period starts on `date`: the source's, if
/// that is a month or year boundary of the source's anchor, else the day itself.
#[must_use]
pub fn inherited_anchor(source: &Subscription, date: NaiveDate) -> u32 {
    let on_boundary =
        source.terms.billing_period.is_monthly() && at_anchor(date, source.anchor_day) == date;
    if on_boundary { source.anchor_day } else { date.day() }
}

/// A price that running subscriptions have, and how many of them have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningPrice {
    /// What each costs for a billing period.
    pub price: Money,
    /// How long that is.
    pub period: Period,
    /// Whether tax is part of it.
    pub tax_included: bool,
    /// How many there are.
    pub count: i64,
}
