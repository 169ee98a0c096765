//! Invoices and credit notes, and how invoices are paid. What stands on them is left to the
//! domain.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::document::LineKind;
use crate::domain::preview::DocumentKind;
use crate::wire::{Date, Id, Money, Rate, Reference, Span, Title};

/// Where a document stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DocumentStatus {
    /// An invoice that waits for its money.
    Open,
    /// An invoice on which nothing is due.
    Paid,
    /// An invoice that was credited in full.
    Cancelled,
    /// A credit note.
    Issued,
}

/// An invoice or a credit note; never edited once issued. Amounts of credit notes are positive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Document {
    /// Its id; a preview has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub id: Option<String>,
    /// Its gapless number; a preview has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub number: Option<i64>,
    /// Which of the two it is.
    pub kind: DocumentKind,
    /// Where it stands.
    pub status: DocumentStatus,
    /// Whose it is.
    pub customer: String,
    /// The day of issue.
    #[schema(value_type = Date)]
    pub issued_on: NaiveDate,
    /// The day by which it is to be paid.
    #[schema(value_type = Option<Date>)]
    pub due_on: Option<NaiveDate>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The sum without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// The sum with tax.
    pub gross: Money,
    /// What the credit balance paid; below zero it is a debt that was added.
    pub credit_applied: Money,
    /// What is still owed.
    pub amount_due: Money,
    /// The invoice that a credit note credits; null where that was issued elsewhere.
    pub credits: Option<String>,
}

/// One line of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Line {
    /// The subscription that it is for; a preview of a new one has none.
    pub subscription: Option<String>,
    /// The offer that it is for.
    pub offer: String,
    /// What it is for.
    pub kind: LineKind,
    /// The same in words.
    pub description: String,
    /// The time that it is for.
    pub period: Span,
    /// The amount without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// The amount with tax.
    pub gross: Money,
    /// The rate of the tax, in percent.
    #[schema(value_type = Rate)]
    pub tax_rate: String,
}

/// A payment of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayBody {
    /// What it is called where the money moves.
    #[schema(value_type = Reference)]
    pub reference: String,
    /// The day of the payment; today unless given.
    #[schema(value_type = Option<Date>)]
    pub paid_on: Option<NaiveDate>,
}

/// A payment that bounced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnpayBody {
    /// What it is called where the money moves.
    #[schema(value_type = Reference)]
    pub reference: String,
    /// Why it bounced.
    #[schema(value_type = Title)]
    pub reason: String,
}

/// Which documents are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DocumentFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those with a line for this subscription.
    #[param(value_type = Option<Id>, inline)]
    pub subscription: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<DocumentStatus>,
}
