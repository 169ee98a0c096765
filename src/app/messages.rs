//! Messages of automations: steps that are due queue them in one transaction with the run that
//! they move; sending one is another, with none open while an endpoint is called. A message that
//! is claimed by a process which dies is tried again by the next, under the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tracing::Instrument;

use crate::domain::automation::Channel;
use crate::domain::automation_run::{AutomationRun, AutomationRunStatus, SuppressionReason};
use crate::domain::event::EventKind;
use crate::domain::event_data::{EventData, MessageFailedData, MessageSendData, MessageTo};
use crate::domain::ids::{AutomationRunId, CustomerId, MerchantId, MessageId};
use crate::domain::message::{
    Content, HandOverResult, Message, MessageEventKind, MessageStatus, MessageTimes,
};
use crate::domain::new_event::Event;
use crate::domain::webhook::Endpoint;
use crate::gateway::{Call, Gateway, Mail, Mailer};
use crate::rules::automations::{gone_on, run_event};
use crate::rules::messages::{MessageFate, decide_message_fate, handed, take_in};
use crate::store::automation_runs::{claim_due, list_due, lock_runs, merchants_due, save_runs};
use crate::store::automations::find_versions;
use crate::store::customers::lock_customers;
use crate::store::messages::{
    MessageFilter, ProviderEvent, claim_messages, earliest_attempt, find_message, insert_told,
    list_messages, lock_messages, save_messages,
};
use crate::store::{Page, Tx, events};
use crate::wire::events as envelope;
use crate::wire::messages as wire;

use super::channels::{NO_MAILS, chosen_endpoint};
use super::definitions::all;
use super::dispatcher::{self, CLAIM};
use super::idempotency::time_outside;
use super::message_batches::Batch;
use super::suppressions::suppress;
use super::{App, AppError, Context, spans};

pub use crate::store::messages::{MessageFilter as Messages, ProviderEvent as MessageNews};

/// How many runs are moved in one transaction.
const RUNS_AT_ONCE: i64 = 200;
/// How many messages are handed over at a time.
const SENT_AT_ONCE: i64 = 16;

impl App {
    /// Queues the messages of all steps that are due, and sends what is to be sent; how much was
    /// done.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn work_automations(&self) -> Result<usize, AppError> {
        let mut done = 0;
        let now = self.now();
        let due = self.read(|mut tx| async move { Ok(merchants_due(&mut tx, now).await?) }).await?;
        for (merchant, _) in due {
            loop {
                let moved = self.move_runs(&merchant).await?;
                done += moved;
                if moved == 0 {
                    break;
                }
            }
        }
        loop {
            let sent = self.send_messages().await?;
            done += sent;
            if sent == 0 {
                return Ok(done);
            }
        }
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

    /// Hands over a few messages that are to be sent; how many were tried.
    async fn send_messages(&self) -> Result<usize, AppError> {
        let Some(gateway) = self.inner.gateway.get().cloned() else { return Ok(0) };
        let (now, outside) = (self.now(), time_outside());
        let claim = (outside, outside + CLAIM);
        let claimed = self
            .write(|mut tx| async move {
                let done = claim_messages(&mut tx, now, claim, SENT_AT_ONCE).await?;
                tx.commit(done).await
            })
            .await?;
        let mut tried = 0;
        let mut by_merchant: BTreeMap<MerchantId, Vec<Message>> = BTreeMap::new();
        for (merchant, message) in claimed {
            by_merchant.entry(merchant).or_default().push(message);
        }
        for (merchant, messages) in by_merchant {
            tried += messages.len();
            let ended = self.hand_over(&merchant, messages, &gateway).await?;
            self.settle(merchant, ended).await?;
        }
        Ok(tried)
    }

