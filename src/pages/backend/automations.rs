//! Automations: what is sent after a purchase, and where each stands.

use serde_json::Value;

use crate::domain::automation::{Automation, Trigger};
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::automation_flow;
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::{AUTOMATION_COUPON, AUTOMATIONS};
use crate::pages::backend::rule_forms::{read_with_json, with_json};
use crate::pages::backend::session::Session;
use crate::pages::backend::{automation_places as places, automation_words as words};
use crate::render::backend::catalogue::{Cell, Section, SetUp};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;

const NOUN: Noun = Noun {
    one: "automation",
    many: "Automations",
    group: ("Selling", 6),
    here: AUTOMATIONS,
    about: "Messages that follow what a customer did, step by step. Its report says what one has \
            come to, and sets it live, pauses and stops it.",
    add: "+ Add automation",
    headings: ["Add an automation", "Edit automation"],
    search: "Search automations",
    warning: "One that anybody ever started stays.",
    more: &[],
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("Customers do not see it.").required(),
    Spec::new("/trigger", "Starts", Kind::Choice).required(),
    Spec::new("/steps", "Steps", Kind::Area)
        .hint(
            "As the API takes them, such as [{\"key\": \"thanks\", \"delay\": \"P1D\", \
             \"channel\": \"webhook\", \"template\": \"thanks\"}]",
        )
        .required(),
    Spec::new("/coupon", "Coupon of each customer", Kind::Area).hint(
        "As the API takes it, such as {\"coupon\": \"ten\", \"valid_days\": 30}; left empty, none.",
    ),
    Spec::new("/quiet_hours/from", "Nothing is sent from", Kind::Text).hint("Such as 21:00."),
    Spec::new("/quiet_hours/to", "Until", Kind::Text).hint("Such as 08:00."),
    Spec::new(
        "/attribution_window",
        "Time in which a message may bring a purchase about",
        Kind::Text,
    )
    .hint("Such as PT120H: PT1H to P90D after it has arrived.")
    .required(),
    Spec::new("/conversion_counts_as", "Who buys before the last step counts as", Kind::Choice)
        .required(),
    Spec::new("/holdout_percent", "Of a hundred, sent nothing", Kind::Number)
        .hint("0 to 50, to compare.")
        .required(),
];

/// The fields that hold JSON.
const JSON: &[&str] = &["/steps", "/coupon"];

impl EditableDefinition for Automation {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Steps", true), ("Version", true), ("State", false), ("At work", false)];

    const SET_UP: Option<SetUp> = Some(SetUp {
        title: automation_flow::TITLE,
        about: "Thank for the first purchase, offer the next one with a coupon, and remind those \
                who have not bought.",
        href: AUTOMATION_COUPON,
    });

    fn title(&self) -> String {
        self.terms.title.clone()
    }

    async fn cells(_: &Session, automations: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let cells = |it: &Self| {
            vec![
                Cell::number(it.terms.steps.len().to_string()),
                Cell::number(it.version.to_string()),
                Cell::text(it.state.name()),
                Cell::links(vec![
                    Link::new("Report", places::report(&it.id)),
                    Link::new("Cards", places::flow(&it.id)),
                ]),
            ]
        };
        Ok(automations.iter().map(cells).collect())
    }

    fn blank(session: &Session) -> FormValues {
        FormValues::default()
            .by(session.notation())
            .with("/trigger", "first_order_delivered")
            .with("/attribution_window", "PT120H")
            .with("/conversion_counts_as", "exited")
            .with("/holdout_percent", "0")
    }

    fn values(&self, notation: Notation) -> FormValues {
        with_json(FIELDS, self, JSON, notation)
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        read_with_json(FIELDS, values, JSON)
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let triggers = Trigger::ALL.iter().map(|it| (it.name(), words::trigger(*it)));
        let counts_as = [("exited", "who left early"), ("completed", "who completed it")];
        let mut form = form(FIELDS, values, problem)
            .with_options("trigger", triggers)
            .with_options("conversion_counts_as", counts_as);
        let naming = naming(place, values, problem, &mut form);
        let mut who = Section::of(&mut form, "Who starts", &["title", "trigger"]);
        who.fields.extend(naming);
        let counted = ["attribution_window", "conversion_counts_as", "holdout_percent"];
        let sections = vec![
            who,
            Section::of(
                &mut form,
                "What is sent",
                &["steps", "coupon", "quiet_hours_from", "quiet_hours_to"],
            ),
            Section::of(&mut form, "How it is counted", &counted),
        ];
        NOUN.form(session, place, (form, sections), None, problem)
    }
}
