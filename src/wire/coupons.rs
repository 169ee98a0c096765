//! The codes of coupons, and what a coupon comes to for a cart. Whether one may be redeemed is
//! left to the domain.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::coupon::{self as domain, CodeStatus};
use crate::domain::money::Currency as Code;
use crate::rules::coupons::{CouponGrant, CouponReason, CouponRefusal};
use crate::wire::{Amount, Date, Id, amount};

/// Which codes are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CodeFilter {
    /// Those of this coupon.
    #[param(value_type = Option<Id>, inline)]
    pub coupon: Option<String>,
    /// Those that this customer has redeemed or holds, or that were made for them.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those that this automation has made.
    #[param(value_type = Option<Id>, inline)]
    pub automation: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<CodeStatus>,
}

/// A code that can be redeemed, or that a customer has redeemed or holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CouponCode {
    /// The code.
    pub code: String,
    /// The coupon; the automation where that says itself what its codes give.
    pub coupon: String,
    /// Who has redeemed it, or holds it, or for whom it was made; null for a public code itself.
    pub customer: Option<String>,
    /// The automation that made it.
    pub automation: Option<String>,
    /// Where it stands.
    pub status: CodeStatus,
    /// The last day on which it can be redeemed.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// The order that redeemed it.
    pub order: Option<String>,
    /// The checkout that redeemed it, or holds it.
    pub checkout: Option<String>,
}

impl CouponCode {
    /// A code as it stands on a day.
    #[must_use]
    pub fn of(code: &domain::CouponCode, today: NaiveDate) -> Self {
        Self {
            code: code.code.clone(),
            coupon: code.coupon.to_string(),
            customer: code.customer.as_ref().or(code.owner.as_ref()).map(ToString::to_string),
            automation: code.automation.clone(),
            status: code.status(today),
            valid_until: code.valid_until,
            order: code.order.as_ref().map(ToString::to_string),
            checkout: code.checkout.as_ref().map(ToString::to_string),
        }
    }
}

/// What a coupon comes to for a cart; nothing is redeemed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CartCoupon {
    /// The code, as it was said.
    pub code: String,
    /// Whether it can be redeemed.
    pub valid: bool,
    /// Why not; null where it can be.
    pub reason: Option<CouponReason>,
    /// What it takes off the net of the lines.
    #[schema(value_type = Amount)]
    pub discount: String,
    /// Whether shipping costs nothing.
    pub free_shipping: bool,
}

impl CartCoupon {
    /// What judging a code has come to, in a cart of this currency.
    #[must_use]
    pub fn of(code: String, judged: Result<CouponGrant, CouponRefusal>, currency: Code) -> Self {
        let CouponGrant { discount, free_shipping } = judged.unwrap_or_default();
        Self {
            code,
            valid: judged.is_ok(),
            reason: judged.err().map(|refusal| refusal.reason),
            discount: amount(discount, currency),
            free_shipping,
        }
    }
}
