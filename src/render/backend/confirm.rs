//! Asks once more before something is done that cannot simply be undone.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::{Field, FormProblem};
use crate::render::backend::phrase::{Phrase, ours};

/// The question, what it is about, and the two ways on.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConfirmPage {
    /// What would happen, in a sentence or two.
    #[serde(serialize_with = "ours")]
    pub lead: &'static str,
    /// Why it was refused, if it was.
    pub refused: Option<Phrase>,
    /// What it is about.
    pub facts: Vec<Fact>,
    /// What is asked besides, in their order.
    pub fields: Vec<Field>,
    /// What is wrong with that.
    pub problems: Vec<FormProblem>,
    /// Where the answer is sent.
    pub action: String,
    /// What the button says.
    #[serde(serialize_with = "ours")]
    pub button: &'static str,
    /// Whether it takes something away.
    pub is_danger: bool,
    /// What the way back says.
    #[serde(serialize_with = "ours")]
    pub keep: &'static str,
    /// Where that leads.
    pub back: String,
    /// What names the form, where it is done once however often it is sent.
    pub once: Option<String>,
}

impl BackendPage for ConfirmPage {
    const TEMPLATE: &'static str = "backend/confirm";
}

/// Something that is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// What it is.
    pub text: Phrase,
}

impl Fact {
    /// A fact.
    pub fn new(label: &'static str, text: impl Into<Phrase>) -> Self {
        Self { label, text: text.into() }
    }
}
