//! Paths: the rules of up- and down-selling, and the graph that they span. Which one fires is
//! left to the domain.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::path::{BillingDate, Proration, Transition, UnpaidSource};
use crate::wire::texts::PathText;
use crate::wire::{Date, Id, Instant, Text, Title, yes};

/// A path to be written. Saving it counts as an edit, whatever has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "four switches, as they are published")]
pub struct PathBody {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub internal_title: String,
    /// Notes for merchants.
    #[schema(value_type = Option<Text>)]
    pub internal_description: Option<String>,
    /// What customers see, with variables such as {offerTitle}.
    #[schema(value_type = Title)]
    pub title: String,
    /// What customers read when it is done, with variables such as {nextPayment}.
    #[schema(value_type = Text)]
    pub description: String,
    /// The tags of the offers that it starts from.
    #[schema(value_type = Vec<Id>, min_items = 1, max_items = 100)]
    pub source_tags: Vec<String>,
    /// The tags of the offers that it leads to.
    #[schema(value_type = Vec<Id>, min_items = 1, max_items = 100)]
    pub target_tags: Vec<String>,
    /// Whether the target is bought in addition, not instead.
    #[serde(default)]
    #[schema(default = false)]
    pub optional: bool,
    /// Whether the customer may pick replacing although it is optional.
    #[serde(default)]
    #[schema(default = false)]
    pub customer_may_switch: bool,
    /// What happens, and when.
    pub transition: Transition,
    /// What happens to the part of a period that is not used.
    #[serde(default)]
    #[schema(default = "none")]
    pub proration: Proration,
    /// Whether the next booking date stays that of the source: only where an immediate change
    /// prorates by the day.
    #[serde(default)]
    #[schema(default = "reset")]
    pub billing_date: BillingDate,
    /// Whether those who replace have the introduction of what they get, where they are granted it.
    #[serde(default)]
    #[schema(default = false)]
    pub introduction: bool,
    /// What an unpaid source means.
    #[serde(default)]
    #[schema(default = "refuse")]
    pub unpaid_source: UnpaidSource,
    /// Of several paths that fit, the one with the highest priority fires.
    #[serde(default)]
    #[schema(minimum = -1_000_000, maximum = 1_000_000, default = 0)]
    pub priority: i32,
    /// Whether it fires at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// The first day on which it fires.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it fires.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// What customers read by language, such as `de`: up to 50 of them.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub texts: BTreeMap<String, PathText>,
}

/// A path, with what it leads to and what is odd about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "four switches, as they are published")]
pub struct Path {
    /// Its id.
    pub id: String,
    /// What merchants see.
    pub internal_title: String,
    /// Notes for merchants.
    pub internal_description: Option<String>,
    /// What customers see.
    pub title: String,
    /// What customers read when it is done.
    pub description: String,
    /// The tags of the offers that it starts from.
    pub source_tags: Vec<String>,
    /// The tags of the offers that it leads to.
    pub target_tags: Vec<String>,
    /// Whether the target is bought in addition, not instead.
    pub optional: bool,
    /// Whether the customer may pick replacing although it is optional.
    pub customer_may_switch: bool,
    /// What happens, and when.
    pub transition: Transition,
    /// What happens to the part of a period that is not used.
    pub proration: Proration,
    /// Whether the next booking date stays that of the source.
    pub billing_date: BillingDate,
    /// Whether those who replace have the introduction of what they get, where they are granted it.
    pub introduction: bool,
    /// What an unpaid source means.
    pub unpaid_source: UnpaidSource,
    /// Of several paths that fit, the one with the highest priority fires.
    pub priority: i32,
    /// Whether it fires at all.
    pub active: bool,
    /// The first day on which it fires.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it fires.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// What customers read by language.
    pub texts: BTreeMap<String, PathText>,
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
