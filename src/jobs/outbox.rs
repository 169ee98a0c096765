//! Tells webhook endpoints what has happened. How one is told is for `app`; here stands when:
//! each endpoint has a task of its own while there is something to tell it, so that a slow one
//! keeps nobody waiting but itself.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::app::AppError;
use crate::app::courier::{Courier, EndpointKey};

/// How many endpoints are called at a time.
const ENDPOINTS_MAX: usize = 64;
/// How often what waits is counted.
const COUNT_EVERY: Duration = Duration::from_secs(10);

const DELIVERIES: &str = "crossgrade_webhook_deliveries_total";
const BACKLOG: &str = "crossgrade_webhook_backlog";

/// The worker between two turns.
pub struct Outbox {
    courier: Courier,
    stop: watch::Receiver<bool>,
    /// The endpoints that are being called.
    busy: BTreeMap<EndpointKey, JoinHandle<()>>,
    counted: Option<tokio::time::Instant>,
}

impl Outbox {
    /// A worker that begins nothing more once it is told to stop.
    #[must_use]
    pub fn new(courier: Courier, stop: watch::Receiver<bool>) -> Self {
        metrics::describe_counter!(DELIVERIES, "Attempts to tell a webhook endpoint, by outcome.");
        metrics::describe_gauge!(BACKLOG, "Deliveries to webhook endpoints that wait.");
        Self { courier, stop, busy: BTreeMap::new(), counted: None }
    }

    /// One turn: makes the deliveries of new events, and sees that somebody carries them out.
    pub async fn run(&mut self) {
        if let Err(error) = self.turn().await {
            tracing::warn!(%error, "the webhook worker could not see what is due");
        }
    }

    async fn turn(&mut self) -> Result<(), AppError> {
        while self.courier.fan_out().await? > 0 && !*self.stop.borrow() {
            self.call_the_due().await?;
        }
        self.call_the_due().await?;
        if self.counted.is_none_or(|counted| counted.elapsed() >= COUNT_EVERY) {
            let backlog = self.courier.backlog().await?;
            metrics::gauge!(BACKLOG).set(u32::try_from(backlog).unwrap_or(u32::MAX));
            self.counted = Some(tokio::time::Instant::now());
        }
        Ok(())
    }

    async fn call_the_due(&mut self) -> Result<(), AppError> {
        self.busy.retain(|_, task| !task.is_finished());
        for key in self.courier.due().await? {
            if self.busy.len() >= ENDPOINTS_MAX {
                break;
            }
            if !self.busy.contains_key(&key) {
                let task = deliver(self.courier.clone(), self.stop.clone(), key.clone());
                self.busy.insert(key, tokio::spawn(task));
            }
        }
        Ok(())
    }

    /// Waits for what is in flight, which ends in a bounded time.
    pub async fn end(self) {
        for (_, task) in self.busy {
            if let Err(error) = task.await {
                tracing::error!(%error, "a webhook call stumbled");
            }
        }
    }
}

/// Tells one endpoint all that is due, unless the server stops.
async fn deliver(courier: Courier, stop: watch::Receiver<bool>, key: EndpointKey) {
    while !*stop.borrow() {
        match courier.deliver(&key).await {
            Ok(outcomes) if outcomes.is_empty() => return,
            Ok(outcomes) => {
                for outcome in outcomes {
                    metrics::counter!(DELIVERIES, "outcome" => outcome.name()).increment(1);
                }
            }
            Err(error) => {
                tracing::error!(
                    merchant.id = %key.merchant, endpoint.id = %key.endpoint, %error,
                    "webhooks could not be carried out"
                );
                return;
            }
        }
    }
}
