//! Post-purchase campaigns. Which one wins an order is left to the domain.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::campaign::{self as domain, ShippingPolicy, StockPolicy};
use crate::rules::reports;
use crate::wire::conditions::{Pick, amount};
use crate::wire::paths::Warning;
use crate::wire::{Amount, Country, Currency, Date, Id, Instant, Money, Rate, Title, one, yes};

/// What is taken off a price: exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"percent": "10"}))]
pub struct Discount {
    /// A part of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Rate>, nullable = false)]
    pub percent: Option<String>,
    /// An amount, down to a price of 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub amount: Option<String>,
}

/// A campaign to be written. Saving it counts as an edit, whatever has changed. Amounts are in its
/// currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignBody {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: String,
    /// Whether it runs at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// The currency of its amounts; the merchant's where left out.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<String>,
    /// The first day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// The sales channels where it runs; none is nowhere.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub channels: Vec<String>,
    /// One of these has to be in the order; none is any order.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub triggers: Vec<Pick>,
    /// The least net value of the order.
    #[schema(value_type = Option<Amount>)]
    pub min_net: Option<String>,
    /// The greatest net value of the order.
    #[schema(value_type = Option<Amount>)]
    pub max_net: Option<String>,
    /// The groups of customers that it is for; none is all.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub customer_groups: Vec<String>,
    /// The countries of shipping that it is for; none is all.
    #[serde(default)]
    #[schema(value_type = Vec<Country>, max_items = 1000)]
    pub countries: Vec<String>,
    /// The ways of paying that it is for; none is all.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub payment_methods: Vec<String>,
    /// None of these may be in the order.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, max_items = 1000)]
    pub excluded_products: Vec<String>,
    /// The product that it offers; this or `offered_offer`.
    #[schema(value_type = Option<Id>)]
    pub offered_product: Option<String>,
    /// The offer that it offers.
    #[schema(value_type = Option<Id>)]
    pub offered_offer: Option<String>,
    /// How many of the product.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1_000_000, default = 1)]
    pub quantity: i64,
    /// What is taken off the product's price, or off the first line that books the offer.
    pub discount: Option<Discount>,
    /// What stock means for the product.
    #[serde(default)]
    #[schema(default = "in_stock")]
    pub stock_policy: StockPolicy,
    /// What its countries of shipping mean for the product.
    #[serde(default)]
    #[schema(default = "ships_to")]
    pub shipping_policy: ShippingPolicy,
    /// Of several campaigns that fit, the one with the highest priority wins.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000, default = 0)]
    pub priority: i64,
}

/// A campaign, with what is odd about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Campaign {
    /// Its id.
    pub id: String,
    /// What merchants see.
    pub title: String,
    /// Whether it runs at all.
    pub active: bool,
    /// The currency of its amounts.
    pub currency: String,
    /// The first day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<NaiveDate>,
    /// The last day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<NaiveDate>,
    /// The sales channels where it runs.
    pub channels: Vec<String>,
    /// One of these has to be in the order.
    pub triggers: Vec<Pick>,
    /// The least net value of the order.
    pub min_net: Option<String>,
    /// The greatest net value of the order.
    pub max_net: Option<String>,
    /// The groups of customers that it is for.
    pub customer_groups: Vec<String>,
    /// The countries of shipping that it is for.
    pub countries: Vec<String>,
    /// The ways of paying that it is for.
    pub payment_methods: Vec<String>,
    /// None of these may be in the order.
    pub excluded_products: Vec<String>,
    /// The product that it offers.
    pub offered_product: Option<String>,
    /// The offer that it offers.
    pub offered_offer: Option<String>,
    /// How many of the product.
    pub quantity: i64,
    /// What is taken off the product's price, or off the first line that books the offer.
    pub discount: Option<Discount>,
    /// What stock means for the product.
    pub stock_policy: StockPolicy,
    /// What its countries of shipping mean for the product.
    pub shipping_policy: ShippingPolicy,
    /// Of several campaigns that fit, the one with the highest priority wins.
    pub priority: i64,
    /// When it was edited last.
    #[schema(value_type = Instant)]
    pub edited_at: DateTime<Utc>,
    /// What is odd about it; it works all the same.
    pub warnings: Vec<Warning>,
}

