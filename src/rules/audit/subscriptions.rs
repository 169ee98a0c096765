//! Chains, parents, dates and scheduled changes: subscriptions fit together, and what is derived
//! from them says what the rules say.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::account::Account;
use crate::domain::book::CustomerBook;
use crate::domain::calendar::at_anchor;
use crate::domain::change::{ChangeStatus, ScheduledChange};
use crate::domain::coupon::{DiscountSource, FirstLineDiscount, folded};
use crate::domain::ids::{CheckoutId, SubscriptionId};
use crate::domain::path::Mode;
use crate::domain::subscription::{Status, Subscription};

use super::{AuditFault, FaultCode};

pub(super) fn audit(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let before = faults.len();
    for (subscription, _) in book.subscriptions.values() {
        audit_chain(book, subscription, faults);
        audit_parent(book, subscription, faults);
    }
    let is_whole = faults.len() == before;
    for (subscription, _) in book.subscriptions.values() {
        audit_dates(subscription, faults);
        audit_period(subscription, faults);
        audit_term(subscription, faults);
    }
    for change in &book.changes {
        audit_change(book, change, faults);
    }
    audit_rivals(book, faults);
    audit_sequences(book, faults);
    for (checkout, source) in &book.held {
        // What is held may begin with a change that waits.
        let begins = |change: &ScheduledChange| SubscriptionId::of_change(&change.id) == *source;
        if !book.subscriptions.contains_key(source) && !book.changes.iter().any(begins) {
            let detail = format!("it holds {source}, which the customer does not have");
            faults.push(AuditFault::new(FaultCode::HoldAstray, checkout, detail));
        }
    }
    audit_coupons(book, faults);
    // Who is their own ancestor has no end to compute.
    if is_whole {
        audit_derived(book, faults);
    }
}

/// What waits for its first booking keeps the coupon that its checkout has redeemed; what is
/// booked keeps none.
fn audit_coupons(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    for (code, checkout, is_completed) in &book.redeemed {
        if !is_completed {
            let detail = format!("it has redeemed {code} without being completed");
            faults.push(AuditFault::new(FaultCode::CouponAstray, checkout, detail));
        }
    }
    let mut judge = |subject: &str, cut: &FirstLineDiscount, waits: bool| {
        let DiscountSource::Coupon { code, checkout, .. } = &cut.by else { return };
        let code = folded(code);
        let is_own =
            |it: &&(String, CheckoutId, bool)| it.0 == code && Some(&it.1) == checkout.as_ref();
        let detail = match book.redeemed.iter().find(is_own) {
            None if waits => format!("it keeps {code}, which its checkout has not redeemed"),
            Some(_) if !waits => format!("it is booked and keeps {code} all the same"),
            None | Some(_) => return,
        };
        faults.push(AuditFault::new(FaultCode::CouponAstray, subject, detail));
    };
    for (subscription, _) in book.subscriptions.values() {
        let waits = subscription.current_period.is_none();
        // What ended before its first booking has given its coupon back, and somebody may have it.
        if let Some(cut) = subscription.cut.as_ref().filter(|_| subscription.is_active() || !waits)
        {
            judge(subscription.id.as_str(), cut, waits);
        }
    }
    for change in book.changes.iter().filter(|change| change.is_pending()) {
        if let Some(cut) = &change.cut {
            judge(change.id.as_str(), cut, true);
        }
    }
}

/// Another subscription of the customer, or that there is none.
fn other<'a>(
    book: &'a CustomerBook,
    what: &str,
    id: Option<&SubscriptionId>,
) -> Result<Option<&'a Subscription>, String> {
    let Some(id) = id else { return Ok(None) };
    let found = book.subscriptions.get(id).map(|(found, _)| Some(found));
    found.ok_or_else(|| format!("its {what} {id} is none of the customer's"))
}

/// Precursor and successor name each other, the one ended when the other began, and both are in
/// the chain of the first.
fn audit_chain(book: &CustomerBook, of: &Subscription, faults: &mut Vec<AuditFault>) {
    let judge = || -> Result<(), String> {
        let id = &of.id;
        if let Some(successor) = other(book, "successor", of.successor_id.as_ref())? {
            if successor.precursor_id.as_ref() != Some(id) {
                return Err(format!("its successor {} has another precursor", successor.id));
            }
            if of.ended_on != Some(successor.started_on) {
                return Err("it did not end on the day on which its successor started".to_owned());
            }
        }
        let Some(precursor) = other(book, "precursor", of.precursor_id.as_ref())? else {
            return if of.chain_id == *id {
                Ok(())
            } else {
                Err(format!("it is the first in line, but in the chain {}", of.chain_id))
            };
        };
        if precursor.successor_id.as_ref() != Some(id) {
            return Err(format!("its precursor {} has another successor", precursor.id));
        }
        if precursor.chain_id != of.chain_id {
            return Err(format!("its precursor is in the chain {}", precursor.chain_id));
        }
        if is_own_ancestor(book, of, |one| one.precursor_id.as_ref()) {
            return Err("it is its own precursor".to_owned());
        }
        Ok(())
    };
    if let Err(detail) = judge() {
        faults.push(AuditFault::new(FaultCode::ChainBroken, &of.id, detail));
    }
}

