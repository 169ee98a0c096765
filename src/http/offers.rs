//! Offers. What a checkout makes of them is for `checkouts`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::catalog::Offer as Stored;
use crate::domain::ids::{MerchantId, OfferId};
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::{Conditions, Tagged};
use crate::edge::extract::Id;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::rules::definitions::catalog::{OfferDraft, decide_offer};
use crate::wire::offers::{Offer, OfferBody};

/// Lists offers.
#[utoipa::path(get, path = "/v1/offers", tag = "catalogue", params(PageQuery),
    responses((status = 200, body = ListOf<Offer>)))]
pub(super) async fn list_offers(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<NoFilter>,
) -> Result<Json<ListOf<Offer>>, Problem> {
    let rows = app.offers(&merchant, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.terms.offer.to_string(), |row| Offer::from(&row))))
}

/// Reads an offer.
#[utoipa::path(get, path = "/v1/offers/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 200, body = Offer)))]
pub(super) async fn get_offer(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<Tagged<Offer>, Problem> {
    Ok(Tagged::read(read(&app, &merchant, &OfferId::stored(id)).await?.1))
}

/// Writes an offer.
#[utoipa::path(put, path = "/v1/offers/{id}", tag = "catalogue", params(("id" = String, Path)),
    request_body = OfferBody,
    responses((status = 200, body = Offer), (status = 201, body = Offer)))]
pub(super) async fn put_offer(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
    draft: Draft<OfferBody, OfferDraft>,
) -> Result<Tagged<Offer>, Problem> {
    let id = OfferId::stored(id);
    let facts = app.catalog_facts(&merchant).await?;
    let draft = draft.judged(|draft| decide_offer(id.clone(), draft, &facts))?;
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    let (offer, created) = app.put_offer(&merchant, id, draft, expected).await?;
    Ok(Tagged::written(created, (&offer).into()))
}

/// Removes an offer that nothing uses.
#[utoipa::path(delete, path = "/v1/offers/{id}", tag = "catalogue", params(("id" = String, Path)),
    responses((status = 204), (status = 409, body = Problem)))]
pub(super) async fn delete_offer(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    conditions: Conditions,
) -> Result<StatusCode, Problem> {
    let id = OfferId::stored(id);
    let expected = conditions.hold(read(&app, &merchant, &id)).await?;
    app.delete_offer(&merchant, &id, expected).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn read(app: &App, merchant: &MerchantId, id: &OfferId) -> Result<(Stored, Offer), Problem> {
    let stored = app.offer(merchant, id).await?;
    let shown = (&stored).into();
    Ok((stored, shown))
}
