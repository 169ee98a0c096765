//! The links of messages: the one that they show leads on, the other to a page with one button.
//! Whoever only looks changes nothing, and mail programs may press the button for their reader
//! without a cookie or a script (RFC 8058).

use axum::extract::{Query, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use iscrawl::is_crawler;
use serde::Deserialize;

use crate::app::message_links::{Following, LinkLanguages, MessageKey, Unsubscribing};
use crate::app::{App, AppError, addresses};
use crate::pages::answers::html_of;
use crate::pages::notices::{asked_for, leads_on, nowhere};
use crate::pages::tokens::{TokenPath, known};
use crate::render::pages::{Notice, UnsubscribePage};

/// Leads on to where a message links; counts where a person follows it.
pub(super) async fn follow(
    State(app): State<App>,
    method: Method,
    token: TokenPath,
    Query(asked): Query<LinkQuery>,
    headers: HeaderMap,
) -> Response {
    let counts = method == Method::GET && !is_bot(&headers);
    let with_coupon = asked.coupon.as_deref() != Some(WITHOUT);
    let token = match known(token, "link") {
        Ok(token) => token,
        Err(error) => return nowhere(&app, &headers, error, Notice::NoLink),
    };
    match app.follow_link(&token, Following { counts, with_coupon }).await {
        Ok(target) => Redirect::to(&target).into_response(),
        Err(error) => {
            let without = format!("{}?coupon={WITHOUT}", addresses::link(&token));
            refuse(&app, &headers, MessageKey::Link(&token), error, Some(without)).await
        }
    }
}

/// What a link may say besides its token.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct LinkQuery {
    coupon: Option<String>,
}

/// Says that the coupon of a message is not to be redeemed.
const WITHOUT: &str = "none";

/// Asks whether somebody wants no messages any more.
pub(super) async fn ask(State(app): State<App>, token: TokenPath, headers: HeaderMap) -> Response {
    let token = match known(token, "link") {
        Ok(token) => token,
        Err(error) => return nowhere(&app, &headers, error, Notice::NoLink),
    };
    match app.unsubscribing(&token).await {
        Ok(who) => page(&app, who, Some(addresses::unsubscribing(&token))),
        Err(error) => refuse(&app, &headers, MessageKey::Unsubscribe(&token), error, None).await,
    }
}

/// Sends somebody no messages any more. What the form says is of no interest.
pub(super) async fn confirm(
    State(app): State<App>,
    token: TokenPath,
    headers: HeaderMap,
) -> Response {
    let token = match known(token, "link") {
        Ok(token) => token,
        Err(error) => return nowhere(&app, &headers, error, Notice::NoLink),
    };
    match stop(&app, &token).await {
        Ok(who) => page(&app, who, None),
        Err(error) => refuse(&app, &headers, MessageKey::Unsubscribe(&token), error, None).await,
    }
}

/// Tells why a link leads nowhere: in the own language of the customer who was sent it, else in
/// that which the browser asks for, else in that of the message.
async fn refuse(
    app: &App,
    headers: &HeaderMap,
    link: MessageKey<'_>,
    error: AppError,
    without: Option<String>,
) -> Response {
    let LinkLanguages { own, message } = app.languages_of_link(link).await;
    let locale = own.or_else(|| asked_for(headers)).or(message).unwrap_or_default();
    leads_on(app, &locale, error, (Notice::NoLink, without))
}

async fn stop(app: &App, token: &str) -> Result<Unsubscribing, AppError> {
    let who = app.unsubscribing(token).await?;
    app.unsubscribe(token).await?;
    Ok(who)
}

fn page(app: &App, who: Unsubscribing, action: Option<String>) -> Response {
    let page = UnsubscribePage { seller: who.seller, action, look: who.look };
    let sent = app.renderer().unsubscribe_page(&who.locale, &page);
    html_of(&page.look, None, StatusCode::OK, sent)
}

/// Whether no person follows a link: nothing says who, it is known as a machine, or it fetches what
/// somebody might look at later.
fn is_bot(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    let prefetches = ["sec-purpose", "purpose", "x-moz"].iter().any(|name| {
        let purpose = headers.get(*name).map(|purpose| purpose.as_bytes().to_ascii_lowercase());
        purpose.is_some_and(|it| it.windows(5).any(|part| matches!(part, b"fetch" | b"previ")))
    });
    prefetches || agent.is_none_or(is_crawler)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderName;

    use super::*;

    #[test]
    fn a_person_is_who_follows_a_link_with_a_browser_and_now() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                     (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
        let google = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
        #[rustfmt::skip]
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("user-agent", firefox)], false),
            (&[("user-agent", phone)], false),
            (&[("user-agent", firefox), ("sec-fetch-mode", "navigate")], false),
            (&[], true),
            (&[("user-agent", "")], true),
            (&[("user-agent", google)], true),
            (&[("user-agent", "curl/8.5.0")], true),
            (&[("user-agent", "python-requests/2.32.3")], true),
            (&[("user-agent", firefox), ("sec-purpose", "prefetch;prerender")], true),
            (&[("user-agent", phone), ("purpose", "Prefetch")], true),
            (&[("user-agent", phone), ("purpose", "preview")], true),
        ];
        for (headers, wanted) in table {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (HeaderName::try_from(*name).unwrap(), value.parse().unwrap()))
                .collect();
            assert_eq!(is_bot(&headers), *wanted, "{headers:?}");
        }
    }
}
