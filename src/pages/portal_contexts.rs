//! A portal in the words and figures of its customer. What is shown when is for `portal`.

use crate::app::customer_documents::RelatedDocument;
use crate::app::portal::{OwedSum, Portal, PortalTarget, PortalVisit, owed};
use crate::app::{AppError, addresses};
use crate::domain::change::ScheduledChange;
use crate::domain::document::Document;
use crate::domain::ids::{ChangeId, SubscriptionId};
use crate::domain::money::{Currency, Money};
use crate::domain::subscription::Subscription;
use crate::pages::contexts::{introduction, money, number, per};
use crate::render::format::{self, Locale};
use crate::render::links::{DocumentKind, DocumentLink};
use crate::render::portal::{
    ChangeCard, ComingPrice, EndingCard, NextPayment, OpenSum, PortalNote, PortalPage,
    PortalQuestion, QuestionKind, SubscriptionCard, TargetCard,
};
use crate::rules::introductions::promised_introduction;
use crate::rules::portal::{can_cancel, cancel_shown, uncancel_stamp, withdraw_stamp};

/// How many subscriptions, and how many changes that wait are shown.
const CARDS_MAX: usize = 200;
/// How many documents are shown at once.
const DOCUMENTS_SHOWN: usize = 6;

/// The portal at an address.
pub(super) fn home(portal: &Portal, here: String, note: Option<PortalNote>) -> PortalPage {
    let visit = &portal.visit;
    let (account, locale) = (&visit.account, &visit.locale);
    let mut documents: Vec<_> = visit.documents.iter().map(|it| document(visit, it)).collect();
    let earlier = documents.split_off(documents.len().min(DOCUMENTS_SHOWN));
    let subscriptions = account.active().into_iter().take(CARDS_MAX);
    let changes = account.pending().into_iter().take(CARDS_MAX);
    let balances = account.balances.iter().map(|(code, minor)| Money::new(*minor, *code));
    let (credits, debts): (Vec<Money>, Vec<Money>) =
        balances.filter(|it| it.minor != 0).partition(|it| it.minor > 0);
    PortalPage {
        seller: visit.seller.clone(),
        name: visit.name.clone(),
        here,
        note,
        next: portal.next_payment.map(|next| NextPayment {
            on: format::date(locale, next.on),
            amount: money(locale, next.amount),
            balance: next.left.map(|left| money(locale, left)),
        }),
        owed: owed(account).into_iter().map(|it| owed_row(locale, it)).collect(),
        credits: credits.into_iter().map(|it| money(locale, it)).collect(),
        debts: debts.iter().map(|it| money(locale, Money::new(-it.minor, it.currency))).collect(),
        waits_for_payment: portal.waits_for_payment,
        subscriptions: subscriptions.map(|it| subscription(visit, it)).collect(),
        changes: changes.map(|it| change(visit, it)).collect(),
        targets: portal.targets.iter().filter_map(|it| target(visit, it)).collect(),
        has_documents: visit.parts.documents,
        documents,
        earlier,
        look: visit.look.clone(),
        return_url: visit.return_url.clone(),
    }
}

fn owed_row(locale: &Locale, it: OwedSum) -> OpenSum {
    let to_be_issued = Some(it.to_be_issued).filter(|it| it.minor > 0);
    OpenSum {
        amount: money(locale, it.all),
        to_be_issued: to_be_issued.map(|it| money(locale, it)),
    }
}

