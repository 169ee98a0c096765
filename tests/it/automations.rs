//! Automations from outside, on the test clock: who starts, what is sent when, who leaves.

mod consent;
mod coupons;
mod encrypted;
mod links;
mod lists;
pub(crate) mod mail_server;
pub(crate) mod mails;
mod meanwhile;
mod mishaps;
mod purchases;
mod reports;
mod standing;
mod ways;

use chrono::{DateTime, TimeDelta, Utc};
use crossgrade::app::AppError;
use crossgrade::cli::catalogue;
use crossgrade::domain::ids::MerchantId;
use crossgrade::domain::webhook::Attempt;
use crossgrade::gateway::Call;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::webhooks::fixture::{Post, event, status, text};
use crate::world::World;

both! {
    an_automation_is_saved_as_it_is_read_and_has_versions,
    every_fault_of_an_automation_is_told_at_its_place,
    an_automation_goes_live_only_where_its_steps_can_be_sent,
    after_the_first_order_the_customer_is_thanked_and_then_reminded,
    a_reminder_is_not_sent_to_who_has_bought,
    who_does_not_start_is_told_why,
    an_order_that_is_taken_back_ends_the_way_it_began,
    paused_steps_wait_and_stopped_ones_never_come,
    customers_finish_the_version_that_they_began,
    nothing_is_sent_at_night_and_messages_keep_their_distance,
    what_is_not_taken_is_tried_for_three_days,
    what_a_provider_tells_is_taken_in_once,
    subscriptions_start_automations_too,
    who_is_held_out_is_sent_nothing,
    automations_of_a_file_come_without_where_they_stand,
    one_month_at_once_is_thirty_days_one_by_one,
}

/// A shop on the test clock whose endpoint wants messages.
async fn shop(store: Store) -> Post {
    let post = Post::new(store).await;
    post.put("shop", &["message.send"]).await;
    let paper = json!({"title": "Paper", "kind": "digital"});
    post.world.put("/v1/products/paper", paper).await.expect(201);
    let ada = json!({"name": "Ada", "email": "ada@example.com"});
    post.world.put("/v1/customers/ada", ada).await.expect(201);
    let texts = json!({
        "en": {"subject": "Thank you, {customerName}", "text": "Enjoy {productTitle}."},
        "de": {"subject": "Danke, {customerName}", "text": "Viel Freude: {productTitle}."},
    });
    let thanks = json!({"title": "Thanks", "texts": texts});
    post.world.put("/v1/message-templates/thanks", thanks).await.expect(201);
    post
}

/// A thank-you after a day, a reminder 36 hours later.
fn automation(change: &Value) -> Value {
    let mut body = json!({
        "title": "After the first order", "trigger": "first_order_delivered",
        "attribution_window": "PT120H",
        "steps": [
            {"key": "thanks", "delay": "P1D", "channel": "webhook", "template": "thanks"},
            {"key": "more", "delay": "PT36H", "channel": "webhook",
                "link": "https://shop.example/more",
                "template": {"subject": "More", "text": "{link}", "html": null}},
        ],
    });
    for (name, value) in change.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

async fn live(post: &Post, change: &Value) {
    let path = "/v1/automations/thanks";
    post.world.put(path, automation(change)).await.expect(201);
    post.world.post(&format!("{path}/live"), json!({})).await.expect(200);
}

async fn order(world: &World, id: &str, customer: &str) {
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "10.00"});
    let body = json!({"id": id, "customer": customer, "channel": "mail", "currency": "EUR",
        "lines": [line]});
    world.post("/v1/orders", body).await.expect(201);
}

/// An order that is paid and delivered.
async fn delivered(world: &World, id: &str, customer: &str) {
    order(world, id, customer).await;
    for step in ["paid", "delivered"] {
        world.post(&format!("/v1/orders/{id}/{step}"), json!({})).await.expect(200);
    }
}

