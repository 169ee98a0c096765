//! Drafts of conditions and selectors, which promotions, gift rules and campaigns share, and the
//! fields that all of these have. Every fault has its pointer, however deep it lies.

use serde::{Deserialize, Serialize};

use crate::domain::condition::{Bounds, CONDITIONS_MAX, Condition, DEPTH_MAX, Selector};
use crate::domain::ids::{OfferId, ProductId, TagId};
use crate::domain::money::{Currency, Money, Rate};
use crate::domain::validity::Validity;

use super::fields::Faults;
use super::{CatalogueFacts, Facts};

/// The longest name of a brand, a group, a channel or the like, in characters.
const NAME_LENGTH_MAX: usize = 255;

/// The most pieces that a condition may ask for.
const UNITS_MAX: i64 = 1_000_000_000;

/// A condition as sent; exactly one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConditionDraft {
    /// Every one of these.
    pub all: Option<Vec<ConditionDraft>>,
    /// At least one of these.
    pub any: Option<Vec<ConditionDraft>>,
    /// The opposite.
    pub not: Option<Box<ConditionDraft>>,
    /// Bounds of the net value.
    pub net: Option<BoundsDraft>,
    /// So many pieces.
    pub units: Option<UnitsDraft>,
    /// So much net value.
    pub value: Option<ValueDraft>,
    /// Groups of customers.
    pub customer_group: Option<Vec<String>>,
    /// Countries of shipping.
    pub country: Option<Vec<String>>,
    /// Ways of paying.
    pub payment_method: Option<Vec<String>>,
    /// Channels.
    pub channel: Option<Vec<String>>,
    /// Whether a coupon is redeemed.
    pub coupon: Option<bool>,
}

/// Bounds as sent; at least one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BoundsDraft {
    /// At least.
    pub min: Option<String>,
    /// At most.
    pub max: Option<String>,
    /// More than.
    pub above: Option<String>,
}

/// A clause about pieces as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnitsDraft {
    /// What is counted.
    pub of: Option<SelectorDraft>,
    /// How many.
    pub min: Option<i64>,
}

/// A clause about value as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ValueDraft {
    /// What is summed up.
    pub of: Option<SelectorDraft>,
    /// A decimal such as `9.90`.
    pub min: Option<String>,
}

/// A selector as sent; exactly one of these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SelectorDraft {
    /// A product and its variants.
    pub product: Option<String>,
    /// A brand.
    pub brand: Option<String>,
    /// A tag.
    pub tag: Option<String>,
    /// An offer.
    pub offer: Option<String>,
    /// Everything, if true.
    pub any: Option<bool>,
}

