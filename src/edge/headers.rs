//! The headers that guard every answer: what a browser may do with it, who may keep it.
//!
//! An answer that needs other ones sets its own; these only fill what is missing.

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// For pages: nothing is loaded but our style sheets, nothing runs, no other site frames it.
pub const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self'; \
                               base-uri 'none'; frame-ancestors 'none'";

/// Data is no page: whatever it holds, a browser does nothing with it.
const DATA_POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::CONTENT_SECURITY_POLICY, DATA_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The address of a hosted page is the customer's key to it.
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    // Most answers are about somebody; what anybody may keep says so.
    (header::CACHE_CONTROL, "no-store"),
];

/// Two years. Other hosts of the domain are not ours to decide about.
const TLS_ONLY: &str = "max-age=63072000";

/// Fills in what an answer lacks; where customers come over TLS, tells browsers to stay there.
pub(crate) async fn guard(State(over_tls): State<bool>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if over_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static(TLS_ONLY));
    }
    response
}