async fn advance(post: &Post, by: TimeDelta) {
    let now = post.world.app.now() + by;
    post.world.advance(&now.to_rfc3339()).await;
}

/// What was sent: step and subject.
fn sent(calls: &[Call]) -> Vec<String> {
    let line = |event: Value| {
        format!("{} {}", text(&event["data"]["step"]), text(&event["data"]["subject"]))
    };
    calls.iter().map(|call| line(event(call))).collect()
}

async fn runs(world: &World) -> Vec<Value> {
    let listed = world.get("/v1/automations/thanks/runs").await.expect(200);
    listed["data"].as_array().unwrap().clone()
}

async fn messages(world: &World) -> Vec<Value> {
    let listed = world.get("/v1/messages?automation=thanks").await.expect(200);
    listed["data"].as_array().unwrap().clone()
}

/// The first run: status, why it ended, the step that it waits for.
async fn first_run(world: &World) -> String {
    let run = runs(world).await.remove(0);
    format!("{} {} {}", text(&run["status"]), text(&run["exit_reason"]), text(&run["step"]))
}

async fn an_automation_is_saved_as_it_is_read_and_has_versions(store: Store) {
    let post = shop(store).await;
    let path = "/v1/automations/thanks";
    let mut made = automation(&json!({
        "id": "thanks", "quiet_hours": null, "coupon": null, "conversion_counts_as": "exited",
        "holdout_percent": 0, "state": "draft", "version": 1, "live_since": null,
    }));
    let saved = post.world.put(path, automation(&json!({}))).await.expect(201);
    assert_eq!(saved, made);
    assert_eq!(post.world.get(path).await.expect(200), made);
    let again = post.world.put(path, automation(&json!({}))).await.expect(200);
    assert_eq!(again["version"], 1, "nothing has changed");
    let quiet = json!({"quiet_hours": {"from": "21:00", "to": "08:00"}});
    let saved = post.world.put(path, automation(&quiet)).await.expect(200);
    (made["version"], made["quiet_hours"]) = (json!(2), quiet["quiet_hours"].clone());
    assert_eq!(saved, made);
    let in_use = post.world.delete("/v1/message-templates/thanks").await;
    assert_eq!(in_use.problem(409), "still-in-use");
    post.world.delete(path).await.expect(204);
    post.world.delete("/v1/message-templates/thanks").await.expect(204);
}

async fn every_fault_of_an_automation_is_told_at_its_place(store: Store) {
    let post = shop(store).await;
    let wrong = automation(&json!({
        "trigger": "first_oder_delivered", "holdout_percent": 60,
        "coupon": {"coupon": "ten", "valid_days": 30},
        "steps": [
            {"key": "a", "delay": "P400D", "channel": "webhook", "template": "thank"},
            {"key": "a", "delay": "P1D", "channel": "webhook", "endpoint": "shp",
                "template": {"subject": "s", "text": "{link}"}},
        ],
    }));
    let answer = post.world.put("/v1/automations/x", wrong).await;
    let mut places = answer.pointers();
    places.sort_unstable();
    let wanted = [
        "/coupon/coupon",
        "/holdout_percent",
        "/steps/0/delay",
        "/steps/0/template",
        "/steps/1/endpoint",
        "/steps/1/key",
        "/trigger",
    ];
    assert_eq!(places, wanted, "{answer:?}");
    assert_eq!(post.world.get("/v1/automations/x").await.status, 404);
}

