//! Templates of messages: what is said after a purchase, in each language.

use serde_json::Value;

use crate::domain::message_template::MessageTemplate;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::MESSAGE_TEMPLATES;
use crate::pages::backend::rule_forms::{read_with_json, with_json};
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;

const NOUN: Noun = Noun {
    one: "message template",
    many: "Message templates",
    group: ("Selling", 7),
    here: MESSAGE_TEMPLATES,
    about: "What messages after a purchase say, in each language.",
    add: "+ Add message template",
    headings: ["Add a message template", "Edit message template"],
    search: "Search message templates",
    warning: "Messages that are on their way keep what they say.",
    more: &[],
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("Customers do not see it.").required(),
    Spec::new("/texts", "Texts", Kind::Area)
        .hint(
            "As the API takes them, such as {\"en\": {\"subject\": \"Thank you, {customerName}\", \
             \"text\": \"Enjoy {productTitle}.\"}}",
        )
        .required(),
];

/// The fields that hold JSON.
const JSON: &[&str] = &["/texts"];

impl EditableDefinition for MessageTemplate {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] = &[("Languages", false)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(_: &Session, templates: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let cells = |template: &Self| {
            let languages: Vec<&str> = template.texts.languages().map(String::as_str).collect();
            vec![Cell::text(languages.join(", "))]
        };
        Ok(templates.iter().map(cells).collect())
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
        let mut form = form(FIELDS, values, problem);
        let naming = naming(place, values, problem, &mut form);
        let mut what = Section::of(&mut form, "What it says", &["title", "texts"]);
        what.fields.extend(naming);
        NOUN.form(session, place, (form, vec![what]), None, problem)
    }
}
