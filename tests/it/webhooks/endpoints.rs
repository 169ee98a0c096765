//! Endpoints as a merchant sees them: made, replaced, rotated, removed, and refused.

use axum::http::Method;
use chrono::TimeDelta;
use crossgrade::gateway::Call;
use crossgrade::store::Store;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::fixture::{Post, event, fine, status, text, told};
use crate::support::both;
use crate::world::World;

both! {
    a_secret_is_shown_once,
    a_second_rotation_leaves_the_first_secret_its_day,
    a_test_reaches_the_endpoint_whatever_it_asks_for,
    all_that_was_given_up_is_sent_once_more,
    what_is_wrong_with_an_endpoint_is_said_at_its_place,
    a_version_of_an_endpoint_guards_it,
    another_merchants_endpoint_is_not_there,
    deliveries_are_listed_in_pages_and_by_status,
}

const SHOP: &str = "/v1/webhook-endpoints/shop";

async fn a_secret_is_shown_once(store: Store) {
    let world = World::new(store).await;
    let body = json!({"url": "https://shop.example/hook"});
    let made = world.put(SHOP, body.clone()).await.expect(201);
    let secret = text(&made["secret"]);
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert_eq!(made["events"], json!(["*"]));
    assert_eq!(made["status"], "enabled");
    let replaced = world.put(SHOP, body).await.expect(200);
    let read = world.get(SHOP).await.expect(200);
    let listed = world.get("/v1/webhook-endpoints").await.expect(200);
    assert_eq!((&replaced, &listed["data"][0]), (&read, &read));
    assert_eq!(read["secret"], Value::Null);
    let key = [("idempotency-key", "turn-1")];
    let rotate = format!("{SHOP}/rotate");
    let rotated = world.call(Method::POST, &rotate, &key, None).await.expect(200);
    let fresh = text(&rotated["secret"]);
    assert!(fresh.starts_with("whsec_") && fresh != secret, "{fresh}");
    assert!(rotated["previous_secret_until"].is_string());
    let again = world.call(Method::POST, &rotate, &key, None).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (409, "true"));
    assert!(!again.text.contains("whsec_"));
    world.delete(SHOP).await.expect(204);
    assert_eq!(world.get(SHOP).await.problem(404), "not-found");
    assert_eq!(world.delete(SHOP).await.problem(404), "not-found");
    assert_eq!(world.post(&rotate, json!({})).await.problem(404), "not-found");
}

async fn a_second_rotation_leaves_the_first_secret_its_day(store: Store) {
    let (post, first) = Post::with_shop(store).await;
    let rotate = async || post.world.post(&format!("{SHOP}/rotate"), json!({})).await;
    let second = text(&rotate().await.expect(200)["secret"]);
    let third = text(&rotate().await.expect(200)["secret"]);
    let signed = |call: &Call, secret: &str| {
        let by_hand = Webhook::new(secret).unwrap();
        let signed = by_hand.sign(&call.id, call.at.timestamp(), call.body.as_bytes()).unwrap();
        call.signature.split(' ').any(|one| one == signed)
    };
    post.tag("a").await;
    for call in post.work().await {
        assert_eq!(call.signature.split(' ').count(), 3);
        assert!([&first, &second, &third].into_iter().all(|secret| signed(&call, secret)));
    }
    for _ in 0..8 {
        rotate().await.expect(200);
    }
    assert_eq!(rotate().await.problem(409), "conflict", "ten are in force");
    post.pass(TimeDelta::hours(25));
    post.tag("b").await;
    let call = post.work().await.pop().unwrap();
    assert_eq!(call.signature.split(' ').count(), 1);
    assert!(!signed(&call, &first));
}

