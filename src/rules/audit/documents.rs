//! Lines, credits and payments: what is written twice says the same, and no more is given back
//! than was charged.

use std::collections::BTreeMap;

use crate::domain::book::{CustomerBook, WrittenDocument};
use crate::domain::document::{
    CreditLine, CreditNote, Invoice, InvoiceLine, InvoiceStatus, Line, LineKind, Totals,
};
use crate::domain::ids::InvoiceId;
use crate::domain::money::{Currency, Money};

use super::{AuditFault, FaultCode};

/// Sums, wide enough for whatever stands in a damaged book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct WideSums {
    net: i128,
    tax: i128,
    gross: i128,
}

impl WideSums {
    fn of<'a>(lines: impl Iterator<Item = &'a Line>) -> Self {
        lines.fold(Self::default(), Self::plus)
    }

    fn plus(self, line: &Line) -> Self {
        Self {
            net: self.net + i128::from(line.net),
            tax: self.tax + i128::from(line.tax),
            gross: self.gross + i128::from(line.gross),
        }
    }
}

impl From<Totals> for WideSums {
    fn from(totals: Totals) -> Self {
        let Totals { net, tax, gross } = totals;
        Self { net: net.into(), tax: tax.into(), gross: gross.into() }
    }
}

/// What credit notes say of each invoice line.
type CreditedByLine<'a> = BTreeMap<(&'a InvoiceId, usize), WideSums>;

pub(super) fn audit(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let mut credited = credits(book, faults);
    for written in &book.invoices {
        let invoice = &written.document;
        let lines = || invoice.lines.iter().map(|line| &line.line);
        audit_totals(invoice.id.as_str(), written, WideSums::of(lines()), lines().count(), faults);
        for (place, line) in invoice.lines.iter().enumerate() {
            let credits = credited.remove(&(&invoice.id, place));
            audit_line(book, invoice.id.as_str(), place, &line.line, invoice.currency, faults);
            audit_credited(invoice, place, line, credits, faults);
        }
        audit_status(invoice, faults);
    }
    audit_brought_over(book, faults);
}

/// Judges every credit note; answers with what they credit.
fn credits<'a>(book: &'a CustomerBook, faults: &mut Vec<AuditFault>) -> CreditedByLine<'a> {
    let invoices: BTreeMap<_, _> =
        book.invoices.iter().map(|written| (&written.document.id, &written.document)).collect();
    let mut credited = CreditedByLine::new();
    for written in &book.credit_notes {
        let note = &written.document;
        let lines = || note.lines.iter().map(|line| &line.line);
        audit_totals(note.id.as_str(), written, WideSums::of(lines()), lines().count(), faults);
        for (place, credit) in note.lines.iter().enumerate() {
            audit_line(book, note.id.as_str(), place, &credit.line, note.currency, faults);
            let invoice = note.credits.as_ref().and_then(|id| invoices.get(id)).copied();
            if let Err(why) = fits(note, credit, invoice) {
                let detail = format!("its line {place} {why}");
                faults.push(AuditFault::new(FaultCode::CreditAstray, &note.id, detail));
            }
            if let (Some(invoice), Some(of)) = (invoice, credit.of) {
                let sums = credited.entry((&invoice.id, of)).or_default();
                *sums = sums.plus(&credit.line);
            }
        }
    }
    credited
}

/// Whether a credited line is one of the invoice, for the same subscription, within its days.
fn fits(note: &CreditNote, credit: &CreditLine, of: Option<&Invoice>) -> Result<(), String> {
    if credit.line.kind != LineKind::Credit {
        return Err("is no credit".to_owned());
    }
    let (Some(id), place) = (&note.credits, credit.of) else {
        return match credit.of {
            None => Ok(()),
            Some(place) => Err(format!("credits line {place} of no invoice")),
        };
    };
    let invoice = of.ok_or_else(|| format!("credits {id}, which the customer does not have"))?;
    let line = place.and_then(|place| invoice.lines.get(place));
    let line = &line.ok_or_else(|| format!("credits a line that {id} does not have"))?.line;
    let is_within =
        line.period.start <= credit.line.period.start && credit.line.period.end <= line.period.end;
    if invoice.currency != note.currency {
        return Err(format!("is of another currency than {id}"));
    }
    if line.subscription != credit.line.subscription {
        return Err(format!("is for another subscription than the line of {id}"));
    }
    if is_within { Ok(()) } else { Err(format!("is for other days than the line of {id}")) }
}

fn audit_totals<T>(
    id: &str,
    written: &WrittenDocument<T>,
    sums: WideSums,
    lines: usize,
    faults: &mut Vec<AuditFault>,
) {
    let are_whole = lines > 0 && written.places.iter().copied().eq((0..).take(lines));
    if !are_whole {
        let detail = format!("its lines are {:?}, not all of them from 0", written.places);
        faults.push(AuditFault::new(FaultCode::TotalsWrong, id, detail));
    }
    if WideSums::from(written.totals) != sums {
        let (Totals { net, tax, gross }, s) = (written.totals, sums);
        let detail = format!(
            "it states net {net}, tax {tax}, gross {gross}; its lines come to net {}, tax {}, \
             gross {} (in minor units)",
            s.net, s.tax, s.gross
        );
        faults.push(AuditFault::new(FaultCode::TotalsWrong, id, detail));
    }
}

