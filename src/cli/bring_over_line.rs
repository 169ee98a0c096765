//! What a line of a file of running subscriptions says, judged as the API judges it: by its
//! schemas, and as far as it can be read where it does not fit them.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::app::bring_over::BringOverLine;
use crate::domain::fault::{Fault, nearest, pointer_step};
use crate::domain::ids::SubscriptionId;
use crate::edge::bring_over::{draft_of, sent_of};
use crate::edge::schema::BodySchema;
use crate::rules::definitions::Sent;
use crate::rules::definitions::customers::{CustomerDraft, decide_customer};

use super::bring_over_file::{FIELDS, KNOWN, PROFILE};

/// Whether what a line says is known to fit the schemas.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is to be found out.
    Unknown,
    /// The line was read before.
    Known,
}

/// What is wrong with a line.
#[derive(Debug)]
pub(super) struct WrongLine {
    pub(super) faults: Vec<Fault>,
    /// What it says besides, as far as that can be judged by itself.
    pub(super) rest: Option<Box<BringOverLine>>,
}

impl From<Fault> for WrongLine {
    fn from(fault: Fault) -> Self {
        Self { faults: vec![fault], rest: None }
    }
}

/// What a line says, judged by the API's own schemas.
pub(super) fn read(place: usize, said: Value, fit: Fit) -> Result<BringOverLine, WrongLine> {
    let Value::Object(mut fields) = said else {
        return Err(Fault::new("", "must be an object").into());
    };
    let is_named = fields.get("id").is_some_and(Value::is_string);
    let told = (!is_named).then(|| serde_json::to_vec(&fields).unwrap_or_default());
    let mut customer = Map::new();
    if let Some(Value::Object(inner)) = fields.get_mut("customer") {
        let id = inner.remove("id");
        customer.append(inner);
        match id {
            Some(id) => fields.insert("customer".to_owned(), id),
            None => fields.remove("customer"),
        };
    }
    let mut faults = take_unknown(&mut fields);
    for name in PROFILE {
        let Some(value) = fields.remove(name) else { continue };
        if customer.insert(name.to_owned(), value).is_some() {
            let detail = "stands in `customer`, too: keep the one that is meant";
            faults.push(Fault::new(format!("/{name}"), detail));
        }
    }
    let parent = fields.remove("parent").filter(|parent| !parent.is_null());
    let parent = match parent {
        None => None,
        Some(Value::String(id)) => Some(SubscriptionId::stored(id)),
        Some(_) => {
            faults.push(Fault::new("/parent", "must be the id of a subscription"));
            None
        }
    };
    let profile: Option<CustomerDraft> = part(customer, fit, &mut faults).ok();
    let profile = profile.and_then(|draft| match decide_customer(&draft) {
        Ok(profile) => Some(profile),
        Err(more) => {
            faults.extend(more);
            None
        }
    });
    let draft = match part(fields, fit, &mut faults) {
        Ok(new) => {
            let Sent { draft, faults: more } = draft_of(new);
            faults.extend(more);
            Some(draft)
        }
        // Without a day when it began, little can be said of the others.
        Err(left) if faults.iter().all(|it| it.pointer != "/started_on") => {
            left.and_then(|left| sent_of(left).ok()).map(|sent| sent.draft)
        }
        Err(_) => None,
    };
    let is_sound = faults.is_empty() && profile.is_some();
    let line = draft.map(|mut draft| {
        draft.parent = parent;
        // The same line of the same file is the same subscription, however often it is read.
        draft.id.get_or_insert_with(|| id_of(&told.unwrap_or_default()));
        let profile = profile.unwrap_or_default();
        BringOverLine { line: place, draft, profile, is_named, exported: None }
    });
    match line {
        Some(line) if is_sound => Ok(line),
        rest => Err(WrongLine { faults, rest: rest.map(Box::new) }),
    }
}

/// What a part of a line says; else the part, where it is its schema that it does not fit.
fn part<T: ToSchema + DeserializeOwned + 'static>(
    fields: Map<String, Value>,
    fit: Fit,
    faults: &mut Vec<Fault>,
) -> Result<T, Option<Value>> {
    let value = Value::Object(fields);
    let found = match BodySchema::of_body::<T>() {
        Ok(schema) if fit == Fit::Unknown => schema.faults(&value),
        _ => Vec::new(),
    };
    if !found.is_empty() {
        faults.extend(found.into_iter().map(Fault::from));
        return Err(Some(value));
    }
    serde_json::from_value(value).map_err(|error| {
        faults.push(Fault::new("", error.to_string()));
        None
    })
}

