//! Checkouts that were refused.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::parts::{Filters, Pager, Person};
use crate::render::backend::phrase::Phrase;
use crate::render::backend::time::Time;

/// The list.
#[derive(Clone, Debug, Serialize)]
pub struct RefusalsPage {
    /// What it is narrowed down by.
    pub filters: Filters,
    /// The latest first.
    pub rows: Vec<RefusalRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for RefusalsPage {
    const TEMPLATE: &'static str = "backend/refusals";
}

/// A checkout that was refused.
#[derive(Clone, Debug, Serialize)]
pub struct RefusalRow {
    /// The moment of it.
    pub at: Time,
    /// Who wanted it.
    pub customer: Person,
    /// What they wanted, by id.
    pub offer: String,
    /// What that is called; its id where it is gone.
    pub title: String,
    /// Why not, in words.
    pub why: Phrase,
    /// Every path that was looked at, with why it would not do.
    pub considered: Vec<Phrase>,
    /// Where it is tried as things stand now.
    pub what_if: String,
}
