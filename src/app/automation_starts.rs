//! What orders, checkouts and cancellations mean for automations: who starts, and whose way ends
//! because they have bought, or because what started it was taken back. Called in the transaction
//! of the cause, before the merchant's row is taken; nothing is looked for where a merchant never
//! had an automation live.

use chrono::{DateTime, Utc};

use crate::domain::automation::{Automation, Trigger};
use crate::domain::automation_run::{
    AutomationRun, AutomationRunStatus, ExitReason, Suppression, SuppressionReason,
};
use crate::domain::ids::{
    AutomationRunId, ChangeId, CheckoutId, CustomerId, OrderId, SubscriptionId,
};
use crate::domain::new_event::Event;
use crate::domain::order::{Order, OrderStatus};
use crate::rules::automations::{
    Cause, StartFacts, decide_start, is_held_out, left, run_event, suppression_event,
};
use crate::store::automation_runs::{insert_purchase, insert_run, lock_active_of, save_runs};
use crate::store::automation_starts::{has_bought, has_bought_besides, last_checked_out};
use crate::store::automations::{find_versions, list_by_trigger};
use crate::store::messages::drop_queued;
use crate::store::suppressions::{insert_suppression, suppressed};
use crate::store::{Tx, events};

use super::{AppError, Context};

/// What started somebody.
#[derive(Clone, Copy)]
struct AutomationStart<'a> {
    customer: &'a CustomerId,
    order: Option<&'a OrderId>,
    subscription: Option<&'a SubscriptionId>,
}

/// An order was placed.
pub(super) async fn order_placed(
    tx: &mut Tx,
    context: &mut Context,
    order: &Order,
) -> Result<(), AppError> {
    let Some(customer) = concerned(context, order) else { return Ok(()) };
    let bought = (Some(&order.id), None);
    let id = format!("order/{}", order.id);
    purchased(tx, context, customer, bought, (&id, order.placed_at)).await
}

/// Something has become of an order.
pub(super) async fn order_changed(
    tx: &mut Tx,
    context: &mut Context,
    order: &Order,
) -> Result<(), AppError> {
    let Some(customer) = concerned(context, order) else { return Ok(()) };
    if order.status == OrderStatus::Cancelled || order.is_paid_back() {
        let runs = lock_active_of(tx, &context.merchant, customer).await?;
        let of_it = runs.into_iter().filter(|run| run.order.as_ref() == Some(&order.id));
        let of_it: Vec<AutomationRun> = of_it.collect();
        return leave(tx, context, &of_it, ExitReason::OrderCancelled, context.now).await;
    }
    if order.paid_at.is_none() || order.delivered_at.is_none() {
        return Ok(());
    }
    let on = context.settings.time_zone.date(order.placed_at);
    let merchant = &context.merchant;
    let before =
        has_bought_besides(tx, merchant, customer, &order.id, (order.placed_at, on)).await?;
    let cause = Cause::Order { paid: order.paid_at, delivered: order.delivered_at };
    let started = AutomationStart { customer, order: Some(&order.id), subscription: None };
    start(tx, context, Trigger::FirstOrderDelivered, (cause, !before), started).await
}

/// What a completed checkout comes to.
#[derive(Clone, Copy)]
pub(super) struct CompletedPurchase<'a> {
    /// The order that it makes.
    pub(super) order: Option<&'a OrderId>,
    /// The subscription that begins with it.
    pub(super) begun: Option<&'a SubscriptionId>,
    /// The change that waits.
    pub(super) waits: Option<&'a ChangeId>,
}

