//! Messages that wait to be handed over while things change: whether their customers are still sent
//! any, and where these are reached now.

use std::collections::BTreeMap;

use crate::domain::automation::Channel;
use crate::domain::automation_run::{AutomationRun, ExitReason, SuppressionReason};
use crate::domain::ids::{AutomationRunId, CustomerId, MerchantId, MessageId};
use crate::domain::message::{Message, MessageStatus};
use crate::rules::automations::why_leave;
use crate::store::Tx;
use crate::store::automation_runs::{Addressee, addressees, lock_runs};
use crate::store::messages::{drop_queued, find_messages, lock_messages};
use crate::store::suppressions::suppressed;

use super::automation_starts::leave;
use super::{App, AppError};

/// What decides whether messages are handed over, and where to.
pub(super) struct WantedMessages {
    suppressed: BTreeMap<CustomerId, SuppressionReason>,
    addressees: BTreeMap<CustomerId, Addressee>,
}

impl WantedMessages {
    pub(super) async fn load(
        tx: &mut Tx,
        merchant: &MerchantId,
        customers: &[CustomerId],
    ) -> Result<Self, AppError> {
        Ok(Self {
            suppressed: suppressed(tx, merchant, customers).await?,
            addressees: addressees(tx, merchant, customers).await?,
        })
    }

    /// Why the customer of a message leaves instead of being sent it; none where it is sent.
    pub(super) fn why_leave(&self, message: &Message) -> Option<ExitReason> {
        let reached = self.addressees.get(&message.customer);
        let has_mail = reached.is_some_and(|it| it.email.is_some());
        let has_address = message.channel == Channel::Webhook || has_mail;
        why_leave(self.suppressed.get(&message.customer).copied(), has_address)
    }

    /// Sends a message to where its customer is reached now; whether that is elsewhere than it was
    /// to go.
    pub(super) fn readdress(&self, message: &mut Message) -> bool {
        let Some(Addressee { email, phone, .. }) = self.addressees.get(&message.customer) else {
            return false;
        };
        let is_elsewhere = message.content.email != *email || message.content.phone != *phone;
        (message.content.email, message.content.phone) = (email.clone(), phone.clone());
        is_elsewhere
    }
}

impl App {
    /// Drops messages whose customers are sent nothing any more, and lets these leave; how many.
    /// Whoever is sent messages again by then is left as they are.
    pub(super) async fn drop_unwanted(
        &self,
        merchant: &MerchantId,
        ids: &[MessageId],
    ) -> Result<usize, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            // In the one order of locks: the runs before their messages.
            let found = find_messages(&mut tx, merchant, ids).await?;
            let runs: Vec<AutomationRunId> = found.into_iter().map(|it| it.run).collect();
            let runs = lock_runs(&mut tx, merchant, &runs).await?;
            let messages = lock_messages(&mut tx, merchant, ids).await?;
            let customers: Vec<CustomerId> =
                messages.iter().map(|it| it.customer.clone()).collect();
            let wanted = WantedMessages::load(&mut tx, merchant, &customers).await?;
            let waiting = messages.iter().filter(|it| it.status == MessageStatus::Queued);
            let unwanted: Vec<(&AutomationRunId, ExitReason)> =
                waiting.filter_map(|it| Some((&it.run, wanted.why_leave(it)?))).collect();
            let ids: Vec<AutomationRunId> = unwanted.iter().map(|(id, _)| (*id).clone()).collect();
            drop_queued(&mut tx, merchant, &ids).await?;
            let now = context.now;
            for reason in ExitReason::ALL {
                let gone = |run: &&AutomationRun| unwanted.contains(&(&run.id, reason));
                let gone: Vec<AutomationRun> = runs.iter().filter(gone).cloned().collect();
                leave(&mut tx, &mut context, &gone, reason, now).await?;
            }
            tx.commit(ids.len()).await
        })
        .await
    }
}
