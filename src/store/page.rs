//! A page of a list: what is asked of it, and where it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The most things that one list answers with.
pub const PAGE_MAX: i64 = 1_000;

/// The most that one page of a list gathers, in bytes as they are stored: what is longer goes on
/// with the next page.
pub const PAGE_BYTES_MAX: usize = 4 << 20;

/// A piece of a list: what follows `after`, at most `limit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The id of the last thing already seen.
    pub after: Option<String>,
    /// At most so many, up to [`PAGE_MAX`].
    pub limit: i64,
    /// From the last id to the first, which of what the engine makes is the newest first.
    pub backwards: bool,
    /// Only those with this text somewhere in their id or title, where the list can be searched.
    pub search: Option<String>,
    /// What it gathers, for whoever is told where it ends early; none where all of it is wanted,
    /// however much that is.
    pub gathered: Option<Gathered>,
}

/// How much one page of a list has gathered. A page ends early once that is [`PAGE_BYTES_MAX`],
/// though never without anything on it.
#[derive(Debug, Clone, Default)]
pub struct Gathered(Arc<(AtomicUsize, AtomicBool)>);

impl Gathered {
    /// How many bytes were read for it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.0.load(Ordering::Relaxed)
    }

    /// Whether there is more behind it than its number of things says.
    #[must_use]
    pub fn ended_early(&self) -> bool {
        self.0.1.load(Ordering::Relaxed)
    }

    pub(super) fn add(&self, bytes: usize) {
        self.0.0.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts what is kept, and not what was read.
    pub(super) fn keep(&self, bytes: usize) {
        self.0.0.store(bytes, Ordering::Relaxed);
    }

    /// Ends the page here, although there is more.
    pub fn end_early(&self) {
        self.0.1.store(true, Ordering::Relaxed);
    }
}

impl PartialEq for Gathered {
    /// What was found says nothing of what is asked.
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Gathered {}

impl Page {
    /// The first `limit`.
    #[must_use]
    pub fn first(limit: i64) -> Self {
        Self { after: None, limit, backwards: false, search: None, gathered: None }
    }

    /// Those that follow the thing with this id.
    #[must_use]
    pub fn after(id: &str, limit: i64) -> Self {
        Self { after: Some(id.to_owned()), ..Self::first(limit) }
    }

    /// The same page of those that hold this text.
    #[must_use]
    pub fn searched(self, text: Option<String>) -> Self {
        Self { search: text, ..self }
    }

    /// The same page, which ends early where there is much on it; `gathered` is told.
    #[must_use]
    pub fn gathering(self, gathered: &Gathered) -> Self {
        Self { gathered: Some(gathered.clone()), ..self }
    }

    /// The same page of the opposite order.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self { backwards: !self.backwards, ..self }
    }

    /// How many things it has at most.
    pub(super) fn size(&self) -> i64 {
        self.limit.clamp(0, PAGE_MAX)
    }
}
