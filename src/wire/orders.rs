//! Orders, and what is offered after them. Inside an order, which has one currency, amounts are
//! plain decimals in that currency; what stands alone is money.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::domain::money::{Currency as Code, Money as Amounts};
use crate::domain::order::{self, OrderPromotion, OrderStatus};
use crate::domain::promotion;
use crate::wire::{Amount, Country, Currency, Id, Instant, Locale, Money, Reference, Title};

/// A line of an order for which too little is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ShortLine {
    /// Its place among the lines, from 0.
    pub line: usize,
    /// The product.
    pub product: String,
    /// How many all lines of this product want.
    pub wanted: i64,
    /// How many are left.
    pub left: i64,
}

/// A line as it is put into an order or a cart: a product with its quantity and price, or, in a
/// cart, an offer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"product": "pin", "quantity": 2, "unit_net": "4.90"}))]
pub struct LineBody {
    /// The product.
    #[schema(value_type = Option<Id>)]
    pub product: Option<String>,
    /// The number of pieces.
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub quantity: Option<i64>,
    /// What one costs after discounts, without tax, in the currency of the order.
    #[schema(value_type = Option<Amount>)]
    pub unit_net: Option<String>,
    /// A subscription to be, in a cart only.
    #[schema(value_type = Option<Id>)]
    pub offer: Option<String>,
}

/// An order to be placed. What it does not say it does not say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrderBody {
    /// Its id; made up unless given. Sent again with the same body, it is the same order.
    #[schema(value_type = Option<Id>)]
    pub id: Option<String>,
    /// Who buys; created where unknown.
    #[schema(value_type = Option<Id>)]
    pub customer: Option<String>,
    /// The customer's group, where it is another than the one they are known by.
    #[schema(value_type = Option<Title>)]
    pub customer_group: Option<String>,
    /// The language.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
    /// Where it was placed, such as the web or a shop.
    #[schema(value_type = Title, example = "web")]
    pub channel: String,
    /// The currency of all amounts in it.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// Where it is sent.
    #[schema(value_type = Option<Country>)]
    pub shipping_country: Option<String>,
    /// How it is paid.
    #[schema(value_type = Option<Title>, example = "card")]
    pub payment_method: Option<String>,
    /// What shipping costs.
    #[schema(value_type = Option<Amount>)]
    pub shipping_cost: Option<String>,
    /// The code of a coupon.
    #[schema(value_type = Option<Title>)]
    pub coupon: Option<String>,
    /// What was bought.
    #[schema(min_items = 1, max_items = 200)]
    pub lines: Vec<LineBody>,
    /// What the customer picked of the gifts of a rule, by the rule.
    #[serde(default)]
    #[schema(value_type = Object, additional_properties = true)]
    pub picks: BTreeMap<String, String>,
    /// When it was placed; now unless given.
    #[schema(value_type = Option<Instant>)]
    pub placed_at: Option<DateTime<Utc>>,
    /// The `stamp` of the evaluation that the customer saw.
    #[schema(value_type = Option<Reference>)]
    pub expects: Option<String>,
    /// Whether it was bought elsewhere, before: it takes no stock and nothing follows from it.
    #[serde(default)]
    #[schema(default = false)]
    pub brought_over: bool,
}

/// Something that has happened to an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HappenedBody {
    /// When; now unless given. A time before the order counts as that of the order.
    #[schema(value_type = Option<Instant>)]
    pub at: Option<DateTime<Utc>>,
    /// How much was paid, or paid back; all of it unless given.
    pub amount: Option<Money>,
    /// The shop's name for it. Of refunds with the same one only the first counts.
    #[schema(value_type = Option<Reference>)]
    pub event_id: Option<String>,
}

/// Which orders are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrderFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<OrderStatus>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderLine {
    /// The product, where it is goods.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub product: Option<String>,
    /// The offer, where it is the subscription that was bought in a checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offer: Option<String>,
    /// The number of pieces.
    pub quantity: i64,
    /// What one costs.
    #[schema(value_type = Amount)]
    pub unit_net: String,
    /// The campaign by whose offer it was added.
    pub campaign: Option<String>,
}

/// What was given with an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderGift {
    /// The gift rule.
    pub rule: String,
    /// How often the rule applied.
    pub times: i64,
    /// The product.
    pub product: String,
    /// The number of pieces.
    pub quantity: i64,
    /// What one costs.
    #[schema(value_type = Amount)]
    pub price: String,
}

/// What a gift rule that applied could not give.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GiftLeftOut {
    /// The gift rule.
    pub rule: String,
    /// The product.
    pub product: String,
    /// The number of pieces.
    pub quantity: i64,
}

