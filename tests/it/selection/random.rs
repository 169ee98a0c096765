//! Random carts and rules from a seed, of a world so small that things meet.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};
use crossgrade::domain::campaign::{Campaign, Discount, Offered, ShippingPolicy, StockPolicy};
use crossgrade::domain::cart::{Cart, CartLine, Item};
use crossgrade::domain::condition::{Bounds, Condition, Selector};
use crossgrade::domain::gift_rule::{Gift, GiftPrice, GiftRule};
use crossgrade::domain::ids::{
    CampaignId, CustomerId, GiftRuleId, OfferId, ProductId, PromotionId, TagId,
};
use crossgrade::domain::money::{Currency, Money, Rate};
use crossgrade::domain::promotion::{Promotion, PromotionUpsell, Reward, Suggestion};
use crossgrade::domain::text::Text;
use crossgrade::domain::validity::Validity;
use crossgrade::selection::facts::{Facts, OfferGoods, ProductFacts};

use crate::oracle::generate::Dice;

const PRODUCTS: [&str; 7] = ["p0", "p1", "p2", "p3", "p4", "p5", "p6"];
const BRANDS: [&str; 2] = ["A", "B"];
const TAGS: [&str; 2] = ["t", "u"];
const OFFERS: [&str; 2] = ["month", "year"];
const NAMES: [&str; 3] = ["x", "y", "z"];

fn small(dice: &mut Dice, end: u64) -> i64 {
    i64::try_from(dice.below(end)).unwrap()
}

fn product(dice: &mut Dice) -> ProductId {
    ProductId::parse(dice.pick::<&str>(&PRODUCTS)).unwrap()
}

fn currency(dice: &mut Dice) -> Currency {
    Currency::parse(if dice.one_in(8) { "EUR" } else { "USD" }).unwrap()
}

fn day(day: i64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 2, u32::try_from(day).unwrap()).unwrap()
}

fn validity(dice: &mut Dice) -> Validity {
    let around = |dice: &mut Dice| dice.one_in(6).then(|| day(8 + small(dice, 5)));
    let (from, until) = (around(dice), around(dice));
    Validity { active: !dice.one_in(10), from, until }
}

fn name(dice: &mut Dice) -> String {
    (*dice.pick::<&str>(&NAMES)).to_owned()
}

fn maybe_name(dice: &mut Dice) -> Option<String> {
    (!dice.one_in(3)).then(|| name(dice))
}

/// A cart, and what is known of everything.
pub(crate) fn facts(dice: &mut Dice) -> Facts {
    let mut products = BTreeMap::new();
    for (place, id) in PRODUCTS.iter().enumerate() {
        // The later are variants of the first two, at times.
        let parent = (place > 1 && dice.one_in(2))
            .then(|| ProductId::parse(PRODUCTS[usize::try_from(dice.below(2)).unwrap()]).unwrap());
        let goods = ProductFacts {
            title: (*id).to_owned(),
            is_physical: dice.one_in(2),
            variant_of: parent,
            brand: dice.one_in(2).then(|| (*dice.pick::<&str>(&BRANDS)).to_owned()),
            tags: TAGS
                .iter()
                .filter(|_| dice.one_in(3))
                .map(|it| TagId::parse(it).unwrap())
                .collect(),
            unit_net: (!dice.one_in(4)).then(|| Money::new(small(dice, 60), currency(dice))),
            stock: dice.one_in(2).then(|| small(dice, 8)),
            ships_to: NAMES.iter().filter(|_| dice.one_in(4)).map(|it| (*it).to_owned()).collect(),
        };
        products.insert(ProductId::parse(id).unwrap(), goods);
    }
    let mut offers = BTreeMap::new();
    for id in OFFERS {
        let tags = TAGS.iter().filter(|_| dice.one_in(2)).map(|it| TagId::parse(it).unwrap());
        let goods = OfferGoods { tags: tags.collect(), products: vec![product(dice)] };
        offers.insert(OfferId::parse(id).unwrap(), goods);
    }
    let count = dice.below(5);
    let lines = (0..count).map(|_| {
        if dice.one_in(6) {
            let item = Item::Offer(OfferId::parse(dice.pick::<&str>(&OFFERS)).unwrap());
            return CartLine { item, quantity: 1, unit_net: small(dice, 50) };
        }
        let (item, quantity) = (Item::Product(product(dice)), 1 + small(dice, 4));
        CartLine { item, quantity, unit_net: small(dice, 50) }
    });
    let lines = lines.collect();
    let rules = ["g0", "g1", "g2", "g3", "g4", "g5"];
    let mut picks = BTreeMap::new();
    for rule in rules {
        if dice.one_in(2) {
            picks.insert(GiftRuleId::parse(rule).unwrap(), product(dice));
        }
    }
    Facts {
        today: day(10),
        cart: Cart {
            customer: dice.one_in(2).then(|| CustomerId::parse("ada").unwrap()),
            customer_group: maybe_name(dice),
            locale: None,
            channel: name(dice),
            currency: currency(dice),
            shipping_country: maybe_name(dice),
            payment_method: maybe_name(dice),
            shipping_cost: None,
            coupon: dice.one_in(4).then(|| "TEN".to_owned()),
            lines,
            picks,
        },
        delivered: dice.one_in(8),
        premiums_only: dice.one_in(6),
        products,
        offers,
    }
}