    /// Hands some messages over at once; how that ended for each.
    async fn hand_over(
        &self,
        merchant: &MerchantId,
        messages: Vec<Message>,
        gateway: &Arc<dyn Gateway>,
    ) -> Result<Vec<(Message, HandOverResult)>, AppError> {
        let endpoints: Vec<Endpoint> =
            self.read(|mut tx| async move { Ok(all(&mut tx, merchant).await?) }).await?;
        let mut calls = JoinSet::new();
        for message in messages {
            let parcel = self.parcel_of(&message, &endpoints, gateway);
            calls.spawn(async move {
                let ended = match parcel {
                    Ok(MessageHandOver::Call(call, gateway)) => {
                        let call = gateway.call(call);
                        handed(call.instrument(spans::call("webhook endpoint")).await)
                    }
                    Ok(MessageHandOver::Mail(mail, mailer)) => {
                        mailer.send(mail).instrument(spans::call("mail server")).await
                    }
                    Err(why) => HandOverResult::NotYet(why),
                };
                (message, ended)
            });
        }
        let mut ended = Vec::new();
        while let Some(one) = calls.join_next().await {
            ended.push(one.map_err(AppError::broken)?);
        }
        Ok(ended)
    }

    /// What hands a message over.
    fn parcel_of(
        &self,
        message: &Message,
        endpoints: &[Endpoint],
        gateway: &Arc<dyn Gateway>,
    ) -> Result<MessageHandOver, String> {
        if message.channel == Channel::Webhook {
            return Ok(MessageHandOver::Call(
                call_of(message, endpoints, self.now())?,
                gateway.clone(),
            ));
        }
        let mailer = self.inner.mailer.get().ok_or(NO_MAILS)?;
        Ok(MessageHandOver::Mail(mail_of(message), mailer.clone()))
    }

    /// Stores how that ended: messages are sent, wait for the next attempt or are given up, and
    /// their runs go on.
    async fn settle(
        &self,
        merchant: MerchantId,
        ended: Vec<(Message, HandOverResult)>,
    ) -> Result<(), AppError> {
        let (ended, merchant) = (&ended, &merchant);
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let runs: Vec<AutomationRunId> =
                ended.iter().map(|(message, _)| message.run.clone()).collect();
            let runs = lock_runs(&mut tx, merchant, &runs).await?;
            let ids: Vec<MessageId> = ended.iter().map(|(it, _)| it.id.clone()).collect();
            let stored = lock_messages(&mut tx, merchant, &ids).await?;
            let by_id: BTreeMap<&MessageId, &(Message, HandOverResult)> =
                ended.iter().map(|one| (&one.0.id, one)).collect();
            let (mut settled, mut nowhere) = (Vec::new(), BTreeSet::new());
            for message in stored {
                let Some((tried, handed)) = by_id.get(&message.id) else { continue };
                // Another process has taken it over meanwhile.
                if message.attempts == tried.attempts {
                    let message = outcome(message, handed, context.now);
                    let is_nowhere = matches!(handed, HandOverResult::Undeliverable(_));
                    if is_nowhere && message.status == MessageStatus::Failed {
                        nowhere.insert(message.customer.clone());
                    }
                    settled.push(message);
                }
            }
            save_messages(&mut tx, merchant, &settled, context.now).await?;
            go_on(&mut tx, &mut context, &runs, &settled, &nowhere).await?;
            for customer in &nowhere {
                suppress(&mut tx, &mut context, customer, SuppressionReason::Bounced).await?;
            }
            tx.commit(()).await
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
            let runs = lock_runs(&mut tx, merchant, std::slice::from_ref(&found.run)).await?;
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
                let reason = SuppressionReason::Bounced;
                suppress(&mut tx, &mut context, &after.customer, reason).await?;
            }
            tx.answer((&after).into()).await
        })
        .await
    }
}

