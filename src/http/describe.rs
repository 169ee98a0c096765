//! Who may do what, as the OpenAPI document says it. What else holds for all operations alike is
//! said by `document`; what is particular to one stands with its handler.

use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;

use crate::http::auth::{READING, Roles};

/// The name of the security scheme in the OpenAPI document.
pub(super) const SCHEME: &str = "key";

/// Says of all operations on a path who may do them.
pub(super) fn describe(item: &mut PathItem, roles: Roles) {
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
