//! Documents and payments as files.

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::edge::auth::Merchant;
use crate::edge::exports::{self, ExportDays};
use crate::edge::extract;
use crate::edge::problem::Problem;
use crate::wire::exports::ExportQuery;

/// Sends the documents issued in a period as CSV, a row for each line.
#[utoipa::path(get, path = "/v1/exports/documents", tag = "documents", params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub(super) async fn export_documents(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    extract::Query(asked): extract::Query<ExportQuery>,
) -> Result<Response, Problem> {
    Ok(exports::documents(&app, &merchant, days(&asked)?))
}

/// Sends the payments, bounced payments and payouts of a period as CSV.
#[utoipa::path(get, path = "/v1/exports/payments", tag = "documents", params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub(super) async fn export_payments(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    extract::Query(asked): extract::Query<ExportQuery>,
) -> Result<Response, Problem> {
    Ok(exports::payments(&app, &merchant, days(&asked)?))
}

fn days(asked: &ExportQuery) -> Result<ExportDays, Problem> {
    match (asked.from, asked.to) {
        (Some(from), Some(to)) if to < from => {
            let detail = format!("must not lie before the first day, {from}");
            Err(Problem::invalid_field("/to", detail))
        }
        (from, to) => Ok(ExportDays { from, to }),
    }
}
