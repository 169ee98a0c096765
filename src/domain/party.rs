//! Who sells and who buys, as documents name them.

use serde::{Deserialize, Serialize};

/// Who sells or buys, as printed on documents.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Party {
    /// The name.
    pub name: Option<String>,
    /// The address, in lines as written.
    pub address: Option<String>,
    /// The VAT identification number.
    pub vat_id: Option<String>,
    /// The mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The address, part by part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_address: Option<PostalAddress>,
    /// The tax number that is no VAT identification number; the seller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_number: Option<String>,
    /// Who answers questions; the seller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Contact>,
    /// Where money is sent; the seller's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<BankAccount>,
    /// What the buyer wants to read on documents, such as the number of an order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Party {
    /// The address in lines: as it was written, else part by part.
    #[must_use]
    pub fn address_lines(&self) -> Vec<String> {
        match (&self.address, &self.postal_address) {
            (Some(address), _) => address.lines().map(str::to_owned).collect(),
            (None, Some(address)) => address.lines(),
            (None, None) => Vec::new(),
        }
    }
}

/// An address by its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PostalAddress {
    /// Street and number.
    pub line1: Option<String>,
    /// What else there is to it.
    pub line2: Option<String>,
    /// The postal code.
    pub postal_code: Option<String>,
    /// The city.
    pub city: Option<String>,
    /// The part of the country.
    pub region: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
}

impl PostalAddress {
    /// As it is written on a letter; the country alone is no address.
    fn lines(&self) -> Vec<String> {
        let words = |parts: &[&Option<String>]| {
            let parts: Vec<_> = parts.iter().filter_map(|part| part.as_deref()).collect();
            parts.join(" ")
        };
        let city = words(&[&self.postal_code, &self.city]);
        let mut lines = vec![words(&[&self.line1]), words(&[&self.line2]), city];
        lines.push(words(&[&self.region]));
        if lines.iter().any(|line| !line.is_empty()) {
            lines.push(words(&[&self.country]));
        }
        lines.retain(|line| !line.is_empty());
        lines
    }
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// A person or a department.
    pub name: Option<String>,
    /// The telephone number.
    pub phone: Option<String>,
    /// The mail address.
    pub email: Option<String>,
}

/// A bank account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct BankAccount {
    /// Its number by ISO 13616, without spaces.
    pub iban: String,
    /// Its bank by ISO 9362.
    pub bic: Option<String>,
    /// Whose it is, where not the seller's.
    pub holder: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_it_was_or_from_its_parts() {
        let text = |text: &str| Some(text.to_owned());
        let parts = PostalAddress {
            line1: text("1 Row"),
            postal_code: text("10969"),
            city: text("Berlin"),
            country: text("DE"),
            ..PostalAddress::default()
        };
        let country = PostalAddress { country: text("DE"), ..PostalAddress::default() };
        let table: [(Option<&str>, Option<&PostalAddress>, &[&str]); 4] = [
            (Some("A\nB"), Some(&parts), &["A", "B"]),
            (None, Some(&parts), &["1 Row", "10969 Berlin", "DE"]),
            (None, Some(&country), &[]),
            (None, None, &[]),
        ];
        for (address, parts, lines) in table {
            let address = address.map(str::to_owned);
            let buyer = Party { address, postal_address: parts.cloned(), ..Party::default() };
            assert_eq!(buyer.address_lines(), lines);
        }
    }
}
