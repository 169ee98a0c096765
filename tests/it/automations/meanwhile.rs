//! What changes while somebody is on their way, or was before it was told: purchases, terms,
//! consent and addresses.

use axum::http::Method;
use chrono::TimeDelta;
use crossgrade::app::bring_over::{BringOverDraft, BringOverLine};
use crossgrade::domain::ids::{CustomerId, MerchantId, OfferId};
use crossgrade::domain::merchant::Profile;
use crossgrade::store::Store;
use serde_json::{Value, json};

use super::mails::mailing;
use super::{advance, automation, delivered, first_run, live, messages, order, runs, shop};
use crate::api::backend::Visitor;
use crate::support::both;
use crate::webhooks::fixture::{Post, event, text};
use crate::world::{ADMIN_KEY, World, offer_of};

both! {
    who_has_bought_gets_no_reminder_where_the_delivery_is_told_late,
    who_came_back_is_not_asked_to_by_a_version_that_is_no_longer_the_newest,
    a_cancellation_that_is_taken_back_is_no_purchase_of_who_was_not_asked_to_come_back,
    who_has_not_consented_is_not_sent_what_was_waiting,
    a_mail_that_waited_goes_where_its_customer_is_reached_by_then,
    an_address_that_is_gone_or_spelled_otherwise_is_still_the_one_that_bounced,
    who_was_deleted_is_not_written_to_again,
    who_is_brought_over_without_wanting_messages_is_among_those_who_are_sent_none,
    early_buyers_are_listed_where_they_are_counted,
    a_first_purchase_of_before_counts_though_it_starts_nobody,
    an_address_that_no_mail_reaches_is_told_where_it_is_saved,
    a_link_to_an_offer_that_is_not_sold_any_more_says_so,
    all_that_is_wrong_with_a_coupon_of_ones_own_is_told_at_once,
}

/// A shop with subscriptions whose endpoint wants messages, and an automation of one message.
async fn subscriptions(store: Store, change: &Value) -> Post {
    let post = Post::new(store).await;
    post.put("shop", &["message.send"]).await;
    post.world.catalogue().await;
    live(&post, &one_step(change)).await;
    post
}

fn one_step(change: &Value) -> Value {
    let mut change = change.clone();
    change["steps"] = json!([{"key": "one", "delay": "PT1H", "channel": "webhook",
        "template": {"subject": "One", "text": "Hello"}}]);
    change
}

async fn report(world: &World) -> Value {
    world.get("/v1/automations/thanks/report").await.expect(200)
}

/// What became of the messages.
async fn became(world: &World) -> Vec<String> {
    messages(world).await.iter().map(|it| text(&it["status"])).collect()
}

async fn who_has_bought_gets_no_reminder_where_the_delivery_is_told_late(store: Store) {
    let post = subscriptions(store, &json!({})).await;
    let world = &post.world;
    for (id, customer) in [("o-1", "ada"), ("o-2", "bob")] {
        order(world, id, customer).await;
        world.post(&format!("/v1/orders/{id}/paid"), json!({})).await.expect(200);
    }
    advance(&post, TimeDelta::hours(3)).await;
    let at = world.app.now();
    advance(&post, TimeDelta::hours(20)).await;
    world.buy("ada", "month").await;
    advance(&post, TimeDelta::hours(1)).await;
    for id in ["o-1", "o-2"] {
        world.post(&format!("/v1/orders/{id}/delivered"), json!({"at": at})).await.expect(200);
    }
    assert_eq!(first_run(world).await, "exited purchased ");
    assert_eq!(runs(world).await[1]["status"], "active", "who has not bought");
    advance(&post, TimeDelta::days(9)).await;
    let calls = post.memory.take();
    assert_eq!(calls.len(), 1);
    assert_eq!(event(&calls[0])["customer"], "bob");
    assert_eq!(report(world).await["bought_pct"], "50.0");
}

async fn who_came_back_is_not_asked_to_by_a_version_that_is_no_longer_the_newest(store: Store) {
    let post = subscriptions(store, &json!({"trigger": "subscription_cancelled"})).await;
    let world = &post.world;
    let bought = world.buy("ada", "month").await;
    let path = format!("/v1/subscriptions/{}", text(&bought["result"]["subscription"]));
    let end = json!({"when": "end_of_term"});
    world.post(&format!("{path}/cancel"), end).await.expect(200);
    assert_eq!(first_run(world).await, "active  one");
    let other = automation(&one_step(&json!({"trigger": "subscription_started"})));
    world.put("/v1/automations/thanks", other).await.expect(200);
    world.post(&format!("{path}/uncancel"), json!({})).await.expect(200);
    assert_eq!(first_run(world).await, "exited purchased ");
    assert_eq!(report(world).await["bought_pct"], "100.0", "as that version counts");
    advance(&post, TimeDelta::days(9)).await;
    assert_eq!(post.memory.take().len(), 0);
}

