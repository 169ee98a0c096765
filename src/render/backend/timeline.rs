//! A picture of time: a lane for each subscription with the days that are paid for and what waits,
//! and one each for the invoices and the credit notes; and the same as a table. Where everything
//! stands is computed here, in whole units of the `viewBox`; colours are for the style sheet.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::Serialize;

use crate::domain::calendar::DateRange;
use crate::render::backend::phrase::{Phrase, ours, phrase};
use crate::render::backend::time::Time;

/// Where the days begin, and where they end.
const LEFT: i64 = 150;
const RIGHT: i64 = 980;
const WIDTH: i64 = 1000;
/// The height of the dates above, and of each lane.
const TOP: i64 = 30;
const LANE: i64 = 40;
/// The height of a bar.
const BAR: i64 = 22;
/// How many letters of a name fit before the days.
const LETTERS: usize = 18;
/// How many dates fit above, and how much room each needs.
const TICKS_MAX: i64 = 8;
const TICK: i64 = 64;
/// How much room a letter of an amount needs.
const LETTER: i64 = 8;
/// How many months may lie between two dates, so that a year begins with one.
const STEPS: [u32; 11] = [1, 2, 3, 6, 12, 24, 60, 120, 300, 600, 6_000];
/// Up to how many days the dates are those of weeks.
const WEEKS_MAX: i64 = 62;

/// What happens, as a picture and as a table.
#[derive(Clone, Debug, Serialize)]
pub struct Timeline {
    /// The picture.
    pub picture: TimelinePicture,
    /// The same in words, by day.
    pub events: Vec<Event>,
    /// What is invoiced in that time, less what is credited.
    pub total: Phrase,
}

/// Something that happens.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// The day of it.
    pub on: Time,
    /// What happened, in words.
    pub what: Phrase,
    /// The page of it, where it has one.
    pub href: Option<String>,
    /// For which days.
    pub days: Option<String>,
    /// How much; what is given back is below zero.
    pub amount: Option<String>,
}

/// The picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelinePicture {
    /// What it shows, in a sentence.
    pub label: Phrase,
    /// How wide it is.
    pub width: i64,
    /// How high it is.
    pub height: i64,
    /// Days with their dates.
    pub ticks: Vec<Tick>,
    /// A day that matters, such as today.
    pub moment: Option<Tick>,
    /// The lanes, from above.
    pub lanes: Vec<DrawnLane>,
    /// What each kind of thing in it means.
    pub keys: Vec<Key>,
}

/// What a kind of thing means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Key {
    /// The kind, for the style sheet.
    pub kind: &'static str,
    /// The meaning, in words.
    #[serde(serialize_with = "ours")]
    pub text: &'static str,
}

/// A day with its date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    /// Its place from the left.
    pub x: i64,
    /// The date; empty where there is no room.
    pub text: Phrase,
}

/// A lane with everything in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnLane {
    /// What it is called, as far as there is room.
    pub label: Phrase,
    /// Whether it is the one that the page is about.
    pub is_this: bool,
    /// Where its name stands.
    pub baseline: i64,
    /// Where the line above it is.
    pub top: i64,
    /// What lasts.
    pub bars: Vec<DrawnBar>,
    /// What happens.
    pub dots: Vec<DrawnDot>,
}

/// A bar in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnBar {
    /// Where it begins.
    pub x: i64,
    /// Where its upper edge is.
    pub y: i64,
    /// How long it is.
    pub width: i64,
    /// How high it is.
    pub height: i64,
    /// What it means, for the style sheet.
    pub kind: &'static str,
    /// What it is, in words.
    pub title: Phrase,
}

/// Something that happens, in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnDot {
    /// Its place from the left.
    pub x: i64,
    /// Its middle.
    pub y: i64,
    /// What it means, for the style sheet.
    pub kind: &'static str,
    /// Its outline around that place: each kind has its own.
    pub shape: &'static str,
    /// Where its amount begins.
    pub text_x: i64,
    /// Where its amount stands.
    pub baseline: i64,
    /// Its amount; empty where there is no room.
    pub text: String,
    /// What it is, in words.
    pub title: Phrase,
}

