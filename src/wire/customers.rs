//! Customers, what they can change to, and what is paid out to them. Balances are left to the
//! domain.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::catalogue::Terms;
use crate::domain::document::PaymentKind;
use crate::domain::path::{Mode, Transition};
use crate::domain::purchase::Purchase;
use crate::rules::scenario::Scenario;
use crate::wire::checkouts::{
    Candidate, Commitment, Confirmation, Ending, Introduction, NextPayment,
};
use crate::wire::{Date, Instant, Locale, Money, Period, Reference};

/// How the engine stands with a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CustomerBalances {
    /// What is owed to the customer, by currency; below zero it is a debt.
    pub credit_balance: Vec<Money>,
}

/// One thing that a customer could change to today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PossibleTransition {
    /// The subscription that it starts from.
    pub source_subscription: String,
    /// The offer that it leads to.
    pub target_offer: String,
    /// The path that would fire.
    pub path: String,
    /// Whether it replaces or adds.
    pub mode: Mode,
    /// What happens, and when.
    pub transition: Transition,
    /// The day on which it takes effect.
    #[schema(value_type = Date)]
    pub effective_on: NaiveDate,
    /// What would be due now.
    pub amount_due: Money,
    /// The next booking afterwards.
    #[schema(value_type = Option<Date>)]
    pub next_payment_on: Option<NaiveDate>,
    /// What would be booked then, if nothing else happened until that day.
    pub next_payment: Option<NextPayment>,
    /// The credit balance afterwards; below zero it is a debt.
    pub balance_after: Money,
    /// What would stay to be paid on other invoices.
    pub still_owed: Money,
    /// To what it would bind.
    pub commitment: Commitment,
    /// How it begins, where the customer is granted an introduction.
    pub introduction: Option<Introduction>,
    /// What would end by it.
    pub ends: Vec<Ending>,
    /// What the customer would read.
    pub confirmation: Confirmation,
}

/// What a customer could change to today, and what not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transitions {
    /// The targets on this page that can be reached.
    pub data: Vec<PossibleTransition>,
    /// The targets on this page that paths lead to, but that are refused today.
    pub refused: Vec<RefusedTransition>,
    /// The `cursor` of the next page; null on the last.
    pub next_cursor: Option<String>,
}

impl Transitions {
    /// A page of targets.
    #[must_use]
    pub fn of(targets: Vec<Target>, next_cursor: Option<String>) -> Self {
        let (mut data, mut refused) = (Vec::new(), Vec::new());
        for target in targets {
            match target {
                Target::Possible(possible) => data.push(*possible),
                Target::Refused(it) => refused.push(it),
            }
        }
        Self { data, refused, next_cursor }
    }
}

/// A target that paths lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// It can be reached.
    Possible(Box<PossibleTransition>),
    /// It is refused today.
    Refused(RefusedTransition),
}

impl Target {
    /// The offer.
    #[must_use]
    pub fn offer(&self) -> &str {
        match self {
            Self::Possible(possible) => &possible.target_offer,
            Self::Refused(refused) => &refused.offer,
        }
    }
}

/// In which language the targets are told.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SpokenIn {
    /// The locale of texts, dates and amounts; else the customer's, else the merchant's.
    #[param(value_type = Option<Locale>, inline)]
    pub locale: Option<String>,
}

/// A target that is refused today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedTransition {
    /// The offer.
    pub offer: String,
    /// Its title.
    pub title: String,
    /// Every path and subscription that was looked at, with its verdict.
    pub considered: Vec<Candidate>,
}

/// An active offer as a shop's button tells it to a customer. What a checkout would do is null
/// where they have the offer or it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerOffer {
    /// The offer.
    pub offer: String,
    /// Its title.
    pub title: String,
    /// What it is.
    pub summary: Option<String>,
    /// What the law wants to be told before it is bought.
    pub legal_advice: Option<String>,
    /// What a billing period costs.
    pub price: Money,
    /// That period.
    #[schema(value_type = Period)]
    pub billing_period: String,
    /// What it is to the customer.
    pub scenario: Scenario,
    /// Every path and subscription that was looked at, with its verdict.
    pub considered: Vec<Candidate>,
    /// The subscription that it would start from.
    pub source_subscription: Option<String>,
    /// The path that would fire.
    pub path: Option<String>,
    /// How it would relate to what the customer has.
    pub mode: Option<Purchase>,
    /// What would happen, and when.
    pub transition: Option<Transition>,
    /// The day on which it would take effect.
    #[schema(value_type = Option<Date>)]
    pub effective_on: Option<NaiveDate>,
    /// What would be due now.
    pub amount_due: Option<Money>,
    /// The next booking afterwards.
    #[schema(value_type = Option<Date>)]
    pub next_payment_on: Option<NaiveDate>,
    /// What would be booked then, if nothing else happened until that day.
    pub next_payment: Option<NextPayment>,
    /// The credit balance afterwards; below zero it is a debt.
    pub balance_after: Option<Money>,
    /// What would stay to be paid on other invoices.
    pub still_owed: Option<Money>,
    /// To what it would bind.
    pub commitment: Option<Commitment>,
    /// How it begins, where the customer is granted an introduction.
    pub introduction: Option<Introduction>,
    /// What would end by it.
    pub ends: Vec<Ending>,
    /// What the customer would read.
    pub confirmation: Option<Confirmation>,
}

impl CustomerOffer {
    /// An offer without what a checkout would do.
    #[must_use]
    pub fn plain(
        terms: &Terms,
        scenario: Scenario,
        considered: Vec<Candidate>,
        locale: &str,
    ) -> Self {
        Self {
            offer: terms.offer.to_string(),
            title: terms.title_in(locale).to_owned(),
            summary: terms.summary_in(locale).map(str::to_owned),
            legal_advice: terms.legal_advice_in(locale).map(str::to_owned),
            price: terms.price.into(),
            billing_period: terms.billing_period.to_string(),
            scenario,
            considered,
            source_subscription: None,
            path: None,
            mode: None,
            transition: None,
            effective_on: None,
            amount_due: None,
            next_payment_on: None,
            next_payment: None,
            balance_after: None,
            still_owed: None,
            commitment: None,
            introduction: None,
            ends: Vec::new(),
            confirmation: None,
        }
    }
}

/// A payout of a credit balance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayout {
    /// How much; at most what the balance has.
    pub amount: Money,
    /// What it is called where the money moves; spaces around that do not count.
    #[serde(deserialize_with = "crate::wire::trimmed")]
    #[schema(value_type = Reference)]
    pub reference: String,
}

/// A payout that was made, and what is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Payout {
    /// Its id.
    pub id: String,
    /// What it is: a payout.
    pub kind: PaymentKind,
    /// Who was paid.
    pub customer: String,
    /// The amount.
    pub amount: Money,
    /// What it is called where the money moves.
    pub reference: String,
    /// The day.
    #[schema(value_type = Date)]
    pub paid_on: NaiveDate,
    /// The instant of it.
    #[schema(value_type = Instant)]
    pub paid_at: DateTime<Utc>,
    /// What is owed to the customer now.
    pub credit_balance: Vec<Money>,
}
