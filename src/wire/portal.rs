//! The address at which a customer finds their portal. What stands there is for the pages.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::{Instant, Locale, Url};

/// A portal to be opened for a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewPortalSession {
    /// Where the customer is led back to: below one of the merchant's `return_origins`.
    #[schema(value_type = Option<Url>)]
    pub return_url: Option<String>,
    /// The language; else the customer's, else the merchant's.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
}

/// The address of a customer's portal. Whoever knows it may do there what the customer may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PortalSession {
    /// The address: told this once, and kept nowhere.
    pub url: String,
    /// When it leads there no more.
    #[schema(value_type = Instant)]
    pub expires_at: DateTime<Utc>,
}
