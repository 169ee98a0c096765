//! Drafts of conditions and selectors, which promotions, gift rules and campaigns share, and the
//! fields that all of these have. Every fault has its pointer, however deep it lies.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::condition::{Bounds, CONDITIONS_MAX, Condition, DEPTH_MAX, Selector};
use crate::domain::ids::{OfferId, ProductId, TagId};
use crate::domain::money::{Currency, Money, Rate};
use crate::domain::promotion::Suggestion;
use crate::domain::shapes::{Amount, Country, amount};
use crate::domain::validity::Validity;

use super::fields::Faults;
use super::{CatalogueFacts, DraftFacts};

/// The longest name of a brand, a group, a channel or the like, in characters.
const NAME_LENGTH_MAX: usize = 255;

/// The most pieces that a condition may ask for.
const UNITS_MAX: i64 = 1_000_000_000;

/// What has to be so in an order: exactly one of these. At most 100 conditions, 10 deep.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Condition, example = json!({"net": {"min": "100.00"}}))]
pub struct ConditionDraft {
    /// Every one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, nullable = false, min_items = 1)]
    pub all: Option<Vec<ConditionDraft>>,
    /// At least one of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, nullable = false, min_items = 1)]
    pub any: Option<Vec<ConditionDraft>>,
    /// The opposite.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion, nullable = false)]
    pub not: Option<Box<ConditionDraft>>,
    /// The net value lies within bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub net: Option<BoundsDraft>,
    /// At least so many pieces of what is picked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub units: Option<UnitsDraft>,
    /// At least this net value of what is picked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub value: Option<ValueDraft>,
    /// The customer is of one of these groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    pub customer_group: Option<Vec<String>>,
    /// It ships to one of these countries.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Country>>, nullable = false, min_items = 1)]
    pub country: Option<Vec<String>>,
    /// It is paid in one of these ways.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    pub payment_method: Option<Vec<String>>,
    /// It comes by one of these channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, min_items = 1)]
    pub channel: Option<Vec<String>>,
    /// Whether it redeems a coupon.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub coupon: Option<bool>,
}

/// Bounds of a net value; at least one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NetBounds)]
pub struct BoundsDraft {
    /// At least this much.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub min: Option<String>,
    /// At most this much.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub max: Option<String>,
    /// More than this.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Amount>, nullable = false)]
    pub above: Option<String>,
}

/// So many pieces of what is picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = UnitsClause)]
pub struct UnitsDraft {
    /// What is counted.
    #[schema(value_type = SelectorDraft)]
    pub of: Option<SelectorDraft>,
    /// The least number that qualifies.
    #[schema(value_type = i64, minimum = 1, maximum = 1_000_000_000)]
    pub min: Option<i64>,
}

/// So much net value of what is picked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ValueClause)]
pub struct ValueDraft {
    /// What is summed up.
    #[schema(value_type = SelectorDraft)]
    pub of: Option<SelectorDraft>,
    /// At least this much.
    #[schema(value_type = Amount)]
    pub min: Option<String>,
}

/// What picks lines of an order: exactly one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Selector, example = json!({"brand": "Acme"}))]
pub struct SelectorDraft {
    /// A product and its variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub product: Option<String>,
    /// The products of a brand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub brand: Option<String>,
    /// What carries a tag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tag: Option<String>,
    /// An offer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub offer: Option<String>,
    /// Everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub any: Option<bool>,
}

/// A product by its id, or what picks some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
#[schema(as = Pick)]
pub enum PickDraft {
    /// A product.
    Product(String),
    /// What it picks.
    Selector(SelectorDraft),
}

impl ConditionDraft {
    /// A condition with its amounts in the currency of its rule.
    pub(super) fn of(condition: &Condition, currency: Currency) -> Self {
        let several = |inner: &[Condition]| {
            Some(inner.iter().map(|inner| Self::of(inner, currency)).collect())
        };
        let mut shown = Self::default();
        match condition {
            Condition::All(inner) => shown.all = several(inner),
            Condition::Any(inner) => shown.any = several(inner),
            Condition::Not(inner) => shown.not = Some(Box::new(Self::of(inner, currency))),
            Condition::Net(bounds) => {
                let write = |minor: Option<i64>| minor.map(|minor| amount(minor, currency));
                shown.net = Some(BoundsDraft {
                    min: write(bounds.min),
                    max: write(bounds.max),
                    above: write(bounds.above),
                });
            }
            Condition::Units { of, min } => {
                shown.units = Some(UnitsDraft { of: Some(of.into()), min: Some(*min) });
            }
            Condition::Value { of, min } => {
                shown.value =
                    Some(ValueDraft { of: Some(of.into()), min: Some(amount(*min, currency)) });
            }
            Condition::CustomerGroup(names) => shown.customer_group = Some(names.clone()),
            Condition::Country(names) => shown.country = Some(names.clone()),
            Condition::PaymentMethod(names) => shown.payment_method = Some(names.clone()),
            Condition::Channel(names) => shown.channel = Some(names.clone()),
            Condition::Coupon(redeems) => shown.coupon = Some(*redeems),
        }
        shown
    }
}