async fn a_cancellation_that_is_taken_back_is_no_purchase_of_who_was_not_asked_to_come_back(
    store: Store,
) {
    let post = subscriptions(store, &json!({"trigger": "subscription_started"})).await;
    let world = &post.world;
    let bought = world.buy("ada", "month").await;
    advance(&post, TimeDelta::hours(2)).await;
    let message = text(&messages(world).await[0]["id"]);
    let read = json!({"event_id": "r", "kind": "read", "at": world.app.now()});
    world.post(&format!("/v1/messages/{message}/events"), read).await.expect(200);
    advance(&post, TimeDelta::hours(2)).await;
    let path = format!("/v1/subscriptions/{}", text(&bought["result"]["subscription"]));
    let end = json!({"when": "end_of_term"});
    world.post(&format!("{path}/cancel"), end).await.expect(200);
    world.post(&format!("{path}/uncancel"), json!({})).await.expect(200);
    let told = report(world).await;
    assert_eq!((&told["purchased_pct"], &told["bought_pct"]), (&json!("0.0"), &json!("0.0")));
    assert_eq!(told["steps"][0]["attributed_orders"], 0);
}

async fn who_has_not_consented_is_not_sent_what_was_waiting(store: Store) {
    let (post, server) = mailing(store, "").await;
    let world = &post.world;
    let bob = json!({"email": "bob@example.com", "messages": true});
    world.put("/v1/customers/bob", bob).await.expect(201);
    server.answer(&[("RCPT", "450 4.2.0 come back later")]);
    delivered(world, "o-1", "ada").await;
    delivered(world, "o-2", "bob").await;
    advance(&post, TimeDelta::hours(1)).await;
    assert_eq!(became(world).await, ["queued", "queued"]);
    world.put("/v1/settings", json!({"messages_by_consent": true})).await.expect(200);
    server.answer(&[]);
    server.commands();
    advance(&post, TimeDelta::minutes(30)).await;
    let (runs, all) = (runs(world).await, messages(world).await);
    let of = |list: &[Value], customer: &str, name: &str| {
        let one = list.iter().find(|it| it["customer"] == customer).unwrap();
        text(&one[name])
    };
    assert_eq!(of(&all, "ada", "status"), "dropped");
    assert_eq!(of(&runs, "ada", "exit_reason"), "unsubscribed");
    assert_eq!(of(&all, "bob", "status"), "sent", "who has consented");
    let said = server.commands();
    let to: Vec<&String> = said.iter().filter(|line| line.starts_with("RCPT")).collect();
    assert_eq!(to, ["RCPT TO:<bob@example.com>"]);
}

async fn a_mail_that_waited_goes_where_its_customer_is_reached_by_then(store: Store) {
    let (post, server) = mailing(store, "").await;
    let world = &post.world;
    let bob = json!({"email": "bob@example.com"});
    world.put("/v1/customers/bob", bob).await.expect(201);
    server.answer(&[("RCPT", "450 4.2.0 come back later")]);
    delivered(world, "o-1", "ada").await;
    delivered(world, "o-2", "bob").await;
    advance(&post, TimeDelta::hours(1)).await;
    let moved = json!({"name": "Ada", "email": "new@example.com"});
    world.put("/v1/customers/ada", moved).await.expect(200);
    world.put("/v1/customers/bob", json!({})).await.expect(200);
    server.answer(&[]);
    server.commands();
    advance(&post, TimeDelta::minutes(30)).await;
    let said = server.commands();
    let to: Vec<&String> = said.iter().filter(|line| line.starts_with("RCPT")).collect();
    assert_eq!(to, ["RCPT TO:<new@example.com>"]);
    let reasons: Vec<String> =
        runs(world).await.iter().map(|it| text(&it["exit_reason"])).collect();
    assert_eq!(reasons, ["", "undeliverable"]);
}

