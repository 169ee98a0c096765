//! Messages of automations: steps that are due queue them in one transaction with the run that
//! they move; sending one is another, with none open while an endpoint is called. A message that
//! is claimed by a process which dies is tried again by the next, under the same id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::json;
use tokio::task::JoinSet;

use crate::domain::automation::{Channel, Step, StepText, Terms};
use crate::domain::automation_run::{Run, RunStatus, SuppressionReason};
use crate::domain::event::{Event, EventKind};
use crate::domain::ids::{
    AutomationId, AutomationRunId, CustomerId, MerchantId, MessageId, MessageTemplateId,
    SubscriptionId,
};
use crate::domain::message::{Content, Message, MessageEventKind, MessageStatus, Moments};
use crate::domain::message_template::MessageTemplate;
use crate::domain::webhook::{Attempt, Endpoint};
use crate::gateway::{Call, Gateway};
use crate::render::message::{MessageValues, filled};
use crate::rules::automations::{Due, StepFacts, decide_step, gone_on, left, run_event};
use crate::rules::messages::{MessageFate, decide_message_fate, take_in};
use crate::store::automation_runs::{
    Addressee, addressees, claim_due, list_due, lock_runs, merchants_due, next_bookings, save_runs,
    started_by,
};
use crate::store::automations::find_versions;
use crate::store::customers::lock_customers;
use crate::store::messages::{
    MessageFilter, Told, claim_messages, drop_queued, earliest_attempt, find_message,
    insert_messages, insert_told, last_messages, list_messages, lock_messages, save_messages,
};
use crate::store::suppressions::suppressed;
use crate::store::{Page, Tx, events};
use crate::wire::events as envelope;
use crate::wire::messages as wire;

use super::automations::chosen_endpoint;
use super::definitions::all;
use super::dispatcher::{self, CLAIM};
use super::idempotency::time_outside;
use super::message_texts::spoken_text;
use super::suppressions::suppress;
use super::{App, AppError, Context};

pub use crate::store::messages::{MessageFilter as Messages, Told as MessageNews};

/// How many runs are moved in one transaction.
const RUNS_AT_ONCE: i64 = 200;
/// How many messages are handed over at a time.
const SENT_AT_ONCE: i64 = 16;

impl App {
    /// Says through what messages are sent; the first that is said counts.
    pub fn send_through(&self, gateway: Arc<dyn Gateway>) {
        // An error means that it was said before.
        self.inner.gateway.set(gateway).ok();
    }

