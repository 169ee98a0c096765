//! Answers already given, so that a repeated request gets the same one. How long they are kept
//! is for the caller.

use chrono::{DateTime, TimeDelta, Utc};

use super::rows::{Place, to_json};
use super::sql::args;
use super::{StoreError, Tx};
use crate::domain::ids::{KeyId, MerchantId};

/// A request that was begun longer ago and not answered was lost with its server: the next with
/// its key starts anew.
const RUNNING_MAX: TimeDelta = TimeDelta::minutes(10);

/// Whose request under which name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The API key that was used.
    pub api_key: KeyId,
    /// The caller's `Idempotency-Key`.
    pub key: String,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers worth repeating.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Begun {
    /// Nothing: go on, then [`finish`] or [`abandon`].
    Fresh,
    /// The first is still at work.
    Running,
    /// The key was used for another request.
    Mismatch,
    /// It was answered.
    Replay(Answer),
}

/// Notes that a request is being worked on, unless it was seen before.
pub async fn begin(
    tx: &mut Tx,
    merchant: &MerchantId,
    request: &RequestKey,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Begun, StoreError> {
    let given_up = now - RUNNING_MAX;
    let fresh = tx
        .execute(
            "insert into idempotency (merchant_id, api_key_id, request_key, request_hash, state, \
             created_at) values ($1, $2, $3, $4, 'running', $5) \
             on conflict (merchant_id, api_key_id, request_key) do update \
             set request_hash = excluded.request_hash, created_at = excluded.created_at \
             where idempotency.state = 'running' and idempotency.created_at < $6",
            args![merchant, &request.api_key, &request.key, hash, now, given_up],
        )
        .await?;
    if fresh == 1 {
        return Ok(Begun::Fresh);
    }
    let row: RequestRow = tx
        .fetch_one(
            "select request_hash, status, headers, body from idempotency \
             where merchant_id = $1 and api_key_id = $2 and request_key = $3",
            args![merchant, &request.api_key, &request.key],
        )
        .await?;
    if row.request_hash != hash {
        return Ok(Begun::Mismatch);
    }
    let (Some(status), Some(headers), Some(body)) = (row.status, row.headers, row.body) else {
        return Ok(Begun::Running);
    };
    let place = Place { table: "idempotency", row: &request.key };
    Ok(Begun::Replay(Answer {
        status: place.need("status", u16::try_from(status).ok())?,
        headers: place.json("headers", &headers)?,
        body,
    }))
}

/// Keeps the answer.
pub async fn finish(
    tx: &mut Tx,
    merchant: &MerchantId,
    request: &RequestKey,
    answer: &Answer,
) -> Result<(), StoreError> {
    tx.execute(
        "update idempotency set state = 'answered', status = $4, headers = $5, body = $6 \
         where merchant_id = $1 and api_key_id = $2 and request_key = $3",
        args![
            merchant,
            &request.api_key,
            &request.key,
            u32::from(answer.status),
            to_json(&answer.headers)?,
            &answer.body,
        ],
    )
    .await?;
    Ok(())
}

/// Frees the key of a request that was not answered.
pub async fn abandon(
    tx: &mut Tx,
    merchant: &MerchantId,
    request: &RequestKey,
) -> Result<(), StoreError> {
    tx.execute(
        "delete from idempotency where merchant_id = $1 and api_key_id = $2 \
         and request_key = $3 and state = 'running'",
        args![merchant, &request.api_key, &request.key],
    )
    .await?;
    Ok(())
}

/// Forgets requests of all merchants that began before an instant; how many.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.execute("delete from idempotency where created_at < $1", args![before]).await
}

#[derive(sqlx::FromRow)]
struct RequestRow {
    request_hash: Vec<u8>,
    status: Option<i64>,
    headers: Option<String>,
    body: Option<String>,
}
