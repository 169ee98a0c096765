//! Under which id something stands: at an address of its own, or, where it is new, named by who
//! makes it or made from its title.

use crate::app::AppError;
use crate::domain::ids::is_valid_id;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::render::backend::form::{Field, Form, Kind};

/// Stands in an address in place of the id of what is new; no id is like it.
pub(super) const NEW: &str = "+new";

/// How long an id is that is made from a title.
const MADE_ID_LENGTH_MAX: usize = 60;

const NAMING: &[Spec] = &[Spec::new("/id", "Id", Kind::Text)
    .hint("Names it in the API, for good. Left empty, it is made from what is written above.")];

/// The id at a place; none where something new is made.
pub(super) fn id_at(place: &str) -> Option<String> {
    Some(place.to_owned()).filter(|place| place != NEW)
}

/// The id at a place, where something must be.
///
/// # Errors
/// Not found where there can be nothing.
pub(super) fn known(place: String, noun: &'static str) -> Result<String, Problem> {
    if is_valid_id(&place) { Ok(place) } else { Err(AppError::NotFound(noun).into()) }
}

/// The field for the id of what is new, with what was typed and what is wrong with it. Its
/// faults join those of the form.
pub(super) fn naming(
    place: &str,
    values: &FormValues,
    problem: Option<&Problem>,
    form_of_all: &mut Form,
) -> Option<Field> {
    if place != NEW {
        return None;
    }
    let is_own = |error: &&FieldError| error.pointer == "/id";
    let own = problem.map(|problem| problem.errors.iter().filter(is_own).cloned().collect());
    let own = own.and_then(Problem::any_invalid);
    let mut naming = form(NAMING, values, own.as_ref());
    if own.is_some() {
        // The form knows no such field, and has it among the faults of the whole.
        form_of_all.problems.retain(|problem| !problem.is_at("/id"));
        form_of_all.problems.append(&mut naming.problems);
    }
    naming.fields.remove("id")
}

/// The id under which something is saved.
///
/// # Errors
/// An id that is none.
pub(super) fn named(place: &str, title: &str, values: &FormValues) -> Result<String, FieldError> {
    if place != NEW {
        let fits = is_valid_id(place);
        let wrong = || FieldError::new("", "there can be nothing at this address");
        return fits.then(|| place.to_owned()).ok_or_else(wrong);
    }
    let id = match values.text("/id").trim() {
        "" => made_from(values.text(title)),
        id => id.to_owned(),
    };
    if is_valid_id(&id) {
        return Ok(id);
    }
    let detail = if id.is_empty() {
        "cannot be made from what is written above: write one of letters from a to z, digits and \
         dashes"
    } else {
        "write up to 128 letters from a to z, digits, dashes, dots, underscores or colons, not \
         dots alone, and nothing else"
    };
    Err(FieldError::new("/id", detail))
}

/// An id that reads like a title: `Year, paid monthly` is `year-paid-monthly`; or like an address.
fn made_from(title: &str) -> String {
    let mut id = String::new();
    let (_, title) = title.split_once("://").unwrap_or(("", title));
    for letter in title.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            id.push(letter);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        if id.len() >= MADE_ID_LENGTH_MAX {
            break;
        }
    }
    id.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_like_the_title_that_it_is_made_from() {
        for (title, id) in [
            ("Year, paid monthly", "year-paid-monthly"),
            ("  <script>alert(1)</script> ", "script-alert-1-script"),
            ("Jahr für Jahr", "jahr-f-r-jahr"),
            ("https://hooks.example/shop", "hooks-example-shop"),
            ("年", ""),
            ("", ""),
        ] {
            assert_eq!(made_from(title), id, "{title}");
        }
        assert!(is_valid_id(&made_from(&"x".repeat(10_000))));
    }
}
