//! The request that a task works for: whether anybody waits for its answer still, how long it may
//! wait for what others have, and the address of the page that it came by. A request goes on in a
//! task of its own when its client has hung up, for what has been begun is done to its end; but
//! nobody needs to read on for them, and what has not begun to write need not begin.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// How long a request waits in all for what others have: its turns, a connection, a lock.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(10);

/// Whoever waits for an answer, until this is dropped.
pub struct Caller {
    presence: watch::Sender<()>,
    /// How long their request waits in all.
    patience: Duration,
}

/// The request that a task works for.
#[derive(Clone)]
pub(super) struct AskedFor(Arc<RequestState>);

struct RequestState {
    /// Ends with the caller.
    caller: watch::Receiver<()>,
    /// How long it waits in all.
    patience: Duration,
    only_reads: bool,
    /// Whether it writes by now, and so is done to its end.
    has_begun: AtomicBool,
    /// How long it has waited, in milliseconds.
    waited: AtomicU64,
    /// Whether each of its waits is one by itself, since there is no end to how many there are.
    takes_long: AtomicBool,
}

tokio::task_local! {
    static ASKED: Option<AskedFor>;
    /// The end of the address by which a customer came.
    static PAGE: Arc<str>;
}

impl Caller {
    /// Somebody who waits.
    #[must_use]
    pub fn new() -> Self {
        Self { presence: watch::Sender::new(()), patience: WAIT_MAX }
    }

    /// The same with little time.
    #[cfg(test)]
    pub(super) fn in_a_hurry(patience: Duration) -> Self {
        Self { patience, ..Self::new() }
    }

    fn asks(&self, only_reads: bool) -> AskedFor {
        AskedFor(Arc::new(RequestState {
            caller: self.presence.subscribe(),
            patience: self.patience,
            only_reads,
            has_begun: AtomicBool::new(false),
            waited: AtomicU64::new(0),
            takes_long: AtomicBool::new(false),
        }))
    }
}

impl Default for Caller {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs `work`, which only reads, for as long as this caller is there: with them, it ends at its
/// next statement.
pub fn waiting<F: Future>(caller: &Caller, work: F) -> impl Future<Output = F::Output> + use<F> {
    ASKED.scope(Some(caller.asks(true)), work)
}

/// Runs `work` for this caller: where it has not begun to write when they go, it does not begin.
pub fn writing<F: Future>(caller: &Caller, work: F) -> impl Future<Output = F::Output> + use<F> {
    ASKED.scope(Some(caller.asks(false)), work)
}

/// Runs `work` whoever is there, and as if nothing had been waited for yet: what has to be done
/// after a request.
pub async fn alone<F: Future>(work: F) -> F::Output {
    ASKED.scope(None, work).await
}

/// Runs `work` for the request that somebody else's task has begun with.
pub(super) async fn on_behalf<F: Future>(asked: Option<AskedFor>, work: F) -> F::Output {
    ASKED.scope(asked, work).await
}

/// Runs `work` for somebody who came by an address with this end.
pub async fn by_page<F: Future>(token: &str, work: F) -> F::Output {
    PAGE.scope(token.into(), work).await
}

/// The same where that is known of somebody else's task.
pub(super) async fn by_page_of<F: Future>(page: Option<Arc<str>>, work: F) -> F::Output {
    match page {
        Some(page) => PAGE.scope(page, work).await,
        None => work.await,
    }
}

/// The end of the address by which whoever this task works for came, if by one.
pub(super) fn page() -> Option<Arc<str>> {
    PAGE.try_with(Arc::clone).ok()
}

/// The request that this task works for, if for one.
pub(super) fn current() -> Option<AskedFor> {
    ASKED.try_with(Clone::clone).ok().flatten()
}

/// From now on each wait of this task's request is one by itself: it does as much as there is.
pub fn take_long() {
    if let Some(AskedFor(state)) = current() {
        state.takes_long.store(true, Ordering::Relaxed);
    }
}

/// Why something that others have was not waited for any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Impatience {
    /// It has taken too long.
    Late,
    /// Whoever waited for the answer is gone.
    Unawaited,
}

