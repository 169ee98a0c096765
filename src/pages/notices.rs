//! What is told of a checkout, or of a document, instead of its page: what became of it, why it was
//! not completed, or that there is none.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde_json::Value;

use crate::app::hosted::Hosted;
use crate::app::{App, AppError};
use crate::edge::problem::{Code, Problem};
use crate::pages::answers::{html, html_of};
use crate::pages::contexts;
use crate::render::format::Locale;
use crate::render::look::PageBranding;
use crate::render::pages::{Notice, NoticePage};

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
pub(super) fn reason(error: &AppError) -> Option<String> {
    let AppError::Refused(refusal) = error else {
        return None;
    };
    let considered = refusal.extra.get("considered").and_then(Value::as_array)?;
    let mut reasons = considered.iter().filter_map(|candidate| candidate["reason"].as_str());
    let first = reasons.next()?;
    reasons.all(|reason| reason == first).then(|| first.to_owned())
}

/// Tells what became of a checkout.
pub(super) fn tell(
    app: &App,
    hosted: &Hosted,
    status: StatusCode,
    notice: Notice,
    again: Option<&str>,
) -> Response {
    let page = contexts::notice(hosted, notice, again);
    html_of(&hosted.look, None, status, app.renderer().notice_page(&hosted.locale, &page))
}

/// Marks the answer to an address that leads nowhere.
#[derive(Clone, Copy, Debug)]
pub(super) struct LeadsNowhere;

/// Answers where nothing could be read, in the language that the browser asks for; `unknown` is
/// told where there is nothing.
pub(super) fn nowhere(
    app: &App,
    headers: &HeaderMap,
    error: AppError,
    unknown: Notice,
) -> Response {
    leads_on(app, &asked_for(headers).unwrap_or_default(), error, (unknown, None))
}

/// The language that a browser asks for; none where it asks for none.
pub(super) fn asked_for(headers: &HeaderMap) -> Option<Locale> {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    asked.map(spoken)
}

/// The same, in a language, where `without` leads on if only a coupon stands in the way.
pub(super) fn leads_on(
    app: &App,
    locale: &Locale,
    error: AppError,
    (unknown, without): (Notice, Option<String>),
) -> Response {
    let problem = Problem::from(error);
    let (notice, again_url) = match (problem.code, without) {
        (Code::NotFound, _) => (unknown, None),
        (
            code @ (Code::CouponUsed
            | Code::CouponExpired
            | Code::CouponNotApplicable
            | Code::CouponNotYours),
            Some(without),
        ) => (Notice::Coupon(code.name().to_owned()), Some(without)),
        (code, _) => (Notice::Refused(code.name().to_owned()), None),
    };
    let seller = "Checkout".to_owned();
    let page = NoticePage {
        seller,
        notice,
        look: PageBranding::default(),
        again_url,
        portal: None,
        return_url: None,
    };
    let mut response = html(problem.code.status(), app.renderer().notice_page(locale, &page));
    if problem.code == Code::NotFound {
        response.extensions_mut().insert(LeadsNowhere);
    }
    response
}

/// Of the languages that a browser asks for, the one that it likes best and that we speak.
pub(super) fn spoken(asked: &str) -> Locale {
    let wishes = asked.split(',').filter_map(|wish| {
        // Weights lie between 0 and 1, so that their texts are in the order of their values.
        let (tag, weight) = wish.split_once(";q=").unwrap_or((wish, "1"));
        Some((weight.trim(), Locale::parse(tag.trim()).filter(Locale::is_spoken)?))
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
