//! The draft of an offer: what a checkout sells.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::calendar::{Period, Unit};
use crate::domain::catalogue::{
    Granted, Introduction, Offer, PriceStep, STEP_PERIODS_MAX, STEPS_MAX, Terms,
};
use crate::domain::fault::Fault;
use crate::domain::ids::{OfferId, ProductId, TaxId};
use crate::domain::money::{Currency, Money};
use crate::domain::shapes::{self, Id, MoneyText, Title, yes};
use crate::rules::taxes::judge_use;

use super::fields::{Faults, texts};
use super::texts::{OfferTextDraft, known, of_offer, wording};
use super::{CatalogueFacts, DraftFacts, Drafted};

/// How many products are one offer.
const PRODUCTS_MAX: usize = 100;

/// How long the titles of an offer's products are together, in characters: customers read all of
/// them wherever a text names what they have.
const PRODUCT_TITLES_LENGTH_MAX: usize = 30_000;

/// An offer to be written. Editing it never changes what a running subscription pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfferBody)]
#[expect(clippy::struct_excessive_bools, reason = "they are the fields of the contract")]
pub struct OfferDraft {
    /// What customers see.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// The ids of the products.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, required, min_items = 1, max_items = 100)]
    pub products: Vec<String>,
    /// What a billing period costs.
    #[schema(value_type = MoneyText)]
    pub price: Option<MoneyText>,
    /// How often it is booked.
    #[schema(value_type = shapes::Period)]
    pub billing_period: Option<String>,
    /// How long the customer is bound: a multiple of the billing period, which it is unless given.
    #[schema(value_type = Option<shapes::Period>)]
    pub term: Option<String>,
    /// The length of each further term; the same unless given.
    #[schema(value_type = Option<shapes::Period>)]
    pub renewal_term: Option<String>,
    /// Whether another term begins at the end of one.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub auto_renew: bool,
    /// How long before the end of a term a cancellation must come to end it with that term, in
    /// days, weeks or months; up to its last day unless given.
    #[schema(value_type = Option<shapes::Period>)]
    pub notice: Option<String>,
    /// The ids of the tags.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, max_items = 100, default = json!([]))]
    pub tags: Vec<String>,
    /// The id of the tax category; without one there is no tax.
    #[schema(value_type = Option<Id>)]
    pub tax: Option<String>,
    /// Whether the price has the tax in it.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub tax_included: bool,
    /// Whether a subscription that was added ends with its parent.
    #[serde(default)]
    #[schema(default = false)]
    pub requires_parent: bool,
    /// How long a newcomer has it before anything is booked.
    #[schema(value_type = Option<shapes::Period>)]
    pub trial: Option<String>,
    /// What the first booked periods of a newcomer cost, in order; then it is the price.
    #[serde(default)]
    #[schema(max_items = 12, default = json!([]))]
    pub steps: Vec<PriceStepDraft>,
    /// Who is granted the trial and the steps: those who never had a subscription with one of its
    /// products, or everybody. Who replaces a subscription has them only where the path says so.
    #[serde(default)]
    #[schema(value_type = Granted, default = "once")]
    pub introduction: Option<String>,
    /// Whether it is sold.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// What it is, in a few sentences; customers read it under the title.
    #[schema(value_type = Option<shapes::Text>)]
    pub summary: Option<String>,
    /// What the law wants to be told: it stands before the button, on the invoice and in the
    /// confirmation.
    #[schema(value_type = Option<shapes::Text>)]
    pub legal_advice: Option<String>,
    /// The same by language, such as `de`: up to 50 of them. The checkout's locale picks, else its
    /// language; else it is as above.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub texts: BTreeMap<String, OfferTextDraft>,
}

/// The price of some booked periods at the beginning of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PriceStep)]
pub struct PriceStepDraft {
    /// What a billing period costs, in the currency of the offer's price.
    #[schema(value_type = MoneyText)]
    pub price: Option<MoneyText>,
    /// For how many booked periods.
    #[schema(value_type = u32, minimum = 1, maximum = 120)]
    pub periods: Option<i64>,
}

