//! The form by which a running subscription is brought over from elsewhere.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::confirm::Fact;
use crate::render::backend::form::Form;
use crate::render::backend::phrase::Phrase;

/// What is asked, and what would come of it.
#[derive(Clone, Debug, Serialize)]
pub struct BringOverPage {
    /// The fields.
    pub form: Form,
    /// Why it was refused, if it was, where that is no matter of a field.
    pub refused: Option<Phrase>,
    /// What would come of it; empty where it was not looked at.
    pub facts: Vec<Fact>,
    /// Where it is sent.
    pub action: String,
    /// Where the way back leads.
    pub back: &'static str,
    /// What names the form.
    pub once: String,
}

impl BackendPage for BringOverPage {
    const TEMPLATE: &'static str = "backend/bring_over";
}
