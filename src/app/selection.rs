//! Which of a merchant's rules apply to a cart or an order: what the rules look at is loaded here,
//! in few questions, and `selection` is asked. Nothing is stored.

use std::collections::BTreeMap;

use crate::domain::campaign::{Campaign, Offered};
use crate::domain::catalogue::Product;
use crate::domain::ids::{MerchantId, ProductId};
use crate::rules::campaign_warnings::{CampaignFacts, lint_campaign};
use crate::rules::lint::Warning;
use crate::selection::facts::Goods;
use crate::store::products::find_products;
use crate::store::selection_rules::all_campaigns;

use super::{App, AppError};

impl App {
    /// Campaigns, each with what a merchant should think about, by the catalogue of now.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn judge_campaigns(
        &self,
        merchant: &MerchantId,
        campaigns: Vec<Campaign>,
    ) -> Result<Vec<(Campaign, Vec<Warning>)>, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let others = all_campaigns(tx, &merchant, true).await?;
                let offered: Vec<ProductId> = campaigns.iter().filter_map(offered).collect();
                let products = find_products(tx, &merchant, &offered).await?;
                let judged = campaigns.into_iter().map(|campaign| {
                    let goods = offered_goods(&campaign, &products);
                    let (today, others) = (context.today, others.as_slice());
                    let facts = CampaignFacts { today, others, goods: goods.as_ref() };
                    let warnings = lint_campaign(&campaign, &facts);
                    (campaign, warnings)
                });
                Ok(judged.collect())
            })
        })
        .await
    }
}

/// The product that a campaign offers.
fn offered(campaign: &Campaign) -> Option<ProductId> {
    match &campaign.offered {
        Offered::Product(product) => Some(product.clone()),
        Offered::Offer(_) => None,
    }
}

fn offered_goods(campaign: &Campaign, known: &BTreeMap<ProductId, Product>) -> Option<Goods> {
    known.get(&offered(campaign)?).map(Into::into)
}
