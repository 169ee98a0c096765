//! The source's sentences, each as the name of a test that shows it.

use std::collections::BTreeSet;

use super::*;
use crate::domain::campaign::{Discount, Offered, ShippingPolicy, StockPolicy};
use crate::domain::condition::Selector;
use crate::domain::ids::{CustomerId, OfferId, TagId};
use crate::domain::money::{Currency, Rate};
use crate::domain::validity::Validity;
use crate::domain::verdict::Reasoned;
use crate::selection::campaigns::{Unfit, judge_product, offered_price};
use crate::selection::samples::{campaign, cart, day, product};

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Asks for the offer, the shelf alone deciding what can be had; with the verdicts in words.
fn ask(campaigns: &[Campaign], facts: &Facts) -> (Option<String>, Vec<String>) {
    let available = |id: &CampaignId| {
        let campaign = campaigns.iter().find(|it| it.id == *id).unwrap();
        match &campaign.offered {
            Offered::Product(product) => judge_product(campaign, product, facts),
            Offered::Offer(_) => Ok(()),
        }
    };
    let index = Index::of(campaigns);
    let question = IndexedOrder::of(&index, facts);
    let winner = question.survivors().find(|id| available(id).is_ok());
    let considered = question.considered(None, available);
    let chosen = considered.iter().find(|it| it.verdict == Verdict::Chosen);
    assert_eq!(winner, chosen.map(|it| &it.campaign), "the fast way is the same");
    let told = considered.iter().map(|it| {
        let why = it.verdict.code().unwrap_or("chosen");
        format!("{} {why}", it.campaign)
    });
    (winner.map(ToString::to_string), told.collect())
}

/// A phone at 500.00 from a customer of a group, to Germany by card.
fn phone() -> Facts {
    let facts = cart(&[("phone", 1, 50_000)]).knowing("phone", |_| {}).pricing("case", 2_000);
    facts.saying(|cart| {
        cart.customer_group = Some("vip".to_owned());
        cart.shipping_country = Some("DE".to_owned());
        cart.payment_method = Some("card".to_owned());
    })
}

/// A campaign for the case, changed, and the reason for which it is rejected; none if chosen.
fn why(facts: &Facts, change: impl FnOnce(&mut Campaign)) -> Option<String> {
    let mut only = campaign("case", "case", 1);
    change(&mut only);
    let told = ask(&[only], facts).1;
    told[0].strip_prefix("case ").filter(|why| *why != "chosen").map(str::to_owned)
}

#[test]
fn every_campaign_assigned_to_the_orders_sales_channel_is_checked() {
    assert_eq!(why(&phone(), |_| {}), None);
    assert_eq!(why(&phone(), |it| it.channels = names(&["app", "web"])), None);
    assert_eq!(why(&phone(), |it| it.channels = names(&["app"])).unwrap(), "channel");
    assert_eq!(why(&phone(), |it| it.channels.clear()).unwrap(), "channel");
}

#[test]
fn it_is_checked_against_the_whole_order_all_items_together() {
    let two = cart(&[("phone", 1, 300), ("cap", 2, 100)]).pricing("case", 1);
    assert_eq!(why(&two, |it| it.min_net = Some(500)), None);
    assert_eq!(why(&two, |it| it.min_net = Some(501)).unwrap(), "below-min-net");
}

#[test]
fn to_qualify_it_must_be_active_and_within_its_valid_from_until_dates() {
    let valid = |active, from: Option<u32>, until: Option<u32>| {
        let validity = Validity { active, from: from.map(day), until: until.map(day) };
        why(&phone(), |it| it.validity = validity)
    };
    assert_eq!(valid(true, Some(10), Some(10)), None);
    assert_eq!(valid(false, None, None).unwrap(), "inactive");
    assert_eq!(valid(true, Some(11), None).unwrap(), "not-yet-valid");
    assert_eq!(valid(true, None, Some(9)).unwrap(), "expired");
}

