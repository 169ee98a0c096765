//! How a merchant writes amounts, percentages, counts and dates in a form, and what to write
//! instead where one cannot be read. Nothing is guessed: what could mean two things is asked for
//! again. Which numbers are allowed is for the rules.

use chrono::NaiveDate;

use crate::domain::money::{Currency, Money, MoneyError, Rate};
use crate::render::format::Locale;

/// The most that a period counts.
const PERIOD_MAX: u32 = 100;

/// How somebody writes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notation {
    /// Whether decimals stand behind a comma.
    is_comma: bool,
    /// In which examples are given.
    currency: Option<Currency>,
}

impl Notation {
    /// That of somebody who reads this locale and sells in this currency.
    pub(super) fn of(locale: &Locale, currency: Currency) -> Self {
        Self { is_comma: locale.writes_comma(), currency: Some(currency) }
    }

    /// The currency that is meant where none is named.
    pub(super) fn usual(self) -> Option<Currency> {
        self.currency
    }

    /// A decimal of the API as it is written by hand.
    pub(super) fn write(self, decimal: &str) -> String {
        if self.is_comma { decimal.replace('.', ",") } else { decimal.to_owned() }
    }

    /// A decimal as the API has it; none where it is no number, or could be two.
    fn decimal(self, text: &str) -> Option<String> {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (whole, decimals) = match text.split_once([',', '.']) {
            None => (text, ""),
            Some((whole, decimals)) => {
                let is_comma = text.as_bytes().get(whole.len()) == Some(&b',');
                // Where decimals stand behind a comma, 1.000 may well be a thousand.
                let may_be_thousands = self.is_comma && !is_comma && decimals.len() == 3;
                let is_read = !may_be_thousands && (self.is_comma || !is_comma);
                (whole, Some(decimals).filter(|text| is_read && is_digits(text))?)
            }
        };
        let plain = whole.trim_start_matches('0');
        let plain = if plain.is_empty() { "0" } else { plain };
        let decimal =
            if decimals.is_empty() { plain.to_owned() } else { format!("{plain}.{decimals}") };
        is_digits(whole).then_some(decimal)
    }

    /// An amount as the API has it, in a currency that is known.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn amount(self, text: &str, currency: Currency) -> Result<String, String> {
        let (code, exponent) = (currency.code(), currency.exponent());
        let minor = if exponent == 0 { 990 } else { 99 * 10_i64.pow(exponent - 1) };
        let example = self.write(&Money::new(minor, currency).amount());
        if text.is_empty() {
            return Err(format!("Write the amount, such as {example}."));
        }
        if text.starts_with(['-', '\u{2212}']) {
            return Err(format!("The amount must not be negative: write {example}, or 0."));
        }
        let how = match (exponent, self.is_comma) {
            (0, _) => "digits only",
            (_, true) => "digits and one decimal comma",
            (_, false) => "digits and one decimal point",
        };
        let Some(decimal) = self.decimal(text) else {
            return Err(format!(
                "Write the amount with {how}, such as {example}: no separators between thousands, \
                 no currency sign."
            ));
        };
        match Money::parse_price(&decimal, currency) {
            Ok(_) => Ok(decimal),
            Err(MoneyError::TooManyDecimals { .. }) if exponent == 0 => {
                Err(format!("{code} has no decimals: write {example}."))
            }
            Err(MoneyError::TooManyDecimals { .. }) => {
                Err(format!("{code} has {exponent} decimals: write it as in {example}."))
            }
            Err(_) => Err("This is more than a price can be.".to_owned()),
        }
    }

    /// A currency, in either case.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn currency(self, text: &str) -> Result<Currency, String> {
        let example = self.currency.map_or("EUR", Currency::code);
        Currency::parse(&text.to_uppercase())
            .map_err(|_| format!("Write the three letters of a currency, such as {example}."))
    }

    /// A percentage as the API has it, with or without its sign.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn percentage(self, text: &str) -> Result<String, String> {
        let decimal = self.decimal(text.trim_end_matches('%').trim_end());
        decimal.filter(|decimal| Rate::parse(decimal).is_some()).ok_or_else(|| {
            let example = self.write("7.0");
            format!("Write the percentage as a number from 0 to 100, such as {example}.")
        })
    }

    /// How many days, weeks, months or years.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn count(text: &str) -> Result<u32, String> {
        let count = whole(text).and_then(|count| u32::try_from(count).ok());
        count.filter(|count| (1..=PERIOD_MAX).contains(count)).ok_or_else(|| {
            format!("Write a whole number from 1 to {PERIOD_MAX}, such as 1, and pick its unit.")
        })
    }

    /// A date.
    ///
    /// # Errors
    /// What to write instead.
    pub(super) fn date(text: &str) -> Result<NaiveDate, String> {
        // In no other spelling: the databases do not agree about what is beyond four digits.
        let is_plain = |date: &NaiveDate| date.to_string() == text && text.len() == 10;
        let date = text.parse::<NaiveDate>().ok().filter(is_plain);
        date.ok_or_else(|| {
            "Write a day that there is as year-month-day, such as 2026-02-28.".to_owned()
        })
    }
}

