//! Many endpoints at once, of several merchants, as the worker serves them: who does not answer
//! keeps nobody else waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crossgrade::app::dispatcher::{BATCH, Dispatcher};
use crossgrade::clock::Clock;
use crossgrade::domain::webhook::Attempt;
use crossgrade::gateway::{BoxFuture, Call, Gateway};
use crossgrade::jobs::outbox::{ENDPOINTS_MAX, Outbox};
use crossgrade::store::Store;
use serde_json::json;
use tokio::sync::{mpsc, watch};

use crate::support::both;
use crate::world::World;

both! {
    silent_endpoints_of_one_merchant_keep_nobody_elses_events,
}

/// For how long a silent one is called before it is given up.
const SILENCE: Duration = Duration::from_secs(8);
/// How many of them there are.
const SILENT: usize = 66;

/// Some answer nothing, the others at once.
struct Crowd {
    calls: AtomicUsize,
    most: AtomicUsize,
    arrived: mpsc::UnboundedSender<Instant>,
}

impl Gateway for Crowd {
    fn call(&self, call: Call) -> BoxFuture<'_, Attempt> {
        Box::pin(async move {
            let calls = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(calls, Ordering::SeqCst);
            let answer = if call.url.contains("silent") {
                tokio::time::sleep(SILENCE).await;
                Attempt::Unanswered("there was no answer in time".to_owned())
            } else {
                self.arrived.send(Instant::now()).ok();
                Attempt::Answered(204, None)
            };
            self.calls.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}

async fn silent_endpoints_of_one_merchant_keep_nobody_elses_events(store: Store) {
    let world = World::new(store).await;
    let made = world.post("/v1/merchants", json!({"id": "zoe", "name": "Zoe"})).await.expect(201);
    let zoe = world.with_key(made["key"].as_str().unwrap());
    for number in 0..SILENT {
        let body = json!({"url": format!("https://silent-{number}.example/"), "events": ["*"]});
        world.put(&format!("/v1/webhook-endpoints/s{number}"), body).await.expect(201);
    }
    let body = json!({"url": "https://zoe.example/", "events": ["tag.*"]});
    zoe.put("/v1/webhook-endpoints/shop", body).await.expect(201);
    for number in 0..12 {
        world.put(&format!("/v1/tags/t{number}"), json!({"title": "t"})).await.expect(201);
    }
    let (arrived, mut seen) = mpsc::unbounded_channel();
    let crowd = Arc::new(Crowd { calls: AtomicUsize::new(0), most: AtomicUsize::new(0), arrived });
    let dispatcher = Dispatcher::new(world.app.clone(), crowd.clone(), Clock::System);
    let (stop, stopping) = watch::channel(false);
    let mut outbox = Outbox::new(dispatcher, stopping.clone());
    let worker = tokio::spawn(async move {
        while !*stopping.borrow() {
            outbox.run().await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        outbox.end().await;
    });
    // All that the silent ones may have is theirs by now.
    while crowd.most.load(Ordering::SeqCst) < 16 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for number in 0..4 {
        let told = Instant::now();
        zoe.put(&format!("/v1/tags/z{number}"), json!({"title": "z"})).await.expect(201);
        let came = tokio::time::timeout(SILENCE / 2, seen.recv()).await;
        let waited = came.expect("it came in time").unwrap() - told;
        assert!(waited < SILENCE / 2, "{waited:?}");
    }
    let bound = ENDPOINTS_MAX * usize::try_from(BATCH).unwrap();
    let most = crowd.most.load(Ordering::SeqCst);
    // A third of them, and the one call of the other merchant.
    assert!(most <= bound / 3 + 1, "{most} calls at once of {bound}");
    stop.send(true).unwrap();
    worker.await.unwrap();
}
