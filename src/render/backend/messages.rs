//! Messages of automations: the list, and one with what became of it and what it says.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::confirm::Fact;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Badge, Filters, Pager, Person};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;

/// The messages.
#[derive(Clone, Debug, Serialize)]
pub struct MessagesPage {
    /// What is looked for.
    pub filters: Filters,
    /// As of when they are counted, where that is not now.
    pub as_of: Option<Time>,
    /// Those found.
    pub rows: Vec<MessageRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for MessagesPage {
    const TEMPLATE: &'static str = "backend/messages";
}

/// A message in a list.
#[derive(Clone, Debug, Serialize)]
pub struct MessageRow {
    /// Its page, under its subject.
    pub link: Link,
    /// Whom it goes to, by id.
    pub customer: Person,
    /// The automation, by id.
    pub automation: String,
    /// The key of its step.
    pub step: String,
    /// By which way it goes.
    #[serde(serialize_with = "ours")]
    pub channel: &'static str,
    /// Where it stands.
    pub state: Badge,
    /// When it was queued.
    pub queued: Time,
}

/// A message with what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct MessagePage {
    /// The message.
    pub message: MessageRow,
    /// Why it stands there.
    pub why: Option<Phrase>,
    /// The way that it belongs to.
    pub run: Link,
    /// What else is known of it.
    pub facts: Vec<Fact>,
    /// What has happened to it, in order.
    pub events: Vec<EventRow>,
    /// What it says as plain text.
    pub text: String,
    /// What it says as HTML.
    pub html: Option<String>,
    /// The language that it says it in.
    pub language: String,
}

impl BackendPage for MessagePage {
    const TEMPLATE: &'static str = "backend/message";
}

/// Something that has happened to a message.
#[derive(Clone, Debug, Serialize)]
pub struct EventRow {
    /// What happened, in words.
    #[serde(serialize_with = "ours")]
    pub what: &'static str,
    /// The moment of it.
    pub at: Time,
    /// Who told of it.
    pub by: Phrase,
}
