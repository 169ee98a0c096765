//! Amounts as sent, turned into money: every fault at its pointer.

use crate::domain::money::{Currency, Money, MoneyError};
use crate::edge::problem::{FieldError, Problem};
use crate::wire;

/// The amounts of one request: all are read before the first fault is told.
#[derive(Debug, Default)]
pub struct Amounts {
    faults: Vec<FieldError>,
}

impl Amounts {
    /// The money at a pointer; a fault is noted.
    pub fn read(&mut self, at: &str, sent: &wire::Money) -> Option<Money> {
        self.parse(at, sent, Money::parse)
    }

    fn parse(
        &mut self,
        at: &str,
        sent: &wire::Money,
        parse: fn(&str, Currency) -> Result<Money, MoneyError>,
    ) -> Option<Money> {
        let currency = Currency::parse(&sent.currency);
        let currency =
            currency.map_err(|error| self.note(at, "currency", error.to_string())).ok()?;
        let money = parse(&sent.amount, currency);
        money.map_err(|error| self.note(at, "amount", error.to_string())).ok()
    }

    /// The same for what something costs, which is not negative.
    pub fn read_price(&mut self, at: &str, sent: &wire::Money) -> Option<Money> {
        let money = self.parse(at, sent, Money::parse_price)?;
        if money.minor < 0 {
            self.note(at, "amount", "must not be negative".to_owned());
            return None;
        }
        Some(money)
    }

    fn note(&mut self, at: &str, field: &str, detail: String) {
        self.faults.push(FieldError::new(format!("{at}/{field}"), detail));
    }

    /// Goes on where every amount could be read.
    ///
    /// # Errors
    /// A 422 with every fault.
    pub fn finish(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid(self.faults)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_amount_is_read_before_the_first_fault_is_told() {
        let money = |amount: &str, currency: &str| wire::Money {
            amount: amount.to_owned(),
            currency: currency.to_owned(),
        };
        let mut amounts = Amounts::default();
        assert_eq!(amounts.read("/a", &money("9.90", "EUR")).map(|m| m.minor), Some(990));
        amounts.read("/b", &money("9.901", "EUR"));
        amounts.read("/c/d", &money("1", "XYZ"));
        amounts.read_price("/e", &money("-1", "EUR"));
        let problem = amounts.finish().unwrap_err();
        let places: Vec<_> = problem.errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(places, ["/b/amount", "/c/d/currency", "/e/amount"]);
    }
}
