//! What the HTTP edge asks of the rest: who a key belongs to, and what an `Idempotency-Key` has
//! already been answered with.
//!
//! Only traits and the values they carry; whoever starts the server brings the real ones.

use crate::edge::problem::Problem;

pub use crate::app::idempotency::{Claim, ClaimOutcome, KeptAnswer, LEASE};
pub use crate::domain::role::Role;
pub use futures_core::future::BoxFuture;

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
pub trait KeyLookup: Send + Sync {
    /// The owner of the key with this SHA-256 digest; `None` when unknown or revoked.
    fn authenticate(&self, sha256: [u8; 32])
    -> BoxFuture<'_, Result<Option<Principal>, PortError>>;
}

/// What a request takes to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestNeeds {
    /// One transaction, in which its answer is kept.
    OneTransaction,
    /// Several, one after the other.
    Several,
}

/// Remembers the first answer to each `Idempotency-Key`, for 24 hours at least.
pub trait Idempotency: Send + Sync {
    /// Says what became of a key. What several transactions do claims it; a claim that was not
    /// renewed for [`LEASE`] is free again.
    fn begin(
        &self,
        claim: Claim,
        takes: RequestNeeds,
    ) -> BoxFuture<'_, Result<ClaimOutcome, Problem>>;

    /// Says that the claim is still being worked on.
    fn renew(&self, claim: Claim) -> BoxFuture<'_, ()>;

    /// Keeps the answer for replays.
    fn finish(&self, claim: Claim, answer: KeptAnswer) -> BoxFuture<'_, Result<(), Problem>>;

    /// Frees the key: nothing was done, so the same request may be tried again.
    fn release(&self, claim: Claim) -> BoxFuture<'_, ()>;
}

/// Whether the server can do its work right now.
pub trait Readiness: Send + Sync {
    /// `Ok` when the database answers and is migrated.
    fn check(&self) -> BoxFuture<'_, Result<(), PortError>>;
}
