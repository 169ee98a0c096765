//! What a document lacks to be an electronic invoice, by the rules of the norm (BR-…) and of the
//! German profile (BR-DE-…). What a document cannot lack, because the engine writes it, is not
//! asked.

use crate::domain::fault::Fault;
use crate::domain::party::Party;

use super::paper::{Category, ElectronicPaper, amount};

const OF_SELLER: &str = "the settings say it of the seller on documents issued from then on";
const OF_BUYER: &str = "the customer's profile says it on documents issued from then on";

pub(super) fn lacking(paper: &ElectronicPaper<'_>) -> Vec<Fault> {
    let mut found = MissingEinvoiceParts(Vec::new());
    of_seller(&mut found, paper.seller);
    of_buyer(&mut found, paper.buyer);
    let categories: Vec<_> = paper.lines.iter().map(|line| Category::of(line)).collect();
    if categories.contains(&Category::ReverseCharge) {
        // BR-AE-02 to BR-AE-04.
        found.need("/seller/vat_id", paper.seller.vat_id.as_ref(), "a VAT number", OF_SELLER);
        found.need("/buyer/vat_id", paper.buyer.vat_id.as_ref(), "a VAT number", OF_BUYER);
    }
    // BR-DEC-01 and its neighbours.
    let mut amounts = vec![("/credit_applied".to_owned(), paper.applied)];
    for (place, line) in paper.lines.iter().enumerate() {
        for (name, minor) in [("net", line.net), ("tax", line.tax), ("gross", line.gross)] {
            amounts.push((format!("/lines/{place}/{name}"), minor));
        }
    }
    for (at, minor) in amounts {
        if amount(minor, paper.currency).is_none() {
            let detail = "has more than the two decimals of an electronic invoice";
            found.0.push(Fault::new(at, detail));
        }
    }
    found.0
}

/// BR-06, BR-08, BR-CO-26, BR-DE-2 to BR-DE-7, BR-DE-16, BR-DE-27, BR-DE-28.
fn of_seller(found: &mut MissingEinvoiceParts, seller: &Party) {
    let need = |found: &mut MissingEinvoiceParts, at: &str, value: Option<&String>, what: &str| {
        found.need(at, value, what, OF_SELLER);
    };
    need(found, "/seller/name", seller.name.as_ref(), "who it is");
    let number = seller.vat_id.as_ref().or(seller.tax_number.as_ref());
    need(found, "/seller/vat_id", number, "a VAT number or a tax number");
    found.prefixed("/seller/vat_id", seller.vat_id.as_ref(), OF_SELLER);
    let address = seller.postal_address.clone().unwrap_or_default();
    let at = "/seller/postal_address";
    need(found, &format!("{at}/city"), address.city.as_ref(), "where to write to");
    need(found, &format!("{at}/postal_code"), address.postal_code.as_ref(), "where to write to");
    need(found, &format!("{at}/country"), address.country.as_ref(), "where to write to");
    let contact = seller.contact.clone().unwrap_or_default();
    need(found, "/seller/contact/name", contact.name.as_ref(), "somebody who answers questions");
    let phone =
        contact.phone.filter(|phone| phone.chars().filter(char::is_ascii_digit).count() >= 3);
    need(found, "/seller/contact/phone", phone.as_ref(), "a telephone number");
    let mail = contact.email.filter(|mail| has_domain(mail));
    need(found, "/seller/contact/email", mail.as_ref(), "a mail address");
}

/// BR-07, BR-11, BR-DE-8, BR-DE-9, and that each has an electronic address.
fn of_buyer(found: &mut MissingEinvoiceParts, buyer: &Party) {
    let need = |found: &mut MissingEinvoiceParts, at: &str, value: Option<&String>, what: &str| {
        found.need(at, value, what, OF_BUYER);
    };
    need(found, "/buyer/name", buyer.name.as_ref(), "who it is");
    let mail = buyer.email.clone().filter(|mail| has_domain(mail));
    need(found, "/buyer/email", mail.as_ref(), "a mail address");
    found.prefixed("/buyer/vat_id", buyer.vat_id.as_ref(), OF_BUYER);
    let address = buyer.postal_address.clone().unwrap_or_default();
    let at = "/buyer/postal_address";
    need(found, &format!("{at}/city"), address.city.as_ref(), "where to write to");
    need(found, &format!("{at}/postal_code"), address.postal_code.as_ref(), "where to write to");
    need(found, &format!("{at}/country"), address.country.as_ref(), "where to write to");
}

/// One `@`, and a point in what follows.
fn has_domain(mail: &str) -> bool {
    let parts = mail.split_once('@');
    parts.is_some_and(|(user, host)| {
        let labels: Vec<_> = host.split('.').collect();
        !user.is_empty()
            && !host.contains('@')
            && labels.len() > 1
            && labels.iter().all(|label| !label.is_empty())
    })
}

struct MissingEinvoiceParts(Vec<Fault>);

impl MissingEinvoiceParts {
    fn need(&mut self, at: &str, value: Option<&String>, what: &str, remedy: &str) {
        let is_there = value.is_some_and(|value| !value.trim().is_empty());
        if !is_there && !self.0.iter().any(|fault| fault.pointer == at) {
            self.0.push(Fault::new(at, format!("is missing: {what}; {remedy}")));
        }
    }

    /// BR-CO-09: a VAT number begins with its country.
    fn prefixed(&mut self, at: &str, id: Option<&String>, remedy: &str) {
        let is_prefixed =
            |id: &String| id.len() > 2 && id.bytes().take(2).all(|byte| byte.is_ascii_uppercase());
        if id.is_some_and(|id| !id.trim().is_empty() && !is_prefixed(id)) {
            let detail = format!("must begin with the two letters of its country; {remedy}");
            self.0.push(Fault::new(at, detail));
        }
    }
}
