//! What a merchant's rules come to for a cart whose facts are there: what is given and earned, what
//! of that is stored with an order, and how it is shown. It rests on values alone, so that it can
//! be worked out on any thread. Loading them is for [`super::selection`].

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::cart::Cart;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{GiftRuleId, ProductId};
use crate::domain::order::{OrderGift, OrderPromotion};
use crate::domain::promotion::Promotion;
use crate::domain::text::PromotionVariable;
use crate::domain::verdict::Outcome;
use crate::render::format::{self, Locale};
use crate::rules::coupons::{CouponGrant, CouponRefusal};
use crate::rules::fingerprint::stamp;
use crate::selection::conditions::Missing;
use crate::selection::facts::Facts;
use crate::selection::gifts::{AppliedGiftRule, Gifts, give_gifts};
use crate::selection::promotions::{
    GrantedPromotion, PromotionProgress, ShownPromotion, judge_promotions, suggest,
};
use crate::store::StoreError;
use crate::wire::carts::{CartEvaluation, EvaluationDetails};
use crate::wire::coupons::CartCoupon;

use super::AppError;
use super::assortments::DatedAssortment;
use super::rule_books::SuggestionScope;

/// How many rules of a kind are told with what became of them, unless all are asked for.
pub(super) const CONSIDERED_MAX: usize = 20;

/// How much the rules may say that are held against a cart between requests, in bytes as they are
/// held; more have threads of their own.
const RULE_BYTES_AT_ONCE: usize = 400_000;

/// Among how many products it is looked between requests for what may be suggested.
const ARTICLES_AT_ONCE: usize = 1_000;

/// How much is told of promotions to one cart, in bytes.
const TOLD_BYTES_MAX: usize = 8_000_000;

/// The rules that a cart is held against.
pub(super) struct RuleSet {
    pub(super) gift_rules: Vec<Arc<GiftRule>>,
    pub(super) promotions: Vec<Arc<Promotion>>,
    /// What those of the promotions suggest that are switched on.
    pub(super) suggested: SuggestionScope,
    /// About how many bytes they take, where that is known.
    pub(super) bytes: Option<usize>,
}

/// A cart with the rules that it is held against, and all that they look at.
pub(super) struct RuleEvaluation {
    pub(super) facts: Facts,
    pub(super) rules: RuleSet,
    pub(super) coupon: Option<WeighedCoupon>,
    pub(super) locale: Locale,
    /// The stamp of what an evaluation has shown, where it has to be that.
    pub(super) expects: Option<String>,
}

/// What promotions may suggest for a cart.
pub(super) struct AvailableSuggestions {
    pub(super) dated: Arc<DatedAssortment>,
    pub(super) sold_out: BTreeSet<ProductId>,
}

/// The coupon of a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WeighedCoupon {
    /// The code, as it was said.
    pub(super) code: String,
    /// What it gives, or why it gives nothing.
    pub(super) judged: Result<CouponGrant, CouponRefusal>,
}

impl RuleEvaluation {
    /// Of a cart that is held against no rule, and has no coupon.
    pub(super) fn without_rules(today: NaiveDate, cart: Cart) -> Self {
        let suggested = SuggestionScope::BySome(Arc::default());
        let (gift_rules, promotions) = (Vec::new(), Vec::new());
        Self {
            facts: Facts {
                today,
                cart,
                delivered: false,
                premiums_only: false,
                products: BTreeMap::new(),
                offers: BTreeMap::new(),
            },
            rules: RuleSet { gift_rules, promotions, suggested, bytes: Some(0) },
            coupon: None,
            locale: Locale::default(),
            expects: None,
        }
    }

    /// The same where it has to be what an evaluation has shown.
    pub(super) fn expecting(self, stamp: Option<String>) -> Self {
        Self { expects: stamp, ..self }
    }

