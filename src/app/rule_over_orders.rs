//! What a rule by itself comes to: its verdict for each of the last orders, as if they were placed
//! today, counted by their reasons. What is left of what campaigns offer is not looked at, and
//! nothing is stored.

use std::collections::BTreeSet;

use crate::domain::campaign::Campaign;
use crate::domain::cart::Cart;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{Identifier, MerchantId, OrderId, ProductId};
use crate::domain::promotion::Promotion;
use crate::domain::verdict::{Outcome, Outranked, Verdict};
use crate::selection::facts::Facts;
use crate::selection::gifts::give_gifts;
use crate::selection::index::{Index, IndexedOrder};
use crate::selection::promotions::judge_promotions;
use crate::store::Tx;
use crate::store::definitions::Stored;
use crate::store::selection_rules::all_gift_rules;

use super::campaign_trial::last_orders;
use super::checkout_orders::carts_of_orders;
use super::explained::RuleKind;
use super::rule_books::Campaigns;
use super::{App, AppError, Context};

/// For how many orders a rule is judged.
const ORDERS_MAX: i64 = 200;

/// What a rule comes to for the last orders.
#[derive(Debug, Clone)]
pub struct RuleOverOrders {
    /// What kind of rule it is.
    pub kind: RuleKind,
    /// How many orders there are, at most two hundred.
    pub orders: usize,
    /// What became of it, the most frequent first.
    pub told: Vec<VerdictOverOrders>,
}

/// What became of a rule for some orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictOverOrders {
    /// What became of it.
    pub verdict: Outcome,
    /// Why not, as a stable code.
    pub reason: Option<&'static str>,
    /// The first clause that does not hold.
    pub clause: Option<String>,
    /// For how many orders.
    pub orders: usize,
    /// The last of them.
    pub last: OrderId,
}

/// What became of a rule for one order: its verdict, why not, and the first clause that fails.
type OneVerdict = (Outcome, Option<&'static str>, Option<String>);

/// A rule that is asked about, with the others that it stands among.
enum JudgedRule {
    Campaign(Box<Campaign>, std::sync::Arc<Campaigns>),
    Promotion(Promotion),
    GiftRule(GiftRule, Vec<GiftRule>),
}

impl App {
    /// What each rule of this id comes to for the last orders: of each kind there may be one.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn rules_over_orders(
        &self,
        merchant: &MerchantId,
        id: &str,
    ) -> Result<Vec<RuleOverOrders>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let rules = named(&mut tx, &context, id).await?;
            let given: BTreeSet<ProductId> = rules.iter().flat_map(JudgedRule::gives).collect();
            let asked = (ORDERS_MAX, given);
            let Some((orders, mut facts)) = last_orders(&mut tx, &context, asked).await? else {
                let none = |rule: &JudgedRule| RuleOverOrders {
                    kind: rule.kind(),
                    orders: 0,
                    told: Vec::new(),
                };
                return Ok(rules.iter().map(none).collect());
            };
            let bought =
                carts_of_orders(&mut tx, &context, orders.iter().map(|(order, _)| order)).await?;
            let work = move || {
                let mut found = Vec::new();
                for rule in &rules {
                    let (judge, is_of_order) = (rule.judge(), rule.kind() == RuleKind::Campaign);
                    let mut told: Vec<VerdictOverOrders> = Vec::new();
                    for (order, cart) in &orders {
                        // What a checkout has sold, gift rules and promotions judge as it did.
                        let sold = bought.get(order).filter(|_| !is_of_order);
                        facts.premiums_only = sold.is_some();
                        let group = cart.customer_group.clone();
                        facts.cart = Cart { customer_group: group, ..sold.unwrap_or(cart).clone() };
                        count(&mut told, judge(&facts), order);
                    }
                    told.sort_by_key(|it| std::cmp::Reverse(it.orders));
                    found.push(RuleOverOrders { kind: rule.kind(), orders: orders.len(), told });
                }
                found
            };
            self.compute(merchant, work).await
        })
        .await
    }
}

