//! Money: exact amounts in minor units of one currency, and the one rounding function.
//! How an amount reads in a language is for `render`.

use iso_currency::Currency as Iso;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The largest amount, in minor units, that a price may have. Sums of thousands of lines stay far
/// inside the 64 bits of the storage.
pub const PRICE_MAX: i64 = 1_000_000_000_000_000;

/// The largest amount, in minor units, that can be named at all: what is paid at once may be the
/// sum of many prices.
pub const AMOUNT_MAX: i64 = 100 * PRICE_MAX;

/// Why a text is no money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The code is none of ISO 4217 with a minor unit.
    #[error("'{0}' is not an ISO 4217 currency code such as EUR")]
    UnknownCurrency(String),
    /// The amount is not a plain decimal number.
    #[error("'{0}' is not a decimal number such as 9.90")]
    NotANumber(String),
    /// More decimals than the currency has.
    #[error("{amount} has more decimals than {code} has ({exponent})")]
    TooManyDecimals {
        /// The amount as given.
        amount: String,
        /// The currency.
        code: &'static str,
        /// How many decimals the currency has.
        exponent: u32,
    },
    /// Beyond [`AMOUNT_MAX`].
    #[error("{0} is larger than this engine stores (10^17 minor units)")]
    TooLarge(String),
    /// Beyond [`PRICE_MAX`].
    #[error("{0} is larger than a price may be (10^15 minor units)")]
    TooDear(String),
}

/// A currency of ISO 4217; written as its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(Iso);

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        Self::parse(&code)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl Currency {
    /// Reads a code such as `EUR`.
    ///
    /// # Errors
    /// [`MoneyError::UnknownCurrency`].
    pub fn parse(code: &str) -> Result<Self, MoneyError> {
        Iso::from_code(code)
            .filter(|iso| iso.exponent().is_some())
            .map(Self)
            .ok_or_else(|| MoneyError::UnknownCurrency(code.to_owned()))
    }

    /// The three letters.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimals its minor unit has: JPY 0, EUR 2, KWD 3.
    #[must_use]
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(2, u32::from)
    }
}

impl PartialOrd for Currency {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Currency {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.code().cmp(other.code())
    }
}

/// An amount of one currency, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, may be negative.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount in minor units.
    #[must_use]
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a decimal such as `9.90`.
    ///
    /// # Errors
    /// [`MoneyError`] where it is no number, too fine for the currency, or too large.
    pub fn parse(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let not_a_number = || MoneyError::NotANumber(amount.to_owned());
        let digits = amount.strip_prefix('-').unwrap_or(amount);
        let plain = digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.ends_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
            && digits.bytes().filter(|b| *b == b'.').count() <= 1;
        if !plain {
            return Err(not_a_number());
        }
        let too_large = || MoneyError::TooLarge(amount.to_owned());
        let value: Decimal = amount.parse().map_err(|_| too_large())?;
        let exponent = currency.exponent();
        // Also where those are zeros: nobody is to guess whether 9.900 was meant as 9.90.
        if value.scale() > exponent {
            let (amount, code) = (amount.to_owned(), currency.code());
            return Err(MoneyError::TooManyDecimals { amount, code, exponent });
        }
        let scaled =
            value.checked_mul(Decimal::from(10_i64.pow(exponent))).ok_or_else(too_large)?;
        let minor = i64::try_from(scaled.normalize()).map_err(|_| too_large())?;
        if minor.abs() > AMOUNT_MAX {
            return Err(too_large());
        }
        Ok(Self { minor, currency })
    }

    /// The same for what one thing costs.
    ///
    /// # Errors
    /// [`MoneyError`], also where it is too large for a price.
    pub fn parse_price(amount: &str, currency: Currency) -> Result<Self, MoneyError> {
        let price = Self::parse(amount, currency)?;
        if price.minor.abs() > PRICE_MAX {
            return Err(MoneyError::TooDear(amount.to_owned()));
        }
        Ok(price)
    }

    /// The amount as a decimal string with the currency's own decimals: `9.90`, `1000`, `1.250`.
    #[must_use]
    pub fn amount(self) -> String {
        Decimal::from_i128_with_scale(i128::from(self.minor), self.currency.exponent()).to_string()
    }
}

impl std::fmt::Display for Money {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency.code())
    }
}

