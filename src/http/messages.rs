//! Messages of automations, what providers tell of them, and who is sent none.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::messages::{MessageNews, Messages};
use crate::domain::ids::{AutomationId, CustomerId, MessageId};
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::wire::Nothing;
use crate::wire::automations::Suppression;
use crate::wire::messages::{Message, MessageEventBody, MessageFilter};

/// Lists messages.
#[utoipa::path(get, path = "/v1/messages", tag = "automations",
    params(MessageFilter, PageQuery), responses((status = 200, body = ListOf<Message>)))]
pub(super) async fn list_messages(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<MessageFilter>,
) -> Result<Json<ListOf<Message>>, Problem> {
    let MessageFilter { automation, customer, step, status } = list.filter;
    let filter = Messages {
        automation: automation.map(AutomationId::stored),
        customer: customer.map(CustomerId::stored),
        step,
        status,
        counted: None,
    };
    let messages = app.messages(&merchant, filter, list.page.wanted()).await?;
    Ok(Json(list.page.answer(messages, |it| it.id.to_string(), |it| Message::from(&it))))
}

/// Reads a message.
#[utoipa::path(get, path = "/v1/messages/{id}", tag = "automations",
    params(("id" = String, Path)), responses((status = 200, body = Message)))]
pub(super) async fn get_message(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<Message>, Problem> {
    Ok(WithEtag::read((&app.message(&merchant, &MessageId::stored(id)).await?).into()))
}

/// Takes in what a provider tells of a message, once for each of its names for it, in whatever
/// order.
#[utoipa::path(post, path = "/v1/messages/{id}/events", tag = "automations",
    params(("id" = String, Path)), request_body = MessageEventBody,
    responses((status = 200, body = Message)))]
pub(super) async fn tell_message(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<MessageEventBody>,
) -> Result<Json<Message>, Problem> {
    let MessageEventBody { event_id: event, kind, at, bot } = body;
    let app = once.answering(Form::Plain(StatusCode::OK));
    let told = MessageNews { event, kind, at, bot };
    Ok(Json(app.message_told(&merchant, &MessageId::stored(id), told).await?))
}

/// Lists who is sent no messages.
#[utoipa::path(get, path = "/v1/suppressions", tag = "automations", params(PageQuery),
    responses((status = 200, body = ListOf<Suppression>)))]
pub(super) async fn list_suppressions(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Suppression>>, Problem> {
    let found = app.suppressions(&merchant, list.page.wanted()).await?;
    Ok(Json(list.page.answer(found, |it| it.customer.to_string(), |it| (&it).into())))
}

/// Sends a customer no messages any more; whatever way they are on ends.
#[utoipa::path(put, path = "/v1/suppressions/{id}", tag = "automations",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = Suppression)))]
pub(super) async fn suppress(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<Json<Suppression>, Problem> {
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.suppress(&merchant, &CustomerId::stored(id)).await?))
}

/// Sends a customer messages again.
#[utoipa::path(delete, path = "/v1/suppressions/{id}", tag = "automations",
    params(("id" = String, Path)), responses((status = 204)))]
pub(super) async fn unsuppress(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    app.unsuppress(&merchant, &CustomerId::stored(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
