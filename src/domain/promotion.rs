//! The promotion: a reward for an order, and what is told to who has not reached it yet. Rewards
//! are told, not applied. What an order earns, and how far it is, is for `selection::promotions`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::condition::{Condition, Selector};
use super::definition::{Definition, DefinitionLimit, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::{ProductId, PromotionId};
use super::money::{Currency, Rate};
use super::names::names;
use super::text::{PromotionVariable, Text};
use super::validity::Validity;

/// The most promotions of a merchant that are switched on.
const RULES_MAX: i64 = 1_000;

/// One promotion of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promotion {
    /// Chosen by the merchant.
    pub id: PromotionId,
    /// Rises with every save of any rule of the merchant.
    pub edit: i64,
    /// When it was last saved.
    pub edited_at: DateTime<Utc>,
    /// Shown to customers.
    pub title: String,
    /// The currency of its amounts.
    pub currency: Currency,
    /// When it holds.
    pub validity: Validity,
    /// What earns it.
    pub qualifies: Condition,
    /// What is earned.
    pub reward: Reward,
    /// What is told to who has not earned it, in the merchant's order.
    pub upsells: Vec<PromotionUpsell>,
}

names! {
    /// What a promotion gives.
    pub enum RewardKind {
        /// Shipping costs nothing.
        FreeShipping = "free_shipping",
        /// A part of the order's value.
        Percent = "percent",
        /// An amount.
        Amount = "amount",
    }
}

/// What a promotion gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reward {
    /// Shipping costs nothing.
    FreeShipping,
    /// A part of the order's value.
    Percent(Rate),
    /// Minor units.
    Amount(i64),
}

/// What is told to who has not earned a promotion yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromotionUpsell {
    /// Chosen by the merchant, once in a promotion.
    pub id: String,
    /// From 1; the lowest with a hit is granted.
    pub priority: i64,
    /// For which orders it is.
    pub when: Condition,
    /// What is told.
    pub message: Text<PromotionVariable>,
    /// The address of a picture or the like.
    pub media: Option<String>,
    /// What is suggested, in order.
    pub suggest: Vec<Suggestion>,
}

/// What an upsell suggests.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Suggestion {
    /// This very product.
    Product(ProductId),
    /// What is picked, by price.
    Picked(Selector),
}

impl Promotion {
    /// Whether it says an amount, which only means something in its own currency.
    #[must_use]
    pub fn has_amounts(&self) -> bool {
        let upsells = self.upsells.iter().any(|upsell| upsell.when.has_amounts());
        self.qualifies.has_amounts() || matches!(self.reward, Reward::Amount(_)) || upsells
    }
}

impl Definition for Promotion {
    type Id = PromotionId;

    const KIND: Kind = Kind {
        one: "promotion",
        table: "promotions",
        described: OperationTexts {
            group: "campaigns",
            many: "promotions",
            one: "a promotion",
            writing: "At most 1,000 may be active.",
            removing: "Orders keep what they have earned.",
        },
        saved: EventKind::PromotionSaved,
        deleted: Some(EventKind::PromotionDeleted),
        lock: Lock::Catalogue,
        refers: true,
        in_graph: false,
        weighs_uses: false,
        most: Some(DefinitionLimit::active_rules(RULES_MAX)),
    };

    fn id(&self) -> &PromotionId {
        &self.id
    }

    fn is_active(&self) -> bool {
        self.validity.active
    }
}
