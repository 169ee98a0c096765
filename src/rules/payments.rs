//! Money that comes in, bounces, or is paid out.
//!
//! What comes in for an invoice pays it, all or part; what is more than is due goes to the
//! balance, where whoever tells of it says so. What fits no invoice is the customer's: it settles
//! a debt, pays open invoices by the day on which they are due, and the rest goes to the balance.
//! Payments that came in together are one *receipt*: they bounce together.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{NaiveDate, TimeDelta};

use crate::domain::account::Account;
use crate::domain::document::{InvoiceStatus, Payment, PaymentKind};
use crate::domain::ids::{CheckoutId, Ids, InvoiceId, PaymentId};
use crate::domain::money::{Currency, Money};
use crate::domain::plan::Plan;

use super::dunning::resume;
use super::ledger::{Ledger, Tariff};

/// How many days before today money may have come in that nothing was owed for yet.
const PAID_BEFORE_MAX: i64 = 365;

/// Why money cannot move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentRefusal {
    /// Nothing is owed on the invoice.
    AlreadyPaid,
    /// The invoice is credited in full.
    AlreadyCancelled,
    /// The day of payment does not lie between the day of issue, if there is one, and today.
    PaidOn {
        /// The day of issue.
        issued_on: Option<NaiveDate>,
        /// The day of the decision.
        today: NaiveDate,
    },
    /// The day of payment lies in another age than what is paid.
    PaidLongAgo {
        /// The first day that is taken.
        earliest: NaiveDate,
    },
    /// The amount is of another currency than the invoice.
    OtherCurrency {
        /// The invoice's.
        currency: Currency,
    },
    /// The amount is more than is due, and nobody said that the rest is for the balance.
    MoreThanDue {
        /// What is due.
        due: Money,
    },
    /// No payment stands on the invoice.
    NotPaid,
    /// No payment of this reference stands on the invoice.
    UnknownReference,
    /// It bounced already, with all that came in together with it.
    AlreadyBounced,
    /// It is no money that came in: a bounce, or a payout.
    NotReceived,
    /// Several payments of this reference stand on the invoice, and none is named.
    SeveralOfReference,
    /// The payment that is named is none of this reference that stands on the invoice.
    UnknownPayment,
    /// The balance is lower than the payout.
    BalanceTooLow {
        /// What there is.
        balance: Money,
    },
}

/// Money that came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IncomingPayment<'a> {
    /// What it is called where the money moves.
    pub reference: &'a str,
    /// The day on which it came in.
    pub paid_on: NaiveDate,
    /// The checkout that it completes, if any.
    pub checkout: Option<&'a CheckoutId>,
}

impl IncomingPayment<'_> {
    /// A row of it: for an invoice, or for the balance.
    fn row(
        &self,
        receipt: &PaymentId,
        id: PaymentId,
        invoice: Option<&InvoiceId>,
        amount: Money,
    ) -> Payment {
        Payment {
            id,
            kind: PaymentKind::Payment,
            receipt: receipt.clone(),
            invoice: invoice.cloned(),
            checkout: self.checkout.cloned(),
            amount: amount.minor,
            currency: amount.currency,
            reference: self.reference.to_owned(),
            reason: None,
            paid_on: self.paid_on,
        }
    }
}

/// Pays what is due on invoices, with money that came in together. Those that the account does
/// not hold are passed over.
pub(super) fn settle(
    account: &mut Account,
    invoices: &[InvoiceId],
    received: &IncomingPayment<'_>,
    ids: &mut Ids,
) {
    let mut receipt = None;
    for id in invoices {
        let Some(invoice) = account.invoices.get(id) else { continue };
        let due = Money::new(invoice.amount_due, invoice.currency);
        take(account, id, due, received, &mut receipt, ids);
    }
}

/// Takes money for an invoice that the account holds: what is due is paid, the rest goes to the
/// balance.
fn take(
    account: &mut Account,
    id: &InvoiceId,
    amount: Money,
    received: &IncomingPayment<'_>,
    receipt: &mut Option<PaymentId>,
    ids: &mut Ids,
) {
    let Some(invoice) = account.invoices.get_mut(id) else { return };
    let surplus = (amount.minor - invoice.amount_due).max(0);
    invoice.paid += amount.minor;
    invoice.amount_due -= amount.minor - surplus;
    invoice.given_to_balance += surplus;
    if invoice.amount_due == 0 {
        invoice.status = InvoiceStatus::Paid;
    }
    if surplus > 0 {
        *account.balances.entry(amount.currency).or_insert(0) += surplus;
    }
    let payment = PaymentId::fresh(ids);
    let receipt = receipt.get_or_insert_with(|| payment.clone());
    account.payments.push(received.row(receipt, payment, Some(id), amount));
}

