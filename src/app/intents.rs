//! What is asked about a checkout, as it is handed on.

use serde_json::{Map, Value};

use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::CheckoutId;
use crate::domain::money::Money;
use crate::domain::purchase::Purchase;

/// A checkout to be opened, as sent.
#[derive(Debug, Clone)]
pub struct CheckoutDraft {
    /// What is asked.
    pub request: CheckoutRequest,
    /// The locale of its texts; else the customer's, else the merchant's.
    pub locale: Option<String>,
    /// The caller's own data.
    pub metadata: Option<Map<String, Value>>,
    /// Where the customer goes afterwards.
    pub return_url: Option<String>,
}

/// How a checkout is to be completed.
#[derive(Debug, Clone, Default)]
pub struct Completion {
    /// What the customer picked.
    pub mode: Option<Purchase>,
    /// What was paid, and its reference.
    pub payment: Option<(String, Money)>,
    /// The stamp of what the customer saw, where the caller says so.
    pub stamp: Option<String>,
}

/// What is asked about one checkout.
#[derive(Debug, Clone)]
pub(super) enum CheckoutIntent {
    /// To open it.
    Open(Box<CheckoutDraft>),
    /// To complete it.
    Complete(CheckoutId, Completion),
}

impl CheckoutIntent {
    /// What of two intents cannot be the same where they are taken together.
    pub(super) fn about(&self) -> &str {
        match self {
            Self::Open(draft) => draft.request.customer.as_str(),
            Self::Complete(id, _) => id.as_str(),
        }
    }
}