impl From<&Offer> for OfferDraft {
    fn from(offer: &Offer) -> Self {
        let terms = &offer.terms;
        let step = |step: &PriceStep| PriceStepDraft {
            price: Some(Money::new(step.price, terms.price.currency).into()),
            periods: Some(i64::from(step.periods)),
        };
        Self {
            title: Some(terms.title.clone()),
            products: texts(terms.products.iter().map(|(id, _)| id)),
            price: Some(terms.price.into()),
            billing_period: Some(terms.billing_period.to_string()),
            term: Some(terms.term.to_string()),
            renewal_term: terms.renewal_term.map(|term| term.to_string()),
            auto_renew: terms.auto_renew,
            notice: terms.notice.map(|notice| notice.to_string()),
            tags: texts(&offer.tags),
            tax: terms.tax.as_ref().map(ToString::to_string),
            tax_included: terms.tax_included,
            requires_parent: terms.requires_parent,
            trial: terms.introduction.trial.map(|trial| trial.to_string()),
            steps: terms.introduction.steps.iter().map(step).collect(),
            introduction: Some(terms.introduction.granted.to_string()),
            active: offer.active,
            summary: terms.wording.summary.clone(),
            legal_advice: terms.wording.legal_advice.clone(),
            texts: of_offer(&terms.wording),
        }
    }
}

impl Drafted for Offer {
    type Draft = OfferDraft;

    const FILLED: &'static [&'static str] = &["term"];

    fn decide(id: OfferId, draft: &OfferDraft, facts: &DraftFacts) -> Result<Self, Vec<Fault>> {
        let offer = decide_offer(id, draft, &facts.catalogue)?;
        known(&draft.texts, facts)?;
        let tax = offer.terms.tax.as_ref().and_then(|id| facts.taxes.get(id));
        tax.map_or(Ok(()), |tax| judge_use(tax, facts.today)).map_err(|fault| vec![fault])?;
        Ok(offer)
    }
}

/// Decides whether a draft makes an offer. Its version is 0: the store gives it one.
///
/// # Errors
/// Every [`Fault`] in it.
pub fn decide_offer(
    id: OfferId,
    draft: &OfferDraft,
    facts: &CatalogueFacts,
) -> Result<Offer, Vec<Fault>> {
    let mut faults = Faults::new();
    let title = faults.title("/title", draft.title.as_deref());
    let products = products(&mut faults, &draft.products, facts);
    let price = price(&mut faults, "/price", draft.price.as_ref());
    let text = faults.required("/billing_period", draft.billing_period.as_deref());
    let billing_period = text.and_then(|text| period(&mut faults, "/billing_period", text));
    let term = term(&mut faults, "/term", draft.term.as_deref(), billing_period);
    let later = draft.renewal_term.as_deref();
    let renewal_term = term_of(&mut faults, "/renewal_term", later, billing_period);
    let notice = draft.notice.as_deref().and_then(|text| notice(&mut faults, text));
    let tags = faults.tags("/tags", &draft.tags, facts);
    let tax = draft.tax.as_deref().and_then(|text| tax(&mut faults, text, facts));
    let introduction = introduction(&mut faults, draft, price.map(|price| price.currency));
    let said = (draft.summary.as_deref(), draft.legal_advice.as_deref());
    let of_products = products.iter().filter_map(|(id, _)| {
        facts.products.get_key_value(id).map(|(id, outline)| (id, &outline.texts))
    });
    let wording = wording(&mut faults, said, &draft.texts, of_products);
    let terms = || {
        Some(Terms {
            offer: id,
            version: 0,
            title: title?,
            products,
            price: price?,
            billing_period: billing_period?,
            term: term?,
            renewal_term,
            auto_renew: draft.auto_renew,
            notice,
            tax,
            tax_included: draft.tax_included,
            requires_parent: draft.requires_parent,
            introduction: introduction?,
            wording,
        })
    };
    let active = draft.active;
    let offer = terms().map(|terms| Offer { terms, tags, active });
    faults.answer(offer)
}

