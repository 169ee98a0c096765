//! Reading invoices and credit notes. They are stored by [`super::plans`].

use chrono::NaiveDate;

use super::{Page, StoreError, Tx};
use crate::domain::document::{CreditNote, Invoice, InvoiceLine, InvoiceStatus, Line};
use crate::domain::ids::{CreditNoteId, CustomerId, InvoiceId, MerchantId, SubscriptionId};
use crate::domain::merchant::Party;

/// An invoice with the parties as they were when it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundInvoice {
    /// With its number.
    pub invoice: Invoice,
    /// Who sold.
    pub seller: Party,
    /// Who bought; `vat_id` holds the mail address.
    pub buyer: Party,
}

/// A credit note with the parties as they were when it was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCreditNote {
    /// With its number.
    pub note: CreditNote,
    /// Who sold.
    pub seller: Party,
    /// Who bought; `vat_id` holds the mail address.
    pub buyer: Party,
}

/// Which documents to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DocumentFilter {
    /// Whose.
    pub customer: Option<CustomerId>,
    /// With a line for this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Where it stands; credit notes have no status and are not filtered by it.
    pub status: Option<InvoiceStatus>,
}

/// A line of an invoice, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BilledLine {
    /// The invoice.
    pub invoice: InvoiceId,
    /// The invoice's number.
    pub number: i64,
    /// From 0.
    pub position: usize,
    /// The line.
    pub line: InvoiceLine,
}

/// A line of a credit note, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditedLine {
    /// The credit note.
    pub note: CreditNoteId,
    /// The credit note's number.
    pub number: i64,
    /// From 0.
    pub position: usize,
    /// The line.
    pub line: Line,
    /// The invoice that it credits, and the place of the line there.
    pub of: Option<(InvoiceId, usize)>,
}

/// An invoice.
pub async fn find_invoice(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &InvoiceId,
) -> Result<Option<FoundInvoice>, StoreError> {
    todo!()
}

/// Invoices, by id, which is the order of creation.
pub async fn list_invoices(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &DocumentFilter,
    page: &Page,
) -> Result<Vec<FoundInvoice>, StoreError> {
    todo!()
}

/// A credit note.
pub async fn find_credit_note(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CreditNoteId,
) -> Result<Option<FoundCreditNote>, StoreError> {
    todo!()
}

/// Credit notes, by id, which is the order of creation.
pub async fn list_credit_notes(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &DocumentFilter,
    page: &Page,
) -> Result<Vec<FoundCreditNote>, StoreError> {
    todo!()
}

/// The credit notes of an invoice, in order of issue.
pub async fn list_credit_notes_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    invoice: &InvoiceId,
) -> Result<Vec<FoundCreditNote>, StoreError> {
    todo!()
}

/// The invoice lines for a subscription whose days overlap `[from, to)`, by start.
pub async fn list_billed_lines(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscription: &SubscriptionId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<BilledLine>, StoreError> {
    todo!()
}

/// The credit note lines for a subscription whose days overlap `[from, to)`, by start.
pub async fn list_credited_lines(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscription: &SubscriptionId,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Vec<CreditedLine>, StoreError> {
    todo!()
}