/// The rules of an id, of whatever kind.
async fn named(tx: &mut Tx, context: &Context, id: &str) -> Result<Vec<JudgedRule>, AppError> {
    async fn find<R: Stored>(
        tx: &mut Tx,
        merchant: &MerchantId,
        id: &str,
    ) -> Result<Option<R>, AppError> {
        Ok(R::find(tx, merchant, &R::Id::stored(id.to_owned())).await?)
    }
    let merchant = &context.merchant;
    let mut rules = Vec::new();
    if let Some(campaign) = find::<Campaign>(tx, merchant, id).await? {
        let known = context.campaigns(tx).await?;
        rules.push(JudgedRule::Campaign(campaign.into(), known));
    }
    if let Some(rule) = find::<GiftRule>(tx, merchant, id).await? {
        let mut all = all_gift_rules(tx, merchant, true).await?;
        all.retain(|it| it.id != rule.id);
        all.push(rule.clone());
        rules.push(JudgedRule::GiftRule(rule, all));
    }
    rules.extend(find::<Promotion>(tx, merchant, id).await?.map(JudgedRule::Promotion));
    Ok(rules)
}

impl JudgedRule {
    fn kind(&self) -> RuleKind {
        match self {
            Self::Campaign(..) => RuleKind::Campaign,
            Self::Promotion(_) => RuleKind::Promotion,
            Self::GiftRule(..) => RuleKind::GiftRule,
        }
    }

    /// The products that may be given.
    fn gives(&self) -> Vec<ProductId> {
        match self {
            Self::Campaign(..) | Self::Promotion(_) => Vec::new(),
            Self::GiftRule(_, all) => {
                let gifts = all.iter().flat_map(|rule| &rule.get);
                gifts.map(|gift| gift.product.clone()).collect()
            }
        }
    }

    /// What says of it what becomes of it for an order.
    fn judge(&self) -> Box<dyn Fn(&Facts) -> OneVerdict + '_> {
        match self {
            Self::Campaign(campaign, known) => {
                let (own, all) = (Index::of([campaign.as_ref()]), &known.index);
                Box::new(move |facts| of_campaign(campaign, (&own, all), facts))
            }
            Self::Promotion(promotion) => Box::new(move |facts| {
                let told = judge_promotions([promotion], facts).pop();
                told.map_or((Outcome::Rejected, None, None), |it| {
                    (it.verdict.outcome(), it.verdict.code(), it.clause)
                })
            }),
            Self::GiftRule(rule, all) => Box::new(move |facts| {
                let told = give_gifts(all, facts).considered;
                let told = told.into_iter().find(|it| it.rule.id == rule.id);
                told.map_or((Outcome::Rejected, None, None), |it| {
                    (it.verdict.outcome(), it.verdict.code(), it.clause)
                })
            }),
        }
    }
}

/// Whether a campaign would do by itself, and whether another comes first.
fn of_campaign(campaign: &Campaign, (own, all): (&Index, &Index), facts: &Facts) -> OneVerdict {
    let by_itself = IndexedOrder::of(own, facts).considered(None, |_| Ok(()));
    let verdict = by_itself.first().map(|it| it.verdict);
    match verdict {
        Some(Verdict::Chosen) => {}
        Some(other) => return (other.outcome(), other.code(), None),
        None => return (Outcome::Rejected, None, None),
    }
    let asked = IndexedOrder::of(all, facts);
    let first = asked.survivors().next();
    match first {
        Some(first) if *first != campaign.id => {
            let is_rival = all.is_of_priority(first, campaign.priority);
            let by = if is_rival { Outranked::Edit } else { Outranked::Priority };
            (Outcome::Outranked, Some(by.name()), None)
        }
        _ => (Outcome::Chosen, None, None),
    }
}

/// Counts one more order; those come the latest first.
fn count(told: &mut Vec<VerdictOverOrders>, one: OneVerdict, order: &OrderId) {
    let (verdict, reason, clause) = one;
    let same = |it: &&mut VerdictOverOrders| {
        it.verdict == verdict && it.reason == reason && it.clause == clause
    };
    if let Some(it) = told.iter_mut().find(same) {
        it.orders += 1;
        return;
    }
    let last = order.clone();
    told.push(VerdictOverOrders { verdict, reason, clause, orders: 1, last });
}
