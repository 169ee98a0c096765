//! Which gift rules apply to a cart, how often, and what they give: tiers, until nothing changes.
//! Taking what is given from the stock is for `rules`.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cart::Item;
use crate::domain::condition::Selector;
use crate::domain::gift_rule::{Gift, GiftPrice, GiftRule};
use crate::domain::ids::{GiftRuleId, ProductId};
use crate::domain::stock::STOCK_MAX;
use crate::domain::verdict::{Outranked, Verdict};

use super::conditions::{could_hold, first_unmet, holds, times};
use super::facts::{Basket, Facts};
use super::growing::GrowingConditions;
use super::reasons;

reasons! {
    /// Why a gift rule gives nothing; of several reasons the first counts.
    Unfit {
        Inactive "inactive" "The merchant switched it off";
        NotYetValid "not-yet-valid" "It holds from a later day on";
        Expired "expired" "Its last day has passed";
        Currency "currency" "It names amounts in another currency than the cart's";
        Buy "buy" "What has to be bought is not in the cart";
        OutOfStock "out-of-stock" "None of its gifts is left";
        TooMany "too-many" "Other rules give 1,000 things with the order already";
    }
}

/// The most pieces of a gift that a rule asks for at once, however often it applies: no shelf holds
/// more.
const WANTED_MAX: i64 = STOCK_MAX;

/// How many things rules give with one cart, those counted that they could not give.
const GIVEN_MAX: usize = 1_000;

/// What gift rules come to for a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gifts<'r> {
    /// The rules that apply, in rank order.
    pub applied: Vec<AppliedGiftRule<'r>>,
    /// Each rule in rank order and what became of it.
    pub considered: Vec<ConsideredGiftRule<'r>>,
    /// How many rounds it took, the last one, in which nothing changed, counted.
    pub rounds: usize,
}

/// A gift rule that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedGiftRule<'r> {
    /// The rule.
    pub rule: &'r GiftRule,
    /// In which round, from 1.
    pub round: usize,
    /// The number of times.
    pub times: i64,
    /// What is given.
    pub items: Vec<GrantedGift>,
    /// Of what the customer may pick, where they may.
    pub choices: Vec<GrantedGift>,
    /// What it could not give, or not in full.
    pub left_out: Vec<OmittedGift>,
}

/// What a rule gives, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedGift {
    /// The product.
    pub product: ProductId,
    /// The number of pieces.
    pub quantity: i64,
    /// What one costs, in minor units of the cart's currency.
    pub price: i64,
}

/// What a rule could not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OmittedGift {
    /// The product.
    pub product: ProductId,
    /// The number of pieces.
    pub quantity: i64,
}

/// A gift rule and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsideredGiftRule<'r> {
    /// The rule.
    pub rule: &'r GiftRule,
    /// What became of it.
    pub verdict: Verdict<Unfit>,
    /// The first clause of what has to be bought that does not hold, as a JSON pointer.
    pub clause: Option<String>,
}

/// Works out what a merchant's gift rules give for a cart: a function of the lines that the
/// customer put in, and of what the customer picked.
#[must_use]
pub fn give_gifts<'r>(rules: impl IntoIterator<Item = &'r GiftRule>, facts: &Facts) -> Gifts<'r> {
    let mut ranked: Vec<&GiftRule> = rules.into_iter().collect();
    ranked.sort_by_key(|rule| (rule.priority, Reverse(rule.edit), &rule.id));
    let mut run = Run {
        facts,
        basket: Basket::of(facts),
        shelf: GiftStock::of(facts),
        lowest: i64::MAX,
        applied: BTreeMap::new(),
        passed_over: BTreeMap::new(),
        given: 0,
        waiting: BTreeSet::new(),
    };
    let fit: Vec<&GiftRule> =
        ranked.iter().copied().filter(|rule| could_apply(rule, facts)).collect();
    let rounds = run.until_nothing_changes(&fit);
    let considered = ranked.into_iter().map(|rule| run.considered(rule)).collect::<Vec<_>>();
    let mut applied = run.applied;
    let ranked = considered.iter().map(|it: &ConsideredGiftRule<'r>| &it.rule.id);
    let applied = ranked.filter_map(|id| applied.remove(id)).collect();
    Gifts { applied, considered, rounds }
}

/// The rules that may give something for a cart: of the others nobody needs to know what they have
/// left. Where what one of them gives may bring others about, these are all that could apply.
#[must_use]
pub fn in_question<'r>(
    rules: impl IntoIterator<Item = &'r GiftRule>,
    facts: &Facts,
) -> Vec<&'r GiftRule> {
    let basket = Basket::of(facts);
    let fit = rules.into_iter().filter(|rule| could_apply(rule, facts));
    let (held, others): (Vec<_>, Vec<_>) = fit.partition(|rule| holds(&rule.buy, &basket));
    let feeds = held.iter().any(|rule| rule.counts_for_other_rules);
    if feeds { held.into_iter().chain(others).collect() } else { held }
}