impl From<&Selector> for SelectorDraft {
    fn from(selector: &Selector) -> Self {
        let mut shown = Self::default();
        match selector {
            Selector::Product(id) => shown.product = Some(id.to_string()),
            Selector::Brand(name) => shown.brand = Some(name.clone()),
            Selector::Tag(id) => shown.tag = Some(id.to_string()),
            Selector::Offer(id) => shown.offer = Some(id.to_string()),
            Selector::Any => shown.any = Some(true),
        }
        shown
    }
}

impl PickDraft {
    /// A trigger of a campaign: products go by their id alone.
    pub(super) fn trigger(selector: &Selector) -> Self {
        match selector {
            Selector::Product(id) => Self::Product(id.to_string()),
            Selector::Brand(_) | Selector::Tag(_) | Selector::Offer(_) | Selector::Any => {
                Self::Selector(selector.into())
            }
        }
    }
}

impl From<&Suggestion> for PickDraft {
    fn from(suggestion: &Suggestion) -> Self {
        match suggestion {
            Suggestion::Product(id) => Self::Product(id.to_string()),
            Suggestion::Picked(selector) => Self::Selector(selector.into()),
        }
    }
}

/// Reads the conditions of one rule, which are counted together.
pub(super) struct Conditions<'f> {
    faults: &'f mut Faults,
    facts: &'f CatalogueFacts,
    currency: Currency,
}

impl<'f> Conditions<'f> {
    /// In the currency of the rule.
    pub(super) fn new(
        faults: &'f mut Faults,
        facts: &'f CatalogueFacts,
        currency: Currency,
    ) -> Self {
        Self { faults, facts, currency }
    }

    /// A condition at a place; it must be there.
    pub(super) fn read(&mut self, at: &str, draft: Option<&ConditionDraft>) -> Option<Condition> {
        let Some(draft) = draft else {
            self.faults.note(at, "is missing");
            return None;
        };
        let mut left = CONDITIONS_MAX;
        let condition = self.condition(at, draft, 1, &mut left);
        if left == 0 && count(draft) > CONDITIONS_MAX {
            let detail =
                format!("is made of more than {CONDITIONS_MAX} conditions; split the rule");
            self.faults.note(at, detail);
            return None;
        }
        condition
    }

    fn condition(
        &mut self,
        at: &str,
        draft: &ConditionDraft,
        depth: usize,
        left: &mut usize,
    ) -> Option<Condition> {
        if depth > DEPTH_MAX {
            let detail = format!("lies deeper than {DEPTH_MAX} conditions in each other");
            self.faults.note(at, detail);
            return None;
        }
        if *left == 0 {
            return None;
        }
        *left -= 1;
        if said(draft) != 1 {
            let detail = "must hold exactly one of all, any, not, net, units, value, \
                          customer_group, country, payment_method, channel, coupon";
            self.faults.note(at, detail);
            return None;
        }
        if let Some(inner) = &draft.all {
            return Some(Condition::All(self.group(&format!("{at}/all"), inner, depth, left)?));
        }
        if let Some(inner) = &draft.any {
            return Some(Condition::Any(self.group(&format!("{at}/any"), inner, depth, left)?));
        }
        if let Some(inner) = &draft.not {
            let inner = self.condition(&format!("{at}/not"), inner, depth + 1, left)?;
            return Some(Condition::Not(Box::new(inner)));
        }
        self.clause(at, draft)
    }

    fn group(
        &mut self,
        at: &str,
        inner: &[ConditionDraft],
        depth: usize,
        left: &mut usize,
    ) -> Option<Vec<Condition>> {
        if inner.is_empty() {
            self.faults.note(at, "must hold at least one condition");
            return None;
        }
        let read: Vec<Option<Condition>> = inner
            .iter()
            .enumerate()
            .map(|(place, draft)| self.condition(&format!("{at}/{place}"), draft, depth + 1, left))
            .collect();
        read.into_iter().collect()
    }

