//! Who is on their way through an automation, and who was: listed by where they stand.

use axum::extract::{Path, Query};
use serde::Deserialize;

use crate::app::automations::Runs;
use crate::app::search::SearchHitKind;
use crate::domain::automation::Automation;
use crate::domain::automation_run::{AutomationRunStatus, ExitReason, StepStanding};
use crate::domain::ids::{AutomationId, CustomerId};
use crate::pages::backend::answer::Answer;
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::filters::{Narrow, SoughtThing, asked, filters};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::places::AUTOMATIONS;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{automation_places as places, automation_words as words, people};
use crate::render::backend::automations::{RunRow, RunsPage};
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::{Badge, Person};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::wire::automations::AutomationRun;

const STATUSES: &[(&str, &str)] = &[
    ("", "All"),
    (places::STARTED, "All but held out"),
    ("active", "Under way"),
    ("exited", "Exited"),
    ("completed", "Completed"),
    ("holdout", "Held out"),
    (places::BOUGHT, "Purchased through a message"),
    (places::LEFT, "Exited without such a purchase"),
    (places::CAME_THROUGH, "Completed, or purchased so before"),
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

/// Lists them.
pub(super) async fn list(
    session: Session,
    Path(id): Path<String>,
    Query(browse): Query<Browse>,
    Query(wanted): Query<RunQuery>,
) -> Answer {
    let id = AutomationId::stored(id);
    let automation = session.app.get::<Automation>(&session.merchant, &id).await?;
    let (app, merchant) = (&session.app, &session.merchant);
    let asked_for = wanted.status.as_deref();
    let buyers = match asked_for {
        Some(places::BOUGHT) => Some(app.buyers_of_automation(merchant, &id, false).await?),
        _ => None,
    };
    let (status, converted) = match asked_for {
        Some(places::LEFT) => (Some(AutomationRunStatus::Exited), true),
        Some(places::CAME_THROUGH) => (Some(AutomationRunStatus::Completed), true),
        other => (other.and_then(AutomationRunStatus::parse), false),
    };
    let converted =
        if converted { Some(app.buyers_of_automation(merchant, &id, true).await?) } else { None };
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let filter = Runs {
        ids: buyers,
        converted,
        is_sent: asked_for == Some(places::STARTED),
        customer: customer.id.clone().map(CustomerId::stored),
        status,
        reason: wanted.reason.as_deref().and_then(ExitReason::parse),
        ..Runs::default()
    };
    let standing = wanted.at.as_deref().and_then(StepStanding::parse);
    let at = asked(wanted.step.as_ref()).zip(standing);
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
        Narrow::thing("customer", "Customer", &customer),
    ];
    let (filters, here) = filters(&places::runs(&id), "", None, &narrow);
    let pager = browse.pager(&mut found, SortOrder::NewestFirst, &here, |run| run.id.as_str());
    let mut rows: Vec<_> = found.iter().map(|run| row(&session, &id, run)).collect();
    people::name(&session, rows.iter_mut().map(|row| &mut row.customer)).await?;
    let title = on_a_line(&automation.terms.title);
    let head = PageHead::new(phrase!("Who started: {}", &title));
    let head = head.below("Automations", AUTOMATIONS);
    let head = head.below(title, places::report(&id));
    session.show(head, &RunsPage { filters, rows, pager })
}

/// A run in a list.
pub(super) fn row(session: &Session, automation: &AutomationId, run: &AutomationRun) -> RunRow {
    let (tone, what) = match run.status {
        AutomationRunStatus::Active => (Tone::Warn, run.step.clone().map(Phrase::from)),
        AutomationRunStatus::Exited => {
            (Tone::Plain, run.exit_reason.map(|it| words::reason(it).into()))
        }
        AutomationRunStatus::Completed => (Tone::Good, None),
        AutomationRunStatus::Holdout => (Tone::Plain, None),
    };
    RunRow {
        customer: Person::of(&run.customer),
        status: Badge::new(tone, words::status(run.status)),
        what: what.unwrap_or_default(),
        due: run.due_at.map(|at| session.time(at)),
        coupon: run.coupon.clone(),
        version: run.version.to_string(),
        messages: places::messages_to(automation, &run.customer),
        started: session.time(run.started_at),
    }
}
