//! What a path, as it is or edited, would mean for all current subscribers.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;

use crate::app::reads::Page;
use crate::app::rollout::{Edited, Rollout};
use crate::domain::catalog::Offer;
use crate::domain::ids::{OfferId, PathId};
use crate::domain::money::Money;
use crate::domain::path::{Mode, Proration, Transition};
use crate::http::problem::{FieldError, Problem};
use crate::pages::backend::desk::{Desk, Head};
use crate::pages::backend::forms::{Spec, Typed, form};
use crate::pages::backend::guard::{Answer, Sent};
use crate::pages::backend::what_if;
use crate::render::backend::form::{Form, Kind};
use crate::render::backend::rollout::{RefusedCount, RolloutAnswer, RolloutPage, RolloutRow};
use crate::rules::checkout::RefusalCode;
use crate::rules::matching::Reason;
use crate::rules::rollout::Reach;

/// Where it is found.
pub(super) const HERE: &str = "/backend/what-if/path";

/// How many paths are read at once.
const PATHS: i64 = 200;

const FIELDS: &[Spec] = &[
    Spec::new("/path", "Path", Kind::Choice).required(),
    Spec::new("/offer", "Target", Kind::Text)
        .hint("An offer\u{2019}s id; every target unless given."),
    Spec::new("/transition", "With the transition", Kind::Choice),
    Spec::new("/proration", "With proration", Kind::Choice),
    Spec::new("/mode", "The target", Kind::Choice),
];

/// Asks and answers.
pub(super) async fn show(
    desk: Desk,
    asked: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Answer {
    let pairs = asked.map(|Query(pairs)| pairs).unwrap_or_default();
    let is_asked = pairs.iter().any(|(name, _)| name == "/path");
    let typed = Typed::sent(Sent(pairs));
    let (mut wrong, mut told) = (None, None);
    if is_asked {
        match ask(&desk, &typed).await {
            Ok(answer) => told = Some(answer),
            Err(problem) if problem.code.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                wrong = Some(problem);
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    let status = wrong.as_ref().map_or(StatusCode::OK, |problem| problem.code.status());
    let form = with_options(&desk, form(FIELDS, &typed, wrong.as_ref())).await?;
    let page = RolloutPage { tabs: what_if::tabs(HERE), form, answer: told };
    desk.show_as(status, Head::new("What if"), &page)
}

async fn with_options(desk: &Desk, form: Form) -> Result<Form, Problem> {
    let mut paths = vec![(String::new(), "pick a path".to_owned())];
    let mut page = Page::first(PATHS);
    loop {
        let found = desk.app.paths(&desk.merchant, page).await?;
        let Some(last) = found.last() else { break };
        page = Page::after(last.id.as_str(), PATHS);
        paths.extend(found.into_iter().map(|path| (path.id.to_string(), path.internal_title)));
    }
    let own = |options: &[(&str, &str)]| -> Vec<(String, String)> {
        let same = [("", "as it is")];
        let all = same.iter().chain(options);
        all.map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
    };
    let mut transitions = own(&[]);
    transitions
        .extend(Transition::ALL.map(|it| (it.name().to_owned(), it.name().replace('_', " "))));
    Ok(form
        .with_options("path", paths)
        .with_options("transition", transitions)
        .with_options("proration", own(&[("none", "none"), ("day", "by the day")]))
        .with_options(
            "mode",
            own(&[("replace", "replaces the source"), ("add", "is bought in addition")]),
        ))
}

async fn ask(desk: &Desk, typed: &Typed) -> Result<RolloutAnswer, Problem> {
    let text = |at: &str| Some(typed.text(at).trim().to_owned()).filter(|text| !text.is_empty());
    let mut errors = Vec::new();
    let path = text("/path").and_then(|id| PathId::parse(&id).ok());
    if path.is_none() {
        errors.push(FieldError::new("/path", "is missing: pick one"));
    }
    let transition = text("/transition").map(|name| Transition::parse(&name));
    let mode = text("/mode").map(|name| Mode::parse(&name));
    let proration = text("/proration").map(|name| match name.as_str() {
        "none" => Some(Proration::None),
        "day" => Some(Proration::Day),
        _ => None,
    });
    let unknown = [
        ("/transition", transition == Some(None)),
        ("/mode", mode == Some(None)),
        ("/proration", proration == Some(None)),
    ];
    let unknown = unknown.into_iter().filter(|(_, is_unknown)| *is_unknown);
    errors.extend(unknown.map(|(at, _)| FieldError::new(at, "is none of those offered")));
    let offer = text("/offer").map(|id| OfferId::parse(&id).map_err(|_| id));
    if let Some(Err(id)) = &offer {
        errors.push(FieldError::new("/offer", format!("'{id}' is no id of an offer")));
    }
    let (Some(path), []) = (path, errors.as_slice()) else {
        return Err(Problem::invalid(errors));
    };
    let edited = Edited {
        path,
        offer: offer.and_then(Result::ok),
        transition: transition.flatten(),
        proration: proration.flatten(),
        mode: mode.flatten(),
    };
    let rollout = desk.app.roll_out(&desk.merchant, edited).await?;
    Ok(told(desk, &rollout))
}

fn told(desk: &Desk, rollout: &Rollout) -> RolloutAnswer {
    let path = &rollout.path;
    let how = if path.optional { "in addition to" } else { "in place of" };
    let days = match path.proration {
        Proration::None => "without proration",
        Proration::Day => "by the day",
    };
    RolloutAnswer {
        path: path.internal_title.clone(),
        told: format!(
            "If it were in force today and everybody took it: the target {how} the source, {}, {days}.",
            path.transition.name().replace('_', " "),
        ),
        targets: rollout.targets.iter().map(|(offer, reach)| row(desk, offer, reach)).collect(),
        more: rollout.more,
    }
}

fn row(desk: &Desk, offer: &Offer, reach: &Reach) -> RolloutRow {
    let money = |minor| desk.money(Money::new(minor, offer.terms.price.currency));
    let refused = reach.refused.iter();
    RolloutRow {
        offer: offer.terms.title.clone(),
        customers: reach.customers,
        possible: reach.possible,
        refused: refused
            .map(|(code, count)| RefusedCount { count: *count, reason: why(code) })
            .collect(),
        amount_due: money(reach.amount_due),
        before: money(reach.monthly_before),
        after: money(reach.monthly_after),
        change: money(reach.monthly_after.saturating_sub(reach.monthly_before)),
    }
}

fn why(code: &'static str) -> &'static str {
    let reason = Reason::ALL.into_iter().find(|reason| reason.code() == code);
    match reason {
        Some(reason) => what_if::rejected(reason),
        None if code == RefusalCode::AlreadySubscribed.code() => {
            "they have it already, or await it"
        }
        None => code,
    }
}
