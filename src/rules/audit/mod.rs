//! The conservation audit: what must hold of a book, whatever has happened to it. It is told
//! here once more from the rules, not from the code that keeps them.
//!
//! [`audit_customer`] judges one customer's book, which no other customer's touches: `day_ledger`
//! (who pays for each day), `documents` (lines, credits, payments), `money` (nothing lost between
//! invoices and balance), `subscriptions` (chains, parents, dates, changes), `prices` (new ones).
//! [`audit_numbers`] judges what a merchant has but once; [`shop`] judges orders and stock. Neither
//! needs to know what day it is: billing that has not run yet owes nothing to the book, and is no
//! fault.

mod days;
mod documents;
mod fault;
mod money;
mod prices;
pub mod shop;
mod subscriptions;
#[cfg(test)]
mod tests;

use crate::domain::book::{CustomerBook, NumberSequence};

pub use fault::{AuditFault, FaultCode};

/// Which numbers of a merchant are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumbersOf {
    /// Invoices.
    Invoices,
    /// Credit notes.
    CreditNotes,
    /// Events.
    Events,
}

/// Judges one customer's book; every fault.
#[must_use]
pub fn audit_customer(book: &CustomerBook) -> Vec<AuditFault> {
    let mut faults = Vec::new();
    subscriptions::audit(book, &mut faults);
    prices::audit(book, &mut faults);
    documents::audit(book, &mut faults);
    money::audit(book, &mut faults);
    days::audit(book, &mut faults);
    faults
}

/// Judges the numbers of a merchant: they count from 1 without a gap, and the counter stands at
/// the highest.
#[must_use]
pub fn audit_numbers(of: NumbersOf, merchant: &str, numbers: NumberSequence) -> Vec<AuditFault> {
    let (gap, counter_wrong, what) = match of {
        NumbersOf::Invoices => (FaultCode::NumberGap, FaultCode::NumberCounterWrong, "invoice"),
        NumbersOf::CreditNotes => {
            (FaultCode::NumberGap, FaultCode::NumberCounterWrong, "credit note")
        }
        NumbersOf::Events => (FaultCode::EventGap, FaultCode::EventCounterWrong, "event"),
    };
    let NumberSequence { counter, count, highest, missing } = numbers;
    let mut faults = Vec::new();
    if missing <= highest {
        let detail = format!("there is no {what} {missing}, but {count} up to {highest}");
        faults.push(AuditFault::new(gap, merchant, detail));
    }
    if counter != highest {
        let detail = format!("the counter stands at {counter}, the last {what} is {highest}");
        faults.push(AuditFault::new(counter_wrong, merchant, detail));
    }
    faults
}
