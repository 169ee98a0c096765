//! The one offer after an order, from outside: asked for, answered, over.

use crossgrade::store::Store;
use serde_json::{Value, json};

use super::orders::{order_of, shop};
use crate::support::both;
use crate::world::{Answer, World, complete, eur, paid};

both! {
    an_offer_is_made_once_and_stands_through_every_edit,
    every_campaign_is_told_of_an_order_as_things_stand,
    the_last_piece_is_not_sold_twice_where_its_product_was_removed,
    an_accepted_offer_is_a_line_of_the_order,
    nothing_is_offered_where_nothing_fits,
    an_offer_is_answered_once,
    an_offer_ends_seen_or_unseen,
    what_was_sold_meanwhile_is_gone,
    a_price_that_only_the_shop_knows_is_told_when_accepting,
    a_subscription_is_sold_in_a_checkout_of_its_own,
    a_subscription_is_offered_at_a_discount,
    a_subscription_that_was_offered_costs_what_was_shown_whatever_its_price_becomes,
    a_report_counts_every_offer_once,
    a_report_counts_the_first_period_of_what_was_bought_whatever_is_credited_later,
}

/// The shop with two hats at 10.00, offered at a tenth less to whoever buys a pin.
async fn offering(store: Store) -> World {
    let world = shop(store).await;
    let hat = json!({"title": "Hat", "kind": "physical", "stock": 2, "unit_net": eur("10.00")});
    world.put("/v1/products/hat", hat).await.expect(201);
    world.put("/v1/campaigns/hats", campaign()).await.expect(201);
    world
}

fn campaign() -> Value {
    json!({
        "title": "Hats", "channels": ["web"], "triggers": ["pin"], "offered_product": "hat",
        "discount": {"percent": "10"}, "priority": 1,
    })
}

async fn order(world: &World, id: &str) {
    world.post("/v1/orders", order_of(id, &[("pin", 1, "4.90")])).await.expect(201);
}

async fn ask(world: &World, id: &str) -> Value {
    world.post(&format!("/v1/orders/{id}/upsell"), json!({})).await.expect(200)
}

async fn answer(world: &World, id: &str, how: &str, body: Value) -> Answer {
    world.post(&format!("/v1/orders/{id}/upsell/{how}"), body).await
}

async fn state(world: &World, id: &str) -> Value {
    world.get(&format!("/v1/orders/{id}/upsell")).await.expect(200)["state"].clone()
}

/// What was told of offers, by the order.
async fn told(world: &World, id: &str) -> Vec<String> {
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let of = |it: &&Value| {
        it["subject"] == id && it["type"].as_str().is_some_and(|kind| kind.starts_with("upsell."))
    };
    let events = events["data"].as_array().unwrap().iter().filter(of);
    events.map(|it| it["type"].as_str().unwrap().to_owned()).collect()
}

async fn every_campaign_is_told_of_an_order_as_things_stand(store: Store) {
    let world = offering(store).await;
    let (mut elsewhere, mut off) = (campaign(), campaign());
    elsewhere["channels"] = json!(["app"]);
    off["active"] = json!(false);
    world.put("/v1/campaigns/elsewhere", elsewhere).await.expect(201);
    world.put("/v1/campaigns/off", off).await.expect(201);
    order(&world, "o").await;
    let ids = |told: &Value| -> Vec<String> {
        let considered = told["considered"].as_array().unwrap().iter();
        let mut ids: Vec<_> = considered
            .map(|it| format!("{} {}", it["campaign"].as_str().unwrap(), it["verdict"]))
            .collect();
        ids.sort();
        ids
    };
    let every =
        ["elsewhere \"rejected\"", "hats \"chosen\"", "off \"rejected\""].map(str::to_owned);
    let path = "/v1/orders/o/upsell?explain=all";
    let unasked = world.get(path).await.expect(200);
    assert_eq!((&unasked["state"], ids(&unasked)), (&json!("none"), every.to_vec()));
    let asked = world.post(path, json!({})).await.expect(200);
    assert_eq!((&asked["state"], ids(&asked)), (&json!("pending"), every.to_vec()));
    assert_eq!(ids(&ask(&world, "o").await), ["hats \"chosen\""], "as it was decided");
    assert_eq!(world.delete("/v1/campaigns/off").await.status, 204);
    for told in [world.get(path).await, world.post(path, json!({})).await] {
        assert_eq!(ids(&told.expect(200)), every[..2], "as things stand");
    }
    world.post("/v1/orders/o/cancelled", json!({})).await.expect(200);
    let mut old = order_of("old", &[("pin", 1, "4.90")]);
    old["brought_over"] = json!(true);
    world.post("/v1/orders", old).await.expect(201);
    let nobody: [&str; 0] = [];
    for id in ["o", "old"] {
        let path = format!("/v1/orders/{id}/upsell?explain=all");
        for told in [world.get(&path).await, world.post(&path, json!({})).await] {
            assert_eq!(ids(&told.expect(200)), nobody, "nothing is offered after it any more");
        }
    }
}

