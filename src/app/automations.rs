//! Automations set live, paused, stopped; who is on their way through one, and why somebody is not.
//! Who starts and leaves stands in `automation_starts`, what is sent in [`super::messages`].

use std::collections::BTreeMap;

use crate::domain::automation::{Automation, AutomationTerms, Step, Trigger};
use crate::domain::automation_run::{AutomationRun, AutomationRunStatus, ExitReason, StepStanding};
use crate::domain::definition::Definition;
use crate::domain::event::EventKind;
use crate::domain::ids::{AutomationId, CustomerId, MerchantId};
use crate::domain::webhook::Endpoint;
use crate::rules::automations::{
    Cause, NotStarted, StartFacts, WrongState, decide_start, decide_turn,
};
use crate::store::automation_runs::{RunFilter, list_runs, lock_active_through};
use crate::store::automation_starts::{
    had_another_order, has_bought_before, has_bought_besides, last_sequence, last_told,
    telling_order, was_suppressed,
};
use crate::store::automations::{find_versions, save_state};
use crate::store::definitions::{self, Stored};
use crate::store::orders::find_order;
use crate::store::{Page, Tx};
use crate::wire::automations as wire;

use super::automation_starts::{is_suppressed, leave};
use super::channels::{channel_not_ready, unsendable};
use super::definitions::{all, note};
use super::{App, AppError, Context};

pub use crate::rules::automations::AutomationTurn;
pub use crate::store::automation_runs::RunFilter as Runs;

/// How many runs end in one statement where an automation is stopped.
const STOPPED_AT_ONCE: i64 = 1_000;

impl App {
    /// Sets an automation live, pauses it, goes on with it or stops it; where it stands there
    /// already, nothing changes.
    ///
    /// # Errors
    /// Not found; refused where nothing leads there, or where a step cannot be sent.
    pub async fn turn_automation(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
        turn: AutomationTurn,
    ) -> Result<wire::Automation, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            if turn == AutomationTurn::Stop {
                stop_all(&mut tx, &mut context, id).await?;
            }
            definitions::lock(&mut tx, merchant, Automation::KIND, id.as_str()).await?;
            let found = automation(&mut tx, merchant, id).await?;
            let turned = decide_turn(&found, turn, context.now).map_err(wrong_state)?;
            let Some(turned) = turned else { return tx.answer((&found).into()).await };
            if matches!(turn, AutomationTurn::Live | AutomationTurn::Resume) {
                refuse_unready(&mut tx, merchant, &turned, self.mails()).await?;
            }
            save_state(&mut tx, merchant, &turned).await?;
            note(&mut tx, &mut context, turn.told(), id.as_str()).await?;
            tx.answer((&turned).into()).await
        })
        .await
    }

    /// Runs through an automation, by id, each with the names of the steps of its version.
    ///
    /// # Errors
    /// Not found.
    pub async fn automation_runs(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
        filter: RunFilter,
        page: Page,
    ) -> Result<Vec<wire::AutomationRun>, AppError> {
        self.read(|mut tx| async move {
            automation(&mut tx, merchant, id).await?;
            let runs = list_runs(&mut tx, merchant, id, &filter, &page).await?;
            shown(&mut tx, merchant, &runs).await
        })
        .await
    }

    /// Those of them who stand so to the step of this name, in whatever version: the same runs that
    /// the report counts there now.
    ///
    /// # Errors
    /// Not found.
    pub async fn automation_runs_at(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
        (step, standing): (&str, StepStanding),
        filter: RunFilter,
        page: Page,
    ) -> Result<Vec<wire::AutomationRun>, AppError> {
        let step = step.to_owned();
        self.read(|mut tx| async move {
            automation(&mut tx, merchant, id).await?;
            let versions = find_versions(&mut tx, merchant, &[id.clone()].into()).await?;
            let versions = versions.iter().map(|((_, number), terms)| (*number, terms));
            let places = places_of(versions, &step, standing);
            let status = match standing {
                StepStanding::Waiting => Some(AutomationRunStatus::Active),
                StepStanding::Left => Some(AutomationRunStatus::Exited),
                StepStanding::Progressed => filter.status,
            };
            let filter = RunFilter { places: Some(places), status, ..filter };
            let runs = list_runs(&mut tx, merchant, id, &filter, &page).await?;
            shown(&mut tx, merchant, &runs).await
        })
        .await
    }

    /// Why a customer is on their way through an automation, or is not.
    ///
    /// # Errors
    /// Not found; invalid where no customer is named.
    pub async fn explain_automation(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
        customer: Option<CustomerId>,
    ) -> Result<wire::ExplainedStart, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let automation = automation(&mut tx, merchant, id).await?;
            let missing = || AppError::invalid("/customer", "is missing");
            let customer = customer.ok_or_else(missing)?;
            let filter = RunFilter { customer: Some(customer.clone()), ..RunFilter::default() };
            let runs = list_runs(&mut tx, merchant, id, &filter, &Page::first(1)).await?;
            if let Some(run) = shown(&mut tx, merchant, &runs).await?.pop() {
                return Ok(wire::ExplainedStart { started: true, run: Some(run), reason: None });
            }
            let (facts, of) = told_facts(&mut tx, &context, &automation, &customer).await?;
            let reason = match decide_start(&automation, &facts) {
                Err(reason) => reason,
                Ok(_) => reason_then(&mut tx, &context, &automation, (&customer, &of)).await?,
            };
            let reason = Some(reason);
            Ok(wire::ExplainedStart { started: false, run: None, reason })
        })
        .await
    }
}

