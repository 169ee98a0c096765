//! Promotions with their upsells. What an order earns is left to the domain.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::promotion::{self as domain, RewardKind};
use crate::wire::conditions::{Condition, Pick, amount, condition};
use crate::wire::{Amount, Currency, Date, Id, Instant, Rate, Title, Url, yes};

/// What a promotion gives, and how much of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"kind": "free_shipping"}))]
pub struct Reward {
    /// What.
    pub kind: RewardKind,
    /// How much of the order's value; with `percent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Rate>, nullable = false)]
    pub percent: Option<String>,
    /// How much; with `amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub amount: Option<String>,
}

/// What is told to who has not earned a promotion yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionUpsell {
    /// Its id, once in a promotion.
    #[schema(value_type = Id)]
    pub id: String,
    /// All that fit of the lowest priority with one that fits are granted.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub priority: i64,
    /// For which orders it is.
    pub when: Condition,
    /// What is told, with variables such as {missing}.
    #[schema(value_type = Title)]
    pub message: String,
    /// The address of a picture or the like.
    #[serde(default)]
    #[schema(value_type = Option<Url>)]
    pub media: Option<String>,
    /// What is suggested, in order.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub suggest: Vec<Pick>,
}

/// A promotion to be written. Amounts are in its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionBody {
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
    /// What earns it.
    pub qualifies: Condition,
    /// What is earned. It is told, not applied.
    pub reward: Reward,
    /// What is told to who has not earned it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub upsells: Vec<PromotionUpsell>,
}

/// A promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Promotion {
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
    /// What earns it.
    pub qualifies: Condition,
    /// What is earned.
    pub reward: Reward,
    /// What is told to who has not earned it.
    pub upsells: Vec<PromotionUpsell>,
    /// When it was edited last.
    #[schema(value_type = Instant)]
    pub edited_at: DateTime<Utc>,
}

impl From<&domain::Promotion> for Promotion {
    fn from(it: &domain::Promotion) -> Self {
        let upsell = |upsell: &domain::PromotionUpsell| PromotionUpsell {
            id: upsell.id.clone(),
            priority: upsell.priority,
            when: condition(&upsell.when, it.currency),
            message: upsell.message.source().to_owned(),
            media: upsell.media.clone(),
            suggest: upsell.suggest.iter().map(Into::into).collect(),
        };
        Self {
            id: it.id.to_string(),
            title: it.title.clone(),
            active: it.validity.active,
            currency: it.currency.code().to_owned(),
            valid_from: it.validity.from,
            valid_until: it.validity.until,
            qualifies: condition(&it.qualifies, it.currency),
            reward: reward(it),
            upsells: it.upsells.iter().map(upsell).collect(),
            edited_at: it.edited_at,
        }
    }
}

/// What a promotion gives.
#[must_use]
pub fn reward(promotion: &domain::Promotion) -> Reward {
    let of = |kind, percent, amount| Reward { kind, percent, amount };
    match promotion.reward {
        domain::Reward::FreeShipping => of(RewardKind::FreeShipping, None, None),
        domain::Reward::Percent(rate) => of(RewardKind::Percent, Some(rate.to_string()), None),
        domain::Reward::Amount(minor) => {
            of(RewardKind::Amount, None, Some(amount(minor, promotion.currency)))
        }
    }
}
