//! Scenario files: a catalogue, then dated steps, each with what is expected of it. They are
//! played on a book in memory through the very routes of the server, so that what is checked is
//! the product.
//!
//! Reading order: [`script`] (what a file says), `play` (going through its steps), `stage` (what
//! they are played on), `actions` (doing what they say), `automations`, `shop`, `client` (asking
//! the server), `book` (what has become of a customer), `expect` and `judge` (comparing).

mod actions;
mod automations;
mod book;
mod client;
mod done;
mod expect;
mod judge;
mod play;
pub mod script;
mod shop;
mod stage;

use std::fmt;

pub use play::{play, play_in};
pub use script::{Script, read};

/// Why a scenario did not go as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScenarioFailure {
    /// The file says something that cannot be meant; every fault with its place.
    Unreadable(Vec<String>),
    /// Its catalogue is refused.
    Catalogue(Vec<String>),
    /// What came differs from what was expected.
    Difference(Difference),
}

/// The first difference of a scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which step, from 1; none at the end of all.
    pub step: Option<usize>,
    /// What the step does, and when.
    pub doing: String,
    /// Where in `expect`, such as `documents/0/gross`.
    pub place: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl fmt::Display for ScenarioFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(faults) => write!(f, "{}", faults.join("\n      ")),
            Self::Catalogue(faults) => {
                write!(f, "its catalogue is refused: {}", faults.join("\n      "))
            }
            Self::Difference(difference) => difference.fmt(f),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "step {step}, {}: ", self.doing)?,
            None => write!(f, "{}: ", self.doing)?,
        }
        write!(f, "{}\n      expected {}\n      got      {}", self.place, self.expected, self.got)
    }
}

#[cfg(test)]
mod tests;
