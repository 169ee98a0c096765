//! Answers already given, so that a repeated request gets the same one. How long they are kept
//! and leased is for the caller.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::rows::{ColumnPlace, to_json};
use super::sql::{Write, args, row};
use super::{StoreError, Tx};
use crate::domain::ids::{KeyId, MerchantId};

/// The table of all that is noted here.
pub const TABLE: &str = "idempotency";
/// What an answer is stored with.
const COLUMNS: &str = "merchant_id, request_key, api_key_id, request_hash, state, created_at, \
                       attempt, status, headers, body";

/// One attempt at a request that came with an `Idempotency-Key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Keys of different merchants never meet; those of one do, whichever API key brings them.
    pub merchant: MerchantId,
    /// The API key that brings it, for the record.
    pub api_key: KeyId,
    /// The caller's `Idempotency-Key`.
    pub key: String,
    /// A digest of all that must be the same in a repetition.
    pub hash: [u8; 32],
    /// Which attempt this is: only the one that holds the key can store what it did.
    pub attempt: String,
}

/// An answer as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Headers worth repeating.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What is known of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// Nothing, and nothing is noted of it: go on, and store [`answered`] with the work.
    Free,
    /// Nothing before, and now that it is worked on: go on, then [`finish`] or [`abandon`].
    Fresh,
    /// Another attempt is at work.
    Running,
    /// The key was used for another request.
    Mismatch,
    /// It was answered.
    Replay(KeptAnswer),
}

/// Notes that a request is being worked on until `lease`, unless it was seen before. An attempt
/// whose lease has passed is taken over.
pub async fn begin(
    tx: &mut Tx,
    claim: &Claim,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
) -> Result<ClaimOutcome, StoreError> {
    let Claim { merchant, api_key, key, hash, attempt } = claim;
    let fresh = tx
        .execute(
            "insert into idempotency (merchant_id, api_key_id, request_key, request_hash, state, \
             created_at, attempt, leased_until) values ($1, $2, $3, $4, 'running', $5, $6, $7) \
             on conflict (merchant_id, request_key) do update \
             set api_key_id = excluded.api_key_id, request_hash = excluded.request_hash, \
             created_at = excluded.created_at, attempt = excluded.attempt, \
             leased_until = excluded.leased_until \
             where idempotency.state = 'running' \
             and (idempotency.leased_until is null or idempotency.leased_until < $5)",
            args![merchant, api_key, key, hash, now, attempt, lease],
        )
        .await?;
    if fresh == 1 {
        return Ok(ClaimOutcome::Fresh);
    }
    let row = find(tx, claim).await?;
    row.ok_or(StoreError::Stale { table: TABLE })?.says(claim)
}

/// What is known of a request that is done in one transaction, and notes nothing; none where an
/// attempt left it, so that it must be taken over by [`begin`].
pub async fn look(
    tx: &mut Tx,
    claim: &Claim,
    now: DateTime<Utc>,
) -> Result<Option<ClaimOutcome>, StoreError> {
    let Some(row) = find(tx, claim).await? else { return Ok(Some(ClaimOutcome::Free)) };
    let was_left = row.status.is_none() && row.leased_until.is_none_or(|until| until < now);
    if was_left { Ok(None) } else { row.says(claim).map(Some) }
}

async fn find(tx: &mut Tx, claim: &Claim) -> Result<Option<RequestRow>, StoreError> {
    tx.fetch_optional(
        "select request_hash, status, headers, body, leased_until from idempotency \
         where merchant_id = $1 and request_key = $2",
        args![&claim.merchant, &claim.key],
    )
    .await
}

/// The answer to a request of which nothing was noted, to be stored with its work: where another
/// attempt has stored its own, the transaction fails ([`StoreError::is_taken`]).
pub(crate) fn answered(
    claim: &Claim,
    answer: &KeptAnswer,
    now: DateTime<Utc>,
) -> Result<Write, StoreError> {
    let Claim { merchant, api_key, key, hash, attempt } = claim;
    let row = args![
        merchant,
        key,
        api_key,
        hash,
        "answered",
        now,
        attempt,
        u32::from(answer.status),
        to_json(&answer.headers)?,
        &answer.body,
    ];
    Ok(Write::insert(TABLE, COLUMNS, vec![row]))
}

/// Keeps the answer to a request that came to nothing, or was not done in one transaction: unless
/// another attempt has noted something of it.
pub async fn settle(
    tx: &mut Tx,
    claim: &Claim,
    answer: &KeptAnswer,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let write = answered(claim, answer, now)?;
    let write = write.on_conflict(
        "on conflict (merchant_id, request_key) do update \
         set state = excluded.state, status = excluded.status, headers = excluded.headers, \
         body = excluded.body \
         where idempotency.state = 'running' and idempotency.attempt = excluded.attempt",
    );
    tx.write(write).await?;
    Ok(())
}

/// Keeps the answer; whether the attempt still held the key. In the transaction of the work,
/// this is what makes it happen once: of two attempts only one finds the key its own.
pub async fn finish(tx: &mut Tx, claim: &Claim, answer: &KeptAnswer) -> Result<bool, StoreError> {
    let kept = tx
        .execute(
            "update idempotency set state = 'answered', status = $4, headers = $5, body = $6 \
             where merchant_id = $1 and request_key = $2 and attempt = $3 \
             and state = 'running'",
            args![
                &claim.merchant,
                &claim.key,
                &claim.attempt,
                u32::from(answer.status),
                to_json(&answer.headers)?,
                &answer.body,
            ],
        )
        .await?;
    Ok(kept == 1)
}

/// Goes on working on a request: its lease now ends later.
pub async fn renew(tx: &mut Tx, claim: &Claim, lease: DateTime<Utc>) -> Result<(), StoreError> {
    tx.execute(
        "update idempotency set leased_until = $4 where merchant_id = $1 \
         and request_key = $2 and attempt = $3 and state = 'running'",
        args![&claim.merchant, &claim.key, &claim.attempt, lease],
    )
    .await?;
    Ok(())
}

/// Frees the key of a request that came to nothing.
pub async fn abandon(tx: &mut Tx, claim: &Claim) -> Result<(), StoreError> {
    tx.execute(
        "delete from idempotency where merchant_id = $1 \
         and request_key = $2 and attempt = $3 and state = 'running'",
        args![&claim.merchant, &claim.key, &claim.attempt],
    )
    .await?;
    Ok(())
}

/// Forgets requests of all merchants that began before an instant; how many.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.execute("delete from idempotency where created_at < $1", args![before]).await
}

row! {
    struct RequestRow {
        request_hash: Vec<u8>,
        status: Option<i64>,
        headers: Option<String>,
        body: Option<String>,
        leased_until: Option<DateTime<Utc>>,
    }
}

impl RequestRow {
    fn says(self, claim: &Claim) -> Result<ClaimOutcome, StoreError> {
        if self.request_hash != claim.hash {
            return Ok(ClaimOutcome::Mismatch);
        }
        let (Some(status), Some(headers), Some(body)) = (self.status, self.headers, self.body)
        else {
            return Ok(ClaimOutcome::Running);
        };
        let place = ColumnPlace { table: TABLE, row: &claim.key };
        Ok(ClaimOutcome::Replay(KeptAnswer {
            status: place.need("status", u16::try_from(status).ok())?,
            headers: place.json("headers", &headers)?,
            body,
        }))
    }
}
