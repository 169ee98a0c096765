//! Who acts: the key with which something is asked for, so that what it brings about can be laid
//! at its door. The edges say it once around a request; everything that is written within carries
//! it. What the engine does by itself has no actor.

use std::future::Future;

use crate::domain::ids::KeyId;

tokio::task_local! {
    static ACTOR: KeyId;
}

/// Runs `work` on behalf of a key.
pub async fn acting<F: Future>(key: KeyId, work: F) -> F::Output {
    ACTOR.scope(key, work).await
}

/// The key on whose behalf this task works, if any.
pub(super) fn current() -> Option<KeyId> {
    ACTOR.try_with(Clone::clone).ok()
}
