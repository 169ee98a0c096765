//! What a list is narrowed down by: read from the query, shown above the list, and kept on the
//! way through its pages.

use crate::app::search::SearchHitKind;
use crate::pages::backend::answer::Failure;
use crate::pages::backend::query::encode;
use crate::pages::backend::session::Session;
use crate::render::backend::form::{Choice, Kind};
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Filter, Filters};

/// The longest text that is looked for, in characters.
const LENGTH_MAX: usize = 200;
/// How many things are offered where what is typed fits several.
const SEVERAL_MAX: i64 = 8;

/// What was asked for, where anything was.
pub(super) fn asked(text: Option<&String>) -> Option<String> {
    // PostgreSQL takes every character but this one.
    let letters = text?.trim().chars().filter(|letter| *letter != '\0').take(LENGTH_MAX);
    Some(letters.collect::<String>()).filter(|text| !text.is_empty())
}

/// What is meant by what is typed: an id, or what the search finds.
pub(super) struct SoughtThing {
    /// As it was typed.
    typed: Option<String>,
    /// The id of the one thing that it fits, or is the whole title of, else what was typed.
    pub(super) id: Option<String>,
    /// The things that it fits, where there are several: their ids and what they are called.
    several: Vec<(String, String)>,
}

impl SoughtThing {
    /// Looks for what is meant among things of a kind.
    pub(super) async fn among(
        session: &Session,
        kind: SearchHitKind,
        typed: Option<&String>,
    ) -> Result<Self, Failure> {
        let typed = asked(typed);
        let mut several = Vec::new();
        if let Some(text) = &typed {
            let found = session.app.search(&session.merchant, text.clone(), SEVERAL_MAX).await?;
            let alike = found.into_iter().filter(|it| it.kind == kind);
            several = alike.map(|it| (it.id, it.title)).collect();
        }
        let wanted = typed.as_deref().unwrap_or_default();
        let whole = |it: &&(String, String)| it.1.to_lowercase() == wanted.to_lowercase();
        let mut whole = several.iter().filter(whole);
        let only = match (several.as_slice(), whole.next(), whole.next()) {
            (all, ..) if all.iter().any(|(id, _)| id == wanted) => typed.clone(),
            ([(only, _)], ..) | (_, Some((only, _)), None) => Some(only.clone()),
            _ => return Ok(Self { id: typed.clone(), typed, several }),
        };
        Ok(Self { typed, id: only, several: Vec::new() })
    }
}

/// One thing to narrow a list down by.
pub(super) struct Narrow<'a> {
    name: &'static str,
    label: &'static str,
    kind: Kind,
    value: Option<&'a String>,
    options: &'static [(&'static str, &'static str)],
    several: &'a [(String, String)],
}

impl<'a> Narrow<'a> {
    /// By what is typed.
    pub(super) fn text(name: &'static str, label: &'static str, value: Option<&'a String>) -> Self {
        Self { name, label, kind: Kind::Text, value, options: &[], several: &[] }
    }

    /// By a thing, as it is called.
    pub(super) fn thing(name: &'static str, label: &'static str, meant: &'a SoughtThing) -> Self {
        Self { several: &meant.several, ..Self::text(name, label, meant.typed.as_ref()) }
    }

    /// By a day.
    pub(super) fn date(name: &'static str, label: &'static str, value: Option<&'a String>) -> Self {
        Self { kind: Kind::Date, ..Self::text(name, label, value) }
    }

    /// By one of a few; none is all.
    pub(super) fn choice(
        name: &'static str,
        label: &'static str,
        value: Option<&'a String>,
        options: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { kind: Kind::Choice, options, ..Self::text(name, label, value) }
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
    let here = address(action, &pairs);
    let several = narrow.iter().flat_map(|by| by.several.iter().map(move |it| (by.name, it)));
    let several = several.map(|(name, (id, title))| {
        let others = pairs.iter().filter(|(other, _)| *other != name).cloned();
        let pairs: Vec<_> = others.chain([(name, id.clone())]).collect();
        let label = if title.is_empty() { id.clone() } else { format!("{title} ({id})") };
        Link::new(label, address(action, &pairs))
    });
    let (action, several, is_set) = (action.to_owned(), several.collect(), here != action);
    (Filters { action, label, text, fields, several, is_set }, here)
}

/// The address of a list that is narrowed down.
fn address(action: &str, pairs: &[(&str, String)]) -> String {
    let set = pairs.iter().filter(|(_, value)| !value.is_empty());
    let set: Vec<String> = set.map(|(name, value)| format!("{name}={}", encode(value))).collect();
    if set.is_empty() { action.to_owned() } else { format!("{action}?{}", set.join("&")) }
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

    #[test]
    fn where_several_fit_each_is_a_link_to_the_list_of_its_own() {
        let several = vec![("a 1".to_owned(), "Ada".to_owned()), ("a2".to_owned(), String::new())];
        let meant = SoughtThing { typed: Some("a".to_owned()), id: Some("a".to_owned()), several };
        let status = "open".to_owned();
        let by = [
            Narrow::thing("customer", "Customer", &meant),
            Narrow::choice("status", "Status", Some(&status), &[("open", "Open")]),
        ];
        let (filters, here) = filters("/x", "", None, &by);
        assert_eq!(here, "/x?customer=a&status=open");
        let links = [
            Link::new("Ada (a 1)".to_owned(), "/x?status=open&customer=a%201"),
            Link::new("a2".to_owned(), "/x?status=open&customer=a2"),
        ];
        assert_eq!(filters.several, links);
    }
}
