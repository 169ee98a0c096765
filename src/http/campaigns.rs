//! Campaigns, as the API shows them: with what is odd about them.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::domain::campaign::Campaign as Stored;
use crate::domain::ids::{CampaignId, MerchantId};
use crate::edge::auth::Merchant;
use crate::edge::extract::{self, Id};
use crate::edge::problem::Problem;
use crate::http::definitions::Resource;
use crate::wire::campaigns::{CampaignNotes, CampaignReport};
use crate::wire::definitions::Answer;
use crate::wire::reports::ReportQuery;

impl Resource for Stored {
    type Made = Answer<Self>;

    async fn show(
        app: &App,
        merchant: &MerchantId,
        campaigns: Vec<Self>,
    ) -> Result<Vec<Answer<Self>>, Problem> {
        let judged = app.judge_campaigns(merchant, campaigns).await?;
        let show = |(campaign, warnings): &(Self, Vec<crate::rules::lint::Warning>)| {
            let warnings = warnings.iter().map(Into::into).collect();
            Answer::with(campaign, CampaignNotes { edited_at: campaign.edited_at, warnings })
        };
        Ok(judged.iter().map(show).collect())
    }
}

/// Reports what has become of a campaign's offers, by the days on which they were made.
#[utoipa::path(get, path = "/v1/campaigns/{id}/report", tag = "campaigns",
    params(("id" = String, Path), ReportQuery),
    responses((status = 200, body = CampaignReport)))]
pub(super) async fn report_campaign(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Query(days): extract::Query<ReportQuery>,
) -> Result<Json<CampaignReport>, Problem> {
    let id = CampaignId::stored(id);
    let report = app.campaign_report(&merchant, &id, (days.from, days.to)).await?;
    Ok(Json((&report).into()))
}
