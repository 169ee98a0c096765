//! What one search through everything has found.

use serde::Serialize;

use crate::render::backend::parts::Person;
use crate::render::backend::phrase::ours;

use super::BackendPage;

/// The page of the search.
#[derive(Clone, Debug, Serialize)]
pub struct SearchPage {
    /// What is searched; empty where nothing is yet.
    pub text: String,
    /// What was found, by kind.
    pub groups: Vec<FoundGroup>,
}

/// What was found of one kind.
#[derive(Clone, Debug, Serialize)]
pub struct FoundGroup {
    /// What they are called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// The first of them.
    pub rows: Vec<FoundRow>,
    /// Whether there are more.
    pub is_more: bool,
    /// The list of them.
    pub list: String,
}

/// Something that was found.
#[derive(Clone, Debug, Serialize)]
pub struct FoundRow {
    /// What people call it, or its id.
    pub title: String,
    /// Its page.
    pub href: String,
    /// Its id, where that is not what it is called.
    pub id: Option<String>,
    /// Whose it is, where it is anybody's.
    pub customer: Option<Person>,
}

impl BackendPage for SearchPage {
    const TEMPLATE: &'static str = "backend/search";
}
