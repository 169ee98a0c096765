//! Rules that are clicked together, as somebody does it whose browser runs no scripts: conditions,
//! gifts and upsells as nested fields, whose buttons change the form and save nothing.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::forms::{Form, decoded, encoded, forms};
use crate::api::backend::Visitor;
use crate::oracle::generate::Dice;
use crate::support::both;
use crate::world::{ADMIN_KEY, Answer, World, eur};

both! {
    a_form_that_is_saved_untouched_changes_no_condition_gift_or_upsell,
    a_condition_is_clicked_together_and_nothing_is_saved_before_it_is,
    what_is_wrong_is_told_at_its_field_however_deep_it_lies,
    a_form_says_how_deep_and_how_large_a_condition_may_be,
    cards_are_added_moved_and_removed_with_what_stands_on_them,
    what_no_button_sends_breaks_nothing,
    a_promotion_is_tried_on_a_sample_cart_and_nothing_is_saved,
    what_somebody_else_has_saved_is_told_as_a_sentence,
    lists_and_forms_say_conditions_in_the_language_of_who_reads_them,
}

/// How many random rules are sent through their forms.
const CASES: u64 = 25;

/// Texts that mean something somewhere.
const NAMES: [&str; 6] =
    ["web", " a\nb\r\n", "\"x\"", "zq<zq>&zq;'\"`=", "brand: {missing}", "\u{202e}\u{5e9}{{x}}"];

async fn shop(store: Store) -> (World, Visitor) {
    let world = World::new(store).await;
    world.put("/v1/tags/sale", json!({"title": "Sale"})).await.expect(201);
    for (id, title) in [("mug", "Mug"), ("cap", "Cap"), ("pen", "Pen")] {
        let product = json!({
            "title": title, "kind": "physical", "unit_net": eur("5.00"), "brand": "Acme",
        });
        world.put(&format!("/v1/products/{id}"), product).await.expect(201);
    }
    let month = json!({
        "title": "Month", "products": ["mug"], "price": eur("9.90"), "billing_period": "P1M",
    });
    world.put("/v1/offers/month", month).await.expect(201);
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    (world, visitor)
}

fn name(dice: &mut Dice) -> &'static str {
    dice.pick::<&str>(&NAMES)
}

fn amount(dice: &mut Dice) -> String {
    format!("{}.{:02}", dice.below(3_000), dice.below(100))
}

fn selector(dice: &mut Dice) -> Value {
    match dice.below(5) {
        0 => json!({"brand": name(dice)}),
        1 => json!({"tag": "sale"}),
        2 => json!({"offer": "month"}),
        3 => json!({"any": true}),
        _ => json!({"product": *dice.pick(&["mug", "cap"])}),
    }
}

fn condition(dice: &mut Dice, depth: u64) -> Value {
    if depth < 5 && dice.one_in(2) {
        let inner = |dice: &mut Dice| -> Value {
            (0..=dice.below(3)).map(|_| condition(dice, depth + 1)).collect()
        };
        return match dice.below(3) {
            0 => json!({"not": condition(dice, depth + 1)}),
            1 => json!({"any": inner(dice)}),
            _ => json!({"all": inner(dice)}),
        };
    }
    let names = |dice: &mut Dice| -> Value { (0..=dice.below(3)).map(|_| name(dice)).collect() };
    match dice.below(8) {
        0 => json!({"customer_group": names(dice)}),
        1 => json!({"country": ["DE", "AT"]}),
        2 => json!({"payment_method": names(dice)}),
        3 => json!({"channel": names(dice)}),
        4 => json!({"coupon": dice.one_in(2)}),
        5 => json!({"units": {"of": selector(dice), "min": 1 + dice.below(9)}}),
        6 => json!({"value": {"of": selector(dice), "min": amount(dice)}}),
        _ if dice.one_in(2) => json!({"net": {"min": "1.00", "max": amount_above(dice)}}),
        _ => json!({"net": {"above": amount(dice)}}),
    }
}

