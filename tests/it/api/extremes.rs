//! The ends of what can be said: the first and the last years, the longest periods, the largest
//! amounts. Each is taken and comes out right, or is refused by name when it is sent.

use crossgrade::app::test_clock::ClockTarget;
use crossgrade::server::ServerOptions;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, path_of};

both! {
    a_book_of_the_first_years_runs_as_any_other,
    a_book_of_the_last_years_runs_as_any_other,
    the_clock_stays_within_its_years,
    the_longest_periods_and_largest_prices_are_billed_to_the_cent,
    what_is_brought_over_lies_near_today,
    two_of_the_largest_amounts_can_be_paid_at_once,
}

const LARGEST: &str = "10000000000000.00";

async fn world_at(store: Store, day: &str) -> World {
    let moment = Some(ClockTarget::parse(day).unwrap());
    let world =
        World::serving(store, moment, "http://localhost:8080", ServerOptions::default()).await;
    world.catalogue().await;
    world
}

/// Month to year along every transition, and what is booked thereafter.
async fn live(world: &World, steps: [&str; 2]) {
    let transitions =
        ["immediate", "immediate_next_booking", "last_booking", "next_booking", "end_of_term"];
    for transition in transitions {
        world.put("/v1/paths/month-to-year", path_of(transition)).await.expect(200);
        world.buy(transition, "month").await;
        let done = world.buy(transition, "year").await;
        assert_eq!(done["transition"], transition);
    }
    for day in steps {
        let run = world.advance(day).await;
        assert_eq!(run["failures"], json!([]), "{run}");
    }
    for list in ["subscriptions", "invoices", "credit-notes", "events", "checkouts"] {
        let listed = world.get(&format!("/v1/{list}?limit=200")).await.expect(200);
        assert_ne!(listed["data"], json!([]), "{list}");
    }
    let active = world.get("/v1/subscriptions?status=active").await.expect(200);
    assert_eq!(active["data"].as_array().map(Vec::len), Some(5));
    for it in active["data"].as_array().unwrap() {
        assert_eq!(it["offer"], "year", "{it}");
        let next = it["next_booking_on"].as_str().unwrap();
        assert!(next.len() == 10 && next > steps[1], "{it}");
    }
}

async fn a_book_of_the_first_years_runs_as_any_other(store: Store) {
    let world = world_at(store, "1000-01-31").await;
    live(&world, ["1000-03-01", "1002-03-01"]).await;
}

async fn a_book_of_the_last_years_runs_as_any_other(store: Store) {
    let world = world_at(store, "8997-01-31").await;
    live(&world, ["8997-03-01", "8999-12-31"]).await;
}

async fn the_clock_stays_within_its_years(store: Store) {
    let world = world_at(store, "8999-12-31").await;
    let advance = |to: &'static str| world.post("/v1/test-clock/advance", json!({"to": to}));
    for bad in ["9001-01-01", "9999-12-31", "9999-12-31T23:59:59Z", "0999-12-31", "0001-01-01"] {
        let answer = advance(bad).await;
        assert_eq!(answer.pointers(), ["/to"], "{bad}");
        assert!(answer.text.contains("of the years 1000 to 9000"), "{answer:?}");
    }
    advance("9000-12-31").await.expect(200);
    for outside in ["0999-12-31", "9001-01-01", "0000-01-01", "+12000-01-01", "-0001-01-01"] {
        assert_eq!(ClockTarget::parse(outside), None, "{outside}");
    }
}

