//! Who acts: the key with which something is asked for, so that what it brings about can be laid
//! at its door, and so that it has no more than its share. The edges say it once around a request;
//! everything within carries it. Whoever acts without a key on a hosted page has a merchant alone;
//! what the engine does by itself has no actor.

use std::future::Future;

use crate::domain::actor::Actor;
use crate::domain::ids::{KeyId, MerchantId};

tokio::task_local! {
    static ACTOR: (Actor, MerchantId);
}

/// Runs `work` on behalf of a key of a merchant.
pub async fn acting<F: Future>(key: KeyId, merchant: MerchantId, work: F) -> F::Output {
    ACTOR.scope((Actor::Key(key), merchant), work).await
}

/// Runs `work` of somebody without a key, on a page of a merchant's.
pub fn visiting<F: Future>(
    merchant: &MerchantId,
    work: F,
) -> impl Future<Output = F::Output> + use<F> {
    ACTOR.scope((Actor::Page, merchant.clone()), Box::pin(work))
}

/// Runs `work` of a customer in their portal.
pub fn in_portal<F: Future>(
    merchant: &MerchantId,
    work: F,
) -> impl Future<Output = F::Output> + use<F> {
    ACTOR.scope((Actor::Portal, merchant.clone()), Box::pin(work))
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

/// On whose behalf this task works, if on anybody's.
pub(super) fn current() -> Option<Actor> {
    ACTOR.try_with(|(actor, _)| actor.clone()).ok()
}

/// The key on whose behalf this task works with its merchant, if there is one.
pub(super) fn whole() -> Option<(KeyId, MerchantId)> {
    let (actor, merchant) = ACTOR.try_with(Clone::clone).ok()?;
    Some((actor.key()?.clone(), merchant))
}

/// The merchant for whom this task works, if any.
pub(super) fn merchant() -> Option<MerchantId> {
    ACTOR.try_with(|(_, merchant)| merchant.clone()).ok()
}