/// Records that an invoice was paid. The account holds it. Without an amount it is what is due;
/// `surplus_to_balance` says that there may be more.
///
/// # Errors
/// [`PaymentRefusal::PaidOn`] where it was paid on no day from its issue to today;
/// [`PaymentRefusal::AlreadyPaid`] or [`PaymentRefusal::AlreadyCancelled`] where nothing is owed;
/// [`PaymentRefusal::OtherCurrency`] or [`PaymentRefusal::MoreThanDue`] where the amount does not
/// fit.
pub fn decide_pay(
    before: &Account,
    id: &InvoiceId,
    amount: Option<Money>,
    surplus_to_balance: bool,
    received: &IncomingPayment<'_>,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, PaymentRefusal> {
    let found = before.invoices.get(id).ok_or(PaymentRefusal::AlreadyPaid)?;
    // A clock that was set back may have issued it on a day to come.
    let (issued_on, last) = (found.issued_on, today.max(found.issued_on));
    if received.paid_on < issued_on || received.paid_on > last {
        return Err(PaymentRefusal::PaidOn { issued_on: Some(issued_on), today: last });
    }
    match found.status {
        InvoiceStatus::Open => {}
        InvoiceStatus::Paid => return Err(PaymentRefusal::AlreadyPaid),
        InvoiceStatus::Cancelled => return Err(PaymentRefusal::AlreadyCancelled),
    }
    let due = Money::new(found.amount_due, found.currency);
    let amount = amount.unwrap_or(due);
    if amount.currency != due.currency {
        return Err(PaymentRefusal::OtherCurrency { currency: due.currency });
    }
    if amount.minor > due.minor && !surplus_to_balance {
        return Err(PaymentRefusal::MoreThanDue { due });
    }
    let mut account = before.clone();
    account.see(today);
    take(&mut account, id, amount, received, &mut None, ids);
    Ok(Plan::between(before, &account))
}

/// Records money that fits no invoice, once the customer is up to date: it settles a debt, then
/// pays open invoices by due day and number, then goes to the balance.
///
/// # Errors
/// [`PaymentRefusal::PaidOn`] where it came in after today; [`PaymentRefusal::PaidLongAgo`] where
/// it came in more than a year ago and before all that it pays was issued.
pub fn decide_receive(
    before: &Account,
    tariff: &Tariff,
    amount: Money,
    received: &IncomingPayment<'_>,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, PaymentRefusal> {
    if received.paid_on > today {
        return Err(PaymentRefusal::PaidOn { issued_on: None, today });
    }
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let (account, ids) = (&mut ledger.account, &mut *ledger.ids);
    // Money may come before what it pays is issued, but not in another age.
    let mut earliest = today - TimeDelta::days(PAID_BEFORE_MAX);
    let debt = (-account.balance(amount.currency)).clamp(0, amount.minor);
    let mut left = amount.minor - debt;
    let mut receipt = None;
    for id in open_in(account, amount.currency) {
        let part = account.invoices[&id].amount_due.min(left);
        if part > 0 {
            earliest = earliest.min(account.invoices[&id].issued_on);
            left -= part;
            let part = Money::new(part, amount.currency);
            take(account, &id, part, received, &mut receipt, ids);
        }
    }
    if received.paid_on < earliest {
        return Err(PaymentRefusal::PaidLongAgo { earliest });
    }
    let free = Money::new(debt + left, amount.currency);
    if free.minor > 0 {
        *account.balances.entry(free.currency).or_insert(0) += free.minor;
        let payment = PaymentId::fresh(ids);
        let receipt = receipt.get_or_insert_with(|| payment.clone());
        account.payments.push(received.row(receipt, payment, None, free));
    }
    Ok(Plan::between(before, &ledger.account))
}

/// The open invoices of a currency, by due day and number; one without a number comes last.
fn open_in(account: &Account, currency: Currency) -> Vec<InvoiceId> {
    let mut open: Vec<_> = (account.invoices.values())
        .filter(|invoice| invoice.status == InvoiceStatus::Open && invoice.currency == currency)
        .collect();
    open.sort_by_key(|invoice| {
        (invoice.due_on, invoice.number.is_none(), invoice.number, &invoice.id)
    });
    open.into_iter().map(|invoice| invoice.id.clone()).collect()
}

