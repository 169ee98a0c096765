//! A checkout from its opening to its end, whichever end that is.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, path_of, seen};

both! {
    completing_twice_is_the_same_as_once,
    what_is_due_must_be_paid_and_exactly_that,
    what_begins_by_catching_up_can_be_changed_at_once,
    a_checkout_goes_stale_when_what_it_rests_on_changes,
    a_stale_checkout_that_became_a_refusal_says_so,
    a_checkout_expires,
    a_customer_may_pick_among_the_modes_and_no_other,
    what_cannot_be_had_is_refused_with_its_reasons,
    unknown_things_are_told_at_their_place,
    checkouts_are_listed_as_they_stand,
    a_return_url_must_be_one_of_the_merchants,
    what_nobody_completed_is_forgotten_in_time,
    the_days_that_a_change_loses_are_told_before_it,
}

async fn completing_twice_is_the_same_as_once(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    let read = world.get(&format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap())).await;
    assert_eq!(read.json, checkout);
    let first = world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    assert_eq!(first["status"], "completed");
    let again = world.post(&complete(&checkout), json!({})).await.expect(200);
    assert_eq!(again, first);
    let invoice = first["result"]["invoices"][0].as_str().unwrap();
    let invoice = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!((&invoice["status"], &invoice["amount_due"]), (&json!("paid"), &eur("0.00")));
    assert_eq!((&invoice["number"], &invoice["gross"]), (&json!(1), &eur("9.90")));
    let invoices = world.get("/v1/invoices?status=open").await.expect(200);
    assert_eq!(invoices["data"], json!([]));
}

async fn what_is_due_must_be_paid_and_exactly_that(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    let path = complete(&checkout);
    let unpaid = world.post(&path, json!({})).await;
    assert_eq!(unpaid.problem(402), "payment-required");
    assert_eq!(unpaid.json["amount_due"], eur("9.90"));
    let pay = |amount: Value| json!({"payment": {"reference": "psp-1", "amount": amount}});
    let table = [
        (eur("9.89"), "/payment/amount"),
        (json!({"amount": "9.90", "currency": "CHF"}), "/payment/amount"),
        (eur("9.901"), "/payment/amount/amount"),
        (json!({"amount": "9.90", "currency": "XXY"}), "/payment/amount/currency"),
    ];
    for (amount, place) in table {
        assert_eq!(world.post(&path, pay(amount.clone())).await.pointers(), [place], "{amount}");
    }
    let nothing = world.get("/v1/subscriptions").await.expect(200);
    assert_eq!(nothing["data"], json!([]));
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let done = world.post(&path, json!({})).await.expect(200);
    let invoice = done["result"]["invoices"][0].as_str().unwrap();
    let invoice = world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    assert_eq!((&invoice["status"], &invoice["amount_due"]), (&json!("open"), &eur("9.90")));
}

async fn a_checkout_goes_stale_when_what_it_rests_on_changes(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    world.put("/v1/offers/month", offer_of("month", "8.90", "P1M")).await.expect(200);
    // Staleness comes before everything else that could be wrong.
    let pay = json!({"payment": {"reference": "psp-1", "amount": eur("1.00")}});
    let stale = world.post(&complete(&checkout), pay).await;
    assert_eq!(stale.problem(409), "checkout-stale");
    let fresh = &stale.json["checkout"];
    assert_eq!((&fresh["id"], &fresh["amount_due"]), (&checkout["id"], &eur("8.90")));
    let read = world.get(&format!("/v1/checkouts/{}", checkout["id"].as_str().unwrap())).await;
    assert_eq!(&read.json, fresh);
    world.post(&complete(&checkout), seen(fresh)).await.expect(200);
    let change = world.open("ada", "year").await;
    world.put("/v1/paths/month-to-year", path_of("end_of_term")).await.expect(200);
    let stale = world.post(&complete(&change), json!({})).await;
    assert_eq!(stale.problem(409), "checkout-stale");
    assert_eq!(stale.json["checkout"]["transition"], "end_of_term");
    world.post(&complete(&change), seen(&stale.json["checkout"])).await.expect(200);
}

async fn what_begins_by_catching_up_can_be_changed_at_once(store: Store) {
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.buy("ada", "year").await;
    let mut back = path_of("immediate");
    back["source_tags"] = json!(["year"]);
    back["target_tags"] = json!(["month"]);
    world.put("/v1/paths/year-to-month", back).await.expect(201);
    // Nobody billed on the day on which the year began.
    let world = World::starting(store, "2026-03-05".parse().unwrap()).await;
    let checkout = world.open("ada", "month").await;
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    let source = checkout["source_subscription"].as_str().unwrap();
    let source = world.get(&format!("/v1/subscriptions/{source}")).await.expect(200);
    assert_eq!((&source["offer"], &source["ended_on"]), (&json!("year"), &json!("2026-03-05")));
}

