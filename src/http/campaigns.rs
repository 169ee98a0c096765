//! Campaigns, as the API shows them: with what is odd about them.

use crate::app::App;
use crate::domain::campaign::Campaign as Stored;
use crate::domain::ids::MerchantId;
use crate::edge::problem::Problem;
use crate::http::definitions::{Operations, Resource};
use crate::wire::campaigns::Campaign;

impl Resource for Stored {
    type Made = Campaign;

    const OPERATIONS: Operations = Operations {
        at: "/v1/campaigns",
        group: "campaigns",
        many: "campaigns",
        one: "a campaign",
        writing: "Saving it counts as an edit, whatever has changed.",
        removing: "What it has offered stays offered.",
    };

    async fn show(
        app: &App,
        merchant: &MerchantId,
        campaigns: Vec<Self>,
    ) -> Result<Vec<Campaign>, Problem> {
        let judged = app.judge_campaigns(merchant, campaigns).await?;
        let show = |(campaign, warnings): &(Self, Vec<crate::rules::lint::Warning>)| Campaign {
            warnings: warnings.iter().map(Into::into).collect(),
            ..campaign.into()
        };
        Ok(judged.iter().map(show).collect())
    }
}
