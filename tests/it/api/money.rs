//! Money and days as people saw them go wrong: each case under the name of what was seen.

use crossgrade::app::test_clock::ClockTarget;
use crossgrade::rules::definitions::Drafted;
use crossgrade::store::Store;
use crossgrade::store::merchants::{self, BookClock};
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, complete, eur, offer_of, paid, paid_with, path_of};

both! {
    a_day_that_was_paid_for_never_comes_again,
    a_file_does_not_set_the_day_back_either,
    a_server_that_is_behind_goes_by_the_day_of_the_customer,
    rates_that_leave_an_offer_without_tax_today_are_refused,
    an_offer_begins_with_a_category_that_has_a_rate_today,
    a_file_leaves_no_offer_without_tax,
    a_cancelled_invoice_is_not_paid_and_says_so,
    a_payment_lies_between_issue_and_today,
    one_payment_completes_the_checkouts_of_one_customer,
    what_has_paid_an_invoice_of_somebody_completes_no_checkout_of_another,
    more_decimals_than_the_currency_has_are_refused_everywhere,
    an_unknown_variable_is_named_wherever_it_stands,
    the_buyers_mail_address_stands_on_the_document,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn is_sound(world: &World) {
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!((&audit["ok"], &audit["faults"]), (&json!(true), &json!([])));
}

/// Ada has had the month since 11 February and pays on 11 March, three hours into the day.
async fn on_the_eleventh(store: Store) -> World {
    let world = World::on(store, ClockTarget::parse("2025-02-11T03:00:00Z")).await;
    world.put("/v1/settings", json!({"time_zone": "UTC"})).await.expect(200);
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    world.buy("ada", "month").await;
    world.advance("2025-03-11T03:00:00Z").await;
    let open = world.get("/v1/invoices?status=open").await.expect(200);
    assert_eq!(open["data"][0]["issued_on"], "2025-03-11");
    let pay = format!("/v1/invoices/{}/pay", text(&open["data"][0]["id"]));
    world.post(&pay, json!({"reference": "march"})).await.expect(200);
    world
}

async fn a_day_that_was_paid_for_never_comes_again(store: Store) {
    let world = on_the_eleventh(store).await;
    let chicago = json!({"time_zone": "America/Chicago"});
    let refused = world.put("/v1/settings", chicago.clone()).await;
    assert_eq!(refused.problem(409), "conflict");
    let detail = text(&refused.json["detail"]);
    assert!(detail.contains("from 2025-03-11T05:00:00Z on"), "{detail}");
    // East of here it is the same day, or one that has begun already.
    world.put("/v1/settings", json!({"time_zone": "Asia/Tokyo"})).await.expect(200);
    world.put("/v1/settings", json!({"time_zone": "UTC"})).await.expect(200);
    world.advance("2025-03-11T05:00:00Z").await;
    world.put("/v1/settings", chicago).await.expect(200);
    let year = world.open("ada", "year").await;
    assert_eq!(year["effective_on"], "2025-03-11");
    world.post(&complete(&year), paid(&year)).await.expect(200);
    is_sound(&world).await;
}

async fn a_file_does_not_set_the_day_back_either(store: Store) {
    use crossgrade::app::catalogue_file::CatalogueDraft;
    use crossgrade::domain::ids::MerchantId;
    let world = on_the_eleventh(store).await;
    let merchant = MerchantId::parse("default").unwrap();
    let settings = serde_json::from_value(json!({"time_zone": "America/Chicago"})).unwrap();
    let settings = Some(("/settings".to_owned(), settings));
    let draft = || CatalogueDraft { settings: settings.clone(), ..CatalogueDraft::default() };
    for refused in [
        world.app.judge_import(&merchant, draft()).await,
        world.app.import(&merchant, draft(), |_| ()).await,
    ] {
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("can be set from"), "{error}");
    }
    assert_eq!(world.get("/v1/settings").await.json["time_zone"], "UTC");
}

async fn a_server_that_is_behind_goes_by_the_day_of_the_customer(store: Store) {
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    let month = text(&world.buy("ada", "month").await["result"]["subscription"]);
    let behind = World::new(store.clone()).await;
    world.advance("2026-02-28").await;
    // A server follows the clock of its book, so that one is behind only where that went back.
    let at = "2026-01-30T23:00:00Z".parse().unwrap();
    let back = BookClock { at, date: None };
    let (mut tx, _) = store.write(None).await.unwrap();
    merchants::save_clock(&mut tx, back).await.unwrap();
    tx.commit().await.unwrap();
    let clock = behind.get("/v1/test-clock").await.expect(200);
    assert_eq!(clock["today"], "2026-01-31", "the other server has not heard of it");
    let year = behind.open("ada", "year").await;
    assert_eq!((&year["effective_on"], &year["catch_up"]), (&json!("2026-02-28"), &json!([])));
    let cancel = format!("/v1/subscriptions/{month}/cancel");
    let ended = behind.post(&cancel, json!({"when": "now"})).await.expect(200);
    assert_eq!(ended["ended_on"], "2026-02-28");
    let run = behind.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!(run["failures"], json!([]));
    is_sound(&world).await;
}

