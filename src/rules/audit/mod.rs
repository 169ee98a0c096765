//! The conservation audit: what must hold of a book, whatever has happened to it. It is told
//! here once more from the rules, not from the code that keeps them.
//!
//! [`audit_customer`] judges one customer's book, which no other customer's touches: `days` (who
//! pays for each day), `documents` (lines, credits, payments), `money` (nothing lost between
//! invoices and balance), `contracts` (chains, parents, dates, changes). [`audit_numbers`] judges
//! what a merchant has but once. Neither needs to know what day it is: billing that has not run
//! yet owes nothing to the book, and is no fault.

mod contracts;
mod days;
mod documents;
mod money;
#[cfg(test)]
mod tests;

use crate::domain::book::{CustomerBook, Numbers};

macro_rules! codes {
    ($($name:ident $code:literal $means:literal;)*) => {
        /// What can be wrong with a book.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FaultCode {
            $(#[doc = concat!($means, ".")] $name,)*
        }

        impl FaultCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// Its stable kebab-case code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// What it means, for people.
            #[must_use]
            pub fn means(self) -> &'static str {
                match self { $(Self::$name => $means,)* }
            }
        }
    };
}

codes! {
    DayUnpaid "day-unpaid" "Days of service that no document line pays for and nothing explains";
    DayPaidTwice "day-paid-twice" "Days that two lines pay for";
    DayNotBooked "day-not-booked" "A line pays for days that were never booked";
    LineWrong "line-wrong" "A line whose net and tax are not its gross, or with an amount below zero";
    LineAstray "line-astray" "A line for a subscription that is not the customer's, or of another currency";
    LineOverCredited "line-over-credited" "More net, tax or gross is credited than the line has";
    LineCreditsDiffer "line-credits-differ" "What a line says is credited is not what the credit notes say";
    CreditAstray "credit-astray" "A credit note line that fits no invoice line";
    TotalsWrong "totals-wrong" "A document whose lines are not whole, or whose sums are not those of its lines";
    AmountDueWrong "amount-due-wrong" "What is owed on an invoice is not what its lines, credits and payments leave";
    InvoiceStatusWrong "invoice-status-wrong" "An invoice that is not open, paid or cancelled as its amounts say";
    PaidWrong "paid-wrong" "What is paid on an invoice is not the sum of its payments";
    PaymentAstray "payment-astray" "A payment that fits no invoice, or goes the wrong way";
    BalanceWrong "balance-wrong" "The credit balance is not what documents, payments and payouts leave";
    ChainBroken "chain-broken" "Precursor, successor and chain do not fit together";
    ParentBroken "parent-broken" "The parent is missing, was replaced, or is a descendant";
    DatesWrong "dates-wrong" "Start, end and status of a subscription contradict each other";
    PeriodWrong "period-wrong" "The current period is not one billing period from the anchor day";
    TermWrong "term-wrong" "The current term is not one term, or does not enclose the current period";
    NextBookingWrong "next-booking-wrong" "The stored date of the next booking is not the one that the rules give";
    DueWrong "due-wrong" "Billing looks for the customer on another day than the rules give";
    SequenceWrong "sequence-wrong" "A subscription or change has a sequence that is given twice or never was";
    ChangeAstray "change-astray" "A scheduled change of no subscription, or that waits for one that has ended";
    ChangeDoubled "change-doubled" "Two replacements wait for one subscription";
    ChangeResultWrong "change-result-wrong" "What a scheduled change began does not fit it";
    HoldAstray "hold-astray" "A checkout holds a subscription that is not the customer's";
    NumberGap "number-gap" "A number of an invoice or credit note is missing";
    NumberCounterWrong "number-counter-wrong" "The next number of an invoice or credit note would not follow the highest";
    EventGap "event-gap" "An event is missing from the record";
    EventCounterWrong "event-counter-wrong" "The next event would not follow the last";
    Unreadable "unreadable" "A row holds a value that nothing stores; its customer is judged no further";
    MoreFaults "more-faults" "There are more faults than are listed";
}

/// Something that is wrong with a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFault {
    /// What.
    pub code: FaultCode,
    /// The id of what is wrong.
    pub subject: String,
    /// For people: what was found, and what would be right.
    pub detail: String,
}

impl AuditFault {
    /// A fault.
    pub fn new(
        code: FaultCode,
        subject: &(impl ToString + ?Sized),
        detail: impl Into<String>,
    ) -> Self {
        Self { code, subject: subject.to_string(), detail: detail.into() }
    }
}

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
    contracts::audit(book, &mut faults);
    documents::audit(book, &mut faults);
    money::audit(book, &mut faults);
    days::audit(book, &mut faults);
    faults
}

/// Judges the numbers of a merchant: they count from 1 without a gap, and the counter stands at
/// the highest.
#[must_use]
pub fn audit_numbers(of: NumbersOf, merchant: &str, numbers: Numbers) -> Vec<AuditFault> {
    let (gap, counter_wrong, what) = match of {
        NumbersOf::Invoices => (FaultCode::NumberGap, FaultCode::NumberCounterWrong, "invoice"),
        NumbersOf::CreditNotes => {
            (FaultCode::NumberGap, FaultCode::NumberCounterWrong, "credit note")
        }
        NumbersOf::Events => (FaultCode::EventGap, FaultCode::EventCounterWrong, "event"),
    };
    let Numbers { counter, count, highest, missing } = numbers;
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