fn audit_parent(book: &CustomerBook, of: &Subscription, faults: &mut Vec<AuditFault>) {
    let judge = || -> Result<(), String> {
        let Some(parent) = other(book, "parent", of.parent_id.as_ref())? else { return Ok(()) };
        if is_own_ancestor(book, of, |one| one.parent_id.as_ref()) {
            return Err("it is its own parent".to_owned());
        }
        match &parent.successor_id {
            Some(successor) if of.is_active() => {
                Err(format!("its parent {} was replaced by {successor}", parent.id))
            }
            _ => Ok(()),
        }
    };
    if let Err(detail) = judge() {
        faults.push(AuditFault::new(FaultCode::ParentBroken, &of.id, detail));
    }
}

fn is_own_ancestor(
    book: &CustomerBook,
    of: &Subscription,
    up: impl Fn(&Subscription) -> Option<&SubscriptionId>,
) -> bool {
    let mut seen = BTreeSet::new();
    let mut at = of;
    while let Some((above, _)) = up(at).and_then(|id| book.subscriptions.get(id)) {
        if above.id == of.id {
            return true;
        }
        if !seen.insert(&above.id) {
            // A circle further up is the fault of those in it.
            return false;
        }
        at = above;
    }
    false
}

fn audit_dates(of: &Subscription, faults: &mut Vec<AuditFault>) {
    let mut wrong = |detail: String| {
        faults.push(AuditFault::new(FaultCode::DatesWrong, &of.id, detail));
    };
    if (of.status == Status::Ended) != of.ended_on.is_some() {
        wrong("it is over and has no end, or has one and is not".to_owned());
    }
    if of.successor_id.is_some() && of.is_active() {
        wrong("it was replaced and still runs".to_owned());
    }
    if of.first_booking_on < of.started_on {
        wrong(format!("it was first booked on {}, before its start", of.first_booking_on));
    }
    let booked_from = of.current_period.map_or(of.started_on, |period| period.start);
    if let Some(ended_on) = of.ended_on.filter(|ended_on| *ended_on < booked_from) {
        wrong(format!("it ended on {ended_on}, and was booked from {booked_from} on"));
    }
    if let Some(cancel_on) = of.cancel_on.filter(|date| of.is_active() && *date < of.boundary()) {
        wrong(format!("it ends on {cancel_on}, and is booked up to {}", of.boundary()));
    }
}

/// One billing period, on the anchor day, not before the first that was booked.
fn audit_period(of: &Subscription, faults: &mut Vec<AuditFault>) {
    let Some(period) = of.current_period else { return };
    let (step, anchor) = (of.terms.billing_period, of.anchor_day);
    let is_on_anchor = !step.is_monthly() || at_anchor(period.start, anchor) == period.start;
    let earliest = if of.is_brought_over { of.started_on } else { of.first_booking_on };
    // What keeps the billing date of its source begins within a period.
    let whole = of.whole(period);
    let is_rest = period.start == of.first_booking_on
        && whole.start < period.start
        && period.start < whole.end
        && step.range(whole.start, anchor) == whole;
    let is_whole = is_on_anchor && step.range(period.start, anchor) == period;
    if !(is_whole || is_rest) || period.start < earliest {
        let detail = format!(
            "{} up to {} is not {step} from the anchor day {anchor}, or the rest of it, at the \
             earliest from {earliest}",
            period.start, period.end
        );
        faults.push(AuditFault::new(FaultCode::PeriodWrong, &of.id, detail));
    }
}

/// One term that encloses the current period; the first one of what came from elsewhere is as it
/// was told.
fn audit_term(of: &Subscription, faults: &mut Vec<AuditFault>) {
    let (term, first) = (of.current_term, of.first_booking_on);
    let is_first = term.start <= first && !of.is_brought_over;
    let length = if is_first { of.terms.term } else { of.terms.later_term() };
    let is_as_told = of.is_brought_over && term.start < first;
    let is_one = is_as_told || length.range(term.start, of.anchor_day) == term;
    let encloses = match of.current_period {
        None => term.start == first,
        Some(period) => term.start <= period.start && period.end <= term.end,
    };
    if !is_one || !encloses {
        let detail = format!(
            "{} up to {} is not one {length} around the current period",
            term.start, term.end
        );
        faults.push(AuditFault::new(FaultCode::TermWrong, &of.id, detail));
    }
}

