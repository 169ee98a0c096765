//! The calendar: periods, half-open date ranges, the anchor day, a merchant's time zone.
//! Nothing here knows what day it is.

use chrono::{
    DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The longest period, in its own unit.
const COUNT_MAX: u32 = 100;

/// The years in which a clock may stand. Days are kept with four digits for the year; whatever
/// periods and terms of at most a hundred years lead to from there is such a day, too.
pub const CLOCK_YEARS: std::ops::RangeInclusive<i32> = 1000..=9000;

/// The unit in which a period counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    /// Calendar days.
    Day,
    /// Seven days.
    Week,
    /// Calendar months, from the anchor day.
    Month,
    /// Twelve months.
    Year,
}

/// How often something recurs: 1 to 100 days, weeks, months or years; written as ISO 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Period {
    /// The number of them.
    pub count: u32,
    /// The title of it.
    pub unit: Unit,
}

impl Period {
    /// Reads ISO 8601 such as `P1M`; `None` for anything but one unit, 1 to 100 of it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let body = text.strip_prefix('P')?;
        let unit = match body.chars().last()? {
            'D' => Unit::Day,
            'W' => Unit::Week,
            'M' => Unit::Month,
            'Y' => Unit::Year,
            _ => return None,
        };
        let digits = &body[..body.len() - 1];
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let count = digits.parse().ok().filter(|n| (1..=COUNT_MAX).contains(n))?;
        Some(Self { count, unit })
    }

    /// Whether its boundaries follow the anchor day (months and years) or count days.
    #[must_use]
    pub fn is_monthly(self) -> bool {
        matches!(self.unit, Unit::Month | Unit::Year)
    }

    /// Its length in months, or in days where it counts days.
    fn length(self) -> u32 {
        match self.unit {
            Unit::Day | Unit::Month => self.count,
            Unit::Week => self.count * 7,
            Unit::Year => self.count * 12,
        }
    }

    /// Whether this is a whole multiple of `part` (a term of its billing period).
    #[must_use]
    pub fn is_multiple_of(self, part: Self) -> bool {
        self.is_monthly() == part.is_monthly() && self.length().is_multiple_of(part.length())
    }

    /// How often `part` fits into this, of which it is a part.
    #[must_use]
    pub fn times(self, part: Self) -> u32 {
        self.length() / part.length().max(1)
    }

    /// Whether this lasts longer than `other` of the same kind.
    #[must_use]
    pub fn is_longer_than(self, other: Self) -> bool {
        self.is_monthly() == other.is_monthly() && self.length() > other.length()
    }

    /// Whether this and `other` are the same span, however they are written.
    #[must_use]
    pub fn is_as_long_as(self, other: Self) -> bool {
        self.is_monthly() == other.is_monthly() && self.length() == other.length()
    }

    /// About how many days it lasts, whatever month it begins in.
    #[must_use]
    pub fn about_days(self) -> u64 {
        u64::from(self.length()) * if self.is_monthly() { 30 } else { 1 }
    }

    /// The boundary that follows `from`, itself a boundary, with the anchor day `anchor`.
    #[must_use]
    pub fn after(self, from: NaiveDate, anchor: u32) -> NaiveDate {
        if self.is_monthly() {
            let first = from.with_day(1).unwrap_or(from);
            at_anchor(first.checked_add_months(Months::new(self.length())).unwrap_or(first), anchor)
        } else {
            from.checked_add_days(Days::new(u64::from(self.length()))).unwrap_or(from)
        }
    }

    /// The boundary before `from`, itself a boundary.
    #[must_use]
    pub fn before(self, from: NaiveDate, anchor: u32) -> NaiveDate {
        if self.is_monthly() {
            let first = from.with_day(1).unwrap_or(from);
            at_anchor(first.checked_sub_months(Months::new(self.length())).unwrap_or(first), anchor)
        } else {
            from.checked_sub_days(Days::new(u64::from(self.length()))).unwrap_or(from)
        }
    }

    /// The range that starts at `start`.
    #[must_use]
    pub fn range(self, start: NaiveDate, anchor: u32) -> DateRange {
        DateRange { start, end: self.after(start, anchor) }
    }

    /// The range that ends at `end`, itself a boundary.
    #[must_use]
    pub fn range_up_to(self, end: NaiveDate, anchor: u32) -> DateRange {
        DateRange { start: self.before(end, anchor), end }
    }

    /// How much of this period lies in `days`, counted from its first day, which is the anchor:
    /// whole periods first, then what is left by the day.
    #[must_use]
    pub fn parts_of(self, days: DateRange) -> PeriodParts {
        let (mut whole, mut part) = (0, self.range(days.start, days.start.day()));
        while part.end <= days.end && part.start < part.end {
            whole += 1;
            part = self.range(part.end, days.start.day());
        }
        let left = DateRange { start: part.start, end: days.end };
        PeriodParts { whole, days: left.days(), of: part.days() }
    }

    /// `amount` of each period as a monthly amount: ÷ months; weeks by 52 and days by 365 a
    /// year, over 12.
    #[must_use]
    pub fn monthly(self, amount: i64) -> i64 {
        let amount = i128::from(amount);
        let (times, by) = match self.unit {
            Unit::Day => (365, 12 * self.count),
            Unit::Week => (52, 12 * self.count),
            Unit::Month | Unit::Year => (1, self.length()),
        };
        super::money::divide_rounded(amount * times, i128::from(by))
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("'{text}' is no period such as P1M"))
    }
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.to_string()
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = match self.unit {
            Unit::Day => 'D',
            Unit::Week => 'W',
            Unit::Month => 'M',
            Unit::Year => 'Y',
        };
        write!(f, "P{}{unit}", self.count)
    }
}

