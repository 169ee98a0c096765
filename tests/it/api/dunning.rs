//! What becomes of invoices that are not paid in time.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, path_of};

both! {
    each_step_is_taken_once_and_goes_on_where_it_stood,
    an_unpaid_invoice_ends_what_is_on_it_without_further_documents,
    steps_that_are_set_later_hold_from_the_next_day_on,
    one_late_run_tells_first_what_was_said_of_an_invoice_and_then_what_it_ended,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A merchant who sells on account, with steps of dunning.
async fn merchant(store: Store, steps: &[(u32, &str)]) -> World {
    let world = World::new(store).await;
    dunning(&world, steps).await;
    world.catalogue().await;
    world
}

async fn dunning(world: &World, steps: &[(u32, &str)]) {
    let step = |(days, action): &(u32, &str)| json!({"after_days": days, "action": action});
    let steps: Vec<Value> = steps.iter().map(step).collect();
    let settings = json!({
        "time_zone": "Europe/Berlin", "locale": "en", "currency": "EUR",
        "purchase_on_account": true, "dunning": steps,
    });
    world.put("/v1/settings", settings).await.expect(200);
}

/// Buys without paying: what it led to.
async fn owe(world: &World, offer: &str) -> Value {
    let opened = world.open("ada", offer).await;
    world.post(&complete(&opened), json!({})).await.expect(200)["result"].clone()
}

/// What was told of dunning, in order.
async fn told(world: &World) -> Vec<String> {
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let events = events["data"].as_array().unwrap().iter().filter_map(|event| {
        let data = &event["data"];
        match event["type"].as_str().unwrap() {
            "invoice.overdue" => Some("overdue".to_owned()),
            "invoice.reminder_due" => Some(format!("reminder {}", data["step"])),
            "subscription.ended" => Some(format!("ended {}", data["reason"])),
            _ => None,
        }
    });
    events.collect()
}

async fn is_sound(world: &World) {
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["ok"], true, "{audit}");
}

async fn each_step_is_taken_once_and_goes_on_where_it_stood(store: Store) {
    let world = merchant(store, &[(3, "remind"), (10, "remind"), (20, "end")]).await;
    let bought = owe(&world, "year").await;
    let invoice = format!("/v1/invoices/{}", text(&bought["invoices"][0]));
    let contract = format!("/v1/subscriptions/{}", text(&bought["subscription"]));
    world.advance("2026-02-14").await;
    assert_eq!(told(&world).await, Vec::<String>::new(), "it may be paid on its day");
    world.advance("2026-02-15").await;
    assert_eq!(told(&world).await, ["overdue"]);
    let overdue = world.get("/v1/invoices?overdue=true").await.expect(200);
    assert_eq!(overdue["data"].as_array().unwrap().len(), 1);
    world.advance("2026-02-17").await;
    let run = || world.post("/v1/billing/runs", json!({}));
    let runs = tokio::join!(run(), run(), run(), run());
    for run in [runs.0, runs.1, runs.2, runs.3] {
        assert!(run.status < 300, "{run:?}");
    }
    assert_eq!(told(&world).await, ["overdue", "reminder 0"]);
    is_sound(&world).await;
    world.post(&format!("{invoice}/pay"), json!({"reference": "late"})).await.expect(200);
    world.advance("2026-03-20").await;
    assert_eq!(told(&world).await, ["overdue", "reminder 0"], "a paid one has no further steps");
    let bounced = json!({"reference": "late", "reason": "no funds"});
    world.post(&format!("{invoice}/unpay"), bounced).await.expect(200);
    run().await;
    assert_eq!(told(&world).await, ["overdue", "reminder 0"], "not on the very day");
    is_sound(&world).await;
    world.advance("2026-03-21").await;
    let now = told(&world).await;
    assert_eq!(now, ["overdue", "reminder 0", "reminder 1", "ended \"unpaid\""]);
    let ended = world.get(&contract).await.expect(200);
    assert_eq!((&ended["status"], &ended["ended_on"]), (&json!("ended"), &json!("2026-03-21")));
    world.advance("2027-03-01").await;
    assert_eq!(told(&world).await, now);
    is_sound(&world).await;
}

async fn an_unpaid_invoice_ends_what_is_on_it_without_further_documents(store: Store) {
    let world = merchant(store, &[(5, "end")]).await;
    world.put("/v1/paths/month-to-year", path_of("next_booking")).await.expect(200);
    let bought = owe(&world, "month").await;
    let change = owe(&world, "year").await["scheduled_change"].clone();
    world.advance("2026-05-31").await;
    let contract = format!("/v1/subscriptions/{}", text(&bought["subscription"]));
    let ended = world.get(&contract).await.expect(200);
    assert_eq!((&ended["ended_on"], &ended["successor_id"]), (&json!("2026-02-19"), &Value::Null));
    let change = world.get(&format!("/v1/scheduled-changes/{}", text(&change))).await.expect(200);
    assert_eq!((&change["status"], &change["reason"]), (&json!("withdrawn"), &json!("unpaid")));
    let invoices = world.get("/v1/invoices").await.expect(200);
    assert_eq!(invoices["data"].as_array().unwrap().len(), 1);
    assert_eq!(invoices["data"][0]["status"], "open");
    assert_eq!(world.get("/v1/credit-notes").await.expect(200)["data"], json!([]));
    assert_eq!(told(&world).await, ["overdue", "ended \"unpaid\""]);
    is_sound(&world).await;
}

async fn one_late_run_tells_first_what_was_said_of_an_invoice_and_then_what_it_ended(store: Store) {
    let world = merchant(store, &[(3, "remind"), (5, "end"), (9, "remind")]).await;
    world.put("/v1/paths/month-to-year", path_of("next_booking")).await.expect(200);
    owe(&world, "month").await;
    owe(&world, "year").await;
    // Nobody bills for weeks.
    let late = "2026-02-27T12:00:00Z".parse().unwrap();
    world.app.clock().as_simulated().unwrap().set(late);
    world.post("/v1/billing/runs", json!({})).await;
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let types: Vec<&str> =
        events["data"].as_array().unwrap().iter().map(|it| it["type"].as_str().unwrap()).collect();
    let expected = [
        "invoice.overdue",
        "invoice.reminder_due",
        "subscription.ended",
        "scheduled_change.withdrawn",
        "invoice.reminder_due",
    ];
    assert!(types.windows(expected.len()).any(|run| run == expected), "{types:?}");
    is_sound(&world).await;
}

async fn steps_that_are_set_later_hold_from_the_next_day_on(store: Store) {
    let world = merchant(store, &[]).await;
    owe(&world, "year").await;
    world.advance("2026-02-20").await;
    assert_eq!(told(&world).await, ["overdue"]);
    dunning(&world, &[(2, "remind"), (30, "remind")]).await;
    is_sound(&world).await;
    world.post("/v1/billing/runs", json!({})).await;
    assert_eq!(told(&world).await, ["overdue"]);
    world.advance("2026-02-21").await;
    assert_eq!(told(&world).await, ["overdue", "reminder 0"]);
    world.advance("2026-03-16").await;
    assert_eq!(told(&world).await, ["overdue", "reminder 0", "reminder 1"]);
    is_sound(&world).await;
}
