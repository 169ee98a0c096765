//! Messages of automations: steps that are due queue them in one transaction with the run that
//! they move; sending one is another, in [`super::message_attempts`].

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::automation_run::SuppressionReason;
use crate::domain::ids::{CustomerId, MerchantId, MessageId};
use crate::domain::message::{Message, MessageEventKind, MessageStatus};
use crate::rules::messages::{concerns, take_in};
use crate::store::Page;
use crate::store::automation_runs::{addressees, claim_due, list_due, lock_runs, merchants_due};
use crate::store::customers::lock_customers;
use crate::store::messages::{
    MessageFilter, ProviderEvent, earliest_attempt, find_message, insert_told, list_messages,
    lock_messages, save_messages,
};
use crate::wire::messages as wire;

use super::message_attempts::go_on;
use super::message_batches::Batch;
use super::suppressions::suppress;
use super::{App, AppError};

pub use crate::store::messages::{MessageFilter as Messages, ProviderEvent as MessageNews};

/// How many runs are moved in one transaction.
const RUNS_AT_ONCE: i64 = 200;
/// How long to wait before looking again whether others are through with what they have in hand.
const OTHERS_AWAITED: Duration = Duration::from_millis(100);

impl App {
    /// Queues the messages of all steps that are due, and sends what is to be sent; how much was
    /// done.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn work_automations(&self) -> Result<usize, AppError> {
        let moved = self.take_steps().await;
        let sent = self.send_due_messages().await?;
        Ok(moved? + sent)
    }

    /// Sends all that is to be sent; how much was done.
    async fn send_due_messages(&self) -> Result<usize, AppError> {
        let mut done = 0;
        loop {
            match self.send_messages().await? {
                // On a simulated clock time stands until all that is in hand is settled.
                0 if self.waits_for_others().await? => tokio::time::sleep(OTHERS_AWAITED).await,
                0 => return Ok(done),
                sent => done += sent,
            }
        }
    }

    /// Queues the messages of all steps that are due; how many steps were taken.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn take_steps(&self) -> Result<usize, AppError> {
        let (mut done, mut failed) = (0, None);
        let now = self.now();
        let due = self.read(|mut tx| async move { Ok(merchants_due(&mut tx, now).await?) }).await?;
        for (merchant, _) in due {
            loop {
                match self.move_runs(&merchant).await {
                    Ok(0) => break,
                    Ok(moved) => done += moved,
                    // Nobody else's steps wait for what is wrong there.
                    Err(error) => {
                        tracing::warn!(%error, %merchant, "steps could not be taken");
                        failed.get_or_insert(error);
                        break;
                    }
                }
            }
        }
        failed.map_or(Ok(done), Err)
    }

    async fn waits_for_others(&self) -> Result<bool, AppError> {
        let is_simulated = self.clock().as_simulated().is_some();
        Ok(is_simulated && self.inner.gateway.get().is_some() && self.has_others_in_hand().await?)
    }

    /// When automations have something to do next, not after an instant.
    pub(super) async fn automations_due(
        &self,
        until: DateTime<Utc>,
    ) -> Result<Option<DateTime<Utc>>, AppError> {
        let sends = self.inner.gateway.get().is_some();
        self.read(|mut tx| async move {
            let runs = merchants_due(&mut tx, until).await?.into_iter().map(|(_, at)| at).min();
            let message = if sends { earliest_attempt(&mut tx, until).await? } else { None };
            Ok(runs.into_iter().chain(message).min())
        })
        .await
    }

    /// Moves a batch of a merchant's runs whose steps are due; how many.
    async fn move_runs(&self, merchant: &MerchantId) -> Result<usize, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let due = list_due(&mut tx, merchant, context.now, RUNS_AT_ONCE).await?;
            let (ids, customers): (Vec<_>, Vec<_>) = due.into_iter().unzip();
            let customers: BTreeSet<CustomerId> = customers.into_iter().collect();
            let customers: Vec<CustomerId> = customers.into_iter().collect();
            // In the one order of locks; and no two ways of a customer are decided at once.
            lock_customers(&mut tx, merchant, &customers).await?;
            let runs = claim_due(&mut tx, merchant, &ids, context.now).await?;
            if runs.is_empty() {
                return tx.commit(0).await;
            }
            let batch = Batch::load(&mut tx, &context, &runs, &customers).await?;
            let moved = batch.decide(self, &mut context, &runs)?;
            moved.store(&mut tx, &mut context).await?;
            tx.commit(runs.len()).await
        })
        .await
    }

    /// A message.
    ///
    /// # Errors
    /// Not found.
    pub async fn message(
        &self,
        merchant: &MerchantId,
        id: &MessageId,
    ) -> Result<Message, AppError> {
        self.read(|mut tx| async move {
            find_message(&mut tx, merchant, id).await?.ok_or(AppError::NotFound("message"))
        })
        .await
    }

    /// Messages, by id.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn messages(
        &self,
        merchant: &MerchantId,
        filter: MessageFilter,
        page: Page,
    ) -> Result<Vec<Message>, AppError> {
        self.read(
            |mut tx| async move { Ok(list_messages(&mut tx, merchant, &filter, &page).await?) },
        )
        .await
    }

    /// Takes in what a provider tells of a message; told again, nothing changes.
    ///
    /// # Errors
    /// Not found; invalid where it is told of what is to come.
    pub async fn message_told(
        &self,
        merchant: &MerchantId,
        id: &MessageId,
        told: ProviderEvent,
    ) -> Result<wire::Message, AppError> {
        let told = &told;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let missing = || AppError::NotFound("message");
            let found = find_message(&mut tx, merchant, id).await?.ok_or_else(missing)?;
            if told.at > context.now {
                return Err(AppError::invalid("/at", "must not be later than now"));
            }
            // One that was sent moves its run no more.
            let mut runs = Vec::new();
            if found.status == MessageStatus::Queued {
                runs = lock_runs(&mut tx, merchant, std::slice::from_ref(&found.run)).await?;
            }
            let locked = lock_messages(&mut tx, merchant, std::slice::from_ref(id)).await?;
            let before = locked.into_iter().next().ok_or_else(missing)?;
            if !insert_told(&mut tx, merchant, id, told, context.now).await? {
                return tx.answer((&before).into()).await;
            }
            let after = take_in(&before, told.kind, told.at, told.bot);
            let saved = std::slice::from_ref(&after);
            save_messages(&mut tx, merchant, saved, context.now).await?;
            if before.status == MessageStatus::Queued {
                go_on(&mut tx, &mut context, &runs, saved, &BTreeSet::new()).await?;
            }
            if told.kind == MessageEventKind::Bounced {
                let whose = std::slice::from_ref(&after.customer);
                let reached = addressees(&mut tx, merchant, whose).await?.remove(&after.customer);
                let is_theirs = reached
                    .is_some_and(|it| concerns(&after, it.email.as_deref(), it.phone.as_deref()));
                if is_theirs {
                    let reason = SuppressionReason::Bounced;
                    suppress(&mut tx, &mut context, &after.customer, reason).await?;
                }
            }
            tx.answer((&after).into()).await
        })
        .await
    }
}