    fn clause(&mut self, at: &str, draft: &ConditionDraft) -> Option<Condition> {
        if let Some(bounds) = &draft.net {
            return self.bounds(&format!("{at}/net"), bounds).map(Condition::Net);
        }
        if let Some(units) = &draft.units {
            let of = self.of(&format!("{at}/units/of"), units.of.as_ref());
            let at = format!("{at}/units/min");
            let Some(min) = units.min else {
                self.faults.note(at, "is missing");
                return None;
            };
            let min = self.faults.number(&at, min, 1..=UNITS_MAX);
            return Some(Condition::Units { of: of?, min: min? });
        }
        if let Some(value) = &draft.value {
            let of = self.of(&format!("{at}/value/of"), value.of.as_ref());
            let at = format!("{at}/value/min");
            let text = self.faults.required(&at, value.min.as_deref());
            let min = text.and_then(|text| self.faults.amount(&at, text, self.currency));
            return Some(Condition::Value { of: of?, min: min? });
        }
        let mut names = |key: &str, names: &[String]| self.names(&format!("{at}/{key}"), names);
        if let Some(groups) = &draft.customer_group {
            return names("customer_group", groups).map(Condition::CustomerGroup);
        }
        if let Some(methods) = &draft.payment_method {
            return names("payment_method", methods).map(Condition::PaymentMethod);
        }
        if let Some(channels) = &draft.channel {
            return names("channel", channels).map(Condition::Channel);
        }
        if let Some(countries) = &draft.country {
            let at = format!("{at}/country");
            let names = self.names(&at, countries)?;
            return self.faults.countries(&at, &names).map(Condition::Country);
        }
        draft.coupon.map(Condition::Coupon)
    }

    fn bounds(&mut self, at: &str, draft: &BoundsDraft) -> Option<Bounds> {
        if draft.min.is_none() && draft.max.is_none() && draft.above.is_none() {
            self.faults.note(at, "must say at least one of min, max, above");
            return None;
        }
        let mut amount = |name: &str, text: Option<&String>| {
            let at = format!("{at}/{name}");
            text.map_or(Some(None), |text| self.faults.amount(&at, text, self.currency).map(Some))
        };
        let min = amount("min", draft.min.as_ref());
        let max = amount("max", draft.max.as_ref());
        let above = amount("above", draft.above.as_ref());
        let bounds = Bounds { min: min?, max: max?, above: above? };
        if let Some((min, max)) = bounds.min.zip(bounds.max).filter(|(min, max)| min > max) {
            let [min, max] = [min, max].map(|minor| Money::new(minor, self.currency).amount());
            self.faults.note(format!("{at}/min"), format!("{min} must not be above max, {max}"));
            return None;
        }
        Some(bounds)
    }

    fn names(&mut self, at: &str, names: &[String]) -> Option<Vec<String>> {
        if names.is_empty() {
            self.faults.note(at, "must hold at least one");
            return None;
        }
        self.faults.names(at, names)
    }

    fn of(&mut self, at: &str, draft: Option<&SelectorDraft>) -> Option<Selector> {
        let Some(draft) = draft else {
            self.faults.note(at, "is missing");
            return None;
        };
        self.selector(at, draft)
    }

    /// A selector at a place.
    pub(super) fn selector(&mut self, at: &str, draft: &SelectorDraft) -> Option<Selector> {
        let said = [&draft.product, &draft.brand, &draft.tag, &draft.offer]
            .into_iter()
            .filter(|it| it.is_some())
            .count()
            + usize::from(draft.any.is_some());
        if said != 1 {
            self.faults.note(at, "must hold exactly one of product, brand, tag, offer, any");
            return None;
        }
        if let Some(text) = &draft.product {
            return self.product(&format!("{at}/product"), text).map(Selector::Product);
        }
        if let Some(text) = &draft.brand {
            return self.faults.name(&format!("{at}/brand"), text).map(Selector::Brand);
        }
        if let Some(text) = &draft.tag {
            return self.tag(&format!("{at}/tag"), text).map(Selector::Tag);
        }
        if let Some(text) = &draft.offer {
            return self.offer(&format!("{at}/offer"), text).map(Selector::Offer);
        }
        if draft.any == Some(true) {
            return Some(Selector::Any);
        }
        self.faults.note(format!("{at}/any"), "must be true");
        None
    }

    /// A product that must exist.
    pub(super) fn product(&mut self, at: &str, text: &str) -> Option<ProductId> {
        let known = &self.facts.products;
        let found = ProductId::parse(text).ok().filter(|id| known.contains_key(id));
        if found.is_none() {
            self.faults.unknown(at, "product", text, known.keys().map(ProductId::as_str));
        }
        found
    }

    /// An offer that must exist.
    pub(super) fn offer(&mut self, at: &str, text: &str) -> Option<OfferId> {
        let known = &self.facts.offers;
        let found = OfferId::parse(text).ok().filter(|id| known.contains(id));
        if found.is_none() {
            self.faults.unknown(at, "offer", text, known.iter().map(OfferId::as_str));
        }
        found
    }

