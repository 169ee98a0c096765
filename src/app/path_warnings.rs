//! The warnings about paths, remembered as long as everything that they rest on is the same: round
//! trips that pay are found by trying them, which takes longer than all the rest of a page.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::NaiveDate;

use crate::domain::ids::{MerchantId, PathId};
use crate::domain::path::Path;
use crate::rules::graph::{Catalogue, bytes_of_path};
use crate::rules::ledger::Tariff;
use crate::rules::lint::{Warning, lint_path};

/// How many bytes are remembered of every merchant; beyond, all is forgotten.
const BYTES_MAX: usize = 32 << 20;
/// How many of them one path may take.
const OF_A_PATH_MAX: usize = BYTES_MAX / 8;

/// What is remembered, of every merchant.
#[derive(Default)]
pub(super) struct PathWarnings(Mutex<RememberedWarnings>);

/// The warnings, and how many bytes they and what they rest on take.
#[derive(Default)]
struct RememberedWarnings {
    known: BTreeMap<Key, CachedPathWarnings>,
    bytes: usize,
}

impl RememberedWarnings {
    fn remember(&mut self, key: Key, fresh: CachedPathWarnings) {
        if fresh.bytes > OF_A_PATH_MAX {
            return;
        }
        if self.bytes + fresh.bytes > BYTES_MAX {
            *self = Self::default();
        }
        self.bytes += fresh.bytes;
        if let Some(before) = self.known.insert(key, fresh) {
            self.bytes -= before.bytes;
        }
    }
}

/// A path of a merchant, and whether it is still being written: then it is the latest edit.
type Key = (MerchantId, PathId, bool);

/// Warnings with all that they rest on.
struct CachedPathWarnings {
    path: Path,
    around: Catalogue,
    tariff: Tariff,
    today: NaiveDate,
    warnings: Vec<Warning>,
    bytes: usize,
}

impl PathWarnings {
    /// Every warning about a path of a merchant, by their tariff and on a day.
    pub(super) fn about(
        &self,
        path: &Path,
        catalogue: &Catalogue,
        (merchant, tariff, today): (&MerchantId, &Tariff, NaiveDate),
    ) -> Vec<Warning> {
        let (offers, paths) = catalogue.around(path);
        let key = (merchant.clone(), path.id.clone(), path.edit == 0);
        let is_known = |known: &CachedPathWarnings| {
            // When it was edited makes no difference, and to what is still written it is now.
            let same = Path { edited_at: known.path.edited_at, ..path.clone() } == known.path;
            same && known.today == today
                && known.tariff == *tariff
                && known.around.offers().iter().eq(offers.iter().copied())
                && known.around.paths().iter().eq(paths.iter().copied())
        };
        let remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered.known.get(&key).filter(|known| is_known(known)) {
            return known.warnings.clone();
        }
        drop(remembered);
        let (offers, paths) = (offers.into_iter().cloned(), paths.into_iter().cloned());
        let around = Catalogue::new(offers.collect(), paths.collect());
        let tariff = tariff.clone();
        let warnings = lint_path(path, &around, &tariff, today);
        let bytes = bytes_of(path, &around, &warnings);
        let fresh = CachedPathWarnings {
            path: path.clone(),
            around,
            tariff,
            today,
            warnings: warnings.clone(),
            bytes,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remember(key, fresh);
        warnings
    }
}

/// What a path, what lies around it and what is said of it take, as far as it can grow.
fn bytes_of(path: &Path, around: &Catalogue, warnings: &[Warning]) -> usize {
    let warnings = warnings.iter().map(|warning| size_of::<Warning>() + warning.detail.len());
    bytes_of_path(path) + around.bytes() + warnings.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn known(bytes: usize) -> CachedPathWarnings {
        let path = json!({
            "id": "p", "edit": 1, "edited_at": "2026-01-01T00:00:00Z", "internal_title": "",
            "internal_description": null, "title": "", "description": "", "source_tags": [],
            "target_tags": [], "optional": false, "customer_may_switch": false,
            "transition": "immediate", "proration": "none", "billing_date": "reset",
            "unpaid_source": "refuse",
            "priority": 0, "active": true, "valid_from": null, "valid_until": null,
        });
        CachedPathWarnings {
            path: serde_json::from_value(path).unwrap(),
            around: Catalogue::new(Vec::new(), Vec::new()),
            tariff: Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() },
            today: NaiveDate::MIN,
            warnings: Vec::new(),
            bytes,
        }
    }

    #[test]
    fn what_is_remembered_has_a_bound_in_bytes() {
        let mut remembered = RememberedWarnings::default();
        let key = |n: usize| {
            let path = PathId::stored(n.to_string());
            (MerchantId::stored("m".to_owned()), path, false)
        };
        for n in 0..1_000 {
            remembered.remember(key(n % 300), known((n * 7_919) % (2 * OF_A_PATH_MAX)));
            let sum: usize = remembered.known.values().map(|known| known.bytes).sum();
            assert_eq!(remembered.bytes, sum);
            assert!(sum <= BYTES_MAX, "{sum}");
        }
        assert!(!remembered.known.is_empty());
    }
}
