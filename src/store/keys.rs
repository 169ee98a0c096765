//! API keys, by the hash of their secret. What a role may do is for `app`.

use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;

use super::query::SqlQuery;
use super::sql::{args, row};
use super::{Page, StoreError, Tx};
use crate::domain::ids::{KeyId, MerchantId};

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// `key_…`.
    pub id: KeyId,
    /// The merchant it belongs to.
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

/// How many bytes of a hash are searched for; the others are compared in constant time, so that
/// how long it takes says nothing about them.
const SEARCHED: usize = 8;

/// The key whose secret has this SHA-256, revoked or not, of any merchant.
pub async fn find_key_by_hash(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<KeyRow>, StoreError> {
    let (mut from, mut to) = ([u8::MIN; 32], [u8::MAX; 32]);
    from[..SEARCHED].copy_from_slice(&hash[..SEARCHED]);
    to[..SEARCHED].copy_from_slice(&hash[..SEARCHED]);
    let rows: Vec<HashedRow> = tx
        .fetch_all(
            "select merchant_id, id, hash, role, label, last, created_at, revoked_at \
             from api_keys where hash >= $1 and hash <= $2",
            args![&from, &to],
        )
        .await?;
    let found = rows.into_iter().find(|row| bool::from(row.hash.ct_eq(hash)));
    Ok(found.map(|found| found.row.into()))
}

/// A merchant's admin keys that are in force; nobody else revokes one until the transaction ends.
pub async fn lock_admin_keys(tx: &mut Tx, merchant: &MerchantId) -> Result<Vec<KeyId>, StoreError> {
    let ids: Vec<(String,)> = tx
        .fetch_all(
            "select id from api_keys where merchant_id = $1 and role = 'admin' \
             and revoked_at is null order by id for update",
            args![merchant],
        )
        .await?;
    Ok(ids.into_iter().map(|(id,)| KeyId::stored(id)).collect())
}

/// Stores a key; false where its hash or id is there already.
pub async fn insert_key(tx: &mut Tx, key: &KeyRow, hash: &[u8; 32]) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into api_keys (merchant_id, id, hash, role, label, last, created_at, \
             revoked_at) values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
            args![
                &key.merchant,
                &key.id,
                hash,
                &key.role,
                &key.label,
                &key.last,
                key.created_at,
                key.revoked_at,
            ],
        )
        .await?;
    Ok(added == 1)
}

/// A merchant's keys, by id, revoked ones included.
pub async fn list_keys(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<KeyRow>, StoreError> {
    let query = "select merchant_id, id, role, label, last, created_at, revoked_at from api_keys \
                 where merchant_id = $1";
    let (text, args) = SqlQuery::new(query, args![merchant]).page("id", page);
    let rows: Vec<Row> = tx.fetch_page((text, args), page).await?;
    Ok(rows.into_iter().map(KeyRow::from).collect())
}

/// Revokes a key; false where the merchant has no such key in force.
pub async fn revoke_key(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &KeyId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let revoked = tx
        .execute(
            "update api_keys set revoked_at = $3 \
             where merchant_id = $1 and id = $2 and revoked_at is null",
            args![merchant, id, now],
        )
        .await?;
    Ok(revoked == 1)
}

row! {
    struct HashedRow {
        hash: Vec<u8>,
        row: Row,
    }
}

row! {
    struct Row {
        merchant_id: String,
        id: String,
        role: String,
        label: Option<String>,
        last: String,
        created_at: DateTime<Utc>,
        revoked_at: Option<DateTime<Utc>>,
    }
}

impl From<Row> for KeyRow {
    fn from(row: Row) -> Self {
        Self {
            id: KeyId::stored(row.id),
            merchant: MerchantId::stored(row.merchant_id),
            role: row.role,
            label: row.label,
            last: row.last,
            created_at: row.created_at,
            revoked_at: row.revoked_at,
        }
    }
}