/// How long this task's request may wait still.
fn left() -> Duration {
    current().map_or(WAIT_MAX, |asked| asked.left())
}

/// The same where it waits so long in all; none of what does as much as there is, and of what
/// nobody has asked for.
pub(super) fn patience() -> Option<Duration> {
    current().filter(|asked| !asked.0.takes_long.load(Ordering::Relaxed)).map(|asked| asked.left())
}

/// Waits for what others have: no longer than the request may wait still, and no longer than
/// anybody waits for it, unless it writes by now.
pub(super) async fn wait_for<F: Future>(work: F) -> Result<F::Output, Impatience> {
    let asked = current();
    let (started, left) = (Instant::now(), left());
    let gone = async {
        match &asked {
            Some(asked) => asked.deserted().await,
            None => std::future::pending().await,
        }
    };
    let done = tokio::select! {
        biased;
        done = work => Ok(done),
        () = gone => Err(Impatience::Unawaited),
        () = tokio::time::sleep(left) => Err(Impatience::Late),
    };
    if let Some(asked) = asked {
        asked.has_waited(started.elapsed());
    }
    done
}

impl AskedFor {
    fn left(&self) -> Duration {
        let waited = Duration::from_millis(self.0.waited.load(Ordering::Relaxed));
        self.0.patience.saturating_sub(waited)
    }

    /// It has waited for so long.
    pub(super) fn has_waited(&self, time: Duration) {
        if !self.0.takes_long.load(Ordering::Relaxed) {
            let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
            self.0.waited.fetch_add(millis, Ordering::Relaxed);
        }
    }

    /// It writes from now on.
    pub(super) fn begin(&self) {
        self.0.has_begun.store(true, Ordering::Relaxed);
    }

    /// Whether whoever waited for it is gone before it has begun to write.
    pub(super) fn is_deserted(&self) -> bool {
        !self.0.has_begun.load(Ordering::Relaxed) && self.0.caller.has_changed().is_err()
    }

    /// Ends when that is so.
    async fn deserted(&self) {
        let mut caller = self.0.caller.clone();
        while caller.changed().await.is_ok() {}
        if self.0.has_begun.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
    }

    /// Who waits for what is read, where nothing is written.
    pub(super) fn reader(&self) -> Option<watch::Receiver<()>> {
        self.0.only_reads.then(|| self.0.caller.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn never() -> std::future::Pending<()> {
        std::future::pending()
    }

    const SOON: Duration = Duration::from_millis(300);

    #[tokio::test]
    async fn a_request_waits_so_long_in_all_and_not_for_each_thing() {
        let (caller, started) = (Caller::in_a_hurry(SOON), Instant::now());
        let work = async {
            let first = wait_for(tokio::time::sleep(SOON * 2 / 3)).await;
            (first, left() <= SOON / 3, wait_for(never()).await)
        };
        let waited = writing(&caller, work).await;
        assert_eq!(waited, (Ok(()), true, Err(Impatience::Late)));
        assert!(started.elapsed() < SOON * 3 / 2, "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn what_does_as_much_as_there_is_waits_for_each_thing_by_itself() {
        let (caller, started) = (Caller::in_a_hurry(SOON / 3), Instant::now());
        let work = async {
            take_long();
            for _ in 0..3 {
                assert_eq!(wait_for(never()).await, Err(Impatience::Late));
            }
        };
        writing(&caller, work).await;
        assert!(started.elapsed() >= SOON, "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn nobody_waits_on_for_who_has_gone_unless_it_writes() {
        let caller = Caller::in_a_hurry(SOON);
        let waiting = writing(&caller, wait_for(never()));
        let begun = writing(&caller, async {
            current().unwrap().begin();
            (wait_for(never()).await, current().unwrap().is_deserted())
        });
        let after = writing(&caller, async {
            (current().unwrap().is_deserted(), alone(async { left() }).await)
        });
        drop(caller);
        assert_eq!(waiting.await, Err(Impatience::Unawaited));
        assert_eq!(after.await, (true, WAIT_MAX));
        assert_eq!(begun.await, (Err(Impatience::Late), false));
    }
}
