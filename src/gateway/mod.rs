//! What goes out to others: a trait, the real one, and one that tests read back. What is sent,
//! when, and what becomes of the answer is for `app` and the rules; time and randomness come from
//! outside.
//!
//! Reading order: here, [`webhook`] (HTTP, to checked addresses), [`mail`] (SMTP), [`mailbox`] (of
//! the demo), [`memory`].

pub mod mail;
pub mod mailbox;
pub mod memory;
pub mod webhook;

use chrono::{DateTime, Utc};

use crate::domain::message::HandOverResult;
use crate::domain::webhook::Attempt;

pub use futures_core::future::BoxFuture;

/// One call of a webhook endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Whom to call.
    pub url: String,
    /// The id of the event, the same at every attempt: by it a receiver knows what it has seen.
    pub id: String,
    /// The time of the attempt, which is signed.
    pub at: DateTime<Utc>,
    /// The header `webhook-signature`.
    pub signature: String,
    /// The event as JSON.
    pub body: String,
}

/// Calls webhook endpoints.
pub trait Gateway: Send + Sync {
    /// One attempt, which always ends in a bounded time.
    fn call(&self, call: Call) -> BoxFuture<'_, Attempt>;
}

/// One mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The id of the message, the same at every attempt.
    pub id: String,
    /// The time of the attempt, by the clock outside.
    pub at: DateTime<Utc>,
    /// The mail address that it goes to.
    pub to: String,
    /// Whose that is.
    pub name: Option<String>,
    /// One line.
    pub subject: String,
    /// The mail as plain text.
    pub text: String,
    /// The mail as HTML.
    pub html: Option<String>,
    /// Where its reader can say that they want no more.
    pub unsubscribe: Option<String>,
}

/// Sends mails.
pub trait Mailer: Send + Sync {
    /// One attempt, which always ends in a bounded time.
    fn send(&self, mail: Mail) -> BoxFuture<'_, HandOverResult>;
}

/// Chooses what encrypts the calls of this process: clients without one of their own take that.
pub fn choose_cryptography() {
    // An error means that it is chosen already.
    rustls::crypto::ring::default_provider().install_default().ok();
}