/// A payment that came to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BouncedPayment<'a> {
    /// The invoice on which it stands.
    pub invoice: &'a InvoiceId,
    /// The reference with which it came in.
    pub reference: &'a str,
    /// Which one, where several of this reference stand on it.
    pub payment: Option<&'a PaymentId>,
    /// Why it bounced.
    pub reason: &'a str,
    /// All payments of the receipts that have one of this reference on this invoice. The account
    /// holds their invoices.
    pub of: &'a [Payment],
}

/// Records that a payment bounced, with all that came in together with it: its invoices are open
/// again (one that is credited in full stays cancelled), and what credits and surplus had given to
/// the balance is taken back, at most what was paid.
///
/// # Errors
/// [`PaymentRefusal::NotPaid`] where no payment stands on the invoice,
/// [`PaymentRefusal::AlreadyBounced`] where that of this reference stands there no more,
/// [`PaymentRefusal::UnknownReference`] where none of this reference does,
/// [`PaymentRefusal::SeveralOfReference`] where several do and none is named, and
/// [`PaymentRefusal::UnknownPayment`] where another is.
pub fn decide_unpay(
    before: &Account,
    bounced: &BouncedPayment<'_>,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, PaymentRefusal> {
    let standing = standing(bounced.of);
    let is_concerned = |receipt: &PaymentId| {
        standing.contains_key(&(receipt, Some(bounced.invoice)))
            && (bounced.of.iter())
                .any(|it| it.receipt == *receipt && it.reference == bounced.reference)
    };
    let receipts: BTreeSet<_> =
        standing.keys().map(|(receipt, _)| *receipt).filter(|it| is_concerned(it)).collect();
    if receipts.is_empty() {
        let is_paid = before.invoices.get(bounced.invoice).is_some_and(|invoice| invoice.paid > 0);
        // What is told twice is known, also where something else has paid the invoice.
        let has_bounced = bounced.of.iter().any(|it| it.reference == bounced.reference);
        return Err(match (is_paid, has_bounced) {
            (false, _) => PaymentRefusal::NotPaid,
            (true, true) => PaymentRefusal::AlreadyBounced,
            (true, false) => PaymentRefusal::UnknownReference,
        });
    }
    let receipts = meant(bounced, receipts)?;
    let mut account = before.clone();
    account.see(today);
    for (part, amount) in standing.iter().filter(|(part, _)| receipts.contains(part.0)) {
        let told = (bounced.reference, bounced.reason);
        bounce(&mut account, *part, *amount, told, today, ids);
    }
    Ok(Plan::between(before, &account))
}

/// A payment that came to nothing, whatever it was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BouncedReceipt<'a> {
    /// The payment, or a part of what came in.
    pub payment: &'a Payment,
    /// Why it bounced.
    pub reason: &'a str,
    /// All that came in together with it, and what of that bounced. The account holds their
    /// invoices.
    pub of: &'a [Payment],
}

/// Records that money bounced which may be for no invoice, with all that came in together with
/// it, once the customer is up to date: what it had given to the balance is taken back, also where
/// that was drawn on meanwhile or had settled a debt, so that the balance may fall below zero; its
/// invoices are open again.
///
/// # Errors
/// [`PaymentRefusal::NotReceived`] where it is no payment; [`PaymentRefusal::AlreadyBounced`]
/// where it has bounced.
pub fn decide_bounce(
    before: &Account,
    tariff: &Tariff,
    bounced: &BouncedReceipt<'_>,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, PaymentRefusal> {
    let BouncedReceipt { payment, reason, of } = bounced;
    if payment.kind != PaymentKind::Payment {
        return Err(PaymentRefusal::NotReceived);
    }
    let mut standing = standing(of);
    standing.retain(|(receipt, _), _| **receipt == payment.receipt);
    if standing.is_empty() {
        return Err(PaymentRefusal::AlreadyBounced);
    }
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let (account, ids) = (&mut ledger.account, &mut *ledger.ids);
    for (part, amount) in standing {
        bounce(account, part, amount, (&payment.reference, reason), today, ids);
    }
    Ok(Plan::between(before, &ledger.account))
}

