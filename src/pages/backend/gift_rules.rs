//! Gift rules: who buys something gets something.

use serde_json::Value;

use crate::domain::gift_rule::GiftRule;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{Edited, Noun, state};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::GIFT_RULES;
use crate::pages::backend::rule_forms::{
    ACTIVE, CURRENCY, FROM, UNTIL, condition, read_with_json, with_json,
};
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::phrase::{Phrase, phrase};

const NOUN: Noun = Noun {
    one: "gift rule",
    many: "Gift rules",
    group: ("Selling", 4),
    here: GIFT_RULES,
    about: "Who buys something gets something. With priority 0 a rule applies whenever it holds; \
            of the others those of the lowest priority come first and keep the rest away.",
    add: "+ Add gift rule",
    headings: ["Add a gift rule", "Edit gift rule"],
    search: "Search gift rules",
    warning: "Orders keep what they were given.",
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("What customers see.").required(),
    ACTIVE,
    FROM,
    UNTIL,
    Spec::new("/priority", "Priority", Kind::Number)
        .hint("0 is always; else 1 comes first.")
        .required(),
    condition("/buy", "If customers buy"),
    CURRENCY,
    Spec::new("/get", "They will get", Kind::Area)
        .hint("As the API takes it, such as [{\"product\": \"mug\", \"stock\": 100}]")
        .required(),
    Spec::new("/popup", "The customer picks one of the gifts", Kind::Flag),
    Spec::new("/counts_for_other_rules", "Gifts count for other rules", Kind::Flag),
    Spec::new("/applications", "Times per order", Kind::Text)
        .hint("A number, or unlimited.")
        .required(),
];

/// The fields that hold JSON.
const JSON: &[&str] = &["/buy", "/get"];

impl Edited for GiftRule {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Priority", true), ("Gifts", false), ("State", false)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(_: &Session, rules: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let cells = |rule: &Self| {
            let left = rule.get.iter().map(|gift| {
                phrase!("{}: {} left", gift.product.to_string(), gift.stock.to_string())
            });
            let left = Phrase::joined(left, "{}, {}");
            vec![Cell::number(rule.priority.to_string()), Cell::text(left), state(rule)]
        };
        Ok(rules.iter().map(cells).collect())
    }

    fn blank(session: &Session) -> FormValues {
        FormValues::default()
            .by(session.notation())
            .with("/active", "true")
            .with("/priority", "0")
            .with("/applications", "1")
    }

    fn values(&self, notation: Notation) -> FormValues {
        with_json(FIELDS, self, JSON, notation)
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        let (mut body, faults) = read_with_json(FIELDS, values, JSON);
        if let Some(applications) = body.pointer_mut("/applications")
            && let Some(times) = applications.as_str().and_then(|text| text.parse::<i64>().ok())
        {
            *applications = Value::from(times);
        }
        (body, faults)
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let mut form = form(FIELDS, values, problem);
        let naming = naming(place, values, problem, &mut form);
        let first = ["title", "active", "valid_from", "valid_until", "priority"];
        let mut when = Section::of(&mut form, "Priority", &first);
        when.fields.extend(naming);
        let extended = ["popup", "counts_for_other_rules", "applications"];
        let sections = vec![
            when,
            Section::of(&mut form, "Condition", &["buy", "get", "currency"]),
            Section::of(&mut form, "Extended condition", &extended),
        ];
        NOUN.form(session, place, (form, sections), None, problem)
    }
}
