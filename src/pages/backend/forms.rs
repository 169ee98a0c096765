//! Forms as they are shown: what was typed, and every fault at its field by its pointer, in words
//! for somebody who fills in a form. What is right is for the schemas and the rules, as it is for
//! the API.
//!
//! A form carries the version of what it was made from. Where somebody else has changed that in
//! the meantime, what was typed is held against it, field by field, and nothing is overwritten.

use std::collections::BTreeMap;

use crate::edge::problem::{Code, FieldError, Problem};
use crate::pages::backend::form_values::ConcurrentEdit;
use crate::pages::backend::form_values::lines;
pub(super) use crate::pages::backend::form_values::{FormValues, Spec};
use crate::render::backend::form::{Changed, Choice, Field, Form, FormProblem, Kind, id_of};
pub(super) use crate::render::backend::phrase::sentence;
use crate::render::backend::phrase::{Phrase, phrase};

/// The form as it is shown: what was typed, and what is wrong with it.
pub(super) fn form(specs: &[Spec], values: &FormValues, problem: Option<&Problem>) -> Form {
    let errors = problem.map_or(&[][..], |problem| problem.errors.as_slice());
    let mut problems: Vec<FormProblem> = Vec::new();
    if let Some(problem) = problem.filter(|problem| problem.errors.is_empty())
        && (problem.code != Code::PreconditionFailed
            || matches!(values.meanwhile, ConcurrentEdit::Unchanged))
    {
        let detail = Phrase::told(problem.detail.clone());
        problems.push(FormProblem { label: None, detail, anchor: None });
    }
    let mut fields = BTreeMap::new();
    for spec in specs {
        let errors: Vec<_> = errors.iter().filter(|error| nearest(error, specs, spec)).collect();
        let told = words(&errors, spec, values);
        problems.extend(told.iter().map(|detail| FormProblem {
            label: Some(spec.label.into()),
            detail: detail.clone(),
            anchor: Some(id_of(spec.at)),
        }));
        fields.insert(key_of(spec), field(spec, values, told));
    }
    let of_whole = errors.iter().filter(|error| !specs.iter().any(|spec| concerns(error, spec)));
    problems.extend(of_whole.map(|error| {
        let detail = Phrase::told(error.detail.clone());
        let detail = match error.pointer.as_str() {
            "" => detail,
            pointer => phrase!("{} {}", pointer.to_owned(), detail),
        };
        FormProblem { label: None, detail, anchor: None }
    }));
    let differs =
        |spec: &&Spec| values.meanwhile.now().is_some_and(|stored| !values.agrees(stored, spec));
    let changed = (!matches!(values.meanwhile, ConcurrentEdit::Unchanged)).then(|| Changed {
        is_gone: matches!(values.meanwhile, ConcurrentEdit::Gone),
        fields: specs
            .iter()
            .filter(differs)
            .map(|spec| (id_of(spec.at), spec.label.into()))
            .collect(),
    });
    Form { fields, problems, version: values.version().to_owned(), changed }
}

fn field(spec: &Spec, values: &FormValues, problems: Vec<Phrase>) -> Field {
    let (name, second) = spec.names();
    let picked = matches!(spec.kind, Kind::Many | Kind::Choice);
    let option =
        |value: &String| Choice { value: value.clone(), label: value.into(), selected: true };
    let stored = values.meanwhile.now();
    let stored = stored.filter(|stored| !values.agrees(stored, spec));
    Field {
        name: spec.at.to_owned(),
        id: id_of(spec.at),
        label: spec.label,
        hint: spec.hint,
        kind: spec.kind,
        required: spec.required,
        value: values.text(&name).to_owned(),
        second: values.text(&second).to_owned(),
        checked: !values.text(&name).is_empty(),
        options: values.all(&name).iter().filter(|_| picked).map(option).collect(),
        suggestions: Vec::new(),
        is_changed: stored.is_some(),
        stored: stored.map_or_else(Vec::new, |stored| stored.told(spec)),
        problems,
    }
}

/// What is wrong with a field, each thing once.
fn words(errors: &[&FieldError], spec: &Spec, values: &FormValues) -> Vec<Phrase> {
    if let (Some(_), Err(own)) = (errors.first(), values.read(spec)) {
        return vec![Phrase::told(own.detail)];
    }
    let mut told: Vec<Phrase> = Vec::new();
    for words in errors.iter().map(|error| word(error, spec, values)) {
        if !told.contains(&words) {
            told.push(words);
        }
    }
    told
}

