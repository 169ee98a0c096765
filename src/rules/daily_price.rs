//! What an offer costs by the day: what makes one dearer than another, whatever their periods.

use chrono::NaiveDate;

use crate::domain::calendar::{Period, Unit};
use crate::domain::catalogue::Terms;

use super::ledger::Tariff;

/// Shares of a minor unit or of a day are kept in millionths.
pub(super) const MICRO: i128 = 1_000_000;

/// The price of an offer by the day, in millionths of a minor unit, for periods of average
/// length: what makes one offer dearer than another.
#[must_use]
pub(super) fn price_of_a_day(terms: &Terms, tariff: &Tariff, date: NaiveDate) -> i128 {
    by_the_day(tariff.gross(terms, terms.price.minor, date), terms.billing_period)
}

/// An amount for each period by the day, in millionths of a minor unit.
#[must_use]
pub(super) fn by_the_day(minor: i64, period: Period) -> i128 {
    i128::from(minor) * 16 * MICRO / sixteenths(period)
}

/// The average length of a period in sixteenths of a day: a year has 365.25 days, a month
/// 30.4375.
fn sixteenths(period: Period) -> i128 {
    let one = match period.unit {
        Unit::Day => 16,
        Unit::Week => 7 * 16,
        Unit::Month => 487,
        Unit::Year => 5_844,
    };
    i128::from(period.count) * one
}
