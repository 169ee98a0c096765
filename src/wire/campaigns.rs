//! What has become of post-purchase campaigns. Which one wins an order is left to the domain.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::rules::reports;
use crate::wire::paths::Warning;
use crate::wire::{Date, Instant, Money};

/// What the engine says of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CampaignNotes {
    /// When it was edited last.
    #[schema(value_type = Instant)]
    pub edited_at: DateTime<Utc>,
    /// What is odd about it; it works all the same.
    pub warnings: Vec<Warning>,
}

/// What became of the offers of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignDay {
    /// The day on which they were made.
    #[schema(value_type = Date)]
    pub date: NaiveDate,
    /// How many there were.
    pub offered: i64,
    /// How many of them were accepted.
    pub accepted: i64,
    /// How many of them were declined.
    pub declined: i64,
    /// How many of them nobody answered in time.
    pub expired: i64,
}

/// What has become of a campaign's offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignReport {
    /// How many there were: the sum of the next five.
    pub offered: i64,
    /// Those that wait for an answer.
    pub pending: i64,
    /// Those that were accepted.
    pub accepted: i64,
    /// Those that were declined.
    pub declined: i64,
    /// Those that nobody answered in time.
    pub expired: i64,
    /// Those that were sold out before they were taken.
    pub gone: i64,
    /// How many checkouts they led to that were completed.
    pub completed: i64,
    /// How many of those offered were accepted, in percent; a dash where nothing was offered.
    #[schema(example = "33.3")]
    pub accepted_pct: String,
    /// How many pieces were taken.
    pub units: i64,
    /// What was brought in without tax: lines of orders that count, and the first periods of
    /// subscriptions.
    pub revenue: Vec<Money>,
    /// The days on which something was offered.
    pub days: Vec<CampaignDay>,
}

impl From<&reports::CampaignReport> for CampaignReport {
    fn from(report: &reports::CampaignReport) -> Self {
        let reports::UpsellCounts { offered, pending, accepted, declined, expired, gone } =
            report.all;
        let day = |(date, counts): (&NaiveDate, &reports::UpsellCounts)| CampaignDay {
            date: *date,
            offered: counts.offered,
            accepted: counts.accepted,
            declined: counts.declined,
            expired: counts.expired,
        };
        Self {
            offered,
            pending,
            accepted,
            declined,
            expired,
            gone,
            completed: report.completed,
            accepted_pct: reports::percent(accepted, offered),
            units: report.units,
            revenue: report.revenue.iter().map(|money| (*money).into()).collect(),
            days: report.days.iter().map(day).collect(),
        }
    }
}
