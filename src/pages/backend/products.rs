//! Products: what offers are made of.

use crate::domain::catalogue::{Product, ProductKind};
use crate::edge::problem::Problem;
use crate::pages::backend::definitions::{Edited, Noun, naming};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::guard::{Answer, Failure};
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;

/// Where the products stand.
pub(super) const HERE: &str = "/backend/products";

const NOUN: Noun = Noun {
    one: "product",
    many: "Products",
    here: HERE,
    about: "What you sell. What it costs, and how often it is booked, stands in an offer.",
    add: "+ Add product",
    headings: ["Add a product", "Edit product"],
    search: "Search products",
    warning: "A product can be deleted while no offer, subscription or scheduled change holds it.",
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("What customers see.").required(),
    Spec::new("/kind", "Kind", Kind::Choice).required(),
];

impl Edited for Product {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] = &[("Kind", false)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(_: &Session, products: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let kind = |product: &Self| match product.kind {
            ProductKind::Digital => "digital",
            ProductKind::Physical => "physical",
        };
        Ok(products.iter().map(|product| vec![Cell::text(kind(product))]).collect())
    }

    fn blank(_: &Session) -> FormValues {
        FormValues::default().with("/kind", "digital")
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let kinds = [("digital", "digital: access"), ("physical", "physical: goods")];
        let kinds = kinds.map(|(kind, label)| (kind.to_owned(), label.to_owned()));
        let mut form = form(FIELDS, values, problem).with_options("kind", kinds);
        let naming = naming(place, values, problem, &mut form);
        let mut section = Section::of(&mut form, "What it is", &["title", "kind"]);
        section.fields.extend(naming);
        NOUN.form(session, place, (form, vec![section]), None, problem)
    }
}
