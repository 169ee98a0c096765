//! A world with a dispatcher, whose calls are answered as the test says, on a clock of its own.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crossgrade::app::dispatcher::{AttemptOutcome, Dispatcher};
use crossgrade::clock::Clock;
use crossgrade::domain::webhook::Attempt;
use crossgrade::gateway::Call;
use crossgrade::gateway::memory::Memory;
use crossgrade::store::Store;
use serde_json::{Value, json};

use crate::world::World;

/// An engine, who is told by it, and when.
pub(crate) struct Post {
    pub(crate) world: World,
    pub(crate) memory: Arc<Memory>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) clock: Clock,
}

/// A good answer.
pub(crate) fn fine(_: &Call) -> Attempt {
    Attempt::Answered(204, None)
}

/// This answer.
pub(crate) fn status(status: u16) -> impl Fn(&Call) -> Attempt {
    move |_| Attempt::Answered(status, None)
}

/// The event that a call tells.
pub(crate) fn event(call: &Call) -> Value {
    serde_json::from_str(&call.body).unwrap()
}

/// What calls tell: `kind subject`.
pub(crate) fn told(calls: &[Call]) -> Vec<String> {
    let line = |event: Value| format!("{} {}", text(&event["type"]), text(&event["subject"]));
    calls.iter().map(|call| line(event(call))).collect()
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Post {
    /// An engine on a store, without an endpoint.
    pub(crate) async fn new(store: Store) -> Self {
        let world = World::new(store).await;
        let memory = Arc::new(Memory::answering(fine));
        // Signatures are judged by the time of this machine.
        let clock = Clock::simulated(Clock::System.now());
        let dispatcher = Dispatcher::new(world.app.clone(), memory.clone(), clock.clone());
        Self { world, memory, dispatcher, clock }
    }

    /// The same with an endpoint `shop` that is told of everything; and its secret.
    pub(crate) async fn with_shop(store: Store) -> (Self, String) {
        let post = Self::new(store).await;
        let made = post.put("shop", &["*"]).await;
        let secret = text(&made["secret"]);
        (post, secret)
    }

    /// Makes an endpoint.
    pub(crate) async fn put(&self, id: &str, events: &[&str]) -> Value {
        let body = json!({"url": format!("https://{id}.example/hook"), "events": events});
        self.world.put(&format!("/v1/webhook-endpoints/{id}"), body).await.expect(201)
    }

    /// Something that happens to nobody.
    pub(crate) async fn tag(&self, id: &str) {
        let answer = self.world.put(&format!("/v1/tags/{id}"), json!({"title": id})).await;
        assert!(answer.status < 300, "{answer:?}");
    }

    /// Something that happens to a customer.
    pub(crate) async fn customer(&self, id: &str) {
        let answer = self.world.put(&format!("/v1/customers/{id}"), json!({})).await;
        assert!(answer.status < 300, "{answer:?}");
    }

    /// Does all that is due, and answers with the calls.
    pub(crate) async fn work(&self) -> Vec<Call> {
        while self.dispatcher.fan_out().await.unwrap() > 0 {}
        loop {
            let mut outcomes: Vec<AttemptOutcome> = Vec::new();
            for due in self.dispatcher.due(None).await.unwrap() {
                outcomes.extend(self.dispatcher.deliver(&due.key).await.unwrap());
            }
            if outcomes.is_empty() {
                return self.memory.take();
            }
        }
    }

    /// Lets time pass outside.
    pub(crate) fn pass(&self, time: TimeDelta) {
        self.clock.as_simulated().unwrap().set(self.clock.now() + time);
    }

    /// Asks for a delivery to `shop` once more, and lets the time come for it.
    pub(crate) async fn replay(&self, delivery: &Value) -> Value {
        let id = text(&delivery["id"]);
        let path = format!("/v1/webhook-endpoints/shop/deliveries/{id}/replay");
        let replayed = self.world.post(&path, json!({})).await.expect(200);
        let due: DateTime<Utc> = text(&replayed["next_attempt_at"]).parse().unwrap();
        self.pass((due - self.clock.now()).max(TimeDelta::zero()));
        replayed
    }

    /// The deliveries to `shop`.
    pub(crate) async fn deliveries(&self) -> Vec<Value> {
        let path = "/v1/webhook-endpoints/shop/deliveries?limit=200";
        let listed = self.world.get(path).await.expect(200);
        listed["data"].as_array().unwrap().clone()
    }

    pub(crate) async fn shop(&self) -> Value {
        self.world.get("/v1/webhook-endpoints/shop").await.expect(200)
    }
}