fn amount_above(dice: &mut Dice) -> String {
    format!("{}.00", 1 + dice.below(5_000))
}

fn gift_rule(dice: &mut Dice) -> Value {
    let products = ["mug", "cap", "pen"];
    let gifts = (0..=usize::try_from(dice.below(3)).unwrap()).map(|place| {
        let (quantity, stock) = (1 + dice.below(5), dice.below(500));
        let mut gift = json!({"product": products[place], "quantity": quantity, "stock": stock});
        if dice.one_in(2) {
            gift["price"] = json!(amount(dice));
        } else {
            gift["discount_percent"] = json!("12.5");
        }
        gift
    });
    let get: Value = gifts.collect();
    let times = if dice.one_in(2) { json!("unlimited") } else { json!(1 + dice.below(5)) };
    json!({
        "title": "T", "active": dice.one_in(2), "priority": dice.below(5),
        "valid_from": "2026-01-01", "buy": condition(dice, 1), "get": get,
        "popup": dice.one_in(2), "counts_for_other_rules": dice.one_in(2), "applications": times,
    })
}

fn promotion(dice: &mut Dice) -> Value {
    let upsells = (0..dice.below(4)).map(|place| {
        let suggest: Value = (0..dice.below(4))
            .map(|_| if dice.one_in(2) { json!("pen") } else { selector(dice) })
            .collect();
        let mut upsell = json!({
            "id": format!("u{place}"), "priority": 1 + dice.below(3), "when": condition(dice, 2),
            "message": " {missing}\n\n& \"more\" 'zq' ", "suggest": suggest,
        });
        if dice.one_in(2) {
            upsell["media"] = json!("https://shop.example/a?b=%22&c=d");
        }
        upsell
    });
    let upsells: Value = upsells.collect();
    let reward = match dice.below(3) {
        0 => json!({"kind": "free_shipping"}),
        1 => json!({"kind": "percent", "percent": "7.5"}),
        _ => json!({"kind": "amount", "amount": amount(dice)}),
    };
    json!({
        "title": "T", "qualifies": condition(dice, 1), "reward": reward,
        "upsells": upsells,
    })
}

/// The form of a rule.
fn form_of(page: &Answer, address: &str) -> Form {
    let is_it = |form: &Form| form.is_post && form.action == address;
    forms(&page.text).into_iter().find(is_it).unwrap_or_else(|| panic!("{page:?}"))
}

/// Fields of a form by their names, with what is typed into them.
type Fields<'a> = &'a [(&'a str, &'a str)];

