//! The draft of a promotion with its upsells.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::ids::{PromotionId, is_valid_id};
use crate::domain::money;
use crate::domain::promotion::{Promotion, PromotionUpsell, Reward, RewardKind, Suggestion};
use crate::domain::shapes::{self, Amount, Currency, Date, Id, Title, Url, amount, yes};

use super::conditions::{ConditionDraft, Conditions, PickDraft, RuleDraft};
use super::fields::{Faults, WHOLE_MAX};
use super::texts::template;
use super::{DraftFacts, Drafted};

/// The most upsells of one promotion.
pub const UPSELLS_MAX: usize = 100;

/// The longest address of a picture, in characters.
const MEDIA_LENGTH_MAX: usize = 2_000;

/// A promotion to be written. Amounts are in its currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PromotionBody)]
pub struct PromotionDraft {
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
    /// What earns it.
    #[schema(value_type = ConditionDraft)]
    pub qualifies: Option<ConditionDraft>,
    /// What is earned. It is told, not applied.
    #[schema(value_type = RewardDraft)]
    pub reward: Option<RewardDraft>,
    /// What is told to who has not earned it.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub upsells: Vec<UpsellDraft>,
}

/// What a promotion gives, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Reward, example = json!({"kind": "free_shipping"}))]
pub struct RewardDraft {
    /// The kind of it.
    #[schema(value_type = RewardKind)]
    pub kind: Option<String>,
    /// How much of the order's value; with `percent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Rate>, nullable = false)]
    pub percent: Option<String>,
    /// How much; with `amount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub amount: Option<String>,
}

/// What is told to who has not earned a promotion yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PromotionUpsell)]
pub struct UpsellDraft {
    /// Its id, once in a promotion.
    #[schema(value_type = Id)]
    pub id: Option<String>,
    /// All that fit of the lowest priority with one that fits are granted.
    #[schema(value_type = i64, minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub priority: Option<i64>,
    /// For which orders it is.
    #[schema(value_type = ConditionDraft)]
    pub when: Option<ConditionDraft>,
    /// What is told, with variables such as {missing}.
    #[schema(value_type = Title)]
    pub message: Option<String>,
    /// The address of a picture or the like.
    #[serde(default)]
    #[schema(value_type = Option<Url>)]
    pub media: Option<String>,
    /// What is suggested, in order.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub suggest: Vec<PickDraft>,
}

impl From<&Promotion> for PromotionDraft {
    fn from(it: &Promotion) -> Self {
        let upsell = |upsell: &PromotionUpsell| UpsellDraft {
            id: Some(upsell.id.clone()),
            priority: Some(upsell.priority),
            when: Some(ConditionDraft::of(&upsell.when, it.currency)),
            message: Some(upsell.message.source().to_owned()),
            media: upsell.media.clone(),
            suggest: upsell.suggest.iter().map(Into::into).collect(),
        };
        Self {
            title: Some(it.title.clone()),
            active: it.validity.active,
            currency: Some(it.currency.code().to_owned()),
            valid_from: it.validity.from.map(|day| day.to_string()),
            valid_until: it.validity.until.map(|day| day.to_string()),
            qualifies: Some(ConditionDraft::of(&it.qualifies, it.currency)),
            reward: Some(RewardDraft::of(it)),
            upsells: it.upsells.iter().map(upsell).collect(),
        }
    }
}

impl RewardDraft {
    /// What a promotion gives.
    #[must_use]
    pub fn of(promotion: &Promotion) -> Self {
        let bare =
            |kind: RewardKind| Self { kind: Some(kind.to_string()), percent: None, amount: None };
        match promotion.reward {
            Reward::FreeShipping => bare(RewardKind::FreeShipping),
            Reward::Percent(rate) => {
                Self { percent: Some(rate.to_string()), ..bare(RewardKind::Percent) }
            }
            Reward::Amount(minor) => {
                let amount = Some(amount(minor, promotion.currency));
                Self { amount, ..bare(RewardKind::Amount) }
            }
        }
    }
}

impl Drafted for Promotion {
    type Draft = PromotionDraft;

    const FILLED: &'static [&'static str] = &["currency"];

    fn decide(
        id: PromotionId,
        draft: &PromotionDraft,
        facts: &DraftFacts,
    ) -> Result<Self, Vec<Fault>> {
        decide_promotion(id, draft, facts)
    }
}