#[test]
fn its_trigger_must_be_present_in_the_order() {
    let facts = phone()
        .knowing("phone", |it| {
            it.variant_of = Some(product("phones"));
            it.brand = Some("acme".to_owned());
            it.tags = [TagId::parse("new").unwrap()].into();
        })
        .knowing("phone-red", |it| it.variant_of = Some(product("phones")))
        .knowing("paper", |_| {})
        .offering("month", 100, "monthly", &["paper"]);
    let tag = |id: &str| Selector::Tag(TagId::parse(id).unwrap());
    let offer = |id: &str| Selector::Offer(OfferId::parse(id).unwrap());
    let table = [
        (Selector::Product(product("phone")), true),
        // A product, its parent and all variants are a family.
        (Selector::Product(product("phones")), true),
        (Selector::Product(product("phone-red")), true),
        (Selector::Product(product("case")), false),
        (Selector::Product(product("paper")), true),
        (Selector::Brand("acme".to_owned()), true),
        (Selector::Brand("other".to_owned()), false),
        (tag("new"), true),
        (tag("monthly"), true),
        (tag("old"), false),
        (offer("month"), true),
        (offer("year"), false),
    ];
    for (trigger, present) in table {
        let judged = why(&facts, |it| it.triggers = vec![trigger.clone()]);
        assert_eq!(judged, (!present).then(|| "trigger".to_owned()), "{trigger:?}");
    }
}

#[test]
fn the_orders_net_value_must_be_within_its_min_max() {
    let within = |min, max| why(&phone(), |it| (it.min_net, it.max_net) = (Some(min), Some(max)));
    assert_eq!(within(50_000, 50_000), None);
    assert_eq!(within(50_001, 60_000).unwrap(), "below-min-net");
    assert_eq!(within(0, 49_999).unwrap(), "above-max-net");
}

#[test]
fn the_customer_group_shipping_country_and_the_orders_payment_method_must_all_be_allowed() {
    let (vip, de, card) = (names(&["vip", "x"]), names(&["DE", "AT"]), names(&["card"]));
    let all = |it: &mut Campaign| {
        it.customer_groups = vip.clone();
        it.countries = de.clone();
        it.payment_methods = card.clone();
    };
    assert_eq!(why(&phone(), all), None);
    assert_eq!(why(&phone(), |it| it.customer_groups = names(&["x"])).unwrap(), "customer-group");
    assert_eq!(why(&phone(), |it| it.countries = names(&["AT"])).unwrap(), "country");
    let other = |it: &mut Campaign| it.payment_methods = names(&["invoice"]);
    assert_eq!(why(&phone(), other).unwrap(), "payment-method");
    // What an order does not say is allowed only where nothing is asked.
    let silent = phone().saying(|cart| cart.customer_group = None);
    assert_eq!(why(&silent, all).unwrap(), "customer-group");
    assert_eq!(why(&silent, |_| {}), None);
}

#[test]
fn a_campaign_is_skipped_if_one_of_its_excluded_products_is_in_the_order() {
    let facts = phone().knowing("phone-red", |it| it.variant_of = Some(product("phone")));
    let excluding = |id: &str| why(&facts, |it| it.excluded_products = [product(id)].into());
    assert_eq!(excluding("phone").unwrap(), "excluded-product");
    assert_eq!(excluding("phone-red").unwrap(), "excluded-product");
    assert_eq!(excluding("case"), None);
}

#[test]
fn it_never_re_offers_something_the_customer_just_bought() {
    let facts = phone().knowing("phone-red", |it| it.variant_of = Some(product("phone")));
    let offering = |id: &str| why(&facts, |it| it.offered = Offered::Product(product(id)));
    assert_eq!(offering("phone").unwrap(), "already-in-basket");
    assert_eq!(offering("phone-red").unwrap(), "already-in-basket");
    let month = |it: &mut Campaign| it.offered = Offered::Offer(OfferId::parse("month").unwrap());
    let named = facts.saying(|cart| cart.customer = Some(CustomerId::parse("ada").unwrap()));
    assert_eq!(why(&named, month), None);
    assert_eq!(why(&phone(), month).unwrap(), "no-customer");
    let has_it = named.offering("month", 900, "monthly", &[]);
    assert_eq!(why(&has_it, month).unwrap(), "already-in-basket");
}