    /// Queues the messages of all steps that are due, and sends what is to be sent; how much was
    /// done.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn work_automations(&self) -> Result<usize, AppError> {
        let mut done = 0;
        let now = self.now();
        let due =
            self.read(move |tx| Box::pin(async move { Ok(merchants_due(tx, now).await?) })).await?;
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
        self.read(move |tx| {
            Box::pin(async move {
                let runs = merchants_due(tx, until).await?.into_iter().map(|(_, at)| at).min();
                let message = if sends { earliest_attempt(tx, until).await? } else { None };
                Ok(runs.into_iter().chain(message).min())
            })
        })
        .await
    }

    /// Moves a batch of a merchant's runs whose steps are due; how many.
    async fn move_runs(&self, merchant: &MerchantId) -> Result<usize, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let due = list_due(tx, &merchant, context.now, RUNS_AT_ONCE).await?;
                let (ids, customers): (Vec<_>, Vec<_>) = due.into_iter().unzip();
                let customers: BTreeSet<CustomerId> = customers.into_iter().collect();
                let customers: Vec<CustomerId> = customers.into_iter().collect();
                // In the one order of locks; and no two ways of a customer are decided at once.
                lock_customers(tx, &merchant, &customers).await?;
                let runs = claim_due(tx, &merchant, &ids, context.now).await?;
                if runs.is_empty() {
                    return Ok(0);
                }
                let batch = Batch::load(tx, &context, &runs, &customers).await?;
                let moved = batch.decide(&mut context, &runs)?;
                moved.store(tx, &mut context).await?;
                Ok(runs.len())
            })
        })
        .await
    }

    /// Hands over a few messages that are to be sent; how many were tried.
    async fn send_messages(&self) -> Result<usize, AppError> {
        let Some(gateway) = self.inner.gateway.get().cloned() else { return Ok(0) };
        let (now, outside) = (self.now(), time_outside());
        let claim = (outside, outside + CLAIM);
        let claimed = self
            .write(move |tx| {
                Box::pin(async move { Ok(claim_messages(tx, now, claim, SENT_AT_ONCE).await?) })
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

    /// Calls the endpoints of some messages at once; how each call ended.
    async fn hand_over(
        &self,
        merchant: &MerchantId,
        messages: Vec<Message>,
        gateway: &Arc<dyn Gateway>,
    ) -> Result<Vec<(Message, Attempt)>, AppError> {
        let wanted = merchant.clone();
        let endpoints: Vec<Endpoint> =
            self.read(move |tx| Box::pin(async move { Ok(all(tx, &wanted).await?) })).await?;
        let mut calls = JoinSet::new();
        for message in messages {
            let call = call_of(&message, &endpoints, self.now());
            let gateway = gateway.clone();
            calls.spawn(async move {
                let ended = match call {
                    Ok(call) => gateway.call(call).await,
                    Err(why) => Attempt::Unanswered(why),
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

    /// Stores how calls ended: messages are sent, wait for the next attempt or are given up, and
    /// their runs go on.
    async fn settle(
        &self,
        merchant: MerchantId,
        ended: Vec<(Message, Attempt)>,
    ) -> Result<(), AppError> {
        let app = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let runs: Vec<AutomationRunId> =
                    ended.iter().map(|(message, _)| message.run.clone()).collect();
                let runs = lock_runs(tx, &merchant, &runs).await?;
                let ids: Vec<MessageId> = ended.iter().map(|(it, _)| it.id.clone()).collect();
                let stored = lock_messages(tx, &merchant, &ids).await?;
                let by_id: BTreeMap<&MessageId, &(Message, Attempt)> =
                    ended.iter().map(|one| (&one.0.id, one)).collect();
                let mut settled = Vec::new();
                for message in stored {
                    let Some((tried, attempt)) = by_id.get(&message.id) else { continue };
                    // Another process has taken it over meanwhile.
                    if message.attempts == tried.attempts {
                        settled.push(outcome(message, attempt, context.now));
                    }
                }
                save_messages(tx, &merchant, &settled, context.now).await?;
                go_on(tx, &mut context, &runs, &settled).await
            })
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
        let (merchant, id) = (merchant.clone(), id.clone());
        self.read(move |tx| {
            Box::pin(async move {
                find_message(tx, &merchant, &id).await?.ok_or(AppError::NotFound("message"))
            })
        })
        .await
    }

    /// Messages, by id.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn messages(
        &self,
        merchant: &MerchantId,
        filter: MessageFilter,
        page: Page,
    ) -> Result<Vec<Message>, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| {
            Box::pin(async move { Ok(list_messages(tx, &merchant, &filter, &page).await?) })
        })
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
        told: Told,
    ) -> Result<wire::Message, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let missing = || AppError::NotFound("message");
                let found = find_message(tx, &merchant, &id).await?.ok_or_else(missing)?;
                if told.at > context.now {
                    return Err(AppError::invalid("/at", "must not be later than now"));
                }
                let runs = lock_runs(tx, &merchant, std::slice::from_ref(&found.run)).await?;
                let locked = lock_messages(tx, &merchant, std::slice::from_ref(&id)).await?;
                let before = locked.into_iter().next().ok_or_else(missing)?;
                if !insert_told(tx, &merchant, &id, &told, context.now).await? {
                    return Ok(Ok((&before).into()));
                }
                let after = take_in(&before, told.kind, told.at, told.bot);
                let saved = std::slice::from_ref(&after);
                save_messages(tx, &merchant, saved, context.now).await?;
                if before.status == MessageStatus::Queued {
                    go_on(tx, &mut context, &runs, saved).await?;
                }
                if told.kind == MessageEventKind::Bounced {
                    let reason = SuppressionReason::Bounced;
                    suppress(tx, &mut context, &after.customer, reason).await?;
                }
                Ok(Ok((&after).into()))
            })
        })
        .await
    }
}

/// A message after an attempt.
fn outcome(message: Message, attempt: &Attempt, now: DateTime<Utc>) -> Message {
    if message.status == MessageStatus::Dropped {
        // It was being handed over when its run ended.
        return message;
    }
    match decide_message_fate(attempt, message.attempts, message.queued_at, now) {
        MessageFate::Sent => {
            let sent = Some(message.moments.sent.map_or(now, |told| told.min(now)));
            let moments = Moments { sent, ..message.moments };
            let (status, accepted_at) = (MessageStatus::Sent, Some(now));
            Message { status, accepted_at, error: None, moments, ..message }
        }
        // What its provider has told of is not sent again.
        _ if message.status == MessageStatus::Sent => message,
        MessageFate::Again { at, error } => {
            Message { next_attempt_at: at, error: Some(error), ..message }
        }
        MessageFate::Failed(error) => {
            Message { status: MessageStatus::Failed, error: Some(error), ..message }
        }
    }
}

