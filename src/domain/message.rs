//! A message of an automation to one customer, and what became of it.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::automation::{Channel, QuietHours};
use super::ids::{AutomationId, AutomationRunId, CustomerId, EndpointId, MessageId, OfferId};
use super::names::names;

names! {
    /// Where a message stands.
    pub enum MessageStatus {
        /// It is to be sent.
        Queued = "queued",
        /// It was taken.
        Sent = "sent",
        /// It was given up.
        Failed = "failed",
        /// Its customer had left before it was sent.
        Dropped = "dropped",
    }
}

names! {
    /// What a provider tells of a message.
    pub enum MessageEventKind {
        /// It was taken.
        Sent = "sent",
        /// It arrived.
        Delivered = "delivered",
        /// It was read.
        Read = "read",
        /// It was answered.
        Replied = "replied",
        /// Its link was followed.
        Clicked = "clicked",
        /// It came back for good: nothing reaches that address.
        Bounced = "bounced",
        /// It did not arrive, for reasons that pass.
        Failed = "failed",
    }
}

names! {
    /// By what a report counts messages.
    pub enum MessageFigure {
        /// It was taken.
        Sent = "sent",
        /// It arrived.
        Delivered = "delivered",
        /// It was read.
        Read = "read",
        /// It was answered.
        Replied = "replied",
        /// Its link was followed.
        Clicked = "clicked",
        /// It came back, and had not arrived.
        Bounced = "bounced",
        /// It was given up, and had not been taken.
        Failed = "failed",
    }
}

/// When what became of a message happened, each the earliest that is told or implied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MessageTimes {
    /// It was taken.
    pub sent: Option<DateTime<Utc>>,
    /// It arrived.
    pub delivered: Option<DateTime<Utc>>,
    /// It came back.
    pub bounced: Option<DateTime<Utc>>,
    /// It was read.
    pub read: Option<DateTime<Utc>>,
    /// It was answered.
    pub replied: Option<DateTime<Utc>>,
    /// Its link was followed.
    pub clicked: Option<DateTime<Utc>>,
}

/// How handing a message over ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOverResult {
    /// It was taken.
    Taken,
    /// It was not, for reasons that may pass: why.
    NotYet(String),
    /// Nothing reaches its recipient there: why.
    Undeliverable(String),
    /// It is too late to try it once more: why it was not taken.
    TooLate(String),
}

/// By what the links of a message are found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tokens {
    /// The link that it shows; none where it has none.
    pub link: Option<String>,
    /// The link by which its customer wants no more.
    pub unsubscribe: Option<String>,
}

/// What a message says, as it was filled when it was queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The mail address that it goes to.
    pub email: Option<String>,
    /// The telephone number that it goes to.
    #[serde(default)]
    pub phone: Option<String>,
    /// Whose that is.
    #[serde(default)]
    pub name: Option<String>,
    /// The language.
    pub locale: String,
    /// One line.
    pub subject: String,
    /// The message as plain text.
    pub text: String,
    /// The message as HTML.
    pub html: Option<String>,
    /// Its link, as it is shown.
    pub link: Option<String>,
    /// Where that leads.
    #[serde(default)]
    pub target: Option<String>,
    /// The offer whose checkout it opens, instead.
    #[serde(default)]
    pub checkout: Option<OfferId>,
    /// Where its customer can say that they want no more.
    #[serde(default)]
    pub unsubscribe: Option<String>,
    /// When it is not sent, nor tried again.
    #[serde(default)]
    pub quiet_hours: Option<QuietHours>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// `msg_…`, the same at every attempt.
    pub id: MessageId,
    /// The automation.
    pub automation: AutomationId,
    /// The run.
    pub run: AutomationRunId,
    /// The place of its step, from 0.
    pub step: i64,
    /// The name of its step.
    pub key: String,
    /// Whom it goes to.
    pub customer: CustomerId,
    /// By which way.
    pub channel: Channel,
    /// The endpoint that is called; none where it is the only one that wants messages.
    pub endpoint: Option<EndpointId>,
    /// Where it stands.
    pub status: MessageStatus,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it was not taken.
    pub error: Option<String>,
    /// When it was queued.
    pub queued_at: DateTime<Utc>,
    /// When it is tried next.
    pub next_attempt_at: DateTime<Utc>,
    /// When we handed it over.
    pub accepted_at: Option<DateTime<Utc>>,
    /// What became of it.
    pub moments: MessageTimes,
    /// So many minutes after its delivery a purchase may be put down to it.
    pub window_minutes: i64,
    /// By what its links are found.
    pub tokens: Tokens,
    /// The customer's code, where it shows one or its checkout redeems one.
    pub coupon: Option<String>,
    /// The hosted checkout that its link has opened last.
    pub opened: Option<String>,
    /// What it says.
    pub content: Content,
}

impl Message {
    /// Until when a purchase may be put down to it; none where it has not arrived.
    #[must_use]
    pub fn credit_until(&self) -> Option<DateTime<Utc>> {
        self.moments.delivered.map(|at| at + TimeDelta::minutes(self.window_minutes))
    }
}