fn rates(rates: &[(&str, &str)]) -> Value {
    let rate = |(rate, from): &(&str, &str)| json!({"rate": rate, "valid_from": from});
    json!({"rates": rates.iter().map(rate).collect::<Vec<_>>()})
}

fn taxed(mut offer: Value) -> Value {
    offer["tax"] = json!("vat");
    offer
}

/// In August 2024 24 % are in force in Finland; from 1 September on it is 25.5 %.
async fn in_finland(store: Store) -> World {
    let world = World::starting(store, "2024-08-20".parse().unwrap()).await;
    world.put("/v1/settings", json!({"time_zone": "Europe/Helsinki"})).await.expect(200);
    world.catalogue().await;
    world.put("/v1/taxes/vat", rates(&[("24", "2013-01-01")])).await.expect(201);
    world
}

async fn rates_that_leave_an_offer_without_tax_today_are_refused(store: Store) {
    let world = in_finland(store).await;
    // Nothing uses it yet.
    world.put("/v1/taxes/vat", rates(&[("25.5", "2024-09-01")])).await.expect(200);
    world.put("/v1/taxes/vat", rates(&[("24", "2013-01-01")])).await.expect(200);
    world.put("/v1/offers/month", taxed(offer_of("month", "9.90", "P1M"))).await.expect(200);
    world.buy("ada", "month").await;
    let later = world.put("/v1/taxes/vat", rates(&[("25.5", "2024-09-01")])).await;
    assert_eq!(later.pointers(), ["/rates"]);
    // Who runs on an older version of the offer uses it, too.
    world.put("/v1/offers/month", offer_of("month", "9.90", "P1M")).await.expect(200);
    let later = world.put("/v1/taxes/vat", rates(&[("25.5", "2024-09-01")])).await;
    assert_eq!(later.pointers(), ["/rates"]);
    let both = rates(&[("24", "2024-08-20"), ("25.5", "2024-09-01")]);
    world.put("/v1/taxes/vat", both).await.expect(200);
    world.advance("2024-10-20").await;
    let invoices = world.get("/v1/invoices").await.expect(200);
    let told = invoices["data"].as_array().unwrap().iter().map(|invoice| {
        let line = &invoice["lines"][0];
        (text(&line["period"]["start"]), text(&line["tax_rate"]))
    });
    let told: Vec<_> = told.collect();
    let want = [("2024-08-20", "24"), ("2024-09-20", "25.5"), ("2024-10-20", "25.5")];
    assert_eq!(told, want.map(|(day, rate)| (day.to_owned(), rate.to_owned())));
    is_sound(&world).await;
}

async fn an_offer_begins_with_a_category_that_has_a_rate_today(store: Store) {
    let world = in_finland(store).await;
    world.put("/v1/taxes/vat", rates(&[("25.5", "2024-09-01")])).await.expect(200);
    let month = taxed(offer_of("month", "9.90", "P1M"));
    assert_eq!(world.put("/v1/offers/month", month.clone()).await.pointers(), ["/tax"]);
    world.advance("2024-09-01").await;
    world.put("/v1/offers/month", month.clone()).await.expect(200);
    world.put("/v1/offers/month", month).await.expect(200);
}

async fn a_file_leaves_no_offer_without_tax(store: Store) {
    let world = in_finland(store).await;
    let file = |rates: Value| {
        let mut file = json!({"taxes": {"vat": rates}, "offers": {}});
        file["offers"]["month"] = taxed(offer_of("month", "9.90", "P1M"));
        file
    };
    let faults = |file: Value| {
        let world = world.clone();
        async move {
            use crossgrade::domain::ids::MerchantId;
            let merchant = MerchantId::parse("default").unwrap();
            let draft = crate::api::money::draft_of(&file);
            match world.app.import(&merchant, draft, |_| ()).await {
                Ok(_) => Vec::new(),
                Err(crossgrade::app::AppError::Invalid(faults)) => {
                    faults.into_iter().map(|fault| fault.pointer).collect()
                }
                Err(other) => panic!("{other}"),
            }
        }
    };
    assert_eq!(faults(file(rates(&[("25.5", "2024-09-01")]))).await, ["/taxes/vat/rates"]);
    world.put("/v1/taxes/vat", rates(&[("25.5", "2024-09-01")])).await.expect(200);
    let mut alone = file(json!({}));
    alone["taxes"] = json!({});
    assert_eq!(faults(alone).await, ["/offers/month/tax"]);
    let both = rates(&[("24", "2013-01-01"), ("25.5", "2024-09-01")]);
    assert_eq!(faults(file(both)).await, Vec::<String>::new());
}