/// The form as a browser sends it with these fields typed anew, and a button pressed.
async fn pressed(
    visitor: &Visitor,
    address: &str,
    page: &Answer,
    (with, button): (Fields<'_>, &str),
) -> Answer {
    let find = |name: &str| with.iter().find(|(at, _)| *at == name);
    let form = form_of(page, address);
    for (name, _) in with {
        assert!(form.names.iter().any(|it| it == name), "{name} of {:?}", form.names);
    }
    let mut sent = form.sent(|name| find(name).map(|(_, value)| (*value).to_owned()));
    if !button.is_empty() {
        assert!(page.text.contains(&format!("value=\"{button}\"")), "{button}: {page:?}");
        sent = format!("{sent}&change={}", encoded(button.as_bytes()));
    }
    visitor.post(address, &sent.replace("%0A", "%0D%0A"), &[]).await
}

/// But for when it was.
fn lasting(mut stored: Value) -> Value {
    for passing in ["edited_at", "edit", "warnings"] {
        stored.as_object_mut().unwrap().remove(passing);
    }
    stored
}

async fn a_form_that_is_saved_untouched_changes_no_condition_gift_or_upsell(store: Store) {
    let (world, visitor) = shop(store).await;
    for seed in 0..CASES {
        let mut dice = Dice::new(seed);
        let rules = [("gift-rules", gift_rule(&mut dice)), ("promotions", promotion(&mut dice))];
        // Written with a comma, and with a point.
        let locale = if dice.one_in(2) { "de-AT" } else { "en" };
        world.put("/v1/settings", json!({"locale": locale})).await.expect(200);
        for (noun, rule) in rules {
            let (stored, address) =
                (format!("/v1/{noun}/r{seed}"), format!("/backend/{noun}/r{seed}"));
            world.put(&stored, rule.clone()).await.expect(201);
            let before = lasting(world.get(&stored).await.expect(200));
            let page = visitor.get(&address).await;
            let saved = pressed(&visitor, &address, &page, (&[], "")).await;
            assert_eq!(saved.status, 303, "{rule:#} {saved:?}");
            assert_eq!(lasting(world.get(&stored).await.expect(200)), before, "{seed}");
        }
    }
}

async fn a_condition_is_clicked_together_and_nothing_is_saved_before_it_is(store: Store) {
    let (world, visitor) = shop(store).await;
    let address = "/backend/gift-rules/+new";
    let press = async |page: &Answer, with: Fields<'_>, button: &str| {
        let answer = pressed(&visitor, address, page, (with, button)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer
    };
    let page = visitor.get(address).await;
    let title = ("/title", "A mug for two");
    let page = press(&page, &[title, ("/buy/add", "units")], "add /buy").await;
    let units = [("/buy/units/min", "2"), ("/buy/units/of", "product: mug")];
    let page = press(&page, &[&units[..], &[("/buy/add", "country")]].concat(), "add /buy").await;
    let page = press(&page, &[("/buy/1/country", "de\nAT")], "group /buy").await;
    let told = "The cart contains at least 2 of Mug, and the country is DE or AT, and …";
    assert!(decoded(&page.text).contains(told), "{page:?}");
    let page = press(&page, &[("/buy/2/kind", "none"), ("/buy/2/add", "net")], "add /buy/2").await;
    let page =
        press(&page, &[("/buy/2/0/net/above", "100"), ("/get/0/product", "cap")], "look /buy")
            .await;
    let all = world.get("/v1/gift-rules").await.expect(200);
    assert_eq!(all["data"], json!([]), "nothing is saved yet");
    assert!(page.text.contains("value=\"A mug for two\""), "and nothing is lost: {page:?}");
    let saved = pressed(&visitor, address, &page, (&[], "")).await;
    assert_eq!(saved.header("location"), "/backend/gift-rules/a-mug-for-two", "{saved:?}");
    let rule = world.get("/v1/gift-rules/a-mug-for-two").await.expect(200);
    let buy = json!({"all": [
        {"units": {"of": {"product": "mug"}, "min": 2}}, {"country": ["DE", "AT"]},
        {"not": {"net": {"above": "100.00"}}},
    ]});
    assert_eq!(rule["buy"], buy);
    assert_eq!(rule["get"][0]["product"], "cap");
}

async fn what_is_wrong_is_told_at_its_field_however_deep_it_lies(store: Store) {
    let (world, visitor) = shop(store).await;
    let rule = json!({
        "title": "T", "buy": {"all": [{"coupon": true}, {"not": {"any": [
            {"units": {"of": {"product": "mug"}, "min": 1}}, {"channel": ["web"]}]}}]},
        "get": [{"product": "cap"}, {"product": "mug"}],
    });
    world.put("/v1/gift-rules/r", rule).await.expect(201);
    let address = "/backend/gift-rules/r";
    let page = visitor.get(address).await;
    let deep = "/buy/1/0/0/units";
    let (min, of) = (format!("{deep}/min"), format!("{deep}/of"));
    let long = "x".repeat(300);
    let wrong = [
        (min.as_str(), "1,5"),
        (of.as_str(), "product: mugg"),
        ("/buy/1/0/1/channel", &format!("web\n{long}")),
        ("/get/1/quantity", "0"),
        ("/get/0/price", "1.234"),
    ];
    let answer = pressed(&visitor, address, &page, (&wrong, "")).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    let text = decoded(&answer.text);
    let summary = text.split("class=\"problems\"").nth(1).unwrap().split("</ul>").next().unwrap();
    for (name, told) in [
        (min.as_str(), "Number of pieces, At least: Write a whole number."),
        (of.as_str(), "did you mean 'mug'?"),
        ("/buy/1/0/1/channel", "Line 2:"),
        ("/get/1/quantity", "Gift 2, Pieces each time</a>: "),
        ("/get/0/price", "Gift 1, Price of one</a>: EUR has 2 decimals"),
    ] {
        let id = format!("f-{}", name[1..].replace('/', "_"));
        assert!(summary.contains(&format!("href=\"#{id}\"")), "{id}: {summary}");
        assert!(summary.contains(told), "{told}: {summary}");
        assert!(text.contains(&format!("id=\"{id}-wrong\"")), "{id} tells it, too");
        assert_eq!(text.matches(&format!("id=\"{id}\"")).count(), 1, "{id} is there once");
    }
    assert!(text.contains("\nweb\nxxx") && text.contains("mugg"), "what was typed is kept");
    let pointers = ["/buy/", "/get/"].map(|it| summary.contains(it));
    assert_eq!(pointers, [false, false], "no pointer is told to people: {summary}");
    // What is removed takes its faults with it, and an empty group has its own.
    let page = pressed(&visitor, address, &answer, (&[], "remove /buy/1/0/0")).await;
    let page = pressed(&visitor, address, &page, (&[], "remove /buy/1/0/0")).await;
    assert_eq!(page.status, 200, "{page:?}");
    let answer = pressed(&visitor, address, &page, (&[], "")).await;
    assert!(answer.text.contains("href=\"#f-buy_1_0_node\""), "{answer:?}");
    let page = pressed(&visitor, address, &answer, (&[], "remove /buy")).await;
    let answer = pressed(&visitor, address, &page, (&[], "")).await;
    assert!(answer.text.contains("href=\"#f-buy\"") && answer.text.contains("Add a condition."));
    let rule = world.get("/v1/gift-rules/r").await.expect(200);
    assert_eq!(rule["buy"]["all"][0], json!({"coupon": true}), "nothing was saved");
}

async fn a_form_says_how_deep_and_how_large_a_condition_may_be(store: Store) {
    let (world, visitor) = shop(store).await;
    let nested = (0..9).fold(json!({"coupon": true}), |inner, _| json!({ "all": [inner] }));
    let many: Value = (0..99).map(|_| json!({"coupon": true})).collect();
    for (id, buy) in [("deep", nested), ("wide", json!({ "any": many }))] {
        let rule = json!({"title": "T", "buy": buy, "get": [{"product": "cap"}]});
        world.put(&format!("/v1/gift-rules/{id}"), rule).await.expect(201);
    }
    let deep = visitor.get("/backend/gift-rules/deep").await;
    let place = format!("/buy{}", "/0".repeat(8));
    assert!(deep.text.contains(&format!("value=\"add {place}\"")), "{deep:?}");
    assert!(!deep.text.contains(&format!("value=\"group {place}\"")), "no group fits there");
    let wide = visitor.get("/backend/gift-rules/wide").await;
    assert!(wide.text.contains("A condition is made of at most 100 parts."), "{wide:?}");
    assert!(!wide.text.contains("value=\"add /buy"), "{wide:?}");
    // Whoever sends more all the same is told by the rules.
    let address = "/backend/gift-rules/deep";
    let place = format!("/buy{}", "/0".repeat(9));
    let more = [("/kind", "all"), ("/0/kind", "coupon"), ("/0/coupon", "true")];
    let more = more
        .map(|(name, value)| format!("&{}={value}", encoded(format!("{place}{name}").as_bytes())));
    let more = more.concat();
    let sent = form_of(&deep, address).sent(|_| None);
    let own = format!("{}=coupon", encoded(format!("{place}/kind").as_bytes()));
    let answer = visitor.post(address, &format!("{}{more}", sent.replace(&own, "a=b")), &[]).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    assert!(answer.text.contains("Lies deeper than 10 conditions in each other."), "{answer:?}");
}

async fn cards_are_added_moved_and_removed_with_what_stands_on_them(store: Store) {
    let (world, visitor) = shop(store).await;
    let address = "/backend/promotions/+new";
    let press = async |page: &Answer, with: Fields<'_>, button: &str| {
        pressed(&visitor, address, page, (with, button)).await
    };
    let page = visitor.get(address).await;
    let start = [("/title", "Free shipping"), ("/qualifies/add", "net")];
    let page = press(&page, &start, "add /qualifies").await;
    let page = press(&page, &[("/qualifies/net/min", "2500")], "add /upsells").await;
    let first = [
        ("/upsells/0/message", "Spend another {missing}"),
        ("/upsells/0/suggest/0", "brand: Acme"),
        ("/upsells/0/when/add", "net"),
    ];
    let page = press(&page, &first, "add /upsells/0/when").await;
    let page = press(&page, &[("/upsells/0/when/net/min", "2400")], "add /upsells").await;
    let second = [
        ("/upsells/1/message", "Shipping costs {shippingCost}"),
        ("/upsells/1/suggest/0", "pen"),
        ("/upsells/0/suggest/1", "mug"),
        ("/upsells/1/when/add", "coupon"),
    ];
    let page = press(&page, &second, "add /upsells/1/when").await;
    let page = press(&page, &[], "up /upsells/1").await;
    let page = press(&page, &[], "add /upsells").await;
    let page = press(&page, &[], "remove /upsells/2").await;
    let saved = press(&page, &[], "").await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let stored = world.get("/v1/promotions/free-shipping").await.expect(200);
    let upsells = json!([
        {"id": "upsell-2", "priority": 1, "when": {"coupon": true},
            "message": "Shipping costs {shippingCost}", "media": null, "suggest": ["pen"]},
        {"id": "upsell-1", "priority": 1, "when": {"net": {"min": "2400.00"}},
            "message": "Spend another {missing}", "media": null,
            "suggest": [{"brand": "Acme"}, "mug"]},
    ]);
    assert_eq!(stored["upsells"], upsells);
    // A fault of a card leads to it, and one of its condition to that.
    let address = "/backend/promotions/free-shipping";
    let page = visitor.get(address).await;
    let wrong = [
        ("/upsells/0/message", "{nothing}"),
        ("/upsells/1/when/net/min", "much"),
        ("/upsells/1/suggest/1", ""),
        ("/upsells/1/suggest/2", "tag: gone"),
        ("/reward/percent", "101"),
    ];
    let answer = pressed(&visitor, address, &page, (&wrong, "")).await;
    assert_eq!(answer.status, 422, "{answer:?}");
    for id in [
        "f-upsells_0_message",
        "f-upsells_1_when_net_min",
        "f-upsells_1_suggest_1",
        "f-reward_percent",
    ] {
        assert!(answer.text.contains(&format!("href=\"#{id}\"")), "{id}: {answer:?}");
        assert!(answer.text.contains(&format!("id=\"{id}-wrong\"")), "{id}: {answer:?}");
    }
}

