//! The source's sentences, each as the name of a test that shows it.

use serde_json::{Value, json};

use super::*;
use crate::domain::money::{Currency, Rate};
use crate::domain::validity::Validity;
use crate::domain::verdict::Reasoned;
use crate::selection::samples::{cart, day, gift_rule, product};

/// What is given, as `rule product×quantity@price`, and each verdict that is not chosen.
fn given(rules: &[GiftRule], facts: &Facts) -> (Vec<String>, Vec<String>) {
    let gifts = give_gifts(rules, facts);
    assert!(gifts.rounds <= rules.len() + 1);
    let items = gifts.applied.iter().flat_map(|applied| {
        let of = |it: &GrantedGift| {
            format!("{} {}×{}@{}", applied.rule.id, it.product, it.quantity, it.price)
        };
        applied.items.iter().map(of).collect::<Vec<_>>()
    });
    let told = gifts.considered.iter().filter_map(|it| {
        let clause = it.clause.as_deref().unwrap_or_default();
        Some(format!("{} {} {clause}", it.rule.id, it.verdict.code()?).trim().to_owned())
    });
    (items.collect(), told.collect())
}

fn units(of: &str, min: i64) -> Value {
    json!({"units": {"of": {"product": of}, "min": min}})
}

fn net(min: i64) -> Value {
    json!({"net": {"min": min}})
}

fn with(rule: GiftRule, change: impl FnOnce(&mut GiftRule)) -> GiftRule {
    let mut rule = rule;
    change(&mut rule);
    rule
}

#[test]
fn campaigns_with_priority_0_will_always_be_applied_as_long_as_they_meet_all_the_requirements() {
    let rules = [
        gift_rule("zero", 0, net(100), &["pen"]),
        gift_rule("one", 1, net(100), &["cap"]),
        gift_rule("also", 0, net(100), &["mug"]),
        gift_rule("not", 0, net(101), &["bag"]),
    ];
    let (items, told) = given(&rules, &cart(&[("x", 1, 100)]));
    assert_eq!(items, ["also mug×1@0", "zero pen×1@0", "one cap×1@0"]);
    assert_eq!(told, ["not buy /buy"]);
}

#[test]
fn if_the_p1_requirements_are_met_p1_is_applied_and_p2_is_not_even_if_p2_meets_all_requirements() {
    let rules = [gift_rule("p2", 2, net(50), &["cap"]), gift_rule("p1", 1, net(100), &["pen"])];
    let (items, told) = given(&rules, &cart(&[("x", 1, 100)]));
    assert_eq!((items, told), (vec!["p1 pen×1@0".into()], vec!["p2 lower-tier".to_owned()]));
}

#[test]
fn if_the_p1_requirements_are_not_met_and_p2_meets_all_requirements_p2_is_applied() {
    let rules = [gift_rule("p1", 1, net(100), &["pen"]), gift_rule("p2", 2, net(50), &["cap"])];
    let (items, told) = given(&rules, &cart(&[("x", 1, 50)]));
    assert_eq!((items, told), (vec!["p2 cap×1@0".into()], vec!["p1 buy /buy".to_owned()]));
}

#[test]
fn new_conditions_caused_by_p2_meet_the_requirement_of_p1_both_are_applied() {
    let p2 = |counts| {
        with(gift_rule("p2", 2, net(50), &["cap"]), |it| it.counts_for_other_rules = counts)
    };
    let rules = |counts| {
        [
            gift_rule("p1", 1, units("cap", 1), &["pen"]),
            p2(counts),
            gift_rule("p3", 3, net(0), &["mug"]),
        ]
    };
    let facts = cart(&[("x", 1, 50)]);
    let (items, told) = given(&rules(true), &facts);
    assert_eq!(items, ["p1 pen×1@0", "p2 cap×1@0"]);
    assert_eq!(told, ["p3 lower-tier"]);
    assert_eq!(given(&rules(false), &facts).0, ["p2 cap×1@0"]);
}

#[test]
fn two_or_more_campaigns_with_the_same_priority_will_resolve_at_the_same_time() {
    let counting =
        |id, buy, get| with(gift_rule(id, 1, buy, get), |it| it.counts_for_other_rules = true);
    // Each would make the other hold; on one snapshot only the first does at first.
    let rules = [
        counting("a", net(1), &["cap"]),
        counting("b", net(1), &["pen"]),
        gift_rule("c", 1, units("pen", 1), &["mug"]),
    ];
    let gifts = give_gifts(&rules, &cart(&[("x", 1, 1)]));
    let rounds: Vec<_> = gifts.applied.iter().map(|it| (it.rule.id.as_str(), it.round)).collect();
    assert_eq!(rounds, [("a", 1), ("b", 1), ("c", 2)], "the same tier is not blocked either");
    assert_eq!(gifts.rounds, 3);
}

