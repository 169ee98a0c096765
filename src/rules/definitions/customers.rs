//! The draft of a customer.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::fault::Fault;
use crate::domain::ids::CustomerId;
use crate::domain::merchant::{Customer, Profile};
use crate::domain::shapes::{Country, Email, Locale, Phone, ShortText, Text};

use super::fields::{Faults, unknown_language};
use super::parties::{PostalAddressDraft, postal_address};
use super::{DraftFacts, Drafted};

/// A customer to be written; everything may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CustomerBody)]
pub struct CustomerDraft {
    /// Where messages go.
    #[schema(value_type = Option<Email>)]
    pub email: Option<String>,
    /// The name on documents.
    #[schema(value_type = Option<Text>)]
    pub name: Option<String>,
    /// The postal address, in lines.
    #[schema(value_type = Option<Text>)]
    pub address: Option<String>,
    /// The customer's language.
    #[schema(value_type = Option<Locale>)]
    pub locale: Option<String>,
    /// The group that offers may depend on.
    #[schema(value_type = Option<Text>)]
    pub group: Option<String>,
    /// The customer's country.
    #[schema(value_type = Option<Country>)]
    pub country: Option<String>,
    /// Where the customer can be called.
    #[schema(value_type = Option<Phone>)]
    pub phone: Option<String>,
    /// Whether the customer wants messages of automations: with false they are sent none.
    pub messages: Option<bool>,
    /// The VAT identification number, which electronic invoices without tax need.
    #[schema(value_type = Option<ShortText>)]
    pub vat_id: Option<String>,
    /// What the customer wants to read on documents, such as the number of an order or a
    /// Leitweg-ID.
    #[schema(value_type = Option<ShortText>)]
    pub reference: Option<String>,
    /// The postal address, part by part; its country is the customer's where it names none.
    pub postal_address: Option<PostalAddressDraft>,
}

impl From<&Customer> for CustomerDraft {
    fn from(Customer { profile, .. }: &Customer) -> Self {
        Self {
            email: profile.email.clone(),
            name: profile.name.clone(),
            address: profile.address.clone(),
            locale: profile.locale.clone(),
            group: profile.group.clone(),
            country: profile.country.clone(),
            phone: profile.phone.clone(),
            messages: profile.messages,
            vat_id: profile.vat_id.clone(),
            reference: profile.reference.clone(),
            postal_address: profile.postal_address.as_ref().map(Into::into),
        }
    }
}

impl Drafted for Customer {
    type Draft = CustomerDraft;

    fn decide(
        id: CustomerId,
        draft: &CustomerDraft,
        facts: &DraftFacts,
    ) -> Result<Self, Vec<Fault>> {
        let mut decided = decide_customer(draft);
        if let Some(address) = draft.email.as_deref().filter(|_| facts.is_unmailable) {
            let mut faults = decided.err().unwrap_or_default();
            // Whatever is no address at all is told as that.
            if !faults.iter().any(|fault| fault.pointer == "/email") {
                let detail = format!("no mail can be sent to '{address}'");
                faults.push(Fault::new("/email", detail));
            }
            decided = Err(faults);
        }
        let profile = decided?;
        match profile.locale.as_deref().filter(|tag| !(facts.is_language)(tag)) {
            Some(tag) => Err(vec![Fault::new("/locale", unknown_language(tag))]),
            None => Ok(Self { id, profile }),
        }
    }

    fn mail_address(draft: &CustomerDraft) -> Option<&str> {
        draft.email.as_deref()
    }

    fn known_address(&self) -> Option<&str> {
        self.profile.email.as_deref()
    }
}

/// Decides whether a draft makes a customer's profile.
///
/// # Errors
/// Every [`Fault`] in it.
pub fn decide_customer(draft: &CustomerDraft) -> Result<Profile, Vec<Fault>> {
    let mut faults = Faults::new();
    let email = faults.email("/email", draft.email.as_deref());
    if let Some(text) = draft.phone.as_deref().filter(|text| !is_phone(text)) {
        faults.note("/phone", format!("'{text}' is no telephone number such as +4930123456"));
    }
    let country = draft.country.as_deref().and_then(|text| faults.country("/country", text));
    let postal = draft.postal_address.as_ref();
    let profile = Profile {
        vat_id: faults.short_text("/vat_id", draft.vat_id.as_deref()),
        reference: faults.short_text("/reference", draft.reference.as_deref()),
        postal_address: postal
            .map(|it| postal_address(&mut faults, "/postal_address", it, country.as_deref())),
        phone: draft.phone.clone(),
        messages: draft.messages,
        name: faults.text("/name", draft.name.as_deref()),
        address: faults.text("/address", draft.address.as_deref()),
        locale: draft.locale.as_deref().and_then(|text| faults.locale("/locale", text)),
        group: faults.text("/group", draft.group.as_deref()),
        country,
        email,
    };
    faults.answer(Some(profile))
}

/// As E.164 writes it: a plus, and up to fifteen digits that do not begin with a zero.
fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && digits.bytes().all(|b| b.is_ascii_digit())
        && !digits.starts_with('0')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn every_fault_of_a_customer_has_its_pointer() {
        let judge = |draft: Value| decide_customer(&serde_json::from_value(draft).unwrap());
        assert_eq!(judge(json!({})).unwrap(), Profile::default());
        let full = json!({"email": "ada@example.org", "name": "Ada", "address": "Here\nThere",
            "locale": "de", "group": "staff", "country": "DE", "postal_address": {"city": "Ulm"}});
        let ulm = judge(full.clone()).unwrap().postal_address.unwrap();
        assert_eq!(ulm.country.as_deref(), Some("DE"));
        assert_eq!(judge(full).unwrap().country.as_deref(), Some("DE"));
        #[rustfmt::skip]
        let table = [
            (json!({"email": "ada"}), "/email", "such as ada@example.org"),
            (json!({"email": "@b"}), "/email", "such as"),
            (json!({"email": "a@"}), "/email", "such as"),
            (json!({"email": "a@b\nc: d"}), "/email", "such as"),
            (json!({"name": "\u{0}"}), "/name", "U+0000"),
            (json!({"locale": "de_AT"}), "/locale", "'de-AT'"),
            (json!({"country": "de"}), "/country", "in upper case: 'DE'"),
            (json!({"vat_id": " "}), "/vat_id", "blank"),
            (json!({"reference": "a\nb"}), "/reference", "one line"),
            (json!({"postal_address": {"city": "B"}}), "/postal_address/country", "is missing"),
            (json!({"country": "DEU"}), "/country", "of two letters"),
            (json!({"country": "D1"}), "/country", "of two letters"),
            (json!({"country": "\u{0}a"}), "/country", "of two letters"),
        ];
        for (draft, pointer, detail) in table {
            let faults = judge(draft.clone()).unwrap_err();
            assert_eq!(faults.len(), 1, "{draft}");
            assert_eq!(faults[0].pointer, pointer);
            assert!(faults[0].detail.contains(detail), "{}", faults[0].detail);
        }
    }
}
