//! The audit of a whole book, and the ledger of days: a book of every kind is sound and each of
//! its days has an answer; damaged by hand in every way, the damage is named.

mod damage;

use crossgrade::app::App;
use crossgrade::app::start::Start;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::store::samples::{ids, merchant, purchase, stock, store as keep};
use crate::support::both;
use crate::world::{World, eur, offer_of, paid_with};

both! {
    each_day_has_its_answer,
    what_is_asked_of_days_must_make_sense,
    statements_grow_with_the_pages_and_not_with_the_book,
}

/// A path from the month to an offer.
fn to(target: &str, transition: &str, rest: &[(&str, Value)]) -> Value {
    let mut path = json!({
        "internal_title": target, "title": "T", "description": "D", "source_tags": ["month"],
        "target_tags": [target], "transition": transition,
    });
    for (name, value) in rest {
        path[*name] = value.clone();
    }
    path
}

/// A book of every kind of change, on 5 March. Who did what stands in the code.
pub(crate) async fn book(store: Store) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    let day = ("proration", json!("day"));
    for (offer, price, transition, rest) in [
        ("now", "12.00", "immediate", vec![day.clone()]),
        ("cheap", "1.00", "immediate", vec![day.clone()]),
        ("gone", "30.00", "immediate", vec![]),
        ("back", "20.00", "last_booking", vec![]),
        ("soon", "15.00", "immediate_next_booking", vec![]),
        ("less", "2.00", "immediate_next_booking", vec![day.clone()]),
        ("beside", "4.00", "immediate_next_booking", vec![day, ("optional", json!(true))]),
    ] {
        world.put(&format!("/v1/tags/{offer}"), json!({"title": offer})).await.expect(201);
        let body = offer_of(offer, price, "P1M");
        world.put(&format!("/v1/offers/{offer}"), body).await.expect(201);
        let body = to(offer, transition, &rest);
        world.put(&format!("/v1/paths/{offer}"), body).await.expect(201);
    }
    for customer in ["ada", "bob", "cyd", "dan", "fay", "hal", "ian", "joe"] {
        world.buy(customer, "month").await;
    }
    let over = json!({
        "customer": "eve", "offer": "month", "started_on": "2025-12-15",
        "current_period": {"start": "2026-01-15", "end": "2026-02-15"},
        "brought_over": {"gross": eur("7.90"), "paid": true},
    });
    world.post("/v1/subscriptions", over).await.expect(201);
    world.advance("2026-02-10").await;
    for (customer, offer) in [
        ("ada", "year"),
        ("bob", "now"),
        ("cyd", "back"),
        ("dan", "beside"),
        ("eve", "back"),
        ("fay", "cheap"),
        ("hal", "soon"),
        ("ian", "less"),
        ("joe", "gone"),
    ] {
        world.buy(customer, offer).await;
    }
    for (offer, from, price) in [("beside", "2026-02-28", "5.00"), ("soon", "2026-12-01", "16.00")]
    {
        let raise = json!({
            "effective_from": from, "price": eur(price), "subscriptions": "all", "notice_days": 0,
        });
        world.post(&format!("/v1/offers/{offer}/price-changes"), raise).await.expect(201);
    }
    let payout = json!({"amount": eur("2.00"), "reference": "out"});
    world.post("/v1/customers/fay/payouts", payout).await.expect(201);
    let invoices = world.get("/v1/invoices?customer=bob").await.expect(200);
    let last =
        invoices["data"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
    let bounced = json!({"reference": paid_with(&world, &last).await, "reason": "no funds"});
    world.post(&format!("/v1/invoices/{last}/unpay"), bounced).await.expect(200);
    world.advance("2026-03-05").await;
    world.buy("gus", "month").await;
    world.buy("gus", "year").await;
    orders(&world).await;
    world
}

/// An order that was paid, paid back in part, and has taken what was offered after it.
async fn orders(world: &World) {
    let pin = json!({"title": "Pin", "kind": "physical", "stock": 9, "unit_net": eur("4.90")});
    world.put("/v1/products/pin", pin).await.expect(201);
    let hat = json!({"title": "Hat", "kind": "physical", "unit_net": eur("10.00")});
    world.put("/v1/products/hat", hat).await.expect(201);
    let hats = json!({"title": "Hats", "channels": ["web"], "offered_product": "hat"});
    world.put("/v1/campaigns/hats", hats).await.expect(201);
    let extra = json!({
        "title": "A hat", "buy": {"units": {"of": {"product": "pin"}, "min": 1}},
        "get": [{"product": "hat", "stock": 5}],
    });
    world.put("/v1/gift-rules/extra", extra).await.expect(201);
    let line = json!({"product": "pin", "quantity": 2, "unit_net": "4.90"});
    let order = json!({"id": "o-1", "channel": "web", "currency": "EUR", "lines": [line]});
    world.post("/v1/orders", order).await.expect(201);
    for step in ["upsell", "upsell/accept", "paid"] {
        world.post(&format!("/v1/orders/o-1/{step}"), json!({})).await.expect(200);
    }
    let back = json!({"amount": eur("4.90"), "event_id": "r-1"});
    world.post("/v1/orders/o-1/refunded", back).await.expect(200);
}

async fn audit(world: &World) -> Value {
    world.get("/v1/audit").await.expect(200)
}

