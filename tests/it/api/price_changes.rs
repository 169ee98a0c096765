//! What running subscriptions pay later than they did: decided, told, shown, booked, withdrawn.

use crossgrade::domain::ids::{MerchantId, OfferId};
use crossgrade::domain::price_change::PriceScope;
use crossgrade::rules::price_change::PriceChangeDraft;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::support::both;
use crate::world::{World, eur, offer_of};

both! {
    who_was_told_in_time_pays_the_newer_price,
    a_price_change_is_withdrawn_one_by_one_and_as_a_whole,
    a_change_of_offer_loses_the_new_price,
    who_is_bound_pays_it_from_the_next_term_on,
    a_price_change_that_means_nothing_is_refused,
    what_is_previewed_is_what_is_told_and_booked,
    what_begins_later_by_a_change_that_waits_is_counted_as_left_out,
    rises_in_steps_come_each_on_its_day_and_are_withdrawn_each,
    whoever_stays_after_all_is_told_and_pays_after_the_notice,
    a_repeated_request_is_one_price_change,
    what_was_cut_off_is_gone_on_with_and_each_is_told_once,
}

/// A month from 2026-01-31 for each of these customers; on 2026-02-10 the offer costs 10.90.
async fn sold(store: Store, customers: &[&str]) -> World {
    let world = World::new(store).await;
    let settings = json!({"time_zone": "Europe/Berlin", "locale": "en", "currency": "EUR"});
    world.put("/v1/settings", settings).await.expect(200);
    world.catalogue().await;
    for customer in customers {
        world.buy(customer, "month").await;
    }
    world.advance("2026-02-10").await;
    world.put("/v1/offers/month", offer_of("month", "10.90", "P1M")).await.expect(200);
    world
}

async fn subscription(world: &World, customer: &str) -> Value {
    let path = format!("/v1/subscriptions?customer={customer}&status=active");
    world.get(&path).await.expect(200)["data"][0].clone()
}

/// The gross of each line of a customer's invoices with the first day that it pays for, in order.
async fn booked(world: &World, customer: &str) -> Vec<String> {
    let found = world.get(&format!("/v1/invoices?customer={customer}")).await.expect(200);
    let invoices = found["data"].as_array().unwrap().iter();
    let lines = invoices.flat_map(|it| it["lines"].as_array().unwrap().iter());
    let line = |it: &Value| {
        let (gross, start) = (&it["gross"]["amount"], &it["period"]["start"]);
        format!("{} {}", start.as_str().unwrap(), gross.as_str().unwrap_or_default())
    };
    lines.map(line).collect()
}

/// The kinds of what was told of a customer's prices, in order.
async fn told(world: &World, customer: &str) -> Vec<String> {
    let events = world.get("/v1/events?limit=200").await.expect(200);
    let events = events["data"].as_array().unwrap().iter();
    let own = events.filter(|event| event["customer"] == customer);
    let kinds = own.map(|event| event["type"].as_str().unwrap());
    kinds.filter_map(|kind| kind.strip_prefix("subscription.price_")).map(str::to_owned).collect()
}

async fn is_sound(world: &World) {
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["ok"], true, "{audit}");
}

fn all(from: &str, notice_days: u32) -> Value {
    json!({"effective_from": from, "subscriptions": "all", "notice_days": notice_days})
}

async fn decide(world: &World, body: Value) -> String {
    let decided = world.post("/v1/offers/month/price-changes", body).await.expect(201);
    format!("/v1/price-changes/{}", decided["id"].as_str().unwrap())
}

