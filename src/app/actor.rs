//! Who acts: the key with which something is asked for, so that what it brings about can be laid
//! at its door, and so that it has no more than its share. The edges say it once around a request;
//! everything within carries it. Whoever acts without a key on a hosted page has a merchant alone;
//! what the engine does by itself has no actor.

use std::future::Future;

use crate::domain::ids::{KeyId, MerchantId};

tokio::task_local! {
    static ACTOR: (Option<KeyId>, MerchantId);
}

/// Runs `work` on behalf of a key of a merchant.
pub async fn acting<F: Future>(key: KeyId, merchant: MerchantId, work: F) -> F::Output {
    ACTOR.scope((Some(key), merchant), work).await
}

/// Runs `work` of somebody without a key, on a page of a merchant's.
pub fn visiting<F: Future>(
    merchant: &MerchantId,
    work: F,
) -> impl Future<Output = F::Output> + use<F> {
    ACTOR.scope((None, merchant.clone()), Box::pin(work))
}

/// `work` for another task, on behalf of whoever this one works for: a task that is spawned would
/// else work for nobody.
pub fn carry<F: Future>(work: F) -> impl Future<Output = F::Output> {
    let whose = ACTOR.try_with(Clone::clone);
    async move {
        match whose {
            Ok(whose) => ACTOR.scope(whose, work).await,
            Err(_) => work.await,
        }
    }
}

/// The key on whose behalf this task works, if any.
pub(super) fn current() -> Option<KeyId> {
    whole().map(|(key, _)| key)
}

/// The same with its merchant.
pub(super) fn whole() -> Option<(KeyId, MerchantId)> {
    let (key, merchant) = ACTOR.try_with(Clone::clone).ok()?;
    Some((key?, merchant))
}

/// The merchant for whom this task works, if any.
pub(super) fn merchant() -> Option<MerchantId> {
    ACTOR.try_with(|(_, merchant)| merchant.clone()).ok()
}
