//! The ledger of days: for each day of a subscription the document line that pays for it, or why
//! none does. A reader and the audit ask the same function.
//!
//! - **Service** runs from `started_on` to the day on which the subscription ended or, while it
//!   runs, to the end of what is booked: its current period, in the bridge its first booking.
//!   What lies behind is not owed yet, also where billing has not run for a while.
//! - A line **pays** for the days of its period, except those that a credit note took back. So a
//!   line that `last_booking` cancelled pays for nothing, and the one that was issued again pays;
//!   a line of which only the unused days were credited still pays for those that were used,
//!   even where rounding gave all of its money back.
//! - Days before the first booking are the **bridge**, covered by what was paid for the precursor
//!   or at the parent's pace, unless a line charges for them; or its **trial**; or,
//!   of a subscription that came from elsewhere, **brought over**, unless the invoice of that time
//!   was credited.
//! - Days that a credit note took back and that no other line pays for are **credited**: there
//!   the subscription has ended, by a change whose invoice they were set against, or prorated; or
//!   all of it was given back, the days that were used as well.
//! - Days behind the end that were paid and not given back (`immediate` without proration) are
//!   neither service nor credited, and stand nowhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::calendar::DateRange;
use crate::domain::document::{ServiceCredit, ServiceLine};
use crate::domain::ids::InvoiceId;
use crate::domain::subscription::Subscription;

/// Who answers for a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DayCoverage {
    /// The line of an invoice, by its place from 0.
    Line(InvoiceId, usize),
    /// The days before the first booking, without a charge.
    Bridge,
    /// The days of its trial.
    Trial,
    /// The invoice of another system.
    BroughtOver,
    /// Given back.
    Credited,
}

/// Days in a row for which the same answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySpan {
    /// The days.
    pub period: DateRange,
    /// Who answers for them.
    pub cover: DayCoverage,
}

/// Days for which not exactly one answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gap {
    /// Service that nobody pays for.
    Unpaid(DateRange),
    /// Days that are paid for twice: by these.
    Twice(DateRange, [DayCoverage; 2]),
    /// A line pays for days that were never booked.
    NotBooked(DateRange, DayCoverage),
}

/// The days of a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayLedger {
    /// In order, without overlaps.
    pub runs: Vec<DaySpan>,
    /// What must not be, in order.
    pub gaps: Vec<Gap>,
}

impl DayLedger {
    /// The runs as far as they lie within `days`.
    #[must_use]
    pub fn within(self, days: DateRange) -> Vec<DaySpan> {
        let clipped = self.runs.into_iter().map(|run| {
            let start = run.period.start.max(days.start);
            let end = run.period.end.min(days.end);
            DaySpan { period: DateRange { start, end }, ..run }
        });
        clipped.filter(|run| run.period.start < run.period.end).collect()
    }
}

/// The days of a subscription, from all lines of invoices and credit notes for it that touch the
/// days of interest.
#[must_use]
pub fn day_ledger(
    subscription: &Subscription,
    lines: &[ServiceLine],
    credits: &[ServiceCredit],
) -> DayLedger {
    let days = Days::of(subscription, credits);
    let mut waiting: Vec<&ServiceLine> = lines.iter().collect();
    waiting.sort_by_key(|line| std::cmp::Reverse(line.period.start));
    let mut active: Vec<&ServiceLine> = Vec::new();
    let mut ledger = DayLedger::default();
    let marks: Vec<NaiveDate> = days.marks(lines, credits).into_iter().collect();
    for pair in marks.windows(2) {
        let stretch = DateRange { start: pair[0], end: pair[1] };
        while let Some(line) = waiting.pop_if(|line| line.period.start <= stretch.start) {
            active.push(line);
        }
        active.retain(|line| line.period.end > stretch.start);
        days.judge(stretch, &active, &mut ledger);
    }
    ledger
}

