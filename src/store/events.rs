//! The append-only record of everything that happened.

use chrono::{DateTime, Utc};

use super::{StoreError, Tx};
use crate::domain::ids::{CustomerId, EventId, Ids, MerchantId};
use crate::domain::plan::Event;

/// An event as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedEvent {
    /// Without gaps for each merchant, from 1, in the order of commits.
    pub sequence: i64,
    /// `evt_…`.
    pub id: EventId,
    /// Such as `invoice.issued`.
    pub kind: String,
    /// The id of what it happened to.
    pub subject: String,
    /// Whose, if a customer's.
    pub customer: Option<CustomerId>,
    /// What a reader needs to know.
    pub data: serde_json::Value,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

/// Records events that belong to no plan.
pub async fn insert_events(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    events: &[Event],
    ids: &mut Ids,
) -> Result<(), StoreError> {
    todo!()
}

/// Events that follow the sequence `after` (0 is the beginning), in order.
pub async fn list_events(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: i64,
    limit: i64,
) -> Result<Vec<RecordedEvent>, StoreError> {
    todo!()
}

/// An event.
pub async fn find_event(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EventId,
) -> Result<Option<RecordedEvent>, StoreError> {
    todo!()
}
