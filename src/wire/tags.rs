//! Who uses a tag. What a path makes of it is left to `paths`.

use serde::Serialize;
use utoipa::ToSchema;

/// What uses a tag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct TagUsers {
    /// The offers that carry it.
    pub offers: Vec<String>,
    /// The paths that start or end at it.
    pub paths: Vec<String>,
}
