//! A billing run and customers whom somebody else has locked at that moment. SQLite has one
//! writer and locks nobody; so this is about PostgreSQL.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::postgres::{self, Database};
use crate::world::World;

/// Ada and Bob are to be booked.
async fn due() -> Option<(World, Database)> {
    let (store, database) = postgres::fresh().await?;
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    world.buy("ada", "month").await;
    world.buy("bob", "month").await;
    // A second server whose clock goes on alone: nothing is billed by that.
    let later = chrono::DateTime::parse_from_rfc3339("2026-02-28T12:00:00Z").unwrap().to_utc();
    world.app.clock().as_simulated().unwrap().set(later);
    Some((world, database))
}

async fn lock(database: &Database) -> PgConnection {
    let mut other = PgConnection::connect(&postgres::url_of(database)).await.unwrap();
    other.execute("begin").await.unwrap();
    other.execute("select id from customers where id = 'ada' for update").await.unwrap();
    other
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_comes_back_to_whom_somebody_held_for_an_instant() {
    let Some((world, database)) = due().await else { return };
    let mut other = lock(&database).await;
    let run = tokio::spawn({
        let world = world.clone();
        async move { world.post("/v1/billing/runs", json!({})).await.expect(200) }
    });
    tokio::time::sleep(Duration::from_millis(700)).await;
    other.execute("rollback").await.unwrap();
    let run = run.await.unwrap();
    assert_eq!((&run["booked"], &run["failures"]), (&json!(2), &json!([])));
    assert_eq!(run["status"], "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_names_whom_it_could_not_reach() {
    let Some((world, database)) = due().await else { return };
    let mut other = lock(&database).await;
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!((&run["booked"], &run["failures"][0]["customer"]), (&json!(1), &json!("ada")));
    let reason = run["failures"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("bill again"), "{reason}");
    other.execute("rollback").await.unwrap();
    let run = world.post("/v1/billing/runs", json!({})).await.expect(200);
    assert_eq!((&run["booked"], &run["failures"]), (&json!(1), &json!([])));
}
