//! The up/down-selling path: which offers lead to which, how and when.
//! Which path fires for a customer is for `rules::matching`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::calendar::Period;
use super::definition::{Definition, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::{PathId, TagId};
use super::names::names;
use super::text::{Text, Variable};
use super::translation::{PathText, said_in};

names! {
    /// What a completed checkout does to the source subscription, and when.
    pub enum Transition {
        /// At once, invoiced at once.
        Immediate = "immediate",
        /// At once, invoiced at the source's next booking date.
        ImmediateNextBooking = "immediate_next_booking",
        /// Retroactively, from the start of the source's current period.
        LastBooking = "last_booking",
        /// At the source's next booking date.
        NextBooking = "next_booking",
        /// At the end of the source's term.
        EndOfTerm = "end_of_term",
    }
}

impl Transition {
    /// Whether the change waits for its date.
    #[must_use]
    pub fn is_scheduled(self) -> bool {
        matches!(self, Self::NextBooking | Self::EndOfTerm)
    }
}

names! {
    /// How the target relates to what the customer has.
    pub enum Mode {
        /// Bought in addition.
        Add = "add",
        /// Replaces the source.
        Replace = "replace",
    }
}

names! {
    /// What happens to the part of a period that was paid and is not used.
    #[derive(Default)]
    pub enum Proration {
        /// Nothing is credited or charged.
        #[default]
        None = "none",
        /// By the day.
        Day = "day",
    }
}

names! {
    /// What becomes of the source's billing date in an immediate change by the day.
    #[derive(Default)]
    pub enum BillingDate {
        /// The target has a rhythm of its own, from the day of the change.
        #[default]
        Reset = "reset",
        /// The target is paid up to the source's next booking date, and booked there.
        Keep = "keep",
    }
}

names! {
    /// What an unpaid source means.
    #[derive(Default)]
    pub enum UnpaidSource {
        /// No change until it is paid.
        #[default]
        Refuse = "refuse",
        /// The change goes ahead.
        Allow = "allow",
    }
}

/// One up/down-selling rule of a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "four switches, as they are published")]
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
    /// What becomes of the billing date.
    pub billing_date: BillingDate,
    /// Whether a replacement has the introduction of the target, where the customer is granted it.
    #[serde(default)]
    pub introduction: bool,
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
    /// What customers read of it in other languages (BCP 47).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub texts: BTreeMap<String, PathText>,
}

impl Path {
    /// Its public title in a locale, else as the merchant wrote it first.
    #[must_use]
    pub fn title_in(&self, locale: &str) -> &Text {
        said_in(&self.texts, locale, |it| it.title.as_ref()).unwrap_or(&self.title)
    }

    /// Its public text in a locale, else as the merchant wrote it first.
    #[must_use]
    pub fn description_in(&self, locale: &str) -> &Text {
        said_in(&self.texts, locale, |it| it.description.as_ref()).unwrap_or(&self.description)
    }

    /// Whether it has texts of its own in a locale.
    #[must_use]
    pub fn speaks(&self, locale: &str) -> bool {
        said_in(&self.texts, locale, Some).is_some()
    }

    /// Whether customers read the value of a variable, in any language.
    #[must_use]
    pub fn shows(&self, variable: Variable) -> bool {
        let first = self.title.uses(variable) || self.description.uses(variable);
        first || self.texts.values().any(|text| text.uses(variable))
    }

    /// The same as if it were in force on every day.
    #[must_use]
    pub fn in_force(&self) -> Self {
        Self { active: true, valid_from: None, valid_until: None, ..self.clone() }
    }

    /// Whether it leads from a billing period to another: what keeps the billing date needs two
    /// that are alike.
    #[must_use]
    pub fn joins(&self, source: Period, target: Period) -> bool {
        self.billing_date == BillingDate::Reset || source.is_as_long_as(target)
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
        described: OperationTexts {
            group: "paths",
            many: "paths",
            one: "a path",
            writing: "Saving it counts as an edit, whatever has changed.",
            removing: "What was promised on it stays promised.",
        },
        saved: EventKind::PathSaved,
        deleted: Some(EventKind::PathDeleted),
        lock: Lock::Catalogue,
        refers: true,
        in_graph: true,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &PathId {
        &self.id
    }

    fn edit_number(&self) -> Option<i64> {
        Some(self.edit)
    }

    fn is_active(&self) -> bool {
        self.active
    }
}
