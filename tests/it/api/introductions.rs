//! Introductions over HTTP: how an offer says them, who is granted them, and what is told.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, path_of};

both! {
    an_offer_says_how_it_begins_and_every_fault_has_its_pointer,
    a_newcomer_has_a_trial_and_first_prices_once,
    a_held_checkout_keeps_what_was_granted,
    a_change_that_waits_keeps_what_was_promised,
    the_days_of_a_trial_are_told_and_the_book_adds_up,
}

/// A month that is free for two weeks, then costs 1.00 twice.
fn introduced() -> Value {
    let mut offer = offer_of("intro", "9.90", "P1M");
    offer["trial"] = json!("P14D");
    offer["steps"] = json!([{"price": eur("1.00"), "periods": 2}]);
    offer["tags"] = json!(["intro"]);
    offer
}

async fn shop(store: Store) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/tags/intro", json!({"title": "intro"})).await.expect(201);
    world.put("/v1/products/other", json!({"title": "Other", "kind": "digital"})).await.expect(201);
    world.put("/v1/offers/intro", introduced()).await.expect(201);
    world
}

async fn an_offer_says_how_it_begins_and_every_fault_has_its_pointer(store: Store) {
    let world = shop(store).await;
    let plain = world.get("/v1/offers/month").await.expect(200);
    assert_eq!(
        (&plain["trial"], &plain["steps"], &plain["introduction"]),
        (&Value::Null, &json!([]), &json!("once"))
    );
    let read = world.get("/v1/offers/intro").await.expect(200);
    assert_eq!(read["steps"], json!([{"price": eur("1.00"), "periods": 2}]));
    world.put("/v1/offers/intro", read).await.expect(200);
    let usd = json!({"amount": "1.00", "currency": "USD"});
    let many = vec![json!({"price": eur("1.00"), "periods": 1}); 13];
    for (field, wrong, pointer) in [
        ("trial", json!("two weeks"), "/trial"),
        ("introduction", json!("twice"), "/introduction"),
        ("steps", json!(many), "/steps"),
        ("steps", json!([{"price": usd, "periods": 1}]), "/steps/0/price/currency"),
        ("steps", json!([{"price": eur("1.001"), "periods": 1}]), "/steps/0/price/amount"),
        ("steps", json!([{"price": eur("-1"), "periods": 1}]), "/steps/0/price/amount"),
        ("steps", json!([{"price": eur("1.00"), "periods": 121}]), "/steps/0/periods"),
        ("steps", json!([{"price": eur("1.00"), "periods": 0}]), "/steps/0/periods"),
        ("steps", json!([{"price": eur("1.00")}]), "/steps/0/periods"),
    ] {
        let mut offer = introduced();
        offer[field] = wrong;
        let refused = world.put("/v1/offers/intro", offer).await;
        assert_eq!(refused.pointers(), [pointer], "{field}");
    }
}

async fn a_newcomer_has_a_trial_and_first_prices_once(store: Store) {
    let world = shop(store).await;
    let shown = world.open("ada", "intro").await;
    assert_eq!((&shown["amount_due"], &shown["documents"]), (&eur("0.00"), &json!([])));
    let span = |start: &str, end: &str| json!({"start": start, "end": end});
    assert_eq!(
        shown["introduction"],
        json!({
            "trial": span("2026-01-31", "2026-02-14"),
            "steps": [
                {"price": eur("1.00"), "periods": 2, "period": span("2026-02-14", "2026-04-14")}
            ],
            "then_from": "2026-04-14",
        })
    );
    assert_eq!(shown["next_payment"]["amount_due"], eur("1.00"));
    assert_eq!(shown["commitment"]["cancel_by"], "2026-02-13", "in the trial, for nothing");
    let done = world.post(&complete(&shown), json!({})).await.expect(200);
    let id = done["result"]["subscription"].as_str().unwrap().to_owned();
    let running = world.get(&format!("/v1/subscriptions/{id}")).await.expect(200);
    assert_eq!(
        [&running["trial_until"], &running["next_booking_on"], &running["cancel_by"]],
        [&json!("2026-02-14"), &json!("2026-02-14"), &json!("2026-02-13")]
    );
    assert_eq!(
        [&running["steps_left"], &running["price"], &running["current_period"]],
        [&json!(2), &eur("9.90"), &Value::Null]
    );
    // Offers of the same product know that customer; everybody else is new.
    let offers = world.get("/v1/customers/ada/offers").await.expect(200);
    let of = |id: &str| {
        let all = offers["data"].as_array().unwrap();
        all.iter().find(|it| it["offer"] == id).cloned().unwrap()
    };
    assert_eq!(of("intro")["scenario"], "current");
    world.post(&format!("/v1/subscriptions/{id}/cancel"), json!({"when": "now"})).await.expect(200);
    let again = world.open("ada", "intro").await;
    assert_eq!((&again["introduction"], &again["amount_due"]), (&Value::Null, &eur("9.90")));
    let mut always = introduced();
    always["introduction"] = json!("always");
    world.put("/v1/offers/intro", always).await.expect(200);
    let again = world.open("ada", "intro").await;
    assert_eq!(again["introduction"]["then_from"], "2026-04-14");
}

