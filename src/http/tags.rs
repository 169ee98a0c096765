//! Tags, as the API shows them: with the offers and paths that use them.

use std::collections::BTreeSet;

use crate::app::App;
use crate::domain::catalogue::Tag as Stored;
use crate::domain::ids::MerchantId;
use crate::edge::problem::Problem;
use crate::http::definitions::Resource;
use crate::wire::definitions::Answer;
use crate::wire::tags::TagUsers;

impl Resource for Stored {
    type Made = Answer<Self>;

    async fn show(
        app: &App,
        merchant: &MerchantId,
        tags: Vec<Self>,
    ) -> Result<Vec<Answer<Self>>, Problem> {
        let ids = tags.iter().map(|tag| tag.id.clone()).collect();
        let mut users = app.tag_users(merchant, ids).await?;
        let shown = tags.into_iter().map(|tag| {
            let users = users.remove(&tag.id).unwrap_or_default();
            let paths: BTreeSet<_> = users.source_of.into_iter().chain(users.target_of).collect();
            let users = TagUsers {
                offers: users.offers.iter().map(ToString::to_string).collect(),
                paths: paths.iter().map(ToString::to_string).collect(),
            };
            Answer::with(&tag, users)
        });
        Ok(shown.collect())
    }
}
