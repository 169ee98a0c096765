//! Days as bars: how many of something there were on each.

use chrono::NaiveDate;

use crate::pages::backend::session::Session;
use crate::render::backend::automations::{Bar, DayChart};

/// How far apart bars begin.
const BAR_STEP: usize = 9;
/// How high the highest is.
const BAR_HEIGHT: i64 = 44;
/// Where they stand.
const FLOOR: i64 = 47;

/// Days, one after the other, each with how many there were.
pub(super) fn day_chart(
    session: &Session,
    label: &'static str,
    days: &[(NaiveDate, i64)],
) -> DayChart {
    let most = days.iter().map(|(_, count)| *count).max().unwrap_or_default();
    let bar = |(place, (on, count)): (usize, &(NaiveDate, i64))| {
        let height = if most > 0 { count * BAR_HEIGHT / most } else { 0 };
        // What there is at all can be seen.
        let height = height.max(i64::from(*count > 0));
        let title = format!("{}: {count}", session.day(*on).text);
        Bar { x: place * BAR_STEP, y: FLOOR - height, height, title }
    };
    let total = days.iter().map(|(_, count)| count).sum();
    let bars = days.iter().enumerate().map(bar).collect();
    DayChart { label, total, most, width: days.len() * BAR_STEP, bars }
}