fn audit_change(book: &CustomerBook, change: &ScheduledChange, faults: &mut Vec<AuditFault>) {
    if let Err(detail) = hangs_right(book, change) {
        faults.push(AuditFault::new(FaultCode::ChangeAstray, &change.id, detail));
    }
    if let Err(detail) = began_right(book, change) {
        faults.push(AuditFault::new(FaultCode::ChangeResultWrong, &change.id, detail));
    }
}

/// A change that waits hangs on a subscription that runs. Only an addition that needs no parent
/// may wait on after the source has ended; where that was replaced, it has moved along.
fn hangs_right(book: &CustomerBook, change: &ScheduledChange) -> Result<(), String> {
    let source = book.subscriptions.get(&change.subscription);
    let (source, _) = source
        .ok_or_else(|| format!("its source {} is none of the customer's", change.subscription))?;
    if !change.is_pending() || source.is_active() {
        return Ok(());
    }
    match (change.mode, &source.successor_id) {
        (Mode::Replace, _) => Err(format!("it waits to replace {}, which has ended", source.id)),
        (Mode::Add, Some(successor)) => {
            Err(format!("it waits on {}, which was replaced by {successor}", source.id))
        }
        (Mode::Add, None) if change.terms.requires_parent => {
            Err(format!("it needs {} as its parent, which has ended", source.id))
        }
        (Mode::Add, None) => Ok(()),
    }
}

/// What a change that was applied began, and nothing else.
fn began_right(book: &CustomerBook, change: &ScheduledChange) -> Result<(), String> {
    let is_applied = change.status == ChangeStatus::Applied;
    let Some(id) = &change.result_subscription else {
        return if is_applied {
            Err("it was applied and began nothing".to_owned())
        } else {
            Ok(())
        };
    };
    if !is_applied {
        return Err(format!("it is {} and yet began {id}", change.status.name()));
    }
    let began = book.subscriptions.get(id);
    let (began, _) =
        began.ok_or_else(|| format!("{id}, which it began, is none of the customer's"))?;
    let fits = began.started_on == change.effective_on
        && began.terms.offer == change.terms.offer
        && (change.mode == Mode::Add || began.precursor_id.as_ref() == Some(&change.subscription));
    if fits { Ok(()) } else { Err(format!("{id} is not what it was to begin")) }
}

fn audit_rivals(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let mut waiting = BTreeMap::new();
    for change in book.changes.iter().filter(|change| change.is_pending_replacement()) {
        if let Some(rival) = waiting.insert(&change.subscription, &change.id) {
            let detail = format!("{rival} and {} both wait to replace it", change.id);
            faults.push(AuditFault::new(FaultCode::ChangeDoubled, &change.subscription, detail));
        }
    }
}

/// No sequence is given twice, none is higher than the customer's.
fn audit_sequences(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let subscriptions = book.subscriptions.values().map(|(one, _)| (one.sequence, one.id.as_str()));
    let changes = book.changes.iter().map(|change| (change.sequence, change.id.as_str()));
    let mut given: BTreeMap<i64, &str> = BTreeMap::new();
    for (sequence, id) in subscriptions.chain(changes) {
        let detail = match given.insert(sequence, id) {
            Some(other) => format!("{other} has its sequence {sequence}, too"),
            None if sequence > book.sequence => {
                format!("its sequence is {sequence}, the customer's highest {}", book.sequence)
            }
            None => continue,
        };
        faults.push(AuditFault::new(FaultCode::SequenceWrong, id, detail));
    }
}

/// What is derived and stored, derived again.
fn audit_derived(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let mut account = Account::empty(book.customer.clone());
    account.subscriptions =
        book.subscriptions.iter().map(|(id, (one, _))| (id.clone(), one.clone())).collect();
    account.changes =
        book.changes.iter().map(|change| (change.id.clone(), change.clone())).collect();
    let invoices = book.invoices.iter().map(|written| &written.document);
    account.invoices = invoices.map(|it| (it.id.clone(), it.clone())).collect();
    for (id, (subscription, stored)) in &book.subscriptions {
        let expected = account.next_booking_on(subscription);
        if *stored != expected {
            let detail = format!("{} is stored, {} is right", date(*stored), date(expected));
            faults.push(AuditFault::new(FaultCode::NextBookingWrong, id, detail));
        }
    }
    let expected = account.due_on();
    if book.due_on != expected {
        let detail = format!("{} is stored, {} is right", date(book.due_on), date(expected));
        faults.push(AuditFault::new(FaultCode::DueWrong, &book.customer, detail));
    }
}

fn date(date: Option<chrono::NaiveDate>) -> String {
    date.map_or_else(|| "no date".to_owned(), |date| date.to_string())
}
