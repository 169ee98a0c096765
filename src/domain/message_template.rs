//! What messages after a purchase say: texts with variables, and templates that hold them in
//! several languages. Filling them is for `render`; who gets them is for [`super::automation`].

use serde::{Deserialize, Serialize};

use super::definition::{Definition, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::MessageTemplateId;
use super::text::{MessageVariable, Text};
use super::translation::ByLanguage;

/// What a message says in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageText {
    /// One line.
    pub subject: Text<MessageVariable>,
    /// The message as plain text.
    pub text: Text<MessageVariable>,
    /// The message as HTML.
    pub html: Option<Text<MessageVariable>>,
}

impl MessageText {
    /// Its parts by their names.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &Text<MessageVariable>)> {
        let always = [("subject", &self.subject), ("text", &self.text)];
        always.into_iter().chain(self.html.as_ref().map(|html| ("html", html)))
    }
}

/// A template of messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageTemplate {
    /// Chosen by the merchant.
    pub id: MessageTemplateId,
    /// Not shown to customers.
    pub title: String,
    /// What it says; there is at least one language.
    pub texts: ByLanguage<MessageText>,
}

impl Definition for MessageTemplate {
    type Id = MessageTemplateId;

    const KIND: Kind = Kind {
        one: "message template",
        table: "message_templates",
        described: OperationTexts {
            group: "automations",
            many: "message templates",
            one: "a message template",
            writing: "Messages that are on their way keep what they say.",
            removing: "One that an automation sends is not removed.",
        },
        saved: EventKind::MessageTemplateSaved,
        deleted: Some(EventKind::MessageTemplateDeleted),
        lock: Lock::Catalogue,
        refers: false,
        in_graph: false,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &MessageTemplateId {
        &self.id
    }
}
