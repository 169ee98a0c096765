//! The merchant and its settings.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calendar::Zone;
use super::definition::{Definition, Kind, Lock, OperationTexts};
use super::dunning::DunningStep;
use super::event::EventKind;
use super::ids::CustomerId;
use super::money::Currency;
use super::party::{Party, PostalAddress};

/// A merchant's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where an instant becomes a date.
    pub time_zone: Zone,
    /// BCP 47, for customers without one.
    pub locale: String,
    /// For rules that name none.
    pub currency: Currency,
    /// Who sells, as printed on documents.
    pub seller: Option<Party>,
    /// Days from issue to due date, 0 to 365.
    pub payment_days: u32,
    /// What becomes of an invoice that is not paid in time, in ascending order of days.
    pub dunning: Vec<DunningStep>,
    /// Whether a checkout completes without payment.
    pub purchase_on_account: bool,
    /// How long a checkout stays open, in minutes.
    pub checkout_minutes: u32,
    /// For how many days a checkout is kept that nobody has completed, once it has expired.
    pub checkout_days: u32,
    /// How long an upsell offer stays open, in minutes.
    pub upsell_minutes: u32,
    /// So many hours there are between two messages of automations to one customer.
    pub message_gap_hours: u32,
    /// Whether automations write only to customers who have said that they want messages.
    pub messages_by_consent: bool,
    /// Origins to which a checkout may return.
    pub return_origins: Vec<String>,
    /// Where customers read what they agree to, and who sells.
    pub links: Links,
    /// The address of the picture at the head of customers' pages.
    pub logo: Option<String>,
    /// The colour of what is pressed on customers' pages, such as `#0b57d0`.
    pub color: Option<String>,
    /// What customers may do by themselves in their portal.
    pub portal: PortalParts,
}

/// The parts of the portal: each is on unless it was switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = PortalParts)]
pub struct PortalParts {
    /// Whether customers cancel, and take a cancellation back.
    #[schema(default = true)]
    pub cancel: bool,
    /// Whether they withdraw a change that waits.
    #[schema(default = true)]
    pub withdraw: bool,
    /// Whether they see their invoices and credit notes.
    #[schema(default = true)]
    pub documents: bool,
}

impl Default for PortalParts {
    fn default() -> Self {
        Self { cancel: true, withdraw: true, documents: true }
    }
}

/// Pages of a merchant's own site, each by its address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Links {
    /// What customers agree to.
    pub terms: Option<String>,
    /// How they withdraw from it.
    pub withdrawal: Option<String>,
    /// What becomes of their data.
    pub privacy: Option<String>,
    /// Who sells.
    pub imprint: Option<String>,
}

/// A customer as the merchant knows them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Profile {
    /// Mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Postal address.
    pub address: Option<String>,
    /// BCP 47.
    pub locale: Option<String>,
    /// Group, for conditions.
    pub group: Option<String>,
    /// ISO 3166.
    pub country: Option<String>,
    /// Telephone number, E.164.
    pub phone: Option<String>,
    /// Whether they want messages of automations; none where they have not said.
    pub messages: Option<bool>,
    /// The VAT identification number.
    pub vat_id: Option<String>,
    /// What they want to read on documents, such as the number of an order.
    pub reference: Option<String>,
    /// Postal address, part by part.
    pub postal_address: Option<PostalAddress>,
}

impl Profile {
    /// What is said here, and what `other` says where nothing is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            email: self.email.or(other.email),
            name: self.name.or(other.name),
            address: self.address.or(other.address),
            locale: self.locale.or(other.locale),
            group: self.group.or(other.group),
            country: self.country.or(other.country),
            phone: self.phone.or(other.phone),
            messages: self.messages.or(other.messages),
            vat_id: self.vat_id.or(other.vat_id),
            reference: self.reference.or(other.reference),
            postal_address: self.postal_address.or(other.postal_address),
        }
    }

    /// As documents name them from now on.
    #[must_use]
    pub fn buyer(self) -> Party {
        let country = self.country.filter(|_| self.postal_address.is_none());
        let of_country = |country| PostalAddress { country, ..PostalAddress::default() };
        Party {
            name: self.name,
            address: self.address,
            vat_id: self.vat_id,
            email: self.email,
            postal_address: self.postal_address.or_else(|| country.map(Some).map(of_country)),
            reference: self.reference,
            ..Party::default()
        }
    }
}

/// A customer under the merchant's id for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Chosen by the merchant.
    pub id: CustomerId,
    /// As the merchant knows them.
    pub profile: Profile,
}

impl Definition for Customer {
    type Id = CustomerId;

    const KIND: Kind = Kind {
        one: "customer",
        table: "customers",
        described: OperationTexts {
            group: "customers",
            many: "customers",
            one: "a customer",
            writing: "",
            removing: "Takes name, address, mail and all else that is known of them away for good. \
                       What runs or is owed hinders it; documents keep what they say.",
        },
        saved: EventKind::CustomerSaved,
        deleted: Some(EventKind::CustomerDeleted),
        lock: Lock::Row,
        refers: false,
        in_graph: false,
        weighs_uses: false,
        most: None,
    };

    fn id(&self) -> &CustomerId {
        &self.id
    }
}
