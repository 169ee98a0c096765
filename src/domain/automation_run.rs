//! A customer on their way through an automation, and who wants no messages. What is sent to them
//! is for [`super::message`].

use chrono::{DateTime, Utc};

use super::ids::{AutomationId, AutomationRunId, CustomerId, OrderId, SubscriptionId};
use super::names::names;

names! {
    /// Where a customer stands in an automation.
    #[schema(as = AutomationRunStatus)]
    pub enum AutomationRunStatus {
        /// Under way.
        Active = "active",
        /// They left before its end.
        Exited = "exited",
        /// The last message was sent, or could not be.
        Completed = "completed",
        /// They are sent nothing, to compare.
        Holdout = "holdout",
    }
}

names! {
    /// How a customer stands to a step of an automation that they have come to.
    pub enum StepStanding {
        /// They wait for it.
        Waiting = "waiting",
        /// Its message was queued for them.
        Progressed = "progressed",
        /// They left while they waited for it.
        Left = "left",
    }
}

names! {
    /// Why a customer left an automation before its end.
    pub enum ExitReason {
        /// They bought something, or took a cancellation back.
        Purchased = "purchased",
        /// They want no messages.
        Unsubscribed = "unsubscribed",
        /// Messages do not reach them.
        Undeliverable = "undeliverable",
        /// The order that started it was cancelled, or paid back in full.
        OrderCancelled = "order_cancelled",
        /// The automation was stopped.
        Stopped = "stopped",
    }
}

names! {
    /// Why a customer is sent no messages.
    pub enum SuppressionReason {
        /// They wanted no more.
        Unsubscribed = "unsubscribed",
        /// A message to their address came back for good.
        Bounced = "bounced",
        /// The merchant said so.
        Merchant = "merchant",
        /// Their data were deleted.
        Forgotten = "forgotten",
        /// Their profile says so.
        Profile = "profile",
    }
}

impl SuppressionReason {
    /// Why their runs end.
    #[must_use]
    pub fn exit(self) -> ExitReason {
        match self {
            Self::Bounced => ExitReason::Undeliverable,
            Self::Unsubscribed | Self::Merchant | Self::Forgotten | Self::Profile => {
                ExitReason::Unsubscribed
            }
        }
    }
}

/// That a customer is sent no messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The customer.
    pub customer: CustomerId,
    /// The reason.
    pub reason: SuppressionReason,
    /// The moment from which it holds.
    pub since: DateTime<Utc>,
}

/// A customer's way through an automation: one for each of both, ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutomationRun {
    /// `arn_…`.
    pub id: AutomationRunId,
    /// Through which automation.
    pub automation: AutomationId,
    /// Through which version.
    pub version: i64,
    /// The customer.
    pub customer: CustomerId,
    /// The order that started it.
    pub order: Option<OrderId>,
    /// The subscription that started it.
    pub subscription: Option<SubscriptionId>,
    /// Where they stand.
    pub status: AutomationRunStatus,
    /// Why they left.
    pub exit_reason: Option<ExitReason>,
    /// The place of the step that they wait for, from 0; behind the last where they wait for none.
    pub step: i64,
    /// When that step is due; none while a message is on its way, and where nothing is awaited.
    pub due_at: Option<DateTime<Utc>>,
    /// The code of their coupon, once a message has shown it.
    pub coupon: Option<String>,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}
