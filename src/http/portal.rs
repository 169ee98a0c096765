//! The addresses of customers' portals. The pages are for `pages`.

use axum::Json;
use axum::http::StatusCode;

use crate::domain::ids::CustomerId;
use crate::edge::auth::Merchant;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::wire::portal::{NewPortalSession, PortalSession};

/// Opens the portal of a customer for an hour: a hosted page on which they see what they have and
/// do what the setting `portal` lets them, without a key. Its address is told this once: sent again
/// with the same `Idempotency-Key`, the request is answered with 409.
#[utoipa::path(post, path = "/v1/customers/{id}/portal-sessions", tag = "customers",
    params(("id" = String, Path)), request_body = NewPortalSession,
    responses((status = 201, body = PortalSession), (status = 409, body = Problem)))]
pub(super) async fn open_portal(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(new): extract::Json<NewPortalSession>,
) -> Result<(StatusCode, Json<PortalSession>), Problem> {
    let app = once.answering(Form::Secret);
    let session = app.open_portal(&merchant, &CustomerId::stored(id), new).await?;
    Ok((StatusCode::CREATED, Json(session)))
}
