//! From a draft as a person sent it to a domain value, or to every fault at once. What is
//! doubtful but allowed is for `lint`; storing it is for `store`.
//!
//! Reading order: [`catalogue`] (tags, taxes, offers), [`products`], [`paths`], [`conditions`],
//! [`campaigns`], [`promotions`], [`gift_rules`], [`coupons`], [`message_templates`],
//! [`automations`], [`carts`], [`merchants`] (their settings, their customers), `branding` (what
//! their pages look like); [`texts`] holds what is said in several languages, `fields` what all of
//! them share.
//!
//! A draft keeps every field as plain text or number, with the defaults of the API, so that a
//! missing or ill-formed field is one fault among the others rather than the end of reading.

pub mod automations;
mod branding;
pub mod campaigns;
pub mod carts;
pub mod catalogue;
pub mod conditions;
pub mod coupons;
mod facts;
mod fields;
pub mod gift_rules;
pub mod merchants;
pub mod message_templates;
pub mod paths;
pub mod products;
pub mod promotions;
#[cfg(test)]
mod samples;
pub mod texts;

use serde::de::DeserializeOwned;

use crate::domain::automation::Automation;
use crate::domain::campaign::Campaign;
use crate::domain::catalogue::{Offer, Product, Tag, Tax};
use crate::domain::coupon::{Coupon, folded};
use crate::domain::definition::Definition;
use crate::domain::fault::Fault;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{
    AutomationId, CampaignId, CouponId, CustomerId, EndpointId, GiftRuleId, MessageTemplateId,
    OfferId, PathId, ProductId, PromotionId, TagId, TaxId,
};
use crate::domain::merchant::Customer;
use crate::domain::message_template::MessageTemplate;
use crate::domain::path::Path;
use crate::domain::promotion::Promotion;
use crate::domain::webhook::{Endpoint, EndpointStatus, Secret};

use super::taxes::{judge_rates, judge_use};
use super::webhooks::{EndpointDraft, EndpointTerms, decide_endpoint};
use automations::{AutomationDraft, decide_automation};
use campaigns::{CampaignDraft, decide_campaign};
use catalogue::{OfferDraft, TagDraft, TaxDraft, decide_offer, decide_tag, decide_tax};
use coupons::{CouponDraft, decide_coupon};
use gift_rules::{GiftRuleDraft, decide_gift_rule};
use merchants::{CustomerDraft, decide_customer};
use message_templates::{MessageTemplateDraft, decide_message_template};
use paths::{PathDraft, decide_path};
use products::{ProductDraft, StockDraft, decide_product};
use promotions::{PromotionDraft, decide_promotion};

pub use facts::{CatalogueFacts, Facts, LIST_MAX, MessageFacts};
pub use fields::unknown_language;
pub use fields::{MoneyDraft, is_locale};

/// A definition that is made of a draft.
pub trait Drafted: Definition {
    /// What is sent to define one. Every field is plain, so that a missing or ill-formed one is
    /// a fault among the others.
    type Draft: DeserializeOwned + Clone + std::fmt::Debug + Send + Sync + 'static;

    /// Decides whether a draft makes one.
    ///
    /// # Errors
    /// Every [`Fault`] in it.
    fn decide(id: Self::Id, draft: &Self::Draft, facts: &Facts) -> Result<Self, Vec<Fault>>;

    /// The code that a draft asks for, as codes are compared.
    #[must_use]
    fn wanted_code(_draft: &Self::Draft) -> Option<String> {
        None
    }
}

/// A draft as it came in, with what is wrong with it already by the published schema.
#[derive(Debug, Clone)]
pub struct Sent<D> {
    /// What was sent, without the parts that do not fit.
    pub draft: D,
    /// What does not fit.
    pub faults: Vec<Fault>,
}

impl<D> Sent<D> {
    /// Decides once: what the rule finds wrong joins what is known to be wrong.
    ///
    /// # Errors
    /// Every fault, each place once.
    pub fn decide<T>(
        &self,
        rule: impl FnOnce(&D) -> Result<T, Vec<Fault>>,
    ) -> Result<T, Vec<Fault>> {
        let decided = rule(&self.draft);
        if self.faults.is_empty() {
            return decided;
        }
        let found = decided.err().unwrap_or_default().into_iter().filter(|fault| {
            // What was taken out is missing only because of that.
            !self.faults.iter().any(|known| overlap(&known.pointer, &fault.pointer))
        });
        Err(self.faults.iter().cloned().chain(found).collect())
    }
}

