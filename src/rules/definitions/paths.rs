//! The draft of an up/down-selling path. What is doubtful about one that is allowed is for
//! `lint`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::ids::{PathId, TagId};
use crate::domain::path::{BillingDate, Path, Proration, Transition, UnpaidSource};
use crate::domain::shapes::{self, Date, Id, Title, yes};

use super::fields::{Faults, texts};
use super::texts::{PathTextDraft, known, of_path, path_texts, template};
use super::{CatalogueFacts, DraftFacts, Drafted};

/// How far a priority may lie from 0.
pub const PRIORITY_MAX: i64 = 1_000_000;

/// A path to be written. Saving it counts as an edit, whatever has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PathBody)]
#[expect(clippy::struct_excessive_bools, reason = "they are the fields of the contract")]
pub struct PathDraft {
    /// What merchants see.
    #[schema(value_type = Title)]
    pub internal_title: Option<String>,
    /// Notes for merchants.
    #[schema(value_type = Option<shapes::Text>)]
    pub internal_description: Option<String>,
    /// What customers see, with variables such as {offerTitle}.
    #[schema(value_type = Title)]
    pub title: Option<String>,
    /// What customers read when it is done, with variables such as {nextPayment}.
    #[schema(value_type = shapes::Text)]
    pub description: Option<String>,
    /// The tags of the offers that it starts from.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, required, min_items = 1, max_items = 100)]
    pub source_tags: Vec<String>,
    /// The tags of the offers that it leads to.
    #[serde(default)]
    #[schema(value_type = Vec<Id>, required, min_items = 1, max_items = 100)]
    pub target_tags: Vec<String>,
    /// Whether the target is bought in addition, not instead.
    #[serde(default)]
    #[schema(default = false)]
    pub optional: bool,
    /// Whether the customer may pick replacing although it is optional.
    #[serde(default)]
    #[schema(default = false)]
    pub customer_may_switch: bool,
    /// What happens, and when.
    #[schema(value_type = Transition)]
    pub transition: Option<String>,
    /// What happens to the part of a period that is not used.
    #[serde(default)]
    #[schema(value_type = Proration, default = "none")]
    pub proration: Option<String>,
    /// Whether the next booking date stays that of the source: only where an immediate change
    /// prorates by the day.
    #[serde(default)]
    #[schema(value_type = BillingDate, default = "reset")]
    pub billing_date: Option<String>,
    /// Whether those who replace have the introduction of what they get, where they are granted it.
    #[serde(default)]
    #[schema(default = false)]
    pub introduction: bool,
    /// What an unpaid source means.
    #[serde(default)]
    #[schema(value_type = UnpaidSource, default = "refuse")]
    pub unpaid_source: Option<String>,
    /// Of several paths that fit, the one with the highest priority fires.
    #[serde(default)]
    #[schema(value_type = i32, minimum = -1_000_000, maximum = 1_000_000, default = 0)]
    pub priority: i64,
    /// Whether it fires at all.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub active: bool,
    /// The first day on which it fires.
    #[schema(value_type = Option<Date>)]
    pub valid_from: Option<String>,
    /// The last day on which it fires.
    #[schema(value_type = Option<Date>)]
    pub valid_until: Option<String>,
    /// What customers read by language, such as `de`: up to 50 of them.
    #[serde(default)]
    #[schema(default = json!({}))]
    pub texts: BTreeMap<String, PathTextDraft>,
}

impl From<&Path> for PathDraft {
    fn from(path: &Path) -> Self {
        Self {
            internal_title: Some(path.internal_title.clone()),
            internal_description: path.internal_description.clone(),
            title: Some(path.title.source().to_owned()),
            description: Some(path.description.source().to_owned()),
            source_tags: texts(&path.source_tags),
            target_tags: texts(&path.target_tags),
            optional: path.optional,
            customer_may_switch: path.customer_may_switch,
            transition: Some(path.transition.to_string()),
            proration: Some(path.proration.to_string()),
            billing_date: Some(path.billing_date.to_string()),
            introduction: path.introduction,
            unpaid_source: Some(path.unpaid_source.to_string()),
            priority: path.priority,
            active: path.active,
            valid_from: path.valid_from.map(|day| day.to_string()),
            valid_until: path.valid_until.map(|day| day.to_string()),
            texts: of_path(path),
        }
    }
}

impl Drafted for Path {
    type Draft = PathDraft;

