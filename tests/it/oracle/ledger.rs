//! Documents and balances: issuing, crediting, paying, bouncing, paying out.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::calendar::{Span, later};
use super::model::{Doc, Line, LineKind, Offer, World};
use super::money::{self, Minor, Rate, Sum};

impl World {
    /// What a customer has to his credit, below zero if he owes it.
    pub(crate) fn balance(&self, customer: &str, currency: &str) -> Minor {
        self.balances.get(&(customer.into(), currency.into())).copied().unwrap_or(0)
    }

    /// Raises or lowers a balance.
    fn move_balance(&mut self, customer: &str, currency: &str, by: Minor) {
        *self.balances.entry((customer.into(), currency.into())).or_default() += by;
    }

    /// The rate of an offer's tax on a day; zero before the first.
    pub(crate) fn rate_on(&self, deal: &Offer, day: NaiveDate) -> Rate {
        let tax = self.taxes.iter().find(|tax| Some(&tax.id) == deal.tax.as_ref());
        let rates = tax.map_or(&[][..], |tax| &tax.rates);
        let first = rates.iter().min();
        let valid = rates.iter().filter(|(from, _)| *from <= day).max();
        valid.or(first).map_or(0, |(_, rate)| money::rate(rate))
    }

    /// What one period of an offer costs when it starts on a day.
    pub(crate) fn price_on(&self, deal: &Offer, day: NaiveDate) -> Sum {
        let rate = self.rate_on(deal, day);
        if deal.is_net { Sum::of_net(deal.price, rate) } else { Sum::of_gross(deal.price, rate) }
    }

    /// A line of a subscription.
    pub(crate) fn line(&self, sub: usize, kind: LineKind, period: Span, sum: Sum) -> Line {
        let deal = &self.subs[sub].deal;
        let rate = self.rate_on(deal, period.start);
        let (offer, credited) = (deal.id.clone(), Sum::default());
        Line { sub, offer, kind, period, sum, rate, discount: 0, credited, is_void: false }
    }

    /// Issues an invoice today, which draws on the balance or adds a debt.
    pub(crate) fn issue(&mut self, customer: &str, lines: Vec<Line>, due_on: Option<NaiveDate>) {
        let currency = self.subs[lines[0].sub].deal.currency.clone();
        let gross: Minor = lines.iter().map(|line| line.sum.gross).sum();
        let applied = self.balance(customer, &currency).min(gross);
        self.move_balance(customer, &currency, -applied);
        self.docs.push(Doc {
            is_invoice: true,
            is_listed: true,
            customer: customer.into(),
            currency,
            issued_on: self.today,
            due_on: due_on.or(Some(later(self.today, self.settings.payment_days))),
            lines,
            applied,
            due: gross - applied,
            paid: BTreeMap::new(),
            given: 0,
            credits: None,
            is_cancelled: false,
            told: 0,
        });
    }

    /// Keeps in mind an invoice that was written elsewhere.
    pub(crate) fn note_elsewhere(&mut self, sub: usize, gross: Minor, is_paid: bool) {
        let period = self.subs[sub].period.expect("an arrival is booked");
        let rate = self.rate_on(&self.subs[sub].deal, period.start);
        let line = self.line(sub, LineKind::Period, period, Sum::of_gross(gross, rate));
        self.docs.push(Doc {
            is_invoice: true,
            is_listed: false,
            customer: self.subs[sub].customer.clone(),
            currency: self.subs[sub].deal.currency.clone(),
            issued_on: self.today,
            due_on: None,
            lines: vec![line],
            applied: 0,
            due: if is_paid { 0 } else { gross },
            // By no receipt: it cannot bounce here.
            paid: is_paid.then_some((usize::MAX, gross)).into_iter().collect(),
            given: 0,
            credits: None,
            is_cancelled: false,
            told: 0,
        });
    }

    /// The line that pays for the current (or last) period of a subscription.
    pub(crate) fn current_line(&self, sub: usize) -> Option<(usize, usize)> {
        let period = self.subs[sub].period?;
        for (at, doc) in self.docs.iter().enumerate() {
            for (place, line) in doc.lines.iter().enumerate() {
                let is_it = line.sub == sub && line.kind == LineKind::Period;
                if doc.is_invoice && is_it && line.period == period && !line.is_void {
                    return Some((at, place));
                }
            }
        }
        None
    }

    /// What is left of a line after its credits.
    pub(crate) fn left_of(&self, doc: usize, line: usize) -> Sum {
        let line = &self.docs[doc].lines[line];
        line.sum.minus(line.credited)
    }

