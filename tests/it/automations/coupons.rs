//! Coupons of automations: a code for each customer, redeemed by nobody else; links into a
//! checkout; and to which step a purchase by them is put down.

use axum::http::Method;
use chrono::TimeDelta;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{advance, automation, delivered, shop};
use crate::support::both;
use crate::webhooks::fixture::{Post, event, text};
use crate::world::{World, complete, paid};

both! {
    each_customer_has_a_code_of_their_own_and_nobody_else_redeems_it,
    what_a_code_gives_is_fixed_when_it_is_made,
    a_preview_for_a_customer_shows_what_they_bought_and_their_code,
    a_link_opens_the_checkout_of_an_offer_with_the_coupon_of_the_customer,
    a_link_into_a_checkout_leaves_free_shipping_to_an_order,
    a_link_whose_code_was_used_leads_on_to_the_offer_without_it,
}

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// Three messages, an hour apart: the second and third show the code.
async fn with_coupon(post: &Post, coupon: Value) {
    let says = |key: &str, text: &str| {
        json!({"key": key, "delay": "PT1H", "channel": "webhook",
            "template": {"subject": key, "text": text}})
    };
    let code = "{couponCode} {couponValidUntil}";
    let steps = json!([says("thanks", "t"), says("offer", code), says("last", code)]);
    let body = automation(&json!({"steps": steps, "coupon": coupon}));
    post.world.put("/v1/automations/thanks", body).await.expect(201);
    post.world.post("/v1/automations/thanks/live", json!({})).await.expect(200);
}

async fn a_preview_for_a_customer_shows_what_they_bought_and_their_code(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let tea = json!({"title": "Tea", "kind": "digital", "texts": {"de": {"title": "Tee"}}});
    world.put("/v1/products/tea", tea).await.expect(201);
    let words = "{customerName}, {productTitle}, {couponCode}";
    let steps = json!([{"key": "offer", "delay": "PT1H", "channel": "webhook",
        "template": {"subject": "For you", "text": words}}]);
    let coupon = json!({"kind": "percent", "value": "10", "valid_days": 30, "prefix": "THX"});
    let body = automation(&json!({"steps": steps, "coupon": coupon}));
    world.put("/v1/automations/thanks", body).await.expect(201);
    world.post("/v1/automations/thanks/live", json!({})).await.expect(200);
    let shown = async |whom: Value| {
        let mut body = json!({"step": "offer"});
        body.as_object_mut().unwrap().extend(whom.as_object().unwrap().clone());
        let shown = world.post("/v1/automations/thanks/preview", body).await.expect(200);
        text(&shown["text"])
    };
    let sample = "Ada Lovelace, Paper, THX0000000000";
    assert_eq!(shown(json!({})).await, sample);
    // Whoever has bought nothing has nothing of their own but a name.
    assert_eq!(shown(json!({"customer": "ada"})).await, "Ada, Paper, THX0000000000");
    let line = json!({"product": "tea", "quantity": 1, "unit_net": "10.00"});
    let order = json!({"id": "o-1", "customer": "ada", "channel": "mail", "currency": "EUR",
        "lines": [line]});
    world.post("/v1/orders", order).await.expect(201);
    for step in ["paid", "delivered"] {
        world.post(&format!("/v1/orders/o-1/{step}"), json!({})).await.expect(200);
    }
    assert_eq!(shown(json!({"customer": "ada"})).await, "Ada, Tea, THX0000000000");
    advance(&post, TimeDelta::hours(1)).await;
    let code = text(&codes(world, "customer=ada").await[0]["code"]);
    let own = json!({"customer": "ada", "locale": "de"});
    assert_eq!(shown(own).await, format!("Ada, Tee, {code}"));
    assert_eq!(shown(json!({})).await, sample, "nobody else is shown what is hers");
}

/// What messages to a customer say, those of each step.
fn said(post: &Post) -> Vec<(String, String)> {
    let data = |call| event(call)["data"].clone();
    let calls = post.memory.take();
    calls.iter().map(data).map(|it| (text(&it["step"]), text(&it["text"]))).collect()
}

fn order(id: &str, customer: &str, code: &str) -> Value {
    json!({"id": id, "customer": customer, "channel": "mail", "currency": "EUR", "coupon": code,
        "lines": [{"product": "paper", "quantity": 1, "unit_net": "10.00"}]})
}

