//! Customers, what they can change to, and what is paid out to them. Balances are left to the
//! domain.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::path::{Mode, Transition};
use crate::wire::checkouts::{Commitment, Confirmation, Ending, NextPayment};
use crate::wire::{Country, Date, Email, Instant, Locale, Money, Reference, Text};

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