/// An automation.
pub(super) async fn automation(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &AutomationId,
) -> Result<Automation, AppError> {
    Automation::find(tx, merchant, id).await?.ok_or(AppError::NotFound("automation"))
}

fn wrong_state(WrongState(stands): WrongState) -> AppError {
    AppError::refused("wrong-state", format!("the automation is {}", stands.name()))
}

/// Ends the runs of an automation that is about to be stopped, before the merchant's row is taken.
/// Where it turns out not to be stopped, nothing of that stays.
async fn stop_all(tx: &mut Tx, context: &mut Context, id: &AutomationId) -> Result<(), AppError> {
    let merchant = context.merchant.clone();
    loop {
        let runs = lock_active_through(tx, &merchant, id, STOPPED_AT_ONCE).await?;
        if runs.is_empty() {
            return Ok(());
        }
        leave(tx, context, &runs, ExitReason::Stopped, context.now).await?;
    }
}

/// Refuses to let an automation work that has a step which cannot be sent.
async fn refuse_unready(
    tx: &mut Tx,
    merchant: &MerchantId,
    automation: &Automation,
    mails: bool,
) -> Result<(), AppError> {
    let endpoints: Vec<Endpoint> = all(tx, merchant).await?;
    for step in &automation.terms.steps {
        if let Some(why) = unsendable(step, &endpoints, mails) {
            return Err(channel_not_ready(&automation.id, &step.key, &why));
        }
    }
    Ok(())
}

/// Runs with the names of the steps that they wait for.
pub(super) async fn shown(
    tx: &mut Tx,
    merchant: &MerchantId,
    runs: &[AutomationRun],
) -> Result<Vec<wire::AutomationRun>, AppError> {
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    let automations = runs.iter().map(|run| run.automation.clone()).collect();
    let versions = find_versions(tx, merchant, &automations).await?;
    let steps: BTreeMap<_, &[Step]> =
        versions.iter().map(|(key, terms)| (key, terms.steps.as_slice())).collect();
    let shown = runs.iter().map(|run| {
        let steps = steps.get(&(run.automation.clone(), run.version)).copied();
        let place = usize::try_from(run.step).ok();
        let step = steps.zip(place).and_then(|(steps, place)| steps.get(place));
        wire::AutomationRun::of(run, step.map(|step| step.key.clone()))
    });
    Ok(shown.collect())
}

