//! What pages ask of the database does not grow with the book: as many statements for a page of
//! fifty rows as for a page of one, and for a customer with much as for one with little.

use std::collections::BTreeSet;

use crossgrade::store::Store;
use serde_json::json;

use super::backend::Visitor;
use crate::support::both;
use crate::world::{ADMIN_KEY, World, complete, offer_of, paid, path_of};

both! {
    a_page_asks_as_often_in_a_large_book_as_in_a_small_one,
    a_sale_takes_few_statements,
    an_order_and_its_offer_take_few_statements,
    those_who_come_together_are_taken_together,
    a_billing_run_asks_as_often_whoever_has_an_order_that_follows_it,
}

/// Every list, every filter of it, and everything that stands alone.
const PAGES: &[&str] = &[
    "/backend",
    "/backend/customers",
    "/backend/customers?q=reader",
    "/backend/customers/ada",
    "/backend/customers/ada/edit",
    "/backend/subscriptions",
    "/backend/subscriptions?q=reader",
    "/backend/subscriptions?status=active",
    "/backend/subscriptions?offer=month",
    "/backend/subscriptions?customer=ada",
    "/backend/changes",
    "/backend/changes?status=pending",
    "/backend/invoices",
    "/backend/invoices?status=paid",
    "/backend/invoices?customer=ada",
    "/backend/credit-notes",
    "/backend/billing",
    "/backend/paths",
    "/backend/paths/month-to-year",
    "/backend/offers",
    "/backend/offers/month",
    "/backend/products",
    "/backend/products/paper",
    "/backend/tags",
    "/backend/tags/month",
    "/backend/taxes",
    "/backend/graph",
    "/backend/graph?tag=month",
    "/backend/checkouts/refused",
    "/backend/search?q=ada",
    "/backend/what-if",
    "/backend/what-if?%2Fcustomer=ada&%2Foffer=year",
    "/backend/what-if/path?%2Fpath=month-to-year",
    "/backend/settings",
    "/backend/settings/keys",
    "/backend/settings/activity",
];

/// The newest of what the engine makes, by its list in the API and its pages.
const NEWEST: &[(&str, &str)] = &[
    ("/v1/subscriptions", "/backend/subscriptions"),
    ("/v1/invoices", "/backend/invoices"),
    ("/v1/credit-notes", "/backend/credit-notes"),
    ("/v1/billing/runs", "/backend/billing/runs"),
];

async fn a_page_asks_as_often_in_a_large_book_as_in_a_small_one(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/tags/side", json!({"title": "Side"})).await.expect(201);
    world.put("/v1/offers/side", offer_of("side", "1.00", "P1M")).await.expect(201);
    let refunding = json!({
        "internal_title": "Side to month", "title": "x", "description": "",
        "source_tags": ["side"], "target_tags": ["month"], "transition": "immediate",
        "proration": "day",
    });
    world.put("/v1/paths/side-to-month", refunding).await.expect(201);
    grow(&world, "ada", 1).await;
    world.advance("2026-02-28").await;
    world.post("/v1/billing/runs", json!({})).await;
    grow(&world, "bob", 1).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let small = asked(&world, &visitor).await;
    for number in 0..12 {
        let id = format!("reader-{number:02}");
        let profile = json!({"name": format!("Reader {number}")});
        world.put(&format!("/v1/customers/{id}"), profile).await.expect(201);
        grow(&world, &id, 1).await;
        world.put(&format!("/v1/tags/t{number:02}"), json!({"title": "T"})).await.expect(201);
        let mut offer = offer_of("month", "2.00", "P1M");
        offer["tags"] = json!(["month", format!("t{number:02}")]);
        world.put(&format!("/v1/offers/o{number:02}"), offer).await.expect(201);
        let path = json!({
            "internal_title": format!("Path {number}"), "title": "x", "description": "",
            "source_tags": ["month"], "target_tags": [format!("t{number:02}"), "year"],
            "transition": "next_booking",
        });
        world.put(&format!("/v1/paths/p{number:02}"), path).await.expect(201);
    }
    grow(&world, "ada", 4).await;
    world.advance("2026-03-28").await;
    let large = asked(&world, &visitor).await;
    for ((page, few), (_, many)) in small.iter().zip(&large) {
        // A few ask once more for each kind of thing that is referred to, such as who somebody is;
        // a query for each row would be eight more at least.
        assert!(*many <= few + 4, "statements of {page}: {few}, then {many}");
    }
}

/// Who sends a request, and the commit of what came of it, which are counted, too.
const AROUND: u64 = 2;

