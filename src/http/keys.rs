//! API keys: made, listed, revoked. How they are kept is for `app`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::reads::StoredKey;
use crate::domain::ids::KeyId;
use crate::domain::role::Role;
use crate::edge::auth::Merchant;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::wire::keys::{CreatedKey, Key, NewKey};

/// Lists the keys that open something.
#[utoipa::path(get, path = "/v1/keys", tag = "merchant", params(PageQuery),
    responses((status = 200, body = ListOf<Key>)))]
pub(super) async fn list_keys(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Key>>, Problem> {
    let rows = app.keys(&merchant, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| show(&row))))
}

/// Makes a key. Its secret is shown this once: sent again with the same `Idempotency-Key`, the
/// request is answered with 409.
#[utoipa::path(post, path = "/v1/keys", tag = "merchant", request_body = NewKey,
    responses((status = 201, body = CreatedKey), (status = 409, body = Problem)))]
pub(super) async fn create_key(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    extract::Json(new): extract::Json<NewKey>,
) -> Result<(StatusCode, Json<CreatedKey>), Problem> {
    let app = once.answering(Form::Secret);
    let (row, secret) = app.create_key(&merchant, new.role.name(), new.label).await?;
    let Key { id, role, label, created_at } = show(&row);
    let created = CreatedKey { id, role, label, created_at, key: secret };
    Ok((StatusCode::CREATED, Json(created)))
}

/// Revokes a key, at once. The last admin key stays: make another one first.
#[utoipa::path(delete, path = "/v1/keys/{id}", tag = "merchant", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(super) async fn revoke_key(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<StatusCode, Problem> {
    app.revoke_key(&merchant, &KeyId::stored(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn show(row: &StoredKey) -> Key {
    Key {
        id: row.id.to_string(),
        role: Role::parse(&row.role).unwrap_or(Role::Read),
        label: row.label.clone(),
        created_at: row.created_at,
    }
}
