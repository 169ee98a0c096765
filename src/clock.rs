//! The one reader of the time: the system's, or an instant that is set by hand.
//!
//! Turning an instant into a merchant's date, and keeping a simulated instant in the book, is
//! left to the callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// Where `now` comes from. Clones of a simulated clock share its instant.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// An instant that moves only when it is set.
    Simulated(Simulated),
}

/// A shared instant, in microseconds since 1970: the precision of every database we write to.
#[derive(Clone, Debug)]
pub struct Simulated(Arc<AtomicI64>);

impl Clock {
    /// A simulated clock that stands at `now`.
    #[must_use]
    pub fn simulated(now: DateTime<Utc>) -> Self {
        Self::Simulated(Simulated(Arc::new(AtomicI64::new(now.timestamp_micros()))))
    }

    /// The current instant, truncated to microseconds so that it survives being stored.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let micros = match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks")]
            Self::System => Utc::now().timestamp_micros(),
            Self::Simulated(Simulated(at)) => at.load(Ordering::Acquire),
        };
        DateTime::from_timestamp_micros(micros).unwrap_or_default()
    }

    /// The shared instant, when this clock is simulated.
    #[must_use]
    pub fn as_simulated(&self) -> Option<&Simulated> {
        match self {
            Self::System => None,
            Self::Simulated(simulated) => Some(simulated),
        }
    }
}

impl Simulated {
    /// Moves the clock, and all its clones, to `now`. Whether it may go there is for the caller.
    pub fn set(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp_micros(), Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn clones_of_a_simulated_clock_move_together() {
        let start = Utc.with_ymd_and_hms(2026, 1, 31, 0, 0, 0).unwrap();
        let later = Utc.with_ymd_and_hms(2026, 2, 28, 12, 0, 0).unwrap();
        let clock = Clock::simulated(start);
        let clone = clock.clone();
        assert_eq!(clone.now(), start);
        clock.as_simulated().unwrap().set(later);
        assert_eq!(clone.now(), later);
    }

    #[test]
    fn instants_are_cut_to_microseconds() {
        let fine = DateTime::from_timestamp(1_767_225_600, 123_456_789).unwrap();
        assert_eq!(Clock::simulated(fine).now().timestamp_subsec_nanos(), 123_456_000);
        assert_eq!(Clock::System.now().timestamp_subsec_nanos() % 1000, 0);
    }

    #[test]
    fn the_system_clock_cannot_be_set() {
        assert!(Clock::System.as_simulated().is_none());
    }
}
