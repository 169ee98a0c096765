//! The addresses of the pages of an automation, and of the lists of what its figures count.

use chrono::{DateTime, SecondsFormat, Utc};

use crate::domain::automation_run::{AutomationRunStatus, StepStanding};
use crate::domain::ids::AutomationId;
use crate::pages::backend::places::{AUTOMATIONS, MESSAGES};
use crate::pages::backend::query::encode;

/// Of its runs, those that are not held out.
pub(super) const STARTED: &str = "started";
/// Of its runs, those with a purchase that is put down to a message.
pub(super) const BOUGHT: &str = "bought";

/// Of its runs, those that left early without a purchase that is put down to a message.
pub(super) const LEFT: &str = "left";
/// Of its runs, those that came to the end, or to such a purchase.
pub(super) const CAME_THROUGH: &str = "through";

/// Where its report stands.
pub(super) fn report(id: &AutomationId) -> String {
    format!("{AUTOMATIONS}/{id}/report")
}

/// Where its cards stand.
pub(super) fn flow(id: &AutomationId) -> String {
    format!("{AUTOMATIONS}/{id}/flow")
}

/// Where its runs are listed.
pub(super) fn runs(id: &AutomationId) -> String {
    format!("{AUTOMATIONS}/{id}/runs")
}

/// Where those are listed who stand so to a step.
pub(super) fn runs_at(id: &AutomationId, step: &str, standing: StepStanding) -> String {
    format!("{}?step={}&at={}", runs(id), encode(step), standing.name())
}

/// Where those are listed who have this status.
pub(super) fn runs_with(id: &AutomationId, status: AutomationRunStatus) -> String {
    format!("{}?status={}", runs(id), status.name())
}

/// Where those are listed who count as having left early, or as having come to the end, where a
/// purchase through a message counts as the end.
pub(super) fn runs_converted(id: &AutomationId, status: AutomationRunStatus) -> String {
    let state = if status == AutomationRunStatus::Completed { CAME_THROUGH } else { LEFT };
    format!("{}?status={state}", runs(id))
}

/// Where those are listed who were, or are, sent messages.
pub(super) fn runs_sent(id: &AutomationId) -> String {
    format!("{}?status={STARTED}", runs(id))
}

/// Where those are listed with a purchase that is put down to a message.
pub(super) fn runs_bought(id: &AutomationId) -> String {
    format!("{}?status={BOUGHT}", runs(id))
}

/// Where the way of a customer is listed.
pub(super) fn run_of(id: &AutomationId, customer: &str) -> String {
    format!("{}?customer={}", runs(id), encode(customer))
}

/// Where messages of a step are listed that a figure counts, as of a moment where one is given.
pub(super) fn messages_counted(
    id: &AutomationId,
    step: &str,
    state: &str,
    as_of: Option<DateTime<Utc>>,
) -> String {
    let as_of = as_of.map(|at| format!("&as_of={}", moment(at))).unwrap_or_default();
    let (id, step) = (encode(id.as_str()), encode(step));
    format!("{MESSAGES}?automation={id}&step={step}&state={state}{as_of}")
}

/// Where its messages to a customer are listed.
pub(super) fn messages_to(id: &AutomationId, customer: &str) -> String {
    format!("{MESSAGES}?automation={}&customer={}", encode(id.as_str()), encode(customer))
}

/// A moment as part of a query.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    encode(&at.to_rfc3339_opts(SecondsFormat::Micros, true)).to_string()
}