    /// The sum of one credit of a line: its tax from its gross, the last one takes what remains.
    fn credit_sum(line: &Line, gross: Minor) -> Sum {
        let left = line.sum.minus(line.credited);
        assert!(gross <= left.gross, "no more is credited than was charged");
        if gross == left.gross {
            return left;
        }
        let mut tax = Sum::of_gross(gross, line.rate).tax;
        while tax > left.tax {
            tax -= 1;
        }
        while gross - tax > left.net {
            tax += 1;
        }
        Sum { net: gross - tax, tax, gross }
    }

    /// Credits some lines of an invoice: each with its gross and the days it is for.
    pub(crate) fn credit(&mut self, doc: usize, parts: &[(usize, Minor, Span)]) {
        let mut lines = Vec::new();
        for (place, gross, period) in parts {
            let line = &mut self.docs[doc].lines[*place];
            let sum = Self::credit_sum(line, *gross);
            line.credited = line.credited.plus(sum);
            line.is_void = line.credited.gross == line.sum.gross;
            let (kind, period) = (LineKind::Credit, *period);
            let credited = Sum::default();
            lines.push(Line { kind, period, sum, discount: 0, credited, ..line.clone() });
        }
        let invoice = &mut self.docs[doc];
        let total: Minor = lines.iter().map(|line| line.sum.gross).sum();
        let lowered = total.min(invoice.due);
        invoice.due -= lowered;
        invoice.given += total - lowered;
        let mut to_balance = total - lowered;
        if invoice.lines.iter().all(|line| line.is_void) {
            invoice.is_cancelled = true;
            to_balance -= invoice.due;
            invoice.due = 0;
        }
        let (customer, currency) = (invoice.customer.clone(), invoice.currency.clone());
        self.move_balance(&customer, &currency, to_balance);
        self.docs.push(Doc {
            is_invoice: false,
            is_listed: true,
            customer,
            currency,
            issued_on: self.today,
            due_on: None,
            lines,
            applied: 0,
            due: 0,
            paid: BTreeMap::new(),
            given: 0,
            credits: Some(doc),
            is_cancelled: false,
            told: 0,
        });
    }

    /// Credits whatever is left of the lines of a subscription from its current period on, and of
    /// its bridge.
    pub(crate) fn credit_everything(&mut self, sub: usize) {
        let Some(period) = self.subs[sub].period else { return };
        for doc in 0..self.docs.len() {
            let mut parts = Vec::new();
            for (place, line) in self.docs[doc].lines.iter().enumerate() {
                let is_old = line.kind == LineKind::Period && line.period.end <= period.start;
                if self.docs[doc].is_invoice && line.sub == sub && !is_old && !line.is_void {
                    parts.push((place, self.left_of(doc, place).gross, line.period));
                }
            }
            if !parts.is_empty() {
                self.credit(doc, &parts);
            }
        }
    }

    /// Pays all that is due; false where nothing is.
    pub(crate) fn pay(&mut self, doc: usize) -> bool {
        let due = self.docs[doc].due;
        if due > 0 {
            self.settle(&[(doc, due)]);
        }
        due > 0
    }

    /// Takes money that came in together, for each of some invoices: what is more than is due
    /// goes to the balance.
    pub(crate) fn settle(&mut self, parts: &[(usize, Minor)]) {
        self.receipts += 1;
        for (doc, amount) in parts {
            let invoice = &mut self.docs[*doc];
            let more = (amount - invoice.due).max(0);
            invoice.due -= amount - more;
            invoice.given += more;
            *invoice.paid.entry(self.receipts).or_default() += amount;
            let (customer, currency) = (invoice.customer.clone(), invoice.currency.clone());
            self.move_balance(&customer, &currency, more);
        }
    }

    /// Some quarters of what is due on a listed invoice; none where that is nothing.
    pub(crate) fn part_due(&self, number: usize, quarters: u32) -> Option<(usize, Minor)> {
        let doc = self.listed_invoice(number)?;
        let amount = self.docs[doc].due * Minor::from(quarters) / 4;
        (amount > 0).then_some((doc, amount))
    }

    /// Takes money of a customer: for a debt, then for what is due first, then for the balance.
    pub(crate) fn receive(&mut self, customer: &str, amount: Minor, currency: &str) {
        let debt = (-self.balance(customer, currency)).clamp(0, amount);
        let mut left = amount - debt;
        let is_open = |doc: &Doc| {
            doc.is_invoice
                && doc.is_listed
                && doc.due > 0
                && doc.customer == customer
                && doc.currency == currency
        };
        let mut open: Vec<usize> =
            (0..self.docs.len()).filter(|at| is_open(&self.docs[*at])).collect();
        open.sort_by_key(|at| (self.docs[*at].due_on, *at));
        let mut parts = Vec::new();
        for at in open {
            let part = self.docs[at].due.min(left);
            if part > 0 {
                left -= part;
                parts.push((at, part));
            }
        }
        self.settle(&parts);
        let free = debt + left;
        if free > 0 {
            self.move_balance(customer, currency, free);
            self.free.insert(self.receipts, (customer.into(), currency.into(), free));
        }
    }

