//! A held checkout completes as it was shown, whatever happens meanwhile; and what would change
//! that has to wait.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{Answer, World, complete, eur, offer_of, paid, paid_with, path_of};

both! {
    what_was_shown_is_issued_after_midnight_a_billing_run_every_edit_and_a_restart,
    a_change_for_the_next_booking_is_applied_once_when_it_completes_on_that_day,
    a_lapsed_hold_is_open_again_and_billing_catches_up_at_once,
    an_advance_names_who_is_still_held_at_its_end_and_nobody_else,
    a_released_checkout_is_open_again_with_the_time_that_was_left,
    nobody_else_touches_a_held_source,
    what_is_completed_after_midnight_is_dated_as_its_number_says,
    a_rewritten_invoice_keeps_its_day_after_midnight,
    a_customer_who_is_held_again_and_again_is_billed_in_between,
    what_the_change_draws_on_stays_there,
    an_ordinary_purchase_is_held_against_a_second_one,
    every_mode_that_was_shown_can_be_picked_while_held,
    what_cannot_be_held_or_released_says_why,
    the_day_does_not_go_back_under_a_held_checkout,
}

/// Ten minutes before the customer's next booking day begins.
const EVE: &str = "2026-02-27T23:50:00+01:00";

/// Past midnight, within fifteen minutes of [`EVE`].
const AFTER: &str = "2026-02-28T00:03:00+01:00";

async fn world(store: Store, transition: &str, proration: &str) -> World {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut path = path_of(transition);
    path["proration"] = json!(proration);
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    world
}

async fn act(world: &World, checkout: &Value, what: &str) -> Answer {
    let id = checkout["id"].as_str().unwrap();
    world.post(&format!("/v1/checkouts/{id}/{what}"), json!({})).await
}

async fn hold(world: &World, customer: &str, offer: &str) -> Value {
    let checkout = world.open(customer, offer).await;
    let held = act(world, &checkout, "hold").await.expect(200);
    assert_eq!(held["status"], "held");
    for (member, value) in checkout.as_object().unwrap() {
        if !["status", "held_until", "expires_at"].contains(&member.as_str()) {
            assert_eq!(held[member], *value, "{member}");
        }
    }
    held
}

async fn list(world: &World, path: &str) -> Vec<Value> {
    world.get(path).await.expect(200)["data"].as_array().unwrap().clone()
}

async fn a_customer_who_is_held_again_and_again_is_billed_in_between(store: Store) {
    let world = world(store, "next_booking", "none").await;
    world.buy("ada", "month").await;
    world.advance(EVE).await;
    let first = hold(&world, "ada", "year").await;
    let run = world.advance(AFTER).await;
    assert_eq!(run["booked"], json!(0), "it is held past midnight");
    act(&world, &first, "release").await.expect(200);
    let invoices = async || list(&world, "/v1/invoices?customer=ada").await.len();
    let again = world.open("ada", "year").await;
    for _ in 0..3 {
        act(&world, &again, "hold").await.expect(200);
        act(&world, &again, "release").await.expect(200);
        assert_eq!(invoices().await, 1, "nobody came to bill");
    }
    let held = act(&world, &again, "hold").await;
    assert!([200, 409].contains(&held.status), "{held:?}");
    assert_eq!(invoices().await, 2, "billing came first");
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!((&run["booked"], &run["failures"]), (&json!(0), &json!([])));
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["faults"], json!([]));
}

/// How a run names a customer who is held from [`EVE`] on.
fn held_back(customer: &str) -> Value {
    let held = "a checkout holds this customer until 2026-02-27T23:05:00Z: bill again then, or the \
                worker does it by itself";
    json!([{"customer": customer, "reason": held}])
}

