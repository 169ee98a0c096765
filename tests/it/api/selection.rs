//! Campaigns, promotions and gift rules from outside: written, read and removed like all that a
//! merchant defines, and what they come to for a cart.

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::World;

both! {
    a_campaign_is_written_read_and_removed,
    what_a_rule_names_cannot_be_removed,
    every_fault_of_a_rule_has_its_pointer,
    one_may_display_spend_another_100_to_qualify_for_free_shipping,
    a_cart_is_told_its_gifts_and_why_not_the_others,
    an_order_is_told_what_it_would_be_offered,
    what_is_left_of_a_gift_is_read_and_written_back,
    rules_are_imported_as_they_were_exported,
    a_price_that_a_gift_is_a_part_of_is_not_taken_away,
    there_is_no_limit_for_the_highest_priority_nor_for_the_application_time,
    nothing_is_offered_after_what_was_bought_elsewhere_or_is_still_to_come,
    what_is_left_and_lies_in_the_cart_already_closes_no_gap,
    more_active_promotions_than_may_be_are_refused,
}

fn usd(amount: &str) -> Value {
    json!({"amount": amount, "currency": "USD"})
}

/// A shop in dollars, with bikes of a brand, windbreakers and a mug.
async fn shop(store: Store) -> World {
    let world = World::new(store).await;
    world.put("/v1/settings", json!({"locale": "en-US", "currency": "USD"})).await.expect(200);
    world.put("/v1/tags/windbreaker", json!({"title": "Windbreakers"})).await.expect(201);
    for (id, title, price, more) in [
        ("bike", "Bike", "2400.00", json!({"brand": "X"})),
        ("breeze", "Breeze", "100.00", json!({"brand": "X", "tags": ["windbreaker"]})),
        ("storm", "Storm", "180.00", json!({"brand": "X", "tags": ["windbreaker"], "stock": 0})),
        ("mug", "Mug", "8.00", json!({"stock": 3})),
        ("pen", "Pen", "2.00", json!({})),
    ] {
        let mut body = json!({"title": title, "kind": "physical", "unit_net": usd(price)});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        world.put(&format!("/v1/products/{id}"), body).await.expect(201);
    }
    world
}