#[test]
fn of_several_reasons_the_first_in_the_order_of_the_table_counts() {
    let mut wrong = campaign("case", "phone", 1);
    wrong.validity = Validity { active: false, from: Some(day(11)), until: Some(day(9)) };
    wrong.channels = names(&["app"]);
    wrong.currency = Currency::parse("EUR").unwrap();
    wrong.triggers = vec![Selector::Product(product("car"))];
    (wrong.min_net, wrong.max_net) = (Some(60_000), Some(10));
    wrong.customer_groups = names(&["x"]);
    wrong.countries = names(&["AT"]);
    wrong.payment_methods = names(&["invoice"]);
    wrong.excluded_products = [product("phone")].into();
    let repairs: [fn(&mut Campaign); 12] = [
        |it| it.validity.active = true,
        |it| it.validity.from = None,
        |it| it.validity.until = None,
        |it| it.channels = names(&["web"]),
        |it| it.currency = crate::selection::samples::usd(),
        |it| it.triggers.clear(),
        |it| it.min_net = None,
        |it| it.max_net = None,
        |it| it.customer_groups.clear(),
        |it| it.countries.clear(),
        |it| it.payment_methods.clear(),
        |it| it.excluded_products.clear(),
    ];
    for (unfit, repair) in Unfit::ALL.iter().zip(repairs) {
        assert_eq!(why(&phone(), |it| it.clone_from(&wrong)).unwrap(), unfit.code());
        repair(&mut wrong);
    }
    assert_eq!(why(&phone(), |it| it.clone_from(&wrong)).unwrap(), "already-in-basket");
}

#[test]
fn among_the_campaigns_that_qualify_the_highest_priority_wins() {
    let all = [campaign("a", "case", 1), campaign("b", "case", 3), campaign("c", "case", 2)];
    let (winner, told) = ask(&all, &phone());
    assert_eq!(winner.as_deref(), Some("b"));
    assert_eq!(told, ["b chosen", "c lower-priority", "a lower-priority"]);
}

#[test]
fn if_two_qualify_with_the_same_priority_the_most_recently_edited_one_wins() {
    let edited = |id, edit| Campaign { edit, ..campaign(id, "case", 7) };
    let all = [edited("a", 4), edited("b", 5), campaign("c", "case", 6)];
    let told = ["b chosen", "a edited-earlier", "c lower-priority"];
    assert_eq!(ask(&all, &phone()).1, told);
}

#[test]
fn if_the_winning_campaigns_offered_product_is_out_of_stock_the_next_highest_is_shown_instead() {
    let all = [campaign("a", "case", 2), campaign("b", "cap", 1)];
    let facts = phone().stocking("case", 0).pricing("cap", 100);
    assert_eq!(ask(&all, &facts).1, ["a out-of-stock", "b chosen"]);
    assert_eq!(why(&facts, |it| it.stock_policy = StockPolicy::Always), None);
    let one = phone().stocking("case", 1);
    assert_eq!(why(&one, |_| {}), None);
    assert_eq!(why(&one, |it| it.quantity = 2).unwrap(), "out-of-stock");
}

#[test]
fn or_its_shipping_policy_would_not_allow_it() {
    let ships_to = |country: &str, digital: bool| {
        let countries = names(&[country]);
        phone().knowing("case", |it| (it.ships_to, it.is_physical) = (countries, !digital))
    };
    assert_eq!(why(&ships_to("DE", false), |_| {}), None);
    assert_eq!(why(&ships_to("AT", false), |_| {}).unwrap(), "not-shippable");
    assert_eq!(why(&ships_to("AT", true), |_| {}), None, "digital goods ship everywhere");
    let always = |it: &mut Campaign| it.shipping_policy = ShippingPolicy::Always;
    assert_eq!(why(&ships_to("AT", false), always), None);
    let silent = ships_to("DE", false).saying(|cart| cart.shipping_country = None);
    assert_eq!(why(&silent, |_| {}).unwrap(), "not-shippable");
    let delivered = Facts { delivered: true, ..phone() };
    assert_eq!(why(&delivered, always).unwrap(), "not-shippable");
}

#[test]
fn a_sold_out_top_campaign_never_wastes_the_slot() {
    let all = [campaign("a", "case", 2), campaign("b", "case", 1)];
    let (winner, told) = ask(&all, &phone().stocking("case", 0));
    assert_eq!((winner, told.len()), (None, 2));
    let asked = std::cell::Cell::new(0);
    let (index, facts) = (Index::of(&all), phone());
    let told = IndexedOrder::of(&index, &facts).considered(None, |_| {
        asked.set(asked.get() + 1);
        Ok(())
    });
    let chosen = told.iter().find(|it| it.verdict == Verdict::Chosen).unwrap();
    assert_eq!((chosen.campaign.as_str(), asked.get()), ("a", 1), "asked in rank order");
}