async fn an_offer_is_made_once_and_stands_through_every_edit(store: Store) {
    let world = offering(store).await;
    order(&world, "o").await;
    let unasked = world.get("/v1/orders/o/upsell").await.expect(200);
    let nothing = json!({
        "state": "none", "offer": null, "expires_at": null, "checkout": null, "considered": [],
    });
    assert_eq!(unasked, nothing, "looking is not asking");
    for path in ["/v1/orders/o/upsell?explain=some", "/v1/orders/o/upsell/accept?now=1"] {
        let refused = world.post(path, json!({})).await;
        assert_eq!(refused.problem(422), "invalid-fields", "{path}");
    }
    let asked = ask(&world, "o").await;
    let wanted = json!({
        "state": "pending",
        "offer": {"campaign": "hats", "product": "hat", "quantity": 1, "price": "9.00"},
        "expires_at": asked["expires_at"], "checkout": null,
        "considered": [{"campaign": "hats", "verdict": "chosen", "reason": null}],
    });
    assert_eq!(asked, wanted);
    let mut better = campaign();
    better["priority"] = json!(9);
    better["offered_product"] = json!("paper");
    better.as_object_mut().unwrap().remove("discount");
    world.put("/v1/campaigns/papers", better).await.expect(201);
    assert_eq!(world.delete("/v1/campaigns/hats").await.status, 204);
    let hat = json!({"title": "Hat", "kind": "physical", "stock": 2, "unit_net": eur("99.00")});
    world.put("/v1/products/hat", hat).await.expect(200);
    assert_eq!(ask(&world, "o").await, asked, "as shown, whatever was edited since");
    let done = answer(&world, "o", "accept", json!({})).await.expect(200);
    assert_eq!(done["offer"]["price"], "9.00");
    assert_eq!(told(&world, "o").await, ["upsell.offered", "upsell.accepted"]);
}

async fn the_last_piece_is_not_sold_twice_where_its_product_was_removed(store: Store) {
    let world = offering(store).await;
    order(&world, "o").await;
    ask(&world, "o").await;
    world.delete("/v1/campaigns/hats").await.expect(204);
    world.delete("/v1/products/hat").await.expect(204);
    assert_eq!(answer(&world, "o", "accept", json!({})).await.problem(409), "offer-gone");
    assert_eq!(state(&world, "o").await, "gone");
    assert_eq!(world.get("/v1/orders/o").await.json["lines"].as_array().unwrap().len(), 1);
    assert_eq!(told(&world, "o").await, ["upsell.offered", "upsell.gone"]);
}

