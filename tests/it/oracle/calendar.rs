//! Dates, lengths of time and anchors, worked out the way a person would on a wall calendar.

use chrono::{Datelike, Days, NaiveDate};

/// What a length of time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Single days.
    Day,
    /// Seven days.
    Week,
    /// Calendar months.
    Month,
    /// Calendar years.
    Year,
}

/// A length such as `P1M`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Length {
    /// How many.
    pub(crate) count: u32,
    /// Of what.
    pub(crate) unit: Unit,
}

/// A half-open range of dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    /// The first day in it.
    pub(crate) start: NaiveDate,
    /// The first day after it.
    pub(crate) end: NaiveDate,
}

impl Span {
    /// The number of days, counted one by one.
    pub(crate) fn days(self) -> i128 {
        i128::try_from(self.start.iter_days().take_while(|day| *day < self.end).count())
            .expect("a span is short")
    }
}

/// The last day of a month that is not after the anchor.
pub(crate) fn clamp(year: i32, month: u32, anchor: u32) -> NaiveDate {
    (1..=anchor)
        .rev()
        .find_map(|day| NaiveDate::from_ymd_opt(year, month, day))
        .expect("every month has a first day")
}

/// Whether a date is a month boundary of an anchor.
pub(crate) fn on_anchor(date: NaiveDate, anchor: u32) -> bool {
    date == clamp(date.year(), date.month(), anchor)
}

/// A date some days earlier.
pub(crate) fn earlier(date: NaiveDate, days: u32) -> NaiveDate {
    date - Days::new(u64::from(days))
}

/// A date some days later.
pub(crate) fn later(date: NaiveDate, days: u32) -> NaiveDate {
    date + Days::new(u64::from(days))
}

impl Length {
    /// Reads `P1M` and the like.
    pub(crate) fn read(text: &str) -> Self {
        let (count, unit) = text[1..].split_at(text.len() - 2);
        let unit = match unit {
            "D" => Unit::Day,
            "W" => Unit::Week,
            "M" => Unit::Month,
            "Y" => Unit::Year,
            other => panic!("no such unit: {other}"),
        };
        Self { count: count.parse().expect("a count"), unit }
    }

    /// Writes `P1M` and the like.
    pub(crate) fn text(self) -> String {
        let unit = match self.unit {
            Unit::Day => 'D',
            Unit::Week => 'W',
            Unit::Month => 'M',
            Unit::Year => 'Y',
        };
        format!("P{}{unit}", self.count)
    }

    /// Whether another one is the same time in other words.
    pub(crate) fn is_like(self, other: Self) -> bool {
        let spelled = |it: Self| match it.unit {
            Unit::Day => (it.count, 0),
            Unit::Week => (7 * it.count, 0),
            Unit::Month => (0, it.count),
            Unit::Year => (0, 12 * it.count),
        };
        spelled(self) == spelled(other)
    }

    /// Whether it counts months or years, and so follows an anchor.
    pub(crate) fn follows_anchor(self) -> bool {
        matches!(self.unit, Unit::Month | Unit::Year)
    }

    /// The boundary that follows a boundary.
    pub(crate) fn after(self, start: NaiveDate, anchor: u32) -> NaiveDate {
        let (mut year, mut month) = (start.year(), start.month());
        match self.unit {
            Unit::Day => return later(start, self.count),
            Unit::Week => return later(start, 7 * self.count),
            Unit::Month => {
                for _ in 0..self.count {
                    month += 1;
                    if month == 13 {
                        (year, month) = (year + 1, 1);
                    }
                }
            }
            Unit::Year => year += i32::try_from(self.count).expect("few years"),
        }
        clamp(year, month, anchor)
    }

    /// The same day this long ago, or the last one of that month.
    pub(crate) fn ago(self, from: NaiveDate) -> NaiveDate {
        let days = |days: u32| from - Days::new(u64::from(days));
        let (mut year, mut month) = (from.year(), from.month());
        match self.unit {
            Unit::Day => return days(self.count),
            Unit::Week => return days(7 * self.count),
            Unit::Month => {
                for _ in 0..self.count {
                    month -= 1;
                    if month == 0 {
                        (year, month) = (year - 1, 12);
                    }
                }
            }
            Unit::Year => year -= i32::try_from(self.count).expect("few years"),
        }
        clamp(year, month, from.day())
    }

    /// The span that begins on a boundary.
    pub(crate) fn span(self, start: NaiveDate, anchor: u32) -> Span {
        Span { start, end: self.after(start, anchor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(start: &str, length: &str, times: usize) -> Vec<String> {
        let start: NaiveDate = start.parse().expect("a date");
        let mut date = start;
        (0..times)
            .map(|_| {
                date = Length::read(length).after(date, start.day());
                date.to_string()
            })
            .collect()
    }

    #[test]
    fn boundaries_come_from_the_anchor_and_never_from_the_boundary_before() {
        assert_eq!(walk("2026-01-31", "P1M", 3), ["2026-02-28", "2026-03-31", "2026-04-30"]);
        let leap = ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"];
        assert_eq!(walk("2024-02-29", "P1Y", 4), leap);
        assert_eq!(walk("2026-11-30", "P3M", 2), ["2027-02-28", "2027-05-30"]);
    }

    #[test]
    fn days_and_weeks_are_counted() {
        assert_eq!(walk("2026-02-20", "P2W", 2), ["2026-03-06", "2026-03-20"]);
        assert_eq!(walk("2026-01-31", "P30D", 2), ["2026-03-02", "2026-04-01"]);
    }

    #[test]
    fn the_end_of_february_is_a_boundary_of_late_anchors() {
        let end: NaiveDate = "2026-02-28".parse().expect("a date");
        assert!(on_anchor(end, 31) && on_anchor(end, 28) && !on_anchor(end, 27));
    }
}
