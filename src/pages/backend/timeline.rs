//! What comes and came of subscriptions, told as a picture and as a table: of a chain, of a
//! customer, and of what is only asked for.

use std::collections::BTreeMap;

use chrono::{Days, Months, NaiveDate};

use crate::app::reads::StoredSubscription;
use crate::app::what_if::WhatIf;
use crate::domain::calendar::DateRange;
use crate::domain::change::ScheduledChange;
use crate::domain::document::{Document, Line, LineKind};
use crate::domain::ids::SubscriptionId;
use crate::domain::money::{Currency, Money};
use crate::domain::path::Mode;
use crate::domain::subscription::Subscription;
use crate::pages::backend::rows::{self, days};
use crate::pages::backend::session::Session;
use crate::render::backend::phrase::{Phrase, phrase, short};
use crate::render::backend::timeline::{
    BarKind, Dot, DotKind, Event, Lane, Timeline, TimelinePicture,
};
use crate::rules::what_if::Projection;

/// How many letters of a title are told: everything stands whole on its own page.
const LETTERS: usize = 60;

/// What is told of.
struct TimelineSubject<'a> {
    /// The days that are looked at.
    shown: DateRange,
    /// By id.
    subscriptions: BTreeMap<&'a SubscriptionId, &'a Subscription>,
    /// The one that the page is about.
    this: Option<&'a SubscriptionId>,
    /// What waits.
    changes: Vec<&'a ScheduledChange>,
    /// What was issued.
    issued: Vec<TimelineDocument<'a>>,
}

/// A document, as far as it is about these subscriptions.
struct TimelineDocument<'a> {
    on: NaiveDate,
    currency: Currency,
    is_credit: bool,
    /// What it is called.
    name: Phrase,
    /// Its page, if it is stored.
    href: Option<String>,
    /// The sum of all its lines.
    whole: i64,
    lines: Vec<&'a Line>,
}

/// What would come of an account.
pub(super) fn imagined(
    session: &Session,
    on: NaiveDate,
    would: &WhatIf,
    projection: &Projection,
    label: Phrase,
) -> Timeline {
    let life = TimelineSubject {
        shown: DateRange { start: would.from, end: would.until },
        subscriptions: projection.account.subscriptions.iter().collect(),
        this: None,
        changes: projection.account.pending(),
        issued: projection.documents.iter().map(|it| issued(session, it, false)).collect(),
    };
    told(session, &life, (on, phrase!("Checkout, {}", session.day(on).text)), label)
}

/// What came of subscriptions, and what is known to come; none where there is no subscription.
pub(super) fn stored(
    session: &Session,
    found: &[&StoredSubscription],
    this: Option<&SubscriptionId>,
    documents: &[Document],
    label: Phrase,
) -> Option<Timeline> {
    let all = || found.iter().map(|found| &found.subscription);
    let start = all().map(|it| it.started_on).min()?;
    let today = session.today();
    let changes = found.iter().flat_map(|it| &it.scheduled_changes);
    let changes: Vec<_> = changes.filter(|change| change.is_pending()).collect();
    let ends = all().filter_map(|it| it.ended_on.or(it.cancel_on));
    let runs = all().filter(|it| it.is_active()).map(Subscription::boundary);
    let waits = changes.iter().map(|change| change.effective_on);
    let end = ends.chain(runs).chain(waits).chain([today]).max().unwrap_or(today);
    // What happens on the last day needs room, too.
    let end = end + Days::new(1 + (end - start).num_days().unsigned_abs() / 40);
    let least = start.checked_add_months(Months::new(1)).unwrap_or(end);
    let subscriptions: BTreeMap<_, _> = all().map(|it| (&it.id, it)).collect();
    let mut issued: Vec<_> = documents.iter().rev().map(|it| issued(session, it, true)).collect();
    for it in &mut issued {
        it.lines.retain(|line| subscriptions.contains_key(&line.subscription));
    }
    issued.retain(|it| !it.lines.is_empty());
    let shown = DateRange { start, end: end.max(least) };
    let life = TimelineSubject { shown, subscriptions, this, changes, issued };
    Some(told(session, &life, (today, phrase!("Today, {}", session.day(today).text)), label))
}

fn told(
    session: &Session,
    life: &TimelineSubject<'_>,
    moment: (NaiveDate, Phrase),
    label: Phrase,
) -> Timeline {
    let label = phrase!("{}; the same as a table below", label);
    Timeline {
        picture: TimelinePicture::draw(label, life.shown, moment, lanes(session, life)),
        events: events(session, life),
        total: total(session, life),
    }
}