/// The day `anchor` of the month of `date`, or that month's last day.
#[must_use]
pub fn at_anchor(date: NaiveDate, anchor: u32) -> NaiveDate {
    (1..=anchor).rev().find_map(|day| date.with_day(day)).unwrap_or(date)
}

/// How often a period lies in a range of days: `whole` times, and `days` ÷ `of` of one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodParts {
    /// Whole periods.
    pub whole: i64,
    /// The days after them.
    pub days: i64,
    /// The days of the period in which those lie; at least 1.
    pub of: i64,
}

/// Dates from `start` (inclusive) to `end` (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DateRange {
    /// The first day.
    pub start: NaiveDate,
    /// The day after the last.
    pub end: NaiveDate,
}

impl DateRange {
    /// How many days lie in it.
    #[must_use]
    pub fn days(self) -> i64 {
        (self.end - self.start).num_days()
    }

    /// The last day.
    #[must_use]
    pub fn last(self) -> NaiveDate {
        self.end.pred_opt().unwrap_or(self.end).max(self.start)
    }
}

/// A merchant's time zone: where an instant becomes a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

impl Zone {
    /// Where instants are written.
    pub const UTC: Self = Self(Tz::UTC);

    /// Reads an IANA name such as `Europe/Berlin`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// The name of every zone.
    pub fn names() -> impl Iterator<Item = &'static str> {
        chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name())
    }

    /// The IANA name.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The date in this zone at an instant.
    #[must_use]
    pub fn date(self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.0).date_naive()
    }

    /// What a clock on the wall shows in this zone at an instant.
    #[must_use]
    pub fn local(self, at: DateTime<Utc>) -> NaiveDateTime {
        at.with_timezone(&self.0).naive_local()
    }

    /// The first instant of a date in this zone, also where midnight is skipped.
    #[must_use]
    pub fn start_of(self, date: NaiveDate) -> DateTime<Utc> {
        self.instant_of(date.and_time(NaiveTime::MIN))
    }

    /// When a clock on the wall in this zone shows a time: the next that there is where it is
    /// skipped, the first where it comes twice.
    #[must_use]
    pub fn instant_of(self, local: NaiveDateTime) -> DateTime<Utc> {
        (0..=24 * 60_i64)
            .find_map(|minute| {
                let local = local.checked_add_signed(TimeDelta::minutes(minute))?;
                self.0.from_local_datetime(&local).earliest()
            })
            .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn boundaries_are_computed_from_the_anchor_never_from_the_boundary_before() {
        for (period, anchor, chain) in [
            ("P1M", 31, "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31"),
            ("P1Y", 29, "2024-02-29 2025-02-28 2026-02-28 2027-02-28 2028-02-29"),
            ("P1M", 30, "2024-01-30 2024-02-29 2024-03-30"),
            ("P3M", 31, "2025-11-30 2026-02-28 2026-05-31"),
            ("P2W", 31, "2026-01-31 2026-02-14 2026-02-28"),
            ("P30D", 1, "2026-01-01 2026-01-31 2026-03-02"),
            ("P100Y", 31, "2026-01-31 2126-01-31"),
        ] {
            let period = Period::parse(period).unwrap();
            let days: Vec<NaiveDate> = chain.split(' ').map(day).collect();
            for pair in days.windows(2) {
                assert_eq!(period.after(pair[0], anchor), pair[1], "{period} {anchor}");
                assert_eq!(period.before(pair[1], anchor), pair[0], "{period} {anchor} back");
            }
        }
    }

    #[test]
    fn eleven_months_are_eleven_months_and_the_rest_is_counted_by_the_day() {
        for (period, from, to, parts) in [
            ("P1M", "2026-02-10", "2027-01-31", (11, 21, 31)),
            ("P1M", "2026-02-10", "2026-02-28", (0, 18, 28)),
            ("P1M", "2026-01-31", "2026-03-31", (2, 0, 30)),
            ("P1M", "2026-01-31", "2026-03-30", (1, 30, 31)),
            ("P1Y", "2026-02-10", "2026-02-28", (0, 18, 365)),
            ("P1W", "2026-02-10", "2026-02-28", (2, 4, 7)),
            ("P1D", "2026-02-10", "2026-02-28", (18, 0, 1)),
            ("P1M", "2026-02-10", "2026-02-10", (0, 0, 28)),
        ] {
            let days = DateRange { start: day(from), end: day(to) };
            let PeriodParts { whole, days, of } = Period::parse(period).unwrap().parts_of(days);
            assert_eq!((whole, days, of), parts, "{period} in {from} to {to}");
        }
    }

    #[test]
    fn a_period_is_one_unit_and_1_to_100_of_it() {
        for good in ["P1D", "P2W", "P12M", "P100Y"] {
            assert_eq!(Period::parse(good).unwrap().to_string(), good);
        }
        for bad in ["", "P", "P0M", "P101D", "1M", "P1H", "P1M1D", "PT1M", "P-1M", "P+1M", "P1.5M"]
        {
            assert!(Period::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_term_is_a_whole_multiple_of_its_billing_period() {
        for (term, part, want) in [
            ("P1Y", "P1M", true),
            ("P1Y", "P5M", false),
            ("P2W", "P7D", true),
            ("P1M", "P30D", false),
            ("P1M", "P1M", true),
            ("P1M", "P1Y", false),
        ] {
            let (term, part) = (Period::parse(term).unwrap(), Period::parse(part).unwrap());
            assert_eq!(term.is_multiple_of(part), want, "{term} of {part}");
        }
    }

    #[test]
    fn a_year_is_twelve_months_and_a_month_is_no_thirty_days() {
        for (one, other, want) in [
            ("P1Y", "P12M", true),
            ("P1W", "P7D", true),
            ("P1M", "P30D", false),
            ("P1M", "P1Y", false),
        ] {
            let (one, other) = (Period::parse(one).unwrap(), Period::parse(other).unwrap());
            assert_eq!(one.is_as_long_as(other), want, "{one} {other}");
        }
    }

    #[test]
    fn monthly_prices() {
        for (period, amount, want) in [
            ("P1Y", 9_900, 825),
            ("P1M", 990, 990),
            ("P3M", 1_000, 333),
            ("P1W", 100, 433),
            ("P30D", 100, 101),
        ] {
            assert_eq!(Period::parse(period).unwrap().monthly(amount), want, "{period}");
        }
    }

    #[test]
    fn an_instant_becomes_a_date_in_the_merchants_zone() {
        let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        for (zone, at, date) in [
            ("Europe/Berlin", "2026-01-30T23:00:00Z", "2026-01-31"),
            ("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29"),
            ("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30"),
            ("America/New_York", "2026-01-31T04:59:59Z", "2026-01-30"),
            ("Pacific/Kiritimati", "2026-01-30T10:00:00Z", "2026-01-31"),
            ("Asia/Kathmandu", "2026-01-30T18:15:00Z", "2026-01-31"),
        ] {
            assert_eq!(Zone::parse(zone).unwrap().date(instant(at)), day(date), "{zone} {at}");
        }
        for (zone, date, at) in [
            ("Europe/Berlin", "2026-01-31", "2026-01-30T23:00:00Z"),
            ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z"),
            // Midnight is skipped when the clocks go forward.
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
            // Midnight comes twice when they go back.
            ("America/Havana", "2026-11-01", "2026-11-01T04:00:00Z"),
        ] {
            assert_eq!(
                Zone::parse(zone).unwrap().start_of(day(date)),
                instant(at),
                "{zone} {date}"
            );
        }
        // A day that a zone left out has no midnight; its start is that of the next.
        let apia = Zone::parse("Pacific/Apia").unwrap();
        assert_eq!(apia.date(apia.start_of(day("2011-12-30"))), day("2011-12-31"));
    }
}
