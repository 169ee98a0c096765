//! A checkout in the words and figures of its customer. What is shown when is for `checkout`.

use chrono::NaiveDate;

use crate::app::addresses;
use crate::app::customer_documents;
use crate::app::hosted::{Hosted, HostedGift, HostedSource};
use crate::app::next_offer::NextOffer;
use crate::domain::calendar::{DateRange, Period};
use crate::domain::document::{Document as Issue, Totals};
use crate::domain::money::Money;
use crate::domain::preview::{
    self, Commitment, DocumentShown, IntroductionShown, LineShown, ModeShown, PaymentShown,
};
use crate::domain::purchase::Purchase;
use crate::render::format::{self, Locale, MISSING};
use crate::render::links::{DocumentKind, DocumentLink};
use crate::render::pages::{
    Balance, BalanceKind, Binds, CheckoutPage, Choice, Consequence, Current, DiscountedPrice,
    Document, DonePage, Ending, FollowUpOffer, Issued, LaterEffect, Line, Needed, NewPriceFrom,
    Note, Notice, NoticePage, PaymentPage, Target,
};

/// The page on which a checkout is looked at and confirmed; `is_payable` where it leads on to
/// somebody who takes the money.
pub(super) fn preview(
    hosted: &Hosted,
    action: &str,
    note: Option<Note>,
    is_payable: bool,
) -> CheckoutPage {
    let (preview, locale) = (&hosted.preview, &hosted.locale);
    CheckoutPage {
        seller: hosted.seller.clone(),
        action: action.to_owned(),
        stamp: hosted.stamp.clone(),
        current: hosted.source.as_ref().map(|source| Current {
            title: source.title.clone(),
            price: per(locale, source.price, source.period),
            new_price: source.new_price.map(|(price, on)| NewPriceFrom {
                price: per(locale, price, source.period),
                on: format::date(locale, on),
            }),
            next_payment: source.next_booking_on.map(|on| format::date(locale, on)),
            ends_on: source.cancel_on.map(|on| format::date(locale, on)),
        }),
        target: target(hosted),
        catch_up: preview.catch_up.iter().map(|issue| document(issue, locale)).collect(),
        gifts: hosted.gifts.iter().map(|gift| given(gift, locale)).collect(),
        choices: preview.by_mode.iter().map(|shown| choice(hosted, shown, is_payable)).collect(),
        chosen: preview.picked,
        note,
        legal_advice: preview.legal_advice.clone(),
        look: hosted.look.clone(),
        portal: hosted.portal.clone(),
        return_url: hosted.checkout.return_url.clone(),
    }
}

/// What is to be paid now in a mode; none where that is nothing, or the mode is none of those
/// that may be picked.
pub(super) fn due(hosted: &Hosted, mode: Purchase) -> Option<Money> {
    let shown = hosted.preview.mode(mode)?;
    Some(shown.amount_due).filter(|due| due.minor > 0)
}

/// The page that takes the payment of what is due.
pub(super) fn payment(hosted: &Hosted, action: &str, mode: Purchase, due: Money) -> PaymentPage {
    PaymentPage {
        seller: hosted.seller.clone(),
        action: action.to_owned(),
        stamp: hosted.stamp.clone(),
        mode,
        look: hosted.look.clone(),
        target: target(hosted).title,
        amount: money(&hosted.locale, due),
    }
}

/// The page that confirms what was done; none where the checkout shows nothing.
pub(super) fn done(hosted: &Hosted, next: Option<FollowUpOffer>) -> Option<DonePage> {
    let (locale, target) = (&hosted.locale, target(hosted));
    let shown = hosted.preview.mode(hosted.preview.picked)?;
    let texts = hosted.texts.get(&shown.mode);
    let owed = owed(&hosted.issued);
    let pay_by = hosted.issued.iter().filter_map(|issue| match &issue.document {
        Issue::Invoice(invoice) if invoice.amount_due > 0 => Some(invoice.due_on),
        Issue::Invoice(_) | Issue::CreditNote(_) => None,
    });
    Some(DonePage {
        seller: hosted.seller.clone(),
        target: target.title,
        price: target.price,
        title: texts.map(|it| it.title.clone()),
        text: texts.map(|it| it.text.clone()),
        effective_on: format::date(locale, shown.effective_on),
        paid: paid(&hosted.issued).map(|paid| money(locale, paid)),
        pay_by: pay_by.min().map(|on| format::date(locale, on)),
        amount_due: owed.map(|owed| money(locale, owed)),
        later: later(hosted, shown),
        ends: ends(hosted, shown),
        consequences: consequences(shown),
        gifts: hosted.gifts.iter().map(|gift| given(gift, locale)).collect(),
        documents: hosted.issued.iter().map(|issue| issued(issue, locale)).collect(),
        left_open: hosted.left_open.iter().filter_map(|it| open_invoice(it, locale)).collect(),
        next,
        legal_advice: hosted.preview.legal_advice.clone(),
        look: hosted.look.clone(),
        portal: hosted.portal.clone(),
        return_url: hosted.checkout.return_url.clone(),
    })
}

