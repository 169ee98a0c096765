//! Who is on their way through an automation, and who was: listed by where they stand.

use axum::extract::{Path, Query};
use serde::Deserialize;

use crate::app::automations::Runs;
use crate::domain::automation::Automation;
use crate::domain::automation_run::{AutomationRunStatus, ExitReason, StepStanding};
use crate::domain::ids::{AutomationId, CustomerId};
use crate::pages::backend::answer::Answer;
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::filters::{Narrow, asked, filters};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::messages;
use crate::pages::backend::places::AUTOMATIONS;
use crate::pages::backend::query::encode;
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::automations::{RunRow, RunsPage};
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::wire::automations::AutomationRun;

const STATUSES: &[(&str, &str)] = &[
    ("", "All"),
    ("active", "Under way"),
    ("exited", "Exited"),
    ("completed", "Completed"),
    ("holdout", "Held out"),
];
const REASONS: &[(&str, &str)] = &[
    ("", "Any"),
    ("purchased", "Purchased"),
    ("unsubscribed", "Unsubscribed"),
    ("undeliverable", "Undeliverable"),
    ("order_cancelled", "Order cancelled"),
    ("stopped", "Stopped"),
];
const STANDINGS: &[(&str, &str)] = &[
    ("", "Anywhere"),
    ("waiting", "Waiting at the step"),
    ("progressed", "Progressed past it"),
    ("left", "Left at it"),
];

/// Who is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RunQuery {
    status: Option<String>,
    reason: Option<String>,
    step: Option<String>,
    at: Option<String>,
    customer: Option<String>,
}

/// Where they are listed.
pub(super) fn address(id: &AutomationId) -> String {
    format!("{AUTOMATIONS}/{id}/runs")
}

/// Where those are listed who stand so to a step.
pub(super) fn at_step(id: &AutomationId, step: &str, standing: StepStanding) -> String {
    format!("{}?step={}&at={}", address(id), encode(step), standing.name())
}

/// Where those are listed who have this status.
pub(super) fn with_status(id: &AutomationId, status: AutomationRunStatus) -> String {
    format!("{}?status={}", address(id), status.name())
}

/// Where the way of a customer is listed.
pub(super) fn of_customer(id: &AutomationId, customer: &str) -> String {
    format!("{}?customer={}", address(id), encode(customer))
}

/// Lists them.
pub(super) async fn list(
    session: Session,
    Path(id): Path<String>,
    Query(browse): Query<Browse>,
    Query(wanted): Query<RunQuery>,
) -> Answer {
    let id = AutomationId::stored(id);
    let automation = session.app.get::<Automation>(&session.merchant, &id).await?;
    let filter = Runs {
        customer: asked(wanted.customer.as_ref()).map(CustomerId::stored),
        status: wanted.status.as_deref().and_then(AutomationRunStatus::parse),
        reason: wanted.reason.as_deref().and_then(ExitReason::parse),
        ..Runs::default()
    };
    let standing = wanted.at.as_deref().and_then(StepStanding::parse);
    let at = asked(wanted.step.as_ref()).zip(standing);
    let (app, merchant) = (&session.app, &session.merchant);
    let page = browse.page(SortOrder::NewestFirst);
    let mut found = match &at {
        Some((step, standing)) => {
            app.automation_runs_at(merchant, &id, (step, *standing), filter, page).await?
        }
        None => app.automation_runs(merchant, &id, filter, page).await?,
    };
    let narrow = [
        Narrow::choice("status", "Status", wanted.status.as_ref(), STATUSES),
        Narrow::choice("reason", "Exited because", wanted.reason.as_ref(), REASONS),
        Narrow::text("step", "Step", wanted.step.as_ref()),
        Narrow::choice("at", "Where they stand", wanted.at.as_ref(), STANDINGS),
        Narrow::text("customer", "Customer id", wanted.customer.as_ref()),
    ];
    let (filters, here) = filters(&address(&id), "", None, &narrow);
    let pager = browse.pager(&mut found, SortOrder::NewestFirst, &here, |run| run.id.as_str());
    let rows = found.iter().map(|run| row(&session, &id, run)).collect();
    let title = on_a_line(&automation.terms.title);
    let head = PageHead::new(format!("Who started: {title}"));
    let head = head.below("Automations", AUTOMATIONS);
    let head = head.below(title, format!("{AUTOMATIONS}/{id}/report"));
    session.show(head, &RunsPage { filters, rows, pager })
}

/// A run in a list.
pub(super) fn row(session: &Session, automation: &AutomationId, run: &AutomationRun) -> RunRow {
    let (tone, what) = match run.status {
        AutomationRunStatus::Active => (Tone::Warn, run.step.clone()),
        AutomationRunStatus::Exited => (Tone::Plain, run.exit_reason.map(|it| reason(it).into())),
        AutomationRunStatus::Completed => (Tone::Good, None),
        AutomationRunStatus::Holdout => (Tone::Plain, None),
    };
    RunRow {
        customer: run.customer.clone(),
        status: Badge::new(tone, status(run.status)),
        what: what.unwrap_or_default(),
        due: run.due_at.map(|at| session.time(at)),
        coupon: run.coupon.clone(),
        version: run.version.to_string(),
        messages: messages::sent_to(automation, &run.customer),
        started: session.time(run.started_at),
    }
}

/// Where somebody stands, in words.
pub(super) fn standing(run: &AutomationRun) -> String {
    match (run.status, &run.step, run.exit_reason) {
        (AutomationRunStatus::Active, Some(step), _) => format!("under way, at {step}"),
        (AutomationRunStatus::Exited, _, Some(why)) => format!("exited: {}", reason(why)),
        (other, ..) => status(other).to_owned(),
    }
}

fn status(status: AutomationRunStatus) -> &'static str {
    match status {
        AutomationRunStatus::Active => "under way",
        AutomationRunStatus::Exited => "exited",
        AutomationRunStatus::Completed => "completed",
        AutomationRunStatus::Holdout => "held out",
    }
}

/// Why somebody left, in words.
pub(super) fn reason(reason: ExitReason) -> &'static str {
    match reason {
        ExitReason::Purchased => "purchased",
        ExitReason::Unsubscribed => "unsubscribed",
        ExitReason::Undeliverable => "undeliverable",
        ExitReason::OrderCancelled => "order cancelled",
        ExitReason::Stopped => "stopped",
    }
}
