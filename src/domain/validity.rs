//! From when and until when a rule of the merchant's holds, and whether it is switched on.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// When a rule holds. Days are those of the merchant's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validity {
    /// Whether it holds at all.
    pub active: bool,
    /// The first day on which it holds.
    pub from: Option<NaiveDate>,
    /// The last day on which it holds (inclusive).
    pub until: Option<NaiveDate>,
}

/// Why a rule does not hold on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValidityLapse {
    /// The merchant switched it off.
    Inactive,
    /// It holds from a later day on.
    NotYetValid,
    /// Its last day has passed.
    Expired,
}

impl Validity {
    /// Switched on, for ever.
    pub const ALWAYS: Self = Self { active: true, from: None, until: None };

    /// Whether it holds on a day.
    ///
    /// # Errors
    /// The first [`ValidityLapse`], in the order in which they are listed.
    pub fn judge(&self, today: NaiveDate) -> Result<(), ValidityLapse> {
        if !self.active {
            return Err(ValidityLapse::Inactive);
        }
        if self.from.is_some_and(|from| today < from) {
            return Err(ValidityLapse::NotYetValid);
        }
        if self.until.is_some_and(|until| until < today) {
            return Err(ValidityLapse::Expired);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_day_are_part_of_it() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 2, day).unwrap();
        let february = Validity { active: true, from: Some(day(3)), until: Some(day(5)) };
        let table = [
            (2, Err(ValidityLapse::NotYetValid)),
            (3, Ok(())),
            (5, Ok(())),
            (6, Err(ValidityLapse::Expired)),
        ];
        for (today, judged) in table {
            assert_eq!(february.judge(day(today)), judged, "{today}");
        }
        let off = Validity { active: false, ..february };
        assert_eq!(off.judge(day(6)), Err(ValidityLapse::Inactive));
        assert_eq!(Validity::ALWAYS.judge(day(1)), Ok(()));
    }
}
