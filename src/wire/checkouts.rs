//! Checkouts: opened for an offer, shown, completed. What they lead to is left to the domain.

use std::collections::BTreeMap;

pub use crate::domain::candidates::CandidateShown as Candidate;
pub use crate::domain::checkout::CheckoutResult;
use chrono::{DateTime, NaiveDate, Utc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::domain::checkout::CheckoutStatus;
use crate::domain::path::{Mode, Transition};
use crate::domain::purchase::Purchase;
use crate::wire::documents::Document;
use crate::wire::orders::OrderGift;
use crate::wire::{Country, Date, Id, Instant, Locale, Money, Period, Reference, Span, Title, Url};

/// A checkout to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCheckout {
    /// Who buys; an unknown customer is created.
    #[schema(value_type = Id)]
    pub customer: String,
    /// The offer to be bought.
    #[schema(value_type = Id)]
    pub offer: String,
    /// The only subscription that it may start from.
    #[schema(value_type = Option<Id>)]
    pub subscription: Option<String>,
    /// The only path that may fire.
    #[schema(value_type = Option<Id>)]
    pub path: Option<String>,
    /// What the customer picked, where there is a choice.
    pub mode: Option<Mode>,
    /// Whether an ordinary purchase is fine where a change is not possible.
    #[serde(default)]
    #[schema(default = false)]
    pub allow_new: bool,
    /// The code of a coupon: off the first line that books the new subscription.
    #[schema(value_type = Option<Id>)]
    pub coupon: Option<String>,
    /// The language of its texts.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
    /// Whatever the caller wants to find again.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// Where the customer goes afterwards; its origin must be among `return_origins`.
    #[schema(value_type = Option<Url>)]
    pub return_url: Option<String>,
    /// How the order is placed that completion makes: then gift rules give with it, and something
    /// can be offered after it. Without it completion makes none.
    pub order: Option<CheckoutOrder>,
}

/// How the order of a checkout is placed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutOrder {
    /// Where it is placed, such as the web or a shop.
    #[schema(value_type = Title, example = "web")]
    pub channel: String,
    /// How it is paid.
    #[schema(value_type = Option<Title>, example = "card")]
    pub payment_method: Option<String>,
    /// Where its gifts are sent.
    #[schema(value_type = Option<Country>)]
    pub shipping_country: Option<String>,
    /// The customer's group, where it is another than the one they are known by.
    #[schema(value_type = Option<Title>)]
    pub customer_group: Option<String>,
}