async fn an_automation_goes_live_only_where_its_steps_can_be_sent(store: Store) {
    let post = shop(store).await;
    let path = "/v1/automations/thanks";
    let turn = async |turn: &str| post.world.post(&format!("{path}/{turn}"), json!({})).await;
    post.world.put(path, automation(&json!({}))).await.expect(201);
    for wrong in ["pause", "resume", "stop"] {
        assert_eq!(turn(wrong).await.problem(409), "wrong-state", "{wrong}");
    }
    post.put("other", &["*"]).await;
    let several = turn("live").await;
    assert_eq!(several.problem(409), "channel-not-ready");
    assert_eq!(several.json["step"], "thanks");
    post.world.delete("/v1/webhook-endpoints/other").await.expect(204);
    let live = turn("live").await.expect(200);
    assert_eq!(live["state"], "live");
    assert_eq!(live["live_since"], json!(post.world.app.now()));
    assert_eq!(turn("live").await.expect(200), live, "it stands there already");
    for (name, state) in
        [("pause", "paused"), ("resume", "live"), ("stop", "stopped"), ("live", "live")]
    {
        assert_eq!(turn(name).await.expect(200)["state"], state);
    }
    let mail = json!({"steps": [
        {"key": "mail", "delay": "P1D", "channel": "email", "template": "thanks"},
    ]});
    post.world.put("/v1/automations/mail", automation(&mail)).await.expect(201);
    let answer = post.world.post("/v1/automations/mail/live", json!({})).await;
    assert_eq!(answer.problem(409), "channel-not-ready");
}

async fn after_the_first_order_the_customer_is_thanked_and_then_reminded(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({})).await;
    delivered(&post.world, "o-1", "ada").await;
    let started = post.world.app.now();
    assert_eq!(first_run(&post.world).await, "active  thanks");
    advance(&post, TimeDelta::hours(23)).await;
    assert_eq!(post.memory.take().len(), 0);
    advance(&post, TimeDelta::hours(2)).await;
    let calls = post.memory.take();
    assert_eq!(sent(&calls), ["thanks Thank you, Ada"]);
    let told = event(&calls[0]);
    assert_eq!(told["type"], "message.send");
    assert_eq!(told["occurred_at"], json!(started + TimeDelta::hours(24)), "as it fell due");
    assert_eq!(told["data"]["text"], "Enjoy Paper.");
    assert_eq!(told["data"]["to"]["email"], "ada@example.com");
    assert_eq!(
        (calls[0].id.as_str(), calls[0].url.as_str()),
        (told["data"]["message"].as_str().unwrap(), "https://shop.example/hook")
    );
    assert_eq!(first_run(&post.world).await, "active  more");
    let run = runs(&post.world).await.remove(0);
    assert_eq!(run["due_at"], json!(started + TimeDelta::hours(24 + 36)));
    advance(&post, TimeDelta::hours(40)).await;
    assert_eq!(sent(&post.memory.take()), ["more More"]);
    assert_eq!(first_run(&post.world).await, "completed  ");
    let all = messages(&post.world).await;
    assert!(all.iter().all(|it| it["status"] == "sent" && it["attempts"] == 1), "{all:?}");
    let id = text(&all[0]["id"]);
    assert_eq!(post.world.get(&format!("/v1/messages/{id}")).await.expect(200), all[0]);
    advance(&post, TimeDelta::days(30)).await;
    assert_eq!(post.memory.take().len(), 0, "it is over");
    assert_eq!(post.world.delete("/v1/automations/thanks").await.problem(409), "still-in-use");
}

async fn a_reminder_is_not_sent_to_who_has_bought(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({})).await;
    delivered(&post.world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(30)).await;
    assert_eq!(sent(&post.memory.take()), ["thanks Thank you, Ada"]);
    // Also an order that nobody has paid.
    order(&post.world, "o-2", "ada").await;
    assert_eq!(first_run(&post.world).await, "exited purchased ");
    advance(&post, TimeDelta::days(9)).await;
    assert_eq!(post.memory.take().len(), 0);
    assert_eq!(runs(&post.world).await.len(), 1, "one way for each, ever");
}

