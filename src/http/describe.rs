//! A row of the route table: who may use its routes, and what the OpenAPI document says of every
//! operation alike: who may do it, which headers it takes, which refusals it answers with.
//!
//! What is particular to an operation stands with its handler.

use axum::middleware::from_fn;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Ref, RefOr, Required};
use utoipa_axum::router::OpenApiRouter;

use crate::edge::auth::{READING, Roles, require};
use crate::edge::{idempotency, observe, problem};

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
        .route_layer(CatchPanicLayer::custom(observe::panicked))
        .route_layer(from_fn(idempotency::once))
        .route_layer(from_fn(move |request, next| require(roles, request, next)));
    for (path, item) in &mut routes.get_openapi_mut().paths.paths {
        describe(path, item, roles);
    }
    routes
}

/// Completes all operations on a path.
fn describe(path: &str, item: &mut PathItem, roles: Roles) {
    let operations = [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Delete, &mut item.delete),
    ];
    for (method, operation) in operations {
        if let Some(operation) = operation {
            name_roles(operation, roles);
            name_headers(operation, &method);
            name_refusals(operation, &method, path.contains('{'));
        }
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

fn name_headers(operation: &mut Operation, method: &HttpMethod) {
    let (name, about) = match method {
        HttpMethod::Post => {
            ("Idempotency-Key", "The same key and body answer the same again, for a day at least.")
        }
        HttpMethod::Put | HttpMethod::Delete => (
            "If-Match",
            "The `ETag` of the version that this is about; another is answered with 412.",
        ),
        _ => return,
    };
    let header = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)));
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(header.build().into());
}

fn name_refusals(operation: &mut Operation, method: &HttpMethod, names_a_thing: bool) {
    let has_body = operation.request_body.is_some();
    let writes = matches!(method, HttpMethod::Put | HttpMethod::Delete);
    let refusals = [
        ("400", has_body, "The body is not valid JSON."),
        ("401", true, "There is no key, or it is not known."),
        ("403", true, "The role of the key does not allow it."),
        ("404", names_a_thing, "There is no such thing."),
        ("412", writes, "It has been changed since it was read."),
        ("413", has_body, "The body is too large."),
        ("415", has_body, "The body is not JSON."),
        ("422", true, "Something that was sent is wrong; every fault is listed."),
        ("default", true, "Any other problem; its type ends in a stable code."),
    ];
    for (status, applies, about) in refusals {
        if applies {
            let responses = &mut operation.responses.responses;
            responses.entry(status.to_owned()).or_insert_with(|| refusal(about));
        }
    }
}

fn refusal(about: &str) -> RefOr<utoipa::openapi::Response> {
    let schema = Ref::from_schema_name("Problem");
    let content = ContentBuilder::new().schema(Some(schema)).build();
    let response = ResponseBuilder::new().description(about).content(problem::MEDIA_TYPE, content);
    RefOr::T(response.build())
}
