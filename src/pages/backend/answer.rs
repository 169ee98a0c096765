//! What every handler of the backend takes and gives: the form that was sent, and a page or why
//! there is none.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::app::AppError;
use crate::edge::problem::{Code, Problem};

/// Why a page is not shown. The guard turns it into one that says so.
#[derive(Clone, Debug)]
pub(super) struct Failure(pub(super) Problem);

/// What a handler answers.
pub(super) type Answer = Result<Response, Failure>;

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.0.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The pairs of a form, in their order, once it is known to be one of ours.
#[derive(Clone, Debug)]
pub(super) struct SentForm(pub(super) Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for SentForm {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let unread = || Failure(Problem::new(Code::UnsupportedMediaType, "this is no form"));
        parts.extensions.remove::<Self>().ok_or_else(unread)
    }
}
