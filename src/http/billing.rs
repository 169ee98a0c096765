//! Billing runs: started, waited for, shown.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::NaiveDate;
use tokio::task::JoinHandle;
use tracing::Instrument;

use crate::app::billing::Retry;
use crate::app::reads::{RunStatus as Status, StoredRun};
use crate::app::{App, AppError};
use crate::domain::ids::{MerchantId, RunId};
use crate::http::auth::Merchant;
use crate::http::etag::Tagged;
use crate::http::extract::{self, Id};
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::http::problem::Problem;
use crate::wire::billing::{BillingRun, NewBillingRun, RunFailure, RunStatus};

/// How many pages of customers are billed at the same time, where the database can.
const WORKERS: usize = 4;

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

/// A run at work.
pub type Work = JoinHandle<Result<StoredRun, AppError>>;

/// Opens a run and does it in a task of its own: a caller that hangs up must not leave it half
/// done, nor must the end of the server.
///
/// # Errors
/// Invalid where `as_of` lies after today.
pub async fn begin(
    app: &App,
    merchant: &MerchantId,
    as_of: Option<NaiveDate>,
) -> Result<(StoredRun, Work), AppError> {
    let run = app.open_run(merchant, as_of, Retry::All).await?;
    let (app, merchant, opened) = (app.clone(), merchant.clone(), run.clone());
    let busy = app.busy();
    let work = async move {
        let _busy = busy;
        app.carry_out_run(&merchant, run, WORKERS, |_| ()).await
    };
    Ok((opened, tokio::spawn(work.in_current_span())))
}

/// Nobody waits for this run: what breaks it is at least in the log.
pub fn leave(work: Work) {
    let report = async move {
        if let Err(error) = work.await.map_err(AppError::broken).flatten() {
            tracing::error!(%error, "a billing run broke");
        }
    };
    tokio::spawn(report.in_current_span());
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
) -> Result<Tagged<BillingRun>, Problem> {
    Ok(Tagged::read(show(&app.run(&merchant, &RunId::stored(id)).await?)))
}

pub(super) fn show(run: &StoredRun) -> BillingRun {
    let count = |number: i64| u64::try_from(number).unwrap_or_default();
    BillingRun {
        id: run.id.to_string(),
        status: match run.status {
            Status::Running => RunStatus::Running,
            Status::Completed => RunStatus::Completed,
            Status::Failed => RunStatus::Failed,
        },
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