#[test]
fn any_item_can_satisfy_a_trigger() {
    let facts = cart(&[("cap", 1, 1), ("phone", 1, 1)]).pricing("case", 1);
    for trigger in ["cap", "phone"] {
        let trigger = vec![Selector::Product(product(trigger))];
        assert_eq!(why(&facts, |it| it.triggers = trigger), None);
    }
}

#[test]
fn a_larger_basket_can_make_more_campaigns_qualify_or_fewer() {
    let mut triggered = campaign("triggered", "case", 1);
    triggered.triggers = vec![Selector::Product(product("cap"))];
    let mut excluding = campaign("excluding", "case", 2);
    excluding.excluded_products = [product("cap")].into();
    let mut small = campaign("small", "case", 3);
    small.max_net = Some(100);
    let re_offering = campaign("re-offering", "cap", 4);
    let all = [triggered, excluding, small, re_offering];
    let known = |facts: Facts| facts.pricing("case", 1).pricing("cap", 1);
    let told = ask(&all, &known(cart(&[("phone", 1, 100)]))).1;
    let four = ["re-offering chosen", "small lower-priority", "excluding lower-priority"];
    assert_eq!((&told[..3], told[3].as_str()), (&four.map(String::from)[..], "triggered trigger"));
    let larger = cart(&[("phone", 1, 100), ("cap", 1, 1)]);
    let told = ask(&all, &known(larger)).1;
    let fewer = [
        "re-offering already-in-basket",
        "small above-max-net",
        "excluding excluded-product",
        "triggered chosen",
    ];
    assert_eq!(told, fewer);
}

#[test]
fn if_two_products_would_each_suggest_an_add_on_only_the_highest_priority_offer_is_seen() {
    let with = |id, trigger: &str, priority| Campaign {
        triggers: vec![Selector::Product(product(trigger))],
        ..campaign(id, "case", priority)
    };
    let facts = cart(&[("phone", 1, 1), ("cap", 1, 1)]).pricing("case", 1);
    let told = ask(&[with("a", "phone", 1), with("b", "cap", 2)], &facts).1;
    assert_eq!(told, ["b chosen", "a lower-priority"]);
}

#[test]
fn amounts_mean_nothing_in_another_currency() {
    let eur = |it: &mut Campaign| it.currency = Currency::parse("EUR").unwrap();
    assert_eq!(why(&phone(), eur), None, "it names none");
    for amount in [
        (|it: &mut Campaign| it.min_net = Some(0)) as fn(&mut Campaign),
        |it| it.max_net = Some(99_999_999),
        |it| it.discount = Some(Discount::Amount(1)),
    ] {
        let both = |it: &mut Campaign| {
            eur(it);
            amount(it);
        };
        assert_eq!(why(&phone(), both).unwrap(), "currency");
    }
}

#[test]
fn a_percentage_is_rounded_half_up_and_then_taken_off_an_amount_goes_down_to_nothing() {
    let price = |discount: Option<Discount>, cents: i64| {
        let offer = Campaign { discount, ..campaign("case", "case", 1) };
        offered_price(&offer, &product("case"), &phone().pricing("case", cents))
    };
    let percent = |text: &str| Some(Discount::Percent(Rate::parse(text).unwrap()));
    let table = [
        (None, 999, 999),
        (percent("10"), 999, 899),
        (percent("50"), 5, 2),
        (percent("33.3"), 1_000, 667),
        (percent("100"), 999, 0),
        (Some(Discount::Amount(99)), 100, 1),
        (Some(Discount::Amount(101)), 100, 0),
    ];
    for (discount, cents, left) in table {
        assert_eq!(price(discount, cents), Some(left), "{discount:?} off {cents}");
    }
    let unpriced = phone().knowing("case", |it| it.unit_net = None);
    assert_eq!(why(&unpriced, |_| {}), None, "the shop may know the price");
    assert_eq!(why(&unpriced, |it| it.discount = percent("10")).unwrap(), "no-price");
}