async fn what_no_button_sends_breaks_nothing(store: Store) {
    let (world, visitor) = shop(store).await;
    let deep = (0..400).map(|depth| format!("&%2Fbuy{}%2Fkind=none", "%2F0".repeat(depth)));
    let wide = (0..4_000).map(|place| format!("&%2Fbuy%2F{place}%2Fkind=units"));
    let cards = (0..2_000).map(|place| format!("&%2Fget%2F{place}%2Fproduct=mug"));
    let forms = [
        deep.collect::<String>(),
        format!("&%2Fbuy%2Fkind=any{}", wide.collect::<String>()),
        cards.collect(),
        "&%2Fbuy%2Fkind=units&%2Fbuy%2F0%2Fkind=units&%2Fbuy%2Funits%2Fof=%7B%7B".to_owned(),
        "&%2Fget%2F99999999999999999999%2Fproduct=x&%2Fget%2F-1%2Fproduct=&%2Fget%2F=".to_owned(),
        "&%2Fbuy%2Fkind=channel&%2Fbuy%2Fchannel=%00%0A%22%5Cu0000%22".to_owned(),
    ];
    let buttons = [
        "",
        "add /buy",
        "group /buy/9/9",
        "remove /get/99",
        "up /get/0",
        "down /get/x",
        "add /get",
        "explode /buy",
        "remove",
        " ",
        "remove /upsells/7/when/0",
        "add /upsells/7/when",
    ];
    for noun in ["gift-rules", "promotions"] {
        let address = format!("/backend/{noun}/+new");
        for (form, button) in forms.iter().flat_map(|it| buttons.map(|button| (it, button))) {
            let form = if noun == "promotions" {
                form.replace("%2Fbuy", "%2Fqualifies").replace("%2Fget", "%2Fupsells")
            } else {
                form.clone()
            };
            let sent = format!("change={}{form}", encoded(button.as_bytes()));
            let answer = visitor.post(&address, &sent, &[]).await;
            assert!(matches!(answer.status, 200 | 422), "{button}: {answer:?}");
        }
        let all = world.get(&format!("/v1/{noun}")).await.expect(200);
        assert_eq!(all["data"], json!([]));
    }
}

