//! Scheduled changes: shown and withdrawn. Carrying them out is for `billing`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::reads::Changes;
use crate::domain::ids::{ChangeId, CustomerId};
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::Nothing;
use crate::wire::changes::{ChangeFilter, ScheduledChange};

/// Lists scheduled changes.
#[utoipa::path(get, path = "/v1/scheduled-changes", tag = "subscriptions",
    params(ChangeFilter, PageQuery),
    responses((status = 200, body = ListOf<ScheduledChange>)))]
pub(super) async fn list_changes(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<ChangeFilter>,
) -> Result<Json<ListOf<ScheduledChange>>, Problem> {
    let filter = Changes {
        customer: list.filter.customer.map(CustomerId::stored),
        status: list.filter.status,
        on: None,
    };
    let rows = app.scheduled_changes(&merchant, filter, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| (&row).into())))
}

/// Reads a scheduled change.
#[utoipa::path(get, path = "/v1/scheduled-changes/{id}", tag = "subscriptions",
    params(("id" = String, Path)), responses((status = 200, body = ScheduledChange)))]
pub(super) async fn get_change(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<ScheduledChange>, Problem> {
    let change = app.scheduled_change(&merchant, &ChangeId::stored(id)).await?;
    Ok(WithEtag::read((&change).into()))
}

/// Withdraws a scheduled change that is pending.
#[utoipa::path(post, path = "/v1/scheduled-changes/{id}/withdraw", tag = "subscriptions",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = ScheduledChange), (status = 409, body = Problem)))]
pub(super) async fn withdraw(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<Json<ScheduledChange>, Problem> {
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.withdraw_change(&merchant, &ChangeId::stored(id)).await?))
}