async fn an_address_that_is_gone_or_spelled_otherwise_is_still_the_one_that_bounced(store: Store) {
    let (post, server) = mailing(store, "").await;
    let world = &post.world;
    server.answer(&[("RCPT", "550 5.1.1 nobody of that name")]);
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(1)).await;
    let suppressed = async || {
        let listed = world.get("/v1/suppressions").await.expect(200);
        listed["data"].as_array().unwrap().len()
    };
    assert_eq!(suppressed().await, 1);
    for (email, wanted) in [
        (json!("Ada@EXAMPLE.com"), 1),
        (Value::Null, 1),
        (json!("ada@example.com"), 1),
        (json!("ada@example.org"), 0),
    ] {
        let profile = json!({"name": "Ada", "email": email});
        world.put("/v1/customers/ada", profile).await.expect(200);
        assert_eq!(suppressed().await, wanted, "{email}");
    }
}

async fn who_was_deleted_is_not_written_to_again(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({})).await;
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(25)).await;
    let data = event(&post.memory.take()[0])["data"].clone();
    let link = text(&data["unsubscribe_link"]);
    let link = link.strip_prefix("http://localhost:8080").unwrap();
    world.delete("/v1/customers/ada").await.expect(204);
    let refused = world.delete("/v1/suppressions/ada").await;
    assert_eq!(refused.problem(409), "forgotten");
    assert_eq!(world.with_key("").get(link).await.status, 404);
    let listed = world.get("/v1/suppressions").await.expect(200);
    assert_eq!(listed["data"][0]["reason"], "forgotten");
}

async fn who_is_brought_over_without_wanting_messages_is_among_those_who_are_sent_none(
    store: Store,
) {
    let post = subscriptions(store, &json!({})).await;
    let world = &post.world;
    for (id, customer) in [("o-1", "ada"), ("o-2", "bob")] {
        delivered(world, id, customer).await;
    }
    let merchant = MerchantId::stored("default".to_owned());
    let line = |line: usize, customer: &str, messages: Option<bool>| BringOverLine {
        line,
        draft: BringOverDraft {
            customer: CustomerId::stored(customer.to_owned()),
            offer: OfferId::stored("month".to_owned()),
            id: None,
            parent: None,
            price: None,
            started_on: "2026-01-15".parse().unwrap(),
            current_period: None,
            current_term: None,
            cancel_on: None,
            brought_over: None,
        },
        profile: Profile {
            messages,
            name: Some(customer.to_owned()),
            locale: Some("en".to_owned()),
            ..Profile::default()
        },
        is_named: false,
        exported: None,
    };
    let lines = vec![line(1, "ada", Some(false)), line(2, "bob", None), line(3, "cy", Some(false))];
    let arrived = world.app.bring_over_page(&merchant, lines).await.unwrap();
    assert_eq!(arrived.new.len(), 3, "{arrived:?}");
    let listed = world.get("/v1/suppressions").await.expect(200);
    let rows = listed["data"].as_array().unwrap().iter();
    let rows: Vec<_> = rows.map(|it| (text(&it["customer"]), text(&it["reason"]))).collect();
    let profile = || "profile".to_owned();
    assert_eq!(rows, [("ada".to_owned(), profile()), ("cy".to_owned(), profile())]);
    assert_eq!(first_run(world).await, "exited unsubscribed ");
    assert_eq!(runs(world).await[1]["status"], "active", "of whom nothing is said");
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let told = |kind: &str| {
        events["data"].as_array().unwrap().iter().filter(|it| it["type"] == kind).count()
    };
    assert_eq!((told("customer.suppressed"), told("run.exited")), (2, 1));
    world.delete("/v1/suppressions/ada").await.expect(204);
    advance(&post, TimeDelta::days(2)).await;
    assert_eq!(post.memory.take().len(), 1, "to who has not left");
}

async fn early_buyers_are_listed_where_they_are_counted(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    live(&post, &json!({"conversion_counts_as": "completed"})).await;
    for n in 0..3 {
        delivered(world, &format!("o-{n}"), &format!("c-{n}")).await;
    }
    advance(&post, TimeDelta::hours(25)).await;
    let first = messages(world).await.remove(0);
    let read = json!({"event_id": "r", "kind": "read", "at": world.app.now()});
    world.post(&format!("/v1/messages/{}/events", text(&first["id"])), read).await.expect(200);
    order(world, "again", &text(&first["customer"])).await;
    let other = text(&messages(world).await[1]["customer"]);
    world.put(&format!("/v1/suppressions/{other}"), json!({})).await.expect(200);
    let told = report(world).await;
    assert_eq!((&told["exited"], &told["completed"]), (&json!(1), &json!(1)), "{told}");
    let visitor = Visitor::sign_in(world, ADMIN_KEY).await;
    let page = visitor.get("/backend/automations/thanks/report").await.text;
    let page = page.replace("&#x3D;", "=");
    for (state, whose) in [("left", &other), ("through", &text(&first["customer"]))] {
        let list = format!("/backend/automations/thanks/runs?status={state}");
        assert!(page.contains(&list), "{page}");
        let list = visitor.get(&list).await.text;
        assert_eq!(list.matches("<th scope=\"row\">").count(), 1, "{state}: {list}");
        assert!(list.contains(whose.as_str()), "{state}");
    }
}

