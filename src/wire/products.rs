//! Products: what is sold. Prices stand with `offers`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::catalogue::ProductKind;
use crate::wire::Title;

/// A product to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductBody {
    /// What customers see.
    #[schema(value_type = Title)]
    pub title: String,
    /// Whether it is sent or downloaded.
    pub kind: ProductKind,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Product {
    /// Its id.
    pub id: String,
    /// What customers see.
    pub title: String,
    /// Whether it is sent or downloaded.
    pub kind: ProductKind,
}
