//! Invoices and credit notes as they are shown: with the parties, with what was paid, and with the
//! page on which the customer reads them.

use std::collections::BTreeMap;

use crate::domain::document::Payment;
use crate::domain::ids::{CreditNoteId, InvoiceId, MerchantId};
use crate::store::documents::{self, DocumentFilter, FoundCreditNote, FoundInvoice};
use crate::store::{Page, Tx, payments};
use crate::wire::documents::Document;

use super::addresses;
use super::{App, AppError};

impl App {
    /// An invoice.
    ///
    /// # Errors
    /// Not found.
    pub async fn invoice(
        &self,
        merchant: &MerchantId,
        id: &InvoiceId,
    ) -> Result<Document, AppError> {
        self.read(|mut tx| async move { invoice(self, &mut tx, merchant, id).await }).await
    }

    /// A credit note.
    ///
    /// # Errors
    /// Not found.
    pub async fn credit_note(
        &self,
        merchant: &MerchantId,
        id: &CreditNoteId,
    ) -> Result<Document, AppError> {
        self.read(|mut tx| async move { credit_note(self, &mut tx, merchant, id).await }).await
    }

    /// What came in for an invoice and what of that bounced, in order.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn payments_of(
        &self,
        merchant: &MerchantId,
        invoice: &InvoiceId,
    ) -> Result<Vec<Payment>, AppError> {
        self.read(|mut tx| async move {
            let of = std::slice::from_ref(invoice);
            let mut paid = payments::payments_of(&mut tx, merchant, of).await?;
            Ok(paid.remove(invoice).unwrap_or_default())
        })
        .await
    }

    /// Invoices, by id, which is by issue; those that are overdue today, those that are not, or
    /// both.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn invoices(
        &self,
        merchant: &MerchantId,
        filter: DocumentFilter,
        overdue: Option<bool>,
        page: Page,
    ) -> Result<Vec<Document>, AppError> {
        self.read(|mut tx| async move {
            let mut filter = filter;
            if let Some(overdue) = overdue {
                filter.overdue = Some((overdue, self.context(&mut tx, merchant).await?.today));
            }
            let found = documents::list_invoices(&mut tx, merchant, &filter, &page).await?;
            let ids: Vec<_> = found.iter().map(|found| found.invoice.id.clone()).collect();
            let mut paid = payments::payments_of(&mut tx, merchant, &ids).await?;
            Ok(found.iter().map(|found| shown(self, found, &mut paid)).collect())
        })
        .await
    }

    /// Credit notes, by id, which is by issue.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn credit_notes(
        &self,
        merchant: &MerchantId,
        filter: DocumentFilter,
        page: Page,
    ) -> Result<Vec<Document>, AppError> {
        let found = self.credit_notes_in_full(merchant, filter, page).await?;
        Ok(found.iter().map(|found| shown_credit(self, found)).collect())
    }
}

/// An invoice as it is shown.
pub(super) async fn invoice(
    app: &App,
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &InvoiceId,
) -> Result<Document, AppError> {
    let found = documents::find_invoice(tx, merchant, id).await?;
    let found = found.ok_or(AppError::NotFound("invoice"))?;
    let mut paid = payments::payments_of(tx, merchant, std::slice::from_ref(id)).await?;
    Ok(shown(app, &found, &mut paid))
}

/// A credit note as it is shown.
pub(super) async fn credit_note(
    app: &App,
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CreditNoteId,
) -> Result<Document, AppError> {
    let found = documents::find_credit_note(tx, merchant, id).await?;
    Ok(shown_credit(app, &found.ok_or(AppError::NotFound("credit note"))?))
}

fn shown(
    app: &App,
    found: &FoundInvoice,
    paid: &mut BTreeMap<InvoiceId, Vec<Payment>>,
) -> Document {
    let paid = paid.remove(&found.invoice.id).unwrap_or_default();
    let parties = (&found.seller, &found.buyer);
    Document::from(&found.invoice).issued(
        app.url_of(&addresses::document(&found.token)),
        parties,
        &paid,
    )
}

fn shown_credit(app: &App, found: &FoundCreditNote) -> Document {
    let parties = (&found.seller, &found.buyer);
    Document::from(&found.note).issued(app.url_of(&addresses::document(&found.token)), parties, &[])
}
