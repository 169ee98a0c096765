//! The first page: what changed today and what will change.

use std::collections::BTreeMap;

use axum::extract::Query;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::app::overview::{
    ChangesOfDay, DAYS_AHEAD, EVENTS_COUNTED_MAX, Overview, PathCount, SetUp,
};
use crate::domain::money::{Currency, Money};
use crate::domain::path::Mode;
use crate::domain::report::Owed;
use crate::domain::run::{Run, RunStatus};
use crate::pages::backend::activity::in_words;
use crate::pages::backend::answer::Answer;
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::naming::NEW;
use crate::pages::backend::places::{CHANGES, OFFERS, PATHS, PRODUCTS, SETTINGS, TAGS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{billing, today};
use crate::render::backend::frame::Link;
use crate::render::backend::overview::{
    BackTab, DayOfBookings, DayOfChanges, EventCount, OverviewPage, OwedRow, PathRow, RecurringRow,
    RunAlert, RunRow, Step,
};
use crate::render::backend::parts::{Chart, Series};
use crate::render::backend::phrase::phrase;
use crate::rules::recurring::Recurring;

/// How many of the next days with bookings are listed.
const BOOKINGS_MAX: usize = 10;

/// For how many days money and paths are looked back.
const BACK: [u64; 3] = [7, 30, 90];

/// How far is looked back.
#[derive(Debug, Deserialize)]
pub(super) struct LookBack {
    days: Option<String>,
}

/// Shows the book at a glance.
pub(super) async fn show(session: Session, Query(asked): Query<LookBack>) -> Answer {
    let back = asked.days.as_deref().and_then(|days| days.parse().ok());
    let back = back.filter(|days| BACK.contains(days)).unwrap_or(BACK[1]);
    let seen = session.app.overview(&session.merchant, back).await?;
    let by_day = by_day(&seen.changes);
    let counted: i64 = seen.events.iter().map(|(_, count)| count).sum();
    let bookings = seen.due.iter().filter(|(on, _)| *on > seen.today).take(BOOKINGS_MAX);
    let seller = session.settings.seller.as_ref();
    let is_named = seller.is_some_and(|seller| seller.name.is_some());
    let page = OverviewPage {
        today: session.day(seen.today).text,
        days: DAYS_AHEAD,
        due: seen.due.iter().filter(|(on, _)| *on <= seen.today).map(|(_, count)| count).sum(),
        waiting: seen.changes.iter().map(|day| day.count).sum(),
        chart: chart(&seen, &by_day),
        changes: by_day
            .iter()
            .map(|(on, (replacements, additions))| DayOfChanges {
                on: session.day(*on),
                href: format!("{CHANGES}?status=pending&on={on}"),
                replacements: *replacements,
                additions: *additions,
            })
            .collect(),
        bookings: bookings
            .map(|(on, count)| DayOfBookings { on: session.day(*on), customers: *count })
            .collect(),
        runs: seen.runs.iter().map(|run| run_row(&session, run)).collect(),
        paths: path_rows(&seen.paths),
        recurring: seen.recurring.iter().map(|(code, it)| recurring(&session, *code, it)).collect(),
        owed: seen.owed.iter().map(|it| owed(&session, it)).collect(),
        back: BACK.map(|days| BackTab { days, current: days == back }).into(),
        alert: seen.runs.first().and_then(alert),
        events: seen
            .events
            .iter()
            .map(|(kind, count)| EventCount {
                label: in_words(kind),
                href: today::of_kind(kind),
                count: *count,
            })
            .collect(),
        decisions: today::rows(&session, &seen.decisions).await?,
        all_decisions: today::decisions(),
        steps: steps(seen.begun, is_named),
        has_customers: seen.begun.customers,
        is_more: counted >= EVENTS_COUNTED_MAX,
    };
    session.show(PageHead::new("Overview").with(&["uplot.css"], &["uplot.js"]), &page)
}

/// Replacements and additions of each day on which there are any.
fn by_day(changes: &[ChangesOfDay]) -> BTreeMap<NaiveDate, (i64, i64)> {
    let mut by_day = BTreeMap::<NaiveDate, (i64, i64)>::new();
    for change in changes {
        let (replacements, additions) = by_day.entry(change.on).or_default();
        match change.mode {
            Mode::Replace => *replacements += change.count,
            Mode::Add => *additions += change.count,
        }
    }
    by_day
}

fn chart(seen: &Overview, by_day: &BTreeMap<NaiveDate, (i64, i64)>) -> Option<Chart> {
    if by_day.is_empty() {
        return None;
    }
    let days: Vec<NaiveDate> = seen.today.iter_days().take_while(|day| *day < seen.until).collect();
    let values = |of: fn(&(i64, i64)) -> i64| {
        days.iter().map(|day| by_day.get(day).map_or(0, of)).collect::<Vec<i64>>()
    };
    Some(Chart {
        label: phrase!("Scheduled changes by day for the next {} days", DAYS_AHEAD),
        series: vec![
            Series { label: "Replacements", values: values(|(replacements, _)| *replacements) },
            Series { label: "Additions", values: values(|(_, additions)| *additions) },
        ],
        days: days.iter().map(ToString::to_string).collect(),
    })
}

fn recurring(session: &Session, currency: Currency, it: &Recurring) -> RecurringRow {
    let money = |minor| session.money(Money::new(minor, currency));
    RecurringRow {
        monthly: money(it.monthly),
        up: money(it.up),
        down: money(it.down),
        new: money(it.new),
        lost: money(it.lost),
    }
}

fn owed(session: &Session, it: &Owed) -> OwedRow {
    let money = |minor| session.money(Money::new(minor, it.open.currency));
    OwedRow {
        open: money(it.open.minor.saturating_add(it.debts)),
        debts: (it.debts > 0).then(|| money(it.debts)),
        overdue: money(it.overdue()),
        late: it.late,
    }
}

/// What is told above all else of the last billing run.
fn alert(run: &Run) -> Option<RunAlert> {
    let failures = match (run.status, run.failures.len()) {
        (RunStatus::Failed, _) => None,
        (RunStatus::Running | RunStatus::Completed, 0) => return None,
        (RunStatus::Running | RunStatus::Completed, many) => Some(many),
    };
    Some(RunAlert { id: run.id.to_string(), failures })
}

fn run_row(session: &Session, run: &Run) -> RunRow {
    RunRow {
        id: run.id.to_string(),
        at: session.time(run.created_at),
        as_of: session.day(run.as_of),
        status: billing::status(run),
        booked: run.counts.booked,
        changes: run.counts.changes_applied,
        failures: run.failures.len(),
    }
}

/// What a new merchant does first; nothing more once it is done. `is_named` is whether invoices
/// name who sells.
fn steps(begun: SetUp, is_named: bool) -> Vec<Step> {
    let step = |label: &'static str, below: &str, why: &'static str, is_done: bool| Step {
        link: Link::new(label, format!("{below}/{NEW}")),
        why,
        is_done,
    };
    let steps = vec![
        step("Add a product", PRODUCTS, "What you sell: a paper, an app.", begun.products),
        step("Add tags", TAGS, "Up/down-selling leads from tags to tags.", begun.tags),
        step(
            "Add offers",
            OFFERS,
            "A product at a price for a period, with the tags that it carries.",
            begun.offers,
        ),
        step(
            "Add up/down-selling",
            PATHS,
            "Who may change from what to what, when, and what they read.",
            begun.paths,
        ),
        Step {
            link: Link::new("Say who sells", SETTINGS),
            why: "Name, address and VAT number, as the law wants them on your first invoice.",
            is_done: is_named,
        },
    ];
    if steps.iter().all(|step| step.is_done) { Vec::new() } else { steps }
}

fn path_rows(counted: &[PathCount]) -> Vec<PathRow> {
    let most = counted.iter().map(|path| path.completions).max().unwrap_or(1).max(1);
    let row = |path: &PathCount| PathRow {
        title: path.title.as_deref().map_or_else(|| path.path.to_string(), on_a_line),
        href: path.title.as_ref().map(|_| format!("{}/{}", PATHS, path.path)),
        opened: path.opened,
        completions: path.completions,
        share: path.completions * 100 / most,
    };
    counted.iter().map(row).collect()
}