/// A product by its id, or a selector, as sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PickDraft {
    /// This product.
    Product(String),
    /// What it picks.
    Selector(SelectorDraft),
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
    pub(super) fn rule(&mut self, draft: &RuleDraft<'_>, facts: &Facts) -> Option<RuleFields> {
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
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::catalogue::ProductOutline;

    fn facts() -> CatalogueFacts {
        CatalogueFacts {
            tags: [TagId::parse("sale").unwrap()].into(),
            products: [(ProductId::parse("shirt").unwrap(), ProductOutline::default())].into(),
            offers: [OfferId::parse("month").unwrap()].into(),
            ..CatalogueFacts::default()
        }
    }

    fn read(json: &Value) -> Result<Condition, Vec<(String, String)>> {
        let draft: ConditionDraft = serde_json::from_value(json.clone()).unwrap();
        let (mut faults, facts) = (Faults::new(), facts());
        let eur = Currency::parse("EUR").unwrap();
        let found = Conditions::new(&mut faults, &facts, eur).read("/buy", Some(&draft));
        let answer = faults.answer(found);
        answer.map_err(|all| all.into_iter().map(|it| (it.pointer, it.detail)).collect())
    }

    fn nested(depth: usize) -> Value {
        (1..depth).fold(json!({"coupon": true}), |inner, _| json!({"all": [inner]}))
    }

    #[test]
    fn every_clause_can_be_said() {
        let min = json!({"net": {"min": "1.00", "max": "1.00", "above": "0.99"}});
        let bounds = Bounds { min: Some(100), max: Some(100), above: Some(99) };
        assert_eq!(read(&min), Ok(Condition::Net(bounds)));
        for selector in [
            json!({"product": "shirt"}),
            json!({"brand": "anything"}),
            json!({"tag": "sale"}),
            json!({"offer": "month"}),
            json!({"any": true}),
        ] {
            assert!(read(&json!({"units": {"of": selector, "min": 1}})).is_ok(), "{selector}");
            assert!(read(&json!({"value": {"of": selector, "min": "0"}})).is_ok(), "{selector}");
        }
        let all = json!({"all": [{"any": [{"customer_group": ["vip"]}, {"country": ["DE"]}]},
            {"not": {"payment_method": ["card"]}}, {"channel": ["web"]}, {"coupon": false}]});
        assert!(read(&all).is_ok());
        assert!(read(&nested(10)).is_ok());
        let hundred: Vec<Value> = vec![json!({"coupon": true}); 99];
        assert!(read(&json!({"all": hundred})).is_ok());
    }

    #[test]
    fn every_fault_of_a_condition_has_its_pointer_at_any_depth() {
        let many: Vec<Value> = vec![json!({"coupon": true}); 100];
        let deep = format!("/buy{}", "/all/0".repeat(10));
        let table = [
            (json!({}), "/buy", "exactly one of all"),
            (json!({"coupon": true, "channel": ["web"]}), "/buy", "exactly one of all"),
            (json!({"all": []}), "/buy/all", "at least one"),
            (json!({"any": []}), "/buy/any", "at least one"),
            (json!({"not": {}}), "/buy/not", "exactly one of all"),
            (json!({"net": {}}), "/buy/net", "at least one of min, max, above"),
            (
                json!({"all": [{"coupon": true}, {"net": {"min": "2.00", "max": "1.00"}}]}),
                "/buy/all/1/net/min",
                "2.00 must not be above max, 1.00",
            ),
            (json!({"net": {"min": "1.001"}}), "/buy/net/min", "more decimals"),
            (json!({"net": {"above": "-1"}}), "/buy/net/above", "must not be negative"),
            (json!({"net": {"max": "many"}}), "/buy/net/max", "is not a decimal number"),
            (json!({"units": {"of": {"any": true}, "min": 0}}), "/buy/units/min", "is 0"),
            (json!({"units": {"of": {"any": true}}}), "/buy/units/min", "is missing"),
            (json!({"units": {"min": 1}}), "/buy/units/of", "is missing"),
            (json!({"units": {"of": {}, "min": 1}}), "/buy/units/of", "exactly one of product"),
            (json!({"units": {"of": {"any": false}, "min": 1}}), "/buy/units/of/any", "be true"),
            (
                json!({"units": {"of": {"any": true, "brand": "x"}, "min": 1}}),
                "/buy/units/of",
                "exactly one of product",
            ),
            (
                json!({"not": {"units": {"of": {"product": "shrt"}, "min": 1}}}),
                "/buy/not/units/of/product",
                "did you mean 'shirt'?",
            ),
            (
                json!({"value": {"of": {"tag": "sail"}, "min": "1"}}),
                "/buy/value/of/tag",
                "unknown tag",
            ),
            (
                json!({"value": {"of": {"offer": "year"}, "min": "1"}}),
                "/buy/value/of/offer",
                "unknown offer 'year'",
            ),
            (json!({"value": {"of": {"brand": " "}, "min": "1"}}), "/buy/value/of/brand", "name"),
            (json!({"customer_group": []}), "/buy/customer_group", "at least one"),
            (json!({"channel": ["web", ""]}), "/buy/channel/1", "1 to 255"),
            (json!({"country": ["de"]}), "/buy/country/0", "upper case"),
            (json!({"all": many}), "/buy", "more than 100"),
            (nested(11), deep.as_str(), "deeper than 10"),
        ];
        for (json, pointer, detail) in table {
            let faults = read(&json).unwrap_err();
            assert_eq!(faults.len(), 1, "{json} {faults:?}");
            assert_eq!(faults[0].0, pointer, "{json}");
            assert!(faults[0].1.contains(detail), "{json}: {}", faults[0].1);
        }
    }
}
