//! Gift rules: who buys something gets something.

use serde_json::Value;

use crate::app::AppError;
use crate::app::reads::Page;
use crate::domain::gift_rule::{GIFTS_MAX, GiftRule};
use crate::domain::money::Currency;
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
use crate::pages::backend::places::GIFT_RULES;
use crate::pages::backend::rule_forms::{
    ACTIVE, CURRENCY, FROM, UNTIL, currency, read_amounts, state, write_amounts,
};
use crate::pages::backend::rule_insight::insight;
use crate::pages::backend::rule_parts::RuleForm;
use crate::pages::backend::session::Session;
use crate::pages::backend::{rule_reports, why_not};
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Tone;
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::{Phrase, phrase};
use crate::wire::definitions::Published;

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
    more: &[why_not::OF_RULE, rule_reports::OF_GIFT_RULE],
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("What customers see.").required(),
    ACTIVE,
    FROM,
    UNTIL,
    Spec::new("/priority", "Priority", Kind::Number)
        .hint("0 is always; else 1 comes first.")
        .required(),
    CURRENCY,
    Spec::new("/popup", "The customer picks one of the gifts", Kind::Flag),
    Spec::new("/counts_for_other_rules", "Gifts count for other rules", Kind::Flag),
    Spec::new("/applications", "Times per order", Kind::Text)
        .hint("A number, or unlimited.")
        .required(),
];

/// Where the condition stands.
const BUY: &str = "/buy";

/// What is given.
const GIFTS: CardList = CardList {
    at: "/get",
    label: "They will get",
    one: "Gift {}",
    add: "Add a gift",
    fields: &[
        Spec::new("/product", "Product", Kind::Choice).required(),
        Spec::new("/quantity", "Pieces each time", Kind::Number).required(),
        Spec::new("/price", "Price of one", Kind::Text).hint("Left empty, it costs nothing."),
        Spec::new("/discount_percent", "Or percent off its price", Kind::Text),
        Spec::new("/stock", "Stock", Kind::Number)
            .hint("How many the rule has left to give. Left empty, 100 of a new gift."),
    ],
    most: GIFTS_MAX,
};

/// Amounts and percentages of a gift.
const AMOUNTS: [&str; 1] = ["/price"];
const PERCENTS: [&str; 1] = ["/discount_percent"];

impl EditableDefinition for GiftRule {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Priority", true), ("If customers buy", false), ("Gifts", false), ("State", false)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn listed(session: &Session, page: Page) -> Result<Vec<Self>, AppError> {
        session.app.ranked_gift_rules(&session.merchant, page).await
    }

    async fn cells(session: &Session, rules: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let picks = Pickable::of(session).await?;
        let sold_out = session.app.sold_out_gift_rules(&session.merchant, rules).await?;
        let cells = |rule: &Self| {
            let reading = ConditionReader { session, picks: &picks, currency: Some(rule.currency) };
            let said = rule.said();
            let buy = said.pointer(BUY).map(|it| reading.sentence(it)).unwrap_or_default();
            let left = rule.get.iter().map(|gift| {
                let product = picks.title(&gift.product.as_str().into());
                phrase!("{}: {} left", product, gift.stock.to_string())
            });
            let left = Phrase::joined(left, "{}, {}");
            let priority = Cell::number(rule.priority.to_string());
            let gives = rule.validity.judge(session.today()).is_ok();
            let state = if gives && sold_out.contains(&rule.id) {
                Badge::new(Tone::Warn, "sold out")
            } else {
                state(session, &rule.validity)
            };
            vec![priority, Cell::text(buy), Cell::text(left), Cell::badge(state)]
        };
        Ok(rules.iter().map(cells).collect())
    }

    fn blank(session: &Session) -> FormValues {
        let values = FormValues::default()
            .by(session.notation())
            .with("/active", "true")
            .with("/priority", "0")
            .with("/applications", "1");
        GIFTS.write(values, &[fresh()])
    }

    fn values(&self, notation: Notation) -> FormValues {
        let said = self.said();
        let values = FormValues::of(FIELDS, &said, notation);
        let values = conditions::stored(values, &said, BUY);
        GIFTS.stored(values, &said, |gift| {
            let card = FormValues::of(GIFTS.fields, gift, notation);
            write_amounts(card, &[AMOUNTS, PERCENTS].concat())
        })
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        let (mut body, mut faults) = values.read_all(FIELDS);
        if let Some(applications) = body.pointer_mut("/applications")
            && let Some(times) = applications.as_str().and_then(|text| text.parse::<i64>().ok())
        {
            *applications = Value::from(times);
        }
        let currency = currency(values);
        conditions::read_into(&mut body, &mut faults, (values, BUY), currency);
        let gifts = GIFTS.json(values, &mut faults, |card| gift(card, currency));
        body["get"] = gifts;
        (body, faults)
    }

    fn changed(values: FormValues, verb: &str, at: &str) -> FormValues {
        if let Some(place) = at.strip_prefix(BUY) {
            return conditions::changed_in(values, BUY, (verb, place));
        }
        match at.strip_prefix(GIFTS.at) {
            Some(place) => GIFTS.changed(values, (verb, place), |_| fresh()),
            None => values,
        }
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let picks = Pickable::of(session).await?;
        let rule = RuleForm::of(session, &picks, values, problem, &[BUY, GIFTS.at]);
        let mut form = rule.form(FIELDS);
        let naming = naming(place, values, problem, &mut form);
        let buy = rule.condition(&mut form, BUY, "If customers buy");
        let gifts = rule.cards(&mut form, &GIFTS, |card, _, _| {
            for field in &mut card.fields {
                if field.name.ends_with("/product") {
                    *field = picks.of_products(field.clone(), rule.lists);
                }
            }
            Vec::new()
        });
        let gifts = rule.compared(&mut form, &GIFTS, gifts, |card| {
            let product = picks.title(&card.text("/product").into());
            phrase!("{} × {}", card.text("/quantity").to_owned(), product)
        });
        let first = ["title", "active", "valid_from", "valid_until", "priority"];
        let mut when = Section::of(&mut form, "Priority", &first);
        when.fields.extend(naming);
        let mut condition = Section::of(&mut form, "Condition", &["currency"]);
        "section-buy".clone_into(&mut condition.id);
        condition.conditions.push(buy);
        condition.cards.push(gifts);
        let extended = ["popup", "counts_for_other_rules", "applications"];
        let sections =
            vec![when, condition, Section::of(&mut form, "Extended condition", &extended)];
        let beside = (None, insight::<Self>(session, place, values).await?);
        NOUN.tried(session, place, (form, sections), beside, problem)
    }
}

/// A gift that is added.
fn fresh() -> FormValues {
    FormValues::default().with("/product", "").with("/quantity", "1").with("/stock", "100")
}

/// A gift as the API takes it, and what cannot be read in it.
fn gift(card: &FormValues, currency: Option<Currency>) -> (Value, Vec<FieldError>) {
    let (mut body, mut faults) = card.read_all(GIFTS.fields);
    read_amounts(&mut body, &mut faults, (card.notation(), currency), (&AMOUNTS, &PERCENTS));
    (body, faults)
}
