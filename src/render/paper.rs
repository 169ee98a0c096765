//! An invoice or a credit note as its customer reads it, on a screen and on paper. Values are
//! written in the customer's language already; they are escaped here.

use serde::Serialize;

use crate::domain::catalogue::ExemptionKind;
use crate::domain::party::{BankAccount, Party};
use crate::render::RenderError;
use crate::render::format::Locale;
use crate::render::links::DocumentKind;
use crate::render::look::PageBranding;
use crate::render::renderer::Renderer;
use crate::render::words::words;

/// A document.
#[derive(Clone, Debug, Serialize)]
pub struct PaperPage {
    /// Who sells, as the page's head names them.
    pub seller: String,
    /// Which kind.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// Who sold.
    pub from: PartyLines,
    /// Who bought.
    pub to: PartyLines,
    /// The day of issue.
    pub issued_on: String,
    /// The day by which it is to be paid, while it is.
    pub due_on: Option<String>,
    /// That this day has passed.
    pub overdue: Option<PaperOverdue>,
    /// The invoice that a credit note credits.
    pub credits: Option<RelatedPaper>,
    /// What it says.
    pub lines: Vec<PaperLine>,
    /// The sum without tax.
    pub net: String,
    /// The tax, rate by rate.
    pub taxes: Vec<PaperTax>,
    /// The sum with tax.
    pub gross: String,
    /// What the credit balance paid, if anything.
    pub from_balance: Option<String>,
    /// What of an earlier debt it took up, if anything.
    pub debt: Option<String>,
    /// What came in and what of that went back.
    pub payments: Vec<PaperPayment>,
    /// The credit notes that lower it.
    pub credited: Vec<RelatedPaper>,
    /// What of all that went to the credit balance, if anything.
    pub to_balance: Option<String>,
    /// What of an earlier debt it left to the next invoice, if anything.
    pub left_debt: Option<String>,
    /// What is still to be paid on an invoice.
    pub due: Option<String>,
    /// How an invoice stands on which nothing is to be paid.
    pub standing: Option<InvoiceStanding>,
    /// Why it was credited by hand.
    pub reason: Option<String>,
    /// Why there is no tax on lines, each thing once.
    pub exemptions: Vec<PaperExemption>,
    /// What the law wanted to be told of what was sold, each thing once.
    pub legal_advice: Vec<String>,
    /// The same as an electronic invoice, where everything is known that it needs.
    pub xml_url: Option<String>,
    /// How the page looks.
    pub look: PageBranding,
}

/// Who sells or buys, line by line.
#[derive(Clone, Debug, Serialize)]
pub struct PartyLines {
    /// The name.
    pub name: Option<String>,
    /// The address.
    pub address: Vec<String>,
    /// The tax number.
    pub vat_id: Option<String>,
    /// The mail address.
    pub email: Option<String>,
    /// Another tax number.
    pub tax_number: Option<String>,
    /// What the buyer wanted to read.
    pub reference: Option<String>,
    /// Where money is sent.
    pub bank: Option<BankAccount>,
}

impl From<&Party> for PartyLines {
    fn from(party: &Party) -> Self {
        Self {
            name: party.name.clone(),
            address: party.address_lines(),
            tax_number: party.tax_number.clone(),
            reference: party.reference.clone(),
            bank: party.bank.clone(),
            vat_id: party.vat_id.clone(),
            email: party.email.clone(),
        }
    }
}

/// A document that this one belongs to.
#[derive(Clone, Debug, Serialize)]
pub struct RelatedPaper {
    /// Which kind.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// Its page.
    pub href: String,
    /// What it comes to.
    pub amount: String,
}

/// A line of a document.
#[derive(Clone, Debug, Serialize)]
pub struct PaperLine {
    /// What it is for.
    pub description: String,
    /// The first and the last day.
    pub days: String,
    /// What was taken off, if anything: the amounts are after it.
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
pub struct PaperTax {
    /// The rate.
    pub rate: String,
    /// On how much.
    pub net: String,
    /// The tax on that.
    pub tax: String,
}

/// Why no tax is charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PaperExemption {
    /// The reason in law.
    pub kind: ExemptionKind,
    /// The same in the merchant's words.
    pub reason: Option<String>,
}

/// Money that came in for an invoice, or went back.
#[derive(Clone, Debug, Serialize)]
pub struct PaperPayment {
    /// `payment` or `bounce`.
    pub kind: &'static str,
    /// The day of it.
    pub on: String,
    /// What it is called where the money moves.
    pub reference: String,
    /// How much; what came in lowers what is due.
    pub amount: String,
}

/// An invoice that was to be paid by a day that has passed.
#[derive(Clone, Debug, Serialize)]
pub struct PaperOverdue {
    /// The day after that one.
    pub since: String,
    /// How many days it is by now.
    pub days: String,
}

/// How an invoice stands on which nothing is to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum InvoiceStanding {
    /// It was paid.
    Paid,
    /// It was credited in full.
    Cancelled,
}

impl Renderer {
    /// A document as its customer reads it.
    ///
    /// # Errors
    /// A template that asks for what is not there.
    pub fn paper_page(&self, locale: &Locale, page: &PaperPage) -> Result<String, RenderError> {
        let key = match page.kind {
            DocumentKind::Invoice => "document-kind-invoice",
            DocumentKind::CreditNote => "document-kind-credit-note",
        };
        let number = [("number", page.number.as_str().into())];
        let heading = words(locale.spoken(), key, number).ok_or(RenderError::NoWords(key))?;
        self.fill("paper", locale, page, [("heading", heading.into())])
    }
}
