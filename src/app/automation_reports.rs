//! What an automation has come to, as of a moment.

use chrono::{DateTime, Utc};

use crate::domain::ids::{AutomationId, MerchantId};
use crate::rules::automation_reports::{
    Attributed, MessageCounts, ReportFacts, RunCounts, report_automation,
};
use crate::store::automation_reports::{
    AttributedRow, MessageSums, ReportScope, RunSums, count_firsts, list_attributed, sum_exits,
    sum_messages, sum_runs,
};
use crate::store::automations::find_versions;
use crate::wire::automation_reports as wire;

use super::automations::automation;
use super::{App, AppError};

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
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let as_of = as_of.unwrap_or(context.now);
                if as_of > context.now {
                    return Err(AppError::invalid("/as_of", "must not be later than now"));
                }
                let found = automation(tx, &merchant, &id).await?;
                let mut versions = find_versions(tx, &merchant, &[id.clone()].into()).await?;
                versions.retain(|(_, number), _| version.is_none_or(|it| it == *number));
                if versions.is_empty() {
                    let detail = format!("there is no such version, only 1 to {}", found.version);
                    return Err(AppError::invalid("/version", detail));
                }
                let trigger = found.terms.trigger;
                let asked = ReportScope { automation: id.clone(), as_of, version, trigger };
                let mut facts = ReportFacts {
                    versions: versions.into_iter().map(|((_, it), terms)| (it, terms)).collect(),
                    exits: sum_exits(tx, &merchant, &asked).await?,
                    first_purchases: count_firsts(tx, &merchant, &asked).await?,
                    ..ReportFacts::default()
                };
                for sums in sum_runs(tx, &merchant, &asked).await? {
                    take_runs(&mut facts, &sums);
                }
                let messages = sum_messages(tx, &merchant, &asked).await?;
                facts.messages.extend(messages.iter().map(counted));
                let attributed = list_attributed(tx, &merchant, &asked).await?;
                facts.attributed = attributed.into_iter().map(attribution).collect();
                let currency = context.settings.currency;
                let counts_as = found.terms.conversion_counts_as;
                let report = report_automation(&facts, counts_as, currency);
                Ok(wire::AutomationReport::of(&report, as_of, currency))
            })
        })
        .await
    }
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

fn attribution(row: AttributedRow) -> Attributed {
    let AttributedRow { run, step, ended_early, money } = row;
    Attributed { run, step, ended_early, money }
}