/// What is offered next: the answer is sent to `action`; `onward` is the address of its checkout,
/// once it is accepted.
pub(super) fn next(
    next: &NextOffer,
    action: String,
    onward: Option<String>,
    (locale, said_in): (&Locale, &str),
) -> FollowUpOffer {
    let (terms, due) = (&next.terms, next.amount_due);
    let at_first = next.first_line.map(|line| DiscountedPrice {
        amount: money(locale, line.amount),
        discount: money(locale, line.discount),
    });
    FollowUpOffer {
        action,
        title: terms.title_in(said_in).to_owned(),
        price: per(locale, terms.price, terms.billing_period),
        amount_due: Some(due).filter(|due| due.minor > 0).map(|due| money(locale, due)),
        at_first,
        onward,
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
        look: hosted.look.clone(),
        again_url: again.map(str::to_owned),
        portal: hosted.portal.clone(),
        return_url: hosted.checkout.return_url.clone(),
    }
}

fn target(hosted: &Hosted) -> Target {
    let Some(terms) = &hosted.target else {
        // The offer was removed after the checkout was completed.
        let title = hosted.checkout.offer.clone();
        return Target { title, summary: None, price: MISSING.to_owned(), term: None };
    };
    let locale = &hosted.locale;
    let term = format::length(locale, terms.term.count, terms.term.unit);
    let price = per(locale, terms.price, terms.billing_period);
    let summary = terms.summary_in(&hosted.said_in).map(str::to_owned);
    Target { title: terms.title_in(&hosted.said_in).to_owned(), summary, price, term: Some(term) }
}

fn given(gift: &HostedGift, locale: &Locale) -> Line {
    let description = match gift.quantity {
        1 => gift.title.clone(),
        many => format!("{many} × {}", gift.title),
    };
    Line { description, period: None, discount: None, amount: money(locale, gift.price) }
}

fn choice(hosted: &Hosted, shown: &ModeShown, is_payable: bool) -> Choice {
    let locale = &hosted.locale;
    let texts = hosted.texts.get(&shown.mode);
    let obliges = shown.amount_due.minor > 0;
    let pay_by = shown.documents.iter().filter(|it| it.amount_due > 0).find_map(|it| it.due_on);
    Choice {
        mode: shown.mode,
        title: texts.map(|it| it.title.clone()),
        text: texts.map(|it| it.text.clone()),
        effective_on: format::date(locale, shown.effective_on),
        amount_due: money(locale, shown.amount_due),
        obliges,
        pay_by: pay_by.filter(|_| hosted.on_account).map(|on| format::date(locale, on)),
        unpayable: obliges && !is_payable && !hosted.on_account,
        later: later(hosted, shown),
        ends: ends(hosted, shown),
        consequences: consequences(shown),
        documents: shown.documents.iter().map(|issue| document(issue, locale)).collect(),
    }
}

fn later(hosted: &Hosted, shown: &ModeShown) -> LaterEffect {
    let locale = &hosted.locale;
    let next = shown.next_payment.as_ref();
    let balance = shown.balance_after.filter(|balance| balance.minor != 0);
    LaterEffect {
        next_payment: date(locale, shown.next_payment_on),
        next_amount: next.map(|next| money(locale, next.amount_due)),
        next_credits: next
            .into_iter()
            .flat_map(|next| &next.credit_notes)
            .map(|note| document(note, locale))
            .collect(),
        next_document: next.map(|next| document(&next.document, locale)),
        next_balance: next.and_then(left_then).map(|left| money(locale, left)),
        introduction: introduction_of(hosted, shown),
        afterwards: afterwards(hosted, shown),
        balance: balance.map(|balance| Balance {
            kind: if balance.minor > 0 { BalanceKind::Credit } else { BalanceKind::Debt },
            amount: money(locale, Money::new(balance.minor.abs(), balance.currency)),
        }),
        still_owed: shown.still_owed.filter(|owed| owed.minor > 0).map(|owed| money(locale, owed)),
        binds: shown.commitment.as_ref().and_then(|it| binds(hosted, shown, it)),
    }
}

