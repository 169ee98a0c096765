//! What several pages show: times, states, the way through a list.

use serde::Serialize;

use crate::render::backend::form::{Choice, Kind};
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::phrase::{Phrase, ours};

/// Where something stands, in a word and a colour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Badge {
    /// The word.
    pub text: Phrase,
    /// The colour.
    pub tone: Tone,
}

impl Badge {
    /// A badge.
    pub fn new(tone: Tone, text: impl Into<Phrase>) -> Self {
        Self { text: text.into(), tone }
    }
}

/// A customer, by what they are called, with the way to their page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Person {
    /// By which they are found.
    pub id: String,
    /// What they are called: by their name, else their mail address, else their id.
    pub name: String,
}

impl Person {
    /// Somebody of whom only the id is known yet.
    #[must_use]
    pub fn of(id: &impl ToString) -> Self {
        let id = id.to_string();
        Self { name: id.clone(), id }
    }
}

/// The way to the pages of a list before and after this one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pager {
    /// Towards the beginning.
    pub previous: Option<Link>,
    /// Towards the end.
    pub next: Option<Link>,
}

/// A field to search a list with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Search {
    /// What is searched, such as "Search offers".
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// Where the search is sent.
    pub action: String,
    /// What was searched.
    pub text: String,
}

/// Pages that belong together, such as those of the settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tab {
    /// The page.
    #[serde(flatten)]
    pub link: Link,
    /// Whether this is it.
    pub current: bool,
}

/// Bars over a number of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chart {
    /// What it shows, in a sentence.
    pub label: Phrase,
    /// The days, as ISO 8601 has them.
    pub days: Vec<String>,
    /// One row of bars each, stacked.
    pub series: Vec<Series>,
}

/// A row of bars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Series {
    /// What it counts.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// How many on each day.
    pub values: Vec<i64>,
}

/// What a list is narrowed down by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Filters {
    /// The list.
    pub action: String,
    /// What is searched, such as "Search customers"; empty where nothing is.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// What was searched.
    pub text: String,
    /// What else it is narrowed down by.
    pub fields: Vec<Filter>,
    /// The things of which one may be meant, each with the list that is narrowed down by it.
    pub several: Vec<Link>,
    /// Whether anything narrows it down.
    pub is_set: bool,
}

/// One thing by which a list is narrowed down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// Its name in the query.
    pub name: &'static str,
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// One line, a date, or one of a few.
    pub kind: Kind,
    /// What was asked for.
    pub value: String,
    /// What can be picked.
    pub options: Vec<Choice>,
}
