//! Payments: the list, and the lines of a bank's statement.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Form;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Badge, Filters, Pager, Person, Tab};
use crate::render::backend::phrase::Phrase;
use crate::render::backend::time::Time;

/// The payments.
#[derive(Clone, Debug, Serialize)]
pub struct PaymentsPage {
    /// The lists of documents beside it.
    pub tabs: Vec<Tab>,
    /// What is looked for.
    pub filters: Filters,
    /// Those found.
    pub rows: Vec<ListedPayment>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for PaymentsPage {
    const TEMPLATE: &'static str = "backend/payments";
}

/// A payment in the list.
#[derive(Clone, Debug, Serialize)]
pub struct ListedPayment {
    /// What it is called where the money moves.
    pub reference: String,
    /// The day of it.
    pub on: Time,
    /// Which way.
    pub what: Badge,
    /// The customer it belongs to.
    pub customer: Person,
    /// The invoice, where it is for one.
    pub invoice: Option<Link>,
    /// The amount.
    pub amount: String,
    /// Why it bounced.
    pub reason: Option<String>,
    /// Where it is told that it bounced, where it is for no invoice.
    pub bounce: Option<String>,
}

/// A bank's statement: asked for, then shown with what each line pays.
#[derive(Clone, Debug, Serialize)]
pub struct BankPage {
    /// The statement as text.
    pub form: Form,
    /// The same, to be sent again with what is ticked.
    pub statement: String,
    /// What each line pays.
    pub lines: Vec<BankRow>,
    /// Whether anything can be booked.
    pub can_book: bool,
    /// What has just been booked, in words.
    pub done: Option<Phrase>,
}

impl BackendPage for BankPage {
    const TEMPLATE: &'static str = "backend/bank";
}

/// A line of a statement.
#[derive(Clone, Debug, Serialize)]
pub struct BankRow {
    /// What is sent where it is ticked: the line and what it was found to pay.
    pub key: String,
    /// The day on which it was booked.
    pub on: Time,
    /// What came in.
    pub amount: String,
    /// What the payer wrote.
    pub text: String,
    /// What it pays, in a word or two.
    pub found: Badge,
    /// The invoice or the customer.
    pub to: Option<Link>,
    /// Whether it can be booked.
    pub can_book: bool,
    /// Whether it is booked unless somebody unticks it.
    pub ticked: bool,
    /// Why it was not booked.
    pub problem: Option<Phrase>,
}