#[test]
fn whenever_a_customer_adds_enough_products_the_gift_will_auto_popup_or_be_added_to_cart() {
    let popup = with(gift_rule("pick", 0, net(100), &["pen", "cap"]), |it| it.popup = true);
    let added = gift_rule("added", 0, net(100), &["mug"]);
    let rules = [popup, added];
    let facts = cart(&[("x", 1, 100)]);
    let gifts = give_gifts(&rules, &facts);
    let choices = |gifts: &Gifts<'_>| {
        let all = gifts.applied[1].choices.iter().map(|it| it.product.to_string());
        all.collect::<Vec<_>>()
    };
    assert_eq!(choices(&gifts), ["pen", "cap"]);
    assert_eq!(given(&rules, &facts).0, ["added mug×1@0"], "nothing is picked yet");
    let picking = |id: &str| {
        let pick = (rules[0].id.clone(), product(id));
        cart(&[("x", 1, 100)]).saying(|cart| cart.picks = [pick].into())
    };
    assert_eq!(given(&rules, &picking("cap")).0, ["added mug×1@0", "pick cap×1@0"]);
    assert_eq!(choices(&give_gifts(&rules, &picking("cap"))), ["pen", "cap"]);
    assert_eq!(given(&rules, &picking("car")).0, ["added mug×1@0"], "a pick that fits nothing");
    let gone = picking("cap").stocking("cap", 0);
    assert_eq!(given(&rules, &gone).0, ["added mug×1@0"], "a pick that is not on hand");
    assert_eq!(choices(&give_gifts(&rules, &gone)), ["pen"]);
    let left = |facts: &Facts| give_gifts(&rules, facts).applied[1].left_out.clone();
    assert_eq!(left(&gone), [OmittedGift { product: product("cap"), quantity: 1 }], "it is named");
    assert_eq!(left(&picking("car")), [], "what the rule does not give is not");
}

#[test]
fn in_a_checkout_a_tier_that_holds_blocks_those_above_it_though_nobody_pays_for_what_it_gives() {
    let mut dear = with(gift_rule("dear", 1, net(100), &["pen", "cap"]), |it| {
        (it.get[0].price, it.counts_for_other_rules) = (GiftPrice::At(50), true);
    });
    let others =
        [gift_rule("free", 2, net(1), &["mug"]), gift_rule("pens", 0, units("pen", 1), &["bag"])];
    let premiums = Facts { premiums_only: true, ..cart(&[("x", 1, 100)]) };
    let rules = |first: &GiftRule| [&[first.clone()][..], &others].concat();
    let told =
        (vec!["dear cap×1@0".into()], vec!["pens buy /buy".into(), "free lower-tier".into()]);
    assert_eq!(given(&rules(&dear), &premiums), told);
    let all = rules(&dear);
    let left: Vec<_> = give_gifts(&all, &premiums).applied.remove(0).left_out;
    assert_eq!(left, [OmittedGift { product: product("pen"), quantity: 1 }]);
    dear.popup = true;
    let nothing = (Vec::<String>::new(), told.1);
    assert_eq!(given(&rules(&dear), &premiums), nothing, "nobody has picked");
}

#[test]
fn a_popup_applies_and_blocks_picked_or_not_and_counts_once_it_is_picked() {
    let popup = with(gift_rule("pick", 1, net(100), &["pen"]), |it| {
        (it.popup, it.counts_for_other_rules) = (true, true);
    });
    let rules = [
        popup,
        gift_rule("blocked", 2, net(1), &["cap"]),
        gift_rule("pens", 0, units("pen", 1), &["mug"]),
    ];
    let facts = cart(&[("x", 1, 100)]);
    assert_eq!(
        given(&rules, &facts),
        (vec![], vec!["pens buy /buy".into(), "blocked lower-tier".into()])
    );
    let picked = facts.saying(|it| it.picks = [(rules[0].id.clone(), product("pen"))].into());
    assert_eq!(given(&rules, &picked).0, ["pens mug×1@0", "pick pen×1@0"]);
}

#[test]
fn in_the_gift_list_the_stock_of_each_product_variant_is_set() {
    let rule = with(gift_rule("g", 0, units("x", 1), &["pen", "cap"]), |it| {
        (it.get[0].stock, it.get[1].stock) = (2, 3);
        it.applications = None;
    });
    let gifts = give_gifts(std::slice::from_ref(&rule), &cart(&[("x", 5, 1)])).applied.remove(0);
    let items: Vec<_> = gifts.items.iter().map(|it| (it.product.as_str(), it.quantity)).collect();
    assert_eq!(
        (gifts.times, items),
        (5, vec![("pen", 2), ("cap", 3)]),
        "a shortage gives what is there"
    );
    let left: Vec<_> = gifts.left_out.iter().map(|it| (it.product.as_str(), it.quantity)).collect();
    assert_eq!(left, [("pen", 3), ("cap", 2)]);
}

