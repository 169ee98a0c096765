//! Customers, what they can change to, and what is paid out to them. Balances are left to the
//! domain.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::catalogue::Terms;
use crate::rules::scenario::Scenario;
use crate::wire::checkouts::{
    Candidate, CheckoutMode, Commitment, Confirmation, Ending, Mode, NextPayment,
};
use crate::wire::paths::Transition;
use crate::wire::{Country, Date, Email, Instant, Locale, Money, Period, Reference, Text};

/// A customer to be written; everything may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CustomerBody {
    /// Where messages go.
    #[schema(value_type = Option<Email>)]
    pub email: Option<String>,
    /// The name on documents.
    #[schema(value_type = Option<Text>)]
    pub name: Option<String>,
    /// The postal address, in lines.
    #[schema(value_type = Option<Text>)]
    pub address: Option<String>,
    /// The customer's language.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
    /// The group that offers may depend on.
    #[schema(value_type = Option<Text>)]
    pub group: Option<String>,
    /// The customer's country.
    #[schema(value_type = Option<Country>)]
    pub country: Option<String>,
}

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Customer {
    /// Its id.
    pub id: String,
    /// Where messages go.
    pub email: Option<String>,
    /// The name on documents.
    pub name: Option<String>,
    /// The postal address, in lines.
    pub address: Option<String>,
    /// The customer's language.
    pub locale: Option<String>,
    /// The group that offers may depend on.
    pub group: Option<String>,
    /// The customer's country.
    pub country: Option<String>,
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
    /// What would end by it.
    pub ends: Vec<Ending>,
    /// What the customer would read.
    pub confirmation: Confirmation,
}

/// What a customer could change to today, and what not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Transitions {
    /// Every target that can be reached.
    pub data: Vec<PossibleTransition>,
    /// Every target that paths lead to, but that is refused today.
    pub refused: Vec<RefusedTransition>,
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

/// What an offer is to a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OfferScenario {
    /// An ordinary purchase.
    New,
    /// They have it, and it goes on.
    Current,
    /// A change to it waits for its day.
    Scheduled,
    /// They have it, and it ends.
    Ends,
    /// It takes the place of what costs less by the day.
    Up,
    /// It takes the place of what costs more by the day.
    Down,
    /// It takes the place of what costs as much by the day.
    Side,
    /// It is bought in addition.
    Add,
    /// It cannot be had today.
    Refused,
}

impl From<Scenario> for OfferScenario {
    fn from(scenario: Scenario) -> Self {
        match scenario {
            Scenario::New => Self::New,
            Scenario::Current => Self::Current,
            Scenario::Scheduled => Self::Scheduled,
            Scenario::Ends => Self::Ends,
            Scenario::Up => Self::Up,
            Scenario::Down => Self::Down,
            Scenario::Side => Self::Side,
            Scenario::Add => Self::Add,
            Scenario::Refused => Self::Refused,
        }
    }
}

/// An active offer as a shop's button tells it to a customer. What a checkout would do is null
/// where they have the offer or it is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerOffer {
    /// The offer.
    pub offer: String,
    /// Its title.
    pub title: String,
    /// What a billing period costs.
    pub price: Money,
    /// That period.
    #[schema(value_type = Period)]
    pub billing_period: String,
    /// What it is to the customer.
    pub scenario: OfferScenario,
    /// Every path and subscription that was looked at, with its verdict.
    pub considered: Vec<Candidate>,
    /// The subscription that it would start from.
    pub source_subscription: Option<String>,
    /// The path that would fire.
    pub path: Option<String>,
    /// How it would relate to what the customer has.
    pub mode: Option<CheckoutMode>,
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
    /// What would end by it.
    pub ends: Vec<Ending>,
    /// What the customer would read.
    pub confirmation: Option<Confirmation>,
}

impl CustomerOffer {
    /// An offer without what a checkout would do.
    #[must_use]
    pub fn plain(terms: &Terms, scenario: OfferScenario, considered: Vec<Candidate>) -> Self {
        Self {
            offer: terms.offer.to_string(),
            title: terms.title.clone(),
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
    /// What it is called where the money moves.
    #[schema(value_type = Reference)]
    pub reference: String,
}

/// A payout that was made, and what is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Payout {
    /// Its id.
    pub id: String,
    /// Who was paid.
    pub customer: String,
    /// How much.
    pub amount: Money,
    /// What it is called where the money moves.
    pub reference: String,
    /// When.
    #[schema(value_type = Instant)]
    pub paid_at: DateTime<Utc>,
    /// What is owed to the customer now.
    pub credit_balance: Vec<Money>,
}
