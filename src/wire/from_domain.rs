//! How the nouns of the domain are written on the wire. What is read from the wire is turned
//! into drafts where it is used.

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::calendar::DateRange;
use crate::domain::change::ScheduledChange;
use crate::domain::document::{
    CreditNote, Document, Invoice, InvoiceStatus, Line, Payment, Totals,
};
use crate::domain::ids::{CustomerId, SubscriptionId};
use crate::domain::money::{Currency, Money, Rate};
use crate::domain::party::Party;
use crate::domain::preview::DocumentKind;
use crate::domain::price_change::{NewPrice, in_turn};
use crate::domain::subscription::Subscription;
use crate::rules::audit::AuditFault;
use crate::rules::day_ledger::{DayCoverage, DaySpan};

use super::{Span, audit, changes, documents, price_changes, subscriptions};

impl From<DateRange> for Span {
    fn from(range: DateRange) -> Self {
        Self { start: range.start, end: range.end }
    }
}

impl From<Span> for DateRange {
    fn from(span: Span) -> Self {
        Self { start: span.start, end: span.end }
    }
}

impl From<InvoiceStatus> for documents::DocumentStatus {
    fn from(status: InvoiceStatus) -> Self {
        match status {
            InvoiceStatus::Open => Self::Open,
            InvoiceStatus::Paid => Self::Paid,
            InvoiceStatus::Cancelled => Self::Cancelled,
        }
    }
}

impl From<DaySpan> for subscriptions::DayRun {
    fn from(run: DaySpan) -> Self {
        let period = run.period.into();
        let reason = match run.cover {
            DayCoverage::Line(invoice, line) => {
                return Self::Paid { period, document: invoice.to_string(), line };
            }
            DayCoverage::Bridge => subscriptions::DayReason::Bridge,
            DayCoverage::Trial => subscriptions::DayReason::Trial,
            DayCoverage::BroughtOver => subscriptions::DayReason::BroughtOver,
            DayCoverage::Credited => subscriptions::DayReason::Credited,
        };
        Self::Unpaid { period, reason }
    }
}

impl From<AuditFault> for audit::AuditFault {
    fn from(fault: AuditFault) -> Self {
        let AuditFault { code, subject, detail } = fault;
        Self { code: code.name().to_owned(), subject, detail }
    }
}

fn line(line: &Line, currency: Currency) -> documents::Line {
    let money = |minor| Money::new(minor, currency).into();
    documents::Line {
        subscription: Some(line.subscription.to_string()),
        offer: line.offer.to_string(),
        kind: line.kind,
        description: line.description.clone(),
        legal_advice: line.legal_advice.clone(),
        period: line.period.into(),
        net: money(line.net),
        tax: money(line.tax),
        gross: money(line.gross),
        discount: (line.discount != 0).then(|| money(line.discount)),
        tax_rate: line.rate.to_string(),
        exemption: line.exemption.as_ref().map(Into::into),
    }
}

/// What lines come to by rate, the lowest first.
pub(super) fn taxes(
    parts: impl Iterator<Item = (Rate, Totals)>,
    currency: Currency,
) -> Vec<documents::TaxSum> {
    let money = |minor| Money::new(minor, currency).into();
    let sum = |(rate, sum): (Rate, Totals)| documents::TaxSum {
        rate: rate.to_string(),
        net: money(sum.net),
        tax: money(sum.tax),
    };
    Totals::by_rate(parts).into_iter().map(sum).collect()
}

impl From<&Party> for documents::Party {
    fn from(party: &Party) -> Self {
        Self {
            name: party.name.clone(),
            address: party.address.clone(),
            vat_id: party.vat_id.clone(),
            email: party.email.clone(),
            tax_number: party.tax_number.clone(),
            postal_address: party.postal_address.as_ref().map(Into::into),
            bank: party.bank.as_ref().map(Into::into),
            contact: party.contact.as_ref().map(Into::into),
            reference: party.reference.clone(),
        }
    }
}

impl documents::Document {
    /// With its page, the parties as they were when it was issued, and its payments.
    #[must_use]
    pub fn issued(
        self,
        url: String,
        (seller, buyer): (&Party, &Party),
        payments: &[Payment],
    ) -> Self {
        let customer = CustomerId::stored(self.customer.clone());
        let payments = payments.iter().map(|it| super::payments::Payment::of(&customer, it));
        Self {
            url: Some(url),
            seller: Some(seller.into()),
            buyer: Some(buyer.into()),
            payments: Some(payments.collect()),
            ..self
        }
    }
}

impl From<&Invoice> for documents::Document {
    fn from(invoice: &Invoice) -> Self {
        let money = |minor| Money::new(minor, invoice.currency).into();
        let Totals { net, tax, gross } = invoice.totals();
        Self {
            id: Some(invoice.id.to_string()),
            url: None,
            number: invoice.number,
            kind: DocumentKind::Invoice,
            status: invoice.status.into(),
            customer: invoice.customer.to_string(),
            seller: None,
            buyer: None,
            issued_on: invoice.issued_on,
            due_on: Some(invoice.due_on),
            reason: None,
            lines: invoice.lines.iter().map(|l| line(&l.line, invoice.currency)).collect(),
            taxes: taxes(invoice.lines.iter().map(|l| l.line.by_rate()), invoice.currency),
            net: money(net),
            tax: money(tax),
            gross: money(gross),
            credit_applied: money(invoice.credit_applied),
            amount_due: money(invoice.amount_due),
            credits: None,
            payments: None,
        }
    }
}

