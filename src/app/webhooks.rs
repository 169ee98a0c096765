//! Webhook endpoints: who is told of what. Calling them is for [`super::dispatcher`]. Their times
//! are those of the clock outside, also where the book has a simulated one: a secret that is in
//! force for a day is in force for a real day.

use crate::domain::event::EventKind;
use crate::domain::ids::{DeliveryId, EndpointId, MerchantId};
use crate::domain::webhook::{Delivery, DeliveryStatus, Endpoint, EndpointStatus, Secret};
use crate::rules::webhooks::OVERLAP;
use crate::store::{Page, Tx, deliveries, webhooks};
use crate::wire::webhooks as wire;
use crate::wire::webhooks::EndpointWithSecret;

use super::definitions::note;
use super::idempotency::time_outside;
use super::{App, AppError};

impl App {
    /// Gives an endpoint another secret. Calls are signed with both for [`OVERLAP`], so that a
    /// receiver can change over; one that was replaced before is out of force at once.
    ///
    /// # Errors
    /// Not found.
    pub async fn rotate_webhook_secret(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
    ) -> Result<EndpointWithSecret, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        let secret = Secret::new(&self.random_bytes());
        self.write_once(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let until = time_outside() + OVERLAP;
                if !webhooks::rotate_secret(tx, &merchant, &id, &secret, until).await? {
                    return Err(AppError::NotFound("webhook endpoint"));
                }
                note(tx, &mut context, EventKind::WebhookEndpointRotated, id.as_str()).await?;
                Ok(Ok((&endpoint(tx, &merchant, &id).await?).into()))
            })
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
        let (merchant, id) = (merchant.clone(), id.clone());
        self.read(move |tx| {
            Box::pin(async move {
                endpoint(tx, &merchant, &id).await?;
                Ok(deliveries::list_deliveries(tx, &merchant, &id, status, &page).await?)
            })
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
        let (merchant, id, delivery) = (merchant.clone(), id.clone(), delivery.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                if endpoint(tx, &merchant, &id).await?.status != EndpointStatus::Enabled {
                    let detail = "the endpoint is disabled: PUT it again, which enables it";
                    return Err(AppError::refused("conflict", detail));
                }
                let missing = || AppError::NotFound("delivery");
                let now = time_outside();
                if !deliveries::replay_delivery(tx, &merchant, &id, &delivery, now).await? {
                    return Err(missing());
                }
                let found = deliveries::find_delivery(tx, &merchant, &id, &delivery).await?;
                Ok(Ok((&found.ok_or_else(missing)?).into()))
            })
        })
        .await
    }
}

async fn endpoint(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
) -> Result<Endpoint, AppError> {
    let found = webhooks::find_endpoint(tx, merchant, id).await?;
    found.ok_or(AppError::NotFound("webhook endpoint"))
}
