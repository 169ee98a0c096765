//! Merchants: listed, and made by the first of them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::access::DEFAULT_MERCHANT;
use crate::domain::ids::MerchantId;
use crate::edge::auth::Merchant as Caller;
use crate::edge::extract;
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::{Code, Problem};
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::wire::keys::{CreatedMerchant, Merchant, NewMerchant};

/// Lists merchants: merchant `default` sees all of them, every other only itself.
#[utoipa::path(get, path = "/v1/merchants", tag = "merchant", params(PageQuery),
    responses((status = 200, body = ListOf<Merchant>)))]
pub(super) async fn list_merchants(
    State(app): State<App>,
    Caller(merchant): Caller,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Merchant>>, Problem> {
    let rows = app.merchants(&merchant, list.page.wanted()).await?;
    let show = |id: &MerchantId, name: String| Merchant { id: id.to_string(), name };
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| show(&row.id, row.name))))
}

/// Makes a merchant, with its first admin key. Only merchant `default` may. The key is shown
/// this once: sent again with the same `Idempotency-Key`, the request is answered with 409.
#[utoipa::path(post, path = "/v1/merchants", tag = "merchant", request_body = NewMerchant,
    responses((status = 201, body = CreatedMerchant), (status = 409, body = Problem)))]
pub(super) async fn create_merchant(
    once: IdempotentEngine,
    Caller(merchant): Caller,
    extract::Json(new): extract::Json<NewMerchant>,
) -> Result<(StatusCode, Json<CreatedMerchant>), Problem> {
    if merchant.as_str() != DEFAULT_MERCHANT {
        let detail = "an admin key of merchant `default` is needed";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    let id = MerchantId::stored(new.id);
    let app = once.answering(Form::Secret);
    let (_, key) = app.create_merchant(&merchant, &id, &new.name).await?;
    let created = CreatedMerchant { id: id.to_string(), name: new.name, key };
    Ok((StatusCode::CREATED, Json(created)))
}
