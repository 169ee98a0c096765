//! The source's sentences, each as the name of a test that shows it.

use chrono::DateTime;
use serde_json::{Value, json};

use std::collections::BTreeMap;

use super::*;
use crate::domain::condition::Selector;
use crate::domain::ids::{PromotionId, TagId};
use crate::domain::money::{Currency, Money};
use crate::domain::promotion::{Reward, Suggestion};
use crate::domain::text::Text;
use crate::domain::validity::Validity;
use crate::domain::verdict::Reasoned;
use crate::selection::assortment::suggestions;
use crate::selection::facts::ProductFacts;
use crate::selection::samples::{cart, condition, product, usd};

fn upsell(id: &str, priority: i64, when: Value, suggest: Vec<Suggestion>) -> PromotionUpsell {
    PromotionUpsell {
        id: id.to_owned(),
        priority,
        when: condition(when),
        message: Text::parse("Spend another {missing}").unwrap(),
        media: None,
        suggest,
    }
}

/// Free shipping for orders of a value over an amount.
fn free_shipping(above: i64, upsells: Vec<PromotionUpsell>) -> Promotion {
    Promotion {
        id: PromotionId::parse("free-shipping").unwrap(),
        edit: 1,
        edited_at: DateTime::UNIX_EPOCH,
        title: "Free shipping".to_owned(),
        currency: usd(),
        validity: Validity::ALWAYS,
        qualifies: condition(json!({"net": {"min": above}})),
        reward: Reward::FreeShipping,
        upsells,
    }
}

/// The upsells granted, and why there are none.
fn granted_to(promotion: &Promotion, facts: &Facts) -> (Vec<String>, Option<&'static str>) {
    let told = judge_promotions(std::slice::from_ref(promotion), facts);
    let ids = told[0].upsells.iter().map(|it| it.upsell.id.clone()).collect();
    (ids, told[0].verdict.code())
}

/// What an order is told of a promotion, with what it suggests of the products that are known.
fn told<'p>(promotion: &'p Promotion, facts: &Facts) -> ShownPromotion<'p> {
    let of = std::slice::from_ref(promotion);
    let articles = facts
        .products
        .iter()
        .map(|(id, goods)| Arc::new(Article::new(id.clone(), goods.clone(), BTreeMap::new())));
    let assortment = Assortment::of(&suggestions(of), &BTreeMap::new(), articles);
    // What is told borrows it.
    let assortment: &'static Assortment = Box::leak(Box::new(assortment));
    let sold_out = facts.products.iter().filter(|(_, goods)| goods.stock == Some(0));
    let sold_out = sold_out.map(|(id, _)| id.clone()).collect();
    let mut told = judge_promotions(of, facts);
    suggest(&mut told, facts, assortment, &sold_out);
    told.remove(0)
}

/// The ids of what is suggested, and whether each closes the gap.
fn shown(told: &ShownPromotion<'_>) -> Vec<(String, bool)> {
    let products = told.upsells.iter().flat_map(|it| &it.products);
    products.map(|it| (it.article.id.to_string(), it.closes_gap)).collect()
}

fn at_least(cents: i64) -> Value {
    json!({"net": {"min": cents}})
}

#[test]
fn one_promotion_upsell_may_display_when_an_order_equals_2400_with_a_bike_of_brand_x() {
    let when = json!({"all": [at_least(240_000), {"units": {"of": {"brand": "X"}, "min": 1}}]});
    let windbreakers =
        vec![Suggestion::Picked(Selector::Tag(TagId::stored("windbreaker".to_owned())))];
    let promotion = free_shipping(
        250_000,
        vec![
            upsell("windbreakers", 1, when, windbreakers),
            upsell("shipping", 2, at_least(200_000), Vec::new()),
        ],
    );
    let brand = |facts: Facts| facts.knowing("bike", |it| it.brand = Some("X".to_owned()));
    let facts = brand(cart(&[("bike", 1, 240_000)]))
        .pricing("windbreaker", 10_000)
        .knowing("windbreaker", |it| it.tags = [TagId::stored("windbreaker".to_owned())].into());
    let near = told(&promotion, &facts);
    assert_eq!(near.standing, PromotionProgress::Near);
    assert_eq!(near.clause.as_deref(), Some("/qualifies"));
    let upsell = &near.upsells[0];
    assert_eq!(
        (upsell.upsell.id.as_str(), &upsell.missing),
        ("windbreakers", &vec![Missing::Net(10_000)])
    );
    assert_eq!(shown(&near), [("windbreaker".to_owned(), true)]);
    let at_2000 = brand(cart(&[("bike", 1, 200_000)]));
    let told = judge_promotions(std::slice::from_ref(&promotion), &at_2000);
    let upsell = &told[0].upsells[0];
    assert_eq!(
        (upsell.upsell.id.as_str(), &upsell.missing),
        ("shipping", &vec![Missing::Net(50_000)])
    );
}

