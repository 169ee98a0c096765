//! What is told holds on the day on which it is told, whether or not anybody has billed by then.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, path_of};

both! {
    a_next_booking_lies_after_today_though_nobody_has_billed,
    what_a_change_ends_runs_on_until_that_is_carried_out_and_is_booked_no_more,
    to_which_day_a_cancellation_of_today_leads_is_told,
    who_is_bound_for_longer_by_a_notice_than_by_the_term_is_told_so,
    a_trial_and_first_prices_that_a_change_ends_are_told_as_lost,
    nothing_is_paid_afterwards_where_the_next_payment_is_the_last,
    a_trial_is_free_up_to_one_day_and_the_term_is_cancelled_by_another,
}

/// A page for a customer, as it reads.
async fn page(world: &World, address: &Value) -> String {
    let page = address.as_str().unwrap().strip_prefix("http://localhost:8080").unwrap();
    world.with_key("").get(page).await.text.replace('\u{a0}', " ")
}

/// What is listed, and read by its id, of each of a customer's subscriptions.
async fn read(world: &World, customer: &str) -> Vec<Value> {
    let found = world.get(&format!("/v1/subscriptions?customer={customer}")).await.expect(200);
    let found = found["data"].as_array().unwrap().clone();
    for listed in &found {
        let path = format!("/v1/subscriptions/{}", listed["id"].as_str().unwrap());
        assert_eq!(world.get(&path).await.expect(200), *listed, "the same wherever it is told");
    }
    found
}

async fn a_next_booking_lies_after_today_though_nobody_has_billed(store: Store) {
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.buy("ben", "month").await;
    let world = World::starting(store, "2026-03-05".parse().unwrap()).await;
    for customer in ["ada", "ben"] {
        let told = &read(&world, customer).await[0];
        assert_eq!(told["next_booking_on"], "2026-03-31");
        let month = json!({"start": "2026-02-28", "end": "2026-03-31"});
        assert_eq!((&told["current_period"], &told["current_term"]), (&month, &month));
    }
    let all = world.get("/v1/subscriptions?limit=1").await.expect(200);
    assert_eq!(all["data"][0]["next_booking_on"], "2026-03-31");
    let checkout = world.open("ada", "year").await;
    let seen = page(&world, &checkout["url"]).await;
    assert!(seen.contains("March 31, 2026"), "{seen}");
    let current = &seen[seen.find("What you have").unwrap()..seen.find("What you get").unwrap()];
    assert!(!current.contains("February"), "{current}");
    let invoices = world.get("/v1/invoices?customer=ben").await.expect(200);
    assert_eq!(invoices["data"].as_array().unwrap().len(), 1, "told, and not stored");
    world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!(read(&world, "ben").await[0]["next_booking_on"], "2026-03-31");
}

async fn what_a_change_ends_runs_on_until_that_is_carried_out_and_is_booked_no_more(store: Store) {
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    let id = world.buy("ada", "month").await["result"]["subscription"].clone();
    world.buy("ada", "year").await;
    let world = World::starting(store, "2026-03-05".parse().unwrap()).await;
    let told = &read(&world, "ada").await[0];
    assert_eq!((&told["id"], &told["status"]), (&id, &json!("active")));
    for member in ["ended_on", "next_booking_on", "cancellable_to", "successor_id"] {
        assert_eq!(told[member], Value::Null, "{member}");
    }
    assert_eq!(told["scheduled_changes"][0]["status"], "pending");
    world.post("/v1/billing/runs", json!({})).await.expect(200);
    let told = read(&world, "ada").await;
    let next = told.iter().find(|it| it["status"] == "active").unwrap();
    let ended = told.iter().find(|it| it["id"] == id).unwrap();
    assert_eq!((&ended["status"], &ended["ended_on"]), (&json!("ended"), &json!("2026-02-28")));
    assert_eq!(ended["successor_id"], next["id"]);
    assert_eq!(next["next_booking_on"], "2027-02-28");
}

async fn to_which_day_a_cancellation_of_today_leads_is_told(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut year = offer_of("year", "8.90", "P1M");
    (year["term"], year["notice"]) = (json!("P3M"), json!("P1M"));
    world.put("/v1/offers/year", year).await.expect(200);
    let id = world.buy("ada", "year").await["result"]["subscription"].clone();
    let path = format!("/v1/subscriptions/{}", id.as_str().unwrap());
    for (today, by, to, told) in [
        ("2026-03-30", "2026-03-30", "2026-04-30", "April 30, 2026"),
        ("2026-03-31", "2026-03-30", "2026-07-31", "July 31, 2026"),
    ] {
        world.advance(today).await;
        let shown = world.get(&path).await.expect(200);
        assert_eq!([&shown["cancel_by"], &shown["cancellable_to"]], [by, to], "on {today}");
        let portal = world.post("/v1/customers/ada/portal-sessions", json!({})).await.expect(201);
        let seen = page(&world, &portal["url"]).await;
        assert!(seen.contains("Cancelled today, ends on") && seen.contains(told), "{seen}");
    }
    let cancelled = world.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    assert_eq!(cancelled["cancel_on"], "2026-07-31", "as it was told");
    assert_eq!(cancelled["cancellable_to"], Value::Null);
    let back = world.post(&format!("{path}/uncancel"), json!({})).await.expect(200);
    assert_eq!(back["cancellable_to"], "2026-07-31");
}

