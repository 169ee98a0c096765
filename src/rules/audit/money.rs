//! Nothing is lost between invoices, credit notes, payments and the credit balance.
//!
//! # One invoice
//!
//! Write `gross`, `applied` (what it drew from the balance, below zero where it took up a debt),
//! `due`, `paid`, `credited` and `given` (what its credits gave to the balance). It is issued
//! with `due = gross − applied`. A payment moves `due` to `paid`, at once or in parts; of one that
//! is more than `due` the rest raises `paid` and `given` alike, for it goes to the balance. A
//! credit of `x` raises
//! `credited` by `x`, lowers `due` by some `l`, and gives `x − l` to the balance: `given` rises by
//! as much. A payment that bounces takes `t` back from `given`, and the rest of `paid` of it
//! becomes `due` again. Each of these keeps
//!
//! ```text
//! due = gross − applied − credited − paid + given        (1)
//! ```
//!
//! with one exception: on an invoice that is cancelled nothing can become due, so when a payment
//! bounces the rest is a debt, taken from the balance and not from `given`. That can only be where
//! it had taken up a debt, and (1) then stays short of at most that debt.
//!
//! # One customer, one currency
//!
//! What an invoice has moved into the balance is `given − applied`, less what such a bounce took.
//! By (1) this is `due − gross + credited + paid`; after such a bounce as well, where it comes to
//! what is still paid, for `due` is 0 and all of `gross` is credited. A payout takes from the
//! balance, and money that fits no invoice gives to it, until it bounces. A credit of an invoice
//! issued elsewhere gives to it if that was paid there, else nothing: it only lowers what was owed
//! elsewhere. Summed up:
//!
//! ```text
//! invoices − credit notes − payments + payouts = due − balance       (2)
//! ```
//!
//! where credit notes are those of our invoices, payments also those of no invoice, payouts count
//! as positive, and the credits of paid invoices issued elsewhere come to the balance from outside.
//! A payment that bounced stands among the payments twice, once below zero.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::book::CustomerBook;
use crate::domain::document::{Invoice, InvoiceStatus, Payment, PaymentKind};
use crate::domain::ids::InvoiceId;
use crate::domain::money::{Currency, Money};

use super::{AuditFault, FaultCode};

pub(super) fn audit(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let mut payments: BTreeMap<&InvoiceId, Vec<&Payment>> = BTreeMap::new();
    let invoices: BTreeMap<_, _> =
        book.invoices.iter().map(|written| (&written.document.id, &written.document)).collect();
    for payment in &book.payments {
        audit_direction(payment, faults);
        let Some(id) = &payment.invoice else { continue };
        match invoices.get(id) {
            None => {
                let detail = format!("it pays {id}, which the customer does not have");
                faults.push(AuditFault::new(FaultCode::PaymentAstray, &payment.id, detail));
            }
            Some(invoice) if invoice.currency != payment.currency => {
                let detail = format!("it is of another currency than {id}, which it pays");
                faults.push(AuditFault::new(FaultCode::PaymentAstray, &payment.id, detail));
            }
            Some(_) => payments.entry(id).or_default().push(payment),
        }
    }
    audit_receipts(book, faults);
    for invoice in invoices.values() {
        let paid_with = payments.remove(&invoice.id).unwrap_or_default();
        audit_invoice(invoice, &paid_with, faults);
    }
    audit_balances(book, faults);
}

/// Money comes in above zero and leaves below; a payout is for no invoice.
fn audit_direction(payment: &Payment, faults: &mut Vec<AuditFault>) {
    let is_right = match payment.kind {
        PaymentKind::Payment => payment.amount > 0,
        PaymentKind::Bounce => payment.amount < 0,
        PaymentKind::Payout => payment.amount < 0 && payment.invoice.is_none(),
    };
    if !is_right {
        let amount = told(payment.amount.into(), payment.currency);
        let detail = format!("it is a {} of {amount}", payment.kind.name());
        faults.push(AuditFault::new(FaultCode::PaymentAstray, &payment.id, detail));
    }
}

/// Of what came in together no more goes back than came in, for each invoice and for the balance.
fn audit_receipts(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let mut standing: BTreeMap<_, i128> = BTreeMap::new();
    for payment in book.payments.iter().filter(|it| it.kind != PaymentKind::Payout) {
        let place = (&payment.receipt, payment.invoice.as_ref());
        *standing.entry(place).or_default() += i128::from(payment.amount);
    }
    for ((receipt, _), _) in standing.iter().filter(|(_, amount)| **amount < 0) {
        let detail = "more of what came in with it bounced than came in";
        faults.push(AuditFault::new(FaultCode::PaymentAstray, receipt, detail));
    }
}

