//! Messages of automations: listed, and one with what became of it and what it says.

use axum::extract::{Path, Query};
use chrono::DateTime;
use serde::Deserialize;

use crate::app::message_history::{MessageHistory, ToldOfMessage};
use crate::app::messages::Messages;
use crate::app::search::SearchHitKind;
use crate::domain::automation::Channel;
use crate::domain::ids::{AutomationId, CustomerId, MessageId};
use crate::domain::message::{Message, MessageEventKind, MessageFigure, MessageStatus};
use crate::pages::backend::answer::Answer;
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::filters::{Narrow, SoughtThing, asked, filters};
use crate::pages::backend::lists::{Browse, SortOrder};
use crate::pages::backend::places::MESSAGES;
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{automation_places as places, automation_words as words, people};
use crate::render::backend::confirm::Fact;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::messages::{EventRow, MessagePage, MessageRow, MessagesPage};
use crate::render::backend::parts::{Badge, Person};
use crate::render::backend::phrase::{Phrase, phrase};

const STATES: &[(&str, &str)] = &[
    ("", "All"),
    ("queued", "To be sent"),
    ("sent", "Sent"),
    ("delivered", "Delivered"),
    ("read", "Read"),
    ("replied", "Replied"),
    ("clicked", "Clicked"),
    ("bounced", "Bounced"),
    ("failed", "Failed"),
    ("dropped", "Dropped"),
];

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct MessageQuery {
    automation: Option<String>,
    step: Option<String>,
    state: Option<String>,
    customer: Option<String>,
    as_of: Option<String>,
}

/// Lists messages.
pub(super) async fn list(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<MessageQuery>,
) -> Answer {
    let as_of = asked(wanted.as_of.as_ref());
    let as_of = as_of.and_then(|at| DateTime::parse_from_rfc3339(&at).ok()).map(|at| at.to_utc());
    let state = wanted.state.as_deref().unwrap_or_default();
    let figure = MessageFigure::parse(state);
    let moment = as_of.unwrap_or_else(|| session.app.now());
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let automation = wanted.automation.as_ref();
    let automation = SoughtThing::among(&session, SearchHitKind::Automation, automation).await?;
    let filter = Messages {
        automation: automation.id.clone().map(AutomationId::stored),
        customer: customer.id.clone().map(CustomerId::stored),
        step: asked(wanted.step.as_ref()),
        status: MessageStatus::parse(state).filter(|_| figure.is_none()),
        counted: figure.map(|figure| (figure, moment)),
    };
    let page = browse.page(SortOrder::NewestFirst);
    let mut found = session.app.messages(&session.merchant, filter, page).await?;
    let narrow = [
        Narrow::choice("state", "State", wanted.state.as_ref(), STATES),
        Narrow::thing("automation", "Automation", &automation),
        Narrow::text("step", "Step", wanted.step.as_ref()),
        Narrow::thing("customer", "Customer", &customer),
    ];
    let (filters, mut here) = filters(MESSAGES, "", None, &narrow);
    if let (Some(at), Some(_)) = (as_of, figure) {
        here = format!("{here}&as_of={}", places::moment(at));
    }
    let pager = browse.pager(&mut found, SortOrder::NewestFirst, &here, |it| it.id.as_str());
    let mut rows: Vec<_> = found.iter().map(|message| row(&session, message)).collect();
    people::name(&session, rows.iter_mut().map(|row| &mut row.customer)).await?;
    let as_of = as_of.filter(|_| figure.is_some()).map(|at| session.time(at));
    let page = MessagesPage { filters, as_of, rows, pager };
    session.show(PageHead::new("Messages"), &page)
}

/// Shows a message.
pub(super) async fn show(session: Session, Path(id): Path<String>) -> Answer {
    let id = MessageId::stored(id);
    let history = session.app.message_history(&session.merchant, &id).await?;
    let message = &history.message;
    let run = history.run.as_ref();
    let mut shown = row(&session, message);
    people::name(&session, [&mut shown.customer]).await?;
    let page = MessagePage {
        message: shown,
        why: why(&session, &history),
        run: Link::new(
            run.map_or_else(|| message.run.to_string().into(), words::standing),
            places::run_of(&message.automation, message.customer.as_str()),
        ),
        facts: facts(&history),
        events: events(&session, &history),
        text: message.content.text.clone(),
        html: message.content.html.clone(),
        language: message.content.locale.clone(),
    };
    let title = on_a_line(&message.content.subject);
    let head = PageHead::new(title).below("Messages", MESSAGES).with(&["automations.css"], &[]);
    session.show(head, &page)
}

fn row(session: &Session, message: &Message) -> MessageRow {
    MessageRow {
        link: Link::new(&message.content.subject, format!("{MESSAGES}/{}", message.id)),
        customer: Person::of(&message.customer),
        automation: message.automation.to_string(),
        step: message.key.clone(),
        channel: channel(message.channel),
        state: state(message),
        queued: session.time(message.queued_at),
    }
}

fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Email => "a mail",
        Channel::Webhook => "a call of a webhook endpoint",
    }
}

