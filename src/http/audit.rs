//! The audit of a merchant's whole book.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::edge::auth::Merchant;
use crate::edge::problem::Problem;
use crate::wire::audit::Audit;

/// Checks the whole book, as it stands at this moment: each day of service is paid once, no money
/// is lost, numbers have no gaps, all that is stored fits together. That takes a while on a large
/// book; where a request may not take so long, `crossgrade audit` does the same.
#[utoipa::path(get, path = "/v1/audit", tag = "audit",
    responses((status = 200, body = Audit)))]
pub(super) async fn audit(
    State(app): State<App>,
    Merchant(merchant): Merchant,
) -> Result<Json<Audit>, Problem> {
    let audited = app.audit(&merchant).await?;
    Ok(Json(Audit {
        ok: audited.faults.is_empty(),
        checked: audited.checked,
        faults: audited.faults.into_iter().map(Into::into).collect(),
    }))
}
