//! What an automation has come to, as of a moment. How it is counted is left to the rules.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::money::Currency;
use crate::rules::automation_reports::{self as rules, percent};
use crate::wire::{Amount, Instant, Money, amount};

/// As of when, and of which version.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AutomationReportQuery {
    /// The moment; now where left out.
    #[param(value_type = Option<Instant>, inline)]
    pub as_of: Option<DateTime<Utc>>,
    /// The version; all where left out.
    #[param(minimum = 1)]
    pub version: Option<i64>,
}

/// Who could have started, and who did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TriggerReport {
    /// Customers who have completed a first purchase, whether they started or not; of automations
    /// about subscriptions, those who began one, or cancelled one.
    pub first_purchases: i64,
    /// Customers who started.
    pub started: i64,
}

/// Money in another currency than the merchant's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OtherRevenue {
    /// What was paid.
    pub revenue: Money,
    /// What was paid back of it.
    pub refunded: Money,
}

/// Those who were sent nothing, to compare.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HoldoutReport {
    /// The number of runs that began.
    pub started: i64,
    /// How many of a hundred have bought anything in their time.
    pub bought_pct: String,
}

/// What a step has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AutomationStepReport {
    /// Its key.
    pub key: String,
    /// How many came to it.
    pub entered: i64,
    /// For how many its delay is not over, or held.
    pub waiting: i64,
    /// For how many it is over, and the message queued.
    pub progressed: i64,
    /// How many left while they waited for it.
    pub exited_here: i64,
    /// How many messages were taken.
    pub sent: i64,
    /// How many were given up.
    pub failed: i64,
    /// How many arrived.
    pub delivered: i64,
    /// How many came back, and had not arrived.
    pub bounced: i64,
    /// How many customers have read it.
    pub read: i64,
    /// How many have answered.
    pub replied: i64,
    /// How many have followed its link.
    pub clicked: i64,
    /// How many purchases are put down to it.
    pub attributed_orders: i64,
    /// What was paid for these, in the merchant's currency.
    #[schema(value_type = Amount)]
    pub attributed_revenue: String,
}

/// What an automation has come to. Percentages are of those who started, with one decimal; `—`
/// where nobody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AutomationReport {
    /// As of when.
    #[schema(value_type = Instant)]
    pub as_of: DateTime<Utc>,
    /// Who could have started, and who did.
    pub trigger: TriggerReport,
    /// How many began.
    pub started: i64,
    /// How many are under way.
    pub active: i64,
    /// How many left early.
    pub exited: i64,
    /// How many came to the end.
    pub completed: i64,
    /// How many of a hundred left early.
    pub exited_pct: String,
    /// How many of a hundred came to the end.
    pub completed_pct: String,
    /// How many of a hundred bought through it.
    pub purchased_pct: String,
    /// How many of a hundred bought anything in their time.
    pub bought_pct: String,
    /// What was paid for orders that are put down to it, in the merchant's currency.
    #[schema(value_type = Amount)]
    pub revenue: String,
    /// What was paid back of that.
    #[schema(value_type = Amount)]
    pub refunded: String,
    /// The same in other currencies.
    pub other_currencies: Vec<OtherRevenue>,
    /// Those held out; null where none are.
    pub holdout: Option<HoldoutReport>,
    /// Its steps, those of the newest version first.
    pub steps: Vec<AutomationStepReport>,
}

impl AutomationReport {
    /// A report as of a moment, of a merchant with this currency.
    #[must_use]
    pub fn of(it: &rules::AutomationReport, as_of: DateTime<Utc>, currency: Currency) -> Self {
        let money = |code, minor| Money::from(crate::domain::money::Money::new(minor, code));
        let other = it.other_currencies.iter().map(|(code, (paid, back))| OtherRevenue {
            revenue: money(*code, *paid),
            refunded: money(*code, *back),
        });
        let step = |it: &rules::StepReport| AutomationStepReport {
            key: it.key.clone(),
            entered: it.entered,
            waiting: it.waiting,
            progressed: it.progressed,
            exited_here: it.exited_here,
            sent: it.messages.sent,
            failed: it.messages.failed,
            delivered: it.messages.delivered,
            bounced: it.messages.bounced,
            read: it.messages.read,
            replied: it.messages.replied,
            clicked: it.messages.clicked,
            attributed_orders: it.attributed_orders,
            attributed_revenue: amount(it.attributed_revenue, currency),
        };
        let holdout = |(started, bought): (i64, i64)| HoldoutReport {
            started,
            bought_pct: percent(bought, started),
        };
        Self {
            as_of,
            trigger: TriggerReport { first_purchases: it.first_purchases, started: it.started },
            started: it.started,
            active: it.active,
            exited: it.exited,
            completed: it.completed,
            exited_pct: percent(it.exited, it.started),
            completed_pct: percent(it.completed, it.started),
            purchased_pct: percent(it.purchased, it.started),
            bought_pct: percent(it.bought, it.started),
            revenue: amount(it.revenue, currency),
            refunded: amount(it.refunded, currency),
            other_currencies: other.collect(),
            holdout: it.holdout.map(holdout),
            steps: it.steps.iter().map(step).collect(),
        }
    }
}