/// A catalogue file as a draft, read as the command line does.
fn draft_of(file: &Value) -> crossgrade::app::catalogue_file::CatalogueDraft {
    use crossgrade::app::catalogue_file::{CatalogueDraft, Entry};
    fn entries<D: Drafted>(file: &Value, section: &str) -> Vec<Entry<D>> {
        let things = file[section].as_object().cloned().unwrap_or_default().into_iter();
        let entry = |(id, draft): (String, Value)| {
            let pointer = format!("/{section}/{id}");
            let draft: D::Draft = serde_json::from_value(draft).unwrap();
            Entry { id_pointer: pointer.clone(), pointer, id, sent: Some(draft.into()) }
        };
        things.map(entry).collect()
    }
    CatalogueDraft {
        taxes: entries(file, "taxes"),
        offers: entries(file, "offers"),
        ..CatalogueDraft::default()
    }
}

async fn a_cancelled_invoice_is_not_paid_and_says_so(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let mut back = path_of("last_booking");
    back["unpaid_source"] = json!("allow");
    world.put("/v1/paths/month-to-year", back).await.expect(200);
    let month = world.open("ada", "month").await;
    let month = world.post(&complete(&month), json!({})).await.expect(200);
    let year = world.open("ada", "year").await;
    let year = world.post(&complete(&year), json!({})).await.expect(200);
    let pay = |checkout: &Value| {
        let invoice = text(&checkout["result"]["invoices"][0]);
        (format!("/v1/invoices/{invoice}/pay"), format!("/v1/invoices/{invoice}/unpay"))
    };
    let (pay_month, unpay_month) = pay(&month);
    let answer = world.post(&pay_month, json!({"reference": "bank"})).await;
    assert_eq!(answer.problem(409), "already-cancelled");
    let bounced = json!({"reference": "bank", "reason": "no funds"});
    assert_eq!(world.post(&unpay_month, bounced).await.problem(409), "not-paid");
    let (pay_year, _) = pay(&year);
    world.post(&pay_year, json!({"reference": "bank"})).await.expect(200);
    let answer = world.post(&pay_year, json!({"reference": "bank"})).await;
    assert_eq!(answer.problem(409), "already-paid");
}

async fn a_payment_lies_between_issue_and_today(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.advance("2026-03-10").await;
    let open = world.get("/v1/invoices?status=open").await.expect(200);
    let pay = format!("/v1/invoices/{}/pay", text(&open["data"][0]["id"]));
    for wrong in ["1999-01-01", "2026-02-27", "2026-03-11"] {
        let answer = world.post(&pay, json!({"reference": "bank", "paid_on": wrong})).await;
        assert_eq!(answer.pointers(), ["/paid_on"], "{wrong}");
    }
    let paid = world.post(&pay, json!({"reference": "bank", "paid_on": "2026-02-28"})).await;
    assert_eq!(paid.expect(200)["status"], "paid");
}

async fn one_payment_completes_the_checkouts_of_one_customer(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    let card = |checkout: &Value| {
        let payment = json!({"reference": "card-7", "amount": checkout["amount_due"]});
        json!({"payment": payment})
    };
    let ada = world.open("ada", "month").await;
    let bob = world.open("bob", "month").await;
    world.post(&complete(&ada), card(&ada)).await.expect(200);
    let answer = world.post(&complete(&bob), card(&bob)).await;
    assert_eq!(answer.problem(409), "payment-used");
    let none = world.get("/v1/invoices?customer=bob").await.expect(200);
    assert_eq!(none["data"], json!([]));
    // Ada may pay another checkout with it; Bob comes with a payment of his own.
    let year = world.open("ada", "year").await;
    world.post(&complete(&year), card(&year)).await.expect(200);
    let bob = world.post(&complete(&bob), paid(&bob)).await.expect(200);
    let invoice = text(&bob["result"]["invoices"][0]);
    let bounced = json!({"reference": paid_with(&world, &invoice).await, "reason": "no funds"});
    world.post(&format!("/v1/invoices/{invoice}/unpay"), bounced).await.expect(200);
    let pay = format!("/v1/invoices/{invoice}/pay");
    let answer = world.post(&pay, json!({"reference": "card-7"})).await;
    assert_eq!(answer.problem(409), "payment-used");
    world.post(&pay, json!({"reference": "card-8"})).await.expect(200);
}

