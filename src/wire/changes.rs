//! Scheduled changes: transitions that wait for their day. Carrying them out is left to billing.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::change::ChangeStatus;
use crate::domain::path::{Mode, Transition};
use crate::wire::{Date, Id};

/// A transition that was decided and waits for its day, or no longer does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduledChange {
    /// Its id.
    pub id: String,
    /// The subscription that it starts from.
    pub subscription: String,
    /// The offer that it leads to.
    pub target_offer: String,
    /// The path that was fired.
    pub path: String,
    /// Whether it replaces or adds.
    pub mode: Mode,
    /// What happens, and when.
    pub transition: Transition,
    /// The day on which it takes effect.
    #[schema(value_type = Date)]
    pub effective_on: NaiveDate,
    /// What has become of it.
    pub status: ChangeStatus,
    /// Why it failed.
    pub reason: Option<String>,
    /// The subscription that it led to.
    pub result_subscription: Option<String>,
}

/// Which scheduled changes are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangeFilter {
    /// Those with this status.
    #[param(inline)]
    pub status: Option<ChangeStatus>,
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
}
