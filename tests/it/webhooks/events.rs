//! Every kind of event happens in one story, and each is as the document says.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use crossgrade::domain::event::EventKind;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::fixture::{Post, event, fine, status, text};
use super::schemas::Schemas;
use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, paid_with, path_of};

both! {
    every_kind_of_event_is_as_the_document_says,
}

async fn refused(world: &World, customer: &str, offer: &str) {
    let body = json!({"customer": customer, "offer": offer});
    assert_eq!(world.post("/v1/checkouts", body).await.status, 409);
}

async fn path(world: &World, changes: Value) {
    let mut path = path_of("next_booking");
    for (name, value) in changes.as_object().unwrap() {
        path[name] = value.clone();
    }
    let answer = world.put("/v1/paths/month-to-year", path).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Whatever a merchant can do to a catalogue.
async fn catalogue(world: &World) {
    let settings = json!({
        "time_zone": "Europe/Berlin", "locale": "en", "currency": "EUR",
        "dunning": [{"after_days": 3, "action": "remind"}],
    });
    world.put("/v1/settings", settings).await.expect(200);
    let key = world.post("/v1/keys", json!({"role": "read"})).await.expect(201);
    world.delete(&format!("/v1/keys/{}", text(&key["id"]))).await.expect(204);
    world.catalogue().await;
    world.put("/v1/tags/extra", json!({"title": "Extra"})).await.expect(201);
    let extra = json!({
        "internal_title": "Extra", "title": "Extra", "description": "", "optional": true,
        "source_tags": ["month", "year"], "target_tags": ["extra"], "transition": "next_booking",
    });
    let mut offer = offer_of("extra", "4.00", "P1M");
    offer["requires_parent"] = json!(true);
    world.put("/v1/offers/extra", offer).await.expect(201);
    world.put("/v1/paths/extra", extra).await.expect(201);
    let rates = json!({"title": "T", "rates": [{"rate": "7.0", "valid_from": "2020-01-01"}]});
    world.put("/v1/taxes/x", rates).await.expect(201);
    world.put("/v1/tags/x", json!({"title": "X"})).await.expect(201);
    let product = json!({"title": "X", "kind": "digital"});
    world.put("/v1/products/x", product).await.expect(201);
    let offer = json!({
        "title": "X", "products": ["x"], "price": eur("1.00"), "billing_period": "P1M",
        "tags": ["x"],
    });
    world.put("/v1/offers/x", offer).await.expect(201);
    let mut own = path_of("immediate");
    own["source_tags"] = json!(["x"]);
    world.put("/v1/paths/x", own).await.expect(201);
    let campaign = json!({"title": "X", "offered_product": "x"});
    world.put("/v1/campaigns/x", campaign).await.expect(201);
    let promotion = json!({
        "title": "X", "qualifies": {"coupon": true}, "reward": {"kind": "free_shipping"},
    });
    world.put("/v1/promotions/x", promotion).await.expect(201);
    let gift_rule = json!({"title": "X", "buy": {"coupon": true}, "get": [{"product": "x"}]});
    world.put("/v1/gift-rules/x", gift_rule).await.expect(201);
    let coupon = json!({"title": "X", "kind": "free_shipping"});
    world.put("/v1/coupons/x", coupon).await.expect(201);
    let texts = json!({"en": {"subject": "X", "text": "X"}});
    let template = json!({"title": "X", "texts": texts});
    world.put("/v1/message-templates/x", template).await.expect(201);
    for noun in ["campaigns", "promotions", "gift-rules", "coupons", "message-templates"] {
        world.delete(&format!("/v1/{noun}/x")).await.expect(204);
    }
    for noun in ["paths", "offers", "products", "tags", "taxes"] {
        world.delete(&format!("/v1/{noun}/x")).await.expect(204);
    }
}

/// Whatever can happen to customers.
async fn customers(world: &World) {
    world.put("/v1/customers/ada", json!({"email": "ada@example.com"})).await.expect(201);
    world.put("/v1/customers/gone", json!({"name": "Gone"})).await.expect(201);
    world.delete("/v1/customers/gone").await.expect(204);
    let month = text(&world.buy("ada", "month").await["result"]["subscription"]);
    refused(world, "ada", "month").await;
    world.advance("2026-02-10").await;
    for step in ["cancel", "uncancel"] {
        world.post(&format!("/v1/subscriptions/{month}/{step}"), json!({})).await.expect(200);
    }
    let held = text(&world.open("ada", "year").await["id"]);
    for step in ["hold", "release"] {
        world.post(&format!("/v1/checkouts/{held}/{step}"), json!({})).await.expect(200);
    }
    // Two changes wait: one is taken back, its successor is superseded. The addition that waits
    // moves to whatever replaces its source.
    let waits = world.buy("ada", "year").await;
    let change = text(&waits["result"]["scheduled_change"]);
    let withdraw = format!("/v1/scheduled-changes/{change}/withdraw");
    world.post(&withdraw, json!({})).await.expect(200);
    world.buy("ada", "year").await;
    world.buy("ada", "extra").await;
    path(world, json!({"transition": "immediate", "proration": "day"})).await;
    let anew = json!({"customer": "ada", "offer": "year", "allow_new": true});
    let anew = world.post("/v1/checkouts", anew).await.expect(201);
    world.post(&complete(&anew), paid(&anew)).await.expect(200);
    // Bob's addition runs when its parent is replaced; it was retroactive, which cancels.
    world.buy("bob", "month").await;
    world.buy("bob", "extra").await;
    raise(world, "2026-03-01").await;
    world.advance("2026-03-15").await;
    path(world, json!({"transition": "immediate", "proration": "none"})).await;
    world.buy("bob", "year").await;
    // Cleo's addition waits for a parent that ends.
    let cleo = text(&world.buy("cleo", "month").await["result"]["subscription"]);
    world.buy("cleo", "extra").await;
    world.post(&format!("/v1/subscriptions/{cleo}/cancel"), json!({"when": "end_of_term"})).await;
    path(world, json!({"transition": "last_booking"})).await;
    world.buy("dora", "month").await;
    let year = world.buy("dora", "year").await;
    world.advance("2026-04-20").await;
    // Dora goes back to a month: the rest of the year is given back and paid out.
    let back = json!({
        "internal_title": "Back", "title": "Back", "description": "", "source_tags": ["year"],
        "target_tags": ["month"], "transition": "immediate", "proration": "day", "priority": 9,
    });
    world.put("/v1/paths/back", back).await.expect(201);
    world.buy("dora", "month").await;
    let payout = json!({"amount": eur("1.00"), "reference": "out-1"});
    world.post("/v1/customers/dora/payouts", payout).await.expect(201);
    let invoice = text(&year["result"]["invoices"][0]);
    let bounced = json!({"reference": paid_with(world, &invoice).await, "reason": "no funds"});
    world.post(&format!("/v1/invoices/{invoice}/unpay"), bounced).await.expect(200);
    let raised = raise(world, "2026-05-01").await;
    world.post(&format!("/v1/price-changes/{raised}/withdraw"), json!({})).await.expect(200);
    let unpaid = text(&world.buy("emil", "month").await["result"]["invoices"][0]);
    let bounced = json!({"reference": paid_with(world, &unpaid).await, "reason": "no funds"});
    world.post(&format!("/v1/invoices/{unpaid}/unpay"), bounced).await.expect(200);
}

/// The running months cost a euro more from a day on.
async fn raise(world: &World, from: &str) -> String {
    let body = json!({
        "effective_from": from, "price": eur("10.90"), "subscriptions": "all", "notice_days": 0,
    });
    text(&world.post("/v1/offers/month/price-changes", body).await.expect(201)["id"])
}

/// Whatever can happen to orders, and to what is offered after them.
async fn orders(world: &World) {
    let goods = |stock: i64| json!({"title": "G", "kind": "physical", "stock": stock});
    world.put("/v1/products/pin", goods(6)).await.expect(201);
    world.put("/v1/products/hat", goods(1)).await.expect(201);
    let hats = json!({"title": "Hats", "channels": ["web"], "offered_product": "hat"});
    world.put("/v1/campaigns/hats", hats).await.expect(201);
    let given = json!({
        "title": "Paper", "buy": {"units": {"of": {"any": true}, "min": 1}},
        "get": [{"product": "paper", "stock": 1}],
    });
    world.put("/v1/gift-rules/paper", given).await.expect(201);
    let post = async |path: String, body: Value| {
        let answer = world.post(&path, body).await;
        assert!(answer.status < 500, "{path} {answer:?}");
    };
    for id in ["paid", "no", "late", "first", "second", "lost"] {
        let line = json!({"product": "pin", "quantity": 1, "unit_net": "4.90"});
        let body = json!({"id": id, "channel": "web", "currency": "EUR", "lines": [line]});
        world.post("/v1/orders", body).await.expect(201);
        post(format!("/v1/orders/{id}/upsell"), json!({})).await;
    }
    for step in ["paid", "delivered", "refunded"] {
        post(format!("/v1/orders/paid/{step}"), json!({})).await;
    }
    post("/v1/orders/lost/cancelled".to_owned(), json!({})).await;
    let coupon = json!({"title": "Ten", "kind": "percent", "value": "10", "code": "TEN"});
    world.put("/v1/coupons/ten", coupon).await.expect(201);
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "1.00"});
    let body = json!({"id": "ten", "customer": "ten", "channel": "mail", "currency": "EUR",
        "coupon": "ten", "lines": [line]});
    world.post("/v1/orders", body).await.expect(201);
    post("/v1/orders/ten/cancelled".to_owned(), json!({})).await;
    post("/v1/orders/no/upsell/decline".to_owned(), json!({})).await;
    let price = json!({"unit_net": "9.00"});
    post("/v1/orders/first/upsell/accept".to_owned(), price.clone()).await;
    post("/v1/orders/second/upsell/accept".to_owned(), price).await;
    world.delete("/v1/campaigns/hats").await.expect(204);
    world.delete("/v1/gift-rules/paper").await.expect(204);
}

