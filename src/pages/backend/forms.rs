//! Forms: what is typed becomes the JSON that the API takes, and every fault comes back to its
//! field by its pointer. What is right is for the schemas and the rules, as it is for the API.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::http::problem::{FieldError, Problem};
use crate::pages::backend::guard::Sent;
use crate::render::backend::form::{Choice, Field, Form, FormProblem, Kind};

/// A field of a form. A form is a table of them, in the order of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spec {
    /// Its pointer into the JSON, and its name in the form.
    at: &'static str,
    label: &'static str,
    hint: &'static str,
    kind: Kind,
    required: bool,
}

impl Spec {
    /// A field that may be left empty: then it is left out of the JSON.
    pub(super) const fn new(at: &'static str, label: &'static str, kind: Kind) -> Self {
        Self { at, label, hint: "", kind, required: false }
    }

    /// What to think of when filling it in.
    pub(super) const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// One that must be filled in: left empty, it is sent as empty, so that it is judged.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Whether it is the one at this pointer.
    pub(super) fn is(&self, at: &str) -> bool {
        self.at == at
    }

    /// The names of its inputs.
    fn names(&self) -> (String, String) {
        match self.kind {
            Kind::Money => (format!("{}/amount", self.at), format!("{}/currency", self.at)),
            Kind::Period => (format!("{}/count", self.at), format!("{}/unit", self.at)),
            _ => (self.at.to_owned(), String::new()),
        }
    }
}

/// What stands in the fields of a form, by their names.
#[derive(Clone, Debug, Default)]
pub(super) struct Typed(BTreeMap<String, Vec<String>>);

impl Typed {
    /// What was sent.
    pub(super) fn sent(sent: Sent) -> Self {
        let mut typed = Self::default();
        for (name, value) in sent.0 {
            // Browsers send line breaks as mail does.
            typed.0.entry(name).or_default().push(value.replace("\r\n", "\n"));
        }
        typed
    }

    /// What is stored, in the shape that the API answers with.
    pub(super) fn of<T: Serialize>(specs: &[Spec], stored: &T) -> Self {
        let stored = serde_json::to_value(stored).unwrap_or_default();
        let mut typed = Self::default();
        for spec in specs {
            let Some(value) = stored.pointer(spec.at) else { continue };
            let (name, second) = spec.names();
            match (spec.kind, value) {
                (Kind::Money, Value::Object(money)) => {
                    let part = |part: &str| money.get(part).map(text).unwrap_or_default();
                    typed.put(name, part("amount"));
                    typed.put(second, part("currency"));
                }
                (Kind::Period, Value::String(period)) => {
                    let body = period.strip_prefix('P').unwrap_or(period);
                    let (count, unit) = body.split_at(body.len().saturating_sub(1));
                    typed.put(name, count.to_owned());
                    typed.put(second, unit.to_owned());
                }
                (Kind::Lines, Value::Array(lines)) => {
                    let lines: Vec<String> = lines.iter().map(text).collect();
                    typed.put(name, lines.join("\n"));
                }
                (_, Value::Array(values)) => {
                    typed.0.insert(name, values.iter().map(text).collect());
                }
                (Kind::Flag, Value::Bool(false)) | (_, Value::Null) => {}
                (_, value) => typed.put(name, text(value)),
            }
        }
        typed
    }

    /// The same with a field filled in.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.put(name.to_owned(), value.into());
        self
    }

    fn put(&mut self, name: String, value: String) {
        self.0.insert(name, vec![value]);
    }

    /// What stands in a field; empty where nothing does.
    pub(super) fn text(&self, name: &str) -> &str {
        self.all(name).first().map_or("", String::as_str)
    }

    fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The JSON that the API would take.
    pub(super) fn json(&self, specs: &[Spec]) -> Value {
        let mut body = Value::Object(Map::new());
        for spec in specs {
            if let Some(value) = self.value(spec) {
                set(&mut body, spec.at, value);
            }
        }
        body
    }

    fn value(&self, spec: &Spec) -> Option<Value> {
        let (name, second) = spec.names();
        let first = self.text(&name);
        let kept = || Some(()).filter(|()| spec.required || !first.trim().is_empty());
        Some(match spec.kind {
            Kind::Flag => Value::Bool(!first.is_empty()),
            Kind::Many => self.all(&name).iter().cloned().map(Value::String).collect(),
            Kind::Lines => {
                let lines = first.lines().map(str::trim).filter(|line| !line.is_empty());
                lines.map(str::to_owned).map(Value::String).collect()
            }
            Kind::Number => {
                kept()?;
                let number = first.trim().parse::<i64>();
                number.map_or_else(|_| Value::String(first.to_owned()), Value::from)
            }
            Kind::Money => {
                kept()?;
                let (amount, currency) = (first.trim(), self.text(&second).trim());
                serde_json::json!({"amount": amount, "currency": currency})
            }
            Kind::Period => {
                kept()?;
                Value::String(format!("P{}{}", first.trim(), self.text(&second)))
            }
            Kind::Area => {
                kept()?;
                Value::String(first.to_owned())
            }
            Kind::Text | Kind::Secret | Kind::Date | Kind::Choice | Kind::Hidden => {
                kept()?;
                Value::String(first.trim().to_owned())
            }
        })
    }
}

