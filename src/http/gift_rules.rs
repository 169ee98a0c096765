//! Gift rules, as the API shows them: with what is left of their gifts.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::domain::gift_rule::GiftRule as Stored;
use crate::domain::ids::GiftRuleId;
use crate::edge::auth::Merchant;
use crate::edge::extract::{self, Id};
use crate::edge::problem::Problem;
use crate::http::definitions::Resource;
use crate::wire::definitions::Answer;
use crate::wire::reports::{GiftRuleReport, ReportQuery};

impl Resource for Stored {
    type Made = Answer<Self>;
}

/// Reports what a gift rule has given, with orders that count and were placed on these days.
#[utoipa::path(get, path = "/v1/gift-rules/{id}/report", tag = "campaigns",
    params(("id" = String, Path), ReportQuery),
    responses((status = 200, body = GiftRuleReport)))]
pub(super) async fn report_gift_rule(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Query(days): extract::Query<ReportQuery>,
) -> Result<Json<GiftRuleReport>, Problem> {
    let id = GiftRuleId::stored(id);
    let report = app.gift_rule_report(&merchant, &id, (days.from, days.to)).await?;
    Ok(Json(report.into()))
}