async fn an_accepted_offer_is_a_line_of_the_order(store: Store) {
    let world = offering(store).await;
    order(&world, "o").await;
    ask(&world, "o").await;
    let done = answer(&world, "o", "accept", json!({})).await.expect(200);
    assert_eq!(done["state"], "accepted");
    assert_eq!(answer(&world, "o", "accept", json!({})).await.expect(200), done, "once");
    let order = world.get("/v1/orders/o").await.json;
    let line = json!({"product": "hat", "quantity": 1, "unit_net": "9.00", "campaign": "hats"});
    assert_eq!((&order["lines"][1], &order["total"]), (&line, &json!("13.90")));
    assert_eq!(world.get("/v1/products/hat").await.json["stock"], 1);
    assert_eq!(world.post("/v1/orders/o/paid", json!({})).await.expect(200)["paid"], "13.90");
    world.post("/v1/orders/o/cancelled", json!({})).await.expect(200);
    assert_eq!(world.get("/v1/products/hat").await.json["stock"], 2, "it comes back, too");
}

async fn nothing_is_offered_where_nothing_fits(store: Store) {
    let world = offering(store).await;
    let mut phone = order_of("phone", &[("pin", 1, "4.90")]);
    phone["channel"] = json!("phone");
    world.post("/v1/orders", phone).await.expect(201);
    world.post("/v1/orders", order_of("paper", &[("paper", 1, "1")])).await.expect(201);
    let mut old = order_of("old", &[("pin", 1, "4.90")]);
    old["brought_over"] = json!(true);
    world.post("/v1/orders", old).await.expect(201);
    order(&world, "lost").await;
    world.post("/v1/orders/lost/cancelled", json!({})).await.expect(200);
    for (id, considered) in [
        ("phone", json!([])),
        ("paper", json!([{"campaign": "hats", "verdict": "rejected", "reason": "trigger"}])),
        ("old", json!([])),
        ("lost", json!([])),
    ] {
        let asked = ask(&world, id).await;
        assert_eq!((&asked["state"], &asked["considered"]), (&json!("none"), &considered), "{id}");
        for how in ["accept", "decline"] {
            let refused = answer(&world, id, how, json!({})).await;
            assert_eq!(refused.problem(409), "nothing-offered", "{id}");
        }
    }
    let mut any = campaign();
    any["triggers"] = json!([]);
    world.put("/v1/campaigns/hats", any).await.expect(200);
    assert_eq!(ask(&world, "paper").await["state"], "pending", "none is not remembered");
    assert_eq!(world.post("/v1/orders/nope/upsell", json!({})).await.status, 404);
}

async fn an_offer_is_answered_once(store: Store) {
    let world = offering(store).await;
    order(&world, "o").await;
    ask(&world, "o").await;
    for _ in 0..2 {
        let done = answer(&world, "o", "decline", json!({})).await.expect(200);
        assert_eq!((&done["state"], &done["offer"]), (&json!("declined"), &json!(null)));
    }
    assert_eq!(answer(&world, "o", "accept", json!({})).await.problem(409), "offer-answered");
    assert_eq!(ask(&world, "o").await["state"], "declined", "nothing more, for ever");
    order(&world, "p").await;
    ask(&world, "p").await;
    answer(&world, "p", "accept", json!({})).await.expect(200);
    assert_eq!(answer(&world, "p", "decline", json!({})).await.problem(409), "offer-answered");
    assert_eq!(told(&world, "o").await, ["upsell.offered", "upsell.declined"]);
}

async fn an_offer_ends_seen_or_unseen(store: Store) {
    let world = offering(store).await;
    for id in ["seen", "unseen", "lost"] {
        order(&world, id).await;
        ask(&world, id).await;
    }
    world.post("/v1/orders/lost/cancelled", json!({})).await.expect(200);
    assert_eq!(state(&world, "lost").await, "expired");
    world.advance("2026-01-30T23:29:59Z").await;
    assert_eq!(state(&world, "seen").await, "pending");
    world.advance("2026-01-30T23:30:00Z").await;
    assert_eq!(told(&world, "unseen").await, ["upsell.offered", "upsell.expired"]);
    assert_eq!(state(&world, "seen").await, "expired");
    for how in ["accept", "decline"] {
        assert_eq!(answer(&world, "seen", how, json!({})).await.problem(410), "offer-expired");
    }
    assert_eq!(ask(&world, "seen").await["state"], "expired");
    assert_eq!(told(&world, "seen").await, ["upsell.offered", "upsell.expired"], "told once");
    assert_eq!(world.get("/v1/products/hat").await.json["stock"], 2, "it held nothing");
}

