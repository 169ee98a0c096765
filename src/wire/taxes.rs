//! Tax categories with dated rates. Which rate holds when is left to the domain.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::{Date, Rate, Text};

/// A tax category to be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxBody {
    /// What merchants see.
    #[schema(value_type = Option<Text>)]
    pub title: Option<String>,
    /// The rates, each from its day on.
    #[schema(min_items = 1, max_items = 100)]
    pub rates: Vec<TaxRate>,
}

/// A rate and the day from which it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxRate {
    /// The rate in percent.
    #[schema(value_type = Rate)]
    pub rate: String,
    /// The first day.
    #[schema(value_type = Date)]
    pub valid_from: NaiveDate,
}

/// A tax category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tax {
    /// Its id.
    pub id: String,
    /// What merchants see.
    pub title: Option<String>,
    /// The rates, each from its day on.
    pub rates: Vec<TaxRate>,
}
