//! The door of the backend: in with a key, out with a click.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use crate::app::App;
use crate::app::access::digest;
use crate::edge::auth::ApiGuard;
use crate::edge::limits::TooMany;
use crate::edge::problem::{Code, FieldError, Problem};
use crate::pages::answers::html;
use crate::pages::backend::answer::{Answer, SentForm};
use crate::pages::backend::cookies::Cookies;
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::places::{HOME, SIGN_IN};
use crate::pages::backend::session::Session;
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Frame;
use crate::render::backend::sign_in::SignInPage;
use crate::render::words::Language;

const FIELDS: &[Spec] = &[
    Spec::new("/key", "API key", Kind::Secret)
        .hint("The key decides what you may see and do. It begins with cg_.")
        .required(),
    Spec::new("/next", "", Kind::Hidden),
];

/// Where to go once signed in.
#[derive(Debug, Default, Deserialize)]
pub(super) struct SignInForm {
    next: Option<String>,
}

/// Asks for a key.
pub(super) async fn ask(
    State(app): State<App>,
    Extension(language): Extension<Language>,
    session: Option<Extension<Session>>,
    wish: Result<Query<SignInForm>, QueryRejection>,
) -> Response {
    let next = wish.ok().and_then(|Query(wish)| wish.next).unwrap_or_default();
    if session.is_some() {
        return Redirect::to(local(&next)).into_response();
    }
    page((&app, language), &FormValues::default().with("/next", next), None)
}

/// Lets in whoever has a key. It is neither logged nor kept.
pub(super) async fn sign_in(
    State(app): State<App>,
    Extension(door): Extension<Arc<ApiGuard>>,
    Extension(language): Extension<Language>,
    client: Parts,
    sent: SentForm,
) -> Answer {
    let values = FormValues::sent(sent);
    let key = values.text("/key").trim();
    let signed_in = match app.sign_in(digest(key)).await {
        Ok(signed_in) => signed_in,
        Err(error) => {
            return Ok(page((&app, language), &values.with("/key", ""), Some(&error.into())));
        }
    };
    let Some(token) = signed_in else {
        // Counted by the address of the client, together with those at the door of the API.
        let counted = door.count_failure(&client.extensions, &client.headers);
        let problem = turned_away(counted.as_ref().err());
        let mut response = page((&app, language), &values.with("/key", ""), Some(&problem));
        if let Err(too_many) = counted {
            too_many.tell(response.headers_mut());
        }
        return Ok(response);
    };
    Ok(welcome(&app, &token, values.text("/next")))
}

/// Leads in with the token of a session that has begun.
pub(in crate::pages) fn welcome(app: &App, token: &str, next: &str) -> Response {
    let mut response = Redirect::to(local(next)).into_response();
    Cookies::of(app).keep_token(response.headers_mut(), token);
    response
}

/// What is told to those whose key opens nothing.
fn turned_away(too_many: Option<&TooMany>) -> Problem {
    let detail = "this key opens nothing: it is mistyped or was revoked";
    let mistyped = || Problem::new(Code::Unauthorized, detail);
    let mut problem = too_many.map_or_else(mistyped, TooMany::problem);
    problem.errors.push(FieldError::new("/key", problem.detail.clone()));
    problem
}

/// Ends the session, here and on the server.
pub(super) async fn sign_out(session: Session) -> Answer {
    session.app.sign_out(&session.stored, &session.token).await?;
    let mut response = Redirect::to(SIGN_IN).into_response();
    Cookies::of(&session.app).drop_token(response.headers_mut());
    Ok(response)
}

/// An address of the backend, and none of any other site.
pub(super) fn local(next: &str) -> &str {
    let rest = next.strip_prefix(HOME);
    let is_below = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
    let is_plain = next.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_below && is_plain && !next.starts_with(SIGN_IN) { next } else { HOME }
}

fn page(
    (app, language): (&App, Language),
    values: &FormValues,
    problem: Option<&Problem>,
) -> Response {
    let status = problem.map_or(StatusCode::OK, |problem| problem.code.status());
    let page = SignInPage { form: form(FIELDS, values, problem) };
    let back = values.text("/next").to_owned();
    let frame = Frame { title: "Sign in".into(), language, back, ..Frame::default() };
    html(status, app.renderer().backend_page(&frame, &page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_backend_are_gone_to() {
        for good in ["/backend", "/backend/settings", "/backend?x=1", "/backend/a?b=c%20d"] {
            assert_eq!(local(good), good);
        }
        for bad in [
            "",
            "/",
            "//evil.example",
            "/backendevil",
            "https://evil.example/backend",
            "/backend/\\evil",
            "/backend/a b",
            "/backend/\r\nx",
            "/backend/sign-in?next=x",
            "javascript:alert(1)",
        ] {
            assert_eq!(local(bad), HOME, "{bad}");
        }
    }
}
