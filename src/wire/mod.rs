//! What is sent and received: one file per noun, plain values only.
//!
//! The types are the published contract: their schemas are what requests are judged by. What a
//! value means is left to the domain, where the scalars and shapes stand that all nouns share; what
//! a merchant defines is sent as the draft that `rules::definitions` judge.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::domain::shapes::MoneyText as Money;
pub use crate::domain::shapes::*;

pub mod audit;
pub mod automation_reports;
pub mod automations;
pub mod billing;
pub mod campaigns;
pub mod carts;
pub mod changes;
pub mod checkouts;
pub mod coupons;
pub mod customers;
pub mod definitions;
pub mod documents;
pub mod events;
pub mod exports;
pub mod from_catalogue;
pub mod from_domain;
pub mod from_preview;
pub mod keys;
pub mod messages;
mod nouns;
pub mod orders;
pub mod paths;
pub mod payments;
pub mod portal;
pub mod price_changes;
pub mod products;
pub mod reports;
pub mod subscriptions;
pub mod tags;
pub mod test_clock;
pub mod upsells;
pub mod webhooks;

/// The body of a request that has nothing to say.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A text without the spaces around it: by these, nobody means another payment.
pub(crate) fn trimmed<'de, D: serde::Deserializer<'de>>(sent: D) -> Result<String, D::Error> {
    String::deserialize(sent).map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests;