/// Lets the runs go on whose messages were sent or given up; they are locked.
async fn go_on(
    tx: &mut Tx,
    context: &mut Context,
    runs: &[Run],
    settled: &[Message],
) -> Result<(), AppError> {
    let automations = runs.iter().map(|run| run.automation.clone()).collect();
    let versions = find_versions(tx, &context.merchant, &automations).await?;
    let (mut moved, mut told) = (Vec::new(), Vec::new());
    for message in settled {
        if message.status == MessageStatus::Failed {
            told.push(failed_event(message));
        }
        let is_over = matches!(message.status, MessageStatus::Sent | MessageStatus::Failed);
        let run = runs.iter().find(|run| run.id == message.run);
        let Some(run) = run.filter(|run| is_over && run.step == message.step + 1) else { continue };
        let Some(terms) = versions.get(&(run.automation.clone(), run.version)) else { continue };
        if run.due_at.is_none() {
            let run = gone_on(run, terms, context.now);
            told.extend((run.status == RunStatus::Completed).then(|| run_event(&run)));
            moved.push(run);
        }
    }
    let Context { merchant, now, ids, .. } = context;
    save_runs(tx, merchant, &moved).await?;
    events::insert_events(tx, merchant, *now, &told, ids).await?;
    Ok(())
}

fn failed_event(message: &Message) -> Event {
    Event {
        customer: Some(message.customer.clone()),
        data: json!({
            "automation": message.automation, "run": message.run, "step": message.key,
            "error": message.error,
        }),
        ..Event::plain(EventKind::MessageFailed, message.id.as_str())
    }
}

/// The call that hands a message over: in the envelope of an event, under the message's own id.
fn call_of(message: &Message, endpoints: &[Endpoint], now: DateTime<Utc>) -> Result<Call, String> {
    let endpoint = chosen_endpoint(message.endpoint.as_ref(), endpoints)?;
    let Content { email, locale, subject, text, html, link } = &message.content;
    let data = json!({
        "message": message.id, "automation": message.automation, "step": message.key,
        "to": {"email": email}, "locale": locale, "subject": subject, "text": text,
        "html": html, "link": link,
    });
    let event = envelope::Event {
        id: message.id.to_string(),
        sequence: 0,
        kind: EventKind::MessageSend.name().to_owned(),
        occurred_at: now,
        customer: Some(message.customer.to_string()),
        subject: message.id.to_string(),
        data: data.as_object().cloned().unwrap_or_default(),
    };
    dispatcher::call_of(endpoint, time_outside(), &event)
}

/// All that deciding about a batch of due steps rests on.
struct Batch {
    versions: BTreeMap<(AutomationId, i64), Terms>,
    suppressed: BTreeMap<CustomerId, SuppressionReason>,
    addressees: BTreeMap<CustomerId, Addressee>,
    last: BTreeMap<CustomerId, DateTime<Utc>>,
    templates: BTreeMap<MessageTemplateId, MessageTemplate>,
    titles: BTreeMap<AutomationRunId, Vec<String>>,
    bookings: BTreeMap<SubscriptionId, NaiveDate>,
}

/// What a batch comes to.
#[derive(Default)]
struct Moved {
    runs: Vec<Run>,
    ended: Vec<AutomationRunId>,
    messages: Vec<Message>,
    events: Vec<Event>,
}

impl Batch {
    async fn load(
        tx: &mut Tx,
        context: &Context,
        runs: &[Run],
        customers: &[CustomerId],
    ) -> Result<Self, AppError> {
        let merchant = &context.merchant;
        let automations = runs.iter().map(|run| run.automation.clone()).collect();
        let versions = find_versions(tx, merchant, &automations).await?;
        let last = match context.settings.message_gap_hours {
            0 => BTreeMap::new(),
            _ => last_messages(tx, merchant, customers).await?,
        };
        let steps = versions.values().flat_map(|terms| &terms.steps);
        let named: BTreeSet<&MessageTemplateId> = steps
            .filter_map(|step| match &step.says {
                StepText::Named(id) => Some(id),
                StepText::Own(_) => None,
            })
            .collect();
        let mut templates = BTreeMap::new();
        if !named.is_empty() {
            let found: Vec<MessageTemplate> = all(tx, merchant).await?;
            let wanted = found.into_iter().filter(|it| named.contains(&it.id));
            templates.extend(wanted.map(|it| (it.id.clone(), it)));
        }
        let ids: Vec<&AutomationRunId> = runs.iter().map(|run| &run.id).collect();
        let booked: Vec<_> = runs.iter().filter_map(|run| run.subscription.as_ref()).collect();
        let bookings = if booked.is_empty() {
            BTreeMap::new()
        } else {
            next_bookings(tx, merchant, &booked).await?
        };
        Ok(Self {
            versions,
            suppressed: suppressed(tx, merchant, customers).await?,
            addressees: addressees(tx, merchant, customers).await?,
            last,
            templates,
            titles: started_by(tx, merchant, &ids).await?,
            bookings,
        })
    }