async fn what_was_sold_meanwhile_is_gone(store: Store) {
    let world = offering(store).await;
    order(&world, "o").await;
    ask(&world, "o").await;
    world.post("/v1/products/hat/stock", json!({"add": -2})).await.expect(200);
    for _ in 0..2 {
        assert_eq!(answer(&world, "o", "accept", json!({})).await.problem(409), "offer-gone");
    }
    assert_eq!(state(&world, "o").await, "gone");
    world.post("/v1/products/hat/stock", json!({"add": 2})).await.expect(200);
    for answered in ["accept", "decline"] {
        assert_eq!(answer(&world, "o", answered, json!({})).await.problem(409), "offer-gone");
    }
    assert_eq!(told(&world, "o").await, ["upsell.offered", "upsell.gone"]);
    world.post("/v1/products/hat/stock", json!({"add": -2})).await.expect(200);
    order(&world, "late").await;
    let asked = ask(&world, "late").await;
    let out = json!([{"campaign": "hats", "verdict": "unavailable", "reason": "out-of-stock"}]);
    assert_eq!((&asked["state"], &asked["considered"]), (&json!("none"), &out));
}

async fn a_price_that_only_the_shop_knows_is_told_when_accepting(store: Store) {
    let world = offering(store).await;
    let mut papers = campaign();
    papers["offered_product"] = json!("paper");
    papers["priority"] = json!(2);
    papers.as_object_mut().unwrap().remove("discount");
    world.put("/v1/campaigns/papers", papers).await.expect(201);
    order(&world, "o").await;
    assert_eq!(ask(&world, "o").await["offer"]["price"], json!(null));
    for wrong in [json!({}), json!({"unit_net": "1.001"}), json!({"unit_net": "-1"})] {
        assert_eq!(answer(&world, "o", "accept", wrong).await.pointers(), ["/unit_net"]);
    }
    let done = answer(&world, "o", "accept", json!({"unit_net": "2.50"})).await.expect(200);
    assert_eq!(done["offer"]["price"], "2.50");
    assert_eq!(world.get("/v1/orders/o").await.json["total"], "7.40");
}

async fn a_subscription_is_sold_in_a_checkout_of_its_own(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let year = json!({
        "title": "Year", "channels": ["web"], "triggers": ["paper"], "offered_offer": "year",
    });
    world.put("/v1/campaigns/year", year).await.expect(201);
    let mut nobody = order_of("nobody", &[("paper", 1, "1")]);
    nobody.as_object_mut().unwrap().remove("customer");
    world.post("/v1/orders", nobody).await.expect(201);
    assert_eq!(ask(&world, "nobody").await["considered"][0]["reason"], "no-customer");
    world.post("/v1/orders", order_of("o", &[("paper", 1, "1")])).await.expect(201);
    let offer = json!({
        "campaign": "year", "offer": "year", "mode": "replace", "transition": "next_booking",
        "amount_due": eur("0.00"),
    });
    assert_eq!(ask(&world, "o").await["offer"], offer);
    let done = answer(&world, "o", "accept", json!({})).await.expect(200);
    assert_eq!(answer(&world, "o", "accept", json!({})).await.expect(200), done);
    let checkout = &done["checkout"];
    let path = format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap());
    let opened = world.get(&path).await.expect(200);
    let wanted = (&json!("ada"), &json!("year"), &checkout["url"]);
    assert_eq!((&opened["customer"], &opened["offer"], &opened["url"]), wanted);
    world.post(&complete(&opened), paid(&opened)).await.expect(200);
    assert_eq!(world.get("/v1/orders/o").await.json["total"], "1.00", "the order is left alone");
    world.post("/v1/orders", order_of("p", &[("paper", 1, "1")])).await.expect(201);
    let asked = ask(&world, "p").await;
    let refused = json!("already-subscribed");
    assert_eq!((&asked["state"], &asked["considered"][0]["reason"]), (&json!("none"), &refused));
}

