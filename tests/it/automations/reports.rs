//! What an automation has come to, as of any moment; and what a message would say.

use chrono::{DateTime, TimeDelta, Utc};
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::{advance, automation, delivered, live, messages, order, shop};
use crate::support::both;
use crate::webhooks::fixture::{Post, fine, status, text};
use crate::world::{World, complete, offer_of, paid, path_of};

both! {
    a_report_is_what_a_recount_gives,
    a_preview_says_what_would_be_sent,
    what_a_checkout_came_to_is_told_as_of_each_moment,
    a_purchase_with_a_code_was_one_until_it_was_taken_back,
    a_code_counts_for_the_step_that_was_sent_with_it,
    a_line_that_is_issued_again_was_not_paid_back,
}

/// The report as of a moment.
async fn report(world: &World, as_of: DateTime<Utc>) -> Value {
    let at = as_of.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    world.get(&format!("/v1/automations/thanks/report?as_of={at}")).await.expect(200)
}

/// What always holds of a report.
fn adds_up(report: &Value) {
    let number = |value: &Value, name: &str| value[name].as_i64().unwrap();
    let of = |name: &str| number(report, name);
    assert_eq!(of("started"), of("active") + of("exited") + of("completed"), "{report}");
    let mut entered = of("started");
    for step in report["steps"].as_array().unwrap() {
        let of = |name: &str| number(step, name);
        assert_eq!(of("entered"), entered, "{step}");
        assert_eq!(entered, of("waiting") + of("progressed") + of("exited_here"), "{step}");
        assert!(of("sent") >= of("delivered") + of("bounced"), "{step}");
        assert!(of("delivered") >= of("read"), "{step}");
        assert!(of("read") >= of("replied").max(of("clicked")), "{step}");
        entered = of("progressed");
    }
}

async fn a_report_is_what_a_recount_gives(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    let nothing = report(world, world.app.now()).await;
    assert_eq!(nothing["exited_pct"], "—");
    assert_eq!(nothing["holdout"], Value::Null);
    for n in 0..6 {
        delivered(world, &format!("o-{n}"), &format!("c-{n}")).await;
    }
    order(world, "unpaid", "nobody").await;
    let begun = world.app.now();
    advance(&post, TimeDelta::hours(25)).await;
    // The first three read it, the first follows its link, the last gets nothing.
    let kinds = ["clicked", "read", "read", "delivered", "sent", "bounced"];
    for (message, kind) in messages(world).await.iter().zip(kinds) {
        let path = format!("/v1/messages/{}/events", text(&message["id"]));
        let body = json!({"event_id": "e", "kind": kind, "at": world.app.now()});
        world.post(&path, body).await.expect(200);
    }
    // Two buy before the reminder, one of whom has read; one takes it back.
    advance(&post, TimeDelta::hours(1)).await;
    let buyers: Vec<String> =
        messages(world).await.iter().map(|it| text(&it["customer"])).collect();
    for (place, id) in [(0, "again"), (3, "unread"), (1, "back")] {
        delivered(world, id, &buyers[place]).await;
    }
    let part = json!({"amount": {"amount": "4.00", "currency": "EUR"}, "event_id": "r"});
    world.post("/v1/orders/again/refunded", part).await.expect(200);
    let bought = world.app.now();
    advance(&post, TimeDelta::hours(1)).await;
    world.post("/v1/orders/back/cancelled", json!({})).await.expect(200);
    advance(&post, TimeDelta::days(5)).await;
    let told = report(world, world.app.now()).await;
    adds_up(&told);
    assert_eq!(told["trigger"], json!({"first_purchases": 6, "started": 6}));
    assert_eq!((&told["exited"], &told["completed"]), (&json!(4), &json!(2)), "{told}");
    assert_eq!((&told["exited_pct"], &told["completed_pct"]), (&json!("66.7"), &json!("33.3")));
    assert_eq!((&told["purchased_pct"], &told["bought_pct"]), (&json!("16.7"), &json!("33.3")));
    assert_eq!((&told["revenue"], &told["refunded"]), (&json!("10.00"), &json!("4.00")));
    let first = &told["steps"][0];
    let wanted = json!({
        "key": "thanks", "entered": 6, "waiting": 0, "progressed": 6, "exited_here": 0, "sent": 6,
        "failed": 0, "delivered": 4, "bounced": 1, "read": 3, "replied": 0, "clicked": 1,
        "attributed_orders": 1, "attributed_revenue": "10.00",
    });
    assert_eq!(*first, wanted);
    let second = &told["steps"][1];
    assert_eq!((&second["entered"], &second["exited_here"]), (&json!(6), &json!(4)), "{told}");
    // As it was then, as known now.
    let then = report(world, bought).await;
    adds_up(&then);
    assert_eq!(then["purchased_pct"], "33.3", "it had not been taken back yet");
    assert_eq!(then["revenue"], "20.00");
    for hours in 0..40 {
        adds_up(&report(world, begun + TimeDelta::hours(hours)).await);
    }
    let at_first = report(world, begun).await;
    assert_eq!((&at_first["active"], &at_first["steps"][0]["waiting"]), (&json!(6), &json!(6)));
    let late = (world.app.now() + TimeDelta::hours(1)).to_rfc3339();
    let late = late.replace('+', "%2B");
    let path = format!("/v1/automations/thanks/report?as_of={late}");
    assert_eq!(world.get(&path).await.pointers(), ["/as_of"]);
    let path = "/v1/automations/thanks/report?version=2";
    assert_eq!(world.get(path).await.pointers(), ["/version"]);
}