/// What a credit of the day of the next payment leaves on the balance.
fn left_then(next: &PaymentShown) -> Option<Money> {
    next.balance_after.filter(|left| left.minor > 0 && !next.credit_notes.is_empty())
}

fn introduction_of(hosted: &Hosted, shown: &ModeShown) -> Vec<String> {
    let Some((shown, target)) = shown.introduction.as_ref().zip(hosted.target.as_ref()) else {
        return Vec::new();
    };
    introduction(&hosted.locale, shown, target.billing_period)
}

/// How something begins that is booked once in a period, part by part.
pub(super) fn introduction(
    locale: &Locale,
    shown: &IntroductionShown,
    period: Period,
) -> Vec<String> {
    let steps = shown.steps.iter().map(|it| (per(locale, it.price, period), it.days.last()));
    format::introduction(locale, shown.trial.map(DateRange::last), steps)
}

fn binds(hosted: &Hosted, shown: &ModeShown, commitment: &Commitment) -> Option<Binds> {
    let (locale, terms) = (&hosted.locale, hosted.target.as_ref()?);
    let term = terms.term;
    let free_until = commitment.free_until();
    let cancel_by = match free_until.and_then(|_| commitment.ends_on.succ_opt()) {
        Some(end) => terms.cancel_by(DateRange { start: commitment.starts_on, end }),
        None => commitment.cancel_by,
    };
    let tax = Some(commitment.tax).filter(|tax| tax.minor != 0);
    let renews = commitment.renews;
    let notice = commitment.notice.filter(|_| commitment.is_prolonged);
    let is_bound_to_it = shown.mode == Purchase::Add && terms.requires_parent;
    Some(Binds {
        length: format::length(locale, term.count, term.unit),
        notice: notice.map(|period| format::length(locale, period.count, period.unit)),
        until: format::date(locale, commitment.ends_on),
        total: money(locale, commitment.total),
        tax: tax.map(|tax| money(locale, tax)),
        extension: renews.map(|period| format::extension(locale, period.count, period.unit)),
        cancel_by: format::date(locale, cancel_by),
        free_until: free_until.map(|on| format::date(locale, on)),
        needs: hosted.source.as_ref().filter(|_| is_bound_to_it).map(|source| Needed {
            title: source.title.clone(),
            is_paid_later: shown.effective_on < commitment.starts_on,
        }),
    })
}

fn ends(hosted: &Hosted, shown: &ModeShown) -> Vec<Ending> {
    let ends = shown.ends.iter().map(|ending| {
        let id = &ending.subscription;
        let title = hosted.titles.get(id).cloned().unwrap_or_else(|| id.to_string());
        let told = |count: i64| (count > 0).then(|| count.to_string());
        let introduction = ending.lost_introduction;
        Ending {
            title,
            on: format::date(&hosted.locale, ending.on),
            lost_days: told(ending.lost_days),
            lost_trial: introduction.and_then(|it| told(it.trial_days)),
            lost_periods: introduction.and_then(|it| told(it.periods.into())),
        }
    });
    ends.collect()
}

fn consequences(shown: &ModeShown) -> Vec<Consequence> {
    let withdraws = shown.withdraws_cancellation.iter().map(|_| Consequence::WithdrawsCancellation);
    let supersedes = shown.supersedes.iter().map(|_| Consequence::SupersedesChange);
    let returns = shown.returns_coupon.iter().map(|_| Consequence::ReturnsCoupon);
    withdraws.chain(supersedes).chain(returns).collect()
}

/// What is paid from the next payment on: the target, unless that is its last one, and what is kept
/// beside it.
fn afterwards(hosted: &Hosted, shown: &ModeShown) -> Option<String> {
    let (locale, next) = (&hosted.locale, shown.next_payment_on?);
    let last = shown.commitment.as_ref().and_then(|it| it.last_payment_on);
    let target = hosted.target.as_ref().filter(|_| last.is_none_or(|last| next < last));
    let kept = hosted
        .source
        .as_ref()
        .filter(|source| shown.mode == Purchase::Add && source.next_booking_on.is_some());
    let kept = kept.map(|source| kept_price(locale, source, next));
    let target = target.map(|target| per(locale, target.price, target.billing_period));
    let prices: Vec<_> = kept.into_iter().chain(target).collect();
    (!prices.is_empty()).then(|| prices.join(" + "))
}

