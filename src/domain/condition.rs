//! Owns the one language in which promotions and gift rules say for which orders they hold.
//! Whether a condition holds, and what is missing, is for `selection::conditions`; whether a draft
//! makes one, for `rules`. Amounts are minor units in the currency of the rule.

use serde::{Deserialize, Serialize};

use super::ids::{OfferId, ProductId, TagId};

/// The most conditions that one rule may be made of, the groups counted, too.
pub const CONDITIONS_MAX: usize = 100;

/// How deep conditions may lie in each other.
pub const DEPTH_MAX: usize = 10;

/// What has to be so in an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Every one of these.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// The opposite.
    Not(Box<Condition>),
    /// The net value lies within bounds.
    Net(Bounds),
    /// At least so many pieces of what is picked.
    Units {
        /// What is counted.
        of: Selector,
        /// How many, at least 1.
        min: i64,
    },
    /// At least this net value of what is picked.
    Value {
        /// What is summed up.
        of: Selector,
        /// Minor units (inclusive).
        min: i64,
    },
    /// The customer is of one of these groups.
    CustomerGroup(Vec<String>),
    /// It ships to one of these countries.
    Country(Vec<String>),
    /// It is paid in one of these ways.
    PaymentMethod(Vec<String>),
    /// It comes by one of these channels.
    Channel(Vec<String>),
    /// Whether it redeems a coupon.
    Coupon(bool),
}

/// Bounds of a net value, in minor units; at least one is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// At least this much.
    pub min: Option<i64>,
    /// At most this much.
    pub max: Option<i64>,
    /// More than this.
    pub above: Option<i64>,
}

impl Bounds {
    /// The least that is enough: of `min` and one minor unit more than `above` the greater.
    #[must_use]
    pub fn least(&self) -> Option<i64> {
        self.min.max(self.above.map(|above| above.saturating_add(1)))
    }
}

/// What picks lines of an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// A product and its variants.
    Product(ProductId),
    /// The products of a brand.
    Brand(String),
    /// What carries a tag.
    Tag(TagId),
    /// An offer.
    Offer(OfferId),
    /// Everything.
    Any,
}

impl Condition {
    /// This condition and all that lie in it.
    pub fn walk(&self, visit: &mut impl FnMut(&Self)) {
        visit(self);
        match self {
            Self::All(inner) | Self::Any(inner) => {
                for condition in inner {
                    condition.walk(visit);
                }
            }
            Self::Not(inner) => inner.walk(visit),
            _ => {}
        }
    }

    /// Whether it names an amount, which only means something in the currency of its rule.
    #[must_use]
    pub fn has_amounts(&self) -> bool {
        let mut found = false;
        self.walk(&mut |it| found |= matches!(it, Self::Net(_) | Self::Value { .. }));
        found
    }

    /// What its clauses pick, in their order.
    #[must_use]
    pub fn selectors(&self) -> Vec<Selector> {
        let mut found = Vec::new();
        self.walk(&mut |it| {
            if let Self::Units { of, .. } | Self::Value { of, .. } = it {
                found.push(of.clone());
            }
        });
        found
    }
}