async fn a_stale_checkout_that_became_a_refusal_says_so(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    let mut offer = offer_of("month", "9.90", "P1M");
    offer["active"] = json!(false);
    world.put("/v1/offers/month", offer).await.expect(200);
    let refused = world.post(&complete(&checkout), paid(&checkout)).await;
    assert_eq!(refused.problem(409), "offer-inactive");
    let second = world.open("bob", "year").await;
    world.buy("bob", "year").await;
    let refused = world.post(&complete(&second), paid(&second)).await;
    assert_eq!(refused.problem(409), "already-subscribed");
}

async fn a_checkout_expires(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"checkout_minutes": 5})).await.expect(200);
    let checkout = world.open("ada", "month").await;
    let id = checkout["id"].as_str().unwrap();
    assert_eq!(checkout["expires_at"], "2026-01-30T23:05:00Z");
    world.advance("2026-01-30T23:04:59Z").await;
    assert_eq!(world.get(&format!("/v1/checkouts/{id}")).await.json["status"], "open");
    world.advance("2026-01-30T23:05:00Z").await;
    assert_eq!(world.get(&format!("/v1/checkouts/{id}")).await.json["status"], "expired");
    let late = world.post(&complete(&checkout), paid(&checkout)).await;
    assert_eq!(late.problem(410), "checkout-expired");
}

async fn a_customer_may_pick_among_the_modes_and_no_other(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let mut path = path_of("next_booking");
    path["optional"] = json!(true);
    path["customer_may_switch"] = json!(true);
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let checkout = world.open("ada", "year").await;
    assert_eq!(
        (&checkout["mode"], &checkout["modes"]),
        (&json!("add"), &json!(["add", "replace"]))
    );
    let by_mode = &checkout["preview_by_mode"];
    assert!(by_mode["add"].is_object() && by_mode["replace"].is_object(), "{by_mode}");
    let new = world.post(&complete(&checkout), json!({"mode": "new"})).await;
    assert_eq!(new.pointers(), ["/mode"]);
    let done = world.post(&complete(&checkout), json!({"mode": "replace"})).await.expect(200);
    assert_eq!((&done["mode"], &done["status"]), (&json!("replace"), &json!("completed")));
    let change = done["result"]["scheduled_change"].as_str().unwrap();
    let change = world.get(&format!("/v1/scheduled-changes/{change}")).await.expect(200);
    assert_eq!((&change["mode"], &change["status"]), (&json!("replace"), &json!("pending")));
    let plain = world.open("bob", "month").await;
    assert_eq!(plain["modes"], json!(["new"]));
    let wrong = world.post(&complete(&plain), json!({"mode": "replace"})).await;
    assert_eq!(wrong.pointers(), ["/mode"]);
    let mut body = paid(&plain);
    body["mode"] = json!("new");
    world.post(&complete(&plain), body).await.expect(200);
    let opened =
        json!({"customer": "bob", "offer": "year", "mode": "replace", "path": "month-to-year"});
    assert_eq!(world.post("/v1/checkouts", opened).await.expect(201)["mode"], "replace");
}

async fn what_cannot_be_had_is_refused_with_its_reasons(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let again = world.post("/v1/checkouts", json!({"customer": "ada", "offer": "month"})).await;
    assert_eq!(again.problem(409), "already-subscribed");
    assert!(again.json["considered"].is_array());
    let both = json!({"customer": "ada", "offer": "month", "allow_new": true});
    assert_eq!(world.post("/v1/checkouts", both).await.expect(201)["mode"], "new");
    let mut path = path_of("next_booking");
    path["valid_from"] = json!("2026-03-01");
    world.put("/v1/paths/month-to-year", path).await.expect(200);
    let year = json!({"customer": "ada", "offer": "year", "path": "month-to-year"});
    let refused = world.post("/v1/checkouts", year).await;
    assert_eq!(refused.problem(409), "change-not-possible");
    let considered = &refused.json["considered"][0];
    assert_eq!(
        (&considered["verdict"], &considered["reason"]),
        (&json!("rejected"), &json!("path-not-yet-valid"))
    );
}

async fn unknown_things_are_told_at_their_place(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let table = [
        (json!({"customer": "ada", "offer": "nope"}), vec!["/offer"]),
        (
            json!({"customer": "a b", "offer": "month", "mode": "new", "x": 1}),
            vec!["/customer", "/mode", "/x"],
        ),
        (json!({"customer": "ada", "offer": "month", "locale": "zz-1"}), vec!["/locale"]),
        (
            json!({"customer": "ada", "offer": "month", "return_url": "javascript:x"}),
            vec!["/return_url"],
        ),
        (json!({}), vec!["/customer", "/offer"]),
    ];
    for (body, places) in table {
        assert_eq!(world.post("/v1/checkouts", body.clone()).await.pointers(), places, "{body}");
    }
    assert_eq!(world.get("/v1/customers/ada").await.problem(404), "not-found");
    assert_eq!(
        world.post("/v1/checkouts/chk_nope/complete", json!({})).await.problem(404),
        "not-found"
    );
}

