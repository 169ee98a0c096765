//! An automation at work: set live, paused, stopped; its report, who is on their way, and why
//! somebody is not.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde::Deserialize;

use crate::app::automations::{AutomationTurn, Runs};
use crate::app::reads::Page;
use crate::domain::automation::{Automation, AutomationTerms, State};
use crate::domain::ids::{AutomationId, CustomerId};
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::automation_runs;
use crate::pages::backend::filters::asked;
use crate::pages::backend::places::AUTOMATIONS;
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::automations::{AutomationPage, StepRow};
use crate::render::backend::confirm::Fact;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::rules::automations::NotStarted;
use crate::wire::automation_reports::{AutomationReport, AutomationStepReport};
use crate::wire::automations::ExplainedStart;

/// How many runs are shown.
const RUNS_MAX: i64 = 50;

/// About whom is asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AutomationReportForm {
    customer: Option<String>,
}

/// Shows an automation at work.
pub(super) async fn show(
    session: Session,
    Path(id): Path<String>,
    Query(wanted): Query<AutomationReportForm>,
) -> Answer {
    page(&session, &AutomationId::stored(id), asked(wanted.customer.as_ref()), None).await
}

/// Sets an automation live, pauses it, goes on with it or stops it.
pub(super) async fn turn(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let id = AutomationId::stored(id);
    let Some(turn) = AutomationTurn::parse(session.values(sent).text("turn")) else {
        return page(&session, &id, None, None).await;
    };
    match session.app.turn_automation(&session.merchant, &id, turn).await {
        Ok(_) => session.go(&address(&id), told(turn)),
        Err(error) => page(&session, &id, None, Some(error.into())).await,
    }
}

fn address(id: &AutomationId) -> String {
    format!("{AUTOMATIONS}/{id}/report")
}

fn told(turn: AutomationTurn) -> &'static str {
    match turn {
        AutomationTurn::Live => "The automation is live.",
        AutomationTurn::Pause => "The automation is paused: what is due waits.",
        AutomationTurn::Resume => "The automation goes on.",
        AutomationTurn::Stop => "The automation is stopped.",
    }
}

async fn page(
    session: &Session,
    id: &AutomationId,
    customer: Option<String>,
    refused: Option<Problem>,
) -> Answer {
    let (app, merchant) = (&session.app, &session.merchant);
    let automation = app.get::<Automation>(merchant, id).await?;
    let report = app.automation_report(merchant, id, (None, None)).await?;
    let newest = Page::first(RUNS_MAX).reversed();
    let runs = app.automation_runs(merchant, id, Runs::default(), newest).await?;
    let answer = match &customer {
        Some(customer) => Some(explained(session, id, customer).await?),
        None => None,
    };
    let status = refused.as_ref().map_or(StatusCode::OK, |problem| problem.code.status());
    let title = automation.terms.title.clone();
    let shown = AutomationPage {
        title: title.clone(),
        state: state(automation.state),
        action: address(id),
        turns: turns(automation.state),
        edit: format!("{AUTOMATIONS}/{id}"),
        refused: refused.map(|problem| problem.detail),
        figures: figures(session, &report),
        first_purchases: report.trigger.first_purchases.to_string(),
        steps: report.steps.iter().map(|step| row(step, &automation.terms)).collect(),
        completed: report.completed.to_string(),
        runs: runs.iter().map(|run| automation_runs::row(session, id, run)).collect(),
        customer: customer.unwrap_or_default(),
        answer,
    };
    session.show_as(status, PageHead::new(title).below("Automations", AUTOMATIONS), &shown)
}

fn state(state: State) -> Badge {
    let tone = match state {
        State::Draft => Tone::Plain,
        State::Live => Tone::Good,
        State::Paused => Tone::Warn,
        State::Stopped => Tone::Bad,
    };
    Badge::new(tone, state.name())
}

/// What can be done where it stands: the label, and the name that is sent.
fn turns(state: State) -> Vec<Link> {
    let all: &[(&str, AutomationTurn)] = match state {
        State::Draft | State::Stopped => &[("Set live", AutomationTurn::Live)],
        State::Live => {
            &[("Pause", AutomationTurn::Pause), ("Stop for everybody", AutomationTurn::Stop)]
        }
        State::Paused => {
            &[("Go on", AutomationTurn::Resume), ("Stop for everybody", AutomationTurn::Stop)]
        }
    };
    all.iter().map(|(label, turn)| Link::new(*label, turn.name())).collect()
}

fn figures(session: &Session, report: &AutomationReport) -> Vec<Fact> {
    let money = |amount: &str| format!("{amount} {}", session.settings.currency.code());
    let percent = |part: &str| if part == "—" { part.to_owned() } else { format!("{part} %") };
    let mut figures = vec![
        Fact::new("Started", report.started.to_string()),
        Fact::new("Under way", report.active.to_string()),
        Fact::new("Exited", percent(&report.exited_pct)),
        Fact::new("Completed", percent(&report.completed_pct)),
        Fact::new("Purchased", percent(&report.purchased_pct)),
        Fact::new("Revenue", money(&report.revenue)),
        Fact::new("Paid back", money(&report.refunded)),
        Fact::new("Bought anything", percent(&report.bought_pct)),
    ];
    if let Some(holdout) = &report.holdout {
        let text = format!("{} of {}", percent(&holdout.bought_pct), holdout.started);
        figures.push(Fact::new("Bought without messages", text));
    }
    figures
}

fn row(step: &AutomationStepReport, terms: &AutomationTerms) -> StepRow {
    let known = terms.steps.iter().find(|it| it.key == step.key);
    let counts = [
        step.waiting,
        step.progressed,
        step.exited_here,
        step.sent,
        step.delivered,
        step.read,
        step.replied,
        step.bounced,
        step.clicked,
        step.attributed_orders,
    ];
    let counts = counts.iter().map(ToString::to_string);
    StepRow {
        key: step.key.clone(),
        delay: known.map(|it| it.delay.to_string()).unwrap_or_default(),
        figures: counts.chain([step.attributed_revenue.clone()]).collect(),
    }
}

async fn explained(
    session: &Session,
    id: &AutomationId,
    customer: &str,
) -> Result<String, Failure> {
    let Ok(whom) = CustomerId::parse(customer) else {
        return Ok("Nobody has such an id.".to_owned());
    };
    let told = session.app.explain_automation(&session.merchant, id, Some(whom)).await?;
    let ExplainedStart { run, reason, .. } = told;
    if let Some(run) = run {
        return Ok(format!("They started: their way is {}.", run.status.name()));
    }
    Ok(reason.map(why).unwrap_or_default().to_owned())
}

fn why(reason: NotStarted) -> &'static str {
    match reason {
        NotStarted::NotLive => "The automation is not live.",
        NotStarted::NothingBought => "They have done nothing that starts it.",
        NotStarted::NotPaid => "Their order is not paid.",
        NotStarted::NotDelivered => "Their order is not delivered.",
        NotStarted::NotLiveThen => "The automation was not live when that happened.",
        NotStarted::NotTheFirst => "They had bought something before.",
        NotStarted::BroughtOver => "It was bought elsewhere, before.",
        NotStarted::Suppressed => "They are sent no messages.",
    }
}
