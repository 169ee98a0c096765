//! The whole server: the routes of the API, the pages, and what holds for all of them. The only
//! file that sees both.

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
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::edge::adapters::Gates;
use crate::edge::auth::{self, ApiGuard};
use crate::edge::limits::Limits;
use crate::edge::ports::{Idempotency, KeyLookup, Readiness};
use crate::edge::problem::{self, Code, Problem};
use crate::edge::{etag, extract, headers, request_task, telemetry};
use crate::http::{api, document};
use crate::pages;

/// The longest body that is read, unless told otherwise.
const BODY_BYTES_MAX: usize = 1 << 20;
/// The longest time that a request may take, unless told otherwise.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// What a server may be told.
#[derive(Clone)]
pub struct ServerOptions {
    /// Renders `/metrics`; `None` where they are served elsewhere, or not at all.
    pub metrics: Option<PrometheusHandle>,
    /// How much is too much.
    pub limits: Limits,
    /// The longest body that is read.
    pub body_bytes_max: usize,
    /// The longest time that a request may take.
    pub request_time_max: Duration,
    /// Whether it is a demo: with a shop, and a page that stands in for payments.
    pub is_demo: bool,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            metrics: None,
            limits: Limits::default(),
            body_bytes_max: BODY_BYTES_MAX,
            request_time_max: REQUEST_TIME_MAX,
            is_demo: false,
        }
    }
}

/// The whole server on an engine: API, pages, document, probes.
pub fn serve_router(app: App, options: ServerOptions) -> Router {
    let gates = Arc::new(Gates(app.clone()));
    let edge = EdgeParts {
        keys: gates.clone(),
        idempotency: gates.clone(),
        readiness: gates,
        metrics: options.metrics,
        limits: options.limits,
        over_tls: app.public_url().starts_with("https://"),
        body_bytes_max: options.body_bytes_max,
        request_time_max: options.request_time_max,
    };
    let pages = pages::router(app.clone(), options.is_demo);
    router(edge, api().with_state(app), pages)
}

/// What the edge needs to stand on.
pub struct EdgeParts {
    /// Who a key belongs to.
    pub keys: Arc<dyn KeyLookup>,
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

/// Puts the whole server together: the API's routes, the pages, and what holds for all of them.
pub fn router(edge: EdgeParts, api: OpenApiRouter, pages: Router) -> Router {
    let (api, document) = with_probes(api, &edge).split_for_parts();
    // Nobody waits for it who does not ask.
    let json = Arc::new(LazyLock::new(move || document::publish(&document).to_string()));
    let door = Arc::new(ApiGuard::new(edge.keys, edge.limits));
    api.route("/openapi.json", get(async move || text("application/json", &json)))
        .layer(from_fn(extract::refuse_nul))
        .merge(pages)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn(etag::not_modified))
        .layer(Extension(edge.idempotency))
        .layer(Extension(Arc::clone(&door)))
        .layer(from_fn_with_state(door, auth::authenticate))
        .layer(DefaultBodyLimit::max(edge.body_bytes_max))
        .layer(from_fn(request_task::answer))
        .layer(from_fn_with_state(edge.request_time_max, telemetry::limit_time))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(CatchPanicLayer::custom(telemetry::panicked))
        .layer(from_fn_with_state(edge.over_tls, headers::guard))
        .layer(from_fn(telemetry::observe))
}

/// The metrics alone, for an address of their own.
pub fn metrics_router(handle: PrometheusHandle) -> Router {
    Router::new().route("/metrics", get(async move || metrics(&handle)))
}

fn with_probes(api: OpenApiRouter, edge: &EdgeParts) -> OpenApiRouter {
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
            let detail = "the database does not answer, or the server is about to stop";
            Problem::new(Code::Unavailable, detail).into_response()
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
mod made_up;
#[cfg(test)]
mod tests;