/// A checkout, with all that its completion would do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Checkout {
    /// Its id.
    pub id: String,
    /// Its page for the customer, on which they can buy: told to keys that may sell.
    #[schema(value_type = Option<Url>)]
    pub url: Option<String>,
    /// Where it stands.
    pub status: CheckoutStatus,
    /// When it can no longer be completed.
    #[schema(value_type = Instant)]
    pub expires_at: DateTime<Utc>,
    /// Until when it is held.
    #[schema(value_type = Option<Instant>)]
    pub held_until: Option<DateTime<Utc>>,
    /// Who buys.
    pub customer: String,
    /// The offer to be bought.
    pub offer: String,
    /// How it relates to what the customer has.
    pub mode: Purchase,
    /// What the customer may pick.
    pub modes: Vec<Purchase>,
    /// What the law wants to be told of the offer before it is bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub legal_advice: Option<String>,
    /// The code of the coupon that is redeemed, off the first line that books what is bought.
    pub coupon: Option<String>,
    /// The path that fires.
    pub path: Option<String>,
    /// The subscription that it starts from.
    pub source_subscription: Option<String>,
    /// What happens, and when.
    pub transition: Option<Transition>,
    /// The day on which it takes effect.
    #[schema(value_type = Date)]
    pub effective_on: NaiveDate,
    /// What is due now.
    pub amount_due: Money,
    /// The next booking afterwards.
    #[schema(value_type = Option<Date>)]
    pub next_payment_on: Option<NaiveDate>,
    /// What is booked then, if nothing else happens until that day.
    pub next_payment: Option<NextPayment>,
    /// The credit balance afterwards, on which later invoices draw; below zero it is a debt. Null
    /// in what was completed under 0.3.0 or before.
    pub balance_after: Option<Money>,
    /// What stays to be paid on invoices that are not among `documents`. Null in what was
    /// completed under 0.3.0 or before.
    pub still_owed: Option<Money>,
    /// To what it binds. Null in what was completed under 0.3.0 or before.
    pub commitment: Option<Commitment>,
    /// How it begins, where the customer is granted an introduction.
    pub introduction: Option<Introduction>,
    /// What ends by it that would not have ended on that day.
    pub ends: Vec<Ending>,
    /// The documents that completion issues.
    pub documents: Vec<Document>,
    /// The documents that billing would issue anyway up to today.
    pub catch_up: Vec<Document>,
    /// What completion takes back.
    pub withdraws: Vec<Withdrawal>,
    /// The scheduled change whose place it takes.
    pub supersedes: Option<String>,
    /// The code of the coupon of that change, or of a source that ends in its trial: it can be
    /// redeemed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub returns_coupon: Option<String>,
    /// What gift rules give with it, where it was opened with an `order`.
    pub gifts: Vec<OrderGift>,
    /// The order that completion has made, where it was opened with an `order`.
    pub order: Option<String>,
    /// For each mode that may be picked, what depends on it.
    pub preview_by_mode: BTreeMap<Purchase, Preview>,
    /// What the customer reads when it is done.
    pub confirmation: Option<Confirmation>,
    /// Every path and subscription that was looked at, with its verdict; in a list the first 20.
    pub considered: Vec<Candidate>,
    /// Whatever the caller wanted to find again.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<Map<String, Value>>,
    /// Where the customer goes afterwards.
    pub return_url: Option<String>,
    /// What completion led to.
    pub result: Option<CheckoutResult>,
    /// The fingerprint of what is shown, while it can be held or completed: sent back, it says
    /// that this was seen.
    pub stamp: Option<String>,
}

/// What depends on the mode of a checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Preview {
    /// What happens, and when.
    pub transition: Option<Transition>,
    /// The day on which it takes effect.
    #[schema(value_type = Date)]
    pub effective_on: NaiveDate,
    /// What is due now.
    pub amount_due: Money,
    /// The next booking afterwards.
    #[schema(value_type = Option<Date>)]
    pub next_payment_on: Option<NaiveDate>,
    /// What is booked then, if nothing else happens until that day.
    pub next_payment: Option<NextPayment>,
    /// The credit balance afterwards, on which later invoices draw; below zero it is a debt. Null
    /// in what was completed under 0.3.0 or before.
    pub balance_after: Option<Money>,
    /// What stays to be paid on invoices that are not among `documents`. Null in what was
    /// completed under 0.3.0 or before.
    pub still_owed: Option<Money>,
    /// To what it binds. Null in what was completed under 0.3.0 or before.
    pub commitment: Option<Commitment>,
    /// How it begins, where the customer is granted an introduction.
    pub introduction: Option<Introduction>,
    /// What ends by it that would not have ended on that day.
    pub ends: Vec<Ending>,
    /// The documents that completion issues.
    pub documents: Vec<Document>,
    /// What completion takes back.
    pub withdraws: Vec<Withdrawal>,
    /// The scheduled change whose place it takes.
    pub supersedes: Option<String>,
    /// The code of the coupon of that change, or of a source that ends in its trial: it can be
    /// redeemed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub returns_coupon: Option<String>,
    /// What the customer reads when it is done.
    pub confirmation: Option<Confirmation>,
}

