//! The one cookie of a customer's pages: on the page of a checkout that was opened from a portal it
//! holds the way back there. The checkout itself keeps nothing of it, for the address of a portal
//! is nowhere stored.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};

use crate::app::hosted::Hosted;
use crate::app::{App, addresses};
use crate::domain::ids::is_valid_id;

const NAME: &str = "cg_portal";
/// No portal is open for longer.
const SECONDS: u64 = 3_600;

/// Remembers on the page of a checkout from which portal it was opened.
pub(super) fn keep(app: &App, headers: &mut HeaderMap, checkout: &str, portal: &str) {
    let lasting = Duration::from_secs(SECONDS).try_into();
    // Lax: who comes back from where they have paid is to find the way, too.
    let cookie = Cookie::build((NAME, portal.to_owned()))
        .path(addresses::checkout(checkout))
        .max_age(lasting.unwrap_or_default())
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.public_url().starts_with("https://"));
    let cookie = HeaderValue::try_from(cookie.to_string()).ok();
    headers.extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
}

/// The way back to the portal of the very customer, while that is open.
pub(super) async fn way_back(app: &App, headers: &HeaderMap, hosted: &Hosted) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(NAME).map(Cookie::value).filter(|token| is_valid_id(token))?;
    let (merchant, customer) = (&hosted.merchant, &hosted.checkout.customer);
    // Looking at a checkout must not fail because of the way back.
    let is_theirs = app.is_portal_of(token, merchant, customer).await.unwrap_or_default();
    is_theirs.then(|| addresses::portal(token))
}
