//! The test clock and billing runs.

use std::time::Duration;

use crossgrade::store::Store;
use serde_json::json;

use super::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, World, path_of};

both! {
    a_test_clock_moves_forward_only,
    the_run_of_an_advance_is_read_again,
    every_server_of_a_book_follows_its_clock,
    the_clock_is_moved_by_the_operator_alone,
    servers_that_differ_by_seconds_at_midnight_agree_on_the_day,
    without_a_test_clock_there_is_none,
    a_date_means_its_start_where_the_merchant_is,
    billing_runs_are_waited_for_or_not,
}

async fn a_test_clock_moves_forward_only(store: Store) {
    let world = World::new(store).await;
    let clock = world.get("/v1/test-clock").await.expect(200);
    assert_eq!(clock, json!({"now": "2026-01-30T23:00:00Z", "today": "2026-01-31"}));
    world.catalogue().await;
    world.buy("ada", "month").await;
    let run = world.advance("2026-03-31").await;
    assert_eq!((&run["booked"], &run["invoices"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&run["now"], &run["today"]),
        (&json!("2026-03-30T22:00:00Z"), &json!("2026-03-31"))
    );
    assert_eq!((&run["status"], &run["failures"]), (&json!("completed"), &json!([])));
    let advance = async |to: &str| world.post("/v1/test-clock/advance", json!({"to": to})).await;
    assert_eq!(advance("2026-03-30").await.problem(422), "clock-backwards");
    assert_eq!(advance("2026-03-30T21:59:59Z").await.problem(422), "clock-backwards");
    for wrong in ["soon", "2026-02-30", "2026-03-31T25:00:00Z"] {
        assert_eq!(advance(wrong).await.pointers(), ["/to"], "{wrong}");
    }
    let same = world.advance("2026-03-31").await;
    assert_eq!(same["now"], "2026-03-30T22:00:00Z");
    let later = world.advance("2026-03-31T12:30:00+02:00").await;
    assert_eq!(later["now"], "2026-03-31T10:30:00Z");
}

async fn every_server_of_a_book_follows_its_clock(store: Store) {
    let one = World::new(store.clone()).await;
    let other = World::new(store).await;
    one.catalogue().await;
    one.buy("ada", "month").await;
    let left = one.open("eve", "month").await;
    one.advance("2026-03-05").await;
    let path = format!("/v1/checkouts/{}", left["id"].as_str().unwrap());
    assert_eq!(other.get(&path).await.expect(200)["status"], "expired");
    let open = other.get("/v1/checkouts?status=open").await.expect(200);
    assert_eq!(open["data"], json!([]));
    let bought = other.buy("bob", "month").await;
    let invoice = bought["result"]["invoices"][0].as_str().unwrap();
    let invoice = other.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(invoice["issued_on"], "2026-03-05");
    assert_eq!(other.get("/v1/test-clock").await.expect(200)["today"], "2026-03-05");
    let back = other.post("/v1/test-clock/advance", json!({"to": "2026-03-04"})).await;
    assert_eq!(back.problem(422), "clock-backwards");
    assert_eq!(one.get("/v1/audit").await.expect(200)["faults"], json!([]));
}

async fn the_clock_is_moved_by_the_operator_alone(store: Store) {
    let world = World::new(store).await;
    let made = world.post("/v1/merchants", json!({"id": "zoe", "name": "Zoe"})).await.expect(201);
    let zoe = world.with_key(made["key"].as_str().unwrap());
    let before = world.get("/v1/test-clock").await.expect(200);
    let refused = zoe.post("/v1/test-clock/advance", json!({"to": "2026-03-05"})).await;
    assert_eq!(refused.problem(403), "forbidden");
    assert!(refused.json["detail"].as_str().unwrap().contains("default"), "{refused:?}");
    let visitor = Visitor::sign_in(&zoe, made["key"].as_str().unwrap()).await;
    assert!(!visitor.get("/backend").await.text.contains("/backend/clock"));
    let own = Visitor::sign_in(&world, ADMIN_KEY).await;
    assert!(own.get("/backend").await.text.contains("/backend/clock"));
    assert_eq!(world.get("/v1/test-clock").await.expect(200), before);
    world.advance("2026-03-05").await;
    assert_eq!(zoe.get("/v1/test-clock").await.expect(200)["today"], "2026-03-05");
}

async fn servers_that_differ_by_seconds_at_midnight_agree_on_the_day(store: Store) {
    let ahead = World::new(store.clone()).await;
    let behind = World::new(store).await;
    ahead.catalogue().await;
    let mut path = path_of("immediate");
    path["proration"] = json!("day");
    ahead.put("/v1/paths/month-to-year", path).await.expect(200);
    ahead.buy("ada", "month").await;
    ahead.advance("2026-02-27").await;
    behind.get("/v1/test-clock").await.expect(200);
    // Each goes on by its own clock from here: 31 seconds lie between them, and midnight.
    let set = |world: &World, at: &str| {
        let at = chrono::DateTime::parse_from_rfc3339(at).unwrap().to_utc();
        world.app.clock().as_simulated().unwrap().set(at);
    };
    set(&ahead, "2026-02-28T00:00:10+01:00");
    set(&behind, "2026-02-27T23:59:39+01:00");
    ahead.post("/v1/billing/runs", json!({})).await.expect(200);
    let table = [(&behind, "ada", "year"), (&ahead, "bob", "year"), (&behind, "bob", "month")];
    for (world, customer, offer) in table {
        let done = world.buy(customer, offer).await;
        let invoice = done["result"]["invoices"][0].as_str().unwrap();
        let invoice = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
        assert_eq!(invoice["issued_on"], "2026-02-28", "{customer}");
    }
    // Whom nobody has decided about on the next day yet, the other one may still be early for.
    let done = behind.buy("cyd", "month").await;
    let invoice = done["result"]["invoices"][0].as_str().unwrap();
    let invoice = behind.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!(invoice["issued_on"], "2026-02-27");
    for world in [&ahead, &behind] {
        assert_eq!(world.get("/v1/audit").await.expect(200)["faults"], json!([]));
    }
}

async fn the_run_of_an_advance_is_read_again(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    for day in ["2026-03-31", "2026-03-31"] {
        let run = world.advance(day).await;
        let id = run["id"].as_str().unwrap();
        let read = world.get(&format!("/v1/billing/runs/{id}")).await.expect(200);
        for field in ["id", "status", "as_of", "booked", "invoices", "failures"] {
            assert_eq!(read[field], run[field], "{field}");
        }
    }
}

async fn without_a_test_clock_there_is_none(store: Store) {
    let world = World::on(store, None).await;
    assert_eq!(world.get("/v1/test-clock").await.problem(404), "not-found");
    let answer = world.post("/v1/test-clock/advance", json!({"to": "2030-01-01"})).await;
    assert_eq!(answer.problem(404), "not-found");
}

async fn a_date_means_its_start_where_the_merchant_is(store: Store) {
    let world = World::new(store).await;
    let zone = |zone: &str| json!({"time_zone": zone});
    world.put("/v1/settings", zone("America/New_York")).await.expect(200);
    let clock = world.get("/v1/test-clock").await.expect(200);
    assert_eq!(clock, json!({"now": "2026-01-31T05:00:00Z", "today": "2026-01-31"}));
    // It never goes back, and stays once there is a customer.
    world.put("/v1/settings", zone("Asia/Tokyo")).await.expect(200);
    let clock = world.get("/v1/test-clock").await.expect(200);
    assert_eq!(clock, json!({"now": "2026-01-31T05:00:00Z", "today": "2026-01-31"}));
    world.put("/v1/customers/ada", json!({})).await.expect(201);
    world.put("/v1/settings", zone("Pacific/Honolulu")).await.expect(200);
    let clock = world.get("/v1/test-clock").await.expect(200);
    assert_eq!(clock, json!({"now": "2026-01-31T05:00:00Z", "today": "2026-01-30"}));
}

async fn billing_runs_are_waited_for_or_not(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let future = world.post("/v1/billing/runs", json!({"as_of": "2026-02-01"})).await;
    assert_eq!(future.pointers(), ["/as_of"]);
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!((&run["status"], &run["as_of"]), (&json!("completed"), &json!("2026-01-31")));
    assert_eq!(run["booked"], 0);
    let started = world.post("/v1/billing/runs", json!({"wait": false})).await.expect(202);
    assert_eq!(started["status"], "running");
    let path = format!("/v1/billing/runs/{}", started["id"].as_str().unwrap());
    let mut shown = world.get(&path).await.expect(200);
    for _ in 0..100 {
        if shown["status"] != "running" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        shown = world.get(&path).await.expect(200);
    }
    assert_eq!(shown["status"], "completed");
    let listed = world.get("/v1/billing/runs").await.expect(200);
    assert_eq!(listed["data"], json!([run, shown]));
    assert_eq!(world.get("/v1/billing/runs/run_nope").await.problem(404), "not-found");
}
