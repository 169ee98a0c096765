//! Promotions, as the API shows them.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::domain::ids::PromotionId;
use crate::domain::promotion::Promotion as Stored;
use crate::edge::auth::Merchant;
use crate::edge::extract::{self, Id};
use crate::edge::problem::Problem;
use crate::http::definitions::Resource;
use crate::wire::definitions::Answer;
use crate::wire::reports::{PromotionReport, ReportQuery};

impl Resource for Stored {
    type Made = Answer<Self>;
}

/// Reports how near orders came to a promotion: those that count and were placed on these days.
#[utoipa::path(get, path = "/v1/promotions/{id}/report", tag = "campaigns",
    params(("id" = String, Path), ReportQuery),
    responses((status = 200, body = PromotionReport)))]
pub(super) async fn report_promotion(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Query(days): extract::Query<ReportQuery>,
) -> Result<Json<PromotionReport>, Problem> {
    let id = PromotionId::stored(id);
    let report = app.promotion_report(&merchant, &id, (days.from, days.to)).await?;
    Ok(Json(report.into()))
}
