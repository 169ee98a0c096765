//! How what a merchant defines is written on the wire. What is read from the wire is a draft,
//! and judged in `rules::definitions`.

use crate::domain::catalogue::{Offer, Product, Step, Tax, Terms};
use crate::domain::ids::CustomerId;
use crate::domain::merchant::{Profile, Settings};
use crate::domain::money::Money;
use crate::domain::path::Path;
use crate::domain::stock::RecordedMove;
use crate::rules::graph::Edge;
use crate::rules::lint::Warning;

use super::texts::{of_offer, of_path, of_product};
use super::{customers, offers, paths, products, settings, taxes};

fn texts<T: ToString>(ids: impl IntoIterator<Item = T>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

impl From<&Settings> for settings::Settings {
    fn from(settings: &Settings) -> Self {
        let short = |number: u32| u16::try_from(number).unwrap_or(u16::MAX);
        Self {
            time_zone: settings.time_zone.name().to_owned(),
            locale: settings.locale.clone(),
            currency: settings.currency.code().to_owned(),
            seller: settings.seller.clone().map(|seller| settings::Seller {
                name: seller.name.unwrap_or_default(),
                address: seller.address,
                vat_id: seller.vat_id,
            }),
            payment_days: short(settings.payment_days),
            dunning: settings
                .dunning
                .iter()
                .map(|step| settings::DunningStep {
                    after_days: short(step.after_days),
                    action: step.action,
                })
                .collect(),
            purchase_on_account: settings.purchase_on_account,
            checkout_minutes: short(settings.checkout_minutes),
            upsell_minutes: short(settings.upsell_minutes),
            message_gap_hours: short(settings.message_gap_hours),
            messages_by_consent: settings.messages_by_consent,
            return_origins: settings.return_origins.clone(),
            links: settings::Links {
                terms: settings.links.terms.clone(),
                withdrawal: settings.links.withdrawal.clone(),
                privacy: settings.links.privacy.clone(),
                imprint: settings.links.imprint.clone(),
            },
            logo: settings.logo.clone(),
            color: settings.color.clone(),
        }
    }
}

impl From<&Tax> for taxes::Tax {
    fn from(tax: &Tax) -> Self {
        let rate = |(valid_from, rate): &(chrono::NaiveDate, crate::domain::money::Rate)| {
            taxes::TaxRate { rate: rate.to_string(), valid_from: *valid_from }
        };
        Self {
            id: tax.id.to_string(),
            title: tax.title.clone(),
            rates: tax.rates.iter().map(rate).collect(),
        }
    }
}

impl From<&Product> for products::Product {
    fn from(product: &Product) -> Self {
        Self {
            id: product.id.to_string(),
            title: product.title.clone(),
            kind: product.kind,
            variant_of: product.variant_of.as_ref().map(ToString::to_string),
            brand: product.brand.clone(),
            tags: texts(&product.tags),
            unit_net: product.unit_net.map(Into::into),
            stock: product.stock,
            ships_to: product.ships_to.iter().cloned().collect(),
            texts: of_product(&product.texts),
        }
    }
}

impl From<&RecordedMove> for products::StockMove {
    fn from(RecordedMove { what, at }: &RecordedMove) -> Self {
        Self {
            sequence: what.sequence,
            at: *at,
            cause: what.cause,
            change: what.change,
            left: what.left,
            subject: what.subject.clone(),
        }
    }
}

impl From<&Offer> for offers::Offer {
    fn from(offer: &Offer) -> Self {
        let terms = &offer.terms;
        Self {
            id: terms.offer.to_string(),
            title: terms.title.clone(),
            products: texts(terms.products.iter().map(|(id, _)| id)),
            price: terms.price.into(),
            billing_period: terms.billing_period.to_string(),
            term: terms.term.to_string(),
            renewal_term: terms.renewal_term.map(|term| term.to_string()),
            auto_renew: terms.auto_renew,
            notice: terms.notice.map(|notice| notice.to_string()),
            tags: texts(&offer.tags),
            tax: terms.tax.as_ref().map(ToString::to_string),
            tax_included: terms.tax_included,
            requires_parent: terms.requires_parent,
            trial: terms.introduction.trial.map(|trial| trial.to_string()),
            steps: terms.introduction.steps.iter().map(|it| step(it, terms)).collect(),
            introduction: terms.introduction.granted,
            active: offer.active,
            summary: terms.wording.summary.clone(),
            legal_advice: terms.wording.legal_advice.clone(),
            texts: of_offer(&terms.wording),
        }
    }
}

fn step(step: &Step, terms: &Terms) -> offers::Step {
    let price = Money::new(step.price, terms.price.currency);
    offers::Step { price: price.into(), periods: step.periods }
}

/// A path with what it means for the catalogue of now.
#[must_use]
pub fn path(path: &Path, edges: usize, warnings: &[Warning]) -> paths::Path {
    paths::Path {
        id: path.id.to_string(),
        internal_title: path.internal_title.clone(),
        internal_description: path.internal_description.clone(),
        title: path.title.source().to_owned(),
        description: path.description.source().to_owned(),
        source_tags: texts(&path.source_tags),
        target_tags: texts(&path.target_tags),
        optional: path.optional,
        customer_may_switch: path.customer_may_switch,
        transition: path.transition,
        proration: path.proration,
        billing_date: path.billing_date,
        introduction: path.introduction,
        unpaid_source: path.unpaid_source,
        priority: i32::try_from(path.priority).unwrap_or_default(),
        active: path.active,
        valid_from: path.valid_from,
        valid_until: path.valid_until,
        texts: of_path(path),
        edited_at: path.edited_at,
        edges: u64::try_from(edges).unwrap_or(u64::MAX),
        warnings: warnings.iter().map(Into::into).collect(),
    }
}

impl From<&Warning> for paths::Warning {
    fn from(warning: &Warning) -> Self {
        Self { code: warning.code.to_owned(), detail: warning.detail.clone() }
    }
}

impl From<&Edge> for paths::GraphEdge {
    fn from(edge: &Edge) -> Self {
        Self {
            source: edge.source.to_string(),
            target: edge.target.to_string(),
            path: edge.path.to_string(),
            transition: edge.transition,
            optional: edge.optional,
        }
    }
}

impl From<&Offer> for paths::GraphOffer {
    fn from(offer: &Offer) -> Self {
        Self {
            id: offer.terms.offer.to_string(),
            title: offer.terms.title.clone(),
            tags: texts(&offer.tags),
        }
    }
}

/// A customer with what they are owed.
#[must_use]
pub fn customer(id: &CustomerId, profile: &Profile, balances: &[Money]) -> customers::Customer {
    customers::Customer {
        id: id.to_string(),
        email: profile.email.clone(),
        name: profile.name.clone(),
        address: profile.address.clone(),
        locale: profile.locale.clone(),
        group: profile.group.clone(),
        country: profile.country.clone(),
        phone: profile.phone.clone(),
        messages: profile.messages,
        credit_balance: balances.iter().map(|balance| (*balance).into()).collect(),
    }
}
