//! Gift rules. Which ones apply to a cart is left to the domain.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::gift_rule as domain;
use crate::wire::conditions::{Condition, amount, condition};
use crate::wire::{Amount, Currency, Date, Id, Instant, Rate, Title, one, yes};

/// One thing that a rule gives, at a `price` or with a `discount_percent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Gift {
    /// What.
    #[schema(value_type = Id)]
    pub product: String,
    /// How many for each time.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1_000_000, default = 1)]
    pub quantity: i64,
    /// What one costs; 0 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub price: Option<String>,
    /// How much of the product's price is taken off instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Rate>, nullable = false)]
    pub discount_percent: Option<String>,
    /// How many the rule has to give; reading shows what is left.
    #[serde(default = "hundred")]
    #[schema(minimum = 0, maximum = 1_000_000_000, default = 100)]
    pub stock: i64,
}

/// How often a rule may apply to one order: a number from 1 on, or `unlimited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Applications {
    /// As often as is bought.
    Word(Unlimited),
    /// So often.
    Times(i64),
}

/// The word for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unlimited {
    /// No limit.
    Unlimited,
}

/// A gift rule to be written. Saving it sets what is left of its gifts. Amounts are in its
/// currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GiftRuleBody {
    /// What customers see.
    #[schema(value_type = Title)]
    pub title: String,
    /// Whether it runs at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// The currency of its amounts; the merchant's where left out.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<String>,
    /// The first day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// With 0 it applies whenever it holds; of the others those of the lowest priority come first.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000, default = 0)]
    pub priority: i64,
    /// What has to be bought.
    pub buy: Condition,
    /// What is given, each product once.
    #[schema(min_items = 1, max_items = 50)]
    pub get: Vec<Gift>,
    /// Whether the customer picks one of the gifts.
    #[serde(default)]
    #[schema(default = false)]
    pub popup: bool,
    /// Whether what it gives counts for what other rules ask for.
    #[serde(default)]
    #[schema(default = false)]
    pub counts_for_other_rules: bool,
    /// How often it may apply to one order.
    #[serde(default = "once")]
    pub applications: Applications,
}

/// A gift rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GiftRule {
    /// Its id.
    pub id: String,
    /// What customers see.
    pub title: String,
    /// Whether it runs at all.
    pub active: bool,
    /// The currency of its amounts.
    pub currency: String,
    /// The first day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// Its tier.
    pub priority: i64,
    /// What has to be bought.
    pub buy: Condition,
    /// What is given, with what is left of it.
    pub get: Vec<Gift>,
    /// Whether the customer picks one of the gifts.
    pub popup: bool,
    /// Whether what it gives counts for what other rules ask for.
    pub counts_for_other_rules: bool,
    /// How often it may apply to one order.
    pub applications: Applications,
    /// When it was edited last.
    #[schema(value_type = Instant)]
    pub edited_at: DateTime<Utc>,
}

const fn hundred() -> i64 {
    100
}

const fn once() -> Applications {
    Applications::Times(1)
}

impl From<&domain::GiftRule> for GiftRule {
    fn from(it: &domain::GiftRule) -> Self {
        let gift = |gift: &domain::Gift| {
            let (price, discount_percent) = match gift.price {
                domain::GiftPrice::At(minor) => (Some(amount(minor, it.currency)), None),
                domain::GiftPrice::Off(rate) => (None, Some(rate.to_string())),
            };
            let (product, quantity) = (gift.product.to_string(), gift.quantity);
            Gift { product, quantity, price, discount_percent, stock: gift.stock }
        };
        Self {
            id: it.id.to_string(),
            title: it.title.clone(),
            active: it.validity.active,
            currency: it.currency.code().to_owned(),
            valid_from: it.validity.from,
            valid_until: it.validity.until,
            priority: it.priority,
            buy: condition(&it.buy, it.currency),
            get: it.get.iter().map(gift).collect(),
            popup: it.popup,
            counts_for_other_rules: it.counts_for_other_rules,
            applications: it
                .applications
                .map_or(Applications::Word(Unlimited::Unlimited), Applications::Times),
            edited_at: it.edited_at,
        }
    }
}
