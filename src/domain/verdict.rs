//! What became of a rule that was looked at, whatever kind of rule it is: chosen, or the first
//! reason why not.

use super::names::names;

/// A reason with a stable name.
pub trait Reasoned: Copy {
    /// Its stable kebab-case code.
    fn code(self) -> &'static str;
}

/// What became of a rule. Each but the first has its first reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict<R> {
    /// It applies.
    Chosen,
    /// It would do, but another comes first.
    Outranked(Outranked),
    /// It would do, but what it gives cannot be had now.
    Unavailable(R),
    /// It will not do.
    Rejected(R),
}

impl<R: Reasoned> Verdict<R> {
    /// The verdict without its reason.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::Chosen => Outcome::Chosen,
            Self::Outranked(_) => Outcome::Outranked,
            Self::Unavailable(_) => Outcome::Unavailable,
            Self::Rejected(_) => Outcome::Rejected,
        }
    }

    /// The reason, as its stable kebab-case code.
    #[must_use]
    pub fn code(self) -> Option<&'static str> {
        match self {
            Self::Chosen => None,
            Self::Outranked(by) => Some(by.name()),
            Self::Unavailable(reason) | Self::Rejected(reason) => Some(reason.code()),
        }
    }
}

names! {
    /// What became of a rule that was looked at.
    #[schema(as = Verdict)]
    pub enum Outcome {
        /// It applies.
        Chosen = "chosen",
        /// It would have, had there not been a better one.
        Outranked = "outranked",
        /// It would have, could what it gives be had.
        Unavailable = "unavailable",
        /// It does not fit.
        Rejected = "rejected",
    }
}

names! {
    /// By what a rule was outranked.
    pub enum Outranked {
        /// By priority.
        Priority = "lower-priority",
        /// By a rule edited later.
        Edit = "edited-earlier",
        /// By a subscription started later.
        Start = "started-earlier",
        /// By the higher id.
        Id = "lower-id",
        /// By a rule of a lower tier.
        Tier = "lower-tier",
    }
}
