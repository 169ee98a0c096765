//! The catalogue as a value: the offers, paths and taxes of a merchant as of an edit, held in
//! memory for all who decide at that edit.
//!
//! Every save of anything in the catalogue raises the merchant's edit in its own transaction. A
//! decision reads the edit in the transaction that it decides in; only where it is the one that is
//! held does it use what is held. So a catalogue is never stale, on any process.
//!
//! What is held was read by a look at what has been committed, never by a transaction that writes:
//! an edit whose transaction is rolled back leaves no trace, and its number is given out again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::NaiveDate;

use crate::domain::catalogue::Tax;
use crate::domain::ids::{MerchantId, TaxId};
use crate::domain::money::Rate;
use crate::rules::graph::Catalogue;
use crate::store::offers::{OFFERS_MAX, all_offers};
use crate::store::paths::{PATHS_MAX, all_paths};
use crate::store::{Tx, merchants, taxes};

use super::{App, AppError, Context};

/// How many bytes all that is held may take, as [`weight`] has it; beyond, what was used longest
/// ago goes.
const BYTES_MAX: usize = 128 * 1024 * 1024;

/// What is held, of every merchant.
#[derive(Default)]
pub(super) struct Catalogues(Mutex<Memory>);

#[derive(Default)]
struct Memory {
    held: BTreeMap<MerchantId, Held>,
    bytes: usize,
    /// How often something was looked for.
    turn: u64,
}

struct Held {
    catalogue: Arc<Edition>,
    used: u64,
    bytes: usize,
}

/// What a merchant defines, as of an edit.
#[derive(Debug, Clone, Default)]
pub struct Edition {
    /// The merchant's edit.
    pub edit: i64,
    /// The tax categories.
    pub taxes: BTreeMap<TaxId, Tax>,
    /// The offers and paths.
    pub catalogue: Catalogue,
}

impl Catalogues {
    /// What is held of a merchant, if it is of this edit.
    fn find(&self, merchant: &MerchantId, edit: i64) -> Option<Arc<Edition>> {
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        memory.turn += 1;
        let turn = memory.turn;
        let held = memory.held.get_mut(merchant).filter(|held| held.catalogue.edit == edit)?;
        held.used = turn;
        Some(held.catalogue.clone())
    }

    /// Holds a catalogue, unless a later one is held; lets go what was used longest ago.
    fn hold(&self, merchant: &MerchantId, edition: Arc<Edition>, bytes_max: usize) {
        let bytes = weight(&edition);
        let mut memory = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let later = |held: &Held| held.catalogue.edit > edition.edit;
        if bytes > bytes_max || memory.held.get(merchant).is_some_and(later) {
            return;
        }
        memory.turn += 1;
        let held = Held { catalogue: edition, used: memory.turn, bytes };
        memory.bytes += bytes;
        if let Some(before) = memory.held.insert(merchant.clone(), held) {
            memory.bytes -= before.bytes;
        }
        while memory.bytes > bytes_max {
            let oldest = memory.held.iter().min_by_key(|(_, held)| held.used);
            let Some(oldest) = oldest.map(|(merchant, _)| merchant.clone()) else { break };
            if let Some(gone) = memory.held.remove(&oldest) {
                memory.bytes -= gone.bytes;
            }
        }
    }
}

impl App {
    /// The catalogue of an edit, where it is held. Nobody waits for it to be read: it is held from
    /// the first look at it on.
    pub(super) fn held_catalogue(&self, merchant: &MerchantId, edit: i64) -> Option<Arc<Edition>> {
        self.inner.catalogues.find(merchant, edit)
    }

