//! Who may do what: a key for all of `/v1`, and a role for each of its routes.
//!
//! Whose key it is, is asked of [`KeyLookup`]; which role a route needs stands in the route table.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::headers::HeaderMapExt;
use axum_extra::headers::authorization::{Authorization, Bearer};

use crate::app::access::digest;
use crate::app::actor::acting;
use crate::domain::ids::{KeyId, MerchantId};
use crate::edge::clients::Proxies;
use crate::edge::limits::{Failures, Limits, Requests, TooMany};
use crate::edge::ports::{KeyLookup, Principal, Role};
use crate::edge::problem::{Code, Problem};

/// The roles that may use a route.
pub type Roles = &'static [Role];

/// Reading.
pub const READING: Roles =
    &[Role::Admin, Role::Merchant, Role::Checkout, Role::Billing, Role::Read];
/// Catalogue, paths, campaigns.
pub const CATALOGUE: Roles = &[Role::Admin, Role::Merchant];
/// Customers, checkouts, cancelling and withdrawing, orders.
pub const SELLING: Roles = &[Role::Admin, Role::Checkout];
/// Billing runs, payments, payouts, bringing over.
pub const BILLING: Roles = &[Role::Admin, Role::Billing];
/// Settings, keys, merchants.
pub const ADMIN: Roles = &[Role::Admin];

impl Principal {
    /// Whether it may sell, and so may know where a customer can buy.
    #[must_use]
    pub fn may_sell(&self) -> bool {
        SELLING.contains(&self.role)
    }
}

/// Headers that say one thing: of two, another reader might take the other.
const SINGLE: [(HeaderName, &str); 3] = [
    (header::AUTHORIZATION, "Authorization"),
    (header::CONTENT_TYPE, "Content-Type"),
    (header::HOST, "Host"),
];

/// Lets only these roles pass.
pub(crate) async fn require(roles: Roles, request: Request, next: Next) -> Response {
    let Some(principal) = request.extensions().get::<Principal>() else {
        return nobody().into_response();
    };
    if roles.contains(&principal.role) {
        return next.run(request).await;
    }
    let names: Vec<_> = roles.iter().map(|role| role.name()).collect();
    let own = principal.role.name();
    let detail = format!("a key with role {} is needed, this one has {own}", names.join(" or "));
    Problem::new(Code::Forbidden, detail).into_response()
}

/// Lets nothing under `/v1` pass without a known key, not even to learn what does not exist.
pub(crate) async fn authenticate(
    State(door): State<Arc<ApiGuard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if path != "/v1" && !path.starts_with("/v1/") {
        return next.run(request).await;
    }
    for (header, name) in SINGLE {
        if request.headers().get_all(header).iter().nth(1).is_some() {
            let detail = format!("there are two headers `{name}`: send the one that is meant");
            return Problem::new(Code::Ambiguous, detail).into_response();
        }
    }
    let Some(digest) = bearer(request.headers()) else {
        return nobody().into_response();
    };
    let principal = match door.keys.authenticate(digest).await {
        Ok(Some(principal)) => principal,
        Ok(None) => {
            let counted = door.count_failure(request.extensions(), request.headers());
            return counted.map_or_else(IntoResponse::into_response, |()| nobody().into_response());
        }
        Err(error) => {
            tracing::warn!(%error, "a key could not be looked up");
            return Problem::new(Code::Unavailable, "keys cannot be looked up").into_response();
        }
    };
    let key = KeyId::stored(principal.key_id.clone());
    let merchant = MerchantId::stored(principal.merchant.clone());
    let Some(requests) = &door.requests else {
        request.extensions_mut().insert(principal);
        return acting(key, merchant, next.run(request)).await;
    };
    let (left, mut response) = match requests.take(&principal.key_id) {
        Ok(left) => {
            request.extensions_mut().insert(principal);
            (left, acting(key, merchant, next.run(request)).await)
        }
        Err(too_many) => (0, too_many.into_response()),
    };
    requests.tell(left, response.headers_mut());
    response
}

/// What stands before `/v1`: who has a key, and who comes too often. The backend's door counts
/// here, too.
pub struct ApiGuard {
    keys: Arc<dyn KeyLookup>,
    requests: Option<Requests>,
    failures: Option<Failures>,
    proxies: Proxies,
}

impl ApiGuard {
    pub(crate) fn new(keys: Arc<dyn KeyLookup>, limits: Limits) -> Self {
        let (requests, failures) = (Requests::new(&limits), Failures::new(&limits));
        Self { keys, requests, failures, proxies: limits.proxies }
    }

    /// Counts a key that opens nothing. Only such tries are counted: a key in force comes
    /// through, whatever else is tried from its address.
    ///
    /// # Errors
    /// When this address has tried too many.
    pub fn count_failure(
        &self,
        extensions: &Extensions,
        headers: &HeaderMap,
    ) -> Result<(), TooMany> {
        let Some(failures) = &self.failures else { return Ok(()) };
        failures.count(self.proxies.client(extensions, headers))
    }
}

/// The digest of the key in `Authorization: Bearer KEY`.
fn bearer(headers: &HeaderMap) -> Option<[u8; 32]> {
    let sent = headers.typed_get::<Authorization<Bearer>>()?;
    Some(sent.token().trim()).filter(|key| !key.is_empty()).map(digest)
}

fn nobody() -> Problem {
    let detail = "send a key that is known here as `Authorization: Bearer KEY`";
    Problem::new(Code::Unauthorized, detail)
}

/// Handlers take who is asking as an argument.
impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(nobody)
    }
}

/// The merchant whose key was sent: nothing that is another's is ever seen.
#[derive(Clone, Debug)]
pub struct Merchant(pub MerchantId);

impl<S: Send + Sync> FromRequestParts<S> for Merchant {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let principal = Principal::from_request_parts(parts, state).await?;
        Ok(Self(MerchantId::stored(principal.merchant)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bearer_keys_are_read() {
        let table = [
            (Some("Bearer abc"), Some(digest("abc"))),
            (Some("bearer  abc "), Some(digest("abc"))),
            (Some("Basic abc"), None),
            (Some("Bearer "), None),
            (Some("abc"), None),
            (None, None),
        ];
        for (value, expected) in table {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            }
            assert_eq!(bearer(&headers), expected, "{value:?}");
        }
    }
}
