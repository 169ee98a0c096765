//! The form of the made-up noun; it says nothing that others do not say.

use crate::domain::depot::Depot;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;

const NOUN: Noun = Noun {
    one: "depot",
    many: "Tags",
    group: ("Catalogue", 9),
    here: "/backend/depots",
    about: "",
    add: "+ Add tag",
    headings: ["Add a tag", "Tag"],
    search: "Search tags",
    warning: "",
    more: &[],
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).required(),
    Spec::new("/pallets", "Quantity", Kind::Number).required(),
];

impl EditableDefinition for Depot {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] = &[("Quantity", true)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(_: &Session, depots: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        Ok(depots.iter().map(|it| vec![Cell::number(it.pallets.to_string())]).collect())
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let mut form = form(FIELDS, values, problem);
        let naming = naming(place, values, problem, &mut form);
        let mut section = Section::of(&mut form, "What it is called", &["title", "pallets"]);
        section.fields.extend(naming);
        NOUN.form(session, place, (form, vec![section]), None, problem)
    }
}