    fn tag(&mut self, at: &str, text: &str) -> Option<TagId> {
        let known = &self.facts.tags;
        let found = TagId::parse(text).ok().filter(|id| known.contains(id));
        if found.is_none() {
            self.faults.unknown(at, "tag", text, known.iter().map(TagId::as_str));
        }
        found
    }
}

/// How many of its keys a condition holds.
fn said(draft: &ConditionDraft) -> usize {
    [
        draft.all.is_some(),
        draft.any.is_some(),
        draft.not.is_some(),
        draft.net.is_some(),
        draft.units.is_some(),
        draft.value.is_some(),
        draft.customer_group.is_some(),
        draft.country.is_some(),
        draft.payment_method.is_some(),
        draft.channel.is_some(),
        draft.coupon.is_some(),
    ]
    .into_iter()
    .filter(|said| *said)
    .count()
}

/// How many conditions a draft is made of.
fn count(draft: &ConditionDraft) -> usize {
    let groups = draft.all.iter().chain(&draft.any).flatten().map(count).sum::<usize>();
    1 + groups + draft.not.as_deref().map_or(0, count)
}

/// When a rule holds, and in which currency its amounts are, as sent.
pub(super) struct RuleDraft<'d> {
    pub(super) title: Option<&'d str>,
    pub(super) active: bool,
    pub(super) currency: Option<&'d str>,
    pub(super) valid_from: Option<&'d str>,
    pub(super) valid_until: Option<&'d str>,
}

/// What all rules have.
pub(super) struct RuleFields {
    pub(super) title: String,
    /// Its own, else the merchant's of now.
    pub(super) currency: Currency,
    pub(super) validity: Validity,
}

impl Faults {
    /// What all rules have; none where there is no telling the currency of its amounts, or
    /// another of them is wrong.
    pub(super) fn rule(&mut self, draft: &RuleDraft<'_>, facts: &DraftFacts) -> Option<RuleFields> {
        let title = self.title("/title", draft.title);
        let currency = match draft.currency.map(Currency::parse) {
            None => Some(facts.currency),
            Some(Ok(currency)) => Some(currency),
            Some(Err(error)) => {
                self.note("/currency", error.to_string());
                None
            }
        };
        let from = draft.valid_from.map_or(Some(None), |it| self.date("/valid_from", it).map(Some));
        let until = draft.valid_until;
        let until = until.map_or(Some(None), |it| self.date("/valid_until", it).map(Some));
        let (from, until) = (from?, until?);
        if let Some((from, until)) = from.zip(until).filter(|(from, until)| from > until) {
            let detail = format!("{until} must not lie before valid_from, {from}");
            self.note("/valid_until", detail);
            return None;
        }
        let validity = Validity { active: draft.active, from, until };
        Some(RuleFields { title: title?, currency: currency?, validity })
    }

    /// An amount in a rule's currency, which is not negative, in minor units.
    pub(super) fn amount(&mut self, at: &str, text: &str, currency: Currency) -> Option<i64> {
        match Money::parse_price(text, currency) {
            Err(error) => self.note(at, error.to_string()),
            Ok(money) if money.minor < 0 => {
                self.note(at, format!("{text} must not be negative"));
            }
            Ok(money) => return Some(money.minor),
        }
        None
    }

    /// A percentage from 0 to 100.
    pub(super) fn percent(&mut self, at: &str, text: &str) -> Option<Rate> {
        let rate = Rate::parse(text);
        if rate.is_none() {
            self.note(at, format!("'{text}' is no percentage from 0 to 100 such as 12.5"));
        }
        rate
    }

    /// A name that the merchant or the shop made up.
    pub(super) fn name(&mut self, at: &str, text: &str) -> Option<String> {
        let fits = !text.trim().is_empty()
            && text.chars().count() <= NAME_LENGTH_MAX
            && !text.contains('\0');
        if !fits {
            let detail = format!("must be a name of 1 to {NAME_LENGTH_MAX} characters");
            self.note(at, detail);
        }
        fits.then(|| text.to_owned())
    }

    /// Several of them.
    pub(super) fn names(&mut self, at: &str, names: &[String]) -> Option<Vec<String>> {
        if !self.is_short(at, names.len()) {
            return None;
        }
        let names = names.iter().enumerate();
        let read: Vec<_> =
            names.map(|(place, text)| self.name(&format!("{at}/{place}"), text)).collect();
        read.into_iter().collect()
    }

    /// Several countries by their two letters.
    pub(super) fn countries(&mut self, at: &str, names: &[String]) -> Option<Vec<String>> {
        if !self.is_short(at, names.len()) {
            return None;
        }
        let each = names.iter().enumerate();
        let read: Vec<_> =
            each.map(|(place, text)| self.country(&format!("{at}/{place}"), text)).collect();
        read.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
