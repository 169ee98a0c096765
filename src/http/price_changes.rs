//! Price changes of running subscriptions: decided, shown, withdrawn. Booking is for `billing`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::app::price_changes::{NewPrices, PriceChanges, previewed, shown};
use crate::domain::ids::{OfferId, PriceChangeId, SubscriptionId};
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::price_changes::{carry_out, draft_of};
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::Nothing;
use crate::wire::price_changes::{
    KeepPrice, NewPrice, NewPriceChange, NewPriceFilter, PriceChange, PriceChangeFilter,
    PriceChangePreview,
};
use crate::wire::subscriptions::Subscription;

/// Decides that running subscriptions on an offer pay another price, and tells their customers.
/// The same decided again on the same day is the same price change.
#[utoipa::path(post, path = "/v1/offers/{id}/price-changes", tag = "subscriptions",
    params(("id" = String, Path)), request_body = NewPriceChange,
    responses((status = 201, body = PriceChange), (status = 202, body = PriceChange)))]
pub(super) async fn change_price(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(new): extract::Json<NewPriceChange>,
) -> Result<WithEtag<PriceChange>, Problem> {
    let draft = draft_of(&new)?;
    let id = app.open_price_change(&merchant, &OfferId::stored(id), draft).await?;
    carry_out(&app, &merchant, &id, new.wait).await?;
    let status = if new.wait { StatusCode::CREATED } else { StatusCode::ACCEPTED };
    Ok(WithEtag(status, shown(&app.price_change(&merchant, &id).await?)))
}

/// Says what a price change would mean for everybody, were it decided now. Nothing is stored.
#[utoipa::path(post, path = "/v1/offers/{id}/price-changes/preview", tag = "subscriptions",
    params(("id" = String, Path)), request_body = NewPriceChange,
    responses((status = 200, body = PriceChangePreview)))]
pub(super) async fn preview_price_change(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(new): extract::Json<NewPriceChange>,
) -> Result<Json<PriceChangePreview>, Problem> {
    let draft = draft_of(&new)?;
    let (change, reach) = app.preview_price_change(&merchant, &OfferId::stored(id), draft).await?;
    Ok(Json(previewed(&change, &reach)))
}

/// Lists price changes.
#[utoipa::path(get, path = "/v1/price-changes", tag = "subscriptions",
    params(PriceChangeFilter, PageQuery), responses((status = 200, body = ListOf<PriceChange>)))]
pub(super) async fn list_price_changes(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<PriceChangeFilter>,
) -> Result<Json<ListOf<PriceChange>>, Problem> {
    let filter = PriceChanges { offer: list.filter.offer.map(OfferId::stored) };
    let rows = app.price_changes(&merchant, filter, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.change.id.to_string(), |row| shown(&row))))
}

/// Reads a price change, with how many subscriptions it has come to mean what for.
#[utoipa::path(get, path = "/v1/price-changes/{id}", tag = "subscriptions",
    params(("id" = String, Path)), responses((status = 200, body = PriceChange)))]
pub(super) async fn get_price_change(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<PriceChange>, Problem> {
    Ok(WithEtag::read(shown(&app.price_change(&merchant, &PriceChangeId::stored(id)).await?)))
}

/// Lists the subscriptions whose customers were told of a price change.
#[utoipa::path(get, path = "/v1/price-changes/{id}/subscriptions", tag = "subscriptions",
    params(("id" = String, Path), NewPriceFilter, PageQuery),
    responses((status = 200, body = ListOf<NewPrice>)))]
pub(super) async fn list_new_prices(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    list: List<NewPriceFilter>,
) -> Result<Json<ListOf<NewPrice>>, Problem> {
    let filter = NewPrices { change: PriceChangeId::stored(id), status: list.filter.status };
    let rows = app.new_prices(&merchant, filter, list.page.wanted()).await?;
    Ok(Json(list.page.answer(rows, |row| row.subscription.to_string(), |row| (&row).into())))
}

/// Withdraws a price change: who was booked at the new price goes on paying it, and from tomorrow
/// on nobody else is. What was withdrawn before stays so.
#[utoipa::path(post, path = "/v1/price-changes/{id}/withdraw", tag = "subscriptions",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = PriceChange)))]
pub(super) async fn withdraw_price_change(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<Json<PriceChange>, Problem> {
    let id = PriceChangeId::stored(id);
    app.open_withdrawal(&merchant, &id).await?;
    carry_out(&app, &merchant, &id, true).await?;
    Ok(Json(shown(&app.price_change(&merchant, &id).await?)))
}

/// Withdraws the new prices that wait for one subscription, or that of one price change.
#[utoipa::path(post, path = "/v1/subscriptions/{id}/keep-price", tag = "subscriptions",
    params(("id" = String, Path)), request_body = KeepPrice,
    responses((status = 200, body = Subscription), (status = 409, body = Problem)))]
pub(super) async fn keep_price(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(of): extract::Json<KeepPrice>,
) -> Result<Json<Subscription>, Problem> {
    let app = once.answering(Form::Plain(StatusCode::OK));
    let of = of.price_change.map(PriceChangeId::stored);
    Ok(Json(app.keep_price(&merchant, &SubscriptionId::stored(id), of.as_ref()).await?))
}
