//! Whether every offer has a tax rate today: asked when rates change, and when an offer begins to
//! use a category. Which rate a day has is for [`Tax::rate_on`].

use chrono::NaiveDate;

use crate::domain::catalogue::Tax;
use crate::domain::fault::Fault;

/// Judges the new rates of a category: one that is used has a rate today.
///
/// # Errors
/// The [`Fault`] at `/rates`.
pub fn judge_rates(tax: &Tax, is_used: bool, today: NaiveDate) -> Result<(), Fault> {
    match rate_begins_after(tax, today).filter(|_| is_used) {
        Some(first) => {
            let detail = format!(
                "'{}' is in use, and its first rate would hold from {first} on only; say which \
                 rate holds today, {today}, too",
                tax.id
            );
            Err(Fault::new("/rates", detail))
        }
        None => Ok(()),
    }
}

/// Judges a category that an offer begins to use: it has a rate today.
///
/// # Errors
/// The [`Fault`] at `/tax`.
pub fn judge_use(tax: &Tax, today: NaiveDate) -> Result<(), Fault> {
    match rate_begins_after(tax, today) {
        Some(first) => {
            let detail = format!(
                "the first rate of '{}' holds from {first} on only; give it one for today, {today}",
                tax.id
            );
            Err(Fault::new("/tax", detail))
        }
        None => Ok(()),
    }
}

fn rate_begins_after(tax: &Tax, today: NaiveDate) -> Option<NaiveDate> {
    tax.known_from().filter(|first| *first > today)
}

#[cfg(test)]
mod tests {
    use crate::domain::ids::TaxId;
    use crate::domain::money::Rate;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn tax(rates: &[(&str, &str)]) -> Tax {
        let rates = rates.iter().map(|(from, rate)| (day(from), Rate::parse(rate).unwrap()));
        let id = TaxId::parse("vat").unwrap();
        Tax { id, title: None, rates: rates.collect(), exemption: None }
    }

    #[test]
    fn the_first_rate_holds_on_the_days_before_it_too() {
        let vat = tax(&[("2024-09-01", "25.5"), ("2026-01-01", "26")]);
        for (date, rate) in [
            ("2024-08-20", "25.5"),
            ("1999-01-01", "25.5"),
            ("2024-09-01", "25.5"),
            ("2025-12-31", "25.5"),
            ("2026-01-01", "26"),
        ] {
            assert_eq!(vat.rate_on(day(date)), Rate::parse(rate).unwrap(), "{date}");
        }
        assert_eq!(tax(&[]).rate_on(day("2024-08-20")), Rate::ZERO);
    }

    #[test]
    fn a_rate_of_later_alone_is_refused_where_the_category_is_used() {
        let today = day("2024-08-20");
        let later = tax(&[("2024-09-01", "25.5")]);
        let both = tax(&[("2013-01-01", "24"), ("2024-09-01", "25.5")]);
        let from_today = tax(&[("2024-08-20", "25.5")]);
        assert_eq!(judge_rates(&later, true, today).unwrap_err().pointer, "/rates");
        assert_eq!(judge_use(&later, today).unwrap_err().pointer, "/tax");
        assert!(judge_rates(&later, false, today).is_ok());
        for good in [both, from_today] {
            assert!(judge_rates(&good, true, today).is_ok() && judge_use(&good, today).is_ok());
        }
    }
}