fn issued<'a>(session: &Session, document: &'a Document, is_stored: bool) -> TimelineDocument<'a> {
    let (row, on, currency, is_credit, lines): (_, _, _, _, Vec<&Line>) = match document {
        Document::Invoice(it) => {
            let lines = it.lines.iter().map(|line| &line.line).collect();
            (rows::invoice(session, it), it.issued_on, it.currency, false, lines)
        }
        Document::CreditNote(it) => {
            let lines = it.lines.iter().map(|line| &line.line).collect();
            (rows::credit_note(session, it), it.issued_on, it.currency, true, lines)
        }
    };
    let whole = lines.iter().map(|line| line.gross).sum();
    let href = Some(row.href).filter(|_| is_stored);
    TimelineDocument { on, currency, is_credit, name: row.title, href, whole, lines }
}

fn title(subscription: &Subscription) -> String {
    short(&subscription.terms.title, LETTERS)
}

/// Subscriptions that give access within these days, in order of their start.
fn seen<'a>(life: &TimelineSubject<'a>) -> Vec<&'a Subscription> {
    let shown = life.shown;
    let is_seen = |it: &&Subscription| {
        let access = access(shown, it);
        access.start < access.end && access.start < shown.end && shown.start < access.end
    };
    let mut seen: Vec<_> = life.subscriptions.values().copied().filter(is_seen).collect();
    seen.sort_by_key(|subscription| (subscription.started_on, subscription.sequence));
    seen
}

fn access(shown: DateRange, subscription: &Subscription) -> DateRange {
    let end = subscription.ended_on.or(subscription.cancel_on).unwrap_or(shown.end);
    DateRange { start: subscription.started_on, end }
}

/// The days before the first booking, if there are any, what they are and in words.
fn before_booking(
    shown: DateRange,
    it: &Subscription,
) -> Option<(DateRange, BarKind, &'static str)> {
    let end = it.first_booking_on.min(access(shown, it).end);
    let days = DateRange { start: it.started_on, end };
    let told = if it.is_brought_over {
        (days, BarKind::Elsewhere, "paid elsewhere")
    } else if it.trial_until.is_some() {
        (days, BarKind::Bridge, "trial, free of charge")
    } else {
        (days, BarKind::Bridge, "bridge, covered by what was paid before")
    };
    (days.start < days.end).then_some(told)
}

fn lanes(session: &Session, life: &TimelineSubject<'_>) -> Vec<Lane> {
    let mut booked = BTreeMap::<&SubscriptionId, Vec<(DateRange, BarKind, Phrase)>>::new();
    let (mut invoices, mut notes) = (Vec::new(), Vec::new());
    for it in &life.issued {
        for line in &it.lines {
            let (kind, what) = match line.kind {
                LineKind::Credit => (BarKind::Credited, Phrase::from("credited")),
                LineKind::Period | LineKind::Bridge => (BarKind::Booked, "invoiced".into()),
            };
            let amount = session.money(Money::new(line.gross, it.currency));
            let about = short(&line.description, LETTERS);
            let title = phrase!("{} {}: {}, {}", about, what, days(session, line.period), amount);
            booked.entry(&line.subscription).or_default().push((line.period, kind, title));
        }
        let sum = it.lines.iter().map(|line| line.gross).sum();
        let amount = session.money(Money::new(sum, it.currency));
        let of = session.money(Money::new(it.whole, it.currency));
        let on = session.day(it.on).text;
        let title = if sum == it.whole {
            phrase!("{}, {}: {}", it.name.clone(), on, amount.clone())
        } else {
            phrase!("{}, {}: {} of {}", it.name.clone(), on, amount.clone(), of)
        };
        let (kind, place) = if it.is_credit {
            (DotKind::CreditNote, &mut notes)
        } else {
            (DotKind::Invoice, &mut invoices)
        };
        place.push(Dot { on: it.on, kind, amount, title });
    }
    let lane = |it: &Subscription| {
        let access = access(life.shown, it);
        let mut bars = vec![(access, BarKind::Access, phrase!("{}: access", title(it)))];
        bars.extend(before_booking(life.shown, it).map(|(range, kind, what)| {
            (range, kind, phrase!("{}: {}, {}", title(it), what, days(session, range)))
        }));
        bars.extend(booked.remove(&it.id).unwrap_or_default());
        let label = it.terms.title.clone().into();
        Lane { label, is_this: life.this == Some(&it.id), bars, dots: marks(session, life, it) }
    };
    let mut lanes: Vec<Lane> = seen(life).into_iter().map(lane).collect();
    for (label, dots) in [("Invoices", invoices), ("Credit notes", notes)] {
        if !dots.is_empty() {
            lanes.push(Lane { label: label.into(), dots, ..Lane::default() });
        }
    }
    lanes
}

