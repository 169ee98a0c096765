//! From a draft as a person sent it to a domain value, or to every fault at once. What is
//! doubtful but allowed is for `lint`; storing it is for `store`.
//!
//! Reading order: [`tags`], [`taxes`], [`products`], [`offers`], [`paths`], [`conditions`],
//! [`campaigns`], [`promotions`], [`gift_rules`], [`coupons`], [`message_templates`],
//! [`automations`], [`customers`], [`endpoints`], [`carts`], [`merchants`] (their settings) with
//! `branding` (what their pages look like); [`texts`] holds what is said in several languages,
//! `fields` what all of them share.
//!
//! A draft is what is sent and what is published: its schema says what each field is to be, and is
//! what requests are judged by. It keeps every field as plain text or number, with the defaults of
//! the API, so that a missing or ill-formed field is one fault among the others rather than the
//! end of reading.

pub mod automations;
mod branding;
pub mod campaigns;
pub mod carts;
pub mod conditions;
pub mod coupons;
pub mod customers;
#[cfg(test)]
pub mod depots;
pub mod endpoints;
mod facts;
mod fields;
mod fillable;
pub mod gift_rules;
pub mod merchants;
pub mod message_templates;
pub mod offers;
pub mod parties;
pub mod paths;
pub mod products;
pub mod promotions;
#[cfg(test)]
mod samples;
pub mod tags;
pub mod taxes;
pub mod texts;

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::ToSchema;

use crate::domain::definition::Definition;
use crate::domain::fault::{Fault, pointer_step};

pub use facts::{CatalogueFacts, DraftFacts, LIST_MAX, MessageFacts};
pub use fields::is_locale;
pub use fields::unknown_language;

/// A definition that is made of a draft.
pub trait Drafted: Definition {
    /// What is sent to define one, and what was sent to define this one. Every field is plain, so
    /// that a missing or ill-formed one is a fault among the others.
    type Draft: for<'a> From<&'a Self>
        + ToSchema
        + Serialize
        + DeserializeOwned
        + Clone
        + PartialEq
        + std::fmt::Debug
        + Send
        + Sync
        + 'static;

    /// The fields that may be left out where it is defined, and have a value ever after.
    const FILLED: &'static [&'static str] = &[];

    /// Decides whether a draft makes one.
    ///
    /// # Errors
    /// Every [`Fault`] in it.
    fn decide(id: Self::Id, draft: &Self::Draft, facts: &DraftFacts) -> Result<Self, Vec<Fault>>;

    /// The code that a draft asks for, as codes are compared.
    #[must_use]
    fn wanted_code(_draft: &Self::Draft) -> Option<String> {
        None
    }

    /// The mail address that a draft gives to somebody to whom mails are sent.
    #[must_use]
    fn mail_address(_draft: &Self::Draft) -> Option<&str> {
        None
    }

    /// The mail address that one has already.
    #[must_use]
    fn known_address(&self) -> Option<&str> {
        None
    }

    /// Whether a draft leaves something without a price that may have had one.
    #[must_use]
    fn is_unpriced(_draft: &Self::Draft) -> bool {
        false
    }
}

/// Every text in a draft, at any depth: all that it can name of what there is.
#[must_use]
pub fn names_in(draft: &impl Serialize) -> BTreeSet<String> {
    fn walk(value: Value, names: &mut BTreeSet<String>) {
        match value {
            Value::String(text) => {
                names.insert(text);
            }
            Value::Array(values) => values.into_iter().for_each(|it| walk(it, names)),
            Value::Object(fields) => fields.into_iter().for_each(|(_, it)| walk(it, names)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    let mut names = BTreeSet::new();
    // A draft that is no JSON names nothing, and nothing is found.
    walk(serde_json::to_value(draft).unwrap_or_default(), &mut names);
    names
}

/// The most that a definition holds in all, in characters of JSON: every list of a merchant's
/// definitions tells it whole, and so does every decision by it.
const WHOLE_LENGTH_MAX: usize = 200_000;

/// Decides whether a draft makes one, which as a whole is of a bearable length.
///
/// # Errors
/// Every [`Fault`] in it.
pub fn decide_whole<D: Drafted>(
    id: D::Id,
    draft: &D::Draft,
    facts: &DraftFacts,
) -> Result<D, Vec<Fault>> {
    match too_long(draft) {
        Some(fault) => {
            let others = D::decide(id, draft, facts).err().unwrap_or_default();
            Err(std::iter::once(fault).chain(others).collect())
        }
        None => D::decide(id, draft, facts),
    }
}

/// What is said of a draft that is too long in all, where most of it stands.
fn too_long<D: Serialize>(draft: &D) -> Option<Fault> {
    let written = serde_json::to_value(draft).ok()?;
    let length = |value: &Value| value.to_string().chars().count();
    let whole = length(&written);
    if whole <= WHOLE_LENGTH_MAX {
        return None;
    }
    let fields = written.as_object()?.iter();
    let longest = fields.max_by_key(|(_, value)| length(value));
    let at = longest.map_or_else(String::new, |(name, _)| format!("/{}", pointer_step(name)));
    let detail = format!(
        "is most of what has {whole} characters in all; at most {WHOLE_LENGTH_MAX} are kept"
    );
    Some(Fault::new(at, detail))
}

/// A draft as it came in, with what is wrong with it already by the published schema.
#[derive(Debug, Clone)]
pub struct Sent<D> {
    /// What was sent, without the parts that do not fit.
    pub draft: D,
    /// What does not fit.
    pub faults: Vec<Fault>,
}

impl<D> Sent<D> {
    /// Decides once: what the rule finds wrong joins what is known to be wrong.
    ///
    /// # Errors
    /// Every fault, each place once.
    pub fn decide<T>(
        &self,
        rule: impl FnOnce(&D) -> Result<T, Vec<Fault>>,
    ) -> Result<T, Vec<Fault>> {
        let decided = rule(&self.draft);
        if self.faults.is_empty() {
            return decided;
        }
        let found = decided.err().unwrap_or_default().into_iter().filter(|fault| {
            // What was taken out is missing only because of that.
            !self.faults.iter().any(|known| overlap(&known.pointer, &fault.pointer))
        });
        Err(self.faults.iter().cloned().chain(found).collect())
    }
}

impl<D> From<D> for Sent<D> {
    fn from(draft: D) -> Self {
        Self { draft, faults: Vec::new() }
    }
}

/// Whether one pointer leads to or through the other.
#[must_use]
pub fn overlap(one: &str, other: &str) -> bool {
    let within = |inner: &str, outer: &str| {
        inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    within(one, other) || within(other, one)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::names_in;

    #[test]
    fn a_draft_names_its_texts_at_any_depth_and_nothing_else() {
        let draft = json!({
            "title": "Mug", "stock": 1, "active": true, "parent": null,
            "buy": {"all": [{"units": {"of": {"offer": "month"}, "min": 1}}]},
        });
        let names: Vec<String> = names_in(&draft).into_iter().collect();
        assert_eq!(names, ["Mug", "month"]);
    }
}
