//! Deliveries: in order, signed, again and again, until they arrive or are given up.

use chrono::{DateTime, TimeDelta, Utc};
use crossgrade::app::dispatcher::{CLAIM, Dispatcher};
use crossgrade::domain::webhook::Attempt;
use crossgrade::gateway::Call;
use crossgrade::store::{Store, deliveries};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::fixture::{Post, event, fine, status, text, told};
use crate::api::backend::Visitor;
use crate::support::both;
use crate::world::ADMIN_KEY;

both! {
    what_happened_is_told_in_order_and_signed,
    an_endpoint_is_told_what_it_asked_for_from_then_on,
    calls_are_signed_with_both_secrets_for_a_day,
    what_fails_holds_back_its_customer_and_nobody_else,
    what_never_arrives_is_given_up_after_three_days,
    an_endpoint_that_is_gone_goes_on_where_it_stood_once_it_is_back,
    a_delivery_can_be_sent_again,
    dispatchers_share_the_work,
    who_does_not_answer_is_left_alone_for_minutes_then_tried_once_and_whole_again,
    an_answer_of_any_kind_ends_a_silence_and_who_is_asked_again_is_called_at_once,
    what_has_ended_is_forgotten_and_what_waits_is_not,
}

fn verified(call: &Call, secret: &str) -> bool {
    let mut headers = axum::http::HeaderMap::new();
    headers.insert("webhook-id", call.id.parse().unwrap());
    headers.insert("webhook-timestamp", call.at.timestamp().into());
    headers.insert("webhook-signature", call.signature.parse().unwrap());
    Webhook::new(secret).unwrap().verify(call.body.as_bytes(), &headers).is_ok()
}

async fn what_happened_is_told_in_order_and_signed(store: Store) {
    let (post, secret) = Post::with_shop(store).await;
    post.world.catalogue().await;
    post.world.buy("ada", "month").await;
    let calls = post.work().await;
    let recorded = post.world.get("/v1/events?limit=200").await.expect(200);
    let recorded = recorded["data"].as_array().unwrap();
    let own = |event: &&Value| event["type"] == "webhook_endpoint.saved";
    assert_eq!(recorded.iter().filter(own).count(), 1, "its own beginning is not told");
    let mut sent: Vec<Value> = calls.iter().map(event).collect();
    sent.sort_by_key(|event| event["sequence"].as_i64());
    assert_eq!(sent[..], recorded[recorded.len() - sent.len()..]);
    assert_eq!(recorded[recorded.len() - sent.len() - 1]["type"], "webhook_endpoint.saved");
    let adas: Vec<_> = calls.iter().map(event).filter(|e| e["customer"] == "ada").collect();
    let kinds: Vec<_> = adas.iter().map(|event| text(&event["type"])).collect();
    let wanted = [
        "subscription.started",
        "invoice.issued",
        "invoice.paid",
        "payment.received",
        "checkout.completed",
    ];
    assert_eq!(kinds, wanted);
    for call in &calls {
        assert_eq!(call.id, text(&event(call)["id"]));
        assert!(verified(call, &secret), "{call:?}");
        let mut forged = call.clone();
        forged.body.push(' ');
        assert!(!verified(&forged, &secret));
    }
    assert!(post.work().await.is_empty(), "once is enough");
}

async fn an_endpoint_is_told_what_it_asked_for_from_then_on(store: Store) {
    let post = Post::new(store).await;
    post.tag("before").await;
    post.put("tags", &["tag.*"]).await;
    post.put("customers", &["customer.saved", "tag.deleted"]).await;
    post.tag("after").await;
    post.customer("ada").await;
    post.world.delete("/v1/tags/after").await.expect(204);
    let calls = post.work().await;
    let to = |id: &str| -> Vec<String> {
        let url = format!("https://{id}.example/hook");
        told(&calls.iter().filter(|call| call.url == url).cloned().collect::<Vec<_>>())
    };
    assert_eq!(to("tags"), ["tag.saved after", "tag.deleted after"]);
    let mut customers = to("customers");
    customers.sort();
    assert_eq!(customers, ["customer.saved ada", "tag.deleted after"]);
    // Another list of events holds for what is not on its way yet.
    post.tag("late").await;
    while post.dispatcher.fan_out().await.unwrap() > 0 {}
    let body = json!({"url": "https://elsewhere.example/", "events": ["product.*"]});
    post.world.put("/v1/webhook-endpoints/tags", body).await.expect(200);
    post.tag("later").await;
    let calls = post.work().await;
    assert_eq!(told(&calls), ["tag.saved late"]);
    assert_eq!(calls[0].url, "https://elsewhere.example/");
}

