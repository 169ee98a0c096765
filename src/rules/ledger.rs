//! The account on paper: what every rule works on, and how documents are issued and credited.
//! When to do so is for the other rules.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use crate::domain::account::Account;
use crate::domain::calendar::DateRange;
use crate::domain::catalogue::{Exemption, Tax, Terms};
use crate::domain::coupon::FirstLineDiscount;
use crate::domain::document::{
    CreditLine, CreditNote, Document, Invoice, InvoiceLine, InvoiceStatus, Line, LineKind,
};
use crate::domain::dunning::DunningStep;
use crate::domain::ids::{CreditNoteId, Ids, InvoiceId, SubscriptionId, TaxId};
use crate::domain::money::{Currency, Money, Rate, divide_rounded};
use crate::domain::subscription::Subscription;

/// What decisions about money rest on besides the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    /// The tax categories in use.
    pub taxes: BTreeMap<TaxId, Tax>,
    /// Days from issue to due date.
    pub payment_days: u32,
    /// What becomes of an invoice that is not paid in time.
    pub dunning: Vec<DunningStep>,
}

impl Tariff {
    /// The rate of some terms for a supply that starts on `date`.
    #[must_use]
    pub fn rate(&self, terms: &Terms, date: NaiveDate) -> Rate {
        let tax = terms.tax.as_ref().and_then(|id| self.taxes.get(id));
        tax.map_or(Rate::ZERO, |tax| tax.rate_on(date))
    }

    /// Why terms are sold without tax, where they are for a reason.
    fn exemption(&self, terms: &Terms) -> Option<Exemption> {
        let tax = terms.tax.as_ref().and_then(|id| self.taxes.get(id))?;
        tax.exemption.clone()
    }

    /// The gross of those days of a whole period that are booked of it, rounded once.
    #[must_use]
    pub fn share(&self, terms: &Terms, price: i64, days: DateRange, whole: DateRange) -> i64 {
        let gross = i128::from(self.gross(terms, price, days.start));
        divide_rounded(gross * i128::from(days.days()), i128::from(whole.days().max(1)))
    }

    /// The gross of a price under some terms for a supply that starts on `date`.
    #[must_use]
    pub fn gross(&self, terms: &Terms, price: i64, date: NaiveDate) -> i64 {
        if terms.tax_included { price } else { price + self.rate(terms, date).tax_on(price) }
    }

    /// What one billing period of some terms that starts on `date` costs regularly, without tax.
    #[must_use]
    pub fn net_price(&self, terms: &Terms, date: NaiveDate) -> Money {
        let price = terms.price;
        let tax = if terms.tax_included { self.rate(terms, date).tax_in(price.minor) } else { 0 };
        Money::new(price.minor - tax, price.currency)
    }
}

/// An account that a decision changes on paper, on one day.
#[derive(Debug)]
pub struct Ledger<'a> {
    /// As it is by now.
    pub account: Account,
    /// Taxes and terms of payment.
    pub tariff: &'a Tariff,
    /// The day of the decision, on which documents are issued.
    pub today: NaiveDate,
    /// Names what the decision makes.
    pub ids: &'a mut Ids,
}

