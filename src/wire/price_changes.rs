//! Price changes: what running subscriptions are to pay. When each pays it is left to the rules.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::price_change::{NewPriceStatus, PriceChangeStatus, PriceScope, Unaffected};
use crate::wire::{Date, Id, Instant, Money, yes};

/// A change of the price that running subscriptions on an offer pay, to be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPriceChange {
    /// No booking before this day is at the new price; today or later.
    #[schema(value_type = Date)]
    pub effective_from: NaiveDate,
    /// The price of a billing period for every running subscription on the offer; unless given,
    /// that of its newest version, for those on older ones.
    pub price: Option<Money>,
    /// Who pays it from when on: `no_longer_bound` from the first term that they could still cancel
    /// when they were told, `all` also within a term.
    #[serde(default)]
    #[schema(default = "no_longer_bound")]
    pub subscriptions: PriceScope,
    /// How many days lie at least between telling a customer and the first booking.
    #[serde(default = "month")]
    #[schema(default = 30, minimum = 0, maximum = 365)]
    pub notice_days: u32,
    /// Whether to answer when everybody was told.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub wait: bool,
}

const fn month() -> u32 {
    30
}

/// A change of the price that running subscriptions on an offer pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceChange {
    /// Its id.
    pub id: String,
    /// The offer.
    pub offer: String,
    /// The new price of a billing period.
    pub price: Money,
    /// No booking before this day is at the new price.
    #[schema(value_type = Date)]
    pub effective_from: NaiveDate,
    /// Who pays it from when on.
    pub subscriptions: PriceScope,
    /// How many days lie at least between telling a customer and the first booking.
    pub notice_days: u32,
    /// How far it has come.
    pub status: PriceChangeStatus,
    /// The last day on which somebody was booked at it for the first time; null unless it was
    /// withdrawn.
    #[schema(value_type = Option<Date>)]
    pub withdrawn_on: Option<NaiveDate>,
    /// When it was decided.
    #[schema(value_type = Instant)]
    pub created_at: DateTime<Utc>,
    /// How many subscriptions it means something for, so far.
    pub counts: PriceCounts,
    /// How many are left as they are, so far, by why.
    pub left_out: Vec<LeftOutCount>,
    /// What those that will pay it, or do, came to in a month before.
    pub monthly_before: Money,
    /// What they come to then.
    pub monthly_after: Money,
}

/// How many subscriptions there are by what has become of their new price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceCounts {
    /// Told, and waiting for their first booking at it.
    pub pending: u64,
    /// Booked at it.
    pub applied: u64,
    /// Withdrawn.
    pub withdrawn: u64,
    /// Superseded by a newer price change.
    pub superseded: u64,
    /// Ended, or replaced by another subscription, before.
    pub dropped: u64,
}

impl PriceCounts {
    /// Counts some more.
    pub fn add(&mut self, status: NewPriceStatus, count: u64) {
        *match status {
            NewPriceStatus::Pending => &mut self.pending,
            NewPriceStatus::Applied => &mut self.applied,
            NewPriceStatus::Withdrawn => &mut self.withdrawn,
            NewPriceStatus::Superseded => &mut self.superseded,
            NewPriceStatus::Dropped => &mut self.dropped,
        } += count;
    }
}

/// How many subscriptions a price change leaves as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftOutCount {
    /// The reason.
    pub reason: Unaffected,
    /// The number of subscriptions.
    pub subscriptions: u64,
}

/// What a price change would mean for everybody, were it decided now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PriceChangePreview {
    /// The new price of a billing period.
    pub price: Money,
    /// How many subscriptions would be told of it.
    pub told: u64,
    /// For how many of them it would take the place of a new price that waits already, and comes
    /// no earlier.
    pub supersedes: u64,
    /// How many are left as they are, by why.
    pub left_out: Vec<LeftOutCount>,
    /// What those that are told come to in a month by now.
    pub monthly_before: Money,
    /// What they come to then.
    pub monthly_after: Money,
    /// The first booking of all at the new price; null where there is none.
    #[schema(value_type = Option<Date>)]
    pub first_on: Option<NaiveDate>,
    /// The day on which the last one is booked at it first.
    #[schema(value_type = Option<Date>)]
    pub last_on: Option<NaiveDate>,
}

/// Which price changes are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PriceChangeFilter {
    /// Those of this offer.
    #[param(value_type = Option<Id>, inline)]
    pub offer: Option<String>,
}

/// Which new prices are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NewPriceFilter {
    /// Those with this status.
    #[param(inline)]
    pub status: Option<NewPriceStatus>,
}

/// What a price change means for one subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewPrice {
    /// The price change.
    pub price_change: String,
    /// The subscription.
    pub subscription: String,
    /// Whose it is.
    pub customer: String,
    /// What a billing period costs right before.
    pub price_before: Money,
    /// What it costs then.
    pub price: Money,
    /// No booking before this day is at the new price.
    #[schema(value_type = Date)]
    pub from: NaiveDate,
    /// The day on which the customer was told.
    #[schema(value_type = Date)]
    pub told_on: NaiveDate,
    /// What has become of it.
    pub status: NewPriceStatus,
    /// Why it will not come, where it will not.
    pub reason: Option<String>,
    /// The first day of the first period that was booked at it.
    #[schema(value_type = Option<Date>)]
    pub applied_on: Option<NaiveDate>,
}

/// The price that waits for a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WaitingPrice {
    /// The price change that it belongs to.
    pub price_change: String,
    /// What a billing period will cost.
    pub price: Money,
    /// No booking before this day is at the new price.
    #[schema(value_type = Date)]
    pub from: NaiveDate,
    /// The first booking at the new price, as things stand; null where the subscription ends or is
    /// replaced before.
    #[schema(value_type = Option<Date>)]
    pub first_booking_on: Option<NaiveDate>,
    /// The day on which the customer was told.
    #[schema(value_type = Date)]
    pub told_on: NaiveDate,
}

/// What is withdrawn of the prices that wait for a subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeepPrice {
    /// The one of this price change; unless given, all of them.
    #[schema(value_type = Option<Id>)]
    pub price_change: Option<String>,
}