fn subscription(visit: &PortalVisit, it: &Subscription) -> SubscriptionCard {
    let (account, locale) = (&visit.account, &visit.locale);
    let date = |on| format::date(locale, on);
    let ends_on = account.ends_on(it);
    let (parts, goes_on) = (visit.parts, ends_on.is_none());
    SubscriptionCard {
        id: it.id.to_string(),
        title: it.terms.title_in(&visit.said_in).to_owned(),
        price: per(locale, it.price, it.terms.billing_period),
        introduction: steps_to_come(visit, it),
        new_prices: (account.new_prices_of(it).into_iter())
            .filter_map(|new| {
                Some(ComingPrice {
                    price: per(locale, new.price, it.terms.billing_period),
                    on: date(account.first_booking_at(new, it)?),
                })
            })
            .collect(),
        trial_until: it
            .trial_until
            .filter(|_| it.is_in_trial())
            .and_then(|on| on.pred_opt())
            .map(date),
        next_payment: account.next_booking_on(it).map(date),
        bound_until: (goes_on && !it.is_in_trial()).then(|| date(it.current_term.last())),
        ends_on: ends_on.map(date),
        cancel_by: (goes_on && it.cancel_by() >= visit.today).then(|| date(it.cancel_by())),
        cancellable_to: can_cancel(account, it, visit.today)
            .then(|| date(it.cancelled_to(visit.today))),
        is_cancelled: it.is_cancelled(),
        can_cancel: parts.cancel && can_cancel(account, it, visit.today),
        uncancel: uncancel_stamp(it).filter(|_| parts.cancel),
    }
}

/// The steps that are still to be booked, each up to its last day.
fn steps_to_come(visit: &PortalVisit, it: &Subscription) -> Vec<String> {
    let locale = &visit.locale;
    let steps = it.steps_to_come().into_iter().filter_map(|(price, until)| {
        Some((per(locale, price, it.terms.billing_period), until.pred_opt()?))
    });
    format::introduction(locale, None, steps)
}

fn change(visit: &PortalVisit, it: &ScheduledChange) -> ChangeCard {
    let locale = &visit.locale;
    let source = visit.account.subscriptions.get(&it.subscription);
    let introduction = promised_introduction(it, source)
        .map(|shown| introduction(locale, &shown, it.terms.billing_period));
    ChangeCard {
        id: it.id.to_string(),
        title: it.terms.title_in(&visit.said_in).to_owned(),
        price: per(locale, it.terms.price, it.terms.billing_period),
        introduction: introduction.unwrap_or_default(),
        source: title_of(visit, &it.subscription),
        mode: it.mode.name(),
        on: format::date(locale, it.effective_on),
        next_payment: format::date(locale, it.booked_from()),
        can_withdraw: visit.parts.withdraw,
    }
}

/// The title of something that the customer has.
fn title_of(visit: &PortalVisit, id: &SubscriptionId) -> String {
    let found = visit.account.subscriptions.get(id);
    found.map_or_else(|| id.to_string(), |it| it.terms.title_in(&visit.said_in).to_owned())
}

fn target(visit: &PortalVisit, it: &PortalTarget) -> Option<TargetCard> {
    let (locale, terms, shown) = (&visit.locale, &it.terms, it.shown()?);
    let due = Some(shown.amount_due).filter(|due| due.minor > 0);
    let texts = it.texts.as_ref();
    let begins = shown.introduction.as_ref();
    let begins = begins.map(|begins| introduction(locale, begins, terms.billing_period));
    Some(TargetCard {
        source: title_of(visit, it.preview.source.as_ref()?),
        mode: shown.mode.name(),
        offer: terms.offer.to_string(),
        title: terms.title_in(&visit.said_in).to_owned(),
        summary: terms.summary_in(&visit.said_in).map(str::to_owned),
        price: per(locale, terms.price, terms.billing_period),
        introduction: begins.unwrap_or_default(),
        text: texts.map(|texts| texts.text.clone()).filter(|text| !text.is_empty()),
        effective_on: format::date(locale, shown.effective_on),
        due: due.map(|due| money(locale, due)),
        still_owed: shown.still_owed.filter(|it| it.minor > 0).map(|it| money(locale, it)),
    })
}

