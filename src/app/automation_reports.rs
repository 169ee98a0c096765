//! What an automation has come to, as of a moment.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use crate::domain::automation::{Automation, Trigger};
use crate::domain::ids::{AutomationId, AutomationRunId, MerchantId};
use crate::rules::automation_reports::{
    AttributedPurchase, AutomationReport, DayReport, MessageCounts, ReportFacts, RunCounts,
    report_automation, report_days,
};
use crate::store::Tx;
use crate::store::automation_reports::{
    AttributedRow, MessageSums, ReportScope, RunSums, count_firsts, count_sent, count_started,
    list_attributed, sum_exits, sum_messages, sum_runs,
};
use crate::store::automations::find_versions;
use crate::wire::automation_reports as wire;

use super::automations::automation;
use super::{App, AppError, Context};

/// So many days are reported one by one.
const DAYS: u64 = 30;

/// As of when a report is, of all versions or of one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AsOf {
    /// Of now.
    #[default]
    Now,
    /// Of a moment.
    Moment(DateTime<Utc>),
    /// Of the end of a day of the merchant's; of now, where that is to come.
    End(NaiveDate),
}

/// What an automation has come to, with its days one by one.
#[derive(Debug, Clone)]
pub struct AutomationHistory {
    /// The automation.
    pub automation: Automation,
    /// As of when.
    pub as_of: DateTime<Utc>,
    /// Whether that is now.
    pub is_now: bool,
    /// The report.
    pub report: AutomationReport,
    /// The days up to then.
    pub days: Vec<DayReport>,
}

impl App {
    /// What an automation has come to by a moment, as known now: of all versions, or of one.
    ///
    /// # Errors
    /// Not found; invalid where the moment is to come, or where there is no such version.
    pub async fn automation_report(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
        (as_of, version): (Option<DateTime<Utc>>, Option<i64>),
    ) -> Result<wire::AutomationReport, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let as_of = as_of.unwrap_or(context.now);
            let asked = AutomationReportScope { as_of, version };
            let Reported { report, .. } = reported(&mut tx, &context, id, asked).await?;
            Ok(wire::AutomationReport::of(&report, as_of, context.settings.currency))
        })
        .await
    }

    /// The same with its days one by one.
    ///
    /// # Errors
    /// Likewise.
    pub async fn automation_history(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
        (as_of, version): (AsOf, Option<i64>),
    ) -> Result<AutomationHistory, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let zone = context.settings.time_zone;
            let as_of = match as_of {
                AsOf::Now => context.now,
                AsOf::Moment(moment) => moment,
                AsOf::End(day) => end_of(day, |day| zone.start_of(day)).min(context.now),
            };
            let asked = AutomationReportScope { as_of, version };
            let reported = reported(&mut tx, &context, id, asked).await?;
            let Reported { automation, report, scope, attributed } = reported;
            let last = zone.date(as_of);
            let first = last.checked_sub_days(Days::new(DAYS - 1)).unwrap_or(last);
            let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
            let mut bounds: Vec<_> = days.iter().map(|day| zone.start_of(*day)).collect();
            // To the moment itself, and no further.
            bounds.push(as_of + TimeDelta::microseconds(1));
            let started = count_started(&mut tx, merchant, &scope, &bounds).await?;
            let sent = count_sent(&mut tx, merchant, &scope, &bounds).await?;
            let days = report_days(&days, (&started, &sent), &attributed);
            let is_now = as_of == context.now;
            Ok(AutomationHistory { automation, as_of, is_now, report, days })
        })
        .await
    }

    /// How many customers have by now done what makes them start.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn count_triggered(
        &self,
        merchant: &MerchantId,
        trigger: Trigger,
    ) -> Result<i64, AppError> {
        self.read(|mut tx| async move {
            let as_of = self.context(&mut tx, merchant).await?.now;
            Ok(count_firsts(&mut tx, merchant, trigger, as_of).await?)
        })
        .await
    }

    /// The runs with a purchase that is put down to a message of an automation, as of now; or those
    /// of them alone that it ended early.
    ///
    /// # Errors
    /// Not found.
    pub async fn buyers_of_automation(
        &self,
        merchant: &MerchantId,
        id: &AutomationId,
        only_early: bool,
    ) -> Result<Vec<AutomationRunId>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            automation(&mut tx, merchant, id).await?;
            let (as_of, version) = (context.now, None);
            let scope = ReportScope { automation: id.clone(), as_of, version };
            let attributed = list_attributed(&mut tx, merchant, &scope).await?.into_iter();
            let wanted = attributed.filter(|it| it.ended_early || !only_early);
            let runs: BTreeSet<String> = wanted.map(|it| it.run).collect();
            Ok(runs.into_iter().map(AutomationRunId::stored).collect())
        })
        .await
    }
}

