//! The draft of a gift rule.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::cart::QUANTITY_MAX;
use crate::domain::fault::Fault;
use crate::domain::gift_rule::{GIFTS_MAX, Gift, GiftPrice, GiftRule};
use crate::domain::ids::GiftRuleId;
use crate::domain::money;
use crate::domain::shapes::{self, Amount, Currency, Date, Id, Title, amount, one, yes};

use super::conditions::{ConditionDraft, Conditions, RuleDraft};
use super::fields::{Faults, WHOLE_MAX};
use super::{DraftFacts, Drafted};

/// How many of a gift a rule has where it does not say.
const STOCK: i64 = 100;

/// The most of a gift that a rule may have.
const STOCK_MAX: i64 = 1_000_000_000;

/// A gift rule to be written. Saving it sets what is left of its gifts. Amounts are in its
/// currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = GiftRuleBody)]
pub struct GiftRuleDraft {
    /// What customers see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// Whether it runs at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// The currency of its amounts; the merchant's where left out.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<String>,
    /// The first day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<String>,
    /// The last day on which it runs.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<String>,
    /// With 0 it applies whenever it holds; of the others those of the lowest priority come first.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, default = 0)]
    pub priority: i64,
    /// What has to be bought.
    #[schema(value_type = ConditionDraft)]
    pub buy: Option<ConditionDraft>,
    /// What is given, each product once.
    #[serde(default)]
    #[schema(required, min_items = 1, max_items = 50)]
    pub get: Vec<GiftDraft>,
    /// Whether the customer picks one of the gifts.
    #[serde(default)]
    #[schema(default = false)]
    pub popup: bool,
    /// Whether what it gives counts for what other rules ask for.
    #[serde(default)]
    #[schema(default = false)]
    pub counts_for_other_rules: bool,
    /// How often it may apply to one order.
    #[serde(default = "once")]
    pub applications: ApplicationsDraft,
}

/// One thing that a rule gives, at a `price` or with a `discount_percent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Gift)]
pub struct GiftDraft {
    /// The product.
    #[schema(value_type = Id)]
    pub product: Option<String>,
    /// How many for each time.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 1_000_000, default = 1)]
    pub quantity: i64,
    /// What one costs; 0 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub price: Option<String>,
    /// How much of the product's price is taken off instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Rate>, nullable = false)]
    pub discount_percent: Option<String>,
    /// How many the rule has to give; reading shows what is left.
    #[serde(default)]
    #[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000, default = 100)]
    pub stock: Option<i64>,
}

/// How often a rule may apply to one order: a number from 1 on, or `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Applications)]
pub enum ApplicationsDraft {
    /// As often as is bought.
    Word(Unlimited),
    /// So often.
    Times(i64),
}

/// The word for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unlimited {
    /// No limit.
    Unlimited,
}

const fn once() -> ApplicationsDraft {
    ApplicationsDraft::Times(1)
}

impl From<&GiftRule> for GiftRuleDraft {
    fn from(it: &GiftRule) -> Self {
        let gift = |gift: &Gift| {
            let (price, discount_percent) = match gift.price {
                GiftPrice::At(minor) => (Some(amount(minor, it.currency)), None),
                GiftPrice::Off(rate) => (None, Some(rate.to_string())),
            };
            let (product, quantity) = (Some(gift.product.to_string()), gift.quantity);
            GiftDraft { product, quantity, price, discount_percent, stock: Some(gift.stock) }
        };
        let unlimited = ApplicationsDraft::Word(Unlimited::Unlimited);
        Self {
            title: Some(it.title.clone()),
            active: it.validity.active,
            currency: Some(it.currency.code().to_owned()),
            valid_from: it.validity.from.map(|day| day.to_string()),
            valid_until: it.validity.until.map(|day| day.to_string()),
            priority: it.priority,
            buy: Some(ConditionDraft::of(&it.buy, it.currency)),
            get: it.get.iter().map(gift).collect(),
            popup: it.popup,
            counts_for_other_rules: it.counts_for_other_rules,
            applications: it.applications.map_or(unlimited, ApplicationsDraft::Times),
        }
    }
}

impl Drafted for GiftRule {
    type Draft = GiftRuleDraft;

    const FILLED: &'static [&'static str] = &["currency"];

    fn decide(
        id: GiftRuleId,
        draft: &GiftRuleDraft,
        facts: &DraftFacts,
    ) -> Result<Self, Vec<Fault>> {
        decide_gift_rule(id, draft, facts)
    }
}

