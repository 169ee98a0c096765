//! What the forms of rules share, and those that take a part as JSON (texts in other languages).

use serde_json::Value;

use crate::domain::money::Currency;
use crate::domain::validity::{Validity, ValidityLapse};
use crate::edge::problem::FieldError;
use crate::edge::unambiguous;
use crate::pages::backend::forms::{FormValues, Spec};
use crate::pages::backend::notation::Notation;
use crate::pages::backend::session::Session;
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::phrase;
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

/// In which currency the amounts of a form are: its own, else the usual one; none where it cannot
/// be read.
pub(super) fn currency(values: &FormValues) -> Option<Currency> {
    let notation = values.notation();
    match values.text(CURRENCY.at).trim() {
        "" => notation.usual(),
        code => notation.currency(code).ok(),
    }
}

/// What a thing is doing today by its days, for its list.
pub(super) fn state(session: &Session, validity: &Validity) -> Badge {
    match (validity.judge(session.today()), validity.from) {
        (Ok(()), _) => Badge::new(Tone::Good, "active"),
        (Err(ValidityLapse::NotYetValid), Some(from)) => {
            Badge::new(Tone::Plain, phrase!("planned from {}", session.day(from).text))
        }
        (Err(ValidityLapse::Expired), _) => Badge::new(Tone::Plain, "over"),
        (Err(_), _) => Badge::new(Tone::Plain, "inactive"),
    }
}

/// Reads what was typed as amounts and as percentages at these places of a draft.
pub(super) fn read_amounts(
    body: &mut Value,
    faults: &mut Vec<FieldError>,
    (notation, currency): (Notation, Option<Currency>),
    (amounts, percents): (&[&str], &[&str]),
) {
    for at in amounts {
        if let Some(value) = body.pointer_mut(at) {
            read_amount(value, (at, notation, currency), faults);
        }
    }
    for at in percents {
        let Some(value) = body.pointer_mut(at) else { continue };
        match notation.percentage(value.as_str().unwrap_or_default()) {
            Ok(percentage) => *value = Value::String(percentage),
            Err(words) => faults.push(FieldError::new(*at, words)),
        }
    }
}

/// Reads an amount in the currency of a form; where that is unknown, it stays as it was typed.
pub(super) fn read_amount(
    value: &mut Value,
    (at, notation, currency): (&str, Notation, Option<Currency>),
    faults: &mut Vec<FieldError>,
) {
    let text = value.as_str().unwrap_or_default();
    let Some(currency) = currency.filter(|_| !text.is_empty()) else { return };
    match notation.amount(text, currency) {
        Ok(amount) => *value = Value::String(amount),
        Err(words) => faults.push(FieldError::new(at, words)),
    }
}

/// A form with what is stored in these fields as this hand would write it.
pub(super) fn write_amounts(values: FormValues, fields: &[&str]) -> FormValues {
    fields.iter().fold(values, |values, at| {
        let written = values.notation().write(values.text(at));
        values.with(at, written)
    })
}

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