async fn who_is_bound_for_longer_by_a_notice_than_by_the_term_is_told_so(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut plus = offer_of("plus", "9.90", "P1M");
    (plus["notice"], plus["tags"]) = (json!("P6W"), json!([]));
    world.put("/v1/offers/plus", plus.clone()).await.expect(201);
    let shown = world.open("ada", "plus").await;
    // The first month could have been left by January 17.
    let expected = json!({
        "starts_on": "2026-01-31", "ends_on": "2026-03-30", "total": eur("19.80"),
        "renews": "P1M", "notice": "P6W", "cancel_by": "2026-02-17",
        "cancellable_to": "2026-03-31",
    });
    assert_eq!(shown["commitment"], expected);
    let seen = page(&world, &shown["url"]).await;
    for words in ["one month, notice 6 weeks: until March 30, 2026", "€19.80", "February 17, 2026"]
    {
        assert!(seen.contains(words), "{words} in {seen}");
    }
    let done = world.buy("ada", "plus").await;
    let path = format!("/v1/subscriptions/{}", done["result"]["subscription"].as_str().unwrap());
    let told = world.get(&path).await.expect(200);
    assert_eq!(told["cancellable_to"], shown["commitment"]["cancellable_to"]);
    let cancelled = world.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    assert_eq!(cancelled["cancel_on"], "2026-03-31", "as it was told");
    // What waits binds from the day on which it begins.
    plus["tags"] = json!(["year"]);
    world.put("/v1/offers/plus", plus).await.expect(200);
    world.buy("ben", "month").await;
    world.advance("2026-02-10").await;
    let waits = &world.open("ben", "plus").await["commitment"];
    assert_eq!([&waits["starts_on"], &waits["ends_on"]], ["2026-02-28", "2026-04-29"]);
    assert_eq!([&waits["cancel_by"], &waits["cancellable_to"]], ["2026-03-19", "2026-04-30"]);
}

async fn a_trial_and_first_prices_that_a_change_ends_are_told_as_lost(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut month = offer_of("month", "9.90", "P1M");
    (month["trial"], month["steps"]) =
        (json!("P2W"), json!([{"price": eur("1.00"), "periods": 2}]));
    world.put("/v1/offers/month", month).await.expect(200);
    let done = world.open("ada", "month").await;
    world.post(&complete(&done), json!({})).await.expect(200);
    let lost = |days: i64, periods: i64| json!({"trial_days": days, "periods": periods});
    for (today, transition, expected, told) in [
        ("2026-02-10", "immediate", lost(4, 2), "Free days that are lost: 4."),
        // The rest of the trial is its bridge, and the end of it the day of the change.
        ("2026-02-10", "immediate_next_booking", lost(0, 2), "first price that are lost: 2."),
        ("2026-02-10", "next_booking", lost(0, 2), "first price that are lost: 2."),
        ("2026-02-20", "immediate", lost(0, 1), "first price that are lost: 1."),
        ("2026-04-20", "immediate", Value::Null, ""),
    ] {
        world.advance(today).await;
        let mut path = path_of(transition);
        path["unpaid_source"] = json!("allow");
        world.put("/v1/paths/month-to-year", path).await.expect(200);
        let shown = world.open("ada", "year").await;
        let case = format!("{transition} on {today}: {shown}");
        assert_eq!(shown["ends"][0]["lost_introduction"], expected, "{case}");
        let seen = page(&world, &shown["url"]).await;
        assert!(seen.contains(told), "{case}: {seen}");
        assert_eq!(seen.contains("first price that are lost"), expected != Value::Null, "{case}");
        let asked = world.get("/v1/customers/ada/transitions").await.expect(200);
        assert_eq!(asked["data"][0]["ends"], shown["ends"], "the same wherever it is told");
    }
}

/// The page of a checkout of an offer of its own, which says this besides.
async fn page_of(world: &World, id: &str, period: &str, more: Value) -> String {
    let mut offer = offer_of(id, "9.90", period);
    offer["tags"] = json!([]);
    for (field, value) in more.as_object().unwrap() {
        offer[field] = value.clone();
    }
    world.put(&format!("/v1/offers/{id}"), offer).await.expect(201);
    page(world, &world.open("zoe", id).await["url"]).await
}

async fn nothing_is_paid_afterwards_where_the_next_payment_is_the_last(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    for (id, period, more, goes_on) in [
        ("once", "P1M", json!({"auto_renew": false, "trial": "P14D"}), false),
        ("twice", "P30D", json!({"auto_renew": false, "term": "P60D"}), false),
        ("thrice", "P30D", json!({"auto_renew": false, "term": "P90D"}), true),
        ("ever", "P1M", json!({"trial": "P14D"}), true),
    ] {
        let seen = page_of(&world, id, period, more).await;
        assert_eq!(seen.contains("Afterwards"), goes_on, "{id}: {seen}");
    }
}

async fn a_trial_is_free_up_to_one_day_and_the_term_is_cancelled_by_another(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let more = json!({"trial": "P14D", "notice": "P7D"});
    let seen = page_of(&world, "tried", "P1Y", more).await;
    for (label, day) in
        [("Free if cancelled by", "February 13, 2026"), ("To be cancelled by", "February 7, 2027")]
    {
        let row = seen.split(label).nth(1).unwrap_or_else(|| panic!("{label} in {seen}"));
        let value = row.split("</dd>").next().unwrap();
        assert!(value.contains(day), "{label}: {value}");
    }
    let plain = page_of(&world, "plain", "P1Y", json!({"notice": "P7D"})).await;
    assert!(!plain.contains("Free if cancelled"), "{plain}");
}
