//! A made-up noun, for tests: what another one needs of the domain.

use super::definition::{Definition, DefinitionLimit, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::TagId;

/// Where goods are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depot {
    /// Chosen by the merchant.
    pub id: TagId,
    /// Shown in the backend.
    pub title: String,
    /// How many pallets it holds.
    pub pallets: i64,
}

impl Definition for Depot {
    type Id = TagId;

    const KIND: Kind = Kind {
        one: "depot",
        table: "depots",
        described: OperationTexts {
            group: "catalogue",
            many: "depots",
            one: "a depot",
            writing: "",
            removing: "",
        },
        saved: EventKind::TagSaved,
        deleted: Some(EventKind::TagDeleted),
        lock: Lock::Catalogue,
        refers: false,
        in_graph: false,
        weighs_uses: false,
        most: Some(DefinitionLimit::things(2)),
    };

    fn id(&self) -> &TagId {
        &self.id
    }
}
