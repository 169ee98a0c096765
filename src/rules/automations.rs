//! Automations: who starts, what happens when a step is due, who leaves. Facts and a moment make a
//! decision; what becomes of messages is for [`super::messages`].

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use crate::domain::automation::{
    Automation, AutomationTerms, CouponTerms, LiveSpan, PersonalCoupon, QuietHours, State,
};
use crate::domain::automation_run::{
    AutomationRun, AutomationRunStatus, ExitReason, SuppressionReason,
};
use crate::domain::calendar::Zone;
use crate::domain::coupon::{Coupon, PersonalCode};
use crate::domain::event::EventKind;
use crate::domain::event_data::{AutomationRunData, SuppressionData};
use crate::domain::ids::{AutomationId, CouponId, CustomerId};
use crate::domain::names::names;
use crate::domain::new_event::Event;
use crate::domain::validity::Validity;

/// How many times of being live are remembered.
const SPANS_MAX: usize = 1_000;
/// How many characters of a customer's code nobody guesses.
const CODE_LENGTH: usize = 10;

names! {
    /// What a merchant does with an automation.
    pub enum AutomationTurn {
        /// Customers start from now on.
        Live = "live",
        /// Nobody starts, and steps wait.
        Pause = "pause",
        /// It goes on.
        Resume = "resume",
        /// It ends, for everybody.
        Stop = "stop",
    }
}

impl AutomationTurn {
    /// From where it leads, and where.
    fn way(self) -> (&'static [State], State) {
        match self {
            Self::Live => (&[State::Draft, State::Stopped], State::Live),
            Self::Pause => (&[State::Live], State::Paused),
            Self::Resume => (&[State::Paused], State::Live),
            Self::Stop => (&[State::Live, State::Paused], State::Stopped),
        }
    }

    /// What is told of it.
    #[must_use]
    pub fn told(self) -> EventKind {
        match self {
            Self::Live => EventKind::AutomationLive,
            Self::Pause => EventKind::AutomationPaused,
            Self::Resume => EventKind::AutomationResumed,
            Self::Stop => EventKind::AutomationStopped,
        }
    }
}

/// That an automation stands elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongState(pub State);

/// Decides what a turn makes of an automation; none where it stands there already.
///
/// # Errors
/// [`WrongState`] where nothing leads there.
pub fn decide_turn(
    automation: &Automation,
    turn: AutomationTurn,
    now: DateTime<Utc>,
) -> Result<Option<Automation>, WrongState> {
    let (from, to) = turn.way();
    if automation.state == to {
        return Ok(None);
    }
    if !from.contains(&automation.state) {
        return Err(WrongState(automation.state));
    }
    let mut turned = Automation { state: to, ..automation.clone() };
    turned.live_since = None;
    if let Some(open) = turned.spans.last_mut().filter(|span| span.until.is_none()) {
        open.until = Some(now);
    }
    if to == State::Live {
        turned.live_since = Some(now);
        turned.spans.push(LiveSpan { from: now, until: None });
        let over = turned.spans.len().saturating_sub(SPANS_MAX);
        turned.spans.drain(..over);
    }
    Ok(Some(turned))
}

names! {
    /// Why a customer does not start.
    pub enum NotStarted {
        /// The automation is not live.
        NotLive = "not-live",
        /// They have done nothing that starts it.
        NothingBought = "nothing-bought",
        /// Their order is not paid.
        NotPaid = "not-paid",
        /// Their order is not delivered.
        NotDelivered = "not-delivered",
        /// It was not live when that happened.
        NotLiveThen = "not-live-then",
        /// They had bought something before.
        NotTheFirst = "not-the-first",
        /// It was bought elsewhere, before.
        BroughtOver = "brought-over",
        /// They are sent no messages.
        Suppressed = "suppressed",
    }
}

/// What could start a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// An order: when it was paid, and when it was delivered.
    Order {
        /// When it was paid.
        paid: Option<DateTime<Utc>>,
        /// When it was delivered.
        delivered: Option<DateTime<Utc>>,
    },
    /// A subscription that began, or was cancelled, then.
    Subscription(DateTime<Utc>),
}

