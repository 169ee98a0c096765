//! Orders, and the offer after an order.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;

use crate::app::App;
use crate::app::orders::{OrderStep, Orders};
use crate::domain::ids::{CustomerId, MerchantId, OrderId};
use crate::edge::amounts::Amounts;
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::WithEtag;
use crate::edge::extract::{self, Id, Query, body_value};
use crate::edge::idempotent_engine::{Form, IdempotentEngine};
use crate::edge::ports::Principal;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, NoFilter, PageQuery};
use crate::rules::definitions::carts::CartDraft;
use crate::rules::orders::ReportedOrderEvent;
use crate::wire::Nothing;
use crate::wire::carts::ExplainQuery;
use crate::wire::orders::{HappenedBody, Order, OrderBody, OrderFilter};
use crate::wire::upsells::{AcceptBody, Upsell};

/// Lists orders.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", params(OrderFilter, PageQuery),
    responses((status = 200, body = ListOf<Order>)))]
pub(super) async fn list_orders(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<OrderFilter>,
) -> Result<Json<ListOf<Order>>, Problem> {
    let filter = Orders {
        customer: list.filter.customer.map(CustomerId::stored),
        status: list.filter.status,
    };
    let orders = app.orders(&merchant, filter, list.page.wanted()).await?;
    Ok(Json(list.page.answer(orders, |order| order.id.to_string(), |order| (&order).into())))
}

/// Reads an order.
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", params(("id" = String, Path)),
    responses((status = 200, body = Order)))]
pub(super) async fn get_order(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(id): Id,
) -> Result<WithEtag<Order>, Problem> {
    let order = app.order(&merchant, &OrderId::stored(id)).await?;
    Ok(WithEtag::read((&order).into()))
}

/// Places an order: it takes the stock of its lines and gifts, or nothing. The same one sent again
/// is answered with 200 and the order as it stands.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", request_body = OrderBody,
    responses((status = 200, body = Order), (status = 201, body = Order),
        (status = 409, body = Problem)))]
pub(super) async fn place_order(
    once: IdempotentEngine,
    State(app): State<App>,
    Merchant(merchant): Merchant,
    request: Request,
) -> Result<WithEtag<Order>, Problem> {
    let sent = Draft::<CartDraft, OrderBody>::of(body_value(request, &app).await?)?.sent();
    let app = once.answering(Form::Tagged(StatusCode::CREATED));
    let placed = app.place_order(&merchant, sent).await?;
    Ok(WithEtag::written(placed.created, placed.order))
}

/// Takes in that an order was paid.
#[utoipa::path(post, path = "/v1/orders/{id}/paid", tag = "orders", params(("id" = String, Path)),
    request_body = HappenedBody,
    responses((status = 200, body = Order), (status = 409, body = Problem)))]
pub(super) async fn pay_order(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<HappenedBody>,
) -> Result<WithEtag<Order>, Problem> {
    step(once, &merchant, id, OrderStep::Paid, body).await
}

/// Takes in that an order was delivered.
#[utoipa::path(post, path = "/v1/orders/{id}/delivered", tag = "orders",
    params(("id" = String, Path)), request_body = HappenedBody,
    responses((status = 200, body = Order), (status = 409, body = Problem)))]
pub(super) async fn deliver_order(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<HappenedBody>,
) -> Result<WithEtag<Order>, Problem> {
    step(once, &merchant, id, OrderStep::Delivered, body).await
}

/// Takes in that an order was cancelled. Where it was not delivered, its stock comes back.
#[utoipa::path(post, path = "/v1/orders/{id}/cancelled", tag = "orders",
    params(("id" = String, Path)), request_body = HappenedBody,
    responses((status = 200, body = Order), (status = 409, body = Problem)))]
pub(super) async fn cancel_order(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<HappenedBody>,
) -> Result<WithEtag<Order>, Problem> {
    step(once, &merchant, id, OrderStep::Cancelled, body).await
}

