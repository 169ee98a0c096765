//! Steps of automations that are due, a batch of a merchant's at a time: what each comes to, with
//! the message that it queues, filled as things stand then.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::automation::{Channel, Step, StepText, Terms};
use crate::domain::automation_run::{Run, SuppressionReason};
use crate::domain::event::Event;
use crate::domain::ids::{
    AutomationId, AutomationRunId, CustomerId, MessageId, MessageTemplateId, SubscriptionId,
};
use crate::domain::message::{Content, Message, MessageStatus, Moments, Tokens};
use crate::domain::message_template::MessageTemplate;
use crate::render::message::{MessageValues, filled};
use crate::rules::automations::{Due, StepFacts, decide_step, left, run_event};
use crate::store::automation_runs::{Addressee, addressees, next_bookings, save_runs, started_by};
use crate::store::automations::find_versions;
use crate::store::messages::{drop_queued, insert_messages, last_messages};
use crate::store::suppressions::suppressed;
use crate::store::{Tx, events};

use super::definitions::all;
use super::message_texts::spoken_text;
use super::{App, AppError, Context, addresses};

/// All that deciding about a batch of due steps rests on.
pub(super) struct Batch {
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
pub(super) struct Moved {
    runs: Vec<Run>,
    ended: Vec<AutomationRunId>,
    messages: Vec<Message>,
    events: Vec<Event>,
}

impl Batch {
    pub(super) async fn load(
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

    pub(super) fn decide(
        mut self,
        app: &App,
        context: &mut Context,
        runs: &[Run],
    ) -> Result<Moved, AppError> {
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
                    let message = self.message(app, context, run, (terms, step))?;
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
        app: &App,
        context: &mut Context,
        run: &Run,
        (terms, step): (&Terms, &Step),
    ) -> Result<Message, AppError> {
        let addressee = self.addressees.get(&run.customer).cloned().unwrap_or_default();
        let spoken = [addressee.locale.as_deref(), Some(context.settings.locale.as_str())];
        let spoken: Vec<&str> = spoken.into_iter().flatten().collect();
        let (locale, text) = spoken_text(step, &self.templates, &spoken)?;
        let subscription = run.subscription.as_ref();
        let tokens = Tokens {
            link: step.link.is_some().then(|| context.ids.token()),
            unsubscribe: Some(context.ids.token()),
        };
        let link = tokens.link.as_deref().map(|token| app.url_of(&addresses::link(token)));
        let unsubscribe = tokens.unsubscribe.as_deref();
        let unsubscribe = unsubscribe.map(|it| app.url_of(&addresses::unsubscribing(it)));
        let values = MessageValues {
            customer: addressee.name.clone(),
            products: self.titles.get(&run.id).cloned().unwrap_or_default(),
            link: link.clone(),
            unsubscribe: unsubscribe.clone(),
            ends_with_unsubscribe: step.channel == Channel::Email,
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
            tokens,
            content: Content {
                email: addressee.email,
                phone: addressee.phone,
                name: addressee.name,
                locale: locale.to_string(),
                subject: says.subject,
                text: says.text,
                html: says.html,
                link,
                target: step.link.clone(),
                unsubscribe,
            },
        })
    }
}

impl Moved {
    pub(super) async fn store(self, tx: &mut Tx, context: &mut Context) -> Result<(), AppError> {
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
