//! What a path would mean for all current subscribers: of those that are stored one is picked
//! here; one that is being written is looked at from its form.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use axum::http::StatusCode;

use crate::app::impact::Impact;
use crate::app::reads::Page;
use crate::domain::catalogue::Offer;
use crate::domain::ids::{OfferId, PathId};
use crate::domain::money::Money;
use crate::domain::path::{BillingDate, Path, Proration};
use crate::edge::problem::{Code, FieldError, Problem};
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::insight::in_full;
use crate::pages::backend::places::{IMPACT, PATHS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::what_if;
use crate::render::backend::form::{Form, Kind};
use crate::render::backend::frame::Link;
use crate::render::backend::impact::{ImpactAnswer, ImpactPage, ImpactRow, RefusedCount};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::checkout::RefusalCode;
use crate::rules::impact::ImpactReach;
use crate::rules::matching::Reason;

/// How many paths are read at once.
const PATHS_MAX: i64 = 200;

const FIELDS: &[Spec] = &[
    Spec::new("/path", "Path", Kind::Choice).required(),
    Spec::new("/offer", "Target", Kind::Text)
        .hint("An offer\u{2019}s id; every target unless given."),
];

/// Asks and answers.
pub(super) async fn show(
    session: Session,
    asked: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Answer {
    let pairs = asked.map(|Query(pairs)| pairs).unwrap_or_default();
    let is_asked = pairs.iter().any(|(name, _)| name == "/path");
    let values = FormValues::sent(SentForm(pairs));
    let (mut wrong, mut told) = (None, None);
    if is_asked {
        match ask(&session, &values).await {
            Ok(answer) => told = Some(answer),
            Err(problem) if problem.code.status() == StatusCode::UNPROCESSABLE_ENTITY => {
                wrong = Some(problem);
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    let status = wrong.as_ref().map_or(StatusCode::OK, |problem| problem.code.status());
    let form = with_options(&session, form(FIELDS, &values, wrong.as_ref())).await?;
    let edit = told
        .as_ref()
        .map(|_| Link::new("Edit this path", format!("{}/{}", PATHS, values.text("/path").trim())));
    let page = ImpactPage { tabs: what_if::tabs(IMPACT), form, answer: told, edit };
    session.show_as(status, PageHead::new("What if"), &page)
}

async fn with_options(session: &Session, form: Form) -> Result<Form, Problem> {
    let mut paths = vec![(String::new(), Phrase::from("pick a path"))];
    let mut page = Page::first(PATHS_MAX);
    loop {
        let found = session.app.list::<Path>(&session.merchant, page).await?;
        let Some(last) = found.last() else { break };
        page = Page::after(last.id.as_str(), PATHS_MAX);
        paths.extend(
            found.into_iter().map(|path| (path.id.to_string(), path.internal_title.into())),
        );
    }
    Ok(form.with_options("path", paths))
}

async fn ask(session: &Session, values: &FormValues) -> Result<ImpactAnswer, Problem> {
    let unknown = || Problem::invalid_field("/path", "there is no such path: pick one");
    let id = PathId::parse(values.text("/path").trim()).map_err(|_| unknown())?;
    let target = match values.text("/offer").trim() {
        "" => None,
        id => Some(OfferId::parse(id).map_err(|_| {
            let detail = format!("\u{201c}{id}\u{201d} is no id of an offer");
            Problem::invalid(vec![FieldError::new("/offer", detail)])
        })?),
    };
    let path = session.app.get::<Path>(&session.merchant, &id).await.map_err(Problem::from);
    let path = path.map_err(|it| if it.code == Code::NotFound { unknown() } else { it })?;
    let impact = session.app.impact_of(&session.merchant, path, target).await?;
    Ok(told(session, &impact))
}

/// What came of it, in words.
pub(super) fn told(session: &Session, impact: &Impact) -> ImpactAnswer {
    let path = &impact.path;
    let how = if path.optional {
        "is bought in addition to what they have"
    } else {
        "takes the place of what they have"
    };
    let days = match (path.proration, path.billing_date) {
        (Proration::None, _) => "unused days are neither credited nor charged",
        (Proration::Day, BillingDate::Reset) => "unused days are credited and charged by the day",
        (Proration::Day, BillingDate::Keep) => {
            "unused days are credited and charged by the day, and the billing date stays"
        }
    };
    ImpactAnswer {
        path: path.internal_title.clone(),
        told: phrase!(
            "If it were in force today and everybody took it. The target {}; {}. {}.",
            how,
            days,
            in_full(path.transition),
        ),
        targets: impact.targets.iter().map(|(offer, reach)| row(session, offer, reach)).collect(),
        more: impact.others.len(),
        customers: impact.customers,
    }
}

fn row(session: &Session, offer: &Offer, reach: &ImpactReach) -> ImpactRow {
    let money = |minor| session.money(Money::new(minor, offer.terms.price.currency));
    let (refused, elsewhere) = (reach.refused.iter(), reach.elsewhere.iter());
    ImpactRow {
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
        elsewhere: elsewhere
            .map(|(currency, sum)| session.money(Money::new(*sum, *currency)))
            .collect(),
        taxed_otherwise: reach.taxed_otherwise,
    }
}

fn why(code: &'static str) -> &'static str {
    let reason = Reason::ALL.into_iter().find(|reason| reason.name() == code);
    match reason {
        Some(reason) => what_if::rejected(reason),
        None if code == RefusalCode::AlreadySubscribed.name() => {
            "they have it already, or await it"
        }
        None => code,
    }
}
