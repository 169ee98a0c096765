//! PostgreSQL goes away in the middle of the work, and comes back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::http::Method;
use crossgrade::store::Store;
use serde_json::json;

use crate::faults::ground::Side;
use crate::support::cluster::Cluster;
use crate::world::{Answer, World, complete, paid};

/// What is acknowledged survives the death of the database's processes; the machine goes on.
const SETTINGS: &str = "-c fsync=off -c full_page_writes=off -c shared_buffers=16MB";
/// No request takes longer, whatever the database does: the server's own limit.
const BOUND: Duration = Duration::from_secs(30);
const PATIENCE: Duration = Duration::from_mins(1);

/// One customer after the other, each request with a key, until it is done.
struct Buyers {
    world: World,
    stop: AtomicBool,
    /// Customers whose purchase was acknowledged.
    bought: Mutex<Vec<String>>,
    outages: Mutex<u32>,
}

impl Buyers {
    async fn work(self: Arc<Self>, name: usize) {
        for n in 0.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let customer = format!("c{name}-{n}");
            let body = json!({"customer": customer, "offer": "month"}).to_string();
            let opened = self.post(&format!("{customer}-open"), "/v1/checkouts", body).await;
            let (path, body) = (complete(&opened.json), paid(&opened.json).to_string());
            let done = self.post(&format!("{customer}-buy"), &path, body).await;
            assert_eq!(done.json["status"], "completed", "{done:?}");
            self.bought.lock().unwrap().push(customer);
        }
    }

    async fn post(&self, key: &str, path: &str, body: String) -> Answer {
        let begun = Instant::now();
        loop {
            let headers = [("idempotency-key", key)];
            let sent = Instant::now();
            let answer = self.world.call(Method::POST, path, &headers, Some(body.clone())).await;
            assert!(sent.elapsed() < BOUND, "{key} took {:?}", sent.elapsed());
            match answer.status {
                200 | 201 => return answer,
                503 => {
                    assert_eq!(answer.problem(503), "unavailable");
                    *self.outages.lock().unwrap() += 1;
                }
                _ => assert_eq!(answer.problem(409), "idempotency-in-progress"),
            }
            assert_eq!(answer.header("retry-after"), "1");
            assert!(begun.elapsed() < PATIENCE, "{key} is never done");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn count(&self) -> usize {
        self.bought.lock().unwrap().len()
    }

    /// Waits until some more have bought.
    async fn go_on(&self) {
        let (begun, before) = (Instant::now(), self.count());
        while self.count() < before + 10 {
            assert!(begun.elapsed() < PATIENCE, "nobody buys any more");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

async fn wait_for(world: &World, status: u16) {
    let begun = Instant::now();
    loop {
        let asked = Instant::now();
        let answer = world.get("/health/ready").await;
        assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
        if answer.status == status {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "/health/ready never says {status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_and_comes_back_costs_nothing_but_time() {
    let Some(mut cluster) = Cluster::start(SETTINGS) else { return };
    let url = cluster.url("postgres");
    let store = Store::open(&url).await.unwrap();
    store.migrate().await.unwrap();
    let world = World::new(store.clone()).await;
    world.catalogue().await;
    let buyers = Arc::new(Buyers {
        world: world.clone(),
        stop: AtomicBool::new(false),
        bought: Mutex::default(),
        outages: Mutex::default(),
    });
    let tasks: Vec<_> = (0..4).map(|name| tokio::spawn(Arc::clone(&buyers).work(name))).collect();
    for _ in 0..2 {
        buyers.go_on().await;
        cluster.kill();
        wait_for(&world, 503).await;
        assert_eq!(world.get("/v1/tags").await.problem(503), "unavailable");
        cluster.restart();
        wait_for(&world, 200).await;
        buyers.go_on().await;
    }
    buyers.stop.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    assert!(*buyers.outages.lock().unwrap() > 0, "nobody was ever refused");
    let mut side = Side::open(&url).await;
    let mut running = side.texts("select customer_id from subscriptions").await;
    running.sort();
    let mut bought = buyers.bought.lock().unwrap().clone();
    bought.sort();
    assert_eq!(running, bought, "each acknowledged purchase is there, once");
    let invoices =
        "select cast(count(*) as text) || ' ' || cast(max(number) as text) from invoices";
    assert_eq!(side.texts(invoices).await, [format!("{0} {0}", bought.len())]);
    store.close().await;
}