/// Where runs stand that wait for a step, have left there or have gone on from there, by version
/// and place.
fn places_of<'v>(
    versions: impl Iterator<Item = (i64, &'v AutomationTerms)>,
    step: &str,
    standing: StepStanding,
) -> Vec<(i64, i64)> {
    let at = |(version, terms): (i64, &AutomationTerms)| {
        let place = terms.steps.iter().position(|it| it.key == step)?;
        let (place, end) = (i64::try_from(place).ok()?, i64::try_from(terms.steps.len()).ok()?);
        let places = match standing {
            StepStanding::Waiting | StepStanding::Left => place..=place,
            StepStanding::Progressed => place + 1..=end,
        };
        Some(places.map(move |place| (version, place)))
    };
    versions.filter_map(at).flatten().collect()
}

/// Why a customer did not start who would now: what was so when it was told, and is no more. That
/// they had not consented is told nowhere: where they have to, it is what is left.
async fn reason_then(
    tx: &mut Tx,
    context: &Context,
    automation: &Automation,
    (customer, of): (&CustomerId, &str),
) -> Result<NotStarted, AppError> {
    let merchant = &context.merchant;
    let causes = match automation.terms.trigger {
        Trigger::FirstOrderDelivered => [EventKind::OrderPaid, EventKind::OrderDelivered],
        Trigger::SubscriptionStarted => [EventKind::SubscriptionStarted; 2],
        Trigger::SubscriptionCancelled => [EventKind::SubscriptionCancelled; 2],
    };
    let Some(told) = last_sequence(tx, merchant, of, causes).await? else {
        return Ok(NotStarted::NotLiveThen);
    };
    let turns = [EventKind::AutomationLive, EventKind::AutomationResumed];
    let live = last_sequence(tx, merchant, automation.id.as_str(), turns).await?;
    if live.is_none_or(|live| told < live) {
        return Ok(NotStarted::NotLiveThen);
    }
    if had_another_order(tx, merchant, customer, (of, told)).await? {
        return Ok(NotStarted::NotTheFirst);
    }
    let only_by_consent = context.settings.messages_by_consent;
    if only_by_consent || was_suppressed(tx, merchant, customer, told).await? {
        return Ok(NotStarted::Suppressed);
    }
    Ok(NotStarted::NotLiveThen)
}

/// What decides whether a customer starts, by what they did last, and what that was about.
async fn told_facts(
    tx: &mut Tx,
    context: &Context,
    automation: &Automation,
    customer: &CustomerId,
) -> Result<(StartFacts, String), AppError> {
    let merchant = &context.merchant;
    let suppressed = is_suppressed(tx, context, customer).await?;
    let nothing = StartFacts { cause: None, is_first: true, brought_over: false, suppressed };
    let none = Ok((nothing, String::new()));
    if automation.terms.trigger == Trigger::FirstOrderDelivered {
        let Some(id) = telling_order(tx, merchant, customer).await? else { return none };
        let Some(order) = find_order(tx, merchant, &id).await? else { return none };
        let on = context.settings.time_zone.date(order.placed_at);
        let placed = (order.placed_at, on);
        let is_first = !has_bought_besides(tx, merchant, customer, &id, placed).await?
            && order.cancelled_at.is_none();
        // What was paid back is not paid.
        let paid = order.paid_at.filter(|_| !order.is_paid_back());
        let cause = Some(Cause::Order { paid, delivered: order.delivered_at });
        let brought_over = order.said.brought_over;
        return Ok((StartFacts { cause, is_first, brought_over, ..nothing }, id.to_string()));
    }
    let kind = if automation.terms.trigger == Trigger::SubscriptionStarted {
        EventKind::SubscriptionStarted
    } else {
        EventKind::SubscriptionCancelled
    };
    let told = last_told(tx, merchant, customer, kind).await?;
    let Some((at, subject)) = told else { return none };
    let is_first = automation.terms.trigger == Trigger::SubscriptionCancelled
        || !has_bought_before(tx, merchant, customer, (at, &subject)).await?;
    Ok((StartFacts { cause: Some(Cause::Subscription(at)), is_first, ..nothing }, subject))
}
