//! What an upsell suggests, as fields of its card: one after another, and an empty one for more.

use serde_json::Value;

use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::forms::{FormValues, Spec, form, is_within};
use crate::pages::backend::picks::{Pickable, read as read_pick, written};
use crate::render::backend::form::{Field, FormProblem, Kind};

/// Where they stand on the card, and in the JSON of an upsell.
const AT: &str = "/suggest";

const FIELD: &[Spec] = &[Spec::new(AT, "Suggests", Kind::Choice)];

/// What stands on a card, as it was typed.
fn typed(card: &FormValues) -> Vec<String> {
    let list = card.within(AT);
    let lines = list.places().into_iter().map(|place| list.text(&format!("/{place}")).to_owned());
    lines.filter(|line| !line.trim().is_empty()).collect()
}

/// What stands on a card, as the API takes it.
pub(super) fn read(card: &FormValues) -> Value {
    typed(card).iter().map(|line| read_pick(line)).collect()
}

/// A card with what is stored.
pub(super) fn stored(card: FormValues, said: &Value) -> FormValues {
    let picks = said.pointer(AT).and_then(Value::as_array).into_iter().flatten();
    picks
        .enumerate()
        .fold(card, |card, (place, pick)| card.with(&format!("{AT}/{place}"), written(pick)))
}

/// The fields of a card at a place, with what is wrong with them.
pub(super) fn fields(
    card: &FormValues,
    place: &str,
    (picks, lists): (&Pickable, usize),
    problem: Option<&Problem>,
) -> (Vec<Field>, Vec<FormProblem>) {
    let errors = problem.map_or(&[][..], |problem| problem.errors.as_slice());
    let (mut fields, mut told) = (Vec::new(), Vec::new());
    for (number, line) in typed(card).into_iter().chain([String::new()]).enumerate() {
        let at = format!("{AT}/{number}");
        let whole = format!("{place}{at}");
        let own = errors.iter().filter(|error| is_within(&error.pointer, &whole));
        let own = own.map(|error| FieldError::new(AT, error.detail.clone())).collect();
        let problem = Problem::any_invalid(own);
        let values = FormValues::default().by(card.notation()).with(AT, line);
        let form = form(FIELD, &values, problem.as_ref());
        for field in form.fields.into_values() {
            let field = Field { name: at.clone(), ..picks.of_suggestions(field, lists) };
            let field = field.within(place);
            told.extend(
                form.problems.iter().map(|problem| FormProblem {
                    anchor: Some(field.id.clone()),
                    ..problem.clone()
                }),
            );
            fields.push(field);
        }
    }
    (fields, told)
}
