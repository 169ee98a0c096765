//! The draft of a coupon.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::coupon::{Coupon, folded};
use crate::domain::fault::Fault;
use crate::domain::ids::{CouponId, is_valid_id};
use crate::domain::money::{self, Rate};
use crate::domain::promotion::{Reward, RewardKind};
use crate::domain::shapes::{Amount, Currency, Date, Id, Title, amount, yes};

use super::conditions::RuleDraft;
use super::fields::Faults;
use super::{DraftFacts, Drafted};

/// The most redemptions that can be asked for.
const REDEMPTIONS_MAX: i64 = 1_000_000_000;

/// A coupon to be written. Amounts are in its currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CouponBody)]
pub struct CouponDraft {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// Whether it can be redeemed at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// What it gives.
    #[schema(value_type = RewardKind)]
    pub kind: Option<String>,
    /// How much: a percentage above 0 up to 100, or an amount; nothing with `free_shipping`.
    #[schema(value_type = Option<Amount>)]
    pub value: Option<String>,
    /// The currency of its amounts; the merchant's where left out.
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<String>,
    /// The least net value of what is bought.
    #[schema(value_type = Option<Amount>)]
    pub min_net: Option<String>,
    /// The first day on which it can be redeemed.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<String>,
    /// The last day on which it can be redeemed.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<String>,
    /// Its public code, read without case: each customer redeems it once.
    #[schema(value_type = Option<Id>)]
    pub code: Option<String>,
    /// How often the public code can be redeemed by all together.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub redemptions_max: Option<i64>,
}

impl From<&Coupon> for CouponDraft {
    fn from(it: &Coupon) -> Self {
        let (kind, value) = said(it.gives, it.currency);
        Self {
            title: Some(it.title.clone()),
            active: it.validity.active,
            kind: Some(kind.to_string()),
            value,
            currency: Some(it.currency.code().to_owned()),
            min_net: it.min_net.map(|minor| amount(minor, it.currency)),
            valid_from: it.validity.from.map(|day| day.to_string()),
            valid_until: it.validity.until.map(|day| day.to_string()),
            code: it.code.clone(),
            redemptions_max: it.redemptions_max,
        }
    }
}

/// What a coupon gives, as it was said: its kind, and how much.
pub(super) fn said(gives: Reward, currency: money::Currency) -> (RewardKind, Option<String>) {
    match gives {
        Reward::FreeShipping => (RewardKind::FreeShipping, None),
        Reward::Percent(percent) => (RewardKind::Percent, Some(percent.to_string())),
        Reward::Amount(minor) => (RewardKind::Amount, Some(amount(minor, currency))),
    }
}

impl Drafted for Coupon {
    type Draft = CouponDraft;

    const FILLED: &'static [&'static str] = &["currency"];

    fn decide(id: CouponId, draft: &CouponDraft, facts: &DraftFacts) -> Result<Self, Vec<Fault>> {
        decide_coupon(id, draft, facts)
    }

    fn wanted_code(draft: &CouponDraft) -> Option<String> {
        draft.code.as_deref().map(folded)
    }
}

fn decide_coupon(
    id: CouponId,
    draft: &CouponDraft,
    facts: &DraftFacts,
) -> Result<Coupon, Vec<Fault>> {
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
    let gives = gives(&mut faults, "", draft, currency);
    let min_net = min_net(&mut faults, "", draft, currency);
    let code = code(&mut faults, &id, draft, facts);
    if draft.redemptions_max.is_some() && draft.code.is_none() {
        faults.note("/redemptions_max", "is for a public code: say the code");
    }
    let most = draft.redemptions_max;
    let redemptions_max =
        most.and_then(|most| faults.number("/redemptions_max", most, 1..=REDEMPTIONS_MAX));
    let coupon = rule.zip(gives).map(|(rule, gives)| Coupon {
        id,
        title: rule.title,
        currency: rule.currency,
        validity: rule.validity,
        gives,
        min_net,
        code,
        redemptions_max,
    });
    faults.answer(coupon)
}

/// What a coupon gives that stands within something else, at a pointer.
pub(super) fn own_terms(
    faults: &mut Faults,
    at: &str,
    draft: &CouponDraft,
    facts: &DraftFacts,
) -> Option<(Reward, money::Currency, Option<i64>)> {
    let currency = match draft.currency.as_deref().map(money::Currency::parse) {
        None => Some(facts.currency),
        Some(read) => {
            read.map_err(|error| faults.note(format!("{at}/currency"), error.to_string())).ok()
        }
    };
    let in_it = currency.unwrap_or(facts.currency);
    let (gives, min_net) = (gives(faults, at, draft, in_it), min_net(faults, at, draft, in_it));
    Some((gives?, currency?, min_net))
}

fn min_net(
    faults: &mut Faults,
    at: &str,
    draft: &CouponDraft,
    currency: money::Currency,
) -> Option<i64> {
    let text = draft.min_net.as_deref()?;
    faults.amount(&format!("{at}/min_net"), text, currency)
}

fn gives(
    faults: &mut Faults,
    at: &str,
    draft: &CouponDraft,
    currency: money::Currency,
) -> Option<Reward> {
    let (kind_at, at) = (format!("{at}/kind"), format!("{at}/value"));
    let kind = faults.required(&kind_at, draft.kind.as_deref())?;
    let kind: RewardKind = faults.named(&kind_at, kind)?;
    if kind == RewardKind::FreeShipping {
        if draft.value.is_some() {
            faults.note(&at, "does not go with kind: free_shipping");
        }
        return Some(Reward::FreeShipping);
    }
    let text = faults.required(&at, draft.value.as_deref())?;
    let (value, is_nothing) = if kind == RewardKind::Percent {
        let percent = faults.percent(&at, text)?;
        (Reward::Percent(percent), percent == Rate::ZERO)
    } else {
        let amount = faults.amount(&at, text, currency)?;
        (Reward::Amount(amount), amount == 0)
    };
    if is_nothing {
        faults.note(&at, "must be more than 0");
    }
    Some(value)
}

/// The public code, which no other coupon has.
fn code(
    faults: &mut Faults,
    id: &CouponId,
    draft: &CouponDraft,
    facts: &DraftFacts,
) -> Option<String> {
    let code = draft.code.as_deref()?;
    if !is_valid_id(code) {
        let detail =
            format!("'{code}' is no code of 1 to 128 of A-Z, a-z, 0-9, '.', '_', ':', '-'");
        faults.note("/code", detail);
        return None;
    }
    if let Some(other) = facts.codes.get(&folded(code)).filter(|other| *other != id.as_str()) {
        faults.note("/code", format!("is the code of coupon '{other}' already"));
    }
    Some(code.to_owned())
}