impl From<&CreditNote> for documents::Document {
    fn from(note: &CreditNote) -> Self {
        let money = |minor| Money::new(minor, note.currency).into();
        let Totals { net, tax, gross } = note.totals();
        Self {
            id: Some(note.id.to_string()),
            url: None,
            number: note.number,
            kind: DocumentKind::CreditNote,
            status: documents::DocumentStatus::Issued,
            customer: note.customer.to_string(),
            seller: None,
            buyer: None,
            issued_on: note.issued_on,
            due_on: None,
            reason: note.reason.clone(),
            lines: note.lines.iter().map(|l| line(&l.line, note.currency)).collect(),
            taxes: taxes(note.lines.iter().map(|l| l.line.by_rate()), note.currency),
            net: money(net),
            tax: money(tax),
            gross: money(gross),
            credit_applied: money(0),
            amount_due: money(0),
            credits: note.credits.as_ref().map(ToString::to_string),
            payments: None,
        }
    }
}

impl From<&Document> for documents::Document {
    fn from(document: &Document) -> Self {
        match document {
            Document::Invoice(invoice) => invoice.into(),
            Document::CreditNote(note) => note.into(),
        }
    }
}

impl From<&ScheduledChange> for changes::ScheduledChange {
    fn from(change: &ScheduledChange) -> Self {
        Self {
            id: change.id.to_string(),
            subscription: change.subscription.to_string(),
            target_offer: change.terms.offer.to_string(),
            path: change.path.to_string(),
            mode: change.mode,
            transition: change.transition,
            effective_on: change.effective_on,
            status: change.status,
            reason: change.reason.clone(),
            result_subscription: change.result_subscription.as_ref().map(ToString::to_string),
        }
    }
}

impl From<&NewPrice> for price_changes::NewPrice {
    fn from(price: &NewPrice) -> Self {
        Self {
            price_change: price.change.to_string(),
            subscription: price.subscription.to_string(),
            customer: price.customer.to_string(),
            price_before: price.before.into(),
            price: price.price.into(),
            from: price.from,
            told_on: price.told_on,
            status: price.status,
            reason: price.reason.clone(),
            applied_on: price.applied_on,
        }
    }
}

/// The price that waits for a subscription, with the first booking at it as far as that follows
/// from the subscription and what waits for it.
fn waiting_price(
    price: &NewPrice,
    subscription: &Subscription,
    changes: &[ScheduledChange],
) -> price_changes::WaitingPrice {
    let mut account = Account::empty(subscription.customer.clone());
    account.changes = changes.iter().map(|it| (it.id.clone(), it.clone())).collect();
    price_changes::WaitingPrice {
        price_change: price.change.to_string(),
        price: price.price.into(),
        from: price.from,
        first_booking_on: account.first_booking_at(price, subscription),
        told_on: price.told_on,
    }
}

/// A subscription with the dates of its next booking and of the end that a cancellation of today
/// would have, and what waits for it.
#[must_use]
pub fn subscription(
    subscription: &Subscription,
    (next_booking_on, cancellable_to): (Option<NaiveDate>, Option<NaiveDate>),
    changes: &[ScheduledChange],
    new_prices: &[NewPrice],
) -> subscriptions::Subscription {
    let waiting = in_turn(new_prices, subscription).into_iter();
    let waiting: Vec<_> =
        waiting.map(|(price, _)| waiting_price(price, subscription, changes)).collect();
    let text = |id: &Option<SubscriptionId>| id.as_ref().map(ToString::to_string);
    subscriptions::Subscription {
        id: subscription.id.to_string(),
        customer: subscription.customer.to_string(),
        offer: subscription.terms.offer.to_string(),
        title: subscription.terms.title.clone(),
        status: subscription.status,
        price: subscription.price.into(),
        billing_period: subscription.terms.billing_period.to_string(),
        term: subscription.terms.term.to_string(),
        started_on: subscription.started_on,
        ended_on: subscription.ended_on,
        current_period: subscription.current_period.map(Into::into),
        current_term: Some(subscription.current_term.into()),
        next_booking_on,
        anchor_day: u8::try_from(subscription.anchor_day).unwrap_or(31),
        cancel_on: subscription.cancel_on,
        cancel_by: subscription.is_active().then(|| subscription.cancel_by()),
        cancellable_to,
        trial_until: subscription.trial_until,
        steps_left: subscription.steps_left,
        precursor_id: text(&subscription.precursor_id),
        successor_id: text(&subscription.successor_id),
        parent_id: text(&subscription.parent_id),
        chain_id: subscription.chain_id.to_string(),
        scheduled_changes: changes.iter().map(Into::into).collect(),
        new_price: waiting.first().cloned(),
        new_prices: waiting,
    }
}
