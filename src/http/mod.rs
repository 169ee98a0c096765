//! JSON in, JSON out: the HTTP edge.
//!
//! In reading order: `routes` (the whole route table, and who may do what), one file for each
//! noun, `problem` and `errors` (the only status codes), `schema`, `extract`, `drafts` and `lists`
//! (what a request may say), `money`, `etag`, `auth`, `idempotency` and `once` (what holds for
//! every route), `connections`, `clients`, `limits` and `headers` (what guards it), `observe`,
//! `describe` and `docs`, `ports` (what the edge asks of the rest) and `gates` (how `app` answers
//! it). What is sent and received stands in `wire`. This file holds how they are put together; what
//! things *mean* is left to those who are asked.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::http::auth::Door;
use crate::http::limits::Limits;
use crate::http::ports::{Idempotency, Keys, Readiness};
use crate::http::problem::{Code, Problem};

mod audit;
pub mod auth;
pub mod billing;
mod changes;
mod checkouts;
pub mod clients;
pub mod connections;
mod customers;
pub mod definitions;
mod describe;
pub mod docs;
mod document;
mod documents;
pub mod drafts;
mod errors;
pub mod etag;
mod events;
pub mod extract;
mod gates;
pub mod headers;
pub mod idempotency;
mod keys;
pub mod limits;
pub mod lists;
mod merchants;
mod money;
pub mod observe;
mod offers;
mod once;
mod paths;
mod patience;
pub mod ports;
pub mod problem;
mod products;
mod routes;
pub mod schema;
mod settings;
mod shares;
mod subscriptions;
mod tags;
mod taxes;
mod test_clock;
mod unambiguous;
mod webhooks;

pub use routes::{Options, api, serve_router};

/// What the edge needs to stand on.
pub struct Edge {
    /// Who a key belongs to.
    pub keys: Arc<dyn Keys>,
    /// What was answered before.
    pub idempotency: Arc<dyn Idempotency>,
    /// Whether the database answers.
    pub readiness: Arc<dyn Readiness>,
    /// Renders `/metrics`; `None` where they are served elsewhere, or not at all.
    pub metrics: Option<PrometheusHandle>,
    /// How much is too much.
    pub limits: Limits,
    /// Whether customers reach this server over TLS.
    pub over_tls: bool,
    /// The longest body that is read.
    pub body_bytes_max: usize,
    /// The longest time that a request may take.
    pub request_time_max: Duration,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "crossgrade",
        description = "The open engine for up- and down-selling in subscription checkouts."
    ),
    components(schemas(Problem))
)]
struct Document;

/// Puts the whole server together: the API's routes, the pages, and what holds for all of them.
pub fn router(edge: Edge, api: OpenApiRouter, pages: Router) -> Router {
    let (api, document) = with_probes(api, &edge).split_for_parts();
    let reference: Arc<str> = docs::page(&document).into();
    // Nobody waits for it who does not ask.
    let json = Arc::new(LazyLock::new(move || document::publish(&document).to_string()));
    let door = Arc::new(Door::new(edge.keys, edge.limits));
    api.merge(pages)
        .route("/openapi.json", get(async move || text("application/json", &json)))
        .route("/docs", get(async move || docs::answer(&reference)))
        .route("/static/docs.css", get(async || text("text/css; charset=utf-8", docs::STYLE)))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(etag::not_modified))
        .layer(from_fn(extract::refuse_nul))
        .layer(Extension(edge.idempotency))
        .layer(Extension(Arc::clone(&door)))
        .layer(from_fn_with_state(door, auth::authenticate))
        .layer(DefaultBodyLimit::max(edge.body_bytes_max))
        .layer(from_fn_with_state(edge.request_time_max, observe::limit_time))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(CatchPanicLayer::custom(observe::panicked))
        .layer(from_fn_with_state(edge.over_tls, headers::guard))
        .layer(from_fn(observe::observe))
}

/// An empty route table that carries the head of the OpenAPI document.
#[must_use]
pub fn table<S: Clone + Send + Sync + 'static>() -> OpenApiRouter<S> {
    let mut document = Document::openapi();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key. Its role decides what it may do."))
        .build();
    document
        .components
        .get_or_insert_default()
        .add_security_scheme(describe::SCHEME, SecurityScheme::Http(bearer));
    OpenApiRouter::with_openapi(document)
}

/// The metrics alone, for an address of their own.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(async move || metrics(&handle)))
}

fn with_probes(api: OpenApiRouter, edge: &Edge) -> OpenApiRouter {
    let ready =
        OpenApiRouter::new().routes(routes!(check_ready)).with_state(Arc::clone(&edge.readiness));
    let api = api.routes(routes!(check_live)).merge(ready);
    match edge.metrics.clone() {
        Some(handle) => api.merge(metrics_router(handle).into()),
        None => api,
    }
}

/// Whether the process runs.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 200)))]
async fn check_live() -> &'static str {
    "live\n"
}

/// Whether the server can do its work.
#[utoipa::path(get, path = "/health/ready", tag = "health",
    responses((status = 200), (status = 503, body = Problem, content_type = problem::MEDIA_TYPE)))]
async fn check_ready(State(readiness): State<Arc<dyn Readiness>>) -> Response {
    match readiness.check().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            Problem::new(Code::Unavailable, "the database does not answer").into_response()
        }
    }
}

fn metrics(handle: &PrometheusHandle) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}

fn text(media_type: &'static str, text: &str) -> Response {
    // The same for everybody, until the server is another.
    let tag = HeaderValue::try_from(etag::tag_of(text));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::ETAG, tag.unwrap_or(HeaderValue::from_static("\"\""))),
    ];
    (headers, text.to_string()).into_response()
}

async fn not_found() -> Problem {
    Problem::new(Code::NotFound, "there is nothing at this path")
}

async fn method_not_allowed() -> Problem {
    Problem::new(Code::MethodNotAllowed, "see the header `Allow` for what this path takes")
}

#[cfg(test)]
mod tests;