async fn what_has_paid_an_invoice_of_somebody_completes_no_checkout_of_another(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.advance("2026-03-01").await;
    let open = world.get("/v1/invoices?status=open").await.expect(200);
    let id = text(&open["data"][0]["id"]);
    let done =
        world.post(&format!("/v1/invoices/{id}/pay"), json!({"reference": " bank-7 "})).await;
    assert_eq!(done.expect(200)["payments"][0]["reference"], "bank-7", "without spaces");
    let bob = world.open("bob", "month").await;
    for reference in ["bank-7", "bank-7 ", " bank-7"] {
        let payment = json!({"reference": reference, "amount": bob["amount_due"]});
        let answer = world.post(&complete(&bob), json!({"payment": payment})).await;
        assert_eq!(answer.problem(409), "payment-used", "{reference:?}");
    }
    let none = world.get("/v1/invoices?customer=bob").await.expect(200);
    assert_eq!(none["data"], json!([]));
    let bounced = json!({"reference": " bank-7", "reason": "no funds"});
    let open = world.post(&format!("/v1/invoices/{id}/unpay"), bounced).await.expect(200);
    assert_eq!(open["status"], "open");
    let own = world.post(&complete(&bob), paid(&bob)).await;
    own.expect(200);
}

async fn more_decimals_than_the_currency_has_are_refused_everywhere(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let priced = |amount: &str, currency: &str| {
        let mut offer = offer_of("fine", "1.00", "P1M");
        offer["tags"] = json!([]);
        offer["price"] = json!({"amount": amount, "currency": currency});
        offer
    };
    for (amount, currency) in [("9.900", "EUR"), ("100.0", "JPY"), ("1.2500", "KWD")] {
        let answer = world.put("/v1/offers/fine", priced(amount, currency)).await;
        assert_eq!(answer.pointers(), ["/price/amount"], "{amount} {currency}");
    }
    world.put("/v1/offers/fine", priced("1.250", "KWD")).await.expect(201);
    let month = world.open("ada", "month").await;
    let payment = json!({"payment": {"reference": "card", "amount": eur("9.900")}});
    assert_eq!(world.post(&complete(&month), payment).await.status, 422);
    let payout = json!({"amount": eur("1.000"), "reference": "out"});
    assert_eq!(world.post("/v1/customers/ada/payouts", payout).await.status, 422);
    let over = json!({"customer": "eve", "offer": "month", "started_on": "2026-01-15",
        "price": eur("7.900"), "brought_over": {"gross": eur("7.900"), "paid": true}});
    assert_eq!(world.post("/v1/subscriptions", over).await.status, 422);
}

async fn an_unknown_variable_is_named_wherever_it_stands(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut path = path_of("immediate");
    path["title"] = json!("To {offerTitel}");
    path["description"] = json!("{offerTitel} on {nextPaymet}, {offerTitel}");
    let answer = world.put("/v1/paths/month-to-year", path).await;
    let errors = answer.json["errors"].as_array().unwrap();
    let told: Vec<String> = errors.iter().map(|e| text(&e["detail"])).collect();
    assert_eq!(
        answer.pointers(),
        ["/description", "/description", "/description", "/title"],
        "{told:?}"
    );
    for (told, place) in told.iter().zip(["17", "1", "31", "4"]) {
        let place = format!("at character {place}: did you mean {{");
        assert!(told.contains(&place), "{told}");
    }
}

async fn the_buyers_mail_address_stands_on_the_document(store: Store) {
    use crossgrade::domain::ids::{InvoiceId, MerchantId};
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    let ada = json!({"name": "Ada", "email": "ada@example.com"});
    world.put("/v1/customers/ada", ada).await.expect(201);
    let bought = world.buy("ada", "month").await;
    let id = InvoiceId::parse(bought["result"]["invoices"][0].as_str().unwrap()).unwrap();
    let merchant = MerchantId::parse("default").unwrap();
    let mut tx = store.read().await.unwrap();
    let found = crossgrade::store::documents::find_invoice(&mut tx, &merchant, &id).await;
    let buyer = found.unwrap().unwrap().buyer;
    assert_eq!((buyer.email.as_deref(), buyer.vat_id), (Some("ada@example.com"), None));
}
