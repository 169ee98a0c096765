//! Customers who are sent no messages: they have said so, the merchant has, or nothing reaches
//! them. Whoever is suppressed leaves every automation.

use crate::domain::automation_run::{Suppression, SuppressionReason};
use crate::domain::ids::{CustomerId, MerchantId};
use crate::rules::automations::suppression_event;
use crate::store::automation_runs::lock_active_of;
use crate::store::customers::find_customer;
use crate::store::suppressions::{
    delete_suppression, find_suppression, insert_suppression, list_suppressions,
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
    /// Not found where they are sent messages.
    pub async fn unsuppress(
        &self,
        merchant: &MerchantId,
        customer: &CustomerId,
    ) -> Result<(), AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
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
