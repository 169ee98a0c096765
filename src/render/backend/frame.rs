//! What surrounds every page of the backend: who is signed in, where one can go, what was just
//! done.

use serde::Serialize;

use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;
use crate::render::words::Language;

/// What surrounds a page.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Frame {
    /// The page's heading and, with the merchant's name, the window's title.
    pub title: Phrase,
    /// Whose backend it is; empty where nobody is signed in.
    pub merchant: String,
    /// Where one can go; empty where nobody is signed in.
    pub groups: Vec<Group>,
    /// What the entry of this page is called; empty where it has none.
    #[serde(serialize_with = "ours")]
    pub at: &'static str,
    /// The pages above this one, the highest first.
    pub crumbs: Vec<Link>,
    /// What was just done, shown once.
    pub flash: Option<Flash>,
    /// Who is signed in.
    pub visitor: Option<Visitor>,
    /// What they may do.
    pub may: Permissions,
    /// What every form sends back, so that no other site can send one.
    pub csrf: String,
    /// The language that all of it is read in.
    pub language: Language,
    /// The page to come back to, in the other one.
    pub back: String,
    /// The simulated clock, where the book has one that this merchant may move.
    pub clock: Option<ClockBar>,
    /// Style sheets besides the backend's own, by name.
    pub styles: &'static [&'static str],
    /// Scripts besides the backend's own, by name; they run before it.
    pub scripts: &'static [&'static str],
}

/// A simulated clock, and what moves it.
#[derive(Clone, Debug, Serialize)]
pub struct ClockBar {
    /// The date on it.
    pub today: Time,
    /// The page to come back to.
    pub back: String,
}

/// Entries of the navigation that belong together.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// What they have in common; empty where there is but one.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// The entries, in order.
    pub entries: Vec<Entry>,
}

/// An entry of the navigation.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// What it is called.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
    /// Whether this page is it or below it.
    pub current: bool,
}

/// A page that can be gone to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What it is called.
    pub label: Phrase,
    /// Where it leads.
    pub href: String,
}

impl Link {
    /// A link.
    pub fn new(label: impl Into<Phrase>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// Who is signed in.
#[derive(Clone, Debug, Serialize)]
pub struct Visitor {
    /// What their key is for, or its id.
    pub key: String,
    /// What it may do, in a word.
    pub role: &'static str,
}

/// What somebody may do besides reading: what is not allowed is not offered. Which role may do
/// what stands in `edge::auth` alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked for alone, in templates")]
pub struct Permissions {
    /// Catalogue and paths.
    pub catalogue: bool,
    /// Customers, checkouts, cancelling and withdrawing.
    pub selling: bool,
    /// Billing runs and payments.
    pub billing: bool,
    /// Settings and keys.
    pub admin: bool,
}

/// What was just done, shown on the page that follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Flash {
    /// Whether it went well.
    pub tone: Tone,
    /// A sentence.
    pub text: String,
}

/// How something is meant: the colour is never all that says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tone {
    /// Neither good nor bad.
    Plain,
    /// Done, running, paid.
    Good,
    /// Waiting, to be looked at.
    Warn,
    /// Failed, overdue, revoked.
    Bad,
}
