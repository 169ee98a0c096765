//! The dispatcher: makes deliveries of recorded events, and carries them out. The record of events
//! is the outbox: what happened was written in the transaction of its cause, and nothing is sent
//! before that has committed.
//!
//! No transaction is open while an endpoint is called. A delivery is claimed for a while, tried,
//! and settled; where the dispatcher dies in between, the claim runs out and another tries again.
//! So each event arrives at least once.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::clock::Clock;
use crate::domain::event::EventKind;
use crate::domain::names::names;
use crate::domain::new_event::Event;
use crate::domain::webhook::{Attempt, ClaimedDelivery, DeliveryFate, Endpoint, signatures};
use crate::gateway::{Call, Gateway};
use crate::rules::webhooks::{decide_fate, decide_rest};
use crate::store::{deliveries, events, webhooks};
use crate::wire::events as wire;

use super::{App, AppError, spans};

pub use crate::store::webhooks::{DueEndpoint, EndpointKey};

/// For how long a claimed delivery is nobody else's: longer than any call takes.
pub const CLAIM: TimeDelta = TimeDelta::seconds(60);
/// How many deliveries to one endpoint are carried out at a time; to one that is failing, one.
pub const BATCH: i64 = 8;
/// Of how many events deliveries are made in one transaction.
const FAN_OUT: i64 = 500;
/// For how many days deliveries that have ended are kept.
const KEPT_DAYS: i64 = 30;

/// Carries out deliveries.
#[derive(Clone)]
pub struct Dispatcher {
    app: App,
    gateway: Arc<dyn Gateway>,
    clock: Clock,
}

names! {
    /// How an attempt came out, for the log and the measurements.
    pub enum AttemptOutcome {
        /// It arrived.
        Delivered = "delivered",
        /// It was answered with an error, and will be tried again.
        Retry = "retry",
        /// There was no answer; it will be tried again.
        Unanswered = "unanswered",
        /// It was given up.
        Failed = "failed",
        /// The endpoint wants no more.
        Gone = "gone",
        /// Another one has taken it over meanwhile, or the endpoint is removed.
        Lost = "lost",
    }
}

impl Dispatcher {
    /// A dispatcher of an engine. `clock` is the one outside, by which receivers judge signatures.
    #[must_use]
    pub fn new(app: App, gateway: Arc<dyn Gateway>, clock: Clock) -> Self {
        app.send_through(gateway.clone());
        Self { app, gateway, clock }
    }

