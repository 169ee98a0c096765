//! Customers who are sent no messages: they have said so, the merchant has, or nothing reaches
//! them. Whoever is suppressed leaves every automation.

use std::collections::BTreeMap;

use crate::domain::automation_run::{Suppression, SuppressionReason};
use crate::domain::ids::{CustomerId, MerchantId};
use crate::domain::merchant::Profile;
use crate::domain::new_event::Event;
use crate::domain::plan::Plan;
use crate::rules::automations::{left, run_event, suppression_event};
use crate::rules::messages::has_another_address;
use crate::store::automation_runs::{lock_active_of, lock_active_of_all, save_runs};
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

/// A profile that is saved, as far as it says who is sent messages.
struct SavedProfile<'a> {
    customer: &'a CustomerId,
    email: Option<&'a str>,
    /// Whether they want messages, where it says so.
    messages: Option<bool>,
    /// Whether what it does not say stays as it was.
    keeps: bool,
}

impl<'a> SavedProfile<'a> {
    fn brought(plan: &'a Plan) -> Option<Self> {
        let Profile { email, messages, .. } = plan.profile.as_ref()?;
        let email = email.as_deref();
        Some(Self { customer: &plan.customer, email, messages: *messages, keeps: true })
    }
}

/// A customer was saved. Gives what is told of that.
pub(super) async fn customer_saved(
    tx: &mut Tx,
    context: &Context,
    customer: &CustomerId,
) -> Result<Vec<Event>, AppError> {
    let found = find_customer(tx, &context.merchant, customer).await?;
    let profile = found.map(|it| it.profile).unwrap_or_default();
    let Profile { email, messages, .. } = &profile;
    let saved =
        SavedProfile { customer, email: email.as_deref(), messages: *messages, keeps: false };
    let told = profiles_saved(tx, context, &[saved]).await?;
    Ok(told.into_values().flatten().collect())
}

/// Profiles are about to be stored with these plans, with which goes what is told of them.
pub(super) async fn profiles_brought(
    tx: &mut Tx,
    context: &Context,
    plans: &mut [Plan],
) -> Result<(), AppError> {
    let saved = plans.iter().filter_map(SavedProfile::brought);
    let saved: Vec<SavedProfile<'_>> = saved.collect();
    let mut told = profiles_saved(tx, context, &saved).await?;
    for plan in plans {
        plan.events.extend(told.remove(&plan.customer).unwrap_or_default());
    }
    Ok(())
}

/// Whoever says that they are sent no messages is sent none and leaves; whoever no longer says so,
/// or is reached elsewhere than where nothing arrived, is sent them again. Gives what is told of
/// each.
async fn profiles_saved(
    tx: &mut Tx,
    context: &Context,
    profiles: &[SavedProfile<'_>],
) -> Result<BTreeMap<CustomerId, Vec<Event>>, AppError> {
    let merchant = &context.merchant;
    let is_unwilling = |it: &SavedProfile<'_>| {
        !it.messages.unwrap_or(it.keeps || !context.settings.messages_by_consent)
    };
    let unwilling = profiles.iter().filter(|it| is_unwilling(it));
    let unwilling: Vec<CustomerId> = unwilling.map(|it| it.customer.clone()).collect();
    let mut runs = Vec::new();
    if context.automated && !unwilling.is_empty() {
        runs = lock_active_of_all(tx, merchant, &unwilling).await?;
    }
    let all: Vec<CustomerId> = profiles.iter().map(|it| it.customer.clone()).collect();
    let known = reasons_of(tx, merchant, &all).await?;
    let mut told = BTreeMap::<CustomerId, Vec<Event>>::new();
    let (mut silenced, mut lifted) = (Vec::new(), Vec::new());
    for SavedProfile { customer, email, messages, keeps } in profiles {
        let customer: &CustomerId = customer;
        let known = known.get(customer);
        let is_over = match known {
            Some((SuppressionReason::Profile, _)) => messages.unwrap_or(!keeps),
            Some((SuppressionReason::Bounced, bounced)) => {
                has_another_address(bounced.as_deref(), *email)
            }
            _ => false,
        };
        if is_over {
            lifted.push(customer.clone());
            let lifted = suppression_event(customer, None);
            told.entry(customer.clone()).or_default().push(lifted);
        }
        let known = known.filter(|_| !is_over);
        if *messages == Some(false) && known.is_none() {
            silenced.push(customer.clone());
            let silenced = suppression_event(customer, Some(SuppressionReason::Profile));
            told.entry(customer.clone()).or_default().push(silenced);
        }
        let reason = known.map_or(SuppressionReason::Profile, |(reason, _)| *reason).exit();
        for run in runs.iter_mut().filter(|run| run.customer == *customer) {
            *run = left(run, reason, context.now);
            told.entry(customer.clone()).or_default().push(run_event(run));
        }
    }
    lift_suppressions(tx, merchant, &lifted).await?;
    suppress_unwilling(tx, merchant, &silenced, context.now).await?;
    let ended: Vec<_> = runs.iter().map(|run| run.id.clone()).collect();
    save_runs(tx, merchant, &runs).await?;
    if !ended.is_empty() {
        drop_queued(tx, merchant, &ended).await?;
    }
    Ok(told)
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