async fn calls_are_signed_with_both_secrets_for_a_day(store: Store) {
    let (post, old) = Post::with_shop(store).await;
    let rotated = post.world.post("/v1/webhook-endpoints/shop/rotate", json!({})).await.expect(200);
    let new = text(&rotated["secret"]);
    post.tag("a").await;
    // The rotation itself is told, too.
    for call in post.work().await {
        assert_eq!(call.signature.split(' ').count(), 2);
        assert!(verified(&call, &new) && verified(&call, &old));
    }
    post.pass(TimeDelta::hours(25));
    post.tag("b").await;
    let call = post.work().await.remove(0);
    assert_eq!(call.signature.split(' ').count(), 1);
    let by_hand = Webhook::new(&new).unwrap();
    let signed = by_hand.sign(&call.id, call.at.timestamp(), call.body.as_bytes()).unwrap();
    assert_eq!(call.signature, signed);
}

async fn what_fails_holds_back_its_customer_and_nobody_else(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    post.memory.answer(|call| match event(call)["subject"].as_str() {
        Some("ada") => Attempt::Answered(500, None),
        _ => fine(call),
    });
    post.customer("ada").await;
    post.world.catalogue().await;
    post.world.buy("ada", "month").await;
    post.customer("bob").await;
    let calls = post.work().await;
    let about = |customer: &str| {
        let of = |call: &&Call| {
            let event = event(call);
            event["subject"] == customer || event["customer"] == customer
        };
        told(&calls.iter().filter(of).cloned().collect::<Vec<_>>())
    };
    assert_eq!(about("ada"), ["customer.saved ada"], "the first, and nothing before it is there");
    assert_eq!(about("bob"), ["customer.saved bob"]);
    let waits: Vec<_> =
        post.deliveries().await.into_iter().filter(|d| d["status"] == "pending").collect();
    assert_eq!(waits.len(), 6);
    assert_eq!((&waits[0]["attempts"], &waits[0]["last_status"]), (&json!(1), &json!(500)));
    assert_eq!(waits[0]["last_error"], "answered 500");
    assert_eq!(waits[5]["attempts"], 0);
    post.pass(TimeDelta::seconds(4));
    assert!(post.work().await.is_empty(), "not before its time");
    post.pass(TimeDelta::seconds(1));
    assert_eq!(told(&post.work().await), ["customer.saved ada"]);
    assert!(post.shop().await["failing_since"].is_string());
    post.memory.answer(fine);
    post.pass(TimeDelta::minutes(1));
    let kinds: Vec<_> = post.work().await.iter().map(|call| text(&event(call)["type"])).collect();
    let wanted = [
        "customer.saved",
        "subscription.started",
        "invoice.issued",
        "invoice.paid",
        "payment.received",
        "checkout.completed",
    ];
    assert_eq!(kinds, wanted);
    assert_eq!(post.shop().await["failing_since"], Value::Null);
}

