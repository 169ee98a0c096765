//! A message of an automation as it is typed: its form, what that makes of the automation, and
//! where its faults stand.

use serde_json::{Value, json};

use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::forms::{FormValues, Spec};
use crate::render::backend::form::Kind;

/// What is typed of a message.
pub(super) const FIELDS: &[Spec] = &[
    Spec::new("/wait", "Delay", Kind::Number)
        .hint("From the message before until this one; the first counts from the trigger.")
        .required(),
    Spec::new("/unit", "Delay in", Kind::Choice).required(),
    Spec::new("/template", "Template message", Kind::Choice).required(),
    Spec::new("/channel", "Sent as", Kind::Choice).required(),
    Spec::new("/link", "Its link leads to", Kind::Text)
        .hint("Where {link} leads, such as https://shop.example/offers."),
    Spec::new("/checkout", "Or opens the checkout of", Kind::Choice),
];

/// Where the faults of a step stand in its form.
const PLACES: &[(&str, &str)] = &[
    ("delay", "/wait"),
    ("template", "/template"),
    ("channel", "/channel"),
    ("endpoint", "/channel"),
    ("link", "/link"),
    ("checkout", "/checkout"),
];

/// What a form makes of an automation.
pub(super) struct Change {
    /// All of it, as the API takes it.
    pub(super) body: Value,
    /// Where the message stands.
    pub(super) place: usize,
    /// The message; none where it is taken out.
    step: Option<Value>,
    /// The key of the one that is taken out.
    key: String,
}

impl Change {
    /// What was typed, with what cannot be read in it.
    pub(super) fn of(said: Value, values: &FormValues) -> (Self, Vec<FieldError>) {
        let (mut body, key) = (said, values.text("step").to_owned());
        let steps = body["steps"].as_array().cloned().unwrap_or_default();
        let found = steps.iter().position(|step| step["key"] == key.as_str());
        let (mut steps, place) = (steps, found.unwrap_or(usize::MAX));
        if !values.text("remove").is_empty() {
            steps.retain(|step| step["key"] != key.as_str());
            body["steps"] = Value::Array(steps);
            return (Self { body, place, step: None, key }, Vec::new());
        }
        let place = place.min(steps.len());
        let before = steps.get(place).cloned().unwrap_or_else(|| json!({"key": null}));
        let (mut step, faults) = with_values(before, values);
        if step["key"].is_null() {
            step["key"] = new_key(&step, &steps).into();
        }
        if place < steps.len() {
            steps[place] = step.clone();
        } else {
            steps.push(step.clone());
        }
        body["steps"] = Value::Array(steps);
        (Self { body, place, step: Some(step), key }, faults)
    }

    /// Whether that is what is stored by now.
    pub(super) fn is_in(&self, said: &Value) -> bool {
        let steps = said["steps"].as_array().map_or(&[][..], Vec::as_slice);
        let bare = |step: &Value| {
            let mut step = step.clone();
            if let Some(members) = step.as_object_mut().filter(|_| self.key.is_empty()) {
                members.remove("key");
            }
            step
        };
        match &self.step {
            Some(own) => steps.iter().any(|step| bare(step) == bare(own)),
            None => !steps.iter().any(|step| step["key"] == self.key.as_str()),
        }
    }

    /// What is said of it once it is done.
    pub(super) fn told(&self) -> &'static str {
        if self.step.is_some() { "The message is saved." } else { "The message is taken out." }
    }
}

/// A step as it was, with what was typed.
fn with_values(mut step: Value, values: &FormValues) -> (Value, Vec<FieldError>) {
    let (wait, unit) = (values.text("/wait").trim(), values.text("/unit"));
    let mut faults = Vec::new();
    if wait.is_empty() || !wait.bytes().all(|letter| letter.is_ascii_digit()) {
        faults.push(FieldError::new("/wait", "write a whole number, such as 1"));
    }
    let delay = match unit {
        "minutes" => format!("PT{wait}M"),
        "hours" => format!("PT{wait}H"),
        _ => format!("P{wait}D"),
    };
    let Some(members) = step.as_object_mut() else { return (step, faults) };
    members.insert("delay".to_owned(), delay.into());
    members.insert("channel".to_owned(), values.text("/channel").into());
    let mut set = |name: &str, sent: &str| match sent.trim() {
        "" => members.remove(name),
        text => members.insert(name.to_owned(), text.into()),
    };
    set("link", values.text("/link"));
    set("checkout", values.text("/checkout"));
    let template = values.text("/template");
    if !template.is_empty() || !members.get("template").is_some_and(Value::is_object) {
        members.insert("template".to_owned(), template.into());
        if template.is_empty() {
            faults.push(FieldError::new("/template", "pick one"));
        }
    }
    (step, faults)
}

/// A key for a new message: its template's name, with a number behind it where it is there already.
fn new_key(step: &Value, steps: &[Value]) -> String {
    let name = step["template"].as_str().filter(|name| !name.is_empty()).unwrap_or("message");
    let is_free = |key: &String| !steps.iter().any(|step| step["key"] == key.as_str());
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    [name.to_owned()].into_iter().chain(numbered).find(is_free).unwrap_or_default()
}

/// The faults of a step, at the fields of its form.
pub(super) fn in_form(problem: Problem, place: usize) -> Problem {
    let own = format!("/steps/{place}/");
    let moved = problem.errors.into_iter().map(|error| {
        let rest = error.pointer.strip_prefix(&own).and_then(|rest| rest.split('/').next());
        let field = rest.and_then(|rest| PLACES.iter().find(|(name, _)| *name == rest));
        match field {
            Some((_, pointer)) => FieldError::new(*pointer, error.detail),
            None => error,
        }
    });
    Problem::invalid(moved.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> FormValues {
        pairs.iter().fold(FormValues::default(), |values, (name, value)| values.with(name, *value))
    }

    #[test]
    fn what_is_typed_becomes_a_step_and_keeps_what_the_form_does_not_know() {
        let before = json!({"key": "a", "delay": "P9D", "endpoint": "shop", "link": "https://x",
            "template": {"subject": "s", "text": "t", "html": null}});
        let typed_in = values(&[("/wait", "36"), ("/unit", "hours"), ("/channel", "webhook")]);
        let (step, faults) = with_values(before.clone(), &typed_in);
        let wanted = json!({"key": "a", "delay": "PT36H", "endpoint": "shop", "channel": "webhook",
            "template": before["template"]});
        assert_eq!((step, faults), (wanted, Vec::new()));
        let (_, faults) = with_values(json!({"key": null}), &values(&[("/wait", "x")]));
        let at: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(at, ["/wait", "/template"]);
    }

    #[test]
    fn a_new_message_is_named_after_its_template() {
        let steps = [json!({"key": "offer"}), json!({"key": "offer-2"})];
        for (template, key) in [("thanks", "thanks"), ("offer", "offer-3"), ("", "message")] {
            assert_eq!(new_key(&json!({"template": template}), &steps), key);
        }
    }

    #[test]
    fn the_faults_of_a_step_stand_at_its_fields() {
        let found = ["/steps/1/delay", "/steps/1/template", "/steps/0/delay", "/title"];
        let found = found.map(|at| FieldError::new(at, "x"));
        let moved = in_form(Problem::invalid(found.into()), 1).errors;
        let at: Vec<_> = moved.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(at, ["/steps/0/delay", "/template", "/title", "/wait"]);
    }
}
