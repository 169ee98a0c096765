//! Whoever waits for what this task reads. A request goes on in a task of its own when its client
//! has hung up, for what has been begun is done to its end; but nobody needs to read on for them.

use std::future::Future;
use std::sync::{Arc, Weak};

tokio::task_local! {
    static CALLER: Weak<()>;
}

/// Runs `work`, which only reads, for as long as this caller is there: with the last of them, it
/// ends at its next statement.
pub fn waiting<F: Future>(caller: &Arc<()>, work: F) -> impl Future<Output = F::Output> + use<F> {
    CALLER.scope(Arc::downgrade(caller), work)
}

/// Who waits, where that is known.
pub(super) fn current() -> Option<Weak<()>> {
    CALLER.try_with(Weak::clone).ok()
}
