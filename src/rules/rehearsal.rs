//! A sample customer who takes a path on paper, by the rules as they are: so a merchant reads its
//! texts as customers will. Whether a real customer may take it is for `matching`.

use chrono::{Days, NaiveDate};

use crate::domain::catalogue::Offer;
use crate::domain::path::{Mode, Path};
use crate::domain::preview::TextFacts;
use crate::domain::purchase::Purchase;
use crate::domain::verdict::Verdict;

use super::arbitrage::TripCustomer;
use super::ledger::Tariff;
use super::matching::Reason;

/// For how many days the sample customer has had the source.
const DAYS_LIVED: u64 = 10;

/// What the texts of a path are filled with for a customer who bought the source ten days ago,
/// has paid all that was due, and opens a checkout for the target today. That the path is switched
/// off, or holds on other days, does not matter here.
///
/// # Errors
/// Why the path does not fire for them, where one reason can be told.
pub fn rehearse(
    path: &Path,
    source: &Offer,
    target: &Offer,
    tariff: &Tariff,
    today: NaiveDate,
) -> Result<TextFacts, Option<Reason>> {
    let path = path.in_force();
    let bought_on = today.checked_sub_days(Days::new(DAYS_LIVED)).unwrap_or(today);
    let mut customer = TripCustomer::buys(source, tariff, bought_on).ok_or(None)?.bill(today);
    let mode = path.modes().first().copied().unwrap_or(Mode::Replace);
    match customer.decide(target, Some(&path), Purchase::from(mode), today) {
        Ok(decision) => decision.outcome().text.clone().ok_or(None),
        Err(refusal) => Err(refusal.considered.iter().find_map(|it| match it.verdict {
            Verdict::Rejected(reason) | Verdict::Unavailable(reason) => Some(reason),
            Verdict::Chosen | Verdict::Outranked(_) => None,
        })),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::samples::{offer, path};
    use super::*;

    fn sample(
        transition: &str,
        source: &Offer,
        target: &Offer,
    ) -> Result<TextFacts, Option<Reason>> {
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let path = path("p", source.terms.offer.as_str(), target.terms.offer.as_str(), transition);
        let path = Path { active: false, ..path };
        rehearse(&path, source, target, &tariff, "2026-02-10".parse().unwrap())
    }

    #[test]
    fn a_sample_customer_pays_what_a_real_one_would() {
        let (month, year) = (offer("month", 990, "P1M", "P1M"), offer("year", 9_900, "P1Y", "P1Y"));
        // Bought on January 31: the worked examples.
        for (transition, due, effective) in [
            ("next_booking", 0, "2026-02-28"),
            ("immediate", 9_900, "2026-02-10"),
            ("last_booking", 8_910, "2026-01-31"),
            ("immediate_next_booking", 0, "2026-02-10"),
        ] {
            let facts = sample(transition, &month, &year).unwrap();
            assert_eq!(facts.amount_due.minor, due, "{transition}");
            assert_eq!(facts.effective_date.to_string(), effective, "{transition}");
        }
        assert_eq!(sample("last_booking", &year, &month), Err(Some(Reason::TargetPeriodShorter)));
    }
}
