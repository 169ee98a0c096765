//! Promotions and what is told to who has not earned them yet.

use serde_json::Value;

use crate::domain::money::Currency;
use crate::domain::promotion::{Promotion, Reward};
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::cards::CardList;
use crate::pages::backend::condition_words::ConditionReader;
use crate::pages::backend::conditions;
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::forms::{FormValues, Spec};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::picks::Pickable;
use crate::pages::backend::places::PROMOTIONS;
use crate::pages::backend::promotion_sample;
use crate::pages::backend::rule_forms::{
    ACTIVE, CURRENCY, FROM, UNTIL, currency, read_amounts, state, write_amounts,
};
use crate::pages::backend::rule_insight::insight;
use crate::pages::backend::rule_parts::RuleForm;
use crate::pages::backend::session::Session;
use crate::pages::backend::suggestions;
use crate::pages::backend::{rule_reports, why_not};
use crate::render::backend::catalogue::{Cell, Section, Trial};
use crate::render::backend::form::Kind;
use crate::rules::definitions::promotions::UPSELLS_MAX;
use crate::wire::definitions::Published;

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
    more: &[why_not::OF_RULE, rule_reports::OF_PROMOTION],
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("What customers see.").required(),
    ACTIVE,
    FROM,
    UNTIL,
    CURRENCY,
    Spec::new("/reward/kind", "Reward", Kind::Choice).required(),
    Spec::new("/reward/percent", "Percent", Kind::Text),
    Spec::new("/reward/amount", "Amount", Kind::Text),
];

const TRY_IT: &str = "Try it on the sample cart";

/// Where the condition stands.
const QUALIFIES: &str = "/qualifies";

/// What is told, and to whom.
const UPSELLS: CardList = CardList {
    at: "/upsells",
    label: "What is told to who has not earned it yet",
    one: "Upsell {}",
    add: "Add an upsell",
    fields: &[
        Spec::new("/id", "Id", Kind::Text).hint("Once in a promotion; reports name it.").required(),
        Spec::new("/priority", "Priority", Kind::Number)
            .hint("1 comes first. Of those of one priority that fit, all are told.")
            .required(),
        Spec::new("/message", "Message", Kind::Area)
            .hint(
                "With {missing}, {shippingCost}, {promotionTitle} or {products} where they are to \
                 stand, such as “Spend another {missing} to qualify for free shipping”.",
            )
            .required(),
        Spec::new("/media", "Picture", Kind::Text).hint("Its address, such as https://…"),
    ],
    most: UPSELLS_MAX,
};

/// Where the condition stands on the card of an upsell.
const WHEN: &str = "/when";

const AMOUNTS: [&str; 1] = ["/reward/amount"];
const PERCENTS: [&str; 1] = ["/reward/percent"];

impl EditableDefinition for Promotion {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Earned by", false), ("Reward", false), ("Upsells", true), ("State", false)];

    const IS_TRIED: bool = true;

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(session: &Session, promotions: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let picks = Pickable::of(session).await?;
        let cells = |promotion: &Self| {
            let reading =
                ConditionReader { session, picks: &picks, currency: Some(promotion.currency) };
            let said = promotion.said();
            let earned = said.pointer(QUALIFIES).map(|it| reading.sentence(it)).unwrap_or_default();
            let reward = match promotion.reward {
                Reward::FreeShipping => "free shipping",
                Reward::Percent(_) => "a percentage",
                Reward::Amount(_) => "an amount",
            };
            let upsells = promotion.upsells.len().to_string();
            let state = Cell::badge(state(session, &promotion.validity));
            vec![Cell::text(earned), Cell::text(reward), Cell::number(upsells), state]
        };
        Ok(promotions.iter().map(cells).collect())
    }

    fn blank(session: &Session) -> FormValues {
        FormValues::default()
            .by(session.notation())
            .with("/active", "true")
            .with("/reward/kind", "free_shipping")
    }

