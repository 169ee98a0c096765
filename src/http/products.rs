//! Products. What they cost stands with `offers`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::catalog::Product as Stored;
use crate::domain::ids::{MerchantId, ProductId};
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Conditions, Tagged};
use crate::edge::extract::Id;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::rules::definitions::catalog::{ProductDraft, decide_product};
use crate::wire::products::{Product, ProductBody};

/// Lists products.
#[utoipa::path(get, path = "/v1/products", tag = "catalogue", params(PageQuery),
    responses((status = 200, body = ListOf<Product>)))]
pub(super) async fn list_products(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Product>>, Problem> {
    let rows = app.products(&merchant, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| Product::from(&row))))
}

/// Reads a product.
#[utoipa::path(get, path = "/v1/products/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 200, body = Product)))]
pub(super) async fn get_product(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Product>, Problem> {
    Ok(Tagged::read(read(&app, &merchant, &ProductId::stored(id)).await?.1))
}

/// Writes a product.
#[utoipa::path(put, path = "/v1/products/{id}", tag = "catalogue", params(("id" = String, Path)),
    request_body = ProductBody,
    responses((status = 200, body = Product), (status = 201, body = Product)))]
pub(super) async fn put_product(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
    draft: Draft<ProductBody, ProductDraft>,
) -> Result<Tagged<Product>, Problem> {
    let id = ProductId::stored(id);
    let draft = draft.judged(|draft| decide_product(id.clone(), draft))?;
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    let created = app.put_product(&merchant, id.clone(), &draft, expected).await?;
    Ok(Tagged::written(created, read(&app, &merchant, &id).await?.1))
}

/// Removes a product that nothing uses.
#[utoipa::path(delete, path = "/v1/products/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(super) async fn delete_product(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let id = ProductId::stored(id);
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    app.delete_product(&merchant, &id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(
    app: &App,
    merchant: &MerchantId,
    id: &ProductId,
) -> Result<(Stored, Product), Problem> {
    let stored = app.product(merchant, id).await?;
    let shown = (&stored).into();
    Ok((stored, shown))
}
