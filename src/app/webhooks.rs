//! Webhook endpoints: who is told of what. Calling them is for [`super::courier`]. Their times
//! are those of the clock outside, also where the book has a simulated one: a secret that is in
//! force for a day is in force for a real day.

use crate::domain::event::EventKind;
use crate::domain::ids::{DeliveryId, EndpointId, MerchantId};
use crate::domain::webhook::{Delivery, DeliveryStatus, Endpoint, EndpointStatus, Secret};
use crate::rules::webhooks::{EndpointDraft, OVERLAP, decide_endpoint};
use crate::store::{Page, Tx, deliveries, lock_row, webhooks};
use crate::wire::webhooks as wire;
use crate::wire::webhooks::EndpointWithSecret;

use super::definitions::note;
use super::expected::Expected;
use super::idempotency::time_outside;
use super::{App, AppError};

/// The most endpoints of one merchant: each event is sent to all of them.
const ENDPOINTS_MAX: i64 = 100;

impl App {
    /// Saves an endpoint: makes it, with a secret that is shown this once, or replaces it, which
    /// keeps its secret and enables it. Answers whether it is new.
    ///
    /// # Errors
    /// Every fault in the draft; refused where there are too many, or another version is there
    /// than expected.
    pub async fn put_webhook_endpoint(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
        draft: &EndpointDraft,
        expected: Expected<Endpoint>,
    ) -> Result<(Endpoint, bool), AppError> {
        let terms = decide_endpoint(draft, self.reach())?;
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        let secret = Secret::new(&self.random_bytes());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                judge(tx, &merchant, &id, &expected).await?;
                let kind = EventKind::WebhookEndpointSaved;
                let (url, events) = (&terms.url, &terms.events);
                // Whoever locks both locks an endpoint before the record of events.
                if webhooks::replace_endpoint(tx, &merchant, &id, url, events).await? {
                    note(tx, &mut context, kind, id.as_str()).await?;
                    return Ok((endpoint(tx, &merchant, &id).await?, false));
                }
                if webhooks::count_endpoints(tx, &merchant).await? >= ENDPOINTS_MAX {
                    let detail = format!("there are {ENDPOINTS_MAX} endpoints, as many as may be");
                    return Err(AppError::refused("conflict", detail));
                }
                let made = Endpoint {
                    id: id.clone(),
                    url: terms.url,
                    events: terms.events,
                    secret,
                    previous: None,
                    status: EndpointStatus::Enabled,
                    failing_since: None,
                    created_at: time_outside(),
                };
                note(tx, &mut context, kind, id.as_str()).await?;
                if !webhooks::insert_endpoint(tx, &merchant, &made).await? {
                    let detail = "it was made by somebody else just now: ask again";
                    return Err(AppError::refused("conflict", detail));
                }
                Ok((made, true))
            })
        })
        .await
    }

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

    /// Removes an endpoint with all that is on its way to it.
    ///
    /// # Errors
    /// Not found.
    pub async fn delete_webhook_endpoint(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
        expected: Expected<Endpoint>,
    ) -> Result<(), AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                judge(tx, &merchant, &id, &expected).await?;
                if !webhooks::delete_endpoint(tx, &merchant, &id).await? {
                    return Err(AppError::NotFound("webhook endpoint"));
                }
                note(tx, &mut context, EventKind::WebhookEndpointDeleted, id.as_str()).await
            })
        })
        .await
    }

    /// An endpoint.
    ///
    /// # Errors
    /// Not found.
    pub async fn webhook_endpoint(
        &self,
        merchant: &MerchantId,
        id: &EndpointId,
    ) -> Result<Endpoint, AppError> {
        let (merchant, id) = (merchant.clone(), id.clone());
        self.read(move |tx| Box::pin(async move { endpoint(tx, &merchant, &id).await })).await
    }

    /// Endpoints, by id.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn webhook_endpoints(
        &self,
        merchant: &MerchantId,
        page: Page,
    ) -> Result<Vec<Endpoint>, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| {
            Box::pin(async move { Ok(webhooks::list_endpoints(tx, &merchant, &page).await?) })
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

/// Locks an endpoint and holds what is expected against it, if anything is.
async fn judge(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
    expected: &Expected<Endpoint>,
) -> Result<(), AppError> {
    if expected.is_set() {
        lock_row(tx, "webhook_endpoints", merchant, id.as_str()).await?;
        expected.judge(webhooks::find_endpoint(tx, merchant, id).await?.as_ref())?;
    }
    Ok(())
}

async fn endpoint(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
) -> Result<Endpoint, AppError> {
    let found = webhooks::find_endpoint(tx, merchant, id).await?;
    found.ok_or(AppError::NotFound("webhook endpoint"))
}
