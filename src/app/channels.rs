//! Through what messages leave: which endpoint is called, and who sends mails or keeps them.

use std::sync::Arc;

use crate::domain::event::EventKind;
use crate::domain::ids::EndpointId;
use crate::domain::webhook::Endpoint;
use crate::gateway::{Gateway, Mailer};

use super::App;

pub use crate::gateway::Mail as SentMail;

/// Why a mail is not sent where none can be.
pub(super) const NO_MAILS: &str = "sending mails is not set up on this server";

impl App {
    /// Says through what messages are sent; the first that is said counts.
    pub fn send_through(&self, gateway: Arc<dyn Gateway>) {
        // An error means that it was said before.
        self.inner.gateway.set(gateway).ok();
    }

    /// Says through what mails are sent; the first that is said counts.
    pub fn mail_through(&self, mailer: Arc<dyn Mailer>) {
        // An error means that it was said before.
        self.inner.mailer.set(mailer).ok();
    }

    /// Keeps all mails in a mailbox, where they can be read, and sends none.
    pub fn keep_mails(&self) {
        self.mail_through(self.inner.mailbox.get_or_init(Arc::default).clone());
    }

    /// The mails that were kept, the last first.
    #[must_use]
    pub fn sent_mails(&self) -> Vec<SentMail> {
        self.inner.mailbox.get().map(|mailbox| mailbox.mails()).unwrap_or_default()
    }

    /// Whether mails can be sent.
    #[must_use]
    pub fn mails(&self) -> bool {
        self.inner.mailer.get().is_some()
    }
}

/// The endpoint that is called for a message: the one that is named, else the only one that wants
/// messages.
pub(super) fn chosen_endpoint<'e>(
    named: Option<&EndpointId>,
    endpoints: &'e [Endpoint],
) -> Result<&'e Endpoint, String> {
    let enabled = || endpoints.iter().filter(|it| it.is_enabled());
    if let Some(named) = named {
        let found = enabled().find(|it| it.id == *named);
        return found.ok_or_else(|| format!("webhook endpoint '{named}' is disabled or gone"));
    }
    let wants = |it: &&Endpoint| it.events.iter().any(|it| it.fits(EventKind::MessageSend));
    let mut fitting = enabled().filter(wants);
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err("no webhook endpoint wants `message.send`".to_owned()),
        (Some(_), Some(_)) => {
            Err("several webhook endpoints want `message.send`: name one".to_owned())
        }
    }
}
