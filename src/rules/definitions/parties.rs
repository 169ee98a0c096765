//! Who sells and who buys, as documents name them: the drafts of addresses, bank accounts and
//! whom to ask. What an electronic invoice needs of them is told when one is asked for, for
//! documents are issued without it, too.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::party::{BankAccount, Contact, Party, PostalAddress};
use crate::domain::shapes::{Country, Email, ShortText};

use super::fields::Faults;

/// Who sells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Seller)]
pub struct SellerDraft {
    /// The name on documents.
    #[schema(value_type = String, pattern = r"\S", max_length = 1000, example = "The Daily")]
    pub name: Option<String>,
    /// The postal address, in lines.
    #[schema(value_type = Option<String>, max_length = 1000, example = "1 Row, London")]
    pub address: Option<String>,
    /// The VAT identification number, such as DE123456789.
    #[schema(value_type = Option<String>, max_length = 1000, example = "DE123456789")]
    pub vat_id: Option<String>,
    /// The tax number, where it is another one.
    #[schema(value_type = Option<String>, max_length = 1000, example = "27/123")]
    pub tax_number: Option<String>,
    /// The postal address, part by part.
    pub postal_address: Option<PostalAddressDraft>,
    /// Who answers questions about documents.
    pub contact: Option<ContactDraft>,
    /// Where customers send their money.
    pub bank: Option<BankAccountDraft>,
}

/// An address by its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = PostalAddress)]
pub struct PostalAddressDraft {
    /// Street and number.
    #[schema(value_type = Option<ShortText>)]
    pub line1: Option<String>,
    /// What else there is to it.
    #[schema(value_type = Option<ShortText>)]
    pub line2: Option<String>,
    /// The postal code.
    #[schema(value_type = Option<ShortText>)]
    pub postal_code: Option<String>,
    /// The city.
    #[schema(value_type = Option<ShortText>)]
    pub city: Option<String>,
    /// The part of the country.
    #[schema(value_type = Option<ShortText>)]
    pub region: Option<String>,
    /// The country.
    #[schema(value_type = Option<Country>)]
    pub country: Option<String>,
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = Contact)]
pub struct ContactDraft {
    /// A person or a department.
    #[schema(value_type = Option<ShortText>)]
    pub name: Option<String>,
    /// The telephone number, as people write it.
    #[schema(value_type = Option<ShortText>)]
    pub phone: Option<String>,
    /// The mail address.
    #[schema(value_type = Option<Email>)]
    pub email: Option<String>,
}

/// A bank account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BankAccount)]
pub struct BankAccountDraft {
    /// Its number by ISO 13616; spaces are left out.
    #[schema(value_type = String, max_length = 50, required, example = "DE89370400440532013000")]
    pub iban: Option<String>,
    /// Its bank by ISO 9362.
    #[schema(
        value_type = Option<String>,
        pattern = "^[A-Z0-9]{8}([A-Z0-9]{3})?$",
        example = "COBADEFFXXX"
    )]
    pub bic: Option<String>,
    /// Whose it is, where not the seller's.
    #[schema(value_type = Option<ShortText>)]
    pub holder: Option<String>,
}

impl From<&Party> for SellerDraft {
    fn from(seller: &Party) -> Self {
        Self {
            name: Some(seller.name.clone().unwrap_or_default()),
            address: seller.address.clone(),
            vat_id: seller.vat_id.clone(),
            tax_number: seller.tax_number.clone(),
            postal_address: seller.postal_address.as_ref().map(Into::into),
            contact: seller.contact.as_ref().map(Into::into),
            bank: seller.bank.as_ref().map(Into::into),
        }
    }
}

impl From<&Contact> for ContactDraft {
    fn from(contact: &Contact) -> Self {
        let Contact { name, phone, email } = contact.clone();
        Self { name, phone, email }
    }
}

impl From<&BankAccount> for BankAccountDraft {
    fn from(bank: &BankAccount) -> Self {
        let BankAccount { iban, bic, holder } = bank.clone();
        Self { iban: Some(iban), bic, holder }
    }
}

impl From<&PostalAddress> for PostalAddressDraft {
    fn from(address: &PostalAddress) -> Self {
        Self {
            line1: address.line1.clone(),
            line2: address.line2.clone(),
            postal_code: address.postal_code.clone(),
            city: address.city.clone(),
            region: address.region.clone(),
            country: address.country.clone(),
        }
    }
}

/// The longest name, address or number of who sells, in characters: each document repeats them.
const SELLER_TEXT_MAX: usize = 1_000;

/// Who sells, as documents name them.
pub(super) fn seller(faults: &mut Faults, draft: &SellerDraft) -> Party {
    let postal = draft.postal_address.as_ref();
    Party {
        name: faults.within("/seller/name", draft.name.as_deref(), SELLER_TEXT_MAX),
        address: faults.within("/seller/address", draft.address.as_deref(), SELLER_TEXT_MAX),
        vat_id: faults.within("/seller/vat_id", draft.vat_id.as_deref(), SELLER_TEXT_MAX),
        tax_number: faults.within(
            "/seller/tax_number",
            draft.tax_number.as_deref(),
            SELLER_TEXT_MAX,
        ),
        postal_address: postal.map(|it| postal_address(faults, "/seller/postal_address", it, None)),
        contact: draft.contact.as_ref().map(|draft| Contact {
            name: faults.short_text("/seller/contact/name", draft.name.as_deref()),
            phone: faults.short_text("/seller/contact/phone", draft.phone.as_deref()),
            email: faults.email("/seller/contact/email", draft.email.as_deref()),
        }),
        bank: draft.bank.as_ref().and_then(|draft| bank(faults, draft)),
        email: None,
        reference: None,
    }
}

