//! Which promotions an order earns, and how far it is from the others. How a message reads in a
//! language is for `render`; rewards are told, not applied.

use std::collections::BTreeSet;

use crate::domain::condition::Selector;
use crate::domain::ids::ProductId;
use crate::domain::promotion::{Promotion, PromotionUpsell, Suggestion};
use crate::domain::verdict::Verdict;

use super::conditions::{Missing, first_unmet, holds, holds_with, missing};
use super::facts::{Basket, Facts, More};
use super::reasons;

/// How many products an upsell suggests.
const PRODUCTS_MAX: usize = 20;

reasons! {
    /// Why a promotion is neither earned nor near; of several reasons the first counts.
    Unfit {
        Inactive "inactive" "The merchant switched it off";
        NotYetValid "not-yet-valid" "It holds from a later day on";
        Expired "expired" "Its last day has passed";
        Currency "currency" "It names amounts in another currency than the order's";
        OutOfReach "out-of-reach" "Buying more does not earn it";
        NoUpsell "no-upsell" "It is not earned, and none of its upsells is for this order";
    }
}

/// How an order stands to a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has earned it.
    Earned,
    /// It is told what is missing.
    Near,
    /// Neither.
    Out,
}

/// A promotion, and what an order is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<'p> {
    /// Which.
    pub promotion: &'p Promotion,
    /// How the order stands to it.
    pub standing: Standing,
    /// The upsells that are granted, in the merchant's order.
    pub upsells: Vec<Granted<'p>>,
    /// What became of it; near or earned is chosen.
    pub verdict: Verdict<Unfit>,
    /// The first clause of what it takes that does not hold, as a JSON pointer.
    pub clause: Option<String>,
}

/// An upsell that an order is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted<'p> {
    /// Which.
    pub upsell: &'p PromotionUpsell,
    /// What is still to be bought.
    pub missing: Vec<Missing>,
    /// What is suggested.
    pub products: Vec<Suggested>,
}

/// A product that an upsell suggests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// Which.
    pub product: ProductId,
    /// Whether one more of it earns the promotion.
    pub closes_gap: bool,
}

/// Says of each promotion, by id, how an order stands to it.
#[must_use]
pub fn judge_promotions<'p>(promotions: &'p [Promotion], facts: &Facts) -> Vec<Told<'p>> {
    let mut ranked: Vec<&Promotion> = promotions.iter().collect();
    ranked.sort_by_key(|promotion| &promotion.id);
    let basket = Basket::of(facts);
    ranked.into_iter().map(|promotion| judge(promotion, facts, &basket)).collect()
}

fn judge<'p>(promotion: &'p Promotion, facts: &Facts, basket: &Basket<'_>) -> Told<'p> {
    let mut told = Told {
        promotion,
        standing: Standing::Out,
        upsells: Vec::new(),
        verdict: Verdict::Chosen,
        clause: None,
    };
    if let Err(unfit) = qualify(promotion, facts) {
        told.verdict = Verdict::Rejected(unfit);
        return told;
    }
    told.clause = first_unmet("/qualifies", &promotion.qualifies, basket);
    if told.clause.is_none() {
        told.standing = Standing::Earned;
        return told;
    }
    let Some(missing) = missing(&promotion.qualifies, basket) else {
        told.verdict = Verdict::Rejected(Unfit::OutOfReach);
        return told;
    };
    let hits = granted(promotion, basket);
    if hits.is_empty() {
        told.verdict = Verdict::Rejected(Unfit::NoUpsell);
        return told;
    }
    told.standing = Standing::Near;
    let grant = |upsell: &'p PromotionUpsell| Granted {
        upsell,
        missing: missing.clone(),
        products: suggested(promotion, upsell, facts, basket),
    };
    told.upsells = hits.into_iter().map(grant).collect();
    told
}

fn qualify(promotion: &Promotion, facts: &Facts) -> Result<(), Unfit> {
    promotion.validity.judge(facts.today)?;
    let in_currency = promotion.currency == facts.cart.currency || !promotion.has_amounts();
    if in_currency { Ok(()) } else { Err(Unfit::Currency) }
}

/// All hits of the first priority that has one, in the merchant's order.
fn granted<'p>(promotion: &'p Promotion, basket: &Basket<'_>) -> Vec<&'p PromotionUpsell> {
    let mut hits: Vec<_> =
        promotion.upsells.iter().filter(|upsell| holds(&upsell.when, basket)).collect();
    let first = hits.iter().map(|upsell| upsell.priority).min();
    hits.retain(|upsell| Some(upsell.priority) == first);
    hits
}

/// What an upsell suggests of what is in stock: first the cheapest that closes the gap, then the
/// others as listed.
fn suggested(
    promotion: &Promotion,
    upsell: &PromotionUpsell,
    facts: &Facts,
    basket: &Basket<'_>,
) -> Vec<Suggested> {
    let listed = listed(upsell, facts);
    let price = |product: &ProductId| facts.products[product].price_in(facts.cart.currency);
    let closes = |product: &ProductId| {
        price(product).is_some_and(|price| {
            holds_with(&promotion.qualifies, &More::one(basket, product, price))
        })
    };
    let mut by_price: Vec<&ProductId> = listed.clone();
    // Of equals the one listed first.
    by_price.sort_by_key(|product| price(product));
    let first = by_price.into_iter().find(|product| closes(product));
    let others = listed.into_iter().filter(|product| Some(*product) != first);
    let shown = first.into_iter().chain(others).take(PRODUCTS_MAX);
    shown
        .map(|product| Suggested { product: product.clone(), closes_gap: closes(product) })
        .collect()
}

/// Every product of an upsell's suggestions that is in stock, once, as listed; what a selector
/// picks by price, then by id.
fn listed<'f>(upsell: &'f PromotionUpsell, facts: &'f Facts) -> Vec<&'f ProductId> {
    let in_stock = |product: &ProductId| {
        let goods = facts.products.get(product);
        goods.is_some_and(|goods| goods.stock.is_none_or(|stock| stock > 0))
    };
    let mut seen = BTreeSet::new();
    let mut found: Vec<&ProductId> = Vec::new();
    for suggestion in &upsell.suggest {
        let picked = match suggestion {
            Suggestion::Product(product) => vec![product],
            Suggestion::Picked(selector) => picked(selector, facts),
        };
        let fresh = picked.into_iter().filter(|it| in_stock(it) && seen.insert(*it));
        found.extend(fresh);
    }
    found
}

/// The products that a selector picks, by price, then by id; those without a price last.
fn picked<'f>(selector: &Selector, facts: &'f Facts) -> Vec<&'f ProductId> {
    let contained = |offer| facts.offers.get(offer).map(|goods| goods.products.as_slice());
    let is_picked = |product: &ProductId| match selector {
        Selector::Offer(offer) => contained(offer).is_some_and(|all| all.contains(product)),
        other => facts.selectors_of(product).contains(other),
    };
    let mut picked: Vec<_> = facts.products.iter().filter(|(id, _)| is_picked(id)).collect();
    picked.sort_by_key(|(id, goods)| {
        let price = goods.price_in(facts.cart.currency);
        (price.is_none(), price, *id)
    });
    picked.into_iter().map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests;
