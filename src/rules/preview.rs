//! What is told of a checkout before it is completed: all that it costs and binds to, now and
//! later, as values. What comes later is not estimated: billing runs on paper, by the functions
//! with which it will run.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::calendar::DateRange;
use crate::domain::catalogue::Terms;
use crate::domain::coupon::{FirstLineDiscount, folded};
use crate::domain::document::{Document, Invoice, InvoiceStatus, Line};
use crate::domain::ids::{Ids, InvoiceId, SubscriptionId};
use crate::domain::money::{Currency, Money};
use crate::domain::path::Path;
use crate::domain::preview::{
    Commitment, DocumentKind, DocumentShown, LineShown, ModeShown, PathShown, PaymentShown, Preview,
};

use super::checkout::{CheckoutDecision, CheckoutOutcome};
use super::introductions::SubscriptionOpening;
use super::ledger::{Ledger, Tariff};

/// On how many dates something else of the customer's may be booked before the next payment is
/// not told any more.
const DATES_MAX: usize = 5_000;

/// All that a decision shows, under the taxes and terms of payment that it was made with.
#[must_use]
pub fn preview(decision: &CheckoutDecision, tariff: &Tariff) -> Preview {
    let known = StoredIds::of(&decision.before);
    let mut shown = deal(decision, tariff);
    for (shown, outcome) in shown.by_mode.iter_mut().zip(&decision.by_mode) {
        shown.next_payment = next_payment(outcome, tariff, &known);
    }
    shown
}

/// The same without what is paid next, for which all that comes before has to be booked on paper.
#[must_use]
pub fn deal(decision: &CheckoutDecision, tariff: &Tariff) -> Preview {
    let known = StoredIds::of(&decision.before);
    let modes = decision.by_mode.iter();
    let locale = decision.before.locale.as_deref().unwrap_or_default();
    Preview {
        on: Some(decision.on),
        offer_version: Some(decision.target.version),
        path: decision.path.as_ref().map(|path| path_shown(path, locale)),
        source: decision.source.as_ref().map(|source| source.id.clone()),
        legal_advice: decision.target.legal_advice_in(locale).map(str::to_owned),
        coupon: decision.cut.as_ref().and_then(|cut| cut.code()).map(str::to_owned),
        catch_up: known.all(&decision.catch_up),
        picked: decision.outcome().mode,
        by_mode: modes.map(|outcome| mode_shown(decision, outcome, tariff, &known)).collect(),
        considered: decision.considered.iter().map(Into::into).collect(),
        gifts: Vec::new(),
    }
}

fn path_shown(path: &Path, locale: &str) -> PathShown {
    PathShown {
        id: path.id.clone(),
        transition: path.transition,
        proration: path.proration,
        billing_date: path.billing_date,
        title: path.title_in(locale).clone(),
        description: path.description_in(locale).clone(),
        is_translated: path.speaks(locale),
    }
}

fn mode_shown(
    decision: &CheckoutDecision,
    outcome: &CheckoutOutcome,
    tariff: &Tariff,
    known: &StoredIds,
) -> ModeShown {
    let currency = outcome.amount_due.currency;
    let beginning = outcome.beginning(&decision.target, decision.source.as_ref());
    ModeShown {
        mode: outcome.mode,
        effective_on: outcome.effective_on,
        amount_due: outcome.amount_due,
        next_payment_on: outcome.next_payment_on,
        next_payment: None,
        balance_after: Some(Money::new(outcome.account.balance(currency), currency)),
        still_owed: Some(Money::new(still_owed(outcome, currency), currency)),
        commitment: Some(commitment(decision, outcome, &beginning, tariff)),
        introduction: beginning.introduction(),
        ends: outcome.ends.clone(),
        documents: known.all(&outcome.documents),
        withdraws_cancellation: outcome.withdraws_cancellation.clone(),
        supersedes: outcome.supersedes.clone(),
        returns_coupon: returned_coupon(decision, outcome).map(str::to_owned),
        text: outcome.text.clone(),
        written: None,
    }
}

fn next_payment(
    outcome: &CheckoutOutcome,
    tariff: &Tariff,
    known: &StoredIds,
) -> Option<PaymentShown> {
    let (on, currency) = (outcome.next_payment_on?, outcome.amount_due.currency);
    let booked = booked_on(&outcome.account, tariff, currency, on)?;
    Some(PaymentShown {
        on,
        amount_due: Money::new(booked.invoice.amount_due, currency),
        credit_notes: known.all(&booked.credit_notes),
        document: known.shown(&Document::Invoice(booked.invoice)),
        balance_after: Some(booked.balance_after),
    })
}

