//! One search for everything: what is found, whose it is, and along what.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Row};

use super::forms::{attribute, encoded};
use super::hostile::SIGNS;
use crate::api::backend::Visitor;
use crate::support::recorded::Recording;
use crate::support::{both_books, opened, postgres};
use crate::world::{ADMIN_KEY, World, complete, eur, offer_of};

both_books! {
    everything_is_found_by_what_people_call_it,
    nothing_of_another_merchant_is_found,
    whatever_is_typed_is_harmless_and_stands_for_itself,
}

/// The links of a search, in the main part of the page.
async fn links(visitor: &Visitor, text: &str) -> Vec<String> {
    let query = encoded(text.as_bytes());
    let answer = visitor.get(&format!("/backend/search?q={query}")).await;
    assert_eq!(answer.status, 200, "{text}: {answer:?}");
    let (_, lists) = answer.text.split_once("<main").unwrap();
    let lists = lists.split("<ul class=\"found\">").skip(1);
    let lists = lists.filter_map(|list| list.split("</ul>").next());
    let found = lists.flat_map(|list| list.split("<li>").skip(1));
    found.map(|item| attribute(item, "href").unwrap()).collect()
}

async fn everything_is_found_by_what_people_call_it(url: String) {
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    let ada = json!({"name": "Ada Lovelace", "email": "Countess@example.org"});
    world.put("/v1/customers/c-1001", ada).await.expect(201);
    let bought = world.buy("c-1001", "month").await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let subscription = text(&bought["result"]["subscription"]);
    let invoice = text(&bought["result"]["invoices"][0]);
    let changed = world.buy("c-1001", "year").await;
    let change = text(&changed["result"]["scheduled_change"]);
    let order = json!({
        "id": "order-77", "customer": "c-1001", "channel": "web", "currency": "EUR",
        "lines": [{"product": "paper", "quantity": 1, "unit_net": "4.90"}],
    });
    world.post("/v1/orders", order).await.expect(201);
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    let owing = world.open("c-2002", "month").await;
    let owed = world.post(&complete(&owing), json!({})).await.expect(200);
    let owed = text(&owed["result"]["invoices"][0]);
    let payment = json!({"reference": "bank-0815", "paid_on": "2026-01-31"});
    world.post(&format!("/v1/invoices/{owed}/pay"), payment).await.expect(200);
    let number = world.get(&format!("/v1/invoices/{owed}")).await.expect(200)["number"].to_string();
    let shirt = json!({"title": "Red shirt", "kind": "physical", "unit_net": eur("4.90")});
    world.put("/v1/products/p-9", shirt).await.expect(201);
    let campaign = json!({"title": "Thanks a lot", "offered_product": "p-9"});
    world.put("/v1/campaigns/k-9", campaign).await.expect(201);
    let coupon = json!({"title": "Ten off", "kind": "percent", "value": "10", "code": "TEN"});
    world.put("/v1/coupons/ten", coupon).await.expect(201);
    let mut plus = offer_of("plus", "19.90", "P1M");
    plus["title"] = json!("Everything plus");
    world.put("/v1/tags/plus", json!({"title": "Large ones"})).await.expect(201);
    world.put("/v1/offers/plus", plus).await.expect(201);
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let customer = "/backend/customers/c-1001".to_owned();
    let cases = [
        ("c-1001", customer.clone()),
        ("c-10", customer.clone()),
        ("ada love", customer.clone()),
        ("COUNTESS@", customer.clone()),
        (&subscription[..], format!("/backend/subscriptions/{subscription}")),
        (&subscription[..12], format!("/backend/subscriptions/{subscription}")),
        (&invoice[..], format!("/backend/invoices/{invoice}")),
        (&number[..], format!("/backend/invoices/{owed}")),
        (&change[..], format!("/backend/subscriptions/{subscription}")),
        ("order-7", "/backend/orders/order-77".to_owned()),
        ("bank-0815", format!("/backend/invoices/{owed}")),
        ("red SHIRT", "/backend/products/p-9".to_owned()),
        ("thanks", "/backend/campaigns/k-9".to_owned()),
        ("ten", "/backend/coupons/ten".to_owned()),
        ("g plus", "/backend/offers/plus".to_owned()),
        ("ge one", "/backend/tags/plus".to_owned()),
        ("to year", "/backend/paths/month-to-year".to_owned()),
    ];
    for (text, link) in cases {
        let found = links(&visitor, text).await;
        assert!(found.contains(&link), "{text}: {found:?}");
    }
    for nothing in ["", "  ", "nobody", "lovelace", "%", "_", "bank-081", "9999999999999999999999"]
    {
        assert_eq!(links(&visitor, nothing).await, [""; 0], "{nothing:?}");
    }
    // Every link leads somewhere, and each kind shows a few only.
    for n in 0..20 {
        world.put(&format!("/v1/tags/many-{n:02}"), json!({"title": "M"})).await.expect(201);
    }
    let found = links(&visitor, "many").await;
    let first: Vec<String> = (0..8).map(|n| format!("/backend/tags/many-{n:02}")).collect();
    assert_eq!(found, first);
    let page = visitor.get("/backend/search?q=many").await;
    assert!(page.text.contains("href=\"/backend/tags?q&#x3D;many\""), "{}", page.text);
    for text in ["c-1001", "month", "ten", "order-77"] {
        for link in links(&visitor, text).await {
            assert_eq!(visitor.get(&link).await.status, 200, "{text}: {link}");
        }
    }
}

