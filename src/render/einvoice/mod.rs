//! An invoice or a credit note as an electronic invoice by EN 16931: UBL 2.1, in the profile
//! `XRechnung` 3.0 of German authorities, which is stricter than the norm in what it asks for.
//! Terms of the norm stand beside what they are written from (BT-1, BG-4).
//!
//! `lacking` asks what a document does not say, `paper` writes what it says, in elements of `xml`.
//! It says what was issued, with the parties as they were then and what was paid with it: what was
//! paid or credited later changes nothing of it.

mod lacking;
mod paper;
#[cfg(test)]
mod tests;
mod xml;

use crate::domain::document::Document;
use crate::domain::fault::Fault;
use crate::domain::party::Party;

use paper::ElectronicPaper;

pub use paper::EinvoiceContext;

/// Writes a document as UBL.
///
/// # Errors
/// What it lacks: each with where that stands in what the API shows of the document, and what to
/// do.
pub fn einvoice(
    document: &Document,
    (seller, buyer): (&Party, &Party),
    beside: EinvoiceContext,
) -> Result<String, Vec<Fault>> {
    let paper = ElectronicPaper::of(document, seller, buyer);
    let lacking = lacking::lacking(&paper);
    if !lacking.is_empty() {
        return Err(lacking);
    }
    Ok(xml::written(&paper.element(beside)))
}

/// What an electronic invoice lacks; nothing where it can be written.
#[must_use]
pub fn lacking(document: &Document, seller: &Party, buyer: &Party) -> Vec<Fault> {
    lacking::lacking(&ElectronicPaper::of(document, seller, buyer))
}