/// What decides whether a customer starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StartFacts {
    /// What could start them; none where there is nothing.
    pub cause: Option<Cause>,
    /// Whether it is the first that counts.
    pub is_first: bool,
    /// Whether it was bought elsewhere, before.
    pub brought_over: bool,
    /// Whether they are sent no messages.
    pub suppressed: bool,
}

/// Decides whether a customer starts, and when: when the last that was missing happened.
///
/// # Errors
/// The first reason why not.
pub fn decide_start(
    automation: &Automation,
    facts: &StartFacts,
) -> Result<DateTime<Utc>, NotStarted> {
    if automation.state != State::Live {
        return Err(NotStarted::NotLive);
    }
    let (first, last) = match facts.cause.ok_or(NotStarted::NothingBought)? {
        Cause::Order { paid, delivered } => {
            let paid = paid.ok_or(NotStarted::NotPaid)?;
            let delivered = delivered.ok_or(NotStarted::NotDelivered)?;
            (paid.min(delivered), paid.max(delivered))
        }
        Cause::Subscription(at) => (at, at),
    };
    if !automation.was_live(first) || !automation.was_live(last) {
        return Err(NotStarted::NotLiveThen);
    }
    if !facts.is_first {
        return Err(NotStarted::NotTheFirst);
    }
    if facts.brought_over {
        return Err(NotStarted::BroughtOver);
    }
    if facts.suppressed {
        return Err(NotStarted::Suppressed);
    }
    Ok(last)
}

/// Whether a customer is one of those who are sent nothing, to compare: always the same answer for
/// an automation and a customer.
#[must_use]
pub fn is_held_out(automation: &AutomationId, customer: &CustomerId, percent: u32) -> bool {
    let hash = Sha256::digest(format!("{automation}/{customer}"));
    let draw = hash.iter().take(4).fold(0_u64, |sum, byte| sum * 256 + u64::from(*byte));
    draw % 100 < u64::from(percent)
}

/// What decides about a step that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepFacts {
    /// Why its customer is sent nothing; none where they are.
    pub suppressed: Option<SuppressionReason>,
    /// Whether there is where to send it.
    pub has_address: bool,
    /// What keeps messages apart.
    pub pace: MessagePace,
}

/// What keeps messages to one customer apart, and lets them sleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessagePace {
    /// When nothing is sent.
    pub quiet_hours: Option<QuietHours>,
    /// The merchant's time zone.
    pub zone: Zone,
    /// When the customer's last message was queued or sent.
    pub last_message: Option<DateTime<Utc>>,
    /// So long there is no other message after it.
    pub gap: TimeDelta,
}

impl MessagePace {
    /// Until when a message waits that could be sent now; none where it does not.
    #[must_use]
    pub fn held_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let free = self.last_message.map(|last| last + self.gap).filter(|free| now < *free);
        let from = free.unwrap_or(now);
        let until = self.quiet_hours.and_then(|quiet| quiet_until(quiet, self.zone, from));
        until.or(free)
    }
}

/// What happens when a step is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueStep {
    /// Its message is queued.
    Send,
    /// It waits until then.
    Hold(DateTime<Utc>),
    /// The customer leaves.
    Leave(ExitReason),
}

/// Why a customer leaves to whom a message would go now: they are sent none, or there is nowhere to
/// send it; none where they stay.
#[must_use]
pub fn why_leave(suppressed: Option<SuppressionReason>, has_address: bool) -> Option<ExitReason> {
    let unreached = (!has_address).then_some(ExitReason::Undeliverable);
    suppressed.map(SuppressionReason::exit).or(unreached)
}

/// Decides what happens when a step of a live automation is due.
#[must_use]
pub fn decide_step(facts: &StepFacts, now: DateTime<Utc>) -> DueStep {
    if let Some(why) = why_leave(facts.suppressed, facts.has_address) {
        return DueStep::Leave(why);
    }
    facts.pace.held_until(now).map_or(DueStep::Send, DueStep::Hold)
}

