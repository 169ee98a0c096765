//! Who comes in: nobody without a session, nothing that another site has sent, no role where it
//! may not go. And what those are told who do not come in.

use axum::body::Body;
use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{RawPathParams, Request, State};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form, RequestExt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tower_http::csrf::{CsrfLayer, ResponseForProtectionError};

use crate::app::App;
use crate::app::actor::acting;
use crate::domain::ids::is_valid_id;
use crate::edge::auth::Roles;
use crate::edge::problem::{Code, Problem, request_id};
use crate::pages::answers::html;
use crate::pages::backend::answer::{Failure, SentForm};
use crate::pages::backend::cookies::Cookies;
use crate::pages::backend::language;
use crate::pages::backend::naming::NEW;
use crate::pages::backend::places::{HOME, LANGUAGE, SIGN_IN, SIGN_OUT};
use crate::pages::backend::session::{Navigation, PageHead, Session};
use crate::render::backend::frame::Frame;
use crate::render::backend::phrase::Phrase;
use crate::render::backend::sign_in::{FailurePage, ResubmitForm};
use crate::render::words::Language;

/// Only our own files are loaded and run; charts get their figures from attributes.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data:; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The name of the field that every form sends back.
const CSRF: &str = "csrf";

/// The guard of the whole backend: says who asks, and puts what was refused into words.
/// With what leads from one page to the others.
pub(super) async fn guard(
    State((app, groups)): State<(App, Navigation)>,
    mut request: Request,
    next: Next,
) -> Response {
    let cookies = Cookies::of(&app);
    let has_flash = cookies.flash(request.headers()).is_some() && request.method() == Method::GET;
    let path = request.uri().path().to_owned();
    let language = language::of(cookies, request.headers());
    request.extensions_mut().insert(language);
    let found = recognise(&app, groups, request.headers(), &path).await;
    let session = found.as_ref().ok().cloned().flatten();
    let is_kept_out =
        found.is_ok() && session.is_none() && ![SIGN_IN, LANGUAGE].contains(&path.as_str());
    let mut answered = if is_kept_out {
        to_door(&request)
    } else if let Some(session) = &session {
        request.extensions_mut().insert(session.clone());
        let (key, merchant) = (session.key.clone(), session.merchant.clone());
        acting(key, merchant, next.run(request)).await
    } else {
        if let Err(failure) = found {
            request.extensions_mut().insert(failure);
        }
        next.run(request).await
    };
    let sent = answered.extensions_mut().remove::<SentForm>();
    let mut response = match answered.extensions().get::<Failure>() {
        Some(Failure(problem)) => {
            // A key is never sent back.
            let sent = sent.filter(|_| path != SIGN_IN);
            let again = sent.map(|SentForm(fields)| ResubmitForm { action: path, fields });
            explain(&app, (session.as_ref(), language), problem, again)
        }
        None => in_words(&app, (session.as_ref(), language), answered),
    };
    let headers = response.headers_mut();
    if has_flash {
        cookies.drop_flash(headers);
    }
    harden(headers);
    response
}

/// Refuses what was sent from a page of another site, as far as the browser says.
pub(super) fn from_elsewhere(
    app: &App,
) -> CsrfLayer<impl ResponseForProtectionError<Body> + Send + Sync + use<>> {
    let ours = CsrfLayer::new();
    // An address that no browser can name as its origin adds nothing.
    let ours = ours.clone().add_trusted_origin(app.public_url()).unwrap_or(ours);
    ours.with_rejection_response(|_| refuse(Code::Forbidden, "another site has sent this form"))
}

/// Who asks for a path, if they are signed in.
async fn recognise(
    app: &App,
    groups: Navigation,
    headers: &HeaderMap,
    path: &str,
) -> Result<Option<Session>, Failure> {
    let cookies = Cookies::of(app);
    let Some(token) = cookies.token(headers) else {
        return Ok(None);
    };
    let Some(visit) = app.visit(&token).await? else {
        return Ok(None);
    };
    let read = (language::of(cookies, headers), cookies.flash(headers));
    let asked = (app.clone(), groups);
    Session::of(asked, visit, csrf(&token), token, path.to_owned(), read).map(Some)
}

/// Reads a form, and looks for the proof that it is from one of our pages. What came to nothing
/// carries what was sent.
pub(super) async fn take_form(request: Request, next: Next) -> Response {
    let broken = request.extensions().get::<Failure>().cloned();
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return match broken {
            Some(failure) => failure.into_response(),
            None => next.run(request).await,
        };
    }
    let is_door = request.uri().path() == SIGN_IN;
    let (mut request, sent) = match read(request).await {
        Ok(read) => read,
        Err(refused) => return broken.map_or(refused, IntoResponse::into_response),
    };
    let session = request.extensions().get::<Session>();
    let answered = if let Some(failure) = broken {
        failure.into_response()
    } else if session.is_some_and(|session| !is_door && !proves(&sent, session)) {
        let detail = "the form is from before you signed in: load its page again";
        return refuse(Code::Forbidden, detail);
    } else {
        request.extensions_mut().insert(sent.clone());
        next.run(request).await
    };
    (Extension(sent), answered).into_response()
}

