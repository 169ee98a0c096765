//! The demo's shop: from where a newcomer starts checkouts.

use serde::Serialize;

use crate::render::look::PageBranding;

/// What the shop shows.
#[derive(Clone, Debug, Serialize)]
pub struct DemoPage {
    /// Who sells.
    pub seller: String,
    /// How the page looks.
    pub look: PageBranding,
    /// The date by the book's clock.
    pub today: String,
    /// Why the last checkout did not open, in a sentence.
    pub problem: Option<String>,
    /// Checkouts that are worth looking at.
    pub suggestions: Vec<Suggestion>,
    /// Somebody who has something, whose account is worth looking at.
    pub account: Option<String>,
    /// Who can be played.
    pub customers: Vec<DemoCustomer>,
    /// What can be bought.
    pub offers: Vec<DemoOffer>,
}

/// A checkout that is worth looking at.
#[derive(Clone, Debug, Serialize)]
pub struct Suggestion {
    /// Who buys.
    pub customer: String,
    /// The offer.
    pub offer: String,
    /// What that is, in a few words.
    pub title: String,
    /// What it shows.
    pub what: String,
}

/// A customer who can be played.
#[derive(Clone, Debug, Serialize)]
pub struct DemoCustomer {
    /// By which a checkout is opened.
    pub id: String,
    /// What they have, each with its price.
    pub has: Vec<String>,
}

/// An offer that can be bought.
#[derive(Clone, Debug, Serialize)]
pub struct DemoOffer {
    /// By which a checkout is opened.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its price with its period.
    pub price: String,
}
