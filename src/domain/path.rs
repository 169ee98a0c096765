//! The up/down-selling path: which offers lead to which, how and when.
//! Which path fires for a customer is for `rules::matching`.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::definition::{Definition, Kind, Lock};
use super::event::EventKind;
use super::ids::{PathId, TagId};
use super::text::Text;

/// When a change takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transition {
    /// At once, invoiced at once.
    Immediate,
    /// At once, invoiced at the source's next booking date.
    ImmediateNextBooking,
    /// Retroactively, from the start of the source's current period.
    LastBooking,
    /// At the source's next booking date.
    NextBooking,
    /// At the end of the source's term.
    EndOfTerm,
}

impl Transition {
    /// All five, in the order of the source document.
    pub const ALL: [Self; 5] = [
        Self::Immediate,
        Self::ImmediateNextBooking,
        Self::LastBooking,
        Self::NextBooking,
        Self::EndOfTerm,
    ];

    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::ImmediateNextBooking => "immediate_next_booking",
            Self::LastBooking => "last_booking",
            Self::NextBooking => "next_booking",
            Self::EndOfTerm => "end_of_term",
        }
    }

    /// Reads a stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|transition| transition.name() == name)
    }

    /// Whether the change waits for its date.
    #[must_use]
    pub fn is_scheduled(self) -> bool {
        matches!(self, Self::NextBooking | Self::EndOfTerm)
    }
}

/// Whether the target takes the source's place or stands beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Bought in addition.
    Add,
    /// Replaces the source.
    Replace,
}

impl Mode {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Replace => "replace",
        }
    }

    /// Reads a stable name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Add, Self::Replace].into_iter().find(|mode| mode.name() == name)
    }
}

/// What happens to a part of a period that was paid for and not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proration {
    /// Nothing is credited or charged.
    None,
    /// By the day.
    Day,
}

/// What an unpaid source means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnpaidSource {
    /// No change until it is paid.
    Refuse,
    /// The change goes ahead.
    Allow,
}

/// One up/down-selling rule of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Path {
    /// Chosen by the merchant.
    pub id: PathId,
    /// Rises with every save of any path of the merchant: the path edited last has the highest.
    pub edit: i64,
    /// When it was last saved.
    pub edited_at: DateTime<Utc>,
    /// Not shown to customers.
    pub internal_title: String,
    /// Not shown to customers.
    pub internal_description: Option<String>,
    /// Public title in the checkout.
    pub title: Text,
    /// Public text of the confirmation page.
    pub description: Text,
    /// An offer with one of these is a source.
    pub source_tags: BTreeSet<TagId>,
    /// An offer with one of these is a target.
    pub target_tags: BTreeSet<TagId>,
    /// Whether the target is bought in addition rather than replacing the source.
    pub optional: bool,
    /// Whether the customer may choose the replacement where the path is optional.
    pub customer_may_switch: bool,
    /// When the change takes effect.
    pub transition: Transition,
    /// What becomes of unused days.
    pub proration: Proration,
    /// What an unpaid source means.
    pub unpaid_source: UnpaidSource,
    /// Higher wins.
    pub priority: i64,
    /// Whether it may fire at all.
    pub active: bool,
    /// The first day on which it may fire.
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it may fire (inclusive).
    pub valid_until: Option<NaiveDate>,
}

impl Path {
    /// The same as if it were in force on every day.
    #[must_use]
    pub fn in_force(&self) -> Self {
        Self { active: true, valid_from: None, valid_until: None, ..self.clone() }
    }

    /// The modes that it allows, the default first.
    #[must_use]
    pub fn modes(&self) -> &'static [Mode] {
        match (self.optional, self.customer_may_switch) {
            (true, true) => &[Mode::Add, Mode::Replace],
            (true, false) => &[Mode::Add],
            (false, _) => &[Mode::Replace],
        }
    }
}

impl Definition for Path {
    type Id = PathId;

    const KIND: Kind = Kind {
        one: "path",
        table: "paths",
        saved: EventKind::PathSaved,
        deleted: Some(EventKind::PathDeleted),
        lock: Lock::Catalogue,
        refers: true,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &PathId {
        &self.id
    }
}