async fn who_does_not_start_is_told_why(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    world.put("/v1/automations/thanks", automation(&json!({}))).await.expect(201);
    let why = async |customer: &str| {
        let path = format!("/v1/automations/thanks/explain?customer={customer}");
        let told = world.get(&path).await.expect(200);
        let started = told["started"].as_bool().unwrap();
        assert_eq!(started, told["run"].is_object());
        if started { "started".to_owned() } else { text(&told["reason"]) }
    };
    assert_eq!(why("ada").await, "not-live");
    delivered(world, "early", "early").await;
    advance(&post, TimeDelta::hours(1)).await;
    world.post("/v1/automations/thanks/live", json!({})).await.expect(200);
    assert_eq!(why("ada").await, "nothing-bought");
    assert_eq!(why("early").await, "not-live-then");
    order(world, "o-1", "ada").await;
    assert_eq!(why("ada").await, "not-paid");
    world.post("/v1/orders/o-1/paid", json!({})).await.expect(200);
    assert_eq!(why("ada").await, "not-delivered");
    world.post("/v1/orders/o-1/delivered", json!({})).await.expect(200);
    assert_eq!(why("ada").await, "started");
    delivered(world, "e-2", "early").await;
    assert_eq!(why("early").await, "not-the-first");
    world.put("/v1/customers/bob", json!({})).await.expect(201);
    world.put("/v1/suppressions/bob", json!({})).await.expect(200);
    delivered(world, "b-1", "bob").await;
    assert_eq!(why("bob").await, "suppressed");
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "10.00"});
    let over = json!({"id": "c-1", "customer": "cleo", "channel": "mail", "currency": "EUR",
        "brought_over": true, "lines": [line]});
    world.post("/v1/orders", over).await.expect(201);
    for step in ["paid", "delivered"] {
        world.post(&format!("/v1/orders/c-1/{step}"), json!({})).await.expect(200);
    }
    assert_eq!(why("cleo").await, "brought-over");
    // Told late: paid while it was live, delivered before.
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "10.00"});
    let placed: DateTime<Utc> = world.app.now() - TimeDelta::minutes(59);
    let body = json!({"id": "d-1", "customer": "dora", "channel": "mail", "currency": "EUR",
        "placed_at": placed, "lines": [line]});
    world.post("/v1/orders", body).await.expect(201);
    world.post("/v1/orders/d-1/paid", json!({})).await.expect(200);
    let told = json!({"at": placed + TimeDelta::minutes(9)});
    world.post("/v1/orders/d-1/delivered", told).await.expect(200);
    assert_eq!(why("dora").await, "not-live-then");
    assert_eq!(runs(world).await.len(), 1);
}

async fn an_order_that_is_taken_back_ends_the_way_it_began(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({})).await;
    let world = &post.world;
    delivered(world, "o-1", "ada").await;
    delivered(world, "o-2", "bob").await;
    let part = json!({"amount": {"amount": "4.00", "currency": "EUR"}, "event_id": "r1"});
    world.post("/v1/orders/o-1/refunded", part).await.expect(200);
    let status = async |id: usize| text(&runs(world).await[id]["exit_reason"]);
    assert_eq!(status(0).await, "", "a part is no whole");
    let rest = json!({"amount": {"amount": "6.00", "currency": "EUR"}, "event_id": "r2"});
    world.post("/v1/orders/o-1/refunded", rest).await.expect(200);
    world.post("/v1/orders/o-2/cancelled", json!({})).await.expect(200);
    assert_eq!(
        (status(0).await.as_str(), status(1).await.as_str()),
        ("order_cancelled", "order_cancelled")
    );
    advance(&post, TimeDelta::days(9)).await;
    assert_eq!(post.memory.take().len(), 0);
}

