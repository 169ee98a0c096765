//! How a page is sent.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::render::RenderError;

/// A page as it is sent.
pub(super) fn html(status: StatusCode, page: Result<String, RenderError>) -> Response {
    match page {
        Ok(page) => (status, Html(page)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            (StatusCode::INTERNAL_SERVER_ERROR, "something broke on our side\n").into_response()
        }
    }
}