async fn who_was_told_in_time_pays_the_newer_price(store: Store) {
    let world = sold(store, &["ada", "bob"]).await;
    world.buy("cy", "month").await;
    let body = json!({"effective_from": "2026-02-10"});
    let change = decide(&world, body).await;
    let shown = world.get(&change).await.expect(200);
    assert_eq!(shown["status"], "told");
    assert_eq!((&shown["price"], &shown["notice_days"]), (&eur("10.90"), &json!(30)));
    assert_eq!(shown["subscriptions"], "no_longer_bound");
    assert_eq!(shown["counts"]["pending"], 2);
    let left_out = json!([{"reason": "newest-version", "subscriptions": 1}]);
    assert_eq!(shown["left_out"], left_out, "cy bought at the newer price");
    let sums = (&shown["monthly_before"], &shown["monthly_after"]);
    assert_eq!(sums, (&eur("19.80"), &eur("21.80")));
    let waits = subscription(&world, "ada").await;
    assert_eq!((&waits["price"], &waits["new_price"]["price"]), (&eur("9.90"), &eur("10.90")));
    assert_eq!(waits["new_price"]["from"], "2026-03-12");
    assert_eq!(waits["new_price"]["first_booking_on"], "2026-03-31");
    let portal = world.post("/v1/customers/ada/portal-sessions", json!({})).await.expect(201);
    let address = portal["url"].as_str().unwrap();
    let page = world.get(&address[address.find("/portal").unwrap()..]).await.text;
    let coming = "<dt>Price from March 31, 2026</dt><dd>\u{20ac}10.90 per month</dd>";
    assert!(page.contains(coming), "{page}");
    assert_eq!(told(&world, "ada").await, ["will_change"]);
    world.advance("2026-05-01").await;
    let want = ["2026-01-31 9.90", "2026-02-28 9.90", "2026-03-31 10.90", "2026-04-30 10.90"];
    assert_eq!(booked(&world, "ada").await, want);
    assert_eq!(told(&world, "ada").await, ["will_change", "changed"]);
    let pays = subscription(&world, "ada").await;
    assert_eq!((&pays["price"], &pays["new_price"]), (&eur("10.90"), &Value::Null));
    assert_eq!(world.get(&change).await.expect(200)["counts"]["applied"], 2);
    is_sound(&world).await;
}

async fn a_price_change_is_withdrawn_one_by_one_and_as_a_whole(store: Store) {
    let world = sold(store, &["ada", "bob", "cy"]).await;
    let change = decide(&world, all("2026-02-28", 0)).await;
    let ada = subscription(&world, "ada").await;
    let keep = format!("/v1/subscriptions/{}/keep-price", ada["id"].as_str().unwrap());
    let kept = world.post(&keep, json!({})).await.expect(200);
    assert_eq!(kept["new_price"], Value::Null);
    assert_eq!(world.post(&keep, json!({})).await.problem(409), "not-pending");
    assert_eq!(told(&world, "ada").await, ["will_change", "kept"]);
    let cancel = format!(
        "/v1/subscriptions/{}/cancel",
        subscription(&world, "cy").await["id"].as_str().unwrap()
    );
    world.post(&cancel, json!({"when": "now"})).await.expect(200);
    assert_eq!(told(&world, "cy").await, ["will_change", "kept"], "it has ended");
    let withdraw = format!("{change}/withdraw");
    world.post(&withdraw, json!({})).await.expect(200);
    let withdrawn = world.get(&change).await.expect(200);
    let stands = (&withdrawn["status"], &withdrawn["withdrawn_on"]);
    assert_eq!(stands, (&json!("withdrawn"), &json!("2026-02-10")));
    let counts = json!(
        {"pending": 0, "applied": 0, "withdrawn": 2, "superseded": 0, "dropped": 1}
    );
    assert_eq!(withdrawn["counts"], counts);
    let again = world.post(&withdraw, json!({})).await.expect(200);
    assert_eq!(again, withdrawn, "it stays so");
    world.advance("2026-03-01").await;
    for customer in ["ada", "bob"] {
        assert_eq!(booked(&world, customer).await, ["2026-01-31 9.90", "2026-02-28 9.90"]);
    }
    assert_eq!(told(&world, "bob").await, ["will_change", "kept"]);
    // Who pays it already goes on.
    let again = decide(&world, all("2026-03-31", 0)).await;
    world.advance("2026-03-31").await;
    world.post(&format!("{again}/withdraw"), json!({})).await.expect(200);
    assert_eq!(subscription(&world, "bob").await["price"], eur("10.90"));
    is_sound(&world).await;
}