    fn decide(mut self, context: &mut Context, runs: &[Run]) -> Result<Moved, AppError> {
        let mut moved = Moved::default();
        for run in runs {
            let key = (run.automation.clone(), run.version);
            let terms = self.versions.get(&key).cloned();
            let place = usize::try_from(run.step).ok();
            let step = terms.as_ref().zip(place).and_then(|(it, place)| it.steps.get(place));
            let (Some(terms), Some(step)) = (&terms, step) else {
                return Err(AppError::broken("a run waits for a step that there is not"));
            };
            match decide_step(&self.facts(context, run, terms, step), context.now) {
                Due::Hold(until) => {
                    moved.runs.push(Run { due_at: Some(until), ..run.clone() });
                }
                Due::Leave(reason) => {
                    let gone = left(run, reason, context.now);
                    moved.ended.push(run.id.clone());
                    moved.events.push(run_event(&gone));
                    moved.runs.push(gone);
                }
                Due::Send => {
                    let message = self.message(context, run, terms, step)?;
                    self.last.insert(run.customer.clone(), context.now);
                    moved.messages.push(message);
                    let next = Run { step: run.step + 1, due_at: None, ..run.clone() };
                    moved.runs.push(next);
                }
            }
        }
        Ok(moved)
    }

    fn facts(&self, context: &Context, run: &Run, terms: &Terms, step: &Step) -> StepFacts {
        let addressee = self.addressees.get(&run.customer);
        let has_mail = addressee.is_some_and(|it| it.email.is_some());
        let gap = context.settings.message_gap_hours;
        StepFacts {
            suppressed: self.suppressed.get(&run.customer).copied(),
            has_address: step.channel == Channel::Webhook || has_mail,
            quiet_hours: terms.quiet_hours,
            zone: context.settings.time_zone,
            last_message: self.last.get(&run.customer).copied().filter(|_| gap > 0),
            gap: TimeDelta::hours(i64::from(gap)),
        }
    }

    /// The message of a step, filled as things stand now.
    fn message(
        &self,
        context: &mut Context,
        run: &Run,
        terms: &Terms,
        step: &Step,
    ) -> Result<Message, AppError> {
        let addressee = self.addressees.get(&run.customer).cloned().unwrap_or_default();
        let spoken = [addressee.locale.as_deref(), Some(context.settings.locale.as_str())];
        let spoken: Vec<&str> = spoken.into_iter().flatten().collect();
        let (locale, text) = spoken_text(step, &self.templates, &spoken)?;
        let subscription = run.subscription.as_ref();
        let values = MessageValues {
            customer: addressee.name,
            products: self.titles.get(&run.id).cloned().unwrap_or_default(),
            link: step.link.clone(),
            next_payment: subscription.and_then(|id| self.bookings.get(id)).copied(),
        };
        let says = filled(text, &locale, &values)?;
        Ok(Message {
            id: MessageId::fresh(&mut context.ids),
            automation: run.automation.clone(),
            run: run.id.clone(),
            step: run.step,
            key: step.key.clone(),
            customer: run.customer.clone(),
            channel: step.channel,
            endpoint: step.endpoint.clone(),
            status: MessageStatus::Queued,
            attempts: 0,
            error: None,
            queued_at: context.now,
            next_attempt_at: context.now,
            accepted_at: None,
            moments: Moments::default(),
            window_minutes: terms.attribution_window.minutes(),
            content: Content {
                email: addressee.email,
                locale: locale.to_string(),
                subject: says.subject,
                text: says.text,
                html: says.html,
                link: step.link.clone(),
            },
        })
    }
}

impl Moved {
    async fn store(self, tx: &mut Tx, context: &mut Context) -> Result<(), AppError> {
        let Context { merchant, now, ids, .. } = context;
        insert_messages(tx, merchant, &self.messages).await?;
        save_runs(tx, merchant, &self.runs).await?;
        if !self.ended.is_empty() {
            drop_queued(tx, merchant, &self.ended).await?;
        }
        events::insert_events(tx, merchant, *now, &self.events, ids).await?;
        Ok(())
    }
}
