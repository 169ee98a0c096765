//! How subscriptions, changes and documents stand in lists, wherever one is shown. Their customers
//! get their names from `people`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::app::reads::StoredSubscription;
use crate::app::subscriptions;
use crate::domain::calendar::DateRange;
use crate::domain::change::{ChangeStatus, ScheduledChange};
use crate::domain::document::{CreditNote, Document, Invoice, InvoiceStatus};
use crate::domain::ids::SubscriptionId;
use crate::domain::money::Money;
use crate::domain::path::Mode;
use crate::domain::price_change::NewPrice;
use crate::domain::subscription::Subscription;
use crate::pages::backend::answer::Failure;
use crate::pages::backend::places::{CREDIT_NOTES, INVOICES};
use crate::pages::backend::session::Session;
use crate::render::backend::documents::DocumentRow;
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::{Badge, Person};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::render::backend::subscriptions::{ChangeRow, ComingPrice, SubscriptionRow};
use crate::render::format;

/// A subscription.
pub(super) fn subscription(session: &Session, found: &StoredSubscription) -> SubscriptionRow {
    let it = &found.subscription;
    let terms = &it.terms;
    let pending = found.scheduled_changes.iter().filter(|change| change.is_pending());
    SubscriptionRow {
        id: it.id.to_string(),
        customer: Person::of(&it.customer),
        title: terms.title.clone(),
        price: price(session, it),
        status: status(session, it),
        started: session.day(it.started_on),
        next: found.next_booking_on.map(|on| session.day(on)),
        waiting: pending
            .map(|change| in_words(session, change))
            .chain(new_prices(session, found).into_iter().map(|it| it.text))
            .collect(),
    }
}

/// What a subscription costs, and how often.
pub(super) fn price(session: &Session, it: &Subscription) -> String {
    let period = it.terms.billing_period;
    format::price_per(session.locale(), &session.money(it.price), period.count, period.unit)
}

fn status(session: &Session, subscription: &Subscription) -> Badge {
    let on = |date: NaiveDate| session.day(date).text;
    match (subscription.ended_on, subscription.cancel_on) {
        (Some(ended), _) => Badge::new(Tone::Plain, phrase!("ended {}", on(ended))),
        (None, Some(cancelled)) => Badge::new(Tone::Warn, phrase!("ends {}", on(cancelled))),
        (None, None) if subscription.is_in_bridge() => Badge::new(Tone::Good, "not billed yet"),
        (None, None) if subscription.is_in_trial() => Badge::new(Tone::Good, "in trial"),
        (None, None) => Badge::new(Tone::Good, "active"),
    }
}

fn in_words(session: &Session, change: &ScheduledChange) -> Phrase {
    let (title, on) = (&change.terms.title, session.day(change.effective_on).text);
    match change.mode {
        Mode::Replace => phrase!("→ {} on {}", title, on),
        Mode::Add => phrase!("+ {} on {}", title, on),
    }
}

/// The new prices that wait for a subscription, each with its first booking as things stand.
pub(super) fn new_prices(session: &Session, found: &StoredSubscription) -> Vec<ComingPrice> {
    let period = found.subscription.terms.billing_period;
    let waiting = subscriptions::shown(found).new_prices.into_iter();
    let coming = waiting.filter_map(|waits| {
        let of = |it: &&NewPrice| it.change.as_str() == waits.price_change;
        let price = session.money(found.new_prices.iter().find(of)?.price);
        let price = format::price_per(session.locale(), &price, period.count, period.unit);
        let on = waits.first_booking_on.unwrap_or(waits.from);
        let text = phrase!("{} from {} on", price, session.day(on).text);
        Some(ComingPrice { change: waits.price_change, text })
    });
    coming.collect()
}

/// A scheduled change.
pub(super) fn change(
    session: &Session,
    change: &ScheduledChange,
    titles: &BTreeMap<SubscriptionId, String>,
) -> ChangeRow {
    let title_of = |id: &SubscriptionId| titles.get(id).cloned().unwrap_or_else(|| id.to_string());
    let tone = match change.status {
        ChangeStatus::Pending => Tone::Warn,
        ChangeStatus::Applied => Tone::Good,
        ChangeStatus::Withdrawn | ChangeStatus::Superseded => Tone::Plain,
        ChangeStatus::Failed => Tone::Bad,
    };
    ChangeRow {
        id: change.id.to_string(),
        customer: Person::of(&change.customer),
        subscription: change.subscription.to_string(),
        source: title_of(&change.subscription),
        title: change.terms.title.clone(),
        replaces: change.mode == Mode::Replace,
        on: session.day(change.effective_on),
        status: Badge::new(tone, change.status.name()),
        reason: change.reason.clone(),
        result: change.result_subscription.as_ref().map(ToString::to_string),
        is_pending: change.is_pending(),
    }
}

/// The titles of the subscriptions that changes start from and lead to.
pub(super) async fn titles(
    session: &Session,
    changes: &[ScheduledChange],
) -> Result<BTreeMap<SubscriptionId, String>, Failure> {
    let of = |it: &ScheduledChange| [Some(it.subscription.clone()), it.result_subscription.clone()];
    let ids: BTreeSet<SubscriptionId> = changes.iter().flat_map(of).flatten().collect();
    Ok(session.app.titles_of(&session.merchant, ids).await?)
}

/// An invoice or a credit note.
pub(super) fn document(session: &Session, document: &Document) -> DocumentRow {
    match document {
        Document::Invoice(it) => invoice(session, it),
        Document::CreditNote(it) => credit_note(session, it),
    }
}

/// An invoice.
pub(super) fn invoice(session: &Session, invoice: &Invoice) -> DocumentRow {
    let money = |minor| session.money(Money::new(minor, invoice.currency));
    let status = match invoice.status {
        InvoiceStatus::Open if invoice.is_overdue(session.today()) => {
            Badge::new(Tone::Bad, "overdue")
        }
        InvoiceStatus::Open => Badge::new(Tone::Warn, "open"),
        InvoiceStatus::Paid => Badge::new(Tone::Good, "paid"),
        InvoiceStatus::Cancelled => Badge::new(Tone::Plain, "cancelled"),
    };
    DocumentRow {
        title: invoice.number.map_or_else(|| "Invoice".into(), |it| phrase!("Invoice {}", it)),
        href: format!("{INVOICES}/{}", invoice.id),
        customer: Person::of(&invoice.customer),
        issued: session.day(invoice.issued_on),
        due: Some(session.day(invoice.due_on)),
        gross: money(invoice.totals().gross),
        open: Some(invoice.amount_due).filter(|due| *due != 0).map(money),
        status,
    }
}

/// A credit note.
pub(super) fn credit_note(session: &Session, note: &CreditNote) -> DocumentRow {
    DocumentRow {
        title: note.number.map_or_else(|| "Credit note".into(), |it| phrase!("Credit note {}", it)),
        href: format!("{CREDIT_NOTES}/{}", note.id),
        customer: Person::of(&note.customer),
        issued: session.day(note.issued_on),
        due: None,
        gross: session.money(Money::new(note.totals().gross, note.currency)),
        open: None,
        status: Badge::new(Tone::Plain, "issued"),
    }
}

/// The first and the last of some days.
pub(super) fn days(session: &Session, range: DateRange) -> String {
    format!("{} – {}", session.day(range.start).text, session.day(range.last()).text)
}