async fn codes(world: &World, filter: &str) -> Vec<Value> {
    let listed = world.get(&format!("/v1/coupon-codes?{filter}")).await.expect(200);
    listed["data"].as_array().unwrap().clone()
}

async fn each_customer_has_a_code_of_their_own_and_nobody_else_redeems_it(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let coupon = json!({"kind": "percent", "value": "10", "valid_days": 30, "prefix": "THX"});
    with_coupon(&post, coupon).await;
    delivered(world, "o-1", "ada").await;
    delivered(world, "o-2", "bob").await;
    advance(&post, TimeDelta::hours(1)).await;
    assert_eq!(codes(world, "automation=thanks").await.len(), 0, "nothing has shown one");
    advance(&post, TimeDelta::hours(2)).await;
    let said: Vec<_> = said(&post).into_iter().filter(|(step, _)| step != "thanks").collect();
    let ada = text(&codes(world, "customer=ada").await[0]["code"]);
    let bob = text(&codes(world, "customer=bob").await[0]["code"]);
    assert!(ada.starts_with("THX") && ada.len() == 13 && ada != bob, "{ada} {bob}");
    // The clock began on January 31.
    let shows = |code: &str| {
        let wanted = format!("{code} March 2, 2026");
        said.iter().filter(|(_, text)| *text == wanted).count()
    };
    assert_eq!((shows(&ada), shows(&bob)), (2, 2), "{said:?}");
    let runs = world.get("/v1/automations/thanks/runs?customer=ada").await.expect(200);
    assert_eq!(runs["data"][0]["coupon"], json!(ada));
    let open = world.get(&format!("/v1/coupon-codes/{ada}")).await.expect(200);
    let wanted = json!({"code": ada, "coupon": "thanks", "customer": "ada", "automation": "thanks",
        "status": "open", "valid_until": "2026-03-02", "order": null, "checkout": null});
    assert_eq!(open, wanted);
    let cart = |customer: &str| {
        let mut cart = order("x", customer, &ada);
        cart.as_object_mut().unwrap().remove("id");
        cart
    };
    let foreign = world.post("/v1/carts/evaluate", cart("bob")).await.expect(200);
    assert_eq!(foreign["coupon"]["reason"], "coupon-not-yours");
    let refused = world.post("/v1/orders", order("b-1", "bob", &ada)).await;
    assert_eq!(refused.problem(409), "coupon-not-yours");
    let placed = order("a-1", "ada", &ada.to_lowercase());
    let placed = world.post("/v1/orders", placed).await.expect(201);
    assert_eq!(placed["discount"], "1.00", "{placed}");
    let again = world.post("/v1/orders", order("a-2", "ada", &ada)).await;
    assert_eq!(again.problem(409), "coupon-used");
    let all = codes(world, "automation=thanks").await;
    let states: Vec<_> = all.iter().map(|it| (text(&it["code"]), text(&it["status"]))).collect();
    assert_eq!(states.len(), 2, "{states:?}");
    assert!(states.contains(&(ada.clone(), "redeemed".to_owned())), "{states:?}");
    assert!(states.contains(&(bob.clone(), "open".to_owned())), "{states:?}");
    // It wins over what was read last: the step that first sent it.
    world.post("/v1/orders/a-1/paid", json!({})).await.expect(200);
    let report = world.get("/v1/automations/thanks/report").await.expect(200);
    let credited = |report: &Value| -> Vec<i64> {
        let steps = report["steps"].as_array().unwrap();
        steps.iter().map(|step| step["attributed_orders"].as_i64().unwrap()).collect()
    };
    assert_eq!(credited(&report), [0, 1, 0], "{report}");
    assert_eq!(report["revenue"], "9.00");
    world.post("/v1/orders/a-1/cancelled", json!({})).await.expect(200);
    let open = world.get(&format!("/v1/coupon-codes/{ada}")).await.expect(200);
    assert_eq!(open["status"], "open", "it is given back");
    let report = world.get("/v1/automations/thanks/report").await.expect(200);
    assert_eq!(credited(&report), [0, 0, 0]);
    advance(&post, TimeDelta::days(40)).await;
    let late = world.post("/v1/orders", order("a-3", "ada", &ada)).await;
    assert_eq!(late.problem(410), "coupon-expired");
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let kind = |it: &&Value| it["type"] == "coupon_code.issued";
    assert_eq!(events["data"].as_array().unwrap().iter().filter(kind).count(), 2);
}