/// Until when it is quiet, where it is at an instant. A local time that is skipped is the next that
/// there is; one that comes twice is the first.
fn quiet_until(quiet: QuietHours, zone: Zone, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let today = zone.date(at);
    let days = [today.checked_sub_days(Days::new(1)), Some(today)];
    days.into_iter().flatten().find_map(|day| {
        let (from, to) = span(quiet, zone, day)?;
        (from <= at && at < to).then_some(to)
    })
}

fn span(quiet: QuietHours, zone: Zone, day: NaiveDate) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let at = |day: NaiveDate, time: NaiveTime| zone.instant_of(day.and_time(time));
    let last = if quiet.from < quiet.to { day } else { day.succ_opt()? };
    Some((at(day, quiet.from), at(last, quiet.to)))
}

/// The code that a customer gets: the beginning that the merchant wants, and what nobody guesses.
#[must_use]
pub fn personal_coupon(
    run: &AutomationRun,
    personal: &PersonalCoupon,
    named: Option<&Coupon>,
    (random, today): (&str, NaiveDate),
) -> Option<PersonalCode> {
    let code = format!("{}{}", personal.prefix, random.get(..CODE_LENGTH)?.to_ascii_uppercase());
    let (id, title, gives, currency, min_net) = match (&personal.gives, named) {
        (CouponTerms::Named { .. }, Some(it)) => {
            (it.id.clone(), it.title.clone(), it.gives, it.currency, it.min_net)
        }
        (CouponTerms::Named { .. }, None) => return None,
        (CouponTerms::Own { gives, currency, min_net }, _) => {
            let id = run.automation.to_string();
            (CouponId::stored(id.clone()), id, *gives, *currency, *min_net)
        }
    };
    let until = today.checked_add_days(Days::new(u64::from(personal.valid_days)));
    let validity = Validity { active: true, from: None, until };
    let (code, redemptions_max) = (Some(code), Some(1));
    Some(PersonalCode {
        coupon: Coupon { id, title, currency, validity, gives, min_net, code, redemptions_max },
        owner: run.customer.clone(),
        automation: run.automation.clone(),
        run: run.id.clone(),
    })
}

/// A run that leaves.
#[must_use]
pub fn left(run: &AutomationRun, reason: ExitReason, at: DateTime<Utc>) -> AutomationRun {
    let (status, exit_reason) = (AutomationRunStatus::Exited, Some(reason));
    AutomationRun { status, exit_reason, due_at: None, ended_at: Some(at), ..run.clone() }
}

/// A run whose message was sent or given up then: it waits for its next step, or is at its end.
#[must_use]
pub fn gone_on(run: &AutomationRun, terms: &AutomationTerms, at: DateTime<Utc>) -> AutomationRun {
    let next = usize::try_from(run.step).ok().and_then(|step| terms.steps.get(step));
    match next {
        Some(step) => AutomationRun { due_at: Some(at + step.delay.length()), ..run.clone() },
        None => AutomationRun {
            status: AutomationRunStatus::Completed,
            due_at: None,
            ended_at: Some(at),
            ..run.clone()
        },
    }
}

/// What is told of a customer who is sent no messages, or, without a reason, is again.
#[must_use]
pub fn suppression_event(customer: &CustomerId, reason: Option<SuppressionReason>) -> Event {
    let kind = match reason {
        Some(_) => EventKind::CustomerSuppressed,
        None => EventKind::CustomerUnsuppressed,
    };
    Event::of(kind, customer.as_str(), Some(customer), SuppressionData { reason })
}

/// What is told of a run.
#[must_use]
pub fn run_event(run: &AutomationRun) -> Event {
    let kind = match run.status {
        AutomationRunStatus::Active | AutomationRunStatus::Holdout => EventKind::RunStarted,
        AutomationRunStatus::Exited => EventKind::RunExited,
        AutomationRunStatus::Completed => EventKind::RunCompleted,
    };
    let data = AutomationRunData {
        automation: run.automation.clone(),
        version: run.version,
        status: run.status,
        exit_reason: run.exit_reason,
        order: run.order.clone(),
        subscription: run.subscription.clone(),
    };
    Event::of(kind, run.id.as_str(), Some(&run.customer), data)
}

#[cfg(test)]
mod tests;
