//! A document on the page on which its customer reads it: found by the end of its address, which
//! nobody guesses, and written in the language in which it was issued.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};

use crate::domain::document::{Document, Payment, PaymentKind};
use crate::domain::fault::Fault;
use crate::domain::ids::{CreditNoteId, CustomerId, InvoiceId, MerchantId};
use crate::domain::party::Party;
use crate::render::einvoice::{EinvoiceContext, einvoice, lacking};
use crate::render::format::Locale;
use crate::render::look::PageBranding;
use crate::store::documents::{self, FoundCreditNote, FoundInvoice};
use crate::store::{StoreError, Tx, customers, merchants, payments};

use super::previews::{known_locale, page_locale};
use super::{App, AppError};

/// A document with what its page says besides.
#[derive(Debug, Clone)]
pub struct Paper {
    /// What was issued, with its number.
    pub document: Document,
    /// Who sold, as it was then; named as the merchant is where the settings did not say.
    pub seller: Party,
    /// Who bought, as it was then.
    pub buyer: Party,
    /// In which it is written, as its lines are: that of its checkout, else the customer's, else
    /// the merchant's.
    pub locale: Locale,
    /// How pages of the merchant look.
    pub look: PageBranding,
    /// What came in for an invoice and what of that bounced, in order.
    pub payments: Vec<Payment>,
    /// The invoice that a credit note credits, or the credit notes of an invoice.
    pub related: Vec<RelatedDocument>,
    /// The day on which it is read.
    pub today: NaiveDate,
}

/// A document that another one belongs to.
#[derive(Debug, Clone)]
pub struct RelatedDocument {
    /// As it was issued.
    pub document: Document,
    /// The end of its address.
    pub token: String,
}

impl From<FoundInvoice> for RelatedDocument {
    fn from(found: FoundInvoice) -> Self {
        Self { document: Document::Invoice(found.invoice), token: found.token }
    }
}

impl From<FoundCreditNote> for RelatedDocument {
    fn from(found: FoundCreditNote) -> Self {
        Self { document: Document::CreditNote(found.note), token: found.token }
    }
}

/// A document as an electronic invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Einvoice {
    /// How its file is called.
    pub file_name: String,
    /// UBL in the profile `XRechnung`.
    pub xml: String,
}

impl Paper {
    /// Whether it can be an electronic invoice.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        lacking(&self.document, &self.seller, &self.buyer).is_empty()
    }

    /// What was paid by the checkout that issued it, minor units, also where that bounced since.
    fn prepaid(&self) -> i64 {
        let is_own = |it: &&Payment| it.kind == PaymentKind::Payment && it.checkout.is_some();
        self.payments.iter().filter(is_own).map(|payment| payment.amount).sum()
    }

    /// As an electronic invoice.
    ///
    /// # Errors
    /// `document-incomplete`, with what it lacks.
    pub fn einvoice(&self) -> Result<Einvoice, AppError> {
        let credited = self.related.iter().find_map(|related| match &related.document {
            Document::Invoice(invoice) => Some((invoice.number?, invoice.issued_on)),
            Document::CreditNote(_) => None,
        });
        let beside =
            EinvoiceContext { credited, prepaid: self.prepaid(), language: self.locale.spoken() };
        let parties = (&self.seller, &self.buyer);
        let xml = einvoice(&self.document, parties, beside).map_err(incomplete)?;
        let (kind, number) = match &self.document {
            Document::Invoice(invoice) => ("invoice", invoice.number),
            Document::CreditNote(note) => ("credit-note", note.number),
        };
        Ok(Einvoice { file_name: format!("{kind}-{}.xml", number.unwrap_or_default()), xml })
    }
}

fn incomplete(lacking: Vec<Fault>) -> AppError {
    let list = lacking.iter().map(|Fault { pointer, detail }| format!("{pointer} {detail}"));
    let detail = format!("it lacks: {}", list.collect::<Vec<_>>().join(". "));
    let missing = lacking
        .into_iter()
        .map(|Fault { pointer, detail }| json!({"pointer": pointer, "detail": detail}));
    let missing = ("missing", Value::Array(missing.collect()));
    AppError::refused_with("document-incomplete", detail, [missing])
}

