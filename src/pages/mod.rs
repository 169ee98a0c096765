//! The pages that a merchant's customers see: the hosted checkout. The whole route table, and the
//! headers that hold for every page.
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
use crate::render::pages::CHECKOUT_CSS;

/// Nothing is loaded but our style sheet, nothing runs, and no other site may frame a page.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The address is the customer's key to the checkout.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

/// Every page.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/checkout/{token}", get(checkout::show).post(checkout::confirm))
        .route("/static/checkout.css", get(style))
        .layer(from_fn(harden))
        .with_state(app)
}

async fn style() -> ([(HeaderName, &'static str); 2], &'static str) {
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    (headers, CHECKOUT_CSS)
}

async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let private = HeaderValue::from_static("no-store");
    headers.entry(header::CACHE_CONTROL).or_insert(private);
    response
}
