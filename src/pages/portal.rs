//! The portal of a customer: what they have, and what they do by themselves. Whoever knows its
//! address may; the address is a secret of an hour. Looking changes nothing; what changes something
//! asks once more, and is done for what the customer was shown, or not at all.

use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::portal::PortalVisit;
use crate::app::portal_acts::PortalOutcome;
use crate::app::{App, AppError, addresses};
use crate::domain::ids::{ChangeId, OfferId, SubscriptionId, is_valid_id};
use crate::edge::problem::{Code, Problem};
use crate::pages::answers::html_of;
use crate::pages::notices::{nowhere, reason};
use crate::pages::tokens::{TokenPath, known};
use crate::pages::{portal_contexts, portal_cookie};
use crate::render::pages::{Notice, NoticePage};
use crate::render::portal::{PortalNote, PortalQuestion};
use crate::rules::portal::PortalAct;

type PortalRequestForm = Result<Form<PortalRequest>, FormRejection>;

/// What a form, or a link, means.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PortalRequest {
    subscription: String,
    change: String,
    offer: String,
    stamp: String,
    done: String,
}

/// Shows the portal.
pub(super) async fn show(
    State(app): State<App>,
    token: TokenPath,
    asked: Result<Query<PortalRequest>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let found = match known(token, "portal") {
        Ok(token) => app.portal(&token).await.map(|portal| (portal, token)),
        Err(error) => Err(error),
    };
    let (portal, token) = match found {
        Ok(found) => found,
        Err(error) => return nowhere(&app, &headers, error, Notice::NoPortal),
    };
    let note = match asked.map(|Query(asked)| asked.done).unwrap_or_default().as_str() {
        "cancel" => Some(PortalNote::Cancelled),
        "uncancel" => Some(PortalNote::Uncancelled),
        "withdraw" => Some(PortalNote::Withdrawn),
        _ => None,
    };
    let page = portal_contexts::home(&portal, addresses::portal(&token), note);
    let visit = &portal.visit;
    let page = app.renderer().portal_page(&visit.locale, &page);
    html_of(&visit.look, None, StatusCode::OK, page)
}

/// Asks before a subscription is cancelled.
pub(super) async fn ask_cancel(
    State(app): State<App>,
    token: TokenPath,
    asked: Result<Query<PortalRequest>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    ask(&app, token, &headers, |visit, here| {
        if !visit.parts.cancel {
            return Err(forbidden());
        }
        portal_contexts::cancelling(visit, &asked.subscription, here)
    })
    .await
}

/// Asks before a change is withdrawn.
pub(super) async fn ask_withdraw(
    State(app): State<App>,
    token: TokenPath,
    asked: Result<Query<PortalRequest>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    ask(&app, token, &headers, |visit, here| {
        if !visit.parts.withdraw {
            return Err(forbidden());
        }
        portal_contexts::withdrawing(visit, &asked.change, here)
    })
    .await
}

/// Cancels a subscription to the end of its term.
pub(super) async fn cancel(
    State(app): State<App>,
    token: TokenPath,
    headers: HeaderMap,
    form: PortalRequestForm,
) -> Response {
    let act = |id: &str| PortalAct::Cancel(SubscriptionId::stored(id.to_owned()));
    act_on(&app, token, &headers, form, ("cancel", |it| &it.subscription, act)).await
}

/// Takes a cancellation back.
pub(super) async fn uncancel(
    State(app): State<App>,
    token: TokenPath,
    headers: HeaderMap,
    form: PortalRequestForm,
) -> Response {
    let act = |id: &str| PortalAct::Uncancel(SubscriptionId::stored(id.to_owned()));
    act_on(&app, token, &headers, form, ("uncancel", |it| &it.subscription, act)).await
}

/// Withdraws a change.
pub(super) async fn withdraw(
    State(app): State<App>,
    token: TokenPath,
    headers: HeaderMap,
    form: PortalRequestForm,
) -> Response {
    let act = |id: &str| PortalAct::Withdraw(ChangeId::stored(id.to_owned()));
    act_on(&app, token, &headers, form, ("withdraw", |it| &it.change, act)).await
}