impl Ledger<'_> {
    /// A copy to try something on, which draws its ids from a generator of its own.
    pub fn attempt<'b>(&'b self, ids: &'b mut Ids) -> Ledger<'b> {
        Ledger { account: self.account.clone(), tariff: self.tariff, today: self.today, ids }
    }

    /// The language of new documents; empty where none is known, which is the merchant's first.
    fn locale(&self) -> &str {
        self.account.locale.as_deref().unwrap_or_default()
    }

    /// The line for one period of a subscription at a price, in minor units as its terms have it.
    #[must_use]
    pub fn period_line(&self, subscription: &Subscription, price: i64, period: DateRange) -> Line {
        let terms = &subscription.terms;
        let rate = self.tariff.rate(terms, period.start);
        let (net, tax) = if terms.tax_included {
            (price - rate.tax_in(price), rate.tax_in(price))
        } else {
            (price, rate.tax_on(price))
        };
        Line {
            subscription: subscription.id.clone(),
            offer: terms.offer.clone(),
            kind: LineKind::Period,
            description: terms.title_in(self.locale()).to_owned(),
            legal_advice: terms.legal_advice_in(self.locale()).map(str::to_owned),
            period,
            net,
            tax,
            gross: net + tax,
            discount: 0,
            rate,
            exemption: self.tariff.exemption(terms),
        }
    }

    /// The first line that books a subscription, after what is taken off, if anything is.
    #[must_use]
    pub fn first_line(
        &self,
        subscription: &Subscription,
        line: Line,
        cut: Option<&FirstLineDiscount>,
    ) -> Line {
        let Some(cut) = cut else { return line };
        let gross = cut.off.off(line.gross);
        let discount = line.gross - gross;
        Line { discount, ..self.gross_line(subscription, line.kind, gross, line.period) }
    }

    /// A line whose gross is given.
    #[must_use]
    pub fn gross_line(
        &self,
        subscription: &Subscription,
        kind: LineKind,
        gross: i64,
        period: DateRange,
    ) -> Line {
        let rate = self.tariff.rate(&subscription.terms, period.start);
        let tax = rate.tax_in(gross);
        let line = self.period_line(subscription, subscription.price.minor, period);
        Line { kind, gross, tax, net: gross - tax, rate, ..line }
    }

    /// The day by which what is issued today is to be paid.
    #[must_use]
    pub fn due_on(&self) -> NaiveDate {
        let days = Days::new(u64::from(self.tariff.payment_days));
        self.today.checked_add_days(days).unwrap_or(self.today)
    }

    /// Issues one invoice. It draws on the credit balance, or takes up a debt; with nothing due
    /// it is paid.
    pub fn issue_invoice(
        &mut self,
        currency: Currency,
        lines: Vec<Line>,
        due_on: NaiveDate,
    ) -> InvoiceId {
        let gross: i64 = lines.iter().map(|line| line.gross).sum();
        let balance = self.account.balances.entry(currency).or_insert(0);
        let credit_applied = (*balance).min(gross);
        *balance -= credit_applied;
        let amount_due = gross - credit_applied;
        let invoice = Invoice {
            id: InvoiceId::fresh(self.ids),
            number: None,
            customer: self.account.customer.clone(),
            currency,
            issued_on: self.today,
            due_on,
            lines: lines.into_iter().map(InvoiceLine::new).collect(),
            credit_applied,
            amount_due,
            paid: 0,
            given_to_balance: 0,
            status: if amount_due == 0 { InvoiceStatus::Paid } else { InvoiceStatus::Open },
            dunned: 0,
            dunning_on: due_on.max(self.today).succ_opt(),
        };
        let id = invoice.id.clone();
        self.account.issued.push(Document::Invoice(invoice.clone()));
        self.account.invoices.insert(id.clone(), invoice);
        id
    }

    /// Credits lines of an invoice: each by its place, the gross (at most what is left) and the
    /// period. The credit first lowers what is still due to zero; the rest goes to the balance.
    /// An invoice whose every line is credited in full is cancelled: then nothing stays due on
    /// it, and a debt that it had taken up returns to the balance.
    pub fn credit(&mut self, invoice: &InvoiceId, items: &[(usize, i64, DateRange)]) {
        self.credit_for(invoice, items, None);
    }

    /// The same by hand where there is a reason: then the days stay paid for.
    pub(super) fn credit_for(
        &mut self,
        invoice: &InvoiceId,
        items: &[(usize, i64, DateRange)],
        reason: Option<&str>,
    ) {
        let Some(invoice) = self.account.invoices.get_mut(invoice) else {
            return;
        };
        let lines: Vec<CreditLine> = items
            .iter()
            .map(|&(place, gross, period)| CreditLine {
                line: invoice.lines[place].credit(gross, period),
                of: Some(place),
            })
            .collect();
        let credited: i64 = lines.iter().map(|line| line.line.gross).sum();
        let cancelled = invoice.lines.iter().all(|line| line.cancelled);
        let lowered = if cancelled { invoice.amount_due } else { credited.min(invoice.amount_due) };
        invoice.amount_due -= lowered;
        invoice.given_to_balance += credited - lowered;
        if cancelled {
            invoice.status = InvoiceStatus::Cancelled;
        } else if invoice.amount_due == 0 {
            invoice.status = InvoiceStatus::Paid;
        }
        let (currency, credits) = (invoice.currency, Some(invoice.id.clone()));
        *self.account.balances.entry(currency).or_insert(0) += credited - lowered;
        self.note_credit(currency, credits, lines, reason);
    }

    /// Credits every line of an invoice in full.
    pub fn cancel_invoice(&mut self, invoice: &InvoiceId) {
        let Some(found) = self.account.invoices.get(invoice) else {
            return;
        };
        let items: Vec<_> = found
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.cancelled)
            .map(|(place, line)| (place, line.left(), line.line.period))
            .collect();
        self.credit(invoice, &items);
    }

    /// Credits `gross` (at most what is left) of the invoice that was issued elsewhere for the
    /// current period of a subscription that was brought over. What was not paid gives nothing
    /// to the balance. Answers with what was credited.
    pub fn credit_brought_over(
        &mut self,
        id: &SubscriptionId,
        gross: i64,
        period: DateRange,
    ) -> Option<Line> {
        let (line, paid) = self.brought_over_line(id)?;
        let mut whole = line;
        let credit = whole.credit(gross, period);
        let subscription = self.account.subscriptions.get_mut(id)?;
        let over = subscription.brought_over.as_mut()?;
        over.credited_gross = whole.credited_gross;
        over.credited_tax = whole.credited_tax;
        over.cancelled = whole.cancelled;
        let currency = subscription.price.currency;
        if paid {
            *self.account.balances.entry(currency).or_insert(0) += credit.gross;
        }
        let lines = vec![CreditLine { line: credit.clone(), of: None }];
        self.note_credit(currency, None, lines, None);
        Some(credit)
    }

    /// The line that stood on the invoice issued elsewhere, unless it is credited in full, and
    /// whether it was paid.
    #[must_use]
    pub fn brought_over_line(&self, id: &SubscriptionId) -> Option<(InvoiceLine, bool)> {
        let subscription = self.account.subscriptions.get(id)?;
        let over = subscription.paid_elsewhere()?;
        let period = subscription.current_period?;
        let line = self.gross_line(subscription, LineKind::Period, over.gross, period);
        let (credited_gross, credited_tax) = (over.credited_gross, over.credited_tax);
        Some((InvoiceLine { line, credited_gross, credited_tax, cancelled: false }, over.paid))
    }

    fn note_credit(
        &mut self,
        currency: Currency,
        credits: Option<InvoiceId>,
        lines: Vec<CreditLine>,
        reason: Option<&str>,
    ) {
        let note = CreditNote {
            id: CreditNoteId::fresh(self.ids),
            number: None,
            customer: self.account.customer.clone(),
            currency,
            issued_on: self.today,
            credits,
            lines,
            reason: reason.map(str::to_owned),
        };
        self.account.issued.push(Document::CreditNote(note));
    }

    /// Credits `gross` on whatever pays for the current period of a subscription: its line, or
    /// the invoice that was issued elsewhere. As far as it goes; nothing where there is nothing.
    pub fn credit_current(&mut self, id: &SubscriptionId, gross: i64, period: DateRange) {
        let Some(subscription) = self.account.subscriptions.get(id) else {
            return;
        };
        if gross <= 0 {
            return;
        }
        if let Some((invoice, place)) = self.account.current_line(subscription) {
            let left = self.account.invoices[&invoice].lines[place].left();
            if left > 0 {
                self.credit(&invoice, &[(place, gross.min(left), period)]);
            }
        } else if self.brought_over_line(id).is_some_and(|(line, _)| line.left() > 0) {
            self.credit_brought_over(id, gross, period);
        }
    }
}
