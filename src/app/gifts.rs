//! What the merchant's rules give with an order, whoever places it: which rules may give something
//! is known before what they look at is locked, what they give is decided under the locks.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::cart::Cart;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{GiftRuleId, ProductId};
use crate::domain::order::{OrderGift, OrderPromotion};
use crate::domain::stock::StockLevel;
use crate::domain::verdict::Outcome;
use crate::selection::gifts::{AppliedGiftRule, Gifts};
use crate::selection::promotions::{PromotionProgress, ShownPromotion};
use crate::store::{StoreError, Tx, selection_rules, stock};

use super::selection::{RuleEvaluation, Scope, weigh};
use super::{AppError, Context};

/// The rules that could give something with an order, and what.
pub(super) type PossibleGiftRules = BTreeMap<GiftRuleId, BTreeSet<ProductId>>;

/// What an order gets of the merchant's rules.
#[derive(Debug, Clone, Default)]
pub(super) struct GrantedRewards {
    /// What is given, and what is left out.
    pub(super) gifts: Vec<OrderGift>,
    /// What the rules have left that give something.
    pub(super) gifts_left: BTreeMap<(GiftRuleId, ProductId), i64>,
    /// What is earned, and what is near.
    pub(super) promotions: Vec<OrderPromotion>,
}

/// What rules come to for a cart, as far as it is stored.
#[derive(Debug, Clone, Default)]
pub(super) struct RuleOutcome {
    /// The rules that could give something, and what.
    pub(super) could_give: PossibleGiftRules,
    /// What is got of them.
    pub(super) rewards: GrantedRewards,
    /// Whether it is what an evaluation has shown, where one was named.
    pub(super) is_as_shown: bool,
    /// The gift rules that apply.
    applied: BTreeSet<GiftRuleId>,
}

impl RuleOutcome {
    /// What they come to for what was weighed.
    pub(super) fn of(weighing: &RuleEvaluation) -> Self {
        let (given, told) = (weighing.gifts(), weighing.promotions());
        let could = given.considered.iter().filter(|it| it.verdict.outcome() != Outcome::Rejected);
        let products = |rule: &GiftRule| rule.get.iter().map(|gift| gift.product.clone()).collect();
        Self {
            could_give: could.map(|it| (it.rule.id.clone(), products(it.rule))).collect(),
            rewards: earned(&given, &told),
            is_as_shown: weighing.is_as_shown(&given, &told),
            applied: given.applied.iter().map(|applied| applied.rule.id.clone()).collect(),
        }
    }

    /// Decides again, where a rule gives something that was not locked: it was written in between.
    pub(super) fn refuse_unlocked(&self, locked: &PossibleGiftRules) -> Result<(), AppError> {
        if self.applied.iter().all(|rule| locked.contains_key(rule)) {
            return Ok(());
        }
        Err(StoreError::Stale { table: "gift_rules" }.into())
    }
}

/// What is got of the rules, by what was judged.
fn earned(given: &Gifts<'_>, told: &[ShownPromotion<'_>]) -> GrantedRewards {
    let mut earned = GrantedRewards::default();
    for AppliedGiftRule { rule, times, items, left_out, .. } in &given.applied {
        let gift = |product: &ProductId, quantity: i64, price: Option<i64>| OrderGift {
            rule: rule.id.clone(),
            edit: rule.edit,
            times: *times,
            product: product.clone(),
            quantity,
            price,
        };
        let gifts = items.iter().map(|it| gift(&it.product, it.quantity, Some(it.price)));
        earned.gifts.extend(gifts);
        earned.gifts.extend(left_out.iter().map(|it| gift(&it.product, it.quantity, None)));
        let left = rule.get.iter();
        let left = left.map(|it| ((rule.id.clone(), it.product.clone()), it.stock));
        earned.gifts_left.extend(left);
    }
    earned.promotions = told.iter().flat_map(standing).collect();
    earned
}

/// How an order stands to a promotion: earned, or near to it by the upsells that are told.
fn standing(told: &ShownPromotion<'_>) -> Vec<OrderPromotion> {
    let row = |upsell: Option<String>| OrderPromotion {
        promotion: told.promotion.id.clone(),
        title: told.promotion.title.clone(),
        reward: told.promotion.reward,
        upsell,
    };
    match told.standing {
        PromotionProgress::Earned => vec![row(None)],
        PromotionProgress::Near => {
            told.upsells.iter().map(|granted| row(Some(granted.upsell.id.clone()))).collect()
        }
        PromotionProgress::Out => Vec::new(),
    }
}

/// What the cart of a checkout gets of the rules, with what that takes locked: products, then
/// rules.
pub(super) async fn earned_under_locks(
    tx: &mut Tx,
    context: &Context,
    cart: &Cart,
) -> Result<(GrantedRewards, BTreeMap<ProductId, StockLevel>), AppError> {
    let weighing = weigh(tx, context, cart.clone(), Scope::Checkout).await?;
    let RuleOutcome { could_give: locked, rewards, .. } = context.outcome(weighing)?;
    if locked.values().all(BTreeSet::is_empty) {
        // Nothing is given, and so nothing has to stay as it is.
        return Ok((rewards, BTreeMap::new()));
    }
    let wanted: BTreeSet<&ProductId> = locked.values().flatten().collect();
    let left = stock::lock_stock(tx, &context.merchant, wanted).await?;
    selection_rules::lock_gift_rules(tx, &context.merchant, locked.keys()).await?;
    let weighing = weigh(tx, context, cart.clone(), Scope::Checkout).await?;
    let given = context.outcome(weighing)?;
    given.refuse_unlocked(&locked)?;
    Ok((given.rewards, left))
}