    fn decide(id: PathId, draft: &PathDraft, facts: &DraftFacts) -> Result<Self, Vec<Fault>> {
        let path = decide_path(id, draft, &facts.catalogue, facts.now)?;
        known(&draft.texts, facts)?;
        Ok(path)
    }
}

/// Its edit number is 0: the store gives it one.
fn decide_path(
    id: PathId,
    draft: &PathDraft,
    facts: &CatalogueFacts,
    edited_at: DateTime<Utc>,
) -> Result<Path, Vec<Fault>> {
    let mut faults = Faults::new();
    let internal_title = faults.title("/internal_title", draft.internal_title.as_deref());
    let internal_description =
        faults.text("/internal_description", draft.internal_description.as_deref());
    let title = faults.title("/title", draft.title.as_deref());
    let title = title.and_then(|title| template(&mut faults, "/title", &title));
    let text = faults.required("/description", draft.description.as_deref());
    let text = faults.text("/description", text);
    let description = text.and_then(|text| template(&mut faults, "/description", &text));
    let source_tags = side(&mut faults, "/source_tags", &draft.source_tags, facts);
    let target_tags = side(&mut faults, "/target_tags", &draft.target_tags, facts);
    if draft.customer_may_switch && !draft.optional {
        let detail = "needs optional: true, for a path that is not optional always replaces; \
                      set optional to true, or customer_may_switch to false";
        faults.note("/customer_may_switch", detail);
    }
    let transition = transition(&mut faults, draft);
    let proration = proration(&mut faults, draft, transition);
    let billing_date = billing_date(&mut faults, draft, transition, proration);
    let unpaid_source = faults.named_or_default("/unpaid_source", draft.unpaid_source.as_deref());
    let priority = faults.number("/priority", draft.priority, -PRIORITY_MAX..=PRIORITY_MAX);
    let (from, until) = (draft.valid_from.as_deref(), draft.valid_until.as_deref());
    let valid_from = from.and_then(|text| faults.date("/valid_from", text));
    let valid_until = until.and_then(|text| faults.date("/valid_until", text));
    if let Some((from, until)) = valid_from.zip(valid_until).filter(|(f, u)| f > u) {
        let detail = format!("{until} must not lie before valid_from, {from}");
        faults.note("/valid_until", detail);
    }
    let texts = path_texts(&mut faults, &draft.texts);
    let path = || {
        Some(Path {
            id,
            edit: 0,
            edited_at,
            internal_title: internal_title?,
            internal_description,
            title: title?,
            description: description?,
            source_tags,
            target_tags,
            optional: draft.optional,
            customer_may_switch: draft.customer_may_switch,
            transition: transition?,
            proration: proration?,
            billing_date: billing_date?,
            introduction: draft.introduction,
            unpaid_source: unpaid_source?,
            priority: priority?,
            active: draft.active,
            valid_from,
            valid_until,
            texts,
        })
    };
    let path = path();
    faults.answer(path)
}

/// The tags of one side.
fn side(
    faults: &mut Faults,
    at: &str,
    named: &[String],
    facts: &CatalogueFacts,
) -> BTreeSet<TagId> {
    if named.is_empty() {
        faults.note(at, "must name at least one tag");
    }
    faults.tags(at, named, facts)
}

/// The path that an unfinished draft comes to so far: a field that is missing or wrong is left
/// out. None until it has a tag on each side, and a transition.
#[must_use]
pub fn sketch_path(
    id: &PathId,
    draft: &PathDraft,
    facts: &CatalogueFacts,
    edited_at: DateTime<Utc>,
) -> Option<Path> {
    let faults = match decide_path(id.clone(), draft, facts, edited_at) {
        Ok(path) => return Some(path),
        Err(faults) => faults,
    };
    let is_known = |tag: &String| TagId::parse(tag).is_ok_and(|tag| facts.tags.contains(&tag));
    let mut sketch = draft.clone();
    for fault in faults {
        match fault.pointer.split('/').nth(1).unwrap_or_default() {
            "internal_title" => sketch.internal_title = Some("-".to_owned()),
            "internal_description" => sketch.internal_description = None,
            "title" => sketch.title = Some("-".to_owned()),
            "description" => sketch.description = Some(String::new()),
            "source_tags" => sketch.source_tags.retain(is_known),
            "target_tags" => sketch.target_tags.retain(is_known),
            "customer_may_switch" => sketch.customer_may_switch = false,
            "proration" => sketch.proration = None,
            "billing_date" => sketch.billing_date = None,
            "unpaid_source" => sketch.unpaid_source = None,
            "priority" => sketch.priority = 0,
            "valid_from" => sketch.valid_from = None,
            "valid_until" => sketch.valid_until = None,
            "texts" => sketch.texts.clear(),
            _ => {}
        }
    }
    decide_path(id.clone(), &sketch, facts, edited_at).ok()
}