async fn a_test_reaches_the_endpoint_whatever_it_asks_for(store: Store) {
    let post = Post::new(store).await;
    post.put("shop", &["invoice.paid"]).await;
    post.put("other", &["*"]).await;
    let made = post.world.post(&format!("{SHOP}/test"), json!({})).await.expect(201);
    assert_eq!(made["type"], "webhook_endpoint.tested");
    // It is made by the time of this machine, which has gone on meanwhile.
    post.pass(TimeDelta::seconds(60));
    let calls = post.work().await;
    let to_shop: Vec<_> = calls.iter().filter(|call| call.url.contains("//shop.")).collect();
    assert_eq!(to_shop.len(), 1);
    assert_eq!(
        (&event(to_shop[0])["subject"], &to_shop[0].id),
        (&json!("shop"), &text(&made["event"]))
    );
    let kinds = told(&calls);
    assert_eq!(kinds.iter().filter(|it| it.starts_with("webhook_endpoint.tested")).count(), 1);
    assert_eq!(post.deliveries().await[0]["status"], "delivered");
    let nowhere = post.world.post("/v1/webhook-endpoints/nope/test", json!({})).await;
    assert_eq!(nowhere.problem(404), "not-found");
}

async fn all_that_was_given_up_is_sent_once_more(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    post.tag("a").await;
    post.work().await;
    post.memory.answer(status(500));
    for id in ["b", "c"] {
        post.tag(id).await;
    }
    for _ in 0..14 {
        post.work().await;
        post.pass(TimeDelta::hours(13));
    }
    let failed = async || {
        let all = post.deliveries().await;
        all.iter().filter(|it| it["status"] == "failed").count()
    };
    assert_eq!(failed().await, 2);
    post.memory.answer(fine);
    let replay = format!("{SHOP}/replay");
    let later = json!({"status": "failed", "since": "2100-01-01T00:00:00Z"});
    assert_eq!(post.world.post(&replay, later).await.expect(200)["replayed"], 0);
    let given_up = json!({"status": "failed"});
    assert_eq!(post.world.post(&replay, given_up).await.expect(200)["replayed"], 2);
    post.pass(TimeDelta::seconds(60));
    assert_eq!(told(&post.work().await), ["tag.saved b", "tag.saved c"]);
    assert_eq!(failed().await, 0);
    assert_eq!(post.world.post(&replay, json!({})).await.expect(200)["replayed"], 3);
    let wrong = post.world.post(&replay, json!({"status": "pending"})).await;
    assert_eq!(wrong.pointers(), ["/status"]);
}

async fn what_is_wrong_with_an_endpoint_is_said_at_its_place(store: Store) {
    let world = World::new(store).await;
    // The body, the places of its faults.
    let table = [
        (json!({}), vec!["/url"]),
        (json!({"url": "shop.example"}), vec!["/url"]),
        (json!({"url": "ftp://shop.example/"}), vec!["/url"]),
        (json!({"url": "https://a:b@shop.example/"}), vec!["/url"]),
        (json!({"url": "https://shop.example/#x"}), vec!["/url"]),
        (json!({"url": "http://127.0.0.1:8080/"}), vec!["/url"]),
        (json!({"url": "http://[::ffff:10.0.0.1]/"}), vec!["/url"]),
        (json!({"url": "http://2130706433/"}), vec!["/url"]),
        (json!({"url": "http://localhost/"}), vec!["/url"]),
        (json!({"url": "https://shop.example/", "events": []}), vec!["/events"]),
        (json!({"url": "https://shop.example/", "events": [7]}), vec!["/events/0"]),
        (
            json!({"url": "https://10.0.0.1/", "events": ["*", "invoice.payed"], "x": 1}),
            vec!["/events/1", "/url", "/x"],
        ),
    ];
    for (body, pointers) in table {
        let answer = world.put(SHOP, body.clone()).await;
        assert_eq!(answer.pointers(), pointers, "{body}");
    }
    let near = world.put(SHOP, json!({"url": "https://a.example/", "events": ["invoce.paid"]}));
    assert!(near.await.text.contains("did you mean 'invoice.paid'?"));
    assert_eq!(world.get(SHOP).await.problem(404), "not-found");
}

