//! The whole route table of the API, by the role that a route needs, and the server made of it.
//!
//! What a route does stands in the file of its noun.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::domain::catalog::{Offer, Product, Tag, Tax};
use crate::domain::merchant::Customer;
use crate::domain::path::Path;
use crate::domain::webhook::Endpoint;
use crate::http::auth::{ADMIN, BILLING, CATALOGUE, READING, SELLING, allow};
use crate::http::gates::Gates;
use crate::http::limits::Limits;
use crate::http::{
    Edge, audit, billing, changes, checkouts, customers, definitions, documents, events, keys,
    merchants, paths, router, settings, subscriptions, table, test_clock, webhooks,
};
use crate::pages;

/// The longest body that is read, unless told otherwise.
const BODY_BYTES_MAX: usize = 1 << 20;
/// The longest time that a request may take, unless told otherwise.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// What a server may be told.
#[derive(Clone)]
pub struct Options {
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

impl Default for Options {
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
pub fn serve_router(app: App, options: Options) -> Router {
    let gates = Arc::new(Gates(app.clone()));
    let edge = Edge {
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

/// Every route of the API.
#[must_use]
pub fn api() -> OpenApiRouter<App> {
    let mut api = table()
        .merge(allow(READING, reading()))
        .merge(allow(ADMIN, administration()))
        .merge(allow(CATALOGUE, catalogue()))
        .merge(allow(SELLING, selling()))
        .merge(allow(BILLING, money()));
    webhooks::describe_events(api.get_openapi_mut());
    api
}

fn reading() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(definitions::reading::<Tag>())
        .merge(definitions::reading::<Tax>())
        .merge(definitions::reading::<Product>())
        .merge(definitions::reading::<Offer>())
        .merge(definitions::reading::<Path>())
        .merge(definitions::reading::<Customer>())
        .merge(definitions::reading::<Endpoint>())
        .routes(routes!(settings::get_settings))
        .routes(routes!(keys::list_keys))
        .routes(routes!(merchants::list_merchants))
        .routes(routes!(paths::list_edges))
        .routes(routes!(paths::get_graph))
        .routes(routes!(customers::list_transitions))
        .routes(routes!(subscriptions::list_subscriptions))
        .routes(routes!(subscriptions::get_subscription))
        .routes(routes!(subscriptions::list_days))
        .routes(routes!(changes::list_changes))
        .routes(routes!(changes::get_change))
        .routes(routes!(documents::list_invoices))
        .routes(routes!(documents::get_invoice))
        .routes(routes!(documents::list_credit_notes))
        .routes(routes!(documents::get_credit_note))
        .routes(routes!(checkouts::list_checkouts))
        .routes(routes!(checkouts::get_checkout))
        .routes(routes!(billing::list_runs))
        .routes(routes!(billing::get_run))
        .routes(routes!(audit::audit))
        .routes(routes!(events::list_events))
        .routes(routes!(webhooks::list_webhook_deliveries))
        .routes(routes!(test_clock::get_clock))
}

fn administration() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(settings::put_settings))
        .routes(routes!(keys::create_key))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(merchants::create_merchant))
        .merge(definitions::writing::<Endpoint>())
        .routes(routes!(webhooks::rotate_webhook_secret))
        .routes(routes!(webhooks::replay_webhook_delivery))
}

fn catalogue() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(definitions::writing::<Tag>())
        .merge(definitions::writing::<Tax>())
        .merge(definitions::writing::<Product>())
        .merge(definitions::writing::<Offer>())
        .merge(definitions::writing::<Path>())
}

fn selling() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(definitions::writing::<Customer>())
        .routes(routes!(subscriptions::cancel))
        .routes(routes!(subscriptions::uncancel))
        .routes(routes!(changes::withdraw))
        .routes(routes!(checkouts::open_checkout))
        .routes(routes!(checkouts::hold_checkout))
        .routes(routes!(checkouts::release_checkout))
        .routes(routes!(checkouts::complete_checkout))
}

fn money() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(customers::pay_out))
        .routes(routes!(subscriptions::bring_over))
        .routes(routes!(documents::pay))
        .routes(routes!(documents::unpay))
        .routes(routes!(billing::start_run))
        .routes(routes!(test_clock::advance))
}
