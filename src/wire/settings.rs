//! A merchant's settings. What they govern is left to the domain.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::dunning::DunningAction;
use crate::wire::{Color, Currency, Locale, Origin, Text, TimeZone, Title, Url};

/// What holds for everything that a merchant sells. What is left out is set to its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where the merchant's days begin.
    #[schema(value_type = TimeZone, default = "Europe/Berlin")]
    pub time_zone: String,
    /// The language of texts where the customer has none.
    #[schema(value_type = Locale, default = "en")]
    pub locale: String,
    /// The currency where none is said.
    #[schema(value_type = Currency, default = "EUR")]
    pub currency: String,
    /// Who sells: printed on documents from now on.
    pub seller: Option<Seller>,
    /// Days from issue to due date.
    #[schema(minimum = 0, maximum = 365, default = 14)]
    pub payment_days: u16,
    /// What becomes of an invoice that is not paid in time: each step once, in ascending order.
    #[schema(max_items = 10, default = json!([]))]
    pub dunning: Vec<DunningStep>,
    /// Whether a checkout completes although something is due and nothing was paid.
    #[schema(default = false)]
    pub purchase_on_account: bool,
    /// Minutes until an open checkout expires.
    #[schema(minimum = 1, maximum = 43200, default = 60)]
    pub checkout_minutes: u16,
    /// Minutes in which an offer made after a purchase may be answered.
    #[schema(minimum = 5, maximum = 120, default = 30)]
    pub upsell_minutes: u16,
    /// Hours between two messages of automations to one customer, at least.
    #[schema(minimum = 0, maximum = 168, default = 0)]
    pub message_gap_hours: u16,
    /// Whether automations write only to customers who have said that they want messages.
    #[schema(default = false)]
    pub messages_by_consent: bool,
    /// The sites to which a customer may be sent back.
    #[schema(value_type = Vec<Origin>, max_items = 100, default = json!([]))]
    pub return_origins: Vec<String>,
    /// Pages of the merchant's own site that customers' pages lead to.
    pub links: Links,
    /// The address of the picture at the head of customers' pages.
    #[schema(value_type = Option<Url>)]
    pub logo: Option<String>,
    /// The colour of what customers press; white words must be readable on it.
    #[schema(value_type = Option<Color>)]
    pub color: Option<String>,
}

/// Pages of a merchant's own site.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Links {
    /// What customers agree to.
    #[schema(value_type = Option<Url>)]
    pub terms: Option<String>,
    /// How they withdraw from it.
    #[schema(value_type = Option<Url>)]
    pub withdrawal: Option<String>,
    /// What becomes of their data.
    #[schema(value_type = Option<Url>)]
    pub privacy: Option<String>,
    /// Who sells.
    #[schema(value_type = Option<Url>)]
    pub imprint: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            time_zone: "Europe/Berlin".to_owned(),
            locale: "en".to_owned(),
            currency: "EUR".to_owned(),
            seller: None,
            payment_days: 14,
            dunning: Vec::new(),
            purchase_on_account: false,
            checkout_minutes: 60,
            upsell_minutes: 30,
            message_gap_hours: 0,
            messages_by_consent: false,
            return_origins: Vec::new(),
            links: Links::default(),
            logo: None,
            color: None,
        }
    }
}

/// A step that is taken of every overdue invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DunningStep {
    /// So many days after the day by which it was to be paid.
    #[schema(minimum = 1, maximum = 1000)]
    pub after_days: u16,
    /// What is done.
    pub action: DunningAction,
}

/// Who sells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seller {
    /// The name on documents.
    #[schema(value_type = Title)]
    pub name: String,
    /// The postal address, in lines.
    #[schema(value_type = Option<Text>)]
    pub address: Option<String>,
    /// The tax number.
    #[schema(value_type = Option<Text>)]
    pub vat_id: Option<String>,
}
