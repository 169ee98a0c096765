//! Webhook endpoints and what is sent to them. What is told stands in [`super::events`].

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::webhook::{self as domain, DeliveryStatus};
use crate::wire::Instant;
use crate::wire::definitions::Answer;

/// Whether an endpoint is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointStatus {
    /// It is.
    Enabled,
    /// Not until it is saved again; then it goes on where it stood.
    Disabled,
}

/// A webhook endpoint, without its secret.
pub type Endpoint = Answer<domain::Endpoint>;

/// How a webhook endpoint stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct EndpointHealth {
    /// Whether it is called.
    pub status: EndpointStatus,
    /// Why it is not.
    pub disabled_reason: Option<String>,
    /// Since when every call has failed; null while calls arrive.
    #[schema(value_type = Option<Instant>)]
    pub failing_since: Option<DateTime<Utc>>,
    /// Until when it is left alone, for it did not answer; then one delivery is tried, and all of
    /// them once that has arrived. Null while it answers.
    #[schema(value_type = Option<Instant>)]
    pub resting_until: Option<DateTime<Utc>>,
    /// Until when calls are signed with the secret before, too.
    #[schema(value_type = Option<Instant>)]
    pub previous_secret_until: Option<DateTime<Utc>>,
    /// When it was made.
    #[schema(value_type = Instant)]
    pub created_at: DateTime<Utc>,
}

impl From<&domain::Endpoint> for EndpointHealth {
    fn from(endpoint: &domain::Endpoint) -> Self {
        let (status, disabled_reason) = match &endpoint.status {
            domain::EndpointStatus::Enabled => (EndpointStatus::Enabled, None),
            domain::EndpointStatus::Disabled(why) => (EndpointStatus::Disabled, Some(why.clone())),
        };
        Self {
            status,
            disabled_reason,
            failing_since: endpoint.failing_since,
            resting_until: endpoint.resting_until,
            previous_secret_until: endpoint.previous.iter().map(|(_, until)| *until).max(),
            created_at: endpoint.created_at,
        }
    }
}

/// An endpoint with its new secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndpointWithSecret {
    /// The endpoint.
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// What its calls are signed with, as Standard Webhooks have it.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    pub secret: String,
}

impl From<&domain::Endpoint> for EndpointWithSecret {
    fn from(endpoint: &domain::Endpoint) -> Self {
        Self { endpoint: endpoint.into(), secret: endpoint.secret.as_str().to_owned() }
    }
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// Its id.
    pub id: String,
    /// The id of the event, which is also sent as `webhook-id`.
    pub event: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it stands.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// When it may be tried next, unless the endpoint is left alone for longer; null once it has
    /// ended.
    #[schema(value_type = Option<Instant>)]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// When it was tried last.
    #[schema(value_type = Option<Instant>)]
    pub last_attempt_at: Option<DateTime<Utc>>,
    /// The status that was answered last.
    pub last_status: Option<u16>,
    /// Why the last attempt failed.
    pub last_error: Option<String>,
    /// When it was made.
    #[schema(value_type = Instant)]
    pub created_at: DateTime<Utc>,
}

impl From<&domain::Delivery> for Delivery {
    fn from(delivery: &domain::Delivery) -> Self {
        let waits = delivery.status == DeliveryStatus::Pending;
        Self {
            id: delivery.id.to_string(),
            event: delivery.event.id.to_string(),
            kind: delivery.event.kind.clone(),
            status: delivery.status,
            attempts: delivery.attempts,
            next_attempt_at: waits.then_some(delivery.next_attempt_at),
            last_attempt_at: delivery.last_attempt_at,
            last_status: delivery.last_status,
            last_error: delivery.last_error.clone(),
            created_at: delivery.created_at,
        }
    }
}

/// Which deliveries are sent once more. One that waits is not: it is sent anyway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ReplayBody {
    /// Those that ended like this; those that were given up and those that arrived unless given.
    pub status: Option<EndedStatus>,
    /// Those of events recorded then or later.
    #[schema(value_type = Option<Instant>)]
    pub since: Option<DateTime<Utc>>,
    /// Those of events recorded before.
    #[schema(value_type = Option<Instant>)]
    pub until: Option<DateTime<Utc>>,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndedStatus {
    /// It was answered with 2xx.
    Delivered,
    /// It was given up.
    Failed,
}

impl From<EndedStatus> for domain::DeliveryStatus {
    fn from(status: EndedStatus) -> Self {
        match status {
            EndedStatus::Delivered => Self::Delivered,
            EndedStatus::Failed => Self::Failed,
        }
    }
}

/// How many deliveries are sent once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReplayedDeliveries {
    /// So many.
    pub replayed: u64,
}

/// Which deliveries are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryFilter {
    /// Those that stand like this.
    #[param(inline)]
    pub status: Option<DeliveryStatus>,
}
