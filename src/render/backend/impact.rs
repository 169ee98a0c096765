//! What a path would mean for everybody.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::{Choice, Form};
use crate::render::backend::frame::Link;
use crate::render::backend::parts::Tab;
use crate::render::backend::phrase::{Phrase, ours};

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct ImpactPage {
    /// The ways to ask.
    pub tabs: Vec<Tab>,
    /// The question.
    pub form: Form,
    /// The answer, once there is a question that has one.
    pub answer: Option<ImpactAnswer>,
    /// The form of the path, where one was picked.
    pub edit: Option<Link>,
}

impl BackendPage for ImpactPage {
    const TEMPLATE: &'static str = "backend/impact";
}

/// The answer to the form of a path.
#[derive(Clone, Debug, Serialize)]
pub struct EverybodyPage {
    /// Where the path stands, or would stand.
    pub action: String,
    /// All that was values, to go back with.
    pub values: Vec<(String, String)>,
    /// The targets that were left out.
    pub targets: Vec<Choice>,
    /// The answer.
    pub answer: ImpactAnswer,
}

impl BackendPage for EverybodyPage {
    const TEMPLATE: &'static str = "backend/everybody";
}

/// What the path would mean.
#[derive(Clone, Debug, Serialize)]
pub struct ImpactAnswer {
    /// The path's internal title.
    pub path: String,
    /// How it was looked at, in a sentence.
    pub told: Phrase,
    /// Each target.
    pub targets: Vec<ImpactRow>,
    /// How many more targets there are.
    pub more: usize,
    /// How many customers were looked at.
    pub customers: u64,
}

/// A target.
#[derive(Clone, Debug, Serialize)]
pub struct ImpactRow {
    /// Its title.
    pub offer: String,
    /// Customers from whose subscriptions the path leads there.
    pub customers: u64,
    /// Those who could take it.
    pub possible: u64,
    /// Why others could not.
    pub refused: Vec<RefusedCount>,
    /// What they would pay at once.
    pub amount_due: String,
    /// What all running subscriptions cost a month.
    pub before: String,
    /// The same afterwards.
    pub after: String,
    /// The difference.
    pub change: String,
    /// What subscriptions in other currencies cost a month, which cannot be compared.
    pub elsewhere: Vec<String>,
    /// How many prices have tax in them where the target's has none, or the other way round.
    pub taxed_otherwise: u64,
}

/// Why some could not.
#[derive(Clone, Debug, Serialize)]
pub struct RefusedCount {
    /// The number of them.
    pub count: u64,
    /// The reason.
    #[serde(serialize_with = "ours")]
    pub reason: &'static str,
}