/// What a bar means, in the order of drawing: what was credited lies on top of what was booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BarKind {
    /// There is access.
    Access,
    /// Days before the first booking, covered by what was paid before.
    Bridge,
    /// Days that were paid for elsewhere, before it was brought over.
    Elsewhere,
    /// A period that was invoiced.
    Booked,
    /// Days that were credited.
    Credited,
}

impl BarKind {
    const ALL: [Self; 5] =
        [Self::Booked, Self::Credited, Self::Bridge, Self::Elsewhere, Self::Access];

    fn key(self) -> Key {
        let (kind, text) = match self {
            Self::Access => ("access", "Access"),
            Self::Bridge => ("bridge", "Bridge"),
            Self::Elsewhere => ("elsewhere", "Paid elsewhere"),
            Self::Booked => ("booked", "Invoiced"),
            Self::Credited => ("credited", "Credited"),
        };
        Key { kind, text }
    }

    /// How far from the middle its edges are.
    fn edges(self) -> (i64, i64) {
        match self {
            Self::Access => (-BAR / 6, BAR / 6),
            Self::Bridge | Self::Elsewhere | Self::Booked => (-BAR / 2, BAR / 2),
            Self::Credited => (0, BAR / 2),
        }
    }
}

/// What happens on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DotKind {
    /// An invoice.
    Invoice,
    /// A credit note.
    CreditNote,
    /// A change that waits.
    Change,
    /// An end.
    End,
}

impl DotKind {
    const ALL: [Self; 4] = [Self::Invoice, Self::CreditNote, Self::Change, Self::End];

    fn key(self) -> Key {
        let (kind, text) = match self {
            Self::Invoice => ("invoice", "Invoice"),
            Self::CreditNote => ("credit-note", "Credit note"),
            Self::Change => ("change", "Change that waits"),
            Self::End => ("end", "End"),
        };
        Key { kind, text }
    }

    fn shape(self) -> &'static str {
        match self {
            Self::Invoice => "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
            Self::CreditNote => "M-5-5h10v10h-10z",
            Self::Change => "M0-8l8 8-8 8-8-8z",
            Self::End => "M-2-14h4v28h-4z",
        }
    }
}

/// What belongs together.
#[derive(Clone, Debug, Default)]
pub struct Lane {
    /// What it is called.
    pub label: Phrase,
    /// Whether it is the one that the page is about.
    pub is_this: bool,
    /// What lasts, and in words.
    pub bars: Vec<(DateRange, BarKind, Phrase)>,
    /// What happens, by day.
    pub dots: Vec<Dot>,
}

/// Something that happens.
#[derive(Clone, Debug)]
pub struct Dot {
    /// The day of it.
    pub on: NaiveDate,
    /// The kind of it.
    pub kind: DotKind,
    /// Its amount, if it has one.
    pub amount: String,
    /// What it is, in words.
    pub title: Phrase,
}

impl TimelinePicture {
    /// Draws the days of `shown`. Nothing outside of them is drawn.
    #[must_use]
    pub fn draw(
        label: Phrase,
        shown: DateRange,
        moment: (NaiveDate, Phrase),
        lanes: Vec<Lane>,
    ) -> Self {
        let scale = Scale(shown);
        let height = TOP + LANE * i64::try_from(lanes.len()).unwrap_or(0);
        let (on, text) = moment;
        let lanes: Vec<DrawnLane> =
            (0..).zip(lanes).map(|(place, lane)| drawn(scale, place, lane)).collect();
        let has_bar =
            |key: &Key| lanes.iter().flat_map(|it| &it.bars).any(|it| it.kind == key.kind);
        let has_dot =
            |key: &Key| lanes.iter().flat_map(|it| &it.dots).any(|it| it.kind == key.kind);
        let bars = BarKind::ALL.map(BarKind::key).into_iter().filter(has_bar);
        let keys = bars.chain(DotKind::ALL.map(DotKind::key).into_iter().filter(has_dot)).collect();
        Self {
            label,
            width: WIDTH,
            height,
            ticks: ticks(scale),
            moment: scale.holds(on).then(|| Tick { x: scale.x(on), text }),
            lanes,
            keys,
        }
    }
}

