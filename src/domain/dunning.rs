//! What becomes of an invoice that is not paid in time. When is decided in `rules`.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::document::Invoice;
use super::ids::{InvoiceId, SubscriptionId};
use super::names::names;

names! {
    /// What is done about an overdue invoice.
    pub enum DunningAction {
        /// The customer is to be reminded: the event `invoice.reminder_due` says so.
        Remind = "remind",
        /// The subscriptions on it end at once, without further documents. It is still owed: later
        /// steps remind of it.
        End = "end",
    }
}

/// A step that is taken of every overdue invoice, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DunningStep {
    /// So many days after the day by which it was to be paid.
    pub after_days: u32,
    /// What is done.
    pub action: DunningAction,
}

/// What was said or done about an invoice that is not paid in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DunningNotice {
    /// That it is overdue.
    Overdue(InvoiceId),
    /// A reminder, by its place among the steps from 0.
    Reminder(InvoiceId, u32),
    /// A subscription on it was ended.
    Ended(SubscriptionId),
}

impl Invoice {
    /// What is to be said next, if anything: a step by its place (none: that it is overdue), and
    /// the day from which on.
    #[must_use]
    pub fn next_dunning(&self, steps: &[DunningStep]) -> Option<(Option<u32>, NaiveDate)> {
        let after = |days: u32| {
            self.due_on.checked_add_days(Days::new(u64::from(days))).unwrap_or(self.due_on)
        };
        let Some(place) = self.dunned.checked_sub(1) else { return Some((None, after(1))) };
        let step = steps.get(usize::try_from(place).ok()?)?;
        Some((Some(place), after(step.after_days)))
    }
}
