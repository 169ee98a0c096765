//! The shelf of the demo's shop: goods, a cart with what the merchant's rules make of it, and the
//! page that thanks for an order.

use serde::Serialize;

use crate::render::look::PageBranding;

/// What the shelf shows.
#[derive(Clone, Debug, Serialize)]
pub struct ShelfPage {
    /// Who sells.
    pub seller: String,
    /// How the merchant's pages look.
    pub look: PageBranding,
    /// What can be bought.
    pub goods: Vec<ShelfGoods>,
    /// What is in the cart, where something is.
    pub cart: Option<ShelfCart>,
    /// Why the last order was not placed, in a sentence.
    pub problem: Option<String>,
}

/// Goods on the shelf.
#[derive(Clone, Debug, Serialize)]
pub struct ShelfGoods {
    /// The field of the form that says how many.
    pub field: String,
    /// Their title.
    pub title: String,
    /// What one costs.
    pub price: String,
    /// How many are left; none where that is not counted.
    pub left: Option<i64>,
    /// How many are in the cart.
    pub quantity: i64,
}

/// A cart, and what it gets.
#[derive(Clone, Debug, Serialize)]
pub struct ShelfCart {
    /// What was put in, each with its price.
    pub lines: Vec<ShelfLine>,
    /// What is added for nothing.
    pub gifts: Vec<ShelfLine>,
    /// Gifts of which the customer picks one.
    pub choices: Vec<ShelfChoice>,
    /// What is earned, and how far the rest is.
    pub messages: Vec<ShelfMessage>,
    /// What shipping costs.
    pub shipping: String,
    /// What all of it costs.
    pub total: String,
    /// What an order of it says.
    pub fields: Vec<ShelfField>,
}

/// So many of something.
#[derive(Clone, Debug, Serialize)]
pub struct ShelfLine {
    /// The number of pieces.
    pub quantity: i64,
    /// The title of it.
    pub title: String,
    /// What they cost together.
    pub price: String,
}

/// Gifts of which the customer picks one.
#[derive(Clone, Debug, Serialize)]
pub struct ShelfChoice {
    /// The field of the form that says which.
    pub field: String,
    /// What customers see.
    pub title: String,
    /// From what.
    pub gifts: Vec<ShelfGift>,
}

/// A gift that can be picked.
#[derive(Clone, Debug, Serialize)]
pub struct ShelfGift {
    /// By which it is picked.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Whether it is.
    pub picked: bool,
}

/// What a promotion tells.
#[derive(Clone, Debug, Serialize)]
pub struct ShelfMessage {
    /// The sentence.
    pub text: String,
    /// Whether it is earned.
    pub earned: bool,
}

/// A field of the form that places an order.
#[derive(Clone, Debug, Serialize)]
pub struct ShelfField {
    /// Its name.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// The page that thanks for an order.
#[derive(Clone, Debug, Serialize)]
pub struct OrderedPage {
    /// Who sells.
    pub seller: String,
    /// How the merchant's pages look.
    pub look: PageBranding,
    /// Its id, by which the merchant finds it.
    pub order: String,
    /// What was bought.
    pub lines: Vec<ShelfLine>,
    /// What came with it.
    pub gifts: Vec<ShelfLine>,
    /// What all of it costs without shipping.
    pub total: String,
    /// What is offered.
    pub offer: Option<OrderedOffer>,
    /// What became of what was offered, in a sentence.
    pub answered: Option<String>,
}

/// What is offered after an order.
#[derive(Clone, Debug, Serialize)]
pub struct OrderedOffer {
    /// Its title.
    pub title: String,
    /// What it costs usually.
    pub usual: Option<String>,
    /// What it costs now.
    pub price: String,
}
