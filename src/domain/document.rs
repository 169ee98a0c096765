//! Invoices and credit notes: what they say, and the arithmetic of crediting a line. Never
//! edited or deleted after issue; what changes is what is still owed.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::calendar::DateRange;
use super::catalogue::Exemption;
use super::ids::{
    CheckoutId, CreditNoteId, CustomerId, InvoiceId, OfferId, PaymentId, SubscriptionId,
};
use super::money::{Currency, Money, Rate};
use super::names::names;

names! {
    /// What a line is for.
    pub enum LineKind {
        /// A billing period.
        Period = "period",
        /// The days before the first booking.
        Bridge = "bridge",
        /// Money back.
        Credit = "credit",
    }
}

/// One line of a document. Amounts are minor units; on credit notes they are positive, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The subscription that it is for.
    pub subscription: SubscriptionId,
    /// That subscription's offer.
    pub offer: OfferId,
    /// What it is for.
    pub kind: LineKind,
    /// The offer's title when sold, in the language of the document.
    pub description: String,
    /// What the law wants to be told of the offer, as it was when sold.
    pub legal_advice: Option<String>,
    /// The days of service.
    pub period: DateRange,
    /// `gross` − `tax`.
    pub net: i64,
    /// Rounded once, for this line.
    pub tax: i64,
    /// What is charged or credited.
    pub gross: i64,
    /// What was taken off the price: `gross` is after it.
    pub discount: i64,
    /// The tax rate by date of supply.
    pub rate: Rate,
    /// Why no tax is charged, as it was when issued; known of lines of invoices only.
    pub exemption: Option<Exemption>,
}

impl Line {
    /// Its rate and its sums.
    #[must_use]
    pub fn by_rate(&self) -> (Rate, Totals) {
        (self.rate, Totals { net: self.net, tax: self.tax, gross: self.gross })
    }
}

/// A line of an invoice and what has been credited of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceLine {
    /// What was issued.
    pub line: Line,
    /// Gross credited so far.
    pub credited_gross: i64,
    /// Tax credited so far.
    pub credited_tax: i64,
    /// Whether it is credited in full; a line of 0.00 can be, too.
    pub cancelled: bool,
}

impl InvoiceLine {
    /// A line as issued.
    #[must_use]
    pub fn new(line: Line) -> Self {
        Self { line, credited_gross: 0, credited_tax: 0, cancelled: false }
    }

    /// The gross that is not credited yet.
    #[must_use]
    pub fn left(&self) -> i64 {
        self.line.gross - self.credited_gross
    }

    /// The line with what is left of its amounts.
    #[must_use]
    pub fn rest(&self) -> Line {
        let (gross, tax) = (self.left(), self.line.tax - self.credited_tax);
        Line { gross, tax, net: gross - tax, ..self.line.clone() }
    }

    /// Credits `gross` of it for `period`, at most what is left. The tax is computed from the
    /// credit's gross; the last credit takes the remainder, and neither net nor tax ever exceeds
    /// what is left of it.
    pub fn credit(&mut self, gross: i64, period: DateRange) -> Line {
        let rest = self.rest();
        let gross = gross.min(rest.gross);
        let tax = if gross == rest.gross {
            self.cancelled = true;
            rest.tax
        } else {
            self.line.rate.tax_in(gross).clamp((gross - rest.net).max(0), rest.tax)
        };
        self.credited_gross += gross;
        self.credited_tax += tax;
        let kind = LineKind::Credit;
        let net = gross - tax;
        let line = Line { kind, period, gross, tax, net, discount: 0, ..rest };
        Line { legal_advice: None, exemption: None, ..line }
    }
}

names! {
    /// Where an invoice stands.
    pub enum InvoiceStatus {
        /// Something is owed.
        Open = "open",
        /// Nothing is owed.
        Paid = "paid",
        /// Every line is credited in full.
        Cancelled = "cancelled",
    }
}

/// What a customer owes for one date in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// `inv_…`.
    pub id: InvoiceId,
    /// Gapless for each merchant, from 1; given when it is stored.
    pub number: Option<i64>,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// The day by which it is to be paid (inclusive).
    pub due_on: NaiveDate,
    /// What it is for.
    pub lines: Vec<InvoiceLine>,
    /// What it drew from the credit balance; negative where it took up a debt.
    pub credit_applied: i64,
    /// What is still owed.
    pub amount_due: i64,
    /// What was paid.
    pub paid: i64,
    /// What its credits have given to the credit balance.
    pub given_to_balance: i64,
    /// Where it stands.
    pub status: InvoiceStatus,
    /// How much was said about its being overdue: 0 nothing, 1 that it is, then a step each.
    pub dunned: u32,
    /// The day on which billing looks at it again while it is open; none where nothing is left to
    /// say.
    pub dunning_on: Option<NaiveDate>,
}

