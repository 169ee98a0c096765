//! Billing runs: started, waited for, shown.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::{App, AppError};
use crate::domain::ids::RunId;
use crate::domain::run::Run;
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id};
use crate::edge::problem::Problem;
use crate::edge::runs::{begin, leave};
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::wire::billing::{BillingRun, NewBillingRun, RunFailure};

/// Starts a billing run.
#[utoipa::path(post, path = "/v1/billing/runs", tag = "billing", request_body = NewBillingRun,
    responses((status = 200, body = BillingRun), (status = 202, body = BillingRun)))]
pub(super) async fn start_run(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    extract::Json(new): extract::Json<NewBillingRun>,
) -> Result<(StatusCode, Json<BillingRun>), Problem> {
    let (opened, work) = begin(&app, &merchant, new.as_of).await?;
    if !new.wait {
        leave(work);
        return Ok((StatusCode::ACCEPTED, Json(show(&opened))));
    }
    let done = work.await.map_err(AppError::broken)??;
    Ok((StatusCode::OK, Json(show(&done))))
}

/// Lists billing runs.
#[utoipa::path(get, path = "/v1/billing/runs", tag = "billing", params(PageQuery),
    responses((status = 200, body = ListOf<BillingRun>)))]
pub(super) async fn list_runs(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<BillingRun>>, Problem> {
    let rows = app.runs(&merchant, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| show(&row))))
}

/// Reads a billing run.
#[utoipa::path(get, path = "/v1/billing/runs/{id}", tag = "billing",
    params(("id" = String, Path)), responses((status = 200, body = BillingRun)))]
pub(super) async fn get_run(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<BillingRun>, Problem> {
    Ok(WithEtag::read(show(&app.run(&merchant, &RunId::stored(id)).await?)))
}

pub(super) fn show(run: &Run) -> BillingRun {
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    BillingRun {
        id: run.id.to_string(),
        status: run.status,
        as_of: run.as_of,
        booked: count(run.counts.booked),
        changes_applied: count(run.counts.changes_applied),
        changes_failed: count(run.counts.changes_failed),
        subscriptions_ended: count(run.counts.subscriptions_ended),
        invoices: count(run.counts.invoices),
        credit_notes: count(run.counts.credit_notes),
        failures: run
            .failures
            .iter()
            .map(|failure| RunFailure {
                customer: failure.customer.to_string(),
                reason: failure.reason.clone(),
            })
            .collect(),
        duration_ms: count(run.duration_ms),
    }
}
