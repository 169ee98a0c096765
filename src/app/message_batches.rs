//! Steps of automations that are due, a batch of a merchant's at a time: what each comes to, with
//! the message that it queues, filled as things stand then.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::domain::automation::{AutomationTerms, Channel, CouponTerms, Step, StepText};
use crate::domain::automation_run::{AutomationRun, AutomationRunStatus, SuppressionReason};
use crate::domain::coupon::{Coupon, PersonalCode};
use crate::domain::ids::{
    AutomationId, AutomationRunId, CouponId, CustomerId, MessageId, MessageTemplateId,
    SubscriptionId,
};
use crate::domain::message::{Content, Message, MessageStatus, MessageTimes, Tokens};
use crate::domain::message_template::{MessageTemplate, MessageText};
use crate::domain::new_event::Event;
use crate::domain::text::MessageVariable;
use crate::domain::translation::TranslatedTitle;
use crate::render::format::Locale;
use crate::render::message::{FilledMessage, MessageValues, filled};
use crate::rules::automations::{
    DueStep, MessagePace, StepFacts, decide_step, gone_on, left, personal_coupon, run_event,
};
use crate::rules::messages::failed_event;
use crate::store::automation_runs::{Addressee, addressees, next_bookings, save_runs, started_by};
use crate::store::automations::find_versions;
use crate::store::coupons::{find_codes, insert_personal_codes};
use crate::store::definitions::Stored;
use crate::store::messages::{drop_queued, insert_messages, last_messages};
use crate::store::suppressions::suppressed;
use crate::store::{Tx, events};

use super::definitions::all;
use super::message_texts::spoken_text;
use super::{App, AppError, Context, addresses};

/// All that deciding about a batch of due steps rests on.
pub(super) struct Batch {
    versions: BTreeMap<(AutomationId, i64), AutomationTerms>,
    suppressed: BTreeMap<CustomerId, SuppressionReason>,
    addressees: BTreeMap<CustomerId, Addressee>,
    last: BTreeMap<CustomerId, DateTime<Utc>>,
    templates: BTreeMap<MessageTemplateId, MessageTemplate>,
    titles: BTreeMap<AutomationRunId, Vec<TranslatedTitle>>,
    bookings: BTreeMap<SubscriptionId, NaiveDate>,
    coupons: BTreeMap<CouponId, Coupon>,
    codes: Codes,
    made: Vec<PersonalCode>,
}

/// Codes with their last days.
type Codes = BTreeMap<String, (String, NaiveDate)>;

/// What a batch comes to.
#[derive(Default)]
pub(super) struct BatchOutcome {
    runs: Vec<AutomationRun>,
    ended: Vec<AutomationRunId>,
    messages: Vec<Message>,
    codes: Vec<PersonalCode>,
    events: Vec<Event>,
}

impl Batch {
    pub(super) async fn load(
        tx: &mut Tx,
        context: &Context,
        runs: &[AutomationRun],
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
        let (coupons, codes) = coupons(tx, context, runs, &versions).await?;
        Ok(Self {
            versions,
            suppressed: suppressed(tx, merchant, customers).await?,
            addressees: addressees(tx, merchant, customers).await?,
            last,
            templates,
            titles: started_by(tx, merchant, &ids).await?,
            bookings,
            coupons,
            codes,
            made: Vec::new(),
        })
    }

    pub(super) fn decide(
        mut self,
        app: &App,
        context: &mut Context,
        runs: &[AutomationRun],
    ) -> Result<BatchOutcome, AppError> {
        let mut moved = BatchOutcome::default();
        for run in runs {
            let key = (run.automation.clone(), run.version);
            let terms = self.versions.get(&key).cloned();
            let place = usize::try_from(run.step).ok();
            let step = terms.as_ref().zip(place).and_then(|(it, place)| it.steps.get(place));
            let (Some(terms), Some(step)) = (&terms, step) else {
                return Err(AppError::broken("a run waits for a step that there is not"));
            };
            match decide_step(&self.facts(context, run, terms, step), context.now) {
                DueStep::Hold(until) => {
                    moved.runs.push(AutomationRun { due_at: Some(until), ..run.clone() });
                }
                DueStep::Leave(reason) => {
                    let gone = left(run, reason, context.now);
                    moved.ended.push(run.id.clone());
                    moved.events.push(run_event(&gone));
                    moved.runs.push(gone);
                }
                DueStep::Send => {
                    let message = self.message(app, context, run, (terms, step));
                    self.last.insert(run.customer.clone(), context.now);
                    let coupon = run.coupon.clone().or_else(|| message.coupon.clone());
                    let next =
                        AutomationRun { step: run.step + 1, due_at: None, coupon, ..run.clone() };
                    if message.status == MessageStatus::Failed {
                        moved.events.push(failed_event(&message));
                        let next = gone_on(&next, terms, context.now);
                        let is_over = next.status == AutomationRunStatus::Completed;
                        moved.events.extend(is_over.then(|| run_event(&next)));
                        moved.runs.push(next);
                    } else {
                        moved.runs.push(next);
                    }
                    moved.messages.push(message);
                }
            }
        }
        moved.events.extend(self.made.iter().map(PersonalCode::event));
        moved.codes = self.made;
        Ok(moved)
    }

