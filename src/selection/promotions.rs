//! Which promotions an order earns, and how far it is from the others. How a message reads in a
//! language is for `render`; rewards are told, not applied.

use std::collections::{BTreeMap, BTreeSet};

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
pub enum PromotionProgress {
    /// It has earned it.
    Earned,
    /// It is told what is missing.
    Near,
    /// Neither.
    Out,
}

/// A promotion, and what an order is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldPromotion<'p> {
    /// The promotion.
    pub promotion: &'p Promotion,
    /// How the order stands to it.
    pub standing: PromotionProgress,
    /// The upsells that are granted, in the merchant's order.
    pub upsells: Vec<GrantedPromotion<'p>>,
    /// What became of it; near or earned is chosen.
    pub verdict: Verdict<Unfit>,
    /// The first clause of what it takes that does not hold, as a JSON pointer.
    pub clause: Option<String>,
}

/// An upsell that an order is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedPromotion<'p> {
    /// The upsell.
    pub upsell: &'p PromotionUpsell,
    /// What is still to be bought.
    pub missing: Vec<Missing>,
    /// What is suggested.
    pub products: Vec<Suggested>,
}

/// A product that an upsell suggests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// The product.
    pub product: ProductId,
    /// Whether one more of it earns the promotion.
    pub closes_gap: bool,
}

/// Says of each promotion, by id, how an order stands to it.
#[must_use]
pub fn judge_promotions<'p>(
    promotions: impl IntoIterator<Item = &'p Promotion>,
    facts: &Facts,
) -> Vec<ToldPromotion<'p>> {
    let mut ranked: Vec<&Promotion> = promotions.into_iter().collect();
    ranked.sort_by_key(|promotion| &promotion.id);
    let (basket, goods) = (Basket::of(facts), Priced::of(facts));
    ranked.into_iter().map(|promotion| judge(promotion, &goods, &basket)).collect()
}

/// The products that are known, by what picks them; of each by price, then by id, those without a
/// price last.
struct Priced<'f> {
    facts: &'f Facts,
    picked: BTreeMap<Selector, Vec<&'f ProductId>>,
}

impl<'f> Priced<'f> {
    fn of(facts: &'f Facts) -> Self {
        let mut all: Vec<_> = facts.products.iter().collect();
        all.sort_by_key(|(id, goods)| {
            let price = goods.price_in(facts.cart.currency);
            (price.is_none(), price, *id)
        });
        let mut picked: BTreeMap<Selector, Vec<&ProductId>> = BTreeMap::new();
        let offers = facts.offers.iter();
        let holding: Vec<_> = offers.map(|(id, goods)| (id, &goods.products)).collect();
        for (product, _) in all {
            for selector in facts.selectors_of(product) {
                picked.entry(selector).or_default().push(product);
            }
            for (offer, _) in holding.iter().filter(|(_, products)| products.contains(product)) {
                picked.entry(Selector::Offer((*offer).clone())).or_default().push(product);
            }
        }
        Self { facts, picked }
    }
}

fn judge<'p>(
    promotion: &'p Promotion,
    goods: &Priced<'_>,
    basket: &Basket<'_>,
) -> ToldPromotion<'p> {
    let facts = goods.facts;
    let mut told = ToldPromotion {
        promotion,
        standing: PromotionProgress::Out,
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
        told.standing = PromotionProgress::Earned;
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
    told.standing = PromotionProgress::Near;
    let grant = |upsell: &'p PromotionUpsell| GrantedPromotion {
        upsell,
        missing: missing.clone(),
        products: suggested(promotion, upsell, goods, basket),
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
    goods: &Priced<'_>,
    basket: &Basket<'_>,
) -> Vec<Suggested> {
    let (listed, facts) = (listed(upsell, goods), goods.facts);
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
fn listed<'f>(upsell: &'f PromotionUpsell, known: &'f Priced<'f>) -> Vec<&'f ProductId> {
    let in_stock = |product: &ProductId| {
        let goods = known.facts.products.get(product);
        goods.is_some_and(|goods| goods.stock.is_none_or(|stock| stock > 0))
    };
    let mut seen = BTreeSet::new();
    let mut found: Vec<&ProductId> = Vec::new();
    for suggestion in &upsell.suggest {
        let picked = match suggestion {
            Suggestion::Product(product) => vec![product],
            Suggestion::Picked(selector) => known.picked.get(selector).cloned().unwrap_or_default(),
        };
        let fresh = picked.into_iter().filter(|it| in_stock(it) && seen.insert(*it));
        found.extend(fresh);
    }
    found
}

#[cfg(test)]
mod tests;
