//! Conditions and selectors, which promotions, gift rules and campaigns share. Whether one holds
//! is left to the domain.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::condition as domain;
use crate::domain::money::{Currency, Money};
use crate::domain::promotion::Suggestion;
use crate::wire::{Amount, Country};

/// What has to be so in an order: exactly one of these. At most 100 conditions, 10 deep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"net": {"min": "100.00"}}))]
pub struct Condition {
    /// Every one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, nullable = false, min_items = 1)]
    pub all: Option<Vec<Condition>>,
    /// At least one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, nullable = false, min_items = 1)]
    pub any: Option<Vec<Condition>>,
    /// The opposite.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, nullable = false)]
    pub not: Option<Box<Condition>>,
    /// The net value lies within bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub net: Option<NetBounds>,
    /// At least so many pieces of what is picked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub units: Option<UnitsClause>,
    /// At least this net value of what is picked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub value: Option<ValueClause>,
    /// The customer is of one of these groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    pub customer_group: Option<Vec<String>>,
    /// It ships to one of these countries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Country>>, nullable = false, min_items = 1)]
    pub country: Option<Vec<String>>,
    /// It is paid in one of these ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    pub payment_method: Option<Vec<String>>,
    /// It comes by one of these channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    pub channel: Option<Vec<String>>,
    /// Whether it redeems a coupon.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub coupon: Option<bool>,
}

/// Bounds of a net value; at least one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetBounds {
    /// At least this much.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub min: Option<String>,
    /// At most this much.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub max: Option<String>,
    /// More than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub above: Option<String>,
}

/// So many pieces of what is picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitsClause {
    /// What is counted.
    pub of: Selector,
    /// How many.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub min: i64,
}

/// So much net value of what is picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValueClause {
    /// What is summed up.
    pub of: Selector,
    /// At least this much.
    #[schema(value_type = Amount)]
    pub min: String,
}

/// What picks lines of an order: exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"brand": "Acme"}))]
pub struct Selector {
    /// A product and its variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub product: Option<String>,
    /// The products of a brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub brand: Option<String>,
    /// What carries a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tag: Option<String>,
    /// An offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offer: Option<String>,
    /// Everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub any: Option<bool>,
}

/// A product by its id, or what picks some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Pick {
    /// A product.
    Product(String),
    /// What it picks.
    Selector(Selector),
}

/// An amount as a decimal string with the currency's own decimals.
pub(super) fn amount(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).amount()
}

/// A condition with its amounts in the currency of its rule.
#[must_use]
pub fn condition(condition: &domain::Condition, currency: Currency) -> Condition {
    use domain::Condition as From;
    let several =
        |inner: &[From]| Some(inner.iter().map(|inner| self::condition(inner, currency)).collect());
    let mut shown = Condition::default();
    match condition {
        From::All(inner) => shown.all = several(inner),
        From::Any(inner) => shown.any = several(inner),
        From::Not(inner) => shown.not = Some(Box::new(self::condition(inner, currency))),
        From::Net(bounds) => {
            let write = |minor: Option<i64>| minor.map(|minor| amount(minor, currency));
            shown.net = Some(NetBounds {
                min: write(bounds.min),
                max: write(bounds.max),
                above: write(bounds.above),
            });
        }
        From::Units { of, min } => {
            shown.units = Some(UnitsClause { of: of.into(), min: *min });
        }
        From::Value { of, min } => {
            shown.value = Some(ValueClause { of: of.into(), min: amount(*min, currency) });
        }
        From::CustomerGroup(names) => shown.customer_group = Some(names.clone()),
        From::Country(names) => shown.country = Some(names.clone()),
        From::PaymentMethod(names) => shown.payment_method = Some(names.clone()),
        From::Channel(names) => shown.channel = Some(names.clone()),
        From::Coupon(redeems) => shown.coupon = Some(*redeems),
    }
    shown
}

impl From<&domain::Selector> for Selector {
    fn from(selector: &domain::Selector) -> Self {
        let mut shown = Self::default();
        match selector {
            domain::Selector::Product(id) => shown.product = Some(id.to_string()),
            domain::Selector::Brand(name) => shown.brand = Some(name.clone()),
            domain::Selector::Tag(id) => shown.tag = Some(id.to_string()),
            domain::Selector::Offer(id) => shown.offer = Some(id.to_string()),
            domain::Selector::Any => shown.any = Some(true),
        }
        shown
    }
}

impl Pick {
    /// A trigger of a campaign: products go by their id alone.
    pub(super) fn trigger(selector: &domain::Selector) -> Self {
        match selector {
            domain::Selector::Product(id) => Self::Product(id.to_string()),
            other => Self::Selector(other.into()),
        }
    }
}

impl From<&Suggestion> for Pick {
    fn from(suggestion: &Suggestion) -> Self {
        match suggestion {
            Suggestion::Product(id) => Self::Product(id.to_string()),
            Suggestion::Picked(selector) => Self::Selector(selector.into()),
        }
    }
}