impl From<&domain::Campaign> for Campaign {
    fn from(it: &domain::Campaign) -> Self {
        let texts = |names: &std::collections::BTreeSet<String>| names.iter().cloned().collect();
        let (product, offer) = match &it.offered {
            domain::Offered::Product(id) => (Some(id.to_string()), None),
            domain::Offered::Offer(id) => (None, Some(id.to_string())),
        };
        Self {
            id: it.id.to_string(),
            title: it.title.clone(),
            active: it.validity.active,
            currency: it.currency.code().to_owned(),
            valid_from: it.validity.from,
            valid_until: it.validity.until,
            channels: texts(&it.channels),
            triggers: it.triggers.iter().map(Pick::trigger).collect(),
            min_net: it.min_net.map(|minor| amount(minor, it.currency)),
            max_net: it.max_net.map(|minor| amount(minor, it.currency)),
            customer_groups: texts(&it.customer_groups),
            countries: texts(&it.countries),
            payment_methods: texts(&it.payment_methods),
            excluded_products: it.excluded_products.iter().map(ToString::to_string).collect(),
            offered_product: product,
            offered_offer: offer,
            quantity: it.quantity,
            discount: it.discount.map(|discount| match discount {
                domain::Discount::Percent(rate) => {
                    Discount { percent: Some(rate.to_string()), amount: None }
                }
                domain::Discount::Amount(minor) => {
                    Discount { percent: None, amount: Some(amount(minor, it.currency)) }
                }
            }),
            stock_policy: it.stock_policy,
            shipping_policy: it.shipping_policy,
            priority: it.priority,
            edited_at: it.edited_at,
            warnings: Vec::new(),
        }
    }
}

/// What became of the offers of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignDay {
    /// The day on which they were made.
    #[schema(value_type = Date)]
    pub date: NaiveDate,
    /// How many there were.
    pub offered: i64,
    /// How many of them were accepted.
    pub accepted: i64,
    /// How many of them were declined.
    pub declined: i64,
    /// How many of them nobody answered in time.
    pub expired: i64,
}

/// What has become of a campaign's offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignReport {
    /// How many there were: the sum of the next five.
    pub offered: i64,
    /// Those that wait for an answer.
    pub pending: i64,
    /// Those that were accepted.
    pub accepted: i64,
    /// Those that were declined.
    pub declined: i64,
    /// Those that nobody answered in time.
    pub expired: i64,
    /// Those that were sold out before they were taken.
    pub gone: i64,
    /// How many checkouts they led to that were completed.
    pub completed: i64,
    /// How many of those offered were accepted, in percent; a dash where nothing was offered.
    #[schema(example = "33.3")]
    pub accepted_pct: String,
    /// How many pieces were taken.
    pub units: i64,
    /// What was brought in without tax: lines of orders that count, and the first periods of
    /// subscriptions.
    pub revenue: Vec<Money>,
    /// The days on which something was offered.
    pub days: Vec<CampaignDay>,
}

impl From<&reports::CampaignReport> for CampaignReport {
    fn from(report: &reports::CampaignReport) -> Self {
        let reports::Counts { offered, pending, accepted, declined, expired, gone } = report.all;
        let day = |(date, counts): (&NaiveDate, &reports::Counts)| CampaignDay {
            date: *date,
            offered: counts.offered,
            accepted: counts.accepted,
            declined: counts.declined,
            expired: counts.expired,
        };
        Self {
            offered,
            pending,
            accepted,
            declined,
            expired,
            gone,
            completed: report.completed,
            accepted_pct: reports::percent(accepted, offered),
            units: report.units,
            revenue: report.revenue.iter().map(|money| (*money).into()).collect(),
            days: report.days.iter().map(day).collect(),
        }
    }
}
