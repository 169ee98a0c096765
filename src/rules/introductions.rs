//! How what a checkout begins is booked: from which day, and at the prices of its introduction.
//! Who is granted one is for `matching`.

use chrono::{Datelike, NaiveDate};

use crate::domain::calendar::DateRange;
use crate::domain::catalogue::Terms;
use crate::domain::change::ScheduledChange;
use crate::domain::money::Money;
use crate::domain::preview::{IntroductionShown, StepShown};
use crate::domain::subscription::{Subscription, inherited_anchor};

/// The beginning of a subscription that a checkout begins, or promises.
pub(super) struct SubscriptionOpening<'a> {
    terms: &'a Terms,
    /// The first day of access.
    start: NaiveDate,
    /// The first day that is booked.
    pub(super) first: NaiveDate,
    /// The first period that is booked; shorter where the billing date is kept.
    period: DateRange,
    /// The first term.
    pub(super) term: DateRange,
    /// The day of the month from which boundaries are computed.
    pub(super) anchor: u32,
    /// Whether it has the introduction of its terms.
    introduced: bool,
}

impl<'a> SubscriptionOpening<'a> {
    /// That of some terms from `start` on, with their introduction or without: of what has begun
    /// under them, else of what is promised to come from a source.
    pub(super) fn of(
        terms: &'a Terms,
        (start, introduced): (NaiveDate, bool),
        new: Option<&Subscription>,
        source: Option<&Subscription>,
    ) -> Self {
        let whole = |first, anchor| terms.billing_period.range(first, anchor);
        if let Some(new) = new {
            let (first, anchor) = (new.first_booking_on, new.anchor_day);
            let period = new.current_period.unwrap_or_else(|| whole(first, anchor));
            return Self {
                terms,
                start,
                first,
                period,
                term: new.current_term,
                anchor,
                introduced,
            };
        }
        let first = terms.booked_from(start, introduced);
        let anchor = match source {
            Some(source) if !terms.has_trial(introduced) => inherited_anchor(source, first),
            _ => first.day(),
        };
        let (period, term) = (whole(first, anchor), terms.term.range(first, anchor));
        Self { terms, start, first, period, term, anchor, introduced }
    }

    /// How many booked periods have the price of a step.
    fn steps(&self) -> u32 {
        if self.introduced { self.terms.introduction.periods() } else { 0 }
    }

    /// What the booked periods cost that begin in a time from its first term on: each with its
    /// days, the whole of which they are, and the price of that in minor units, as the terms have
    /// it.
    pub(super) fn periods_of(&self, time: DateRange) -> Vec<(DateRange, DateRange, i64)> {
        let mut left = self.steps();
        let mut periods = Vec::new();
        let mut days = self.period;
        while days.start < time.end {
            let whole = self.terms.billing_period.range_up_to(days.end, self.anchor);
            let step = self.terms.introduction.price(left);
            periods.push((days, whole, step.unwrap_or(self.terms.price.minor)));
            left = left.saturating_sub(1);
            days = self.terms.billing_period.range(days.end, self.anchor);
        }
        periods
    }

    /// Its introduction, with its dates; none where it has none.
    pub(super) fn introduction(&self) -> Option<IntroductionShown> {
        let introduction = &self.terms.introduction;
        if !self.introduced {
            return None;
        }
        let mut days = self.period;
        let steps = introduction.steps.iter().map(|step| {
            let start = days.start;
            for _ in 0..step.periods {
                days = self.terms.billing_period.range(days.end, self.anchor);
            }
            let price = Money::new(step.price, self.terms.price.currency);
            StepShown { price, periods: step.periods, days: DateRange { start, end: days.start } }
        });
        let steps = steps.collect();
        let trial = DateRange { start: self.start, end: self.first };
        let trial = introduction.trial.map(|_| trial);
        Some(IntroductionShown { trial, steps, then_from: days.start })
    }
}

