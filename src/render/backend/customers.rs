//! Customers: the list, one of them with all that is theirs, and the form for the profile.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::documents::DocumentRow;
use crate::render::backend::form::Form;
use crate::render::backend::parts::{Filters, Pager};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::subscriptions::{ChangeRow, SubscriptionRow};
use crate::render::backend::time::Time;
use crate::render::backend::timeline::Timeline;

/// The customers.
#[derive(Clone, Debug, Serialize)]
pub struct CustomersPage {
    /// What is looked for.
    pub filters: Filters,
    /// Those found.
    pub rows: Vec<CustomerRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for CustomersPage {
    const TEMPLATE: &'static str = "backend/customers";
}

/// A customer in a list.
#[derive(Clone, Debug, Serialize)]
pub struct CustomerRow {
    /// By which they are found.
    pub id: String,
    /// What they are called.
    pub name: Option<String>,
    /// Where messages go.
    pub email: Option<String>,
    /// What is owed to them, in each currency.
    pub balances: Vec<String>,
    /// What they owe beside their invoices, in each currency: a later one takes it up.
    pub debts: Vec<String>,
    /// When they became known.
    pub since: Time,
}

/// A customer with all that is theirs.
#[derive(Clone, Debug, Serialize)]
pub struct CustomerPage {
    /// The customer.
    pub customer: CustomerRow,
    /// The postal address, in lines.
    pub address: Option<String>,
    /// The VAT identification number.
    pub vat_id: Option<String>,
    /// What they want to read on documents.
    pub reference: Option<String>,
    /// Their language.
    pub locale: Option<String>,
    /// The group that offers may depend on.
    pub group: Option<String>,
    /// Their country.
    pub country: Option<String>,
    /// Where they can be called.
    pub phone: Option<String>,
    /// Whether they want messages of automations, where they have said.
    pub messages: Option<Phrase>,
    /// When billing has something to do next.
    pub due: Option<Time>,
    /// Their subscriptions, the newest first.
    pub subscriptions: Vec<SubscriptionRow>,
    /// Whether there are more than are shown.
    pub has_more_subscriptions: bool,
    /// Those as a picture and as a table, if there are any.
    pub timeline: Option<Timeline>,
    /// The changes that wait.
    pub changes: Vec<ChangeRow>,
    /// The checkouts that they can complete.
    pub open: Vec<OpenCheckout>,
    /// Their last invoices and credit notes, the newest first.
    pub documents: Vec<DocumentRow>,
    /// What they could change to today.
    pub possible: Vec<PossibleRow>,
    /// What paths lead to, but what is refused today.
    pub refused: Vec<RefusedRow>,
}

impl BackendPage for CustomerPage {
    const TEMPLATE: &'static str = "backend/customer";
}

/// A checkout that a customer can complete.
#[derive(Clone, Debug, Serialize)]
pub struct OpenCheckout {
    /// The offer to be bought, by id.
    pub offer: String,
    /// Its title.
    pub title: String,
    /// The moment at which it ends.
    pub until: Time,
    /// Its page for the customer.
    pub href: Option<String>,
}

/// Something that a customer could change to.
#[derive(Clone, Debug, Serialize)]
pub struct PossibleRow {
    /// What the customer would read.
    pub title: String,
    /// The offer that it leads to, by id.
    pub offer: String,
    /// That offer's title.
    pub offer_title: String,
    /// The subscription that it starts from, by id.
    pub source: String,
    /// That subscription's title.
    pub source_title: String,
    /// The path that would fire, by id.
    pub path: String,
    /// What would happen: replaced or added.
    #[serde(serialize_with = "ours")]
    pub what: &'static str,
    /// When it would take effect.
    pub on: Time,
    /// What would be due now.
    pub due: String,
}

/// Why a customer cannot change to something along one path.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedRow {
    /// The offer that it leads to, by id.
    pub offer: String,
    /// That offer's title.
    pub title: String,
    /// The subscription that it would start from.
    pub source: String,
    /// The path, by id.
    pub path: String,
    /// Why not.
    #[serde(serialize_with = "ours")]
    pub why: &'static str,
}

/// The form for a customer's profile.
#[derive(Clone, Debug, Serialize)]
pub struct ProfilePage {
    /// The id of the customer.
    pub id: String,
    /// A field for each part of it.
    pub form: Form,
}

impl BackendPage for ProfilePage {
    const TEMPLATE: &'static str = "backend/profile";
}
