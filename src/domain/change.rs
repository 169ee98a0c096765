//! A scheduled change: a decided transition that waits for its date. Carrying it out is for
//! `rules::transitions`.

use chrono::NaiveDate;

use super::catalogue::Terms;
use super::coupon::FirstLineDiscount;
use super::ids::{ChangeId, CustomerId, PathId, SubscriptionId};
use super::names::names;
use super::path::{Mode, Transition};

names! {
    /// What has become of a scheduled change.
    pub enum ChangeStatus {
        /// Waits for its date.
        Pending = "pending",
        /// Carried out.
        Applied = "applied",
        /// Taken back.
        Withdrawn = "withdrawn",
        /// A newer replacement took its place.
        Superseded = "superseded",
        /// Could not be carried out.
        Failed = "failed",
    }
}

/// A decided transition that waits for its date. It rests on what was promised: `terms` are
/// those of the completed checkout, whatever becomes of path and offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledChange {
    /// `sch_…`.
    pub id: ChangeId,
    /// Orders changes by creation within the customer, from 1.
    pub sequence: i64,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The source.
    pub subscription: SubscriptionId,
    /// What was promised.
    pub terms: Terms,
    /// The path that fired.
    pub path: PathId,
    /// Replacement or addition.
    pub mode: Mode,
    /// `next_booking` or `end_of_term`.
    pub transition: Transition,
    /// The day on which it is carried out.
    pub effective_on: NaiveDate,
    /// Where it stands.
    pub status: ChangeStatus,
    /// Why it failed or was withdrawn: a stable kebab-case code.
    pub reason: Option<String>,
    /// The subscription that it began.
    pub result_subscription: Option<SubscriptionId>,
    /// The cancellation that it withdrew and that comes back if it is withdrawn.
    pub withdrew_cancel_on: Option<NaiveDate>,
    /// What will be taken off the first line that books what it begins.
    pub cut: Option<FirstLineDiscount>,
    /// Whether what it begins has the introduction of its terms, as was promised.
    pub introduced: bool,
}

impl ScheduledChange {
    /// Whether it waits for its date.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.status == ChangeStatus::Pending
    }

    /// Whether it is over, and nothing came of it.
    #[must_use]
    pub fn is_void(&self) -> bool {
        !matches!(self.status, ChangeStatus::Pending | ChangeStatus::Applied)
    }

    /// Whether it waits to replace its source.
    #[must_use]
    pub fn is_pending_replacement(&self) -> bool {
        self.is_pending() && self.mode == Mode::Replace
    }

    /// Whether what it begins has a trial.
    #[must_use]
    pub fn has_trial(&self) -> bool {
        self.terms.has_trial(self.introduced)
    }

    /// The first day for which what it begins is booked.
    #[must_use]
    pub fn booked_from(&self) -> NaiveDate {
        self.terms.booked_from(self.effective_on, self.introduced)
    }
}
