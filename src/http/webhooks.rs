//! Webhook endpoints, and what webhooks tell, for the OpenAPI document. Sending is for the
//! worker.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa::PartialSchema;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, RefOr, ResponseBuilder};

use crate::app::App;
use crate::domain::event::EventKind;
use crate::domain::ids::{DeliveryId, EndpointId, MerchantId};
use crate::domain::webhook::Endpoint as StoredEndpoint;
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Conditions, Tagged};
use crate::edge::extract::Id;
use crate::edge::once::{Form, Once};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::rules::webhooks::{EndpointDraft, decide_endpoint};
use crate::wire::events::{Event, data_schema, data_schemas};
use crate::wire::webhooks::{Delivery, DeliveryFilter, Endpoint, EndpointBody, EndpointWithSecret};

/// Lists webhook endpoints.
#[utoipa::path(get, path = "/v1/webhook-endpoints", tag = "events", params(PageQuery),
    responses((status = 200, body = ListOf<Endpoint>)))]
pub(super) async fn list_webhook_endpoints(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Endpoint>>, Problem> {
    let rows = app.webhook_endpoints(&merchant, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| (&row).into())))
}

/// Reads a webhook endpoint.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}", tag = "events",
    params(("id" = String, Path)), responses((status = 200, body = Endpoint)))]
pub(super) async fn get_webhook_endpoint(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Endpoint>, Problem> {
    Ok(Tagged::read(read(&app, &merchant, &EndpointId::stored(id)).await?.1))
}

/// Writes a webhook endpoint. A new one is told of what happens from now on, and its secret is
/// shown this once. One that is replaced keeps its secret, is enabled, and goes on where it stood.
#[utoipa::path(put, path = "/v1/webhook-endpoints/{id}", tag = "events",
    params(("id" = String, Path)), request_body = EndpointBody,
    responses((status = 200, body = Endpoint), (status = 201, body = EndpointWithSecret)))]
pub(super) async fn put_webhook_endpoint(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
    draft: Draft<EndpointBody, EndpointDraft>,
) -> Result<Response, Problem> {
    let id = EndpointId::stored(id);
    let draft = draft.judged(|draft| decide_endpoint(draft, app.reach()))?;
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    let (endpoint, created) = app.put_webhook_endpoint(&merchant, &id, &draft, expected).await?;
    let tagged = Tagged::written(created, Endpoint::from(&endpoint));
    if created {
        return Ok(tagged.showing(&EndpointWithSecret::from(&endpoint)));
    }
    Ok(tagged.into_response())
}

/// Removes a webhook endpoint with all that is on its way to it.
#[utoipa::path(delete, path = "/v1/webhook-endpoints/{id}", tag = "events",
    params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn delete_webhook_endpoint(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let id = EndpointId::stored(id);
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    app.delete_webhook_endpoint(&merchant, &id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives a webhook endpoint another secret, which is shown this once: sent again with the same
/// `Idempotency-Key`, the request is answered with 409. For 24 hours calls carry a signature of
/// the secret before, too.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate", tag = "events",
    params(("id" = String, Path)),
    responses((status = 200, body = EndpointWithSecret), (status = 409, body = Problem)))]
pub(super) async fn rotate_webhook_secret(
    once: Once,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Json<EndpointWithSecret>, Problem> {
    let app = once.answering(Form::Secret);
    Ok(Json(app.rotate_webhook_secret(&merchant, &EndpointId::stored(id)).await?))
}

/// Lists what was sent to a webhook endpoint, and what waits for it. What has ended is forgotten
/// after 30 days.
#[utoipa::path(get, path = "/v1/webhook-endpoints/{id}/deliveries", tag = "events",
    params(("id" = String, Path), DeliveryFilter, PageQuery),
    responses((status = 200, body = ListOf<Delivery>)))]
pub(super) async fn list_webhook_deliveries(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    list: List<DeliveryFilter>,
) -> Result<Json<ListOf<Delivery>>, Problem> {
    let id = EndpointId::stored(id);
    let status = list.filter.status.map(Into::into);
    let rows = app.webhook_deliveries(&merchant, &id, status, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| (&row).into())))
}

/// Sends an event once more: a delivery that waits is tried now, one that has ended begins anew.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/deliveries/{delivery}/replay",
    tag = "events", params(("id" = String, Path), ("delivery" = String, Path)),
    responses((status = 200, body = Delivery), (status = 409, body = Problem)))]
pub(super) async fn replay_webhook_delivery(
    once: Once,
    Merchant(merchant): Merchant,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Json<Delivery>, Problem> {
    let (id, delivery) = (EndpointId::stored(id), DeliveryId::stored(delivery));
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.replay_webhook_delivery(&merchant, &id, &delivery).await?))
}

/// An endpoint, and what is shown of it.
async fn read(
    app: &App,
    merchant: &MerchantId,
    id: &EndpointId,
) -> Result<(StoredEndpoint, Endpoint), Problem> {
    let endpoint = app.webhook_endpoint(merchant, id).await?;
    let shown = Endpoint::from(&endpoint);
    Ok((endpoint, shown))
}

/// Writes every event into the document, each with the schema of what is sent.
pub(super) fn describe_events(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    for (name, schema) in data_schemas() {
        components.schemas.entry(name).or_insert(schema);
    }
    let RefOr::T(Schema::Object(event)) = Event::schema() else { return };
    let mut told = Paths::new();
    for kind in EventKind::ALL {
        let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind.name()]));
        let mut schema = event.clone();
        schema.description = Some(kind.meaning().to_owned());
        schema.properties.insert("type".to_owned(), Schema::from(name).into());
        schema.properties.insert("data".to_owned(), data_schema(kind.data()).into());
        let body = RequestBodyBuilder::new().content(
            "application/json",
            ContentBuilder::new().schema(Some(Schema::Object(schema))).build(),
        );
        let answer = ResponseBuilder::new().description(
            "Any 2xx: it has arrived. 410: call no more. Anything else: it is sent again.",
        );
        let operation = OperationBuilder::new()
            .tag("webhooks")
            .operation_id(Some(kind.name()))
            .summary(Some(kind.meaning()))
            .request_body(Some(body.build()))
            .response("2XX", answer);
        told.paths.insert(kind.name().to_owned(), PathItem::new(HttpMethod::Post, operation));
    }
    document.webhooks = Some(told);
}