async fn nothing_of_another_merchant_is_found(url: String) {
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    let made = world.post("/v1/merchants", json!({"id": "other", "name": "Other"})).await;
    let key = made.expect(201)["key"].as_str().unwrap().to_owned();
    let other = Visitor::sign_in(&world, &key).await;
    let own = Visitor::sign_in(&world, ADMIN_KEY).await;
    for text in ["ada", "month", "1", "sub", "inv", "paper", "year"] {
        assert_eq!(links(&other, text).await, [""; 0], "{text}");
    }
    assert!(!links(&own, "ada").await.is_empty());
}

async fn whatever_is_typed_is_harmless_and_stands_for_itself(url: String) {
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    let hostile = json!({"name": SIGNS, "email": "x@y.example"});
    world.put("/v1/customers/hostile", hostile).await.expect(201);
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let long = "x".repeat(10_000);
    let many = "%_!'\"\\;--".repeat(1_000);
    for text in [SIGNS, &long, &many, "\0", "a\0b", "' or 1=1 --", "\u{10ffff}", "\u{202e}"] {
        links(&visitor, text).await;
    }
    let start: String = SIGNS.chars().take(40).collect();
    assert_eq!(links(&visitor, &start).await, ["/backend/customers/hostile"]);
    for query in ["q=%ff%fe", "q", "q=a&q=b", "after=x&before=y&q=a", ""] {
        let answer = visitor.get(&format!("/backend/search?{query}")).await;
        assert!([200, 400, 404].contains(&answer.status), "{query}: {answer:?}");
    }
}

/// How a database would go about a statement.
async fn plan(url: &str, sql: &str) -> String {
    if url.starts_with("sqlite:") {
        let mut book = sqlx::SqliteConnection::connect(url).await.unwrap();
        let text = AssertSqlSafe(format!("explain query plan {sql}"));
        let rows = sqlx::query(text).fetch_all(&mut book).await.unwrap();
        return rows.iter().map(|row| row.get::<String, _>("detail") + "\n").collect();
    }
    let mut book = sqlx::PgConnection::connect(url).await.unwrap();
    // Of the few rows of a test it would read all.
    for text in ["set enable_seqscan = off", "set plan_cache_mode = force_generic_plan"] {
        sqlx::query(text).execute(&mut book).await.unwrap();
    }
    let prepare = format!("prepare it (text, text, text, text, bigint, bigint, text) as {sql}");
    sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut book).await.unwrap();
    let explain = "explain execute it ('default', 'a', 'b', 'c', 9, 1, 'd')";
    let rows = sqlx::query(explain).fetch_all(&mut book).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>(0) + "\n").collect()
}

/// The statements of this thread are recorded, so all of the store works on it.
#[tokio::test]
async fn what_there_may_be_millions_of_is_found_along_an_index_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    goes_along_indexes(format!("sqlite:{}", folder.path().join("book.db").display())).await;
}

#[tokio::test]
async fn what_there_may_be_millions_of_is_found_along_an_index_postgres() {
    if let Some(database) = postgres::empty().await {
        goes_along_indexes(postgres::url_of(&database)).await;
    }
}

/// The statement of a search. What other tests listen to meanwhile may keep it from being told, so
/// it is asked for again.
async fn searched(visitor: &Visitor) -> String {
    for _ in 0..10 {
        let recording = Recording::begin();
        links(visitor, "ada").await;
        let told = recording.statements();
        drop(recording);
        let is_it = |sql: &&String| sql.contains("gift_rules") && sql.contains("$7");
        if let Some((_, sql)) = told.iter().find(is_it).and_then(|sql| sql.split_once("*/ ")) {
            return sql.to_owned();
        }
    }
    panic!("no search was seen");
}

async fn goes_along_indexes(url: String) {
    let world = World::new(opened(&url).await).await;
    let visitor = Visitor::sign_in(&world, ADMIN_KEY).await;
    let sql = searched(&visitor).await;
    world.app.store().close().await;
    let plan = plan(&url, &sql).await;
    let large = [
        "customers",
        "subscriptions",
        "orders",
        "invoices",
        "credit_notes",
        "payments",
        "scheduled_changes",
        "products",
        "campaigns",
        "coupon_codes",
    ];
    for table in large {
        for scan in [format!("SCAN {table}\n"), format!("Seq Scan on {table} ")] {
            assert!(!plan.contains(&scan), "{scan}: {plan}");
        }
    }
    for index in
        ["customers_by_name", "customers_by_email", "products_by_title", "campaigns_by_title"]
    {
        let lines: Vec<&str> = plan.lines().skip_while(|line| !line.contains(index)).collect();
        let told = lines.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        let is_bounded = told.contains("<expr>>? AND <expr><?") || told.contains("lower(");
        assert!(is_bounded, "{index}: {told}: {plan}");
    }
}
