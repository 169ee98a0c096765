//! Who is signed in to the backend, by the hash of the token in their cookie. How long that lasts
//! is for `app`.

use chrono::{DateTime, Utc};

use super::sql::{args, row};
use super::{StoreError, Tx};
use crate::domain::ids::{KeyId, MerchantId};

/// Somebody who is signed in, with the key that they signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRow {
    /// Whose backend.
    pub merchant: MerchantId,
    /// The key.
    pub key: KeyId,
    /// `admin`, `merchant`, `checkout`, `billing` or `read`.
    pub role: String,
    /// What the key is for.
    pub label: Option<String>,
    /// When they signed in.
    pub created_at: DateTime<Utc>,
    /// When they were last seen.
    pub seen_at: DateTime<Utc>,
}

/// Stores a session that begins at `now`.
pub async fn insert_session(
    tx: &mut Tx,
    merchant: &MerchantId,
    key: &KeyId,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.execute(
        "insert into sessions (merchant_id, hash, key_id, created_at, seen_at) \
         values ($1, $2, $3, $4, $4)",
        args![merchant, hash, key, now],
    )
    .await?;
    Ok(())
}

/// The session of any merchant whose token has this SHA-256, if it began after `begun` and was
/// seen after `seen`, and its key has not been revoked since.
pub async fn find_session(
    tx: &mut Tx,
    hash: &[u8; 32],
    begun: DateTime<Utc>,
    seen: DateTime<Utc>,
) -> Result<Option<SessionRow>, StoreError> {
    let row: Option<Row> = tx
        .fetch_optional(
            "select s.merchant_id, s.key_id, k.role, k.label, s.created_at, s.seen_at \
             from sessions s join api_keys k on k.merchant_id = s.merchant_id and k.id = s.key_id \
             where s.hash = $1 and s.created_at > $2 and s.seen_at > $3 and k.revoked_at is null",
            args![hash, begun, seen],
        )
        .await?;
    Ok(row.map(SessionRow::from))
}

/// Notes that a session was seen.
pub async fn touch_session(
    tx: &mut Tx,
    merchant: &MerchantId,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.execute(
        "update sessions set seen_at = $3 where merchant_id = $1 and hash = $2",
        args![merchant, hash, now],
    )
    .await?;
    Ok(())
}

/// Ends a session; false where there is none.
pub async fn delete_session(
    tx: &mut Tx,
    merchant: &MerchantId,
    hash: &[u8; 32],
) -> Result<bool, StoreError> {
    let deleted = tx
        .execute("delete from sessions where merchant_id = $1 and hash = $2", args![merchant, hash])
        .await?;
    Ok(deleted == 1)
}

/// Forgets the sessions of all merchants that began before `begun` or were last seen before
/// `seen`; how many.
pub async fn purge_sessions(
    tx: &mut Tx,
    begun: DateTime<Utc>,
    seen: DateTime<Utc>,
) -> Result<u64, StoreError> {
    tx.execute("delete from sessions where seen_at <= $1 or created_at <= $2", args![seen, begun])
        .await
}

row! {
    struct Row {
        merchant_id: String,
        key_id: String,
        role: String,
        label: Option<String>,
        created_at: DateTime<Utc>,
        seen_at: DateTime<Utc>,
    }
}

impl From<Row> for SessionRow {
    fn from(row: Row) -> Self {
        Self {
            merchant: MerchantId::stored(row.merchant_id),
            key: KeyId::stored(row.key_id),
            role: row.role,
            label: row.label,
            created_at: row.created_at,
            seen_at: row.seen_at,
        }
    }
}