    fn values(&self, notation: Notation) -> FormValues {
        let said = self.said();
        let values = FormValues::of(FIELDS, &said, notation);
        let values = write_amounts(values, &[AMOUNTS, PERCENTS].concat());
        let values = conditions::stored(values, &said, QUALIFIES);
        UPSELLS.stored(values, &said, |upsell| {
            let card = FormValues::of(UPSELLS.fields, upsell, notation);
            suggestions::stored(conditions::stored(card, upsell, WHEN), upsell)
        })
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        let (mut body, mut faults) = values.read_all(FIELDS);
        let currency = currency(values);
        let hand = (values.notation(), currency);
        read_amounts(&mut body, &mut faults, hand, (&AMOUNTS, &PERCENTS));
        conditions::read_into(&mut body, &mut faults, (values, QUALIFIES), currency);
        let upsells = UPSELLS.json(values, &mut faults, |card| upsell(card, currency));
        body["upsells"] = upsells;
        (body, faults)
    }

    fn changed(values: FormValues, verb: &str, at: &str) -> FormValues {
        if let Some(place) = at.strip_prefix(QUALIFIES) {
            return conditions::changed_in(values, QUALIFIES, (verb, place));
        }
        let Some(place) = at.strip_prefix(UPSELLS.at) else { return values };
        let Some((card, within)) = place.split_once(WHEN) else {
            return UPSELLS.changed(values, (verb, place), fresh);
        };
        let card = format!("{}{card}", UPSELLS.at);
        conditions::changed_in(values, &format!("{card}{WHEN}"), (verb, within))
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
        let picks = Pickable::of(session).await?;
        let values = &UPSELLS.write(values.clone(), &UPSELLS.read(values));
        let (told, wrong) = match promotion_sample::told(session, place, values).await? {
            Ok(told) => (told, None),
            Err(wrong) => (None, Some(wrong)),
        };
        let problem = problem.or(wrong.as_ref());
        let parts = [QUALIFIES, UPSELLS.at, promotion_sample::SAMPLE, promotion_sample::SHIPPING];
        let rule = RuleForm::of(session, &picks, values, problem, &parts);
        let mut form = rule.form(FIELDS).with_options("reward_kind", kinds);
        let naming = naming(place, values, problem, &mut form);
        let qualifies = rule.condition(&mut form, QUALIFIES, "Earned by");
        let upsells = rule.cards(&mut form, &UPSELLS, |card, values, place| {
            let at = format!("{place}{WHEN}");
            let (when, mut told) =
                rule.condition_at(&at, "For which orders").shown(rule.values, None);
            card.condition = Some(when);
            let picked = (&picks, rule.lists);
            let (fields, wrong) = suggestions::fields(values, place, picked, problem);
            card.rest = fields;
            told.extend(wrong);
            told
        });
        let upsells = rule
            .compared(&mut form, &UPSELLS, upsells, |card| card.text("/message").to_owned().into());
        let first = ["title", "active", "valid_from", "valid_until"];
        let mut when = Section::of(&mut form, "When", &first);
        when.fields.extend(naming);
        let what = ["reward_kind", "reward_percent", "reward_amount"];
        let mut takes = Section::of(&mut form, "What it takes", &["currency"]);
        "section-qualifies".clone_into(&mut takes.id);
        takes.conditions.push(qualifies);
        let mut tells = Section::of(&mut form, "What is told", &[]);
        "section-upsells".clone_into(&mut tells.id);
        tells.cards.push(upsells);
        rule.aside(&mut form, promotion_sample::FIELDS);
        let mut sections =
            vec![when, takes, Section::of(&mut form, "What is earned", &what), tells];
        let sample = ["sample", "sample_shipping"];
        sections.push(Section::of(&mut form, "A cart to try it on", &sample));
        let trial = Trial { button: TRY_IT, told };
        let beside = (Some(trial), insight::<Self>(session, place, values).await?);
        NOUN.tried(session, place, (form, sections), beside, problem)
    }
}

/// An upsell that is added, with an id that none of the others has.
fn fresh(others: &[FormValues]) -> FormValues {
    let is_free = |id: &String| !others.iter().any(|card| card.text("/id").trim() == id);
    let id = (1..=others.len() + 1).map(|number| format!("upsell-{number}")).find(is_free);
    FormValues::default().with("/id", id.unwrap_or_default()).with("/priority", "1")
}

/// An upsell as the API takes it, and what cannot be read in it.
fn upsell(card: &FormValues, currency: Option<Currency>) -> (Value, Vec<FieldError>) {
    let (mut body, mut faults) = card.read_all(UPSELLS.fields);
    conditions::read_into(&mut body, &mut faults, (card, WHEN), currency);
    body["suggest"] = suggestions::read(card);
    (body, faults)
}
