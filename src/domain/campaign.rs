//! The campaign: after an order one thing is offered, once. Which one wins is for
//! `selection::campaigns`.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::condition::Selector;
use super::definition::{Definition, Kind, Lock, OperationTexts};
use super::event::EventKind;
use super::ids::{CampaignId, OfferId, ProductId};
use super::money::{Currency, Rate};
use super::names::names;
use super::validity::Validity;

/// One post-purchase campaign of a merchant. Amounts are minor units of its currency; an empty
/// list restricts nothing, but for `channels`, where it means nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// Chosen by the merchant.
    pub id: CampaignId,
    /// Rises with every save of any rule of the merchant.
    pub edit: i64,
    /// When it was last saved.
    pub edited_at: DateTime<Utc>,
    /// Not shown to customers.
    pub title: String,
    /// The currency of its amounts.
    pub currency: Currency,
    /// When it holds.
    pub validity: Validity,
    /// Where it runs.
    pub channels: BTreeSet<String>,
    /// One of these has to be in the order.
    pub triggers: Vec<Selector>,
    /// The least net value (inclusive).
    pub min_net: Option<i64>,
    /// The greatest net value (inclusive).
    pub max_net: Option<i64>,
    /// The groups of customers that it is for.
    pub customer_groups: BTreeSet<String>,
    /// The countries of shipping that it is for.
    pub countries: BTreeSet<String>,
    /// The ways of paying that it is for.
    pub payment_methods: BTreeSet<String>,
    /// None of these may be in the order.
    pub excluded_products: BTreeSet<ProductId>,
    /// What is offered.
    pub offered: Offered,
    /// How many of an offered product, 1 or more.
    pub quantity: i64,
    /// What is taken off an offered product's price.
    pub discount: Option<Discount>,
    /// What stock means for an offered product.
    pub stock_policy: StockPolicy,
    /// What its countries of shipping mean for an offered product.
    pub shipping_policy: ShippingPolicy,
    /// Higher wins.
    pub priority: i64,
}

/// What a campaign offers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offered {
    /// A product, added to the order.
    Product(ProductId),
    /// An offer, sold in a checkout of its own.
    Offer(OfferId),
}

/// What is taken off a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discount {
    /// A part, rounded half up to the minor unit before it is taken off.
    Percent(Rate),
    /// Minor units, down to a price of 0.
    Amount(i64),
}

impl Discount {
    /// What is left of a price, in minor units.
    #[must_use]
    pub fn off(self, price: i64) -> i64 {
        match self {
            Self::Percent(rate) => price - rate.part_of(price),
            Self::Amount(amount) => (price - amount).max(0),
        }
    }
}

names! {
    /// What stock means for an offered product.
    #[derive(Default)]
    pub enum StockPolicy {
        /// It is offered while there is enough of it.
        #[default]
        InStock = "in_stock",
        /// It is offered in any case.
        Always = "always",
    }
}

names! {
    /// What its countries of shipping mean for an offered product.
    #[derive(Default)]
    pub enum ShippingPolicy {
        /// It is offered where it ships to the order's country.
        #[default]
        ShipsTo = "ships_to",
        /// It is offered in any case.
        Always = "always",
    }
}

impl Campaign {
    /// Whether it says an amount, which only means something in its own currency.
    #[must_use]
    pub fn has_amounts(&self) -> bool {
        self.min_net.is_some()
            || self.max_net.is_some()
            || matches!(self.discount, Some(Discount::Amount(_)))
    }
}

impl Definition for Campaign {
    type Id = CampaignId;

    const KIND: Kind = Kind {
        one: "campaign",
        table: "campaigns",
        described: OperationTexts {
            group: "campaigns",
            many: "campaigns",
            one: "a campaign",
            writing: "Saving it counts as an edit, whatever has changed.",
            removing: "What it has offered stays offered.",
        },
        saved: EventKind::CampaignSaved,
        deleted: Some(EventKind::CampaignDeleted),
        lock: Lock::Catalogue,
        refers: true,
        in_graph: false,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &CampaignId {
        &self.id
    }

    fn edit_number(&self) -> Option<i64> {
        Some(self.edit)
    }

    fn is_active(&self) -> bool {
        self.validity.active
    }
}