async fn what_a_code_gives_is_fixed_when_it_is_made(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let ten = |value: &str| json!({"title": "Ten", "kind": "amount", "value": value});
    world.put("/v1/coupons/ten", ten("2.00")).await.expect(201);
    with_coupon(&post, json!({"coupon": "ten", "valid_days": 1})).await;
    assert_eq!(world.delete("/v1/coupons/ten").await.problem(409), "still-in-use");
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(2)).await;
    world.put("/v1/coupons/ten", ten("5.00")).await.expect(200);
    let code = text(&codes(world, "coupon=ten").await[0]["code"]);
    assert_eq!(code.len(), 10);
    let placed = world.post("/v1/orders", order("a-1", "ada", &code)).await.expect(201);
    assert_eq!(placed["discount"], "2.00");
}

async fn a_link_opens_the_checkout_of_an_offer_with_the_coupon_of_the_customer(store: Store) {
    let post = Post::new(store).await;
    let world = &post.world;
    post.put("shop", &["message.send"]).await;
    world.catalogue().await;
    let steps = json!([{"key": "offer", "delay": "PT1H", "channel": "webhook", "checkout": "month",
        "template": {"subject": "s", "text": "{link}"}}]);
    let coupon = json!({"kind": "percent", "value": "50", "valid_days": 30});
    let body = automation(&json!({"steps": steps, "coupon": coupon}));
    world.put("/v1/automations/thanks", body).await.expect(201);
    world.post("/v1/automations/thanks/live", json!({})).await.expect(200);
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(1)).await;
    let data = event(&post.memory.take()[0])["data"].clone();
    let link = text(&data["link"]).strip_prefix("http://localhost:8080").unwrap().to_owned();
    let stranger = world.with_key("");
    let follow = async || {
        let answer = stranger.call(Method::GET, &link, &[("user-agent", FIREFOX)], None).await;
        assert_eq!(answer.status, 303, "{answer:?}");
        answer.headers["location"].to_str().unwrap().to_owned()
    };
    let opened = follow().await;
    assert_eq!(follow().await, opened, "the same one, while it is open");
    assert_eq!(stranger.get(&opened).await.status, 200);
    let listed = world.get("/v1/checkouts?customer=ada").await;
    let checkouts = listed.expect(200)["data"].as_array().unwrap().clone();
    assert_eq!(checkouts.len(), 1);
    let checkout = &checkouts[0];
    assert_eq!(checkout["amount_due"]["amount"], "4.95", "{checkout}");
    world.post(&complete(checkout), paid(checkout)).await.expect(200);
    let report = world.get("/v1/automations/thanks/report").await.expect(200);
    assert_eq!(report["steps"][0]["attributed_orders"], 1, "{report}");
    assert_eq!(report["steps"][0]["clicked"], 1);
    assert_eq!(report["revenue"], "4.95", "of its first line, as it was paid");
    // What is taken back of it is told apart.
    let done = world.get(&format!("/v1/checkouts/{}", text(&checkout["id"]))).await.expect(200);
    let subscription = text(&done["result"]["subscription"]);
    let end = json!({"when": "now", "credit": "all"});
    let path = format!("/v1/subscriptions/{subscription}/cancel");
    world.post(&path, end).await.expect(200);
    let report = world.get("/v1/automations/thanks/report").await.expect(200);
    assert_eq!((&report["revenue"], &report["refunded"]), (&json!("4.95"), &json!("4.95")));
    assert_eq!(codes(world, "customer=ada").await[0]["status"], "redeemed");
}

