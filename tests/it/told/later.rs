//! What comes later is told before, at each place where a change is offered.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::api::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, World, complete, eur, offer_of, paid, paid_with, path_of};

both! {
    a_bridge_that_is_charged_later_is_told_before,
    what_a_bridge_gives_back_is_told_before_with_what_it_leaves,
    credit_that_is_left_is_told,
    what_stays_owed_of_a_period_caught_up_is_told,
    a_debt_is_called_a_debt,
    a_debt_is_no_credit_to_the_merchant_nor_in_the_portal,
    a_commitment_says_how_long_and_by_when,
    what_a_completion_did_is_told_to_listeners,
}

/// A path between two offers, by day.
async fn lead(world: &World, source: &str, target: &str, transition: &str) {
    let mut path = path_of(transition);
    path["proration"] = json!("day");
    (path["source_tags"], path["target_tags"]) = (json!([source]), json!([target]));
    let id = format!("{source}-{target}");
    world.put(&format!("/v1/paths/{id}"), path).await.expect(201);
}

async fn page(world: &World, checkout: &Value) -> String {
    let url = checkout["url"].as_str().unwrap().to_owned();
    let page = url.strip_prefix("http://localhost:8080").unwrap();
    world.with_key("").get(page).await.text.replace('\u{a0}', " ")
}

/// What stands in the portal of a customer.
async fn portal(world: &World, customer: &str) -> String {
    let path = format!("/v1/customers/{customer}/portal-sessions");
    let session = world.post(&path, json!({})).await.expect(201);
    page(world, &session).await
}

async fn a_bridge_that_is_charged_later_is_told_before(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    world.put("/v1/tags/plus", json!({"title": "plus"})).await.expect(201);
    world.put("/v1/offers/plus", offer_of("plus", "19.90", "P1M")).await.expect(201);
    lead(&world, "year", "plus", "immediate_next_booking").await;
    world.buy("ada", "year").await;
    world.advance("2026-02-10").await;
    let shown = world.open("ada", "plus").await;
    let next = shown["next_payment"].clone();
    assert_eq!((&shown["amount_due"], &next["on"]), (&eur("0.00"), &json!("2027-01-31")));
    let lines = next["document"]["lines"].as_array().unwrap();
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["period", "bridge"]);
    let asked = world.get("/v1/customers/ada/transitions").await.expect(200);
    assert_eq!(asked["data"][0]["next_payment"], next, "the same wherever it is told");
    assert_eq!(shown["preview_by_mode"]["replace"]["next_payment"], next);
    assert_eq!(asked["data"][0]["commitment"], shown["commitment"]);
    let amount = next["amount_due"]["amount"].as_str().unwrap();
    let seen = page(&world, &shown).await;
    assert!(seen.contains(&format!("€{amount} on January 31, 2027")), "{seen}");
    let done = world.post(&complete(&shown), json!({})).await.expect(200);
    assert_eq!(done["next_payment"], next);
    assert!(page(&world, &shown).await.contains(&format!("€{amount} on January 31, 2027")));
    world.advance("2027-01-31").await;
    let invoices = world.get("/v1/invoices?customer=ada").await.expect(200);
    assert_eq!(invoices["data"][1]["gross"], next["document"]["gross"]);
    assert_eq!(invoices["data"][1]["issued_on"], "2027-01-31");
}

async fn what_a_bridge_gives_back_is_told_before_with_what_it_leaves(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    world.put("/v1/tags/mini", json!({"title": "mini"})).await.expect(201);
    world.put("/v1/offers/mini", offer_of("mini", "1.00", "P1M")).await.expect(201);
    lead(&world, "year", "mini", "immediate_next_booking").await;
    world.buy("ada", "year").await;
    world.advance("2026-02-10").await;
    let shown = world.open("ada", "mini").await;
    let next = shown["next_payment"].clone();
    // Eleven months and 21 of 31 days at 1.00, less 355 of 365 days of 99.00.
    assert_eq!(next["credit_notes"][0]["gross"], eur("84.61"));
    assert_eq!(next["credit_notes"][0]["lines"][0]["offer"], "year");
    assert_eq!(next["document"]["credit_applied"], eur("1.00"));
    assert_eq!((&next["amount_due"], &next["balance_after"]), (&eur("0.00"), &eur("83.61")));
    let asked = world.get("/v1/customers/ada/transitions").await.expect(200);
    assert_eq!(asked["data"][0]["next_payment"], next, "the same wherever it is told");
    assert_eq!(shown["preview_by_mode"]["replace"]["next_payment"], next);
    let is_told = |seen: &str| {
        let told = ["Credit that you will have after it", "€83.61", "€84.61"];
        assert!(told.iter().all(|words| seen.contains(words)), "{seen}");
    };
    is_told(&page(&world, &shown).await);
    let done = world.post(&complete(&shown), json!({})).await.expect(200);
    assert_eq!(done["next_payment"], next);
    assert!(page(&world, &shown).await.contains("€83.61"));
    world.advance("2027-01-31").await;
    let notes = world.get("/v1/credit-notes?customer=ada").await.expect(200);
    assert_eq!(notes["data"][0]["gross"], next["credit_notes"][0]["gross"]);
    assert_eq!(notes["data"][0]["issued_on"], "2027-01-31");
    let balance = world.get("/v1/customers/ada").await.json["credit_balance"].clone();
    assert_eq!(balance, json!([next["balance_after"]]));
}

