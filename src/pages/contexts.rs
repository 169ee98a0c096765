//! A checkout in the words and figures of its customer. What is shown when is for `checkout`.

use chrono::NaiveDate;

use crate::app::hosted::Hosted;
use crate::domain::calendar::Period;
use crate::domain::checkout::Purchase;
use crate::domain::document::{Document as Issue, Totals};
use crate::domain::money::Money;
use crate::render::format::{self, Locale, MISSING};
use crate::render::pages::{
    CheckoutPage, Choice, Consequence, Current, Document, DocumentKind, DonePage, Issued, Line,
    Note, Notice, NoticePage, PaymentPage, Target,
};
use crate::wire;
use crate::wire::checkouts::{Preview, WithdrawalKind};

/// The page on which a checkout is looked at and confirmed.
pub(super) fn preview(hosted: &Hosted, action: &str, note: Option<Note>) -> CheckoutPage {
    let (checkout, locale) = (&hosted.checkout, &hosted.locale);
    let choices = checkout.modes.iter().filter_map(|mode| {
        let preview = checkout.preview_by_mode.get(mode)?;
        Some(choice((*mode).into(), preview, hosted))
    });
    CheckoutPage {
        seller: hosted.seller.clone(),
        action: action.to_owned(),
        stamp: hosted.stamp.clone(),
        current: hosted.source.as_ref().map(|source| Current {
            title: source.title.clone(),
            price: per(locale, source.price, source.period),
            next_payment: source.next_booking_on.map(|on| format::date(locale, on)),
            ends_on: source.cancel_on.map(|on| format::date(locale, on)),
        }),
        target: target(hosted),
        catch_up: checkout.catch_up.iter().map(|issue| document(issue, locale)).collect(),
        choices: choices.collect(),
        chosen: checkout.mode.into(),
        note,
        return_url: checkout.return_url.clone(),
    }
}

/// What is to be paid now in a mode; none where that is nothing, or the mode is none of those
/// that may be picked.
pub(super) fn due(hosted: &Hosted, mode: Purchase) -> Option<Money> {
    let preview = hosted.checkout.preview_by_mode.get(&mode.into())?;
    read(&preview.amount_due).filter(|due| due.minor > 0)
}

/// The page that takes the payment of what is due.
pub(super) fn payment(hosted: &Hosted, action: &str, mode: Purchase, due: Money) -> PaymentPage {
    PaymentPage {
        seller: hosted.seller.clone(),
        action: action.to_owned(),
        stamp: hosted.stamp.clone(),
        mode,
        target: target(hosted).title,
        amount: money(&hosted.locale, due),
    }
}

/// The page that confirms what was done.
pub(super) fn done(hosted: &Hosted) -> DonePage {
    let (checkout, locale) = (&hosted.checkout, &hosted.locale);
    let confirmation = checkout.confirmation.as_ref();
    DonePage {
        seller: hosted.seller.clone(),
        target: target(hosted).title,
        title: confirmation.map(|it| it.title.clone()),
        text: confirmation.map(|it| it.text.clone()),
        effective_on: format::date(locale, checkout.effective_on),
        amount_due: owed(&hosted.issued).map(|owed| money(locale, owed)),
        next_payment: date(locale, checkout.next_payment_on),
        documents: hosted.issued.iter().map(|issue| issued(issue, locale)).collect(),
        return_url: checkout.return_url.clone(),
    }
}

/// The address at which the customer pays what is held: where they came from, told which checkout
/// waits, and in which mode.
pub(super) fn till(hosted: &Hosted, mode: Purchase) -> Option<String> {
    let url = hosted.checkout.return_url.as_deref()?;
    let (address, place) = url.split_at(url.find('#').unwrap_or(url.len()));
    let joint = if address.contains('?') { '&' } else { '?' };
    let (id, mode) = (&hosted.checkout.id, mode.name());
    Some(format!("{address}{joint}checkout={id}&mode={mode}{place}"))
}

/// The page that says why there is nothing to confirm.
pub(super) fn notice(hosted: &Hosted, notice: Notice, again: Option<&str>) -> NoticePage {
    NoticePage {
        seller: hosted.seller.clone(),
        notice,
        again_url: again.map(str::to_owned),
        return_url: hosted.checkout.return_url.clone(),
    }
}

fn target(hosted: &Hosted) -> Target {
    let Some(terms) = &hosted.target else {
        // The offer was removed after the checkout was completed.
        let title = hosted.checkout.offer.clone();
        return Target { title, price: MISSING.to_owned(), term: None };
    };
    let locale = &hosted.locale;
    let binds_longer = terms.term != terms.billing_period;
    let term = binds_longer.then(|| format::period(locale, terms.term.count, terms.term.unit));
    let price = per(locale, terms.price, terms.billing_period);
    Target { title: terms.title.clone(), price, term }
}