impl<D> From<D> for Sent<D> {
    fn from(draft: D) -> Self {
        Self { draft, faults: Vec::new() }
    }
}

/// Whether one pointer leads to or through the other.
#[must_use]
pub fn overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

impl Drafted for Tag {
    type Draft = TagDraft;

    fn decide(id: TagId, draft: &TagDraft, _: &Facts) -> Result<Self, Vec<Fault>> {
        decide_tag(id, draft)
    }
}

impl Drafted for Tax {
    type Draft = TaxDraft;

    fn decide(id: TaxId, draft: &TaxDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        let tax = decide_tax(id, draft)?;
        judge_rates(&tax, facts.is_used, facts.today).map_err(|fault| vec![fault])?;
        Ok(tax)
    }
}

impl Drafted for Product {
    type Draft = ProductDraft;

    fn decide(id: ProductId, draft: &ProductDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        let mut product = decide_product(id, draft, &facts.catalogue)?;
        texts::known(&draft.texts, facts)?;
        if facts.keeps_stock && draft.stock == StockDraft::Unsaid {
            let known = facts.catalogue.products.get(&product.id);
            product.stock = known.and_then(|known| known.stock);
        }
        Ok(product)
    }
}

impl Drafted for Offer {
    type Draft = OfferDraft;

    fn decide(id: OfferId, draft: &OfferDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        let offer = decide_offer(id, draft, &facts.catalogue)?;
        texts::known(&draft.texts, facts)?;
        let tax = offer.terms.tax.as_ref().and_then(|id| facts.taxes.get(id));
        tax.map_or(Ok(()), |tax| judge_use(tax, facts.today)).map_err(|fault| vec![fault])?;
        Ok(offer)
    }
}

impl Drafted for Path {
    type Draft = PathDraft;

    fn decide(id: PathId, draft: &PathDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        let path = decide_path(id, draft, &facts.catalogue, facts.now)?;
        texts::known(&draft.texts, facts)?;
        Ok(path)
    }
}

impl Drafted for Campaign {
    type Draft = CampaignDraft;

    fn decide(id: CampaignId, draft: &CampaignDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        decide_campaign(id, draft, facts)
    }
}

impl Drafted for Promotion {
    type Draft = PromotionDraft;

    fn decide(id: PromotionId, draft: &PromotionDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        decide_promotion(id, draft, facts)
    }
}

impl Drafted for GiftRule {
    type Draft = GiftRuleDraft;

    fn decide(id: GiftRuleId, draft: &GiftRuleDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        decide_gift_rule(id, draft, facts)
    }
}

impl Drafted for Coupon {
    type Draft = CouponDraft;

    fn decide(id: CouponId, draft: &CouponDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        decide_coupon(id, draft, facts)
    }

    fn wanted_code(draft: &CouponDraft) -> Option<String> {
        draft.code.as_deref().map(folded)
    }
}

impl Drafted for MessageTemplate {
    type Draft = MessageTemplateDraft;

    fn decide(
        id: MessageTemplateId,
        draft: &MessageTemplateDraft,
        facts: &Facts,
    ) -> Result<Self, Vec<Fault>> {
        decide_message_template(id, draft, facts)
    }
}

impl Drafted for Automation {
    type Draft = AutomationDraft;

    fn decide(
        id: AutomationId,
        draft: &AutomationDraft,
        facts: &Facts,
    ) -> Result<Self, Vec<Fault>> {
        decide_automation(id, draft, facts)
    }
}

impl Drafted for Customer {
    type Draft = CustomerDraft;

    fn decide(id: CustomerId, draft: &CustomerDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        let profile = decide_customer(draft)?;
        match profile.locale.as_deref().filter(|tag| !(facts.is_language)(tag)) {
            Some(tag) => Err(vec![Fault::new("/locale", unknown_language(tag))]),
            None => Ok(Self { id, profile }),
        }
    }
}

impl Drafted for Endpoint {
    type Draft = EndpointDraft;

    fn decide(id: EndpointId, draft: &EndpointDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        let EndpointTerms { url, events } = decide_endpoint(draft, facts.reach)?;
        Ok(Self {
            id,
            url,
            events,
            secret: Secret::new(&facts.seed),
            previous: Vec::new(),
            status: EndpointStatus::Enabled,
            failing_since: None,
            created_at: facts.outside,
        })
    }
}
