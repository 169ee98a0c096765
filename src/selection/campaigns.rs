//! Which campaign's offer an order gets: qualify, rank, skip what cannot be had. What asking for
//! and answering it does is for `rules`.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::domain::campaign::{Campaign, Offered, ShippingPolicy, StockPolicy};
use crate::domain::condition::Selector;
use crate::domain::ids::{CampaignId, ProductId};
use crate::domain::verdict::{Outranked, Reasoned, Verdict};

use super::facts::{Basket, Facts};
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
pub enum Reason {
    /// It does not qualify.
    Unfit(Unfit),
    /// It cannot be had.
    Unavailable(Unavailable),
}

impl Reasoned for Reason {
    fn code(self) -> &'static str {
        match self {
            Self::Unfit(unfit) => unfit.code(),
            Self::Unavailable(unavailable) => unavailable.code(),
        }
    }
}

/// A campaign and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Considered {
    /// Which.
    pub campaign: CampaignId,
    /// What became of it.
    pub verdict: Verdict<Reason>,
}

/// Picks the campaign whose offer an order gets, and says of each in rank order what became of it:
/// of those that qualify the one with the highest priority, then edited last, that is available.
/// That is asked in rank order, of no more than it takes to find the first.
pub fn select_campaign<'c>(
    campaigns: &'c [Campaign],
    facts: &Facts,
    mut available: impl FnMut(&Campaign) -> Result<(), Unavailable>,
) -> (Option<&'c Campaign>, Vec<Considered>) {
    let mut ranked: Vec<&Campaign> = campaigns.iter().collect();
    ranked.sort_by_key(|campaign| rank(campaign));
    let order = Order::of(facts);
    let mut winner: Option<&Campaign> = None;
    let considered = ranked.into_iter().map(|campaign| {
        let verdict = match (order.qualify(campaign), winner) {
            (Err(unfit), _) => Verdict::Rejected(Reason::Unfit(unfit)),
            (Ok(()), Some(winner)) if winner.priority == campaign.priority => {
                Verdict::Outranked(Outranked::Edit)
            }
            (Ok(()), Some(_)) => Verdict::Outranked(Outranked::Priority),
            (Ok(()), None) => match available(campaign) {
                Ok(()) => {
                    winner = Some(campaign);
                    Verdict::Chosen
                }
                Err(why) => Verdict::Unavailable(Reason::Unavailable(why)),
            },
        };
        Considered { campaign: campaign.id.clone(), verdict }
    });
    let considered = considered.collect();
    (winner, considered)
}

/// Where a campaign stands among others, the first first.
fn rank(campaign: &Campaign) -> (Reverse<i64>, Reverse<i64>, &CampaignId) {
    (Reverse(campaign.priority), Reverse(campaign.edit), &campaign.id)
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

/// An order, as campaigns look at it.
struct Order<'f> {
    facts: &'f Facts,
    basket: Basket<'f>,
    /// The heads of the families on its lines.
    families: BTreeSet<&'f ProductId>,
}

impl<'f> Order<'f> {
    fn of(facts: &'f Facts) -> Self {
        let families = facts.present().map(|product| facts.head(product)).collect();
        Self { facts, basket: Basket::of(facts), families }
    }

    fn has(&self, product: &ProductId) -> bool {
        self.families.contains(self.facts.head(product))
    }

    fn is_triggered(&self, trigger: &Selector) -> bool {
        match trigger {
            Selector::Product(product) => self.has(product),
            other => self.basket.has(other),
        }
    }

    fn qualify(&self, campaign: &Campaign) -> Result<(), Unfit> {
        let cart = &self.facts.cart;
        campaign.validity.judge(self.facts.today)?;
        let require = |fits: bool, unfit: Unfit| if fits { Ok(()) } else { Err(unfit) };
        let allows = |names: &BTreeSet<String>, said: Option<&String>| {
            names.is_empty() || said.is_some_and(|said| names.contains(said))
        };
        let in_currency = campaign.currency == cart.currency || !campaign.has_amounts();
        let triggers = &campaign.triggers;
        let triggered = triggers.is_empty() || triggers.iter().any(|it| self.is_triggered(it));
        let net = self.basket.sum(&Selector::Any).value;
        let group = cart.customer_group.as_ref();
        let excluded = campaign.excluded_products.iter().any(|product| self.has(product));
        let (is_there, needs_customer) = match &campaign.offered {
            Offered::Product(product) => (self.has(product), false),
            Offered::Offer(offer) => (self.basket.has(&Selector::Offer(offer.clone())), true),
        };
        require(campaign.channels.contains(&cart.channel), Unfit::Channel)?;
        require(in_currency, Unfit::Currency)?;
        require(triggered, Unfit::Trigger)?;
        require(campaign.min_net.is_none_or(|min| min <= net), Unfit::BelowMinNet)?;
        require(campaign.max_net.is_none_or(|max| net <= max), Unfit::AboveMaxNet)?;
        require(allows(&campaign.customer_groups, group), Unfit::CustomerGroup)?;
        require(allows(&campaign.countries, cart.shipping_country.as_ref()), Unfit::Country)?;
        let method = cart.payment_method.as_ref();
        require(allows(&campaign.payment_methods, method), Unfit::PaymentMethod)?;
        require(!excluded, Unfit::ExcludedProduct)?;
        require(!is_there, Unfit::AlreadyInBasket)?;
        require(!needs_customer || cart.customer.is_some(), Unfit::NoCustomer)
    }
}

#[cfg(test)]
mod tests;