#[test]
fn the_highest_priority_promotion_upsell_is_evaluated_first_until_one_is_found() {
    let promotion = free_shipping(
        20_000,
        vec![
            upsell("fifty", 2, at_least(5_000), Vec::new()),
            upsell("hundred", 1, at_least(10_000), Vec::new()),
        ],
    );
    let table = [
        (4_999, vec![], Some("no-upsell")),
        (5_000, vec!["fifty"], None),
        (10_000, vec!["hundred"], None),
        (19_999, vec!["hundred"], None),
        (20_000, vec![], None),
    ];
    for (net, ids, why) in table {
        let facts = cart(&[("x", 1, net)]);
        let ids = ids.into_iter().map(str::to_owned).collect();
        assert_eq!(granted_to(&promotion, &facts), (ids, why), "{net}");
    }
}

#[test]
fn a_customer_with_an_order_of_100_who_qualifies_for_both_is_only_provided_with_the_closest() {
    let promotion = free_shipping(
        20_000,
        vec![
            upsell("at-least-100", 1, at_least(10_000), Vec::new()),
            upsell("at-least-50", 2, at_least(5_000), Vec::new()),
        ],
    );
    assert_eq!(granted_to(&promotion, &cart(&[("x", 1, 10_000)])).0, ["at-least-100"]);
}

#[test]
fn a_customer_is_granted_all_upsells_with_the_same_priority_that_apply() {
    let of_brand = |id, brand: &str, priority| {
        let when = json!({"units": {"of": {"brand": brand}, "min": 1}});
        upsell(id, priority, when, Vec::new())
    };
    let promotion = free_shipping(
        20_000,
        vec![
            of_brand("x", "X", 2),
            of_brand("z", "Z", 2),
            of_brand("y", "Y", 2),
            upsell("lower", 3, at_least(0), Vec::new()),
        ],
    );
    let facts = cart(&[("a", 1, 1), ("b", 1, 1)])
        .knowing("a", |it| it.brand = Some("Y".to_owned()))
        .knowing("b", |it| it.brand = Some("X".to_owned()));
    assert_eq!(granted_to(&promotion, &facts).0, ["x", "y"], "in the order listed");
    assert_eq!(granted_to(&promotion, &cart(&[("c", 1, 1)])).0, ["lower"]);
}

#[test]
fn other_promotion_upsells_on_that_promotion_with_lower_priority_are_skipped() {
    let all = at_least(0);
    let promotion = free_shipping(
        20_000,
        vec![upsell("lower", 2, all.clone(), Vec::new()), upsell("higher", 1, all, Vec::new())],
    );
    assert_eq!(granted_to(&promotion, &cart(&[])).0, ["higher"]);
}

#[test]
fn in_general_customers_receive_one_promotion_upsell_per_promotion() {
    let of = |id: &str| Promotion {
        id: PromotionId::parse(id).unwrap(),
        ..free_shipping(
            20_000,
            vec![
                upsell("first", 1, at_least(0), Vec::new()),
                upsell("second", 2, at_least(0), Vec::new()),
            ],
        )
    };
    let promotions = [of("b"), of("a")];
    let told = judge_promotions(&promotions, &cart(&[]));
    let ids: Vec<_> = told.iter().map(|it| (it.promotion.id.as_str(), it.upsells.len())).collect();
    assert_eq!(ids, [("a", 1), ("b", 1)]);
}

#[test]
fn what_is_earned_is_not_advertised_and_what_cannot_be_earned_is_not_either() {
    let always = || vec![upsell("always", 1, at_least(0), Vec::new())];
    let plain = free_shipping(1_000, always());
    let table: Vec<(Promotion, PromotionProgress, Option<&str>)> = vec![
        (free_shipping(100, always()), PromotionProgress::Earned, None),
        (plain.clone(), PromotionProgress::Near, None),
        (free_shipping(1_000, Vec::new()), PromotionProgress::Out, Some("no-upsell")),
        (
            Promotion { qualifies: condition(json!({"channel": ["app"]})), ..plain.clone() },
            PromotionProgress::Out,
            Some("out-of-reach"),
        ),
        (
            Promotion { currency: Currency::parse("EUR").unwrap(), ..plain.clone() },
            PromotionProgress::Out,
            Some("currency"),
        ),
        (
            Promotion {
                validity: Validity { active: false, ..Validity::ALWAYS },
                currency: Currency::parse("EUR").unwrap(),
                ..plain
            },
            PromotionProgress::Out,
            Some("inactive"),
        ),
    ];
    for (promotion, standing, why) in table {
        let told = judge_promotions(std::slice::from_ref(&promotion), &cart(&[("x", 1, 100)]));
        assert_eq!((told[0].standing, told[0].verdict.code()), (standing, why));
    }
    let codes: Vec<&str> = Unfit::ALL.iter().map(|unfit| unfit.code()).collect();
    assert_eq!(codes[codes.len() - 2..], ["no-upsell", "too-many"]);
}

