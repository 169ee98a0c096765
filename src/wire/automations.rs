//! Automations: messages after what a customer did. Who starts and what is sent is left to the
//! domain.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::automation::{self as domain, State};
use crate::domain::automation_run::{self, AutomationRunStatus, ExitReason, SuppressionReason};
use crate::rules::automations::NotStarted;
use crate::wire::definitions::Answer;
use crate::wire::{Id, Instant};

/// An automation, as it is answered.
pub type Automation = Answer<domain::Automation>;

/// Where an automation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct AutomationStanding {
    /// Whether it works.
    pub state: State,
    /// The number of this version.
    pub version: i64,
    /// Since when it is live.
    #[schema(value_type = Option<Instant>)]
    pub live_since: Option<DateTime<Utc>>,
}

/// Which runs are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RunFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<AutomationRunStatus>,
}

/// A customer on their way through an automation: one for each of both, ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AutomationRun {
    /// Its id.
    pub id: String,
    /// The customer.
    pub customer: String,
    /// The order that started it.
    pub order: Option<String>,
    /// The subscription that started it.
    pub subscription: Option<String>,
    /// The version that they go through.
    pub version: i64,
    /// Where they stand.
    pub status: AutomationRunStatus,
    /// Why they left.
    pub exit_reason: Option<ExitReason>,
    /// The step that they wait for.
    pub step: Option<String>,
    /// When that is due; null while a message is on its way.
    #[schema(value_type = Option<Instant>)]
    pub due_at: Option<DateTime<Utc>>,
    /// Their coupon.
    pub coupon: Option<String>,
    /// When it began.
    #[schema(value_type = Instant)]
    pub started_at: DateTime<Utc>,
    /// When it ended.
    #[schema(value_type = Option<Instant>)]
    pub ended_at: Option<DateTime<Utc>>,
}

impl AutomationRun {
    /// A run with the key of the step at which it stands.
    #[must_use]
    pub fn of(run: &automation_run::AutomationRun, step: Option<String>) -> Self {
        let is_waiting = run.status == AutomationRunStatus::Active;
        Self {
            id: run.id.to_string(),
            customer: run.customer.to_string(),
            order: run.order.as_ref().map(ToString::to_string),
            subscription: run.subscription.as_ref().map(ToString::to_string),
            version: run.version,
            status: run.status,
            exit_reason: run.exit_reason,
            step: step.filter(|_| is_waiting),
            due_at: run.due_at,
            coupon: run.coupon.clone(),
            started_at: run.started_at,
            ended_at: run.ended_at,
        }
    }
}

/// Whom it is about.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhoStarts {
    /// The customer, who must be named.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
}

/// Why a customer is on their way through an automation, or is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExplainedStart {
    /// Whether they ever started.
    pub started: bool,
    /// Their way.
    pub run: Option<AutomationRun>,
    /// The first that is missing; null where they started.
    pub reason: Option<NotStarted>,
}

/// A customer who is sent no messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Suppression {
    /// The customer.
    pub customer: String,
    /// The reason.
    pub reason: SuppressionReason,
    /// The moment from which it holds.
    #[schema(value_type = Instant)]
    pub since: DateTime<Utc>,
}

impl From<&automation_run::Suppression> for Suppression {
    fn from(it: &automation_run::Suppression) -> Self {
        Self { customer: it.customer.to_string(), reason: it.reason, since: it.since }
    }
}
