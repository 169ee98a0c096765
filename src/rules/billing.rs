//! Billing one customer: ends, due changes and bookings, date by date. Every decision begins
//! with it, so that it always looks at an account that is up to date.

use chrono::{NaiveDate, TimeDelta};

use crate::domain::account::Account;
use crate::domain::ids::{ChangeId, Ids};
use crate::domain::plan::Plan;

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
