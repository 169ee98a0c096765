//! What the database takes back because of others is decided again; what it does not give in
//! time is told with 503 and when to come again.

use std::time::{Duration, Instant};

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::postgres::{empty, url_of};
use crate::support::{both, opened};
use crate::world::{World, complete, paid};

both! {
    what_is_taken_back_three_times_is_done_all_the_same,
    what_is_taken_back_each_time_is_told_with_when_to_come_again,
}

async fn what_is_taken_back_three_times_is_done_all_the_same(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    world.app.store().collide(3);
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    for path in ["/v1/invoices", "/v1/subscriptions"] {
        let listed = world.get(path).await.expect(200);
        assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{path}");
    }
}

async fn what_is_taken_back_each_time_is_told_with_when_to_come_again(store: Store) {
    let world = World::new(store).await;
    world.catalogue().await;
    let checkout = world.open("ada", "month").await;
    let complete = complete(&checkout);
    let headers = [("content-type", "application/json"), ("idempotency-key", "one")];
    let ask = async || {
        let body = paid(&checkout).to_string();
        world.call(Method::POST, &complete, &headers, Some(body)).await
    };
    world.app.store().collide(4);
    // Without a key, so that all four are of the one decision.
    let answer = world.post(&complete, paid(&checkout)).await;
    assert_eq!(answer.problem(503), "unavailable");
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    let listed = world.get("/v1/invoices").await.expect(200);
    assert_eq!(listed["data"], json!([]), "nothing of it is there");
    // With one, the 503 is not what a repetition gets.
    world.app.store().collide(1_000);
    assert_eq!(ask().await.problem(503), "unavailable");
    world.app.store().collide(0);
    ask().await.expect(200);
    assert_eq!(ask().await.header("idempotent-replayed"), "true");
}

/// A shop on PostgreSQL, an open checkout of ada's, and a session beside it.
async fn with_another_session() -> Option<(World, PgConnection, impl Drop)> {
    let database = empty().await?;
    let url = url_of(&database);
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    world.put("/v1/customers/ada", json!({"name": "Ada"})).await.expect(201);
    Some((world, PgConnection::connect(&url).await.unwrap(), database))
}

const LOCK_CUSTOMER: &str = "select 1 from customers where id = 'ada' for update";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_that_wait_for_each_other_both_come_through() {
    let Some((world, mut other, _database)) = with_another_session().await else { return };
    let checkout = world.open("ada", "month").await;
    other.execute("begin").await.unwrap();
    other.execute("select 1 from counters for update").await.unwrap();
    let sale = {
        let (world, checkout) = (world.clone(), checkout.clone());
        tokio::spawn(async move { world.post(&complete(&checkout), paid(&checkout)).await })
    };
    // It has the customer by now, and waits for the numbers.
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(!sale.is_finished());
    other.execute(LOCK_CUSTOMER).await.unwrap();
    other.execute("commit").await.unwrap();
    sale.await.unwrap().expect(200);
    let stats: (i64,) =
        sqlx::query_as("select deadlocks from pg_stat_database where datname = current_database()")
            .fetch_one(&mut other)
            .await
            .unwrap();
    assert!(stats.0 > 0, "there was none");
    world.app.store().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_lock_keeps_nobody_else_waiting() {
    let Some((world, mut other, _database)) = with_another_session().await else { return };
    other.execute("begin").await.unwrap();
    other.execute(LOCK_CUSTOMER).await.unwrap();
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.open("ada", "month").await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    for customer in ["bob", "cyd", "dan"] {
        world.buy(customer, "month").await;
    }
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    assert!(waiting.iter().all(|one| !one.is_finished()));
    other.execute("rollback").await.unwrap();
    for one in waiting {
        one.await.unwrap();
    }
    world.app.store().close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_waits_longer_than_ten_seconds_for_a_lock() {
    let Some((world, mut other, _database)) = with_another_session().await else { return };
    let checkout = world.open("ada", "month").await;
    other.execute("begin").await.unwrap();
    other.execute(LOCK_CUSTOMER).await.unwrap();
    let begun = Instant::now();
    let answer = world.post(&complete(&checkout), paid(&checkout)).await;
    assert_eq!(answer.problem(503), "unavailable");
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    let waited = begun.elapsed();
    assert!((9..15).contains(&waited.as_secs()), "{waited:?}");
    other.execute("rollback").await.unwrap();
    world.post(&complete(&checkout), paid(&checkout)).await.expect(200);
    world.app.store().close().await;
}
