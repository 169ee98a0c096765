//! What is done to running contracts and their documents.

use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, path_of};

both! {
    a_cancellation_is_made_and_taken_back,
    a_cancellation_withdraws_the_change_that_waits,
    a_change_is_withdrawn_once,
    an_invoice_is_paid_bounces_and_is_paid_again,
    a_subscription_is_brought_over,
    what_is_brought_over_must_make_sense,
    a_credit_balance_is_paid_out,
    a_customer_sees_what_is_reachable,
    a_customer_is_told_what_is_refused_and_why,
    a_button_says_what_an_offer_is_to_a_customer,
    a_button_of_what_somebody_has_names_what_they_pay,
    documents_are_found_by_customer_subscription_and_status,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Ada, who has a month.
async fn with_a_month(store: Store) -> (World, String) {
    let world = World::new(store).await;
    world.catalogue().await;
    let done = world.buy("ada", "month").await;
    let path = format!("/v1/subscriptions/{}", text(&done["result"]["subscription"]));
    (world, path)
}

async fn a_cancellation_is_made_and_taken_back(store: Store) {
    let (world, path) = with_a_month(store).await;
    let (cancel, uncancel) = (format!("{path}/cancel"), format!("{path}/uncancel"));
    let running = world.get(&path).await.expect(200);
    assert_eq!((&running["status"], &running["cancel_on"]), (&json!("active"), &Value::Null));
    assert_eq!(running["next_booking_on"], "2026-02-28");
    let cancelled = world.post(&cancel, json!({})).await.expect(200);
    assert_eq!(
        (&cancelled["cancel_on"], &cancelled["withdraws"]),
        (&json!("2026-02-28"), &json!([]))
    );
    assert_eq!(cancelled["next_booking_on"], Value::Null);
    assert_eq!(world.post(&cancel, json!({})).await.problem(409), "already-cancelled");
    let back = world.post(&uncancel, json!({})).await.expect(200);
    assert_eq!(
        (&back["cancel_on"], &back["next_booking_on"]),
        (&Value::Null, &json!("2026-02-28"))
    );
    assert_eq!(world.post(&uncancel, json!({})).await.problem(409), "not-cancelled");
    let ended = world.post(&cancel, json!({"when": "now"})).await.expect(200);
    assert_eq!((&ended["status"], &ended["ended_on"]), (&json!("ended"), &json!("2026-01-31")));
    assert_eq!(world.post(&cancel, json!({})).await.problem(409), "already-ended");
    assert_eq!(world.post(&cancel, json!({"when": "later"})).await.pointers(), ["/when"]);
}

async fn a_cancellation_withdraws_the_change_that_waits(store: Store) {
    let (world, path) = with_a_month(store).await;
    let done = world.buy("ada", "year").await;
    let change = &done["result"]["scheduled_change"];
    let waiting = world.get(&path).await.json["scheduled_changes"].clone();
    assert_eq!((&waiting[0]["id"], &waiting[0]["status"]), (change, &json!("pending")));
    let cancelled = world.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    assert_eq!(cancelled["withdraws"], json!([{"kind": "scheduled_change", "id": change}]));
    let change = world.get(&format!("/v1/scheduled-changes/{}", text(change))).await.expect(200);
    assert_eq!(change["status"], "withdrawn");
    let checkout = world.open("ada", "year").await;
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(checkout["withdraws"], json!([{"kind": "cancellation", "id": id}]));
}

async fn a_change_is_withdrawn_once(store: Store) {
    let (world, _) = with_a_month(store).await;
    let done = world.buy("ada", "year").await;
    let path = format!("/v1/scheduled-changes/{}", text(&done["result"]["scheduled_change"]));
    let listed = world.get("/v1/scheduled-changes?status=pending&customer=ada").await.expect(200);
    assert_eq!(listed["data"][0], world.get(&path).await.json);
    let withdrawn = world.post(&format!("{path}/withdraw"), json!({})).await.expect(200);
    assert_eq!(withdrawn["status"], "withdrawn");
    let again = world.post(&format!("{path}/withdraw"), json!({})).await;
    assert_eq!(again.problem(409), "not-pending");
    let none = world.get("/v1/scheduled-changes?status=pending").await.expect(200);
    assert_eq!(none["data"], json!([]));
}

async fn an_invoice_is_paid_bounces_and_is_paid_again(store: Store) {
    let (world, _) = with_a_month(store).await;
    world.advance("2026-02-28").await;
    let open = world.get("/v1/invoices?customer=ada&status=open").await.expect(200);
    let invoice = &open["data"][0];
    assert_eq!((&invoice["amount_due"], &invoice["due_on"]), (&eur("9.90"), &json!("2026-03-14")));
    let path = format!("/v1/invoices/{}", text(&invoice["id"]));
    let (pay, unpay) = (format!("{path}/pay"), format!("{path}/unpay"));
    let late = json!({"reference": "psp-2", "paid_on": "2026-03-01"});
    assert_eq!(world.post(&pay, late).await.pointers(), ["/paid_on"]);
    let bounced = json!({"reference": "psp-2", "reason": "no funds"});
    assert_eq!(world.post(&unpay, bounced.clone()).await.problem(409), "not-paid");
    let paid = world.post(&pay, json!({"reference": "psp-2"})).await.expect(200);
    assert_eq!((&paid["status"], &paid["amount_due"]), (&json!("paid"), &eur("0.00")));
    let again = world.post(&pay, json!({"reference": "psp-3"})).await;
    assert_eq!(again.problem(409), "already-paid");
    let back = world.post(&unpay, bounced).await.expect(200);
    assert_eq!((&back["status"], &back["amount_due"]), (&json!("open"), &eur("9.90")));
    world.post(&pay, json!({"reference": "psp-4"})).await.expect(200);
    assert_eq!(world.post(&pay, json!({})).await.pointers(), ["/reference"]);
}

async fn a_subscription_is_brought_over(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let body = json!({
        "customer": "eve", "offer": "month", "id": "old-1", "started_on": "2025-06-15",
        "price": eur("7.90"),
        "current_period": {"start": "2026-01-15", "end": "2026-02-15"},
        "brought_over": {"gross": eur("7.90"), "paid": true, "number": "R-9"},
    });
    let brought = world.post("/v1/subscriptions", body.clone()).await.expect(201);
    assert_eq!((&brought["id"], &brought["price"]), (&json!("old-1"), &eur("7.90")));
    assert_eq!(brought["next_booking_on"], "2026-02-15");
    assert_eq!(brought, world.get("/v1/subscriptions/old-1").await.json);
    assert_eq!(world.post("/v1/subscriptions", body).await.problem(409), "conflict");
    assert_eq!(world.get("/v1/invoices").await.json["data"], json!([]));
    world.advance("2026-02-15").await;
    let invoices = world.get("/v1/invoices?subscription=old-1").await.expect(200);
    assert_eq!(invoices["data"][0]["gross"], eur("7.90"));
}

async fn what_is_brought_over_must_make_sense(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let chf = json!({"amount": "1.00", "currency": "CHF"});
    let table = [
        (json!({"started_on": "2026-02-01"}), vec!["/started_on"]),
        (json!({"started_on": "2026-02-30"}), vec!["/started_on"]),
        (json!({"offer": "nope"}), vec!["/offer"]),
        (json!({"price": eur("-1.00")}), vec!["/price/amount"]),
        (
            json!({"price": chf, "brought_over": {"gross": chf, "paid": true}}),
            vec!["/brought_over/gross/currency", "/price/currency"],
        ),
        (
            json!({"price": eur("1.001"), "brought_over": {"gross": eur("-1.00"), "paid": true}}),
            vec!["/brought_over/gross/amount", "/price/amount"],
        ),
        (
            json!({"current_period": {"start": "2026-01-15", "end": "2026-02-16"}}),
            vec!["/current_period/end"],
        ),
        // Whichever stage finds it, all of it is told at once.
        (
            json!({
                "customer": "no one", "started_on": "2026-02-01", "brand_new": true, "price": chf,
                "cancel_on": "2026-02-30",
                "brought_over": {"gross": eur("1.00"), "paid": "yes"},
                "current_term": {"start": "2026-01-01", "end": "2026-01-31"},
            }),
            vec![
                "/brand_new",
                "/brought_over/paid",
                "/cancel_on",
                "/current_term",
                "/customer",
                "/price/currency",
                "/started_on",
            ],
        ),
        (
            json!({"offer": "nope", "started_on": "2026-02-01", "id": "?"}),
            vec!["/id", "/offer", "/started_on"],
        ),
    ];
    for (change, places) in table {
        let mut body = json!({"customer": "eve", "offer": "month", "started_on": "2026-01-15"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = world.post("/v1/subscriptions", body).await;
        assert_eq!(answer.pointers(), places, "{change}");
    }
    assert_eq!(world.get("/v1/subscriptions").await.json["data"], json!([]));
}

async fn a_credit_balance_is_paid_out(store: Store) {
    let (world, _) = with_a_month(store).await;
    // Half of the month is given back, and a day of a cheap offer taken.
    let mut path = path_of("immediate");
    path["proration"] = json!("day");
    path["target_tags"] = json!(["day"]);
    world.put("/v1/tags/day", json!({"title": "day"})).await.expect(201);
    let day = json!({
        "title": "Day", "products": ["paper"], "price": eur("0.10"), "billing_period": "P1D",
        "tags": ["day"],
    });
    world.put("/v1/offers/day", day).await.expect(201);
    world.put("/v1/paths/down", path).await.expect(201);
    world.advance("2026-02-14").await;
    let done = world.buy("ada", "day").await;
    let note = text(&done["result"]["credit_notes"][0]);
    let note = world.get(&format!("/v1/credit-notes/{note}")).await.expect(200);
    assert_eq!((&note["kind"], &note["status"]), (&json!("credit_note"), &json!("issued")));
    let balance = world.get("/v1/customers/ada").await.json["credit_balance"][0].clone();
    assert_eq!(balance["currency"], "EUR");
    let listed = world.get("/v1/customers").await.json["data"][0].clone();
    assert_eq!(listed["credit_balance"], json!([balance]));
    let pay_out = async |amount: Value| {
        let body = json!({"amount": amount, "reference": "sepa-1"});
        world.post("/v1/customers/ada/payouts", body).await
    };
    for wrong in [eur("1000.00"), eur("0.00"), eur("-1.00"), eur("0.001")] {
        assert_eq!(pay_out(wrong.clone()).await.pointers(), ["/amount/amount"], "{wrong}");
    }
    let paid = pay_out(balance.clone()).await.expect(201);
    assert_eq!((&paid["amount"], &paid["customer"]), (&balance, &json!("ada")));
    let left = world.get("/v1/customers/ada").await.json["credit_balance"].clone();
    assert_eq!(paid["credit_balance"], left);
    assert_eq!(pay_out(eur("0.01")).await.pointers(), ["/amount/amount"]);
}

async fn a_customer_is_told_what_is_refused_and_why(store: Store) {
    let (world, _) = with_a_month(store).await;
    world.advance("2026-03-20").await;
    let found = world.get("/v1/customers/ada/transitions").await.expect(200);
    assert_eq!(found["data"], json!([]));
    let refused = &found["refused"][0];
    assert_eq!(refused["offer"], "year");
    let considered = &refused["considered"][0];
    assert_eq!(
        (&considered["path"], &considered["reason"]),
        (&json!("month-to-year"), &json!("source-unpaid"))
    );
    let visitor = super::backend::Visitor::sign_in(&world, crate::world::ADMIN_KEY).await;
    let page = visitor.get("/backend/customers/ada").await.text;
    assert!(page.contains("What is refused today, and why"), "{page}");
    assert!(page.contains("something is unpaid"), "{page}");
}

async fn a_button_says_what_an_offer_is_to_a_customer(store: Store) {
    let (world, path) = with_a_month(store).await;
    for (id, price, tags) in [
        ("other", "5.00", json!([])),
        ("plus", "19.90", json!(["plus"])),
        ("same", "9.90", json!(["plus"])),
        ("less", "1.00", json!(["plus"])),
        ("extra", "4.00", json!(["extra"])),
        ("gone", "4.00", json!([])),
    ] {
        for tag in tags.as_array().unwrap() {
            let title = json!({"title": tag});
            world.put(&format!("/v1/tags/{}", text(tag)), title).await;
        }
        let mut offer = offer_of("month", price, "P1M");
        (offer["title"], offer["tags"]) = (json!(id), tags);
        offer["active"] = json!(id != "gone");
        world.put(&format!("/v1/offers/{id}"), offer).await.expect(201);
    }
    let mut way = path_of("next_booking");
    way["target_tags"] = json!(["plus"]);
    world.put("/v1/paths/to-plus", way.clone()).await.expect(201);
    (way["target_tags"], way["optional"]) = (json!(["extra"]), json!(true));
    world.put("/v1/paths/to-extra", way).await.expect(201);
    let buttons = async || {
        let found = world.get("/v1/customers/ada/offers").await.expect(200);
        let found = found["data"].as_array().unwrap().clone();
        let told =
            found.iter().map(|it| format!("{} {}", text(&it["offer"]), text(&it["scenario"])));
        (told.collect::<Vec<_>>(), found)
    };
    let (told, found) = buttons().await;
    let wanted = [
        "extra add",
        "less down",
        "month current",
        "other new",
        "plus up",
        "same side",
        "year down",
    ];
    assert_eq!(told, wanted);
    let shown = world.open("ada", "plus").await;
    for field in ["path", "mode", "transition", "effective_on", "amount_due", "next_payment"] {
        assert_eq!(found[4][field], shown[field], "{field}");
    }
    assert_eq!(found[4]["confirmation"]["title"], shown["confirmation"]["title"]);
    assert_eq!((&found[2]["path"], &found[2]["amount_due"]), (&json!(null), &json!(null)));
    let page = world.get("/v1/customers/ada/offers?limit=2").await.expect(200);
    let cursor = text(&page["next_cursor"]);
    let rest = world.get(&format!("/v1/customers/ada/offers?cursor={cursor}")).await.expect(200);
    assert_eq!(rest["data"].as_array().unwrap()[..], found[2..]);
    world.post(&complete(&shown), json!({})).await.expect(200);
    let (told, _) = buttons().await;
    assert_eq!((told[2].as_str(), told[4].as_str()), ("month ends", "plus scheduled"));
    let change = world.get("/v1/scheduled-changes").await.expect(200)["data"][0]["id"].clone();
    world.post(&format!("/v1/scheduled-changes/{}/withdraw", text(&change)), json!({})).await;
    world.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    assert_eq!(buttons().await.0[2], "month ends");
    world.post(&format!("{path}/uncancel"), json!({})).await.expect(200);
    world.advance("2026-03-20").await;
    assert_eq!(buttons().await.0[4], "plus refused");
    assert_eq!(world.get("/v1/customers/nobody/offers").await.problem(404), "not-found");
}

async fn a_customer_sees_what_is_reachable(store: Store) {
    let (world, path) = with_a_month(store).await;
    let found = world.get("/v1/customers/ada/transitions").await.expect(200);
    let found = &found["data"][0];
    let id = path.rsplit('/').next().unwrap();
    assert_eq!(
        (&found["source_subscription"], &found["target_offer"]),
        (&json!(id), &json!("year"))
    );
    assert_eq!((&found["path"], &found["mode"]), (&json!("month-to-year"), &json!("replace")));
    assert_eq!(
        (&found["effective_on"], &found["amount_due"]),
        (&json!("2026-02-28"), &eur("0.00"))
    );
    assert_eq!(found["confirmation"]["title"], "Change to Year");
    assert_eq!(world.get("/v1/customers/nobody/transitions").await.problem(404), "not-found");
}

async fn a_button_of_what_somebody_has_names_what_they_pay(store: Store) {
    let (world, _) = with_a_month(store).await;
    world.put("/v1/offers/month", offer_of("month", "20.00", "P1M")).await.expect(200);
    let found = world.get("/v1/customers/ada/offers").await.expect(200);
    let month = found["data"].as_array().unwrap().iter().find(|it| it["offer"] == "month").unwrap();
    assert_eq!((&month["scenario"], &month["price"]), (&json!("current"), &eur("9.90")));
}

async fn documents_are_found_by_customer_subscription_and_status(store: Store) {
    let (world, path) = with_a_month(store).await;
    let mut last = path_of("last_booking");
    last["target_tags"] = json!(["year"]);
    world.put("/v1/paths/month-to-year", last).await.expect(200);
    let checkout = world.open("ada", "year").await;
    let body = json!({"payment": {"reference": "psp", "amount": checkout["amount_due"]}});
    world.post(&complete(&checkout), body).await.expect(200);
    let id = path.rsplit('/').next().unwrap();
    let count = async |list: &str| {
        let listed = world.get(&format!("/v1/{list}")).await.expect(200);
        listed["data"].as_array().unwrap().len()
    };
    assert_eq!(count("invoices").await, 2);
    assert_eq!(count(&format!("invoices?subscription={id}")).await, 1);
    assert_eq!(count("invoices?status=cancelled").await, 1);
    assert_eq!(count("invoices?status=issued").await, 0);
    assert_eq!(count("invoices?customer=bob").await, 0);
    assert_eq!(count("credit-notes").await, 1);
    assert_eq!(count("credit-notes?status=issued&customer=ada").await, 1);
    assert_eq!(count("credit-notes?status=open").await, 0);
    assert_eq!(world.get("/v1/invoices?status=gone").await.pointers(), ["/status"]);
    let note = world.get("/v1/credit-notes").await.json["data"][0].clone();
    let invoice = world.get("/v1/invoices?status=cancelled").await.json["data"][0].clone();
    assert_eq!((&note["credits"], &note["gross"]), (&invoice["id"], &eur("9.90")));
    assert_eq!(invoice["amount_due"], eur("0.00"));
}
