//! What forms share that take a part as JSON (conditions and lists of them, texts in other
//! languages), and what picks products as lines such as `brand: Acme`.

use serde_json::{Map, Value};

use crate::edge::problem::FieldError;
use crate::edge::unambiguous;
use crate::pages::backend::form_values::lines;
use crate::pages::backend::forms::{FormValues, Spec};
use crate::pages::backend::notation::Notation;
use crate::render::backend::form::Kind;
use crate::wire::definitions::Published;

/// When a rule holds, and in which currency its amounts are.
pub(super) const ACTIVE: Spec = Spec::new("/active", "Active", Kind::Flag);
/// Its first day.
pub(super) const FROM: Spec = Spec::new("/valid_from", "Valid from", Kind::Date);
/// Its last day.
pub(super) const UNTIL: Spec =
    Spec::new("/valid_until", "Valid until", Kind::Date).hint("The last day (inclusive).");
/// The currency of its amounts.
pub(super) const CURRENCY: Spec = Spec::new("/currency", "Currency", Kind::Text)
    .hint("Of its amounts; left empty, that of your settings.")
    .upper();

/// Texts in other languages, such as `example`.
pub(super) const fn texts(example: &'static str) -> Spec {
    Spec::new(TEXTS, "In other languages", Kind::Area).hint(example)
}

/// Where they stand.
const TEXTS: &str = "/texts";

/// What is stored, with its texts in other languages as JSON; nothing where there are none.
pub(super) fn with_texts<D: Published>(
    specs: &[Spec],
    thing: &D,
    notation: Notation,
) -> FormValues {
    let values = with_json(specs, thing, &[TEXTS], notation);
    if values.text(TEXTS) == "{}" { values.with(TEXTS, "") } else { values }
}

/// Reads what was typed as texts in other languages.
pub(super) fn read_texts(body: &mut Value, faults: &mut Vec<FieldError>) {
    read_json(body, faults, &[TEXTS]);
}

/// A field for a condition.
pub(super) const fn condition(at: &'static str, label: &'static str) -> Spec {
    Spec::new(at, label, Kind::Area)
        .hint("As the API takes it, such as {\"net\": {\"min\": \"100.00\"}}")
        .required()
}

/// What is stored, with these parts of it as JSON.
pub(super) fn with_json<D: Published>(
    specs: &[Spec],
    thing: &D,
    parts: &[&'static str],
    notation: Notation,
) -> FormValues {
    let said = thing.said();
    let values = FormValues::of(specs, &said, notation);
    parts.iter().fold(values, |values, at| {
        let part = said.pointer(at).filter(|part| !part.is_null());
        let text = part.and_then(|part| serde_json::to_string_pretty(part).ok());
        values.with(at, text.unwrap_or_default())
    })
}

/// Reads a form, with what was typed as JSON in these parts of it.
pub(super) fn read_with_json(
    specs: &[Spec],
    values: &FormValues,
    parts: &[&'static str],
) -> (Value, Vec<FieldError>) {
    let (mut body, mut faults) = values.read_all(specs);
    read_json(&mut body, &mut faults, parts);
    (body, faults)
}

/// Reads what was typed as JSON in these parts of a form.
fn read_json(body: &mut Value, faults: &mut Vec<FieldError>, parts: &[&'static str]) {
    for at in parts {
        let Some(part) = body.pointer_mut(at) else { continue };
        let text = part.as_str().unwrap_or_default();
        let text = if text.trim().is_empty() { "null" } else { text };
        match unambiguous::read(text.as_bytes()) {
            Ok(read) => *part = read,
            Err(error) => {
                let detail = format!("This is no JSON: {error}.");
                faults.push(FieldError::new(*at, detail));
                *part = Value::Null;
            }
        }
    }
}

/// A list of products and of what picks some, a line each.
pub(super) fn picks_as_lines(said: &Value, at: &str) -> String {
    let picks = said.pointer(at).and_then(Value::as_array).into_iter().flatten();
    let line = |pick: &Value| match pick {
        Value::String(product) => product.clone(),
        other => {
            let members = other.as_object().into_iter().flatten();
            let words = members.map(|(key, value)| {
                format!("{key}: {}", value.as_str().map_or_else(|| value.to_string(), Into::into))
            });
            words.collect::<Vec<_>>().join(", ")
        }
    };
    picks.map(line).collect::<Vec<_>>().join("\n")
}

/// Such lines, as the API takes them.
pub(super) fn picks_of_lines(typed: &str) -> Value {
    let pick = |line: &str| match line.split_once(':') {
        Some((key, value)) if matches!(key.trim(), "product" | "brand" | "tag" | "offer") => {
            let value = Value::String(value.trim().to_owned());
            Value::Object(Map::from_iter([(key.trim().to_owned(), value)]))
        }
        _ => Value::String(line.to_owned()),
    };
    lines(typed).map(|(_, line)| pick(line)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_picks_products_is_read_as_it_is_written() {
        let said =
            json!({"triggers": ["shirt", {"brand": "A: B"}, {"tag": "sale"}, {"offer": "m"}]});
        let lines = picks_as_lines(&said, "/triggers");
        assert_eq!(lines, "shirt\nbrand: A: B\ntag: sale\noffer: m");
        assert_eq!(picks_of_lines(&lines), said["triggers"]);
    }

    #[test]
    fn what_is_no_json_is_said_at_its_field() {
        let mut body = json!({"buy": "{\"coupon\": true}", "get": "[", "none": " "});
        let mut faults = Vec::new();
        read_json(&mut body, &mut faults, &["/buy", "/get", "/none", "/missing"]);
        assert_eq!(body, json!({"buy": {"coupon": true}, "get": null, "none": null}));
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].pointer, "/get");
    }
}