    /// Whether another comes to the same: it is that of the same cart by the same rules.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.facts == other.facts
            && self.rules.gift_rules == other.rules.gift_rules
            && self.rules.promotions == other.rules.promotions
            && self.coupon == other.coupon
            && self.locale == other.locale
            && self.expects == other.expects
    }

    /// What is given.
    pub(super) fn gifts(&self) -> Gifts<'_> {
        give_gifts(self.rules.gift_rules.iter().map(AsRef::as_ref), &self.facts)
    }

    /// What is earned, and how far the rest is; not what that suggests.
    pub(super) fn promotions(&self) -> Vec<ShownPromotion<'_>> {
        judge_promotions(self.rules.promotions.iter().map(AsRef::as_ref), &self.facts)
    }

    /// What its coupon gives; none where it names none that can be redeemed.
    fn coupon_given(&self) -> Option<&CouponGrant> {
        self.coupon.as_ref()?.judged.as_ref().ok()
    }

    /// Whether it comes to what an evaluation has shown, where one was named: the same gifts and
    /// earned promotions, and where it showed what a coupon gives, the same of that.
    pub(super) fn is_as_shown(&self, gifts: &Gifts<'_>, told: &[ShownPromotion<'_>]) -> bool {
        let coupons = [None, self.coupon_given()];
        self.expects.as_ref().is_none_or(|stamped| {
            coupons.into_iter().any(|coupon| stamp(gifts, told, coupon) == *stamped)
        })
    }

    /// Whether its rules say so little that it is worked out in a moment.
    pub(super) fn says_little(&self) -> bool {
        self.rules.bytes.is_some_and(|bytes| bytes <= RULE_BYTES_AT_ONCE)
    }

    /// Whether it is worked out so fast that nobody else waits for it.
    pub(super) fn is_quick(&self, on_sale: &AvailableSuggestions) -> bool {
        self.says_little() && on_sale.dated.assortment.articles().len() <= ARTICLES_AT_ONCE
    }

    /// What it comes to, as it is shown.
    ///
    /// # Errors
    /// Where more would be told of promotions than anybody reads.
    pub(super) fn shown(
        &self,
        on_sale: &AvailableSuggestions,
        all: bool,
    ) -> Result<CartEvaluation, AppError> {
        let (gifts, mut told) = (self.gifts(), self.promotions());
        let AvailableSuggestions { dated, sold_out } = on_sale;
        suggest(&mut told, &self.facts, &dated.assortment, sold_out);
        let most = if all { usize::MAX } else { CONSIDERED_MAX };
        let (stamp, locale) = (stamp(&gifts, &told, self.coupon_given()), self.locale.to_string());
        let currency = self.facts.cart.currency;
        let coupon = self.coupon.clone();
        let coupon = coupon.map(|it| CartCoupon::of(it.code, it.judged, currency));
        let telling = EvaluationDetails { stamp, coupon, most, locale: &locale };
        let length = Cell::new(0);
        CartEvaluation::of(&self.facts, (&gifts, &told), telling, |told, granted| {
            let value = |variable| self.value(variable, told, granted, &locale);
            let message = granted.upsell.message.fill(value);
            let titles = granted.products.iter().map(|it| it.article.title_in(&locale).len());
            length.set(length.get() + message.len() + titles.sum::<usize>());
            if length.get() <= TOLD_BYTES_MAX {
                return Ok(message);
            }
            let detail = format!(
                "what promotions tell of this cart is longer than {TOLD_BYTES_MAX} bytes: shorten \
                 their messages and what they suggest, or switch some of them off"
            );
            Err(AppError::refused("too-many-rules", detail))
        })
    }

    fn value(
        &self,
        variable: PromotionVariable,
        told: &ShownPromotion<'_>,
        granted: &GrantedPromotion<'_>,
        locale: &str,
    ) -> String {
        let currency = self.facts.cart.currency;
        let (exponent, code) = (currency.exponent(), currency.code());
        let money = |minor: i64| format::money(&self.locale, minor, exponent, code);
        let missing = |missing: &Missing| match missing {
            Missing::Net(minor) | Missing::Value { missing: minor, .. } => money(*minor),
            Missing::Units { missing, .. } => missing.to_string(),
        };
        let titles = granted.products.iter().map(|it| it.article.title_in(locale).to_owned());
        match variable {
            PromotionVariable::Missing => {
                self.list(&granted.missing.iter().map(missing).collect::<Vec<_>>())
            }
            PromotionVariable::ShippingCost => {
                self.facts.cart.shipping_cost.map_or_else(|| format::MISSING.to_owned(), money)
            }
            PromotionVariable::PromotionTitle => told.promotion.title.clone(),
            PromotionVariable::Products => self.list(&titles.collect::<Vec<_>>()),
        }
    }

    fn list(&self, items: &[String]) -> String {
        if items.is_empty() {
            return format::MISSING.to_owned();
        }
        format::list(&self.locale, items)
    }
}

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