/// Its edit number is 0: the store gives it one.
fn decide_gift_rule(
    id: GiftRuleId,
    draft: &GiftRuleDraft,
    facts: &DraftFacts,
) -> Result<GiftRule, Vec<Fault>> {
    let mut faults = Faults::new();
    let rule = RuleDraft {
        title: draft.title.as_deref(),
        active: draft.active,
        currency: draft.currency.as_deref(),
        valid_from: draft.valid_from.as_deref(),
        valid_until: draft.valid_until.as_deref(),
    };
    let rule = faults.rule(&rule, facts);
    let currency = rule.as_ref().map_or(facts.currency, |rule| rule.currency);
    let priority = faults.number("/priority", draft.priority, 0..=WHOLE_MAX);
    let mut read = Conditions::new(&mut faults, &facts.catalogue, currency);
    let buy = read.read("/buy", draft.buy.as_ref());
    let get = gifts(&mut faults, &id, &draft.get, facts, currency);
    let applications = match &draft.applications {
        ApplicationsDraft::Word(Unlimited::Unlimited) => Some(None),
        ApplicationsDraft::Times(times) => {
            faults.number("/applications", *times, 1..=WHOLE_MAX).map(Some)
        }
    };
    let gift_rule = || {
        let rule = rule?;
        Some(GiftRule {
            id,
            edit: 0,
            edited_at: facts.now,
            title: rule.title,
            currency: rule.currency,
            validity: rule.validity,
            priority: priority?,
            buy: buy?,
            get: get?,
            popup: draft.popup,
            counts_for_other_rules: draft.counts_for_other_rules,
            applications: applications?,
        })
    };
    let gift_rule = gift_rule();
    faults.answer(gift_rule)
}

fn gifts(
    faults: &mut Faults,
    rule: &GiftRuleId,
    drafts: &[GiftDraft],
    facts: &DraftFacts,
    currency: money::Currency,
) -> Option<Vec<Gift>> {
    if drafts.is_empty() || drafts.len() > GIFTS_MAX {
        let detail = format!("has {} elements; must have 1 to {GIFTS_MAX}", drafts.len());
        faults.note("/get", detail);
        return None;
    }
    let mut seen = BTreeSet::new();
    let read: Vec<Option<Gift>> = drafts
        .iter()
        .enumerate()
        .map(|(place, draft)| {
            let at = format!("/get/{place}");
            let gift = gift(faults, &at, (rule, draft), facts, currency)?;
            if !seen.insert(gift.product.clone()) {
                let detail = format!("'{}' stands there twice; name it once", gift.product);
                faults.note(format!("{at}/product"), detail);
            }
            Some(gift)
        })
        .collect();
    read.into_iter().collect()
}

fn gift(
    faults: &mut Faults,
    at: &str,
    (rule, draft): (&GiftRuleId, &GiftDraft),
    facts: &DraftFacts,
    currency: money::Currency,
) -> Option<Gift> {
    let product_at = format!("{at}/product");
    let text = faults.required(&product_at, draft.product.as_deref());
    let mut read = Conditions::new(faults, &facts.catalogue, currency);
    let product = text.and_then(|text| read.product(&product_at, text));
    let quantity = faults.number(&format!("{at}/quantity"), draft.quantity, 1..=QUANTITY_MAX);
    let kept = || facts.gifts_left.get(&(rule.clone(), product.clone()?)).copied();
    let stock = draft.stock.or_else(kept).unwrap_or(STOCK);
    let stock = faults.number(&format!("{at}/stock"), stock, 0..=STOCK_MAX);
    let price = match (&draft.price, &draft.discount_percent) {
        (Some(_), Some(_)) => {
            let detail = "stands beside price: say one of them";
            faults.note(format!("{at}/discount_percent"), detail);
            None
        }
        (Some(price), None) => {
            faults.amount(&format!("{at}/price"), price, currency).map(GiftPrice::At)
        }
        (None, None) => Some(GiftPrice::At(0)),
        (None, Some(percent)) => {
            let at = format!("{at}/discount_percent");
            let known = product.as_ref().and_then(|id| facts.catalogue.products.get(id));
            if known.is_some_and(|known| !known.is_priced) {
                faults.note(&at, "needs a product with a price: give it a unit_net");
            }
            faults.percent(&at, percent).map(GiftPrice::Off)
        }
    };
    Some(Gift { product: product?, quantity: quantity?, price: price?, stock: stock? })
}
