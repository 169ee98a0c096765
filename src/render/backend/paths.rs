//! Up/down-selling: the form of a path, what the path would do, and the offer graph.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::{Choice, Field, Form};
use crate::render::backend::frame::Link;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, ours};

/// The form that writes a path, with what the path would do beside it.
#[derive(Clone, Debug, Serialize)]
pub struct PathPage {
    /// The heading.
    #[serde(serialize_with = "ours")]
    pub heading: &'static str,
    /// The id of what is there already.
    pub id: Option<String>,
    /// Where the form is sent.
    pub action: String,
    /// Its fields.
    pub form: Form,
    /// The field for the id of what is new.
    pub naming: Option<Field>,
    /// The transitions, each with what it does.
    pub transitions: Vec<(Phrase, Phrase)>,
    /// What can be inserted into the texts.
    pub variables: Vec<VariableRow>,
    /// What the path would do.
    pub insight: Insight,
}

impl BackendPage for PathPage {
    const TEMPLATE: &'static str = "backend/path";
}

/// A variable of the texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct VariableRow {
    /// As it is written, in braces.
    pub name: &'static str,
    /// What it shows.
    #[serde(serialize_with = "ours")]
    pub about: &'static str,
}

/// What a path would do, as far as it goes.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Insight {
    /// Whether it has tags on both sides and can be looked at.
    pub is_ready: bool,
    /// What a customer would read.
    pub sample: Option<SampleText>,
    /// What is wrong with the texts.
    pub faults: Vec<Phrase>,
    /// What a merchant should think about.
    pub warnings: Vec<WarningRow>,
    /// How many edges it makes.
    pub count: usize,
    /// The first of them.
    pub table: EdgeTable,
    /// How many there are beyond those.
    pub more: usize,
}

/// The insight alone, for a form that is being filled in.
#[derive(Clone, Debug, Serialize)]
pub struct InsightPart {
    /// What the path would do.
    pub insight: Insight,
}

impl BackendPage for InsightPart {
    const TEMPLATE: &'static str = "backend/path_insight";
}

/// What a sample customer would read.
#[derive(Clone, Debug, Serialize)]
pub struct SampleText {
    /// What the customer has.
    pub source: String,
    /// What is bought.
    pub target: String,
    /// The public title, filled.
    pub title: String,
    /// The public text, filled.
    pub text: String,
    /// The same in each other language that it has texts in.
    pub translations: Vec<TranslatedText>,
    /// Why the path does not fire for such a customer.
    pub refused: Option<Phrase>,
}

/// What a customer reads in one of the other languages.
#[derive(Clone, Debug, Serialize)]
pub struct TranslatedText {
    /// The language, by its tag.
    pub language: String,
    /// The public title, filled.
    pub title: String,
    /// The public text, filled.
    pub text: String,
}

/// A warning.
#[derive(Clone, Debug, Serialize)]
pub struct WarningRow {
    /// What it is, in a word or two.
    pub code: Phrase,
    /// What it is about, in a sentence.
    pub detail: Phrase,
}

/// Edges as a table.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EdgeTable {
    /// Whether it says by which path each is made.
    pub with_paths: bool,
    /// The edges.
    pub edges: Vec<EdgeRow>,
}

/// An edge in a table.
#[derive(Clone, Debug, Serialize)]
pub struct EdgeRow {
    /// What the customer has.
    pub source: Link,
    /// What is bought.
    pub target: Link,
    /// Their prices.
    pub prices: [String; 2],
    /// By which path.
    pub path: Link,
    /// When the change happens.
    #[serde(serialize_with = "ours")]
    pub transition: &'static str,
    /// Where it leads.
    pub direction: Badge,
}

/// The offer graph, as a picture and as a table.
#[derive(Clone, Debug, Serialize)]
pub struct GraphPage {
    /// What can be filtered by.
    pub tags: Vec<Choice>,
    /// What can be filtered by.
    pub paths: Vec<Choice>,
    /// What can be filtered by.
    pub transitions: Vec<Choice>,
    /// Whether a filter is set.
    pub is_filtered: bool,
    /// What is drawn.
    pub picture: Picture,
    /// How many offers are drawn.
    pub offers: usize,
    /// How many edges are drawn.
    pub count: usize,
    /// The first of them, as a table.
    pub table: EdgeTable,
    /// How many there are beyond those.
    pub more: usize,
}

impl BackendPage for GraphPage {
    const TEMPLATE: &'static str = "backend/graph";
}

/// What the script draws: short keys, for there may be thousands.
#[derive(Clone, Debug, Serialize)]
pub struct Picture {
    /// The offers, each with its title, its price, and whether it is sold.
    pub offers: Vec<(String, String, String, bool)>,
    /// The edges: the places of source and target among the offers, the path's place among the
    /// paths, `up`, `down`, `add` or `never`.
    pub edges: Vec<(usize, usize, usize, &'static str)>,
    /// The paths, each with its title and when its change takes effect.
    pub paths: Vec<(String, String, Phrase)>,
}