fn choice(mode: Purchase, preview: &Preview, hosted: &Hosted) -> Choice {
    let locale = &hosted.locale;
    let confirmation = preview.confirmation.as_ref();
    let withdraws = preview.withdraws.iter().map(|withdrawal| match withdrawal.kind {
        WithdrawalKind::Cancellation => Consequence::WithdrawsCancellation,
        WithdrawalKind::ScheduledChange => Consequence::WithdrawsChange,
    });
    let supersedes = preview.supersedes.iter().map(|_| Consequence::SupersedesChange);
    Choice {
        mode,
        title: confirmation.map(|it| it.title.clone()),
        text: confirmation.map(|it| it.text.clone()),
        effective_on: format::date(locale, preview.effective_on),
        amount_due: sent(locale, &preview.amount_due),
        obliges: read(&preview.amount_due).is_some_and(|due| due.minor > 0),
        next_payment: date(locale, preview.next_payment_on),
        afterwards: preview.next_payment_on.and_then(|_| afterwards(hosted, mode)),
        consequences: withdraws.chain(supersedes).collect(),
        documents: preview.documents.iter().map(|issue| document(issue, locale)).collect(),
    }
}

/// What is paid from the next payment on: the target, and what is kept beside it.
fn afterwards(hosted: &Hosted, mode: Purchase) -> Option<String> {
    let locale = &hosted.locale;
    let target = hosted.target.as_ref()?;
    let kept = hosted
        .source
        .as_ref()
        .filter(|source| mode == Purchase::Add && source.next_booking_on.is_some());
    let kept = kept.map(|source| per(locale, source.price, source.period));
    let prices = kept.into_iter().chain([per(locale, target.price, target.billing_period)]);
    Some(prices.collect::<Vec<_>>().join(" + "))
}

fn document(issue: &wire::documents::Document, locale: &Locale) -> Document {
    let line = |line: &wire::documents::Line| Line {
        description: line.description.clone(),
        period: Some(days(locale, line.period)),
        amount: sent(locale, &line.gross),
    };
    let applied = read(&issue.credit_applied).filter(|applied| applied.minor != 0);
    let total = match (read(&issue.gross), applied) {
        (Some(gross), Some(applied)) => {
            money(locale, Money::new(gross.minor - applied.minor, gross.currency))
        }
        _ => sent(locale, &issue.gross),
    };
    Document {
        kind: match issue.kind {
            wire::documents::DocumentKind::Invoice => DocumentKind::Invoice,
            wire::documents::DocumentKind::CreditNote => DocumentKind::CreditNote,
        },
        lines: issue.lines.iter().map(line).collect(),
        credit_applied: applied
            .map(|applied| money(locale, Money::new(-applied.minor, applied.currency))),
        total,
    }
}

fn issued(issue: &Issue, locale: &Locale) -> Issued {
    let (kind, number, totals, currency) = match issue {
        Issue::Invoice(it) => (DocumentKind::Invoice, it.number, it.totals(), it.currency),
        Issue::CreditNote(it) => (DocumentKind::CreditNote, it.number, it.totals(), it.currency),
    };
    let Totals { gross, .. } = totals;
    Issued {
        kind,
        number: number.map_or_else(|| MISSING.to_owned(), |number| number.to_string()),
        amount: money(locale, Money::new(gross, currency)),
    }
}

/// What is still to be paid of what was issued.
fn owed(issued: &[Issue]) -> Option<Money> {
    let due = issued.iter().filter_map(|issue| match issue {
        Issue::Invoice(invoice) => Some(Money::new(invoice.amount_due, invoice.currency)),
        Issue::CreditNote(_) => None,
    });
    let sum = due.reduce(|sum, due| Money::new(sum.minor + due.minor, sum.currency));
    sum.filter(|sum| sum.minor > 0)
}

fn date(locale: &Locale, date: Option<NaiveDate>) -> String {
    date.map_or_else(|| MISSING.to_owned(), |date| format::date(locale, date))
}

/// The first and the last day.
fn days(locale: &Locale, span: wire::Span) -> String {
    let last = span.end.pred_opt().unwrap_or(span.end).max(span.start);
    format!("{} – {}", format::date(locale, span.start), format::date(locale, last))
}

fn per(locale: &Locale, price: Money, period: Period) -> String {
    format::price_per(locale, &money(locale, price), period.count, period.unit)
}

fn money(locale: &Locale, money: Money) -> String {
    format::money(locale, money.minor, money.currency.exponent(), money.currency.code())
}

/// An amount as it stands in the checkout.
fn sent(locale: &Locale, amount: &wire::Money) -> String {
    let plain = || format!("{} {}", amount.amount, amount.currency);
    read(amount).map_or_else(plain, |amount| money(locale, amount))
}

fn read(sent: &wire::Money) -> Option<Money> {
    let currency = crate::domain::money::Currency::parse(&sent.currency).ok()?;
    Money::parse(&sent.amount, currency).ok()
}
