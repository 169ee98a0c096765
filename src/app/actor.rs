//! Who acts: the key with which something is asked for, so that what it brings about can be laid
//! at its door, and so that it has no more than its share. The edges say it once around a request;
//! everything within carries it. What the engine does by itself has no actor.

use std::future::Future;

use crate::domain::ids::{KeyId, MerchantId};

tokio::task_local! {
    static ACTOR: (KeyId, MerchantId);
}

/// Runs `work` on behalf of a key of a merchant.
pub async fn acting<F: Future>(key: KeyId, merchant: MerchantId, work: F) -> F::Output {
    ACTOR.scope((key, merchant), work).await
}

/// `work` for another task, on behalf of whoever this one works for.
pub(super) fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let whose = whole();
    async move {
        match whose {
            Some(whose) => ACTOR.scope(whose, work).await,
            None => work.await,
        }
    }
}

/// The key on whose behalf this task works, if any.
pub(super) fn current() -> Option<KeyId> {
    whole().map(|(key, _)| key)
}

/// The same with its merchant.
pub(super) fn whole() -> Option<(KeyId, MerchantId)> {
    ACTOR.try_with(Clone::clone).ok()
}
