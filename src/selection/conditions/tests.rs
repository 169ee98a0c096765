//! Conditions held against carts: which hold, which clause fails first, and what is missing.

use serde_json::{Value, json};

use super::*;
use crate::domain::ids::TagId;
use crate::selection::facts::Facts;
use crate::selection::samples::{cart, condition, product};

/// Two shirts of a brand at 10.00, one of its variants at 15.00, and a subscription at 9.00.
fn basket() -> Facts {
    let facts = cart(&[("shirt", 2, 1_000), ("shirt-xl", 1, 1_500)])
        .knowing("shirt", |it| it.brand = Some("acme".to_owned()))
        .knowing("shirt-xl", |it| it.variant_of = Some(product("shirt")))
        .knowing("paper", |it| it.tags = [TagId::parse("news").unwrap()].into())
        .offering("month", 900, "monthly", &["paper"]);
    facts.saying(|cart| {
        cart.customer_group = Some("vip".to_owned());
        cart.shipping_country = Some("DE".to_owned());
    })
}

#[test]
fn each_clause_says_what_it_says() {
    let facts = basket();
    let basket = Basket::of(&facts);
    #[rustfmt::skip]
    let table = [
        (json!({"net": {"min": 4_400}}), true),
        (json!({"net": {"min": 4_401}}), false),
        (json!({"net": {"max": 4_400}}), true),
        (json!({"net": {"max": 4_399}}), false),
        (json!({"net": {"above": 4_399}}), true),
        (json!({"net": {"above": 4_400}}), false),
        (json!({"net": {"min": 1, "max": 5_000, "above": 4_400}}), false),
        // A product and its variants; of a variant only itself.
        (json!({"units": {"of": {"product": "shirt"}, "min": 3}}), true),
        (json!({"units": {"of": {"product": "shirt-xl"}, "min": 2}}), false),
        (json!({"value": {"of": {"product": "shirt"}, "min": 3_500}}), true),
        // Brand and tags are each product's own.
        (json!({"units": {"of": {"brand": "acme"}, "min": 3}}), false),
        (json!({"units": {"of": {"brand": "acme"}, "min": 2}}), true),
        // An offer line by its offer, the offer's tags and the products in it.
        (json!({"units": {"of": {"offer": "month"}, "min": 1}}), true),
        (json!({"value": {"of": {"tag": "monthly"}, "min": 900}}), true),
        (json!({"value": {"of": {"tag": "news"}, "min": 900}}), true),
        (json!({"units": {"of": {"product": "paper"}, "min": 1}}), true),
        (json!({"units": {"of": "any", "min": 4}}), true),
        (json!({"units": {"of": "any", "min": 5}}), false),
        (json!({"customer_group": ["new", "vip"]}), true),
        (json!({"customer_group": ["new"]}), false),
        (json!({"country": ["DE"]}), true),
        (json!({"channel": ["app"]}), false),
        (json!({"channel": ["web"]}), true),
        // What an order does not say is not met, its opposite is.
        (json!({"payment_method": ["card"]}), false),
        (json!({"not": {"payment_method": ["card"]}}), true),
        (json!({"coupon": true}), false),
        (json!({"coupon": false}), true),
        (json!({"all": [{"country": ["DE"]}, {"net": {"min": 1}}]}), true),
        (json!({"all": [{"country": ["DE"]}, {"net": {"min": 9_999}}]}), false),
        (json!({"any": [{"country": ["AT"]}, {"net": {"min": 1}}]}), true),
        (json!({"any": [{"country": ["AT"]}, {"net": {"min": 9_999}}]}), false),
    ];
    for (json, held) in table {
        assert_eq!(holds(&condition(json.clone()), &basket), held, "{json}");
    }
}

#[test]
fn what_could_hold_depends_on_all_that_is_not_bought() {
    let facts = basket();
    let much = json!({"net": {"min": 9_999}});
    #[rustfmt::skip]
    let table = [
        (much.clone(), true),
        (json!({"not": {"net": {"min": 1}}}), true),
        (json!({"country": ["DE"]}), true),
        (json!({"country": ["AT"]}), false),
        (json!({"not": {"country": ["DE"]}}), false),
        (json!({"all": [much, {"channel": ["web"]}]}), true),
        (json!({"all": [much, {"channel": ["app"]}]}), false),
        (json!({"any": [much, {"channel": ["app"]}]}), true),
        (json!({"any": [{"payment_method": ["card"]}, {"coupon": true}]}), false),
        (json!({"not": {"any": [much, {"channel": ["web"]}]}}), false),
        (json!({"not": {"all": [much, {"channel": ["web"]}]}}), true),
    ];
    for (json, could) in table {
        let condition = condition(json.clone());
        assert_eq!(could_hold(&condition, &facts.cart), could, "{json}");
        assert!(could || !holds(&condition, &Basket::of(&facts)), "{json}");
    }
}