async fn a_version_of_an_endpoint_guards_it(store: Store) {
    let world = World::new(store).await;
    let body = |path: &str| json!({"url": format!("https://shop.example/{path}")}).to_string();
    let made = world.call(Method::PUT, SHOP, &[], Some(body("a"))).await;
    let read = world.get(SHOP).await;
    assert_eq!(made.header("etag"), read.header("etag"));
    let fits = [("if-match", made.header("etag"))];
    assert_eq!(world.call(Method::PUT, SHOP, &fits, Some(body("b"))).await.status, 200);
    let stale = world.call(Method::PUT, SHOP, &fits, Some(body("c"))).await;
    assert_eq!(stale.problem(412), "precondition-failed");
    let stale = world.call(Method::DELETE, SHOP, &fits, None).await;
    assert_eq!(stale.problem(412), "precondition-failed");
}

async fn another_merchants_endpoint_is_not_there(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    let world = &post.world;
    let made = json!({"id": "other", "name": "Other"});
    let made = world.post("/v1/merchants", made).await.expect(201);
    let other = world.with_key(&text(&made["key"]));
    post.tag("a").await;
    post.work().await;
    let delivery = text(&post.deliveries().await[0]["id"]);
    let deliveries = format!("{SHOP}/deliveries");
    let replay = format!("{deliveries}/{delivery}/replay");
    for path in [SHOP, deliveries.as_str()] {
        assert_eq!(other.get(path).await.problem(404), "not-found", "{path}");
    }
    for path in [format!("{SHOP}/rotate"), replay.clone()] {
        assert_eq!(other.post(&path, json!({})).await.problem(404), "not-found", "{path}");
    }
    assert_eq!(other.delete(SHOP).await.problem(404), "not-found");
    let none = json!({"data": [], "next_cursor": null});
    assert_eq!(other.get("/v1/webhook-endpoints").await.expect(200), none);
    // Their own of the same name is told nothing of ours.
    let own = json!({"url": "https://elsewhere.example/"});
    other.put(SHOP, own).await.expect(201);
    post.tag("b").await;
    let urls: Vec<_> = post.work().await.into_iter().map(|call| call.url).collect();
    assert_eq!(urls, ["https://shop.example/hook"]);
    assert_eq!(other.post(&replay, json!({})).await.problem(404), "not-found");
    let nothing = world.post(&format!("{deliveries}/nope/replay"), json!({})).await;
    assert_eq!(nothing.problem(404), "not-found");
}

async fn deliveries_are_listed_in_pages_and_by_status(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    for id in ["a", "b", "c"] {
        post.tag(id).await;
    }
    post.work().await;
    post.tag("d").await;
    while post.dispatcher.fan_out().await.unwrap() > 0 {}
    let list =
        async |query: &str| post.world.get(&format!("{SHOP}/deliveries?{query}")).await.expect(200);
    let first = list("limit=3").await;
    let cursor = text(&first["next_cursor"]);
    let second = list(&format!("limit=3&cursor={cursor}")).await;
    assert_eq!(first["data"].as_array().unwrap().len(), 3);
    assert_eq!(
        (&second["next_cursor"], second["data"].as_array().unwrap().len()),
        (&json!(null), 1)
    );
    let done = list("status=delivered").await;
    let ended = &done["data"][0];
    assert_eq!(done["data"].as_array().unwrap().len(), 3);
    assert_eq!((&ended["attempts"], &ended["last_status"]), (&json!(1), &json!(204)));
    assert_eq!((&ended["next_attempt_at"], &ended["type"]), (&json!(null), &json!("tag.saved")));
    let waits = list("status=pending").await;
    assert_eq!(waits["data"].as_array().unwrap().len(), 1);
    assert!(waits["data"][0]["next_attempt_at"].is_string());
    let wrong = post.world.get(&format!("{SHOP}/deliveries?status=gone")).await;
    assert_eq!(wrong.pointers(), ["/status"]);
}