async fn a_change_of_offer_loses_the_new_price(store: Store) {
    let world = sold(store, &["ada"]).await;
    let change = decide(&world, all("2026-03-31", 0)).await;
    let opened = world.open("ada", "year").await;
    world.post(&crate::world::complete(&opened), json!({})).await.expect(200);
    let waits = subscription(&world, "ada").await;
    assert_eq!(waits["new_price"]["first_booking_on"], Value::Null, "it is replaced before");
    world.advance("2026-04-30").await;
    assert_eq!(booked(&world, "ada").await, ["2026-01-31 9.90", "2026-02-28 99.00"]);
    assert_eq!(told(&world, "ada").await, ["will_change", "kept"]);
    assert_eq!(world.get(&change).await.expect(200)["counts"]["dropped"], 1);
    is_sound(&world).await;
}

async fn who_is_bound_pays_it_from_the_next_term_on(store: Store) {
    let world = sold(store, &[]).await;
    let mut bound = offer_of("month", "8.90", "P1M");
    bound["term"] = json!("P1Y");
    world.put("/v1/offers/month", bound).await.expect(200);
    world.buy("ada", "month").await;
    world.buy("bob", "month").await;
    let body = json!({
        "effective_from": "2026-04-01", "price": eur("9.40"), "notice_days": 14,
    });
    decide(&world, body).await;
    let waits = subscription(&world, "ada").await;
    assert_eq!(waits["new_price"]["first_booking_on"], "2027-02-10");
    let mut all = all("2026-04-01", 14);
    all["price"] = eur("9.90");
    let newer = decide(&world, all).await;
    assert_eq!(told(&world, "bob").await, ["will_change", "kept", "will_change"]);
    let listed = world.get(&format!("{newer}/subscriptions?status=pending")).await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    assert_eq!(listed["data"][0]["price_before"], eur("8.90"));
    world.advance("2026-05-01").await;
    let want = ["2026-02-10 8.90", "2026-03-10 8.90", "2026-04-10 9.90"];
    assert_eq!(booked(&world, "bob").await, want);
    let changes = world.get("/v1/price-changes?offer=month").await.expect(200);
    assert_eq!(changes["data"][0]["counts"]["superseded"], 2);
    is_sound(&world).await;
}

