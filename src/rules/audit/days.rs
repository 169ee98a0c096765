//! Each day of service is paid once, or has its reason.

use std::collections::BTreeMap;

use crate::domain::book::CustomerBook;
use crate::domain::calendar::DateRange;
use crate::domain::document::{ServiceCredit, ServiceLine};
use crate::domain::ids::SubscriptionId;
use crate::rules::day_ledger::{DayCoverage, Gap, day_ledger};

use super::{AuditFault, FaultCode};

type ServiceLinesBySubscription<'a> =
    BTreeMap<&'a SubscriptionId, (Vec<ServiceLine>, Vec<ServiceCredit>)>;

pub(super) fn audit(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let mut lines = lines(book);
    for (id, (subscription, _)) in &book.subscriptions {
        let (billed, credited) = lines.remove(id).unwrap_or_default();
        for gap in day_ledger(subscription, &billed, &credited).gaps {
            let (code, detail) = tell(&gap);
            faults.push(AuditFault::new(code, id, detail));
        }
    }
}

/// The lines of all documents, by subscription.
fn lines(book: &CustomerBook) -> ServiceLinesBySubscription<'_> {
    let mut lines = ServiceLinesBySubscription::new();
    for invoice in book.invoices.iter().map(|written| &written.document) {
        for (place, line) in invoice.lines.iter().enumerate() {
            let at = (invoice.id.clone(), place);
            let of_subscription = lines.entry(&line.line.subscription).or_default();
            of_subscription.0.push(ServiceLine { at, period: line.line.period });
        }
    }
    // A credit by hand takes back no days.
    let notes = book.credit_notes.iter().map(|written| &written.document);
    for note in notes.filter(|note| note.reason.is_none()) {
        for line in &note.lines {
            let of = note.credits.clone().zip(line.of);
            let of_subscription = lines.entry(&line.line.subscription).or_default();
            of_subscription.1.push(ServiceCredit { of, period: line.line.period });
        }
    }
    lines
}

fn tell(gap: &Gap) -> (FaultCode, String) {
    match gap {
        Gap::Unpaid(days) => (FaultCode::DayUnpaid, format!("nothing pays for {}", span(*days))),
        Gap::Twice(days, [one, other]) => {
            let (one, other) = (cover(one), cover(other));
            let detail = format!("{one} and {other} both pay for {}", span(*days));
            (FaultCode::DayPaidTwice, detail)
        }
        Gap::NotBooked(days, by) => {
            let detail = format!("{} pays for {}, which was not booked", cover(by), span(*days));
            (FaultCode::DayNotBooked, detail)
        }
    }
}

fn span(days: DateRange) -> String {
    format!("{} up to and without {}", days.start, days.end)
}

fn cover(cover: &DayCoverage) -> String {
    match cover {
        DayCoverage::Line(invoice, place) => format!("line {place} of {invoice}"),
        DayCoverage::Bridge => "the bridge".to_owned(),
        DayCoverage::Trial => "the trial".to_owned(),
        DayCoverage::BroughtOver => "the invoice issued elsewhere".to_owned(),
        DayCoverage::Credited => "a credit".to_owned(),
    }
}
