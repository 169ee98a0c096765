//! The numbers in what a payer wrote that may be those of invoices: what reads as a day, a month,
//! a time or an amount is none.

use std::collections::BTreeSet;

/// The numbers in a text that may be those of invoices, where amounts have `decimals` decimals.
pub(super) fn numbers_in(text: &str, decimals: usize) -> BTreeSet<i64> {
    let pieces = pieces(text);
    let mut found = BTreeSet::new();
    let mut rest = pieces.as_slice();
    let mut goes_on = false;
    while let Some(first) = rest.first() {
        // What goes on behind a comma is a list.
        let sum = || amount(rest, decimals).filter(|_| !goes_on);
        let other = day(rest).or_else(sum).or_else(|| time(rest));
        if other.is_none() {
            found.extend(first.digits.parse::<i64>().ok().filter(|number| *number > 0));
        }
        let taken = other.unwrap_or(1);
        goes_on = rest[taken - 1].joined_by.is_some_and(|sign| ".,".contains(sign));
        rest = &rest[taken..];
    }
    found
}

/// Digits, the one sign by which more follow at once, and whether a point ends them.
struct Piece<'a> {
    digits: &'a str,
    joined_by: Option<char>,
    ends_in_point: bool,
}

impl Piece<'_> {
    fn is(&self, lengths: &[usize], values: std::ops::RangeInclusive<u32>) -> bool {
        let value = self.digits.parse().is_ok_and(|value| values.contains(&value));
        lengths.contains(&self.digits.len()) && value
    }

    fn is_day(&self) -> bool {
        self.is(&[1, 2], 1..=31)
    }

    fn is_month(&self) -> bool {
        self.is(&[1, 2], 1..=12)
    }

    fn is_year(&self) -> bool {
        self.is(&[4], 1_900..=2_199)
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let from = &rest[start..];
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let mut after = from[end..].chars();
        let sign = after.next().filter(|sign| ".,/-:'".contains(*sign));
        let more = after.next().is_some_and(|c| c.is_ascii_digit());
        let ends_in_point = sign == Some('.') && !more;
        found.push(Piece { digits: &from[..end], joined_by: sign.filter(|_| more), ends_in_point });
        rest = &from[end..];
    }
    found
}

/// How many pieces a day takes: `02.02.2026`, `2.2.26`, `2.2.`, `2026-02-02`, `02/28/2026`; and how
/// many a month of a year: `02/2026`.
fn day(pieces: &[Piece<'_>]) -> Option<usize> {
    let [first, second, ..] = pieces else { return None };
    let sign = first.joined_by.filter(|sign| ".-/".contains(*sign))?;
    if let Some(third) = pieces.get(2).filter(|_| second.joined_by == Some(sign)) {
        let ends_in_year = third.is_year() || (sign != '-' && third.digits.len() == 2);
        let of_day = first.is_day() && second.is_month();
        let of_month = sign == '/' && first.is_month() && second.is_day();
        let backwards = first.is_year() && second.is_month() && third.is_day();
        if backwards || (ends_in_year && (of_day || of_month)) {
            return Some(3);
        }
    }
    let of_year = first.is_month() && second.is_year() || first.is_year() && second.is_month();
    let of_any_year = sign == '.' && first.is_day() && second.is_month() && second.ends_in_point;
    (of_year || of_any_year).then_some(2)
}

/// How many pieces an amount takes: `9,90`, `9.90`, `1.234,56`, `1.234`.
fn amount(pieces: &[Piece<'_>], decimals: usize) -> Option<usize> {
    let of_thousands = |sign: char| {
        let follows =
            |pair: &[Piece<'_>]| pair[0].joined_by == Some(sign) && pair[1].digits.len() == 3;
        pieces.windows(2).take_while(|pair| follows(pair)).count()
    };
    let is_short = pieces.first().is_some_and(|it| it.digits.len() <= 3);
    let grouped = ['.', ',', '\''].map(of_thousands).into_iter().max().filter(|_| is_short);
    let grouped = grouped.unwrap_or_default();
    let sign = pieces.get(grouped)?.joined_by.filter(|sign| ".,".contains(*sign));
    // Behind its decimals nothing goes on, as it does in a list.
    let ends = |rest: &Piece<'_>| {
        rest.digits.len() == decimals && rest.joined_by.is_none_or(|sign| !".,".contains(sign))
    };
    let is_rest = sign.is_some() && decimals > 0 && pieces.get(grouped + 1).is_some_and(ends);
    (grouped > 0 || is_rest).then_some(grouped + 1 + usize::from(is_rest))
}

/// How many pieces a time takes: `12:30`, `12:30:05`.
fn time(pieces: &[Piece<'_>]) -> Option<usize> {
    let [first, second, rest @ ..] = pieces else { return None };
    let is_time =
        first.joined_by == Some(':') && first.is(&[1, 2], 0..=23) && second.is(&[2], 0..=59);
    let has_seconds =
        second.joined_by == Some(':') && rest.first().is_some_and(|it| it.is(&[2], 0..=59));
    is_time.then_some(if has_seconds { 3 } else { 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_times_and_amounts_are_no_numbers_of_invoices() {
        #[rustfmt::skip]
        let table: &[(&str, &[i64])] = &[
            ("Rechnung 1 vom 02.02.2026, Kunde df", &[1]), ("RE-7", &[7]), ("invoice 0007", &[7]),
            ("1, 2 und 3", &[1, 2, 3]), ("7/8", &[7, 8]), ("No. 12 of 2/28/2026.", &[12]),
            ("2026-02-02 12", &[12]), ("12 vom 2.2.26", &[12]), ("12 vom 2.2.", &[12]),
            ("Beitrag 02/2026", &[]), ("Beitrag 2026-02", &[]), ("12 um 12:30 Uhr", &[12]),
            ("12 um 12:30:05", &[12]), ("12: 9,90 EUR", &[12]), ("12 9.90", &[12]),
            ("12 1.234,56", &[12]), ("12 1'234.56", &[12]), ("12 1.234", &[12]),
            ("2026-02-10-7", &[7]), ("2026", &[2026]), ("45/2026", &[45, 2026]),
            ("7.", &[7]), ("7,8", &[7, 8]), ("10,11,12", &[10, 11, 12]), ("0", &[]),
            ("99999999999999999999 3", &[3]),
        ];
        for (text, numbers) in table {
            let numbers: BTreeSet<i64> = numbers.iter().copied().collect();
            assert_eq!(numbers_in(text, 2), numbers, "{text}");
        }
        assert_eq!(numbers_in("12 1.234", 3), BTreeSet::from([12]));
        assert_eq!(numbers_in("7,80", 0), BTreeSet::from([7, 80]));
    }
}
