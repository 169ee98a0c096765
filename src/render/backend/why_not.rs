//! Why not: what becomes of each rule for an order or a cart, and in which rounds gifts are given.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Form;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, ours};

/// The page.
#[derive(Clone, Debug, Serialize)]
pub struct WhyNotPage {
    /// The question.
    pub form: Form,
    /// The answer, once there is a question that has one.
    pub answer: Option<Answer>,
}

impl BackendPage for WhyNotPage {
    const TEMPLATE: &'static str = "backend/why_not";
}

/// What the rules come to.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// What was asked of.
    pub of: Phrase,
    /// What comes of it all, a sentence each.
    pub outcome: Vec<Phrase>,
    /// The rules, by kind and rank.
    pub rules: Vec<RuleRow>,
    /// How many more there are.
    pub more: usize,
    /// The gift rules that apply, in the order of the rounds.
    pub rounds: Vec<RoundRow>,
}

/// A rule, and what becomes of it.
#[derive(Clone, Debug, Serialize)]
pub struct RuleRow {
    /// What kind of rule.
    #[serde(serialize_with = "ours")]
    pub kind: &'static str,
    /// The rule.
    pub rule: Link,
    /// What becomes of it.
    pub verdict: Badge,
    /// Why, as a stable code; empty where it was chosen.
    pub reason: String,
    /// What that means.
    #[serde(serialize_with = "ours")]
    pub meaning: &'static str,
    /// Where the first clause stands that does not hold.
    pub clause: String,
}

/// A gift rule that applies.
#[derive(Clone, Debug, Serialize)]
pub struct RoundRow {
    /// In which round, from 1.
    pub round: usize,
    /// The rule.
    pub rule: Link,
    /// The number of times.
    pub times: Phrase,
    /// What it gives.
    pub gives: Phrase,
}
