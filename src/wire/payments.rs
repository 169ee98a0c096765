//! Money as it came in and left again. What it pays is left to the domain.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::document::{Payment as Stored, PaymentKind};
use crate::domain::ids::CustomerId;
use crate::domain::money::Money as Amount;
use crate::wire::{Date, Id, Money, Reference, Title};

/// Money that came in, bounced or was paid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    /// Its id.
    pub id: String,
    /// Which way it went.
    pub kind: PaymentKind,
    /// What it came in with: parts of one receipt share it, and bounce together.
    pub receipt: String,
    /// Whose it is.
    pub customer: String,
    /// The invoice that it pays; null where it is for the credit balance, or out of it.
    pub invoice: Option<String>,
    /// The checkout that it completed; null where it did not.
    pub checkout: Option<String>,
    /// How much; never below zero.
    pub amount: Money,
    /// What it is called where the money moves.
    pub reference: String,
    /// The day.
    #[schema(value_type = Date)]
    pub paid_on: NaiveDate,
    /// Why it bounced; null where it did not.
    pub reason: Option<String>,
}

impl Payment {
    /// How a customer's payment is written.
    #[must_use]
    pub fn of(customer: &CustomerId, payment: &Stored) -> Self {
        Self {
            id: payment.id.to_string(),
            kind: payment.kind,
            receipt: payment.receipt.to_string(),
            customer: customer.to_string(),
            invoice: payment.invoice.as_ref().map(ToString::to_string),
            checkout: payment.checkout.as_ref().map(ToString::to_string),
            amount: Amount::new(payment.amount.abs(), payment.currency).into(),
            reference: payment.reference.clone(),
            paid_on: payment.paid_on,
            reason: payment.reason.clone(),
        }
    }
}

/// Money of a customer that fits no invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// The amount.
    pub amount: Money,
    /// What it is called where the money moves; spaces around that do not count.
    #[serde(deserialize_with = "crate::wire::trimmed")]
    #[schema(value_type = Reference)]
    pub reference: String,
    /// The day on which it came in; today unless given.
    #[schema(value_type = Option<Date>)]
    pub paid_on: Option<NaiveDate>,
}

/// What money of a customer did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReceivedPayment {
    /// The id of its first part.
    pub id: String,
    /// Whose it is.
    pub customer: String,
    /// How much came in.
    pub amount: Money,
    /// What it is called where the money moves.
    pub reference: String,
    /// The day on which it came in.
    #[schema(value_type = Date)]
    pub paid_on: NaiveDate,
    /// Its parts: for each invoice that it paid, and for the credit balance.
    pub payments: Vec<Payment>,
    /// What is owed to the customer now, by currency; below zero it is a debt.
    pub credit_balance: Vec<Money>,
}

/// Why money bounced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BounceBody {
    /// The reason, as the bank told it.
    #[schema(value_type = Title)]
    pub reason: String,
}

/// What became of money that bounced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnedPayment {
    /// The payment that was named.
    pub id: String,
    /// Whose it was.
    pub customer: String,
    /// How much was taken back.
    pub amount: Money,
    /// The reference with which it came in.
    pub reference: String,
    /// Why it bounced.
    pub reason: String,
    /// What was taken back of each invoice, and of the credit balance.
    pub payments: Vec<Payment>,
    /// What is owed to the customer now, by currency; below zero it is a debt.
    pub credit_balance: Vec<Money>,
}

/// Which payments are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PaymentFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those for this invoice.
    #[param(value_type = Option<Id>, inline)]
    pub invoice: Option<String>,
    /// Those that are called this where the money moves.
    #[param(value_type = Option<Reference>, inline)]
    pub reference: Option<String>,
    /// Those of this day or later.
    #[param(value_type = Option<Date>, inline)]
    pub from: Option<NaiveDate>,
    /// Those of this day or before.
    #[param(value_type = Option<Date>, inline)]
    pub to: Option<NaiveDate>,
}
