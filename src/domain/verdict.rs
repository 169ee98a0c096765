//! What became of a rule that was looked at, whatever kind of rule it is: chosen, or the first
//! reason why not.

use serde::{Deserialize, Serialize};

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
            Self::Outranked(by) => Some(by.code()),
            Self::Unavailable(reason) | Self::Rejected(reason) => Some(reason.code()),
        }
    }
}

/// A verdict without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It applies.
    Chosen,
    /// It would have, had there not been a better one.
    Outranked,
    /// It would have, could what it gives be had.
    Unavailable,
    /// It does not fit.
    Rejected,
}

impl Outcome {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Chosen => "chosen",
            Self::Outranked => "outranked",
            Self::Unavailable => "unavailable",
            Self::Rejected => "rejected",
        }
    }
}

/// By what a rule was outranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outranked {
    /// By priority.
    Priority,
    /// By a rule edited later.
    Edit,
    /// By a subscription started later.
    Start,
    /// By the higher id.
    Id,
    /// By a rule of a lower tier.
    Tier,
}

impl Outranked {
    /// Its stable kebab-case code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Priority => "lower-priority",
            Self::Edit => "edited-earlier",
            Self::Start => "started-earlier",
            Self::Id => "lower-id",
            Self::Tier => "lower-tier",
        }
    }
}
