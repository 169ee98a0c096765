//! Money back. By hand, on an invoice, for a reason: that follows the rules of every other credit,
//! and changes no days, for what was paid for stays paid for. And what a subscription gives back
//! when it ends or is replaced.

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::calendar::DateRange;
use crate::domain::document::{InvoiceStatus, LineKind};
use crate::domain::ids::{Ids, InvoiceId, SubscriptionId};
use crate::domain::money::{Currency, Money, divide_rounded};
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

impl Ledger<'_> {
    /// Gross of the current line × unused days ÷ days of the period, credited for those days.
    pub(super) fn credit_unused(&mut self, id: &SubscriptionId) {
        let Some(source) = self.account.subscriptions.get(id) else { return };
        let (Some(period), Some(gross)) = (source.current_period, self.current_gross(source))
        else {
            return;
        };
        let unused = DateRange { start: self.today, end: period.end };
        let credit = divide_rounded(
            i128::from(gross) * i128::from(unused.days()),
            i128::from(period.days()),
        );
        self.credit_current(id, credit, unused);
    }

    /// All that is not credited yet of a subscription's lines for its current and later periods
    /// and for its bridge, a credit note for each invoice; or of the invoice issued elsewhere.
    pub(super) fn credit_all(&mut self, id: &SubscriptionId) {
        let current = self.account.subscriptions.get(id).and_then(|it| it.current_period);
        let Some(current) = current else { return };
        let invoices = self.account.invoices.values().map(|invoice| {
            let lines = invoice.lines.iter().enumerate().filter(|(_, line)| {
                let (of, start) = (&line.line, line.line.period.start);
                let is_owed = of.kind == LineKind::Bridge || start >= current.start;
                of.subscription == *id && is_owed && !line.cancelled
            });
            let items = lines.map(|(place, line)| (place, line.left(), line.line.period));
            (invoice.id.clone(), items.collect::<Vec<_>>())
        });
        let invoices: Vec<_> = invoices.filter(|(_, items)| !items.is_empty()).collect();
        for (invoice, items) in invoices {
            self.credit(&invoice, &items);
        }
        if let Some((line, _)) = self.brought_over_line(id) {
            self.credit_brought_over(id, line.left(), line.line.period);
        }
    }
}
