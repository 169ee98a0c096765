//! API keys, by the hash of their secret. What a role may do is for `app`.

use chrono::{DateTime, Utc};

use super::{Page, StoreError, Tx};
use crate::domain::ids::{KeyId, MerchantId};

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// `key_…`.
    pub id: KeyId,
    /// Whose.
    pub merchant: MerchantId,
    /// `admin`, `merchant`, `checkout`, `billing` or `read`.
    pub role: String,
    /// What it is for.
    pub label: Option<String>,
    /// The last characters of the secret, to tell keys apart.
    pub last: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Since when it opens nothing.
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The key whose secret has this SHA-256, revoked or not, of any merchant.
pub async fn find_key_by_hash(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<KeyRow>, StoreError> {
    todo!()
}

/// Stores a key; false where its hash or id is there already.
pub async fn insert_key(tx: &mut Tx, key: &KeyRow, hash: &[u8; 32]) -> Result<bool, StoreError> {
    todo!()
}

/// A merchant's keys, by id, revoked ones included.
pub async fn list_keys(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<KeyRow>, StoreError> {
    todo!()
}

/// Revokes a key; false where the merchant has no such key in force.
pub async fn revoke_key(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &KeyId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    todo!()
}
