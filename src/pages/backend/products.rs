//! Products: what offers are made of.

use serde_json::Value;

use crate::app::reads::Page;
use crate::domain::catalogue::{Product, ProductKind};
use crate::domain::ids::ProductId;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun, PICKED_MAX, on_a_line, tags};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::naming;
use crate::pages::backend::notation::Notation;
use crate::pages::backend::places::PRODUCTS;
use crate::pages::backend::rule_forms::{read_texts, texts, with_texts};
use crate::pages::backend::session::Session;
use crate::pages::backend::settings::CURRENCIES;
use crate::pages::backend::stock;
use crate::render::backend::catalogue::{Cell, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::render::backend::phrase::Phrase;

const NOUN: Noun = Noun {
    one: "product",
    many: "Products",
    group: ("Catalogue", 2),
    here: PRODUCTS,
    about: "What you sell, and how many are left. What a subscription costs, and how often it is \
            booked, stands in an offer.",
    add: "+ Add product",
    headings: ["Add a product", "Edit product"],
    search: "Search products",
    warning: "A product can be deleted while no offer, subscription, scheduled change or variant \
              holds it.",
    more: &[("Stock", stock::address)],
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("What customers see.").required(),
    Spec::new("/kind", "Kind", Kind::Choice).required(),
    Spec::new("/unit_net", "Net price", Kind::Money)
        .hint("What one costs without tax, where it is sold in orders or given as a gift."),
    Spec::new("/stock", "Stock", Kind::Number)
        .hint("How many are left. Left empty, it never runs out.")
        .right("Write a whole number of pieces, such as 20, or nothing."),
    Spec::new("/ships_to", "Ships to", Kind::Lines)
        .hint("Countries by their two letters, one a line. Left empty, it is sent everywhere.")
        .right("write a country by its two letters, such as DE."),
    Spec::new("/variant_of", "Variant of", Kind::Choice)
        .hint("Of which product it is a size, a colour or the like."),
    Spec::new("/brand", "Brand", Kind::Text),
    Spec::new("/tags", "Tags", Kind::Many)
        .hint("Campaigns, promotions and gift rules find it by them."),
    texts("Its title in each, such as {\"de\": {\"title\": \"Die Zeitung\"}}"),
];

impl EditableDefinition for Product {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Kind", false), ("Variant of", false), ("Net price", true), ("Stock", true)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(session: &Session, products: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        Ok(products.iter().map(|product| cells(session, product)).collect())
    }

    fn blank(session: &Session) -> FormValues {
        FormValues::default()
            .by(session.notation())
            .with("/kind", "digital")
            .with("/unit_net/currency", session.settings.currency.code())
    }

    fn values(&self, notation: Notation) -> FormValues {
        with_texts(FIELDS, self, notation)
    }

    fn read(values: &FormValues) -> (Value, Vec<FieldError>) {
        let (mut body, mut faults) = values.read_all(FIELDS);
        read_texts(&mut body, &mut faults);
        (body, faults)
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let kinds = [("digital", "digital: access"), ("physical", "physical: goods")];
        let mut form = form(FIELDS, values, problem)
            .with_options("kind", kinds)
            .with_suggestions("unit_net", CURRENCIES)
            .with_options("variant_of", parents(session, place).await?)
            .with_options("tags", tags(session).await?);
        let naming = naming(place, values, problem, &mut form);
        let mut is = Section::of(&mut form, "What it is", &["title", "kind", "texts"]);
        is.fields.extend(naming);
        let mut sections = vec![
            is,
            Section::of(&mut form, "Sold in orders", &["unit_net", "stock", "ships_to"]),
            Section::of(&mut form, "Found by", &["variant_of", "brand", "tags"]),
        ];
        let variants = variants(session, place).await?;
        if !variants.is_empty() {
            let id = "variants".to_owned();
            let section = Section::of(&mut form, "Variants", &[]);
            sections.push(Section { id, links: variants, ..section });
        }
        NOUN.form(session, place, (form, sections), None, problem)
    }
}

/// The variants of a product, by id.
async fn variants(session: &Session, place: &str) -> Result<Vec<Link>, Failure> {
    let id = ProductId::stored(place.to_owned());
    let variants = session.app.variants(&session.merchant, &id).await?;
    let link = |it: &Product| Link::new(on_a_line(&it.title), NOUN.address(it.id.as_str()));
    Ok(variants.iter().map(link).collect())
}

/// The products that one may be a variant of: those that are none themselves.
async fn parents(session: &Session, place: &str) -> Result<Vec<(String, Phrase)>, Failure> {
    let products = session.app.list::<Product>(&session.merchant, Page::first(PICKED_MAX)).await?;
    let may = products
        .into_iter()
        .filter(|product| product.variant_of.is_none() && product.id.as_str() != place)
        .map(|product| (product.id.to_string(), on_a_line(&product.title).into()));
    Ok(std::iter::once((String::new(), "No other product".into())).chain(may).collect())
}

fn cells(session: &Session, product: &Product) -> Vec<Cell> {
    let kind = match product.kind {
        ProductKind::Digital => "digital",
        ProductKind::Physical => "physical",
    };
    let parent = product.variant_of.iter();
    let parent = parent.map(|id| Link::new(id.to_string(), NOUN.address(id.as_str())));
    let left: Phrase = product.stock.map_or_else(|| "no limit".into(), Phrase::from);
    let mut stock = Cell::links(vec![Link::new(left, stock::address(product.id.as_str()))]);
    stock.badges.extend((product.stock == Some(0)).then(|| Badge::new(Tone::Bad, "sold out")));
    vec![
        Cell::text(kind),
        Cell::links(parent.collect()),
        Cell::number(product.unit_net.map(|net| session.money(net)).unwrap_or_default()),
        stock,
    ]
}
