//! What else can be done to a subscription: cancel it, take that back, withdraw a change, bring a
//! running one over from elsewhere. Each first brings the customer up to date.

use std::collections::BTreeSet;

use chrono::{Datelike, Months, NaiveDate};

use crate::domain::account::Account;
use crate::domain::calendar::{DateRange, Period, at_anchor};
use crate::domain::catalogue::Terms;
use crate::domain::change::{ChangeStatus, ScheduledChange};
use crate::domain::event::EventKind;
use crate::domain::fault::Fault;
use crate::domain::ids::{ChangeId, Ids, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::names::names;
use crate::domain::path::Mode;
use crate::domain::plan::Plan;
use crate::domain::subscription::{BroughtOver, Status, Subscription};

use super::ledger::{Ledger, Tariff};

/// How many subscriptions of one customer run or wait to begin: each decision looks at all of them.
pub const SUBSCRIPTIONS_MAX: usize = 1_000;
/// How many billing periods a subscription that is brought over may be behind.
const BEHIND_MAX: u32 = 1_000;
/// How far ahead what is told of it may lie: the longest term.
const TOLD_AHEAD_MAX: Months = Months::new(1_200);

/// Whether a customer has as many subscriptions as one may: those that run, and the additions that
/// wait to begin.
#[must_use]
pub fn is_full(account: &Account) -> bool {
    let running = account.subscriptions.values().filter(|it| it.is_active()).count();
    let waiting = account.changes.values().filter(|it| it.is_pending() && it.mode == Mode::Add);
    running + waiting.count() >= SUBSCRIPTIONS_MAX
}

names! {
    /// When a cancellation takes effect.
    #[derive(Default)]
    pub enum CancelWhen {
        /// At the end of the current term, or of the first that leaves the notice; in the bridge,
        /// not before the first booked one.
        #[default]
        EndOfTerm = "end_of_term",
        /// At once.
        Now = "now",
    }
}

names! {
    /// What is credited where a subscription ends at once.
    #[derive(Default)]
    pub enum CancelCredit {
        /// Nothing: no document is issued.
        #[default]
        None = "none",
        /// The days of the current line from today on, as with proration `day`.
        Unused = "unused",
        /// All that is not credited yet of its lines for the current and later periods and for
        /// its bridge: a withdrawal.
        All = "all",
    }
}

/// A cancellation as it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cancellation {
    /// When it takes effect.
    pub when: CancelWhen,
    /// What is credited; only at once.
    pub credit: CancelCredit,
}

/// Why a subscription cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubscriptionRefusal {
    /// It is over.
    AlreadyEnded,
    /// It is cancelled already.
    AlreadyCancelled,
    /// Money is given back only where it ends at once.
    CreditsLater,
    /// It is not cancelled.
    NotCancelled,
    /// The change does not wait any more.
    NotPending,
}

/// A cancellation and what it took with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancelled {
    /// What is stored.
    pub plan: Plan,
    /// The pending changes that it withdrew.
    pub withdrew: Vec<ChangeId>,
}