/// How what a scheduled change promises will begin, with its dates; none where it has no
/// introduction.
#[must_use]
pub fn promised_introduction(
    change: &ScheduledChange,
    source: Option<&Subscription>,
) -> Option<IntroductionShown> {
    let beginning = (change.effective_on, change.introduced);
    SubscriptionOpening::of(&change.terms, beginning, None, source).introduction()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::super::matching::MatchFacts;
    use super::super::samples::{Shopper, offer};
    use super::super::transitions::DecidedChange;
    use crate::domain::account::Account;
    use crate::domain::calendar::Period;
    use crate::domain::catalogue::{Granted, Introduction, Offer, PriceStep};
    use crate::domain::ids::{CustomerId, ProductId};
    use crate::domain::path::{BillingDate, Mode, Proration, Transition};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Plus for 14.90 a month, the first of which costs 5.00, after a trial.
    fn plus(trial: &str) -> Offer {
        let mut plus = offer("plus", 1_490, "P1M", "P1M");
        plus.terms.introduction = Introduction {
            granted: Granted::Once,
            trial: Period::parse(trial),
            steps: vec![PriceStep { price: 500, periods: 1 }],
        };
        plus
    }

    /// What is issued up to a month after a change of 10 February, from a month since the last of
    /// January.
    fn issued(trial: &str, how: (Mode, Transition, Proration, BillingDate)) -> String {
        let (mode, transition, proration, billing_date) = how;
        let mut ada = Shopper::buys(&offer("month", 990, "P1M", "P1M"), day("2026-01-31"));
        ada.issued();
        let deal = ada.deal(&plus(trial), mode, transition);
        let deal = DecidedChange { introduced: true, proration, billing_date, ..deal };
        ada.makes(&deal, day("2026-02-10"));
        let now = ada.issued().join(", ");
        ada.act(day("2026-04-01"), |_| ());
        format!("{now} | {}", ada.issued().join(", "))
    }

    #[test]
    fn each_transition_leads_to_the_trial_and_the_steps() {
        use BillingDate::{Keep, Reset};
        use Mode::{Add, Replace};
        use Proration::{Day, None};
        use Transition::{EndOfTerm, Immediate, ImmediateNextBooking, LastBooking, NextBooking};
        let trial = "plus 500 2026-02-24..2026-03-24, plus 1490 2026-03-24..2026-04-24";
        let both = "plus 500 2026-02-24..2026-03-24, month 990 2026-02-28..2026-03-31, \
                    plus 1490 2026-03-24..2026-04-24, month 990 2026-03-31..2026-04-30";
        let waited = "plus 500 2026-03-14..2026-04-14";
        let stepped = "plus 500 2026-02-28..2026-03-31, plus 1490 2026-03-31..2026-04-30";
        #[rustfmt::skip]
        let table = [
            ("P2W", (Replace, Immediate, None, Reset), "", trial.to_owned()),
            ("P2W", (Replace, Immediate, Day, Reset), "month -636 2026-02-10..2026-02-28",
                trial.to_owned()),
            // There is no rest of a period before a trial is over.
            ("P2W", (Replace, Immediate, Day, Keep), "month -636 2026-02-10..2026-02-28",
                trial.to_owned()),
            ("P2W", (Add, Immediate, None, Reset), "", both.to_owned()),
            // A trial is nobody's bridge: the source's days end with it.
            ("P2W", (Replace, ImmediateNextBooking, None, Reset), "", trial.to_owned()),
            ("P2W", (Replace, ImmediateNextBooking, Day, Reset),
                "month -636 2026-02-10..2026-02-28", trial.to_owned()),
            ("P2W", (Add, ImmediateNextBooking, None, Reset), "", both.to_owned()),
            ("P2W", (Add, LastBooking, None, Reset),
                "month -990 2026-01-31..2026-02-28, month 990 2026-01-31..2026-02-28",
                "plus 500 2026-02-14..2026-03-14, month 990 2026-02-28..2026-03-31, \
                 plus 1490 2026-03-14..2026-04-14, month 990 2026-03-31..2026-04-30".to_owned()),
            // Begun in the past, the trial can be over.
            ("P1W", (Add, LastBooking, None, Reset),
                "month -990 2026-01-31..2026-02-28, month 990 2026-01-31..2026-02-28, \
                 plus 500 2026-02-07..2026-03-07",
                "month 990 2026-02-28..2026-03-31, plus 1490 2026-03-07..2026-04-07, \
                 month 990 2026-03-31..2026-04-30".to_owned()),
            ("P2W", (Replace, NextBooking, None, Reset), "", waited.to_owned()),
            ("P2W", (Replace, EndOfTerm, None, Reset), "", waited.to_owned()),
            ("P2W", (Add, NextBooking, None, Reset), "",
                "month 990 2026-02-28..2026-03-31, plus 500 2026-03-14..2026-04-14, \
                 month 990 2026-03-31..2026-04-30".to_owned()),
            // Steps alone.
            ("", (Replace, Immediate, None, Reset), "plus 500 2026-02-10..2026-03-10",
                "plus 1490 2026-03-10..2026-04-10".to_owned()),
            ("", (Replace, LastBooking, None, Reset),
                "month -990 2026-01-31..2026-02-28, plus 500 2026-01-31..2026-02-28",
                "plus 1490 2026-02-28..2026-03-31, plus 1490 2026-03-31..2026-04-30".to_owned()),
            // The rest that keeps the billing date is part of the first step: 18 of 28 days.
            ("", (Replace, Immediate, Day, Keep),
                "month -636 2026-02-10..2026-02-28, plus 321 2026-02-10..2026-02-28",
                "plus 1490 2026-02-28..2026-03-31, plus 1490 2026-03-31..2026-04-30".to_owned()),
            // The bridge is priced as the first period will be: 18 of 28 days of 5.00 less 9.90.
            ("", (Replace, ImmediateNextBooking, Day, Reset), "",
                format!("month -315 2026-02-10..2026-02-28, {stepped}")),
            ("", (Add, ImmediateNextBooking, None, Reset), "",
                "month 990 2026-02-28..2026-03-31, plus 500 2026-02-28..2026-03-31, \
                 month 990 2026-03-31..2026-04-30, plus 1490 2026-03-31..2026-04-30".to_owned()),
            ("", (Replace, NextBooking, None, Reset), "", stepped.to_owned()),
        ];
        for (trial, how, now, later) in table {
            assert_eq!(issued(trial, how), format!("{now} | {later}"), "{trial} {how:?}");
        }
    }

    #[test]
    fn who_never_had_one_of_its_products_is_granted_it() {
        let product = |id: &str| ProductId::parse(id).unwrap();
        let mut plus = plus("P2W");
        plus.terms.products = vec![(product("paper"), "Paper".to_owned())];
        let facts = |granted, known: &[&str]| {
            let mut target = plus.clone();
            target.terms.introduction.granted = granted;
            MatchFacts {
                target,
                paths: Vec::new(),
                tags: std::collections::BTreeMap::new(),
                held: std::collections::BTreeSet::new(),
                known_products: known.iter().map(|id| product(id)).collect(),
            }
        };
        let nobody = Account::empty(CustomerId::parse("ada").unwrap());
        let reader = Shopper::buys(&plus, day("2026-01-31")).account;
        for (granted, known, account, want) in [
            (Granted::Once, &[][..], &nobody, true),
            (Granted::Once, &["other"], &nobody, true),
            (Granted::Once, &["other", "paper"], &nobody, false),
            (Granted::Once, &[], &reader, false),
            (Granted::Always, &["paper"], &reader, true),
        ] {
            assert_eq!(facts(granted, known).grants(account), want, "{granted:?} {known:?}");
        }
        let mut plain = facts(Granted::Always, &[]);
        plain.target.terms.introduction = Introduction::default();
        assert!(!plain.grants(&nobody), "there is none to grant");
    }
}
