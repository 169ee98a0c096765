//! Subscriptions and what waits for them: the lists, and one subscription with its time line.

use serde::Serialize;

use crate::render::backend::BackendPage;
use crate::render::backend::documents::DocumentRow;
use crate::render::backend::parts::{Badge, Filters, Pager, Person};
use crate::render::backend::phrase::{Phrase, ours};
use crate::render::backend::time::Time;
use crate::render::backend::timeline::Timeline;

/// The subscriptions.
#[derive(Clone, Debug, Serialize)]
pub struct SubscriptionsPage {
    /// What is looked for.
    pub filters: Filters,
    /// Those found.
    pub rows: Vec<SubscriptionRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for SubscriptionsPage {
    const TEMPLATE: &'static str = "backend/subscriptions";
}

/// A subscription in a list.
#[derive(Clone, Debug, Serialize)]
pub struct SubscriptionRow {
    /// By which it is found.
    pub id: String,
    /// The customer whose it is.
    pub customer: Person,
    /// What was sold.
    pub title: String,
    /// What it costs, and how often.
    pub price: String,
    /// Whether it runs.
    pub status: Badge,
    /// When it started.
    pub started: Time,
    /// When it is booked next.
    pub next: Option<Time>,
    /// What waits for it, in words.
    pub waiting: Vec<Phrase>,
}

/// The scheduled changes.
#[derive(Clone, Debug, Serialize)]
pub struct ChangesPage {
    /// What is looked for.
    pub filters: Filters,
    /// Those found.
    pub rows: Vec<ChangeRow>,
    /// The way through them.
    pub pager: Pager,
}

impl BackendPage for ChangesPage {
    const TEMPLATE: &'static str = "backend/changes";
}

/// A scheduled change in a list.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeRow {
    /// By which it is withdrawn.
    pub id: String,
    /// The customer whose it is.
    pub customer: Person,
    /// The subscription that it starts from, by id.
    pub subscription: String,
    /// That subscription's title.
    pub source: String,
    /// The offer that it leads to.
    pub title: String,
    /// Whether that takes its place; else it comes beside it.
    pub replaces: bool,
    /// The day of it.
    pub on: Time,
    /// What became of it.
    pub status: Badge,
    /// Why it failed.
    pub reason: Option<String>,
    /// What it began, by id.
    pub result: Option<String>,
    /// Whether it can be withdrawn.
    pub is_pending: bool,
}

impl ChangeRow {
    /// What takes the place of what, or comes beside it.
    #[must_use]
    pub fn told(&self) -> String {
        let sign = if self.replaces { "→" } else { "+" };
        format!("{} {sign} {}", self.source, self.title)
    }
}

/// A subscription with its life.
#[derive(Clone, Debug, Serialize)]
pub struct SubscriptionPage {
    /// The subscription.
    pub subscription: SubscriptionRow,
    /// What it is for, as the titles when sold.
    pub products: String,
    /// The offer, by id.
    pub offer: String,
    /// What it will cost, in turn.
    pub new_prices: Vec<ComingPrice>,
    /// What is booked: the first and the last day; none in the bridge.
    pub period: Option<String>,
    /// The term: the first and the last day.
    pub term: String,
    /// Whether another term follows, in words.
    pub renewal: Phrase,
    /// By when a cancellation ends it with the term; none where it is over or ends by itself.
    pub cancel_by: Option<Time>,
    /// When it would end if it were cancelled today; none where it is cancelled or over.
    pub cancellable_to: Option<Time>,
    /// When it ends or ended.
    pub ends: Option<Time>,
    /// What can be done with it.
    pub doings: SubscriptionActs,
    /// Its life and that of its kin, as a picture and as a table.
    pub timeline: Option<Timeline>,
    /// The days and what pays for them.
    pub days: Vec<DayRow>,
    /// Those it came from and became, and those beside it, this one included.
    pub chain: Vec<KinRow>,
    /// Its changes, whatever became of them.
    pub changes: Vec<ChangeRow>,
    /// The documents with a line for it, the newest first.
    pub documents: Vec<DocumentRow>,
}

impl BackendPage for SubscriptionPage {
    const TEMPLATE: &'static str = "backend/subscription";
}

/// What can be done with a subscription.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SubscriptionActs {
    /// It can be cancelled to the end of its term.
    pub cancel: bool,
    /// It can be ended at once.
    pub end: bool,
    /// Its cancellation can be taken back.
    pub uncancel: bool,
}

/// Days in a row with one answer to who pays for them.
#[derive(Clone, Debug, Serialize)]
pub struct DayRow {
    /// The first day.
    pub first: Time,
    /// The last day.
    pub last: Time,
    /// The number of them.
    pub count: i64,
    /// Who pays, in words.
    pub cover: Phrase,
    /// The invoice that does.
    pub invoice: Option<String>,
}

/// A subscription of the same chain, or a child or parent.
#[derive(Clone, Debug, Serialize)]
pub struct KinRow {
    /// The subscription.
    pub subscription: SubscriptionRow,
    /// What it is to the one shown.
    #[serde(serialize_with = "ours")]
    pub kin: &'static str,
    /// Whether it is the one shown.
    pub is_this: bool,
    /// When it ended.
    pub ended: Option<Time>,
}

/// A price that a subscription will cost, with the price change that it belongs to.
#[derive(Clone, Debug, Serialize)]
pub struct ComingPrice {
    /// The price change, by id.
    pub change: String,
    /// How much, and from when on.
    pub text: Phrase,
}