async fn paused_steps_wait_and_stopped_ones_never_come(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({})).await;
    let turn = async |turn: &str| {
        let path = format!("/v1/automations/thanks/{turn}");
        post.world.post(&path, json!({})).await.expect(200);
    };
    delivered(&post.world, "o-1", "ada").await;
    turn("pause").await;
    delivered(&post.world, "o-2", "bob").await;
    advance(&post, TimeDelta::days(3)).await;
    assert_eq!(post.memory.take().len(), 0);
    assert_eq!(runs(&post.world).await.len(), 1, "nobody starts while it is paused");
    turn("resume").await;
    advance(&post, TimeDelta::zero()).await;
    assert_eq!(sent(&post.memory.take()), ["thanks Thank you, Ada"]);
    turn("stop").await;
    assert_eq!(first_run(&post.world).await, "exited stopped ");
    advance(&post, TimeDelta::days(9)).await;
    assert_eq!(post.memory.take().len(), 0);
}

async fn customers_finish_the_version_that_they_began(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({})).await;
    delivered(&post.world, "o-1", "ada").await;
    let steps = json!({"steps": [
        {"key": "other", "delay": "PT1H", "channel": "webhook",
            "template": {"subject": "Other", "text": "t"}},
    ]});
    post.world.put("/v1/automations/thanks", automation(&steps)).await.expect(200);
    delivered(&post.world, "o-2", "bob").await;
    advance(&post, TimeDelta::days(9)).await;
    let calls = sent(&post.memory.take());
    assert_eq!(calls, ["other Other", "thanks Thank you, Ada", "more More"]);
    let versions: Vec<Value> =
        runs(&post.world).await.iter().map(|run| run["version"].clone()).collect();
    assert_eq!(versions, [json!(1), json!(2)]);
}

async fn nothing_is_sent_at_night_and_messages_keep_their_distance(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    world.put("/v1/settings", json!({"message_gap_hours": 48})).await.expect(200);
    // The clock stands at midnight in Berlin.
    live(&post, &json!({"quiet_hours": {"from": "21:00", "to": "08:00"}})).await;
    delivered(world, "o-1", "ada").await;
    let started = world.app.now();
    advance(&post, TimeDelta::hours(24 + 7)).await;
    assert_eq!(post.memory.take().len(), 0);
    let run = runs(world).await.remove(0);
    assert_eq!(run["due_at"], json!(started + TimeDelta::hours(24 + 8)), "it is held");
    advance(&post, TimeDelta::hours(1)).await;
    assert_eq!(post.memory.take().len(), 1);
    // 36 hours later it is 20:00, but two days have not passed.
    advance(&post, TimeDelta::hours(47)).await;
    assert_eq!(post.memory.take().len(), 0);
    advance(&post, TimeDelta::hours(1)).await;
    assert_eq!(sent(&post.memory.take()), ["more More"]);
}

async fn what_is_not_taken_is_tried_for_three_days(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({})).await;
    delivered(&post.world, "o-1", "ada").await;
    post.memory.answer(status(503));
    advance(&post, TimeDelta::hours(24)).await;
    advance(&post, TimeDelta::minutes(6)).await;
    let calls = post.memory.take();
    assert_eq!(calls.len(), 3, "at once, after a minute and five more");
    assert!(calls.iter().all(|call| call.id == calls[0].id), "under one id");
    let message = messages(&post.world).await.remove(0);
    assert_eq!((&message["status"], &message["attempts"]), (&json!("queued"), &json!(3)));
    assert_eq!(message["error"], "answered with 503");
    post.memory.answer(|_| Attempt::Unanswered("no connection".to_owned()));
    advance(&post, TimeDelta::days(3)).await;
    let message = messages(&post.world).await.remove(0);
    assert_eq!(message["status"], "failed");
    assert_eq!(message["error"], "no connection");
    post.memory.take();
    assert_eq!(first_run(&post.world).await, "active  more", "the way goes on");
    post.memory.answer(status(200));
    advance(&post, TimeDelta::days(2)).await;
    assert_eq!(sent(&post.memory.take()), ["more More"]);
    let events = post.world.get("/v1/events?limit=200").await.expect(200);
    let kinds: Vec<String> =
        events["data"].as_array().unwrap().iter().map(|it| text(&it["type"])).collect();
    for kind in ["run.started", "message.failed", "run.completed"] {
        assert_eq!(kinds.iter().filter(|it| *it == kind).count(), 1, "{kind}");
    }
    assert!(!kinds.contains(&"message.send".to_owned()), "it is told, not recorded");
}

