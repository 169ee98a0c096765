//! A row of the route table: who may use its routes, and what the OpenAPI document says of that.
//! What else holds for all operations alike is said by `document`; what is particular to one
//! stands with its handler.

use axum::Extension;
use axum::middleware::from_fn;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::OpenApiRouter;

use crate::edge::auth::{READING, Roles, require};
use crate::edge::ports::RequestNeeds;
use crate::edge::{idempotency, telemetry};

/// The name of the security scheme in the OpenAPI document.
pub(super) const SCHEME: &str = "key";

/// The routes of one row of the route table, open to these roles only; the document says so.
pub(crate) fn allow<S>(roles: Roles, routes: OpenApiRouter<S>) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    // The layer added last sees a request first: the role is judged before a key is claimed,
    // and a panic has become an answer before the claim is settled.
    let mut routes = routes
        .route_layer(CatchPanicLayer::custom(telemetry::panicked))
        .route_layer(from_fn(idempotency::once))
        .route_layer(from_fn(move |request, next| require(roles, request, next)));
    for item in routes.get_openapi_mut().paths.paths.values_mut() {
        describe(item, roles);
    }
    routes
}

/// Routes of such a row that take several transactions to be done, as many as there is to do.
pub(super) fn in_several<S>(routes: OpenApiRouter<S>) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    routes
        .route_layer(from_fn(telemetry::as_long_as_it_takes))
        .route_layer(Extension(RequestNeeds::Several))
}

/// Says of all operations on a path who may do them.
fn describe(item: &mut PathItem, roles: Roles) {
    let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
    for operation in operations.into_iter().flatten() {
        name_roles(operation, roles);
    }
}

fn name_roles(operation: &mut Operation, roles: Roles) {
    let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
    let needed = SecurityRequirement::new(SCHEME, names.iter().copied());
    operation.security = Some(vec![needed]);
    let said = match roles.len() {
        all if all == READING.len() => "Any key may do this.".to_owned(),
        _ => format!("Keys with role {} may do this.", names.join(" or ")),
    };
    operation.description = Some(match operation.description.take() {
        Some(text) if !text.is_empty() => format!("{text}\n\n{said}"),
        _ => said,
    });
}
