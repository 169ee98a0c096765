//! The gift rule: who buys something gets something. Which ones apply to a cart, and how often, is
//! for `selection::gifts`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::condition::Condition;
use super::definition::{Definition, DefinitionLimit, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::{GiftRuleId, ProductId};
use super::money::{Currency, Rate};
use super::validity::Validity;

/// The most gifts that one rule may have.
pub const GIFTS_MAX: usize = 50;

/// The most gift rules of a merchant that are switched on.
const RULES_MAX: i64 = 1_000;

/// One gift rule of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftRule {
    /// Chosen by the merchant.
    pub id: GiftRuleId,
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
    /// Its tier: 0 is always applied, of the others the lowest that holds comes first.
    pub priority: i64,
    /// What has to be bought.
    pub buy: Condition,
    /// What is given, each product once.
    pub get: Vec<Gift>,
    /// Whether the customer picks one of the gifts, rather than getting them all.
    pub popup: bool,
    /// Whether what it gives counts for the conditions of other rules.
    pub counts_for_other_rules: bool,
    /// How often it may apply to one order; none is as often as is bought.
    pub applications: Option<i64>,
}

/// One thing that a rule gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// The product.
    pub product: ProductId,
    /// How many for each time, 1 or more.
    pub quantity: i64,
    /// What it costs.
    pub price: GiftPrice,
    /// How many the rule still has to give.
    pub stock: i64,
}

/// What one piece of a gift costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftPrice {
    /// Minor units of the rule's currency; usually 0.
    At(i64),
    /// This part off the product's net price, rounded half up before it is taken off.
    Off(Rate),
}

impl GiftRule {
    /// Whether it says an amount, which only means something in its own currency.
    #[must_use]
    pub fn has_amounts(&self) -> bool {
        let priced = |gift: &Gift| matches!(gift.price, GiftPrice::At(price) if price != 0);
        self.buy.has_amounts() || self.get.iter().any(priced)
    }
}

impl Definition for GiftRule {
    type Id = GiftRuleId;

    const KIND: Kind = Kind {
        one: "gift rule",
        table: "gift_rules",
        described: OperationTexts {
            group: "campaigns",
            many: "gift rules",
            one: "a gift rule",
            writing: "It sets what is left of its gifts. At most 1,000 may be active.",
            removing: "Orders keep what they were given.",
        },
        saved: EventKind::GiftRuleSaved,
        deleted: Some(EventKind::GiftRuleDeleted),
        lock: Lock::Shelf,
        refers: true,
        in_graph: false,
        weighs_uses: false,
        most: Some(DefinitionLimit::active_rules(RULES_MAX)),
    };

    fn id(&self) -> &GiftRuleId {
        &self.id
    }

    fn edit_number(&self) -> Option<i64> {
        Some(self.edit)
    }

    fn is_active(&self) -> bool {
        self.validity.active
    }
}
