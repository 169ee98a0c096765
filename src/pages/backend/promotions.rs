//! Promotions and what is told to who has not earned them yet.

use serde_json::Value;

use crate::domain::promotion::{Promotion, Reward};
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{Edited, Noun, state};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::PROMOTIONS;
use crate::pages::backend::rule_forms::{
    ACTIVE, CURRENCY, FROM, UNTIL, condition, read_with_json, with_json,
};
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;

const NOUN: Noun = Noun {
    one: "promotion",
    many: "Promotions",
    group: ("Selling", 3),
    here: PROMOTIONS,
    about: "Rewards for orders, and what is told to who has not earned them yet. Rewards are told \
            to the shop, which applies them.",
    add: "+ Add promotion",
    headings: ["Add a promotion", "Edit promotion"],
    search: "Search promotions",
    warning: "Orders keep what they have earned.",
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("What customers see.").required(),
    ACTIVE,
    FROM,
    UNTIL,
    CURRENCY,
    condition("/qualifies", "Earned by"),
    Spec::new("/reward/kind", "Reward", Kind::Choice).required(),
    Spec::new("/reward/percent", "Percent", Kind::Text),
    Spec::new("/reward/amount", "Amount", Kind::Text),
    Spec::new("/upsells", "Upsells", Kind::Area)
        .hint("As the API takes them: a list of what is told, with {missing} in its message.")
        .sent(),
];

/// The fields that hold JSON.
const JSON: &[&str] = &["/qualifies", "/upsells"];

impl Edited for Promotion {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Reward", false), ("Upsells", true), ("State", false)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(_: &Session, promotions: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let cells = |promotion: &Self| {
            let reward = match promotion.reward {
                Reward::FreeShipping => "free shipping",
                Reward::Percent(_) => "a percentage",
                Reward::Amount(_) => "an amount",
            };
            let upsells = promotion.upsells.len().to_string();
            vec![Cell::text(reward), Cell::number(upsells), state(promotion)]
        };
        Ok(promotions.iter().map(cells).collect())
    }

    fn blank(session: &Session) -> FormValues {
        FormValues::default()
            .by(session.notation())
            .with("/active", "true")
            .with("/reward/kind", "free_shipping")
            .with("/upsells", "[]")
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
        let kinds = [
            ("free_shipping", "free shipping"),
            ("percent", "a percentage"),
            ("amount", "an amount"),
        ];
        let mut form = form(FIELDS, values, problem).with_options("reward_kind", kinds);
        let naming = naming(place, values, problem, &mut form);
        let first = ["title", "active", "valid_from", "valid_until"];
        let mut when = Section::of(&mut form, "When", &first);
        when.fields.extend(naming);
        let what = ["reward_kind", "reward_percent", "reward_amount"];
        let sections = vec![
            when,
            Section::of(&mut form, "What it takes", &["qualifies", "currency"]),
            Section::of(&mut form, "What is earned", &what),
            Section::of(&mut form, "What is told", &["upsells"]),
        ];
        NOUN.form(session, place, (form, sections), None, problem)
    }
}
