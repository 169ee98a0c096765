//! What running subscriptions on an offer are to pay: a form, what would come of it, and what was
//! decided.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Form;
use crate::render::backend::parts::{Badge, Pager};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;

/// The prices of the running subscriptions on an offer.
#[derive(Clone, Debug, Serialize)]
pub struct PricesPage {
    /// The offer, by id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it costs who buys it by now.
    pub price: String,
    /// Where a price change is decided.
    pub action: String,
    /// Where it is looked at what one would mean.
    pub look: String,
    /// Why it was not done.
    pub refused: Option<Phrase>,
    /// What is asked for.
    pub form: Form,
    /// What it would mean.
    pub answer: Option<PriceAnswer>,
    /// What was decided, the newest first.
    pub rows: Vec<PriceChangeRow>,
    /// The way through it.
    pub pager: Pager,
}

impl BackendPage for PricesPage {
    const TEMPLATE: &'static str = "backend/prices";
}

/// What a price change would mean.
#[derive(Clone, Debug, Serialize)]
pub struct PriceAnswer {
    /// How many subscriptions would be told.
    pub told: u64,
    /// How many of them wait for another price by now.
    pub supersedes: u64,
    /// Why how many are left as they are, in words.
    pub left_out: Vec<Phrase>,
    /// The new price.
    pub price: String,
    /// What they come to in a month by now.
    pub before: String,
    /// What they come to then.
    pub after: String,
    /// The difference.
    pub change: String,
    /// The first booking of all at the new price.
    pub first: Option<Time>,
    /// When the last one pays it first.
    pub last: Option<Time>,
}

/// A price change in a list.
#[derive(Clone, Debug, Serialize)]
pub struct PriceChangeRow {
    /// By which it is withdrawn.
    pub id: String,
    /// The new price.
    pub price: String,
    /// No booking before this day is at it.
    pub from: Time,
    /// Whom it concerns, in words.
    #[serde(serialize_with = "ours")]
    pub scope: &'static str,
    /// How far it has come.
    pub status: Badge,
    /// How many wait for their first booking at it.
    pub pending: u64,
    /// How many pay it.
    pub applied: u64,
    /// How many will not.
    pub kept: u64,
    /// How many were left as they are.
    pub left_out: u64,
    /// What those that pay it, or will, came to in a month before.
    pub before: String,
    /// What they come to then.
    pub after: String,
    /// Whether it can be withdrawn.
    pub is_open: bool,
}
