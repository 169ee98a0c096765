//! New prices hang on subscriptions that can pay them, and who pays one is booked at it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::domain::book::CustomerBook;
use crate::domain::document::{Line, LineKind};
use crate::domain::money::Money;
use crate::domain::price_change::{NewPrice, NewPriceStatus, in_turn};
use crate::domain::subscription::Subscription;

use super::{AuditFault, FaultCode};

pub(super) fn audit(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    for price in book.new_prices.iter().filter(|price| price.is_pending()) {
        let id = &price.subscription;
        let runs = book.subscriptions.get(id).is_some_and(|(it, _)| it.is_active());
        if !runs {
            let detail = "a new price waits for it, and it does not run";
            faults.push(AuditFault::new(FaultCode::NewPriceAstray, id, detail));
        }
    }
    for (subscription, _) in book.subscriptions.values() {
        let waiting = in_turn(&book.new_prices, subscription);
        let is_out_of_turn = |pair: &[(&NewPrice, Option<NaiveDate>)]| {
            let [(sooner, first), (later, second)] = pair else { return false };
            second.is_some() && (first == second || sooner.change > later.change)
        };
        if waiting.windows(2).any(is_out_of_turn) {
            let detail = "two new prices wait for it, and the one decided first comes no sooner";
            faults.push(AuditFault::new(FaultCode::NewPriceAstray, &subscription.id, detail));
        }
        let applied = book.new_prices.iter().filter(|price| {
            price.subscription == subscription.id && price.status == NewPriceStatus::Applied
        });
        let mut applied: Vec<_> = applied.collect();
        applied.sort_by_key(|price| price.applied_on);
        audit_applied(book, subscription, &applied, faults);
    }
}

/// The price is that of the last new one; each was told in time, and every period from its first
/// booking up to the next one's was booked at it.
fn audit_applied(
    book: &CustomerBook,
    of: &Subscription,
    applied: &[&NewPrice],
    faults: &mut Vec<AuditFault>,
) {
    let Some(last) = applied.last() else { return };
    let mut wrong = |detail: String| {
        faults.push(AuditFault::new(FaultCode::PriceWrong, &of.id, detail));
    };
    if last.price != of.price {
        let (is, was) = (told(of.price.minor, of), told(last.price.minor, of));
        wrong(format!("it pays {is}, and its last new price is {was}"));
    }
    let booked = booked_at(book, of);
    for (place, price) in applied.iter().enumerate() {
        let Some(from) = price.applied_on else { continue };
        if from < price.from {
            wrong(format!("it paid a new price on {from}, which was told for {}", price.from));
        }
        let until = applied.get(place + 1).and_then(|next| next.applied_on);
        let periods = booked.range(from..until.unwrap_or(NaiveDate::MAX));
        for (start, minor) in periods.filter(|(_, minor)| **minor != price.price.minor) {
            let (is, was) = (told(*minor, of), told(price.price.minor, of));
            wrong(format!("its period from {start} was booked at {is}, its new price is {was}"));
        }
    }
}

/// What each period of a subscription was booked at, before anything was taken off, by its first
/// day. Where it was booked again with what was left of it, the first time counts, which is more.
fn booked_at(book: &CustomerBook, of: &Subscription) -> BTreeMap<NaiveDate, i64> {
    let lines = book.invoices.iter().flat_map(|written| &written.document.lines);
    let lines = lines.map(|line| &line.line);
    let lines = lines.filter(|line| line.kind == LineKind::Period && line.subscription == of.id);
    let mut booked = BTreeMap::new();
    for line in lines {
        let Some(minor) = price_of(line, of) else { continue };
        let at = booked.entry(line.period.start).or_insert(minor);
        *at = minor.max(*at);
    }
    booked
}

/// The price that a line was made of; none where something was taken off a price without tax.
fn price_of(line: &Line, of: &Subscription) -> Option<i64> {
    if of.terms.tax_included {
        Some(line.gross + line.discount)
    } else {
        (line.discount == 0).then_some(line.net)
    }
}

fn told(minor: i64, of: &Subscription) -> String {
    Money::new(minor, of.price.currency).amount()
}