/// A message after an attempt.
fn outcome(message: Message, handed: &HandOverResult, now: DateTime<Utc>) -> Message {
    if message.status == MessageStatus::Dropped {
        // It was being handed over when its run ended.
        return message;
    }
    match decide_message_fate(handed, message.attempts, message.queued_at, now) {
        MessageFate::Sent => {
            let sent = Some(message.moments.sent.map_or(now, |told| told.min(now)));
            let moments = MessageTimes { sent, ..message.moments };
            let (status, accepted_at) = (MessageStatus::Sent, Some(now));
            Message { status, accepted_at, error: None, moments, ..message }
        }
        // What its provider has told of is not sent again.
        _ if message.status == MessageStatus::Sent => message,
        MessageFate::Again { at, error } => {
            Message { next_attempt_at: at, error: Some(error), ..message }
        }
        MessageFate::Failed(error) | MessageFate::Undeliverable(error) => {
            Message { status: MessageStatus::Failed, error: Some(error), ..message }
        }
    }
}

/// Lets the runs go on whose messages were sent or given up, but not of those whom nothing reaches;
/// they are locked.
async fn go_on(
    tx: &mut Tx,
    context: &mut Context,
    runs: &[AutomationRun],
    settled: &[Message],
    nowhere: &BTreeSet<CustomerId>,
) -> Result<(), AppError> {
    let automations = runs.iter().map(|run| run.automation.clone()).collect();
    let versions = find_versions(tx, &context.merchant, &automations).await?;
    let (mut moved, mut told) = (Vec::new(), Vec::new());
    for message in settled {
        if message.status == MessageStatus::Failed {
            told.push(failed_event(message));
        }
        let is_over = matches!(message.status, MessageStatus::Sent | MessageStatus::Failed)
            && !nowhere.contains(&message.customer);
        let run = runs.iter().find(|run| run.id == message.run);
        let Some(run) = run.filter(|run| is_over && run.step == message.step + 1) else { continue };
        let Some(terms) = versions.get(&(run.automation.clone(), run.version)) else { continue };
        if run.due_at.is_none() {
            let run = gone_on(run, terms, context.now);
            told.extend((run.status == AutomationRunStatus::Completed).then(|| run_event(&run)));
            moved.push(run);
        }
    }
    let Context { merchant, now, ids, .. } = context;
    save_runs(tx, merchant, &moved).await?;
    events::insert_events(tx, merchant, *now, &told, ids).await?;
    Ok(())
}

fn failed_event(message: &Message) -> Event {
    let data = MessageFailedData {
        automation: message.automation.clone(),
        run: message.run.clone(),
        step: message.key.clone(),
        error: message.error.clone(),
    };
    Event::of(EventKind::MessageFailed, message.id.as_str(), Some(&message.customer), data)
}

/// The call that hands a message over: in the envelope of an event, under the message's own id.
fn call_of(message: &Message, endpoints: &[Endpoint], now: DateTime<Utc>) -> Result<Call, String> {
    let endpoint = chosen_endpoint(message.endpoint.as_ref(), endpoints)?;
    let Content { email, phone, locale, subject, text, html, link, unsubscribe, .. } =
        message.content.clone();
    let data = MessageSendData {
        message: message.id.clone(),
        automation: message.automation.clone(),
        step: message.key.clone(),
        to: MessageTo { email, phone },
        locale,
        subject,
        text,
        html,
        link,
        unsubscribe_link: unsubscribe,
    };
    let event = envelope::Event {
        id: message.id.to_string(),
        sequence: 0,
        kind: EventKind::MessageSend.name().to_owned(),
        occurred_at: now,
        actor: None,
        customer: Some(message.customer.to_string()),
        subject: message.id.to_string(),
        data: envelope::members(&EventData::from(data)),
    };
    dispatcher::call_of(endpoint, time_outside(), &event)
}

/// The mail that a message is.
fn mail_of(message: &Message) -> Mail {
    let Content { email, name, subject, text, html, unsubscribe, .. } = message.content.clone();
    Mail {
        id: message.id.to_string(),
        at: time_outside(),
        to: email.unwrap_or_default(),
        name,
        subject,
        text,
        html,
        unsubscribe,
    }
}

/// What hands a message over.
enum MessageHandOver {
    Call(Call, Arc<dyn Gateway>),
    Mail(Mail, Arc<dyn Mailer>),
}