async fn a_first_purchase_of_before_counts_though_it_starts_nobody(store: Store) {
    let post = subscriptions(store, &json!({})).await;
    let world = &post.world;
    let line = json!({"product": "paper", "quantity": 1, "unit_net": "10.00"});
    let over = json!({"id": "o-1", "customer": "ada", "channel": "mail", "currency": "EUR",
        "brought_over": true, "lines": [line]});
    world.post("/v1/orders", over).await.expect(201);
    for step in ["paid", "delivered"] {
        world.post(&format!("/v1/orders/o-1/{step}"), json!({})).await.expect(200);
    }
    assert_eq!(report(world).await["trigger"], json!({"first_purchases": 1, "started": 0}));
    let other = automation(&one_step(&json!({"trigger": "subscription_started"})));
    world.put("/v1/automations/thanks", other).await.expect(200);
    let body = json!({"customer": "bob", "offer": "month", "started_on": "2026-01-15"});
    world.post("/v1/subscriptions", body).await.expect(201);
    assert_eq!(report(world).await["trigger"]["first_purchases"], 1);
    world.buy("cy", "month").await;
    assert_eq!(report(world).await["trigger"]["first_purchases"], 2);
}

async fn an_address_that_no_mail_reaches_is_told_where_it_is_saved(store: Store) {
    let post = shop(store).await;
    let world = &post.world;
    let long = format!("{}@example.org", "a".repeat(65));
    for wrong in ["a..b@example.org", ".a.@example.org", long.as_str()] {
        let answer = world.put("/v1/customers/bob", json!({"email": wrong})).await;
        assert_eq!(answer.pointers(), ["/email"], "{wrong}");
    }
    world.put("/v1/customers/bob", json!({"email": "a.b@example.org"})).await.expect(201);
}

async fn a_link_to_an_offer_that_is_not_sold_any_more_says_so(store: Store) {
    let post = subscriptions(store, &json!({})).await;
    let world = &post.world;
    let steps = json!([{"key": "offer", "delay": "PT1H", "channel": "webhook", "checkout": "month",
        "template": {"subject": "s", "text": "{link}"}}]);
    let body = automation(&json!({"steps": steps}));
    world.put("/v1/automations/thanks", body).await.expect(200);
    delivered(world, "o-1", "ada").await;
    advance(&post, TimeDelta::hours(1)).await;
    let data = event(&post.memory.take()[0])["data"].clone();
    let link = text(&data["link"]).strip_prefix("http://localhost:8080").unwrap().to_owned();
    let mut gone = offer_of("month", "9.90", "P1M");
    gone["active"] = json!(false);
    world.put("/v1/offers/month", gone).await.expect(200);
    let stranger = world.with_key("");
    for (language, wanted) in [
        ("en", "This offer is not sold any more."),
        ("de", "Dieses Angebot wird nicht mehr verkauft."),
    ] {
        let headers = [("user-agent", "Firefox"), ("accept-language", language)];
        let told = stranger.call(Method::GET, &link, &headers, None).await;
        assert_eq!(told.status, 409);
        assert!(told.text.contains(wanted), "{}", told.text);
        assert!(!told.text.contains("offer-inactive"), "{}", told.text);
    }
}

async fn all_that_is_wrong_with_a_coupon_of_ones_own_is_told_at_once(store: Store) {
    let world = World::new(store).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let form = "custom=yes&%2Ftitle=&%2Fkind=percent&%2Fvalue=120&%2Fvalid_days=400";
    let told = visitor.post("/backend/automations/+set-up", form, &[]).await;
    assert_eq!(told.status, 422, "{}", told.text);
    assert!(told.text.contains("Write a whole number from 1 to 365"), "{}", told.text);
    assert_eq!(told.text.matches("aria-invalid").count(), 3, "{}", told.text);
}
