//! What an audit found. How it judges is left to the rules.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Audit {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// How many customers, subscriptions, scheduled changes, documents and payments were judged.
    pub checked: u64,
    /// What is wrong; of very many only the first, and a last one with the code `more-faults`
    /// that says how many there are.
    pub faults: Vec<AuditFault>,
}

/// Something that is wrong with the book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AuditFault {
    /// What: a stable code, listed in `docs/reference.md`.
    pub code: String,
    /// The id of what is wrong.
    pub subject: String,
    /// What was found, and what would be right.
    pub detail: String,
}
