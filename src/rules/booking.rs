//! Dates of a subscription as they come: its next period is booked, or it ends. On which dates, and
//! in what order, is for `billing`.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::calendar::DateRange;
use crate::domain::change::ChangeStatus;
use crate::domain::document::{Line, LineKind};
use crate::domain::ids::SubscriptionId;
use crate::domain::money::Currency;
use crate::domain::subscription::Status;

use super::ledger::Ledger;

impl Ledger<'_> {
    /// Ends what ends on or before `date`, parents before those that they take along.
    pub(super) fn end_due(&mut self, date: NaiveDate) {
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
    pub(super) fn begin_period(&mut self, id: &SubscriptionId) -> Option<(Currency, Vec<Line>)> {
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
        self.drop_new_prices(id, "subscription-ended");
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
