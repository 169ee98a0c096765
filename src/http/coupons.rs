//! Coupons and their codes, as the API shows them.

use axum::Json;
use axum::extract::State;

use crate::app::App;
use crate::app::coupons::Codes;
use crate::domain::coupon::CouponCode as Code;
use crate::domain::ids::{CouponId, CustomerId};
use crate::edge::auth::Merchant;
use crate::edge::etag::WithEtag;
use crate::edge::extract::Id;
use crate::edge::problem::Problem;
use crate::http::lists::{List, ListOf, PageQuery};
use crate::wire::coupons::{CodeFilter, CouponCode};

/// Lists the codes of coupons: public ones, and who has redeemed or holds them.
#[utoipa::path(get, path = "/v1/coupon-codes", tag = "campaigns", params(CodeFilter, PageQuery),
    responses((status = 200, body = ListOf<CouponCode>)))]
pub(super) async fn list_codes(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    list: List<CodeFilter>,
) -> Result<Json<ListOf<CouponCode>>, Problem> {
    let CodeFilter { coupon, customer, automation, status } = list.filter;
    let filter = Codes {
        coupon: coupon.map(CouponId::stored),
        customer: customer.map(CustomerId::stored),
        automation,
        status,
    };
    let (codes, today) = app.coupon_codes(&merchant, filter, list.page.wanted()).await?;
    Ok(Json(list.page.answer(codes, Code::key, |code| CouponCode::of(&code, today))))
}

/// Reads a code, in whatever case it is spelled.
#[utoipa::path(get, path = "/v1/coupon-codes/{id}", tag = "campaigns",
    params(("id" = String, Path)), responses((status = 200, body = CouponCode)))]
pub(super) async fn get_code(
    State(app): State<App>,
    Merchant(merchant): Merchant,
    Id(code): Id,
) -> Result<WithEtag<CouponCode>, Problem> {
    let (code, today) = app.coupon_code(&merchant, &code).await?;
    Ok(WithEtag::read(CouponCode::of(&code, today)))
}
