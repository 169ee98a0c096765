//! The ends of customers' addresses, by which pages are found that nobody guesses: whoever tries is
//! slowed down.

use std::sync::Arc;

use axum::extract::rejection::{PathRejection, RawPathParamsRejection};
use axum::extract::{Path, RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::caller::by_page;
use crate::app::{App, AppError};
use crate::domain::ids::is_valid_id;
use crate::edge::auth::ApiGuard;
use crate::edge::problem::Code;
use crate::pages::notices::{LeadsNowhere, nowhere};
use crate::render::pages::Notice;

/// As it stands in the address.
pub(super) type TokenPath = Result<Path<String>, PathRejection>;

/// What may lead to such a thing: not every text is one to the database.
pub(super) fn known(token: TokenPath, what: &'static str) -> Result<String, AppError> {
    let token = token.ok().map(|Path(token)| token).filter(|token| is_valid_id(token));
    token.ok_or(AppError::NotFound(what))
}

/// Answers whoever comes by an address of a customer's for that address: it has its share of what
/// there is, whatever somebody does with it.
pub(super) async fn for_its_page(
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Response {
    let token = params.ok().and_then(|params| Some(params.iter().next()?.1.to_owned()));
    match token {
        Some(token) => by_page(&token, next.run(request)).await,
        None => next.run(request).await,
    }
}

/// Counts addresses that lead nowhere by who tries them, together with keys that open nothing. One
/// that leads somewhere is never kept out.
pub(super) async fn count_guesses(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let (extensions, headers) = (request.extensions().clone(), request.headers().clone());
    let response = next.run(request).await;
    let is_guess = response.extensions().get::<LeadsNowhere>().is_some();
    let Some(door) = extensions.get::<Arc<ApiGuard>>().filter(|_| is_guess) else {
        return response;
    };
    let Err(too_many) = door.count_failure(&extensions, &headers) else { return response };
    let refusal = AppError::refused(Code::TooManyRequests.name(), too_many.problem().detail);
    let mut response = nowhere(&app, &headers, refusal, Notice::Unknown);
    too_many.tell(response.headers_mut());
    response
}
