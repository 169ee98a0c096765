//! The pages that a merchant's customers see: the hosted checkout. The whole route table, and the
//! policy that holds for every page.
//!
//! In reading order: `checkout` (what is answered when), `contexts` (how it is written). What a
//! page looks like is for `render`.

mod checkout;
mod contexts;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;

use crate::app::App;
use crate::http::headers::PAGE_POLICY;
use crate::render::pages::CHECKOUT_CSS;

/// Every page.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/checkout/{token}", get(checkout::show).post(checkout::confirm))
        .route("/static/checkout.css", get(style))
        .layer(from_fn(restrict))
        .with_state(app)
}

async fn style() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, CHECKOUT_CSS)
}

/// The pages' own policy; what else guards every answer is added further out.
async fn restrict(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let policy = HeaderValue::from_static(PAGE_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}
