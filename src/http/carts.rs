//! What a cart, or an order that is not placed yet, would get: nothing is stored or taken.

use axum::Json;
use axum::extract::{Request, State};

use crate::app::App;
use crate::edge::auth::Merchant;
use crate::edge::drafts::Draft;
use crate::edge::etag::WrittenJson;
use crate::edge::extract::{Query, body_value};
use crate::edge::problem::Problem;
use crate::rules::definitions::carts::CartDraft;
use crate::wire::carts::{CartBody, CartEvaluation, ExplainQuery, UpsellEvaluation};
use crate::wire::orders::OrderBody;

/// Works out the gifts and promotions of a cart. Nothing is stored or taken.
#[utoipa::path(post, path = "/v1/carts/evaluate", tag = "orders", params(ExplainQuery),
    request_body = CartBody, responses((status = 200, body = CartEvaluation)))]
pub(super) async fn evaluate_cart(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Query(wanted): Query<ExplainQuery>,
    request: Request,
) -> Result<WrittenJson, Problem> {
    let sent = Draft::<CartDraft, CartBody>::of(body_value(request, &app).await?)?.sent();
    let written = |evaluated: CartEvaluation| Ok(serde_json::to_string(&evaluated)?);
    let all = wanted.explain.is_some();
    Ok(WrittenJson(app.evaluate_cart_as(&merchant, sent, all, written).await?))
}

/// Works out what an order would be offered. Nothing is stored.
#[utoipa::path(post, path = "/v1/upsells/evaluate", tag = "orders", params(ExplainQuery),
    request_body = OrderBody, responses((status = 200, body = UpsellEvaluation)))]
pub(super) async fn evaluate_upsell(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Query(wanted): Query<ExplainQuery>,
    request: Request,
) -> Result<Json<UpsellEvaluation>, Problem> {
    let sent = Draft::<CartDraft, OrderBody>::of(body_value(request, &app).await?)?.sent();
    Ok(Json(app.evaluate_upsell(&merchant, sent, wanted.explain.is_some()).await?))
}