/// Whatever can happen to automations and those who are on their way.
async fn automations(world: &World) {
    let texts = json!({"subject": "S", "text": "{couponCode}"});
    let body = json!({
        "title": "A", "trigger": "first_order_delivered", "attribution_window": "P1D",
        "coupon": {"kind": "free_shipping", "valid_days": 1},
        "steps": [{"key": "a", "delay": "P0D", "channel": "webhook", "endpoint": "shop",
            "template": texts}],
    });
    for id in ["a", "b"] {
        world.put(&format!("/v1/automations/{id}"), body.clone()).await.expect(201);
    }
    world.delete("/v1/automations/b").await.expect(204);
    for turn in ["live", "pause", "resume"] {
        world.post(&format!("/v1/automations/a/{turn}"), json!({})).await.expect(200);
    }
    for id in ["uma", "vic", "wes"] {
        let line = json!({"product": "paper", "quantity": 1, "unit_net": "1.00"});
        let order = json!({"id": id, "customer": id, "channel": "mail", "currency": "EUR",
            "lines": [line]});
        world.post("/v1/orders", order).await.expect(201);
        for step in ["paid", "delivered"] {
            world.post(&format!("/v1/orders/{id}/{step}"), json!({})).await.expect(200);
        }
    }
    world.put("/v1/suppressions/uma", json!({})).await.expect(200);
    world.delete("/v1/suppressions/uma").await.expect(204);
    world.app.work_automations().await.unwrap();
}

