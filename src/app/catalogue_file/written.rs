//! A catalogue written out, in the fields of the API, so that reading it gives the same catalogue
//! again. Customers and webhook endpoints, which have secrets, are not part of it.

use serde::Serialize;

use crate::domain::automation::Automation;
use crate::domain::campaign::Campaign;
use crate::domain::catalogue::{Offer, Product, Tag, Tax};
use crate::domain::coupon::Coupon;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::MerchantId;
use crate::domain::message_template::MessageTemplate;
use crate::domain::path::Path;
use crate::domain::promotion::Promotion;
use crate::rules::definitions::Drafted;
use crate::rules::definitions::merchants::SettingsDraft;
use crate::store::{Tx, merchants};

use super::super::definitions::{Defined, all};
use super::super::{App, AppError};

/// A whole catalogue.
#[derive(Debug, Serialize)]
pub struct Catalogue {
    /// The settings.
    pub settings: SettingsDraft,
    /// Tags, by id.
    pub tags: Vec<Named<Tag>>,
    /// Tax categories, by id.
    pub taxes: Vec<Named<Tax>>,
    /// Products, by id.
    pub products: Vec<Named<Product>>,
    /// Offers, by id.
    pub offers: Vec<Named<Offer>>,
    /// Paths in the order of their last edit, for of equal ones the last fires.
    pub paths: Vec<Named<Path>>,
    /// Campaigns in the order of their last edit.
    pub campaigns: Vec<Named<Campaign>>,
    /// Promotions, by id.
    pub promotions: Vec<Named<Promotion>>,
    /// Gift rules in the order of their last edit.
    pub gift_rules: Vec<Named<GiftRule>>,
    /// Coupons, by id.
    pub coupons: Vec<Named<Coupon>>,
    /// Message templates, by id.
    pub message_templates: Vec<Named<MessageTemplate>>,
    /// Automations, by id, without where they stand.
    pub automations: Vec<Named<Automation>>,
}

/// A thing with its id.
#[derive(Debug, Serialize)]
#[serde(bound = "")]
pub struct Named<D: Drafted> {
    /// Its id.
    pub id: String,
    /// What it says.
    #[serde(flatten)]
    pub said: D::Draft,
}

impl App {
    /// The whole catalogue of a merchant, at one moment.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn written_catalogue(&self, merchant: &MerchantId) -> Result<Catalogue, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| {
            Box::pin(async move {
                let mut paths: Vec<Path> = all(tx, &merchant).await?;
                paths.sort_by_key(|path| path.edit);
                let mut campaigns: Vec<Campaign> = all(tx, &merchant).await?;
                campaigns.sort_by_key(|campaign| campaign.edit);
                let mut gift_rules: Vec<GiftRule> = all(tx, &merchant).await?;
                gift_rules.sort_by_key(|rule| rule.edit);
                Ok(Catalogue {
                    settings: (&merchants::get_settings(tx, &merchant).await?).into(),
                    tags: section(tx, &merchant).await?,
                    taxes: section(tx, &merchant).await?,
                    products: section(tx, &merchant).await?,
                    offers: section(tx, &merchant).await?,
                    paths: paths.iter().map(named).collect(),
                    campaigns: campaigns.iter().map(named).collect(),
                    promotions: section(tx, &merchant).await?,
                    gift_rules: gift_rules.iter().map(named).collect(),
                    coupons: section(tx, &merchant).await?,
                    message_templates: section(tx, &merchant).await?,
                    automations: section(tx, &merchant).await?,
                })
            })
        })
        .await
    }
}

async fn section<D: Defined>(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<Vec<Named<D>>, AppError> {
    Ok(all::<D>(tx, merchant).await?.iter().map(named).collect())
}

fn named<D: Drafted>(thing: &D) -> Named<D> {
    Named { id: thing.id().to_string(), said: thing.into() }
}