async fn credit_that_is_left_is_told(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    lead(&world, "year", "month", "immediate").await;
    world.buy("ada", "year").await;
    world.advance("2026-02-10").await;
    let shown = world.open("ada", "month").await;
    // 355 of 365 days of 99.00 are given back, of which the month takes 9.90.
    assert_eq!((&shown["amount_due"], &shown["balance_after"]), (&eur("0.00"), &eur("86.39")));
    let next = &shown["next_payment"];
    assert_eq!((&next["amount_due"], &next["on"]), (&eur("0.00"), &json!("2026-03-10")));
    assert_eq!(next["document"]["credit_applied"], eur("9.90"));
    let seen = page(&world, &shown).await;
    assert!(seen.contains("Credit that stays with you") && seen.contains("€86.39"), "{seen}");
    assert!(seen.contains("Your next payments draw on it."), "{seen}");
    assert!(seen.contains("Year ends on February 10, 2026."), "{seen}");
    let source = shown["source_subscription"].clone();
    assert_eq!(
        shown["ends"],
        json!([{
            "subscription": source, "on": "2026-02-10", "lost_days": 0, "lost_introduction": null,
        }])
    );
    world.post(&complete(&shown), json!({})).await.expect(200);
    let balance = world.get("/v1/customers/ada").await.json["credit_balance"].clone();
    assert_eq!(balance, json!([eur("86.39")]));
}

async fn what_stays_owed_of_a_period_caught_up_is_told(store: Store) {
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    lead(&world, "month", "year", "immediate").await;
    world.delete("/v1/paths/month-to-year").await;
    world.buy("ada", "month").await;
    // Nobody billed on the day on which the second month began.
    let world = World::starting(store, "2026-03-05".parse().unwrap()).await;
    let shown = world.open("ada", "year").await;
    assert_eq!(shown["catch_up"][0]["amount_due"], eur("9.90"));
    assert_eq!(shown["amount_due"], eur("99.00"));
    // 26 of 31 days of 9.90 are given back.
    assert_eq!(
        (&shown["documents"][0]["gross"], &shown["still_owed"]),
        (&eur("8.30"), &eur("1.60"))
    );
    let seen = page(&world, &shown).await;
    assert!(seen.contains("Also still to pay, on earlier invoices"), "{seen}");
    assert!(seen.contains("€1.60"), "{seen}");
    let here = portal(&world, "ada").await;
    for words in [
        "Still to pay",
        "€9.90 of it is due anyway up to today; the invoice follows.",
        "Also still to pay, on earlier invoices",
        "€1.60",
    ] {
        assert!(here.contains(words), "{words} in {here}");
    }
    world.post(&complete(&shown), paid(&shown)).await.expect(200);
    let open = world.get("/v1/invoices?customer=ada&status=open").await.expect(200);
    assert_eq!(open["data"][0]["amount_due"], eur("1.60"));
    let done = page(&world, &shown).await;
    let url = open["data"][0]["url"].as_str().unwrap();
    let link = url.strip_prefix("http://localhost:8080").unwrap();
    assert!(done.contains(&format!("href=\"{link}\"")), "{done}");
    assert!(done.contains("€1.60, by March 19, 2026"), "{done}");
    let here = portal(&world, "ada").await;
    assert!(here.contains("€1.60") && !here.contains("due anyway"), "{here}");
}

async fn a_debt_is_called_a_debt(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    lead(&world, "year", "month", "immediate").await;
    let mut plus = offer_of("plus", "19.90", "P1M");
    plus["tags"] = json!([]);
    world.put("/v1/offers/plus", plus).await.expect(201);
    let year = world.buy("ada", "year").await["result"]["invoices"][0].clone();
    world.buy("ada", "month").await;
    let unpay = format!("/v1/invoices/{}/unpay", year.as_str().unwrap());
    let reference = paid_with(&world, year.as_str().unwrap()).await;
    world.post(&unpay, json!({"reference": reference, "reason": "returned"})).await.expect(200);
    let balance = world.get("/v1/customers/ada").await.json["credit_balance"][0].clone();
    let owed = balance["amount"].as_str().unwrap().strip_prefix('-').unwrap().to_owned();
    let shown = world.open("ada", "plus").await;
    assert_eq!(shown["documents"][0]["credit_applied"], balance);
    let seen = page(&world, &shown).await;
    assert!(seen.contains("Owed from before") && seen.contains(&format!("€{owed}")), "{seen}");
    assert!(!seen.contains("Credit applied"), "{seen}");
}

