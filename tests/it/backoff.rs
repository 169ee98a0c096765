//! Customers whose rows are damaged: they are named, tried again ever later, and stop nobody
//! else.

use chrono::{DateTime, TimeDelta, Utc};
use crossgrade::app::App;
use crossgrade::app::start::Start;
use crossgrade::app::test_clock::ClockTarget;
use crossgrade::domain::ids::MerchantId;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::jobs;
use crossgrade::store::Store;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor};

use crate::support::{postgres, sqlite};
use crate::world::{ADMIN_KEY, World};

/// How many are billed.
const MANY: usize = 20;

/// Who cannot be.
const DAMAGED: &str = "c07";

/// One statement past the engine.
async fn raw(url: &str, text: &str) {
    let text = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
    if url.starts_with("sqlite:") {
        sqlx::SqliteConnection::connect(url).await.unwrap().execute(text).await.unwrap();
    } else {
        sqlx::PgConnection::connect(url).await.unwrap().execute(text).await.unwrap();
    }
}

/// The engine on a book whose clock is moved here, without anything being done on the way.
async fn at(store: &Store, now: DateTime<Utc>) -> App {
    let seed = [u8::try_from(now.timestamp() % 251).unwrap(); 32];
    let test_clock = Some(ClockTarget::Instant(now));
    let public_url = "http://localhost".to_owned();
    let start = Start { test_clock, seed, public_url, reach: EndpointReach::Public };
    App::start(store.clone(), start).await.unwrap()
}

async fn list(app: &App, path: &str) -> Vec<Value> {
    app.bootstrap(Some(ADMIN_KEY)).await.unwrap();
    let world = World::behind(app.clone());
    world.get(path).await.expect(200)["data"].as_array().unwrap().clone()
}

/// How many invoices there are, and whom the runs could not bill.
async fn told(app: &App) -> (usize, Vec<Value>) {
    let runs = list(app, "/v1/billing/runs?limit=200").await;
    let failures = runs.iter().flat_map(|run| run["failures"].as_array().unwrap().clone());
    (list(app, "/v1/invoices?limit=200").await.len(), failures.collect())
}

async fn one_damaged_customer_stops_nobody_and_is_tried_ever_later(
    store: Store,
    url: &str,
    (break_it, mend_it): (&str, &str),
    reason: &str,
) {
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    for number in 0..MANY {
        let customer = format!("c{number:02}");
        let told = json!({"customer": customer, "offer": "month", "started_on": "2026-01-31"});
        world.post("/v1/subscriptions", told).await.expect(201);
    }
    raw(url, break_it).await;
    let merchant = MerchantId::parse("default").unwrap();
    let due = "2026-02-28T00:00:00+01:00".parse::<DateTime<Utc>>().unwrap();
    let after = |minutes: i64| due + TimeDelta::minutes(minutes);
    let app = at(&store, due).await;
    jobs::billing::run(&app, 2).await;
    let (invoices, failures) = told(&app).await;
    assert_eq!(invoices, MANY - 1);
    assert_eq!(failures.len(), 1, "{failures:?}");
    assert_eq!(failures[0]["customer"], DAMAGED);
    let said = failures[0]["reason"].as_str().unwrap();
    assert!(said.contains(reason) && said.contains("2026-02-27T23:01:00Z"), "{said}");
    // The worker comes again each second, and tries after 1, 2 and 4 minutes.
    for (minutes, failed) in [(0, 1), (1, 2), (2, 2), (3, 3), (6, 3), (7, 4)] {
        let app = at(&store, after(minutes)).await;
        let due = app.merchants_due().await.unwrap();
        jobs::billing::run(&app, 2).await;
        let (_, failures) = told(&app).await;
        assert_eq!(failures.len(), failed, "after {minutes} minutes: {due:?}");
    }
    let app = at(&store, after(8)).await;
    let run = app.bill(&merchant, None, 4, |_| ()).await.unwrap();
    assert_eq!((run.failures.len(), run.counts.booked), (1, 0), "who asks gets all of them tried");
    raw(url, mend_it).await;
    jobs::billing::run(&app, 2).await;
    assert_eq!(told(&app).await.0, MANY - 1, "it is not time yet");
    let app = at(&store, after(8 + 16)).await;
    jobs::billing::run(&app, 2).await;
    assert_eq!(told(&app).await.0, MANY);
    assert_eq!(app.merchants_due().await.unwrap(), []);
    // What is cleared begins anew, after a minute.
    let next = "2026-03-31T00:00:00+02:00".parse::<DateTime<Utc>>().unwrap();
    raw(url, break_it).await;
    let app = at(&store, next).await;
    jobs::billing::run(&app, 2).await;
    let (invoices, failures) = told(&app).await;
    assert_eq!(invoices, 2 * MANY - 1);
    let said = failures.last().unwrap()["reason"].as_str().unwrap();
    assert!(said.contains("2026-03-30T22:01:00Z"), "{said}");
    store.close().await;
}

/// A row that cannot be read.
const UNREADABLE: (&str, &str) = (
    "insert into balances (merchant_id, customer_id, currency, minor) \
     values ('default', 'c07', 'ZZZ', 5)",
    "delete from balances where currency = 'ZZZ'",
);

/// A row with which the arithmetic comes to what cannot be stored.
const OVERFLOWING: (&str, &str) = (
    "update subscriptions set price_minor = 9223372036854775807 where customer_id = 'c07'; \
     insert into balances (merchant_id, customer_id, currency, minor) \
     values ('default', 'c07', 'EUR', -5) on conflict (merchant_id, customer_id, currency) \
     do update set minor = -5",
    "update subscriptions set price_minor = 990 where customer_id = 'c07'; \
     update balances set minor = 0 where customer_id = 'c07'",
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_customer_stops_nobody_on_sqlite() {
    let (store, folder) = sqlite().await;
    let url = format!("sqlite:{}", folder.path().join("book.db").display());
    let told = "balances.currency of c07 is corrupt";
    one_damaged_customer_stops_nobody_and_is_tried_ever_later(store, &url, UNREADABLE, told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreadable_customer_stops_nobody_on_postgres() {
    let Some((store, database)) = postgres::fresh().await else { return };
    let (url, told) = (postgres::url_of(&database), "balances.currency of c07 is corrupt");
    one_damaged_customer_stops_nobody_and_is_tried_ever_later(store, &url, UNREADABLE, told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_who_breaks_the_arithmetic_stops_nobody_on_sqlite() {
    let (store, folder) = sqlite().await;
    let url = format!("sqlite:{}", folder.path().join("book.db").display());
    one_damaged_customer_stops_nobody_and_is_tried_ever_later(store, &url, OVERFLOWING, "").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_who_breaks_the_arithmetic_stops_nobody_on_postgres() {
    let Some((store, database)) = postgres::fresh().await else { return };
    let url = postgres::url_of(&database);
    one_damaged_customer_stops_nobody_and_is_tried_ever_later(store, &url, OVERFLOWING, "").await;
}