/// A part of what came in together: its receipt, and the invoice, or none where it is for the
/// balance.
type ReceiptPart<'a> = (&'a PaymentId, Option<&'a InvoiceId>);

/// What of these payments has not bounced, by part.
fn standing(of: &[Payment]) -> BTreeMap<ReceiptPart<'_>, Money> {
    let mut sums: BTreeMap<ReceiptPart<'_>, Money> = BTreeMap::new();
    for payment in of {
        let sum = sums.entry((&payment.receipt, payment.invoice.as_ref()));
        sum.or_insert(Money::new(0, payment.currency)).minor += payment.amount;
    }
    sums.retain(|_, sum| sum.minor > 0);
    sums
}

/// Takes a part of what came in back, and says why.
fn bounce(
    account: &mut Account,
    (receipt, invoice): ReceiptPart<'_>,
    amount: Money,
    (reference, reason): (&str, &str),
    today: NaiveDate,
    ids: &mut Ids,
) {
    give_back(account, invoice, amount, today);
    account.payments.push(Payment {
        id: PaymentId::fresh(ids),
        kind: PaymentKind::Bounce,
        receipt: receipt.clone(),
        invoice: invoice.cloned(),
        checkout: None,
        amount: -amount.minor,
        currency: amount.currency,
        reference: reference.to_owned(),
        reason: Some(reason.to_owned()),
        paid_on: today,
    });
}

/// Which of these receipts is meant, of the one name.
fn meant<'a>(
    bounced: &BouncedPayment<'a>,
    receipts: BTreeSet<&'a PaymentId>,
) -> Result<BTreeSet<&'a PaymentId>, PaymentRefusal> {
    let Some(payment) = bounced.payment else {
        let is_one = receipts.len() == 1;
        return if is_one { Ok(receipts) } else { Err(PaymentRefusal::SeveralOfReference) };
    };
    let is_meant = |it: &&Payment| {
        it.id == *payment
            && it.kind == PaymentKind::Payment
            && it.invoice.as_ref() == Some(bounced.invoice)
            && it.reference == bounced.reference
    };
    let named = bounced.of.iter().find(is_meant).map(|it| &it.receipt);
    let named = named.filter(|receipt| receipts.contains(receipt));
    named.map(|receipt| BTreeSet::from([receipt])).ok_or(PaymentRefusal::UnknownPayment)
}

/// Takes money back from an invoice, or from the balance.
fn give_back(account: &mut Account, invoice: Option<&InvoiceId>, amount: Money, today: NaiveDate) {
    let Some(id) = invoice else {
        *account.balances.entry(amount.currency).or_insert(0) -= amount.minor;
        return;
    };
    let Some(invoice) = account.invoices.get_mut(id) else { return };
    invoice.paid -= amount.minor;
    let mut taken_back = invoice.given_to_balance.clamp(0, amount.minor);
    invoice.given_to_balance -= taken_back;
    let owed = amount.minor - taken_back;
    if invoice.status == InvoiceStatus::Cancelled {
        // Nothing can stay due on a cancelled invoice: a debt that it had taken up returns.
        taken_back += owed;
    } else if owed > 0 {
        invoice.amount_due += owed;
        if invoice.status != InvoiceStatus::Open {
            invoice.status = InvoiceStatus::Open;
            resume(invoice, today);
        }
    }
    *account.balances.entry(amount.currency).or_insert(0) -= taken_back;
}

/// Pays credit balance out, once the customer is up to date.
///
/// # Errors
/// [`PaymentRefusal::BalanceTooLow`] where there is less than `amount`.
pub fn decide_payout(
    before: &Account,
    tariff: &Tariff,
    amount: Money,
    reference: &str,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, PaymentRefusal> {
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let balance = ledger.account.balances.entry(amount.currency).or_insert(0);
    if amount.minor > *balance {
        let balance = Money::new(*balance, amount.currency);
        return Err(PaymentRefusal::BalanceTooLow { balance });
    }
    *balance -= amount.minor;
    let id = PaymentId::fresh(ledger.ids);
    let payment = Payment {
        receipt: id.clone(),
        id,
        kind: PaymentKind::Payout,
        invoice: None,
        checkout: None,
        amount: -amount.minor,
        currency: amount.currency,
        reference: reference.to_owned(),
        reason: None,
        paid_on: today,
    };
    ledger.account.payments.push(payment);
    Ok(Plan::between(before, &ledger.account))
}
