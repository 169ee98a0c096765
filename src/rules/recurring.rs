//! Monthly recurring revenue: what running subscriptions come to in a month, and what has changed
//! it.

use std::collections::BTreeMap;

use crate::domain::money::Currency;
use crate::domain::report::PriceGroup;

use super::daily_price::by_the_day;

/// What comes in each month in a currency, in minor units, and by what it has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recurring {
    /// Of all that runs.
    pub monthly: i64,
    /// By changes to what costs more by the day.
    pub up: i64,
    /// By changes to what costs less by the day.
    pub down: i64,
    /// By what began and took nobody's place.
    pub new: i64,
    /// By what ended and nothing took its place; not positive.
    pub lost: i64,
}

/// Sums up what runs, what began and what ended, by currency. Prices are regular ones, by the
/// month; who changes to another currency is lost in one and new in the other.
#[must_use]
pub fn recurring(
    running: &[PriceGroup],
    started: &[PriceGroup],
    ended: &[PriceGroup],
) -> BTreeMap<Currency, Recurring> {
    let mut sums = BTreeMap::<Currency, Recurring>::new();
    let of = |it: &PriceGroup| it.period.monthly(it.price.minor) * it.count;
    for it in running {
        sums.entry(it.price.currency).or_default().monthly += of(it);
    }
    for it in started {
        match it.before {
            Some((price, period)) if price.currency == it.price.currency => {
                let sum = sums.entry(price.currency).or_default();
                let change = of(it) - period.monthly(price.minor) * it.count;
                let day = by_the_day(it.price.minor, it.period);
                if day < by_the_day(price.minor, period) {
                    sum.down += change;
                } else {
                    sum.up += change;
                }
            }
            Some((price, period)) => {
                let before = period.monthly(price.minor) * it.count;
                sums.entry(price.currency).or_default().lost -= before;
                sums.entry(it.price.currency).or_default().new += of(it);
            }
            None => sums.entry(it.price.currency).or_default().new += of(it),
        }
    }
    for it in ended {
        sums.entry(it.price.currency).or_default().lost -= of(it);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::calendar::Period;
    use crate::domain::money::Money;

    fn priced(minor: i64, period: &str, before: Option<(i64, &str)>, count: i64) -> PriceGroup {
        let euro = |minor| Money::new(minor, Currency::parse("EUR").unwrap());
        let every = |text: &str| Period::parse(text).unwrap();
        PriceGroup {
            price: euro(minor),
            period: every(period),
            before: before.map(|(minor, text)| (euro(minor), every(text))),
            count,
        }
    }

    #[test]
    fn a_year_counts_by_the_month_and_each_change_where_it_belongs() {
        let euro = Currency::parse("EUR").unwrap();
        let running = [priced(990, "P1M", None, 3), priced(12_000, "P1Y", None, 2)];
        let started = [
            priced(990, "P1M", None, 1),
            priced(1_990, "P1M", Some((990, "P1M")), 2),
            priced(12_000, "P1Y", Some((1_990, "P1M")), 1),
        ];
        let ended = [priced(990, "P1M", None, 4)];
        let sums = recurring(&running, &started, &ended);
        let wanted = Recurring { monthly: 4_970, up: 2_000, down: -990, new: 990, lost: -3_960 };
        assert_eq!(sums[&euro], wanted);
    }

    #[test]
    fn what_leads_down_in_the_graph_counts_down_whatever_its_months_are_rounded_to() {
        let euro = Currency::parse("EUR").unwrap();
        // Four weeks of 10.00 are more by the day than a month of 10.85, and less by the month.
        let table = [
            ((1_000, "P4W"), (1_085, "P1M"), (-2, 0)),
            ((1_085, "P1M"), (1_000, "P4W"), (0, 2)),
            ((9_900, "P1Y"), (990, "P1M"), (0, -165)),
        ];
        for ((minor, period), before, sums_to) in table {
            let sums = recurring(&[], &[priced(minor, period, Some(before), 1)], &[]);
            assert_eq!((sums[&euro].up, sums[&euro].down), sums_to, "{minor} {period}");
        }
    }

    #[test]
    fn who_changes_the_currency_is_lost_in_one_and_new_in_the_other() {
        let dollar = Currency::parse("USD").unwrap();
        let mut moved = priced(1_000, "P1M", Some((990, "P1M")), 1);
        moved.price = Money::new(1_000, dollar);
        let sums = recurring(&[], &[moved], &[]);
        assert_eq!(sums[&dollar].new, 1_000);
        assert_eq!(sums[&Currency::parse("EUR").unwrap()].lost, -990);
    }
}
