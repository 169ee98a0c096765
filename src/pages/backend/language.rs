//! The language in which somebody reads the backend: the one that they picked, else the one that
//! their browser asks for.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::app::App;
use crate::pages::backend::answer::SentForm;
use crate::pages::backend::cookies::Cookies;
use crate::pages::backend::forms::FormValues;
use crate::pages::backend::sign_in::local;
use crate::pages::notices::spoken;
use crate::render::words::Language;

/// In which language the one reads who asks.
pub(super) fn of(cookies: Cookies, headers: &HeaderMap) -> Language {
    let asked = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    cookies.language(headers).unwrap_or_else(|| spoken(asked.unwrap_or_default()).spoken())
}

/// Remembers the language that was picked, and goes back.
pub(super) async fn pick(State(app): State<App>, sent: SentForm) -> Response {
    let values = FormValues::sent(sent);
    let mut response = Redirect::to(local(values.text("back"))).into_response();
    if let Some(language) = Language::of(values.text("to")) {
        Cookies::of(&app).keep_language(response.headers_mut(), language);
    }
    response
}