    /// The customer's code and its last day, where a message shows it or its checkout redeems it:
    /// made with the first that does.
    ///
    /// # Errors
    /// Why there is none.
    fn coupon_of(
        &mut self,
        context: &mut Context,
        run: &AutomationRun,
        (terms, step): (&AutomationTerms, &Step),
        text: &MessageText,
    ) -> Result<Option<(String, NaiveDate)>, String> {
        let shows = [MessageVariable::CouponCode, MessageVariable::CouponValidUntil];
        let shows = text.parts().any(|(_, text)| shows.iter().any(|it| text.uses(*it)));
        let Some(personal) = terms.coupon.as_ref().filter(|_| shows || step.checkout.is_some())
        else {
            return Ok(None);
        };
        if let Some(known) = run.coupon.as_ref().and_then(|code| self.codes.get(code)) {
            return Ok(Some(known.clone()));
        }
        let named = match &personal.gives {
            CouponTerms::Named { coupon } => {
                let named = self.coupons.get(coupon);
                let named = named.ok_or_else(|| format!("the coupon '{coupon}' is gone"))?;
                let lapse = named.validity.judge(context.today);
                lapse.map_err(|_| format!("the coupon '{coupon}' is not valid now"))?;
                Some(named)
            }
            CouponTerms::Own { .. } => None,
        };
        let token = context.ids.token();
        let made = personal_coupon(run, personal, named, (&token, context.today));
        let made = made.ok_or("there is no code")?;
        let code = made.coupon.code.clone().unwrap_or_default();
        let until = made.coupon.validity.until.unwrap_or(context.today);
        self.made.push(made);
        Ok(Some((code, until)))
    }

    fn facts(
        &self,
        context: &Context,
        run: &AutomationRun,
        terms: &AutomationTerms,
        step: &Step,
    ) -> StepFacts {
        let addressee = self.addressees.get(&run.customer);
        let has_mail = addressee.is_some_and(|it| it.email.is_some());
        let gap = context.settings.message_gap_hours;
        StepFacts {
            suppressed: self.suppressed.get(&run.customer).copied(),
            has_address: step.channel == Channel::Webhook || has_mail,
            pace: MessagePace {
                quiet_hours: terms.quiet_hours,
                zone: context.settings.time_zone,
                last_message: self.last.get(&run.customer).copied().filter(|_| gap > 0),
                gap: TimeDelta::hours(i64::from(gap)),
            },
        }
    }

    /// What a step says to a customer as things stand now, with their coupon.
    ///
    /// # Errors
    /// Why it cannot be said.
    fn says(
        &mut self,
        context: &mut Context,
        run: &AutomationRun,
        (terms, step): (&AutomationTerms, &Step),
        (link, unsubscribe): (Option<&str>, Option<&str>),
    ) -> Result<(Locale, FilledMessage, Option<String>), String> {
        let addressee = self.addressees.get(&run.customer).cloned().unwrap_or_default();
        let spoken = [addressee.locale.as_deref(), Some(context.settings.locale.as_str())];
        let spoken: Vec<&str> = spoken.into_iter().flatten().collect();
        let (locale, text) = spoken_text(step, &self.templates, &spoken)?;
        let text = text.clone();
        let coupon = self.coupon_of(context, run, (terms, step), &text)?;
        let subscription = run.subscription.as_ref();
        let tag = locale.to_string();
        let titles = self.titles.get(&run.id).into_iter().flatten();
        let values = MessageValues {
            customer: addressee.name,
            products: titles.map(|it| it.said_in(&tag).to_owned()).collect(),
            link: link.map(str::to_owned),
            unsubscribe: unsubscribe.map(str::to_owned),
            ends_with_unsubscribe: step.channel == Channel::Email,
            coupon: coupon.clone(),
            next_payment: subscription.and_then(|id| self.bookings.get(id)).copied(),
        };
        let says = filled(&text, &locale, &values).map_err(|error| error.to_string())?;
        Ok((locale, says, coupon.map(|(code, _)| code)))
    }

