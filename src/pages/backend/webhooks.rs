//! Webhook endpoints: who is told of what. What was sent to each stands in `deliveries`.

use std::collections::BTreeSet;

use crate::domain::event::EventKind;
use crate::domain::webhook::{Endpoint, EndpointStatus};
use crate::edge::problem::Problem;
use crate::pages::backend::activity::in_words;
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::places::WEBHOOKS;
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, phrase};

const NOUN: Noun = Noun {
    one: "webhook endpoint",
    many: "Webhooks",
    group: ("Settings", 1),
    here: WEBHOOKS,
    about: "Addresses of yours that are told of what happens, each call signed as Standard \
            Webhooks have it.",
    add: "+ Add webhook endpoint",
    headings: ["Add a webhook endpoint", "Webhook endpoint"],
    search: "Search webhook endpoints",
    warning: "All that is on its way to it goes, too.",
    more: &[("Deliveries", deliveries_of)],
};

const FIELDS: &[Spec] = &[
    Spec::new("/url", "Address", Kind::Text)
        .hint("Where it is called, such as https://shop.example.org/crossgrade.")
        .required(),
    Spec::new("/events", "Told of", Kind::Many)
        .hint("A new one is told of what happens from now on.")
        .required(),
];

impl EditableDefinition for Endpoint {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] = &[("Told of", false), ("Status", false)];
    const NAMED_BY: &'static str = "/url";

    fn title(&self) -> String {
        self.url.clone()
    }

    async fn cells(_: &Session, endpoints: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let cells = |it: &Self| vec![Cell::text(told_of(it)), Cell::badge(state(it))];
        Ok(endpoints.iter().map(cells).collect())
    }

    fn secret(&self) -> Option<&str> {
        Some(self.secret.as_str())
    }

    fn blank(_: &Session) -> FormValues {
        FormValues::default().with("/events", "*".to_owned())
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let mut form = form(FIELDS, values, problem).with_options("events", choices());
        let naming = naming(place, values, problem, &mut form);
        let mut section = Section::of(&mut form, "What is called", &["url", "events"]);
        section.fields.extend(naming);
        NOUN.form(session, place, (form, vec![section]), None, problem)
    }
}

/// What an endpoint can be told of: all, all of a noun, or one kind of event.
fn choices() -> Vec<(String, Phrase)> {
    let nouns: BTreeSet<&str> = EventKind::ALL.iter().map(|kind| kind.noun()).collect();
    let all = ("*".to_owned(), "everything that happens".into());
    let nouns = nouns.into_iter().map(|noun| format!("{noun}.*"));
    let nouns = nouns.map(|pattern| (pattern.clone(), Phrase::from(pattern)));
    let kinds = EventKind::ALL.iter().map(|kind| (kind.name().to_owned(), in_words(kind.name())));
    std::iter::once(all).chain(nouns).chain(kinds).collect()
}

/// Where what was sent to an endpoint stands.
pub(super) fn deliveries_of(id: &str) -> String {
    NOUN.address(&format!("{id}/deliveries"))
}

/// What an endpoint is told of, as the API names it.
pub(super) fn told_of(endpoint: &Endpoint) -> String {
    endpoint.events.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Whether an endpoint is called, and whether it answers.
pub(super) fn state(endpoint: &Endpoint) -> Badge {
    match &endpoint.status {
        EndpointStatus::Disabled(why) => Badge::new(Tone::Bad, phrase!("off: {}", why.clone())),
        EndpointStatus::Enabled if endpoint.silences > 0 => {
            Badge::new(Tone::Warn, "does not answer")
        }
        EndpointStatus::Enabled if endpoint.failing_since.is_some() => {
            Badge::new(Tone::Warn, "failing")
        }
        EndpointStatus::Enabled => Badge::new(Tone::Good, "in use"),
    }
}