    /// Makes deliveries of the events that were recorded since the last time, a batch for each
    /// endpoint; how many events it went on.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn fan_out(&self) -> Result<i64, AppError> {
        let behind = self
            .app
            .read(|mut tx| async move { Ok(webhooks::endpoints_behind(&mut tx).await?) })
            .await?;
        let (mut went, now) = (0, self.clock.now());
        for key in behind {
            let key = &key;
            went += self
                .app
                .write(|mut tx| async move {
                    let done = webhooks::fan_out(&mut tx, key, now, FAN_OUT).await?;
                    tx.commit(done).await
                })
                .await?;
        }
        Ok(went)
    }

    /// The endpoints for which there may be something to do now, those behind `last` first.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn due(&self, last: Option<EndpointKey>) -> Result<Vec<DueEndpoint>, AppError> {
        let now = self.clock.now();
        self.app
            .read(|mut tx| async move {
                Ok(webhooks::endpoints_due(&mut tx, now, last.as_ref()).await?)
            })
            .await
    }

    /// Carries out some due deliveries to one endpoint, at once; how each came out, and nothing
    /// where none was due. One that answers none of them is left alone for a while, after which it
    /// is tried with one.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn deliver(&self, key: &EndpointKey) -> Result<Vec<AttemptOutcome>, AppError> {
        let Some((endpoint, claimed)) = self.claim(key.clone()).await? else {
            return Ok(Vec::new());
        };
        let endpoint = Arc::new(endpoint);
        let mut attempts = JoinSet::new();
        for delivery in claimed {
            let (dispatcher, endpoint) = (self.clone(), endpoint.clone());
            attempts.spawn(async move { dispatcher.attempt(&endpoint, delivery).await });
        }
        let (mut outcomes, mut broken) = (Vec::new(), None);
        // One that breaks must not cut off the others.
        while let Some(ended) = attempts.join_next().await {
            match ended.map_err(AppError::broken).flatten() {
                Ok(outcome) => outcomes.push(outcome),
                Err(error) => broken = Some(error),
            }
        }
        let is_silent = outcomes.contains(&AttemptOutcome::Unanswered)
            && outcomes
                .iter()
                .all(|it| matches!(it, AttemptOutcome::Unanswered | AttemptOutcome::Lost));
        if is_silent {
            self.rest(key.clone(), endpoint.silences.saturating_add(1)).await?;
        }
        broken.map_or(Ok(outcomes), Err)
    }

    /// How many deliveries wait.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn backlog(&self) -> Result<i64, AppError> {
        self.app.read(|mut tx| async move { Ok(deliveries::count_pending(&mut tx).await?) }).await
    }

    async fn rest(&self, key: EndpointKey, silences: u32) -> Result<(), AppError> {
        let (key, until) = (&key, self.clock.now() + decide_rest(silences));
        self.app
            .write(|mut tx| async move {
                webhooks::begin_rest(&mut tx, key, silences, until).await?;
                tx.commit(()).await
            })
            .await
    }

    async fn claim(
        &self,
        key: EndpointKey,
    ) -> Result<Option<(Endpoint, Vec<ClaimedDelivery>)>, AppError> {
        let now = self.clock.now();
        let key = &key;
        self.app
            .write(|mut tx| async move {
                let EndpointKey { merchant, endpoint } = key;
                let found = webhooks::find_endpoint(&mut tx, merchant, endpoint).await?;
                let is_called = |it: &Endpoint| it.is_enabled() && !it.rests(now);
                let Some(endpoint) = found.filter(is_called) else {
                    return tx.commit(None).await;
                };
                let limit = if endpoint.failing_since.is_some() { 1 } else { BATCH };
                let claimed =
                    deliveries::claim_deliveries(&mut tx, key, now, now + CLAIM, limit).await?;
                if endpoint.silences > 0 && !claimed.is_empty() {
                    webhooks::begin_trial(&mut tx, key, now, now + CLAIM).await?;
                }
                tx.commit(Some((endpoint, claimed))).await
            })
            .await
    }

    async fn attempt(
        &self,
        endpoint: &Endpoint,
        claimed: ClaimedDelivery,
    ) -> Result<AttemptOutcome, AppError> {
        let now = self.clock.now();
        let call = call_of(endpoint, now, &self.app.event_as_told(&claimed.event));
        let call = call.map_err(AppError::broken)?;
        let ended = self.gateway.call(call).instrument(spans::call("webhook endpoint")).await;
        self.settle(claimed, ended).await
    }

    async fn settle(
        &self,
        claimed: ClaimedDelivery,
        ended: Attempt,
    ) -> Result<AttemptOutcome, AppError> {
        let now = self.clock.now();
        let fate = decide_fate(&ended, claimed.attempt, now);
        let status = match ended {
            Attempt::Answered(status, _) => Some(status),
            Attempt::Unanswered(_) => None,
        };
        let outcome = match &fate {
            DeliveryFate::Delivered => AttemptOutcome::Delivered,
            DeliveryFate::Again { .. } if status.is_none() => AttemptOutcome::Unanswered,
            DeliveryFate::Again { .. } => AttemptOutcome::Retry,
            DeliveryFate::Failed { .. } => AttemptOutcome::Failed,
            DeliveryFate::Gone { .. } => AttemptOutcome::Gone,
        };
        tell(&claimed, &fate);
        let app = &self.app;
        let (fate, claimed) = (&fate, &claimed);
        self.app
            .write(|mut tx| async move {
                if !deliveries::settle_delivery(&mut tx, claimed, fate, status, now).await? {
                    return tx.commit(AttemptOutcome::Lost).await;
                }
                let ClaimedDelivery { merchant, endpoint, .. } = claimed.clone();
                let key = EndpointKey { merchant, endpoint };
                if *fate == DeliveryFate::Delivered {
                    webhooks::note_success(&mut tx, &key).await?;
                } else {
                    let is_answered = outcome != AttemptOutcome::Unanswered;
                    webhooks::note_failure(&mut tx, &key, now, is_answered).await?;
                }
                if let DeliveryFate::Gone { error } = fate
                    && webhooks::disable_endpoint(&mut tx, &key, error).await?
                {
                    let kind = EventKind::WebhookEndpointDisabled;
                    let event = Event::plain(kind, key.endpoint.as_str());
                    let ids = &mut app.ids();
                    let happened = app.now();
                    events::insert_events(&mut tx, &key.merchant, happened, &[event], ids).await?;
                }
                tx.commit(outcome).await
            })
            .await
    }
}

/// The call that tells an endpoint of an event, under its id; signed at `at`, by the clock outside,
/// by which receivers judge signatures.
///
/// # Errors
/// Why it cannot be signed.
pub(super) fn call_of(
    endpoint: &Endpoint,
    at: DateTime<Utc>,
    event: &wire::Event,
) -> Result<Call, String> {
    let body = serde_json::to_string(event).map_err(|error| error.to_string())?;
    let id = event.id.clone();
    let signature = signatures(endpoint.secrets(at), &id, at, &body);
    let signature = signature.map_err(|error| error.to_string())?;
    Ok(Call { url: endpoint.url.clone(), id, at, signature, body })
}

fn tell(claimed: &ClaimedDelivery, fate: &DeliveryFate) {
    let ClaimedDelivery { merchant, endpoint, id, attempt, .. } = claimed;
    match fate {
        DeliveryFate::Delivered => tracing::debug!(
            merchant.id = %merchant, endpoint.id = %endpoint, delivery.id = %id, attempt,
            "a webhook arrived"
        ),
        DeliveryFate::Again { at, error } => tracing::info!(
            merchant.id = %merchant, endpoint.id = %endpoint, delivery.id = %id, attempt, error,
            "a webhook is tried again at {at}"
        ),
        DeliveryFate::Failed { error } => tracing::error!(
            merchant.id = %merchant, endpoint.id = %endpoint, delivery.id = %id, attempt, error,
            "a webhook was given up"
        ),
        DeliveryFate::Gone { error } => tracing::warn!(
            merchant.id = %merchant, endpoint.id = %endpoint, delivery.id = %id, attempt, error,
            "a webhook endpoint is disabled"
        ),
    }
}

impl App {
    /// Forgets deliveries that ended long enough ago; how many. The events stay.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn forget_deliveries(&self) -> Result<u64, AppError> {
        let before = Clock::System.now() - TimeDelta::days(KEPT_DAYS);
        self.write(|mut tx| async move {
            let done = deliveries::purge_deliveries(&mut tx, before).await?;
            tx.commit(done).await
        })
        .await
    }
}
