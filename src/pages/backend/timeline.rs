//! The life of a subscription as a picture: its term and periods, its documents, and those before,
//! after and beside it.

use chrono::{Datelike, Months, NaiveDate};

use crate::app::reads::StoredSubscription;
use crate::domain::calendar::DateRange;
use crate::domain::document::Document;
use crate::domain::subscription::Subscription;
use crate::pages::backend::desk::Desk;
use crate::pages::backend::rows;
use crate::pages::backend::subscriptions::{cover, known_until};
use crate::render::backend::timeline::{Bar, Lane, Mark, Tick, Timeline};
use crate::rules::days::{Cover, Run};

const WIDTH: i64 = 1_000;
/// Where the days begin: before them stand the names of the lanes.
const LEFT: i64 = 150;
/// Room for the first half of a mark on the last day.
const RIGHT: i64 = 12;
/// Above the lanes stand the dates.
const TOP: i64 = 28;
const LANE: i64 = 34;
const BAR: i64 = 18;
/// The most dates that fit side by side.
const TICKS_MAX: i64 = 8;
/// How many of those before, after and beside it are drawn.
const KIN_MAX: usize = 12;
/// How many letters the name of a lane has at most.
const NAME_MAX: usize = 18;

/// The days that the picture shows.
#[derive(Clone, Copy)]
struct Scale(DateRange);

impl Scale {
    fn x(self, date: NaiveDate) -> i64 {
        let Self(days) = self;
        let date = date.clamp(days.start, days.end);
        LEFT + (date - days.start).num_days() * (WIDTH - LEFT - RIGHT) / days.days().max(1)
    }

    fn bar(self, days: DateRange, class: &'static str, title: String) -> Bar {
        let x = self.x(days.start);
        Bar { x, width: (self.x(days.end) - x).max(2), class, title }
    }

    /// The first day, and the first days of months, so many apart that their dates fit.
    fn ticks(self, desk: &Desk) -> Vec<Tick> {
        let Self(days) = self;
        let months = days.days() / 30 + 1;
        let step = u32::try_from(months / TICKS_MAX + 1).unwrap_or(u32::MAX);
        let first = days.start.with_day(1).unwrap_or(days.start);
        let dates = (0..).map_while(|turn: u32| first.checked_add_months(Months::new(turn * step)));
        let shown = dates.skip_while(|date| *date < days.start).take_while(|date| *date < days.end);
        let tick = |date| Tick { x: self.x(date), text: desk.day(date).text };
        // Beside the first there must be room, and the last must not be cut off.
        let later = shown.map(tick).filter(|tick| (LEFT + 80..WIDTH - 70).contains(&tick.x));
        std::iter::once(tick(days.start)).chain(later).collect()
    }
}

