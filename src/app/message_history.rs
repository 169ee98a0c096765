//! A message with all that is known of it: whose way it belongs to, and what was told of it.

use crate::domain::automation::Automation;
use crate::domain::ids::{MerchantId, MessageId};
use crate::domain::message::Message;
use crate::store::automation_runs::{RunFilter, list_runs};
use crate::store::messages::{find_message, list_told};
use crate::store::{Page, definitions::Stored};
use crate::wire::automations::AutomationRun;

use super::automations::shown;
use super::{App, AppError};

pub use crate::store::messages::ProviderEventRow as ToldOfMessage;

/// How much of what was told of one message is shown.
const TOLD_MAX: i64 = 200;

/// A message with all that is known of it.
#[derive(Debug, Clone)]
pub struct MessageHistory {
    /// The message.
    pub message: Message,
    /// The way that it belongs to.
    pub run: Option<AutomationRun>,
    /// The title of the automation and its newest version; none where it was removed.
    pub automation: Option<(String, i64)>,
    /// What was told of it, in the order in which it happened: the first of it.
    pub told: Vec<ToldOfMessage>,
}

impl App {
    /// A message with all that is known of it.
    ///
    /// # Errors
    /// Not found.
    pub async fn message_history(
        &self,
        merchant: &MerchantId,
        id: &MessageId,
    ) -> Result<MessageHistory, AppError> {
        self.read(|mut tx| async move {
            let missing = || AppError::NotFound("message");
            let message = find_message(&mut tx, merchant, id).await?.ok_or_else(missing)?;
            let only = RunFilter { ids: Some(vec![message.run.clone()]), ..RunFilter::default() };
            let first = Page::first(1);
            let runs = list_runs(&mut tx, merchant, &message.automation, &only, &first).await?;
            let run = shown(&mut tx, merchant, &runs).await?.pop();
            let automation = Automation::find(&mut tx, merchant, &message.automation).await?;
            let automation = automation.map(|it| (it.terms.title, it.version));
            let told = list_told(&mut tx, merchant, id, TOLD_MAX).await?;
            Ok(MessageHistory { message, run, automation, told })
        })
        .await
    }
}
