//! Reading scheduled changes. They are stored by [`super::plans`].

use super::{Page, StoreError, Tx};
use crate::domain::change::{ChangeStatus, ScheduledChange};
use crate::domain::ids::{ChangeId, CustomerId, MerchantId};

/// Which scheduled changes to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeFilter {
    /// Whose.
    pub customer: Option<CustomerId>,
    /// Where it stands.
    pub status: Option<ChangeStatus>,
}

/// A scheduled change.
pub async fn find_change(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ChangeId,
) -> Result<Option<ScheduledChange>, StoreError> {
    todo!()
}

/// Scheduled changes, by id, which is the order of creation.
pub async fn list_changes(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &ChangeFilter,
    page: &Page,
) -> Result<Vec<ScheduledChange>, StoreError> {
    todo!()
}