async fn what_never_arrives_is_given_up_after_three_days(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    post.tag("a").await;
    post.memory.answer(|call| match event(call)["sequence"].as_i64() {
        // After the endpoint's own beginning.
        Some(2) => Attempt::Unanswered("no connection".to_owned()),
        _ => fine(call),
    });
    let (begun, mut tried) = (post.clock.now(), 0);
    let rest = loop {
        let calls = post.work().await;
        tried += calls.iter().filter(|call| event(call)["sequence"] == 2).count();
        let delivery = post.deliveries().await.remove(0);
        if delivery["status"] == "failed" {
            assert_eq!(delivery["last_error"], "no connection");
            let ended = (&delivery["next_attempt_at"], &delivery["attempts"]);
            assert_eq!(ended, (&json!(null), &json!(13)));
            break calls.len() - 1;
        }
        assert_eq!(calls.len(), 1, "it holds back its own lane");
        let next: DateTime<Utc> = text(&delivery["next_attempt_at"]).parse().unwrap();
        post.pass(next - post.clock.now());
        post.tag("a").await;
    };
    assert_eq!((tried, post.clock.now() - begun), (13, TimeDelta::days(3)));
    assert_eq!(rest, 12, "given up, it holds back nobody");
    post.memory.answer(fine);
    let again = post.replay(&post.deliveries().await[0]).await;
    assert_eq!((&again["status"], &again["attempts"]), (&json!("pending"), &json!(0)));
    assert_eq!(told(&post.work().await), ["tag.saved a"]);
    assert_eq!(post.deliveries().await[0]["status"], "delivered");
}

async fn an_endpoint_that_is_gone_goes_on_where_it_stood_once_it_is_back(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    post.memory.answer(status(410));
    post.tag("a").await;
    assert_eq!(told(&post.work().await), ["tag.saved a"]);
    let shop = post.shop().await;
    assert_eq!(shop["status"], "disabled");
    assert!(text(&shop["disabled_reason"]).contains("410"), "{shop}");
    post.memory.answer(fine);
    post.tag("b").await;
    post.pass(TimeDelta::days(9));
    assert!(post.work().await.is_empty(), "it is not called");
    let waiting = text(&post.deliveries().await[0]["id"]);
    let replay = format!("/v1/webhook-endpoints/shop/deliveries/{waiting}/replay");
    assert_eq!(post.world.post(&replay, json!({})).await.problem(409), "conflict");
    let body = json!({"url": "https://shop.example/hook"});
    let back = post.world.put("/v1/webhook-endpoints/shop", body).await.expect(200);
    assert_eq!((&back["status"], &back["disabled_reason"]), (&json!("enabled"), &json!(null)));
    let mut calls = told(&post.work().await);
    calls.sort();
    let wanted = [
        "tag.saved a",
        "tag.saved b",
        "webhook_endpoint.disabled shop",
        "webhook_endpoint.saved shop",
    ];
    assert_eq!(calls, wanted);
}

async fn a_delivery_can_be_sent_again(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    post.customer("ada").await;
    let first = post.work().await.remove(0);
    let delivery = post.deliveries().await.remove(0);
    post.memory.answer(status(500));
    post.replay(&delivery).await;
    post.customer("ada").await;
    let calls = post.work().await;
    // Neither waits for the other: who asks for the past holds back nothing of the present.
    assert_eq!(calls.len(), 2);
    assert!(calls.iter().any(|call| call.id == first.id && call.body == first.body));
    post.memory.answer(fine);
    let waits = post.replay(&delivery).await;
    assert_eq!((&waits["status"], &waits["attempts"]), (&json!("pending"), &json!(1)));
    let now = post.work().await;
    assert!(now.iter().any(|call| call.id == first.id), "what waits is tried at once");
    assert_eq!(post.deliveries().await[0]["attempts"], 2);
}

