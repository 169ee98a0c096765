//! Billing one customer: ends, due changes and bookings, date by date. Every decision begins
//! with it, so that it always looks at an account that is up to date.

use std::collections::BTreeMap;

use chrono::{NaiveDate, TimeDelta};

use crate::domain::account::Account;
use crate::domain::calendar::DateRange;
use crate::domain::change::ChangeStatus;
use crate::domain::document::{Line, LineKind};
use crate::domain::ids::{ChangeId, Ids, SubscriptionId};
use crate::domain::money::Currency;
use crate::domain::plan::Plan;
use crate::domain::subscription::Status;

use super::ledger::{Ledger, Tariff};

/// The longest time between two tries to bill a customer.
pub const RETRY_MAX: TimeDelta = TimeDelta::days(1);

/// Does what billing owes a customer for all dates up to `until` (inclusive, at most today).
/// Whether it runs daily or once after three months, the account that results is the same, apart
/// from the dates on which documents are issued and due.
#[must_use]
pub fn decide_billing(
    before: &Account,
    tariff: &Tariff,
    until: NaiveDate,
    ids: &mut Ids,
    today: NaiveDate,
) -> Plan {
    let today = before.day_from(today);
    let mut ledger = Ledger { account: before.clone(), tariff, today, ids };
    ledger.bring_up_to(until);
    Plan::between(before, &ledger.account)
}

/// How long a customer who could not be billed this often in a row waits until the worker tries
/// again: a minute, then twice as long each time, a day at most.
#[must_use]
pub fn retry_after(attempts: u32) -> TimeDelta {
    let doubled = 1_i32.checked_shl(attempts.saturating_sub(1)).filter(|times| *times > 0);
    doubled.map_or(RETRY_MAX, |times| (TimeDelta::minutes(1) * times).min(RETRY_MAX))
}

impl<'a> Ledger<'a> {
    /// A customer's account on paper, with every date up to today handled: what every decision
    /// about it begins with.
    pub fn up_to_date(
        before: &Account,
        tariff: &'a Tariff,
        today: NaiveDate,
        ids: &'a mut Ids,
    ) -> Self {
        let mut ledger = Ledger { account: before.clone(), tariff, today, ids };
        ledger.bring_up_to_date();
        ledger
    }

    /// Handles every date up to today.
    pub fn bring_up_to_date(&mut self) {
        self.bring_up_to(self.today);
    }

    /// Handles every date up to `until`, in order; on each, ends (first those by an unpaid
    /// invoice) and changes first, then bookings.
    pub fn bring_up_to(&mut self, until: NaiveDate) {
        self.account.see(self.today);
        while let Some(date) = self.account.due_on().filter(|date| *date <= until) {
            self.dun(date);
            self.end_due(date);
            self.apply_due(date);
            self.end_due(date);
            self.book(date);
        }
    }

    /// Ends what ends on or before `date`, parents before those that they take along.
    pub fn end_due(&mut self, date: NaiveDate) {
        loop {
            let due = self.account.active().into_iter().find_map(|subscription| {
                let end = self.account.ends_on(subscription)?;
                (end <= date).then(|| (subscription.id.clone(), end))
            });
            match due {
                Some((id, end)) => self.end(&id, end),
                None => return,
            }
        }
    }

    /// Carries out the changes that are due, by date, then creation.
    fn apply_due(&mut self, date: NaiveDate) {
        let due: Vec<ChangeId> = self
            .account
            .pending()
            .into_iter()
            .filter(|change| change.effective_on <= date)
            .map(|change| change.id.clone())
            .collect();
        for id in due {
            self.carry_out(&id);
        }
    }