/// An address by its parts; its country is `otherwise` where it names none.
pub(super) fn postal_address(
    faults: &mut Faults,
    at: &str,
    draft: &PostalAddressDraft,
    otherwise: Option<&str>,
) -> PostalAddress {
    let mut part = |key: &str, text: &Option<String>| {
        faults.short_text(&format!("{at}/{key}"), text.as_deref())
    };
    let mut address = PostalAddress {
        line1: part("line1", &draft.line1),
        line2: part("line2", &draft.line2),
        postal_code: part("postal_code", &draft.postal_code),
        city: part("city", &draft.city),
        region: part("region", &draft.region),
        country: None,
    };
    let at = format!("{at}/country");
    let country = draft.country.as_deref().or(otherwise);
    let country = faults.required(&at, country).and_then(|text| faults.country(&at, text));
    address.country = country;
    address
}

fn bank(faults: &mut Faults, draft: &BankAccountDraft) -> Option<BankAccount> {
    const AT: &str = "/seller/bank/iban";
    let text = faults.required(AT, draft.iban.as_deref())?;
    let iban: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if !is_iban(&iban) {
        let detail = format!(
            "'{text}' is no IBAN such as DE89370400440532013000: look for a letter or digit that \
             is missing or exchanged"
        );
        faults.note(AT, detail);
    }
    let bic = draft.bic.clone();
    if let Some(text) = bic.as_deref().filter(|text| !is_bic(text)) {
        let detail = format!("'{text}' is no BIC of 8 or 11 characters such as COBADEFFXXX");
        faults.note("/seller/bank/bic", detail);
    }
    let holder = faults.short_text("/seller/bank/holder", draft.holder.as_deref());
    Some(BankAccount { iban, bic, holder })
}

/// As ISO 13616 has it: a country, two digits, up to thirty letters and digits, and with the first
/// four put last and letters as numbers from 10 on, the remainder by 97 is 1.
fn is_iban(text: &str) -> bool {
    let is_written = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    if !(15..=34).contains(&bytes.len()) || !bytes.iter().all(|byte| is_written(*byte)) {
        return false;
    }
    let (head, rest) = bytes.split_at(4);
    let is_head =
        head[..2].iter().all(u8::is_ascii_uppercase) && head[2..].iter().all(u8::is_ascii_digit);
    let remainder = rest.iter().chain(head).fold(0_u32, |sum, byte| match byte {
        b'0'..=b'9' => (sum * 10 + u32::from(byte - b'0')) % 97,
        _ => (sum * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    is_head && remainder == 1
}

fn is_bic(text: &str) -> bool {
    [8, 11].contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_iban_is_told_by_its_remainder() {
        #[rustfmt::skip]
        let table = [
            ("DE89370400440532013000", true), ("GB82WEST12345698765432", true),
            ("FR1420041010050500013M02606", true), ("NO9386011117947", true),
            ("DE89370400440532013001", false), ("DE98370400440532013000", false),
            ("de89370400440532013000", false), ("DE8937040044", false), ("", false),
            ("8989370400440532013000", false),
        ];
        for (text, is_one) in table {
            assert_eq!(is_iban(text), is_one, "{text}");
        }
    }

    #[test]
    fn every_fault_of_a_seller_has_its_pointer() {
        let judge = |draft: Value| {
            let mut faults = Faults::new();
            let seller = seller(&mut faults, &serde_json::from_value(draft).unwrap());
            faults.answer(Some(seller))
        };
        let full = json!({"name": "The Daily", "address": null, "vat_id": "DE1",
            "tax_number": "27/123", "bank": {"iban": "DE89 3704 0044 0532 0130 00", "bic": null,
            "holder": "H"}, "postal_address": {"line1": "1 Row", "line2": null,
            "postal_code": "10969", "city": "Berlin", "region": null, "country": "DE"},
            "contact": {"name": "Help", "phone": "+49 30 1", "email": "help@example.org"}});
        let seller = judge(full.clone()).unwrap();
        let mut told = full;
        told["bank"]["iban"] = json!("DE89370400440532013000");
        assert_eq!(serde_json::to_value(SellerDraft::from(&seller)).unwrap(), told);
        let postal = |address: Value| json!({"postal_address": address});
        let bank = |account: Value| json!({"bank": account});
        #[rustfmt::skip]
        let table = [
            (bank(json!({})), "bank/iban", "is missing"),
            (bank(json!({"iban": "DE00"})), "bank/iban", "is no IBAN"),
            (bank(json!({"iban": "NO9386011117947", "bic": "x"})), "bank/bic", "is no BIC"),
            (postal(json!({"city": "B"})), "postal_address/country", "is missing"),
            (postal(json!({"country": "de"})), "postal_address/country", "'DE'"),
            (postal(json!({"country": "DE", "city": " "})), "postal_address/city", "blank"),
            (json!({"contact": {"email": "no"}}), "contact/email", "no mail address"),
            (json!({"name": "x".repeat(1_001)}), "name", "at most 1000"),
            (json!({"address": "\u{1f600}".repeat(1_001)}), "address", "at most 1000"),
        ];
        for (draft, pointer, detail) in table {
            let faults = judge(draft.clone()).unwrap_err();
            assert_eq!(faults.len(), 1, "{draft}");
            assert_eq!(faults[0].pointer, format!("/seller/{pointer}"));
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }
}
