//! Webhook endpoints, and what webhooks tell, for the OpenAPI document. Sending is for the
//! worker.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::Value;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, Paths};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use crate::app::App;
use crate::app::webhooks::Replayed;
use crate::domain::event::{EventKind, EventShape};
use crate::domain::ids::{DeliveryId, EndpointId};
use crate::domain::webhook::Endpoint as StoredEndpoint;
use crate::edge::auth::Merchant;
use crate::edge::extract::{self, Id, IdPair};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::definitions::Resource;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::events::Event;
use crate::wire::webhooks::{
    Delivery, DeliveryFilter, EndpointWithSecret, ReplayBody, ReplayedDeliveries,
};

impl Resource for StoredEndpoint {
    type Made = EndpointWithSecret;

    fn made(&self) -> Option<Value> {
        serde_json::to_value(EndpointWithSecret::from(self)).ok()
    }
}

/// Gives a webhook endpoint another secret, which is shown this once: sent again with the same
/// `Idempotency-Key`, the request is answered with 409. For 24 hours calls carry a signature of
/// the secret before, too; those replaced earlier keep their time, ten at most.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/rotate", tag = "events",
    params(("id" = String, Path)),
    responses((status = 200, body = EndpointWithSecret), (status = 409, body = Problem)))]
pub(super) async fn rotate_webhook_secret(
    once: IdempotentEngine,
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
    let status = list.filter.status;
    let rows = app.webhook_deliveries(&merchant, &id, status, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| (&row).into())))
}

/// Sends an event once more: a delivery that waits is tried now, one that has ended begins anew.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/deliveries/{delivery}/replay",
    tag = "events", params(("id" = String, Path), ("delivery" = String, Path)),
    responses((status = 200, body = Delivery), (status = 409, body = Problem)))]
pub(super) async fn replay_webhook_delivery(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    IdPair(id, delivery): IdPair,
) -> Result<Json<Delivery>, Problem> {
    let (id, delivery) = (EndpointId::stored(id), DeliveryId::stored(delivery));
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.replay_webhook_delivery(&merchant, &id, &delivery).await?))
}

/// Sends once more what has ended: all of it, or what ended as asked or was recorded at some time.
/// Each begins anew, as one that is replayed alone.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/replay", tag = "events",
    params(("id" = String, Path)), request_body = ReplayBody,
    responses((status = 200, body = ReplayedDeliveries), (status = 409, body = Problem)))]
pub(super) async fn replay_webhook_deliveries(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<ReplayBody>,
) -> Result<Json<ReplayedDeliveries>, Problem> {
    let wanted =
        Replayed { status: body.status.map(Into::into), since: body.since, until: body.until };
    let app = once.answering(Form::Plain(StatusCode::OK));
    let id = EndpointId::stored(id);
    Ok(Json(app.replay_webhook_deliveries(&merchant, &id, wanted).await?))
}

/// Tells a webhook endpoint of a test, `webhook_endpoint.tested`, whatever it asks for, and no
/// other. Answers with the delivery, which is on its way.
#[utoipa::path(post, path = "/v1/webhook-endpoints/{id}/test", tag = "events",
    params(("id" = String, Path)),
    responses((status = 201, body = Delivery), (status = 409, body = Problem)))]
pub(super) async fn test_webhook(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<(StatusCode, Json<Delivery>), Problem> {
    let app = once.answering(Form::Plain(StatusCode::CREATED));
    Ok((StatusCode::CREATED, Json(app.test_webhook(&merchant, &EndpointId::stored(id)).await?)))
}

/// Writes every event into the document, each with the schema of what is sent.
pub(super) fn describe_events(document: &mut OpenApi) {
    let components = document.components.get_or_insert_default();
    let mut schemas = EventShape::schemas();
    schemas.push((Event::name().into_owned(), Event::schema()));
    Event::schemas(&mut schemas);
    for (name, schema) in schemas {
        components.schemas.entry(name).or_insert(schema);
    }
    let RefOr::T(Schema::Object(event)) = Event::schema() else { return };
    let mut told = Paths::new();
    for kind in EventKind::ALL {
        let name = ObjectBuilder::new().schema_type(Type::String).enum_values(Some([kind.name()]));
        let mut schema = event.clone();
        schema.description = Some(kind.meaning().to_owned());
        schema.properties.insert("type".to_owned(), Schema::from(name).into());
        let data = Ref::from_schema_name(kind.data().schema_name());
        schema.properties.insert("data".to_owned(), data.into());
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