fn audit_invoice(invoice: &Invoice, payments: &[&Payment], faults: &mut Vec<AuditFault>) {
    let money = |minor| told(minor, invoice.currency);
    let received: i128 = payments.iter().map(|payment| i128::from(payment.amount)).sum();
    let paid = i128::from(invoice.paid);
    if received != paid {
        let detail = format!("it says {} is paid, its payments {}", money(paid), money(received));
        faults.push(AuditFault::new(FaultCode::PaidWrong, &invoice.id, detail));
    }
    let (gross, credited) = (gross(invoice), credited(invoice));
    let expected = gross - i128::from(invoice.credit_applied) - credited - paid + given(invoice);
    let has_bounced = payments.iter().any(|payment| payment.amount < 0);
    let may_leave_a_debt = invoice.status == InvoiceStatus::Cancelled && has_bounced;
    let debt = if may_leave_a_debt { -i128::from(invoice.credit_applied) } else { 0 };
    let due = i128::from(invoice.amount_due);
    let is_right = due == expected || (due == 0 && (0..=debt).contains(&expected));
    if !is_right {
        let detail = format!("{} is due, {} would be right", money(due), money(expected));
        faults.push(AuditFault::new(FaultCode::AmountDueWrong, &invoice.id, detail));
    }
}

fn gross(invoice: &Invoice) -> i128 {
    invoice.lines.iter().map(|line| i128::from(line.line.gross)).sum()
}

fn credited(invoice: &Invoice) -> i128 {
    invoice.lines.iter().map(|line| i128::from(line.credited_gross)).sum()
}

fn given(invoice: &Invoice) -> i128 {
    i128::from(invoice.given_to_balance)
}

/// What came together in one currency.
#[derive(Debug, Clone, Copy, Default)]
struct MoneyFlows {
    invoices: i128,
    credit_notes: i128,
    payments: i128,
    payouts: i128,
    due: i128,
    /// Credits of invoices that were issued and paid elsewhere.
    elsewhere: i128,
    /// Credits of such an invoice of which it is not known any more whether it was paid: books
    /// of 0.1.0 forgot that with the next booking.
    forgotten: i128,
}

/// Equation (2), for each currency.
fn audit_balances(book: &CustomerBook, faults: &mut Vec<AuditFault>) {
    let flows = flows(book);
    let currencies: BTreeSet<Currency> =
        flows.keys().chain(book.balances.keys()).copied().collect();
    for currency in currencies {
        let flow = flows.get(&currency).copied().unwrap_or_default();
        let balance = i128::from(book.balances.get(&currency).copied().unwrap_or(0));
        let expected = flow.due - flow.invoices + flow.credit_notes + flow.payments - flow.payouts
            + flow.elsewhere;
        if balance == expected || balance == expected + flow.forgotten {
            continue;
        }
        let money = |minor| told(minor, currency);
        let detail = format!(
            "the balance is {}, {} would be right: {} due less invoices of {}, plus credit notes \
             of {}, payments of {} and credits of what was paid elsewhere of {}, less payouts of \
             {}",
            money(balance),
            money(expected),
            money(flow.due),
            money(flow.invoices),
            money(flow.credit_notes),
            money(flow.payments),
            money(flow.elsewhere),
            money(flow.payouts),
        );
        faults.push(AuditFault::new(FaultCode::BalanceWrong, &book.customer, detail));
    }
}

fn flows(book: &CustomerBook) -> BTreeMap<Currency, MoneyFlows> {
    let mut flows: BTreeMap<Currency, MoneyFlows> = BTreeMap::new();
    for invoice in book.invoices.iter().map(|written| &written.document) {
        let flow = flows.entry(invoice.currency).or_default();
        flow.invoices += gross(invoice);
        flow.due += i128::from(invoice.amount_due);
    }
    for note in book.credit_notes.iter().map(|written| &written.document) {
        let flow = flows.entry(note.currency).or_default();
        for line in note.lines.iter().map(|credit| &credit.line) {
            let subscription = book.subscriptions.get(&line.subscription);
            let over =
                subscription.and_then(|(subscription, _)| subscription.brought_over.as_ref());
            let sum = match (&note.credits, over) {
                (Some(_), _) => &mut flow.credit_notes,
                (None, None) => &mut flow.forgotten,
                (None, Some(over)) if over.paid => &mut flow.elsewhere,
                (None, Some(_)) => continue,
            };
            *sum += i128::from(line.gross);
        }
    }
    for payment in &book.payments {
        let flow = flows.entry(payment.currency).or_default();
        match payment.kind {
            PaymentKind::Payment | PaymentKind::Bounce => {
                flow.payments += i128::from(payment.amount);
            }
            PaymentKind::Payout => flow.payouts -= i128::from(payment.amount),
        }
    }
    flows
}

/// An amount for people.
fn told(minor: i128, currency: Currency) -> String {
    match i64::try_from(minor) {
        Ok(minor) => Money::new(minor, currency).to_string(),
        Err(_) => format!("{minor} minor units of {}", currency.code()),
    }
}
