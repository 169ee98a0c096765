//! Stores what was decided: the plans of a whole batch, grouped by table into multi-row
//! statements. Numbers are taken last, so that others wait for them as briefly as possible.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{StoreError, Tx};
use crate::domain::ids::{CreditNoteId, Ids, InvoiceId, MerchantId};
use crate::domain::plan::Plan;

/// The numbers that new documents were given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// Of new invoices.
    pub invoices: BTreeMap<InvoiceId, i64>,
    /// Of new credit notes.
    pub credit_notes: BTreeMap<CreditNoteId, i64>,
}

/// Stores plans, in order; a customer may have several. Sellers and buyers are written down on
/// new documents as they are now.
pub async fn store_plans(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plans: &[Plan],
    ids: &mut Ids,
) -> Result<Stored, StoreError> {
    todo!()
}