/// A text as it stands in a field.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Sets what is at a pointer, making the objects on the way to it.
fn set(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for step in pointer.trim_start_matches('/').split('/') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(members) = place else { return };
        place = members.entry(step).or_insert(Value::Null);
    }
    *place = value;
}

/// The form as it is shown: what was typed, and what is wrong with it.
pub(super) fn form(specs: &[Spec], typed: &Typed, problem: Option<&Problem>) -> Form {
    let errors = problem.map_or(&[][..], |problem| problem.errors.as_slice());
    let mut problems: Vec<(usize, FormProblem)> = Vec::new();
    for error in errors {
        let place = specs
            .iter()
            .enumerate()
            .filter(|(_, spec)| concerns(error, spec))
            .max_by_key(|(_, spec)| spec.at.len());
        let of_field = |(place, spec): (usize, &Spec)| {
            let (label, anchor) = (Some(spec.label), Some(id_of(spec)));
            (place, FormProblem { label, detail: detail(error, spec), anchor })
        };
        let of_whole = || {
            let detail = format!("{} {}", error.pointer, error.detail).trim().to_owned();
            (specs.len(), FormProblem { label: None, detail, anchor: None })
        };
        problems.push(place.map_or_else(of_whole, of_field));
    }
    if let Some(problem) = problem.filter(|problem| problem.errors.is_empty()) {
        let detail = problem.detail.clone();
        problems.push((0, FormProblem { label: None, detail, anchor: None }));
    }
    problems.sort_by_key(|(place, _)| *place);
    let fields = specs.iter().map(|spec| {
        let errors = errors.iter().filter(|error| nearest(error, specs, spec));
        (key_of(spec), field(spec, typed, errors.map(|error| detail(error, spec)).collect()))
    });
    Form {
        fields: fields.collect(),
        problems: problems.into_iter().map(|(_, problem)| problem).collect(),
    }
}

fn field(spec: &Spec, typed: &Typed, problems: Vec<String>) -> Field {
    let (name, second) = spec.names();
    let picked = matches!(spec.kind, Kind::Many | Kind::Choice);
    let option =
        |value: &String| Choice { value: value.clone(), label: value.clone(), selected: true };
    Field {
        name: spec.at,
        id: id_of(spec),
        label: spec.label,
        hint: spec.hint,
        kind: spec.kind,
        required: spec.required,
        value: typed.text(&name).to_owned(),
        second: typed.text(&second).to_owned(),
        checked: !typed.text(&name).is_empty(),
        options: typed.all(&name).iter().filter(|_| picked).map(option).collect(),
        problems,
    }
}

/// What is wrong, and in a list on which line.
fn detail(error: &FieldError, spec: &Spec) -> String {
    let rest = error.pointer.strip_prefix(spec.at).and_then(|rest| rest.strip_prefix('/'));
    let place = rest.and_then(|rest| rest.split('/').next());
    match place.and_then(|place| place.parse::<usize>().ok()) {
        Some(place) if spec.kind == Kind::Lines => {
            format!("line {}: {}", place + 1, error.detail)
        }
        _ => error.detail.clone(),
    }
}

/// Whether a fault is at a field or within it.
fn concerns(error: &FieldError, spec: &Spec) -> bool {
    let rest = error.pointer.strip_prefix(spec.at);
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

fn id_of(spec: &Spec) -> String {
    format!("f-{}", key_of(spec))
}

#[cfg(test)]
mod tests {
    use super::*;
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

    fn sent(pairs: &[(&str, &str)]) -> Typed {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Typed::sent(Sent(pairs.iter().map(own).collect()))
    }

    #[test]
    fn what_is_stored_is_what_an_untouched_form_sends() {
        let stored = json!({
            "title": "A", "text": "b\nc", "price": {"amount": "9.90", "currency": "EUR"},
            "period": "P12M", "days": 14, "active": true, "tags": ["x", "y"],
            "origins": ["https://a", "https://b"], "seller": {"name": "S"}, "from": "2026-02-28",
        });
        assert_eq!(Typed::of(SPECS, &stored).json(SPECS), stored);
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
        let typed = sent(&[("/days", "x"), ("/tags", "a"), ("/tags", "gone"), ("/title", " T ")]);
        assert_eq!(typed.json(SPECS)["days"], "x");
        let problem = Problem::invalid(vec![
            FieldError::new("/days", "must be a whole number"),
            FieldError::new("/tags/1", "unknown tag 'gone'"),
            FieldError::new("/price/amount", "is missing"),
            FieldError::new("/strange", "unknown field"),
            FieldError::new("/origins/1", "must be an origin"),
        ]);
        let form = form(SPECS, &typed, Some(&problem));
        let labels: Vec<_> = form.problems.iter().map(|problem| problem.label).collect();
        assert_eq!(labels, [Some("Price"), Some("Days"), Some("Tags"), Some("Origins"), None]);
        assert_eq!(form.problems[3].detail, "line 2: must be an origin");
        assert_eq!(form.problems[4].detail, "/strange unknown field");
        assert_eq!(form.fields["days"].value, "x");
        assert_eq!(form.fields["days"].problems, ["must be a whole number"]);
        assert_eq!(form.fields["price"].problems, ["is missing"]);
        let form = form.with_options("tags", [("a".to_owned(), "A".to_owned())]);
        let tags: Vec<_> = form.fields["tags"].options.iter().map(|it| &it.label).collect();
        assert_eq!(tags, ["A", "gone"], "what was picked stays");
    }
}
