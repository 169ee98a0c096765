//! Coupons and their codes, and what a coupon comes to for a cart. Whether one may be redeemed is
//! left to the domain.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::coupon::{self as domain, CodeStatus};
use crate::domain::money::Currency as Code;
use crate::domain::promotion::{Reward, RewardKind};
use crate::rules::coupons::{CouponReason, CouponRefusal, Given};
use crate::wire::conditions::amount;
use crate::wire::{Amount, Currency, Date, Id, Title, yes};

/// A coupon to be written. Amounts are in its currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponBody {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: String,
    /// Whether it can be redeemed at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// What it gives.
    pub kind: RewardKind,
    /// How much: a percentage above 0 up to 100, or an amount; nothing with `free_shipping`.
    #[schema(value_type = Option<Amount>)]
    pub value: Option<String>,
    /// The currency of its amounts; the merchant's where left out.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<String>,
    /// The least net value of what is bought.
    #[schema(value_type = Option<Amount>)]
    pub min_net: Option<String>,
    /// The first day on which it can be redeemed.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it can be redeemed.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// Its public code, read without case: each customer redeems it once.
    #[schema(value_type = Option<Id>)]
    pub code: Option<String>,
    /// How often the public code can be redeemed by all together.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub redemptions_max: Option<i64>,
}

/// A coupon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Coupon {
    /// Its id.
    pub id: String,
    /// What merchants see.
    pub title: String,
    /// Whether it can be redeemed at all.
    pub active: bool,
    /// What it gives.
    pub kind: RewardKind,
    /// How much: a percentage or an amount; null with `free_shipping`.
    pub value: Option<String>,
    /// The currency of its amounts.
    pub currency: String,
    /// The least net value of what is bought.
    pub min_net: Option<String>,
    /// The first day on which it can be redeemed.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it can be redeemed.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// Its public code.
    pub code: Option<String>,
    /// How often the public code can be redeemed by all together.
    pub redemptions_max: Option<i64>,
}

impl From<&domain::Coupon> for Coupon {
    fn from(it: &domain::Coupon) -> Self {
        let (kind, value) = match it.gives {
            Reward::FreeShipping => (RewardKind::FreeShipping, None),
            Reward::Percent(percent) => (RewardKind::Percent, Some(percent.to_string())),
            Reward::Amount(minor) => (RewardKind::Amount, Some(amount(minor, it.currency))),
        };
        Self {
            id: it.id.to_string(),
            title: it.title.clone(),
            active: it.validity.active,
            kind,
            value,
            currency: it.currency.code().to_owned(),
            min_net: it.min_net.map(|minor| amount(minor, it.currency)),
            valid_from: it.validity.from,
            valid_until: it.validity.until,
            code: it.code.clone(),
            redemptions_max: it.redemptions_max,
        }
    }
}

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
    pub fn of(code: String, judged: Result<Given, CouponRefusal>, currency: Code) -> Self {
        let Given { discount, free_shipping } = judged.unwrap_or_default();
        Self {
            code,
            valid: judged.is_ok(),
            reason: judged.err().map(|refusal| refusal.reason),
            discount: amount(discount, currency),
            free_shipping,
        }
    }
}

/// The data of a code that an automation made. Its subject is the code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct CouponCodeIssuedData {
    /// The coupon; the automation where that says itself what its codes give.
    coupon: String,
    /// The automation.
    automation: String,
    /// The customer's way through it.
    run: String,
    /// The last day on which it can be redeemed.
    #[schema(required, value_type = Option<Date>)]
    valid_until: Option<NaiveDate>,
}

/// The data of a code that was redeemed, or came back. Its subject is the code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub struct CouponCodeData {
    /// The coupon.
    coupon: String,
    /// The order that redeems it, or did; null where it is a checkout.
    #[schema(required)]
    order: Option<String>,
    /// The checkout that redeems it, or did; null where it is an order.
    #[schema(required)]
    checkout: Option<String>,
}