fn cart(lines: &[(&str, i64, &str)]) -> Value {
    let line = |(product, quantity, unit_net): &(&str, i64, &str)| {
        json!({"product": product,
        "quantity": quantity, "unit_net": unit_net})
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    json!({"channel": "web", "currency": "USD", "lines": lines})
}

async fn a_campaign_is_written_read_and_removed(store: Store) {
    let world = shop(store).await;
    let body = json!({
        "title": "Mugs", "channels": ["web"], "triggers": ["bike", {"brand": "X"}],
        "min_net": "100.00", "offered_product": "mug", "discount": {"percent": "12.5"},
        "priority": 7,
    });
    let made = world.put("/v1/campaigns/mugs", body).await.expect(201);
    let mut expected = json!({
        "id": "mugs", "title": "Mugs", "active": true, "currency": "USD", "valid_from": null,
        "valid_until": null, "channels": ["web"], "triggers": ["bike", {"brand": "X"}],
        "min_net": "100.00", "max_net": null, "customer_groups": [], "countries": [],
        "payment_methods": [], "excluded_products": [], "offered_product": "mug",
        "offered_offer": null, "quantity": 1, "discount": {"percent": "12.5"},
        "stock_policy": "in_stock", "shipping_policy": "ships_to", "priority": 7, "warnings": [],
    });
    expected["edited_at"] = made["edited_at"].clone();
    assert_eq!(made, expected);
    let read = world.get("/v1/campaigns/mugs").await;
    let tag = read.header("etag").to_owned();
    assert_eq!(read.json, made);
    let again = world.put("/v1/campaigns/mugs", made.clone()).await.expect(200);
    assert_eq!(again["priority"], 7, "what was read may be sent back");
    let stale = [("if-match", "\"stale\"")];
    let put = world.call(Method::PUT, "/v1/campaigns/mugs", &stale, Some(made.to_string())).await;
    assert_eq!(put.problem(412), "precondition-failed");
    assert!(!tag.is_empty());
    let nowhere = json!({"title": "Nowhere", "offered_product": "mug", "quantity": 9});
    let nowhere = world.put("/v1/campaigns/nowhere", nowhere).await.expect(201);
    let codes: Vec<&Value> =
        nowhere["warnings"].as_array().unwrap().iter().map(|it| &it["code"]).collect();
    assert_eq!(codes, ["no_channel", "sold_out"]);
    let listed = world.get("/v1/campaigns").await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    world.delete("/v1/campaigns/mugs").await.expect(204);
    assert_eq!(world.get("/v1/campaigns/mugs").await.problem(404), "not-found");
}

async fn what_a_rule_names_cannot_be_removed(store: Store) {
    let world = shop(store).await;
    let offer = json!({
        "title": "Month", "products": ["pen"], "price": usd("9.90"), "billing_period": "P1M",
    });
    world.put("/v1/products/spare", json!({"title": "S", "kind": "digital"})).await.expect(201);
    world.put("/v1/offers/month", offer).await.expect(201);
    let of = |of: Value| json!({"units": {"of": of, "min": 1}});
    let promotion = json!({
        "title": "P", "qualifies": {"any": [of(json!({"tag": "windbreaker"})),
            {"not": of(json!({"offer": "month"}))}]},
        "reward": {"kind": "free_shipping"},
    });
    world.put("/v1/promotions/p", promotion).await.expect(201);
    let gift = json!({"title": "G", "buy": {"coupon": true}, "get": [{"product": "spare"}]});
    world.put("/v1/gift-rules/g", gift).await.expect(201);
    let campaign = json!({"title": "C", "offered_product": "storm", "excluded_products": ["mug"]});
    world.put("/v1/campaigns/c", campaign).await.expect(201);
    for (named, by) in [
        ("/v1/tags/windbreaker", "and 2 more"),
        ("/v1/offers/month", "promotion 'p'"),
        ("/v1/products/spare", "gift_rule 'g'"),
        ("/v1/products/mug", "campaign 'c'"),
        ("/v1/products/storm", "campaign 'c'"),
    ] {
        let refused = world.delete(named).await;
        assert_eq!(refused.problem(409), "still-in-use", "{named}");
        assert!(refused.text.contains(by), "{named}: {refused:?}");
    }
    for rule in ["promotions/p", "gift-rules/g", "campaigns/c"] {
        world.delete(&format!("/v1/{rule}")).await.expect(204);
    }
    for named in ["offers/month", "products/spare", "products/mug", "products/storm"] {
        world.delete(&format!("/v1/{named}")).await.expect(204);
    }
}

async fn every_fault_of_a_rule_has_its_pointer(store: Store) {
    let world = shop(store).await;
    let deep = (1..11).fold(json!({"coupon": true}), |inner, _| json!({"all": [inner]}));
    let buy = |buy: Value| json!({"title": "G", "buy": buy, "get": [{"product": "mug"}]});
    let get = |get: Value| json!({"title": "G", "buy": {"coupon": true}, "get": get});
    let inner = format!("/buy{}", "/all/0".repeat(10));
    let unpriced = json!({"title": "U", "kind": "physical"});
    world.put("/v1/products/unpriced", unpriced).await.expect(201);
    for (body, pointer) in [
        (buy(deep), inner.as_str()),
        (buy(json!({"coupon": true, "channel": ["web"]})), "/buy"),
        (buy(json!({"all": []})), "/buy/all"),
        (
            buy(json!({"all": [{"coupon": true}, {"net": {"min": "2.00", "max": "1.00"}}]})),
            "/buy/all/1/net/min",
        ),
        (buy(json!({"all": [{"net": {"min": "1.001"}}]})), "/buy/all/0/net/min"),
        (
            buy(json!({"not": {"units": {"of": {"product": "gone"}, "min": 1}}})),
            "/buy/not/units/of/product",
        ),
        (buy(json!({"value": {"of": {"tag": "gone"}, "min": "1"}})), "/buy/value/of/tag"),
        (buy(json!({"surprise": true})), "/buy/surprise"),
        (get(json!([])), "/get"),
        (get(json!([{"product": "mug"}, {"product": "mug"}])), "/get/1/product"),
        (get(json!([{"product": "gone"}])), "/get/0/product"),
        (
            get(json!([{"product": "mug", "price": "1.00", "discount_percent": "10"}])),
            "/get/0/discount_percent",
        ),
        (
            get(json!([{"product": "unpriced", "discount_percent": "10"}])),
            "/get/0/discount_percent",
        ),
    ] {
        let answer = world.put("/v1/gift-rules/g", body.clone()).await;
        assert_eq!(answer.pointers(), [pointer], "{body}");
    }
    let upsell = |change: Value| {
        let mut upsell = json!({"id": "u", "priority": 1, "when": {"coupon": false},
            "message": "{missing}"});
        for (name, value) in change.as_object().unwrap() {
            upsell[name] = value.clone();
        }
        json!({"title": "P", "qualifies": {"coupon": true}, "reward": {"kind": "free_shipping"},
            "upsells": [upsell]})
    };
    for (body, pointer) in [
        (upsell(json!({"message": "{mising}"})), "/upsells/0/message"),
        (upsell(json!({"message": "{offerTitle}"})), "/upsells/0/message"),
        (upsell(json!({"priority": 0})), "/upsells/0/priority"),
        (upsell(json!({"media": "picture"})), "/upsells/0/media"),
        (upsell(json!({"suggest": ["gone"]})), "/upsells/0/suggest/0"),
        (upsell(json!({"when": {"channel": []}})), "/upsells/0/when/channel"),
    ] {
        let answer = world.put("/v1/promotions/p", body.clone()).await;
        assert_eq!(answer.pointers(), [pointer], "{body}");
    }
    for (change, pointer) in [
        (json!({"offered_product": "gone"}), "/offered_product"),
        (json!({"offered_product": null}), "/offered_product"),
        (json!({"offered_offer": "gone"}), "/offered_offer"),
        (json!({"min_net": "2.00", "max_net": "1.00"}), "/min_net"),
        (json!({"discount": {}}), "/discount"),
        (json!({"priority": -1}), "/priority"),
        (json!({"triggers": [{"any": true}]}), "/triggers/0"),
        (json!({"countries": ["de"]}), "/countries/0"),
        (json!({"valid_from": "2026-02-02", "valid_until": "2026-02-01"}), "/valid_until"),
    ] {
        let mut body = json!({"title": "C", "offered_product": "mug"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = world.put("/v1/campaigns/c", body).await;
        assert_eq!(answer.pointers(), [pointer], "{change}");
    }
}

/// Both examples of the source, to the dollar.
async fn one_may_display_spend_another_100_to_qualify_for_free_shipping(store: Store) {
    let world = shop(store).await;
    let brand = json!({"units": {"of": {"brand": "X"}, "min": 1}});
    let promotion = json!({
        "title": "Free shipping", "qualifies": {"net": {"min": "2500.00"}},
        "reward": {"kind": "free_shipping"},
        "upsells": [
            {"id": "windbreakers", "priority": 1,
             "when": {"all": [{"net": {"min": "2400.00"}}, brand]},
             "message": "Spend another {missing} to qualify for free shipping. Check out our \
                         brand X windbreakers",
             "suggest": [{"tag": "windbreaker"}, "mug"]},
            {"id": "shipping", "priority": 2, "when": {"net": {"min": "2000.00"}},
             "message": "The shipping cost for the products in your shopping cart is \
                         {shippingCost}. Spend another {missing} and shipping is free!"},
        ],
    });
    world.put("/v1/promotions/free", promotion).await.expect(201);
    let ask = |cart: Value| world.post("/v1/carts/evaluate", cart);
    let near = ask(cart(&[("bike", 1, "2400.00")])).await.expect(200);
    let upsells = &near["promotions"][0]["upsells"];
    let message = "Spend another $100.00 to qualify for free shipping. Check out our brand X \
                   windbreakers";
    assert_eq!(upsells[0]["message"], message);
    assert_eq!(upsells[0]["missing"], json!([{"net": "100.00"}]));
    let products = json!([
        {"product": "breeze", "title": "Breeze", "unit_net": "100.00", "closes_gap": true},
        {"product": "mug", "title": "Mug", "unit_net": "8.00", "closes_gap": false},
    ]);
    assert_eq!(upsells[0]["products"], products, "what is sold out is not suggested");
    assert_eq!(upsells.as_array().unwrap().len(), 1, "one upsell per promotion");
    let mut at_2000 = cart(&[("bike", 1, "2000.00")]);
    at_2000["shipping_cost"] = json!("197.75");
    let near = ask(at_2000).await.expect(200);
    let message = "The shipping cost for the products in your shopping cart is $197.75. Spend \
                   another $500.00 and shipping is free!";
    assert_eq!(near["promotions"][0]["upsells"][0]["message"], message);
    let near = ask(cart(&[("bike", 1, "2000.00")])).await.expect(200);
    let message = near["promotions"][0]["upsells"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("is —. Spend"), "{message}");
    let earned = ask(cart(&[("bike", 1, "2500.00")])).await.expect(200);
    let told = &earned["promotions"][0];
    assert_eq!((&told["state"], &told["upsells"]), (&json!("earned"), &json!([])));
    assert_ne!(earned["stamp"], near["stamp"]);
    let far = ask(cart(&[("bike", 1, "10.00")])).await.expect(200);
    assert_eq!(far["promotions"][0]["state"], "none");
    let why = json!([{"promotion": "free", "verdict": "rejected", "reason": "no-upsell",
        "clause": "/qualifies"}]);
    assert_eq!(far["considered"], why);
}

async fn a_cart_is_told_its_gifts_and_why_not_the_others(store: Store) {
    let world = shop(store).await;
    let rule = |priority: i64, min: &str, get: Value, popup: bool| {
        json!({"title": "G", "priority": priority, "popup": popup, "get": get,
            "buy": {"all": [{"channel": ["web"]}, {"net": {"min": min}}]}})
    };
    let mug = json!([{"product": "mug", "stock": 1}]);
    let either = json!([{"product": "pen"}, {"product": "mug"}]);
    let half = json!([{"product": "pen", "discount_percent": "50"}]);
    for (id, body) in [
        ("always", rule(0, "10.00", half, false)),
        ("first", rule(1, "100.00", mug.clone(), false)),
        ("second", rule(2, "10.00", either.clone(), true)),
    ] {
        world.put(&format!("/v1/gift-rules/{id}"), body).await.expect(201);
    }
    let mut off = rule(0, "1.00", mug, false);
    off["active"] = json!(false);
    world.put("/v1/gift-rules/off", off).await.expect(201);
    let small = cart(&[("bike", 1, "50.00")]);
    let told = world.post("/v1/carts/evaluate", small.clone()).await.expect(200);
    let gifts = json!([
        {"rule": "always", "title": "G", "times": 1, "popup": false, "choices": [],
         "items": [{"product": "pen", "quantity": 1, "price": "1.00"}]},
        {"rule": "second", "title": "G", "times": 1, "popup": true, "items": [],
         "choices": [{"product": "pen", "quantity": 1, "price": "0.00"},
                     {"product": "mug", "quantity": 1, "price": "0.00"}]},
    ]);
    assert_eq!(told["gifts"], gifts);
    let line = |rule: &str, verdict: &str, reason: Value, clause: Value| {
        json!({"rule": rule,
        "verdict": verdict, "reason": reason, "clause": clause})
    };
    let considered = json!([
        line("always", "chosen", Value::Null, Value::Null),
        line("first", "rejected", json!("buy"), json!("/buy/all/1")),
        line("second", "chosen", Value::Null, Value::Null),
    ]);
    assert_eq!(told["considered"], considered);
    let mut picked = small.clone();
    picked["picks"] = json!({"second": "mug"});
    let picked = world.post("/v1/carts/evaluate", picked).await.expect(200);
    let items = json!([{"product": "mug", "quantity": 1, "price": "0.00"}]);
    assert_eq!(picked["gifts"][1]["items"], items);
    let large = cart(&[("bike", 1, "100.00")]);
    let all = world.post("/v1/carts/evaluate?explain=all", large).await.expect(200);
    let considered = json!([
        line("off", "rejected", json!("inactive"), Value::Null),
        line("always", "chosen", Value::Null, Value::Null),
        line("first", "chosen", Value::Null, Value::Null),
        line("second", "outranked", json!("lower-tier"), Value::Null),
    ]);
    assert_eq!(all["considered"], considered);
    let unknown = world.post("/v1/carts/evaluate", cart(&[("gone", 1, "1.00")])).await;
    assert_eq!(unknown.pointers(), ["/lines/0/product"]);
    let mut coupon = small;
    coupon["coupon"] = json!("SUMMER");
    assert_eq!(world.post("/v1/carts/evaluate", coupon).await.pointers(), ["/coupon"]);
}

async fn an_order_is_told_what_it_would_be_offered(store: Store) {
    let world = shop(store).await;
    let campaign = |offered: &str, priority: i64| {
        json!({"title": "C", "channels": ["web"], "offered_product": offered,
            "priority": priority, "discount": {"amount": "1.50"}})
    };
    for (id, body) in [
        ("sold-out", campaign("storm", 9)),
        ("mugs", campaign("mug", 5)),
        ("pens", campaign("pen", 5)),
        ("bikes", campaign("bike", 4)),
    ] {
        world.put(&format!("/v1/campaigns/{id}"), body).await.expect(201);
    }
    let order = cart(&[("bike", 1, "50.00")]);
    let told = world.post("/v1/upsells/evaluate", order.clone()).await.expect(200);
    let offer = json!({"campaign": "pens", "product": "pen", "quantity": 1, "price": "0.50"});
    assert_eq!(told["offer"], offer);
    let line = |campaign: &str, verdict: &str, reason: Value| {
        json!({"campaign": campaign,
        "verdict": verdict, "reason": reason})
    };
    let considered = json!([
        line("sold-out", "unavailable", json!("out-of-stock")),
        line("pens", "chosen", Value::Null),
        line("mugs", "outranked", json!("edited-earlier")),
        line("bikes", "rejected", json!("already-in-basket")),
    ]);
    assert_eq!(told["considered"], considered);
    let mut elsewhere = order;
    elsewhere["channel"] = json!("app");
    let told = world.post("/v1/upsells/evaluate", elsewhere.clone()).await.expect(200);
    assert_eq!(told, json!({"offer": null, "considered": []}));
    let told = world.post("/v1/upsells/evaluate?explain=all", elsewhere).await.expect(200);
    assert_eq!(told["considered"][0], line("sold-out", "rejected", json!("channel")));
}

async fn what_is_left_of_a_gift_is_read_and_written_back(store: Store) {
    let world = shop(store).await;
    let body = json!({"title": "G", "buy": {"net": {"min": "1.00"}}, "applications": "unlimited",
        "get": [{"product": "mug", "stock": 7}, {"product": "pen", "price": "1.00"}]});
    let made = world.put("/v1/gift-rules/g", body).await.expect(201);
    assert_eq!(made["get"][0]["stock"], 7);
    assert_eq!(
        (&made["get"][1]["stock"], &made["applications"]),
        (&json!(100), &json!("unlimited"))
    );
    let again = world.put("/v1/gift-rules/g", made.clone()).await.expect(200);
    assert_eq!(again["get"], made["get"]);
    let fewer = json!({"title": "G", "buy": {"net": {"min": "1.00"}}, "applications": 2,
        "get": [{"product": "pen", "stock": 0}]});
    let made = world.put("/v1/gift-rules/g", fewer).await.expect(200);
    let told = world.post("/v1/carts/evaluate", cart(&[("bike", 1, "5.00")])).await.expect(200);
    assert_eq!((&made["applications"], &told["gifts"]), (&json!(2), &json!([])));
    assert_eq!(told["considered"][0]["reason"], "out-of-stock");
}

async fn rules_are_imported_as_they_were_exported(store: Store) {
    let world = shop(store).await;
    let body = json!({"title": "G", "buy": {"net": {"min": "1.00"}}, "get": [{"product": "mug"}]});
    world.put("/v1/gift-rules/g", body).await.expect(201);
    let body = json!({"title": "P", "qualifies": {"not": {"country": ["US"]}},
        "reward": {"kind": "percent", "percent": "10"}});
    world.put("/v1/promotions/p", body).await.expect(201);
    let body =
        json!({"title": "C", "offered_product": "mug", "triggers": [{"tag": "windbreaker"}]});
    world.put("/v1/campaigns/c", body).await.expect(201);
    let merchant = crossgrade::domain::ids::MerchantId::parse("default").unwrap();
    let written = world.app.written_catalogue(&merchant).await.unwrap();
    let text = serde_json::to_string(&written).unwrap();
    let read = crossgrade::cli::catalogue::read(&text).unwrap();
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    let told = world.app.judge_import(&merchant, read.draft).await.unwrap();
    let rules: Vec<String> = told
        .iter()
        .filter(|it| ["campaign", "promotion", "gift rule"].contains(&it.kind))
        .map(|it| format!("{} {} {}", it.kind, it.id, it.fate.name()))
        .collect();
    assert_eq!(rules, ["campaign c unchanged", "promotion p unchanged", "gift rule g unchanged"]);
}

async fn more_active_promotions_than_may_be_are_refused(store: Store) {
    let world = shop(store).await;
    let promotion = json!({"title": "P", "qualifies": {"coupon": true},
        "reward": {"kind": "free_shipping"}});
    let list: serde_json::Map<String, Value> =
        (0..1_000).map(|place| (format!("p{place}"), promotion.clone())).collect();
    let read = crossgrade::cli::catalogue::read(&json!({"promotions": list}).to_string()).unwrap();
    let merchant = crossgrade::domain::ids::MerchantId::parse("default").unwrap();
    world.app.import(&merchant, read.draft, |_| {}).await.unwrap();
    let refused = world.put("/v1/promotions/more", promotion.clone()).await;
    assert_eq!(refused.problem(409), "too-many-rules");
    assert_eq!(world.get("/v1/promotions/more").await.problem(404), "not-found");
    let mut off = promotion.clone();
    off["active"] = json!(false);
    world.put("/v1/promotions/more", off.clone()).await.expect(201);
    world.put("/v1/promotions/p0", promotion.clone()).await.expect(200);
    assert_eq!(world.put("/v1/promotions/more", promotion).await.problem(409), "too-many-rules");
    world.put("/v1/promotions/p0", off).await.expect(200);
}

async fn a_price_that_a_gift_is_a_part_of_is_not_taken_away(store: Store) {
    let world = shop(store).await;
    let rule = json!({"title": "Half a pen", "buy": {"net": {"min": "1.00"}},
        "get": [{"product": "mug"}, {"product": "pen", "discount_percent": "50"}]});
    let rule = world.put("/v1/gift-rules/half", rule).await.expect(201);
    let bare = |id: &str| (format!("/v1/products/{id}"), json!({"title": id, "kind": "physical"}));
    let (pen, without) = bare("pen");
    let refused = world.put(&pen, without.clone()).await;
    assert_eq!(refused.pointers(), ["/unit_net"]);
    let detail = refused.json["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("'half'"), "{detail}");
    let (mug, free) = bare("mug");
    world.put(&mug, free).await.expect(200);
    world.put("/v1/gift-rules/half", rule.clone()).await.expect(200);
    let file = |get: Value| {
        let mut rule = rule.clone();
        rule["get"] = get;
        for given in ["id", "edited_at", "warnings"] {
            rule.as_object_mut().unwrap().remove(given);
        }
        rule["id"] = json!("half");
        let mut pen = without.clone();
        pen["id"] = json!("pen");
        json!({"products": [pen], "gift_rules": [rule]}).to_string()
    };
    let merchant = crossgrade::domain::ids::MerchantId::parse("default").unwrap();
    let judged = async |text: String| {
        let read = crossgrade::cli::catalogue::read(&text).unwrap();
        assert!(read.faults.is_empty(), "{:?}", read.faults);
        world.app.judge_import(&merchant, read.draft).await
    };
    let alone = json!({"products": [{"id": "pen", "title": "Pen", "kind": "physical"}]});
    assert!(judged(alone.to_string()).await.is_err());
    assert!(judged(file(rule["get"].clone())).await.is_err());
    let whole = json!([{"product": "pen"}]);
    assert!(judged(file(whole.clone())).await.is_ok(), "the file says of the rule what it is");
    let mut whole_rule = rule.clone();
    whole_rule["get"] = whole;
    world.put("/v1/gift-rules/half", whole_rule).await.expect(200);
    world.put(&pen, without).await.expect(200);
}

async fn there_is_no_limit_for_the_highest_priority_nor_for_the_application_time(store: Store) {
    let world = shop(store).await;
    let most = 9_007_199_254_740_991_i64;
    let rule = json!({"title": "G", "buy": {"net": {"min": "0.01"}}, "priority": most,
        "applications": most, "get": [{"product": "pen", "quantity": 1_000_000}]});
    let made = world.put("/v1/gift-rules/g", rule.clone()).await.expect(201);
    assert_eq!((&made["priority"], &made["applications"]), (&json!(most), &json!(most)));
    let mut over = rule;
    over["priority"] = json!(most + 1);
    assert_eq!(world.put("/v1/gift-rules/g", over).await.pointers(), ["/priority"]);
    let promotion = json!({"title": "P", "qualifies": {"net": {"min": "9999999999999.99"}},
        "reward": {"kind": "free_shipping"}, "upsells": [{"id": "u", "priority": most,
            "when": {"coupon": false}, "message": "{missing}"}]});
    world.put("/v1/promotions/p", promotion).await.expect(201);
    for id in ["a", "b", "c"] {
        let mut order = cart(&[("bike", 1, "9999999999999.98")]);
        order["id"] = json!(id);
        let made = world.post("/v1/orders", order).await.expect(201);
        let (gift, out) = (&made["gifts"][0], &made["gifts_left_out"][0]);
        assert_eq!(gift["times"], 999_999_999_999_998_i64);
        assert!(out["quantity"].as_i64().is_some_and(|out| out < most), "{out}");
        world.put("/v1/gift-rules/g", made_anew(&world).await).await.expect(200);
    }
    let told = world.get("/v1/gift-rules/g/report").await.expect(200);
    assert_eq!(told["orders"], 3);
}

/// The gift rule with a hundred gifts again.
async fn made_anew(world: &World) -> Value {
    let mut rule = world.get("/v1/gift-rules/g").await.json;
    rule["get"][0]["stock"] = json!(100);
    rule
}

async fn nothing_is_offered_after_what_was_bought_elsewhere_or_is_still_to_come(store: Store) {
    let world = shop(store).await;
    let campaign = json!({"title": "C", "channels": ["web"], "offered_product": "mug"});
    world.put("/v1/campaigns/c", campaign).await.expect(201);
    let mut order = cart(&[("bike", 1, "100.00")]);
    let told = world.post("/v1/upsells/evaluate", order.clone()).await.expect(200);
    assert_eq!(told["offer"]["campaign"], "c");
    order["brought_over"] = json!(true);
    let told = world.post("/v1/upsells/evaluate", order.clone()).await.expect(200);
    assert_eq!(told, json!({"offer": null, "considered": []}));
    order["brought_over"] = json!(false);
    order["placed_at"] = json!("2200-01-01T00:00:00Z");
    let refused = world.post("/v1/upsells/evaluate", order).await;
    assert_eq!(refused.pointers(), ["/placed_at"]);
}

async fn what_is_left_and_lies_in_the_cart_already_closes_no_gap(store: Store) {
    let world = shop(store).await;
    let promotion = json!({"title": "P", "qualifies": {"units": {"of": {"any": true}, "min": 4}},
        "reward": {"kind": "free_shipping"}, "upsells": [{"id": "u", "priority": 1,
            "when": {"coupon": false}, "message": "{products}", "suggest": ["mug", "bike"]}]});
    world.put("/v1/promotions/p", promotion).await.expect(201);
    let mut closing = Vec::new();
    for pieces in [2, 3] {
        let lines = [("mug", pieces, "8.00"), ("pen", 3 - pieces, "2.00")];
        let lines: Vec<_> = lines.into_iter().filter(|line| line.1 > 0).collect();
        let told = world.post("/v1/carts/evaluate", cart(&lines)).await.expect(200);
        let products = told["promotions"][0]["upsells"][0]["products"].as_array().unwrap().clone();
        let closes = products.iter().filter(|it| it["closes_gap"] == true);
        closing.push(closes.map(|it| it["product"].clone()).collect::<Vec<_>>());
    }
    assert_eq!(closing, [vec![json!("mug"), json!("bike")], vec![json!("bike")]]);
}