/// What does not change in the rounds.
fn qualify(rule: &GiftRule, facts: &Facts) -> Result<(), Unfit> {
    rule.validity.judge(facts.today)?;
    let in_currency = rule.currency == facts.cart.currency || !rule.has_amounts();
    if in_currency { Ok(()) } else { Err(Unfit::Currency) }
}

/// Whether a rule can have its turn in some round: gifts change what is in the basket, and nothing
/// else.
fn could_apply(rule: &GiftRule, facts: &Facts) -> bool {
    qualify(rule, facts).is_ok() && could_hold(&rule.buy, &facts.cart)
}

/// How many of each product are left for gifts; those without a limit are not in it.
struct GiftStock(BTreeMap<ProductId, i64>);

impl GiftStock {
    /// What is in stock, less what the lines need.
    fn of(facts: &Facts) -> Self {
        let stocked = facts.products.iter();
        let mut left: BTreeMap<ProductId, i64> =
            stocked.filter_map(|(id, goods)| Some((id.clone(), goods.stock?))).collect();
        for line in &facts.cart.lines {
            if let Item::Product(product) = &line.item
                && let Some(left) = left.get_mut(product)
            {
                *left = left.saturating_sub(line.quantity);
            }
        }
        Self(left)
    }

    fn left(&self, product: &ProductId) -> i64 {
        self.0.get(product).map_or(i64::MAX, |left| (*left).max(0))
    }

    fn take(&mut self, product: &ProductId, quantity: i64) {
        if let Some(left) = self.0.get_mut(product) {
            *left -= quantity;
        }
    }
}

struct Run<'r, 'f> {
    facts: &'f Facts,
    /// The lines and the gifts that count.
    basket: Basket<'f>,
    shelf: GiftStock,
    /// The lowest tier above 0 that was applied: those above it are blocked.
    lowest: i64,
    applied: BTreeMap<GiftRuleId, AppliedGiftRule<'r>>,
    /// Rules whose turn it was, when others had taken the last gift or given as much as may be.
    passed_over: BTreeMap<&'r GiftRuleId, Unfit>,
    /// How many things are given.
    given: usize,
    /// The places of the rules that hold and wait for their turn, which had none yet.
    waiting: BTreeSet<usize>,
}