async fn a_held_checkout_keeps_what_was_granted(store: Store) {
    let world = shop(store).await;
    let (one, two) = (world.open("ada", "intro").await, world.open("ada", "intro").await);
    world
        .post(&format!("/v1/checkouts/{}/hold", one["id"].as_str().unwrap()), json!({}))
        .await
        .expect(200);
    // The same product by another offer, bought meanwhile.
    let month = world.open("ada", "month").await;
    world.post(&complete(&month), paid(&month)).await.expect(200);
    let done = world.post(&complete(&one), json!({})).await.expect(200);
    assert_eq!(done["introduction"], one["introduction"]);
    let stale = world.post(&complete(&two), json!({})).await;
    assert_eq!(stale.status, 409, "what was not held is no more");
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}

async fn a_change_that_waits_keeps_what_was_promised(store: Store) {
    let world = shop(store).await;
    let mut newcomer = introduced();
    (newcomer["products"], newcomer["trial"]) = (json!(["other"]), Value::Null);
    world.put("/v1/offers/intro", newcomer.clone()).await.expect(200);
    let mut path = path_of("next_booking");
    (path["target_tags"], path["introduction"]) = (json!(["intro"]), json!(true));
    (path["title"], path["description"]) =
        (json!("Up"), json!("{introduction}, then {targetPrice}"));
    let saved = world.put("/v1/paths/up", path).await.expect(201);
    assert_eq!(saved["introduction"], true);
    world.buy("ada", "month").await;
    let shown = world.open("ada", "intro").await;
    assert_eq!(
        shown["confirmation"]["text"],
        "€1.00 per month until April 29, 2026, then €9.90 per month"
    );
    world.post(&complete(&shown), json!({})).await.expect(200);
    newcomer["steps"] = json!([]);
    world.put("/v1/offers/intro", newcomer).await.expect(200);
    world.advance("2026-04-30").await;
    let invoices = world.get("/v1/invoices?customer=ada").await.expect(200);
    let gross: Vec<&Value> =
        invoices["data"].as_array().unwrap().iter().map(|it| &it["gross"]["amount"]).collect();
    assert_eq!(gross, ["9.90", "1.00", "1.00", "9.90"].map(|it| json!(it)).each_ref());
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}

async fn the_days_of_a_trial_are_told_and_the_book_adds_up(store: Store) {
    let world = shop(store).await;
    let done = world.buy("ada", "intro").await;
    let id = done["result"]["subscription"].as_str().unwrap().to_owned();
    let left = world.buy("bob", "intro").await;
    let gone = left["result"]["subscription"].as_str().unwrap().to_owned();
    let cancelled = world.post(&format!("/v1/subscriptions/{gone}/cancel"), json!({})).await;
    assert_eq!(cancelled.expect(200)["cancel_on"], "2026-02-14");
    world.advance("2026-03-20").await;
    let days = format!("/v1/subscriptions/{id}/days?from=2026-01-01&to=2026-06-01");
    let days = world.get(&days).await.expect(200);
    let first = &days["data"][0];
    assert_eq!(first["reason"], "trial");
    assert_eq!(first["period"], json!({"start": "2026-01-31", "end": "2026-02-14"}));
    assert_eq!(days["data"].as_array().unwrap().len(), 3);
    let ended = world.get(&format!("/v1/subscriptions/{gone}")).await.expect(200);
    assert_eq!((&ended["status"], &ended["ended_on"]), (&json!("ended"), &json!("2026-02-14")));
    let invoices = world.get("/v1/invoices?customer=bob").await.expect(200);
    assert_eq!(invoices["data"], json!([]));
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}
