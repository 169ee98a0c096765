//! Subscriptions: running subscriptions, brought over, cancelled and shown. What they are booked is
//! left to billing.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::subscription::Status;
use crate::rules::subscriptions::{CancelCredit, CancelWhen};
use crate::wire::changes::ScheduledChange;
use crate::wire::checkouts::Withdrawal;
use crate::wire::price_changes::WaitingPrice;
use crate::wire::{Date, Id, Money, Period, Reference, Span};

/// A customer's subscription on an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Subscription {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// The offer that was bought.
    pub offer: String,
    /// The title of the offer.
    pub title: String,
    /// Whether it runs.
    pub status: Status,
    /// What a billing period costs, whatever the offer costs by now.
    pub price: Money,
    /// How often it is booked.
    #[schema(value_type = Period)]
    pub billing_period: String,
    /// How long the customer is bound.
    #[schema(value_type = Period)]
    pub term: String,
    /// Its first day.
    #[schema(value_type = Date)]
    pub started_on: NaiveDate,
    /// The day on which it ended.
    #[schema(value_type = Option<Date>)]
    pub ended_on: Option<NaiveDate>,
    /// The billing period that was booked last; null in the bridge.
    pub current_period: Option<Span>,
    /// The term that it is in; in the bridge the first booked one.
    pub current_term: Option<Span>,
    /// The day of the next booking; null once there is none.
    #[schema(value_type = Option<Date>)]
    pub next_booking_on: Option<NaiveDate>,
    /// The day of the month on which it is booked, where there is one.
    pub anchor_day: u8,
    /// The day on which it will end because it was cancelled.
    #[schema(value_type = Option<Date>)]
    pub cancel_on: Option<NaiveDate>,
    /// The last day on which a cancellation ends it with the current term; null once it is over.
    #[schema(value_type = Option<Date>)]
    pub cancel_by: Option<NaiveDate>,
    /// The day on which a cancellation of today would end it: later than the current term where
    /// that leaves less than its notice. Null where it is cancelled, or over.
    #[schema(value_type = Option<Date>)]
    pub cancellable_to: Option<NaiveDate>,
    /// The day on which its trial ends, which is the first that is booked; null where it began
    /// without one.
    #[schema(value_type = Option<Date>)]
    pub trial_until: Option<NaiveDate>,
    /// How many billing periods are still to be booked at a first price of its introduction.
    pub steps_left: u32,
    /// The subscription that it replaced.
    pub precursor_id: Option<String>,
    /// The subscription that replaced it.
    pub successor_id: Option<String>,
    /// The subscription that it was added to.
    pub parent_id: Option<String>,
    /// What it shares with all that it replaced and that replaced it.
    pub chain_id: String,
    /// The changes that wait for it.
    pub scheduled_changes: Vec<ScheduledChange>,
    /// The price that waits for it, by a price change: the first of `new_prices`; null where none
    /// does.
    pub new_price: Option<WaitingPrice>,
    /// The prices that wait for it, in the order in which they come.
    pub new_prices: Vec<WaitingPrice>,
}

/// A running subscription to be brought over from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSubscription {
    /// Whose it is.
    #[schema(value_type = Id)]
    pub customer: String,
    /// The offer that was bought.
    #[schema(value_type = Id)]
    pub offer: String,
    /// Its first day; not after today.
    #[schema(value_type = Date)]
    pub started_on: NaiveDate,
    /// Its id; made up unless given.
    #[schema(value_type = Option<Id>)]
    pub id: Option<String>,
    /// What a billing period costs; the offer's price unless given.
    pub price: Option<Money>,
    /// The billing period that was booked elsewhere last; computed unless given.
    pub current_period: Option<Span>,
    /// The term that it is in; computed unless given.
    pub current_term: Option<Span>,
    /// The day on which it will end because it was cancelled.
    #[schema(value_type = Option<Date>)]
    pub cancel_on: Option<NaiveDate>,
    /// The invoice of the current period, issued elsewhere.
    pub brought_over: Option<BroughtOver>,
}

/// An invoice that was issued elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BroughtOver {
    /// What it came to, tax included.
    pub gross: Money,
    /// Whether it is paid.
    pub paid: bool,
    /// Its number there.
    #[schema(value_type = Option<Reference>)]
    pub number: Option<String>,
}

/// A cancellation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CancelBody {
    /// When it takes effect.
    #[schema(default = "end_of_term")]
    pub when: CancelWhen,
    /// What is credited; only `none` with `end_of_term`.
    #[schema(default = "none")]
    pub credit: CancelCredit,
}

/// A subscription that was cancelled, and what went with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CancelledSubscription {
    /// The subscription as it stands.
    #[serde(flatten)]
    pub subscription: Subscription,
    /// What the cancellation withdrew.
    pub withdraws: Vec<Withdrawal>,
    /// The ids of the credit notes that it issued.
    pub credit_notes: Vec<String>,
}

/// Which subscriptions are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SubscriptionFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those with this status; one that ends today is active until billing has run.
    #[param(inline)]
    pub status: Option<Status>,
    /// Those on this offer.
    #[param(value_type = Option<Id>, inline)]
    pub offer: Option<String>,
}

/// Which days are wanted.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DaysQuery {
    /// The first day; that of the subscription unless given.
    #[param(value_type = Option<Date>, inline)]
    pub from: Option<NaiveDate>,
    /// The day after the last; that up to which it is booked unless given.
    #[param(value_type = Option<Date>, inline)]
    pub to: Option<NaiveDate>,
}

/// Days in a row, with the document line that pays for them, or why none does. Days that are not
/// booked yet, or lie behind the end, stand nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum DayRun {
    /// A line pays for them.
    Paid {
        /// The days.
        period: Span,
        /// The id of the invoice.
        document: String,
        /// The place of the line among those of the invoice, from 0.
        line: usize,
    },
    /// No line does.
    Unpaid {
        /// The days.
        period: Span,
        /// The reason.
        reason: DayReason,
    },
}

/// Why no document line pays for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DayReason {
    /// It lies before the first booking, and what was paid before covers it.
    Bridge,
    /// The days of its trial.
    Trial,
    /// It was booked elsewhere, before the subscription was brought over.
    BroughtOver,
    /// It was paid for and given back.
    Credited,
}
