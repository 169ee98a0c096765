//! A change of the price that running subscriptions pay, and what it means for each of them: a new
//! price that waits for its first booking. Who is told of it is decided in `rules::price_change`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::catalogue::Terms;
use super::ids::{CustomerId, PriceChangeId, SubscriptionId};
use super::money::Money;
use super::names::names;
use super::subscription::Subscription;

/// The longest notice, in days.
pub const NOTICE_DAYS_MAX: u32 = 365;
/// How far ahead a price change may be decided, in days.
pub const AHEAD_DAYS_MAX: u64 = 3_660;
/// How many bookings ahead it is looked for the first at a new price.
const BOOKINGS_MAX: u32 = 50_000;

names! {
    /// In which of its bookings a subscription may pay a new price first.
    #[derive(Default)]
    pub enum PriceScope {
        /// In one that opens a term which its customer could still cancel when they were told.
        #[default]
        NoLongerBound = "no_longer_bound",
        /// In any, also within a term that its customer is bound to.
        All = "all",
    }
}

names! {
    /// How far a price change has come.
    pub enum PriceChangeStatus {
        /// Customers are being told.
        Telling = "telling",
        /// Everybody has been told.
        Told = "told",
        /// What still waits is being withdrawn: nothing is booked at the new price any more.
        Withdrawing = "withdrawing",
        /// Withdrawn; who had paid the new price by then goes on paying it.
        Withdrawn = "withdrawn",
    }
}

/// A merchant's decision that running subscriptions on an offer pay another price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceChange {
    /// `prc_…`.
    pub id: PriceChangeId,
    /// The offer's newest version when it was decided.
    pub terms: Terms,
    /// The price, where it was given; else that of `terms`, for subscriptions on older versions.
    pub given: Option<Money>,
    /// No booking before this day is at the new price.
    pub effective_from: NaiveDate,
    /// In which bookings it may be paid first.
    pub scope: PriceScope,
    /// How many days lie at least between telling a customer and the first booking.
    pub notice_days: u32,
    /// How far it has come.
    pub status: PriceChangeStatus,
    /// The last day on which something was booked at the new price for the first time.
    pub withdrawn_on: Option<NaiveDate>,
    /// When it was decided: subscriptions of later are none of its business.
    pub created_at: DateTime<Utc>,
}

impl PriceChange {
    /// The new price for each billing period.
    #[must_use]
    pub fn price(&self) -> Money {
        self.given.unwrap_or(self.terms.price)
    }
}

names! {
    /// What has become of a subscription's new price.
    pub enum NewPriceStatus {
        /// Its customer was told; it waits for its first booking.
        Pending = "pending",
        /// It is what the subscription pays.
        Applied = "applied",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// A price change that was decided later holds from no later on.
        Superseded = "superseded",
        /// The subscription ended, or was replaced by another, before its first booking.
        Dropped = "dropped",
    }
}

names! {
    /// Why a price change leaves a running subscription as it is.
    pub enum Unaffected {
        /// It pays that price already.
        SamePrice = "same-price",
        /// It is on the newest version of the offer, and no price was given.
        NewestVersion = "newest-version",
        /// It is paid in another currency.
        OtherCurrency = "other-currency",
        /// It is booked for another period.
        OtherPeriod = "other-period",
        /// Its price includes tax where the new one does not, or the other way round.
        OtherTax = "other-tax",
        /// It ends, or is replaced, before it would pay the new price; once it goes on after all,
        /// its customer is told.
        EndsFirst = "ends-first",
        /// A price change that was decided later holds from no later on.
        Overtaken = "overtaken",
        /// It is still to begin by a change that waits: at the price that was promised then.
        NotBegun = "not-begun",
        /// It has ended by now.
        Ended = "ended",
        /// Its customer's account could not be read: look at the log.
        Broken = "broken",
    }
}

/// What a price change means for one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPrice {
    /// The price change.
    pub change: PriceChangeId,
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// What a billing period costs right before it.
    pub before: Money,
    /// What it will cost, or does.
    pub price: Money,
    /// No booking before this day is at the new price.
    pub from: NaiveDate,
    /// The day on which the customer was told.
    pub told_on: NaiveDate,
    /// In which bookings it may be paid first.
    pub scope: PriceScope,
    /// Where it stands.
    pub status: NewPriceStatus,
    /// Why it does not wait any more, where it was not applied: a stable kebab-case code.
    pub reason: Option<String>,
    /// The first day of the first period that was booked at it.
    pub applied_on: Option<NaiveDate>,
    /// The day on which its price change was withdrawn as a whole: later bookings are at the price
    /// of before, also where this row still waits to be withdrawn.
    pub withdrawn_on: Option<NaiveDate>,
}

impl NewPrice {
    /// Whether it waits for its first booking.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.status == NewPriceStatus::Pending
    }

    /// Whether the period that starts on a day is booked at it; `opens_term` where a term starts
    /// then, too.
    #[must_use]
    pub fn holds_from(&self, start: NaiveDate, opens_term: bool) -> bool {
        self.is_pending()
            && self.from <= start
            && self.withdrawn_on.is_none_or(|withdrawn_on| start <= withdrawn_on)
            && (self.scope == PriceScope::All || opens_term)
    }

    /// The first booking at it, if nothing happens to the subscription until then. The steps of an
    /// introduction are booked as they were promised.
    #[must_use]
    pub fn first_booking(&self, of: &Subscription) -> Option<NaiveDate> {
        let (mut start, mut term) = (of.boundary(), of.current_term);
        let mut opens_term = of.current_period.is_none();
        for place in 0..BOOKINGS_MAX {
            if !opens_term && term.end <= start {
                term = of.terms.later_term().range(start, of.anchor_day);
                opens_term = true;
            }
            if place >= of.steps_left && self.holds_from(start, opens_term) {
                return Some(start);
            }
            let next = of.terms.billing_period.after(start, of.anchor_day);
            if next <= start {
                return None;
            }
            (start, opens_term) = (next, false);
        }
        None
    }
}

/// New prices that wait for a subscription in the order in which they come, each with its first
/// booking if nothing happens to the subscription until then.
pub fn in_turn<'p>(
    prices: impl IntoIterator<Item = &'p NewPrice>,
    of: &Subscription,
) -> Vec<(&'p NewPrice, Option<NaiveDate>)> {
    let waiting = prices.into_iter().filter(|it| it.is_pending() && it.subscription == of.id);
    let mut waiting: Vec<_> = waiting.map(|it| (it, it.first_booking(of))).collect();
    waiting.sort_by_key(|(it, first)| (first.is_none(), *first, it.change.clone()));
    waiting
}