async fn an_advance_names_who_is_still_held_at_its_end_and_nobody_else(store: Store) {
    let world = world(store, "next_booking", "none").await;
    world.buy("ada", "month").await;
    world.advance(EVE).await;
    hold(&world, "ada", "year").await;
    let told = |run: &Value| (run["booked"].clone(), run["failures"].clone());
    // Nobody else is due, so there is nothing to run for; left out she is all the same.
    let run = world.advance(AFTER).await;
    assert_eq!(told(&run), (json!(0), held_back("ada")));
    let path = format!("/v1/billing/runs/{}", run["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.expect(200)["failures"], held_back("ada"), "it is kept so");
    let run = world.advance("2026-02-28T00:10:00+01:00").await;
    assert_eq!(told(&run), (json!(1), json!([])));
    // Bob is billed at midnight, while she is held; she is later in the same advance.
    world.advance("2026-03-05").await;
    let bob = json!({"customer": "bob", "offer": "month", "started_on": "2026-01-31"});
    world.post("/v1/subscriptions", bob).await.expect(201);
    world.advance("2026-03-30T23:50:00+02:00").await;
    for invoice in list(&world, "/v1/invoices?customer=ada&status=open").await {
        let id = invoice["id"].as_str().unwrap();
        let paid = json!({"reference": id});
        world.post(&format!("/v1/invoices/{id}/pay"), paid).await.expect(200);
    }
    let held = hold(&world, "ada", "year").await;
    let run = world.advance("2026-04-10").await;
    assert_eq!(told(&run), (json!(2), json!([])), "{held}");
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["faults"], json!([]));
}

/// Compares the documents of a completed checkout with those that were shown, ids and numbers
/// apart, and how many days later they are dated.
async fn issued_as_shown(world: &World, shown: &Value, done: &Value, later: i64) {
    let result = &done["result"];
    let mut issued = Vec::new();
    for (kind, at) in [("credit_notes", "credit-notes"), ("invoices", "invoices")] {
        for id in result[kind].as_array().unwrap() {
            let path = format!("/v1/{at}/{}", id.as_str().unwrap());
            issued.push(world.get(&path).await.expect(200));
        }
    }
    let shown = shown["documents"].as_array().unwrap();
    assert_eq!(shown.len(), issued.len());
    for (shown, issued) in shown.iter().zip(&issued) {
        for member in ["kind", "net", "tax", "gross", "credit_applied"] {
            assert_eq!(shown[member], issued[member], "{member}");
        }
        for member in ["issued_on", "due_on"] {
            let day = |document: &Value| {
                let text = document[member].as_str();
                text.map(|day| day.parse::<chrono::NaiveDate>().unwrap())
            };
            let dated = day(shown).map(|day| day + chrono::TimeDelta::days(later));
            assert_eq!(dated, day(issued), "{member}");
        }
        let lines = |document: &Value| {
            let lines = document["lines"].as_array().unwrap().iter();
            let told = |line: &Value| {
                (line["kind"].clone(), line["period"].clone(), line["gross"].clone())
            };
            lines.map(told).collect::<Vec<_>>()
        };
        assert_eq!(lines(shown), lines(issued));
    }
}

async fn what_was_shown_is_issued_after_midnight_a_billing_run_every_edit_and_a_restart(
    store: Store,
) {
    let world = world(store.clone(), "immediate", "day").await;
    let month = world.buy("ada", "month").await["result"]["subscription"].clone();
    world.advance(EVE).await;
    let shown = hold(&world, "ada", "year").await;
    assert_eq!(shown["held_until"], "2026-02-27T23:05:00Z");
    let run = world.advance(AFTER).await;
    assert_eq!((&run["booked"], &run["failures"]), (&json!(0), &held_back("ada")));
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    let named = held_back("ada");
    assert_eq!((&run["booked"], &run["failures"]), (&json!(0), &named), "asked for, it is named");
    let mut path = path_of("end_of_term");
    path["valid_until"] = json!("2026-02-01");
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    world.delete("/v1/paths/month-to-year").await;
    let mut year = offer_of("year", "500.00", "P1M");
    year["active"] = json!(false);
    year["tags"] = json!([]);
    world.put("/v1/offers/year", year).await.expect(200);
    assert_eq!(world.delete("/v1/offers/year").await.problem(409), "still-in-use");
    let settings = json!({"payment_days": 3, "time_zone": "Asia/Tokyo", "locale": "de"});
    world.put("/v1/settings", settings).await.expect(200);
    let world = World::new(store).await;
    let seen = act(&world, &shown, "hold").await.expect(200);
    assert_eq!(seen, shown);
    let done = world.post(&complete(&shown), paid(&shown)).await.expect(200);
    issued_as_shown(&world, &shown, &done, 1).await;
    for member in ["documents", "considered", "confirmation", "effective_on", "amount_due"] {
        assert_eq!(done[member], shown[member], "{member}");
    }
    let month = format!("/v1/subscriptions/{}", month.as_str().unwrap());
    let month = world.get(&month).await.expect(200);
    assert_eq!((&month["status"], &month["ended_on"]), (&json!("ended"), &json!("2026-02-27")));
    assert_eq!(list(&world, "/v1/invoices?customer=ada").await.len(), 2);
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!(run["booked"], 0);
    let run = world.advance("2027-02-27").await;
    assert_eq!((&run["booked"], &run["invoices"]), (&json!(1), &json!(1)));
    let told = list(&world, "/v1/events?limit=200").await;
    let held: Vec<_> = told.iter().filter(|event| event["type"] == "checkout.held").collect();
    assert_eq!(held.len(), 1);
}

async fn what_is_completed_after_midnight_is_dated_as_its_number_says(store: Store) {
    let world = world(store, "immediate", "day").await;
    world.buy("ada", "month").await;
    world.advance("2026-02-20").await;
    world.advance(EVE).await;
    let shown = hold(&world, "ada", "year").await;
    world.advance(AFTER).await;
    world.buy("bob", "month").await;
    let done = world.post(&complete(&shown), paid(&shown)).await.expect(200);
    assert_eq!(done["documents"], shown["documents"], "it cannot go stale");
    let days = async |path: &str| -> Vec<(i64, String)> {
        let all = list(&world, path).await;
        let told = |it: &Value| {
            (it["number"].as_i64().unwrap(), it["issued_on"].as_str().unwrap().to_owned())
        };
        let mut all: Vec<_> = all.iter().map(told).collect();
        all.sort_unstable();
        all
    };
    let [old, new] = ["2026-01-31", "2026-02-28"].map(str::to_owned);
    assert_eq!(days("/v1/invoices").await, [(1, old), (2, new.clone()), (3, new.clone())]);
    assert_eq!(days("/v1/credit-notes").await, [(1, new)]);
    let invoice = &list(&world, "/v1/invoices?customer=ada").await[1];
    assert_eq!(invoice["due_on"], "2026-03-14", "two weeks from its day of issue");
    assert_eq!(invoice["lines"][0]["period"]["start"], "2026-02-27", "all else as it was held");
    assert_eq!(invoice["payments"][0]["paid_on"], "2026-02-28");
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["faults"], json!([]));
}

