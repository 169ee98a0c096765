//! Answers already given, so that a repeated request gets the same one. How long they are kept
//! is for the caller.

use chrono::{DateTime, Utc};

use super::{StoreError, Tx};
use crate::domain::ids::{KeyId, MerchantId};

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
    todo!()
}

/// Keeps the answer.
pub async fn finish(
    tx: &mut Tx,
    merchant: &MerchantId,
    request: &RequestKey,
    answer: &Answer,
) -> Result<(), StoreError> {
    todo!()
}

/// Frees the key of a request that was not answered.
pub async fn abandon(
    tx: &mut Tx,
    merchant: &MerchantId,
    request: &RequestKey,
) -> Result<(), StoreError> {
    todo!()
}

/// Forgets requests of all merchants that began before an instant; how many.
pub async fn purge(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    todo!()
}
