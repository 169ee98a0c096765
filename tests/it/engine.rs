//! The engine held against the oracle: random lives and the table of transitions, over the real
//! router on real databases. How many lives: `CROSSGRADE_TEST_LIVES` (a number, default 120).

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDate;
use crossgrade::app::App;
use crossgrade::app::start::Start;
use crossgrade::app::test_clock::ClockTarget;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::server::{ServerOptions, serve_router};
use crossgrade::store::Store;

use crate::beginnings;
use crate::lives::{hunt, play, play_with_restarts};
use crate::matrix;
use crate::oracle::generate;
use crate::support::{both, postgres, sqlite};
use crate::verification::book_comes_to_the_same;

const KEY: &str = "cg_test_0123456789012345678901234567890123456789";

/// The engine on a book, with a simulated clock at the start of `today`.
pub(crate) async fn engine(store: &Store, today: NaiveDate) -> (axum::Router, String) {
    // A restart at the same instant must not draw the same ids again.
    static STARTS: AtomicU64 = AtomicU64::new(1);
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&STARTS.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    let start = Start {
        test_clock: Some(ClockTarget::Date(today)),
        seed,
        public_url: "http://shop".to_owned(),
        reach: EndpointReach::Public,
    };
    let app = App::start(store.clone(), start).await.unwrap();
    app.bootstrap(Some(KEY)).await.unwrap();
    (serve_router(app, ServerOptions::default()), KEY.to_owned())
}

async fn in_memory(today: NaiveDate) -> (Store, (axum::Router, String)) {
    let store = Store::open("sqlite::memory:").await.unwrap();
    store.migrate().await.unwrap();
    let made = engine(&store, today).await;
    (store, made)
}

/// How many random lives are played.
pub(crate) fn lives() -> u64 {
    let wanted = std::env::var_os("CROSSGRADE_TEST_LIVES");
    wanted.and_then(|wanted| wanted.to_str()?.parse().ok()).unwrap_or(120)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_lives_come_out_as_the_oracle_says() {
    let (mut last, mut decided) = (None, 0);
    let again = async |last: Option<Store>| match last {
        Some(store) => book_comes_to_the_same(&store).await,
        None => 0,
    };
    let make = async |today| {
        decided += again(last.take()).await;
        let (store, made) = in_memory(today).await;
        last = Some(store);
        made
    };
    assert_eq!(hunt(0..lives(), make).await, Ok(()));
    decided += again(last).await;
    assert!(decided > 100, "only {decided} checkouts were decided again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_table_of_transitions_comes_out_as_the_oracle_says() {
    assert_eq!(matrix::walk(1, async |today| in_memory(today).await.1).await, Ok(()));
}

/// Five is no divisor of how many moments there are, nor of the yes and no.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn introductions_come_out_as_the_oracle_says() {
    assert_eq!(beginnings::walk(5, async |today| in_memory(today).await.1).await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_was_away_changes_nothing_but_the_days_of_issue() {
    for seed in 10_000..10_000 + lives() / 3 {
        let (store, _folder) = sqlite().await;
        let life = generate::life(seed);
        let told = play_with_restarts(&life, async |today| engine(&store, today).await).await;
        assert!(told.is_ok(), "seed {seed}: {}", told.unwrap_err());
    }
}

async fn lives_on_a_real_database(store: Store) {
    let life = generate::life(20_000);
    let (router, key) = engine(&store, life.start).await;
    let told = play(&life, router, &key).await;
    assert!(told.is_ok(), "{}", told.unwrap_err());
}

both!(lives_on_a_real_database);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lives_on_postgres_come_out_as_the_oracle_says() {
    for seed in 21_000..21_000 + lives() / 10 {
        let Some((store, _database)) = postgres::fresh().await else { return };
        let life = generate::life(seed);
        let told = play_with_restarts(&life, async |today| engine(&store, today).await).await;
        assert!(told.is_ok(), "seed {seed}: {}", told.unwrap_err());
        book_comes_to_the_same(&store).await;
        store.close().await;
    }
}
