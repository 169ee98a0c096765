//! Money back by hand, on an invoice, for a reason: that follows the rules of every other credit,
//! and changes no days, for what was paid for stays paid for.

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::document::InvoiceStatus;
use crate::domain::ids::{Ids, InvoiceId};
use crate::domain::money::{Currency, Money};
use crate::domain::plan::Plan;

use super::ledger::{Ledger, Tariff};

/// A line that is to be credited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreditItem {
    /// Its place on the invoice, from 0.
    pub line: usize,
    /// How much of its gross; all that is left unless given.
    pub gross: Option<Money>,
}

/// Why a line cannot be credited as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemFault {
    /// The invoice has no such line.
    NoLine,
    /// It is asked for twice.
    Twice,
    /// Nothing is left of it.
    NothingLeft,
    /// The amount is of another currency than the invoice.
    OtherCurrency {
        /// The invoice's.
        currency: Currency,
    },
    /// The amount is not more than zero and at most what is left.
    NotWithin {
        /// What is left.
        left: Money,
    },
}

/// Why an invoice cannot be credited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreditRefusal {
    /// It is credited in full.
    AlreadyCancelled,
    /// These items do not fit, by their place in what was asked.
    Items(Vec<(usize, ItemFault)>),
}

/// Credits lines of an invoice by hand, once the customer is up to date: all that is left of it
/// where there are no items. The account holds the invoice.
///
/// # Errors
/// [`CreditRefusal`] where nothing is left, or an item does not fit.
pub fn decide_credit(
    before: &Account,
    tariff: &Tariff,
    id: &InvoiceId,
    items: &[CreditItem],
    reason: &str,
    today: NaiveDate,
    ids: &mut Ids,
) -> Result<Plan, CreditRefusal> {
    let mut ledger = Ledger::up_to_date(before, tariff, today, ids);
    let invoice = ledger.account.invoices.get(id).ok_or(CreditRefusal::AlreadyCancelled)?;
    if invoice.status == InvoiceStatus::Cancelled {
        return Err(CreditRefusal::AlreadyCancelled);
    }
    let whole: Vec<_> = (0..invoice.lines.len())
        .filter(|line| !invoice.lines[*line].cancelled)
        .map(|line| CreditItem { line, gross: None })
        .collect();
    let items = if items.is_empty() { whole.as_slice() } else { items };
    let (mut credits, mut faults) = (Vec::new(), Vec::new());
    for (place, item) in items.iter().enumerate() {
        let is_twice = items[..place].iter().any(|earlier| earlier.line == item.line);
        let line = invoice.lines.get(item.line).ok_or(ItemFault::NoLine);
        let gross = line.and_then(|line| {
            let left = Money::new(line.left(), invoice.currency);
            match item.gross {
                _ if is_twice => Err(ItemFault::Twice),
                _ if line.cancelled => Err(ItemFault::NothingLeft),
                None => Ok(left.minor),
                Some(gross) if gross.currency != left.currency => {
                    Err(ItemFault::OtherCurrency { currency: left.currency })
                }
                Some(gross) if gross.minor <= 0 || gross.minor > left.minor => {
                    Err(ItemFault::NotWithin { left })
                }
                Some(gross) => Ok(gross.minor),
            }
        });
        match gross {
            Ok(gross) => credits.push((item.line, gross, invoice.lines[item.line].line.period)),
            Err(fault) => faults.push((place, fault)),
        }
    }
    if !faults.is_empty() {
        return Err(CreditRefusal::Items(faults));
    }
    ledger.credit_for(id, &credits, Some(reason));
    Ok(Plan::between(before, &ledger.account))
}