/// A promotion that an order has earned, as it was then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Earned {
    /// The promotion.
    pub promotion: String,
    /// What it was called.
    pub title: String,
    /// What it gives.
    #[schema(value_type = Object)]
    pub reward: Value,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Order {
    /// Its id.
    pub id: String,
    /// Whether it counts.
    pub status: OrderStatus,
    /// Who bought.
    pub customer: Option<String>,
    /// The customer's group, where it was said.
    pub customer_group: Option<String>,
    /// The language, where it was said.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
    /// Where it was placed.
    pub channel: String,
    /// The currency of all amounts in it.
    #[schema(value_type = Currency)]
    pub currency: String,
    /// Where it is sent.
    #[schema(value_type = Option<Country>)]
    pub shipping_country: Option<String>,
    /// How it is paid.
    pub payment_method: Option<String>,
    /// What shipping costs.
    #[schema(value_type = Option<Amount>)]
    pub shipping_cost: Option<String>,
    /// The code of its coupon.
    pub coupon: Option<String>,
    /// What the customer picked of the gifts of a rule, by the rule.
    #[schema(value_type = Object, additional_properties = true)]
    pub picks: BTreeMap<String, String>,
    /// The stamp that it was placed with.
    pub expects: Option<String>,
    /// Whether it was bought elsewhere, before.
    pub brought_over: bool,
    /// What was bought; an accepted offer stands at the end.
    pub lines: Vec<OrderLine>,
    /// What was given with it.
    pub gifts: Vec<OrderGift>,
    /// What could not be given.
    pub gifts_left_out: Vec<GiftLeftOut>,
    /// The promotions that it has earned: told, not applied.
    pub promotions: Vec<Earned>,
    /// What its lines come to.
    #[schema(value_type = Amount)]
    pub net: String,
    /// What its coupon takes off.
    #[schema(value_type = Amount)]
    pub discount: String,
    /// Whether its coupon makes shipping free.
    pub free_shipping: bool,
    /// Lines and gifts at their prices, less the discount.
    #[schema(value_type = Amount)]
    pub total: String,
    /// What was paid.
    #[schema(value_type = Amount)]
    pub paid: String,
    /// What was paid back.
    #[schema(value_type = Amount)]
    pub refunded: String,
    /// When it was placed.
    #[schema(value_type = Instant)]
    pub placed_at: DateTime<Utc>,
    /// When it was paid.
    #[schema(value_type = Option<Instant>)]
    pub paid_at: Option<DateTime<Utc>>,
    /// When it was delivered.
    #[schema(value_type = Option<Instant>)]
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it was cancelled.
    #[schema(value_type = Option<Instant>)]
    pub cancelled_at: Option<DateTime<Utc>>,
}

impl From<&order::Order> for Order {
    fn from(order: &order::Order) -> Self {
        let cart = &order.said.cart;
        let amount = |minor: i64| order.money(minor).amount();
        let line = |line: &order::OrderLine| OrderLine {
            product: line.item.product().map(ToString::to_string),
            offer: line.item.offer().map(ToString::to_string),
            quantity: line.quantity,
            unit_net: amount(line.unit_net),
            campaign: line.campaign.as_ref().map(ToString::to_string),
        };
        let gift = |gift: &order::OrderGift| OrderGift::of(gift, order.said.cart.currency);
        let left_out = |gift: &order::OrderGift| GiftLeftOut {
            rule: gift.rule.to_string(),
            product: gift.product.to_string(),
            quantity: gift.quantity,
        };
        let earned = order.promotions.iter().filter(|told| told.upsell.is_none());
        let earned = earned.map(|OrderPromotion { promotion, title, reward, .. }| Earned {
            promotion: promotion.to_string(),
            title: title.clone(),
            reward: reward_of(*reward, order.said.cart.currency),
        });
        Self {
            id: order.id.to_string(),
            status: order.status,
            customer: cart.customer.as_ref().map(ToString::to_string),
            customer_group: cart.customer_group.clone(),
            locale: cart.locale.clone(),
            channel: cart.channel.clone(),
            currency: cart.currency.code().to_owned(),
            shipping_country: cart.shipping_country.clone(),
            payment_method: cart.payment_method.clone(),
            shipping_cost: cart.shipping_cost.map(amount),
            coupon: cart.coupon.clone(),
            picks: cart.picks.iter().map(|(rule, it)| (rule.to_string(), it.to_string())).collect(),
            expects: order.said.expects.clone(),
            brought_over: order.said.brought_over,
            lines: order.lines.iter().map(line).collect(),
            gifts: order.gifts.iter().filter_map(gift).collect(),
            gifts_left_out: (order.gifts.iter())
                .filter(|gift| gift.price.is_none())
                .map(left_out)
                .collect(),
            promotions: earned.collect(),
            net: amount(order.net()),
            discount: amount(order.discount),
            free_shipping: order.free_shipping,
            total: amount(order.total()),
            paid: amount(order.paid),
            refunded: amount(order.refunded),
            placed_at: order.placed_at,
            paid_at: order.paid_at,
            delivered_at: order.delivered_at,
            cancelled_at: order.cancelled_at,
        }
    }
}

impl OrderGift {
    /// A gift in the currency of its order; none where it was left out.
    #[must_use]
    pub fn of(gift: &order::OrderGift, currency: Code) -> Option<Self> {
        Some(Self {
            rule: gift.rule.to_string(),
            times: gift.times,
            product: gift.product.to_string(),
            quantity: gift.quantity,
            price: Amounts::new(gift.price?, currency).amount(),
        })
    }
}

/// A reward, as it was said.
fn reward_of(reward: promotion::Reward, currency: Code) -> Value {
    match reward {
        promotion::Reward::FreeShipping => json!({"kind": "free_shipping"}),
        promotion::Reward::Percent(percent) => {
            json!({"kind": "percent", "percent": percent.to_string()})
        }
        promotion::Reward::Amount(minor) => {
            json!({"kind": "amount", "amount": Amounts::new(minor, currency).amount()})
        }
    }
}