/// How far a message has come.
fn state(message: &Message) -> Badge {
    let moments = &message.moments;
    let (tone, word) = match message.status {
        MessageStatus::Queued if message.error.is_some() => (Tone::Warn, "tried again"),
        MessageStatus::Queued => (Tone::Plain, "to be sent"),
        MessageStatus::Failed => (Tone::Bad, "failed"),
        MessageStatus::Dropped => (Tone::Plain, "dropped"),
        MessageStatus::Sent => match () {
            () if moments.clicked.is_some() => (Tone::Good, "clicked"),
            () if moments.replied.is_some() => (Tone::Good, "replied"),
            () if moments.read.is_some() => (Tone::Good, "read"),
            () if moments.delivered.is_some() => (Tone::Good, "delivered"),
            () if moments.bounced.is_some() => (Tone::Bad, "bounced"),
            () => (Tone::Good, "sent"),
        },
    };
    Badge::new(tone, word)
}

/// Why a message stands where it does.
fn why(session: &Session, history: &MessageHistory) -> Option<Phrase> {
    let message = &history.message;
    let next = || session.time(message.next_attempt_at).text;
    match (message.status, &message.error) {
        (MessageStatus::Queued, None) => Some(phrase!("It is to be sent on {}.", next())),
        (MessageStatus::Queued, Some(error)) => {
            Some(phrase!("It was not taken: {}. It is tried again on {}.", error, next()))
        }
        (MessageStatus::Failed, Some(error)) => Some(phrase!("It was given up: {}.", error)),
        (MessageStatus::Failed, None) => Some("Its provider gave it up.".into()),
        (MessageStatus::Dropped, _) => {
            let reason = history.run.as_ref().and_then(|run| run.exit_reason);
            Some(match reason {
                Some(it) => {
                    phrase!("Its customer had left ({}) before it was sent.", words::reason(it))
                }
                None => "Its customer had left before it was sent.".into(),
            })
        }
        (MessageStatus::Sent, _) if message.moments.bounced.is_some() => {
            Some("It came back: nothing reaches that address.".into())
        }
        (MessageStatus::Sent, _) => None,
    }
}

fn facts(history: &MessageHistory) -> Vec<Fact> {
    let message = &history.message;
    let content = &message.content;
    let version = history.run.as_ref().map(|run| {
        let newest = history.automation.as_ref().map(|(_, newest)| *newest);
        match newest.filter(|newest| *newest != run.version) {
            Some(newest) => phrase!("{}, the newest is {}", run.version, newest),
            None => run.version.into(),
        }
    });
    let started_by = history.run.as_ref().and_then(|run| match (&run.order, &run.subscription) {
        (Some(order), _) => Some(phrase!("order {}", order.clone())),
        (None, Some(subscription)) => Some(phrase!("subscription {}", subscription.clone())),
        (None, None) => None,
    });
    let opens =
        content.checkout.as_ref().map(|offer| phrase!("a checkout of {}", offer.to_string()));
    let plain = |text: Option<String>| text.map(Phrase::from);
    let said = [
        ("Goes to", plain(content.email.clone().or_else(|| content.phone.clone()))),
        ("As", Some(channel(message.channel).into())),
        ("Endpoint", plain(message.endpoint.as_ref().map(ToString::to_string))),
        ("Version", version),
        ("Started by", started_by),
        ("Language", plain(Some(content.locale.clone()))),
        ("Coupon", plain(message.coupon.clone())),
        ("Its link opens", plain(content.target.clone()).or(opens)),
        ("Attempts", plain(Some(message.attempts.to_string()))),
        ("Id", plain(Some(message.id.to_string()))),
    ];
    let known = said.into_iter().filter_map(|(label, text)| Some(Fact::new(label, text?)));
    known.collect()
}

/// What has happened to a message, in order: as it was told, and what we saw ourselves.
fn events(session: &Session, history: &MessageHistory) -> Vec<EventRow> {
    let message = &history.message;
    let us = || Phrase::from("crossgrade".to_owned());
    let mut all = vec![(message.queued_at, "Queued", us())];
    all.extend(message.accepted_at.map(|at| (at, "Handed over", us())));
    all.extend(history.told.iter().filter_map(|told| {
        let kind = MessageEventKind::parse(&told.kind)?;
        Some((told.happened_at, happened(kind), known_by(told)))
    }));
    let told = |kind: MessageEventKind| history.told.iter().any(|it| it.kind == kind.name());
    if let Some(at) = message.moments.clicked.filter(|_| !told(MessageEventKind::Clicked)) {
        all.push((at, "Link followed", us()));
    }
    if let (MessageStatus::Failed, Some(error)) = (message.status, &message.error) {
        all.push((message.next_attempt_at, "Last attempt", error.into()));
    }
    all.sort_by_key(|(at, ..)| *at);
    all.into_iter().map(|(at, what, by)| EventRow { what, at: session.time(at), by }).collect()
}

fn known_by(told: &ToldOfMessage) -> Phrase {
    let ToldOfMessage { event_id, bot, .. } = told;
    if *bot {
        phrase!("its provider, as {}: no person did it", event_id.clone())
    } else {
        phrase!("its provider, as {}", event_id.clone())
    }
}

fn happened(kind: MessageEventKind) -> &'static str {
    match kind {
        MessageEventKind::Sent => "Sent",
        MessageEventKind::Delivered => "Delivered",
        MessageEventKind::Read => "Read",
        MessageEventKind::Replied => "Replied",
        MessageEventKind::Clicked => "Link followed",
        MessageEventKind::Bounced => "Bounced",
        MessageEventKind::Failed => "Not delivered",
    }
}