async fn a_rewritten_invoice_keeps_its_day_after_midnight(store: Store) {
    let world = world(store, "last_booking", "none").await;
    world.archive_beside_month().await;
    world.buy("ada", "month").await;
    world.buy("ada", "archive").await;
    world.advance("2026-03-02T23:50:00+01:00").await;
    assert_eq!(list(&world, "/v1/invoices?customer=ada").await[1]["due_on"], "2026-03-14");
    let shown = hold(&world, "ada", "year").await;
    assert_eq!(shown["documents"][1]["due_on"], "2026-03-14", "for the archive on it");
    world.advance("2026-03-03T00:03:00+01:00").await;
    world.post(&complete(&shown), paid(&shown)).await.expect(200);
    let invoice = &list(&world, "/v1/invoices?customer=ada").await[2];
    assert_eq!((&invoice["gross"], &invoice["due_on"]), (&eur("103.00"), &json!("2026-03-14")));
}

async fn a_change_for_the_next_booking_is_applied_once_when_it_completes_on_that_day(store: Store) {
    let world = world(store, "next_booking", "none").await;
    world.buy("ada", "month").await;
    world.advance(EVE).await;
    let shown = hold(&world, "ada", "year").await;
    assert_eq!(world.advance(AFTER).await["booked"], 0);
    let done = world.post(&complete(&shown), json!({})).await.expect(200);
    assert_eq!(done["effective_on"], "2026-02-28");
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!((&run["changes_applied"], &run["booked"]), (&json!(1), &json!(1)));
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!((&run["changes_applied"], &run["booked"]), (&json!(0), &json!(0)));
    let invoices = list(&world, "/v1/invoices?customer=ada").await;
    assert_eq!(invoices.len(), 2);
    assert_eq!(
        (&invoices[1]["gross"], &invoices[1]["issued_on"]),
        (&eur("99.00"), &json!("2026-02-28"))
    );
}