/// What is known to happen to a subscription.
fn marks(session: &Session, life: &TimelineSubject<'_>, it: &Subscription) -> Vec<Dot> {
    let dot = |on: NaiveDate, kind, what: Phrase| Dot {
        on,
        kind,
        amount: String::new(),
        title: phrase!("{}, {}", what, session.day(on).text),
    };
    let ends = it.ended_on.or(it.cancel_on);
    let ends = ends.map(|on| dot(on, DotKind::End, phrase!("{} ends", title(it))));
    let changes = life.changes.iter().filter(|change| change.subscription == it.id);
    let changes =
        changes.map(|change| dot(change.effective_on, DotKind::Change, change_of(life, change)));
    ends.into_iter().chain(changes).collect()
}

/// A change that waits, in words.
fn change_of(life: &TimelineSubject<'_>, change: &ScheduledChange) -> Phrase {
    let source = life.subscriptions.get(&change.subscription);
    let source = source.map_or_else(|| change.subscription.to_string(), |it| title(it));
    let target = short(&change.terms.title, LETTERS);
    match change.mode {
        Mode::Replace => phrase!("{} is to replace {}", target, source),
        Mode::Add => phrase!("{} is to be added to {}", target, source),
    }
}

fn events(session: &Session, life: &TimelineSubject<'_>) -> Vec<Event> {
    // Of one day: what ends, what begins, what is issued, what waits.
    let mut events: Vec<(NaiveDate, u8, Event)> = Vec::new();
    let mut happens = |on: NaiveDate, rank: u8, what: Phrase, of: Option<DateRange>| {
        let days = of.map(|of| days(session, of));
        let on_day = session.day(on);
        events.push((on, rank, Event { on: on_day, what, href: None, days, amount: None }));
    };
    for it in seen(life) {
        happens(it.started_on, 1, phrase!("{} begins", title(it)), None);
        if let Some((days, _, what)) = before_booking(life.shown, it) {
            happens(it.started_on, 1, phrase!("{}: {}", title(it), what), Some(days));
        }
        let end = it.ended_on.or(it.cancel_on);
        if let Some(end) = end.filter(|end| *end > it.started_on) {
            happens(end, 0, phrase!("{} ends", title(it)), None);
        }
    }
    for change in &life.changes {
        happens(change.effective_on, 4, change_of(life, change), None);
    }
    for it in &life.issued {
        for line in &it.lines {
            let (rank, what, sign) =
                if it.is_credit { (2, "credited", -1) } else { (3, "invoiced", 1) };
            let about = short(&line.description, LETTERS);
            let is_bridge = line.kind == LineKind::Bridge;
            let event = Event {
                on: session.day(it.on),
                what: if is_bridge {
                    phrase!("{}, bridge {}", about, what)
                } else {
                    phrase!("{} {}", about, what)
                },
                href: it.href.clone(),
                days: Some(days(session, line.period)),
                amount: Some(session.money(Money::new(sign * line.gross, it.currency))),
            };
            events.push((it.on, rank, event));
        }
    }
    events.retain(|(on, _, _)| life.shown.start <= *on && *on < life.shown.end);
    events.sort_by_key(|(on, rank, _)| (*on, *rank));
    events.into_iter().map(|(_, _, event)| event).collect()
}

/// What is invoiced in these days, less what is credited, by currency.
fn total(session: &Session, life: &TimelineSubject<'_>) -> Phrase {
    let mut sums = BTreeMap::<Currency, i64>::new();
    for it in &life.issued {
        if life.shown.start <= it.on && it.on < life.shown.end {
            let gross: i64 = it.lines.iter().map(|line| line.gross).sum();
            *sums.entry(it.currency).or_default() += if it.is_credit { -gross } else { gross };
        }
    }
    let sums = sums.into_iter().map(|(currency, minor)| session.money(Money::new(minor, currency)));
    let sums: Vec<String> = sums.collect();
    if sums.is_empty() { "nothing".into() } else { sums.join(" + ").into() }
}
