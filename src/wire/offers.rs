//! Offers: what a checkout sells. Which tags, taxes and products exist is left to the handlers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::catalogue::Granted;
use crate::wire::texts::OfferText;
use crate::wire::{Id, Money, Period, Text, Title, yes};

/// An offer to be written. Editing it never changes what a running subscription pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "four switches, as they are published")]
pub struct OfferBody {
    /// What customers see.
    #[schema(value_type = Title)]
    pub title: String,
    /// The ids of the products.
    #[schema(value_type = Vec<Id>, min_items = 1, max_items = 100)]
    pub products: Vec<String>,
    /// What a billing period costs.
    pub price: Money,
    /// How often it is booked.
    #[schema(value_type = Period)]
    pub billing_period: String,
    /// How long the customer is bound: a multiple of the billing period, which it is unless given.
    #[schema(value_type = Option<Period>)]
    pub term: Option<String>,
    /// The length of each further term; the same unless given.
    #[schema(value_type = Option<Period>)]
    pub renewal_term: Option<String>,
    /// Whether another term begins at the end of one.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub auto_renew: bool,
    /// How long before the end of a term a cancellation must come to end it with that term, in
    /// days, weeks or months; up to its last day unless given.
    #[schema(value_type = Option<Period>)]
    pub notice: Option<String>,
    /// The ids of the tags.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, max_items = 100, default = json!([]))]
    pub tags: Vec<String>,
    /// The id of the tax category; without one there is no tax.
    #[schema(value_type = Option<Id>)]
    pub tax: Option<String>,
    /// Whether the price has the tax in it.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub tax_included: bool,
    /// Whether a subscription that was added ends with its parent.
    #[serde(default)]
    #[schema(default = false)]
    pub requires_parent: bool,
    /// How long a newcomer has it before anything is booked.
    #[schema(value_type = Option<Period>)]
    pub trial: Option<String>,
    /// What the first booked periods of a newcomer cost, in order; then it is the price.
    #[serde(default)]
    #[schema(max_items = 12, default = json!([]))]
    pub steps: Vec<Step>,
    /// Who is granted the trial and the steps: those who never had a subscription with one of its
    /// products, or everybody. Who replaces a subscription has them only where the path says so.
    #[serde(default)]
    #[schema(default = "once")]
    pub introduction: Granted,
    /// Whether it is sold.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// What it is, in a few sentences; customers read it under the title.
    #[schema(value_type = Option<Text>)]
    pub summary: Option<String>,
    /// What the law wants to be told: it stands before the button, on the invoice and in the
    /// confirmation.
    #[schema(value_type = Option<Text>)]
    pub legal_advice: Option<String>,
    /// The same by language, such as `de`: up to 50 of them. The checkout's locale picks, else its
    /// language; else it is as above.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub texts: BTreeMap<String, OfferText>,
}

/// An offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "four switches, as they are published")]
pub struct Offer {
    /// Its id.
    pub id: String,
    /// What customers see.
    pub title: String,
    /// The ids of the products.
    pub products: Vec<String>,
    /// What a billing period costs.
    pub price: Money,
    /// How often it is booked.
    #[schema(value_type = Period)]
    pub billing_period: String,
    /// How long the customer is bound.
    #[schema(value_type = Period)]
    pub term: String,
    /// The length of each further term, where it is another.
    #[schema(value_type = Option<Period>)]
    pub renewal_term: Option<String>,
    /// Whether another term begins at the end of one.
    pub auto_renew: bool,
    /// How long before the end of a term a cancellation must come, where not up to its last day.
    #[schema(value_type = Option<Period>)]
    pub notice: Option<String>,
    /// The ids of the tags.
    pub tags: Vec<String>,
    /// The id of the tax category.
    pub tax: Option<String>,
    /// Whether the price has the tax in it.
    pub tax_included: bool,
    /// Whether a subscription that was added ends with its parent.
    pub requires_parent: bool,
    /// How long a newcomer has it before anything is booked.
    #[schema(value_type = Option<Period>)]
    pub trial: Option<String>,
    /// What the first booked periods of a newcomer cost, in order; then it is the price.
    pub steps: Vec<Step>,
    /// Who is granted the trial and the steps.
    pub introduction: Granted,
    /// Whether it is sold.
    pub active: bool,
    /// What it is, in a few sentences.
    pub summary: Option<String>,
    /// What the law wants to be told before it is bought.
    pub legal_advice: Option<String>,
    /// The same by language.
    pub texts: BTreeMap<String, OfferText>,
}

/// The price of some booked periods at the beginning of a subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What a billing period costs, in the currency of the offer's price.
    pub price: Money,
    /// For how many booked periods.
    #[schema(minimum = 1, maximum = 120)]
    pub periods: u32,
}