#[test]
fn the_first_clause_that_does_not_hold_is_named() {
    let facts = basket();
    let basket = Basket::of(&facts);
    let (held, unmet) = (json!({"country": ["DE"]}), json!({"country": ["AT"]}));
    let table = [
        (held.clone(), None),
        (unmet.clone(), Some("/buy")),
        (json!({"all": [held, unmet, unmet]}), Some("/buy/all/1")),
        (json!({"all": [held, {"all": [held, held, unmet]}]}), Some("/buy/all/1/all/2")),
        (json!({"all": [held, {"any": [unmet, unmet]}]}), Some("/buy/all/1")),
        (json!({"any": [unmet, unmet]}), Some("/buy")),
        (json!({"any": [unmet, held]}), None),
        (json!({"all": [{"not": held}]}), Some("/buy/all/0")),
    ];
    for (json, clause) in table {
        let found = first_unmet("/buy", &condition(json.clone()), &basket);
        assert_eq!(found.as_deref(), clause, "{json}");
    }
}

#[test]
fn a_condition_is_met_as_often_as_what_it_needs_is_there() {
    let facts = cart(&[("shirt", 7, 1_000), ("cap", 2, 500)]);
    let basket = Basket::of(&facts);
    let shirts = |min: i64| json!({"units": {"of": {"product": "shirt"}, "min": min}});
    let caps = json!({"units": {"of": {"product": "cap"}, "min": 1}});
    let table = [
        (shirts(2), Some(3)),
        (shirts(7), Some(1)),
        (json!({"net": {"min": 2_000}}), Some(4)),
        // More than 1999 cents is at least 2000.
        (json!({"net": {"above": 1_999}}), Some(4)),
        (json!({"net": {"min": 0}}), None),
        (json!({"net": {"max": 99_999}}), None),
        (json!({"value": {"of": {"product": "cap"}, "min": 300}}), Some(3)),
        (json!({"channel": ["web"]}), None),
        (json!({"all": [shirts(2), caps, {"channel": ["web"]}]}), Some(2)),
        (json!({"any": [shirts(2), caps, shirts(8)]}), Some(3)),
        (json!({"any": [shirts(8), {"channel": ["web"]}]}), None),
        (json!({"all": [{"not": shirts(8)}]}), None),
    ];
    for (json, often) in table {
        assert_eq!(times(&condition(json.clone()), &basket), often, "{json}");
    }
}

#[test]
fn what_is_missing_is_computed() {
    let facts = cart(&[("shirt", 2, 1_000)]);
    let basket = Basket::of(&facts);
    let of = || Selector::Product(product("shirt"));
    let units = |min: i64| json!({"units": {"of": {"product": "shirt"}, "min": min}});
    let value = |min: i64| json!({"value": {"of": {"product": "shirt"}, "min": min}});
    let net = |min: i64| json!({"net": {"min": min}});
    let app = || json!({"channel": ["app"]});
    let more = |missing| Missing::Units { of: of(), missing };
    let worth = |missing| Missing::Value { of: of(), missing };
    let table: Vec<(Value, Option<Vec<Missing>>)> = vec![
        (net(2_000), Some(vec![])),
        (net(2_500), Some(vec![Missing::Net(500)])),
        (json!({"net": {"above": 2_500}}), Some(vec![Missing::Net(501)])),
        (json!({"net": {"min": 2_600, "above": 2_500}}), Some(vec![Missing::Net(600)])),
        (json!({"net": {"min": 2_500, "above": 2_500}}), Some(vec![Missing::Net(501)])),
        (units(5), Some(vec![more(3)])),
        (value(2_001), Some(vec![worth(1)])),
        (json!({"all": [net(2_500), net(1), units(3)]}), Some(vec![Missing::Net(500), more(1)])),
        // Of the branches the one with the least part missing: 1/5, not 2/4 or 1000/3000.
        (json!({"any": [units(4), net(3_000), value(2_500)]}), Some(vec![worth(500)])),
        // The worst clause of a branch counts.
        (
            json!({"any": [{"all": [units(4), net(2_001)]}, net(3_000)]}),
            Some(vec![Missing::Net(1_000)]),
        ),
        // Of equals the first.
        (json!({"any": [units(4), net(4_000)]}), Some(vec![more(2)])),
        (json!({"any": [net(4_000), units(4)]}), Some(vec![Missing::Net(2_000)])),
        // Buying does not help.
        (json!({"net": {"max": 1_999}}), None),
        (json!({"net": {"above": 2_500, "max": 2_500}}), None),
        (app(), None),
        (json!({"coupon": true}), None),
        (json!({"not": {"channel": ["web"]}}), None),
        (json!({"all": [net(2_500), app()]}), None),
        (json!({"any": [app(), net(2_500)]}), Some(vec![Missing::Net(500)])),
        (json!({"any": [app(), {"coupon": true}]}), None),
        // The gap leads over a maximum.
        (json!({"all": [{"net": {"max": 2_400}}, value(2_500)]}), None),
        (json!({"all": [{"net": {"max": 2_500}}, value(2_500)]}), Some(vec![worth(500)])),
        (
            json!({"all": [{"net": {"max": 2_600}}, net(2_600), value(2_500)]}),
            Some(vec![Missing::Net(600), worth(500)]),
        ),
        (json!({"all": [{"not": units(4)}, units(4)]}), None),
        (json!({"all": [{"not": units(5)}, units(4)]}), Some(vec![more(2)])),
    ];
    for (json, expected) in table {
        assert_eq!(missing(&condition(json.clone()), &basket), expected, "{json}");
    }
}
