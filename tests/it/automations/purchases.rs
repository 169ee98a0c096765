//! What counts as a purchase, and what a report says of one that waits, is paid or is taken back;
//! and what automations name, which cannot be taken from under them.

use chrono::TimeDelta;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{advance, automation, delivered, live, order, shop};
use crate::support::both;
use crate::webhooks::fixture::{Post, text};
use crate::world::{World, complete, eur, paid, path_of};

both! {
    a_purchase_that_waits_has_its_revenue_once_it_is_booked_and_paid,
    a_purchase_that_is_withdrawn_counts_no_more,
    a_template_that_a_live_automation_could_not_fill_is_not_saved,
    an_endpoint_that_an_automation_calls_is_not_removed,
    why_somebody_did_not_start_is_what_was_true_then,
}

/// An automation for who begins a subscription, with a code of ten per cent in its one message.
async fn with_code(store: Store, transition: &str) -> (Post, String) {
    let post = Post::new(store).await;
    post.put("shop", &["message.send"]).await;
    let world = &post.world;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of(transition)).await.expect(200);
    let steps = json!([{"key": "offer", "delay": "PT1H", "channel": "webhook",
        "template": {"subject": "Offer", "text": "{couponCode}"}}]);
    let coupon = json!({"kind": "percent", "value": "10", "valid_days": 30});
    let change = json!({"trigger": "subscription_started", "steps": steps, "coupon": coupon});
    live(&post, &change).await;
    world.buy("ada", "month").await;
    advance(&post, TimeDelta::hours(2)).await;
    let listed = world.get("/v1/coupon-codes?customer=ada").await.expect(200);
    let code = text(&listed["data"][0]["code"]);
    (post, code)
}

async fn buy_year(world: &World, code: &str) -> Value {
    let body = json!({"customer": "ada", "offer": "year", "coupon": code});
    let checkout = world.post("/v1/checkouts", body).await.expect(201);
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200)
}

async fn report(world: &World) -> Value {
    world.get("/v1/automations/thanks/report").await.expect(200)
}

async fn a_purchase_that_waits_has_its_revenue_once_it_is_booked_and_paid(store: Store) {
    let (post, code) = with_code(store, "next_booking").await;
    let world = &post.world;
    buy_year(world, &code).await;
    let told = report(world).await;
    assert_eq!((&told["purchased_pct"], &told["revenue"]), (&json!("100.0"), &json!("0.00")));
    world.advance("2026-03-01").await;
    assert_eq!(report(world).await["revenue"], "0.00", "booked, and not paid");
    let invoices = world.get("/v1/invoices?customer=ada&status=open").await.expect(200);
    let invoice = text(&invoices["data"][0]["id"]);
    assert_eq!(invoices["data"][0]["gross"]["amount"], "89.10");
    let body = json!({"reference": "late"});
    world.post(&format!("/v1/invoices/{invoice}/pay"), body).await.expect(200);
    let told = report(world).await;
    assert_eq!((&told["revenue"], &told["bought_pct"]), (&json!("89.10"), &json!("100.0")));
    assert_eq!(told["steps"][0]["attributed_revenue"], "89.10");
}

async fn a_purchase_that_is_withdrawn_counts_no_more(store: Store) {
    let (post, code) = with_code(store, "next_booking").await;
    let world = &post.world;
    let done = buy_year(world, &code).await;
    let before = world.app.now();
    advance(&post, TimeDelta::hours(1)).await;
    let change = text(&done["result"]["scheduled_change"]);
    let withdraw = format!("/v1/scheduled-changes/{change}/withdraw");
    world.post(&withdraw, json!({})).await.expect(200);
    let told = report(world).await;
    assert_eq!((&told["purchased_pct"], &told["bought_pct"]), (&json!("0.0"), &json!("0.0")));
    let at = before.format("%Y-%m-%dT%H:%M:%SZ");
    let then = format!("/v1/automations/thanks/report?as_of={at}");
    assert_eq!(world.get(&then).await.expect(200)["bought_pct"], "100.0", "as of then it counts");
}

async fn a_template_that_a_live_automation_could_not_fill_is_not_saved(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    let says = |text: &str| {
        let en = json!({"subject": "Thanks", "text": text});
        json!({"title": "Thanks", "texts": {"en": en}})
    };
    let template = "/v1/message-templates/thanks";
    let refused = world.put(template, says("Use {couponCode} at {link}")).await;
    assert_eq!(refused.problem(422), "invalid-fields");
    assert_eq!(refused.pointers(), ["/texts/en/text", "/texts/en/text"], "{refused:?}");
    assert!(refused.text.contains("automation 'thanks' cannot show {couponCode}"), "{refused:?}");
    world.put(template, says("Enjoy {productTitle}")).await.expect(200);
    // Of another template nobody asks.
    world.put("/v1/message-templates/free", says("{couponCode}")).await.expect(201);
}

async fn an_endpoint_that_an_automation_calls_is_not_removed(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    post.put("other", &["message.send"]).await;
    let steps = json!([{"key": "a", "delay": "P1D", "channel": "webhook", "endpoint": "shop",
        "template": "thanks"}]);
    let body = automation(&json!({"steps": steps}));
    world.put("/v1/automations/thanks", body).await.expect(201);
    let refused = world.delete("/v1/webhook-endpoints/shop").await;
    assert_eq!(refused.problem(409), "still-in-use");
    assert!(refused.text.contains("automation 'thanks'"), "{refused:?}");
    assert_eq!(world.delete("/v1/webhook-endpoints/other").await.status, 204);
}

async fn why_somebody_did_not_start_is_what_was_true_then(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    let why = async |automation: &str, customer: &str| {
        let path = format!("/v1/automations/{automation}/explain?customer={customer}");
        text(&world.get(&path).await.expect(200)["reason"])
    };
    order(world, "back", "ada").await;
    world.post("/v1/orders/back/paid", json!({})).await.expect(200);
    let whole = json!({"amount": eur("10.00"), "event_id": "r-1"});
    world.post("/v1/orders/back/refunded", whole).await.expect(200);
    world.post("/v1/orders/back/delivered", json!({})).await.expect(200);
    assert_eq!(why("thanks", "ada").await, "not-paid", "what was paid is paid back");
    world.put("/v1/customers/bob", json!({})).await.expect(201);
    world.put("/v1/suppressions/bob", json!({})).await.expect(200);
    delivered(world, "b-1", "bob").await;
    advance(&post, TimeDelta::hours(1)).await;
    world.delete("/v1/suppressions/bob").await;
    assert_eq!(why("thanks", "bob").await, "suppressed", "it was lifted too late");
    let month = json!({"title": "Month", "products": ["paper"], "billing_period": "P1M",
        "price": {"amount": "9.90", "currency": "EUR"}});
    world.put("/v1/offers/month", month).await.expect(201);
    let steps = json!([{"key": "new", "delay": "PT1H", "channel": "webhook",
        "template": {"subject": "Hello", "text": "Hello"}}]);
    let body = automation(&json!({"trigger": "subscription_started", "steps": steps}));
    world.put("/v1/automations/new", body).await.expect(201);
    world.post("/v1/automations/new/live", json!({})).await.expect(200);
    order(world, "c-1", "cleo").await;
    world.buy("cleo", "month").await;
    assert_eq!(why("new", "cleo").await, "not-the-first", "there was an order before");
}