async fn dispatchers_share_the_work(store: Store) {
    let (post, _) = Post::with_shop(store).await;
    for n in 0..40 {
        post.customer(&format!("c{}", n % 20)).await;
    }
    let other = Dispatcher::new(post.world.app.clone(), post.memory.clone(), post.clock.clone());
    let work = async |dispatcher: Dispatcher| {
        while dispatcher.fan_out().await.unwrap() > 0 {}
        loop {
            let due = dispatcher.due(None).await.unwrap();
            let mut none = true;
            for key in due {
                none &= dispatcher.deliver(&key.key).await.unwrap().is_empty();
            }
            // Where the other one still calls, there is nothing to claim.
            if none && dispatcher.backlog().await.unwrap() == 0 {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(work(post.dispatcher.clone()), work(other));
    let calls = post.memory.take();
    assert_eq!(calls.len(), 40, "nothing is told twice");
    for n in 0..20 {
        let of = |call: &&Call| event(call)["subject"] == format!("c{n}");
        let places: Vec<_> =
            calls.iter().filter(of).map(|call| event(call)["sequence"].as_i64()).collect();
        assert!(places.len() == 2 && places.is_sorted(), "{places:?}");
    }
}

fn silent(_: &Call) -> Attempt {
    Attempt::Unanswered("no connection".to_owned())
}

async fn who_does_not_answer_is_left_alone_for_minutes_then_tried_once_and_whole_again(
    store: Store,
) {
    let (post, _) = Post::with_shop(store).await;
    post.memory.answer(silent);
    for n in 0..20 {
        post.customer(&format!("c{n}")).await;
    }
    assert_eq!(post.work().await.len(), 8, "as many as are called at a time");
    let visitor = Visitor::sign_in(&post.world, ADMIN_KEY).await;
    let page = visitor.get("/backend/settings/webhooks/shop/deliveries").await.text;
    assert!(page.contains("does not answer") && page.contains("Left alone until"), "{page}");
    // For how long it is left alone, and how many calls try it then.
    for (nth, seconds) in [5, 60, 300, 300].into_iter().enumerate() {
        let until = text(&post.shop().await["resting_until"]).parse::<DateTime<Utc>>().unwrap();
        assert_eq!(until - post.clock.now(), TimeDelta::seconds(seconds));
        post.pass(TimeDelta::seconds(seconds - 1));
        post.customer(&format!("new-{nth}")).await;
        assert!(post.work().await.is_empty(), "not even of what happens meanwhile");
        post.pass(TimeDelta::seconds(1));
        // However many work on it.
        let key = post.dispatcher.due(None).await.unwrap().remove(0).key;
        let both = tokio::join!(post.dispatcher.deliver(&key), post.dispatcher.deliver(&key));
        assert_eq!(both.0.unwrap().len() + both.1.unwrap().len(), 1);
        assert_eq!((post.work().await.len(), post.shop().await["status"] == "enabled"), (1, true));
    }
    post.memory.answer(fine);
    post.pass(TimeDelta::minutes(5));
    assert_eq!(post.work().await.len(), 24, "all of it, once one has arrived");
    let shop = post.shop().await;
    assert_eq!((&shop["failing_since"], &shop["resting_until"]), (&Value::Null, &Value::Null));
    assert!(post.deliveries().await.iter().all(|it| it["status"] == "delivered"));
}

async fn an_answer_of_any_kind_ends_a_silence_and_who_is_asked_again_is_called_at_once(
    store: Store,
) {
    let (post, _) = Post::with_shop(store).await;
    post.memory.answer(silent);
    for id in ["ada", "bob", "cleo"] {
        post.customer(id).await;
    }
    assert_eq!(post.work().await.len(), 3);
    let waits = post.deliveries().await.remove(0);
    for rests in [60, 300] {
        post.replay(&waits).await;
        assert_eq!(post.work().await.len(), 1, "whoever asks need not wait");
        let until = text(&post.shop().await["resting_until"]).parse::<DateTime<Utc>>().unwrap();
        assert_eq!(until - post.clock.now(), TimeDelta::seconds(rests));
    }
    post.memory.answer(status(500));
    post.pass(TimeDelta::minutes(5));
    // What is answered waits by itself, and holds back nothing else.
    assert_eq!(post.work().await.len(), 3);
    let shop = post.shop().await;
    assert_eq!((shop["failing_since"].is_string(), &shop["resting_until"]), (true, &Value::Null));
}

async fn what_has_ended_is_forgotten_and_what_waits_is_not(store: Store) {
    let (post, _) = Post::with_shop(store.clone()).await;
    post.tag("a").await;
    post.work().await;
    post.memory.answer(status(500));
    post.tag("b").await;
    post.work().await;
    let later = post.clock.now() + CLAIM;
    let purge = async |before| {
        let gone: Result<u64, crossgrade::store::StoreError> =
            crate::support::written(&store, move |tx| {
                Box::pin(async move { deliveries::purge_deliveries(tx, before).await })
            })
            .await;
        gone.unwrap()
    };
    assert_eq!(purge(post.clock.now()).await, 0);
    assert_eq!(purge(later).await, 1);
    assert_eq!(post.deliveries().await.len(), 1);
    assert_eq!(post.dispatcher.backlog().await.unwrap(), 1);
}