async fn a_preview_says_what_would_be_sent(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    world.put("/v1/automations/thanks", automation(&json!({}))).await.expect(201);
    let preview = async |body: Value| {
        let shown = world.post("/v1/automations/thanks/preview", body).await.expect(200);
        text(&shown["subject"])
    };
    assert_eq!(preview(json!({"step": "thanks"})).await, "Thank you, Ada Lovelace");
    assert_eq!(preview(json!({"step": "thanks", "customer": "ada"})).await, "Thank you, Ada");
    let german = json!({"step": "thanks", "customer": "ada", "locale": "de-AT"});
    assert_eq!(preview(german).await, "Danke, Ada");
    let path = "/v1/automations/thanks/preview";
    for (body, at) in [
        (json!({"step": "nothing"}), "/step"),
        (json!({"step": "thanks", "customer": "nobody"}), "/customer"),
    ] {
        assert_eq!(world.post(path, body).await.pointers(), [at]);
    }
}

/// Moves on by some minutes, and tells the moment before.
async fn later(post: &Post, minutes: i64) -> DateTime<Utc> {
    let now = post.world.app.now();
    advance(post, TimeDelta::minutes(minutes)).await;
    now
}

/// Revenue and what came back of it, as of a moment.
async fn money(world: &World, as_of: DateTime<Utc>) -> String {
    let told = report(world, as_of).await;
    adds_up(&told);
    format!("{} {}", text(&told["revenue"]), text(&told["refunded"]))
}

/// Somebody has read what they were sent.
async fn read_by(world: &World, customer: &str) {
    let path = format!("/v1/messages?customer={customer}");
    let message = world.get(&path).await.expect(200)["data"][0]["id"].clone();
    let read = json!({"event_id": "read", "kind": "read", "at": world.app.now()});
    world.post(&format!("/v1/messages/{}/events", text(&message)), read).await.expect(200);
}

async fn what_a_checkout_came_to_is_told_as_of_each_moment(store: Store) {
    // With an order beside it or without: what was bought is the same.
    let post = shop(store).await;
    let world = &post.world;
    let mut month = offer_of("month", "9.90", "P1M");
    month["tags"] = json!([]);
    world.put("/v1/offers/month", month).await.expect(201);
    live(&post, &json!({})).await;
    for (place, order) in [json!(null), json!({"channel": "web"})].into_iter().enumerate() {
        let who = format!("c-{place}");
        delivered(world, &format!("o-{place}"), &who).await;
        advance(&post, TimeDelta::hours(25)).await;
        read_by(world, &who).await;
        let start = later(&post, 10).await;
        let before = money(world, start).await;
        let base: Vec<i64> =
            before.split(' ').map(|amount| amount.replace('.', "").parse().unwrap()).collect();
        let since = async |as_of| {
            let told = money(world, as_of).await;
            let now: Vec<i64> =
                told.split(' ').map(|amount| amount.replace('.', "").parse().unwrap()).collect();
            (now[0] - base[0], now[1] - base[1])
        };
        let open = json!({"customer": who, "offer": "month", "order": order});
        let checkout = world.post("/v1/checkouts", open).await.expect(201);
        let done = world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
        let invoice = format!("/v1/invoices/{}", text(&done["result"]["invoices"][0]));
        let bought = later(&post, 10).await;
        let reference = text(&world.get(&invoice).await.expect(200)["payments"][0]["reference"]);
        let bounce = json!({"reference": reference, "reason": "returned"});
        world.post(&format!("{invoice}/unpay"), bounce).await.expect(200);
        let bounced = later(&post, 10).await;
        let again = json!({"reference": format!("again-{place}")});
        world.post(&format!("{invoice}/pay"), again).await.expect(200);
        let paid_again = later(&post, 10).await;
        let all = json!({"reason": "goodwill"});
        world.post(&format!("{invoice}/credit"), all).await.expect(201);
        let credited = later(&post, 10).await;
        for (moment, wanted) in [
            (start, (0, 0)),
            (bought, (990, 0)),
            (bounced, (990, 990)),
            (paid_again, (990, 0)),
            (credited, (990, 990)),
        ] {
            assert_eq!(since(moment).await, wanted, "{who} at {moment}");
        }
    }
}