async fn a_report_counts_every_offer_once(store: Store) {
    let world = offering(store).await;
    let report = async |query: &str| {
        world.get(&format!("/v1/campaigns/hats/report{query}")).await.expect(200)
    };
    assert_eq!(report("").await["accepted_pct"], "—");
    for id in ["yes", "lost", "no", "late", "gone"] {
        order(&world, id).await;
        ask(&world, id).await;
    }
    for id in ["yes", "lost"] {
        answer(&world, id, "accept", json!({})).await.expect(200);
    }
    world.post("/v1/orders/lost/cancelled", json!({})).await.expect(200);
    answer(&world, "no", "decline", json!({})).await.expect(200);
    world.post("/v1/products/hat/stock", json!({"add": -1})).await.expect(200);
    assert_eq!(answer(&world, "gone", "accept", json!({})).await.problem(409), "offer-gone");
    assert_eq!(report("").await["pending"], 1);
    world.advance("2026-02-01").await;
    let wanted = json!({
        "offered": 5, "pending": 0, "accepted": 2, "declined": 1, "expired": 1, "gone": 1,
        "completed": 0, "accepted_pct": "40.0", "units": 1, "revenue": [eur("9.00")],
        "days": [{"date": "2026-01-31", "offered": 5, "accepted": 2, "declined": 1, "expired": 1}],
    });
    assert_eq!(report("?from=2026-01-31&to=2026-01-31").await, wanted);
    assert_eq!(report("?from=2026-02-01").await["offered"], 0);
    let wrong = world.get("/v1/campaigns/hats/report?from=2026-02-02&to=2026-02-01").await;
    assert_eq!(wrong.pointers(), ["/to"]);
    world.delete("/v1/campaigns/hats").await.expect(204);
    assert_eq!(world.get("/v1/campaigns/hats/report").await.problem(404), "not-found");
}

async fn a_subscription_is_offered_at_a_discount(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let months = |discount: Value| {
        json!({"title": "Months", "channels": ["web"], "triggers": ["paper"],
               "offered_offer": "month", "discount": discount})
    };
    let saved = world.put("/v1/campaigns/months", months(json!({"percent": "15"}))).await;
    assert_eq!(saved.expect(201)["discount"], json!({"percent": "15"}));
    let mut body = order_of("o", &[("paper", 1, "4.90")]);
    body["customer"] = json!("ada");
    world.post("/v1/orders", body).await.expect(201);
    assert_eq!(ask(&world, "o").await["offer"]["amount_due"], eur("8.41"));
    world.put("/v1/campaigns/months", months(json!({"percent": "50"}))).await.expect(200);
    let taken = answer(&world, "o", "accept", json!({})).await.expect(200);
    let id = taken["checkout"]["id"].as_str().unwrap();
    let seen = world.get(&format!("/v1/checkouts/{id}")).await.expect(200);
    let line = &seen["documents"][0]["lines"][0];
    assert_eq!((&line["discount"], &line["gross"]), (&eur("1.49"), &eur("8.41")), "as shown");
    assert_eq!(
        (&seen["coupon"], &seen["next_payment"]["amount_due"]),
        (&json!(null), &eur("9.90"))
    );
    world.post(&complete(&seen), paid(&seen)).await.expect(200);
    let dollars = json!({"title": "Months", "channels": ["web"], "triggers": ["paper"],
        "currency": "USD", "offered_offer": "month", "discount": {"amount": "1.00"}});
    world.put("/v1/campaigns/months", dollars).await.expect(200);
    let mut body = order_of("p", &[("paper", 1, "4.90")]);
    body["customer"] = json!("bob");
    world.post("/v1/orders", body).await.expect(201);
    assert_eq!(ask(&world, "p").await["state"], "none");
}

