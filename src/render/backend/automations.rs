//! An automation at work: where it stands, what it has come to step by step, who is on their way.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::confirm::Fact;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Badge, Filters, Pager};
use crate::render::backend::time::Time;

/// An automation at work.
#[derive(Clone, Debug, Serialize)]
pub struct AutomationPage {
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: Badge,
    /// Where the page is, and where its forms are sent.
    pub action: String,
    /// What can be done with it now: by name and label.
    pub turns: Vec<Link>,
    /// Where it is edited.
    pub edit: String,
    /// Why that was refused which was asked for.
    pub refused: Option<String>,
    /// What it has come to as a whole.
    pub figures: Vec<Fact>,
    /// Who could have started.
    pub first_purchases: String,
    /// Its steps.
    pub steps: Vec<StepRow>,
    /// How many came to the end.
    pub completed: String,
    /// The last who started.
    pub runs: Vec<RunRow>,
    /// The customer about whom is asked.
    pub customer: String,
    /// Why they are on their way, or not.
    pub answer: Option<String>,
}

impl BackendPage for AutomationPage {
    const TEMPLATE: &'static str = "backend/automation";
}

/// A step with its figures.
#[derive(Clone, Debug, Serialize)]
pub struct StepRow {
    /// Its key.
    pub key: String,
    /// How long it waits; empty for one of an earlier version.
    pub delay: String,
    /// Its figures, in the order of the columns.
    pub figures: Vec<String>,
}

/// Those who are on their way through an automation, and who were.
#[derive(Clone, Debug, Serialize)]
pub struct RunsPage {
    /// Which of them are looked for.
    pub filters: Filters,
    /// Those found.
    pub rows: Vec<RunRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for RunsPage {
    const TEMPLATE: &'static str = "backend/automation_runs";
}

/// A customer on their way.
#[derive(Clone, Debug, Serialize)]
pub struct RunRow {
    /// Who.
    pub customer: String,
    /// Where they stand.
    pub status: Badge,
    /// Why they left, or the step that they wait for.
    pub what: String,
    /// When that is due.
    pub due: Option<Time>,
    /// The code of their coupon.
    pub coupon: Option<String>,
    /// The version that they go through.
    pub version: String,
    /// Where their messages are listed.
    pub messages: String,
    /// When they started.
    pub started: Time,
}
