//! Webhook endpoints: who is told of what. Calling them is for [`super::dispatcher`]. Their times
//! are those of the clock outside, also where the book has a simulated one: a secret that is in
//! force for a day is in force for a real day.

use crate::domain::definition::Definition;
use crate::domain::event::EventKind;
use crate::domain::ids::{DeliveryId, EndpointId, MerchantId};
use crate::domain::new_event::Event;
use crate::domain::webhook::{Delivery, DeliveryStatus, Endpoint, Secret};
use crate::rules::webhooks::{SECRETS_MAX, decide_rotation};
use crate::store::webhooks::EndpointKey;
use crate::store::{Page, Tx, definitions, deliveries, events, webhooks};
use crate::wire::webhooks as wire;
use crate::wire::webhooks::EndpointWithSecret;

use super::definitions::note;
use super::idempotency::time_outside;
use super::{App, AppError, Context};

pub use crate::store::deliveries::Replayed;

impl App {
    /// Gives an endpoint another secret. Calls are signed with the one before, too, for a day, so
    /// that a receiver can change over; those replaced earlier keep their time.
    ///
    /// # Errors
    /// Not found; refused where too many are in force.
    pub async fn rotate_webhook_secret(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
    ) -> Result<EndpointWithSecret, AppError> {
        let secret = Secret::new(&self.random_bytes());
        let secret = &secret;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            definitions::lock(&mut tx, merchant, Endpoint::KIND, id.as_str()).await?;
            let found = endpoint(&mut tx, merchant, id).await?;
            let kept = decide_rotation(&found, time_outside()).ok_or_else(|| {
                let detail = format!("{SECRETS_MAX} secrets before this one are in force");
                AppError::refused("conflict", detail)
            })?;
            if !webhooks::rotate_secret(&mut tx, merchant, id, secret, &kept).await? {
                return Err(AppError::NotFound("webhook endpoint"));
            }
            note(&mut tx, &mut context, EventKind::WebhookEndpointRotated, id.as_str()).await?;
            let done = (&endpoint(&mut tx, merchant, id).await?).into();
            tx.answer(done).await
        })
        .await
    }

    /// What was sent to an endpoint, and what waits for it, in the order of events.
    ///
    /// # Errors
    /// Not found where there is no such endpoint.
    pub async fn webhook_deliveries(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
        status: Option<DeliveryStatus>,
        page: Page,
    ) -> Result<Vec<Delivery>, AppError> {
        self.read(|mut tx| async move {
            endpoint(&mut tx, merchant, id).await?;
            Ok(deliveries::list_deliveries(&mut tx, merchant, id, status, &page).await?)
        })
        .await
    }

    /// Sends a delivery once more: one that waits is tried now, one that has ended begins anew.
    ///
    /// # Errors
    /// Not found; refused while the endpoint is disabled.
    pub async fn replay_webhook_delivery(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
        delivery: &DeliveryId,
    ) -> Result<wire::Delivery, AppError> {
        self.write(|mut tx| async move {
            wake(&mut tx, merchant, id).await?;
            let missing = || AppError::NotFound("delivery");
            let now = time_outside();
            if !deliveries::replay_delivery(&mut tx, merchant, id, delivery, now).await? {
                return Err(missing());
            }
            let found = deliveries::find_delivery(&mut tx, merchant, id, delivery).await?;
            tx.answer((&found.ok_or_else(missing)?).into()).await
        })
        .await
    }

    /// Tells an endpoint of a test, whatever it asks for.
    ///
    /// # Errors
    /// Not found; refused while the endpoint is disabled.
    pub async fn test_webhook(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
    ) -> Result<wire::Delivery, AppError> {
        self.write(|mut tx| async move {
            wake(&mut tx, merchant, id).await?;
            let Context { now, mut ids, .. } = self.context(&mut tx, merchant).await?;
            let event = Event::plain(EventKind::WebhookEndpointTested, id.as_str());
            let made = events::insert_events(&mut tx, merchant, now, &[event], &mut ids).await?;
            let event = made.first().ok_or_else(|| AppError::broken("no event was made"))?;
            let key = EndpointKey { merchant: merchant.clone(), endpoint: id.clone() };
            let delivery = webhooks::tell(&mut tx, &key, event, time_outside()).await?;
            let found = deliveries::find_delivery(&mut tx, merchant, id, &delivery).await?;
            let found = found.ok_or_else(|| AppError::broken("no delivery was made"))?;
            tx.answer((&found).into()).await
        })
        .await
    }

    /// Sends once more all deliveries that have ended, or those that ended as asked, of events
    /// recorded at some time; how many.
    ///
    /// # Errors
    /// Not found; refused while the endpoint is disabled.
    pub async fn replay_webhook_deliveries(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
        wanted: Replayed,
    ) -> Result<wire::ReplayedDeliveries, AppError> {
        self.write(|mut tx| async move {
            wake(&mut tx, merchant, id).await?;
            let now = time_outside();
            // What is answered is what is kept under an idempotency key.
            let replayed =
                deliveries::replay_deliveries(&mut tx, merchant, id, &wanted, now).await?;
            tx.answer(wire::ReplayedDeliveries { replayed }).await
        })
        .await
    }
}

/// Sees that an endpoint is called now, even where it is left alone; unless it is disabled.
async fn wake(tx: &mut Tx, merchant: &MerchantId, id: &EndpointId) -> Result<(), AppError> {
    if !endpoint(tx, merchant, id).await?.is_enabled() {
        let detail = "the endpoint is disabled: PUT it again, which enables it";
        return Err(AppError::refused("conflict", detail));
    }
    Ok(webhooks::end_rest(tx, merchant, id).await?)
}

async fn endpoint(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
) -> Result<Endpoint, AppError> {
    let found = webhooks::find_endpoint(tx, merchant, id).await?;
    found.ok_or(AppError::NotFound("webhook endpoint"))
}
