//! What a statement should have touched.

use super::StoreError;

/// That as many rows were touched as were meant to be.
pub(super) fn touched(table: &'static str, count: u64, meant: usize) -> Result<(), StoreError> {
    match u64::try_from(meant) {
        Ok(meant) if meant == count => Ok(()),
        _ => Err(StoreError::Stale { table }),
    }
}
