//! Money that comes in, bounces, or is paid out.

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::document::{InvoiceStatus, Payment};
use crate::domain::ids::{Ids, InvoiceId, PaymentId};
use crate::domain::money::Money;
use crate::domain::plan::Plan;

use super::ledger::{Ledger, Tariff};

/// Why money cannot move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentRefusal {
    /// Nothing is owed on the invoice.
    AlreadyPaid,
    /// The invoice is credited in full.
    AlreadyCancelled,
    /// The day of payment does not lie between the day of issue and today.
    PaidOn {
        /// The day of issue.
        issued_on: NaiveDate,
        /// The day of the decision.
        today: NaiveDate,
    },
    /// No payment stands on the invoice.
    NotPaid,
    /// The balance is lower than the payout.
    BalanceTooLow {
        /// What there is.
        balance: Money,
    },
}

/// Pays what is due on an invoice. `None` where the account does not hold it.
pub(super) fn settle(
    account: &mut Account,
    id: &InvoiceId,
    reference: &str,
    paid_on: NaiveDate,
    ids: &mut Ids,
) {
    let Some(invoice) = account.invoices.get_mut(id) else {
        return;
    };
    let (amount, currency) = (invoice.amount_due, invoice.currency);
    invoice.paid += amount;
    invoice.amount_due = 0;
    invoice.status = InvoiceStatus::Paid;
    account.payments.push(Payment {
        id: PaymentId::fresh(ids),
        invoice: Some(id.clone()),
        amount,
        currency,
        reference: reference.to_owned(),
        reason: None,
        paid_on,
    });
}

/// Records that an invoice was paid. The account holds it.
///
/// # Errors
/// [`PaymentRefusal::PaidOn`] where it was paid on no day from its issue to today;
/// [`PaymentRefusal::AlreadyPaid`] or [`PaymentRefusal::AlreadyCancelled`] where nothing is owed.
pub fn decide_pay(
    before: &Account,
    invoice: &InvoiceId,
    reference: &str,
    paid_on: NaiveDate,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, PaymentRefusal> {
    let found = before.invoices.get(invoice).ok_or(PaymentRefusal::AlreadyPaid)?;
    // A clock that was set back may have issued it on a day to come.
    let (issued_on, last) = (found.issued_on, today.max(found.issued_on));
    if paid_on < issued_on || paid_on > last {
        return Err(PaymentRefusal::PaidOn { issued_on, today: last });
    }
    match found.status {
        InvoiceStatus::Open => {}
        InvoiceStatus::Paid => return Err(PaymentRefusal::AlreadyPaid),
        InvoiceStatus::Cancelled => return Err(PaymentRefusal::AlreadyCancelled),
    }
    let mut account = before.clone();
    account.see(today);
    settle(&mut account, invoice, reference, paid_on, ids);
    Ok(Plan::between(before, &account))
}

/// Records that a payment bounced: the invoice is open again (one that is credited in full stays
/// cancelled), and what its credits had given to the balance is taken back, at most what was paid.
///
/// # Errors
/// [`PaymentRefusal::NotPaid`] where no payment stands on it.
pub fn decide_unpay(
    before: &Account,
    id: &InvoiceId,
    reference: &str,
    reason: &str,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, PaymentRefusal> {
    let mut account = before.clone();
    account.see(today);
    let invoice = account.invoices.get_mut(id).filter(|invoice| invoice.paid > 0);
    let Some(invoice) = invoice else {
        return Err(PaymentRefusal::NotPaid);
    };
    let (paid, currency) = (std::mem::take(&mut invoice.paid), invoice.currency);
    let mut taken_back = invoice.given_to_balance.clamp(0, paid);
    invoice.given_to_balance -= taken_back;
    let owed = paid - taken_back;
    if invoice.status == InvoiceStatus::Cancelled {
        // Nothing can stay due on a cancelled invoice: a debt that it had taken up returns.
        taken_back += owed;
    } else if owed > 0 {
        invoice.amount_due = owed;
        invoice.status = InvoiceStatus::Open;
    }
    *account.balances.entry(currency).or_insert(0) -= taken_back;
    account.payments.push(Payment {
        id: PaymentId::fresh(ids),
        invoice: Some(id.clone()),
        amount: -paid,
        currency,
        reference: reference.to_owned(),
        reason: Some(reason.to_owned()),
        paid_on: today,
    });
    Ok(Plan::between(before, &account))
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
    let mut ledger = Ledger { account: before.clone(), tariff, today, ids };
    ledger.bring_up_to_date();
    let balance = ledger.account.balances.entry(amount.currency).or_insert(0);
    if amount.minor > *balance {
        let balance = Money::new(*balance, amount.currency);
        return Err(PaymentRefusal::BalanceTooLow { balance });
    }
    *balance -= amount.minor;
    let payment = Payment {
        id: PaymentId::fresh(ledger.ids),
        invoice: None,
        amount: -amount.minor,
        currency: amount.currency,
        reference: reference.to_owned(),
        reason: None,
        paid_on: today,
    };
    ledger.account.payments.push(payment);
    Ok(Plan::between(before, &ledger.account))
}