/// What goes on beside what is bought costs what it will be booked at: a price that it was told,
/// and the regular one only once its steps are over, with the day where that comes later.
fn kept_price(locale: &Locale, source: &HostedSource, next: NaiveDate) -> String {
    let ends = |on: NaiveDate| source.cancel_on.is_some_and(|end| end <= on);
    let step = source.steps.first().zip(source.steps.last());
    let (price, from) = match (source.new_price, step) {
        (Some((new, on)), _) => (new, Some(on)),
        (None, Some(((step, _), (_, on)))) if ends(*on) => (*step, None),
        (None, Some((_, (_, on)))) => (source.price, Some(*on)),
        (None, None) => (source.price, None),
    };
    let price = per(locale, price, source.period);
    match from.filter(|on| *on > next) {
        Some(on) => format::price_from(locale, &price, on),
        None => price,
    }
}

fn document(issue: &DocumentShown, locale: &Locale) -> Document {
    let amount = |minor| money(locale, Money::new(minor, issue.currency));
    let line = |line: &LineShown| Line {
        description: line.description.clone(),
        period: Some(days(locale, line.period)),
        discount: (line.discount != 0).then(|| amount(-line.discount)),
        amount: amount(line.gross),
    };
    let applied = issue.credit_applied;
    Document {
        kind: match issue.kind {
            preview::DocumentKind::Invoice => DocumentKind::Invoice,
            preview::DocumentKind::CreditNote => DocumentKind::CreditNote,
        },
        lines: issue.lines.iter().map(line).collect(),
        credit_applied: (applied > 0).then(|| amount(-applied)),
        debt_applied: (applied < 0).then(|| amount(-applied)),
        total: amount(issue.totals().gross - applied),
    }
}

fn issued(issue: &customer_documents::RelatedDocument, locale: &Locale) -> Issued {
    let (kind, given, totals, currency) = match &issue.document {
        Issue::Invoice(it) => (DocumentKind::Invoice, it.number, it.totals(), it.currency),
        Issue::CreditNote(it) => (DocumentKind::CreditNote, it.number, it.totals(), it.currency),
    };
    let Totals { gross, .. } = totals;
    let href = addresses::document(&issue.token);
    Issued { kind, number: number(given), amount: money(locale, Money::new(gross, currency)), href }
}

/// An invoice that is still to be paid, by when.
fn open_invoice(
    issue: &customer_documents::RelatedDocument,
    locale: &Locale,
) -> Option<DocumentLink> {
    let Issue::Invoice(it) = &issue.document else { return None };
    let amount = |minor| money(locale, Money::new(minor, it.currency));
    Some(DocumentLink {
        kind: DocumentKind::Invoice,
        number: number(it.number),
        on: format::date(locale, it.due_on),
        amount: amount(it.totals().gross),
        due: Some(amount(it.amount_due)),
        href: addresses::document(&issue.token),
    })
}

/// The number of a document.
pub(super) fn number(given: Option<i64>) -> String {
    given.map_or_else(|| MISSING.to_owned(), |number| number.to_string())
}

/// What is still to be paid of what was issued.
fn owed(issued: &[customer_documents::RelatedDocument]) -> Option<Money> {
    let due = issued.iter().filter_map(|issue| match &issue.document {
        Issue::Invoice(invoice) => Some(Money::new(invoice.amount_due, invoice.currency)),
        Issue::CreditNote(_) => None,
    });
    let sum = due.reduce(|sum, due| Money::new(sum.minor + due.minor, sum.currency));
    sum.filter(|sum| sum.minor > 0)
}

/// What was paid of what was issued.
fn paid(issued: &[customer_documents::RelatedDocument]) -> Option<Money> {
    let paid = issued.iter().filter_map(|issue| match &issue.document {
        Issue::Invoice(invoice) => Some(Money::new(invoice.paid, invoice.currency)),
        Issue::CreditNote(_) => None,
    });
    let sum = paid.reduce(|sum, paid| Money::new(sum.minor + paid.minor, sum.currency));
    sum.filter(|sum| sum.minor > 0)
}

fn date(locale: &Locale, date: Option<NaiveDate>) -> String {
    date.map_or_else(|| MISSING.to_owned(), |date| format::date(locale, date))
}

/// The first and the last day.
pub(super) fn days(locale: &Locale, range: DateRange) -> String {
    let last = range.end.pred_opt().unwrap_or(range.end).max(range.start);
    format!("{} – {}", format::date(locale, range.start), format::date(locale, last))
}

pub(super) fn per(locale: &Locale, price: Money, period: Period) -> String {
    format::price_per(locale, &money(locale, price), period.count, period.unit)
}

pub(super) fn money(locale: &Locale, money: Money) -> String {
    let (exponent, code) = (money.currency.exponent(), money.currency.code());
    format::unbroken(&format::money(locale, money.minor, exponent, code))
}
