//! The draft of a gift rule.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::cart::QUANTITY_MAX;
use crate::domain::fault::Fault;
use crate::domain::gift_rule::{GIFTS_MAX, Gift, GiftPrice, GiftRule};
use crate::domain::ids::GiftRuleId;
use crate::domain::money::Currency;

use super::Facts;
use super::conditions::{ConditionDraft, Conditions, RuleDraft};
use super::fields::Faults;
use super::paths::PRIORITY_MAX;

/// How many of a gift a rule has where it does not say.
const STOCK: i64 = 100;

/// The most of a gift that a rule may have.
const STOCK_MAX: i64 = 1_000_000_000;

/// How often a rule may apply to one order, where that is bounded.
const APPLICATIONS_MAX: i64 = 1_000_000;

/// A gift rule as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GiftRuleDraft {
    /// Shown to customers.
    pub title: Option<String>,
    /// Whether it runs at all.
    pub active: bool,
    /// The currency of its amounts; the merchant's where left out.
    pub currency: Option<String>,
    /// The first day on which it runs.
    pub valid_from: Option<String>,
    /// The last day on which it runs.
    pub valid_until: Option<String>,
    /// 0 is always, else 1 comes first.
    pub priority: i64,
    /// What has to be bought.
    pub buy: Option<ConditionDraft>,
    /// What is given.
    pub get: Vec<GiftDraft>,
    /// Whether the customer picks one.
    pub popup: bool,
    /// Whether what it gives counts for other rules.
    pub counts_for_other_rules: bool,
    /// How often it may apply to one order.
    pub applications: ApplicationsDraft,
}

/// How often a rule may apply, as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ApplicationsDraft {
    /// So often.
    Times(i64),
    /// `unlimited`.
    Word(String),
}

/// A gift as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GiftDraft {
    /// What.
    pub product: Option<String>,
    /// How many for each time.
    pub quantity: i64,
    /// What it costs; nothing where left out.
    pub price: Option<String>,
    /// Instead, how much of its price is taken off.
    pub discount_percent: Option<String>,
    /// How many the rule has to give; where left out, what a file finds, else a hundred.
    pub stock: Option<i64>,
}

impl Default for GiftRuleDraft {
    fn default() -> Self {
        Self {
            title: None,
            active: true,
            currency: None,
            valid_from: None,
            valid_until: None,
            priority: 0,
            buy: None,
            get: Vec::new(),
            popup: false,
            counts_for_other_rules: false,
            applications: ApplicationsDraft::Times(1),
        }
    }
}

impl Default for GiftDraft {
    fn default() -> Self {
        Self { product: None, quantity: 1, price: None, discount_percent: None, stock: None }
    }
}

/// Decides whether a draft makes a gift rule. Its edit number is 0: the store gives it one.
///
/// # Errors
/// Every [`Fault`] in it.
pub fn decide_gift_rule(
    id: GiftRuleId,
    draft: &GiftRuleDraft,
    facts: &Facts,
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
    let priority = faults.number("/priority", draft.priority, 0..=PRIORITY_MAX);
    let mut read = Conditions::new(&mut faults, &facts.catalogue, currency);
    let buy = read.read("/buy", draft.buy.as_ref());
    let get = gifts(&mut faults, &id, &draft.get, facts, currency);
    let applications = match &draft.applications {
        ApplicationsDraft::Word(word) if word == "unlimited" => Some(None),
        ApplicationsDraft::Word(word) => {
            let detail = format!("'{word}' is neither a number from 1 on nor \"unlimited\"");
            faults.note("/applications", detail);
            None
        }
        ApplicationsDraft::Times(times) => {
            faults.number("/applications", *times, 1..=APPLICATIONS_MAX).map(Some)
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
    facts: &Facts,
    currency: Currency,
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
    facts: &Facts,
    currency: Currency,
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
