//! Forms with what was typed and what is wrong with it. What is right is decided elsewhere.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::render::backend::phrase::{Phrase, ours};

/// A form: its fields by key, which is the pointer with `_` for `/` (`/seller/name` is
/// `seller_name`). In a template `{{> backend/parts/field page.form.seller_name}}` shows one.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Form {
    /// Every fault, in the order of the fields.
    pub problems: Vec<FormProblem>,
    /// The version of what it was made from, which it sends back; empty where there was nothing.
    pub version: String,
    /// That somebody else has changed that in the meantime.
    pub changed: Option<Changed>,
    /// The fields.
    #[serde(flatten)]
    pub fields: BTreeMap<String, Field>,
}

/// A fault with the way to its field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FormProblem {
    /// What the field is called; none where it concerns the whole.
    pub label: Option<Phrase>,
    /// What is wrong, and what would be right.
    pub detail: Phrase,
    /// The id of the field.
    pub anchor: Option<String>,
}

impl FormProblem {
    /// Whether it is a fault of the whole that is told with this pointer.
    #[must_use]
    pub fn is_at(&self, pointer: &str) -> bool {
        let Phrase::Ours(_, values) = &self.detail else {
            return false;
        };
        self.label.is_none() && values.first().is_some_and(|first| *first == *pointer)
    }
}

/// What somebody else has done to the thing that a form is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Whether it is not there any more.
    pub is_gone: bool,
    /// The fields in which what is stored is not what was typed: the id on the page and the label.
    pub fields: Vec<(String, Phrase)>,
}

/// One field.
#[derive(Clone, Debug, Serialize)]
pub struct Field {
    /// Its name in the form, which is its JSON pointer.
    pub name: String,
    /// Its id on the page.
    pub id: String,
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// What to think of when filling it; may be empty.
    #[serde(serialize_with = "ours")]
    pub hint: &'static str,
    /// How it is filled in.
    pub kind: Kind,
    /// Whether it must be filled in.
    pub required: bool,
    /// What was typed, or stands there to begin with.
    pub value: String,
    /// The second part of what has two, such as the currency of an amount.
    pub second: String,
    /// Whether a box is ticked.
    pub checked: bool,
    /// What can be picked.
    pub options: Vec<Choice>,
    /// What may be picked while typing, besides anything else.
    pub suggestions: Vec<String>,
    /// Whether somebody else has stored something else than what was typed.
    pub is_changed: bool,
    /// What they stored; that may be nothing.
    pub stored: Vec<Phrase>,
    /// What is wrong with it.
    pub problems: Vec<Phrase>,
}

impl Field {
    /// The same below a place of a larger form.
    #[must_use]
    pub fn within(self, at: &str) -> Self {
        let name = format!("{at}{}", self.name);
        Self { id: id_of(&name), name, ..self }
    }

    /// Says what can be picked in it; picked is what was typed. A value that is not among them is
    /// kept as one more. Of many, those that are picked come first, in their order.
    #[must_use]
    pub fn with_options(
        mut self,
        options: impl IntoIterator<Item = (impl Into<String>, impl Into<Phrase>)>,
    ) -> Self {
        // What was typed came as options of their own.
        let values: Vec<String> = self.options.drain(..).map(|choice| choice.value).collect();
        let values = if values.is_empty() { vec![self.value.clone()] } else { values };
        self.options = options
            .into_iter()
            .map(|(value, label)| (value.into(), label.into()))
            .map(|(value, label)| Choice { selected: values.contains(&value), value, label })
            .collect();
        for value in &mut self.stored {
            let named = self.options.iter().find(|choice| *value == choice.value.as_str());
            if let Some(choice) = named {
                value.clone_from(&choice.label);
            }
        }
        for value in values.iter().filter(|value| !value.is_empty()) {
            if !self.options.iter().any(|choice| choice.value == *value) {
                let (value, label) = (value.clone(), value.into());
                self.options.push(Choice { value, label, selected: true });
            }
        }
        if self.kind == Kind::Many {
            let place = |choice: &Choice| {
                values.iter().position(|value| *value == choice.value).unwrap_or(values.len())
            };
            self.options.sort_by_key(place);
        }
        self
    }
}

/// The id on the page of what has this name in a form.
#[must_use]
pub fn id_of(name: &str) -> String {
    format!("f-{}", name.trim_start_matches('/').replace('/', "_"))
}

/// How a field is filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One line.
    Text,
    /// One line that is not shown, and is not shown again.
    Secret,
    /// Several lines.
    Area,
    /// A list, one element a line.
    Lines,
    /// A whole number.
    Number,
    /// A date.
    Date,
    /// An amount and its currency.
    Money,
    /// A count and a unit of time.
    Period,
    /// A box to tick.
    Flag,
    /// One of a few.
    Choice,
    /// Any of several, to be found by typing.
    Many,
    /// What is sent as it is, unseen.
    Hidden,
}

/// Something that can be picked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: Phrase,
    /// Whether it is picked.
    pub selected: bool,
}

impl Form {
    /// Offers these while a field is typed into.
    #[must_use]
    pub fn with_suggestions(
        mut self,
        key: &str,
        suggestions: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        if let Some(field) = self.fields.get_mut(key) {
            field.suggestions = suggestions.into_iter().map(str::to_owned).collect();
        }
        self
    }

    /// Says what can be picked in a field.
    #[must_use]
    pub fn with_options(
        mut self,
        key: &str,
        options: impl IntoIterator<Item = (impl Into<String>, impl Into<Phrase>)>,
    ) -> Self {
        if let Some(field) = self.fields.remove(key) {
            self.fields.insert(key.to_owned(), field.with_options(options));
        }
        self
    }
}