impl<'r> Run<'r, '_> {
    /// Applies tier after tier until nothing is left to apply. Each round but the last applies a
    /// rule, so it ends.
    fn until_nothing_changes(&mut self, rules: &[&'r GiftRule]) -> usize {
        let held = rules.iter().enumerate().filter(|(_, rule)| holds(&rule.buy, &self.basket));
        self.waiting = held.map(|(place, _)| place).collect();
        // What every rule asks for is looked up again only once a gift counts for others.
        let mut kept: Option<GrowingConditions<'r>> = None;
        let mut had_turn = BTreeSet::new();
        let mut round = 1;
        loop {
            let turn = self.turn(rules, &mut had_turn);
            if turn.is_empty() {
                return round;
            }
            let changed = self.apply(&turn, round);
            if !changed.is_empty() {
                let (growing, others) = if let Some(mut growing) = kept.take() {
                    let others = growing.grow(&changed, &self.basket);
                    (growing, others)
                } else {
                    let asked = rules.iter().map(|rule| &rule.buy);
                    let all = (0..rules.len()).collect();
                    (GrowingConditions::of(asked, &self.basket), all)
                };
                for place in others.difference(&had_turn) {
                    if growing.holds(*place) {
                        self.waiting.insert(*place);
                    } else {
                        self.waiting.remove(place);
                    }
                }
                kept = Some(growing);
            }
            round += 1;
        }
    }

    /// The rules whose turn it is: those of priority 0, else those of the lowest tier, unless a
    /// lower one was applied. Nobody has two, and what has nothing to give has none.
    fn turn(
        &mut self,
        rules: &[&'r GiftRule],
        had_turn: &mut BTreeSet<usize>,
    ) -> Vec<&'r GiftRule> {
        let (mut turn, mut tier) = (Vec::new(), None);
        // They stand in rank order, by tier and then edited last.
        while let Some(place) = self.waiting.first().copied() {
            let rule = rules[place];
            let is_over = match tier {
                Some(tier) => rule.priority != tier,
                None => rule.priority > self.lowest,
            };
            if is_over {
                break;
            }
            self.waiting.remove(&place);
            had_turn.insert(place);
            if self.has_any(rule) {
                tier = Some(rule.priority);
                turn.push(rule);
            }
        }
        turn
    }

    /// Applies some rules on one snapshot, the last gift to the one edited last; what picks the
    /// gifts that others look at.
    fn apply(&mut self, turn: &[&'r GiftRule], round: usize) -> BTreeSet<Selector> {
        if let Some(tier) = turn.first().map(|rule| rule.priority).filter(|tier| *tier > 0) {
            self.lowest = tier;
        }
        let times = |rule: &&'r GiftRule| {
            let times = times(&rule.buy, &self.basket).unwrap_or(1);
            rule.applications.map_or(times, |most| most.min(times))
        };
        let times: Vec<i64> = turn.iter().map(times).collect();
        let facts = self.facts;
        let mut changed = BTreeSet::new();
        for (rule, times) in turn.iter().zip(times) {
            if !self.has_any(rule) {
                self.passed_over.insert(&rule.id, Unfit::OutOfStock);
                continue;
            }
            let given = match facts.cart.picks.get(&rule.id) {
                picked if rule.popup => usize::from(picked.is_some()),
                _ => rule.get.len(),
            };
            if self.given + given > GIVEN_MAX {
                self.passed_over.insert(&rule.id, Unfit::TooMany);
                continue;
            }
            self.given += given;
            let applied = self.give(rule, times, round);
            for item in applied.items.iter().filter(|_| rule.counts_for_other_rules) {
                changed.extend(self.basket.add_gift(&item.product, item.quantity, item.price));
            }
            self.applied.insert(rule.id.clone(), applied);
        }
        changed
    }

    fn give(&mut self, rule: &'r GiftRule, times: i64, round: usize) -> AppliedGiftRule<'r> {
        let offer = |gift: &Gift| {
            let wanted = gift.quantity.saturating_mul(times).min(WANTED_MAX);
            let quantity = wanted.min(self.on_hand(gift));
            let price = self.price(gift).unwrap_or(0);
            (wanted, GrantedGift { product: gift.product.clone(), quantity, price })
        };
        let offers: Vec<(i64, GrantedGift)> = rule.get.iter().map(offer).collect();
        let pick = self.facts.cart.picks.get(&rule.id);
        let (mut items, mut choices, mut left_out) = (Vec::new(), Vec::new(), Vec::new());
        for (wanted, given) in offers {
            if rule.popup && given.quantity > 0 {
                choices.push(given.clone());
            }
            if rule.popup && pick != Some(&given.product) {
                continue;
            }
            if self.facts.premiums_only && given.price > 0 {
                left_out.push(OmittedGift { product: given.product, quantity: wanted });
                continue;
            }
            if given.quantity < wanted {
                let quantity = wanted - given.quantity;
                left_out.push(OmittedGift { product: given.product.clone(), quantity });
            }
            if given.quantity > 0 {
                self.shelf.take(&given.product, given.quantity);
                items.push(given);
            }
        }
        AppliedGiftRule { rule, round, times, items, choices, left_out }
    }

    fn has_any(&self, rule: &GiftRule) -> bool {
        rule.get.iter().any(|gift| self.on_hand(gift) > 0)
    }

    /// How many of a gift there are: what the rule has left and what is on the shelf; none where
    /// nobody knows what it costs.
    fn on_hand(&self, gift: &Gift) -> i64 {
        match self.price(gift) {
            Some(_) => gift.stock.min(self.shelf.left(&gift.product)),
            None => 0,
        }
    }

    /// What one piece costs; none where that is a part of a price that is not there.
    fn price(&self, gift: &Gift) -> Option<i64> {
        match gift.price {
            GiftPrice::At(price) => Some(price),
            GiftPrice::Off(rate) => {
                let goods = self.facts.products.get(&gift.product)?;
                let price = goods.price_in(self.facts.cart.currency)?;
                Some(price - rate.part_of(price))
            }
        }
    }

    /// What became of a rule.
    fn considered(&self, rule: &'r GiftRule) -> ConsideredGiftRule<'r> {
        let told = |verdict| ConsideredGiftRule { rule, verdict, clause: None };
        if let Err(unfit) = qualify(rule, self.facts) {
            return told(Verdict::Rejected(unfit));
        }
        if self.applied.contains_key(&rule.id) {
            return told(Verdict::Chosen);
        }
        if let Some(why) = self.passed_over.get(&rule.id) {
            return told(Verdict::Unavailable(*why));
        }
        if let Some(clause) = first_unmet("/buy", &rule.buy, &self.basket) {
            let verdict = Verdict::Rejected(Unfit::Buy);
            return ConsideredGiftRule { rule, verdict, clause: Some(clause) };
        }
        if self.has_any(rule) {
            told(Verdict::Outranked(Outranked::Tier))
        } else {
            told(Verdict::Unavailable(Unfit::OutOfStock))
        }
    }
}

#[cfg(test)]
mod tests;