fn selector(dice: &mut Dice) -> Selector {
    match dice.below(7) {
        0 => Selector::Brand((*dice.pick::<&str>(&BRANDS)).to_owned()),
        1 => Selector::Tag(TagId::parse(dice.pick::<&str>(&TAGS)).unwrap()),
        2 => Selector::Offer(OfferId::parse(dice.pick::<&str>(&OFFERS)).unwrap()),
        3 => Selector::Any,
        _ => Selector::Product(product(dice)),
    }
}

fn bounds(dice: &mut Dice) -> Bounds {
    let bound = |dice: &mut Dice| dice.one_in(3).then(|| small(dice, 200));
    let (min, above) = (bound(dice), bound(dice));
    let max = bound(dice).map(|max| max + min.unwrap_or(0));
    match (min, above, max) {
        (None, None, None) => Bounds { min: Some(small(dice, 200)), ..Bounds::default() },
        _ => Bounds { min, max, above },
    }
}

/// Something that buying can bring about: net, units or value.
pub(crate) fn need(dice: &mut Dice) -> Condition {
    match dice.below(5) {
        0 => Condition::Net(bounds(dice)),
        1 => Condition::Units { of: selector(dice), min: 1 + small(dice, 6) },
        2 => Condition::Value { of: selector(dice), min: small(dice, 150) },
        3 => Condition::Any((0..=dice.below(3)).map(|_| need(dice)).collect()),
        _ => Condition::All((0..=dice.below(2)).map(|_| need(dice)).collect()),
    }
}

fn condition(dice: &mut Dice, depth: u64) -> Condition {
    let names = |dice: &mut Dice| (0..=dice.below(2)).map(|_| name(dice)).collect();
    if depth < 3 && dice.one_in(2) {
        let inner =
            |dice: &mut Dice| (0..=dice.below(3)).map(|_| condition(dice, depth + 1)).collect();
        return match dice.below(5) {
            0 => Condition::Not(Box::new(condition(dice, depth + 1))),
            1 | 2 => Condition::Any(inner(dice)),
            _ => Condition::All(inner(dice)),
        };
    }
    match dice.below(12) {
        0 => Condition::CustomerGroup(names(dice)),
        1 => Condition::Country(names(dice)),
        2 => Condition::PaymentMethod(names(dice)),
        3 => Condition::Channel(names(dice)),
        4 => Condition::Coupon(dice.one_in(2)),
        _ => need(dice),
    }
}

