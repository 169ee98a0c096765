//! Orders: the list, and one order with its lines, its offer and what can be told of it. And the
//! moves of a product's stock.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::confirm::Fact;
use crate::render::backend::form::Form;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Badge, Filters, Pager, Person};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;

/// The orders.
#[derive(Clone, Debug, Serialize)]
pub struct OrdersPage {
    /// What is looked for.
    pub filters: Filters,
    /// Those found.
    pub rows: Vec<OrderRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for OrdersPage {
    const TEMPLATE: &'static str = "backend/orders";
}

/// An order in a list.
#[derive(Clone, Debug, Serialize)]
pub struct OrderRow {
    /// By which it is found.
    pub id: String,
    /// The customer whose it is.
    pub customer: Option<Person>,
    /// Where it was placed.
    pub channel: String,
    /// The moment of it.
    pub placed: Time,
    /// How many things were bought.
    pub units: String,
    /// What it comes to.
    pub total: String,
    /// Where it stands.
    pub status: Vec<Badge>,
}

/// An order with all that belongs to it.
#[derive(Clone, Debug, Serialize)]
pub struct OrderPage {
    /// The order.
    pub order: OrderRow,
    /// What was said with it, and what has become of it.
    pub facts: Vec<Fact>,
    /// What was bought.
    pub lines: Vec<LineRow>,
    /// What was given with it, or left out.
    pub gifts: Vec<LineRow>,
    /// The promotions that it has earned.
    pub earned: Vec<String>,
    /// What was offered after it.
    pub offer: Option<OfferShown>,
    /// What became of each campaign when that was decided.
    pub considered: Vec<WeighedRow>,
    /// What can be told of it.
    pub steps: Vec<Link>,
    /// Where it says why rules do not apply.
    pub why_not: String,
}

impl BackendPage for OrderPage {
    const TEMPLATE: &'static str = "backend/order";
}

/// A line of an order.
#[derive(Clone, Debug, Serialize)]
pub struct LineRow {
    /// The product, by id.
    pub product: String,
    /// The number of pieces.
    pub quantity: String,
    /// What one costs; empty where it was left out.
    pub price: String,
    /// What all of them cost.
    pub sum: String,
    /// The rule or campaign that it comes from, and what there is to say of it.
    pub note: Phrase,
}

/// The offer after an order.
#[derive(Clone, Debug, Serialize)]
pub struct OfferShown {
    /// Where it stands.
    pub state: Badge,
    /// The campaign that made it.
    pub campaign: Link,
    /// What was offered.
    pub what: Phrase,
    /// Until when it could be answered.
    pub expires: Time,
}

/// A campaign, and what became of it.
#[derive(Clone, Debug, Serialize)]
pub struct WeighedRow {
    /// The campaign.
    pub campaign: Link,
    /// What became of it.
    pub verdict: Badge,
    /// Why, as a stable code.
    pub reason: String,
}

/// The stock of a product with its moves.
#[derive(Clone, Debug, Serialize)]
pub struct StockPage {
    /// The product, by id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What is left.
    pub left: Phrase,
    /// Whether there is a limit that can be moved.
    pub is_limited: bool,
    /// Where what comes in, or goes, is sent.
    pub action: String,
    /// Names the form, so that sent twice it is done once.
    pub once: String,
    /// Why it was not moved.
    pub refused: Option<Phrase>,
    /// How many come in, or go.
    pub form: Form,
    /// The moves, the newest first.
    pub rows: Vec<MoveRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for StockPage {
    const TEMPLATE: &'static str = "backend/stock";
}

/// A move of a stock.
#[derive(Clone, Debug, Serialize)]
pub struct MoveRow {
    /// The moment of it.
    pub at: Time,
    /// Why, in words.
    #[serde(serialize_with = "ours")]
    pub cause: &'static str,
    /// How many came, or went.
    pub change: String,
    /// How many are left after it.
    pub left: Phrase,
    /// The order that it was for.
    pub order: Option<Link>,
}
