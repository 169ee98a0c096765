//! The record of everything that happened, and what webhooks tell: the same shape. What happens
//! is left to the domain.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use crate::domain::actor::ActorKind;
use crate::domain::event::RecordedEvent;
use crate::domain::event_data::EventData;
use crate::wire::{Id, Instant};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its id; later ones sort later.
    pub id: String,
    /// Its place in the record: 1, 2, 3, … without gaps.
    pub sequence: i64,
    /// What happened, such as `subscription.started`.
    #[serde(rename = "type")]
    pub kind: String,
    /// When it was recorded.
    #[schema(value_type = Instant)]
    pub occurred_at: DateTime<Utc>,
    /// Who brought it about; null where the engine did by itself.
    pub actor: Option<ActorKind>,
    /// Whose it is.
    pub customer: Option<String>,
    /// The id of what it happened to.
    pub subject: String,
    /// What else is to be known.
    #[schema(value_type = Object)]
    pub data: Map<String, Value>,
}

impl Event {
    /// What was recorded; with the page of the document that it is about, if it is.
    #[must_use]
    pub fn told(event: &RecordedEvent, page: Option<String>) -> Self {
        let mut data = event.data.as_object().cloned().unwrap_or_default();
        if let Some(page) = page {
            data.insert("url".to_owned(), page.into());
        }
        Self {
            id: event.id.to_string(),
            sequence: event.sequence,
            kind: event.kind.clone(),
            occurred_at: event.created_at,
            actor: event.actor,
            customer: event.customer.as_ref().map(ToString::to_string),
            subject: event.subject.clone(),
            data,
        }
    }
}

/// Which events are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventFilter {
    /// Those after the event with this id, or in this place of the record.
    #[param(value_type = Option<Id>, inline)]
    pub after: Option<String>,
}

/// The members of data, as an event has them.
#[must_use]
pub fn members(data: &EventData) -> Map<String, Value> {
    match serde_json::to_value(data) {
        Ok(Value::Object(members)) => members,
        Ok(_) | Err(_) => Map::new(),
    }
}
