//! What a list is narrowed down by: read from the query, shown above the list, and kept on the
//! way through its pages.

use crate::pages::backend::query::encode;
use crate::render::backend::form::{Choice, Kind};
use crate::render::backend::parts::{Filter, Filters};

/// The longest text that is looked for, in characters.
const LENGTH_MAX: usize = 200;

/// What was asked for, where anything was.
pub(super) fn asked(text: Option<&String>) -> Option<String> {
    // PostgreSQL takes every character but this one.
    let letters = text?.trim().chars().filter(|letter| *letter != '\0').take(LENGTH_MAX);
    Some(letters.collect::<String>()).filter(|text| !text.is_empty())
}

/// One thing to narrow a list down by.
pub(super) struct Narrow<'a> {
    name: &'static str,
    label: &'static str,
    kind: Kind,
    value: Option<&'a String>,
    options: &'static [(&'static str, &'static str)],
}

impl<'a> Narrow<'a> {
    /// By what is typed.
    pub(super) fn text(name: &'static str, label: &'static str, value: Option<&'a String>) -> Self {
        Self { name, label, kind: Kind::Text, value, options: &[] }
    }

    /// By a day.
    pub(super) fn date(name: &'static str, label: &'static str, value: Option<&'a String>) -> Self {
        Self { name, label, kind: Kind::Date, value, options: &[] }
    }

    /// By one of a few; none is all.
    pub(super) fn choice(
        name: &'static str,
        label: &'static str,
        value: Option<&'a String>,
        options: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { name, label, kind: Kind::Choice, value, options }
    }
}

/// The form above a list, and the address of the list as it is narrowed down.
pub(super) fn filters(
    action: &str,
    label: &'static str,
    text: Option<String>,
    narrow: &[Narrow<'_>],
) -> (Filters, String) {
    let text = text.unwrap_or_default();
    let mut pairs = vec![("q", text.clone())];
    let fields = narrow.iter().map(|by| {
        let value = asked(by.value).unwrap_or_default();
        pairs.push((by.name, value.clone()));
        let option = |(sent, read): &(&'static str, &'static str)| Choice {
            value: (*sent).to_owned(),
            label: (*read).into(),
            selected: value == *sent,
        };
        let options = by.options.iter().map(option).collect();
        Filter { name: by.name, label: by.label, kind: by.kind, value, options }
    });
    let fields = fields.collect();
    let set: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
    let here =
        if set.is_empty() { action.to_owned() } else { format!("{action}?{}", set.join("&")) };
    (Filters { action: action.to_owned(), label, text, fields, is_set: !set.is_empty() }, here)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_narrows_a_list_down_is_kept_on_the_way_through_it() {
        let status = " ".to_owned();
        let by = [Narrow::choice("status", "Status", Some(&status), &[("", "All")])];
        let (filters, here) = filters("/x", "Search", Some("a b".to_owned()), &by);
        assert_eq!(here, "/x?q=a%20b");
        assert!(filters.is_set && filters.fields[0].options[0].selected);
    }
}