async fn the_longest_periods_and_largest_prices_are_billed_to_the_cent(store: Store) {
    let world = world_at(store, "8800-02-29").await;
    world.put("/v1/offers/month", offer_of("month", LARGEST, "P100D")).await.expect(200);
    let year = offer_of("year", LARGEST, "P100Y");
    world.put("/v1/offers/year", year).await.expect(200);
    let mut path = path_of("immediate");
    path["proration"] = json!("day");
    world.put("/v1/paths/month-to-year", path.clone()).await.expect(200);
    world.buy("ada", "month").await;
    let done = world.buy("ada", "year").await;
    assert_eq!(done["amount_due"], eur("0.00"), "{done}");
    path["transition"] = json!("immediate_next_booking");
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    world.buy("bob", "month").await;
    let done = world.buy("bob", "year").await;
    assert_eq!(done["effective_on"], "8800-02-29");
    let run = world.advance("9000-12-31").await;
    assert_eq!(run["failures"], json!([]), "{run}");
    let active = world.get("/v1/subscriptions?status=active").await.expect(200);
    let ends: Vec<&Value> =
        active["data"].as_array().unwrap().iter().map(|it| &it["current_period"]["end"]).collect();
    assert_eq!(ends, [&json!("9100-02-28"), &json!("9100-06-08")], "{active}");
    for customer in ["ada", "bob"] {
        let path = format!("/v1/invoices?customer={customer}&limit=200");
        let invoices = world.get(&path).await.expect(200);
        let last = invoices["data"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["gross"], eur(LARGEST), "{last}");
    }
}

async fn what_is_brought_over_lies_near_today(store: Store) {
    let world = world_at(store, "2026-01-31").await;
    world
        .put("/v1/offers/day", {
            let mut day = offer_of("month", "1.00", "P1D");
            day["tags"] = json!([]);
            day
        })
        .await
        .expect(201);
    let span = |start: &str, end: &str| json!({"start": start, "end": end});
    let bring = |body: Value| {
        let mut whole = json!({"customer": "ada", "offer": "day", "started_on": "0001-01-01"});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let world = world.clone();
        async move { world.post("/v1/subscriptions", whole).await }
    };
    let table = [
        (json!({"current_period": span("0001-01-01", "0001-01-02")}), "/current_period/end"),
        (json!({"current_period": span("9990-01-01", "9990-01-02")}), "/current_period/start"),
        (
            json!({"current_period": span("2026-01-31", "2026-02-01"),
                "current_term": span("2026-01-31", "9999-12-31")}),
            "/current_term/end",
        ),
        (json!({"cancel_on": "9999-12-31"}), "/cancel_on"),
    ];
    for (body, pointer) in table {
        assert_eq!(bring(body.clone()).await.pointers(), [pointer], "{body}");
    }
    let customers = world.get("/v1/customers").await.expect(200);
    assert_eq!(customers["data"], json!([]));
    let brought = bring(json!({})).await.expect(201);
    assert_eq!(brought["started_on"], "0001-01-01");
    assert_eq!(brought["current_period"], span("2026-01-31", "2026-02-01"));
    assert_eq!(world.advance("2026-02-03").await["booked"], 3);
}

async fn two_of_the_largest_amounts_can_be_paid_at_once(store: Store) {
    let world = world_at(store, "2026-01-31").await;
    for (offer, period) in [("month", "P1M"), ("year", "P1Y")] {
        let body = offer_of(offer, LARGEST, period);
        world.put(&format!("/v1/offers/{offer}"), body).await.expect(200);
    }
    let over = offer_of("month", "10000000000000.01", "P1M");
    let refused = world.put("/v1/offers/month", over).await;
    assert_eq!(refused.pointers(), ["/price/amount"]);
    let mut path = path_of("last_booking");
    path["optional"] = json!(true);
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let month = world.open("ada", "month").await;
    world.post(&complete(&month), paid(&month)).await.expect(200);
    let both = world.open("ada", "year").await;
    // The month was paid, and stands on the new invoice beside the year.
    assert_eq!(both["amount_due"], eur(LARGEST));
    assert_eq!(both["documents"][1]["gross"], eur("20000000000000.00"), "{both}");
    world.post(&complete(&both), paid(&both)).await.expect(200);
    let settings = json!({"purchase_on_account": true});
    world.put("/v1/settings", settings).await.expect(200);
    let month = world.open("bob", "month").await;
    world.post(&complete(&month), json!({})).await.expect(200);
    let both = world.open("bob", "year").await;
    assert_eq!(both["amount_due"], eur("20000000000000.00"));
    let done = world.post(&complete(&both), paid(&both)).await.expect(200);
    assert_eq!(done["status"], "completed");
}