/// A checkout completes.
pub(super) async fn checkout_completed(
    tx: &mut Tx,
    context: &mut Context,
    (checkout, customer): (&CheckoutId, &CustomerId),
    bought: CompletedPurchase<'_>,
) -> Result<(), AppError> {
    if !context.automated {
        return Ok(());
    }
    let (now, id) = (context.now, format!("checkout/{checkout}"));
    let before = has_bought(tx, &context.merchant, customer).await?;
    // What waits will begin under a name that is known, by which its booking is found.
    let later = bought.waits.map(SubscriptionId::of_change);
    let subscription = bought.begun.or(later.as_ref());
    purchased(tx, context, customer, (bought.order, subscription), (&id, now)).await?;
    let Some(begun) = bought.begun else { return Ok(()) };
    let started = AutomationStart { customer, order: None, subscription: Some(begun) };
    let cause = Cause::Subscription(now);
    start(tx, context, Trigger::SubscriptionStarted, (cause, !before), started).await
}

/// A subscription was cancelled for the end of its term.
pub(super) async fn cancelled(
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
    subscription: &SubscriptionId,
) -> Result<(), AppError> {
    if !context.automated {
        return Ok(());
    }
    let started = AutomationStart { customer, order: None, subscription: Some(subscription) };
    let cause = Cause::Subscription(context.now);
    start(tx, context, Trigger::SubscriptionCancelled, (cause, true), started).await
}

/// A cancellation was taken back: who was asked to come back has.
pub(super) async fn uncancelled(
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
    subscription: &SubscriptionId,
) -> Result<(), AppError> {
    if !context.automated {
        return Ok(());
    }
    let mut runs = lock_active_of(tx, &context.merchant, customer).await?;
    runs.retain(|run| run.subscription.as_ref() == Some(subscription));
    // What an automation says now is nothing to those who began an older version of it.
    let automations = runs.iter().map(|run| run.automation.clone()).collect();
    let versions = find_versions(tx, &context.merchant, &automations).await?;
    runs.retain(|run| {
        let terms = versions.get(&(run.automation.clone(), run.version));
        terms.is_some_and(|terms| terms.trigger == Trigger::SubscriptionCancelled)
    });
    let (now, id) = (context.now, format!("back/{subscription}/{}", context.now.timestamp()));
    let bought = (None, None);
    insert_purchase(tx, &context.merchant, customer, bought, (&id, now)).await?;
    leave(tx, context, &runs, ExitReason::Purchased, now).await
}

/// A customer's data were deleted: nothing is sent to them any more.
pub(super) async fn forgotten(
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
) -> Result<(), AppError> {
    let runs = lock_active_of(tx, &context.merchant, customer).await?;
    let reason = SuppressionReason::Forgotten;
    let suppression = Suppression { customer: customer.clone(), reason, since: context.now };
    let is_new = insert_suppression(tx, &context.merchant, &suppression).await?;
    leave(tx, context, &runs, reason.exit(), context.now).await?;
    let told = is_new.then(|| suppression_event(customer, Some(reason)));
    let Context { merchant, now, ids, .. } = context;
    events::insert_events(tx, merchant, *now, told.as_slice(), ids).await?;
    Ok(())
}

/// Whose an order is, where automations are about it.
fn concerned<'o>(context: &Context, order: &'o Order) -> Option<&'o CustomerId> {
    let counts = context.automated && !order.said.brought_over;
    order.said.cart.customer.as_ref().filter(|_| counts)
}

/// A customer has bought something: what was to bring that about has done so.
async fn purchased(
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
    bought: (Option<&OrderId>, Option<&SubscriptionId>),
    (id, at): (&str, DateTime<Utc>),
) -> Result<(), AppError> {
    let runs = lock_active_of(tx, &context.merchant, customer).await?;
    insert_purchase(tx, &context.merchant, customer, bought, (id, at)).await?;
    let since: Vec<AutomationRun> = runs.into_iter().filter(|run| run.started_at <= at).collect();
    leave(tx, context, &since, ExitReason::Purchased, context.now).await
}