/// A payment to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NextPayment {
    /// The day.
    #[schema(value_type = Date)]
    pub on: NaiveDate,
    /// What is to be paid then.
    pub amount_due: Money,
    /// What is credited on that day before the invoice draws on it: bridges that cost less than
    /// what was paid for their days.
    pub credit_notes: Vec<Document>,
    /// The invoice.
    pub document: Document,
    /// The credit balance afterwards; null where it was shown before this was known.
    pub balance_after: Option<Money>,
}

/// To what a customer is bound: by the first booked term, or, where the notice is longer than that,
/// up to the end of the first term that can be cancelled once it has begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Commitment {
    /// The first day of the term.
    #[schema(value_type = Date)]
    pub starts_on: NaiveDate,
    /// The last day to which it binds.
    #[schema(value_type = Date)]
    pub ends_on: NaiveDate,
    /// What it comes to up to then, tax included.
    pub total: Money,
    /// For how long it renews at the end of the term; null where it then ends.
    #[schema(value_type = Option<Period>)]
    pub renews: Option<String>,
    /// How long before the end of a term a cancellation must come; null is up to the last day.
    #[schema(value_type = Option<Period>)]
    pub notice: Option<String>,
    /// The last day on which a cancellation ends it then, or with its trial.
    #[schema(value_type = Date)]
    pub cancel_by: NaiveDate,
    /// The day on which a cancellation up to `cancel_by` ends it. Null in what was completed under
    /// 0.3.0 or before.
    #[schema(value_type = Option<Date>)]
    pub cancellable_to: Option<NaiveDate>,
}

/// How what is bought begins for somebody who is granted its introduction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Introduction {
    /// The days on which nothing is booked.
    pub trial: Option<Span>,
    /// What the first booked periods cost, in order.
    pub steps: Vec<IntroductionStep>,
    /// The first day at the offer's price.
    #[schema(value_type = Date)]
    pub then_from: NaiveDate,
}

/// The price of some booked periods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntroductionStep {
    /// What a billing period costs.
    pub price: Money,
    /// How many there are.
    pub periods: u32,
    /// Their days.
    pub period: Span,
}

/// A subscription that ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ending {
    /// The subscription.
    pub subscription: String,
    /// The day after its last.
    #[schema(value_type = Date)]
    pub on: NaiveDate,
    /// How many days from then on were booked, and are neither used nor credited.
    pub lost_days: i64,
    /// What it would still have had of its introduction; null where that is nothing.
    pub lost_introduction: Option<LostIntroduction>,
}

/// What is lost of an introduction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LostIntroduction {
    /// The days of the trial.
    pub trial_days: i64,
    /// The billing periods that would have been booked at a first price.
    pub periods: u32,
}

/// What the customer reads, in the language of the checkout, as plain text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Confirmation {
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
}

/// What kind of thing is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawalKind {
    /// The cancellation of a subscription.
    Cancellation,
    /// A change that waited.
    ScheduledChange,
}

/// Something that is taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Withdrawal {
    /// What kind of thing it is.
    pub kind: WithdrawalKind,
    /// Its id; for a cancellation that of the subscription.
    pub id: String,
}

/// The hold of a checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HoldBody {
    /// The `stamp` of what the customer saw; needed once the checkout has gone stale.
    #[schema(value_type = Option<Reference>)]
    pub stamp: Option<String>,
}

/// The completion of a checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CompleteBody {
    /// What the customer picked, one of `modes`.
    pub mode: Option<Purchase>,
    /// What was paid; needed where something is due.
    pub payment: Option<CheckoutPayment>,
    /// The `stamp` of what the customer saw; needed once the checkout has gone stale.
    #[schema(value_type = Option<Reference>)]
    pub stamp: Option<String>,
}

/// A payment made in a checkout.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckoutPayment {
    /// What it is called where the money moves; spaces around that do not count.
    #[serde(deserialize_with = "crate::wire::trimmed")]
    #[schema(value_type = Reference)]
    pub reference: String,
    /// How much; exactly what is due.
    pub amount: Money,
}

/// Which checkouts are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CheckoutFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<CheckoutStatus>,
}
