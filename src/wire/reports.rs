//! Reports of gift rules and promotions, counted from the orders that got something of them. What
//! became of a campaign's offers stands in [`super::campaigns`].

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::rules::reports;
use crate::wire::Date;

/// The days that a report is about.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// The first day.
    #[param(value_type = Option<Date>, inline)]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[param(value_type = Option<Date>, inline)]
    pub to: Option<NaiveDate>,
}

/// How many of a gift were given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenGift {
    /// The gift.
    pub product: String,
    /// How many were given.
    pub quantity: i64,
    /// How many the rule has left now; null where it does not give it any more.
    pub left: Option<i64>,
}

/// What a gift rule has given with orders that count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GiftRuleReport {
    /// With how many orders it gave something, or had nothing left to give; where the customer
    /// picks and has picked nothing, it is not one of them.
    pub orders: i64,
    /// How often it applied to them.
    pub times: i64,
    /// What was given: the gifts of the rule as it lists them, then those that it gives no more.
    pub given: Vec<GivenGift>,
    /// How many pieces it had to leave out.
    pub left_out: i64,
}

/// How many orders were told of an upsell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NearUpsell {
    /// The upsell.
    pub upsell: String,
    /// How many orders were near to the promotion by it.
    pub orders: i64,
}

/// How near orders that count came to a promotion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PromotionReport {
    /// How many orders earned it or were near to it.
    pub orders: i64,
    /// How many of them earned it.
    pub earned: i64,
    /// By which upsells the others were near: those of the promotion as it lists them, then those
    /// that it has no more.
    pub near: Vec<NearUpsell>,
}

impl From<reports::GiftRuleReport> for GiftRuleReport {
    fn from(report: reports::GiftRuleReport) -> Self {
        let given = |given: reports::GivenGift| GivenGift {
            product: given.product.to_string(),
            quantity: given.quantity,
            left: given.left,
        };
        Self {
            orders: report.orders,
            times: report.times,
            given: report.given.into_iter().map(given).collect(),
            left_out: report.left_out,
        }
    }
}

impl From<reports::PromotionReport> for PromotionReport {
    fn from(report: reports::PromotionReport) -> Self {
        let near = report.near.into_iter().map(|(upsell, orders)| NearUpsell { upsell, orders });
        Self { orders: report.orders, earned: report.earned, near: near.collect() }
    }
}
