//! Conditions as merchants send them.

use serde_json::{Value, json};

use super::*;
use crate::domain::catalogue::ProductOutline;

fn facts() -> CatalogueFacts {
    CatalogueFacts {
        tags: [TagId::parse("sale").unwrap()].into(),
        products: [(ProductId::parse("shirt").unwrap(), ProductOutline::default())].into(),
        offers: [OfferId::parse("month").unwrap()].into(),
        ..CatalogueFacts::default()
    }
}

fn read(json: &Value) -> Result<Condition, Vec<(String, String)>> {
    let draft: ConditionDraft = serde_json::from_value(json.clone()).unwrap();
    let (mut faults, facts) = (Faults::new(), facts());
    let eur = Currency::parse("EUR").unwrap();
    let found = Conditions::new(&mut faults, &facts, eur).read("/buy", Some(&draft));
    let answer = faults.answer(found);
    answer.map_err(|all| all.into_iter().map(|it| (it.pointer, it.detail)).collect())
}

fn nested(depth: usize) -> Value {
    (1..depth).fold(json!({"coupon": true}), |inner, _| json!({"all": [inner]}))
}

#[test]
fn every_clause_can_be_said() {
    let min = json!({"net": {"min": "1.00", "max": "1.00", "above": "0.99"}});
    let bounds = Bounds { min: Some(100), max: Some(100), above: Some(99) };
    assert_eq!(read(&min), Ok(Condition::Net(bounds)));
    for selector in [
        json!({"product": "shirt"}),
        json!({"brand": "anything"}),
        json!({"tag": "sale"}),
        json!({"offer": "month"}),
        json!({"any": true}),
    ] {
        assert!(read(&json!({"units": {"of": selector, "min": 1}})).is_ok(), "{selector}");
        assert!(read(&json!({"value": {"of": selector, "min": "0"}})).is_ok(), "{selector}");
    }
    let all = json!({"all": [{"any": [{"customer_group": ["vip"]}, {"country": ["DE"]}]},
        {"not": {"payment_method": ["card"]}}, {"channel": ["web"]}, {"coupon": false}]});
    assert!(read(&all).is_ok());
    assert!(read(&nested(10)).is_ok());
    let hundred: Vec<Value> = vec![json!({"coupon": true}); 99];
    assert!(read(&json!({"all": hundred})).is_ok());
}

#[test]
fn every_fault_of_a_condition_has_its_pointer_at_any_depth() {
    let many: Vec<Value> = vec![json!({"coupon": true}); 100];
    let deep = format!("/buy{}", "/all/0".repeat(10));
    let table = [
        (json!({}), "/buy", "exactly one of all"),
        (json!({"coupon": true, "channel": ["web"]}), "/buy", "exactly one of all"),
        (json!({"all": []}), "/buy/all", "at least one"),
        (json!({"any": []}), "/buy/any", "at least one"),
        (json!({"not": {}}), "/buy/not", "exactly one of all"),
        (json!({"net": {}}), "/buy/net", "at least one of min, max, above"),
        (
            json!({"all": [{"coupon": true}, {"net": {"min": "2.00", "max": "1.00"}}]}),
            "/buy/all/1/net/min",
            "2.00 must not be above max, 1.00",
        ),
        (json!({"net": {"min": "1.001"}}), "/buy/net/min", "more decimals"),
        (json!({"net": {"above": "-1"}}), "/buy/net/above", "must not be negative"),
        (json!({"net": {"max": "many"}}), "/buy/net/max", "is not a decimal number"),
        (json!({"units": {"of": {"any": true}, "min": 0}}), "/buy/units/min", "is 0"),
        (json!({"units": {"of": {"any": true}}}), "/buy/units/min", "is missing"),
        (json!({"units": {"min": 1}}), "/buy/units/of", "is missing"),
        (json!({"units": {"of": {}, "min": 1}}), "/buy/units/of", "exactly one of product"),
        (json!({"units": {"of": {"any": false}, "min": 1}}), "/buy/units/of/any", "be true"),
        (
            json!({"units": {"of": {"any": true, "brand": "x"}, "min": 1}}),
            "/buy/units/of",
            "exactly one of product",
        ),
        (
            json!({"not": {"units": {"of": {"product": "shrt"}, "min": 1}}}),
            "/buy/not/units/of/product",
            "did you mean 'shirt'?",
        ),
        (json!({"value": {"of": {"tag": "sail"}, "min": "1"}}), "/buy/value/of/tag", "unknown tag"),
        (
            json!({"value": {"of": {"offer": "year"}, "min": "1"}}),
            "/buy/value/of/offer",
            "unknown offer 'year'",
        ),
        (json!({"value": {"of": {"brand": " "}, "min": "1"}}), "/buy/value/of/brand", "name"),
        (json!({"customer_group": []}), "/buy/customer_group", "at least one"),
        (json!({"channel": ["web", ""]}), "/buy/channel/1", "1 to 255"),
        (json!({"country": ["de"]}), "/buy/country/0", "upper case"),
        (json!({"all": many}), "/buy", "more than 100"),
        (nested(11), deep.as_str(), "deeper than 10"),
    ];
    for (json, pointer, detail) in table {
        let faults = read(&json).unwrap_err();
        assert_eq!(faults.len(), 1, "{json} {faults:?}");
        assert_eq!(faults[0].0, pointer, "{json}");
        assert!(faults[0].1.contains(detail), "{json}: {}", faults[0].1);
    }
}
