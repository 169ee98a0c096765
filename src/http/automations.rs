//! Automations, as the API shows them, and what sets them live and stops them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::automations::{AutomationTurn, Runs};
use crate::app::message_texts::PreviewFor;
use crate::domain::automation::Automation as Stored;
use crate::domain::ids::{AutomationId, CustomerId, MerchantId};
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::definitions::Resource;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::Nothing;
use crate::wire::automation_reports::{AutomationReport, AutomationReportQuery};
use crate::wire::automations::{Automation, AutomationRun, ExplainedStart, RunFilter, WhoStarts};
use crate::wire::definitions::Answer;
use crate::wire::messages::{PreviewBody, PreviewedMessage};

impl Resource for Stored {
    type Made = Answer<Self>;
}

/// Sets an automation live, which was never or is stopped: customers start from now on.
#[utoipa::path(post, path = "/v1/automations/{id}/live", tag = "automations",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = Automation), (status = 409, body = Problem)))]
pub(super) async fn set_live(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<WithEtag<Automation>, Problem> {
    turn(once, &merchant, id, AutomationTurn::Live).await
}

/// Pauses an automation that is live: nobody starts, and steps that are due wait.
#[utoipa::path(post, path = "/v1/automations/{id}/pause", tag = "automations",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = Automation), (status = 409, body = Problem)))]
pub(super) async fn pause(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<WithEtag<Automation>, Problem> {
    turn(once, &merchant, id, AutomationTurn::Pause).await
}

/// Goes on with an automation that is paused: what has become due is sent.
#[utoipa::path(post, path = "/v1/automations/{id}/resume", tag = "automations",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = Automation), (status = 409, body = Problem)))]
pub(super) async fn resume(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<WithEtag<Automation>, Problem> {
    turn(once, &merchant, id, AutomationTurn::Resume).await
}

/// Stops an automation that is live or paused: whoever is under way leaves.
#[utoipa::path(post, path = "/v1/automations/{id}/stop", tag = "automations",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = Automation), (status = 409, body = Problem)))]
pub(super) async fn stop(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<WithEtag<Automation>, Problem> {
    turn(once, &merchant, id, AutomationTurn::Stop).await
}

async fn turn(
    once: IdempotentEngine,
    merchant: &MerchantId,
    id: String,
    turn: AutomationTurn,
) -> Result<WithEtag<Automation>, Problem> {
    let app = once.answering(Form::Tagged(StatusCode::OK));
    let automation = app.turn_automation(merchant, &AutomationId::stored(id), turn).await?;
    Ok(WithEtag::read(automation))
}

/// Lists who is on their way through an automation, and who was.
#[utoipa::path(get, path = "/v1/automations/{id}/runs", tag = "automations",
    params(("id" = String, Path), RunFilter, PageQuery),
    responses((status = 200, body = ListOf<AutomationRun>)))]
pub(super) async fn list_automation_runs(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    list: List<RunFilter>,
) -> Result<Json<ListOf<AutomationRun>>, Problem> {
    let RunFilter { customer, status } = list.filter;
    let customer = customer.map(CustomerId::stored);
    let filter = Runs { customer, status, ..Runs::default() };
    let id = AutomationId::stored(id);
    let runs = app.automation_runs(&merchant, &id, filter, list.page.wanted()).await?;
    Ok(Json(list.page.answer(runs, |run| run.id.clone(), |run| run)))
}

/// Says why a customer is on their way through an automation, or is not.
#[utoipa::path(get, path = "/v1/automations/{id}/explain", tag = "automations",
    params(("id" = String, Path), WhoStarts),
    responses((status = 200, body = ExplainedStart)))]
pub(super) async fn explain(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Query(who): extract::Query<WhoStarts>,
) -> Result<Json<ExplainedStart>, Problem> {
    let (id, customer) = (AutomationId::stored(id), who.customer.map(CustomerId::stored));
    Ok(Json(app.explain_automation(&merchant, &id, customer).await?))
}

/// Reports what an automation has come to by a moment, as known now: of all versions, or of one.
#[utoipa::path(get, path = "/v1/automations/{id}/report", tag = "automations",
    params(("id" = String, Path), AutomationReportQuery),
    responses((status = 200, body = AutomationReport)))]
pub(super) async fn report(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Query(asked): extract::Query<AutomationReportQuery>,
) -> Result<Json<AutomationReport>, Problem> {
    let of = (asked.as_of, asked.version);
    Ok(Json(app.automation_report(&merchant, &AutomationId::stored(id), of).await?))
}

/// Says what the message of a step would say: for a customer, or with samples.
#[utoipa::path(post, path = "/v1/automations/{id}/preview", tag = "automations",
    params(("id" = String, Path)), request_body = PreviewBody,
    responses((status = 200, body = PreviewedMessage)))]
pub(super) async fn preview(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<PreviewBody>,
) -> Result<Json<PreviewedMessage>, Problem> {
    let PreviewBody { step, customer, locale } = body;
    let whom = PreviewFor { customer: customer.map(CustomerId::stored), locale };
    Ok(Json(app.preview_message(&merchant, &AutomationId::stored(id), step, whom).await?))
}
