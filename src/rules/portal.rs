//! What a customer does with their subscriptions by themselves: what it would come to is shown
//! before, and known again by a stamp when it is done, so that nobody does what they were not
//! shown.

use chrono::{DateTime, NaiveDate};

use crate::domain::account::Account;
use crate::domain::change::{ChangeStatus, ScheduledChange};
use crate::domain::ids::{ChangeId, Ids, SubscriptionId};
use crate::domain::path::Mode;
use crate::domain::plan::Plan;
use crate::domain::preview::Ending;
use crate::domain::subscription::Subscription;

use super::fingerprint::FingerprintHasher;
use super::ledger::{Ledger, Tariff};
use super::subscriptions::{
    CancelWhen, Cancellation, decide_cancel, decide_uncancel, decide_withdraw, waits_with,
};

/// What a customer does by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortalAct {
    /// Cancels to the end of the first term that leaves the notice.
    Cancel(SubscriptionId),
    /// Takes a cancellation back.
    Uncancel(SubscriptionId),
    /// Withdraws a change that waits.
    Withdraw(ChangeId),
}

/// What a cancellation of today would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelShown {
    /// The day after the last.
    pub on: NaiveDate,
    /// The changes that would be carried out no more.
    pub lost: Vec<ScheduledChange>,
    /// The other subscriptions that would end with it.
    pub ends: Vec<Ending>,
    /// By what all of that is known again.
    pub stamp: String,
}

/// What was shown does not hold any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfDate;

/// The account as billing of today leaves it, on paper.
#[must_use]
pub fn up_to_date(account: &Account, tariff: &Tariff, today: NaiveDate) -> Account {
    // What is named here is never stored.
    let mut ids = Ids::new(DateTime::UNIX_EPOCH, [0; 32]);
    Ledger::up_to_date(account, tariff, today, &mut ids).account
}

/// Whether a subscription of an account that is up to date ends earlier if it is cancelled today.
#[must_use]
pub fn can_cancel(account: &Account, subscription: &Subscription, today: NaiveDate) -> bool {
    let ends_on = account.ends_on(subscription);
    subscription.is_active()
        && !subscription.is_cancelled()
        && ends_on.is_none_or(|end| subscription.cancelled_to(today) < end)
}

/// What a cancellation of today would come to; none where there is nothing to cancel. The account
/// is up to date.
#[must_use]
pub fn cancel_shown(
    account: &Account,
    id: &SubscriptionId,
    today: NaiveDate,
) -> Option<CancelShown> {
    let subscription = account.subscriptions.get(id)?;
    if !can_cancel(account, subscription, today) {
        return None;
    }
    let on = subscription.cancelled_to(today);
    let mut after = account.clone();
    after.subscriptions.get_mut(id)?.cancel_on = Some(on);
    let is_lost = |change: &&ScheduledChange| {
        let needs_it = change.mode == Mode::Add && change.terms.requires_parent;
        waits_with(change, id, CancelWhen::EndOfTerm)
            || change.is_pending()
                && change.subscription == *id
                && needs_it
                && change.effective_on >= on
    };
    let lost: Vec<_> = account.pending().into_iter().filter(is_lost).cloned().collect();
    for change in &lost {
        if let Some(change) = after.changes.get_mut(&change.id) {
            change.status = ChangeStatus::Withdrawn;
        }
    }
    let ends = account.active().into_iter().filter(|it| it.id != *id).filter_map(|before| {
        let on = after.ends_on(after.subscriptions.get(&before.id)?)?;
        let is_earlier = account.ends_on(before).is_none_or(|end| on < end);
        let subscription = before.id.clone();
        is_earlier.then_some(Ending { subscription, on, lost_days: 0, lost_introduction: None })
    });
    let ends: Vec<_> = ends.collect();
    let mut ink = FingerprintHasher::fresh();
    ink.write("cancel", id);
    for change in &lost {
        ink.write("lost", &change.id);
    }
    for ending in &ends {
        ink.write("ends", &ending.subscription);
        ink.write("on", ending.on);
    }
    Some(CancelShown { stamp: dated(on, ink), on, lost, ends })
}

/// By what the cancellation of a subscription is known again, where it is cancelled.
#[must_use]
pub fn uncancel_stamp(subscription: &Subscription) -> Option<String> {
    let on = subscription.cancel_on.filter(|_| subscription.is_active())?;
    let mut ink = FingerprintHasher::fresh();
    ink.write("uncancel", &subscription.id);
    Some(dated(on, ink))
}

/// By what a change that waits is known again.
#[must_use]
pub fn withdraw_stamp(change: &ScheduledChange) -> String {
    let mut ink = FingerprintHasher::fresh();
    ink.write("withdraw", &change.id);
    ink.some("restores", change.withdrew_cancel_on);
    dated(change.effective_on, ink)
}

/// A stamp that begins with its day, so that what was done on it is known again afterwards.
fn dated(on: NaiveDate, ink: FingerprintHasher) -> String {
    format!("{on}.{}", ink.dry())
}