async fn a_debt_is_no_credit_to_the_merchant_nor_in_the_portal(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.delete("/v1/paths/month-to-year").await;
    lead(&world, "month", "year", "immediate").await;
    lead(&world, "year", "month", "immediate").await;
    let month = world.buy("ada", "month").await["result"]["invoices"][0].clone();
    world.advance("2026-02-10").await;
    world.buy("ada", "year").await;
    let month = month.as_str().unwrap();
    let reference = paid_with(&world, month).await;
    let bounced = json!({"reference": reference, "reason": "returned"});
    world.post(&format!("/v1/invoices/{month}/unpay"), bounced).await.expect(200);
    // 18 of 28 days of 9.90 had been given back, and the year has drawn on them.
    let balance = world.get("/v1/customers/ada").await.json["credit_balance"].clone();
    assert_eq!(balance, json!([eur("-6.36")]));
    let here = portal(&world, "ada").await;
    for words in [
        "Still to pay",
        "€3.54",
        "Open amount",
        "€6.36",
        "It is added to your next invoice.",
        "Something is still to be paid. Once it is, you can change here.",
    ] {
        assert!(here.contains(words), "{words} in {here}");
    }
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    for (page, words) in [
        ("/backend", ["€9.90", "of that, €6.36 on no invoice yet"]),
        ("/backend/customers", ["Debt", "€6.36"]),
        ("/backend/customers/ada", ["Debt", "€6.36"]),
        ("/backend/customers/ada/payout", ["Debt", "€6.36"]),
    ] {
        let seen = visitor.get(page).await.text.replace('\u{a0}', " ");
        for word in words {
            assert!(seen.contains(word), "{word} in {page}: {seen}");
        }
        assert!(!seen.contains("<dd>-€6.36"), "{page}: {seen}");
    }
}

async fn a_commitment_says_how_long_and_by_when(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut year = offer_of("year", "8.90", "P1M");
    (year["term"], year["renewal_term"]) = (json!("P1Y"), json!("P1M"));
    world.put("/v1/offers/year", year).await.expect(200);
    world.buy("ada", "month").await;
    world.advance("2026-02-10").await;
    let shown = world.open("ada", "year").await;
    let expected = json!({
        "starts_on": "2026-02-28", "ends_on": "2027-02-27", "total": eur("106.80"),
        "renews": "P1M", "notice": null, "cancel_by": "2027-02-27",
        "cancellable_to": "2027-02-28",
    });
    assert_eq!(shown["commitment"], expected);
    let seen = page(&world, &shown).await;
    for words in [
        "Minimum term: one year",
        "one year, until February 27, 2027",
        "€106.80",
        "renews by one month each time",
        "Month ends on February 28, 2026.",
    ] {
        assert!(seen.contains(words), "{words} in {seen}");
    }
    let body = json!({"customer": "ada", "offer": "year", "locale": "de"});
    let german = page(&world, &world.post("/v1/checkouts", body).await.expect(201)).await;
    for words in [
        "Mindestlaufzeit: ein Jahr",
        "ein Jahr, bis 27. Februar 2027",
        "106,80 €",
        "verlängert sich jeweils um einen Monat",
        "Month endet am 28. Februar 2026.",
    ] {
        assert!(german.contains(words), "{words} in {german}");
    }
    let done = world.post(&complete(&shown), json!({})).await.expect(200);
    world.advance("2026-03-01").await;
    let change = done["result"]["scheduled_change"].as_str().unwrap();
    let change = world.get(&format!("/v1/scheduled-changes/{change}")).await.json;
    let id = change["result_subscription"].as_str().unwrap();
    let found = world.get(&format!("/v1/subscriptions/{id}")).await.json;
    assert_eq!(found["current_term"], json!({"start": "2026-02-28", "end": "2027-02-28"}));
}

async fn what_a_completion_did_is_told_to_listeners(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let body = json!({
        "customer": "ada", "offer": "year", "locale": "de", "metadata": {"cart": 7},
    });
    let shown = world.post("/v1/checkouts", body).await.expect(201);
    world.post(&complete(&shown), json!({})).await.expect(200);
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let mut told = events["data"].as_array().unwrap().iter();
    let told = told.rfind(|event| event["type"] == "checkout.completed").unwrap();
    let data = &told["data"];
    assert_eq!(
        (&data["mode"], &data["path"], &data["locale"]),
        (&json!("replace"), &json!("month-to-year"), &json!("de"))
    );
    assert_eq!(
        (&data["metadata"], &data["title"]),
        (&json!({"cart": 7}), &json!("Change to Year"))
    );
    assert_eq!(data["text"], "We will carry out the change at 28. Februar 2026.");
}
