//! An automation at work: set live, paused, stopped; its report, who is on their way, and why
//! somebody is not.

use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chrono::DateTime;
use serde::Deserialize;

use crate::app::automation_reports::{AsOf, AutomationHistory};
use crate::app::automations::{AutomationTurn, Runs};
use crate::app::reads::Page;
use crate::domain::automation::{ConversionCountsAs, State};
use crate::domain::automation_run::AutomationRunStatus;
use crate::domain::ids::{AutomationId, CustomerId};
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure, SentForm};
use crate::pages::backend::automation_funnel::Funnel;
use crate::pages::backend::automation_runs as runs;
use crate::pages::backend::filters::asked;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::AUTOMATIONS;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{automation_places as places, automation_words as words, people};
use crate::render::backend::automations::{AutomationPage, WhyNot};
use crate::render::backend::form::Choice;
use crate::render::backend::frame::Link;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::automations::NotStarted;
use crate::wire::automations::ExplainedStart;

/// How many runs are shown.
const RUNS_MAX: i64 = 10;

/// Of when and of which version a report is wanted, and about whom is asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct AutomationReportForm {
    as_of: Option<String>,
    version: Option<String>,
    customer: Option<String>,
}

impl AutomationReportForm {
    /// The end of a day, or a moment; now, where neither can be read.
    fn as_of(&self) -> AsOf {
        let Some(typed) = asked(self.as_of.as_ref()) else { return AsOf::Now };
        match (Notation::date(&typed), DateTime::parse_from_rfc3339(&typed)) {
            (Ok(day), _) => AsOf::End(day),
            (Err(_), Ok(moment)) => AsOf::Moment(moment.to_utc()),
            (Err(_), Err(_)) => AsOf::Now,
        }
    }

    fn version(&self) -> Option<i64> {
        asked(self.version.as_ref())?.parse().ok()
    }
}

/// Shows an automation at work.
pub(super) async fn show(
    session: Session,
    Path(id): Path<String>,
    Query(wanted): Query<AutomationReportForm>,
) -> Answer {
    page(&session, &AutomationId::stored(id), &wanted, None).await
}

/// Sets an automation live, pauses it, goes on with it or stops it.
pub(super) async fn turn(session: Session, Path(id): Path<String>, sent: SentForm) -> Answer {
    let (id, nothing) = (AutomationId::stored(id), AutomationReportForm::default());
    let Some(turn) = AutomationTurn::parse(session.values(sent).text("turn")) else {
        return page(&session, &id, &nothing, None).await;
    };
    match session.app.turn_automation(&session.merchant, &id, turn).await {
        Ok(_) => session.go(&places::report(&id), told(turn)),
        Err(error) => page(&session, &id, &nothing, Some(error.into())).await,
    }
}

/// What is said of it once it is done.
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
    wanted: &AutomationReportForm,
    refused: Option<Problem>,
) -> Answer {
    let (app, merchant, version) = (&session.app, &session.merchant, wanted.version());
    let history = app.automation_history(merchant, id, (wanted.as_of(), version)).await?;
    let newest = Page::first(RUNS_MAX).reversed();
    let last = app.automation_runs(merchant, id, Runs::default(), newest).await?;
    let mut last: Vec<_> = last.iter().map(|run| runs::row(session, id, run)).collect();
    people::name(session, last.iter_mut().map(|row| &mut row.customer)).await?;
    let customer = asked(wanted.customer.as_ref());
    let answer = match &customer {
        Some(customer) => Some(explained(session, id, customer).await?),
        None => None,
    };
    let status = refused.as_ref().map_or(StatusCode::OK, |problem| problem.code.status());
    let AutomationHistory { automation, report: _, as_of, is_now, days } = &history;
    let title = automation.terms.title.clone();
    let funnel = Funnel::new(session, &history, version.is_none());
    let today = session.today();
    let day = |day: Option<&_>| session.day(day.copied().unwrap_or(today));
    let shown = AutomationPage {
        title: title.clone(),
        state: words::state(automation.state),
        action: places::report(id),
        turns: turns(automation.state),
        edit: format!("{AUTOMATIONS}/{id}"),
        refused: refused.map(|problem| Phrase::told(problem.detail)),
        as_of: session.time(*as_of),
        as_of_day: session.settings.time_zone.date(*as_of).to_string(),
        versions: versions(automation.version, version),
        is_narrowed: !*is_now || version.is_some(),
        counts_early: automation.terms.conversion_counts_as == ConversionCountsAs::Completed,
        header: funnel.header(),
        trigger: funnel.trigger(),
        steps: funnel.steps(),
        completed: funnel.completed(),
        facts: funnel.facts(),
        holdout: funnel.holdout(),
        first_day: day(days.first().map(|it| &it.on)),
        last_day: day(days.last().map(|it| &it.on)),
        charts: funnel.charts(),
        days: funnel.days(),
        runs: last,
        all_runs: places::runs(id),
        customer: customer.unwrap_or_default(),
        answer,
    };
    let head = PageHead::new(title).below("Automations", AUTOMATIONS);
    session.show_as(status, head.with(&["automations.css"], &[]), &shown)
}

/// All versions and each of them; none where there is but one.
fn versions(newest: i64, wanted: Option<i64>) -> Vec<Choice> {
    if newest < 2 {
        return Vec::new();
    }
    let all = Choice { value: String::new(), label: "All".into(), selected: wanted.is_none() };
    let each = (1..=newest).rev().map(|number| Choice {
        value: number.to_string(),
        label: number.into(),
        selected: wanted == Some(number),
    });
    [all].into_iter().chain(each).collect()
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

async fn explained(
    session: &Session,
    id: &AutomationId,
    customer: &str,
) -> Result<WhyNot, Failure> {
    let Ok(whom) = CustomerId::parse(customer) else {
        let text = "Nobody has such an id.".into();
        return Ok(WhyNot { text, code: None, run: None });
    };
    let told = session.app.explain_automation(&session.merchant, id, Some(whom)).await?;
    let ExplainedStart { run, reason, .. } = told;
    if let Some(run) = run {
        let standing = words::standing(&run);
        let text = match run.status {
            AutomationRunStatus::Holdout => "They would have started, but are held out.".into(),
            _ => phrase!("They started, and are {}.", standing),
        };
        return Ok(WhyNot { text, code: None, run: Some(places::run_of(id, customer)) });
    }
    let text = reason.map(why).unwrap_or_default().into();
    Ok(WhyNot { text, code: reason.map(NotStarted::name), run: None })
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