    /// Takes the payment of an invoice back, with all that came in together with it; false where
    /// there is none, or several of one name.
    pub(crate) fn bounce(&mut self, doc: usize) -> bool {
        let receipts: Vec<usize> =
            self.docs[doc].paid.keys().copied().filter(|it| *it != usize::MAX).collect();
        if receipts.len() > 1 {
            return false;
        }
        for receipt in &receipts {
            self.undo(*receipt);
        }
        !receipts.is_empty()
    }

    /// Takes the last money of a customer back that was not for invoices alone; false where there
    /// is none.
    pub(crate) fn send_back(&mut self, customer: &str) -> bool {
        let mut own = self.free.iter().filter(|(_, (whose, _, _))| whose == customer);
        let last = own.next_back().map(|(receipt, _)| *receipt);
        if let Some(receipt) = last {
            self.undo(receipt);
        }
        last.is_some()
    }

    /// All that came in together never came.
    fn undo(&mut self, receipt: usize) {
        for at in 0..self.docs.len() {
            if let Some(paid) = self.docs[at].paid.remove(&receipt) {
                self.give_back(at, paid);
            }
        }
        if let Some((customer, currency, amount)) = self.free.remove(&receipt) {
            self.move_balance(&customer, &currency, -amount);
        }
    }

    /// What was paid on an invoice is owed again, but for what it had given to the balance.
    fn give_back(&mut self, doc: usize, paid: Minor) {
        let invoice = &mut self.docs[doc];
        let taken = invoice.given.min(paid);
        invoice.given -= taken;
        let mut from_balance = taken;
        if invoice.is_cancelled {
            from_balance = paid;
        } else {
            invoice.due += paid - taken;
        }
        let (customer, currency) = (invoice.customer.clone(), invoice.currency.clone());
        self.move_balance(&customer, &currency, -from_balance);
    }

    /// Credits a line by hand, or all that is left; false where that is nothing, and nothing
    /// certain where the line or the part of it is.
    pub(crate) fn credit_by_hand(
        &mut self,
        doc: usize,
        line: Option<(usize, u32)>,
    ) -> Option<bool> {
        if self.docs[doc].is_cancelled {
            return Some(false);
        }
        let parts: Vec<(usize, Minor, Span)> = if line.is_some() {
            let (place, gross) = self.part_left(doc, line)?;
            vec![(place, gross, self.docs[doc].lines[place].period)]
        } else {
            let lines = self.docs[doc].lines.iter().enumerate();
            lines
                .filter(|(_, line)| !line.is_void)
                .map(|(at, line)| (at, self.left_of(doc, at).gross, line.period))
                .collect()
        };
        self.credit(doc, &parts);
        Some(true)
    }

    /// The place of a line, and some quarters of what is left of it; none where that is nothing.
    pub(crate) fn part_left(
        &self,
        doc: usize,
        line: Option<(usize, u32)>,
    ) -> Option<(usize, Minor)> {
        let (number, quarters) = line?;
        let place = number % self.docs[doc].lines.len();
        let gross = self.left_of(doc, place).gross * Minor::from(quarters) / 4;
        (gross > 0).then_some((place, gross))
    }

    /// Pays a balance out; false where there is not as much.
    pub(crate) fn pay_out(&mut self, customer: &str, amount: Minor, currency: &str) -> bool {
        if amount > self.balance(customer, currency) {
            return false;
        }
        self.move_balance(customer, currency, -amount);
        self.paid_out += amount;
        true
    }

    /// Whether a subscription counts as unpaid: an overdue invoice, or a debt in its currency.
    pub(crate) fn is_unpaid(&self, sub: usize) -> bool {
        let (customer, currency) = (&self.subs[sub].customer, &self.subs[sub].deal.currency);
        let is_overdue = |doc: &Doc| {
            doc.is_invoice && doc.due > 0 && doc.due_on.is_some_and(|day| day < self.today)
        };
        self.balance(customer, currency) < 0
            || self
                .docs
                .iter()
                .any(|doc| is_overdue(doc) && doc.lines.iter().any(|line| line.sub == sub))
    }
}
