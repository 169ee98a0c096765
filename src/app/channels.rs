//! Through what messages leave: which endpoint is called, and who sends mails or keeps them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::automation::{Channel, State, Step};
use crate::domain::event::EventKind;
use crate::domain::ids::{AutomationId, EndpointId, MerchantId};
use crate::domain::webhook::Endpoint;
use crate::gateway::{Gateway, Mailer};
use crate::store::Tx;
use crate::store::automations::{UsedVersion, list_used};
use crate::store::definitions::all;

use super::{App, AppError};

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

/// Why a step cannot be sent as things stand; none where it can.
pub(super) fn unsendable(step: &Step, endpoints: &[Endpoint], mails: bool) -> Option<String> {
    match step.channel {
        Channel::Email if mails => None,
        Channel::Email => Some(NO_MAILS.to_owned()),
        Channel::Webhook => chosen_endpoint(step.endpoint.as_ref(), endpoints).err(),
    }
}

/// That a step cannot be sent.
pub(super) fn channel_not_ready(automation: &AutomationId, step: &str, why: &str) -> AppError {
    let detail = format!("automation '{automation}', step '{step}': {why}");
    let named = [("automation", automation.as_str()), ("step", step)];
    let named = named.map(|(name, text)| (name, serde_json::Value::from(text)));
    AppError::refused_with("channel-not-ready", detail, named)
}

/// The steps of live automations that cannot be sent as things stand, each with why.
#[derive(Debug, Default)]
pub(super) struct UnsendableSteps(BTreeMap<(AutomationId, String), String>);

impl UnsendableSteps {
    pub(super) async fn load(
        tx: &mut Tx,
        merchant: &MerchantId,
        mails: bool,
    ) -> Result<Self, AppError> {
        let live = list_used(tx, merchant).await?.into_iter().filter(|it| it.state == State::Live);
        let live: Vec<UsedVersion> = live.collect();
        if live.is_empty() {
            return Ok(Self::default());
        }
        let endpoints: Vec<Endpoint> = all(tx, merchant).await?;
        let of = |version: &UsedVersion| {
            let why = |step: &Step| {
                let why = unsendable(step, &endpoints, mails)?;
                Some(((version.automation.clone(), step.key.clone()), why))
            };
            version.terms.steps.iter().filter_map(why).collect::<Vec<_>>()
        };
        Ok(Self(live.iter().flat_map(of).collect()))
    }

    /// Refuses a write by which a step of a live automation cannot be sent any more that could
    /// before.
    pub(super) fn refuse_more(&self, after: &Self) -> Result<(), AppError> {
        let mut lost = after.0.iter().filter(|(step, _)| !self.0.contains_key(*step));
        match lost.next() {
            Some(((automation, step), why)) => Err(channel_not_ready(automation, step, why)),
            None => Ok(()),
        }
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