impl Invoice {
    /// Net, tax and gross: the sums of its lines.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals::of(self.lines.iter().map(|line| &line.line))
    }

    /// Whether it is owed and its day has passed.
    #[must_use]
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.status == InvoiceStatus::Open && self.amount_due > 0 && self.due_on < today
    }

    /// The day on which billing has something to say about it.
    #[must_use]
    pub fn dunned_next_on(&self) -> Option<NaiveDate> {
        self.dunning_on.filter(|_| self.status == InvoiceStatus::Open)
    }

    /// Whether a line of it is for this subscription.
    #[must_use]
    pub fn concerns(&self, subscription: &SubscriptionId) -> bool {
        self.lines.iter().any(|line| line.line.subscription == *subscription)
    }
}

/// An invoice that somebody named by its number, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedInvoice {
    /// Its id.
    pub id: InvoiceId,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// What is still to be paid: nothing where it is paid or cancelled.
    pub due: Money,
    /// The day on which it was issued: nothing was paid before.
    pub issued_on: NaiveDate,
}

/// A line of a credit note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditLine {
    /// What is credited; amounts are positive.
    pub line: Line,
    /// The place of the credited line on its invoice, from 0; none where that was issued
    /// elsewhere.
    pub of: Option<usize>,
}

/// Money back on an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditNote {
    /// `crn_…`.
    pub id: CreditNoteId,
    /// Gapless for each merchant, from 1; given when it is stored.
    pub number: Option<i64>,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// The day on which it was issued.
    pub issued_on: NaiveDate,
    /// The invoice; none where that was issued elsewhere.
    pub credits: Option<InvoiceId>,
    /// What is credited.
    pub lines: Vec<CreditLine>,
    /// Why, where it was credited by hand: then it takes back no days, only money.
    pub reason: Option<String>,
}

impl CreditNote {
    /// Net, tax and gross: the sums of its lines.
    #[must_use]
    pub fn totals(&self) -> Totals {
        Totals::of(self.lines.iter().map(|line| &line.line))
    }
}

/// The sums of a document's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Without tax.
    pub net: i64,
    /// The tax.
    pub tax: i64,
    /// Both.
    pub gross: i64,
}

impl Totals {
    /// Sums lines.
    pub fn of<'a>(lines: impl Iterator<Item = &'a Line>) -> Self {
        lines.fold(Self::default(), |sum, line| Self {
            net: sum.net + line.net,
            tax: sum.tax + line.tax,
            gross: sum.gross + line.gross,
        })
    }

    /// Sums parts by rate, the lowest first.
    pub fn by_rate(parts: impl Iterator<Item = (Rate, Self)>) -> BTreeMap<Rate, Self> {
        parts.fold(BTreeMap::new(), |mut sums, (rate, part)| {
            let sum: &mut Self = sums.entry(rate).or_default();
            *sum = Self {
                net: sum.net + part.net,
                tax: sum.tax + part.tax,
                gross: sum.gross + part.gross,
            };
            sums
        })
    }
}

/// An invoice or a credit note, in the order of issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Document {
    /// What is owed.
    Invoice(Invoice),
    /// What is given back.
    CreditNote(CreditNote),
}

names! {
    /// Which way money went.
    pub enum PaymentKind {
        /// It came in.
        Payment = "payment",
        /// What had come in went back.
        Bounce = "bounce",
        /// Credit balance was paid out.
        Payout = "payout",
    }
}

/// Money that came in for one invoice or for the balance, or left again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// `pay_…`.
    pub id: PaymentId,
    /// Which way it went.
    pub kind: PaymentKind,
    /// The first of the payments that came in together, and so bounce together.
    pub receipt: PaymentId,
    /// For which invoice; none where it was for the credit balance, or paid out of it.
    pub invoice: Option<InvoiceId>,
    /// The checkout that it completed; none where it did not.
    pub checkout: Option<CheckoutId>,
    /// Minor units: positive came in, negative bounced or was paid out.
    pub amount: i64,
    /// The currency.
    pub currency: Currency,
    /// The payment provider's name for it.
    pub reference: String,
    /// Why it bounced.
    pub reason: Option<String>,
    /// The day.
    pub paid_on: NaiveDate,
}

/// An invoice line seen from the subscription that it is for: which days it pays for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLine {
    /// The invoice, and the place of the line on it, from 0.
    pub at: (InvoiceId, usize),
    /// The days.
    pub period: DateRange,
}

/// A credit note line seen from the subscription that it is for: which days it takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceCredit {
    /// The credited line, by invoice and place; none where that was issued elsewhere.
    pub of: Option<(InvoiceId, usize)>,
    /// The days.
    pub period: DateRange,
}
