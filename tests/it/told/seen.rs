//! A retry never buys what nobody was shown: what went stale once is held and completed only for
//! who names the stamp of what it has become.

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{Answer, World, complete, offer_of, paid, path_of, seen};

both! {
    a_request_sent_again_is_refused_again_whatever_had_changed,
    the_stamp_of_what_it_became_completes_it,
    what_went_stale_is_held_only_by_its_stamp,
    a_key_replays_the_refusal_and_another_is_refused_anew,
    every_open_or_held_checkout_shows_its_stamp_and_no_other,
}

async fn edit_offer(world: &World, id: &str, price: &str, period: &str) {
    world.put(&format!("/v1/offers/{id}"), offer_of(id, price, period)).await.expect(200);
}

/// What may have changed meanwhile.
const CHANGES: [&str; 4] = ["price", "path", "cancelled", "period"];

async fn change(world: &World, what: &str, checkout: &Value) {
    match what {
        "price" => edit_offer(world, "year", "149.00", "P1Y").await,
        "period" => edit_offer(world, "year", "99.00", "P1M").await,
        "path" => drop(world.delete("/v1/paths/month-to-year").await),
        "cancelled" => {
            let source = checkout["source_subscription"].as_str().unwrap();
            let path = format!("/v1/subscriptions/{source}/cancel");
            world.post(&path, json!({})).await.expect(200);
        }
        _ => unreachable!("{what}"),
    }
}

async fn restore(world: &World) {
    world.put("/v1/offers/year", offer_of("year", "99.00", "P1Y")).await;
    world.put("/v1/paths/month-to-year", path_of("next_booking")).await;
}

async fn contracts(world: &World, customer: &str) -> (usize, usize) {
    let listed = async |kind: &str| {
        let listed = world.get(&format!("/v1/{kind}?customer={customer}")).await.expect(200);
        listed["data"].as_array().unwrap().len()
    };
    (listed("subscriptions").await, listed("scheduled-changes").await)
}

async fn a_request_sent_again_is_refused_again_whatever_had_changed(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for what in CHANGES {
        world.buy(what, "month").await;
        let shown = world.open(what, "year").await;
        change(&world, what, &shown).await;
        for _ in 0..3 {
            let again = world.post(&complete(&shown), paid(&shown)).await;
            assert_eq!(again.problem(409), "checkout-stale", "{what}");
            let fresh = &again.json["checkout"];
            assert_ne!(fresh["stamp"], shown["stamp"], "{what}");
            let old = world.post(&complete(&shown), seen(&shown)).await;
            assert_eq!(old.problem(409), "checkout-stale", "{what}");
        }
        assert_eq!(contracts(&world, what).await, (1, 0), "{what}");
        restore(&world).await;
    }
}

async fn the_stamp_of_what_it_became_completes_it(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let shown = world.open("ada", "year").await;
    edit_offer(&world, "year", "149.00", "P1Y").await;
    let first = world.post(&complete(&shown), paid(&shown)).await;
    let fresh = &first.json["checkout"];
    let gross = &fresh["next_payment"]["document"]["gross"]["amount"];
    assert_eq!((first.problem(409), gross), ("checkout-stale", &json!("149.00")));
    // It may go stale once more, and then the second stamp is an old one, too.
    edit_offer(&world, "year", "159.00", "P1Y").await;
    let second = world.post(&complete(&shown), seen(fresh)).await;
    assert_eq!(second.problem(409), "checkout-stale");
    // Back at what was seen first, who saw that may go on, and nobody else.
    edit_offer(&world, "year", "149.00", "P1Y").await;
    assert_eq!(world.post(&complete(&shown), json!({})).await.problem(409), "checkout-stale");
    let third = world.post(&complete(&shown), json!({})).await;
    let done = world.post(&complete(&shown), seen(&third.json["checkout"])).await.expect(200);
    assert_eq!((&done["status"], &done["stamp"]), (&json!("completed"), &Value::Null));
    let again = world.post(&complete(&shown), json!({})).await.expect(200);
    assert_eq!(again, done, "completing twice is the same as once");
}

async fn what_went_stale_is_held_only_by_its_stamp(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    world.buy("ada", "month").await;
    let shown = world.open("ada", "year").await;
    let act = async |what: &str, body: Value| -> Answer {
        let id = shown["id"].as_str().unwrap();
        world.post(&format!("/v1/checkouts/{id}/{what}"), body).await
    };
    let wrong = act("hold", json!({"stamp": "another"})).await;
    assert_eq!(wrong.problem(409), "checkout-stale");
    act("hold", json!({"stamp": shown["stamp"]})).await.expect(200);
    assert_eq!(act("hold", json!({"stamp": "another"})).await.problem(409), "checkout-stale");
    act("release", json!({})).await.expect(200);
    // It has not gone stale yet: nothing needs to be said.
    act("hold", json!({})).await.expect(200);
    act("release", json!({})).await.expect(200);
    edit_offer(&world, "year", "149.00", "P1Y").await;
    let stale = act("hold", json!({})).await;
    assert_eq!(stale.problem(409), "checkout-stale");
    assert_eq!(act("hold", json!({})).await.problem(409), "checkout-stale");
    let fresh = stale.json["checkout"].clone();
    let held = act("hold", json!({"stamp": fresh["stamp"]})).await.expect(200);
    assert_eq!((&held["status"], &held["stamp"]), (&json!("held"), &fresh["stamp"]));
    let other = world.post(&complete(&shown), seen(&shown)).await;
    assert_eq!(other.problem(409), "checkout-stale", "held is what it became");
    // Who holds it has seen it.
    let done = world.post(&complete(&shown), paid(&held)).await.expect(200);
    assert_eq!(done["amount_due"], held["amount_due"]);
}

async fn a_key_replays_the_refusal_and_another_is_refused_anew(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let shown = world.open("ada", "year").await;
    edit_offer(&world, "year", "149.00", "P1Y").await;
    let send = async |key: &str, body: Value| {
        let headers = [("idempotency-key", key)];
        world.call(Method::POST, &complete(&shown), &headers, Some(body.to_string())).await
    };
    for key in ["one", "one", "two", "two"] {
        let refused = send(key, json!({})).await;
        let kind = refused.json["type"].as_str().unwrap_or_default();
        assert!(refused.status == 409 && kind.ends_with("/checkout-stale"), "{key}: {refused:?}");
    }
    let fresh = world.get(&format!("/v1/checkouts/{}", shown["id"].as_str().unwrap())).await;
    send("three", seen(&fresh.json)).await.expect(200);
}

async fn every_open_or_held_checkout_shows_its_stamp_and_no_other(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let open = world.open("ada", "month").await;
    let path = format!("/v1/checkouts/{}", open["id"].as_str().unwrap());
    assert!(open["stamp"].is_string());
    let held = world.post(&format!("{path}/hold"), json!({})).await.expect(200);
    assert_eq!(held["stamp"], open["stamp"]);
    let done = world.post(&complete(&open), seen(&open)).await.expect(200);
    assert_eq!(done["stamp"], Value::Null);
    let late = world.open("bob", "month").await;
    world.advance("2026-02-01").await;
    let late = world.get(&format!("/v1/checkouts/{}", late["id"].as_str().unwrap())).await.json;
    assert_eq!((&late["status"], &late["stamp"]), (&json!("expired"), &Value::Null));
}