async fn what_a_provider_tells_is_taken_in_once(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(24)).await;
    let id = text(&messages(world).await[0]["id"]);
    let sent_at = world.app.now();
    advance(&post, TimeDelta::hours(2)).await;
    let tell = async |event: &str, kind: &str, minutes: i64, bot: bool| {
        let at = sent_at + TimeDelta::minutes(minutes);
        let body = json!({"event_id": event, "kind": kind, "at": at, "bot": bot});
        world.post(&format!("/v1/messages/{id}/events"), body).await
    };
    assert_eq!(tell("0", "read", 999, false).await.pointers(), ["/at"]);
    let bot = tell("1", "clicked", 10, true).await.expect(200);
    assert_eq!((&bot["clicked_at"], &bot["read_at"]), (&Value::Null, &Value::Null));
    let clicked = tell("2", "clicked", 60, false).await.expect(200);
    let at = json!(sent_at + TimeDelta::minutes(60));
    for moment in ["delivered_at", "read_at", "clicked_at"] {
        assert_eq!(clicked[moment], at, "{moment}");
    }
    let read = tell("3", "read", 30, false).await.expect(200);
    assert_eq!(read["read_at"], json!(sent_at + TimeDelta::minutes(30)));
    assert_eq!(tell("3", "read", 1, false).await.expect(200), read, "told again");
    let early = tell("4", "delivered", -600, false).await.expect(200);
    assert_eq!(early["delivered_at"], json!(sent_at), "not before it was handed over");
    assert_eq!(first_run(world).await, "active  more");
    tell("5", "replied", 90, false).await.expect(200);
    assert_eq!(first_run(world).await, "active  more", "an answer is no exit");
    tell("6", "bounced", 100, false).await.expect(200);
    assert_eq!(first_run(world).await, "exited undeliverable ");
    let listed = world.get("/v1/suppressions").await.expect(200);
    assert_eq!(listed["data"][0]["reason"], "bounced");
}

async fn subscriptions_start_automations_too(store: Store) {
    let post = Post::new(store).await;
    post.put("shop", &["message.send"]).await;
    let world = &post.world;
    world.catalogue().await;
    for (id, trigger) in [("new", "subscription_started"), ("back", "subscription_cancelled")] {
        let steps = json!([{"key": id, "delay": "PT1H", "channel": "webhook",
            "template": {"subject": "{subscriptionTitle}", "text": "{nextPayment}"}}]);
        let body = automation(&json!({"trigger": trigger, "steps": steps}));
        world.put(&format!("/v1/automations/{id}"), body).await.expect(201);
        world.post(&format!("/v1/automations/{id}/live"), json!({})).await.expect(200);
    }
    let bought = world.buy("ada", "month").await;
    let id = text(&bought["result"]["subscription"]);
    advance(&post, TimeDelta::hours(2)).await;
    let calls = post.memory.take();
    assert_eq!(sent(&calls), ["new The Paper"]);
    let next = text(&event(&calls[0])["data"]["text"]);
    assert_eq!(next, "February 28, 2026");
    world.buy("ada", "year").await;
    let run_of = async |automation: &str| {
        let path = format!("/v1/automations/{automation}/runs");
        world.get(&path).await.expect(200)["data"].as_array().unwrap().clone()
    };
    assert_eq!(run_of("new").await.len(), 1, "only the first");
    let bob = text(&world.buy("bob", "month").await["result"]["subscription"]);
    let end = json!({"when": "end_of_term"});
    let cancel = format!("/v1/subscriptions/{bob}/cancel");
    world.post(&cancel, end).await.expect(200);
    assert_eq!(run_of("back").await[0]["subscription"], json!(bob));
    world.post(&format!("/v1/subscriptions/{bob}/uncancel"), json!({})).await.expect(200);
    assert_eq!(run_of("back").await[0]["exit_reason"], "purchased");
    let bobs = run_of("new").await;
    assert_eq!(bobs[1]["exit_reason"], Value::Null, "that was no purchase of it");
    assert_ne!(id, bob);
}