/// The products named, with their titles.
fn products(
    faults: &mut Faults,
    named: &[String],
    facts: &CatalogueFacts,
) -> Vec<(ProductId, String)> {
    let mut products: Vec<(ProductId, String)> = Vec::new();
    if named.is_empty() {
        faults.note("/products", "must name at least one product");
    }
    if named.len() > PRODUCTS_MAX {
        let detail =
            format!("names {} products; at most {PRODUCTS_MAX} are one offer", named.len());
        faults.note("/products", detail);
        return products;
    }
    let mut seen = BTreeSet::new();
    for (place, text) in named.iter().enumerate() {
        let at = format!("/products/{place}");
        let found = ProductId::parse(text).ok().and_then(|id| facts.products.get_key_value(&id));
        match found {
            None => {
                let known = facts.products.keys().map(ProductId::as_str);
                faults.unknown(&at, "product", text, known);
            }
            Some((id, _)) if !seen.insert(id) => {
                faults.note(at, format!("'{id}' stands there twice; name it once"));
            }
            Some((id, known)) => products.push((id.clone(), known.title.clone())),
        }
    }
    let together = products.iter().map(|(_, title)| title.chars().count()).sum::<usize>();
    if together > PRODUCT_TITLES_LENGTH_MAX {
        let detail = format!(
            "names products whose titles have {together} characters together; at most \
             {PRODUCT_TITLES_LENGTH_MAX} are shown"
        );
        faults.note("/products", detail);
    }
    products
}

fn price(faults: &mut Faults, at: &str, said: Option<&MoneyText>) -> Option<Money> {
    let Some(said) = said else {
        faults.note(at, "is missing");
        return None;
    };
    faults.price(at, said)
}

/// How it begins for newcomers. Its steps are in the currency of the price, where that is known.
fn introduction(
    faults: &mut Faults,
    draft: &OfferDraft,
    currency: Option<Currency>,
) -> Option<Introduction> {
    let granted = faults.named_or_default("/introduction", draft.introduction.as_deref());
    let trial = draft.trial.as_deref().and_then(|text| period(faults, "/trial", text));
    if draft.steps.len() > STEPS_MAX {
        let detail = format!("has {} steps; at most {STEPS_MAX} are possible", draft.steps.len());
        faults.note("/steps", detail);
        return None;
    }
    let mut steps = Vec::new();
    for (place, draft) in draft.steps.iter().enumerate() {
        let at = format!("/steps/{place}/price");
        let price = price(faults, &at, draft.price.as_ref());
        if let Some((price, of)) = price.zip(currency).filter(|(price, of)| price.currency != *of) {
            let detail = format!(
                "{} must be the currency of the price, {}",
                price.currency.code(),
                of.code()
            );
            faults.note(format!("{at}/currency"), detail);
        }
        let at = format!("/steps/{place}/periods");
        let periods = match draft.periods {
            None => {
                faults.note(at, "is missing");
                None
            }
            Some(periods) => faults.number(&at, periods, 1..=i64::from(STEP_PERIODS_MAX)),
        };
        let periods = periods.and_then(|periods| u32::try_from(periods).ok());
        steps.extend(
            price.zip(periods).map(|(price, periods)| PriceStep { price: price.minor, periods }),
        );
    }
    Some(Introduction { granted: granted?, trial, steps })
}

fn period(faults: &mut Faults, at: &str, text: &str) -> Option<Period> {
    let period = Period::parse(text);
    if period.is_none() {
        let detail =
            format!("'{text}' is no period such as P1M: 1 to 100 days, weeks, months or years");
        faults.note(at, detail);
    }
    period
}

/// The term: the billing period where the draft names none.
fn term(
    faults: &mut Faults,
    at: &str,
    text: Option<&str>,
    billing_period: Option<Period>,
) -> Option<Period> {
    match text {
        None => billing_period,
        Some(_) => term_of(faults, at, text, billing_period),
    }
}

