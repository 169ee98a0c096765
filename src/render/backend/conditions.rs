//! Conditions as they are clicked together, and lists of cards: nested fields whose buttons send
//! the form and come back with it changed, nothing saved.

use serde::Serialize;

use crate::render::backend::form::{Choice, Field};
use crate::render::backend::phrase::{Phrase, ours};

/// A condition with its sentence.
#[derive(Clone, Debug, Serialize)]
pub struct ConditionField {
    /// Its id on the page.
    pub id: String,
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// It as a sentence; empty where there is none yet.
    pub told: Phrase,
    /// It as somebody else has stored it in the meantime; may be empty.
    pub stored: Phrase,
    /// The button that reads it once more.
    pub look: PressedButton,
    /// What it is made of.
    pub root: Option<ConditionNode>,
    /// What can be added to it, where it is no group.
    pub adding: Option<AddableParts>,
    /// What is wrong with the whole of it.
    pub problems: Vec<Phrase>,
}

/// A group of conditions, or a clause.
#[derive(Clone, Debug, Serialize)]
pub struct ConditionNode {
    /// Its id on the page.
    pub id: String,
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// The name of the field that says what it is.
    pub name: String,
    /// What it is.
    pub kind: &'static str,
    /// How the conditions of a group may count; none for a clause.
    pub kinds: Vec<Choice>,
    /// The fields of a clause.
    pub fields: Vec<Field>,
    /// The conditions of a group.
    pub inner: Vec<ConditionNode>,
    /// What can be added to a group.
    pub adding: Option<AddableParts>,
    /// Why nothing can be added to it; may be empty.
    pub note: Phrase,
    /// The button that removes it.
    pub removing: PressedButton,
    /// What is wrong with the whole of it.
    pub problems: Vec<Phrase>,
}

/// What can be added at a place.
#[derive(Clone, Debug, Serialize)]
pub struct AddableParts {
    /// The id on the page of the field that says what is to be added.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What can be added.
    pub kinds: Vec<Choice>,
    /// The button that adds it.
    pub condition: PressedButton,
    /// The button that adds a group, where one may lie there.
    pub group: Option<PressedButton>,
}

/// A button that changes a form.
#[derive(Clone, Debug, Serialize)]
pub struct PressedButton {
    /// What it sends.
    pub value: String,
    /// The id on the page to which it leads.
    pub anchor: String,
}

/// A list of cards, each with fields of its own.
#[derive(Clone, Debug, Serialize)]
pub struct Cards {
    /// Its id on the page.
    pub id: String,
    /// What the list is called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// The cards, in order.
    pub cards: Vec<Card>,
    /// What the button says that adds one.
    #[serde(serialize_with = "ours")]
    pub add: &'static str,
    /// That button, where there is room for one more.
    pub adding: Option<PressedButton>,
    /// What somebody else has stored in the meantime; may be empty.
    pub stored: Phrase,
    /// What is wrong with the whole of it.
    pub problems: Vec<Phrase>,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub struct Card {
    /// Its id on the page.
    pub id: String,
    /// What it is called, such as "Gift 2".
    pub title: Phrase,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Its condition, if it has one.
    pub condition: Option<ConditionField>,
    /// Its fields behind that, in order.
    pub rest: Vec<Field>,
    /// The buttons that move it, where there is somewhere to go.
    pub up: Option<PressedButton>,
    /// The same, to the next place.
    pub down: Option<PressedButton>,
    /// The button that removes it.
    pub removing: PressedButton,
    /// What is wrong with the whole of it.
    pub problems: Vec<Phrase>,
}