async fn a_price_change_that_means_nothing_is_refused(store: Store) {
    let world = sold(store, &["ada"]).await;
    let path = "/v1/offers/month/price-changes";
    let refused = async |body: Value| {
        let answer = world.post(path, body).await;
        assert_eq!(answer.status, 422, "{}", answer.text);
        let errors = answer.json["errors"].as_array().unwrap().clone();
        errors.iter().map(|it| it["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(refused(json!({})).await, ["/effective_from"]);
    assert_eq!(refused(all("2026-02-09", 0)).await, ["/effective_from"]);
    assert_eq!(refused(all("2036-12-31", 0)).await, ["/effective_from"]);
    assert_eq!(refused(all("2026-03-01", 366)).await, ["/notice_days"]);
    let priced = |price: Value| {
        let mut body = all("2026-03-01", 0);
        body["price"] = price;
        body
    };
    assert_eq!(refused(priced(eur("9.999"))).await, ["/price/amount"]);
    assert_eq!(refused(priced(eur("-1.00"))).await, ["/price/amount"]);
    let yen = json!({"amount": "990", "currency": "JPY"});
    assert_eq!(refused(priced(yen)).await, ["/price/currency"]);
    assert_eq!(refused(priced(eur("9.90"))).await, ["/price"], "everybody pays that");
    let year = world.post("/v1/offers/year/price-changes", all("2026-03-01", 0)).await;
    assert_eq!(year.status, 422, "nobody has a year: {}", year.text);
    let unknown = world.post("/v1/offers/none/price-changes", all("2026-03-01", 0)).await;
    assert_eq!(unknown.problem(404), "not-found");
    assert_eq!(world.get("/v1/price-changes").await.expect(200)["data"], json!([]));
    assert_eq!(world.get("/v1/price-changes/none").await.problem(404), "not-found");
}

async fn what_is_previewed_is_what_is_told_and_booked(store: Store) {
    let world = sold(store, &["ada", "bob"]).await;
    let bob = subscription(&world, "bob").await;
    let cancel = format!("/v1/subscriptions/{}/cancel", bob["id"].as_str().unwrap());
    world.post(&cancel, json!({})).await.expect(200);
    let path = "/v1/offers/month/price-changes/preview";
    let seen = world.post(path, all("2026-03-01", 30)).await.expect(200);
    let want = json!({
        "price": eur("10.90"), "told": 1, "supersedes": 0,
        "left_out": [{"reason": "ends-first", "subscriptions": 1}],
        "monthly_before": eur("9.90"), "monthly_after": eur("10.90"),
        "first_on": "2026-03-31", "last_on": "2026-03-31",
    });
    assert_eq!(seen, want);
    assert_eq!(told(&world, "ada").await, Vec::<String>::new(), "nothing is stored");
    decide(&world, all("2026-03-01", 30)).await;
    assert_eq!(told(&world, "bob").await, Vec::<String>::new());
    world.advance("2026-03-31").await;
    assert_eq!(booked(&world, "ada").await.last().unwrap(), "2026-03-31 10.90");
    is_sound(&world).await;
}

async fn what_begins_later_by_a_change_that_waits_is_counted_as_left_out(store: Store) {
    let world = sold(store, &["ada", "bob"]).await;
    let year = |amount| offer_of("year", amount, "P1Y");
    world.buy("cyd", "year").await;
    world.buy("ada", "year").await;
    world.put("/v1/offers/year", year("109.00")).await.expect(200);
    // Who is promised the newer price is not left behind.
    world.buy("bob", "year").await;
    let (path, rise) = ("/v1/offers/year/price-changes", all("2026-03-15", 30));
    let seen = world.post(&format!("{path}/preview"), rise.clone()).await.expect(200);
    let left_out = json!([{"reason": "not-begun", "subscriptions": 1}]);
    assert_eq!((&seen["told"], &seen["left_out"]), (&json!(1), &left_out));
    let decided = world.post(path, rise).await.expect(201);
    let decided = format!("/v1/price-changes/{}", decided["id"].as_str().unwrap());
    let found = world.get(&decided).await.expect(200);
    assert_eq!((&found["status"], &found["left_out"]), (&json!("told"), &left_out));
    let rows = world.get(&format!("{decided}/subscriptions")).await.expect(200);
    assert_eq!(rows["data"].as_array().unwrap().len(), 1, "cyd's alone");
    world.advance("2027-02-28").await;
    let of_ada = booked(&world, "ada").await;
    assert_eq!(of_ada[1..], ["2026-02-28 99.00", "2027-02-28 99.00"]);
    let found = world.get(&decided).await.expect(200);
    assert_eq!(found["left_out"], left_out);
    is_sound(&world).await;
}

async fn rises_in_steps_come_each_on_its_day_and_are_withdrawn_each(store: Store) {
    let world = sold(store, &["ada", "bob", "cy"]).await;
    let rise = |from, amount| {
        let mut body = all(from, 0);
        body["price"] = eur(amount);
        body
    };
    let first = decide(&world, rise("2026-03-31", "10.90")).await;
    let path = "/v1/offers/month/price-changes/preview";
    let seen = world.post(path, rise("2026-05-31", "11.90")).await.expect(200);
    let sums = (&seen["supersedes"], &seen["monthly_before"], &seen["monthly_after"]);
    assert_eq!(sums, (&json!(0), &eur("32.70"), &eur("35.70")), "on what is paid by then");
    let second = decide(&world, rise("2026-05-31", "11.90")).await;
    let waits = subscription(&world, "ada").await;
    assert_eq!(waits["new_price"], waits["new_prices"][0]);
    let coming = |it: &Value| (it["price"]["amount"].clone(), it["first_booking_on"].clone());
    let coming: Vec<_> = waits["new_prices"].as_array().unwrap().iter().map(coming).collect();
    let want = [("10.90", "2026-03-31"), ("11.90", "2026-05-31")];
    assert_eq!(coming, want.map(|(price, on)| (json!(price), json!(on))));
    let portal = world.post("/v1/customers/ada/portal-sessions", json!({})).await.expect(201);
    let address = portal["url"].as_str().unwrap();
    let page = world.get(&address[address.find("/portal").unwrap()..]).await.text;
    for (price, on) in [("10.90", "March 31, 2026"), ("11.90", "May 31, 2026")] {
        let row = format!("<dt>Price from {on}</dt><dd>\u{20ac}{price} per month</dd>");
        assert!(page.contains(&row), "{page}");
    }
    let keep = async |customer: &str, of: &str| {
        let id = subscription(&world, customer).await["id"].as_str().unwrap().to_owned();
        let body = json!({"price_change": of.trim_start_matches("/v1/price-changes/")});
        world.post(&format!("/v1/subscriptions/{id}/keep-price"), body).await
    };
    let left = keep("bob", &first).await.expect(200);
    assert_eq!(left["new_prices"].as_array().unwrap().len(), 1, "{left}");
    assert_eq!(left["new_price"]["price"], eur("11.90"));
    assert_eq!(keep("bob", &first).await.problem(409), "not-pending");
    keep("cy", &second).await.expect(200);
    world.advance("2026-06-01").await;
    let booked_at = async |customer: &str| {
        let lines = booked(&world, customer).await.into_iter();
        lines.map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(booked_at("ada").await, ["9.90", "9.90", "10.90", "10.90", "11.90"]);
    assert_eq!(booked_at("bob").await, ["9.90", "9.90", "9.90", "9.90", "11.90"]);
    assert_eq!(booked_at("cy").await, ["9.90", "9.90", "10.90", "10.90", "10.90"]);
    assert_eq!(told(&world, "ada").await, ["will_change", "will_change", "changed", "changed"]);
    assert_eq!(told(&world, "bob").await, ["will_change", "will_change", "kept", "changed"]);
    assert_eq!(world.get(&first).await.expect(200)["counts"]["applied"], 2);
    is_sound(&world).await;
}

async fn whoever_stays_after_all_is_told_and_pays_after_the_notice(store: Store) {
    let world = sold(store, &["ada", "bob", "cy"]).await;
    let cancel = async |customer: &str, back: bool| {
        let id = subscription(&world, customer).await["id"].as_str().unwrap().to_owned();
        let what = if back { "uncancel" } else { "cancel" };
        world.post(&format!("/v1/subscriptions/{id}/{what}"), json!({})).await.expect(200);
    };
    cancel("ada", false).await;
    cancel("cy", false).await;
    let opened = world.open("bob", "year").await;
    world.post(&crate::world::complete(&opened), json!({})).await.expect(200);
    let change = decide(&world, all("2026-03-01", 45)).await;
    let stands = world.get(&change).await.expect(200);
    let left_out = json!([{"reason": "ends-first", "subscriptions": 3}]);
    assert_eq!((&stands["status"], &stands["left_out"]), (&json!("told"), &left_out));
    world.advance("2026-02-20").await;
    cancel("ada", true).await;
    let waits = world.get("/v1/scheduled-changes?customer=bob").await.expect(200);
    let waits = waits["data"][0]["id"].as_str().unwrap();
    world.post(&format!("/v1/scheduled-changes/{waits}/withdraw"), json!({})).await.expect(200);
    world.app.work_price_changes().await.unwrap();
    for customer in ["ada", "bob"] {
        assert_eq!(told(&world, customer).await, ["will_change"], "{customer}");
        let new = subscription(&world, customer).await["new_price"].clone();
        let days = (&new["told_on"], &new["from"], &new["first_booking_on"]);
        let want = ("2026-02-20", "2026-04-06", "2026-04-30");
        assert_eq!(days, (&json!(want.0), &json!(want.1), &json!(want.2)), "{customer}");
    }
    let stands = world.get(&change).await.expect(200);
    assert_eq!((&stands["status"], &stands["counts"]["pending"]), (&json!("told"), &json!(2)));
    // What is withdrawn by then reaches nobody any more.
    world.post(&format!("{change}/withdraw"), json!({})).await.expect(200);
    cancel("cy", true).await;
    world.advance("2026-04-30").await;
    assert_eq!(told(&world, "cy").await, Vec::<String>::new());
    assert_eq!(booked(&world, "cy").await.last().unwrap(), "2026-04-30 9.90");
    is_sound(&world).await;
}

async fn a_repeated_request_is_one_price_change(store: Store) {
    let world = sold(store, &["ada"]).await;
    let send = async || {
        let body = all("2026-03-01", 30).to_string();
        let headers = [("idempotency-key", "once")];
        let path = "/v1/offers/month/price-changes";
        world.call(axum::http::Method::POST, path, &headers, Some(body)).await
    };
    let (first, second) = (send().await.expect(201), send().await.expect(201));
    assert_eq!(first, second);
    decide(&world, all("2026-03-01", 30)).await;
    let found = world.get("/v1/price-changes").await.expect(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 1, "also without a key, on that day");
    world.advance("2026-02-11").await;
    decide(&world, all("2026-03-01", 30)).await;
    let found = world.get("/v1/price-changes").await.expect(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 2);
}

async fn what_was_cut_off_is_gone_on_with_and_each_is_told_once(store: Store) {
    let world = sold(store, &["ada", "bob", "cy"]).await;
    let draft = PriceChangeDraft {
        effective_from: "2026-03-01".parse().unwrap(),
        price: None,
        scope: PriceScope::All,
        notice_days: 0,
    };
    let (merchant, offer) =
        (MerchantId::stored("default".to_owned()), OfferId::stored("month".to_owned()));
    let id = world.app.open_price_change(&merchant, &offer, draft).await.unwrap();
    let change = format!("/v1/price-changes/{id}");
    assert_eq!(world.get(&change).await.expect(200)["status"], "telling");
    let held = world.open("bob", "year").await;
    let held = format!("/v1/checkouts/{}", held["id"].as_str().unwrap());
    world.post(&format!("{held}/hold"), json!({})).await.expect(200);
    let work = || world.app.work_price_changes();
    let done = tokio::join!(work(), work(), work(), work());
    assert!(done.0.is_ok() && done.1.is_ok() && done.2.is_ok() && done.3.is_ok());
    let stands = world.get(&change).await.expect(200);
    assert_eq!((&stands["status"], &stands["counts"]["pending"]), (&json!("telling"), &json!(2)));
    assert_eq!(told(&world, "bob").await, Vec::<String>::new(), "a checkout holds what he has");
    world.post(&format!("{held}/release"), json!({})).await.expect(200);
    work().await.unwrap();
    let stands = world.get(&change).await.expect(200);
    assert_eq!((&stands["status"], &stands["counts"]["pending"]), (&json!("told"), &json!(3)));
    for customer in ["ada", "bob", "cy"] {
        assert_eq!(told(&world, customer).await, ["will_change"], "{customer}");
    }
    is_sound(&world).await;
}
