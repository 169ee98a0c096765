//! The door, and what is shown where a page cannot be.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Form;
use crate::render::backend::phrase::{Phrase, ours};

/// The form that asks for a key.
#[derive(Clone, Debug, Serialize)]
pub struct SignInPage {
    /// `key` and `next`.
    pub form: Form,
}

impl BackendPage for SignInPage {
    const TEMPLATE: &'static str = "backend/sign_in";
}

/// Why a page is not shown.
#[derive(Clone, Debug, Serialize)]
pub struct FailurePage {
    /// What happened, in a sentence.
    pub detail: Phrase,
    /// The stable code of the problem.
    pub code: &'static str,
    /// The id under which it stands in the log.
    pub request: Option<String>,
    /// What to do about it.
    #[serde(serialize_with = "ours")]
    pub remedy: &'static str,
    /// What was sent, where sending it again may help.
    pub again: Option<ResubmitForm>,
}

/// A form that can be sent once more as it was.
#[derive(Clone, Debug, Serialize)]
pub struct ResubmitForm {
    /// Where it is sent to.
    pub action: String,
    /// Its fields with what stands in them.
    pub fields: Vec<(String, String)>,
}

impl BackendPage for FailurePage {
    const TEMPLATE: &'static str = "backend/failure";
}
