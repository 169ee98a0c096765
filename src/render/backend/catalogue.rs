//! What a merchant sells: lists of offers, products, tags and taxes, the forms that write them,
//! and who uses a tag. Up/down-selling stands in `paths`.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::conditions::{Cards, ConditionField};
use crate::render::backend::form::{Field, Form};
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Badge, Pager, Search, Tab};
use crate::render::backend::paths::WarningRow;
use crate::render::backend::phrase::{Phrase, ours};

/// A list of things that a merchant defines.
#[derive(Clone, Debug, Serialize)]
pub struct DefinitionsPage {
    /// The pages that it is one of; none where it stands alone.
    pub tabs: Vec<Tab>,
    /// Whether whoever looks may add one.
    pub may_write: bool,
    /// The heading, such as "Offers".
    #[serde(serialize_with = "ours")]
    pub heading: &'static str,
    /// What these things are, in a sentence.
    #[serde(serialize_with = "ours")]
    pub about: &'static str,
    /// Where one is added.
    pub add: Link,
    /// What can be set up step by step.
    pub set_up: Option<SetUp>,
    /// Searches the list.
    pub search: Search,
    /// What the columns after the title hold.
    pub columns: Vec<Column>,
    /// The things.
    pub rows: Vec<Row>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for DefinitionsPage {
    const TEMPLATE: &'static str = "backend/definitions";
}

/// Something that is set up step by step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SetUp {
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub title: &'static str,
    /// What it is, in a sentence.
    #[serde(serialize_with = "ours")]
    pub about: &'static str,
    /// Where that begins.
    pub href: &'static str,
}

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// Whether it holds amounts or counts.
    pub number: bool,
}

/// A thing in a list.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The thing: its title, and where it is edited.
    pub link: Link,
    /// Its id.
    pub id: String,
    /// What stands in the columns.
    pub cells: Vec<Cell>,
}

/// What stands in a column.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// Words or figures.
    pub text: Phrase,
    /// States.
    pub badges: Vec<Badge>,
    /// Other things.
    pub links: Vec<Link>,
    /// Whether it holds an amount or a count.
    pub number: bool,
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<Phrase>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// An amount or a count.
    pub fn number(text: impl Into<Phrase>) -> Self {
        Self { text: text.into(), number: true, ..Self::default() }
    }

    /// A state.
    #[must_use]
    pub fn badge(badge: Badge) -> Self {
        Self { badges: vec![badge], ..Self::default() }
    }

    /// Other things.
    #[must_use]
    pub fn links(links: Vec<Link>) -> Self {
        Self { links, ..Self::default() }
    }
}

/// The form that writes a thing.
#[derive(Clone, Debug, Serialize)]
pub struct DefinitionPage {
    /// Whether whoever looks may change it.
    pub may_write: bool,
    /// Who may, where they may not.
    #[serde(serialize_with = "ours")]
    pub writers: &'static str,
    /// The heading, such as "Edit offer".
    #[serde(serialize_with = "ours")]
    pub heading: &'static str,
    /// The id of what is there already.
    pub id: Option<String>,
    /// Where the form is sent, and the thing stands.
    pub action: String,
    /// What keeps the form from being saved, and its version.
    pub form: Form,
    /// The fields, in order.
    pub sections: Vec<Section>,
    /// Whether some of its buttons change it and save nothing.
    pub is_clicked: bool,
    /// Who uses it; none for what does not say so.
    pub users: Option<TagUsage>,
    /// How it is tried before it is saved, where it can be.
    pub trial: Option<Trial>,
    /// What is said of it while it is written; none where nothing is.
    pub insight: Option<RuleInsight>,
    /// What else there is to see of what is there already.
    pub more: Vec<Link>,
}

/// What is said of a rule while it is written.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RuleInsight {
    /// Whether all that it needs is there, so that it can be looked at.
    pub is_ready: bool,
    /// What a sample cart is told by it.
    pub told: Option<Phrase>,
    /// What a merchant should think about.
    pub warnings: Vec<WarningRow>,
}

/// The same alone, for a form that is being filled in.
#[derive(Clone, Debug, Serialize)]
pub struct RuleInsightPart {
    /// What is said of the rule.
    pub insight: RuleInsight,
}

impl BackendPage for RuleInsightPart {
    const TEMPLATE: &'static str = "backend/rule_insight";
}

/// A look at what would come of a form, which saves nothing.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// What the button says.
    #[serde(serialize_with = "ours")]
    pub button: &'static str,
    /// What has come of it, if it was tried.
    pub told: Option<Phrase>,
}

impl BackendPage for DefinitionPage {
    const TEMPLATE: &'static str = "backend/definition";
}

/// Fields that belong together.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    /// Its id on the page.
    pub id: String,
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub title: &'static str,
    /// Its conditions, which stand first.
    pub conditions: Vec<ConditionField>,
    /// Its fields, in order.
    pub fields: Vec<Field>,
    /// Its lists of cards, which stand last.
    pub cards: Vec<Cards>,
    /// Other things that belong to it.
    pub links: Vec<Link>,
}

impl Section {
    /// The fields of a form with these keys, in this order.
    pub fn of(form: &mut Form, title: &'static str, keys: &[&str]) -> Self {
        let fields = keys.iter().filter_map(|key| form.fields.remove(*key)).collect();
        let id = keys.first().map_or_else(String::new, |key| format!("section-{key}"));
        Self { id, title, conditions: Vec::new(), fields, cards: Vec::new(), links: Vec::new() }
    }

    /// Whether something in it is clicked together.
    #[must_use]
    pub fn is_clicked(&self) -> bool {
        !self.conditions.is_empty() || !self.cards.is_empty()
    }
}

/// Who uses a tag.
#[derive(Clone, Debug, Serialize)]
pub struct TagUsage {
    /// The offers that carry it.
    pub offers: Vec<Link>,
    /// The paths that lead from it.
    pub source_of: Vec<Link>,
    /// The paths that lead to it.
    pub target_of: Vec<Link>,
    /// How many there are beyond those that are listed.
    pub more: usize,
    /// Where its part of the offer graph is drawn.
    pub graph: String,
}

/// Asks once more before something is removed.
#[derive(Clone, Debug, Serialize)]
pub struct RemovalPage {
    /// The heading, such as "Delete this offer?".
    pub heading: Phrase,
    /// What happens then.
    #[serde(serialize_with = "ours")]
    pub warning: &'static str,
    /// What is removed.
    pub title: String,
    /// Its id.
    pub id: String,
    /// The version that is removed.
    pub version: String,
    /// Where the form is sent.
    pub action: String,
    /// Where one goes instead.
    pub back: String,
    /// Why it was refused.
    pub refused: Option<Phrase>,
}

impl BackendPage for RemovalPage {
    const TEMPLATE: &'static str = "backend/removal";
}
