//! Customers who are sent no messages: they have said so, the merchant has, or nothing reaches
//! them. Whoever is suppressed leaves every automation.

use crate::domain::automation_run::{Suppression, SuppressionReason};
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::new_event::Event;
use crate::domain::plan::Plan;
use crate::rules::automations::{left, run_event, suppression_event};
use crate::rules::messages::has_another_address;
use crate::store::automation_runs::{addressees, lock_active_of, lock_active_of_all, save_runs};
use crate::store::customers::find_customer;
use crate::store::messages::drop_queued;
use crate::store::suppressions::{
    delete_suppression, find_suppression, insert_suppression, lift_suppressions, list_suppressions,
    reasons_of, suppress_unwilling,
};
use crate::store::{Page, Tx, events};
use crate::wire::automations as wire;

use super::automation_starts::leave;
use super::{App, AppError, Context};

impl App {
    /// Those who are sent no messages, by customer.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn suppressions(
        &self,
        merchant: &MerchantId,
        page: Page,
    ) -> Result<Vec<Suppression>, AppError> {
        self.read(|mut tx| async move { Ok(list_suppressions(&mut tx, merchant, &page).await?) })
            .await
    }

    /// Sends a customer no messages any more, because the merchant says so.
    ///
    /// # Errors
    /// Not found where there is no such customer.
    pub async fn suppress(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
    ) -> Result<wire::Suppression, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let known = find_customer(&mut tx, merchant, customer).await?;
            known.ok_or(AppError::NotFound("customer"))?;
            suppress(&mut tx, &mut context, customer, SuppressionReason::Merchant).await?;
            let found = find_suppression(&mut tx, merchant, customer).await?;
            let found = found.ok_or_else(|| AppError::broken("nobody was suppressed"))?;
            tx.answer((&found).into()).await
        })
        .await
    }

    /// Sends a customer messages again.
    ///
    /// # Errors
    /// Not found where they are sent messages; refused where their data were deleted.
    pub async fn unsuppress(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
    ) -> Result<(), AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let there = find_suppression(&mut tx, merchant, customer).await?;
            if there.is_some_and(|it| it.reason == SuppressionReason::Forgotten) {
                let detail = "the customer's data were deleted: they are sent nothing any more";
                return Err(AppError::refused("forgotten", detail));
            }
            if !delete_suppression(&mut tx, merchant, customer).await? {
                return Err(AppError::NotFound("suppression"));
            }
            tell(&mut tx, &mut context, customer, None).await?;
            tx.commit(()).await
        })
        .await
    }
}

/// Sends a customer no messages any more: their ways end, and what was queued is dropped.
pub(super) async fn suppress(
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
    reason: SuppressionReason,
) -> Result<(), AppError> {
    let runs = lock_active_of(tx, &context.merchant, customer).await?;
    let suppression = Suppression { customer: customer.clone(), reason, since: context.now };
    let is_new = insert_suppression(tx, &context.merchant, &suppression).await?;
    leave(tx, context, &runs, reason.exit(), context.now).await?;
    if is_new {
        tell(tx, context, customer, Some(reason)).await?;
    }
    Ok(())
}

/// A customer was saved: whoever was not reached where they were is sent messages again where they
/// are reached elsewhere now. Gives what is told of that.
pub(super) async fn address_saved(
    tx: &mut Tx,
    context: &Context,
    customer: &CustomerId,
) -> Result<Option<Event>, AppError> {
    let (merchant, who) = (&context.merchant, std::slice::from_ref(customer));
    let found = reasons_of(tx, merchant, who).await?.remove(customer);
    let Some((SuppressionReason::Bounced, bounced)) = found else { return Ok(None) };
    let now = addressees(tx, merchant, who).await?.remove(customer).and_then(|it| it.email);
    if !has_another_address(bounced.as_deref(), now.as_deref()) {
        return Ok(None);
    }
    lift_suppressions(tx, merchant, who).await?;
    Ok(Some(suppression_event(customer, None)))
}

/// Profiles are about to be stored with these plans: what they say of messages and addresses holds
/// as if each were saved by itself. What is told of it goes with the plans.
pub(super) async fn profiles_brought(
    tx: &mut Tx,
    context: &Context,
    plans: &mut [Plan],
) -> Result<(), AppError> {
    let merchant = &context.merchant;
    let says = |plan: &Plan, wanted: bool| {
        plan.profile.as_ref().is_some_and(|profile| profile.messages == Some(wanted))
    };
    let whose = |wanted: &dyn Fn(&Plan) -> bool, plans: &[Plan]| -> Vec<CustomerId> {
        plans.iter().filter(|plan| wanted(plan)).map(|plan| plan.customer.clone()).collect()
    };
    let unwilling = whose(&|plan| says(plan, false), plans);
    let mut runs = Vec::new();
    if context.automated && !unwilling.is_empty() {
        runs = lock_active_of_all(tx, merchant, &unwilling).await?;
    }
    let known = reasons_of(tx, merchant, &whose(&|plan| plan.profile.is_some(), plans)).await?;
    let (mut silenced, mut lifted) = (Vec::new(), Vec::new());
    for plan in plans.iter_mut() {
        let (wants_none, wants) = (says(plan, false), says(plan, true));
        let Some(profile) = &plan.profile else { continue };
        let (customer, email) = (plan.customer.clone(), profile.email.as_deref());
        let known = known.get(&customer);
        let is_over = match known {
            Some((SuppressionReason::Profile, _)) => wants,
            Some((SuppressionReason::Bounced, bounced)) => {
                has_another_address(bounced.as_deref(), email)
            }
            _ => false,
        };
        if is_over {
            plan.events.push(suppression_event(&customer, None));
            lifted.push(customer.clone());
        }
        if wants_none && (known.is_none() || is_over) {
            let reason = Some(SuppressionReason::Profile);
            plan.events.push(suppression_event(&customer, reason));
            silenced.push(customer.clone());
        }
        let reason = known.map_or(SuppressionReason::Profile, |(reason, _)| *reason).exit();
        let theirs = runs.iter_mut().filter(|run| run.customer == customer);
        for run in theirs {
            *run = left(run, reason, context.now);
            plan.events.push(run_event(run));
        }
    }
    lift_suppressions(tx, merchant, &lifted).await?;
    suppress_unwilling(tx, merchant, &silenced, context.now).await?;
    let ended: Vec<_> = runs.iter().map(|run| run.id.clone()).collect();
    save_runs(tx, merchant, &runs).await?;
    if !ended.is_empty() {
        drop_queued(tx, merchant, &ended).await?;
    }
    Ok(())
}

async fn tell(
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
    reason: Option<SuppressionReason>,
) -> Result<(), AppError> {
    let Context { merchant, now, ids, .. } = context;
    let event = suppression_event(customer, reason);
    events::insert_events(tx, merchant, *now, &[event], ids).await?;
    Ok(())
}
