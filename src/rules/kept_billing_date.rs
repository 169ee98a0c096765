//! Keeping the billing date: what is bought in the middle of the source's period is paid for the
//! rest of it, and booked in step with the source from then on. What the source gives back is for
//! `refunds`.

use crate::domain::calendar::DateRange;
use crate::domain::catalogue::Terms;
use crate::domain::document::LineKind;
use crate::domain::ids::SubscriptionId;
use crate::domain::subscription::Subscription;

use super::ledger::Ledger;
use super::succession::SubscriptionStart;

impl Ledger<'_> {
    /// Begins the target today with the source's anchor day, and invoices the days up to the
    /// source's next booking date. Its term counts from the start of the whole period of which
    /// these days are the rest. Where it has an introduction they are its first booked period.
    pub(super) fn keep_date(
        &mut self,
        source: &Subscription,
        terms: &Terms,
        begin: &SubscriptionStart,
    ) -> Option<SubscriptionId> {
        let rest = DateRange { start: begin.starts_on, end: source.boundary() };
        let id = self.begin(source, terms, source.anchor_day, begin);
        let new = self.account.subscriptions.get_mut(&id)?;
        let whole = new.whole(rest);
        new.current_period = Some(rest);
        new.current_term = new.terms.term.range(whole.start, new.anchor_day);
        let (price, cut) = (new.take_price(), new.cut.take());
        let new = new.clone();
        let gross = self.tariff.share(&new.terms, price.minor, rest, whole);
        let line = self.gross_line(&new, LineKind::Period, gross, rest);
        let line = self.first_line(&new, line, cut.as_ref());
        self.issue_invoice(new.price.currency, vec![line], self.due_on());
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{Days, NaiveDate};

    use super::super::samples::{Shopper, offer};
    use super::super::transitions::DecidedChange;
    use super::*;
    use crate::domain::catalogue::Offer;
    use crate::domain::path::{BillingDate, Mode, Proration, Transition};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    impl Shopper {
        fn changes(&mut self, to: &Offer, how: Mode, on: NaiveDate) {
            let kept = BillingDate::Keep;
            let deal = self.deal(to, how, Transition::Immediate);
            self.makes(
                &DecidedChange { proration: Proration::Day, billing_date: kept, ..deal },
                on,
            );
        }
    }

    #[test]
    fn the_worked_examples_come_out_to_the_cent() {
        let month = offer("month", 990, "P1M", "P1M");
        let mut ada = Shopper::buys(&month, day("2026-01-31"));
        ada.issued();
        ada.changes(&offer("premium", 1_490, "P1M", "P1M"), Mode::Replace, day("2026-02-10"));
        let shown = ["month -636 2026-02-10..2026-02-28", "premium 958 2026-02-10..2026-02-28"];
        assert_eq!(ada.issued(), shown);
        let mut later = ada.account.clone();
        ada.changes(&offer("gold", 2_990, "P1M", "P1M"), Mode::Replace, day("2026-02-20"));
        let shown = ["premium -426 2026-02-20..2026-02-28", "gold 854 2026-02-20..2026-02-28"];
        assert_eq!(ada.issued(), shown);
        std::mem::swap(&mut ada.account, &mut later);
        ada.act(day("2026-02-28"), |_| ());
        assert_eq!(ada.issued(), ["premium 1490 2026-02-28..2026-03-31"]);

        let mut bob = Shopper::buys(&month, day("2026-01-31"));
        bob.issued();
        bob.changes(&offer("archive", 400, "P1M", "P1M"), Mode::Add, day("2026-02-10"));
        assert_eq!(bob.issued(), ["archive 257 2026-02-10..2026-02-28"]);
        bob.act(day("2026-02-28"), |_| ());
        let booked = ["month 990 2026-02-28..2026-03-31", "archive 400 2026-02-28..2026-03-31"];
        assert_eq!(bob.issued(), booked);
        assert_eq!(bob.account.invoices.len(), 3, "both on one invoice");
    }

    #[test]
    fn a_term_counts_from_the_start_of_the_whole_period() {
        let mut ada = Shopper::buys(&offer("month", 990, "P1M", "P1M"), day("2026-01-31"));
        ada.changes(&offer("bound", 890, "P1M", "P1Y"), Mode::Replace, day("2026-02-10"));
        let bound = &ada.account.subscriptions[&ada.last];
        let term = DateRange { start: day("2026-01-31"), end: day("2027-01-31") };
        assert_eq!((bound.current_term, bound.anchor_day), (term, 31));
        // The whole period is that of the rhythm, also where the source itself began within it.
        let mut bob = Shopper::buys(&offer("year", 9_900, "P1Y", "P1Y"), day("2024-02-29"));
        bob.changes(&offer("other", 3_650, "P1Y", "P1Y"), Mode::Replace, day("2024-06-01"));
        bob.changes(&offer("third", 7_300, "P1Y", "P1Y"), Mode::Replace, day("2025-02-27"));
        bob.account.issued.clear();
        bob.act(day("2025-02-28"), |_| ());
        assert_eq!(bob.issued(), ["third 7300 2025-02-28..2026-02-28"]);
    }

    #[test]
    fn nobody_pays_less_or_more_than_the_days_that_they_used_at_each_price() {
        let mut state = 1_u64;
        let mut below = |end: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) % end
        };
        let starts = ["2024-01-31", "2024-02-29", "2026-01-15", "2026-02-28", "2026-08-31"];
        for round in 0..500 {
            let start = day(starts[usize::try_from(below(5)).unwrap()]);
            let period = ["P1M", "P3M", "P1Y", "P2W", "P30D"][usize::try_from(below(5)).unwrap()];
            let price = i64::try_from(below(5_000)).unwrap();
            let mut ada = Shopper::buys(&offer("o0", price, period, period), start);
            let whole = ada.account.subscriptions[&ada.last].current_period.unwrap();
            let (mut used, mut since, mut price) = (0, start, price);
            let mut changes = 0;
            while since < whole.end && changes < 8 {
                let left = u64::try_from((whole.end - since).num_days()).unwrap();
                let on = since + Days::new(below(left));
                used += price * (on - since).num_days();
                price = i64::try_from(below(5_000)).unwrap();
                changes += 1;
                let to = offer(&format!("o{changes}"), price, period, period);
                ada.changes(&to, Mode::Replace, on);
                since = on;
            }
            used += price * (whole.end - since).num_days();
            let off = ada.charged() * whole.days() - used;
            assert!(off.abs() <= changes * whole.days(), "{round}: {off} after {changes} changes");
        }
    }
}