async fn a_promotion_is_tried_on_a_sample_cart_and_nothing_is_saved(store: Store) {
    let (world, visitor) = shop(store).await;
    let upsell = |id: &str, least: &str, message: &str| {
        let when = json!({"net": {"min": least}});
        json!({"id": id, "priority": 1, "when": when, "message": message})
    };
    let near = "Spend another {missing} to qualify for free shipping.";
    let far = "The shipping cost for the products in your shopping cart is {shippingCost}.";
    let promotion = json!({
        "title": "Free shipping", "qualifies": {"net": {"min": "2500.00"}},
        "reward": {"kind": "free_shipping"},
        "upsells": [upsell("near", "2400.00", near), upsell("far", "2000.00", far)],
    });
    world.put("/v1/promotions/r", promotion).await.expect(201);
    let before = lasting(world.get("/v1/promotions/r").await.expect(200));
    let address = "/backend/promotions/r";
    let page = visitor.get(address).await;
    let tried = async |with: Fields<'_>| {
        let form = form_of(&page, address);
        let find = |name: &str| with.iter().find(|(at, _)| *at == name);
        let sent = form.sent(|name| find(name).map(|(_, value)| (*value).to_owned()));
        let answer = visitor.post(address, &format!("{sent}&try=1"), &[]).await;
        let told = answer.text.split("class=\"flash\" role=\"status\">").nth(1);
        let told = decoded(told.and_then(|it| it.split('<').next()).unwrap_or_default());
        (answer.status, told, answer.text)
    };
    let cases: [(Fields<'_>, &str); 5] = [
        (
            &[("/sample", "mug, 2, 1200.00")],
            "“Spend another €100.00 to qualify for free shipping.” “The shipping cost for the \
             products in your shopping cart is —.”",
        ),
        (
            &[("/sample", "mug, 2, 1000.00"), ("/sample_shipping", "197.75")],
            "“The shipping cost for the products in your shopping cart is €197.75.”",
        ),
        (&[("/sample", "mug, 3, 1000.00")], "This cart earns it: nothing more is told."),
        (&[("/sample", "mug, 1, 1.00")], "This cart is told nothing."),
        (
            &[("/sample", "mug, 1, 2399.00"), ("/upsells/0/when/net/min", "2000")],
            "“Spend another €101.00 to qualify for free shipping.”",
        ),
    ];
    for (with, told) in cases {
        let (status, said, text) = tried(with).await;
        assert_eq!(status, 200, "{with:?} {text}");
        assert!(said.contains(told), "{with:?}: {said}");
    }
    for (with, id) in [
        (("/sample", "mug, two, 1"), "f-sample"),
        (("/sample", "no such, 1, 1"), "f-sample"),
        (("/sample_shipping", "much"), "f-sample_shipping"),
        (("/upsells/0/message", "{nothing}"), "f-upsells_0_message"),
    ] {
        let (status, told, text) = tried(&[with]).await;
        assert_eq!((status, told.as_str()), (422, ""), "{with:?}");
        assert!(text.contains(&format!("href=\"#{id}\"")), "{with:?}: {text}");
        assert!(text.contains(&format!("id=\"{id}-wrong\"")), "{with:?}: {text}");
    }
    assert_eq!(lasting(world.get("/v1/promotions/r").await.expect(200)), before);
}

