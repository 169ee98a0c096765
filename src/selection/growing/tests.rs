//! Conditions that are kept say what conditions say that are looked at anew.

use serde_json::{Value, json};

use super::*;
use crate::selection::samples::{cart, condition, product};

/// Clauses about one product, about another, about everything, and about what does not change.
fn clauses() -> Vec<Value> {
    let pen = json!({"product": "pen"});
    vec![
        json!({"units": {"of": pen, "min": 2}}),
        json!({"units": {"of": "any", "min": 6}}),
        json!({"value": {"of": {"product": "cap"}, "min": 300}}),
        json!({"value": {"of": pen, "min": 100}}),
        json!({"net": {"min": 250, "max": 500}}),
        json!({"net": {"max": 300}}),
        json!({"net": {"above": 300, "min": 100}}),
        json!({"net": {"max": i64::MAX}}),
        json!({"coupon": true}),
        json!({"channel": ["web"]}),
    ]
}

/// Each clause, alone, with each other one, and within what lies deeper.
fn conditions() -> Vec<Condition> {
    let mut all = clauses();
    for one in clauses() {
        all.push(json!({"not": one}));
        for two in clauses() {
            all.push(json!({"all": [one, two]}));
            all.push(json!({"any": [one, two]}));
            all.push(json!({"any": [{"not": {"all": [one, {"not": two}]}}, {"not": one}]}));
            all.push(json!({"all": [{"any": [one, two, {"all": [two, one]}]}, {"not": two}]}));
        }
    }
    all.into_iter().map(condition).collect()
}

#[test]
fn what_is_kept_is_what_is_found_anew_whatever_is_given() {
    let facts = cart(&[("pen", 1, 100), ("mug", 2, 50)]);
    let asked = conditions();
    assert_eq!(asked.len(), 10 + 10 + 4 * 100);
    let anew =
        |basket: &Basket<'_>| asked.iter().map(|it| holds(it, basket)).collect::<Vec<bool>>();
    let gifts = [("pen", 1, 0), ("cap", 1, 100), ("mug", 1, 1), ("cap", 2, 100), ("pen", 3, 9)];
    // In any order, and each of them twice.
    for first in 0..gifts.len() {
        let mut basket = Basket::of(&facts);
        let mut kept = GrowingConditions::of(&asked, &basket);
        let mut before = anew(&basket);
        let turns = (0..2 * gifts.len()).map(|turn| gifts[(first + 3 * turn) % gifts.len()]);
        for (of, units, price) in turns {
            let changed = basket.add_gift(&product(of), units, price);
            let turned = kept.grow(&changed, &basket);
            let now = anew(&basket);
            let held: Vec<bool> = (0..asked.len()).map(|place| kept.holds(place)).collect();
            assert_eq!(held, now);
            let others = (0..asked.len()).filter(|place| before[*place] != now[*place]);
            assert_eq!(turned, others.collect());
            before = now;
        }
        assert!(before != anew(&Basket::of(&facts)), "something has changed");
    }
}