/// The one rounding function: `numerator / denominator`, half away from zero.
/// `denominator` must be positive.
#[must_use]
pub fn divide_rounded(numerator: i128, denominator: i128) -> i64 {
    let doubled = 2 * numerator.abs() + denominator;
    let rounded = (doubled / (2 * denominator)) * numerator.signum();
    i64::try_from(rounded).unwrap_or(if rounded > 0 { i64::MAX } else { i64::MIN })
}

/// A tax rate in percent, exact; written as its decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rate(Decimal);

impl Rate {
    /// No tax.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// Reads a percentage such as `7.0`, from 0 to 100, at most six decimals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.starts_with(|c: char| c.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let rate: Decimal = plain.then(|| text.parse().ok()).flatten()?;
        (rate <= Decimal::ONE_HUNDRED && rate.scale() <= 6).then_some(Self(rate))
    }

    /// Whether there is no tax.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0.is_zero()
    }

    /// The tax inside a gross amount: gross × rate ÷ (100 + rate), rounded once.
    #[must_use]
    pub fn tax_in(self, gross: i64) -> i64 {
        let (rate, one) = self.parts();
        divide_rounded(i128::from(gross) * rate, 100 * one + rate)
    }

    /// The tax on a net amount: net × rate ÷ 100, rounded once.
    #[must_use]
    pub fn tax_on(self, net: i64) -> i64 {
        self.part_of(net)
    }

    /// This percentage of an amount: amount × rate ÷ 100, rounded once, halves up.
    #[must_use]
    pub fn part_of(self, amount: i64) -> i64 {
        let (rate, one) = self.parts();
        divide_rounded(i128::from(amount) * rate, 100 * one)
    }

    fn parts(self) -> (i128, i128) {
        (self.0.mantissa(), 10_i128.pow(self.0.scale()))
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("'{text}' is no rate in percent"))
    }
}

impl std::fmt::Display for Rate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn each_currency_has_its_own_minor_unit() {
        for (text, code, minor, back) in [
            ("9.90", "EUR", 990, "9.90"),
            ("9.9", "EUR", 990, "9.90"),
            ("0", "EUR", 0, "0.00"),
            ("-0.05", "EUR", -5, "-0.05"),
            ("1000", "JPY", 1000, "1000"),
            ("1.250", "KWD", 1250, "1.250"),
            ("10000000000000.00", "EUR", PRICE_MAX, "10000000000000.00"),
            ("1000000000000000.00", "EUR", AMOUNT_MAX, "1000000000000000.00"),
        ] {
            let money = Money::parse(text, currency(code)).unwrap();
            assert_eq!((money.minor, money.amount().as_str()), (minor, back), "{text} {code}");
        }
        for (text, code) in [
            ("9.901", "EUR"),
            ("9.900", "EUR"),
            ("1.2500", "KWD"),
            ("0.000", "EUR"),
            ("1.5", "JPY"),
            ("100.0", "JPY"),
            ("", "EUR"),
            ("1e3", "EUR"),
            ("1,5", "EUR"),
            ("+1", "EUR"),
            (".5", "EUR"),
            ("5.", "EUR"),
            ("1_000", "EUR"),
            ("1000000000000000.01", "EUR"),
            ("99999999999999999999999999999999999", "EUR"),
        ] {
            assert!(Money::parse(text, currency(code)).is_err(), "{text} {code}");
        }
        let dear = Money::parse_price("10000000000000.01", currency("EUR"));
        assert_eq!(dear, Err(MoneyError::TooDear("10000000000000.01".to_owned())));
        assert!(Currency::parse("EURO").is_err() && Currency::parse("eur").is_err());
        assert!(Currency::parse("XXX").is_err(), "no minor unit, no money");
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (n, d, want) in [
            (5, 10, 1),
            (-5, 10, -1),
            (4, 10, 0),
            (-4, 10, 0),
            (15, 10, 2),
            (17_820, 28, 636),
            (0, 3, 0),
        ] {
            assert_eq!(divide_rounded(n, d), want, "{n}/{d}");
        }
    }

    #[test]
    fn tax_is_exact_and_rounded_once() {
        let seven = Rate::parse("7.0").unwrap();
        assert_eq!(seven.tax_in(990), 65); // 990 × 7 ÷ 107 = 64.77
        assert_eq!(seven.tax_on(925), 65); // 64.75
        assert_eq!(Rate::ZERO.tax_in(990), 0);
        assert_eq!(Rate::parse("19").unwrap().tax_in(11_900), 1_900);
        assert!(
            ["", "-1", "100.1", "1.0000001", "abc", "1e2"].iter().all(|t| Rate::parse(t).is_none())
        );
    }
}
