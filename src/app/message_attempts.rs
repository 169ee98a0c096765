//! Attempts at messages that are queued: claimed, handed over with no transaction open, settled. A
//! message that is claimed by a process which dies is tried again by the next, under the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::task::{self, JoinSet};
use tokio::time::Instant;
use tracing::Instrument;

use crate::domain::automation::Channel;
use crate::domain::automation_run::{AutomationRun, AutomationRunStatus, SuppressionReason};
use crate::domain::event::EventKind;
use crate::domain::event_data::{EventData, MessageSendData, MessageTo};
use crate::domain::ids::{AutomationRunId, CustomerId, MerchantId, MessageId};
use crate::domain::message::{Content, HandOverResult, Message, MessageStatus, MessageTimes};
use crate::domain::webhook::Endpoint;
use crate::gateway::{Call, Gateway, Mail, Mailer};
use crate::rules::automations::{MessagePace, gone_on, run_event};
use crate::rules::messages::{
    AttemptTime, MessageFate, concerns, decide_attempt, decide_message_fate, failed_event, handed,
};
use crate::store::automation_runs::{addressees, lock_runs, save_runs};
use crate::store::automations::find_versions;
use crate::store::messages::{
    claim_messages, has_in_hand, last_sent, lock_due, lock_messages, merchants_to_send,
    postpone_messages, release_claims, save_contents, save_messages, with_claimed,
};
use crate::store::{Tx, events};
use crate::wire::events as envelope;

use super::channels::{NO_MAILS, chosen_endpoint};
use super::definitions::all;
use super::dispatcher::{self, CLAIM};
use super::idempotency::time_outside;
use super::message_slots::shares;
use super::suppressions::suppress;
use super::wanted_messages::WantedMessages;
use super::{App, AppError, Context, spans};

/// For how long one turn takes more messages in hand: then others have theirs, and a server that is
/// to end does.
const TURN_MAX: Duration = Duration::from_secs(5);
/// How often it is looked for what is due while slots are free and nothing has ended.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How long it is waited for one more to end after each, so that they are settled together: less
/// than settling takes.
const WITH_IT: Duration = Duration::from_millis(2);
/// Why a message was not taken whose handing over never ended.
const BROKEN_OFF: &str = "handing it over broke off";
/// Why a message was not taken that was held for too long.
const HELD: &str = "it was held by quiet hours or the time between messages for too long";

/// Messages of a merchant whose turn it is.
#[derive(Default)]
struct DueMessages {
    /// They are handed over now.
    claimed: Vec<Message>,
    /// They are given up.
    late: Vec<Message>,
    /// They are handed over no more: their customers have become such as are sent nothing.
    unwanted: Vec<MessageId>,
    /// How many wait for longer.
    held: usize,
}

/// A message of a merchant, and how handing it over ended.
type Ended = (MerchantId, (Message, HandOverResult));

/// The messages that are being handed over.
#[derive(Default)]
struct Hands {
    calls: JoinSet<HandOverResult>,
    messages: Vec<(task::Id, MerchantId, Message)>,
}

impl Hands {
    fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// How many of a channel there are of each merchant.
    fn counts(&self, channel: Channel) -> BTreeMap<MerchantId, usize> {
        let mut counts = BTreeMap::new();
        for (_, merchant, _) in self.messages.iter().filter(|(.., it)| it.channel == channel) {
            *counts.entry(merchant.clone()).or_default() += 1;
        }
        counts
    }

    fn take(
        &mut self,
        merchant: &MerchantId,
        message: Message,
        work: impl Future<Output = HandOverResult> + Send + 'static,
    ) {
        let call = self.calls.spawn(work);
        self.messages.push((call.id(), merchant.clone(), message));
    }

    /// Those that have ended, of which the first is waited for a moment, and the others for less.
    async fn ended(&mut self) -> Vec<Ended> {
        let mut ended = Vec::new();
        let first = tokio::time::timeout(LOOK_AGAIN, self.calls.join_next_with_id()).await;
        let mut next = first.ok().flatten();
        while let Some(one) = next {
            // What breaks one off is that one's, whatever it is.
            let (id, result) = one.unwrap_or_else(|error| {
                tracing::error!(%error, "handing a message over broke off");
                (error.id(), HandOverResult::NotYet(BROKEN_OFF.to_owned()))
            });
            if let Some(place) = self.messages.iter().position(|(call, ..)| *call == id) {
                let (_, merchant, message) = self.messages.swap_remove(place);
                ended.push((merchant, (message, result)));
            }
            let more = tokio::time::timeout(WITH_IT, self.calls.join_next_with_id()).await;
            next = more.ok().flatten();
        }
        ended
    }
}

fn by_merchant(ended: Vec<Ended>) -> BTreeMap<MerchantId, Vec<(Message, HandOverResult)>> {
    let mut sorted = BTreeMap::<_, Vec<_>>::new();
    for (merchant, one) in ended {
        sorted.entry(merchant).or_default().push(one);
    }
    sorted
}