fn transition(faults: &mut Faults, draft: &PathDraft) -> Option<Transition> {
    let text = faults.required("/transition", draft.transition.as_deref())?;
    faults.named("/transition", text)
}

/// By the day only where days are divided: where the change comes at once. Where the transition
/// itself is at fault, the proration is given the benefit of the doubt.
fn proration(
    faults: &mut Faults,
    draft: &PathDraft,
    transition: Option<Transition>,
) -> Option<Proration> {
    let proration = faults.named_or_default("/proration", draft.proration.as_deref())?;
    let divides = transition.is_none_or(|transition| match transition {
        Transition::Immediate | Transition::ImmediateNextBooking => true,
        Transition::LastBooking | Transition::NextBooking | Transition::EndOfTerm => false,
    });
    if proration == Proration::Day && !divides {
        let detail = "day goes with the transitions immediate and immediate_next_booking only; \
                      choose one of them, or none";
        faults.note("/proration", detail);
        return None;
    }
    Some(proration)
}

/// Kept only where an immediate change prorates by the day; where one of those is at fault itself,
/// the billing date is given the benefit of the doubt.
fn billing_date(
    faults: &mut Faults,
    draft: &PathDraft,
    transition: Option<Transition>,
    proration: Option<Proration>,
) -> Option<BillingDate> {
    let billing_date = faults.named_or_default("/billing_date", draft.billing_date.as_deref())?;
    let divides = transition.is_none_or(|it| it == Transition::Immediate)
        && proration.is_none_or(|it| it == Proration::Day);
    if billing_date == BillingDate::Keep && !divides {
        let detail = "keep goes with the transition immediate and the proration day only; choose \
                      both, or reset";
        faults.note("/billing_date", detail);
        return None;
    }
    Some(billing_date)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_text_shows_so_many_variables() {
        let text = |holes: usize| json!({"description": "{offerTitle}".repeat(holes)});
        assert!(judge(&text(20)).is_ok());
        let faults = judge(&text(21)).unwrap_err();
        assert_eq!(faults[0].detail, "has 21 variables; at most 20 are filled in");
    }

    fn judge(change: &Value) -> Result<Path, Vec<Fault>> {
        let mut draft = json!({
            "internal_title": "Month to year", "title": "Change to {offerTitle}",
            "description": "", "source_tags": ["month"], "target_tags": ["year"],
            "transition": "next_booking",
        });
        for (field, value) in change.as_object().unwrap() {
            draft[field] = value.clone();
        }
        let facts = CatalogueFacts {
            tags: ["month", "year"].map(|tag| TagId::parse(tag).unwrap()).into(),
            ..CatalogueFacts::default()
        };
        let draft: PathDraft = serde_json::from_value(draft).unwrap();
        decide_path(PathId::parse("path").unwrap(), &draft, &facts, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_path_takes_the_defaults_of_the_api() {
        let path = judge(&json!({})).unwrap();
        assert_eq!((path.edit, path.priority, path.optional), (0, 0, false));
        assert_eq!((path.proration, path.billing_date), (Proration::None, BillingDate::Reset));
        assert_eq!(path.unpaid_source, crate::domain::path::UnpaidSource::Refuse);
        assert!(path.active && path.valid_from.is_none() && path.valid_until.is_none());
        let one_day = json!({"valid_from": "2026-02-28", "valid_until": "2026-02-28",
            "priority": -1_000_000, "optional": true, "customer_may_switch": true});
        assert!(judge(&one_day).is_ok());
        for transition in ["immediate", "immediate_next_booking"] {
            assert!(judge(&json!({"transition": transition, "proration": "day"})).is_ok());
        }
        let keep = json!({"transition": "immediate", "proration": "day", "billing_date": "keep"});
        assert_eq!(judge(&keep).unwrap().billing_date, BillingDate::Keep);
    }

    #[test]
    fn every_fault_of_a_path_has_its_pointer() {
        #[rustfmt::skip]
        let table = [
            (json!({"internal_title": null}), "/internal_title", "is missing"),
            (json!({"internal_title": ""}), "/internal_title", "must not be blank"),
            (json!({"internal_description": "\u{0}"}), "/internal_description", "U+0000"),
            (json!({"title": null}), "/title", "is missing"),
            (json!({"title": "{offerTitel}"}), "/title", "did you mean {offerTitle}?"),
            (json!({"description": null}), "/description", "is missing"),
            (json!({"description": "at <nextPaymet>"}), "/description",
                "did you mean {nextPayment}?"),
            (json!({"source_tags": []}), "/source_tags", "at least one tag"),
            (json!({"source_tags": ["month", "mont"]}), "/source_tags/1", "did you mean 'month'?"),
            (json!({"target_tags": []}), "/target_tags", "at least one tag"),
            (json!({"target_tags": ["week"]}), "/target_tags/0",
                "unknown tag 'week'; create it first"),
            (json!({"customer_may_switch": true}), "/customer_may_switch", "needs optional: true"),
            (json!({"transition": null}), "/transition", "is missing"),
            (json!({"transition": "next-booking"}), "/transition", "did you mean 'next_booking'?"),
            (json!({"proration": "daily"}), "/proration", "is none of none, day"),
            (json!({"proration": "day"}), "/proration", "immediate_next_booking only"),
            (json!({"proration": "day", "transition": "last_booking"}), "/proration", "only"),
            (json!({"proration": "day", "transition": "end_of_term"}), "/proration", "only"),
            (json!({"billing_date": "kept"}), "/billing_date", "is none of reset, keep"),
            (json!({"billing_date": "keep"}), "/billing_date", "the proration day only"),
            (json!({"billing_date": "keep", "transition": "immediate"}), "/billing_date", "only"),
            (json!({"billing_date": "keep", "proration": "day",
                "transition": "immediate_next_booking"}), "/billing_date", "transition immediate"),
            (json!({"unpaid_source": "allw"}), "/unpaid_source", "did you mean 'allow'?"),
            (json!({"priority": 1_000_001}), "/priority", "-1000000 to 1000000"),
            (json!({"priority": -1_000_001}), "/priority", "is -1000001"),
            (json!({"valid_from": "28.02.2026"}), "/valid_from", "such as 2026-02-28"),
            (json!({"valid_until": "2026-02-30"}), "/valid_until", "no date"),
            (json!({"valid_from": "2026-03-01", "valid_until": "2026-02-28"}), "/valid_until",
                "2026-02-28 must not lie before valid_from, 2026-03-01"),
        ];
        for (change, pointer, detail) in table {
            let faults = judge(&change).unwrap_err();
            assert_eq!(faults.len(), 1, "{change} {faults:?}");
            assert_eq!(faults[0].pointer, pointer, "{change}");
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }

    #[test]
    fn an_unfinished_draft_is_looked_at_as_far_as_it_goes() {
        let tag = |name: &str| TagId::parse(name).unwrap();
        let facts = CatalogueFacts {
            tags: [tag("month"), tag("year")].into(),
            ..CatalogueFacts::default()
        };
        let sketch = |draft: Value| {
            let draft: PathDraft = serde_json::from_value(draft).unwrap();
            sketch_path(&PathId::parse("p").unwrap(), &draft, &facts, DateTime::UNIX_EPOCH)
        };
        let path = sketch(json!({"source_tags": ["month", "gone"], "target_tags": ["year"],
            "title": "{offerTitel}", "transition": "end_of_term", "proration": "day",
            "priority": 9_999_999, "valid_from": "x", "customer_may_switch": true}));
        let path = path.unwrap();
        assert_eq!(path.source_tags, [tag("month")].into());
        assert_eq!((path.proration, path.priority, path.valid_from), (Proration::None, 0, None));
        assert!(sketch(json!({"source_tags": ["month"], "transition": "immediate"})).is_none());
        assert!(sketch(json!({"source_tags": ["month"], "target_tags": ["year"]})).is_none());
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let bad = json!({"title": "{a1} {b1}", "description": "{c1}", "source_tags": ["x"],
            "target_tags": ["y", "z"], "transition": "later", "proration": "week"});
        assert_eq!(judge(&bad).unwrap_err().len(), 8);
        assert_eq!(
            decide_path(
                PathId::parse("path").unwrap(),
                &serde_json::from_value(json!({})).unwrap(),
                &CatalogueFacts::default(),
                DateTime::UNIX_EPOCH
            )
            .unwrap_err()
            .len(),
            6
        );
    }
}
