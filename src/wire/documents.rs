//! Invoices and credit notes, and how invoices are paid. What stands on them is left to the
//! domain.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::domain::document::LineKind;
use crate::domain::preview::DocumentKind;
use crate::rules::definitions::parties::{BankAccountDraft, ContactDraft, PostalAddressDraft};
use crate::rules::definitions::taxes::ExemptionDraft;
use crate::wire::payments::Payment;
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
    /// Its page for the customer, in their language and printable. Whoever knows it may read it; a
    /// preview has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
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
    /// Who sold, as it was when this was issued; a preview does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub seller: Option<Party>,
    /// Who bought, as it was when this was issued; a preview does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub buyer: Option<Party>,
    /// The day of issue.
    #[schema(value_type = Date)]
    pub issued_on: NaiveDate,
    /// The day by which it is to be paid.
    #[schema(value_type = Option<Date>)]
    pub due_on: Option<NaiveDate>,
    /// Why it was credited by hand; only a credit note that was has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// Its lines.
    pub lines: Vec<Line>,
    /// The sums of its lines by rate, the lowest first.
    pub taxes: Vec<TaxSum>,
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
    /// What came in for an invoice and what of that bounced, in order; a preview does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub payments: Option<Vec<Payment>>,
}

/// Who sells or buys, as documents name them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Party {
    /// The name.
    pub name: Option<String>,
    /// The postal address, in lines.
    pub address: Option<String>,
    /// The tax number.
    pub vat_id: Option<String>,
    /// The mail address.
    pub email: Option<String>,
    /// The tax number that is no VAT identification number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub tax_number: Option<String>,
    /// The postal address, part by part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub postal_address: Option<PostalAddressDraft>,
    /// Where the seller wants the money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub bank: Option<BankAccountDraft>,
    /// Whom to ask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contact: Option<ContactDraft>,
    /// What the buyer wanted to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reference: Option<String>,
}

/// What the lines of one tax rate come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TaxSum {
    /// The rate, in percent.
    #[schema(value_type = Rate)]
    pub rate: String,
    /// Without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
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
    /// What the law wants to be told of the offer, as it was when it was sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub legal_advice: Option<String>,
    /// The time that it is for.
    pub period: Span,
    /// The amount without tax.
    pub net: Money,
    /// The tax.
    pub tax: Money,
    /// The amount with tax.
    pub gross: Money,
    /// What was taken off the price, tax included: net, tax and gross are after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub discount: Option<Money>,
    /// The rate of the tax, in percent.
    #[schema(value_type = Rate)]
    pub tax_rate: String,
    /// Why no tax is charged, as it was when it was issued; said on invoices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub exemption: Option<ExemptionDraft>,
}

/// Where what is more than is due goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Surplus {
    /// To the customer's credit balance.
    Balance,
}

/// A payment of an invoice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayBody {
    /// What it is called where the money moves; spaces around that do not count.
    #[serde(deserialize_with = "crate::wire::trimmed")]
    #[schema(value_type = Reference)]
    pub reference: String,
    /// The day of the payment; today unless given.
    #[schema(value_type = Option<Date>)]
    pub paid_on: Option<NaiveDate>,
    /// How much; what is due unless given. Less leaves the invoice open for the rest.
    pub amount: Option<Money>,
    /// Where it goes if it is more than is due; without this it is refused then.
    pub surplus: Option<Surplus>,
}

/// A credit by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditBody {
    /// Why: it stands on the credit note.
    #[schema(value_type = Title)]
    pub reason: String,
    /// Which lines; all that is left of the invoice unless given.
    #[schema(min_items = 1, max_items = 1000)]
    pub lines: Option<Vec<CreditedLine>>,
}

/// A line that is credited by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditedLine {
    /// Its place on the invoice, from 0.
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub line: u32,
    /// How much of its gross; all that is left unless given.
    pub gross: Option<Money>,
}

/// A payment that bounced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnpayBody {
    /// The reference with which it came in.
    #[schema(value_type = Reference)]
    pub reference: String,
    /// The payment, by id: needed where several of this reference stand on the invoice.
    #[serde(default)]
    #[schema(value_type = Option<Id>)]
    pub payment: Option<String>,
    /// Why it bounced.
    #[schema(value_type = Title)]
    pub reason: String,
}

/// Which credit notes are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CreditNoteFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those with a line for this subscription.
    #[param(value_type = Option<Id>, inline)]
    pub subscription: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<DocumentStatus>,
    /// Those issued on this day or later.
    #[param(value_type = Option<Date>, inline)]
    pub issued_from: Option<NaiveDate>,
    /// Those issued on this day or before.
    #[param(value_type = Option<Date>, inline)]
    pub issued_to: Option<NaiveDate>,
}

/// Which invoices are wanted.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InvoiceFilter {
    /// Those of this customer.
    #[param(value_type = Option<Id>, inline)]
    pub customer: Option<String>,
    /// Those with a line for this subscription.
    #[param(value_type = Option<Id>, inline)]
    pub subscription: Option<String>,
    /// Those with this status.
    #[param(inline)]
    pub status: Option<DocumentStatus>,
    /// Those that are open and past the day by which they were to be paid, or those that are not.
    pub overdue: Option<bool>,
    /// Those issued on this day or later.
    #[param(value_type = Option<Date>, inline)]
    pub issued_from: Option<NaiveDate>,
    /// Those issued on this day or before.
    #[param(value_type = Option<Date>, inline)]
    pub issued_to: Option<NaiveDate>,
}