/// Draws the life of a subscription.
pub(super) fn of_subscription(
    desk: &Desk,
    of: &StoredSubscription,
    days: &[Run],
    kin: &[(&'static str, StoredSubscription)],
    issued: &[Document],
) -> Timeline {
    let (it, today) = (&of.subscription, desk.today());
    let scale = Scale(span(of, kin, today));
    let mut lanes = vec![
        ("Term".to_owned(), vec![term(desk, scale, it)], ends(desk, scale, of)),
        ("Paid days".to_owned(), days.iter().map(|run| paid(desk, scale, run)).collect(), vec![]),
        ("Documents".to_owned(), vec![], issued.iter().map(|it| mark(desk, scale, it)).collect()),
    ];
    let others = kin.iter().filter(|(_, other)| other.subscription.id != it.id);
    for (kin, other) in others.take(KIN_MAX) {
        let it = &other.subscription;
        let days = DateRange { start: it.started_on, end: known_until(it, today) };
        let title = format!("{kin}: {}, {}", it.terms.title, rows::days(desk, days));
        let bar = scale.bar(days, if it.is_active() { "kin" } else { "past" }, title);
        lanes.push((it.terms.title.clone(), vec![bar], Vec::new()));
    }
    let height = TOP + LANE * i64::try_from(lanes.len()).unwrap_or(0) + 6;
    let place = |(row, (label, bars, marks)): (usize, (String, Vec<Bar>, Vec<Mark>))| {
        let top = TOP + LANE * i64::try_from(row).unwrap_or(0) + (LANE - BAR) / 2;
        let marks = marks.into_iter().map(|mark| Mark { y: top + BAR / 2, ..mark }).collect();
        Lane { label: short(&label), baseline: top + BAR - 5, top, bars, marks }
    };
    Timeline {
        label: format!("The life of {} from its start", it.terms.title),
        width: WIDTH,
        height,
        left: LEFT,
        ticks: scale.ticks(desk),
        today: Some(today).filter(|day| in_range(scale.0, *day)).map(|day| scale.x(day)),
        lanes: lanes.into_iter().enumerate().map(place).collect(),
    }
}

/// From the first start to what is known of the end.
fn span(
    of: &StoredSubscription,
    kin: &[(&'static str, StoredSubscription)],
    today: NaiveDate,
) -> DateRange {
    let all = || kin.iter().map(|(_, other)| &other.subscription).chain([&of.subscription]);
    let start = all().map(|it| it.started_on).min().unwrap_or(today);
    let changes = of.scheduled_changes.iter().filter(|change| change.is_pending());
    let ends = all().map(|it| known_until(it, today));
    let end = ends.chain(changes.map(|change| change.effective_on)).max().unwrap_or(today);
    let least = start.checked_add_months(Months::new(1)).unwrap_or(end);
    DateRange { start, end: end.max(least) }
}

fn in_range(days: DateRange, day: NaiveDate) -> bool {
    days.start <= day && day <= days.end
}

fn term(desk: &Desk, scale: Scale, it: &Subscription) -> Bar {
    let end = known_until(it, desk.today()).max(it.current_term.start);
    let shown = DateRange { start: it.started_on, end: end.max(it.started_on) };
    let title = format!(
        "runs {}; current term {}",
        rows::days(desk, shown),
        rows::days(desk, it.current_term)
    );
    scale.bar(shown, "term", title)
}

/// What is known to happen to it.
fn ends(desk: &Desk, scale: Scale, of: &StoredSubscription) -> Vec<Mark> {
    let mark = |on: NaiveDate, class, what: &str| Mark {
        x: scale.x(on),
        y: 0,
        class,
        title: format!("{what} on {}", desk.day(on).text),
    };
    let it = &of.subscription;
    let ended = it.ended_on.map(|on| mark(on, "end", "ended"));
    let cancelled = it.cancel_on.filter(|_| it.is_active()).map(|on| mark(on, "end", "ends"));
    let pending = of.scheduled_changes.iter().filter(|change| change.is_pending());
    let changes = pending.map(|change| mark(change.effective_on, "change", &change.terms.title));
    ended.into_iter().chain(cancelled).chain(changes).collect()
}

fn paid(desk: &Desk, scale: Scale, run: &Run) -> Bar {
    let class = match run.cover {
        Cover::Line(..) => "paid",
        Cover::Bridge => "bridge",
        Cover::BroughtOver => "brought",
        Cover::Credited => "credited",
    };
    scale.bar(run.period, class, format!("{}: {}", rows::days(desk, run.period), cover(&run.cover)))
}

fn mark(desk: &Desk, scale: Scale, document: &Document) -> Mark {
    let (on, class, row) = match document {
        Document::Invoice(it) => (it.issued_on, "invoice", rows::invoice(desk, it)),
        Document::CreditNote(it) => (it.issued_on, "note", rows::credit_note(desk, it)),
    };
    let title = format!("{}, {}, {}", row.title, row.gross, row.issued.text);
    Mark { x: scale.x(on), y: 0, class, title }
}

/// As much of a name as has room.
fn short(name: &str) -> String {
    match name.char_indices().nth(NAME_MAX) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn days_lie_side_by_side_and_never_outside() {
        let scale = Scale(DateRange { start: day("2026-01-31"), end: day("2027-01-31") });
        assert_eq!(scale.x(day("2026-01-31")), LEFT);
        assert_eq!(scale.x(day("2027-01-31")), WIDTH - RIGHT);
        assert_eq!(scale.x(day("2020-01-01")), LEFT);
        assert_eq!(scale.x(day("2030-01-01")), WIDTH - RIGHT);
        let one = DateRange { start: day("2026-02-01"), end: day("2026-02-01") };
        assert_eq!(scale.bar(one, "x", String::new()).width, 2, "seen even where it is short");
        assert_eq!(short("ä".repeat(19).as_str()), format!("{}…", "ä".repeat(18)));
    }
}
