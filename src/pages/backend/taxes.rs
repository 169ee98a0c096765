//! Tax categories with their dated rates.

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::domain::catalogue::Tax;
use crate::domain::money::Rate;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::TAXES;
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;
use crate::wire::definitions::Published;

const NOUN: Noun = Noun {
    one: "tax category",
    many: "Taxes",
    group: ("Catalogue", 4),
    here: TAXES,
    about: "Tax categories of offers. Rates are dated: a change of the law reaches running \
            subscriptions, too.",
    add: "+ Add tax category",
    headings: ["Add a tax category", "Edit tax category"],
    search: "Search tax categories",
    warning: "A tax category can be deleted while no offer, subscription or scheduled change is \
              taxed by it.",
    more: &[],
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("Such as “Press, reduced”."),
    Spec::new("/rates", "Rates", Kind::Lines)
        .hint("One a line: its first day and the percentage, such as 2026-01-01 7.0")
        .required(),
    Spec::new("/exemption/kind", "Why no tax is charged", Kind::Choice)
        .hint("For rates of 0: said on documents, and what electronic invoices ask for."),
    Spec::new("/exemption/reason", "In your words", Kind::Text)
        .hint("Such as the paragraph; printed on documents."),
];

impl EditableDefinition for Tax {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] = &[("Rate today", true), ("Rates", true)];

    fn title(&self) -> String {
        title(self)
    }

    async fn cells(session: &Session, taxes: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let today = session.settings.time_zone.date(session.app.now());
        let cells = |tax: &Self| {
            let (rate, rates) = (tax.rate_on(today), tax.rates.len());
            vec![Cell::number(session.percent(&rate.to_string())), Cell::number(rates.to_string())]
        };
        Ok(taxes.iter().map(cells).collect())
    }

    fn values(&self, notation: Notation) -> FormValues {
        let line = |(from, rate): &(NaiveDate, Rate)| {
            format!("{from} {}", notation.write(&rate.to_string()))
        };
        let rates: Vec<String> = self.rates.iter().map(line).collect();
        FormValues::of(FIELDS, &self.said(), notation).with("/rates", rates.join("\n"))
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        values.read_all_lines(FIELDS, "/rates", |line| rate(line, values.notation()))
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let kinds = [
            ("", "tax is charged"),
            ("zero_rated", "taxable at 0"),
            ("exempt", "exempt by law"),
            ("reverse_charge", "the buyer owes the tax (reverse charge)"),
        ];
        let mut form = form(FIELDS, values, problem).with_options("exemption_kind", kinds);
        let naming = naming(place, values, problem, &mut form);
        let fields = ["title", "rates", "exemption_kind", "exemption_reason"];
        let mut section = Section::of(&mut form, "How it is taxed", &fields);
        section.fields.extend(naming);
        NOUN.form(session, place, (form, vec![section]), None, problem)
    }
}

/// A line of the form as the API has it.
fn rate(line: &str, notation: Notation) -> Result<Value, String> {
    let (valid_from, rate) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    Notation::date(valid_from)?;
    Ok(json!({"valid_from": valid_from, "rate": notation.percentage(rate.trim())?}))
}

/// Its title, or its id where it has none.
pub(super) fn title(tax: &Tax) -> String {
    let title = tax.title.clone().filter(|title| !title.trim().is_empty());
    title.unwrap_or_else(|| tax.id.to_string())
}