fn audit_line(
    book: &CustomerBook,
    document: &str,
    place: usize,
    line: &Line,
    currency: Currency,
    faults: &mut Vec<AuditFault>,
) {
    let WideSums { net, tax, gross } = WideSums::default().plus(line);
    if net + tax != gross || net < 0 || tax < 0 {
        let detail = format!("line {place}: net {net} and tax {tax} make no gross of {gross}");
        faults.push(AuditFault::new(FaultCode::LineWrong, document, detail));
    }
    if line.period.start >= line.period.end {
        let detail = format!("line {place} is for no day");
        faults.push(AuditFault::new(FaultCode::LineWrong, document, detail));
    }
    let id = &line.subscription;
    let astray = match book.subscriptions.get(id) {
        None => Some(format!("line {place} is for {id}, which the customer does not have")),
        Some((subscription, _)) => (subscription.price.currency != currency)
            .then(|| format!("line {place} is for {id}, which is of another currency")),
    };
    faults.extend(astray.map(|why| AuditFault::new(FaultCode::LineAstray, document, why)));
}

/// No more is credited of a line than it has, and what it says of that is what the notes say.
fn audit_credited(
    invoice: &Invoice,
    place: usize,
    line: &InvoiceLine,
    credits: Option<WideSums>,
    faults: &mut Vec<AuditFault>,
) {
    let sums = credits.unwrap_or_default();
    let whole = WideSums::default().plus(&line.line);
    let (gross, tax) = (i128::from(line.credited_gross), i128::from(line.credited_tax));
    let stored = WideSums { net: gross - tax, tax, gross };
    let exceeds =
        |part: WideSums| part.net > whole.net || part.tax > whole.tax || part.gross > whole.gross;
    if exceeds(sums) || exceeds(stored) {
        let money = |minor: i128| match i64::try_from(minor) {
            Ok(minor) => Money::new(minor, invoice.currency).to_string(),
            Err(_) => minor.to_string(),
        };
        let (most, whole) = (sums.gross.max(stored.gross), whole.gross);
        let detail = format!("line {place}: {} credited of {}", money(most), money(whole));
        faults.push(AuditFault::new(FaultCode::LineOverCredited, &invoice.id, detail));
    }
    // Of a line of nothing only the note tells that it is cancelled.
    let is_cancelled = credits.is_some() && sums.gross == whole.gross;
    if stored != sums || line.cancelled != is_cancelled {
        let detail = format!(
            "line {place} says gross {gross} with tax {tax}{}, the credit notes say gross {} \
             with tax {}{} (in minor units)",
            if line.cancelled { ", all of it," } else { "" },
            sums.gross,
            sums.tax,
            if is_cancelled { ", all of it" } else { "" },
        );
        faults.push(AuditFault::new(FaultCode::LineCreditsDiffer, &invoice.id, detail));
    }
}

/// Cancelled where every line is credited in full, else paid where nothing is owed, else open.
fn audit_status(invoice: &Invoice, faults: &mut Vec<AuditFault>) {
    let expected = if invoice.lines.iter().all(|line| line.cancelled) {
        InvoiceStatus::Cancelled
    } else if invoice.amount_due == 0 {
        InvoiceStatus::Paid
    } else {
        InvoiceStatus::Open
    };
    if invoice.status != expected {
        let detail = format!(
            "it is {}, but its lines and {} minor units due make it {}",
            invoice.status.name(),
            invoice.amount_due,
            expected.name()
        );
        faults.push(AuditFault::new(FaultCode::InvoiceStatusWrong, &invoice.id, detail));
    }
}

/// What is credited of an invoice that was issued elsewhere stands on the subscription.
fn audit_brought_over(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    for (id, (subscription, _)) in &book.subscriptions {
        let Some(over) = &subscription.brought_over else { continue };
        let notes = book.credit_notes.iter().map(|written| &written.document);
        let lines = notes.filter(|note| note.credits.is_none()).flat_map(|note| &note.lines);
        let lines = lines.map(|credit| &credit.line).filter(|line| line.subscription == *id);
        let sums = WideSums::of(lines);
        let (gross, tax) = (i128::from(over.credited_gross), i128::from(over.credited_tax));
        if (sums.gross, sums.tax) != (gross, tax) {
            let detail = format!(
                "of its invoice issued elsewhere it says gross {gross} with tax {tax} is \
                 credited, the credit notes say gross {} with tax {} (in minor units)",
                sums.gross, sums.tax
            );
            faults.push(AuditFault::new(FaultCode::LineCreditsDiffer, id, detail));
        }
        if sums.gross > i128::from(over.gross) || gross > i128::from(over.gross) {
            let detail = "more is credited than the invoice issued elsewhere came to";
            faults.push(AuditFault::new(FaultCode::LineOverCredited, id, detail));
        }
    }
}
