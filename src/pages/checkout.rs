//! The hosted checkout: looked at, confirmed, done. It completes what leaves nothing to pay, or
//! what the merchant sells on account. Anything else it holds while the money is taken elsewhere:
//! in the demo on the page of `payment`, otherwise by the merchant's own shop, to which the
//! customer is led back.

use axum::extract::rejection::{FormRejection, RawPathParamsRejection};
use axum::extract::{Form, Path, RawPathParams, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde_json::Value;

use crate::app::checkouts::Completion;
use crate::app::hosted::Hosted;
use crate::app::{App, AppError};
use crate::domain::checkout::Purchase;
use crate::domain::ids::{CheckoutId, is_valid_id};
use crate::edge::problem::{Code, Problem};
use crate::pages::contexts;
use crate::pages::html;
use crate::pages::payment::{self, Till};
use crate::render::format::Locale;
use crate::render::is_spoken;
use crate::render::pages::{Note, Notice, NoticePage};
use crate::wire::checkouts::CheckoutStatus;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub(super) struct Confirmation {
    mode: String,
    stamp: String,
}

/// Shows a checkout, or what became of it.
pub(super) async fn show(
    State(app): State<App>,
    State(till): State<Till>,
    Path(token): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let hosted = match app.checkout_of(&token).await {
        Ok(hosted) => hosted,
        Err(error) => return nowhere(&app, &headers, error),
    };
    let locale = &hosted.locale;
    match hosted.checkout.status {
        status @ (CheckoutStatus::Open | CheckoutStatus::Held) => {
            let note = match status {
                CheckoutStatus::Held => Some(Note::Held),
                _ => query.filter(|query| query == payment::DECLINED).map(|_| Note::Declined),
            };
            let is_payable = is_payable(till, &hosted);
            let page = contexts::preview(&hosted, &address(&token), note, is_payable);
            html(StatusCode::OK, app.renderer().checkout_page(locale, &page))
        }
        CheckoutStatus::Completed => {
            let page = contexts::done(&hosted);
            let Some(page) = page else {
                return tell(&app, &hosted, StatusCode::OK, Notice::Completed, None);
            };
            html(StatusCode::OK, app.renderer().done_page(locale, &page))
        }
        CheckoutStatus::Expired => tell(&app, &hosted, StatusCode::GONE, Notice::Expired, None),
    }
}

/// Completes a checkout as it was seen, if nothing is to be paid or it is sold on account; else
/// holds it and goes on to the payment, where there is one.
pub(super) async fn confirm(
    State(app): State<App>,
    State(till): State<Till>,
    Path(token): Path<String>,
    headers: HeaderMap,
    form: Result<Form<Confirmation>, FormRejection>,
) -> Response {
    let hosted = match app.checkout_of(&token).await {
        Ok(hosted) => hosted,
        Err(error) => return nowhere(&app, &headers, error),
    };
    let again = address(&token);
    let form = form.ok().and_then(|Form(form)| Some((Purchase::parse(&form.mode)?, form.stamp)));
    let Some((mode, stamp)) = form else {
        let notice = Notice::Refused(Code::InvalidFields.name().to_owned());
        return tell(&app, &hosted, StatusCode::UNPROCESSABLE_ENTITY, notice, Some(&again));
    };
    let is_over = hosted.checkout.status == CheckoutStatus::Completed;
    if is_over && hosted.stamp != stamp {
        return tell(&app, &hosted, StatusCode::OK, Notice::Completed, Some(&again));
    }
    let is_free = hosted.on_account || contexts::due(&hosted, mode).is_none();
    // Where there is nobody to take the money, holding would only keep others waiting.
    if is_payable(till, &hosted) && !is_free && !is_over {
        return payment::begin(&app, till, &hosted, &again, mode, &stamp).await;
    }
    let id = CheckoutId::stored(hosted.checkout.id.clone());
    let completion = Completion { mode: Some(mode), payment: None, stamp: Some(stamp) };
    match app.complete_checkout(&hosted.merchant, &id, completion).await {
        // Loading the page again must not send the form again.
        Ok(_) => Redirect::to(&again).into_response(),
        Err(error) => refuse(&app, &hosted, &again, error),
    }
}

/// Whether the page leads on to somebody who takes the money.
fn is_payable(till: Till, hosted: &Hosted) -> bool {
    till == Till::StandIn || hosted.checkout.return_url.is_some()
}

/// Lets pass what can be the token of a checkout: not every text is one to the database.
pub(super) async fn sift(
    State(app): State<App>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    if params.is_ok_and(|params| params.iter().all(|(_, token)| is_valid_id(token))) {
        return next.run(request).await;
    }
    nowhere(&app, request.headers(), AppError::NotFound("checkout"))
}

/// Why it was not completed, with the way back to the checkout where there is one.
pub(super) fn refuse(app: &App, hosted: &Hosted, again: &str, error: AppError) -> Response {
    let reason = reason(&error);
    let problem = Problem::from(error);
    let (notice, again) = match problem.code {
        Code::CheckoutStale => (Notice::Stale, Some(again)),
        Code::CheckoutExpired => (Notice::Expired, None),
        code => {
            let reason = reason.unwrap_or_else(|| code.name().to_owned());
            (Notice::Refused(reason), Some(again))
        }
    };
    tell(app, hosted, problem.code.status(), notice, again)
}

/// What stands in the way, where it is the same for every path that leads to the offer.
fn reason(error: &AppError) -> Option<String> {
    let AppError::Refused(refusal) = error else {
        return None;
    };
    let considered = refusal.extra.get("considered").and_then(Value::as_array)?;
    let mut reasons = considered.iter().filter_map(|candidate| candidate["reason"].as_str());
    let first = reasons.next()?;
    reasons.all(|reason| reason == first).then(|| first.to_owned())
}

pub(super) fn address(token: &str) -> String {
    format!("/checkout/{token}")
}

pub(super) fn tell(
    app: &App,
    hosted: &Hosted,
    status: StatusCode,
    notice: Notice,
    again: Option<&str>,
) -> Response {
    let page = contexts::notice(hosted, notice, again);
    html(status, app.renderer().notice_page(&hosted.locale, &page))
}

/// Answers where no checkout could be read, in the language that the browser asks for.
pub(super) fn nowhere(app: &App, headers: &HeaderMap, error: AppError) -> Response {
    let problem = Problem::from(error);
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let locale = spoken(asked.unwrap_or_default());
    let notice = match problem.code {
        Code::NotFound => Notice::Unknown,
        code => Notice::Refused(code.name().to_owned()),
    };
    let seller = "Checkout".to_owned();
    let page = NoticePage { seller, notice, again_url: None, return_url: None };
    html(problem.code.status(), app.renderer().notice_page(&locale, &page))
}

/// Of the languages that a browser asks for, the one that it likes best and that we speak.
fn spoken(asked: &str) -> Locale {
    let wishes = asked.split(',').filter_map(|wish| {
        // Weights lie between 0 and 1, so that their texts are in the order of their values.
        let (tag, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
        Some((weight.trim(), Locale::parse(tag.trim()).filter(is_spoken)?))
    });
    let best = wishes.reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.map(|(_, locale)| locale).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_that_a_browser_likes_best_is_spoken_if_we_can() {
        for (asked, spoken_as) in [
            ("", "en"),
            ("de", "de"),
            ("de-AT,de;q=0.9", "de-AT"),
            ("fr,de;q=0.8,en;q=0.5", "de"),
            ("en;q=0.5, de;q=0.75", "de"),
            ("de;q=0.5,en-GB", "en-GB"),
            ("ja, *;q=0.1", "en"),
            ("\u{0};;q=,,q", "en"),
        ] {
            assert_eq!(spoken(asked).to_string(), spoken_as, "{asked}");
        }
    }
}