/// The last moment of a day, before which the next one begins.
fn end_of(day: NaiveDate, start_of: impl Fn(NaiveDate) -> DateTime<Utc>) -> DateTime<Utc> {
    let next = day.succ_opt().unwrap_or(day);
    start_of(next) - TimeDelta::microseconds(1)
}

/// Of when, and of which version.
#[derive(Clone, Copy)]
struct AutomationReportScope {
    as_of: DateTime<Utc>,
    version: Option<i64>,
}

/// A report, and what it was made of.
struct Reported {
    automation: Automation,
    report: AutomationReport,
    scope: ReportScope,
    attributed: Vec<AttributedPurchase>,
}

async fn reported(
    tx: &mut Tx,
    context: &Context,
    id: &AutomationId,
    AutomationReportScope { as_of, version }: AutomationReportScope,
) -> Result<Reported, AppError> {
    let merchant = &context.merchant;
    if as_of > context.now {
        return Err(AppError::invalid("/as_of", "must not be later than now"));
    }
    let found = automation(tx, merchant, id).await?;
    let mut versions = find_versions(tx, merchant, &[id.clone()].into()).await?;
    versions.retain(|(_, number), _| version.is_none_or(|it| it == *number));
    if versions.is_empty() {
        let detail = format!("there is no such version, only 1 to {}", found.version);
        return Err(AppError::invalid("/version", detail));
    }
    // That of the version that is asked for; of all, of the newest.
    let trigger = versions.values().next_back().map_or(found.terms.trigger, |it| it.trigger);
    let scope = ReportScope { automation: id.clone(), as_of, version };
    let mut facts = ReportFacts {
        versions: versions.into_iter().map(|((_, it), terms)| (it, terms)).collect(),
        exits: sum_exits(tx, merchant, &scope).await?,
        first_purchases: count_firsts(tx, merchant, trigger, as_of).await?,
        ..ReportFacts::default()
    };
    for sums in sum_runs(tx, merchant, &scope).await? {
        take_runs(&mut facts, &sums);
    }
    let messages = sum_messages(tx, merchant, &scope).await?;
    facts.messages.extend(messages.iter().map(counted));
    let attributed = list_attributed(tx, merchant, &scope).await?;
    let zone = context.settings.time_zone;
    facts.attributed =
        attributed.into_iter().map(|it| attribution(it, |at| zone.date(at))).collect();
    let counts_as = found.terms.conversion_counts_as;
    let report = report_automation(&facts, counts_as, context.settings.currency);
    Ok(Reported { automation: found, report, scope, attributed: facts.attributed })
}

fn take_runs(facts: &mut ReportFacts, sums: &RunSums) {
    let RunSums { version, held_out, started, exited, completed, bought } = *sums;
    if held_out {
        facts.holdout.started += started;
        facts.holdout.bought += bought;
    } else {
        facts.runs.insert(version, RunCounts { started, exited, completed, bought });
    }
}

fn counted(sums: &MessageSums) -> ((i64, i64), MessageCounts) {
    let counts = MessageCounts {
        queued: sums.queued,
        sent: sums.sent,
        failed: sums.failed,
        delivered: sums.delivered,
        bounced: sums.bounced,
        read: sums.read_count,
        replied: sums.replied,
        clicked: sums.clicked,
    };
    ((sums.version, sums.step), counts)
}

fn attribution(
    row: AttributedRow,
    date: impl Fn(DateTime<Utc>) -> NaiveDate,
) -> AttributedPurchase {
    let AttributedRow { run, step, at, ended_early, money } = row;
    AttributedPurchase { run, step, on: date(at), ended_early, money }
}
