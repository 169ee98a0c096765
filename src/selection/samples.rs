//! Carts and rules for the tests of selection.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use crate::domain::campaign::{Campaign, Offered, ShippingPolicy, StockPolicy};
use crate::domain::cart::{Cart, CartLine, Item};
use crate::domain::condition::Condition;
use crate::domain::gift_rule::{Gift, GiftPrice, GiftRule};
use crate::domain::ids::{CampaignId, GiftRuleId, OfferId, ProductId, TagId};
use crate::domain::money::{Currency, Money};
use crate::domain::validity::Validity;

use super::facts::{Facts, OfferGoods, ProductFacts};

/// The day of all of them.
pub(super) fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, day).unwrap()
}

pub(super) fn usd() -> Currency {
    Currency::parse("USD").unwrap()
}

pub(super) fn product(id: &str) -> ProductId {
    ProductId::parse(id).unwrap()
}

/// A cart in USD by the channel `web`, on the tenth, of products with quantity and unit price in
/// cents.
pub(super) fn cart(lines: &[(&str, i64, i64)]) -> Facts {
    let line = |(id, quantity, unit_net): &(&str, i64, i64)| CartLine {
        item: Item::Product(product(id)),
        quantity: *quantity,
        unit_net: *unit_net,
    };
    Facts {
        today: day(10),
        cart: Cart {
            customer: None,
            customer_group: None,
            locale: None,
            channel: "web".to_owned(),
            currency: usd(),
            shipping_country: None,
            payment_method: None,
            shipping_cost: None,
            coupon: None,
            lines: lines.iter().map(line).collect(),
            picks: BTreeMap::new(),
        },
        delivered: false,
        premiums_only: false,
        products: BTreeMap::new(),
        offers: BTreeMap::new(),
    }
}

impl Facts {
    /// The same, where a product is known.
    pub(super) fn knowing(mut self, id: &str, about: impl FnOnce(&mut ProductFacts)) -> Self {
        let goods = self.products.entry(product(id)).or_default();
        goods.is_physical = true;
        about(goods);
        self
    }

    /// The same, where a product has a price in cents.
    pub(super) fn pricing(self, id: &str, cents: i64) -> Self {
        self.knowing(id, |goods| goods.unit_net = Some(Money::new(cents, usd())))
    }

    /// The same, where so many of a product are left.
    pub(super) fn stocking(self, id: &str, stock: i64) -> Self {
        self.knowing(id, |goods| goods.stock = Some(stock))
    }

    /// The same, with something else said by the cart.
    pub(super) fn saying(mut self, about: impl FnOnce(&mut Cart)) -> Self {
        about(&mut self.cart);
        self
    }

    /// The same with a line of an offer, which carries a tag and contains products.
    pub(super) fn offering(mut self, id: &str, cents: i64, tag: &str, contains: &[&str]) -> Self {
        let offer = OfferId::parse(id).unwrap();
        let tags = BTreeSet::from([TagId::parse(tag).unwrap()]);
        let products = contains.iter().map(|id| product(id)).collect();
        self.offers.insert(offer.clone(), OfferGoods { tags, products });
        let item = Item::Offer(offer);
        self.cart.lines.push(CartLine { item, quantity: 1, unit_net: cents });
        self
    }
}

/// A condition, its amounts in cents.
pub(super) fn condition(json: Value) -> Condition {
    serde_json::from_value(json).unwrap()
}

/// A campaign that offers a product on the channel `web`, to everybody.
pub(super) fn campaign(id: &str, offered: &str, priority: i64) -> Campaign {
    Campaign {
        id: CampaignId::parse(id).unwrap(),
        edit: 1,
        edited_at: DateTime::UNIX_EPOCH,
        title: id.to_owned(),
        currency: usd(),
        validity: Validity::ALWAYS,
        channels: ["web".to_owned()].into(),
        triggers: Vec::new(),
        min_net: None,
        max_net: None,
        customer_groups: BTreeSet::new(),
        countries: BTreeSet::new(),
        payment_methods: BTreeSet::new(),
        excluded_products: BTreeSet::new(),
        offered: Offered::Product(product(offered)),
        quantity: 1,
        discount: None,
        stock_policy: StockPolicy::InStock,
        shipping_policy: ShippingPolicy::ShipsTo,
        priority,
    }
}

/// A rule that gives one of each of these for nothing, once.
pub(super) fn gift_rule(id: &str, priority: i64, buy: Value, get: &[&str]) -> GiftRule {
    let gift =
        |id: &&str| Gift { product: product(id), quantity: 1, price: GiftPrice::At(0), stock: 100 };
    GiftRule {
        id: GiftRuleId::parse(id).unwrap(),
        edit: 1,
        edited_at: DateTime::UNIX_EPOCH,
        title: id.to_owned(),
        currency: usd(),
        validity: Validity::ALWAYS,
        priority,
        buy: condition(buy),
        get: get.iter().map(gift).collect(),
        popup: false,
        counts_for_other_rules: false,
        applications: Some(1),
    }
}