fn document(visit: &PortalVisit, issued: &RelatedDocument) -> DocumentLink {
    let locale = &visit.locale;
    let amount = |minor: i64, currency: Currency| money(locale, Money::new(minor, currency));
    let blank = DocumentLink {
        kind: DocumentKind::Invoice,
        number: String::new(),
        on: String::new(),
        amount: String::new(),
        due: None,
        href: addresses::document(&issued.token),
    };
    match &issued.document {
        Document::Invoice(it) => DocumentLink {
            number: number(it.number),
            on: format::date(locale, it.issued_on),
            amount: amount(it.totals().gross, it.currency),
            due: (it.amount_due > 0).then(|| amount(it.amount_due, it.currency)),
            ..blank
        },
        Document::CreditNote(it) => DocumentLink {
            kind: DocumentKind::CreditNote,
            number: number(it.number),
            on: format::date(locale, it.issued_on),
            amount: amount(-it.totals().gross, it.currency),
            ..blank
        },
    }
}

/// The question before a subscription is cancelled; none where there is nothing to cancel any more.
///
/// # Errors
/// Not found where the customer has no such subscription.
pub(super) fn cancelling(
    visit: &PortalVisit,
    id: &str,
    here: String,
) -> Result<Option<PortalQuestion>, AppError> {
    let (account, locale) = (&visit.account, &visit.locale);
    let id = SubscriptionId::stored(id.to_owned());
    let it = account.subscriptions.get(&id).ok_or(AppError::NotFound("subscription"))?;
    let Some(shown) = cancel_shown(account, &id, visit.today) else { return Ok(None) };
    let lost = shown.lost.iter().map(|it| it.terms.title_in(&visit.said_in).to_owned());
    let ends = shown.ends.iter().map(|ending| EndingCard {
        title: title_of(visit, &ending.subscription),
        on: format::date(locale, ending.on),
    });
    let by = Some(it.cancel_by()).filter(|by| *by >= visit.today);
    Ok(Some(PortalQuestion {
        price: per(locale, it.price, it.terms.billing_period),
        on: format::date(locale, shown.on),
        cancel_by: by.map(|by| format::date(locale, by)),
        lost: lost.collect(),
        ends: ends.collect(),
        ..question(
            visit,
            QuestionKind::Cancel,
            (id.as_str(), title_of(visit, &id)),
            shown.stamp,
            here,
        )
    }))
}

/// The question before a change is withdrawn; none where it waits no more.
///
/// # Errors
/// Not found where the customer has no such change.
pub(super) fn withdrawing(
    visit: &PortalVisit,
    id: &str,
    here: String,
) -> Result<Option<PortalQuestion>, AppError> {
    let locale = &visit.locale;
    let found = visit.account.changes.get(&ChangeId::stored(id.to_owned()));
    let it = found.ok_or(AppError::NotFound("scheduled change"))?;
    if !it.is_pending() {
        return Ok(None);
    }
    let title = it.terms.title_in(&visit.said_in).to_owned();
    let stamp = withdraw_stamp(it);
    Ok(Some(PortalQuestion {
        price: per(locale, it.terms.price, it.terms.billing_period),
        on: format::date(locale, it.effective_on),
        restores: it.withdrew_cancel_on.map(|on| format::date(locale, on)),
        ..question(visit, QuestionKind::Withdraw, (it.id.as_str(), title), stamp, here)
    }))
}

fn question(
    visit: &PortalVisit,
    kind: QuestionKind,
    (id, title): (&str, String),
    stamp: String,
    here: String,
) -> PortalQuestion {
    let (step, field) = match kind {
        QuestionKind::Cancel => ("cancel", "subscription"),
        QuestionKind::Withdraw => ("withdraw", "change"),
    };
    PortalQuestion {
        seller: visit.seller.clone(),
        kind,
        action: format!("{here}/{step}"),
        field,
        id: id.to_owned(),
        stamp,
        title,
        price: String::new(),
        on: String::new(),
        cancel_by: None,
        restores: None,
        lost: Vec::new(),
        ends: Vec::new(),
        back: here,
        look: visit.look.clone(),
    }
}