/// Turns days into places.
#[derive(Clone, Copy)]
struct Scale(DateRange);

impl Scale {
    fn holds(self, day: NaiveDate) -> bool {
        self.0.start <= day && day < self.0.end
    }

    fn x(self, day: NaiveDate) -> i64 {
        let day = day.clamp(self.0.start, self.0.end);
        LEFT + (day - self.0.start).num_days() * (RIGHT - LEFT) / self.0.days().max(1)
    }
}

/// Every week of a short time, otherwise the first days of months.
fn ticks(scale: Scale) -> Vec<Tick> {
    let (start, length) = (scale.0.start, scale.0.days());
    let is_short = length <= WEEKS_MAX;
    let days: Vec<NaiveDate> = if is_short {
        let weeks = start.iter_days().step_by(if length <= WEEKS_MAX / 2 { 7 } else { 14 });
        weeks.take_while(|day| scale.holds(*day)).collect()
    } else {
        let months = length / 30;
        let fits = |step: &u32| months / i64::from(*step) <= TICKS_MAX;
        let step = STEPS.into_iter().find(fits).unwrap_or(STEPS[STEPS.len() - 1]);
        let month = start.year() * 12 + i32::try_from(start.month0()).unwrap_or(0);
        let before = u32::try_from(month).unwrap_or(0) % step;
        let first = (start - Days::new(u64::from(start.day0())))
            .checked_sub_months(Months::new(before))
            .unwrap_or(start);
        let step = usize::try_from(step).unwrap_or(1);
        let months = (0..).step_by(step).map_while(|it| first.checked_add_months(Months::new(it)));
        let known = months.take_while(|day| *day < scale.0.end);
        known.filter(|day| scale.holds(*day)).collect()
    };
    let mut year = None;
    let mut ticks = Vec::new();
    for day in days {
        let is_new = year.replace(day.year()) != Some(day.year());
        let x = scale.x(day);
        let text = if x + TICK > WIDTH { Phrase::default() } else { date(day, is_short, is_new) };
        ticks.push(Tick { x, text });
    }
    ticks
}

/// A date of which only that is said which differs from the one before.
fn date(day: NaiveDate, has_day: bool, has_year: bool) -> Phrase {
    let months =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let month = usize::try_from(day.month0()).ok().and_then(|month| months.get(month));
    let month = Phrase::from(*month.unwrap_or(&""));
    match (has_day, has_year) {
        (true, true) => phrase!("{0} {1}, {2}", month, day.day(), day.year().to_string()),
        (true, false) => phrase!("{0} {1}", month, day.day()),
        (false, true) => phrase!("{} {}", month, day.year().to_string()),
        (false, false) => month,
    }
}

