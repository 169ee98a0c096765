//! Products: what is sold, and how many are left. What a subscription costs stands with `offers`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::catalogue::ProductKind;
use crate::domain::stock::StockCause;
use crate::wire::texts::ProductText;
use crate::wire::{Country, Id, Instant, Money, Title};

/// A product to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductBody {
    /// What customers see.
    #[schema(value_type = Title)]
    pub title: String,
    /// Whether it is sent or downloaded.
    pub kind: ProductKind,
    /// The id of the product that it is a variant of, which is no variant itself.
    #[schema(value_type = Option<Id>)]
    pub variant_of: Option<String>,
    /// Who makes it.
    #[schema(value_type = Option<Title>)]
    pub brand: Option<String>,
    /// The ids of its tags.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, max_items = 100, default = json!([]))]
    pub tags: Vec<String>,
    /// What one costs, without tax.
    pub unit_net: Option<Money>,
    /// How many there are; null is without limit, and so is what is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub stock: Option<i64>,
    /// The countries that it is sent to; empty is everywhere.
    #[serde(default)]
    #[schema(value_type = Vec<Country>, max_items = 300, default = json!([]))]
    pub ships_to: Vec<String>,
    /// Its title by language, such as `de`: up to 50 of them.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub texts: BTreeMap<String, ProductText>,
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
    /// The id of the product that it is a variant of.
    pub variant_of: Option<String>,
    /// Who makes it.
    pub brand: Option<String>,
    /// The ids of its tags.
    pub tags: Vec<String>,
    /// What one costs, without tax.
    pub unit_net: Option<Money>,
    /// How many are left; null is without limit.
    pub stock: Option<i64>,
    /// The countries that it is sent to; empty is everywhere.
    #[schema(value_type = Vec<Country>)]
    pub ships_to: Vec<String>,
    /// Its title by language.
    pub texts: BTreeMap<String, ProductText>,
}

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
    /// When.
    #[schema(value_type = Instant)]
    pub at: DateTime<Utc>,
    /// Why.
    pub cause: StockCause,
    /// How many came, or went; null where there is no limit after it, or was none before.
    pub change: Option<i64>,
    /// How many are left after it; null is without limit.
    pub left: Option<i64>,
    /// The order or checkout that it was for.
    pub subject: Option<String>,
}