/// Its edit number is 0: the store gives it one.
fn decide_promotion(
    id: PromotionId,
    draft: &PromotionDraft,
    facts: &DraftFacts,
) -> Result<Promotion, Vec<Fault>> {
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
    let mut read = Conditions::new(&mut faults, &facts.catalogue, currency);
    let qualifies = read.read("/qualifies", draft.qualifies.as_ref());
    let reward = reward(&mut faults, draft.reward.as_ref(), currency);
    if draft.upsells.len() > UPSELLS_MAX {
        let detail =
            format!("has {} elements; at most {UPSELLS_MAX} are kept", draft.upsells.len());
        faults.note("/upsells", detail);
    }
    let mut seen = BTreeSet::new();
    let drafts = draft.upsells.iter().take(UPSELLS_MAX).enumerate();
    let upsells: Vec<Option<PromotionUpsell>> = drafts
        .map(|(place, draft)| {
            let at = format!("/upsells/{place}");
            let upsell = upsell(&mut faults, &at, draft, facts, currency);
            if draft.id.as_ref().is_some_and(|id| !seen.insert(id)) {
                faults.note(format!("{at}/id"), "stands there twice");
            }
            upsell
        })
        .collect();
    let promotion = || {
        let rule = rule?;
        Some(Promotion {
            id,
            edit: 0,
            edited_at: facts.now,
            title: rule.title,
            currency: rule.currency,
            validity: rule.validity,
            qualifies: qualifies?,
            reward: reward?,
            upsells: upsells.into_iter().collect::<Option<_>>()?,
        })
    };
    let promotion = promotion();
    faults.answer(promotion)
}

fn reward(
    faults: &mut Faults,
    draft: Option<&RewardDraft>,
    currency: money::Currency,
) -> Option<Reward> {
    let Some(draft) = draft else {
        faults.note("/reward", "is missing");
        return None;
    };
    let kind = faults.required("/reward/kind", draft.kind.as_deref())?;
    let kind = faults.named("/reward/kind", kind)?;
    let amounts = [(RewardKind::Percent, &draft.percent), (RewardKind::Amount, &draft.amount)];
    for (name, said) in amounts {
        if said.is_some() && kind != name {
            faults.note(format!("/reward/{name}"), format!("goes with kind: {name} only"));
        }
    }
    match kind {
        RewardKind::Percent => {
            let text = faults.required("/reward/percent", draft.percent.as_deref())?;
            faults.percent("/reward/percent", text).map(Reward::Percent)
        }
        RewardKind::Amount => {
            let text = faults.required("/reward/amount", draft.amount.as_deref())?;
            faults.amount("/reward/amount", text, currency).map(Reward::Amount)
        }
        RewardKind::FreeShipping => Some(Reward::FreeShipping),
    }
}

fn upsell(
    faults: &mut Faults,
    at: &str,
    draft: &UpsellDraft,
    facts: &DraftFacts,
    currency: money::Currency,
) -> Option<PromotionUpsell> {
    let id = faults.required(&format!("{at}/id"), draft.id.as_deref());
    if let Some(id) = id.filter(|id| !is_valid_id(id)) {
        let detail = format!("'{id}' is no id of 1 to 128 of A-Z, a-z, 0-9, '.', '_', ':', '-'");
        faults.note(format!("{at}/id"), detail);
    }
    let priority_at = format!("{at}/priority");
    if draft.priority.is_none() {
        faults.note(&priority_at, "is missing");
    }
    let priority = draft.priority.and_then(|it| faults.number(&priority_at, it, 1..=WHOLE_MAX));
    let message_at = format!("{at}/message");
    let message = faults.title(&message_at, draft.message.as_deref());
    let message = message.and_then(|text| template(faults, &message_at, &text));
    let media = draft.media.as_deref();
    let is_address = |text: &str| {
        (text.starts_with("https://") || text.starts_with("http://"))
            && text.chars().count() <= MEDIA_LENGTH_MAX
            && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control())
    };
    if media.is_some_and(|text| !is_address(text)) {
        faults.note(format!("{at}/media"), "must be an absolute http or https URL");
    }
    let mut read = Conditions::new(faults, &facts.catalogue, currency);
    let when = read.read(&format!("{at}/when"), draft.when.as_ref());
    let suggest = suggest(faults, &format!("{at}/suggest"), &draft.suggest, facts, currency);
    Some(PromotionUpsell {
        id: id?.to_owned(),
        priority: priority?,
        when: when?,
        message: message?,
        media: media.map(str::to_owned),
        suggest,
    })
}

fn suggest(
    faults: &mut Faults,
    at: &str,
    drafts: &[PickDraft],
    facts: &DraftFacts,
    currency: money::Currency,
) -> Vec<Suggestion> {
    if !faults.is_short(at, drafts.len()) {
        return Vec::new();
    }
    let mut read = Conditions::new(faults, &facts.catalogue, currency);
    let each = drafts.iter().enumerate().filter_map(|(place, draft)| {
        let at = format!("{at}/{place}");
        match draft {
            PickDraft::Product(text) => read.product(&at, text).map(Suggestion::Product),
            PickDraft::Selector(it) => read.selector(&at, it).map(Suggestion::Picked),
        }
    });
    each.collect()
}