fn drawn(scale: Scale, place: i64, lane: Lane) -> DrawnLane {
    let top = TOP + LANE * place;
    let middle = top + LANE / 2;
    let mut bars = lane.bars;
    bars.sort_by_key(|(_, kind, _)| *kind);
    let shown = bars
        .into_iter()
        .filter(|(days, _, _)| days.start < scale.0.end && scale.0.start < days.end);
    let bars = shown.map(|(days, kind, title)| {
        let (x, end) = (scale.x(days.start), scale.x(days.end));
        let (upper, lower) = kind.edges();
        // Next to each other they are to be told apart.
        let width = (end - x - 1).max(2);
        let (y, height) = (middle + upper, lower - upper);
        DrawnBar { x, y, width, height, kind: kind.key().kind, title }
    });
    let mut room_from = LEFT;
    let dots = lane.dots.into_iter().filter(|dot| scale.holds(dot.on));
    let dots = dots.map(|Dot { on, kind, amount, title }| {
        let x = scale.x(on);
        let room = LETTER * i64::try_from(amount.chars().count()).unwrap_or(0);
        let text_x = x.min(WIDTH - room);
        let is_room = text_x >= room_from;
        if is_room {
            room_from = text_x + room + LETTER;
        }
        let y = if amount.is_empty() { middle } else { middle - 8 };
        let text = if is_room { amount } else { String::new() };
        let (kind, shape) = (kind.key().kind, kind.shape());
        DrawnDot { x, y, kind, shape, text_x, baseline: middle + 14, text, title }
    });
    let label = lane.label.shortened(LETTERS);
    let (bars, dots) = (bars.collect(), dots.collect());
    DrawnLane { label, is_this: lane.is_this, baseline: middle + 5, top, bars, dots }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::words::Language;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(start: &str, end: &str) -> DateRange {
        DateRange { start: on(start), end: on(end) }
    }

    fn texts(start: &str, end: &str) -> Vec<Phrase> {
        ticks(Scale(days(start, end))).into_iter().map(|tick| tick.text).collect()
    }

    #[test]
    fn what_is_drawn_stays_within_the_picture_and_what_is_outside_is_left_out() {
        let bar = |start, end| (days(start, end), BarKind::Booked, Phrase::default());
        let dot = |day| Dot {
            on: on(day),
            kind: DotKind::Invoice,
            amount: "9.90".to_owned(),
            title: Phrase::default(),
        };
        let lane = Lane {
            label: "A very long name of an offer".to_owned().into(),
            is_this: false,
            bars: vec![
                (days("2026-01-01", "2027-01-01"), BarKind::Credited, Phrase::default()),
                bar("2025-01-01", "2026-01-15"),
                bar("2026-01-15", "2030-01-01"),
                bar("2024-01-01", "2026-01-01"),
            ],
            dots: ["2025-12-31", "2026-01-15", "2026-01-16", "2026-12-31", "2027-01-01"]
                .map(dot)
                .into(),
        };
        let shown = days("2026-01-01", "2027-01-01");
        let moment = (on("2026-02-10"), "Checkout".into());
        let picture = TimelinePicture::draw("A year".to_owned().into(), shown, moment, vec![lane]);
        let lane = &picture.lanes[0];
        assert_eq!(
            (
                lane.label.read_in(Language::English).chars().count(),
                lane.bars.len(),
                lane.dots.len()
            ),
            (18, 3, 3)
        );
        for bar in &lane.bars {
            assert!(LEFT <= bar.x && bar.x + bar.width <= RIGHT, "{bar:?}");
        }
        assert_eq!((lane.bars[0].x, lane.bars[2].kind), (LEFT, "credited"), "drawn last");
        let amounts: Vec<&str> = lane.dots.iter().map(|dot| dot.text.as_str()).collect();
        assert_eq!(amounts, ["9.90", "", "9.90"]);
        assert!(lane.dots[2].text_x + 4 * LETTER <= WIDTH);
        let keys: Vec<&str> = picture.keys.iter().map(|key| key.kind).collect();
        assert_eq!(keys, ["booked", "credited", "invoice"], "only what there is is explained");
        assert!(picture.moment.is_some());
    }

    #[test]
    fn dates_are_as_far_apart_as_they_need_and_a_year_begins_with_one() {
        assert_eq!(texts("2026-01-31", "2026-02-28")[..2], ["Jan 31, 2026", "Feb 7"]);
        assert_eq!(texts("2026-01-31", "2026-04-10"), ["Feb 2026", "Mar", "Apr"]);
        let years = ["Jan 2022", "Jan 2023", "Jan 2024", "Jan 2025", ""];
        assert_eq!(texts("2021-03-05", "2026-03-05"), years, "the last would not fit");
        assert_eq!(texts("2009-05-01", "2025-01-01")[..2], ["Jan 2010", "Jan 2012"]);
        for end in ["2026-02-01", "2026-03-10", "2027-01-01", "2045-01-01", "2300-01-01"] {
            let ticks = ticks(Scale(days("2026-01-31", end)));
            assert!((1..=9).contains(&ticks.len()), "{end}: {}", ticks.len());
        }
    }
}