/// The days of the customer's subscription on an offer, in short.
async fn days(world: &World, customer: &str, offer: &str, query: &str) -> Vec<String> {
    let found = world.get(&format!("/v1/subscriptions?customer={customer}&offer={offer}")).await;
    let found = found.expect(200);
    let id = found["data"][0]["id"].as_str().unwrap();
    let days = world.get(&format!("/v1/subscriptions/{id}/days{query}")).await.expect(200);
    let mut told = Vec::new();
    for run in days["data"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let by = match &run["document"] {
            Value::Null => text(&run["reason"]),
            document => {
                let invoice = world.get(&format!("/v1/invoices/{}", text(document))).await;
                let invoice = invoice.expect(200);
                let line =
                    &invoice["lines"][usize::try_from(run["line"].as_u64().unwrap()).unwrap()];
                assert_eq!(line["subscription"], json!(id), "{run}");
                text(&line["kind"])
            }
        };
        let (start, end) = (text(&run["period"]["start"]), text(&run["period"]["end"]));
        told.push(format!(
            "{} {} {by}",
            start.trim_start_matches("2026-"),
            end.trim_start_matches("2026-")
        ));
    }
    told
}

async fn each_day_has_its_answer(store: Store) {
    let world = book(store).await;
    let sound = audit(&world).await;
    assert_eq!((&sound["ok"], &sound["faults"]), (&json!(true), &json!([])));
    assert!(sound["checked"].as_u64().unwrap() > 60, "{sound}");
    for (customer, offer, expected) in [
        ("ada", "month", vec!["01-31 02-28 period"]),
        ("ada", "year", vec!["02-28 2027-02-28 period"]),
        ("bob", "month", vec!["01-31 02-10 period", "02-10 02-28 credited"]),
        ("bob", "now", vec!["02-10 03-10 period"]),
        ("cyd", "month", vec!["01-31 02-28 credited"]),
        ("cyd", "back", vec!["01-31 02-28 period", "02-28 03-31 period"]),
        ("dan", "month", vec!["01-31 02-28 period", "02-28 03-31 period"]),
        ("dan", "beside", vec!["02-10 02-28 bridge", "02-28 03-31 period"]),
        ("eve", "month", vec!["2025-12-15 01-15 brought-over", "01-15 02-15 credited"]),
        ("eve", "back", vec!["01-15 02-15 period", "02-15 03-15 period"]),
        ("hal", "soon", vec!["02-10 02-28 bridge", "02-28 03-31 period"]),
        ("ian", "month", vec!["01-31 02-10 period", "02-10 02-28 credited"]),
        ("ian", "less", vec!["02-10 02-28 bridge", "02-28 03-31 period"]),
        ("joe", "month", vec!["01-31 02-10 period"]),
    ] {
        assert_eq!(days(&world, customer, offer, "").await, expected, "{customer} {offer}");
    }
    let part = "?from=2026-02-05&to=2026-02-15";
    let expected = ["02-05 02-10 period", "02-10 02-15 credited"];
    assert_eq!(days(&world, "bob", "month", part).await, expected);
    let before = "?from=2025-01-01&to=2025-02-01";
    assert_eq!(days(&world, "bob", "month", before).await, [""; 0]);
}

async fn what_is_asked_of_days_must_make_sense(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let bought = world.buy("ada", "month").await;
    let id = bought["result"]["subscription"].as_str().unwrap();
    for (query, pointers) in [
        ("from=soon", vec!["/from"]),
        ("from=2026-02-30", vec!["/from"]),
        ("to=2026-2-1", vec!["/to"]),
        ("from=2026-02-10&to=2026-02-10", vec!["/to"]),
        ("until=2026-02-10", vec!["/until"]),
    ] {
        let answer = world.get(&format!("/v1/subscriptions/{id}/days?{query}")).await;
        assert_eq!(answer.pointers(), pointers, "{query}");
    }
    let nobodys = world.get("/v1/subscriptions/sub_nobodys/days").await;
    assert_eq!(nobodys.problem(404), "not-found");
}

async fn statements_grow_with_the_pages_and_not_with_the_book(store: Store) {
    stock(&store).await;
    let start = Start {
        test_clock: None,
        seed: [7; 32],
        public_url: String::new(),
        reach: EndpointReach::Public,
    };
    let app = App::start(store.clone(), start).await.unwrap();
    let mut fresh = ids(1);
    let mut spent = Vec::new();
    // So many customers in all: a page and another, both much fuller, and then two more.
    for (seed, upto) in [(2, 10), (3, 240), (4, 260), (5, 760)] {
        let from = [0, 10, 240, 260][usize::from(seed - 2)];
        keep(&store, (from..upto).map(|n| purchase(n, &mut fresh)).collect(), seed).await;
        let before = store.statements();
        let sound = app.audit(&merchant()).await.unwrap();
        // Each customer has three things; and there are two products.
        assert_eq!((sound.faults, sound.checked), (vec![], 3 * u64::try_from(upto).unwrap() + 2));
        spent.push(store.statements() - before);
    }
    let page = spent[2] - spent[1];
    assert_eq!(spent[0], spent[1], "{spent:?}");
    assert!(page <= 13, "{spent:?}");
    assert_eq!(spent[3], spent[2] + 2 * page, "{spent:?}");
}
