//! How many of a product are left.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::catalogue;
use crate::domain::stock::StockCause;
use crate::wire::Instant;
use crate::wire::definitions::Answer;

/// A product, as it is answered.
pub type Product = Answer<catalogue::Product>;

/// Some of a product come in, or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"add": 20}))]
pub struct RestockBody {
    /// How many; less than nothing takes some away. Not 0.
    #[schema(minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    pub add: i64,
}

/// A change of a product's stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockMove {
    /// Its place among the moves of this product, from 1 without gaps.
    pub sequence: i64,
    /// The instant of it.
    #[schema(value_type = Instant)]
    pub at: DateTime<Utc>,
    /// The cause.
    pub cause: StockCause,
    /// How many came, or went; null where there is no limit after it, or was none before.
    pub change: Option<i64>,
    /// How many are left after it; null is without limit.
    pub left: Option<i64>,
    /// The order or checkout that it was for.
    pub subject: Option<String>,
}
