//! Templates of messages, as the API shows them.

use crate::domain::message_template::MessageTemplate as Stored;
use crate::http::definitions::{Operations, Resource};
use crate::wire::definitions::Answer;

impl Resource for Stored {
    type Made = Answer<Self>;

    const OPERATIONS: Operations = Operations {
        at: "/v1/message-templates",
        group: "automations",
        many: "message templates",
        one: "a message template",
        writing: "Messages that are on their way keep what they say.",
        removing: "One that an automation sends is not removed.",
    };
}
