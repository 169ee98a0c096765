//! A picture of time: a lane for each subscription with its booked periods, and one each for the
//! invoices and the credit notes. Where everything stands is computed here, in whole units of the
//! `viewBox`; colours are for the style sheet. The same always stands in a table beside it.

use chrono::{Datelike, Months, NaiveDate};
use serde::Serialize;

use crate::domain::calendar::DateRange;

/// Where the days begin, and where they end.
const LEFT: i64 = 140;
const RIGHT: i64 = 980;
const WIDTH: i64 = 1000;
/// The height of the dates above, and of each lane.
const TOP: i64 = 30;
const LANE: i64 = 40;
/// The height of a bar.
const BAR: i64 = 22;
/// How many letters of a name fit before the days.
const LETTERS: usize = 18;
/// How many dates fit above.
const TICKS_MAX: u32 = 8;
/// How much room a letter of an amount needs.
const LETTER: i64 = 8;

/// The picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoursePicture {
    /// What it shows, in a sentence.
    pub label: String,
    /// How wide it is.
    pub width: i64,
    /// How high it is.
    pub height: i64,
    /// The first days of months.
    pub ticks: Vec<Tick>,
    /// The day of the checkout.
    pub mark: Option<Tick>,
    /// The lanes, from above.
    pub lanes: Vec<DrawnLane>,
}

/// A day with its date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tick {
    /// Where.
    pub x: i64,
    /// The date.
    pub text: String,
}

/// A lane with everything in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnLane {
    /// What it is called, as far as there is room.
    pub label: String,
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
    /// What it means.
    pub kind: BarKind,
    /// What it is, in words.
    pub title: String,
}

/// A document in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DrawnDot {
    /// Where.
    pub x: i64,
    /// Its middle.
    pub y: i64,
    /// Where its amount stands.
    pub baseline: i64,
    /// Its amount; empty where there is no room.
    pub text: String,
    /// Whether it gives money back.
    pub credit: bool,
    /// What it is, in words.
    pub title: String,
}

/// What a bar means, in the order of drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BarKind {
    /// There is access.
    Access,
    /// A period that was booked.
    Booked,
    /// Days that were credited.
    Credited,
}

/// What belongs together.
#[derive(Clone, Debug)]
pub struct Lane {
    /// What it is called.
    pub label: String,
    /// What lasts, drawn in this order.
    pub bars: Vec<(DateRange, BarKind, String)>,
    /// What happens: when, its amount, whether that is given back, and in words.
    pub dots: Vec<(NaiveDate, String, bool, String)>,
}

impl CoursePicture {
    /// Draws the days of `shown`. Nothing outside of them is drawn.
    #[must_use]
    pub fn draw(
        label: String,
        shown: DateRange,
        mark: (NaiveDate, String),
        lanes: Vec<Lane>,
    ) -> Self {
        let scale = Scale(shown);
        let height = TOP + LANE * i64::try_from(lanes.len()).unwrap_or(0);
        let (on, text) = mark;
        Self {
            label,
            width: WIDTH,
            height,
            ticks: ticks(scale),
            mark: scale.holds(on).then(|| Tick { x: scale.x(on), text }),
            lanes: (0..).zip(lanes).map(|(place, lane)| drawn(scale, place, lane)).collect(),
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

fn ticks(scale: Scale) -> Vec<Tick> {
    let Some(first) = scale.0.start.with_day(1) else { return Vec::new() };
    let months = u32::try_from(scale.0.days() / 30).unwrap_or(0);
    let step = months.div_ceil(TICKS_MAX).max(1);
    let days = (0..=months + 1)
        .step_by(usize::try_from(step).unwrap_or(1))
        .map(|month| first + Months::new(month));
    let text = |day: NaiveDate| match day.month() {
        1 => day.format("%b %Y").to_string(),
        _ => day.format("%b").to_string(),
    };
    days.filter(|day| scale.holds(*day))
        .map(|day| Tick { x: scale.x(day), text: text(day) })
        .collect()
}

fn drawn(scale: Scale, place: i64, lane: Lane) -> DrawnLane {
    let top = TOP + LANE * place;
    let middle = top + LANE / 2;
    let bars = lane
        .bars
        .into_iter()
        .filter(|(days, _, _)| days.start < scale.0.end && scale.0.start < days.end);
    let bars = bars.map(|(days, kind, title)| {
        let (x, end) = (scale.x(days.start), scale.x(days.end));
        let height = if kind == BarKind::Access { BAR / 3 } else { BAR };
        // Next to each other they are to be told apart.
        let width = (end - x - 1).max(2);
        DrawnBar { x, y: middle - height / 2, width, height, kind, title }
    });
    let mut room_from = LEFT;
    let dots = lane.dots.into_iter().filter(|(day, _, _, _)| scale.holds(*day));
    let dots = dots.map(|(day, amount, credit, title)| {
        let x = scale.x(day);
        let is_room = x >= room_from;
        if is_room {
            let letters = amount.chars().count() + 1;
            room_from = x + LETTER * i64::try_from(letters).unwrap_or(0);
        }
        let text = if is_room { amount } else { String::new() };
        DrawnDot { x, y: middle - 8, baseline: middle + 14, text, credit, title }
    });
    let mut label: String = lane.label.chars().take(LETTERS).collect();
    if lane.label.chars().count() > LETTERS {
        label.pop();
        label.push('…');
    }
    DrawnLane { label, baseline: middle + 5, top, bars: bars.collect(), dots: dots.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn days(start: &str, end: &str) -> DateRange {
        DateRange { start: on(start), end: on(end) }
    }

    #[test]
    fn what_is_drawn_stays_within_the_picture_and_what_is_outside_is_left_out() {
        let bar = |start, end| (days(start, end), BarKind::Booked, String::new());
        let dot = |day| (on(day), "9.90".to_owned(), false, String::new());
        let lane = Lane {
            label: "A very long name of an offer".to_owned(),
            bars: vec![
                bar("2025-01-01", "2026-01-15"),
                bar("2026-01-15", "2030-01-01"),
                bar("2024-01-01", "2026-01-01"),
            ],
            dots: vec![dot("2025-12-31"), dot("2026-01-15"), dot("2026-01-16"), dot("2027-01-01")],
        };
        let shown = days("2026-01-01", "2027-01-01");
        let mark = (on("2026-02-10"), "Checkout".to_owned());
        let picture = CoursePicture::draw("A year".to_owned(), shown, mark, vec![lane]);
        let lane = &picture.lanes[0];
        assert_eq!((lane.label.chars().count(), lane.bars.len(), lane.dots.len()), (18, 2, 2));
        for bar in &lane.bars {
            assert!(LEFT <= bar.x && bar.x + bar.width <= RIGHT, "{bar:?}");
        }
        assert_eq!(lane.bars[0].x, LEFT);
        assert_eq!((lane.dots[0].text.as_str(), lane.dots[1].text.as_str()), ("9.90", ""));
        assert_eq!(picture.ticks[0].text, "Jan 2026");
        assert!(picture.ticks.len() <= 9 && picture.mark.is_some());
    }
}