/// A term that the draft names: a whole multiple of the billing period.
fn term_of(
    faults: &mut Faults,
    at: &str,
    text: Option<&str>,
    billing_period: Option<Period>,
) -> Option<Period> {
    let term = period(faults, at, text?)?;
    match billing_period {
        Some(part) if !term.is_multiple_of(part) => {
            let detail = format!("{term} must be a whole multiple of the billing period, {part}");
            faults.note(at, detail);
            None
        }
        Some(_) | None => Some(term),
    }
}

/// A notice counts days, weeks or months.
fn notice(faults: &mut Faults, text: &str) -> Option<Period> {
    let notice = period(faults, "/notice", text)?;
    if notice.unit == Unit::Year {
        faults.note("/notice", format!("{notice} must count days, weeks or months, such as P3M"));
        return None;
    }
    Some(notice)
}

fn tax(faults: &mut Faults, text: &str, facts: &CatalogueFacts) -> Option<TaxId> {
    let tax = TaxId::parse(text).ok().filter(|tax| facts.taxes.contains(tax));
    if tax.is_none() {
        let known = facts.taxes.iter().map(TaxId::as_str);
        faults.unknown("/tax", "tax category", text, known);
    }
    tax
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;
    use crate::domain::catalogue::ProductOutline;
    use crate::domain::ids::TagId;

    fn known(id: &str, title: &str) -> (ProductId, ProductOutline) {
        let outline = ProductOutline { title: title.to_owned(), ..ProductOutline::default() };
        (ProductId::parse(id).unwrap(), outline)
    }

    fn facts() -> CatalogueFacts {
        CatalogueFacts {
            tags: BTreeSet::from([TagId::parse("month").unwrap()]),
            taxes: BTreeSet::from([TaxId::parse("reduced").unwrap()]),
            products: BTreeMap::from([known("paper", "The Paper"), known("book", "A Book")]),
            ..CatalogueFacts::default()
        }
    }

    fn judge(change: &Value) -> Result<Offer, Vec<Fault>> {
        let mut draft = json!({
            "title": "Month", "products": ["paper"], "tags": ["month"], "billing_period": "P1M",
            "price": {"amount": "9.90", "currency": "EUR"},
        });
        for (field, value) in change.as_object().unwrap() {
            draft[field] = value.clone();
        }
        let draft: OfferDraft = serde_json::from_value(draft).unwrap();
        decide_offer(OfferId::parse("month").unwrap(), &draft, &facts())
    }

    #[test]
    fn an_offer_takes_the_defaults_of_the_api() {
        let offer = judge(&json!({"tax": "reduced", "tags": ["month", "month"]})).unwrap();
        let terms = &offer.terms;
        assert_eq!((terms.version, terms.price.minor), (0, 990));
        assert_eq!(terms.term, terms.billing_period);
        assert_eq!(terms.products[0].1, "The Paper");
        assert!(terms.auto_renew && terms.tax_included && offer.active);
        assert!(!terms.requires_parent && terms.renewal_term.is_none());
        let terms = judge(&json!({"term": "P1Y", "renewal_term": "P3M"})).unwrap().terms;
        assert_eq!((terms.term.to_string().as_str(), terms.later_term().count), ("P1Y", 3));
        for notice in ["P3M", "P2W", "P100D"] {
            let terms = judge(&json!({"notice": notice})).unwrap().terms;
            assert_eq!(terms.notice.unwrap().to_string(), notice);
        }
        assert!(judge(&json!({"price": {"amount": "0", "currency": "JPY"}})).is_ok());
    }

    #[test]
    fn every_fault_of_an_offer_has_its_pointer() {
        let eur = |amount: &str| json!({"price": {"amount": amount, "currency": "EUR"}});
        #[rustfmt::skip]
        let table = [
            (json!({"title": null}), "/title", "is missing"),
            (json!({"title": " "}), "/title", "must not be blank"),
            (json!({"title": "x".repeat(10_001)}), "/title", "has 10001 characters"),
            (json!({"products": []}), "/products", "at least one product"),
            (json!({"products": ["paper", "boook"]}), "/products/1", "did you mean 'book'?"),
            (json!({"products": ["nothing"]}), "/products/0",
                "unknown product 'nothing'; create it"),
            (json!({"products": ["a b"]}), "/products/0", "unknown product 'a b'"),
            (json!({"products": ["paper", "paper"]}), "/products/1", "'paper' stands there twice"),
            (json!({"products": vec!["paper"; 101]}), "/products", "at most 100 are one offer"),
            (json!({"price": null}), "/price", "is missing"),
            (json!({"price": {"amount": "1"}}), "/price/currency", "is missing"),
            (json!({"price": {"currency": "EUR"}}), "/price/amount", "is missing"),
            (json!({"price": {"amount": "1", "currency": "eur"}}), "/price/currency",
                "'eur' is not"),
            (eur("-0.01"), "/price/amount", "-0.01 must not be negative"),
            (eur("9,90"), "/price/amount", "such as 9.90"),
            (eur("9.901"), "/price/amount", "more decimals"),
            (eur("9.900"), "/price/amount", "more decimals"),
            (eur("10000000000000.01"), "/price/amount", "larger"),
            (json!({"billing_period": null}), "/billing_period", "is missing"),
            (json!({"billing_period": "1M"}), "/billing_period", "such as P1M"),
            (json!({"term": "P30D"}), "/term", "multiple of the billing period, P1M"),
            (json!({"term": "year"}), "/term", "such as P1M"),
            (json!({"billing_period": "P2M", "term": "P3M"}), "/term", "multiple"),
            (json!({"renewal_term": "P6W"}), "/renewal_term", "multiple"),
            (json!({"notice": "P1Y"}), "/notice", "must count days, weeks or months"),
            (json!({"notice": "a month"}), "/notice", "such as P1M"),
            (json!({"trial": "two weeks"}), "/trial", "such as P1M"),
            (json!({"introduction": "twice"}), "/introduction", "is none of once, always"),
            (json!({"steps": [{"periods": 1}]}), "/steps/0/price", "is missing"),
            (json!({"steps": [{"price": {"amount": "1.001", "currency": "EUR"}, "periods": 1}]}),
                "/steps/0/price/amount", "more decimals"),
            (json!({"steps": [{"price": {"amount": "1", "currency": "USD"}, "periods": 1}]}),
                "/steps/0/price/currency", "USD must be the currency of the price, EUR"),
            (json!({"steps": [{"price": {"amount": "1", "currency": "EUR"}}]}),
                "/steps/0/periods", "is missing"),
            (json!({"steps": [{"price": {"amount": "1", "currency": "EUR"}, "periods": 121}]}),
                "/steps/0/periods", "120"),
            (json!({"steps": vec![json!({}); 13]}), "/steps", "at most 12"),
            (json!({"tags": ["month", "mnoth"]}), "/tags/1", "did you mean 'month'?"),
            (json!({"tax": "reducd"}), "/tax", "did you mean 'reduced'?"),
        ];
        for (change, pointer, detail) in table {
            let faults = judge(&change).unwrap_err();
            assert_eq!(faults.len(), 1, "{change} {faults:?}");
            assert_eq!(faults[0].pointer, pointer, "{change}");
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let faults = decide_offer(
            OfferId::parse("x").unwrap(),
            &serde_json::from_value(json!({
                "products": ["one", "two"], "tags": ["three"], "tax": "four", "term": "five",
                "price": {"amount": "six", "currency": "seven"},
            }))
            .unwrap(),
            &facts(),
        );
        let pointers: Vec<String> = faults.unwrap_err().into_iter().map(|f| f.pointer).collect();
        assert_eq!(
            pointers,
            [
                "/title",
                "/products/0",
                "/products/1",
                "/price/currency",
                "/price/amount",
                "/billing_period",
                "/term",
                "/tags/0",
                "/tax"
            ]
        );
    }
}
