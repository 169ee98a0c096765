//! The catalogue as a value, and how much of that is held.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::catalogue::Tax;
use crate::domain::ids::TaxId;
use crate::domain::money::Rate;
use crate::rules::graph::Catalogue;

use super::revision_cache::AtRevision;

/// How many bytes the catalogues of all merchants may take.
pub(super) const BYTES_MAX: usize = 128 * 1024 * 1024;

/// What a merchant defines, as of an edit.
#[derive(Debug, Clone, Default)]
pub struct CatalogueRevision {
    /// The merchant's edit.
    pub edit: i64,
    /// The tax categories.
    pub taxes: BTreeMap<TaxId, Tax>,
    /// The offers and paths.
    pub catalogue: Catalogue,
}

impl AtRevision for CatalogueRevision {
    const EDITIONS: usize = 1;

    fn edit(&self) -> i64 {
        self.edit
    }

    /// About how many bytes a catalogue takes.
    fn bytes(&self) -> usize {
        let rates = |tax: &Tax| tax.rates.len() * size_of::<(NaiveDate, Rate)>();
        let taxes = self.taxes.values().map(|tax| size_of::<Tax>() + rates(tax));
        self.catalogue.bytes() + taxes.sum::<usize>()
    }
}