/// Opens the checkout of an offer, and goes there; it leads back here.
pub(super) async fn change(
    State(app): State<App>,
    token: TokenPath,
    headers: HeaderMap,
    form: PortalRequestForm,
) -> Response {
    let (visit, token) = match entered(&app, token).await {
        Ok(entered) => entered,
        Err(error) => return nowhere(&app, &headers, error, Notice::NoPortal),
    };
    let offer = form.map(|Form(form)| form.offer).unwrap_or_default();
    let opened = match named(&offer, "offer") {
        Ok(offer) => app.change_in_portal(&visit, &token, OfferId::stored(offer)).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(checkout) => {
            let mut response = Redirect::to(&addresses::checkout(&checkout)).into_response();
            portal_cookie::keep(&app, response.headers_mut(), &checkout, &token);
            response
        }
        Err(error) => tell(&app, &visit, &token, error),
    }
}

/// The action of a page, where what is meant stands in its form, and what that is.
type Action<'a> = (&'a str, fn(&PortalRequest) -> &String, fn(&str) -> PortalAct);

async fn act_on(
    app: &App,
    token: TokenPath,
    headers: &HeaderMap,
    form: PortalRequestForm,
    (name, field, act): Action<'_>,
) -> Response {
    let (visit, token) = match entered(app, token).await {
        Ok(entered) => entered,
        Err(error) => return nowhere(app, headers, error, Notice::NoPortal),
    };
    let form = form.map(|Form(form)| form).unwrap_or_default();
    let done = match named(field(&form), "subscription") {
        Ok(id) => app.act_in_portal(&visit, &token, act(&id), form.stamp).await,
        Err(error) => Err(error),
    };
    match done {
        // Loading the page again must not send the form again.
        Ok(PortalOutcome::Done) => {
            Redirect::to(&format!("{}?done={name}", addresses::portal(&token))).into_response()
        }
        Ok(PortalOutcome::OutOfDate) => out_of_date(app, &visit, &token),
        Err(error) => tell(app, &visit, &token, error),
    }
}

/// Shows a question; none where there is nothing to ask any more.
async fn ask(
    app: &App,
    token: TokenPath,
    headers: &HeaderMap,
    question: impl FnOnce(&PortalVisit, String) -> Result<Option<PortalQuestion>, AppError>,
) -> Response {
    let (visit, token) = match entered(app, token).await {
        Ok(entered) => entered,
        Err(error) => return nowhere(app, headers, error, Notice::NoPortal),
    };
    match question(&visit, addresses::portal(&token)) {
        Ok(Some(page)) => {
            let page = app.renderer().portal_question(&visit.locale, &page);
            html_of(&visit.look, None, StatusCode::OK, page)
        }
        Ok(None) => out_of_date(app, &visit, &token),
        Err(error) => tell(app, &visit, &token, error),
    }
}

async fn entered(app: &App, token: TokenPath) -> Result<(PortalVisit, String), AppError> {
    let token = known(token, "portal")?;
    Ok((app.portal_visit(&token).await?, token))
}

fn named(id: &str, what: &'static str) -> Result<String, AppError> {
    Some(id.to_owned()).filter(|id| is_valid_id(id)).ok_or(AppError::NotFound(what))
}

fn forbidden() -> AppError {
    AppError::refused(Code::Forbidden.name(), "customers do not do this by themselves")
}

fn out_of_date(app: &App, visit: &PortalVisit, token: &str) -> Response {
    notice(app, visit, token, (StatusCode::CONFLICT, Notice::PortalStale))
}

/// Why nothing was done, with the way back.
fn tell(app: &App, visit: &PortalVisit, token: &str, error: AppError) -> Response {
    let reason = reason(&error);
    let problem = Problem::from(error);
    let notice_of = match problem.code {
        Code::Forbidden => Notice::PortalForbidden,
        Code::NotFound => Notice::PortalMissing,
        code => Notice::PortalRefused(reason.unwrap_or_else(|| code.name().to_owned())),
    };
    notice(app, visit, token, (problem.code.status(), notice_of))
}

fn notice(
    app: &App,
    visit: &PortalVisit,
    token: &str,
    (status, notice): (StatusCode, Notice),
) -> Response {
    let page = NoticePage {
        seller: visit.seller.clone(),
        notice,
        look: visit.look.clone(),
        again_url: Some(addresses::portal(token)),
        portal: None,
        return_url: None,
    };
    html_of(&visit.look, None, status, app.renderer().notice_page(&visit.locale, &page))
}
