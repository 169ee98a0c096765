//! What paths lead to, and the graph that they span. Which one fires is left to the domain.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::path::Transition;
use crate::wire::Instant;

/// What a path means for the catalogue of now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PathImpact {
    /// When it was edited last.
    #[schema(value_type = Instant)]
    pub edited_at: DateTime<Utc>,
    /// How many edges it spans.
    pub edges: u64,
    /// What is odd about it; it works all the same.
    pub warnings: Vec<Warning>,
}

/// Something odd about a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    /// What it is: `tag_unused`, `no_edges`, `tag_on_both_sides`, `currency_mismatch`,
    /// `billing_period_differs`, `shadowed`, `breaks_term`, `forfeits_paid_time`, `free_bridge`,
    /// `misleading_date`, `introduction_loop`, `arbitrage`.
    pub code: String,
    /// What to do about it.
    pub detail: String,
}

/// What a path joins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PathEdge {
    /// The offer that it starts from.
    pub source: String,
    /// The offer that it leads to.
    pub target: String,
}

/// All offers and what joins them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Graph {
    /// The offers.
    pub offers: Vec<GraphOffer>,
    /// What joins them.
    pub edges: Vec<GraphEdge>,
}

/// An offer in the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GraphOffer {
    /// Its id.
    pub id: String,
    /// What customers see.
    pub title: String,
    /// The ids of its tags.
    pub tags: Vec<String>,
}

/// A way from one offer to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GraphEdge {
    /// The offer that it starts from.
    pub source: String,
    /// The offer that it leads to.
    pub target: String,
    /// The path that it comes from.
    pub path: String,
    /// What happens, and when.
    pub transition: Transition,
    /// Whether the target is bought in addition.
    pub optional: bool,
}