async fn who_is_held_out_is_sent_nothing(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({"holdout_percent": 50})).await;
    for n in 0..20 {
        delivered(&post.world, &format!("o-{n}"), &format!("c-{n}")).await;
    }
    let of = |status: &str, all: &[Value]| all.iter().filter(|it| it["status"] == status).count();
    let all = runs(&post.world).await;
    let held = of("holdout", &all);
    assert!((3..=17).contains(&held), "{held}");
    assert_eq!(of("active", &all), 20 - held);
    advance(&post, TimeDelta::days(9)).await;
    assert_eq!(post.memory.take().len(), 2 * (20 - held));
    assert_eq!(of("holdout", &runs(&post.world).await), held);
}

async fn automations_of_a_file_come_without_where_they_stand(store: Store) {
    let post = shop(store).await;
    live(&post, &json!({})).await;
    let app = &post.world.app;
    let merchant = MerchantId::stored("default".to_owned());
    let written = app.written_catalogue(&merchant).await.unwrap();
    let mut written = serde_json::to_value(&written).unwrap();
    assert_eq!(written["automations"][0]["state"], Value::Null);
    let read = |written: &Value| catalogue::read(&written.to_string()).unwrap();
    let import = async |written: &Value| {
        let file = read(written);
        assert!(file.faults.is_empty(), "{:?}", file.faults);
        app.import(&merchant, file.draft, |_| ()).await
    };
    let same = import(&written).await.unwrap();
    assert!(same.iter().all(|it| it.fate.name() == "unchanged"), "{same:?}");
    // A template of the same file may be named, and a coupon.
    written["message_templates"][0]["id"] = json!("other");
    let ten = json!({"id": "ten", "title": "Ten", "kind": "percent", "value": "10"});
    written["coupons"] = json!([ten]);
    written["automations"][0]["coupon"] = json!({"coupon": "ten", "valid_days": 14});
    written["automations"][0]["steps"][0]["template"] = json!("other");
    import(&written).await.unwrap();
    let saved = post.world.get("/v1/automations/thanks").await.expect(200);
    assert_eq!((&saved["state"], &saved["version"]), (&json!("live"), &json!(2)));
    written["automations"][0]["steps"][0]["template"] = json!("nothing");
    match import(&written).await.unwrap_err() {
        AppError::Invalid(faults) => {
            assert_eq!(faults[0].pointer, "/automations/0/steps/0/template", "{faults:?}");
        }
        other => panic!("{other:?}"),
    }
}

async fn one_month_at_once_is_thirty_days_one_by_one(store: Store) {
    let post = shop(store).await;
    let quiet = json!({"quiet_hours": {"from": "21:00", "to": "08:00"}});
    live(&post, &quiet).await;
    delivered(&post.world, "o-1", "ada").await;
    let begun = post.world.app.now();
    advance(&post, TimeDelta::days(30)).await;
    let moments = async |world: &World| -> Vec<TimeDelta> {
        let all = messages(world).await;
        let at = |it: &Value| text(&it["sent_at"]).parse::<DateTime<Utc>>().unwrap();
        all.iter().map(|it| at(it) - begun).collect()
    };
    let at_once = moments(&post.world).await;
    delivered(&post.world, "o-2", "bob").await;
    let again = post.world.app.now();
    for _ in 0..30 {
        advance(&post, TimeDelta::days(1)).await;
    }
    let all: Vec<TimeDelta> = moments(&post.world).await;
    let bobs: Vec<TimeDelta> = all[2..].iter().map(|it| *it - (again - begun)).collect();
    assert_eq!(bobs, at_once);
}