/// Takes in that money was paid back for an order.
#[utoipa::path(post, path = "/v1/orders/{id}/refunded", tag = "orders",
    params(("id" = String, Path)), request_body = HappenedBody,
    responses((status = 200, body = Order), (status = 409, body = Problem)))]
pub(super) async fn refund_order(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    extract::Json(body): extract::Json<HappenedBody>,
) -> Result<WithEtag<Order>, Problem> {
    step(once, &merchant, id, OrderStep::Refunded, body).await
}

async fn step(
    once: IdempotentEngine,
    merchant: &MerchantId,
    id: String,
    step: OrderStep,
    body: HappenedBody,
) -> Result<WithEtag<Order>, Problem> {
    let mut amounts = Amounts::default();
    let amount = body.amount.as_ref().and_then(|amount| amounts.read("/amount", amount));
    amounts.finish()?;
    let told = ReportedOrderEvent { at: body.at, amount, event: body.event_id };
    let app = once.answering(Form::Tagged(StatusCode::OK));
    Ok(WithEtag::read(app.order_step(merchant, &OrderId::stored(id), step, told).await?))
}

/// Looks at the offer after an order, without asking for one.
#[utoipa::path(get, path = "/v1/orders/{id}/upsell", tag = "orders",
    params(("id" = String, Path), ExplainQuery),
    responses((status = 200, body = Upsell)))]
pub(super) async fn get_upsell(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    principal: Principal,
    Id(id): Id,
    Query(wanted): Query<ExplainQuery>,
) -> Result<Json<Upsell>, Problem> {
    let all = wanted.explain.is_some();
    let mut upsell = app.upsell(&merchant, &OrderId::stored(id), all).await?;
    if let Some(checkout) = &mut upsell.checkout
        && !principal.may_sell()
    {
        checkout.url = None;
    }
    Ok(Json(upsell))
}

/// Asks what is offered after an order. What was offered once stays so: an order gets one offer.
#[utoipa::path(post, path = "/v1/orders/{id}/upsell", tag = "orders",
    params(("id" = String, Path), ExplainQuery), request_body = Nothing,
    responses((status = 200, body = Upsell)))]
pub(super) async fn ask_upsell(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    Query(wanted): Query<ExplainQuery>,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<Json<Upsell>, Problem> {
    let app = once.answering(Form::Plain(StatusCode::OK));
    let all = wanted.explain.is_some();
    Ok(Json(app.ask_upsell(&merchant, &OrderId::stored(id), all).await?))
}

/// Accepts the offer after an order. Goods become a line of the order; for a subscription a
/// checkout is opened.
#[utoipa::path(post, path = "/v1/orders/{id}/upsell/accept", tag = "orders",
    params(("id" = String, Path)), request_body = AcceptBody,
    responses((status = 200, body = Upsell), (status = 409, body = Problem),
        (status = 410, body = Problem)))]
pub(super) async fn accept_upsell(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    Query(NoFilter {}): Query<NoFilter>,
    extract::Json(body): extract::Json<AcceptBody>,
) -> Result<Json<Upsell>, Problem> {
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.accept_upsell(&merchant, &OrderId::stored(id), body.unit_net).await?))
}

/// Declines the offer after an order.
#[utoipa::path(post, path = "/v1/orders/{id}/upsell/decline", tag = "orders",
    params(("id" = String, Path)), request_body = Nothing,
    responses((status = 200, body = Upsell), (status = 409, body = Problem),
        (status = 410, body = Problem)))]
pub(super) async fn decline_upsell(
    once: IdempotentEngine,
    Merchant(merchant): Merchant,
    Id(id): Id,
    Query(NoFilter {}): Query<NoFilter>,
    extract::Json(Nothing {}): extract::Json<Nothing>,
) -> Result<Json<Upsell>, Problem> {
    let app = once.answering(Form::Plain(StatusCode::OK));
    Ok(Json(app.decline_upsell(&merchant, &OrderId::stored(id)).await?))
}
