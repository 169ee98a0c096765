//! Scheduled changes: transitions that wait for their day. Carrying them out is left to billing.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::wire::checkouts::Mode;
use crate::wire::paths::Transition;
use crate::wire::{Date, Id};

/// What has become of a scheduled change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChangeStatus {
    /// It waits.
    Pending,
    /// It was carried out.
    Applied,
    /// It was taken back.
    Withdrawn,
    /// A newer one took its place.
    Superseded,
    /// It could not be carried out.
    Failed,
}

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
