//! A catalogue written out, in the fields of the API, so that reading it gives the same catalogue
//! again. Customers are not part of it.

use serde::Serialize;

use crate::domain::catalog::{Offer, Product, ProductKind, Tag, Tax};
use crate::domain::ids::MerchantId;
use crate::domain::merchant::Settings;
use crate::domain::path::{Path, Proration, UnpaidSource};
use crate::store::{PAGE_MAX, Page, Tx, merchants, offers, paths, products, tags, taxes};
use crate::wire;

use super::super::{App, AppError};

/// A whole catalogue.
#[derive(Debug, Serialize)]
pub struct Catalogue {
    /// The settings.
    pub settings: wire::settings::Settings,
    /// Tags, by id.
    pub tags: Vec<Named<wire::tags::TagBody>>,
    /// Tax categories, by id.
    pub taxes: Vec<Named<wire::taxes::TaxBody>>,
    /// Products, by id.
    pub products: Vec<Named<wire::products::ProductBody>>,
    /// Offers, by id.
    pub offers: Vec<Named<wire::offers::OfferBody>>,
    /// Paths in the order of their last edit, for of equal ones the last fires.
    pub paths: Vec<Named<wire::paths::PathBody>>,
}

/// A thing with its id.
#[derive(Debug, Serialize)]
pub struct Named<B> {
    /// Its id.
    pub id: String,
    /// What it says.
    #[serde(flatten)]
    pub body: B,
}

impl App {
    /// The whole catalogue of a merchant, at one moment.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn written_catalogue(&self, merchant: &MerchantId) -> Result<Catalogue, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| Box::pin(async move { written(tx, &merchant).await })).await
    }
}

async fn written(tx: &mut Tx, merchant: &MerchantId) -> Result<Catalogue, AppError> {
    let settings = merchants::get_settings(tx, merchant).await?;
    let tags = all!(tags::list_tags, tx, merchant, id);
    let taxes = all!(taxes::list_taxes, tx, merchant, id);
    let products = all!(products::list_products, tx, merchant, id);
    let offers = all!(offers::list_offers, tx, merchant, terms.offer);
    let mut paths = all!(paths::list_paths, tx, merchant, id);
    paths.sort_by_key(|path| path.edit);
    Ok(Catalogue {
        settings: settings_of(settings),
        tags: tags.into_iter().map(tag).collect(),
        taxes: taxes.into_iter().map(tax).collect(),
        products: products.into_iter().map(product).collect(),
        offers: offers.into_iter().map(offer).collect(),
        paths: paths.into_iter().map(path).collect(),
    })
}

fn settings_of(settings: Settings) -> wire::settings::Settings {
    let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
    wire::settings::Settings {
        time_zone: settings.time_zone.name().to_owned(),
        locale: settings.locale,
        currency: settings.currency.code().to_owned(),
        seller: settings.seller.map(|seller| wire::settings::Seller {
            name: seller.name.unwrap_or_default(),
            address: seller.address,
            vat_id: seller.vat_id,
        }),
        payment_days: short(settings.payment_days),
        purchase_on_account: settings.purchase_on_account,
        checkout_minutes: short(settings.checkout_minutes),
        upsell_minutes: short(settings.upsell_minutes),
        return_origins: settings.return_origins,
    }
}

fn tag(tag: Tag) -> Named<wire::tags::TagBody> {
    Named { id: tag.id.to_string(), body: wire::tags::TagBody { title: tag.title } }
}

fn tax(tax: Tax) -> Named<wire::taxes::TaxBody> {
    let rates = tax.rates.iter().map(|(valid_from, rate)| wire::taxes::TaxRate {
        rate: rate.to_string(),
        valid_from: *valid_from,
    });
    let rates = rates.collect();
    Named { id: tax.id.to_string(), body: wire::taxes::TaxBody { title: tax.title, rates } }
}

fn product(product: Product) -> Named<wire::products::ProductBody> {
    let kind = match product.kind {
        ProductKind::Digital => wire::products::ProductKind::Digital,
        ProductKind::Physical => wire::products::ProductKind::Physical,
    };
    let body = wire::products::ProductBody { title: product.title, kind };
    Named { id: product.id.to_string(), body }
}

fn offer(offer: Offer) -> Named<wire::offers::OfferBody> {
    let Offer { terms, tags, active } = offer;
    let body = wire::offers::OfferBody {
        title: terms.title,
        products: terms.products.iter().map(|(id, _)| id.to_string()).collect(),
        price: terms.price.into(),
        billing_period: terms.billing_period.to_string(),
        term: Some(terms.term.to_string()),
        renewal_term: terms.renewal_term.map(|term| term.to_string()),
        auto_renew: terms.auto_renew,
        tags: tags.iter().map(ToString::to_string).collect(),
        tax: terms.tax.map(|tax| tax.to_string()),
        tax_included: terms.tax_included,
        requires_parent: terms.requires_parent,
        active,
    };
    Named { id: terms.offer.to_string(), body }
}

fn path(path: Path) -> Named<wire::paths::PathBody> {
    let body = wire::paths::PathBody {
        internal_title: path.internal_title,
        internal_description: path.internal_description,
        title: path.title.source().to_owned(),
        description: path.description.source().to_owned(),
        source_tags: path.source_tags.iter().map(ToString::to_string).collect(),
        target_tags: path.target_tags.iter().map(ToString::to_string).collect(),
        optional: path.optional,
        customer_may_switch: path.customer_may_switch,
        transition: path.transition.into(),
        proration: match path.proration {
            Proration::None => wire::paths::Proration::None,
            Proration::Day => wire::paths::Proration::Day,
        },
        unpaid_source: match path.unpaid_source {
            UnpaidSource::Refuse => wire::paths::UnpaidSource::Refuse,
            UnpaidSource::Allow => wire::paths::UnpaidSource::Allow,
        },
        priority: i32::try_from(path.priority).unwrap_or(0),
        active: path.active,
        valid_from: path.valid_from,
        valid_until: path.valid_until,
    };
    Named { id: path.id.to_string(), body }
}