/// The code of the coupon of a change whose place is taken, or of a source that ends before its
/// first booking.
fn returned_coupon<'a>(
    decision: &'a CheckoutDecision,
    outcome: &'a CheckoutOutcome,
) -> Option<&'a str> {
    let account = &outcome.account;
    let gone = outcome.supersedes.as_ref().and_then(|id| account.changes.get(id));
    let gone = gone.and_then(|change| change.cut.as_ref());
    let source = decision.source.as_ref();
    let ended = source.and_then(|source| account.subscriptions.get(&source.id));
    let code = gone.or_else(|| ended?.cut_unused_since(source)).and_then(FirstLineDiscount::code);
    let own = decision.cut.as_ref().and_then(FirstLineDiscount::code);
    code.filter(|code| own.is_none_or(|own| folded(own) != folded(code)))
}

/// What billing does on a day, in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookedDay {
    /// What it gives back before the invoice that draws on it: bridges that cost less than what
    /// was paid for their days.
    pub credit_notes: Vec<Document>,
    /// The invoice.
    pub invoice: Invoice,
    /// The credit balance afterwards.
    pub balance_after: Money,
}

/// What billing does in a currency on a later date on which it issues an invoice, if nothing else
/// happens until then: it runs on every day on which it has something to do.
#[must_use]
pub fn booked_on(
    account: &Account,
    tariff: &Tariff,
    currency: Currency,
    on: NaiveDate,
) -> Option<BookedDay> {
    // Whoever is told what comes next is not told of what becomes of them if they do not pay.
    let tariff = &Tariff { dunning: Vec::new(), ..tariff.clone() };
    // What is named here is never stored.
    let mut ids = Ids::new(chrono::DateTime::UNIX_EPOCH, [0; 32]);
    let mut account = account.clone();
    for _ in 0..DATES_MAX {
        let date = account.due_on().filter(|date| *date <= on)?;
        account = after_day(account, tariff, date, &mut ids);
        if date == on {
            break;
        }
    }
    let balance_after = Money::new(account.balance(currency), currency);
    let mut booked = None;
    let mut credit_notes = Vec::new();
    for document in account.issued {
        match document {
            Document::Invoice(it) if it.issued_on == on && it.currency == currency => {
                booked = booked.or(Some(it));
            }
            Document::CreditNote(it) if it.issued_on == on && it.currency == currency => {
                credit_notes.push(Document::CreditNote(it));
            }
            Document::Invoice(_) | Document::CreditNote(_) => {}
        }
    }
    Some(BookedDay { credit_notes, invoice: booked?, balance_after })
}

/// The first day on which billing issues an invoice if nothing else happens until then, whatever
/// that is for: what runs, or what is still to begin; and in which currency.
#[must_use]
pub fn next_invoiced(account: &Account, tariff: &Tariff) -> Option<(NaiveDate, Currency)> {
    let tariff = &Tariff { dunning: Vec::new(), ..tariff.clone() };
    let mut ids = Ids::new(chrono::DateTime::UNIX_EPOCH, [0; 32]);
    let mut account = account.clone();
    for _ in 0..DATES_MAX {
        let date = account.due_on()?;
        account = after_day(account, tariff, date, &mut ids);
        let currency = account.issued.iter().find_map(|document| match document {
            Document::Invoice(invoice) => Some(invoice.currency),
            Document::CreditNote(_) => None,
        });
        if let Some(currency) = currency {
            return Some((date, currency));
        }
    }
    None
}

/// The account after billing has run on a day, with what it has issued then.
fn after_day(mut account: Account, tariff: &Tariff, date: NaiveDate, ids: &mut Ids) -> Account {
    account.issued.clear();
    let mut ledger = Ledger { account, tariff, today: date, ids };
    ledger.bring_up_to(date);
    ledger.account
}

/// What stays to be paid on invoices that this checkout does not issue.
fn still_owed(outcome: &CheckoutOutcome, currency: Currency) -> i64 {
    let own: BTreeSet<&InvoiceId> = outcome
        .documents
        .iter()
        .filter_map(|document| match document {
            Document::Invoice(invoice) => Some(&invoice.id),
            Document::CreditNote(_) => None,
        })
        .collect();
    let open = outcome.account.invoices.values().filter(|invoice| {
        invoice.status == InvoiceStatus::Open
            && invoice.currency == currency
            && !own.contains(&invoice.id)
    });
    open.map(|invoice| invoice.amount_due).sum()
}

