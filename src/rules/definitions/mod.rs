//! From a draft as a person sent it to a domain value, or to every fault at once. What is
//! doubtful but allowed is for `lint`; storing it is for `store`.
//!
//! Reading order: [`catalog`] (tags, taxes, products, offers), [`paths`], [`merchants`]
//! (merchants, their settings, their customers); `fields` holds what all of them share.
//!
//! A draft keeps every field as plain text or number, with the defaults of the API, so that a
//! missing or ill-formed field is one fault among the others rather than the end of reading.

pub mod catalog;
mod fields;
pub mod merchants;
pub mod paths;

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::{ProductId, TagId, TaxId};

pub use fields::is_locale;

/// The most elements that one list of a draft may have.
pub const LIST_MAX: usize = 1_000;

/// What the catalogue holds already, as far as drafts refer to it.
#[derive(Debug, Clone, Default)]
pub struct CatalogFacts {
    /// Every tag.
    pub tags: BTreeSet<TagId>,
    /// Every tax category.
    pub taxes: BTreeSet<TaxId>,
    /// Every product with its title.
    pub products: BTreeMap<ProductId, String>,
}
