//! Tags: the labels that paths join. What a path makes of them is left to `paths`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::Title;

/// A tag to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagBody {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: String,
}

/// A tag, with the offers and paths that use it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tag {
    /// Its id.
    pub id: String,
    /// What merchants see.
    pub title: String,
    /// The offers that carry it.
    pub offers: Vec<String>,
    /// The paths that start or end at it.
    pub paths: Vec<String>,
}