impl App {
    /// Frees the messages that a process had in hand which is gone, where that is certain: a book
    /// with a simulated clock is worked on by one.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn take_over(&self) -> Result<(), AppError> {
        if self.clock().as_simulated().is_none() {
            return Ok(());
        }
        self.write(|mut tx| async move {
            release_claims(&mut tx).await?;
            tx.commit(()).await
        })
        .await
    }

    /// Whether another has messages in hand whose turn it is.
    pub(super) async fn has_others_in_hand(&self) -> Result<bool, AppError> {
        let (now, outside) = (self.now(), time_outside());
        self.read(|mut tx| async move { Ok(has_in_hand(&mut tx, (now, outside)).await?) }).await
    }

    /// Hands over what is to be sent, as much at a time as there are slots, and stores how each
    /// ended once that is known; how many something became of. What goes wrong with those of one
    /// merchant is told once all have had their turn, which ends after a while.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn send_messages(&self) -> Result<usize, AppError> {
        let Some(gateway) = self.inner.gateway.get().cloned() else { return Ok(0) };
        let (mut hands, begun) = (Hands::default(), Instant::now());
        let (mut done, mut failed) = (0, None);
        loop {
            let mut ended = Vec::new();
            if failed.is_none() && begun.elapsed() < TURN_MAX {
                match self.take_in_hand(&mut hands, &gateway).await {
                    Ok((late, held)) => {
                        done += held;
                        ended = late;
                    }
                    Err(error) => failed = Some(error),
                }
            }
            if ended.is_empty() && hands.is_empty() {
                return failed.map_or(Ok(done), Err);
            }
            if ended.is_empty() {
                ended = hands.ended().await;
            }
            done += ended.len();
            for (merchant, ended) in by_merchant(ended) {
                if let Err(error) = self.settle(&merchant, &ended).await {
                    tracing::warn!(%error, %merchant, "messages could not be settled");
                    failed.get_or_insert(error);
                }
            }
        }
    }

    /// Takes messages in hand as long as there are slots, and begins to hand them over; those that
    /// are given up, and how many wait for longer.
    async fn take_in_hand(
        &self,
        hands: &mut Hands,
        gateway: &Arc<dyn Gateway>,
    ) -> Result<(Vec<Ended>, usize), AppError> {
        let taken = Channel::ALL.map(|channel| (channel, hands.counts(channel)));
        let taken = &taken;
        let due = self
            .write(|mut tx| async move {
                let due = self.claim(&mut tx, taken).await?;
                tx.commit(due).await
            })
            .await?;
        let (mut given_up, mut waiting) = (Vec::new(), 0);
        let mut unwanted = Vec::new();
        for (merchant, DueMessages { claimed, late, unwanted: not_wanted, held }) in due {
            waiting += held;
            unwanted.push((merchant.clone(), not_wanted));
            given_up.extend(late.into_iter().map(|message| {
                let why = message.error.clone().unwrap_or_else(|| HELD.to_owned());
                (merchant.clone(), (message, HandOverResult::TooLate(why)))
            }));
            self.hand_over(hands, &merchant, claimed, gateway).await?;
        }
        for (merchant, messages) in unwanted.iter().filter(|(_, it)| !it.is_empty()) {
            waiting += self.drop_unwanted(merchant, messages).await?;
        }
        Ok((given_up, waiting))
    }

    /// Takes a few messages in hand whose turn it is. Of those to one customer who is not to have
    /// several at a time, one.
    async fn claim(
        &self,
        tx: &mut Tx,
        taken: &[(Channel, BTreeMap<MerchantId, usize>)],
    ) -> Result<BTreeMap<MerchantId, DueMessages>, AppError> {
        let (now, outside) = (self.now(), time_outside());
        let mut by_merchant: BTreeMap<MerchantId, Vec<Message>> = BTreeMap::new();
        for (channel, in_hand) in taken {
            let due = merchants_to_send(tx, *channel, (now, outside)).await?;
            for (merchant, most) in shares(*channel, in_hand, &due) {
                let found = lock_due(tx, (&merchant, *channel), (now, outside), most).await?;
                by_merchant.entry(merchant).or_default().extend(found);
            }
        }
        let mut found = BTreeMap::new();
        for (merchant, messages) in by_merchant.into_iter().filter(|(_, due)| !due.is_empty()) {
            found.insert(merchant.clone(), self.claim_of(tx, &merchant, messages).await?);
        }
        Ok(found)
    }

    /// The same of one merchant, of messages that are locked.
    async fn claim_of(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
        messages: Vec<Message>,
    ) -> Result<DueMessages, AppError> {
        let (now, outside) = (self.now(), time_outside());
        let context = self.context(tx, merchant).await?;
        let (mut due, mut later) = (DueMessages::default(), Vec::new());
        let customers: BTreeSet<CustomerId> =
            messages.iter().map(|it| it.customer.clone()).collect();
        let customers: Vec<CustomerId> = customers.into_iter().collect();
        let gap = TimeDelta::hours(i64::from(context.settings.message_gap_hours));
        let (mut last, mut in_hand) = (BTreeMap::new(), BTreeSet::new());
        if !gap.is_zero() {
            last = last_sent(tx, merchant, &customers).await?;
            in_hand = with_claimed(tx, merchant, &customers, outside).await?;
        }
        let wanted = WantedMessages::load(tx, merchant, &customers).await?;
        let mut moved = Vec::new();
        for mut message in messages {
            if wanted.why_leave(&message).is_some() {
                due.unwanted.push(message.id);
                continue;
            }
            let pace = MessagePace {
                quiet_hours: message.content.quiet_hours,
                zone: context.settings.time_zone,
                last_message: last.get(&message.customer).copied(),
                gap,
            };
            match decide_attempt(&pace, message.queued_at, now) {
                AttemptTime::Never => due.late.push(message),
                AttemptTime::Later(at) => later.push((message.id, at)),
                AttemptTime::Now => {
                    if in_hand.insert(message.customer.clone()) || gap.is_zero() {
                        if wanted.readdress(&mut message) {
                            moved.push(message.clone());
                        }
                        let attempts = message.attempts + 1;
                        due.claimed.push(Message { attempts, ..message });
                    }
                }
            }
        }
        save_contents(tx, merchant, &moved).await?;
        claim_messages(tx, merchant, &due.claimed, outside + CLAIM).await?;
        postpone_messages(tx, merchant, &later).await?;
        due.held = later.len();
        Ok(due)
    }

    /// Begins to hand over messages that are claimed.
    async fn hand_over(
        &self,
        hands: &mut Hands,
        merchant: &MerchantId,
        messages: Vec<Message>,
        gateway: &Arc<dyn Gateway>,
    ) -> Result<(), AppError> {
        let mut endpoints: Vec<Endpoint> = Vec::new();
        if messages.iter().any(|it| it.channel == Channel::Webhook) {
            endpoints =
                self.read(|mut tx| async move { Ok(all(&mut tx, merchant).await?) }).await?;
        }
        for message in messages {
            let parcel = self.parcel_of(&message, &endpoints, gateway);
            hands.take(merchant, message, async move {
                match parcel {
                    Ok(MessageHandOver::Call(call, gateway)) => {
                        let call = gateway.call(call);
                        handed(call.instrument(spans::call("webhook endpoint")).await)
                    }
                    Ok(MessageHandOver::Mail(mail, mailer)) => {
                        mailer.send(mail).instrument(spans::call("mail server")).await
                    }
                    Err(why) => HandOverResult::NotYet(why),
                }
            });
        }
        Ok(())
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
        merchant: &MerchantId,
        ended: &[(Message, HandOverResult)],
    ) -> Result<(), AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let runs: Vec<AutomationRunId> =
                ended.iter().map(|(message, _)| message.run.clone()).collect();
            let runs = lock_runs(&mut tx, merchant, &runs).await?;
            let ids: Vec<MessageId> = ended.iter().map(|(it, _)| it.id.clone()).collect();
            let stored = lock_messages(&mut tx, merchant, &ids).await?;
            let by_id: BTreeMap<&MessageId, &(Message, HandOverResult)> =
                ended.iter().map(|one| (&one.0.id, one)).collect();
            let whose: Vec<CustomerId> = stored.iter().map(|it| it.customer.clone()).collect();
            let reached = addressees(&mut tx, merchant, &whose).await?;
            let (mut settled, mut nowhere) = (Vec::new(), BTreeSet::new());
            for message in stored {
                let Some((tried, handed)) = by_id.get(&message.id) else { continue };
                // Another process has taken it over meanwhile.
                if message.attempts == tried.attempts {
                    let message = outcome(message, handed, context.now);
                    let is_nowhere = matches!(handed, HandOverResult::Undeliverable(_))
                        && reached.get(&message.customer).is_some_and(|it| {
                            concerns(&message, it.email.as_deref(), it.phone.as_deref())
                        });
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
}

/// A message after an attempt.
fn outcome(message: Message, handed: &HandOverResult, now: DateTime<Utc>) -> Message {
    // Where its run ended while it was being handed over, there is no next attempt; what was said
    // of this one is known all the same.
    if message.status == MessageStatus::Dropped
        && let HandOverResult::NotYet(error) | HandOverResult::TooLate(error) = handed
    {
        return Message { error: Some(error.clone()), ..message };
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
pub(super) async fn go_on(
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
            let at = message.moments.sent.unwrap_or(context.now);
            let run = gone_on(run, terms, at);
            told.extend((run.status == AutomationRunStatus::Completed).then(|| run_event(&run)));
            moved.push(run);
        }
    }
    let Context { merchant, now, ids, .. } = context;
    save_runs(tx, merchant, &moved).await?;
    events::insert_events(tx, merchant, *now, &told, ids).await?;
    Ok(())
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
