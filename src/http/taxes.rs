//! Tax categories. Which rate holds when is for the domain.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::catalog::Tax as Stored;
use crate::domain::ids::{MerchantId, TaxId};
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Conditions, Tagged};
use crate::edge::extract::Id;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::rules::definitions::catalog::{TaxDraft, decide_tax};
use crate::wire::taxes::{Tax, TaxBody};

/// Lists tax categories.
#[utoipa::path(get, path = "/v1/taxes", tag = "catalogue", params(PageQuery),
    responses((status = 200, body = ListOf<Tax>)))]
pub(super) async fn list_taxes(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Tax>>, Problem> {
    let rows = app.taxes(&merchant, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.id.to_string(), |row| Tax::from(&row))))
}

/// Reads a tax category.
#[utoipa::path(get, path = "/v1/taxes/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 200, body = Tax)))]
pub(super) async fn get_tax(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Tax>, Problem> {
    Ok(Tagged::read(read(&app, &merchant, &TaxId::stored(id)).await?.1))
}

/// Writes a tax category.
#[utoipa::path(put, path = "/v1/taxes/{id}", tag = "catalogue", params(("id" = String, Path)),
    request_body = TaxBody,
    responses((status = 200, body = Tax), (status = 201, body = Tax)))]
pub(super) async fn put_tax(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
    draft: Draft<TaxBody, TaxDraft>,
) -> Result<Tagged<Tax>, Problem> {
    let id = TaxId::stored(id);
    let draft = draft.judged(|draft| decide_tax(id.clone(), draft))?;
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    let created = app.put_tax(&merchant, id.clone(), &draft, expected).await?;
    Ok(Tagged::written(created, read(&app, &merchant, &id).await?.1))
}

/// Removes a tax category that nothing uses.
#[utoipa::path(delete, path = "/v1/taxes/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(super) async fn delete_tax(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let id = TaxId::stored(id);
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    app.delete_tax(&merchant, &id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(app: &App, merchant: &MerchantId, id: &TaxId) -> Result<(Stored, Tax), Problem> {
    let stored = app.tax(merchant, id).await?;
    let shown = (&stored).into();
    Ok((stored, shown))
}