/// A whole number.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notation(locale: &str, code: &str) -> (Notation, Currency) {
        let currency = Currency::parse(code).unwrap();
        (Notation::of(&Locale::parse(locale).unwrap(), currency), currency)
    }

    #[test]
    fn amounts_are_read_as_the_locale_writes_them_and_nothing_is_guessed() {
        #[rustfmt::skip]
        let table = [
            ("en", "EUR", "9.90", Ok("9.90")), ("en", "EUR", "0009", Ok("9")),
            ("en", "EUR", "0", Ok("0")), ("en", "EUR", "9,90", Err("point, such as 9.90")),
            ("en", "EUR", "1,000", Err("no separators")), ("en", "EUR", "1,000.50",
                Err("no separators")),
            ("de", "EUR", "9,90", Ok("9.90")), ("de", "EUR", "9.90", Ok("9.90")),
            ("de", "EUR", "1.000", Err("comma, such as 9,90")), ("de", "EUR", "1.000,00",
                Err("no separators")),
            ("de", "EUR", "1.00,0", Err("comma")), ("de", "KWD", "1.000", Err("such as 9,900")),
            ("de", "KWD", "1,000", Ok("1.000")), ("en", "KWD", "1.000", Ok("1.000")),
            ("de", "EUR", "9,", Err("comma")), ("de", "EUR", ",5", Err("comma")),
            ("de-CH", "CHF", "9.90", Ok("9.90")), ("de-CH", "CHF", "1'000.00",
                Err("no separators")),
            ("fr", "EUR", "1 000,00", Err("no separators")), ("fr", "EUR", "9,9", Ok("9.9")),
            ("en", "EUR", "\u{20ac}9.90", Err("no currency sign")), ("en", "EUR", "ten",
                Err("9.90")),
            ("en", "EUR", "9.999", Err("EUR has 2 decimals: write it as in 9.90.")),
            ("ja", "JPY", "9.5", Err("JPY has no decimals: write 990.")),
            ("ja", "JPY", "x", Err("digits only, such as 990:")), ("ja", "JPY", "1000", Ok("1000")),
            ("de", "EUR", "", Err("Write the amount, such as 9,90.")),
            ("de", "EUR", "-1", Err("must not be negative")),
            ("en", "EUR", "99999999999999", Err("more than a price can be")),
            ("en", "EUR", "9999999999999999999999999999999999", Err("more than a price can be")),
            ("en", "EUR", "\u{661}\u{662}", Err("9.90")),
        ];
        for (locale, code, text, want) in table {
            let (notation, currency) = notation(locale, code);
            match (notation.amount(text, currency), want) {
                (Ok(read), Ok(want)) => assert_eq!(read, want, "{locale} {text}"),
                (Err(told), Err(want)) => assert!(told.contains(want), "{locale} {text}: {told}"),
                (read, want) => panic!("{locale} {text}: {read:?}, not {want:?}"),
            }
        }
    }

    #[test]
    fn percentages_counts_dates_and_currencies_are_read_or_asked_for_again() {
        let (de, eur) = notation("de", "EUR");
        assert_eq!(de.percentage("7,5 %").unwrap(), "7.5");
        assert!(de.percentage("101").unwrap_err().contains("from 0 to 100, such as 7,0"));
        assert_eq!(de.currency("eur").unwrap(), eur);
        assert!(de.currency("euro").unwrap_err().contains("such as EUR"));
        assert_eq!(Notation::count("12").unwrap(), 12);
        for wrong in ["", "0", "101", "1.5", "x", "-1", "+1"] {
            assert!(Notation::count(wrong).unwrap_err().contains("1 to 100"), "{wrong}");
        }
        for wrong in ["", "28.02.2026", "2026-02-30", "2026-2-3", "+12026-01-01"] {
            assert!(Notation::date(wrong).unwrap_err().contains("2026-02-28"), "{wrong}");
        }
        assert_eq!((whole("-5"), whole("+5"), whole("")), (Some(-5), None, None));
    }
}