#[test]
fn if_a_product_variant_is_stockout_it_is_removed_from_the_running_campaign() {
    let rule = with(gift_rule("g", 0, net(1), &["pen", "cap"]), |it| it.get[0].stock = 0);
    let facts = cart(&[("x", 1, 1)]);
    assert_eq!(given(&[rule], &facts), (vec!["g cap×1@0".to_owned()], vec![]));
    let plain = gift_rule("g", 0, net(1), &["pen", "cap"]);
    assert_eq!(given(&[plain], &facts.stocking("cap", 0)).0, ["g pen×1@0"]);
}

#[test]
fn if_all_the_gifts_are_out_of_stock_the_campaign_stops() {
    let stop = with(gift_rule("stop", 1, net(1), &["pen"]), |it| it.get[0].stock = 0);
    let rules = [stop, gift_rule("next", 2, net(1), &["cap"])];
    let (items, told) = given(&rules, &cart(&[("x", 1, 1)]));
    assert_eq!((items, told), (vec!["next cap×1@0".into()], vec!["stop out-of-stock".to_owned()]));
}

#[test]
fn a_gift_takes_no_stock_that_the_lines_need() {
    let rules = [gift_rule("g", 0, net(1), &["pen"])];
    let facts = |stock| cart(&[("pen", 2, 1)]).stocking("pen", stock);
    assert_eq!(given(&rules, &facts(3)).0, ["g pen×1@0"]);
    assert_eq!(given(&rules, &facts(2)).1, ["g out-of-stock"]);
    assert_eq!(given(&rules, &facts(1)).1, ["g out-of-stock"]);
}

#[test]
fn the_last_gift_goes_to_the_rule_edited_last() {
    let edited = |id, edit| with(gift_rule(id, 1, net(1), &["pen"]), |it| it.edit = edit);
    let rules = [edited("old", 1), edited("new", 2)];
    let facts = |stock| cart(&[("x", 1, 1)]).stocking("pen", stock);
    let (items, told) = given(&rules, &facts(1));
    assert_eq!((items, told), (vec!["new pen×1@0".into()], vec!["old out-of-stock".to_owned()]));
    assert_eq!(given(&rules, &facts(2)).0.len(), 2);
    // What an earlier tier took is gone for a later one, too.
    let mut rules = [edited("old", 1), edited("new", 2)];
    rules[0].priority = 0;
    assert_eq!(given(&rules, &facts(1)).0, ["old pen×1@0"]);
}

/// Buy more than 100.00, get A; buy X, get 20 % off Y.
fn discount_counts(counts: bool) -> (Vec<String>, Vec<String>) {
    let more_than = json!({"net": {"above": 10_000}});
    let twenty_off = with(gift_rule("y-off", 0, units("x", 1), &["y"]), |it| {
        it.get[0].price = GiftPrice::Off(Rate::parse("20").unwrap());
        it.counts_for_other_rules = counts;
    });
    let facts = cart(&[("x", 1, 9_000)]).pricing("y", 2_000);
    given(&[gift_rule("gift-a", 0, more_than, &["a"]), twenty_off], &facts)
}

#[test]
fn if_a_customer_buys_x_below_100_and_adds_y_with_20_off_which_makes_it_higher_they_get_gift_a() {
    assert_eq!(discount_counts(true).0, ["gift-a a×1@0", "y-off y×1@1600"]);
    let (items, told) = discount_counts(false);
    assert_eq!((items, told), (vec!["y-off y×1@1600".into()], vec!["gift-a buy /buy".to_owned()]));
}

#[test]
fn a_discount_needs_a_price_to_take_it_off() {
    let rule = with(gift_rule("g", 0, net(0), &["y"]), |it| {
        it.get[0].price = GiftPrice::Off(Rate::parse("50").unwrap());
    });
    let facts = cart(&[("x", 1, 1)]);
    let rules = [rule];
    assert_eq!(given(&rules, &facts.clone().pricing("y", 5)).0, ["g y×1@2"], "3 are taken off");
    assert_eq!(given(&rules, &facts.knowing("y", |_| {})).1, ["g out-of-stock"]);
}

/// Buy 1, get 1, so often.
fn buy_one_get_one(applications: Option<i64>, bought: i64) -> Vec<String> {
    let rule = with(gift_rule("bogo", 0, units("x", 1), &["pen"]), |it| {
        it.applications = applications;
    });
    given(&[rule], &cart(&[("x", bought, 1)])).0
}

#[test]
fn set_to_1_customers_who_buy_2_will_get_only_1_free_gift() {
    assert_eq!(buy_one_get_one(Some(1), 2), ["bogo pen×1@0"]);
}

#[test]
fn set_to_2_customers_who_buy_2_will_get_2_free_gifts() {
    assert_eq!(buy_one_get_one(Some(2), 2), ["bogo pen×2@0"]);
}

