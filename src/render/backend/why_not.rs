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
    /// What a rule comes to for the last orders, where it alone is asked about: of each kind there
    /// may be one of its name.
    pub alone: Vec<RuleAlone>,
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
    /// The same as a picture.
    pub picture: Option<RoundsPicture>,
}

/// What a rule by itself comes to for the last orders.
#[derive(Clone, Debug, Serialize)]
pub struct RuleAlone {
    /// What kind of rule.
    #[serde(serialize_with = "ours")]
    pub kind: &'static str,
    /// The rule.
    pub rule: Link,
    /// For how many orders, in a sentence.
    pub of: Phrase,
    /// Whether what is left is not looked at.
    pub ignores_stock: bool,
    /// What became of it, the most frequent first.
    pub rows: Vec<VerdictRow>,
}

/// What became of a rule for some of the last orders.
#[derive(Clone, Debug, Serialize)]
pub struct VerdictRow {
    /// What became of it.
    pub verdict: Badge,
    /// Why, as a stable code; empty where it was chosen.
    pub reason: String,
    /// What that means.
    #[serde(serialize_with = "ours")]
    pub meaning: &'static str,
    /// Where the first clause stands that does not hold.
    pub clause: String,
    /// For how many orders.
    pub orders: String,
    /// How many of a hundred that is, as a bar.
    pub share: Option<i64>,
    /// The last of them, with why.
    pub last: Link,
}

/// The rounds in which gift rules apply, drawn: a column each, after what brought it about.
#[derive(Clone, Debug, Serialize)]
pub struct RoundsPicture {
    /// How wide it is.
    pub width: usize,
    /// How high.
    pub height: usize,
    /// The rounds.
    pub columns: Vec<RoundColumn>,
    /// From one round to the next.
    pub arrows: Vec<RoundArrow>,
}

/// A round.
#[derive(Clone, Debug, Serialize)]
pub struct RoundColumn {
    /// Where it begins.
    pub x: usize,
    /// What it is called.
    pub label: Phrase,
    /// The rules that are applied in it.
    pub boxes: Vec<RoundBox>,
}

/// A rule that is applied.
#[derive(Clone, Debug, Serialize)]
pub struct RoundBox {
    /// Where it begins.
    pub x: usize,
    /// Its upper end.
    pub y: usize,
    /// Where its first line stands.
    pub first: usize,
    /// Where its second line stands.
    pub second: usize,
    /// The rule, and the number of times.
    pub rule: Phrase,
    /// What it gives, as far as there is room.
    pub gives: Phrase,
    /// The same in full.
    pub title: Phrase,
}

/// That one round follows another.
#[derive(Clone, Debug, Serialize)]
pub struct RoundArrow {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// How high it stands.
    pub y: usize,
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
