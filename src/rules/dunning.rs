//! What becomes of an invoice that is not paid in time: billing says once that it is overdue, then
//! takes each step of the merchant's once, in their order. A paid or cancelled invoice has no
//! further steps; one that is open again goes on where it stood, from the next day on.

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::change::ChangeStatus;
use crate::domain::document::Invoice;
use crate::domain::dunning::{DunningAction, DunningNotice};
use crate::domain::ids::{InvoiceId, SubscriptionId};

use super::ledger::Ledger;

/// The reason of what an unpaid invoice ended.
const UNPAID: &str = "unpaid";

/// What an open invoice comes to next.
enum DunningTurn {
    /// Something is said of it.
    Say(DunningNotice),
    /// The subscriptions on it end.
    End,
}

/// An invoice that is open again is looked at on the next day.
pub(super) fn resume(invoice: &mut Invoice, today: NaiveDate) {
    invoice.dunning_on = invoice.dunning_on.max(today.succ_opt());
}

impl Ledger<'_> {
    /// Says of each open invoice, in the order of issue, what is to be said up to `date`.
    pub(super) fn dun(&mut self, date: NaiveDate) {
        let is_due = |invoice: &&Invoice| invoice.dunned_next_on().is_some_and(|on| on <= date);
        let due: Vec<InvoiceId> =
            self.account.invoices.values().filter(is_due).map(|it| it.id.clone()).collect();
        for id in due {
            while let Some(turn) = self.next_turn(&id, date) {
                match turn {
                    DunningTurn::Say(notice) => self.account.dunned.push(notice),
                    DunningTurn::End => self.end_unpaid(&id, date),
                }
            }
        }
    }

    /// Takes the next turn of an invoice where its day has come; else notes when it will.
    fn next_turn(&mut self, id: &InvoiceId, date: NaiveDate) -> Option<DunningTurn> {
        let steps = &self.tariff.dunning;
        let invoice = self.account.invoices.get_mut(id)?;
        let next = invoice.next_dunning(steps);
        invoice.dunning_on = next.map(|(_, on)| on);
        let (step, _) = next.filter(|(_, on)| *on <= date)?;
        invoice.dunned += 1;
        let said = match step {
            None => DunningNotice::Overdue(id.clone()),
            Some(place) if self.action(place) == DunningAction::End => {
                return Some(DunningTurn::End);
            }
            Some(place) => DunningNotice::Reminder(id.clone(), place),
        };
        Some(DunningTurn::Say(said))
    }

    fn action(&self, place: u32) -> DunningAction {
        let step = usize::try_from(place).ok().and_then(|place| self.tariff.dunning.get(place));
        step.map_or(DunningAction::Remind, |step| step.action)
    }

    /// Ends the subscriptions on an invoice, without further documents.
    fn end_unpaid(&mut self, id: &InvoiceId, date: NaiveDate) {
        for subscription in on_invoice(&self.account, id) {
            let waiting = self.account.changes.values_mut();
            for change in waiting.filter(|c| c.is_pending() && c.subscription == subscription) {
                change.status = ChangeStatus::Withdrawn;
                change.reason = Some(UNPAID.to_owned());
            }
            self.end(&subscription, date);
            self.account.dunned.push(DunningNotice::Ended(subscription));
        }
    }
}

/// The running subscriptions that an invoice is for, in the order of creation.
fn on_invoice(account: &Account, id: &InvoiceId) -> Vec<SubscriptionId> {
    let Some(invoice) = account.invoices.get(id) else { return Vec::new() };
    let is_on = |subscription: &SubscriptionId| {
        invoice.lines.iter().any(|line| line.line.subscription == *subscription && !line.cancelled)
    };
    let running = account.active().into_iter().map(|it| it.id.clone());
    running.filter(is_on).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chrono::{DateTime, Datelike};

    use super::super::ledger::Tariff;
    use super::super::samples::offer;
    use super::*;
    use crate::domain::dunning::DunningStep;
    use crate::domain::ids::{CustomerId, Ids};

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn tariff(steps: &[(u32, DunningAction)]) -> Tariff {
        let step = |(after_days, action): &(u32, DunningAction)| DunningStep {
            after_days: *after_days,
            action: *action,
        };
        let dunning = steps.iter().map(step).collect();
        Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning }
    }

    /// A year of 31 January that is not paid, billed on these days: what was said, and when the
    /// subscription ended.
    fn owing(steps: &[(u32, DunningAction)], days: &[NaiveDate]) -> (Vec<Option<u32>>, String) {
        let (tariff, start) = (tariff(steps), day("2026-01-31"));
        let mut ids = Ids::new(DateTime::UNIX_EPOCH, [0; 32]);
        let account = Account::empty(CustomerId::parse("ada").unwrap());
        let mut ledger = Ledger { account, tariff: &tariff, today: start, ids: &mut ids };
        let id = SubscriptionId::fresh(ledger.ids);
        let year = offer("year", 9_900, "P1Y", "P1Y").terms;
        let new = ledger.fresh(id.clone(), &year, start, start, start.day());
        ledger.account.subscriptions.insert(id.clone(), new);
        ledger.book(start);
        for today in days {
            ledger.today = *today;
            ledger.bring_up_to_date();
        }
        let ended = ledger.account.subscriptions[&id].ended_on;
        let said = ledger.account.dunned.iter().filter_map(|it| match it {
            DunningNotice::Overdue(_) => Some(None),
            DunningNotice::Reminder(_, place) => Some(Some(*place)),
            DunningNotice::Ended(_) => None,
        });
        let said = said.collect();
        (said, ended.map_or_else(String::new, |on| on.to_string()))
    }

    #[test]
    fn daily_once_and_twice_come_to_the_same() {
        use DunningAction::{End, Remind};
        let daily: Vec<NaiveDate> =
            day("2026-02-01").iter_days().take_while(|on| *on < day("2026-05-01")).collect();
        let once = [day("2026-04-30")];
        let twice = [once[0], once[0]];
        let (overdue, first, second) = (None, Some(0), Some(1));
        for (steps, said, ended) in [
            (vec![], vec![overdue], ""),
            (vec![(1, Remind)], vec![overdue, first], ""),
            (vec![(3, Remind), (10, Remind)], vec![overdue, first, second], ""),
            (vec![(3, Remind), (20, End)], vec![overdue, first], "2026-03-06"),
            (vec![(3, End), (10, Remind)], vec![overdue, second], "2026-02-17"),
            (vec![(90, End)], vec![overdue], ""),
        ] {
            for days in [daily.as_slice(), &once, &twice] {
                let found = owing(&steps, days);
                assert_eq!(found, (said.clone(), ended.to_owned()), "{steps:?}");
            }
        }
    }

    #[test]
    fn an_invoice_is_overdue_from_the_day_after_its_due_day() {
        for (on, said) in [("2026-02-14", vec![]), ("2026-02-15", vec![None])] {
            assert_eq!(owing(&[], &[day(on)]).0, said, "{on}");
        }
    }
}
