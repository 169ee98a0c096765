//! A book of every release, with data in it, is brought up to date and goes on. The dumps stand
//! in `schemas/<database>/<version>.sql`: a monthly subscription, paid, whose change to the year
//! waits for 28 February. A release adds its own, made with `.dump` of sqlite3 and `pg_dump
//! --inserts --no-owner`, and none is ever edited.

use std::fs;
use std::path::{Path, PathBuf};

use crossgrade::app::App;
use crossgrade::app::reads::{Page, Subscriptions};
use crossgrade::app::start::Start;
use crossgrade::app::test_clock::ClockTarget;
use crossgrade::domain::ids::MerchantId;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::store::Store;
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::support::postgres;

fn dumps(database: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schemas").join(database);
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    assert!(!found.is_empty(), "no release of {database} is kept");
    found
}

/// Puts the book of the first release into an empty database.
pub(crate) async fn load_first_release(url: &str) {
    let database = if url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    load(url, &dumps(database)[0]).await;
}

/// Puts the book of a release into an empty database.
pub(crate) async fn load_release(url: &str, version: &str) {
    let database = if url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let is_it = |dump: &PathBuf| dump.file_stem().is_some_and(|name| name == version);
    load(url, &dumps(database).into_iter().find(is_it).expect("its book is kept")).await;
}

async fn load(url: &str, dump: &Path) {
    let text = AssertSqlSafe(fs::read_to_string(dump).unwrap());
    if let Some(file) = url.strip_prefix("sqlite:") {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .foreign_keys(false);
        let mut book = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        book.execute(sqlx::raw_sql(text)).await.unwrap();
        book.close().await.unwrap();
    } else {
        let mut book = sqlx::PgConnection::connect(url).await.unwrap();
        book.execute(sqlx::raw_sql(text)).await.unwrap();
        book.close().await.unwrap();
    }
}

async fn goes_on(url: &str, dump: &Path) {
    let store = Store::open(url).await.unwrap();
    store.migrate().await.unwrap();
    let start = Start {
        test_clock: None,
        seed: [7; 32],
        public_url: "http://localhost".to_owned(),
        reach: EndpointReach::Public,
    };
    let app = App::start(store.clone(), start).await.unwrap();
    let merchant = MerchantId::parse("default").unwrap();
    let before = app.audit(&merchant).await.unwrap();
    assert_eq!(before.faults, [], "{}", dump.display());
    let run = app.advance(&merchant, ClockTarget::parse("2026-02-28").unwrap()).await.unwrap();
    assert_eq!((run.counts.changes_applied, run.counts.booked), (1, 1), "{}", dump.display());
    let subscriptions =
        app.subscriptions(&merchant, Subscriptions::default(), Page::first(10)).await.unwrap();
    let told: Vec<String> = subscriptions
        .iter()
        .map(|found| format!("{} {:?}", found.subscription.terms.offer, found.subscription.status))
        .collect();
    assert_eq!(told, ["month Ended", "year Active"], "{}", dump.display());
    let after = app.audit(&merchant).await.unwrap();
    assert_eq!(after.faults, [], "{}", dump.display());
    assert!(after.checked > before.checked, "{}", dump.display());
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_book_of_every_release_goes_on() {
    for dump in dumps("sqlite") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("book.db");
        let url = format!("sqlite:{}", file.display());
        load(&url, &dump).await;
        goes_on(&url, &dump).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_book_of_every_release_goes_on() {
    for dump in dumps("postgres") {
        let Some(database) = postgres::empty().await else { return };
        let url = postgres::url_of(&database);
        load(&url, &dump).await;
        goes_on(&url, &dump).await;
    }
}

/// A buyer as every release up to 0.3.0 wrote them down.
const OLD_BUYER: &str = "update invoices set buyer = \
     '{\"name\":\"Ada\",\"address\":null,\"vat_id\":\"ada@example.com\"}'";

fn judge_buyer(buyer: &str, seen_on: &str) {
    let buyer: serde_json::Value = serde_json::from_str(buyer).unwrap();
    let want = serde_json::json!({"name": "Ada", "address": null, "email": "ada@example.com"});
    assert_eq!(buyer, want);
    assert_eq!(seen_on, "2026-01-31");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sqlite_book_of_every_release_keeps_the_mail_address_under_its_name() {
    for dump in dumps("sqlite") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("book.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&file)
            .create_if_missing(true)
            .foreign_keys(false);
        let mut book = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        let text = fs::read_to_string(&dump).unwrap();
        book.execute(sqlx::raw_sql(AssertSqlSafe(text))).await.unwrap();
        book.execute(OLD_BUYER).await.unwrap();
        let store = Store::open(&format!("sqlite:{}", file.display())).await.unwrap();
        store.migrate().await.unwrap();
        let query = "select i.buyer, c.seen_on from invoices i join customers c \
                     on c.merchant_id = i.merchant_id and c.id = i.customer_id";
        let (buyer, seen_on): (String, String) =
            sqlx::query_as(query).fetch_one(&mut book).await.unwrap();
        judge_buyer(&buyer, &seen_on);
        book.close().await.unwrap();
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_book_of_every_release_keeps_the_mail_address_under_its_name() {
    for dump in dumps("postgres") {
        let Some(database) = postgres::empty().await else { return };
        let url = postgres::url_of(&database);
        let mut book = sqlx::PgConnection::connect(&url).await.unwrap();
        let text = fs::read_to_string(&dump).unwrap();
        book.execute(sqlx::raw_sql(AssertSqlSafe(text))).await.unwrap();
        book.close().await.unwrap();
        let mut book = sqlx::PgConnection::connect(&url).await.unwrap();
        book.execute(OLD_BUYER).await.unwrap();
        let store = Store::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        let query = "select i.buyer, c.seen_on::text from invoices i join customers c \
                     on c.merchant_id = i.merchant_id and c.id = i.customer_id";
        let (buyer, seen_on): (String, String) =
            sqlx::query_as(query).fetch_one(&mut book).await.unwrap();
        judge_buyer(&buyer, &seen_on);
        book.close().await.unwrap();
        store.close().await;
    }
}
