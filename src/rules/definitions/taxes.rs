//! The draft of a tax category with its dated rates.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::catalogue::{Exemption, ExemptionKind, Tax};
use crate::domain::fault::Fault;
use crate::domain::ids::TaxId;
use crate::domain::money::Rate;
use crate::domain::shapes;
use crate::rules::taxes::judge_rates;

use super::fields::Faults;
use super::{DraftFacts, Drafted};

/// A tax category to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaxBody)]
pub struct TaxDraft {
    /// What merchants see.
    #[schema(value_type = Option<shapes::Text>)]
    pub title: Option<String>,
    /// The rates, each from its day on.
    #[serde(default)]
    #[schema(required, min_items = 1, max_items = 100)]
    pub rates: Vec<RateDraft>,
    /// Why no tax is charged, as documents say it: then every rate is 0.
    pub exemption: Option<ExemptionDraft>,
}

/// Why no tax is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Exemption)]
pub struct ExemptionDraft {
    /// The reason in law.
    #[serde(default)]
    #[schema(value_type = ExemptionKind, required)]
    pub kind: String,
    /// The same in your words, such as the paragraph.
    #[schema(value_type = Option<shapes::ShortText>)]
    pub reason: Option<String>,
}

/// A rate and the day from which it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TaxRate)]
pub struct RateDraft {
    /// The rate in percent.
    #[schema(value_type = shapes::Rate)]
    pub rate: Option<String>,
    /// The first day.
    #[schema(value_type = shapes::Date)]
    pub valid_from: Option<String>,
}

impl From<&Tax> for TaxDraft {
    fn from(tax: &Tax) -> Self {
        let rates = tax.rates.iter().map(|(from, rate)| RateDraft {
            rate: Some(rate.to_string()),
            valid_from: Some(from.to_string()),
        });
        let exemption = tax.exemption.as_ref().map(Into::into);
        Self { title: tax.title.clone(), rates: rates.collect(), exemption }
    }
}

impl From<&Exemption> for ExemptionDraft {
    fn from(exemption: &Exemption) -> Self {
        Self { kind: exemption.kind.to_string(), reason: exemption.reason.clone() }
    }
}

impl Drafted for Tax {
    type Draft = TaxDraft;

    fn decide(id: TaxId, draft: &TaxDraft, facts: &DraftFacts) -> Result<Self, Vec<Fault>> {
        let tax = decide_tax(id, draft)?;
        judge_rates(&tax, facts.is_used, facts.today).map_err(|fault| vec![fault])?;
        Ok(tax)
    }
}

/// Its rates are put in order.
fn decide_tax(id: TaxId, draft: &TaxDraft) -> Result<Tax, Vec<Fault>> {
    let mut faults = Faults::new();
    let title = faults.text("/title", draft.title.as_deref());
    if draft.rates.is_empty() {
        faults.note("/rates", "must hold at least one rate");
    }
    let mut rates = Vec::new();
    let mut seen = BTreeSet::new();
    let is_short = faults.is_short("/rates", draft.rates.len());
    for (place, draft) in draft.rates.iter().enumerate().filter(|_| is_short) {
        let at = format!("/rates/{place}/rate");
        let text = faults.required(&at, draft.rate.as_deref());
        let rate = text.and_then(Rate::parse);
        if let (Some(text), None) = (text, rate) {
            let detail = format!("'{text}' is no percentage from 0 to 100 such as 7.0");
            faults.note(&at, detail);
        }
        let at = format!("/rates/{place}/valid_from");
        let text = faults.required(&at, draft.valid_from.as_deref());
        let date = text.and_then(|text| faults.date(&at, text));
        match date {
            Some(date) if !seen.insert(date) => {
                let detail = format!("{date} stands there twice; a day has one rate");
                faults.note(&at, detail);
            }
            Some(date) => rates.extend(rate.map(|rate| (date, rate))),
            None => {}
        }
    }
    rates.sort_by_key(|(date, _)| *date);
    let exemption = draft.exemption.as_ref().and_then(|draft| exemption(&mut faults, draft));
    if exemption.is_some()
        && let Some(place) = rates.iter().position(|(_, rate)| !rate.is_zero())
    {
        let detail = "must be 0 where there is an exemption; leave the exemption out where tax is \
                      charged";
        faults.note(format!("/rates/{place}/rate"), detail);
    }
    faults.answer(Some(Tax { id, title, rates, exemption }))
}

fn exemption(faults: &mut Faults, draft: &ExemptionDraft) -> Option<Exemption> {
    let kind = ExemptionKind::parse(&draft.kind);
    if kind.is_none() {
        let names = ExemptionKind::ALL.map(ExemptionKind::name).join(", ");
        faults.note("/exemption/kind", format!("'{}' is none of {names}", draft.kind));
    }
    let reason = faults.short_text("/exemption/reason", draft.reason.as_deref());
    Some(Exemption { kind: kind?, reason })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn rates_are_put_in_order_and_a_day_has_one() {
        let judge = |draft: Value| {
            let draft: TaxDraft = serde_json::from_value(draft).unwrap();
            decide_tax(TaxId::parse("reduced").unwrap(), &draft)
        };
        let tax = judge(json!({"rates": [
            {"rate": "5", "valid_from": "2027-01-01"}, {"rate": "7.0", "valid_from": "2020-01-01"},
        ]}));
        let rates: Vec<String> =
            tax.unwrap().rates.iter().map(|(from, rate)| format!("{from} {rate}")).collect();
        assert_eq!(rates, ["2020-01-01 7.0", "2027-01-01 5"]);
        #[rustfmt::skip]
        let table = [
            (json!({}), "/rates", "at least one rate"),
            (json!({"rates": [{"valid_from": "2020-01-01"}]}), "/rates/0/rate", "is missing"),
            (json!({"rates": [{"rate": "7"}]}), "/rates/0/valid_from", "is missing"),
            (json!({"rates": [{"rate": "7%", "valid_from": "2020-01-01"}]}), "/rates/0/rate",
                "such as 7.0"),
            (json!({"rates": [{"rate": "7", "valid_from": "2020-1-1"}]}), "/rates/0/valid_from",
                "no date"),
            (json!({"rates": [{"rate": "7", "valid_from": "2020-01-01"},
                {"rate": "8", "valid_from": "2020-01-01"}]}), "/rates/1/valid_from", "twice"),
            (json!({"rates": [{"rate": "7", "valid_from": "2020-01-01"}],
                "exemption": {"kind": "exempt"}}), "/rates/0/rate", "must be 0"),
            (json!({"rates": [{"rate": "0", "valid_from": "2020-01-01"}],
                "exemption": {"kind": "none"}}), "/exemption/kind", "none of zero_rated"),
        ];
        for (draft, pointer, detail) in table {
            let faults = judge(draft.clone()).unwrap_err();
            assert_eq!(faults.len(), 1, "{draft}");
            assert_eq!(faults[0].pointer, pointer);
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }
}
