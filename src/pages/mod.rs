//! The pages: the hosted checkout that a merchant's customers see, the backend that the merchant
//! sees, and the static files of both.
//!
//! In reading order: `checkout` (what is answered when), `contexts` (how it is written),
//! `backend` (with a route table of its own), `statics`. What a page looks like is for `render`.

mod backend;
mod checkout;
mod contexts;
mod statics;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::http::headers::PAGE_POLICY;

/// Every page.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/checkout/{token}", get(checkout::show).post(checkout::confirm))
        .route("/static/{name}", get(statics::file))
        .layer(from_fn(restrict))
        .with_state(app.clone())
        .merge(backend::router(app))
}

/// The pages' own policy; what else guards every answer is added further out.
async fn restrict(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = HeaderValue::from_static(PAGE_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
