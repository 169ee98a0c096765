//! What comes of an account, told as a picture and as a table.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::app::what_if::Answer;
use crate::domain::calendar::DateRange;
use crate::domain::document::{Document, Line, LineKind};
use crate::domain::ids::SubscriptionId;
use crate::domain::money::{Currency, Money};
use crate::domain::subscription::Subscription;
use crate::pages::backend::desk::Desk;
use crate::render::backend::course::{BarKind, CoursePicture, Lane};
use crate::render::backend::what_if::{Course as Told, Event};
use crate::rules::what_if::Course;

/// A course within the days that are looked at.
pub(super) fn told(
    desk: &Desk,
    on: NaiveDate,
    would: &Answer,
    course: &Course,
    label: &str,
) -> Told {
    let shown = DateRange { start: would.from, end: would.until };
    let mark = (on, format!("Checkout, {}", desk.day(on).text));
    let in_words = format!("{label}; the same as a table below");
    Told {
        picture: CoursePicture::draw(in_words, shown, mark, lanes(desk, shown, course)),
        events: events(desk, shown, course),
        total: total(desk, shown, course),
    }
}

/// When a document was issued, and its lines.
fn read(document: &Document) -> (NaiveDate, Currency, bool, Vec<&Line>) {
    match document {
        Document::Invoice(it) => {
            (it.issued_on, it.currency, false, it.lines.iter().map(|line| &line.line).collect())
        }
        Document::CreditNote(it) => {
            (it.issued_on, it.currency, true, it.lines.iter().map(|line| &line.line).collect())
        }
    }
}

/// Subscriptions that give access within these days, in order of creation.
fn seen(shown: DateRange, course: &Course) -> Vec<&Subscription> {
    let all = course.account.subscriptions.values();
    let mut seen: Vec<_> = all
        .filter(|it| {
            let access = access(shown, it);
            access.start < access.end && access.start < shown.end && shown.start < access.end
        })
        .collect();
    seen.sort_by_key(|subscription| subscription.sequence);
    seen
}

fn access(shown: DateRange, subscription: &Subscription) -> DateRange {
    let end = subscription.ended_on.or(subscription.cancel_on).unwrap_or(shown.end);
    DateRange { start: subscription.started_on, end }
}

fn lanes(desk: &Desk, shown: DateRange, course: &Course) -> Vec<Lane> {
    let mut booked = BTreeMap::<&SubscriptionId, Vec<(DateRange, BarKind, String)>>::new();
    let (mut invoices, mut notes) = (Vec::new(), Vec::new());
    for document in &course.documents {
        let (issued_on, currency, is_credit, of) = read(document);
        for line in &of {
            let (kind, what) = match line.kind {
                LineKind::Credit => (BarKind::Credited, "credited"),
                LineKind::Period | LineKind::Bridge => (BarKind::Booked, "booked"),
            };
            let amount = desk.money(Money::new(line.gross, currency));
            let title =
                format!("{} {what}: {}, {amount}", line.description, days(desk, line.period));
            booked.entry(&line.subscription).or_default().push((line.period, kind, title));
        }
        let gross = desk.money(Money::new(of.iter().map(|line| line.gross).sum(), currency));
        let (place, what) =
            if is_credit { (&mut notes, "Credit note") } else { (&mut invoices, "Invoice") };
        let title = format!("{what} of {gross} on {}", desk.day(issued_on).text);
        place.push((issued_on, gross, is_credit, title));
    }
    let mut lanes: Vec<Lane> = seen(shown, course)
        .into_iter()
        .map(|subscription| {
            let (title, access) = (&subscription.terms.title, access(shown, subscription));
            let mut bars = vec![(access, BarKind::Access, format!("{title}: access"))];
            bars.extend(booked.remove(&subscription.id).unwrap_or_default());
            // What was credited lies on top of what was booked.
            bars.sort_by_key(|(_, kind, _)| *kind);
            Lane { label: title.clone(), bars, dots: Vec::new() }
        })
        .collect();
    for (label, dots) in [("Invoices", invoices), ("Credit notes", notes)] {
        if !dots.is_empty() {
            lanes.push(Lane { label: label.to_owned(), bars: Vec::new(), dots });
        }
    }
    lanes
}

fn events(desk: &Desk, shown: DateRange, course: &Course) -> Vec<Event> {
    // Of one day: what ends, what begins, what is issued.
    let mut events: Vec<(NaiveDate, u8, Event)> = Vec::new();
    let mut happens = |on: NaiveDate, rank: u8, what: String, of: Option<DateRange>, amount| {
        let period = of.map(|of| days(desk, of));
        events.push((on, rank, Event { on: desk.day(on), what, days: period, amount }));
    };
    for subscription in seen(shown, course) {
        let title = &subscription.terms.title;
        happens(subscription.started_on, 1, format!("{title} begins"), None, None);
        let end = subscription.ended_on.or(subscription.cancel_on);
        if let Some(end) = end.filter(|end| *end > subscription.started_on) {
            happens(end, 0, format!("{title} ends"), None, None);
        }
    }
    for document in &course.documents {
        let (issued_on, currency, is_credit, lines) = read(document);
        for line in lines {
            let (rank, what, sign) =
                if is_credit { (2, "credited", -1) } else { (3, "invoiced", 1) };
            let bridge = if line.kind == LineKind::Bridge { ", bridge" } else { "" };
            let amount = desk.money(Money::new(sign * line.gross, currency));
            let what = format!("{}{bridge} {what}", line.description);
            happens(issued_on, rank, what, Some(line.period), Some(amount));
        }
    }
    events.retain(|(on, _, _)| shown.start <= *on && *on < shown.end);
    events.sort_by_key(|(on, rank, _)| (*on, *rank));
    events.into_iter().map(|(_, _, event)| event).collect()
}

/// What is invoiced in these days, less what is credited, by currency.
fn total(desk: &Desk, shown: DateRange, course: &Course) -> String {
    let mut sums = BTreeMap::<Currency, i64>::new();
    for document in &course.documents {
        let (issued_on, currency, is_credit, lines) = read(document);
        if shown.start <= issued_on && issued_on < shown.end {
            let gross: i64 = lines.iter().map(|line| line.gross).sum();
            *sums.entry(currency).or_default() += if is_credit { -gross } else { gross };
        }
    }
    let sums = sums.into_iter().map(|(currency, minor)| desk.money(Money::new(minor, currency)));
    let sums: Vec<String> = sums.collect();
    if sums.is_empty() { "nothing".to_owned() } else { sums.join(" + ") }
}

/// The first and the last day.
fn days(desk: &Desk, of: DateRange) -> String {
    let last = of.end.pred_opt().unwrap_or(of.end).max(of.start);
    format!("{} \u{2013} {}", desk.day(of.start).text, desk.day(last).text)
}