    /// The catalogue as it has been committed.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn catalogue(&self, merchant: &MerchantId) -> Result<Arc<Edition>, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| Box::pin(async move { app.committed_catalogue(tx, &merchant).await }))
            .await
    }

    /// The catalogue as a look sees it. Never to be asked in a transaction that writes.
    pub(super) async fn committed_catalogue(
        &self,
        tx: &mut Tx,
        merchant: &MerchantId,
    ) -> Result<Arc<Edition>, AppError> {
        let edit = merchants::get_edit(tx, merchant).await?;
        if let Some(held) = self.inner.catalogues.find(merchant, edit) {
            return Ok(held);
        }
        let edition = Arc::new(load(tx, merchant, edit).await?);
        if is_whole(&edition) {
            self.inner.catalogues.hold(merchant, edition.clone(), BYTES_MAX);
        }
        Ok(edition)
    }
}

impl Context {
    /// The catalogue that the context began with, where it is held and nobody has edited it since.
    pub(super) async fn catalogue_now(&self, tx: &mut Tx) -> Result<Option<&Catalogue>, AppError> {
        let Some(edition) = &self.edition else { return Ok(None) };
        let edit = merchants::get_edit(tx, &self.merchant).await?;
        Ok((edition.edit == edit).then_some(&edition.catalogue))
    }
}

async fn load(tx: &mut Tx, merchant: &MerchantId, edit: i64) -> Result<Edition, AppError> {
    let taxes = taxes::load_taxes(tx, merchant).await?;
    let offers = all_offers(tx, merchant).await?;
    let paths = all_paths(tx, merchant).await?;
    Ok(Edition { edit, taxes, catalogue: Catalogue::new(offers, paths) })
}

/// Whether nothing was left out for its number: decisions must not rest on a part.
fn is_whole(edition: &Edition) -> bool {
    let fewer = |count: usize, most: i64| i64::try_from(count).is_ok_and(|count| count < most);
    let catalogue = &edition.catalogue;
    fewer(catalogue.offers().len(), OFFERS_MAX) && fewer(catalogue.paths().len(), PATHS_MAX)
}

/// About how many bytes a catalogue takes.
fn weight(edition: &Edition) -> usize {
    let rates = |tax: &Tax| tax.rates.len() * size_of::<(NaiveDate, Rate)>();
    let taxes = edition.taxes.values().map(|tax| size_of::<Tax>() + rates(tax));
    edition.catalogue.bytes() + taxes.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::samples::offer;

    fn edition(edit: i64) -> Arc<Edition> {
        let offers = (0..10).map(|n| offer(&format!("o{n}"), 100, "P1M", "P1M"));
        let catalogue = Catalogue::new(offers.collect(), Vec::new());
        Arc::new(Edition { edit, taxes: BTreeMap::new(), catalogue })
    }

    fn merchant(n: usize) -> MerchantId {
        MerchantId::stored(format!("m{n}"))
    }

    #[test]
    fn what_was_used_longest_ago_goes_when_there_is_no_room() {
        let (catalogues, one) = (Catalogues::default(), weight(&edition(1)));
        for n in 0..100 {
            catalogues.hold(&merchant(n), edition(1), 3 * one);
            // The first is asked for all the time.
            assert!(catalogues.find(&merchant(0), 1).is_some(), "{n}");
        }
        let held = |n| catalogues.find(&merchant(n), 1).is_some();
        let there: Vec<usize> = (0..100).filter(|n| held(*n)).collect();
        assert_eq!(there, [0, 98, 99]);
        assert_eq!(catalogues.0.lock().unwrap().bytes, 3 * one);
        catalogues.hold(&merchant(100), edition(1), one - 1);
        assert!(!held(100), "it takes more than there is");
    }

    #[test]
    fn only_the_edit_that_is_asked_for_is_found_and_a_later_one_stays() {
        let (catalogues, id) = (Catalogues::default(), merchant(0));
        catalogues.hold(&id, edition(5), BYTES_MAX);
        catalogues.hold(&id, edition(4), BYTES_MAX);
        let found = [4, 5, 6].map(|edit| catalogues.find(&id, edit).is_some());
        assert_eq!(found, [false, true, false]);
        catalogues.hold(&id, edition(6), BYTES_MAX);
        assert!(catalogues.find(&id, 6).is_some());
        assert_eq!(catalogues.0.lock().unwrap().bytes, weight(&edition(6)), "one for each");
    }
}