#[test]
fn unlimited_free_gifts_as_long_as_the_requirements_are_met_each_time() {
    assert_eq!(buy_one_get_one(None, 7), ["bogo pen×7@0"]);
    assert_eq!(buy_one_get_one(None, 1_000), ["bogo pen×100@0"], "as far as there are gifts");
}

#[test]
fn gifts_fall_away_when_the_cart_shrinks() {
    let rules = [gift_rule("g", 0, units("x", 2), &["pen"])];
    assert_eq!(given(&rules, &cart(&[("x", 2, 1)])).0.len(), 1);
    assert_eq!(given(&rules, &cart(&[("x", 1, 1)])).0.len(), 0);
}

#[test]
fn rules_that_feed_each_other_end() {
    let feeding = |id, buys: &str, gives: &str| {
        with(gift_rule(id, 0, units(buys, 1), &[gives]), |it| {
            (it.counts_for_other_rules, it.applications) = (true, None);
        })
    };
    let circle = [feeding("a", "x", "y"), feeding("b", "y", "z"), feeding("c", "z", "x")];
    let gifts = give_gifts(&circle, &cart(&[("x", 2, 1)]));
    let of = |it: &AppliedGiftRule<'_>| (it.rule.id.to_string(), it.times, it.items[0].quantity);
    let all: Vec<_> = gifts.applied.iter().map(of).collect();
    let twice = |id: &str| (id.to_owned(), 2, 2);
    assert_eq!(all, [twice("a"), twice("b"), twice("c")], "how often is fixed when first applied");
    assert_eq!(gifts.rounds, 4);
    let itself = [feeding("self", "x", "x")];
    assert_eq!(given(&itself, &cart(&[("x", 2, 1)])).0, ["self x×2@0"]);
}

#[test]
fn of_several_reasons_the_first_counts() {
    let mut rule = gift_rule("g", 2, net(1_000), &["pen"]);
    rule.validity = Validity { active: false, from: Some(day(11)), until: Some(day(9)) };
    rule.currency = Currency::parse("EUR").unwrap();
    rule.get[0].stock = 0;
    let facts = cart(&[("x", 1, 1)]);
    let repairs: [fn(&mut GiftRule); 6] = [
        |it| it.validity.active = true,
        |it| it.validity.from = None,
        |it| it.validity.until = None,
        |it| it.currency = crate::selection::samples::usd(),
        |it| it.buy = crate::selection::samples::condition(net(1)),
        |it| it.get[0].stock = 1,
    ];
    for (unfit, repair) in Unfit::ALL.iter().zip(repairs) {
        let told = give_gifts(std::slice::from_ref(&rule), &facts);
        assert_eq!(told.considered[0].verdict.code(), Some(unfit.code()));
        repair(&mut rule);
    }
    let first = gift_rule("first", 1, net(1), &["pen"]);
    assert_eq!(given(&[rule, first], &facts).1, ["g lower-tier"]);
}

#[test]
fn a_thousand_rules_that_feed_each_other_take_a_round_each() {
    let product = |place: usize| format!("p{place:04}");
    let rules: Vec<GiftRule> = (0..1_000)
        .map(|place| {
            let gives = product(place + 1);
            let rule = gift_rule(&format!("r{place}"), 0, units(&product(place), 1), &[&gives]);
            with(rule, |it| it.counts_for_other_rules = true)
        })
        .collect();
    let others: Vec<String> = (0..199).map(|place| format!("other{place}")).collect();
    let mut lines: Vec<(&str, i64, i64)> = others.iter().map(|id| (id.as_str(), 1, 1)).collect();
    lines.push(("p0000", 1, 1));
    let gifts = give_gifts(&rules, &cart(&lines));
    assert_eq!((gifts.applied.len(), gifts.rounds), (1_000, 1_001));
}

#[test]
fn a_cart_is_given_a_thousand_things_and_no_more() {
    let gifts: Vec<String> = (0..50).map(|at| format!("g{at}")).collect();
    let gifts: Vec<&str> = gifts.iter().map(String::as_str).collect();
    let mut rules: Vec<GiftRule> =
        (0..21).map(|at| gift_rule(&format!("r{at:02}"), 0, net(100), &gifts)).collect();
    rules.push(gift_rule("small", 0, net(100), &["pen"]));
    let facts = cart(&[("x", 1, 100)]);
    let (items, told) = given(&rules, &facts);
    assert_eq!(items.len(), 1_000);
    assert_eq!(told, ["r20 too-many", "small too-many"]);
    // Of what the customer may pick, only what was picked is given.
    for rule in &mut rules {
        rule.popup = true;
    }
    let (items, told) = given(&rules, &facts);
    assert_eq!((items.len(), told.len()), (0, 0));
}