/// Besides them, an opening has three: the merchant with the customer, who is locked; the account;
/// the checkout. A completion has six: the merchant with the checkout, whose customer is locked;
/// the account; whose payment it is; whether an order waits for it; the numbers; and all that it
/// writes. That holds for a first purchase as for a change with a credit note, an invoice, a
/// payment, two subscriptions and a handful of events.
async fn a_sale_takes_few_statements(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let at_once = json!({
        "internal_title": "At once", "title": "x", "description": "", "source_tags": ["month"],
        "target_tags": ["year"], "transition": "immediate", "proration": "day",
    });
    world.put("/v1/paths/month-to-year", at_once).await.expect(200);
    // A catalogue is held from the first look at it.
    world.get("/v1/graph").await.expect(200);
    world.put("/v1/customers/ada", json!({})).await.expect(201);
    for (offer, invoices, credit_notes) in [("month", 1, 0), ("year", 1, 1)] {
        let started = world.app.store().statements();
        let seen = world.open("ada", offer).await;
        let opened = world.app.store().statements();
        let done = world.post(&complete(&seen), paid(&seen)).await.expect(200);
        let completed = world.app.store().statements();
        let count = |list: &str| done["result"][list].as_array().map(Vec::len);
        assert_eq!(count("invoices"), Some(invoices), "{done}");
        assert_eq!(count("credit_notes"), Some(credit_notes), "{done}");
        assert!(opened - started <= AROUND + 3, "opening {offer}: {}", opened - started);
        assert!(completed - opened <= AROUND + 6, "completing {offer}: {}", completed - opened);
    }
}

/// Sales that come at once share their statements and commits; each is what it would have been by
/// itself, also where the same is asked twice, or another has to be refused.
/// From the second on: the first reads the rules, which are held then.
async fn an_order_and_its_offer_take_few_statements(store: Store) {
    let world = World::new(store).await;
    for (id, stock) in [("shirt", json!(null)), ("socks", json!(100))] {
        let body = json!({"title": id, "kind": "physical", "stock": stock,
            "unit_net": {"amount": "5.00", "currency": "EUR"}});
        world.put(&format!("/v1/products/{id}"), body).await.expect(201);
    }
    let mut campaign = json!({"title": "Socks", "channels": ["web"], "triggers": ["shirt"],
        "offered_product": "socks"});
    world.put("/v1/campaigns/socks", campaign.clone()).await.expect(201);
    let statements = || world.app.store().statements();
    for number in 0..3 {
        let started = statements();
        let line = json!({"product": "shirt", "quantity": 1, "unit_net": "20.00"});
        let order = json!({"customer": format!("c{number}"), "channel": "web", "currency": "EUR",
            "lines": [line]});
        let order = world.post("/v1/orders", order).await.expect(201);
        let placed = statements();
        let offer = format!("/v1/orders/{}/upsell", order["id"].as_str().unwrap());
        let offered = world.post(&offer, json!({})).await.expect(200);
        assert_eq!(offered["state"], "pending", "{offered}");
        let asked = statements();
        world.post(&format!("{offer}/accept"), json!({})).await.expect(200);
        let accepted = statements();
        let spent = (placed - started, asked - placed, accepted - asked);
        assert!(
            number == 0 || spent.0 <= AROUND + 7 && spent.1 <= AROUND + 10 && spent.2 <= AROUND + 9,
            "statements of an order, its offer, its answer: {spent:?}"
        );
    }
    // An edit is read once more, beside the transaction that needs it.
    campaign["active"] = json!(false);
    world.put("/v1/campaigns/socks", campaign).await.expect(200);
    let line = json!({"product": "shirt", "quantity": 1, "unit_net": "20.00"});
    let order = json!({"channel": "web", "currency": "EUR", "lines": [line]});
    let order = world.post("/v1/orders", order).await.expect(201);
    let offer = format!("/v1/orders/{}/upsell", order["id"].as_str().unwrap());
    assert_eq!(world.post(&offer, json!({})).await.expect(200)["state"], "none");
}

