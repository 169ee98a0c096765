//! Messages of automations, and what providers tell of them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::automation::Channel;
use crate::domain::message::{self as domain, MessageEventKind, MessageStatus};
use crate::wire::{Id, Instant, Locale, Reference};

/// Which messages are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MessageFilter {
    /// Those of this automation.
    #[param(value_type = Option<Id>, inline)]
    pub automation: Option<String>,
    /// Those to this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those of the step with this key.
    #[param(value_type = Option<Id>, inline)]
    pub step: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<MessageStatus>,
}

/// A message to a customer, and what became of it: each moment is the earliest that was told or
/// follows from what was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: String,
    /// The automation.
    pub automation: String,
    /// The run.
    pub run: String,
    /// The key of its step.
    pub step: String,
    /// Whom it goes to.
    pub customer: String,
    /// By which way.
    pub channel: Channel,
    /// Where it stands.
    pub status: MessageStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was not taken.
    pub error: Option<String>,
    /// When it was taken.
    #[schema(value_type = Option<Instant>)]
    pub sent_at: Option<DateTime<Utc>>,
    /// When it arrived.
    #[schema(value_type = Option<Instant>)]
    pub delivered_at: Option<DateTime<Utc>>,
    /// When it came back; null where it is known to have arrived.
    #[schema(value_type = Option<Instant>)]
    pub bounced_at: Option<DateTime<Utc>>,
    /// When it was read.
    #[schema(value_type = Option<Instant>)]
    pub read_at: Option<DateTime<Utc>>,
    /// When it was answered.
    #[schema(value_type = Option<Instant>)]
    pub replied_at: Option<DateTime<Utc>>,
    /// When its link was followed.
    #[schema(value_type = Option<Instant>)]
    pub clicked_at: Option<DateTime<Utc>>,
}

impl From<&domain::Message> for Message {
    fn from(it: &domain::Message) -> Self {
        Self {
            id: it.id.to_string(),
            automation: it.automation.to_string(),
            run: it.run.to_string(),
            step: it.key.clone(),
            customer: it.customer.to_string(),
            channel: it.channel,
            status: it.status,
            attempts: it.attempts,
            error: it.error.clone(),
            sent_at: it.moments.sent,
            delivered_at: it.moments.delivered,
            bounced_at: it.moments.bounced.filter(|_| it.moments.delivered.is_none()),
            read_at: it.moments.read,
            replied_at: it.moments.replied,
            clicked_at: it.moments.clicked,
        }
    }
}

/// For which step, whom and in which language a preview is.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewBody {
    /// The key of the step.
    #[schema(value_type = Id)]
    pub step: String,
    /// The customer; a sample where left out.
    #[schema(value_type = Option<Id>)]
    pub customer: Option<String>,
    /// The language; that of the customer, else of the merchant, where left out.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
}

/// What a message would say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PreviewedMessage {
    /// One line.
    pub subject: String,
    /// As plain text.
    pub text: String,
    /// As HTML.
    pub html: Option<String>,
}

/// What a provider tells of a message.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageEventBody {
    /// The provider's name for it, by which it is taken in once.
    #[schema(value_type = Reference)]
    pub event_id: String,
    /// What happened.
    pub kind: MessageEventKind,
    /// When; not later than now.
    #[schema(value_type = Instant)]
    pub at: DateTime<Utc>,
    /// Whether no person did it: then it is no reading and no click.
    #[serde(default)]
    #[schema(default = false)]
    pub bot: bool,
}
