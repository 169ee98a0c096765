//! What a cart says: who buys, where, and what. An order says the same. What a merchant's rules
//! make of it is for `selection`. Amounts are minor units of the cart's currency, without tax.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::ids::{CustomerId, GiftRuleId, OfferId, ProductId};
use super::money::Currency;

/// The most lines of a cart.
pub const LINES_MAX: usize = 200;

/// The largest quantity of a line.
pub const QUANTITY_MAX: i64 = 1_000_000;

/// A cart. What it does not say it does not say: nothing is made up for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Who buys, where that is known.
    pub customer: Option<CustomerId>,
    /// The customer's group; where the cart names none, that of the customer.
    pub customer_group: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// By which channel it comes.
    pub channel: String,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// ISO 3166.
    pub shipping_country: Option<String>,
    /// How it is paid.
    pub payment_method: Option<String>,
    /// What shipping costs.
    pub shipping_cost: Option<i64>,
    /// The code of the coupon that it redeems, as it was said.
    #[serde(default)]
    pub coupon: Option<String>,
    /// What the customer has put in.
    pub lines: Vec<CartLine>,
    /// What the customer picked of the gifts of a rule.
    pub picks: BTreeMap<GiftRuleId, ProductId>,
}

/// What stands on a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Goods.
    Product(ProductId),
    /// A subscription to be.
    Offer(OfferId),
}

impl Item {
    /// The goods that it is, if it is goods.
    #[must_use]
    pub fn product(&self) -> Option<&ProductId> {
        match self {
            Self::Product(product) => Some(product),
            Self::Offer(_) => None,
        }
    }

    /// The subscription that it is, if it is one.
    #[must_use]
    pub fn offer(&self) -> Option<&OfferId> {
        match self {
            Self::Product(_) => None,
            Self::Offer(offer) => Some(offer),
        }
    }

    /// The id of what it is.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Product(product) => product.as_str(),
            Self::Offer(offer) => offer.as_str(),
        }
    }
}

/// One line of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartLine {
    /// The thing that was bought.
    pub item: Item,
    /// How many, 1 to [`QUANTITY_MAX`].
    pub quantity: i64,
    /// What one costs after discounts; of an offer, its regular price for one billing period.
    pub unit_net: i64,
}

impl CartLine {
    /// What the line comes to.
    #[must_use]
    pub fn net(&self) -> i64 {
        self.quantity.saturating_mul(self.unit_net)
    }
}

impl Cart {
    /// The net value: all lines, without tax, shipping, coupons and gifts.
    #[must_use]
    pub fn net(&self) -> i64 {
        self.lines.iter().fold(0, |sum, line| sum.saturating_add(line.net()))
    }
}