/// Whether a form is from one of our pages.
fn proves(SentForm(pairs): &SentForm, session: &Session) -> bool {
    let token = pairs.iter().find(|(name, _)| name == CSRF).map_or("", |(_, value)| value);
    token.as_bytes().ct_eq(session.csrf.as_bytes()).into()
}

fn refuse(code: Code, detail: &str) -> Response {
    Failure(Problem::new(code, detail)).into_response()
}

/// A request without its body, and the form that this was.
async fn read(request: Request) -> Result<(Request, SentForm), Response> {
    let (head, body) = request.into_parts();
    let extensions = head.extensions.clone();
    let form = Request::from_parts(head.clone(), body);
    let pairs = match form.extract::<Form<Vec<(String, String)>>, _>().await {
        Ok(Form(pairs)) => pairs,
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return Err(refuse(Code::TooLarge, "the form is longer than this server takes"));
        }
        Err(_) => return Err(refuse(Code::UnsupportedMediaType, "this is no form")),
    };
    let mut request = Request::from_parts(head, Body::empty());
    *request.extensions_mut() = extensions;
    Ok((request, SentForm(pairs)))
}

/// What a session's forms send back. It follows from the token, which no other site knows, and
/// does not give it away.
pub(super) fn csrf(token: &str) -> String {
    let digest = Sha256::new().chain_update(b"form\0").chain_update(token).finalize();
    URL_SAFE_NO_PAD.encode(digest)
}

/// To where one signs in, and back afterwards. A form is not asked for again there: it says that
/// nothing came of it.
fn to_door(request: &Request) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read && request.uri().path() != SIGN_OUT {
        return refuse(Code::Unauthorized, "nobody is signed in here any more: nothing was done");
    }
    let wanted = match *request.method() {
        Method::GET => request.uri().path_and_query().map(PathAndQuery::as_str),
        _ => None,
    };
    let door = match wanted.filter(|wanted| *wanted != HOME) {
        Some(wanted) => format!("{SIGN_IN}?next={}", super::query::encode(wanted)),
        None => SIGN_IN.to_owned(),
    };
    Redirect::to(&door).into_response()
}

/// Lets these roles pass, to what an address can name.
pub(super) async fn require(
    roles: Roles,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let session = request.extensions().get::<Session>();
    if !session.is_some_and(|session| roles.contains(&session.role)) {
        let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
        let detail = format!("a key with role {} is needed for this", names.join(" or "));
        return Failure(Problem::new(Code::Forbidden, detail)).into_response();
    }
    // Not every text is one to the database, and no id is like these.
    let fits = |params: RawPathParams| params.iter().all(|(_, id)| is_valid_id(id) || id == NEW);
    if params.is_ok_and(fits) { next.run(request).await } else { nowhere().await.into_response() }
}

/// An address below the backend that leads nowhere.
pub(super) async fn nowhere() -> Failure {
    Failure(Problem::new(Code::NotFound, "there is no page at this address"))
}

/// An address that takes forms and is asked for as a page, or the other way round.
pub(super) async fn wrong_method() -> Failure {
    Failure(Problem::new(Code::MethodNotAllowed, "this is only reached from another page"))
}

/// What was refused before a handler saw it is told like everything else.
fn in_words(app: &App, whose: (Option<&Session>, Language), answered: Response) -> Response {
    let is_page = || {
        let kind = answered.headers().get(header::CONTENT_TYPE);
        kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    };
    let problem = match answered.status() {
        status if status.is_server_error() && !is_page() => Problem::internal(),
        status if status.is_client_error() && !is_page() => {
            Problem::new(Code::NotFound, "the address is not as any page of ours has it")
        }
        _ => return answered,
    };
    explain(app, whose, &problem, None)
}

/// The page in place of the one that was asked for. Where it may help, what was sent can be sent
/// `again`: its proof that it is from one of our pages goes with it as it came.
fn explain(
    app: &App,
    (session, language): (Option<&Session>, Language),
    problem: &Problem,
    again: Option<ResubmitForm>,
) -> Response {
    let status = problem.code.status();
    let page = FailurePage {
        detail: Phrase::told(problem.detail.clone()),
        code: problem.code.name(),
        request: request_id(),
        remedy: match status.as_u16() {
            401 => "Sign in, and do it again.",
            403 => "Go back, or sign in with another key.",
            404 => "It may have been removed. Go back, or start from the overview.",
            500.. => "Nothing was changed by halves. Try again in a moment.",
            _ => "Go back and look at it again.",
        },
        again: again.filter(|_| status.is_server_error()),
    };
    let title = match problem.code {
        Code::Unauthorized => "You are signed out",
        Code::MethodNotAllowed => "There is nothing to see here",
        code => code.title(),
    };
    let frame = match session {
        Some(session) => session.frame(PageHead::new(title)),
        None => Frame { title: title.into(), language, ..Frame::default() },
    };
    html(status, app.renderer().backend_page(&frame, &page))
}

fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Without any, a browser would not say from where a form comes.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