/// To what binds what is bought: from its first booked term up to the end of the first that can
/// still be cancelled once it has begun, where its notice is longer than that.
fn commitment(
    decision: &CheckoutDecision,
    outcome: &CheckoutOutcome,
    beginning: &SubscriptionOpening<'_>,
    tariff: &Tariff,
) -> Commitment {
    let (terms, first) = (&decision.target, beginning.term);
    // Who cancels in the trial pays nothing, whatever the notice. One that began in the past can
    // be over.
    let trial = terms.has_trial(outcome.introduced).then_some(beginning.first);
    let trial = trial.filter(|end| *end > decision.on);
    let begun = trial.unwrap_or_else(|| outcome.effective_on.max(decision.on));
    let last = terms.cancellable_term(first, beginning.anchor, begun);
    let term = DateRange { start: first.start, end: last.end };
    let periods = beginning.periods_of(term);
    let (mut total, mut tax) = (0, 0);
    for (place, period) in periods.iter().enumerate() {
        let (mut gross, mut taxed) = cost(terms, *period, tariff);
        if let Some(cut) = decision.cut.as_ref().filter(|_| place == 0) {
            gross = cut.off.off(gross);
            taxed = tariff.rate(terms, period.0.start).tax_in(gross);
        }
        total = i64::saturating_add(total, gross);
        tax = i64::saturating_add(tax, taxed);
    }
    let currency = outcome.amount_due.currency;
    let new = outcome.subscription.as_ref().and_then(|id| outcome.account.subscriptions.get(id));
    let ends = new.is_some_and(|new| outcome.account.ends_with_parent_on(new).is_some());
    Commitment {
        starts_on: term.start,
        ends_on: term.last(),
        total: Money::new(total, currency),
        tax: Money::new(tax, currency),
        renews: (terms.auto_renew && !ends).then(|| terms.later_term()),
        notice: terms.notice,
        cancel_by: trial.and_then(|end| end.pred_opt()).unwrap_or_else(|| terms.cancel_by(last)),
        cancellable_to: Some(trial.unwrap_or(last.end)),
        is_prolonged: last != first,
        last_payment_on: periods.last().filter(|_| !terms.auto_renew).map(|(days, ..)| days.start),
    }
}

/// Gross and tax of the days of a whole period that costs `price`, under the rate of their first.
fn cost(
    terms: &Terms,
    (days, whole, price): (DateRange, DateRange, i64),
    tariff: &Tariff,
) -> (i64, i64) {
    let rate = tariff.rate(terms, days.start);
    let gross = tariff.share(terms, price, days, whole);
    let taxed = match (days == whole, terms.tax_included) {
        (true, false) => gross - price,
        (true, true) | (false, _) => rate.tax_in(gross),
    };
    (gross, taxed)
}

/// What is stored already: the rest has no id yet, and is shown without.
struct StoredIds {
    subscriptions: BTreeSet<SubscriptionId>,
    invoices: BTreeSet<InvoiceId>,
}

impl StoredIds {
    fn of(account: &Account) -> Self {
        Self {
            subscriptions: account.subscriptions.keys().cloned().collect(),
            invoices: account.invoices.keys().cloned().collect(),
        }
    }

    fn all(&self, documents: &[Document]) -> Vec<DocumentShown> {
        documents.iter().map(|document| self.shown(document)).collect()
    }

    fn shown(&self, document: &Document) -> DocumentShown {
        match document {
            Document::Invoice(it) => DocumentShown {
                kind: DocumentKind::Invoice,
                status: Some(it.status),
                customer: it.customer.clone(),
                currency: it.currency,
                issued_on: it.issued_on,
                due_on: Some(it.due_on),
                lines: it.lines.iter().map(|line| self.line(&line.line)).collect(),
                credit_applied: it.credit_applied,
                amount_due: it.amount_due,
                credits: None,
            },
            Document::CreditNote(it) => DocumentShown {
                kind: DocumentKind::CreditNote,
                status: None,
                customer: it.customer.clone(),
                currency: it.currency,
                issued_on: it.issued_on,
                due_on: None,
                lines: it.lines.iter().map(|line| self.line(&line.line)).collect(),
                credit_applied: 0,
                amount_due: 0,
                credits: it.credits.clone().filter(|id| self.invoices.contains(id)),
            },
        }
    }

    fn line(&self, line: &Line) -> LineShown {
        let is_known = self.subscriptions.contains(&line.subscription);
        LineShown {
            subscription: is_known.then(|| line.subscription.clone()),
            offer: line.offer.clone(),
            kind: line.kind,
            description: line.description.clone(),
            legal_advice: line.legal_advice.clone(),
            period: line.period,
            net: line.net,
            tax: line.tax,
            gross: line.gross,
            discount: line.discount,
            rate: line.rate,
        }
    }
}