async fn a_lapsed_hold_is_open_again_and_billing_catches_up_at_once(store: Store) {
    let world = world(store, "immediate", "none").await;
    world.buy("ada", "month").await;
    world.buy("bob", "month").await;
    world.advance(EVE).await;
    let shown = hold(&world, "ada", "year").await;
    let due = |run: Value| (run["booked"].clone(), run["invoices"].clone());
    assert_eq!(due(world.advance(AFTER).await), (json!(1), json!(1)), "only bob's");
    assert_eq!(list(&world, "/v1/checkouts?status=held").await.len(), 1);
    // The hold lapses at five past midnight, and the month is booked on this very day.
    assert_eq!(due(world.advance("2026-03-05").await), (json!(1), json!(1)));
    let invoices = list(&world, "/v1/invoices?customer=ada").await;
    assert_eq!(invoices[1]["issued_on"], "2026-02-28");
    let mut fresh = world.open("ada", "year").await;
    act(&world, &fresh, "hold").await.expect(200);
    world.advance("2026-03-05T00:15:00+01:00").await;
    fresh = act(&world, &fresh, "hold").await.expect(200);
    assert_eq!(fresh["held_until"], "2026-03-04T23:30:00Z", "a lapsed one is held anew");
    world.advance("2026-03-05T00:30:00+01:00").await;
    assert_eq!(list(&world, "/v1/checkouts?status=open").await.len(), 1);
    world.post(&complete(&fresh), paid(&fresh)).await.expect(200);
    let expired = world.post(&complete(&shown), paid(&shown)).await;
    assert_eq!(expired.problem(410), "checkout-expired");
}

async fn a_released_checkout_is_open_again_with_the_time_that_was_left(store: Store) {
    let world = world(store, "immediate", "none").await;
    world.put("/v1/settings", json!({"checkout_minutes": 10})).await.expect(200);
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let shown = world.open("ada", "year").await;
    assert_eq!(shown["expires_at"], "2026-02-09T23:10:00Z");
    world.advance("2026-02-10T00:09:00+01:00").await;
    act(&world, &shown, "hold").await.expect(200);
    world.advance("2026-02-10T00:20:00+01:00").await;
    let again = act(&world, &shown, "hold").await.expect(200);
    assert_eq!(
        (&again["status"], &again["held_until"]),
        (&json!("held"), &json!("2026-02-09T23:24:00Z"))
    );
    let released = act(&world, &shown, "release").await.expect(200);
    assert_eq!((&released["status"], &released["held_until"]), (&json!("open"), &json!(null)));
    assert_eq!(released["expires_at"], "2026-02-09T23:21:00Z");
    let subscription = shown["source_subscription"].as_str().unwrap();
    let cancel = format!("/v1/subscriptions/{subscription}/cancel");
    world.post(&cancel, json!({})).await.expect(200);
    let stale = act(&world, &shown, "hold").await;
    assert_eq!(stale.problem(409), "checkout-stale");
    assert_eq!(stale.json["checkout"]["withdraws"][0]["kind"], "cancellation");
    assert_eq!(act(&world, &shown, "hold").await.problem(409), "checkout-stale", "once more");
    let id = shown["id"].as_str().unwrap();
    let stamp = json!({"stamp": stale.json["checkout"]["stamp"]});
    world.post(&format!("/v1/checkouts/{id}/hold"), stamp).await.expect(200);
    world.post(&complete(&shown), paid(&shown)).await.expect(200);
}

