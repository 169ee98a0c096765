//! Products: what offers are made of.

use axum::extract::{Path, Query};

use crate::domain::catalog::{Product as Stored, ProductKind};
use crate::domain::ids::ProductId;
use crate::edge::etag::version_of;
use crate::edge::problem::Problem;
use crate::pages::backend::definitions::{
    NEW, Noun, both, expected, known, met, named, naming, unsaved,
};
use crate::pages::backend::desk::Desk;
use crate::pages::backend::forms::{Spec, Typed, form};
use crate::pages::backend::guard::{Answer, Sent};
use crate::pages::backend::lists::{Browse, Order};
use crate::render::backend::catalogue::{Cell, Row, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;
use crate::rules::definitions::catalog::{ProductDraft, decide_product};
use crate::wire::products::{Product, ProductBody};

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

/// Lists products.
pub(super) async fn list(desk: Desk, Query(browse): Query<Browse>) -> Answer {
    let mut products = desk.app.products(&desk.merchant, browse.page(Order::ById)).await?;
    let here = browse.address(HERE);
    let pager = browse.pager(&mut products, Order::ById, &here, |product| product.id.as_str());
    let row = |product: &Stored| Row {
        link: Link::new(product.title.clone(), NOUN.address(product.id.as_str())),
        id: product.id.to_string(),
        cells: vec![Cell::text(match product.kind {
            ProductKind::Digital => "digital",
            ProductKind::Physical => "physical",
        })],
    };
    let rows = products.iter().map(row).collect();
    NOUN.list(&desk, &browse, &[("Kind", false)], (rows, pager))
}

/// Shows the form of a product.
pub(super) async fn show(desk: Desk, Path(place): Path<String>) -> Answer {
    let typed = if place == NEW {
        Typed::default().with("/kind", "digital")
    } else {
        stored(&desk, &place).await?
    };
    page(&desk, &place, &typed, None)
}

/// Saves a product, or shows what is wrong with it.
pub(super) async fn save(desk: Desk, Path(place): Path<String>, sent: Sent) -> Answer {
    let typed = desk.typed(sent);
    match put(&desk, &place, &typed).await {
        Ok(id) => NOUN.saved(&desk, &id),
        Err(problem) => match met(FIELDS, typed, &problem, stored(&desk, &place)).await? {
            Some(typed) => page(&desk, &place, &typed, Some(&problem)),
            None => NOUN.saved(&desk, &place),
        },
    }
}

async fn put(desk: &Desk, place: &str, typed: &Typed) -> Result<String, Problem> {
    let draft = typed.draft::<ProductBody, ProductDraft>(FIELDS)?;
    let draft = draft.judged(|draft| decide_product(ProductId::stored(place.to_owned()), draft));
    let (id, draft) = both(named(place, "/title", typed), draft)?;
    let expected = expected(typed, read(desk, &id)).await.map_err(|it| unsaved(place, it))?;
    let put = desk.app.put_product(&desk.merchant, ProductId::stored(id.clone()), &draft, expected);
    put.await.map_err(|error| unsaved(place, error.into()))?;
    Ok(id)
}

/// Asks once more.
pub(super) async fn ask_removal(desk: Desk, Path(id): Path<String>) -> Answer {
    let (product, shown) = read(&desk, &id).await?;
    NOUN.ask_removal(&desk, (&id, product.title), version_of(&shown), None)
}

/// Removes a product.
pub(super) async fn remove(desk: Desk, Path(id): Path<String>, sent: Sent) -> Answer {
    let (product, shown) = read(&desk, &id).await?;
    let (version, title) = (version_of(&shown), product.title.clone());
    let done = match expected(&Typed::sent(sent), async { Ok((product, shown)) }).await {
        Ok(expected) => {
            let id = ProductId::stored(id.clone());
            desk.app.delete_product(&desk.merchant, &id, expected).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    NOUN.removed(&desk, (&id, title), version, done)
}

async fn read(desk: &Desk, id: &str) -> Result<(Stored, Product), Problem> {
    let id = ProductId::stored(known(id.to_owned(), NOUN.one)?);
    let product = desk.app.product(&desk.merchant, &id).await?;
    let shown = (&product).into();
    Ok((product, shown))
}

/// What is stored, as it stands in the form.
async fn stored(desk: &Desk, place: &str) -> Result<Typed, Problem> {
    Ok(Typed::of(FIELDS, &read(desk, place).await?.1, desk.hand()))
}

fn page(desk: &Desk, place: &str, typed: &Typed, problem: Option<&Problem>) -> Answer {
    let kinds = [("digital", "digital: access"), ("physical", "physical: goods")];
    let kinds = kinds.map(|(kind, label)| (kind.to_owned(), label.to_owned()));
    let mut form = form(FIELDS, typed, problem).with_options("kind", kinds);
    let naming = naming(place, typed, problem, &mut form);
    let mut section = Section::of(&mut form, "What it is", &["title", "kind"]);
    section.fields.extend(naming);
    NOUN.form(desk, place, (form, vec![section]), None, problem)
}