async fn those_who_come_together_are_taken_together(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    world.get("/v1/graph").await.expect(200);
    let buyers: Vec<String> = (0..32).map(|n| format!("buyer-{n:02}")).collect();
    for id in &buyers {
        world.put(&format!("/v1/customers/{id}"), json!({"locale": "de"})).await.expect(201);
    }
    for offer in ["month", "year"] {
        let before = world.app.store().statements();
        let asked = buyers.iter().map(|id| {
            let (world, body) = (world.clone(), json!({"customer": id, "offer": offer}));
            tokio::spawn(async move { world.post("/v1/checkouts", body).await.expect(201) })
        });
        let mut seen = Vec::new();
        for opened in asked.collect::<Vec<_>>() {
            seen.push(opened.await.unwrap());
        }
        let opened = world.app.store().statements();
        let asked = seen.iter().enumerate().map(|(place, checkout)| {
            let (world, checkout) = (world.clone(), checkout.clone());
            tokio::spawn(async move {
                // The third does not pay.
                let body = if place == 2 { json!({}) } else { paid(&checkout) };
                world.post(&complete(&checkout), body).await
            })
        });
        for (place, done) in asked.collect::<Vec<_>>().into_iter().enumerate() {
            let done = done.await.unwrap();
            if place == 2 {
                assert_eq!(done.problem(402), "payment-required");
                world.post(&complete(&seen[2]), paid(&seen[2])).await.expect(200);
            } else {
                assert_eq!(done.expect(200)["customer"], buyers[place].as_str());
            }
        }
        let completed = world.app.store().statements();
        let of_each = |from: u64, to: u64| (to - from) / 32;
        let spent = (of_each(before, opened), of_each(opened, completed));
        assert!(spent.0 <= 2 && spent.1 <= 3, "statements of each for {offer}: {spent:?}");
    }
    let years = world.get("/v1/subscriptions?status=active&limit=200").await.expect(200);
    let offers: Vec<_> = years["data"].as_array().unwrap().iter().map(|it| &it["offer"]).collect();
    assert_eq!(offers, vec![&json!("year"); 32]);
    let invoices = world.get("/v1/invoices?limit=200").await.expect(200);
    let numbers = invoices["data"].as_array().unwrap().iter().map(|it| it["number"].clone());
    let numbers: BTreeSet<String> = numbers.map(|it| it.to_string()).collect();
    assert_eq!(numbers.len(), 64);
    assert_eq!(world.get("/v1/audit").await.expect(200)["ok"], true);
}

/// More of everything for a customer: subscriptions, documents, changes, checkouts.
async fn grow(world: &World, customer: &str, times: usize) {
    for _ in 0..times {
        let body = json!({"customer": customer, "offer": "side", "allow_new": true});
        let side = world.post("/v1/checkouts", body).await.expect(201);
        world.post(&complete(&side), paid(&side)).await.expect(200);
        let body = json!({"customer": customer, "offer": "month", "allow_new": true});
        let month = world.post("/v1/checkouts", body).await.expect(201);
        world.post(&complete(&month), paid(&month)).await.expect(200);
    }
    let body = json!({"customer": customer, "offer": "year", "allow_new": true});
    let year = world.post("/v1/checkouts", body).await.expect(201);
    world.post(&complete(&year), paid(&year)).await.expect(200);
}

/// Each page with how many statements it takes.
async fn asked(world: &World, visitor: &Visitor) -> Vec<(String, u64)> {
    let mut pages: Vec<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    for (list, page) in NEWEST {
        let found = world.get(list).await.expect(200);
        let newest = found["data"].as_array().and_then(|all| all.last()).expect(list);
        pages.push(format!("{page}/{}", newest["id"].as_str().unwrap()));
    }
    let mut asked = Vec::new();
    for page in pages {
        let mut least = u64::MAX;
        // Once a minute a session notes that it was seen.
        for _ in 0..2 {
            let before = world.app.store().statements();
            let seen = visitor.get(&page).await;
            assert_eq!(seen.status, 200, "{page}: {seen:?}");
            least = least.min(world.app.store().statements() - before);
        }
        asked.push((page, least));
    }
    let generic =
        |page: String| page.split_once('_').map_or(page.clone(), |(noun, _)| noun.to_owned());
    asked.into_iter().map(|(page, count)| (generic(page), count)).collect()
}

/// Changes that a billing run carries out deliver the orders that wait for them: all of these are
/// stored together.
async fn a_billing_run_asks_as_often_whoever_has_an_order_that_follows_it(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let mut asked = Vec::new();
    for (customers, before, on) in
        [(2, "2026-02-27", "2026-02-28"), (14, "2026-03-27", "2026-03-28")]
    {
        let mut orders = Vec::new();
        for number in 0..customers {
            let customer = format!("buyer-{customers}-{number}");
            world.buy(&customer, "month").await;
            let body = json!({
                "customer": customer, "offer": "year", "order": {"channel": "web"},
            });
            let seen = world.post("/v1/checkouts", body).await.expect(201);
            let done = world.post(&complete(&seen), paid(&seen)).await.expect(200);
            orders.push(done["order"].as_str().unwrap().to_owned());
        }
        world.advance(before).await;
        let before = world.app.store().statements();
        world.advance(on).await;
        asked.push(world.app.store().statements() - before);
        for order in orders {
            let order = world.get(&format!("/v1/orders/{order}")).await.expect(200);
            assert_ne!(order["delivered_at"], json!(null), "{order}");
        }
    }
    let audit = world.get("/v1/audit").await.expect(200);
    assert_eq!(audit["faults"], json!([]), "{audit}");
    // More rows are some more texts on SQLite; an order by itself would be three more at least.
    let (few, many) = (asked[0], asked[1]);
    assert!(many < few + 2 * 12, "statements for 2: {few}, for 14: {many}");
}
