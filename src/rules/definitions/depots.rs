//! The draft of the made-up noun.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::depot::Depot;
use crate::domain::fault::Fault;
use crate::domain::ids::TagId;
use crate::domain::shapes::Title;

use super::fields::Faults;
use super::{DraftFacts, Drafted};

/// A depot to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = DepotBody)]
pub struct DepotDraft {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// How many pallets it holds.
    pub pallets: i64,
}

impl From<&Depot> for DepotDraft {
    fn from(depot: &Depot) -> Self {
        Self { title: Some(depot.title.clone()), pallets: depot.pallets }
    }
}

impl Drafted for Depot {
    type Draft = DepotDraft;

    fn decide(id: TagId, draft: &DepotDraft, _: &DraftFacts) -> Result<Self, Vec<Fault>> {
        let mut faults = Faults::new();
        let title = faults.title("/title", draft.title.as_deref());
        if draft.pallets < 1 {
            faults.note("/pallets", "must be at least 1");
        }
        faults.answer(title.map(|title| Self { id, title, pallets: draft.pallets }))
    }
}