/// Cancels a subscription. That withdraws its pending replacement, and at once all that waits on
/// it; it never brings a change forward. For [`CancelCredit::All`] the account holds the invoices
/// of its bridge.
///
/// # Errors
/// [`SubscriptionRefusal`] where it is over or cancelled already, or is to give money back later.
pub fn decide_cancel(
    before: &Account,
    tariff: &Tariff,
    id: &SubscriptionId,
    Cancellation { when, credit }: Cancellation,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Cancelled, SubscriptionRefusal> {
    if when == CancelWhen::EndOfTerm && credit != CancelCredit::None {
        return Err(SubscriptionRefusal::CreditsLater);
    }
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let subscription = ledger.account.subscriptions.get_mut(id).filter(|s| s.is_active());
    let subscription = subscription.ok_or(SubscriptionRefusal::AlreadyEnded)?;
    if when == CancelWhen::EndOfTerm {
        if subscription.is_cancelled() {
            return Err(SubscriptionRefusal::AlreadyCancelled);
        }
        subscription.cancel_on = Some(subscription.cancelled_to(ledger.today));
        if subscription.is_in_trial() {
            // Nothing is to be booked: the coupon is free again. Where this is taken back, it may
            // be redeemed once more.
            subscription.cut = None;
        }
    }
    let changes = ledger.account.changes.values_mut();
    let withdrew: Vec<ChangeId> = changes
        .filter(|change| waits_with(change, id, when))
        .map(|change| {
            change.status = ChangeStatus::Withdrawn;
            change.reason = Some("subscription-cancelled".to_owned());
            change.id.clone()
        })
        .collect();
    if when == CancelWhen::Now {
        match credit {
            CancelCredit::None => {}
            CancelCredit::Unused => ledger.credit_unused(id),
            CancelCredit::All => ledger.credit_all(id),
        }
        ledger.end(id, today);
    }
    Ok(Cancelled { plan: Plan::between(before, &ledger.account), withdrew })
}

/// Whether a change waits that a cancellation of its source withdraws.
pub(super) fn waits_with(change: &ScheduledChange, id: &SubscriptionId, when: CancelWhen) -> bool {
    let is_withdrawn = when == CancelWhen::Now || change.mode == Mode::Replace;
    change.is_pending() && change.subscription == *id && is_withdrawn
}

/// Takes a cancellation back.
///
/// # Errors
/// [`SubscriptionRefusal`] where there is none.
pub fn decide_uncancel(
    before: &Account,
    tariff: &Tariff,
    id: &SubscriptionId,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, SubscriptionRefusal> {
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let subscription = ledger.account.subscriptions.get_mut(id).filter(|s| s.is_active());
    let subscription = subscription.ok_or(SubscriptionRefusal::AlreadyEnded)?;
    subscription.cancel_on.take().ok_or(SubscriptionRefusal::NotCancelled)?;
    Ok(Plan::between(before, &ledger.account))
}

/// Withdraws a change that waits; the cancellation that it had withdrawn comes back. Where its
/// day has passed, it takes effect at the end of what is booked by now.
///
/// # Errors
/// [`SubscriptionRefusal::NotPending`] where it does not wait any more.
pub fn decide_withdraw(
    before: &Account,
    tariff: &Tariff,
    id: &ChangeId,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, SubscriptionRefusal> {
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let change = ledger.account.changes.get_mut(id).filter(|change| change.is_pending());
    let change = change.ok_or(SubscriptionRefusal::NotPending)?;
    change.status = ChangeStatus::Withdrawn;
    let (source, cancel_on) = (change.subscription.clone(), change.withdrew_cancel_on);
    if let Some(source) = ledger.account.subscriptions.get_mut(&source) {
        let cancel_on = cancel_on.map(|date| date.max(source.boundary()));
        source.cancel_on = cancel_on.or(source.cancel_on);
    }
    Ok(Plan::between(before, &ledger.account))
}

/// A running subscription to be brought over, as told.
#[derive(Debug, Clone)]
pub struct RunningElsewhere {
    /// Its name, if it keeps one.
    pub id: Option<SubscriptionId>,
    /// The subscription that it was added to.
    pub parent: Option<SubscriptionId>,
    /// What was agreed.
    pub terms: Terms,
    /// Its price, where it is not the offer's.
    pub price: Option<Money>,
    /// When it started.
    pub started_on: NaiveDate,
    /// The period that was booked elsewhere.
    pub current_period: Option<DateRange>,
    /// The term in which that lies.
    pub current_term: Option<DateRange>,
    /// When it ends, where it is cancelled.
    pub cancel_on: Option<NaiveDate>,
    /// The invoice of the current period.
    pub brought_over: Option<BroughtOver>,
    /// Whether it may stand beside another one of the customer on the same offer: somebody means
    /// it, and it is not the same one told otherwise.
    pub may_double: bool,
}

/// Brings a running subscription over. Its current period counts as booked elsewhere.
///
/// # Errors
/// Every [`Fault`] in what was told.
pub fn decide_bring_over(
    before: &Account,
    tariff: &Tariff,
    told: &RunningElsewhere,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<(Plan, SubscriptionId), Vec<Fault>> {
    let all = std::slice::from_ref(told);
    let (plan, made) = decide_bring_overs(before, tariff, all, &BTreeSet::new(), today, ids);
    made.into_iter().next().unwrap_or_else(|| Err(Vec::new())).map(|id| (plan, id))
}

/// Brings running subscriptions of one customer over, in order, in one plan for those that are
/// sound. `elsewhere` are the customer's subscriptions that count as brought over before, though
/// the account does not hold them.
pub fn decide_bring_overs(
    before: &Account,
    tariff: &Tariff,
    told: &[RunningElsewhere],
    elsewhere: &BTreeSet<SubscriptionId>,
    today: NaiveDate,
    ids: &mut Ids,
) -> (Plan, Vec<Result<SubscriptionId, Vec<Fault>>>) {
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let made: Vec<_> = told.iter().map(|told| ledger.take_over(told, elsewhere)).collect();
    ledger.bring_up_to_date();
    let mut plan = Plan::between(before, &ledger.account);
    let is_new = |id: &str| made.iter().flatten().any(|made| made.as_str() == id);
    for event in plan.events.iter_mut().filter(|event| is_new(&event.subject)) {
        if event.kind == EventKind::SubscriptionStarted {
            event.kind = EventKind::SubscriptionBroughtOver;
        }
    }
    (plan, made)
}

impl Ledger<'_> {
    /// Takes a running subscription over as it was told.
    fn take_over(
        &mut self,
        told: &RunningElsewhere,
        elsewhere: &BTreeSet<SubscriptionId>,
    ) -> Result<SubscriptionId, Vec<Fault>> {
        let (period, term, anchor) = self.told_ranges(told, elsewhere)?;
        let id = told.id.clone().unwrap_or_else(|| SubscriptionId::fresh(self.ids));
        let new = self.fresh(id.clone(), &told.terms, told.started_on, period.end, anchor);
        let subscription = Subscription {
            price: told.price.unwrap_or(told.terms.price),
            status: Status::Active,
            current_period: Some(period),
            current_term: term,
            cancel_on: told.cancel_on,
            parent_id: told.parent.clone(),
            is_brought_over: true,
            brought_over: told.brought_over.clone(),
            ..new
        };
        self.account.subscriptions.insert(id.clone(), subscription);
        Ok(id)
    }

    /// The running subscription that is on the same offer, and was added to the same one.
    fn same(&self, told: &RunningElsewhere) -> Option<&SubscriptionId> {
        let mut all = self.account.subscriptions.values().filter(|it| it.is_active());
        let same = all.find(|it| it.terms.offer == told.terms.offer && it.parent_id == told.parent);
        same.map(|it| &it.id)
    }

    /// The current period and term of what was told, and the anchor day, or all that is wrong.
    fn told_ranges(
        &self,
        told: &RunningElsewhere,
        elsewhere: &BTreeSet<SubscriptionId>,
    ) -> Result<(DateRange, DateRange, u32), Vec<Fault>> {
        let today = self.today;
        let mut faults = Vec::new();
        if is_full(&self.account) {
            let detail = format!("has {SUBSCRIPTIONS_MAX} subscriptions, as many as one may have");
            faults.push(Fault::new("/customer", detail));
        }
        if let Some(other) = self.same(told).filter(|_| !told.may_double) {
            let detail = format!(
                "the customer runs '{other}' on this offer already: a second one needs an id of \
                 its own"
            );
            faults.push(Fault::new("/offer", detail));
        }
        if told.started_on > today {
            faults.push(Fault::new("/started_on", format!("must not lie after today, {today}")));
        }
        if let Some(parent) = &told.parent {
            let here = self.account.subscriptions.get(parent);
            if !here.is_some_and(Subscription::is_active) && !elsewhere.contains(parent) {
                let detail = format!(
                    "the customer has no running subscription '{parent}': it has to be there, or \
                     brought over before this one"
                );
                faults.push(Fault::new("/parent", detail));
            }
        }
        let mut found = None;
        let told_period = booked_period(told, today).map_err(|fault| vec![fault]);
        // Boundaries too far away are not counted.
        let near = told_period.and_then(|(period, anchor)| {
            check_distance(told, period, anchor, today).map(|()| (period, anchor))
        });
        match near {
            Err(more) => faults.extend(more),
            Ok((period, anchor)) => {
                faults.extend(check_cancel(told, period, anchor).err());
                let term = term_of(told, period, anchor).map_err(|fault| faults.push(fault));
                found = term.ok().map(|term| (period, term, anchor));
            }
        }
        found.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

/// The period that was booked elsewhere, and the anchor day: as told, else the one in which
/// today lies, counted from the start.
fn booked_period(told: &RunningElsewhere, today: NaiveDate) -> Result<(DateRange, u32), Fault> {
    let (period, start) = (told.terms.billing_period, told.started_on);
    let Some(told_period) = told.current_period else {
        let anchor = start.day();
        return Ok((range_around(period, start, today, anchor), anchor));
    };
    if told_period.start < start {
        let detail = format!("must not lie before started_on, {start}");
        return Err(Fault::new("/current_period/start", detail));
    }
    if told_period.start > today {
        let detail = format!(
            "must not lie after today, {today}: a period that is still to begin is booked here"
        );
        return Err(Fault::new("/current_period/start", detail));
    }
    let (from, to) = (told_period.start, told_period.end);
    let anchor = [start.day(), from.day(), to.day()].into_iter().find(|anchor| {
        (!period.is_monthly() || at_anchor(from, *anchor) == from)
            && period.after(from, *anchor) == to
    });
    let wanted = period.after(from, from.day());
    anchor.map(|anchor| (told_period, anchor)).ok_or_else(|| {
        let detail = format!("must be the end of one billing period, {period}: {wanted}");
        Fault::new("/current_period/end", detail)
    })
}

/// What is told of a running subscription lies near today: no term is longer than a hundred years,
/// and what was not booked since the current period can be booked in one go.
fn check_distance(
    told: &RunningElsewhere,
    period: DateRange,
    anchor: u32,
    today: NaiveDate,
) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let (mut boundary, mut behind) = (period.end, 0);
    while boundary <= today && behind < BEHIND_MAX {
        boundary = told.terms.billing_period.after(boundary, anchor);
        behind += 1;
    }
    if boundary <= today {
        let detail = format!("lies more than {BEHIND_MAX} billing periods before today, {today}");
        faults.push(Fault::new("/current_period/end", detail));
    }
    let last = today.checked_add_months(TOLD_AHEAD_MAX).unwrap_or(today);
    let told_ends = [
        ("/current_period/end", told.current_period.map(|period| period.end)),
        ("/current_term/end", told.current_term.map(|term| term.end)),
        ("/cancel_on", told.cancel_on),
    ];
    let too_far = told_ends.into_iter().filter(|(_, end)| end.is_some_and(|end| end > last));
    faults.extend(too_far.map(|(at, _)| {
        Fault::new(at, format!("must not lie more than 100 years after today, {today}"))
    }));
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

/// The range of `period` in which `today` lies, counted from `start`.
fn range_around(period: Period, start: NaiveDate, today: NaiveDate, anchor: u32) -> DateRange {
    let mut range = period.range(start, anchor);
    while range.end <= today {
        range = period.range(range.end, anchor);
    }
    range
}

/// The term in which the booked period lies: as told, else counted from the start.
fn term_of(told: &RunningElsewhere, period: DateRange, anchor: u32) -> Result<DateRange, Fault> {
    let terms = &told.terms;
    let term = told.current_term.unwrap_or_else(|| {
        let mut term = terms.term.range(told.started_on, anchor);
        while term.end <= period.start {
            term = terms.later_term().range(term.end, anchor);
        }
        term
    });
    if term.start > period.start || term.end < period.end {
        let detail = format!("must enclose the current period, {} to {}", period.start, period.end);
        return Err(Fault::new("/current_term", detail));
    }
    if !is_boundary(terms.billing_period, period, term.end, anchor) {
        let detail = format!("must lie whole billing periods after {}", period.end);
        return Err(Fault::new("/current_term/end", detail));
    }
    Ok(term)
}

fn check_cancel(told: &RunningElsewhere, period: DateRange, anchor: u32) -> Result<(), Fault> {
    match told.cancel_on {
        Some(date) if !is_boundary(told.terms.billing_period, period, date, anchor) => {
            let detail = format!("must be {} or lie whole billing periods after it", period.end);
            Err(Fault::new("/cancel_on", detail))
        }
        _ => Ok(()),
    }
}

fn is_boundary(step: Period, period: DateRange, date: NaiveDate, anchor: u32) -> bool {
    let mut boundary = period.end;
    while boundary < date {
        boundary = step.after(boundary, anchor);
    }
    boundary == date
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::DateTime;

    use super::super::samples::offer;
    use super::*;
    use crate::domain::ids::CustomerId;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn elsewhere(terms: Terms, start: &str) -> RunningElsewhere {
        RunningElsewhere {
            id: None,
            parent: None,
            terms,
            price: None,
            started_on: day(start),
            current_period: None,
            current_term: None,
            cancel_on: None,
            brought_over: None,
            may_double: true,
        }
    }

    fn brought_over(told: &RunningElsewhere, today: &str) -> Result<Plan, Vec<Fault>> {
        let account = Account::empty(CustomerId::parse("ada").unwrap());
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let mut ids = Ids::new(DateTime::UNIX_EPOCH, [0; 32]);
        decide_bring_over(&account, &tariff, told, day(today), &mut ids).map(|(plan, _)| plan)
    }

    /// A subscription since `start`, as it runs `today`.
    fn running(terms: Terms, start: &str, today: &str) -> Subscription {
        brought_over(&elsewhere(terms, start), today).unwrap().subscriptions[0].row.0.clone()
    }

    #[test]
    fn a_current_period_has_begun_and_all_that_is_wrong_is_told_at_once() {
        let range = |start: &str, end: &str| Some(DateRange { start: day(start), end: day(end) });
        let today = "2026-02-10";
        let mut told = elsewhere(offer("month", 990, "P1M", "P1M").terms, "2025-08-31");
        for (period, faults) in [
            (range("2026-01-31", "2026-02-28"), ""),
            (range("2026-02-10", "2026-03-10"), ""),
            (range("2026-02-11", "2026-03-11"), "/current_period/start"),
            (range("2026-02-28", "2026-03-31"), "/current_period/start"),
            (range("2030-01-31", "2030-02-28"), "/current_period/start"),
            (range("2025-08-30", "2025-09-30"), "/current_period/start"),
        ] {
            told.current_period = period;
            let found = brought_over(&told, today).err().unwrap_or_default();
            let places: Vec<&str> = found.iter().map(|it| it.pointer.as_str()).collect();
            assert_eq!(places.join(" "), faults, "{period:?}");
        }
        told.started_on = day("2026-02-11");
        told.parent = SubscriptionId::parse("nobody").ok();
        told.current_period = range("2026-02-11", "2026-03-12");
        let found = brought_over(&told, today).unwrap_err();
        let places: Vec<&str> = found.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(places, ["/started_on", "/parent", "/current_period/start"]);
        (told.started_on, told.parent) = (day("2026-01-31"), None);
        told.current_period = range("2026-01-31", "2026-02-28");
        told.current_term = range("2026-02-01", "2026-02-28");
        told.cancel_on = Some(day("2026-03-01"));
        let found = brought_over(&told, today).unwrap_err();
        let places: Vec<&str> = found.iter().map(|it| it.pointer.as_str()).collect();
        assert_eq!(places, ["/cancel_on", "/current_term"]);
    }

    #[test]
    fn a_second_contract_on_the_same_offer_is_meant_by_somebody() {
        let account = Account::empty(CustomerId::parse("ada").unwrap());
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let month = elsewhere(offer("month", 990, "P1M", "P1M").terms, "2026-01-31");
        let unmeant = RunningElsewhere { may_double: false, ..month.clone() };
        let told = [unmeant.clone(), unmeant, month];
        let (ids, today) = (&mut Ids::new(DateTime::UNIX_EPOCH, [0; 32]), day("2026-02-10"));
        let (_, made) = decide_bring_overs(&account, &tariff, &told, &BTreeSet::new(), today, ids);
        let refused = made[1].as_ref().unwrap_err();
        assert_eq!(
            (made[0].is_ok(), &*refused[0].pointer, made[2].is_ok()),
            (true, "/offer", true)
        );
    }

    #[test]
    fn a_cancellation_takes_effect_at_the_end_of_the_first_term_that_leaves_the_notice() {
        #[rustfmt::skip]
        let table = [
            // Without a notice the last day of the term is in time.
            ("P1Y", "P1Y", "",     "2026-01-31", "2026-03-05", "2027-01-30", "2027-01-31"),
            ("P1Y", "P1Y", "P1M",  "2026-01-31", "2026-03-05", "2026-12-31", "2027-01-31"),
            ("P1Y", "P1Y", "P1M",  "2026-01-31", "2026-12-31", "2026-12-31", "2027-01-31"),
            ("P1Y", "P1Y", "P1M",  "2026-01-31", "2027-01-01", "2026-12-31", "2028-01-31"),
            ("P1Y", "P1Y", "P1D",  "2026-01-31", "2027-01-30", "2027-01-30", "2027-01-31"),
            // Later terms are shorter, and end on the last day of short months.
            ("P1Y", "P1M", "P1M",  "2026-01-31", "2027-01-01", "2026-12-31", "2027-02-28"),
            ("P1Y", "P1M", "P1M",  "2026-01-31", "2027-01-29", "2026-12-31", "2027-03-31"),
            ("P1Y", "P1M", "P1M",  "2026-01-31", "2027-02-10", "2027-01-28", "2027-03-31"),
            ("P3M", "P3M", "P1M",  "2026-08-31", "2026-09-01", "2026-10-30", "2026-11-30"),
            ("P3M", "P3M", "P3M",  "2026-08-31", "2026-12-01", "2026-11-28", "2027-05-31"),
            // Leap years.
            ("P1Y", "P1Y", "P1M",  "2024-02-29", "2027-03-01", "2028-01-29", "2028-02-29"),
            ("P1Y", "P1Y", "P30D", "2024-02-29", "2027-03-01", "2028-01-30", "2028-02-29"),
            ("P1Y", "P1Y", "P2W",  "2024-02-29", "2028-02-16", "2028-02-15", "2029-02-28"),
            // A notice that is longer than what is left, and than a term.
            ("P1M", "P1M", "P3M",  "2026-01-31", "2026-02-10", "2025-11-28", "2026-05-31"),
            ("P1M", "P1M", "P100M", "2026-01-31", "2026-02-10", "2017-10-28", "2034-06-30"),
            // What ends by itself does so at the end of its term.
            ("P1Y", "ends", "P3M", "2026-01-31", "2026-12-31", "2027-01-30", "2027-01-31"),
        ];
        for (term, renewal, notice, start, today, by, on) in table {
            let mut terms = offer("month", 990, "P1M", term).terms;
            terms.renewal_term = Period::parse(renewal);
            terms.auto_renew = renewal != "ends";
            terms.notice = Period::parse(notice);
            let it = running(terms, start, today);
            let case = format!("{term} {renewal} {notice} since {start}, on {today}");
            assert_eq!(it.terms.cancel_by(it.current_term), day(by), "{case}");
            assert_eq!(it.cancelled_to(day(today)), day(on), "{case}");
        }
    }

    #[test]
    fn a_notice_of_weeks_counts_days() {
        let mut terms = offer("week", 100, "P1W", "P4W").terms;
        terms.notice = Period::parse("P2W");
        for (today, on) in [("2026-02-14", "2026-02-28"), ("2026-02-15", "2026-03-28")] {
            let it = running(terms.clone(), "2026-01-31", today);
            assert_eq!(it.cancelled_to(day(today)), day(on), "{today}");
        }
    }
}