    /// The message of a step, filled as things stand now; failed where it cannot be.
    fn message(
        &mut self,
        app: &App,
        context: &mut Context,
        run: &AutomationRun,
        (terms, step): (&AutomationTerms, &Step),
    ) -> Message {
        let (tokens, link, unsubscribe) = links(app, context, step);
        let shown = (link.as_deref(), unsubscribe.as_deref());
        let (status, error, said) = match self.says(context, run, (terms, step), shown) {
            Ok(said) => (MessageStatus::Queued, None, said),
            Err(why) => (MessageStatus::Failed, Some(why), Default::default()),
        };
        let (locale, FilledMessage { subject, text, html }, coupon) = said;
        let Addressee { email, phone, name, .. } =
            self.addressees.get(&run.customer).cloned().unwrap_or_default();
        Message {
            id: MessageId::fresh(&mut context.ids),
            automation: run.automation.clone(),
            run: run.id.clone(),
            step: run.step,
            key: step.key.clone(),
            customer: run.customer.clone(),
            channel: step.channel,
            endpoint: step.endpoint.clone(),
            status,
            attempts: 0,
            error,
            queued_at: context.now,
            next_attempt_at: context.now,
            accepted_at: None,
            moments: MessageTimes::default(),
            window_minutes: terms.attribution_window.minutes(),
            tokens,
            coupon,
            opened: None,
            content: Content {
                email,
                phone,
                name,
                locale: locale.to_string(),
                subject,
                text,
                html,
                link,
                target: step.link.clone(),
                checkout: step.checkout.clone(),
                unsubscribe,
                quiet_hours: terms.quiet_hours,
            },
        }
    }
}

/// By what the links of a message are found, and these.
fn links(
    app: &App,
    context: &mut Context,
    step: &Step,
) -> (Tokens, Option<String>, Option<String>) {
    let tokens = Tokens {
        link: step.has_link().then(|| context.ids.token()),
        unsubscribe: Some(context.ids.token()),
    };
    let link = tokens.link.as_deref().map(|token| app.url_of(&addresses::link(token)));
    let unsubscribe = tokens.unsubscribe.as_deref();
    let unsubscribe = unsubscribe.map(|it| app.url_of(&addresses::unsubscribing(it)));
    (tokens, link, unsubscribe)
}

/// What the coupons give that these versions name, and the codes of these runs with their last
/// days.
async fn coupons(
    tx: &mut Tx,
    context: &Context,
    runs: &[AutomationRun],
    versions: &BTreeMap<(AutomationId, i64), AutomationTerms>,
) -> Result<(BTreeMap<CouponId, Coupon>, Codes), AppError> {
    let named = versions.values().filter_map(|terms| match &terms.coupon.as_ref()?.gives {
        CouponTerms::Named { coupon } => Some(coupon),
        CouponTerms::Own { .. } => None,
    });
    let named: BTreeSet<&CouponId> = named.collect();
    let mut coupons = BTreeMap::new();
    for coupon in named {
        if let Some(found) = Coupon::find(tx, &context.merchant, coupon).await? {
            coupons.insert(coupon.clone(), found);
        }
    }
    let codes: Vec<&String> = runs.iter().filter_map(|run| run.coupon.as_ref()).collect();
    let codes = find_codes(tx, &context.merchant, &codes).await?.into_iter();
    let codes = codes.filter_map(|it| Some((it.code.clone(), (it.code, it.valid_until?))));
    Ok((coupons, codes.collect()))
}

impl BatchOutcome {
    pub(super) async fn store(self, tx: &mut Tx, context: &mut Context) -> Result<(), AppError> {
        let Context { merchant, now, ids, .. } = context;
        insert_personal_codes(tx, merchant, &self.codes).await?;
        insert_messages(tx, merchant, &self.messages).await?;
        save_runs(tx, merchant, &self.runs).await?;
        if !self.ended.is_empty() {
            drop_queued(tx, merchant, &self.ended).await?;
        }
        events::insert_events(tx, merchant, *now, &self.events, ids).await?;
        Ok(())
    }
}
