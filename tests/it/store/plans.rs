//! How SQLite goes about the statements of a shop's day: along an index to the few rows that are
//! asked for, whatever was measured of the book, and when.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, Row, SqliteConnection};

use crate::support::opened;
use crate::support::recorded::Recording;
use crate::world::{World, complete, eur, paid, path_of};

/// What there may be millions of.
const GROWS: &[&str] = &[
    "automation_runs",
    "checkouts",
    "coupon_codes",
    "credit_note_lines",
    "credit_notes",
    "customers",
    "events",
    "invoice_lines",
    "invoices",
    "messages",
    "order_lines",
    "orders",
    "payments",
    "products",
    "scheduled_changes",
    "stock_moves",
    "subscriptions",
    "upsells",
];

/// What reads on until it has a page, in the order of an index.
const IN_ORDER: &[&str] = &[
    // The customers whom a run comes to next.
    "select id from customers where merchant_id = $1 and",
    "select id, held_until from customers where merchant_id = $1 and",
    // The first day of all: the last entry of an index, or a page's sum.
    "select max(seen_on) from customers",
    "select exists (",
    "select id from customers where merchant_id = $1 limit 1",
    "update customers set billing_retry_at = null",
];

/// What a shop sells.
async fn a_shop(world: &World) {
    world.catalogue().await;
    world.put("/v1/settings", json!({"purchase_on_account": true})).await.expect(200);
    world.put("/v1/paths/month-to-year", path_of("immediate")).await.expect(200);
    let hat = json!({"title": "Hat", "kind": "physical", "stock": 9, "unit_net": eur("4.90")});
    world.put("/v1/products/hat", hat).await.expect(201);
    let campaign = json!({"title": "Thanks", "offered_product": "hat"});
    world.put("/v1/campaigns/thanks", campaign).await.expect(201);
    let gift = json!({
        "title": "A hat", "buy": {"units": {"of": {"product": "hat"}, "min": 1}},
        "get": [{"product": "paper", "quantity": 1}],
    });
    world.put("/v1/gift-rules/hat", gift).await.expect(201);
}

/// A day on which all that is done in it is done once.
async fn a_day(world: &World) {
    world.buy("ada", "month").await;
    let bought = world.buy("ada", "year").await;
    let subscription = bought["result"]["subscription"].as_str().unwrap().to_owned();
    let held = world.open("bob", "month").await;
    let of_checkout = |verb: &str| format!("/v1/checkouts/{}/{verb}", held["id"].as_str().unwrap());
    world.post(&of_checkout("hold"), json!({})).await.expect(200);
    world.post(&of_checkout("release"), json!({})).await.expect(200);
    let owed = world.post(&complete(&held), json!({})).await.expect(200);
    let invoice = owed["result"]["invoices"][0].as_str().unwrap().to_owned();
    world.get(&format!("/v1/invoices/{invoice}")).await.expect(200);
    let payment = json!({"reference": "bank-1", "paid_on": "2026-01-31"});
    world.post(&format!("/v1/invoices/{invoice}/pay"), payment).await.expect(200);
    let order = json!({
        "id": "order-1", "customer": "ada", "channel": "web", "currency": "EUR",
        "lines": [{"product": "hat", "quantity": 1, "unit_net": "4.90"}],
    });
    world.post("/v1/carts/evaluate", order.clone()).await;
    world.post("/v1/upsells/evaluate", order.clone()).await;
    world.post("/v1/orders", order).await.expect(201);
    world.post("/v1/orders/order-1/upsell", json!({})).await;
    world.post("/v1/orders/order-1/cancel", json!({})).await;
    world.get("/v1/customers/ada/transitions").await.expect(200);
    world.get(&format!("/v1/subscriptions/{subscription}/days")).await.expect(200);
    let ends = format!("/v1/subscriptions/{subscription}/cancel");
    world.post(&ends, json!({})).await.expect(200);
    world.advance("2026-03-01").await;
    let again = world.open("cy", "month").await;
    world.post(&complete(&again), paid(&again)).await.expect(200);
}

/// What a plan reads whole, or of a merchant whole, although it may be long.
async fn read_whole(book: &mut SqliteConnection, statements: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for told in statements {
        let Some((_, sql)) = told.split_once("*/ ") else { continue };
        if IN_ORDER.iter().any(|start| sql.starts_with(start)) {
            continue;
        }
        for statement in sql.split("; ") {
            let text = AssertSqlSafe(format!("explain query plan {statement}"));
            let rows = sqlx::query(text).fetch_all(&mut *book).await.unwrap();
            for detail in rows.iter().map(|row| row.get::<String, _>("detail")) {
                let of_all = GROWS.iter().any(|table| detail == format!("SCAN {table}"));
                let words: Vec<&str> = detail.split(' ').collect();
                let of_merchant = words.first() == Some(&"SEARCH")
                    && detail.ends_with("(merchant_id=?)")
                    && GROWS.iter().any(|table| {
                        words[1] == *table || sql.contains(&format!("{table} {} ", words[1]))
                    });
                if of_all || of_merchant {
                    found.push(format!("{detail}: {statement}"));
                }
            }
        }
    }
    found
}

#[tokio::test]
async fn a_shops_day_goes_along_indexes_whatever_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("book.db").display());
    let world = World::new(opened(&url).await).await;
    a_shop(&world).await;
    let recording = Recording::begin();
    a_day(&world).await;
    let statements = recording.statements();
    drop(recording);
    assert!(statements.len() > 60, "{}", statements.len());
    let mut book = SqliteConnection::connect(&url).await.unwrap();
    let whole = read_whole(&mut book, &statements).await;
    assert!(whole.is_empty(), "{}", whole.join("\n"));
    // Of a young book one would learn that every table is small.
    book.execute("analyze").await.unwrap();
    let measured = read_whole(&mut book, &statements).await;
    assert!(!measured.is_empty(), "the test sees what is read whole");
    world.app.store().migrate().await.unwrap();
    // Another connection, for the plan of a statement that was explained is explained as it was.
    let mut again = SqliteConnection::connect(&url).await.unwrap();
    let whole = read_whole(&mut again, &statements).await;
    assert!(whole.is_empty(), "{}", whole.join("\n"));
    world.app.store().close().await;
}
