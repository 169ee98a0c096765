//! Templates of messages. Who gets them is left to the domain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::message_template as domain;
use crate::wire::{Text, Title};

/// What a message says in one language, with variables such as {customerName}, {productTitle},
/// {couponCode}, {couponValidUntil}, {link}, {unsubscribeLink}; after what befell a subscription
/// also {subscriptionTitle} and {nextPayment}.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageText {
    /// One line.
    #[schema(value_type = Title)]
    pub subject: String,
    /// The message as plain text.
    #[schema(value_type = Title)]
    pub text: String,
    /// The message as HTML.
    #[schema(value_type = Option<Text>)]
    pub html: Option<String>,
}

impl From<&domain::MessageText> for MessageText {
    fn from(it: &domain::MessageText) -> Self {
        Self {
            subject: it.subject.source().to_owned(),
            text: it.text.source().to_owned(),
            html: it.html.as_ref().map(|html| html.source().to_owned()),
        }
    }
}

/// A template of messages to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageTemplateBody {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: String,
    /// What it says, by language: 1 to 50 of them.
    pub texts: BTreeMap<String, MessageText>,
}

/// A template of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageTemplate {
    /// Its id.
    pub id: String,
    /// What merchants see.
    pub title: String,
    /// What it says, by language.
    pub texts: BTreeMap<String, MessageText>,
}

impl From<&domain::MessageTemplate> for MessageTemplate {
    fn from(it: &domain::MessageTemplate) -> Self {
        let texts = it.texts.iter().map(|(language, text)| (language.clone(), text.into()));
        Self { id: it.id.to_string(), title: it.title.clone(), texts: texts.collect() }
    }
}