#[test]
fn first_the_cheapest_that_closes_the_gap_then_the_others_as_listed() {
    let suggest = vec![
        Suggestion::Product(product("dear")),
        Suggestion::Product(product("unpriced")),
        Suggestion::Product(product("sold-out")),
        Suggestion::Picked(Selector::Brand("X".to_owned())),
        Suggestion::Product(product("unknown")),
        Suggestion::Product(product("dear")),
    ];
    let upsells = vec![upsell("any", 1, at_least(0), suggest)];
    let promotion = free_shipping(1_000, upsells);
    let brand = |it: &mut ProductFacts| it.brand = Some("X".to_owned());
    let facts = cart(&[("x", 1, 500)])
        .pricing("dear", 900)
        .knowing("unpriced", |_| {})
        .pricing("sold-out", 500)
        .stocking("sold-out", 0)
        .pricing("small", 100)
        .knowing("small", brand)
        .pricing("fits", 500)
        .knowing("fits", brand)
        .pricing("also", 500)
        .knowing("also", brand);
    let expected =
        [("also", true), ("dear", true), ("unpriced", false), ("small", false), ("fits", true)];
    assert_eq!(shown(&told(&promotion, &facts)), expected.map(|(id, it)| (id.to_owned(), it)));
}

#[test]
fn the_cheapest_that_closes_the_gap_is_found_whatever_has_to_be_bought() {
    let of = |brand: &str| json!({"of": {"brand": brand}, "min": 1});
    let value = |min: i64| json!({"value": {"of": {"brand": "X"}, "min": min}});
    let table = [
        ("a net value", at_least(1_000), Some("x-600")),
        ("up to the next one", at_least(1_101), Some("y-700")),
        ("more than any one is", at_least(1_201), None),
        ("a piece of a brand", json!({"units": of("Y")}), Some("y-100")),
        ("two pieces", json!({"units": {"of": {"brand": "Y"}, "min": 2}}), None),
        ("a value of a brand", value(500), Some("x-600")),
        ("both", json!({"all": [at_least(601), {"units": of("Y")}]}), Some("y-700")),
        ("either", json!({"any": [at_least(1_101), {"units": of("Y")}]}), Some("y-100")),
        ("not over", json!({"net": {"min": 600, "max": 650}}), Some("y-100")),
        (
            "what is not near, too",
            json!({"any": [{"not": {"net": {"max": 600}}}, at_least(9_000)]}),
            Some("x-600"),
        ),
    ];
    for (what, qualifies, expected) in table {
        let brands = ["X", "Y"].map(|it| Suggestion::Picked(Selector::Brand(it.to_owned())));
        let promotion = Promotion {
            qualifies: condition(qualifies),
            ..free_shipping(1, vec![upsell("any", 1, at_least(0), brands.to_vec())])
        };
        let mut facts = cart(&[("held", 1, 500)]);
        for (id, brand, cents) in
            [("x-600", "X", 600), ("y-100", "Y", 100), ("y-700", "Y", 700), ("x-90", "X", 90)]
        {
            let unit_net = Some(Money::new(cents, usd()));
            let goods =
                ProductFacts { brand: Some(brand.to_owned()), unit_net, ..ProductFacts::default() };
            facts.products.insert(product(id), goods);
        }
        let told = told(&promotion, &facts);
        let first = shown(&told).into_iter().find(|(_, closes)| *closes);
        assert_eq!(first.as_ref().map(|(id, _)| id.as_str()), expected, "{what}");
        assert_eq!(first.is_some(), shown(&told)[0].1, "{what}: it stands first");
    }
}

#[test]
fn an_order_is_told_a_thousand_upsells_and_no_more() {
    let upsells: Vec<PromotionUpsell> =
        (0..100).map(|at| upsell(&format!("u{at}"), 1, at_least(1), Vec::new())).collect();
    let named = |at: usize| Promotion {
        id: PromotionId::parse(&format!("p{at:02}")).unwrap(),
        ..free_shipping(10_000, upsells.clone())
    };
    let promotions: Vec<Promotion> = (0..11).map(named).collect();
    let facts = cart(&[("x", 1, 100)]);
    let told = judge_promotions(&promotions, &facts);
    assert_eq!(told.iter().map(|it| it.upsells.len()).sum::<usize>(), 1_000);
    let last = &told[10];
    assert_eq!((last.standing, last.verdict.code()), (PromotionProgress::Out, Some("too-many")));
}

#[test]
fn what_is_suggested_twice_is_suggested_once() {
    let any = Suggestion::Picked(Selector::Any);
    let twice = vec![any.clone(), any.clone(), Suggestion::Product(product("b")), any];
    let near = |id: &str| upsell(id, 1, at_least(1), twice.clone());
    let promotion = free_shipping(500, vec![near("one"), near("two")]);
    let facts = cart(&[("x", 1, 100)]).pricing("a", 100).pricing("b", 500).pricing("c", 400);
    let told = told(&promotion, &facts);
    let once = ["c true", "a false", "b true"];
    let shown: Vec<String> =
        shown(&told).into_iter().map(|(id, closes)| format!("{id} {closes}")).collect();
    assert_eq!(shown, [once, once].concat());
}
