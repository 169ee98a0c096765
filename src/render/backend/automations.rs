//! An automation at work: where it stands, what it has come to as a picture of its way, who is on
//! their way. And those who are, as a list.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::form::Choice;
use crate::render::backend::frame::Link;
use crate::render::backend::parts::{Badge, Filters, Pager, Person};
use crate::render::backend::phrase::{Phrase, ours};
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
    pub refused: Option<Phrase>,
    /// As of when its figures are.
    pub as_of: Time,
    /// The day of that, where one was asked for.
    pub as_of_day: String,
    /// The versions to choose from; none where there is but one.
    pub versions: Vec<Choice>,
    /// Whether another moment than now, or one version, was asked for.
    pub is_narrowed: bool,
    /// Whether early buyers count as those who completed it.
    pub counts_early: bool,
    /// What it has come to as a whole: the five that matter.
    pub header: Vec<Figure>,
    /// What makes customers start, and how many that were.
    pub trigger: TriggerCard,
    /// Its steps.
    pub steps: Vec<StepCard>,
    /// How many came to the end.
    pub completed: Vec<Figure>,
    /// What else is known of the whole.
    pub facts: Vec<Figure>,
    /// What comparing with those held out says.
    pub holdout: Option<HoldoutCard>,
    /// The first day of those that are drawn.
    pub first_day: Time,
    /// The last one.
    pub last_day: Time,
    /// The days, drawn.
    pub charts: Vec<DayChart>,
    /// The days on which anything happened, the last first.
    pub days: Vec<DayRow>,
    /// The last who started.
    pub runs: Vec<RunRow>,
    /// Where all of them are listed.
    pub all_runs: String,
    /// The customer about whom is asked.
    pub customer: String,
    /// Why they are on their way, or not.
    pub answer: Option<WhyNot>,
}

impl BackendPage for AutomationPage {
    const TEMPLATE: &'static str = "backend/automation";
}

/// A figure that leads to what it counts.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What it counts.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// The number of them.
    pub text: Phrase,
    /// Where these are listed.
    pub href: Option<String>,
    /// How much of a hundred that is, as a bar.
    pub share: Option<i64>,
}

/// What makes customers start.
#[derive(Clone, Debug, Serialize)]
pub struct TriggerCard {
    /// What happened, in words.
    #[serde(serialize_with = "ours")]
    pub what: &'static str,
    /// Who could have started, and who did.
    pub figures: Vec<Figure>,
}

/// A step with its figures.
#[derive(Clone, Debug, Serialize)]
pub struct StepCard {
    /// Its key.
    pub key: String,
    /// How long it waits; empty for one of an earlier version.
    pub delay: Phrase,
    /// What it says: a template, or a subject of its own.
    pub says: Link,
    /// Who waits, who went on, who left.
    pub waits: Vec<Figure>,
    /// What became of its messages.
    pub message: Vec<Figure>,
    /// How many were given up.
    pub failed: Figure,
    /// How many purchases are put down to it.
    pub purchases: String,
    /// What was paid for these.
    pub revenue: String,
}

/// What comparing those who were sent messages with those held out says.
#[derive(Clone, Debug, Serialize)]
pub struct HoldoutCard {
    /// How many were sent messages.
    pub started: String,
    /// How many of a hundred of them bought anything.
    pub bought: String,
    /// How many were held out.
    pub held: String,
    /// Where these are listed.
    pub href: String,
    /// How many of a hundred of them bought anything.
    pub held_bought: String,
    /// By how many points that differs.
    pub difference: Option<String>,
}

/// A row of bars, one for each day.
#[derive(Clone, Debug, Serialize)]
pub struct DayChart {
    /// What it counts.
    #[serde(serialize_with = "ours")]
    pub label: &'static str,
    /// How many in all.
    pub total: i64,
    /// The most on one day.
    pub most: i64,
    /// How wide it is.
    pub width: usize,
    /// The bars.
    pub bars: Vec<Bar>,
}

/// A bar.
#[derive(Clone, Debug, Serialize)]
pub struct Bar {
    /// Where it begins.
    pub x: usize,
    /// Its upper end.
    pub y: i64,
    /// How high it is.
    pub height: i64,
    /// The day, and how many.
    pub title: String,
}

/// A day.
#[derive(Clone, Debug, Serialize)]
pub struct DayRow {
    /// The day.
    pub on: Time,
    /// How many began.
    pub started: i64,
    /// How many messages were sent.
    pub sent: i64,
    /// How many purchases are put down to its messages.
    pub purchased: i64,
}

/// Why somebody is on their way, or is not.
#[derive(Clone, Debug, Serialize)]
pub struct WhyNot {
    /// A sentence.
    pub text: Phrase,
    /// The name of the reason.
    pub code: Option<&'static str>,
    /// Where their way is listed.
    pub run: Option<String>,
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
    /// The customer.
    pub customer: Person,
    /// Where they stand.
    pub status: Badge,
    /// Why they left, or the step that they wait for.
    pub what: Phrase,
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
