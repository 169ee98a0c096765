//! From a draft as a person sent it to a domain value, or to every fault at once. What is
//! doubtful but allowed is for `lint`; storing it is for `store`.
//!
//! Reading order: [`catalogue`] (tags, taxes, products, offers), [`paths`], [`merchants`]
//! (merchants, their settings, their customers); `fields` holds what all of them share.
//!
//! A draft keeps every field as plain text or number, with the defaults of the API, so that a
//! missing or ill-formed field is one fault among the others rather than the end of reading.

pub mod catalogue;
mod fields;
pub mod merchants;
pub mod paths;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::DeserializeOwned;

use crate::domain::catalogue::{Offer, Product, Tag, Tax};
use crate::domain::definition::Definition;
use crate::domain::fault::Fault;
use crate::domain::ids::{CustomerId, EndpointId, OfferId, PathId, ProductId, TagId, TaxId};
use crate::domain::merchant::Customer;
use crate::domain::path::Path;
use crate::domain::webhook::{Endpoint, EndpointStatus, Reach, Secret};

use super::taxes::{judge_rates, judge_use};
use super::webhooks::{EndpointDraft, EndpointTerms, decide_endpoint};
use catalogue::{
    OfferDraft, ProductDraft, TagDraft, TaxDraft, decide_offer, decide_product, decide_tag,
    decide_tax,
};
use merchants::{CustomerDraft, decide_customer};
use paths::{PathDraft, decide_path};

pub use fields::is_locale;

/// The most elements that one list of a draft may have.
pub const LIST_MAX: usize = 1_000;

/// What the catalogue holds already, as far as drafts refer to it.
#[derive(Debug, Clone, Default)]
pub struct CatalogueFacts {
    /// Every tag.
    pub tags: BTreeSet<TagId>,
    /// Every tax category.
    pub taxes: BTreeSet<TaxId>,
    /// Every product with its title.
    pub products: BTreeMap<ProductId, String>,
}

/// All that judging a draft rests on.
#[derive(Debug, Clone)]
pub struct Facts {
    /// What the catalogue holds, where a draft may refer to it.
    pub catalogue: CatalogueFacts,
    /// The tax categories with their rates.
    pub taxes: BTreeMap<TaxId, Tax>,
    /// Whether something depends on the thing already, where its rule asks.
    pub is_used: bool,
    /// The instant, by the clock of the book.
    pub now: DateTime<Utc>,
    /// The day, by the clock of the book in the merchant's time zone.
    pub today: NaiveDate,
    /// The instant, by the clock outside, for what lives by that.
    pub outside: DateTime<Utc>,
    /// Where webhook endpoints may be.
    pub reach: Reach,
    /// Randomness for what has a secret.
    pub seed: [u8; 32],
    /// Whether anything is known of the language of this tag: how it is written.
    pub is_language: fn(&str) -> bool,
}

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

/// What is said of a language that nothing is known of.
#[must_use]
pub fn unknown_language(tag: &str) -> String {
    format!("'{tag}' is no known language tag such as en or de-AT")
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

    fn decide(id: ProductId, draft: &ProductDraft, _: &Facts) -> Result<Self, Vec<Fault>> {
        decide_product(id, draft)
    }
}

impl Drafted for Offer {
    type Draft = OfferDraft;

    fn decide(id: OfferId, draft: &OfferDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        let offer = decide_offer(id, draft, &facts.catalogue)?;
        let tax = offer.terms.tax.as_ref().and_then(|id| facts.taxes.get(id));
        tax.map_or(Ok(()), |tax| judge_use(tax, facts.today)).map_err(|fault| vec![fault])?;
        Ok(offer)
    }
}

impl Drafted for Path {
    type Draft = PathDraft;

    fn decide(id: PathId, draft: &PathDraft, facts: &Facts) -> Result<Self, Vec<Fault>> {
        decide_path(id, draft, &facts.catalogue, facts.now)
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