/// Some campaigns.
pub(crate) fn campaigns(dice: &mut Dice) -> Vec<Campaign> {
    let some = |dice: &mut Dice, times: u64| -> std::collections::BTreeSet<String> {
        NAMES.iter().filter(|_| dice.one_in(times)).map(|it| (*it).to_owned()).collect()
    };
    let count = 1 + dice.below(8);
    (0..count)
        .map(|place| Campaign {
            id: CampaignId::parse(&format!("c{place}")).unwrap(),
            edit: i64::try_from((place * 7) % 11).unwrap(),
            edited_at: DateTime::UNIX_EPOCH,
            title: "c".to_owned(),
            currency: currency(dice),
            validity: validity(dice),
            channels: some(dice, 1)
                .into_iter()
                .chain(some(dice, 2))
                .filter(|_| !dice.one_in(6))
                .collect(),
            triggers: (0..dice.below(3))
                .map(|_| selector(dice))
                .filter(|it| *it != Selector::Any)
                .collect(),
            min_net: dice.one_in(4).then(|| small(dice, 100)),
            max_net: dice.one_in(4).then(|| small(dice, 200)),
            customer_groups: if dice.one_in(3) { some(dice, 2) } else { some(dice, 99) },
            countries: if dice.one_in(3) { some(dice, 2) } else { some(dice, 99) },
            payment_methods: if dice.one_in(3) { some(dice, 2) } else { some(dice, 99) },
            excluded_products: (0..dice.below(2)).map(|_| product(dice)).collect(),
            offered: if dice.one_in(5) {
                Offered::Offer(OfferId::parse(dice.pick::<&str>(&OFFERS)).unwrap())
            } else {
                Offered::Product(product(dice))
            },
            quantity: 1 + small(dice, 3),
            discount: dice.one_in(3).then(|| Discount::Percent(Rate::parse("10").unwrap())),
            stock_policy: if dice.one_in(4) { StockPolicy::Always } else { StockPolicy::InStock },
            shipping_policy: if dice.one_in(4) {
                ShippingPolicy::Always
            } else {
                ShippingPolicy::ShipsTo
            },
            priority: small(dice, 4),
        })
        .collect()
}

/// Some promotions.
pub(crate) fn promotions(dice: &mut Dice) -> Vec<Promotion> {
    let upsell = |dice: &mut Dice, place: u64| PromotionUpsell {
        id: format!("u{place}"),
        priority: 1 + small(dice, 3),
        when: condition(dice, 2),
        message: Text::parse("{missing}").unwrap(),
        media: None,
        suggest: vec![Suggestion::Picked(selector(dice))],
    };
    let count = 1 + dice.below(4);
    (0..count)
        .map(|place| Promotion {
            id: PromotionId::parse(&format!("p{place}")).unwrap(),
            edit: 1,
            edited_at: DateTime::UNIX_EPOCH,
            title: "p".to_owned(),
            currency: currency(dice),
            validity: validity(dice),
            qualifies: condition(dice, 0),
            reward: Reward::FreeShipping,
            upsells: (0..dice.below(5)).map(|place| upsell(dice, place)).collect(),
        })
        .collect()
}

/// Some gift rules, many of which feed each other.
pub(crate) fn gift_rules(dice: &mut Dice) -> Vec<GiftRule> {
    let count = 1 + dice.below(6);
    (0..count)
        .map(|place| {
            let mut get: Vec<Gift> = Vec::new();
            for _ in 0..=dice.below(3) {
                let gift = Gift {
                    product: product(dice),
                    quantity: 1 + small(dice, 3),
                    price: match dice.below(4) {
                        0 => GiftPrice::Off(Rate::parse(&dice.below(101).to_string()).unwrap()),
                        1 => GiftPrice::At(small(dice, 20)),
                        _ => GiftPrice::At(0),
                    },
                    stock: small(dice, 10),
                };
                if get.iter().all(|it| it.product != gift.product) {
                    get.push(gift);
                }
            }
            GiftRule {
                id: GiftRuleId::parse(&format!("g{place}")).unwrap(),
                edit: i64::try_from((place * 5) % 7).unwrap(),
                edited_at: DateTime::UNIX_EPOCH,
                title: "g".to_owned(),
                currency: currency(dice),
                validity: validity(dice),
                priority: small(dice, 4),
                buy: if dice.one_in(2) { need(dice) } else { condition(dice, 1) },
                get,
                popup: dice.one_in(4),
                counts_for_other_rules: !dice.one_in(3),
                applications: (!dice.one_in(3)).then(|| 1 + small(dice, 3)),
            }
        })
        .collect()
}