/// The id of a subscription that the file does not name.
fn id_of(told: &[u8]) -> SubscriptionId {
    // 13 bytes.
    SubscriptionId::stored(format!("sub_{:026x}", digest(told) >> 24))
}

/// Whether an id is such as [`id_of`] makes.
pub(super) fn is_made_up(id: &str) -> bool {
    let digits = id.strip_prefix("sub_").unwrap_or_default();
    digits.len() == 26 && digits.bytes().all(|it| it.is_ascii_hexdigit())
}

/// A digest in little room.
pub(super) fn digest(text: &[u8]) -> u128 {
    let bytes = Sha256::digest(text);
    bytes.iter().take(16).fold(0, |digest, byte| (digest << 8) | u128::from(*byte))
}

/// Takes out the fields that nobody knows, each with what is wrong with it.
fn take_unknown(fields: &mut Map<String, Value>) -> Vec<Fault> {
    let mut faults = Vec::new();
    fields.retain(|name, _| {
        let is_known = KNOWN.contains(name.as_str());
        if !is_known {
            let remedy = nearest(name, FIELDS.iter().copied()).map_or_else(
                || format!("known fields are `{}`", FIELDS.join("`, `")),
                |near| format!("did you mean `{near}`?"),
            );
            let pointer = format!("/{}", pointer_step(name));
            faults.push(Fault::new(pointer, format!("unknown field `{name}`: {remedy}")));
        }
        is_known
    });
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_misspelt_field_is_told_with_the_nearest_of_all_that_a_line_may_say() {
        let table = [
            ("nam", "did you mean `name`?"),
            ("parnt", "did you mean `parent`?"),
            ("ofer", "did you mean `offer`?"),
            ("zzz", "known fields are `customer`, `offer`, `id`, `parent`, "),
        ];
        for (name, remedy) in table {
            let mut said = json!({"customer": "ada", "offer": "m", "started_on": "2026-01-31"});
            said[name] = json!("x");
            let WrongLine { faults, .. } = read(1, said, Fit::Unknown).unwrap_err();
            assert_eq!((faults.len(), &*faults[0].pointer), (1, &*format!("/{name}")));
            let detail = format!("unknown field `{name}`: {remedy}");
            assert!(faults[0].detail.starts_with(&detail), "{faults:?}");
        }
    }

    #[test]
    fn a_line_is_judged_as_the_api_judges_it() {
        let sound = json!({"customer": "ada", "offer": "month", "started_on": "2026-01-31"});
        let table = [
            (json!({}), ""),
            (json!({"started_on": "yesterday"}), "/started_on"),
            (json!({"price": {"amount": "9.999", "currency": "EUR"}}), "/price/amount"),
            (
                json!({"brought_over": {"gross": {"amount": "1", "currency": "EUR"}}}),
                "/brought_over/paid",
            ),
            (json!({"country": "Germany"}), "/country"),
            (json!({"phone": "+4930901820", "messages": false, "vat_id": "DE123"}), ""),
            (json!({"postal_address": {"city": "Berlin", "country": "DE"}}), ""),
            (json!({"postal_address": {"town": "Berlin"}}), "/postal_address/town"),
            (json!({"customer": {"id": "ada", "country": "Germany"}}), "/country"),
            (json!({"customer": {"name": "Ada"}}), "/customer"),
            (json!({"customer": {"id": "ada", "name": "Ada"}, "name": "Bob"}), "/name"),
            (json!({"parent": 7}), "/parent"),
            (json!({"colour": "red"}), "/colour"),
        ];
        for (change, pointer) in table {
            let mut said = sound.clone();
            for (name, value) in change.as_object().unwrap() {
                said[name] = value.clone();
            }
            match read(1, said, Fit::Unknown) {
                Ok(_) => assert_eq!(pointer, "", "{change}"),
                Err(WrongLine { faults, rest }) => {
                    assert_eq!(faults[0].pointer, pointer, "{change}: {faults:?}");
                    assert_eq!(rest.is_some(), pointer != "/started_on", "{change}");
                }
            }
        }
    }

    #[test]
    fn the_same_line_is_the_same_subscription() {
        let said = json!({"customer": "ada", "offer": "month", "started_on": "2026-01-31"});
        let id = |said: Value| read(1, said, Fit::Unknown).unwrap().draft.id.unwrap();
        let one = id(said.clone());
        assert_eq!(one, id(said.clone()));
        assert!(is_made_up(one.as_str()));
        let mut other = said;
        other["customer"] = json!("bob");
        assert_ne!(one, id(other));
    }
}
