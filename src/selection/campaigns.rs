//! How campaigns rank, why one does not win, and whether what it offers can be had. Which ones
//! qualify for an order is found by [`super::index`]; what asking for and answering an offer does
//! is for `rules`.

use std::cmp::Reverse;

use crate::domain::campaign::{Campaign, ShippingPolicy, StockPolicy};
use crate::domain::ids::{CampaignId, ProductId};
use crate::domain::verdict::{Reasoned, Verdict};

use super::facts::Facts;
use super::reasons;

reasons! {
    /// Why a campaign is rejected; of several reasons the first counts.
    Unfit {
        Inactive "inactive" "The merchant switched it off";
        NotYetValid "not-yet-valid" "It holds from a later day on";
        Expired "expired" "Its last day has passed";
        Channel "channel" "It does not run on the order's channel";
        Currency "currency" "It names amounts in another currency than the order's";
        Trigger "trigger" "None of its triggers is in the order";
        BelowMinNet "below-min-net" "The order's net value is below its minimum";
        AboveMaxNet "above-max-net" "The order's net value is above its maximum";
        CustomerGroup "customer-group" "It is not for the customer's group";
        Country "country" "It is not for the country that the order ships to";
        PaymentMethod "payment-method" "It is not for the order's way of paying";
        ExcludedProduct "excluded-product" "A product that it excludes is in the order";
        AlreadyInBasket "already-in-basket" "What it offers is in the order already";
        NoCustomer "no-customer" "It offers a subscription, and the order names no customer";
    }
}

/// Why a campaign that qualifies cannot give what it offers now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    /// Something is taken off a price that the product does not have in the order's currency.
    NoPrice,
    /// There is less of it than is offered.
    OutOfStock,
    /// It cannot be sent to the order's country, or no more.
    NotShippable,
    /// A checkout of the offer would be refused, with this code.
    Checkout(&'static str),
}

impl Unavailable {
    /// Those of products, in the order in which they count.
    pub const ALL: &[Self] = &[Self::NoPrice, Self::OutOfStock, Self::NotShippable];

    /// What it means, in a sentence.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::NoPrice => "Its discount is off a price that what it offers does not have",
            Self::OutOfStock => "Less of the product is left than it offers",
            Self::NotShippable => {
                "The product does not ship to the order's country, or the order was delivered"
            }
            Self::Checkout(_) => "A checkout of the offer would be refused",
        }
    }
}

impl Reasoned for Unavailable {
    fn code(self) -> &'static str {
        match self {
            Self::NoPrice => "no-price",
            Self::OutOfStock => "out-of-stock",
            Self::NotShippable => "not-shippable",
            Self::Checkout(code) => code,
        }
    }
}

/// Why a campaign does not win.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CampaignReason {
    /// It does not qualify.
    Unfit(Unfit),
    /// It cannot be had.
    Unavailable(Unavailable),
}

impl Reasoned for CampaignReason {
    fn code(self) -> &'static str {
        match self {
            Self::Unfit(unfit) => unfit.code(),
            Self::Unavailable(unavailable) => unavailable.code(),
        }
    }
}

/// A campaign and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsideredCampaign {
    /// The campaign.
    pub campaign: CampaignId,
    /// What became of it.
    pub verdict: Verdict<CampaignReason>,
}

/// Where a campaign stands among others, the first first.
pub(super) type Rank<'c> = (Reverse<i64>, Reverse<i64>, &'c CampaignId);

/// The rank of a campaign: the highest priority, then edited last, then the lower id.
pub(super) fn rank(priority: i64, edit: i64, id: &CampaignId) -> Rank<'_> {
    (Reverse(priority), Reverse(edit), id)
}

/// Whether the product that a campaign offers can be had: its price, its stock, its shipping.
/// Whether an offered offer can be is for who knows the customer.
///
/// # Errors
/// The first reason why not.
pub fn judge_product(
    campaign: &Campaign,
    product: &ProductId,
    facts: &Facts,
) -> Result<(), Unavailable> {
    let Some(goods) = facts.products.get(product) else {
        return Err(Unavailable::OutOfStock);
    };
    if campaign.discount.is_some() && goods.price_in(facts.cart.currency).is_none() {
        return Err(Unavailable::NoPrice);
    }
    let keeps_stock = campaign.stock_policy == StockPolicy::InStock;
    if keeps_stock && goods.stock.is_some_and(|stock| stock < campaign.quantity) {
        return Err(Unavailable::OutOfStock);
    }
    let reaches = campaign.shipping_policy == ShippingPolicy::Always
        || goods.ships_to(facts.cart.shipping_country.as_deref());
    if !reaches || (goods.is_physical && facts.delivered) {
        return Err(Unavailable::NotShippable);
    }
    Ok(())
}

/// What one piece of the product that a campaign offers costs, after the discount, in minor units
/// of the order's currency; none where the product has no price in it.
#[must_use]
pub fn offered_price(campaign: &Campaign, product: &ProductId, facts: &Facts) -> Option<i64> {
    let price = facts.products.get(product)?.price_in(facts.cart.currency)?;
    Some(campaign.discount.map_or(price, |discount| discount.off(price)))
}
