//! The order: what a customer bought in a shop, and what became of it. Subscriptions are bought in
//! a checkout; what is offered after an order is for [`super::upsell`]. Amounts are minor units of
//! the order's currency, without tax.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::cart::{Cart, Item};
use super::coupon::folded;
use super::ids::{
    CampaignId, ChangeId, CheckoutId, CouponId, GiftRuleId, OrderId, ProductId, PromotionId,
    SubscriptionId,
};
use super::money::Money;
use super::names::names;
use super::promotion::Reward;
use super::stock::StockCause;

/// What was said when an order was placed: said again, it is the same order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRequest {
    /// Who bought, where, and what.
    pub cart: Cart,
    /// When, if that was said.
    pub placed_at: Option<DateTime<Utc>>,
    /// The stamp of the evaluation that the customer saw, if any.
    pub expects: Option<String>,
    /// Whether it was bought elsewhere, before: nothing follows from it.
    pub brought_over: bool,
}

names! {
    /// Whether an order counts.
    pub enum OrderStatus {
        /// It does.
        Open = "open",
        /// It was cancelled.
        Cancelled = "cancelled",
    }
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// Goods, or the subscription that was bought in a checkout.
    pub item: Item,
    /// The number of pieces.
    pub quantity: i64,
    /// What one cost after discounts.
    pub unit_net: i64,
    /// The campaign by whose offer it was added.
    pub campaign: Option<CampaignId>,
}

/// Something given with an order, or what could not be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderGift {
    /// The rule that gives it.
    pub rule: GiftRuleId,
    /// The edit of the rule that gave it.
    pub edit: i64,
    /// How often the rule applied.
    pub times: i64,
    /// The product.
    pub product: ProductId,
    /// The number of pieces.
    pub quantity: i64,
    /// What one costs; none where these were left out.
    pub price: Option<i64>,
}

/// A change of what a rule has left of a gift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftMove {
    /// The rule.
    pub rule: GiftRuleId,
    /// The edit of the rule that the order was given it by: what comes back counts only where the
    /// rule was not written since.
    pub edit: i64,
    /// The gift.
    pub product: ProductId,
    /// How many go, below zero, or come back.
    pub change: i64,
    /// The cause.
    pub cause: StockCause,
    /// The order or checkout that it is for.
    pub subject: String,
}

/// A promotion that an order has earned, or was near to, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPromotion {
    /// The promotion.
    pub promotion: PromotionId,
    /// What it was called.
    pub title: String,
    /// What it gives.
    pub reward: Reward,
    /// The upsell that was told of it; none where it was earned.
    pub upsell: Option<String>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Chosen by the shop, or `ord_…`.
    pub id: OrderId,
    /// What was said when it was placed.
    pub said: OrderRequest,
    /// Whether it counts.
    pub status: OrderStatus,
    /// What was bought, an accepted offer at the end.
    pub lines: Vec<OrderLine>,
    /// What was given, and what was left out of that.
    pub gifts: Vec<OrderGift>,
    /// The promotions that it has earned, and the upsells of those that it was near to.
    pub promotions: Vec<OrderPromotion>,
    /// The coupon that it has redeemed.
    pub coupon: Option<CouponId>,
    /// What its coupon takes off.
    pub discount: i64,
    /// Whether its coupon makes shipping free.
    pub free_shipping: bool,
    /// What was paid.
    pub paid: i64,
    /// What was paid back.
    pub refunded: i64,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When it was paid.
    pub paid_at: Option<DateTime<Utc>>,
    /// When it was delivered.
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl OrderRequest {
    /// Whether it is the same order told again: codes of coupons are read without case.
    #[must_use]
    pub fn is_same(&self, told: &Self) -> bool {
        let plain = |it: &Self| {
            let coupon = it.cart.coupon.as_deref().map(folded);
            Self { cart: Cart { coupon, ..it.cart.clone() }, ..it.clone() }
        };
        self == told || plain(self) == plain(told)
    }
}

impl Order {
    /// What its lines come to.
    #[must_use]
    pub fn net(&self) -> i64 {
        let lines = self.lines.iter().map(|line| line.quantity.saturating_mul(line.unit_net));
        lines.fold(0, i64::saturating_add)
    }

    /// Whether anything may be offered after it: not where it was cancelled, nor where another
    /// system sold it.
    #[must_use]
    pub fn may_be_offered(&self) -> bool {
        self.status != OrderStatus::Cancelled && !self.said.brought_over
    }

    /// Whether all that was paid was paid back.
    #[must_use]
    pub fn is_paid_back(&self) -> bool {
        self.paid > 0 && self.refunded >= self.paid
    }

    /// What it comes to: lines, and gifts at their prices, less the coupon's discount.
    #[must_use]
    pub fn total(&self) -> i64 {
        let priced = |gift: &OrderGift| gift.quantity.saturating_mul(gift.price.unwrap_or(0));
        let gifts = self.gifts.iter().map(priced);
        gifts.fold(self.net(), i64::saturating_add).saturating_sub(self.discount)
    }

    /// An amount of it as money.
    #[must_use]
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.said.cart.currency)
    }
}

/// What an order that a checkout has made waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwaitedSubscription {
    /// The order.
    pub order: OrderId,
    /// The checkout.
    pub checkout: CheckoutId,
    /// The subscription that was bought: it may be one to be.
    pub subscription: SubscriptionId,
    /// The change that begins it, where that waits.
    pub change: Option<ChangeId>,
    /// Whether everything in it is digital, so that it is delivered when the subscription starts.
    pub digital: bool,
}

/// Money paid back for an order, once for each event of the shop's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// The shop's name for it; empty where it has none.
    pub event: String,
    /// The amount.
    pub amount: i64,
    /// The instant of it.
    pub at: DateTime<Utc>,
}