async fn nobody_else_touches_a_held_source(store: Store) {
    let world = world(store, "next_booking", "none").await;
    let bought = world.buy("ada", "month").await["result"].clone();
    world.advance("2026-02-10").await;
    let change = world.buy("ada", "year").await["result"]["scheduled_change"].clone();
    let mut path = path_of("immediate");
    path["source_tags"] = json!(["month"]);
    world.put("/v1/tags/plus", json!({"title": "plus"})).await.expect(201);
    world.put("/v1/offers/plus", offer_of("plus", "14.90", "P1M")).await.expect(201);
    path["target_tags"] = json!(["plus"]);
    world.put("/v1/paths/month-to-plus", path).await.expect(201);
    let earlier = world.open("ada", "plus").await;
    let held = hold(&world, "ada", "plus").await;
    assert_eq!(held["supersedes"], change);
    let opened = world.post("/v1/checkouts", json!({"customer": "ada", "offer": "plus"})).await;
    assert_eq!(opened.problem(409), "change-not-possible");
    assert_eq!(opened.json["considered"][0]["reason"], "source-held");
    assert_eq!(act(&world, &earlier, "hold").await.problem(409), "source-held");
    world.post(&complete(&earlier), paid(&earlier)).await.problem(409);
    let source = bought["subscription"].as_str().unwrap();
    for (path, body) in [
        (format!("/v1/subscriptions/{source}/cancel"), json!({})),
        (format!("/v1/subscriptions/{source}/cancel"), json!({"when": "now"})),
        (format!("/v1/subscriptions/{source}/uncancel"), json!({})),
        (format!("/v1/scheduled-changes/{}/withdraw", change.as_str().unwrap()), json!({})),
    ] {
        let refused = world.post(&path, body).await;
        assert_eq!(refused.problem(409), "source-held", "{path}");
        assert_eq!((refused.header("retry-after"), &refused.json["held_by"]), ("901", &held["id"]));
    }
    // What does not change it goes on: money comes in, another thing is bought.
    world.put("/v1/offers/other", offer_of("month", "5.00", "P1M")).await.expect(201);
    world.buy("ada", "other").await;
    let reference = paid_with(&world, bought["invoices"][0].as_str().unwrap()).await;
    let invoice = format!("/v1/invoices/{}", bought["invoices"][0].as_str().unwrap());
    world
        .post(&format!("{invoice}/unpay"), json!({"reference": reference, "reason": "no"}))
        .await
        .expect(200);
    world.post(&format!("{invoice}/pay"), json!({"reference": "r"})).await.expect(200);
    let done = world.post(&complete(&held), paid(&held)).await.expect(200);
    issued_as_shown(&world, &held, &done, 0).await;
    let again = world.post(&complete(&earlier), paid(&earlier)).await;
    assert!([409, 410].contains(&again.status), "{again:?}");
}

async fn what_the_change_draws_on_stays_there(store: Store) {
    let world = world(store, "immediate", "none").await;
    let mut back = path_of("immediate");
    (back["source_tags"], back["target_tags"]) = (json!(["year"]), json!(["month"]));
    back["proration"] = json!("day");
    world.put("/v1/paths/year-to-month", back).await.expect(201);
    let mut other = offer_of("other", "5.00", "P1M");
    other["tags"] = json!([]);
    world.put("/v1/offers/other", other).await.expect(201);
    let year = world.buy("ada", "year").await["result"]["invoices"][0].clone();
    world.buy("ada", "month").await;
    let held = hold(&world, "ada", "year").await;
    assert_eq!(held["documents"][0]["credit_applied"], eur("89.10"));
    let others = world.open("ada", "other").await;
    let reference = paid_with(&world, year.as_str().unwrap()).await;
    let tries = [
        (complete(&others), paid(&others)),
        ("/v1/customers/ada/payouts".to_owned(), json!({"amount": eur("1.00"), "reference": "r"})),
        (
            format!("/v1/invoices/{}/unpay", year.as_str().unwrap()),
            json!({"reference": reference, "reason": "no"}),
        ),
    ];
    for (path, body) in &tries {
        let refused = world.post(path, body.clone()).await;
        assert_eq!(refused.problem(409), "source-held", "{path}");
        assert_eq!(refused.header("retry-after"), "901");
    }
    let balance = || async { world.get("/v1/customers/ada").await.json["credit_balance"].clone() };
    assert_eq!(balance().await, json!([eur("89.10")]), "nothing of it stays");
    assert_eq!(list(&world, "/v1/invoices?customer=ada").await.len(), 2);
    world.clone().post(&complete(&held), paid(&held)).await.expect(200);
    assert_eq!(balance().await, json!([]));
    let again = world.open("ada", "month").await;
    act(&world, &again, "hold").await.expect(200);
    act(&world, &again, "release").await.expect(200);
    let paid_out = world.post(&tries[1].0, tries[1].1.clone()).await;
    assert_eq!(paid_out.pointers(), ["/amount/amount"], "there is nothing left");
    world.post(&tries[2].0, tries[2].1.clone()).await.expect(200);
}