/// What is known of all days.
struct Days<'a> {
    subscription: &'a Subscription,
    /// The days of service.
    service: DateRange,
    /// The days that are booked, bridge and all.
    booked: DateRange,
    /// The days taken back, by line.
    credited: BTreeMap<Option<&'a (InvoiceId, usize)>, Vec<DateRange>>,
}

impl<'a> Days<'a> {
    fn of(subscription: &'a Subscription, credits: &'a [ServiceCredit]) -> Self {
        let booked = subscription.booked();
        let end = subscription.ended_on.unwrap_or(booked.end);
        let mut credited: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for credit in credits {
            credited.entry(credit.of.as_ref()).or_default().push(credit.period);
        }
        let service = DateRange { start: subscription.started_on, end };
        Self { subscription, service, booked, credited }
    }

    /// Every day on which something begins or ends.
    fn marks(&self, lines: &[ServiceLine], credits: &[ServiceCredit]) -> BTreeSet<NaiveDate> {
        let ranges = lines.iter().map(|line| line.period);
        let ranges = ranges.chain(credits.iter().map(|credit| credit.period));
        ranges
            .chain([self.service, self.booked])
            .flat_map(|range| [range.start, range.end])
            .chain([self.subscription.first_booking_on])
            .collect()
    }

    /// Judges days between two marks: they are all alike.
    fn judge(&self, stretch: DateRange, active: &[&ServiceLine], ledger: &mut DayLedger) {
        let day = stretch.start;
        let mut payers: Vec<DayCoverage> = active
            .iter()
            .filter(|line| !self.is_credited(Some(&line.at), day))
            .map(|line| DayCoverage::Line(line.at.0.clone(), line.at.1))
            .collect();
        let is_before_booking = contains(self.before_booking(), day);
        if is_before_booking && self.subscription.is_brought_over && !self.is_credited(None, day) {
            payers.push(DayCoverage::BroughtOver);
        }
        let is_booked = contains(self.booked, day);
        let is_service = contains(self.service, day);
        let mut payers = payers.into_iter();
        let (first, second) = (payers.next(), payers.next());
        let cover = match (first, second) {
            (Some(first), Some(second)) => {
                ledger.gaps.push(Gap::Twice(stretch, [first.clone(), second]));
                Some(first)
            }
            (Some(only), None) => Some(only),
            (None, _) if is_service && is_before_booking && self.has_trial() => {
                Some(DayCoverage::Trial)
            }
            (None, _) if is_service && is_before_booking && self.bridge_is_free() => {
                Some(DayCoverage::Bridge)
            }
            (None, _) => {
                let is_taken_back = self.is_taken_back(day);
                if is_service && !(is_taken_back && self.may_be_withdrawn()) {
                    ledger.gaps.push(Gap::Unpaid(stretch));
                }
                is_taken_back.then_some(DayCoverage::Credited)
            }
        };
        let Some(cover) = cover else { return };
        if !is_booked && cover != DayCoverage::Credited {
            ledger.gaps.push(Gap::NotBooked(stretch, cover));
        } else if is_service || cover == DayCoverage::Credited {
            push(&mut ledger.runs, stretch, cover);
        }
    }

    fn before_booking(&self) -> DateRange {
        let Subscription { started_on, first_booking_on, .. } = self.subscription;
        DateRange { start: *started_on, end: *first_booking_on }
    }

    /// Whether its days before the first booking are a trial.
    fn has_trial(&self) -> bool {
        self.subscription.trial_until.is_some()
    }

    /// Whether no line charges for the bridge: no path prorated it, it is paid back rather than
    /// charged, or it is charged with a first booking that has not come.
    fn bridge_is_free(&self) -> bool {
        let Subscription { bridge_charge, current_period, .. } = self.subscription;
        !self.subscription.is_brought_over
            && (current_period.is_none() || bridge_charge.is_none_or(|charge| charge.gross < 0))
    }

    /// Whether days that were used may have been given back: it has ended for good.
    fn may_be_withdrawn(&self) -> bool {
        let Subscription { ended_on, successor_id, .. } = self.subscription;
        ended_on.is_some() && successor_id.is_none()
    }