/// What a customer does who was shown what has the stamp `seen`; no plan where it is done already.
///
/// # Errors
/// [`OutOfDate`] where it would come to something else by now, or cannot be done any more.
pub fn decide_in_portal(
    before: &Account,
    tariff: &Tariff,
    act: &PortalAct,
    seen: &str,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Option<Plan>, OutOfDate> {
    let account = up_to_date(before, tariff, today);
    let active = |id| account.subscriptions.get(id).filter(|it| it.is_active()).ok_or(OutOfDate);
    match act {
        PortalAct::Cancel(id) => {
            if let Some(on) = active(id)?.cancel_on {
                let is_done = seen.starts_with(&format!("{on}."));
                return if is_done { Ok(None) } else { Err(OutOfDate) };
            }
            cancel_shown(&account, id, today).filter(|it| it.stamp == seen).ok_or(OutOfDate)?;
            let how = Cancellation::default();
            let done = decide_cancel(before, tariff, id, how, today, ids);
            done.map(|done| Some(done.plan)).map_err(|_| OutOfDate)
        }
        PortalAct::Uncancel(id) => {
            let Some(stamp) = uncancel_stamp(active(id)?) else { return Ok(None) };
            if stamp != seen {
                return Err(OutOfDate);
            }
            decide_uncancel(before, tariff, id, today, ids).map(Some).map_err(|_| OutOfDate)
        }
        PortalAct::Withdraw(id) => {
            let change = account.changes.get(id).filter(|change| change.is_pending());
            change.filter(|it| withdraw_stamp(it) == seen).ok_or(OutOfDate)?;
            decide_withdraw(before, tariff, id, today, ids).map(Some).map_err(|_| OutOfDate)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::samples::{Shopper, offer};
    use super::*;
    use crate::domain::path::Transition;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn tariff() -> Tariff {
        Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() }
    }

    fn act(account: &Account, act: &PortalAct, seen: &str) -> Result<Option<Plan>, OutOfDate> {
        let mut ids = Ids::new(DateTime::UNIX_EPOCH, [5; 32]);
        decide_in_portal(account, &tariff(), act, seen, day("2026-02-10"), &mut ids)
    }

    /// Who has a month since the end of January, and something beside it that needs it.
    fn shopper() -> (Shopper, SubscriptionId) {
        let mut shopper = Shopper::buys(&offer("month", 990, "P1M", "P1M"), day("2026-01-31"));
        let month = shopper.last.clone();
        let mut extra = offer("extra", 400, "P1M", "P1M");
        extra.terms.requires_parent = true;
        let deal = shopper.deal(&extra, Mode::Add, Transition::Immediate);
        shopper.makes(&deal, day("2026-02-05"));
        shopper.last = month.clone();
        (shopper, month)
    }

    #[test]
    fn what_is_lost_with_a_contract_is_told_before_it_is_cancelled() {
        let (mut shopper, month) = shopper();
        let (today, extra) = (day("2026-02-10"), offer("year", 9_900, "P1Y", "P1Y"));
        let plain = cancel_shown(&shopper.account, &month, today).unwrap();
        assert_eq!((plain.on, plain.lost.len(), plain.ends.len()), (day("2026-02-28"), 0, 1));
        // It ends with its own booked period, of which its parent's end lies within.
        assert_eq!(plain.ends[0].on, day("2026-03-05"));
        let deal = shopper.deal(&extra, Mode::Replace, Transition::NextBooking);
        shopper.makes(&deal, today);
        let shown = cancel_shown(&shopper.account, &month, today).unwrap();
        let lost: Vec<&str> = shown.lost.iter().map(|it| it.terms.title.as_str()).collect();
        assert_eq!((shown.on, lost), (plain.on, vec!["Year"]));
        assert_ne!(shown.stamp, plain.stamp, "whoever was shown the first was not shown this");
        assert_eq!(act(&shopper.account, &PortalAct::Cancel(month), &plain.stamp), Err(OutOfDate));
    }

    #[test]
    fn what_was_shown_is_done_once_and_nothing_else() {
        let (mut shopper, month) = shopper();
        let stamp = cancel_shown(&shopper.account, &month, day("2026-02-10")).unwrap().stamp;
        let cancel = PortalAct::Cancel(month.clone());
        for wrong in ["", "2026-02-28", "2026-02-28.", &stamp[1..], &format!("{stamp}0")] {
            assert_eq!(act(&shopper.account, &cancel, wrong), Err(OutOfDate), "{wrong}");
        }
        assert_eq!(act(&shopper.account, &PortalAct::Uncancel(month.clone()), ""), Ok(None));
        assert!(act(&shopper.account, &cancel, &stamp).unwrap().is_some());
        let contract = shopper.account.subscriptions.get_mut(&month).unwrap();
        contract.cancel_on = Some(day("2026-02-28"));
        assert_eq!(act(&shopper.account, &cancel, &stamp), Ok(None), "it is done already");
        let later = stamp.replace("02-28", "03-31");
        assert_eq!(act(&shopper.account, &cancel, &later), Err(OutOfDate), "to another day");
        let stamp = uncancel_stamp(&shopper.account.subscriptions[&month]).unwrap();
        let back = PortalAct::Uncancel(month);
        assert_eq!(act(&shopper.account, &back, &later), Err(OutOfDate));
        assert!(act(&shopper.account, &back, &stamp).unwrap().is_some());
        let gone = PortalAct::Cancel(SubscriptionId::stored("sub_x".to_owned()));
        assert_eq!(act(&shopper.account, &gone, &stamp), Err(OutOfDate));
    }

    #[test]
    fn what_ends_by_itself_is_not_cancelled() {
        let mut once = offer("once", 990, "P1M", "P1M");
        once.terms.auto_renew = false;
        let shopper = Shopper::buys(&once, day("2026-01-31"));
        assert_eq!(cancel_shown(&shopper.account, &shopper.last, day("2026-02-10")), None);
    }
}
