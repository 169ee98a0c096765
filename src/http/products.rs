//! Products, as the API shows them, and their stock. What a subscription costs stands with
//! `offers`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::ids::ProductId;
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::wire::products::{Product, RestockBody, StockMove};

/// Adds some to what is left of a product, or takes some away.
#[utoipa::path(post, path = "/v1/products/{id}/stock", tag = "catalogue",
    params(("id" = String, Path)), request_body = RestockBody,
    responses((status = 200, body = Product), (status = 409, body = Problem)))]
pub(super) async fn move_stock(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<RestockBody>,
) -> Result<WithEtag<Product>, Problem> {
    let app = once.answering(Form::Tagged(StatusCode::OK));
    Ok(WithEtag::read(app.move_stock(&merchant, &ProductId::stored(id), body.add).await?))
}

/// Lists every change of what is left of a product, in their order.
#[utoipa::path(get, path = "/v1/products/{id}/stock", tag = "catalogue",
    params(("id" = String, Path), PageQuery),
    responses((status = 200, body = ListOf<StockMove>)))]
pub(super) async fn list_moves(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    list: List<NoFilter>,
) -> Result<Json<ListOf<StockMove>>, Problem> {
    let moves = app.stock_moves(&merchant, &ProductId::stored(id), list.page.wanted()).await?;
    Ok(Json(list.page.answer(moves, |it| it.what.sequence.to_string(), |it| (&it).into())))
}