    fn is_credited(&self, of: Option<&(InvoiceId, usize)>, day: NaiveDate) -> bool {
        self.credited.get(&of).is_some_and(|all| all.iter().any(|range| contains(*range, day)))
    }

    fn is_taken_back(&self, day: NaiveDate) -> bool {
        self.credited.values().flatten().any(|range| contains(*range, day))
    }
}

/// Adds days to the runs; where the same answers as for the days before, to that run.
fn push(runs: &mut Vec<DaySpan>, period: DateRange, cover: DayCoverage) {
    match runs.last_mut() {
        Some(last) if last.cover == cover && last.period.end == period.start => {
            last.period.end = period.end;
        }
        _ => runs.push(DaySpan { period, cover }),
    }
}

fn contains(range: DateRange, day: NaiveDate) -> bool {
    range.start <= day && day < range.end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::subscription::BridgeCharge;
    use crate::rules::samples::offer;
    use crate::rules::{ledger, subscriptions};

    fn range(text: &str) -> DateRange {
        let (start, end) = text.split_once('/').unwrap();
        DateRange { start: start.parse().unwrap(), end: end.parse().unwrap() }
    }

    /// A month of 31 January, booked up to the end of February, whose days before `booked` were
    /// not booked here.
    fn subscription(booked: &str, ended_on: Option<&str>) -> Subscription {
        let tariff =
            ledger::Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let mut ids = crate::domain::ids::Ids::new(chrono::DateTime::UNIX_EPOCH, [1; 32]);
        let account = crate::domain::account::Account::empty(
            crate::domain::ids::CustomerId::parse("ada").unwrap(),
        );
        let told = subscriptions::RunningElsewhere {
            id: None,
            parent: None,
            terms: offer("month", 990, "P1M", "P1M").terms,
            price: None,
            started_on: range("2026-01-31/2026-01-31").start,
            current_period: None,
            current_term: None,
            cancel_on: None,
            brought_over: None,
            may_double: true,
        };
        let today = told.started_on;
        let (plan, _) =
            subscriptions::decide_bring_over(&account, &tariff, &told, today, &mut ids).unwrap();
        let (one, _) = plan.subscriptions.into_iter().next().unwrap().row;
        let first_booking_on = booked.parse().unwrap();
        Subscription { first_booking_on, ended_on: ended_on.map(|d| d.parse().unwrap()), ..one }
    }

    /// `A 2026-01-31/2026-02-28` is a line, `-A …` a credit of it, `- …` one of an invoice issued
    /// elsewhere; separated by commas.
    fn told(subscription: &Subscription, documents: &str) -> String {
        let (mut lines, mut credits) = (Vec::new(), Vec::new());
        for document in documents.split(", ").filter(|text| !text.is_empty()) {
            let (name, period) = document.split_once(' ').unwrap();
            let at = |name: &str| (InvoiceId::stored(name.to_owned()), 0);
            match name.strip_prefix('-') {
                None => lines.push(ServiceLine { at: at(name), period: range(period) }),
                Some("") => credits.push(ServiceCredit { of: None, period: range(period) }),
                Some(name) => {
                    let of = Some(at(name));
                    credits.push(ServiceCredit { of, period: range(period) });
                }
            }
        }
        let ledger = day_ledger(subscription, &lines, &credits);
        let short = |range: DateRange| {
            format!("{}-{}", range.start.format("%m/%d"), range.end.format("%m/%d"))
        };
        let runs = ledger.runs.iter().map(|run| {
            let by = match &run.cover {
                DayCoverage::Line(invoice, _) => invoice.to_string(),
                DayCoverage::Bridge => "bridge".to_owned(),
                DayCoverage::Trial => "trial".to_owned(),
                DayCoverage::BroughtOver => "brought over".to_owned(),
                DayCoverage::Credited => "credited".to_owned(),
            };
            format!("{} {by}", short(run.period))
        });
        let gaps = ledger.gaps.iter().map(|gap| match gap {
            Gap::Unpaid(days) => format!("unpaid {}", short(*days)),
            Gap::Twice(days, _) => format!("twice {}", short(*days)),
            Gap::NotBooked(days, _) => format!("not booked {}", short(*days)),
        });
        runs.chain(gaps).collect::<Vec<_>>().join("; ")
    }

    const START: &str = "2026-01-31";

    #[test]
    fn each_day_of_service_has_one_answer() {
        let whole = "A 2026-01-31/2026-02-28";
        let cases = [
            (None, whole.to_owned(), "01/31-02/28 A"),
            (None, String::new(), "unpaid 01/31-02/28"),
            (None, format!("{whole}, B 2026-02-20/2026-02-28"), "01/31-02/28 A; twice 02/20-02/28"),
            // Cancelled, and issued again.
            (None, format!("{whole}, -{whole}, B 2026-01-31/2026-02-28"), "01/31-02/28 B"),
            // Cancelled, and forgotten.
            (None, format!("{whole}, -{whole}"), "01/31-02/28 credited; unpaid 01/31-02/28"),
            // Ended with the unused days credited, not credited, and back to the start.
            (
                Some("2026-02-10"),
                format!("{whole}, -A 2026-02-10/2026-02-28"),
                "01/31-02/10 A; 02/10-02/28 credited",
            ),
            (Some("2026-02-10"), whole.to_owned(), "01/31-02/10 A"),
            (Some(START), format!("{whole}, -{whole}"), "01/31-02/28 credited"),
            // Withdrawn from.
            (Some("2026-02-10"), format!("{whole}, -{whole}"), "01/31-02/28 credited"),
            // Behind what is booked.
            (None, "A 2026-01-31/2026-03-02".to_owned(), "01/31-02/28 A; not booked 02/28-03/02"),
        ];
        for (ended_on, documents, expected) in cases {
            let mut one = subscription(START, ended_on);
            one.precursor_id = Some(one.id.clone());
            assert_eq!(told(&one, &documents), expected, "{ended_on:?} {documents}");
        }
    }

    #[test]
    fn who_was_replaced_keeps_the_days_that_were_used() {
        let mut one = subscription(START, Some("2026-02-10"));
        one.precursor_id = Some(one.id.clone());
        one.successor_id = Some(one.id.clone());
        let documents = "A 2026-01-31/2026-02-28, -A 2026-01-31/2026-02-28";
        assert_eq!(told(&one, documents), "01/31-02/28 credited; unpaid 01/31-02/10");
    }

    #[test]
    fn days_before_the_first_booking_have_their_reason() {
        let charge = |gross| Some(BridgeCharge { gross });
        let (line, bridge) = ("A 2026-02-10/2026-02-28", "B 2026-01-31/2026-02-10");
        for (is_bridge, bridge_charge, documents, expected) in [
            (true, None, line.to_owned(), "01/31-02/10 bridge; 02/10-02/28 A"),
            (true, charge(-5), line.to_owned(), "01/31-02/10 bridge; 02/10-02/28 A"),
            (true, charge(0), format!("{line}, {bridge}"), "01/31-02/10 B; 02/10-02/28 A"),
            (true, charge(7), line.to_owned(), "02/10-02/28 A; unpaid 01/31-02/10"),
            (false, None, line.to_owned(), "01/31-02/10 brought over; 02/10-02/28 A"),
            (
                false,
                None,
                format!("{line}, {bridge}"),
                "01/31-02/10 B; 02/10-02/28 A; twice 01/31-02/10",
            ),
            (
                false,
                None,
                format!("{line}, {bridge}, - 2026-01-31/2026-02-10"),
                "01/31-02/10 B; 02/10-02/28 A",
            ),
        ] {
            let mut one = subscription("2026-02-10", None);
            one.precursor_id = is_bridge.then(|| one.id.clone());
            one.is_brought_over = !is_bridge;
            one.bridge_charge = bridge_charge;
            assert_eq!(
                told(&one, &documents),
                expected,
                "{is_bridge} {bridge_charge:?} {documents}"
            );
        }
    }
}
