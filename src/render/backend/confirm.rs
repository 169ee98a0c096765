//! Asks once more before something is done that cannot simply be undone.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::{Field, FormProblem};

/// The question, what it is about, and the two ways on.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ConfirmPage {
    /// What would happen, in a sentence or two.
    pub lead: &'static str,
    /// Why it was refused, if it was.
    pub refused: Option<String>,
    /// What it is about.
    pub facts: Vec<Fact>,
    /// What is asked besides, in their order.
    pub fields: Vec<Field>,
    /// What is wrong with that.
    pub problems: Vec<FormProblem>,
    /// Where the answer is sent.
    pub action: String,
    /// What the button says.
    pub button: &'static str,
    /// Whether it takes something away.
    pub is_danger: bool,
    /// What the way back says.
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
    pub label: &'static str,
    /// What it is.
    pub text: String,
}

impl Fact {
    /// A fact.
    pub fn new(label: &'static str, text: impl Into<String>) -> Self {
        Self { label, text: text.into() }
    }
}