impl App {
    /// The seller of a document, called as the merchant is where the settings did not say.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn named_seller(
        &self,
        merchant: &MerchantId,
        seller: Party,
    ) -> Result<Party, AppError> {
        self.read(|mut tx| async move { Ok(named(&mut tx, merchant, seller).await?) }).await
    }

    /// An invoice as an electronic one.
    ///
    /// # Errors
    /// Not found, and `document-incomplete`.
    pub async fn einvoice_of_invoice(
        &self,
        merchant: &MerchantId,
        id: &InvoiceId,
    ) -> Result<Einvoice, AppError> {
        let paper = self.read(|mut tx| async move {
            let now = self.now_in(&mut tx).await?;
            let found = documents::find_invoice(&mut tx, merchant, id).await?;
            let found = found.ok_or(AppError::NotFound("invoice"))?;
            Ok(invoice(&mut tx, merchant, found, now).await?)
        });
        paper.await?.einvoice()
    }

    /// A credit note as an electronic one.
    ///
    /// # Errors
    /// Not found, and `document-incomplete`.
    pub async fn einvoice_of_credit_note(
        &self,
        merchant: &MerchantId,
        id: &CreditNoteId,
    ) -> Result<Einvoice, AppError> {
        let paper = self.read(|mut tx| async move {
            let now = self.now_in(&mut tx).await?;
            let found = documents::find_credit_note(&mut tx, merchant, id).await?;
            let found = found.ok_or(AppError::NotFound("credit note"))?;
            Ok(credit_note(&mut tx, merchant, found, now).await?)
        });
        paper.await?.einvoice()
    }

    /// The document of a customer's page.
    ///
    /// # Errors
    /// Not found.
    pub async fn paper(&self, token: &str) -> Result<Paper, AppError> {
        let token = token.to_owned();
        self.read(|mut tx| async move {
            let now = self.now_in(&mut tx).await?;
            if let Some((merchant, found)) =
                documents::find_invoice_by_token(&mut tx, &token).await?
            {
                return Ok(invoice(&mut tx, &merchant, found, now).await?);
            }
            let found = documents::find_credit_note_by_token(&mut tx, &token).await?;
            let (merchant, found) = found.ok_or(AppError::NotFound("document"))?;
            Ok(credit_note(&mut tx, &merchant, found, now).await?)
        })
        .await
    }
}

async fn invoice(
    tx: &mut Tx,
    merchant: &MerchantId,
    found: FoundInvoice,
    now: DateTime<Utc>,
) -> Result<Paper, StoreError> {
    let id = &found.invoice.id;
    let mut paid = payments::payments_of(tx, merchant, std::slice::from_ref(id)).await?;
    let notes = documents::list_credit_notes_of(tx, merchant, id).await?;
    let PaperReader { locale, look, today } =
        reader(tx, merchant, (&found.invoice.customer, found.locale), now).await?;
    Ok(Paper {
        locale,
        look,
        today,
        seller: named(tx, merchant, found.seller).await?,
        buyer: found.buyer,
        payments: paid.remove(id).unwrap_or_default(),
        related: notes.into_iter().map(RelatedDocument::from).collect(),
        document: Document::Invoice(found.invoice),
    })
}

async fn credit_note(
    tx: &mut Tx,
    merchant: &MerchantId,
    found: FoundCreditNote,
    now: DateTime<Utc>,
) -> Result<Paper, StoreError> {
    let credited = match &found.note.credits {
        Some(invoice) => documents::find_invoice(tx, merchant, invoice).await?,
        None => None,
    };
    let mut note = found.note;
    for line in &mut note.lines {
        let of = credited.as_ref().zip(line.of);
        let of = of.and_then(|(credited, place)| credited.invoice.lines.get(place));
        line.line.exemption = of.and_then(|of| of.line.exemption.clone());
    }
    let PaperReader { locale, look, today } =
        reader(tx, merchant, (&note.customer, found.locale), now).await?;
    Ok(Paper {
        locale,
        look,
        today,
        seller: named(tx, merchant, found.seller).await?,
        buyer: found.buyer,
        payments: Vec::new(),
        related: credited.into_iter().map(RelatedDocument::from).collect(),
        document: Document::CreditNote(note),
    })
}

/// How a document is read.
struct PaperReader {
    locale: Locale,
    look: PageBranding,
    today: NaiveDate,
}

/// The language of a document, else its customer's, else the merchant's, how pages of the merchant
/// look, and which day it is there.
async fn reader(
    tx: &mut Tx,
    merchant: &MerchantId,
    (customer, issued_in): (&CustomerId, Option<String>),
    now: DateTime<Utc>,
) -> Result<PaperReader, StoreError> {
    let customer = customers::find_customer(tx, merchant, customer).await?;
    let settings = merchants::get_settings(tx, merchant).await?;
    let (look, today) = (PageBranding::from(&settings), settings.time_zone.date(now));
    let theirs = customer.and_then(|customer| customer.profile.locale);
    let tag = issued_in.or(theirs).unwrap_or(settings.locale);
    Ok(PaperReader { locale: page_locale(known_locale(&tag)), look, today })
}

/// A seller who has a name.
pub(super) async fn named(
    tx: &mut Tx,
    merchant: &MerchantId,
    seller: Party,
) -> Result<Party, StoreError> {
    if seller.name.is_some() {
        return Ok(seller);
    }
    let merchant = merchants::find_merchant(tx, merchant).await?;
    Ok(Party { name: merchant.map(|merchant| merchant.name), ..seller })
}
