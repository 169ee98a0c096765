//! A customer's document where others lead to it.

use serde::Serialize;

/// A document of a customer.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentLink {
    /// Which kind.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// The day of issue, or by which what is open is to be paid.
    pub on: String,
    /// What it comes to.
    pub amount: String,
    /// What is still to be paid of it, if anything.
    pub due: Option<String>,
    /// Its page.
    pub href: String,
}

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// What the customer owes.
    Invoice,
    /// What the customer is given back.
    CreditNote,
}