async fn an_ordinary_purchase_is_held_against_a_second_one(store: Store) {
    let world = world(store, "immediate", "none").await;
    let other = world.open("ada", "month").await;
    let held = hold(&world, "ada", "month").await;
    assert_eq!(held["source_subscription"], json!(null));
    let second = world.post(&complete(&other), paid(&other)).await;
    assert_eq!(second.problem(409), "source-held");
    assert_eq!(list(&world, "/v1/invoices").await, Vec::<Value>::new());
    world.advance("2026-01-31T00:14:00+01:00").await;
    world.post(&complete(&held), paid(&held)).await.expect(200);
    let second = world.post(&complete(&other), paid(&other)).await;
    assert_eq!(second.problem(409), "already-subscribed");
    assert_eq!(list(&world, "/v1/subscriptions").await.len(), 1);
}

async fn every_mode_that_was_shown_can_be_picked_while_held(store: Store) {
    let world = world(store, "immediate", "day").await;
    let mut path = path_of("immediate");
    path["optional"] = json!(true);
    path["customer_may_switch"] = json!(true);
    world.put("/v1/paths/month-to-year", path.clone()).await.expect(200);
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let held = hold(&world, "ada", "year").await;
    path["customer_may_switch"] = json!(false);
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let mut body = paid(&held);
    body["mode"] = json!("replace");
    body["payment"]["amount"] = held["preview_by_mode"]["replace"]["amount_due"].clone();
    let done = world.post(&complete(&held), body).await.expect(200);
    assert_eq!(done["documents"], held["preview_by_mode"]["replace"]["documents"]);
    assert_eq!(list(&world, "/v1/subscriptions?status=active").await.len(), 1);
}

async fn what_cannot_be_held_or_released_says_why(store: Store) {
    let world = world(store, "immediate", "none").await;
    let open = world.open("ada", "month").await;
    assert_eq!(act(&world, &open, "release").await.problem(409), "not-held");
    world.post(&complete(&open), paid(&open)).await.expect(200);
    assert_eq!(act(&world, &open, "hold").await.problem(409), "already-completed");
    assert_eq!(act(&world, &open, "release").await.problem(409), "not-held");
    let late = world.open("bob", "month").await;
    let lapsed = hold(&world, "cy", "month").await;
    world.advance("2026-01-31T00:15:00+01:00").await;
    assert_eq!(act(&world, &lapsed, "release").await.problem(409), "not-held");
    world.advance("2026-01-31T01:00:00+01:00").await;
    assert_eq!(act(&world, &late, "hold").await.problem(410), "checkout-expired");
    let nobody = world.post("/v1/checkouts/chk_nope/hold", json!({})).await;
    assert_eq!(nobody.problem(404), "not-found");
}

async fn the_day_does_not_go_back_under_a_held_checkout(store: Store) {
    let world = world(store, "immediate", "day").await;
    let zone = async |zone: &str| world.put("/v1/settings", json!({"time_zone": zone})).await;
    world.buy("ada", "month").await;
    world.advance("2026-02-10T13:00:00+01:00").await;
    zone("Pacific/Kiritimati").await.expect(200);
    assert_eq!(world.get("/v1/test-clock").await.expect(200)["today"], "2026-02-11");
    let open = world.open("ada", "year").await;
    zone("Europe/Berlin").await.expect(200);
    assert_eq!(open["effective_on"], "2026-02-11", "open, it is decided anew");
    zone("Pacific/Kiritimati").await.expect(200);
    let held = hold(&world, "ada", "year").await;
    let back = zone("Europe/Berlin").await;
    assert_eq!(back.problem(409), "conflict");
    let detail = back.json["detail"].as_str().unwrap();
    assert!(detail.contains("from 2026-02-10T12:15:00Z on"), "{detail}");
    let released = act(&world, &held, "release").await.expect(200);
    zone("Europe/Berlin").await.expect(200);
    zone("Pacific/Kiritimati").await.expect(200);
    act(&world, &released, "hold").await.expect(200);
    let done = world.post(&complete(&released), paid(&released)).await.expect(200);
    assert_eq!(done["effective_on"], "2026-02-11");
    assert_eq!(zone("Europe/Berlin").await.problem(409), "conflict", "it has been served on");
}