async fn a_line_that_is_issued_again_was_not_paid_back(store: Store) {
    let post = Post::new(store).await;
    let world = &post.world;
    post.put("shop", &["message.send"]).await;
    world.catalogue().await;
    let mut path = path_of("last_booking");
    (path["optional"], path["customer_may_switch"]) = (json!(true), json!(true));
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let steps = json!([{"key": "one", "delay": "P1D", "channel": "webhook",
        "template": {"subject": "s", "text": "t"}}]);
    live(&post, &json!({"steps": steps})).await;
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(25)).await;
    read_by(world, "ada").await;
    let bought = world.buy("ada", "month").await;
    let month = text(&bought["result"]["subscription"]);
    let before = later(&post, 10).await;
    assert_eq!(money(world, before).await, "9.90 0.00");
    let body = json!({"customer": "ada", "offer": "year", "mode": "add"});
    let checkout = world.post("/v1/checkouts", body).await.expect(201);
    let mut completion = paid(&checkout);
    completion["mode"] = json!("add");
    world.post(&complete(&checkout), completion).await.expect(200);
    let added = later(&post, 10).await;
    let documents = world.get("/v1/credit-notes?customer=ada").await.expect(200);
    assert_eq!(documents["data"].as_array().unwrap().len(), 1, "{documents}");
    let told = money(world, added).await;
    assert!(told.ends_with(" 0.00"), "{told}");
    // What is credited of the line that was issued again is.
    let end = json!({"when": "now", "credit": "all"});
    world.post(&format!("/v1/subscriptions/{month}/cancel"), end).await.expect(200);
    let credited = later(&post, 10).await;
    let told = money(world, credited).await;
    assert!(told.ends_with(" 9.90"), "{told}");
}

/// The coupon of everybody who starts.
fn coupon() -> Value {
    json!({"kind": "percent", "value": "10", "valid_days": 30})
}

/// Two steps that show the code.
fn with_code() -> Value {
    let step = |key: &str, delay: &str| {
        json!({"key": key, "delay": delay, "channel": "webhook",
            "template": {"subject": key, "text": "{couponCode}"}})
    };
    json!({"coupon": coupon(), "steps": [step("one", "P1D"), step("two", "P1D")]})
}

/// An order that is paid, with the code of the first run.
async fn bought_with_code(world: &World, id: &str) {
    let runs = world.get("/v1/automations/thanks/runs").await.expect(200);
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "100.00"});
    let body = json!({"id": id, "customer": "ada", "channel": "web", "currency": "EUR",
        "coupon": runs["data"][0]["coupon"], "lines": [line]});
    world.post("/v1/orders", body).await.expect(201);
    world.post(&format!("/v1/orders/{id}/paid"), json!({})).await.expect(200);
}

/// How many purchases are put down to each step.
fn attributed(report: &Value) -> Vec<i64> {
    let steps = report["steps"].as_array().unwrap();
    steps.iter().map(|step| step["attributed_orders"].as_i64().unwrap()).collect()
}

async fn a_purchase_with_a_code_was_one_until_it_was_taken_back(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &with_code()).await;
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(25)).await;
    bought_with_code(world, "o-2").await;
    let bought = later(&post, 60).await;
    let then = report(world, bought).await;
    assert_eq!((attributed(&then), &then["revenue"]), (vec![1, 0], &json!("90.00")));
    world.post("/v1/orders/o-2/cancelled", json!({})).await.expect(200);
    let cancelled = later(&post, 60).await;
    assert_eq!(attributed(&report(world, cancelled).await), [0, 0]);
    assert_eq!(report(world, bought).await["revenue"], "90.00", "it was one then");
    // The code is used once more.
    bought_with_code(world, "o-3").await;
    let again = later(&post, 60).await;
    assert_eq!(attributed(&report(world, again).await), [1, 0]);
    assert_eq!(report(world, bought).await["revenue"], "90.00");
}

async fn a_code_counts_for_the_step_that_was_sent_with_it(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &with_code()).await;
    delivered(world, "o-1", "ada").await;
    post.memory.answer(status(500));
    advance(&post, TimeDelta::days(4)).await;
    post.memory.answer(fine);
    advance(&post, TimeDelta::days(2)).await;
    let told: Vec<String> = messages(world).await.iter().map(|it| text(&it["status"])).collect();
    assert_eq!(told, ["failed", "sent"]);
    bought_with_code(world, "o-2").await;
    assert_eq!(attributed(&report(world, world.app.now()).await), [0, 1]);
}
