//! What can be done to a subscription besides a checkout: cancel, take that back, withdraw a
//! change, bring a running one over. How one stands is for [`super::up_to_date`].

use crate::domain::ids::{ChangeId, CustomerId, MerchantId, SubscriptionId};
use crate::rules::subscriptions::{
    CancelCredit, CancelWhen, Cancellation, Cancelled, SubscriptionRefusal, decide_cancel,
    decide_uncancel, decide_withdraw,
};
use crate::store::subscriptions::FoundSubscription;
use crate::store::{Tx, changes, documents, subscriptions};
use crate::wire::changes::ScheduledChange;
use crate::wire::checkouts::{Withdrawal, WithdrawalKind};
use crate::wire::from_domain;
use crate::wire::subscriptions::{self as wire, CancelledSubscription};

use super::automation_starts::{cancelled, uncancelled};
use super::coupons::promise_again;
use super::storing::refuse_held;
use super::{App, AppError, Context};

impl App {
    /// Cancels a subscription; answers with it, the pending changes that this withdrew and the
    /// credit notes that it issued.
    ///
    /// # Errors
    /// Not found; refused where it is over, cancelled already, or held by a checkout; invalid
    /// where it is to give money back and does not end at once.
    pub async fn cancel_subscription(
        &self,
        merchant: &MerchantId,
        id: &SubscriptionId,
        how: Cancellation,
    ) -> Result<CancelledSubscription, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let customer = owner(&mut tx, merchant, id).await?;
            let mut account = context.account(&mut tx, &customer).await?;
            refuse_held(&context, id)?;
            if how.credit == CancelCredit::All {
                let bridges = documents::list_bridge_invoices(&mut tx, merchant, id).await?;
                account.invoices.extend(bridges.into_iter().map(|it| (it.id.clone(), it)));
            }
            let Context { tariff, today, ids, .. } = &mut context;
            let Cancelled { plan, withdrew } =
                decide_cancel(&account, tariff, id, how, *today, ids).map_err(refusal)?;
            if how.when == CancelWhen::EndOfTerm {
                cancelled(&mut tx, &mut context, &customer, id).await?;
            }
            let notes = plan.credit_notes.iter().map(|note| note.id.to_string()).collect();
            context.store(&mut tx, plan).await?;
            let kind = WithdrawalKind::ScheduledChange;
            let withdraws =
                withdrew.iter().map(|change| Withdrawal { kind, id: change.to_string() });
            let done = CancelledSubscription {
                subscription: subscription(&mut tx, &context, id).await?,
                withdraws: withdraws.collect(),
                credit_notes: notes,
            };
            tx.answer(done).await
        })
        .await
    }

    /// Takes a cancellation back.
    ///
    /// # Errors
    /// Not found; refused where it is over, not cancelled, or held by a checkout.
    pub async fn uncancel_subscription(
        &self,
        merchant: &MerchantId,
        id: &SubscriptionId,
    ) -> Result<wire::Subscription, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let customer = owner(&mut tx, merchant, id).await?;
            let account = context.account(&mut tx, &customer).await?;
            refuse_held(&context, id)?;
            let Context { tariff, today, ids, .. } = &mut context;
            let mut plan = decide_uncancel(&account, tariff, id, *today, ids).map_err(refusal)?;
            promise_again(&mut tx, &context, &mut plan, id).await?;
            uncancelled(&mut tx, &mut context, &customer, id).await?;
            context.store(&mut tx, plan).await?;
            let done = subscription(&mut tx, &context, id).await?;
            tx.answer(done).await
        })
        .await
    }

    /// Withdraws a scheduled change.
    ///
    /// # Errors
    /// Not found; refused unless it is pending.
    pub async fn withdraw_change(
        &self,
        merchant: &MerchantId,
        id: &ChangeId,
    ) -> Result<ScheduledChange, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let missing = || AppError::NotFound("scheduled change");
            let change = changes::find_change(&mut tx, merchant, id).await?;
            let customer = change.ok_or_else(missing)?.customer;
            let account = context.account(&mut tx, &customer).await?;
            let Context { tariff, today, ids, .. } = &mut context;
            let plan = decide_withdraw(&account, tariff, id, *today, ids).map_err(refusal)?;
            context.store(&mut tx, plan).await?;
            let change = changes::find_change(&mut tx, merchant, id).await?;
            tx.answer((&change.ok_or_else(missing)?).into()).await
        })
        .await
    }
}

/// A subscription as it is shown.
#[must_use]
pub fn shown(found: &FoundSubscription) -> wire::Subscription {
    let FoundSubscription { subscription, scheduled_changes, new_prices, .. } = found;
    let dates = (found.next_booking_on, found.cancellable_to);
    from_domain::subscription(subscription, dates, scheduled_changes, new_prices)
}

/// A subscription that was brought up to date, as it is shown.
pub(super) async fn subscription(
    tx: &mut Tx,
    context: &Context,
    id: &SubscriptionId,
) -> Result<wire::Subscription, AppError> {
    let found = subscriptions::find_subscription(tx, &context.merchant, id).await?;
    let mut found = found.ok_or(AppError::NotFound("subscription"))?;
    found.cancellable_to = found.subscription.cancellable_to(context.today);
    Ok(shown(&found))
}

pub(super) async fn owner(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &SubscriptionId,
) -> Result<CustomerId, AppError> {
    let found = subscriptions::find_subscription(tx, merchant, id).await?;
    Ok(found.ok_or(AppError::NotFound("subscription"))?.subscription.customer)
}

fn refusal(refusal: SubscriptionRefusal) -> AppError {
    match refusal {
        SubscriptionRefusal::AlreadyEnded => {
            AppError::refused("already-ended", "the subscription has ended")
        }
        SubscriptionRefusal::AlreadyCancelled => {
            AppError::refused("already-cancelled", "the subscription is cancelled already")
        }
        SubscriptionRefusal::CreditsLater => {
            let detail = "must be \"none\" with when \"end_of_term\": what runs to its end is used";
            AppError::invalid("/credit", detail)
        }
        SubscriptionRefusal::NotCancelled => {
            AppError::refused("not-cancelled", "the subscription is not cancelled")
        }
        SubscriptionRefusal::NotPending => {
            AppError::refused("not-pending", "the change does not wait any more")
        }
    }
}