async fn checkouts_are_listed_as_they_stand(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let open = world.open("ada", "month").await;
    let done = world.buy("bob", "month").await;
    let ids = async |query: &str| {
        let listed = world.get(&format!("/v1/checkouts{query}")).await.expect(200);
        let ids = listed["data"].as_array().unwrap().iter().map(|it| it["id"].clone());
        ids.collect::<Vec<_>>()
    };
    let all = ids("").await;
    assert!(all.len() == 2 && all.contains(&open["id"]) && all.contains(&done["id"]), "{all:?}");
    assert_eq!(ids("?status=open").await, [open["id"].clone()]);
    assert_eq!(ids("?status=completed").await, [done["id"].clone()]);
    assert_eq!(ids("?customer=bob").await, [done["id"].clone()]);
    assert_eq!(ids("?customer=bob&status=open").await, Vec::<Value>::new());
    let hold = format!("/v1/checkouts/{}/hold", open["id"].as_str().unwrap());
    world.post(&hold, json!({})).await.expect(200);
    assert_eq!(ids("?status=held").await, [open["id"].clone()]);
    assert_eq!(ids("?status=open").await, Vec::<Value>::new());
    // Its hold lapses after a quarter of an hour; it closes as much later.
    world.advance("2026-01-30T23:30:00Z").await;
    assert_eq!(ids("?status=held").await, Vec::<Value>::new());
    assert_eq!(ids("?status=open").await, [open["id"].clone()]);
    world.advance("2026-02-01").await;
    assert_eq!(ids("?status=expired").await, [open["id"].clone()]);
    assert_eq!(ids("?status=open").await, Vec::<Value>::new());
}

async fn a_return_url_must_be_one_of_the_merchants(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world
        .put("/v1/settings", json!({"return_origins": ["https://shop.example"]}))
        .await
        .expect(200);
    let open = async |url: &str| {
        let body = json!({
            "customer": "ada", "offer": "month", "return_url": url, "metadata": {"cart": [1,
                {"a": "b"}]},
        });
        world.post("/v1/checkouts", body).await
    };
    for good in
        ["https://shop.example", "https://shop.example/thanks?a=1", "https://shop.example#x"]
    {
        let checkout = open(good).await.expect(201);
        assert_eq!(checkout["return_url"], good);
        assert_eq!(checkout["metadata"], json!({"cart": [1, {"a": "b"}]}));
    }
    for bad in [
        "https://shop.example.evil/",
        "https://shop.example@evil/",
        "http://shop.example/",
        "https://shop.example:8443/",
        "https://other.example/",
    ] {
        assert_eq!(open(bad).await.pointers(), ["/return_url"], "{bad}");
    }
}

async fn what_nobody_completed_is_forgotten_in_time(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let abandoned = world.open("bob", "month").await;
    let other = world.open("cy", "month").await;
    let hold = format!("/v1/checkouts/{}/hold", other["id"].as_str().unwrap());
    world.post(&hold, json!({})).await.expect(200);
    let left = async || {
        let list = world.get("/v1/checkouts").await.expect(200);
        list["data"].as_array().unwrap().len()
    };
    let settings = json!({"checkout_days": 3});
    world.put("/v1/settings", settings).await.expect(200);
    world.advance("2026-02-02").await;
    assert_eq!((world.app.forget_checkouts().await.unwrap(), left().await), (0, 3));
    world.advance("2026-02-04").await;
    assert_eq!(world.app.forget_checkouts().await.unwrap(), 2);
    let gone = format!("/v1/checkouts/{}", abandoned["id"].as_str().unwrap());
    assert_eq!(world.get(&gone).await.problem(404), "not-found");
    let list = world.get("/v1/checkouts").await.expect(200);
    assert_eq!((left().await, &list["data"][0]["status"]), (1, &json!("completed")));
}

async fn the_days_that_a_change_loses_are_told_before_it(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    for (transition, proration, lost) in [
        ("immediate", "none", 18),
        ("immediate", "day", 0),
        ("immediate_next_booking", "day", 0),
        ("last_booking", "none", 0),
        ("next_booking", "none", 0),
    ] {
        let mut path = path_of(transition);
        path["proration"] = json!(proration);
        world.put("/v1/paths/month-to-year", path).await.expect(200);
        let shown = world.open("ada", "year").await;
        let days: Vec<i64> = shown["ends"]
            .as_array()
            .unwrap()
            .iter()
            .map(|ending| ending["lost_days"].as_i64().unwrap())
            .collect();
        assert_eq!(days, [lost], "{transition}, {proration}: {shown}");
        let url = shown["url"].as_str().unwrap();
        let page = world.get(&url[url.find("/checkout").unwrap()..]).await.text;
        let told = page.contains("neither used nor credited: 18");
        assert_eq!(told, lost == 18, "{transition}: {page}");
    }
}