/// Lets a customer start whatever they can start by this.
async fn start(
    tx: &mut Tx,
    context: &mut Context,
    trigger: Trigger,
    (cause, is_first): (Cause, bool),
    started: AutomationStart<'_>,
) -> Result<(), AppError> {
    let automations = list_by_trigger(tx, &context.merchant, trigger).await?;
    if automations.is_empty() {
        return Ok(());
    }
    let AutomationStart { customer, .. } = started;
    let suppressed = is_suppressed(tx, context, customer).await?;
    let facts = StartFacts { cause: Some(cause), is_first, brought_over: false, suppressed };
    let mut begun: Option<DateTime<Utc>> = None;
    for automation in automations {
        let Ok(at) = decide_start(&automation, &facts) else { continue };
        let horizon = at + automation.terms.horizon();
        let run = run_of(context, &automation, started, at);
        if begin(tx, context, &run, horizon).await? {
            begun = Some(begun.map_or(at, |first| first.min(at)));
        }
    }
    match begun {
        Some(at) if at < context.now => bought_since(tx, context, started, at).await,
        _ => Ok(()),
    }
}

/// A start was told late: what the customer has bought in a checkout since then was bought after
/// it. Of what they have ordered since, it would not have been the only order.
async fn bought_since(
    tx: &mut Tx,
    context: &mut Context,
    AutomationStart { customer, order, .. }: AutomationStart<'_>,
    since: DateTime<Utc>,
) -> Result<(), AppError> {
    let found = last_checked_out(tx, &context.merchant, customer, (order, since)).await?;
    let Some(last) = found else { return Ok(()) };
    let mut runs = lock_active_of(tx, &context.merchant, customer).await?;
    runs.retain(|run| run.started_at <= last);
    leave(tx, context, &runs, ExitReason::Purchased, context.now).await
}

fn run_of(
    context: &mut Context,
    automation: &Automation,
    started: AutomationStart<'_>,
    at: DateTime<Utc>,
) -> AutomationRun {
    let AutomationStart { customer, order, subscription } = started;
    let held_out = is_held_out(&automation.id, customer, automation.terms.holdout_percent);
    let first = automation.terms.steps.first().filter(|_| !held_out);
    AutomationRun {
        id: AutomationRunId::fresh(&mut context.ids),
        automation: automation.id.clone(),
        version: automation.version,
        customer: customer.clone(),
        order: order.cloned(),
        subscription: subscription.cloned(),
        status: if held_out { AutomationRunStatus::Holdout } else { AutomationRunStatus::Active },
        exit_reason: None,
        step: 0,
        due_at: first.map(|step| at + step.delay.length()),
        coupon: None,
        started_at: at,
        ended_at: None,
    }
}

/// Ends runs, which are locked, and drops what was queued for them.
pub(super) async fn leave(
    tx: &mut Tx,
    context: &mut Context,
    runs: &[AutomationRun],
    reason: ExitReason,
    at: DateTime<Utc>,
) -> Result<(), AppError> {
    if runs.is_empty() {
        return Ok(());
    }
    let gone: Vec<AutomationRun> = runs.iter().map(|run| left(run, reason, at)).collect();
    let ids: Vec<_> = gone.iter().map(|run| run.id.clone()).collect();
    let told: Vec<Event> = gone.iter().map(run_event).collect();
    let Context { merchant, now, ids: fresh, .. } = context;
    save_runs(tx, merchant, &gone).await?;
    drop_queued(tx, merchant, &ids).await?;
    events::insert_events(tx, merchant, *now, &told, fresh).await?;
    Ok(())
}

/// Whether a customer is sent no messages, whatever the reason.
pub(super) async fn is_suppressed(
    tx: &mut Tx,
    context: &Context,
    customer: &CustomerId,
) -> Result<bool, AppError> {
    let who = std::slice::from_ref(customer);
    Ok(!suppressed(tx, &context.merchant, who).await?.is_empty())
}

/// Begins a run, once for an automation and a customer; whether it did.
async fn begin(
    tx: &mut Tx,
    context: &mut Context,
    run: &AutomationRun,
    horizon: DateTime<Utc>,
) -> Result<bool, AppError> {
    let is_new = insert_run(tx, &context.merchant, run, horizon).await?;
    if is_new {
        let Context { merchant, now, ids, .. } = context;
        events::insert_events(tx, merchant, *now, &[run_event(run)], ids).await?;
    }
    Ok(is_new)
}
