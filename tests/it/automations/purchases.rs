//! What counts as a purchase, and what a report says of one that waits, is paid or is taken back;
//! and what automations name, which cannot be taken from under them.

use chrono::TimeDelta;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{advance, automation, delivered, live, order, shop};
use crate::support::both;
use crate::webhooks::fixture::{Post, text};
use crate::world::{World, complete, eur, offer_of, paid, path_of};

both! {
    a_purchase_that_waits_has_its_revenue_once_it_is_booked_and_paid,
    a_purchase_that_is_withdrawn_counts_no_more,
    a_trial_that_is_cancelled_is_no_purchase_until_it_is_taken_up_again,
    a_line_that_is_issued_again_beside_a_change_is_not_paid_back,
    a_template_that_a_live_automation_could_not_fill_is_not_saved,
    an_endpoint_that_an_automation_calls_is_not_removed,
    why_somebody_did_not_start_is_what_was_true_then,
    who_bought_before_their_delivery_was_told_is_written_to_no_more,
    a_way_back_counts_for_who_was_asked_for_it_and_for_nobody_else,
    nobody_begins_by_what_is_paid_back,
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

async fn a_trial_that_is_cancelled_is_no_purchase_until_it_is_taken_up_again(store: Store) {
    let (post, code) = with_code(store, "next_booking").await;
    let world = &post.world;
    let mut plus = offer_of("plus", "19.90", "P1M");
    (plus["tags"], plus["trial"]) = (json!([]), json!("P14D"));
    plus["introduction"] = json!("always");
    world.put("/v1/offers/plus", plus).await.expect(201);
    let body = json!({"customer": "ada", "offer": "plus", "coupon": code});
    let checkout = world.post("/v1/checkouts", body).await.expect(201);
    let done = world.post(&complete(&checkout), json!({})).await.expect(200);
    let bought = async || {
        let told = report(world).await;
        let orders = told["steps"][0]["attributed_orders"].clone();
        (text(&told["purchased_pct"]), text(&told["bought_pct"]), orders)
    };
    let all = || ("100.0".to_owned(), "100.0".to_owned(), json!(1));
    let none = || ("0.0".to_owned(), "0.0".to_owned(), json!(0));
    assert_eq!(bought().await, all());
    let tried = format!("/v1/subscriptions/{}", text(&done["result"]["subscription"]));
    world.post(&format!("{tried}/cancel"), json!({"when": "end_of_term"})).await.expect(200);
    assert_eq!(bought().await, none(), "its code may credit another");
    world.post(&format!("{tried}/uncancel"), json!({})).await.expect(200);
    assert_eq!(bought().await, all());
    world.post(&format!("{tried}/cancel"), json!({"when": "now"})).await.expect(200);
    assert_eq!(bought().await, none());
    world.advance("2026-03-20").await;
    assert_eq!(bought().await, none());
}

/// The invoice of both is cancelled when the month becomes a year, and the archive is on the next.
async fn a_line_that_is_issued_again_beside_a_change_is_not_paid_back(store: Store) {
    let (post, code) = with_code(store, "last_booking").await;
    let world = &post.world;
    world.archive_beside_month().await;
    let body = json!({"customer": "ada", "offer": "archive", "coupon": code});
    let checkout = world.post("/v1/checkouts", body).await.expect(201);
    world.post(&complete(&checkout), json!({})).await.expect(200);
    world.advance("2026-03-01").await;
    let invoices = world.get("/v1/invoices?customer=ada&status=open").await.expect(200);
    assert_eq!(invoices["data"][0]["gross"]["amount"], "13.50", "9.90 and 4.00 less 10 %");
    let invoice = text(&invoices["data"][0]["id"]);
    let body = json!({"reference": "march"});
    world.post(&format!("/v1/invoices/{invoice}/pay"), body).await.expect(200);
    let money = async || {
        let told = report(world).await;
        (text(&told["revenue"]), text(&told["refunded"]))
    };
    assert_eq!(money().await, ("3.60".to_owned(), "0.00".to_owned()));
    let done = world.buy("ada", "year").await;
    assert_eq!(done["status"], "completed");
    let notes = world.get("/v1/credit-notes?customer=ada").await.expect(200);
    assert_eq!(notes["data"][0]["gross"]["amount"], "13.50", "all of it is written anew");
    assert_eq!(money().await, ("3.60".to_owned(), "0.00".to_owned()));
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

/// An offer of the paper that leads nowhere.
async fn offer(world: &World, id: &str) {
    let mut offer = offer_of(id, "9.90", "P1M");
    offer["tags"] = json!([]);
    world.put(&format!("/v1/offers/{id}"), offer).await.expect(201);
}

async fn who_bought_before_their_delivery_was_told_is_written_to_no_more(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    offer(world, "month").await;
    live(&post, &json!({})).await;
    order(world, "o-1", "ada").await;
    world.post("/v1/orders/o-1/paid", json!({})).await.expect(200);
    advance(&post, TimeDelta::hours(1)).await;
    let delivered = world.app.now();
    advance(&post, TimeDelta::hours(1)).await;
    world.buy("ada", "month").await;
    advance(&post, TimeDelta::hours(1)).await;
    // As the list of last night says.
    let told = json!({"at": delivered});
    world.post("/v1/orders/o-1/delivered", told).await.expect(200);
    let runs = world.get("/v1/automations/thanks/runs").await.expect(200);
    let run = &runs["data"][0];
    assert_eq!((&run["started_at"], &run["exit_reason"]), (&json!(delivered), &json!("purchased")));
    let told = report(world).await;
    assert_eq!((&told["exited"], &told["bought_pct"]), (&json!(1), &json!("100.0")), "{told}");
    advance(&post, TimeDelta::days(9)).await;
    assert_eq!(post.memory.take().len(), 0);
}

async fn a_way_back_counts_for_who_was_asked_for_it_and_for_nobody_else(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    for id in ["month", "other"] {
        offer(world, id).await;
    }
    let welcome = json!({"trigger": "subscription_started"});
    world.put("/v1/automations/welcome", automation(&welcome)).await.expect(201);
    world.post("/v1/automations/welcome/live", json!({})).await.expect(200);
    live(&post, &json!({"trigger": "subscription_cancelled"})).await;
    let subscription = async |offer: &str| {
        let bought = world.buy("ada", offer).await;
        let path = format!("/v1/subscriptions/{}", text(&bought["result"]["subscription"]));
        advance(&post, TimeDelta::minutes(1)).await;
        path
    };
    let (first, second) = (subscription("month").await, subscription("other").await);
    for path in [&first, &second] {
        let end = json!({"when": "end_of_term"});
        world.post(&format!("{path}/cancel"), end).await.expect(200);
    }
    advance(&post, TimeDelta::hours(30)).await;
    // Both have been read: who was asked to come back, and who was only thanked.
    let messages = world.get("/v1/messages?customer=ada").await.expect(200);
    for message in messages["data"].as_array().unwrap() {
        let path = format!("/v1/messages/{}/events", text(&message["id"]));
        let read = json!({"event_id": "read", "kind": "read", "at": world.app.now()});
        world.post(&path, read).await.expect(200);
    }
    let figures = async || {
        let told = report(world).await;
        let welcome = world.get("/v1/automations/welcome/report").await.expect(200);
        [&told["bought_pct"], &told["purchased_pct"], &welcome["purchased_pct"]].map(text)
    };
    world.post(&format!("{second}/uncancel"), json!({})).await.expect(200);
    assert_eq!(figures().await, ["0.0", "0.0", "0.0"], "the other one is still to end");
    world.post(&format!("{first}/uncancel"), json!({})).await.expect(200);
    assert_eq!(figures().await, ["100.0", "100.0", "0.0"]);
}

async fn nobody_begins_by_what_is_paid_back(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    world.put("/v1/suppressions/ada", json!({})).await.expect(200);
    delivered(world, "o-1", "ada").await;
    world.delete("/v1/suppressions/ada").await.expect(204);
    let part = json!({"amount": eur("4.00"), "event_id": "r-1"});
    world.post("/v1/orders/o-1/refunded", part).await.expect(200);
    let runs = world.get("/v1/automations/thanks/runs").await.expect(200);
    assert_eq!(runs["data"], json!([]), "they have missed it");
}
