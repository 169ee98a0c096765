//! The simulated clock of a book. What happens while it moves is left to billing.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::wire::billing::BillingRun;
use crate::wire::{Date, DateOrInstant, Instant};

/// Where the simulated clock stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TestClock {
    /// The instant.
    #[schema(value_type = Instant)]
    pub now: DateTime<Utc>,
    /// The merchant's date at that instant.
    #[schema(value_type = Date)]
    pub today: NaiveDate,
}

/// Where to move the simulated clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdvanceBody {
    /// The start of a day in the merchant's time zone, or an instant; never back.
    #[schema(value_type = DateOrInstant)]
    pub to: String,
}

/// What was done while the clock moved, and where it stands now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Advanced {
    /// What billing did on the way.
    #[serde(flatten)]
    pub run: BillingRun,
    /// The instant.
    #[schema(value_type = Instant)]
    pub now: DateTime<Utc>,
    /// The merchant's date at that instant.
    #[schema(value_type = Date)]
    pub today: NaiveDate,
}
