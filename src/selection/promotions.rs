//! Which promotions an order earns, and how far it is from the others. How a message reads in a
//! language is for `render`; rewards are told, not applied.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use indexmap::IndexSet;

use crate::domain::ids::ProductId;
use crate::domain::promotion::{Promotion, PromotionUpsell, Suggestion};
use crate::domain::verdict::Verdict;

use super::assortment::{Article, Assortment};
use super::conditions::{Missing, first_unmet, holds, holds_with, least_price, missing};
use super::facts::{AugmentedBasket, Basket, Facts};
use super::reasons;

/// How many upsells one order is told.
const TOLD_MAX: usize = 1_000;

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
        TooMany "too-many" "The order is told 1,000 upsells of other promotions already";
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
pub struct ShownPromotion<'p> {
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
    /// What is suggested; nothing before that was asked for ([`suggest`]).
    pub products: Vec<SuggestedItem<'p>>,
}

/// A product that an upsell suggests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuggestedItem<'p> {
    /// The product.
    pub article: &'p Article,
    /// Whether one more of it earns the promotion.
    pub closes_gap: bool,
}

/// Says of each promotion, by id, how an order stands to it.
#[must_use]
pub fn judge_promotions<'p>(
    promotions: impl IntoIterator<Item = &'p Promotion>,
    facts: &Facts,
) -> Vec<ShownPromotion<'p>> {
    let mut ranked: Vec<&Promotion> = promotions.into_iter().collect();
    ranked.sort_by_key(|promotion| &promotion.id);
    let (basket, mut told) = (Basket::of(facts), 0);
    let judge = |promotion| {
        let mut judged = judge(promotion, facts, &basket);
        if told + judged.upsells.len() > TOLD_MAX {
            judged.upsells = Vec::new();
            judged.standing = PromotionProgress::Out;
            judged.verdict = Verdict::Rejected(Unfit::TooMany);
        }
        told += judged.upsells.len();
        judged
    };
    ranked.into_iter().map(judge).collect()
}

/// Says of each upsell that is granted what it suggests of an assortment but for what is sold out:
/// first the cheapest that closes the gap, then the others as listed.
pub fn suggest<'p>(
    told: &mut [ShownPromotion<'p>],
    facts: &Facts,
    assortment: &'p Assortment,
    sold_out: &BTreeSet<ProductId>,
) {
    let (basket, taken) = (&Basket::of(facts), &facts.taken_whole());
    let sold_out = &sold_out.iter().collect();
    for ShownPromotion { promotion, upsells, .. } in told {
        if upsells.is_empty() {
            continue;
        }
        let least = least_price(&promotion.qualifies, basket);
        let cheapest = BTreeMap::new();
        let mut search =
            SuggestionSearch { promotion, basket, taken, assortment, sold_out, least, cheapest };
        for granted in upsells {
            granted.products = search.suggested(granted.upsell);
        }
    }
}

fn judge<'p>(promotion: &'p Promotion, facts: &Facts, basket: &Basket<'_>) -> ShownPromotion<'p> {
    let mut told = ShownPromotion {
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
        products: Vec::new(),
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

/// Where one promotion looks for what it may suggest.
struct SuggestionSearch<'s, 'p> {
    promotion: &'s Promotion,
    basket: &'s Basket<'s>,
    /// Of what is on the lines, that of which there is no more.
    taken: &'s BTreeSet<&'s ProductId>,
    assortment: &'p Assortment,
    /// Only looked up, never gone through.
    sold_out: &'s IndexSet<&'s ProductId, RandomState>,
    /// What one more piece must cost at least to close the gap, where one can.
    least: Option<i64>,
    /// The cheapest that closes it of what each suggestion stands for, once that was looked for.
    cheapest: BTreeMap<&'p Suggestion, Option<(i64, &'p Arc<Article>)>>,
}

impl<'p> SuggestionSearch<'_, 'p> {
    fn suggested(&mut self, upsell: &'p PromotionUpsell) -> Vec<SuggestedItem<'p>> {
        let currency = self.basket.cart().currency;
        let mut seen = BTreeSet::new();
        let suggested = upsell.suggest.iter().filter(|it| seen.insert(*it));
        let lists = suggested.map(|it| (it, self.assortment.picked(it, currency)));
        let lists: Vec<_> = lists.collect();
        // Of equals the one listed first.
        let mut cheapest = None;
        for (suggestion, (priced, _)) in &lists {
            let own = self.cheapest.get(suggestion).copied();
            let own = own.unwrap_or_else(|| self.least.and_then(|it| self.cheapest(priced, it)));
            self.cheapest.insert(*suggestion, own);
            cheapest = match (cheapest, own) {
                (Some((price, _)), Some((lower, _))) if lower < price => own,
                (cheapest, own) => cheapest.or(own),
            };
        }
        let first = cheapest.map(|(_, article)| article);
        let others = lists.into_iter().map(|(_, lists)| lists);
        let others = others.flat_map(|(priced, others)| priced.iter().chain(others));
        let others = others.filter(|article| self.is_there(article));
        // A product has one article, wherever it is listed.
        let mut seen = BTreeSet::new();
        let all = first.into_iter().chain(others).filter(|it| seen.insert(Arc::as_ptr(it)));
        let enough = |price: &i64| self.least.is_some_and(|least| least <= *price);
        let suggested = |article: &'p Arc<Article>| SuggestedItem {
            article,
            closes_gap: self
                .price(article)
                .filter(enough)
                .is_some_and(|it| self.closes(article, it)),
        };
        all.take(PRODUCTS_MAX).map(suggested).collect()
    }

    /// The cheapest of some, in order of their prices, that closes the gap; with its price.
    fn cheapest(&self, priced: &'p [Arc<Article>], least: i64) -> Option<(i64, &'p Arc<Article>)> {
        let cheaper = |article: &Arc<Article>| self.price(article).is_some_and(|it| it < least);
        let mut enough = priced[priced.partition_point(cheaper)..].iter();
        enough.find_map(|article| {
            let price = self.price(article)?;
            let fits = self.is_there(article) && self.closes(article, price);
            fits.then_some((price, article))
        })
    }

    fn price(&self, article: &Article) -> Option<i64> {
        article.goods.price_in(self.basket.cart().currency)
    }

    fn is_there(&self, article: &Article) -> bool {
        article.goods.stock.is_none() || !self.sold_out.contains(&article.id)
    }

    fn closes(&self, article: &Article, price: i64) -> bool {
        holds_with(
            &self.promotion.qualifies,
            &AugmentedBasket::one(self.basket, article.one_more(price)),
        ) && !self.taken.contains(&article.id)
    }
}

#[cfg(test)]
mod tests;