async fn a_subscription_that_was_offered_costs_what_was_shown_whatever_its_price_becomes(
    store: Store,
) {
    let world = World::new(store).await;
    world.catalogue().await;
    let campaign = json!({
        "title": "Months", "channels": ["web"], "triggers": ["paper"], "offered_offer": "month",
    });
    world.put("/v1/campaigns/months", campaign).await.expect(201);
    let order = async |id: &str, customer: &str| {
        let mut body = order_of(id, &[("paper", 1, "4.90")]);
        body["customer"] = json!(customer);
        world.post("/v1/orders", body).await.expect(201);
    };
    order("o", "ada").await;
    let shown = ask(&world, "o").await;
    assert_eq!(shown["offer"]["amount_due"], eur("9.90"));
    let mut dearer = world.get("/v1/offers/month").await.expect(200);
    dearer["price"] = eur("19.90");
    world.put("/v1/offers/month", dearer).await.expect(200);
    assert_eq!(ask(&world, "o").await["offer"], shown["offer"]);
    let taken = answer(&world, "o", "accept", json!({})).await.expect(200);
    let id = taken["checkout"]["id"].as_str().unwrap();
    let seen = world.get(&format!("/v1/checkouts/{id}")).await.expect(200);
    let due = (&seen["amount_due"], &seen["next_payment"]["amount_due"]);
    assert_eq!(due, (&eur("9.90"), &eur("9.90")), "this payment and the next");
    let done = world.post(&complete(&seen), paid(&seen)).await.expect(200);
    let id = done["result"]["subscription"].as_str().unwrap();
    let running = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
    assert_eq!(running["price"], eur("9.90"));
    order("p", "bob").await;
    assert_eq!(ask(&world, "p").await["offer"]["amount_due"], eur("19.90"), "from now on");
}

async fn a_report_counts_the_first_period_of_what_was_bought_whatever_is_credited_later(
    store: Store,
) {
    let world = World::new(store).await;
    world.catalogue().await;
    let campaign = json!({
        "title": "Months", "channels": ["web"], "triggers": ["paper"], "offered_offer": "month",
    });
    world.put("/v1/campaigns/months", campaign).await.expect(201);
    let report = async || {
        let told = world.get("/v1/campaigns/months/report").await.expect(200);
        ["accepted", "completed", "units", "revenue"].map(|name| told[name].clone())
    };
    let mut body = order_of("o", &[("paper", 1, "4.90")]);
    body["customer"] = json!("ada");
    world.post("/v1/orders", body).await.expect(201);
    ask(&world, "o").await;
    let taken = answer(&world, "o", "accept", json!({})).await.expect(200);
    assert_eq!(report().await, [json!(1), json!(0), json!(0), json!([])], "nothing is bought yet");
    let id = taken["checkout"]["id"].as_str().unwrap();
    let opened = world.get(&format!("/v1/checkouts/{id}")).await.expect(200);
    let done = world.post(&complete(&opened), paid(&opened)).await.expect(200);
    let bought = [json!(1), json!(1), json!(0), json!([eur("9.90")])];
    assert_eq!(report().await, bought);
    let invoice = done["result"]["invoices"][0].as_str().unwrap();
    let credit = format!("/v1/invoices/{invoice}/credit");
    let note = world.post(&credit, json!({"reason": "goodwill"})).await.expect(201);
    assert_eq!(note["gross"], eur("9.90"), "all of it");
    assert_eq!(report().await, bought, "credited by hand, it was bought all the same");
    let id = done["result"]["subscription"].as_str().unwrap();
    world.post(&format!("/v1/subscriptions/{id}/cancel"), json!({"when": "now"})).await.expect(200);
    assert_eq!(report().await, bought, "nor does an end take it back");
    world.advance("2026-03-28").await;
    assert_eq!(report().await, bought, "one period, however many follow");
    // Only of accepted lines it matters what becomes of the order.
    world.post("/v1/orders/o/cancelled", json!({})).await.expect(200);
    assert_eq!(report().await, bought, "the subscription was bought in a checkout");
}