async fn a_link_into_a_checkout_leaves_free_shipping_to_an_order(store: Store) {
    let post = Post::new(store).await;
    let world = &post.world;
    post.put("shop", &["message.send"]).await;
    world.catalogue().await;
    let steps = json!([{"key": "offer", "delay": "PT1H", "channel": "webhook", "checkout": "month",
        "template": {"subject": "s", "text": "{link} {couponCode}"}}]);
    let coupon = json!({"kind": "free_shipping", "valid_days": 30});
    let body = automation(&json!({"steps": steps, "coupon": coupon}));
    world.put("/v1/automations/thanks", body).await.expect(201);
    world.post("/v1/automations/thanks/live", json!({})).await.expect(200);
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(1)).await;
    let data = event(&post.memory.take()[0])["data"].clone();
    let link = text(&data["link"]).strip_prefix("http://localhost:8080").unwrap().to_owned();
    let stranger = world.with_key("");
    let led = stranger.call(Method::GET, &link, &[("user-agent", FIREFOX)], None).await;
    assert_eq!(led.status, 303, "{}", led.text);
    let listed = world.get("/v1/checkouts?customer=ada").await.expect(200);
    let due = (&listed["data"][0]["amount_due"]["amount"], &listed["data"][0]["coupon"]);
    assert_eq!(due, (&json!("9.90"), &Value::Null));
    let code = text(&codes(world, "customer=ada").await[0]["code"]);
    let placed = world.post("/v1/orders", order("a-1", "ada", &code)).await.expect(201);
    assert_eq!(placed["free_shipping"], true, "{placed}");
}

async fn a_link_whose_code_was_used_leads_on_to_the_offer_without_it(store: Store) {
    let post = Post::new(store).await;
    let world = &post.world;
    post.put("shop", &["message.send"]).await;
    world.catalogue().await;
    let steps = json!([{"key": "offer", "delay": "PT1H", "channel": "webhook", "checkout": "month",
        "template": {"subject": "s", "text": "{link} {couponCode}"}}]);
    let coupon = json!({"kind": "percent", "value": "50", "valid_days": 30});
    let body = automation(&json!({"steps": steps, "coupon": coupon}));
    world.put("/v1/automations/thanks", body).await.expect(201);
    world.post("/v1/automations/thanks/live", json!({})).await.expect(200);
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(1)).await;
    let data = event(&post.memory.take()[0])["data"].clone();
    let link = text(&data["link"]).strip_prefix("http://localhost:8080").unwrap().to_owned();
    let code = text(&codes(world, "customer=ada").await[0]["code"]);
    world.post("/v1/orders", order("a-1", "ada", &code)).await.expect(201);
    let stranger = world.with_key("");
    for (language, heading, onward) in [
        ("de", "Dieser Code kann nicht eingelöst werden", "Ohne den Code weiter"),
        ("en", "This code cannot be redeemed", "Go on without the code"),
    ] {
        let headers = [("user-agent", FIREFOX), ("accept-language", language)];
        let told = stranger.call(Method::GET, &link, &headers, None).await;
        assert_eq!(told.status, 409, "{}", told.text);
        assert!(!told.text.contains("coupon-used"), "no code for machines: {}", told.text);
        for words in [heading, onward, &format!("href=\"{link}?coupon")] {
            assert!(told.text.contains(words), "{words}: {}", told.text);
        }
    }
    // Whose language is known is told in it, whatever their browser prefers.
    world.put("/v1/customers/ada", json!({"locale": "de-AT"})).await.expect(200);
    let headers = [("user-agent", FIREFOX), ("accept-language", "en")];
    let told = stranger.call(Method::GET, &link, &headers, None).await;
    assert!(told.text.contains("Dieser Code kann nicht eingelöst werden"), "{}", told.text);
    // In a language in which there is no page the browser is asked.
    world.put("/v1/customers/ada", json!({"locale": "fr"})).await.expect(200);
    let headers = [("user-agent", FIREFOX), ("accept-language", "de")];
    let told = stranger.call(Method::GET, &link, &headers, None).await;
    assert!(told.text.contains("Dieser Code kann nicht eingelöst werden"), "{}", told.text);
    let without = format!("{link}?coupon=none");
    let led = stranger.call(Method::GET, &without, &[("user-agent", FIREFOX)], None).await;
    assert_eq!(led.status, 303, "{}", led.text);
    let listed = world.get("/v1/checkouts?customer=ada").await.expect(200);
    let due = (&listed["data"][0]["amount_due"]["amount"], &listed["data"][0]["coupon"]);
    assert_eq!(due, (&json!("9.90"), &Value::Null));
}
