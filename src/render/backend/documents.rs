//! Invoices and credit notes: the lists, one as it is printed, and what is taken out as a file.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Form;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Badge, Filters, Pager, Person, Tab};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;
use crate::render::paper::PartyLines;

/// Invoices, or credit notes.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentsPage {
    /// What they are called.
    #[serde(serialize_with = "ours")]
    pub title: &'static str,
    /// Both lists and the export.
    pub tabs: Vec<Tab>,
    /// What is looked for.
    pub filters: Filters,
    /// Those found.
    pub rows: Vec<DocumentRow>,
    /// The way through them.
    pub pager: Pager,
    /// What of invoices is overdue, by currency; none where nothing is.
    pub overdue: Vec<OverdueRow>,
}

/// What is overdue in a currency, by how many days it is.
#[derive(Clone, Debug, Serialize)]
pub struct OverdueRow {
    /// Which currency.
    pub currency: &'static str,
    /// 1 to 30 days, 31 to 60, 61 to 90, and more.
    pub by_age: Vec<String>,
    /// All of it.
    pub sum: String,
    /// On how many invoices.
    pub late: i64,
}

impl BackendPage for DocumentsPage {
    const TEMPLATE: &'static str = "backend/documents";
}

/// A document in a list.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentRow {
    /// What it is and its number.
    pub title: Phrase,
    /// Its page.
    pub href: String,
    /// The customer whose it is.
    pub customer: Person,
    /// When it was issued.
    pub issued: Time,
    /// By when it is to be paid.
    pub due: Option<Time>,
    /// What it comes to.
    pub gross: String,
    /// What is still owed on it.
    pub open: Option<String>,
    /// Where it stands.
    pub status: Badge,
}

/// A document as it is printed.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentPage {
    /// What it is and its number.
    pub title: Phrase,
    /// Its id.
    pub id: String,
    /// The tags of its life outside the paper.
    pub row: DocumentRow,
    /// Who sells.
    pub seller: PartyLines,
    /// Who buys.
    pub buyer: PartyLines,
    /// What it says.
    pub lines: Vec<DocumentLine>,
    /// The tax, rate by rate.
    pub taxes: Vec<TaxRow>,
    /// Without tax.
    pub net: String,
    /// The tax.
    pub tax: String,
    /// With tax.
    pub gross: String,
    /// What was set against it from the credit balance.
    pub applied: Option<String>,
    /// What is still to be paid.
    pub due: Option<String>,
    /// Why it was credited by hand.
    pub reason: Option<String>,
    /// What came in for it, and what of that bounced.
    pub payments: Vec<PaymentRow>,
    /// The invoice that a credit note lowers; the credit notes that lower an invoice.
    pub related: Vec<Link>,
    /// Whether a payment can be recorded.
    pub can_pay: bool,
    /// Whether anything is left of it that can be credited.
    pub can_credit: bool,
    /// Whether a payment can bounce.
    pub can_bounce: bool,
    /// The page on which the customer reads it.
    pub as_sent: String,
    /// Where it is an electronic invoice.
    pub as_xml: String,
    /// What it lacks to be one.
    pub lacking: Vec<Phrase>,
}

impl BackendPage for DocumentPage {
    const TEMPLATE: &'static str = "backend/document";
}

/// A line of a document.
#[derive(Clone, Debug, Serialize)]
pub struct DocumentLine {
    /// What for.
    pub description: String,
    /// For which days.
    pub days: String,
    /// The subscription, by id.
    pub subscription: String,
    /// What was taken off the price.
    pub discount: Option<String>,
    /// The rate of the tax.
    pub rate: String,
    /// Without tax.
    pub net: String,
    /// With tax.
    pub gross: String,
}

/// The tax at one rate.
#[derive(Clone, Debug, Serialize)]
pub struct TaxRow {
    /// The rate.
    pub rate: String,
    /// On how much.
    pub net: String,
    /// The tax on that.
    pub tax: String,
}

/// Money that came in for an invoice, or went back.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentRow {
    /// The day of it.
    pub on: Time,
    /// Which way.
    #[serde(serialize_with = "ours")]
    pub what: &'static str,
    /// What it is called where the money moves.
    pub reference: String,
    /// The amount.
    pub amount: String,
    /// Why it bounced.
    pub reason: Option<String>,
}

/// Which documents to take out.
#[derive(Clone, Debug, Serialize)]
pub struct ExportPage {
    /// Both lists and the export.
    pub tabs: Vec<Tab>,
    /// `from` and `to`.
    pub form: Form,
}

impl BackendPage for ExportPage {
    const TEMPLATE: &'static str = "backend/export";
}