/// What the rules found wrong, in the words of the form, and in a list on which line.
fn word(error: &FieldError, spec: &Spec, values: &FormValues) -> Phrase {
    let rest = error.pointer.strip_prefix(spec.at).and_then(|rest| rest.strip_prefix('/'));
    let place = rest.and_then(|rest| rest.split('/').next());
    let place = place.and_then(|place| place.parse::<usize>().ok());
    if let (Kind::Many, Some(place)) = (spec.kind, place) {
        let picked = values.all(spec.at).get(place).cloned().unwrap_or_default();
        return phrase!("There is no “{}” any more: untick it.", picked);
    }
    let plain = if spec.right.is_empty() {
        Phrase::told(sentence(&error.detail))
    } else {
        spec.right.into()
    };
    let near = error.detail.split_once("did you mean ").map(|(_, near)| near);
    let words = match near.filter(|_| !spec.right.is_empty()) {
        Some(near) => phrase!("{} Did you mean {}", plain, near.replace('\'', "")),
        None => plain,
    };
    let line = place.filter(|_| spec.kind == Kind::Lines);
    let line = line.and_then(|place| lines(values.text(spec.at)).nth(place));
    line.map_or_else(|| words.clone(), |(number, _)| phrase!("Line {}: {}", number, words.clone()))
}

/// Whether a fault is at a field or within it.
pub(super) fn concerns(error: &FieldError, spec: &Spec) -> bool {
    is_within(&error.pointer, spec.at)
}

/// Whether a pointer leads to a place or into it.
pub(super) fn is_within(pointer: &str, at: &str) -> bool {
    let rest = pointer.strip_prefix(at);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether of all fields this is the one that a fault is about.
fn nearest(error: &FieldError, specs: &[Spec], spec: &Spec) -> bool {
    let closer = |other: &Spec| other.at.len() > spec.at.len() && concerns(error, other);
    concerns(error, spec) && !specs.iter().any(closer)
}

fn key_of(spec: &Spec) -> String {
    spec.at.trim_start_matches('/').replace('/', "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::backend::answer::SentForm;
    use crate::pages::backend::notation::Notation;
    use crate::render::words::Language;
    use serde_json::json;

    const SPECS: &[Spec] = &[
        Spec::new("/title", "Title", Kind::Text).required(),
        Spec::new("/text", "Text", Kind::Area),
        Spec::new("/price", "Price", Kind::Money).required(),
        Spec::new("/period", "Period", Kind::Period).required(),
        Spec::new("/term", "Term", Kind::Period),
        Spec::new("/days", "Days", Kind::Number).required(),
        Spec::new("/active", "Active", Kind::Flag),
        Spec::new("/tags", "Tags", Kind::Many),
        Spec::new("/origins", "Origins", Kind::Lines),
        Spec::new("/seller/name", "Seller", Kind::Text),
        Spec::new("/from", "From", Kind::Date),
    ];

    fn sent(pairs: &[(&str, &str)]) -> FormValues {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        FormValues::sent(SentForm(pairs.iter().map(own).collect()))
    }

    #[test]
    fn what_is_stored_is_what_an_untouched_form_sends() {
        let stored = json!({
            "title": "A", "text": "b\nc", "price": {"amount": "9.90", "currency": "EUR"},
            "period": "P12M", "days": 14, "active": true, "tags": ["x", "y"],
            "origins": ["https://a", "https://b"], "seller": {"name": "S"}, "from": "2026-02-28",
        });
        assert_eq!(FormValues::of(SPECS, &stored, Notation::default()).json(SPECS), stored);
    }

    #[test]
    fn what_is_left_empty_is_left_out_unless_it_is_required() {
        let body = sent(&[("/text", " "), ("/days", ""), ("/seller/name", "")]).json(SPECS);
        let expected = json!({
            "title": "", "price": {"amount": "", "currency": ""}, "period": "P", "days": "",
            "active": false, "tags": [], "origins": [],
        });
        assert_eq!(body, expected);
    }

    #[test]
    fn what_is_typed_is_kept_and_every_fault_stands_at_its_field() {
        let values = sent(&[
            ("/days", "x"),
            ("/tags", "a"),
            ("/tags", "gone"),
            ("/title", " T "),
            ("/origins", "https://shop.example\nshop"),
        ]);
        assert_eq!(values.json(SPECS)["days"], "x");
        let problem = Problem::invalid(vec![
            FieldError::new("/days", "must be a whole number"),
            FieldError::new("/tags/1", "unknown tag 'gone'"),
            FieldError::new("/price/amount", "is missing"),
            FieldError::new("/strange", "unknown field"),
            FieldError::new("/origins/1", "must be an origin"),
        ]);
        let form = form(SPECS, &values, Some(&problem));
        let labels = form.problems.iter().map(|problem| problem.label.clone());
        let expected = [Some("Price"), Some("Days"), Some("Tags"), Some("Origins"), None];
        assert!(labels.eq(expected.map(|label| label.map(Phrase::from))));
        assert_eq!(form.problems[3].detail, "Line 2: Must be an origin.");
        assert_eq!(form.problems[4].detail, "/strange unknown field");
        assert_eq!(form.fields["days"].value, "x");
        assert_eq!(form.fields["days"].problems, ["Write a whole number."]);
        let wrong = form.fields["price"].problems[0].read_in(Language::English);
        assert!(wrong.starts_with("Write the three letters of a currency"), "{wrong}");
        let form = form.with_options("tags", [("a".to_owned(), "A".to_owned())]);
        let tags: Vec<_> = form.fields["tags"].options.iter().map(|it| &it.label).collect();
        assert_eq!(tags, ["A", "gone"], "what was picked stays");
    }
}
