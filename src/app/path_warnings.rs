//! The warnings about paths, remembered as long as everything that they rest on is the same: round
//! trips that pay are found by trying them, which takes longer than all the rest of a page.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use crate::domain::ids::{MerchantId, PathId};
use crate::domain::path::Path;
use crate::rules::graph::Catalogue;
use crate::rules::ledger::Tariff;
use crate::rules::lint::{Warning, lint_path};

use super::Context;

/// How many are remembered; then all are forgotten.
const KNOWN_MAX: usize = 200;

/// What is remembered, of every merchant.
#[derive(Default)]
pub(super) struct PathWarnings(Mutex<BTreeMap<Key, Known>>);

/// A path of a merchant, and whether it is still being written: then it is the latest edit.
type Key = (MerchantId, PathId, bool);

/// Warnings with all that they rest on.
struct Known {
    path: Path,
    around: Catalogue,
    tariff: Tariff,
    today: NaiveDate,
    warnings: Vec<Warning>,
}

impl PathWarnings {
    /// Every warning about a path.
    pub(super) fn about(
        &self,
        path: &Path,
        catalogue: &Catalogue,
        context: &Context,
    ) -> Vec<Warning> {
        let (offers, paths) = catalogue.around(path);
        let key = (context.merchant.clone(), path.id.clone(), path.edit == 0);
        let is_known = |known: &Known| {
            // When it was edited makes no difference, and to what is still written it is now.
            let same = Path { edited_at: known.path.edited_at, ..path.clone() } == known.path;
            same && known.today == context.today
                && known.tariff == context.tariff
                && known.around.offers().iter().eq(offers.iter().copied())
                && known.around.paths().iter().eq(paths.iter().copied())
        };
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(&key).filter(|known| is_known(known)) {
            return known.warnings.clone();
        }
        drop(known);
        let (offers, paths) = (offers.into_iter().cloned(), paths.into_iter().cloned());
        let around = Catalogue::new(offers.collect(), paths.collect());
        let (tariff, today) = (context.tariff.clone(), context.today);
        let warnings = lint_path(path, &around, &tariff, today);
        let fresh = Known { path: path.clone(), around, tariff, today, warnings: warnings.clone() };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(key, fresh);
        warnings
    }
}