    /// Books every subscription whose boundary is `date`: all that is owed in one currency on
    /// one invoice.
    pub fn book(&mut self, date: NaiveDate) {
        let due: Vec<SubscriptionId> = self
            .account
            .active()
            .into_iter()
            .filter(|subscription| subscription.boundary() == date)
            .map(|subscription| subscription.id.clone())
            .collect();
        let mut lines: BTreeMap<Currency, Vec<Line>> = BTreeMap::new();
        for id in due {
            if let Some((currency, booked)) = self.begin_period(&id) {
                lines.entry(currency).or_default().extend(booked);
            }
        }
        for (currency, lines) in lines {
            self.issue_invoice(currency, lines, self.due_on());
        }
    }

    /// Moves a subscription into its next period, and term where one begins, and answers with
    /// the lines for it. A bridge that is to be paid back is credited here, before the invoice
    /// that draws on the credit.
    pub fn begin_period(&mut self, id: &SubscriptionId) -> Option<(Currency, Vec<Line>)> {
        let subscription = self.account.subscriptions.get_mut(id)?;
        let start = subscription.boundary();
        let (terms, anchor) = (&subscription.terms, subscription.anchor_day);
        let is_first = subscription.current_period.is_none();
        if !is_first && subscription.current_term.end <= start {
            subscription.current_term = terms.later_term().range(start, anchor);
        }
        let opens_term = subscription.current_term.start == start;
        let period = terms.billing_period.range(start, anchor);
        subscription.current_period = Some(period);
        self.take_new_price(id, opens_term);
        let subscription = self.account.subscriptions.get_mut(id)?;
        let (price, cut) = (subscription.take_price(), subscription.cut.take());
        let subscription = subscription.clone();
        let line = self.period_line(&subscription, price.minor, period);
        let mut lines = vec![self.first_line(&subscription, line, cut.as_ref())];
        if let Some(charge) = subscription.bridge_charge.filter(|_| is_first) {
            let bridge = DateRange { start: subscription.started_on, end: start };
            if charge.gross >= 0 {
                lines.push(self.gross_line(&subscription, LineKind::Bridge, charge.gross, bridge));
            } else if let Some(source) = &subscription.precursor_id {
                self.credit_current(source, -charge.gross, bridge);
            }
        }
        Some((subscription.price.currency, lines))
    }

    /// Ends a subscription on a date, without a successor: what was added to it and cannot be
    /// without it ends with its booked period (before its first booking: at once), or
    /// fails if it waits.
    pub fn end(&mut self, id: &SubscriptionId, date: NaiveDate) {
        let Some(subscription) = self.account.subscriptions.get_mut(id) else {
            return;
        };
        subscription.status = Status::Ended;
        subscription.ended_on = Some(date);
        self.settle_ended(id, ChangeStatus::Failed, "source-ended");
        self.drop_new_price(id, "subscription-ended");
        let unbooked: Vec<SubscriptionId> = self
            .account
            .active()
            .into_iter()
            .filter(|child| child.parent_id.as_ref() == Some(id))
            .filter(|child| child.terms.requires_parent && child.is_unbooked())
            .map(|child| child.id.clone())
            .collect();
        for child in unbooked {
            self.end(&child, date);
        }
    }

    /// Closes what waits on a subscription that has ended: its replacement, and additions that
    /// cannot be without it. Other additions keep their date.
    fn settle_ended(&mut self, id: &SubscriptionId, status: ChangeStatus, reason: &str) {
        let waiting = self.account.changes.values_mut();
        for change in waiting.filter(|c| c.is_pending() && c.subscription == *id) {
            if change.is_pending_replacement() {
                (change.status, change.reason) = (status, Some(reason.to_owned()));
            } else if change.terms.requires_parent {
                (change.status, change.reason) =
                    (ChangeStatus::Failed, Some("parent-ended".to_owned()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_cannot_be_billed_is_tried_again_ever_later_and_daily_at_least() {
        let minutes = |attempts| retry_after(attempts).num_minutes();
        let told: Vec<i64> = [0, 1, 2, 3, 4, 11, 12, 31, 32, 33, u32::MAX].map(minutes).into();
        assert_eq!(told, [1, 1, 2, 4, 8, 1024, 1440, 1440, 1440, 1440, 1440]);
    }
}
