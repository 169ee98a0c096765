//! Amounts in whole minor units, exact fractions, and the one way of rounding.

/// An amount in minor units of some currency.
pub(crate) type Minor = i128;

/// A tax rate in ten-thousandths of a percent.
pub(crate) type Rate = i128;

/// All of something, in the unit of `Rate`.
const WHOLE: i128 = 1_000_000;

/// The number of decimals of a currency.
pub(crate) fn decimals(currency: &str) -> usize {
    match currency {
        "JPY" => 0,
        "KWD" => 3,
        _ => 2,
    }
}

/// Writes `9.90`.
pub(crate) fn amount(minor: Minor, currency: &str) -> String {
    let places = decimals(currency);
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", minor.abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// Writes `9.90 EUR`.
pub(crate) fn text(minor: Minor, currency: &str) -> String {
    format!("{} {currency}", amount(minor, currency))
}

/// A fraction rounded half away from zero; the denominator is positive.
pub(crate) fn round(numerator: i128, denominator: i128) -> i128 {
    let doubled = 2 * numerator.abs() + denominator;
    numerator.signum() * (doubled / (2 * denominator))
}

/// Reads a rate such as `7.0`.
pub(crate) fn rate(text: &str) -> Rate {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{part:0<4}").parse().expect("a rate of at most four decimals")
}

/// Net, tax and gross of one line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    /// Without tax.
    pub(crate) net: Minor,
    /// The tax.
    pub(crate) tax: Minor,
    /// With tax.
    pub(crate) gross: Minor,
}

impl Sum {
    /// From an amount that includes its tax.
    pub(crate) fn of_gross(gross: Minor, rate: Rate) -> Self {
        let tax = round(gross * rate, WHOLE + rate);
        Self { net: gross - tax, tax, gross }
    }

    /// From an amount to which tax comes.
    pub(crate) fn of_net(net: Minor, rate: Rate) -> Self {
        let tax = round(net * rate, WHOLE);
        Self { net, tax, gross: net + tax }
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            net: self.net + other.net,
            tax: self.tax + other.tax,
            gross: self.gross + other.gross,
        }
    }

    /// What is left of one without the other.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            net: self.net - other.net,
            tax: self.tax - other.tax,
            gross: self.gross - other.gross,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_away_from_zero() {
        let rows = [(5, 2, 3), (-5, 2, -3), (4, 3, 1), (-4, 3, -1), (5, 3, 2), (0, 7, 0)];
        for (numerator, denominator, rounded) in rows {
            assert_eq!(round(numerator, denominator), rounded, "{numerator}/{denominator}");
        }
        assert_eq!(round(990 * 18, 28), 636);
    }

    #[test]
    fn every_currency_is_written_with_its_own_decimals() {
        assert_eq!(text(990, "EUR"), "9.90 EUR");
        assert_eq!(text(-5, "EUR"), "-0.05 EUR");
        assert_eq!(text(990, "JPY"), "990 JPY");
        assert_eq!(text(990, "KWD"), "0.990 KWD");
    }

    #[test]
    fn tax_is_rounded_once_a_line() {
        assert_eq!(Sum::of_gross(990, rate("19")), Sum { net: 832, tax: 158, gross: 990 });
        assert_eq!(Sum::of_net(990, rate("7.0")), Sum { net: 990, tax: 69, gross: 1059 });
        assert_eq!(Sum::of_gross(990, 0), Sum { net: 990, tax: 0, gross: 990 });
    }
}