async fn every_kind_of_event_is_as_the_document_says(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    let world = &post.world;
    catalogue(world).await;
    orders(world).await;
    // What is to be sent is not taken.
    post.memory.answer(status(503));
    automations(world).await;
    let sends: Vec<Value> = post.memory.take().iter().map(event).collect();
    assert_eq!(sends.len(), 2, "who is suppressed is sent nothing");
    customers(world).await;
    post.memory.answer(fine);
    world.post("/v1/automations/a/stop", json!({})).await.expect(200);
    post.memory.take();
    world.post("/v1/webhook-endpoints/shop/rotate", json!({})).await.expect(200);
    world.post("/v1/webhook-endpoints/shop/test", json!({})).await.expect(201);
    post.pass(TimeDelta::seconds(60));
    let over = json!({"customer": "zoe", "offer": "month", "started_on": "2026-01-15"});
    world.post("/v1/subscriptions", over).await.expect(201);
    post.put("other", &["tag.*"]).await;
    world.delete("/v1/webhook-endpoints/other").await.expect(204);
    let mut seen: Vec<Value> = post.work().await.iter().map(event).collect();
    post.memory.answer(status(410));
    post.tag("last").await;
    seen.extend(post.work().await.iter().map(event));
    let mut page = world.get("/v1/events?limit=200&after=1").await.expect(200);
    let mut listed = page["data"].as_array().unwrap().clone();
    while let Some(cursor) = page["next_cursor"].as_str() {
        let next = format!("/v1/events?limit=200&after=1&cursor={cursor}");
        page = world.get(&next).await.expect(200);
        listed.extend(page["data"].as_array().unwrap().clone());
    }
    assert_eq!(listed.len(), seen.len() + 1, "the last tells that no more is told");
    seen.push(listed.last().unwrap().clone());
    seen.extend(sends);
    let schemas = Schemas::of_document();
    let faults: Vec<_> = seen.iter().flat_map(|event| schemas.faults(event)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let happened: BTreeSet<_> = seen.iter().map(|event| text(&event["type"])).collect();
    let missing: Vec<_> = EventKind::ALL
        .iter()
        .map(|kind| kind.name())
        .filter(|kind| !happened.contains(*kind))
        .collect();
    assert!(missing.is_empty(), "nothing tells of {missing:?}");
    let of = |kind: &str| seen.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    assert_eq!(of("subscription.brought_over")[0]["customer"], "zoe");
    assert!(of("subscription.started").iter().all(|event| event["customer"] != "zoe"));
    assert!(of("customer.saved").iter().all(|event| event["customer"] == event["subject"]));
    for (kind, list) in [("invoice.issued", "invoices"), ("credit_note.issued", "credit-notes")] {
        for event in of(kind) {
            let path = format!("/v1/{list}/{}", text(&event["subject"]));
            let document = world.get(&path).await.expect(200);
            assert_eq!(document["number"], event["data"]["number"], "{event}");
        }
    }
    // What is not as it is said would be seen.
    let mut wrong = seen[0].clone();
    wrong["data"]["surprise"] = json!(1);
    assert_eq!(schemas.faults(&wrong).len(), 1);
}
