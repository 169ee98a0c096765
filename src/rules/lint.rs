//! What a merchant should think about when saving a path.

use chrono::NaiveDate;

use super::graph::Catalogue;
use super::ledger::Tariff;
use crate::domain::path::Path;

/// Something to think about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A stable code.
    pub code: &'static str,
    /// What it is about.
    pub detail: String,
}

/// Everything to think about.
#[must_use]
pub fn lint_path(_: &Path, _: &Catalogue, _: &Tariff, _: NaiveDate) -> Vec<Warning> {
    Vec::new()
}