async fn what_somebody_else_has_saved_is_told_as_a_sentence(store: Store) {
    let (world, visitor) = shop(store).await;
    let rule =
        |buy: Value, gift: &str| json!({"title": "T", "buy": buy, "get": [{"product": gift}]});
    world.put("/v1/gift-rules/r", rule(json!({"coupon": true}), "cap")).await.expect(201);
    let address = "/backend/gift-rules/r";
    let page = visitor.get(address).await;
    world.put("/v1/gift-rules/r", rule(json!({"country": ["DE"]}), "pen")).await.expect(200);
    let typed = [("/buy/coupon", "false")];
    let met = pressed(&visitor, address, &page, (&typed, "")).await;
    assert_eq!(met.status, 412, "{met:?}");
    for told in [
        "Saved meanwhile: <bdi>The country is DE.</bdi>",
        "Saved meanwhile: <bdi>1 × Pen</bdi>",
        "href=\"#f-buy\">If customers buy",
        "href=\"#f-get\">They will get",
    ] {
        assert!(met.text.contains(told), "{told}: {met:?}");
    }
    let saved = pressed(&visitor, address, &met, (&[], "")).await;
    assert_eq!(saved.status, 303, "{saved:?}");
    let stored = world.get("/v1/gift-rules/r").await.expect(200);
    assert_eq!(
        (&stored["buy"], &stored["get"][0]["product"]),
        (&json!({"coupon": false}), &json!("cap"))
    );
}

async fn lists_and_forms_say_conditions_in_the_language_of_who_reads_them(store: Store) {
    let (world, visitor) = shop(store).await;
    let buy = json!({"all": [
        {"units": {"of": {"product": "mug"}, "min": 2}}, {"country": ["DE", "AT"]},
    ]});
    let rule = json!({"title": "T", "buy": buy.clone(), "get": [{"product": "cap"}]});
    world.put("/v1/gift-rules/r", rule).await.expect(201);
    let promotion = json!({"title": "P", "qualifies": buy, "reward": {"kind": "free_shipping"}});
    world.put("/v1/promotions/p", promotion).await.expect(201);
    for (language, told) in [
        ("en", "The cart contains at least 2 of Mug, and the country is DE or AT."),
        ("de", "Der Warenkorb enthält mindestens 2 von Mug und das Land ist DE oder AT."),
    ] {
        for path in ["gift-rules", "gift-rules/r", "promotions", "promotions/p"] {
            let headers = [("cookie", visitor.cookie.as_str()), ("accept-language", language)];
            let path = format!("/backend/{path}");
            let page = world.call(axum::http::Method::GET, &path, &headers, None).await;
            assert!(page.text.contains(told), "{path}: {page:?}");
        }
    }
}
