//! Coupons, and by which codes they are redeemed.

use serde_json::Value;

use crate::domain::coupon::Coupon;
use crate::domain::money::Money;
use crate::domain::promotion::Reward;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::COUPONS;
use crate::pages::backend::rule_forms::{
    ACTIVE, CURRENCY, FROM, UNTIL, currency, read_amounts, state, write_amounts,
};
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::phrase::Phrase;
use crate::wire::definitions::Published;

const NOUN: Noun = Noun {
    one: "coupon",
    many: "Coupons",
    group: ("Selling", 5),
    here: COUPONS,
    about: "What is taken off for who knows a code. Each customer redeems a public code once.",
    add: "+ Add coupon",
    headings: ["Add a coupon", "Edit coupon"],
    search: "Search coupons",
    warning: "What was redeemed keeps what it gave.",
    more: &[],
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("Customers do not see it.").required(),
    ACTIVE,
    FROM,
    UNTIL,
    Spec::new("/kind", "Gives", Kind::Choice).required(),
    Spec::new("/value", "How much", Kind::Text)
        .hint("A percentage such as 12.5, or an amount; nothing with free shipping."),
    Spec::new("/min_net", "Least net value", Kind::Text),
    CURRENCY,
    Spec::new("/code", "Public code", Kind::Text).hint("Read without case, such as SUMMER-10."),
    Spec::new("/redemptions_max", "Redemptions", Kind::Number)
        .hint("How often the code can be redeemed by all together; left empty, without a limit."),
];

impl EditableDefinition for Coupon {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Code", false), ("Gives", false), ("State", false)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(session: &Session, coupons: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let cells = |coupon: &Self| {
            let gives = match coupon.gives {
                Reward::FreeShipping => Phrase::from("free shipping"),
                Reward::Percent(percent) => session.percent(&percent.to_string()).into(),
                Reward::Amount(minor) => session.money(Money::new(minor, coupon.currency)).into(),
            };
            let code = coupon.code.clone().unwrap_or_default();
            let state = Cell::badge(state(session, &coupon.validity));
            vec![Cell::text(code), Cell::text(gives), state]
        };
        Ok(coupons.iter().map(cells).collect())
    }

    fn blank(session: &Session) -> FormValues {
        FormValues::default()
            .by(session.notation())
            .with("/active", "true")
            .with("/kind", "percent")
    }

    fn values(&self, notation: Notation) -> FormValues {
        let values = FormValues::of(FIELDS, &self.said(), notation);
        write_amounts(values, &["/value", "/min_net"])
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        let (mut body, mut faults) = values.read_all(FIELDS);
        read_worth(&mut body, &mut faults, values);
        (body, faults)
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let kinds = [
            ("percent", "a percentage"),
            ("amount", "an amount"),
            ("free_shipping", "free shipping"),
        ];
        let mut form = form(FIELDS, values, problem).with_options("kind", kinds);
        let naming = naming(place, values, problem, &mut form);
        let first = ["title", "active", "valid_from", "valid_until"];
        let mut when = Section::of(&mut form, "When", &first);
        when.fields.extend(naming);
        let what = ["kind", "value", "min_net", "currency"];
        let sections = vec![
            when,
            Section::of(&mut form, "What", &what),
            Section::of(&mut form, "By which code", &["code", "redemptions_max"]),
        ];
        NOUN.form(session, place, (form, sections), None, problem)
    }
}

/// Reads what was typed as the worth of a coupon, and as the least net value.
pub(super) fn read_worth(body: &mut Value, faults: &mut Vec<FieldError>, values: &FormValues) {
    let hand = (values.notation(), currency(values));
    let worth: (&[&str], &[&str]) = match values.text("/kind") {
        "percent" => (&["/min_net"], &["/value"]),
        "amount" => (&["/min_net", "/value"], &[]),
        _ => (&["/min_net"], &[]),
    };
    read_amounts(body, faults, hand, worth);
}
