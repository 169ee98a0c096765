//! API keys, and the merchants that they belong to. How keys are kept is left to others.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::role::Role;
use crate::wire::{Id, Instant, Text, Title};

/// A key to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// What it may do.
    pub role: Role,
    /// Where it is used, for the merchant's own orientation.
    #[schema(value_type = Option<Text>)]
    pub label: Option<String>,
}

/// A key, without the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// Its id, by which it is revoked.
    pub id: String,
    /// What it may do.
    pub role: Role,
    /// Where it is used.
    pub label: Option<String>,
    /// When it was made.
    #[schema(value_type = Instant)]
    pub created_at: DateTime<Utc>,
}

/// A new key with its secret, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedKey {
    /// Its id, by which it is revoked.
    pub id: String,
    /// What it may do.
    pub role: Role,
    /// Where it is used.
    pub label: Option<String>,
    /// When it was made.
    #[schema(value_type = Instant)]
    pub created_at: DateTime<Utc>,
    /// The secret for `Authorization: Bearer KEY`.
    pub key: String,
}

/// A merchant to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMerchant {
    /// Its id.
    #[schema(value_type = Id)]
    pub id: String,
    /// Its name.
    #[schema(value_type = Title)]
    pub name: String,
}

/// A merchant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Merchant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A new merchant with its first admin key, which is shown this once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CreatedMerchant {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its first key, with role admin.
    pub key: String,
}
