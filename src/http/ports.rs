//! What the HTTP edge asks of the rest: who a key belongs to, and what an `Idempotency-Key` has
//! already been answered with.
//!
//! Only traits and the values they carry; whoever starts the server brings the real ones.

use std::future::Future;
use std::pin::Pin;

use serde::{Deserialize, Serialize};

pub use crate::wire::keys::Role;

/// A future behind a pointer, so that the ports can be trait objects.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A port could not answer. The cause has been logged where it happened.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct PortError(pub String);

/// Who is asking: the merchant, the key and its role. Handlers take it as an extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The merchant that the key belongs to; every query is scoped by it.
    pub merchant: String,
    /// The key's own id, for the record; never the key.
    pub key_id: String,
    /// What the key may do.
    pub role: Role,
}

/// Looks up API keys. Keys are kept as digests only.
pub trait Keys: Send + Sync {
    /// The owner of the key with this SHA-256 digest; `None` when unknown or revoked.
    fn authenticate(&self, sha256: [u8; 32]) -> Later<'_, Result<Option<Principal>, PortError>>;
}

/// One use of an `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Keys of different merchants never meet.
    pub merchant: String,
    /// The API key that was used: nor do those of different API keys.
    pub key_id: String,
    /// The header's value.
    pub key: String,
    /// A digest of method, path, query and body: what must be the same on a replay.
    pub fingerprint: [u8; 32],
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Never seen: this request does the work, and finishes or releases the claim.
    First,
    /// Done before: the first answer, to be sent again.
    Replay(StoredAnswer),
    /// The key was used for another request.
    Reused,
    /// The first request is still being worked on.
    Running,
}

/// An answer as it was sent: enough to send it again, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredAnswer {
    /// The status code.
    pub status: u16,
    /// The headers that belong to the answer (`content-type`, `location`, `etag`).
    pub headers: Vec<(String, String)>,
    /// The body, which is text in all of our formats.
    pub body: String,
}

/// Remembers the first answer to each `Idempotency-Key`, for 24 hours at least.
pub trait Idempotency: Send + Sync {
    /// Claims a key, or says what became of it. A claim whose owner died is free again after a
    /// while that is longer than any request may take.
    fn begin(&self, claim: Claim) -> Later<'_, Result<Begun, PortError>>;

    /// Keeps the answer for replays.
    fn finish(&self, claim: Claim, answer: StoredAnswer) -> Later<'_, Result<(), PortError>>;

    /// Frees the key: nothing was done, so the same request may be tried again.
    fn release(&self, claim: Claim) -> Later<'_, Result<(), PortError>>;
}

/// Whether the server can do its work right now.
pub trait Readiness: Send + Sync {
    /// `Ok` when the database answers and is migrated.
    fn check(&self) -> Later<'_, Result<(), PortError>>;
}
