//! Tax categories with their dated rates.

use axum::extract::{Path, Query};
use serde_json::{Value, json};

use crate::app::expected::Expected;
use crate::domain::catalog::Tax as Stored;
use crate::domain::ids::TaxId;
use crate::http::drafts::Draft;
use crate::http::problem::Problem;
use crate::pages::backend::definitions::{NEW, Noun, both, known, named, naming, unsaved};
use crate::pages::backend::desk::Desk;
use crate::pages::backend::forms::{Spec, Typed, form};
use crate::pages::backend::guard::{Answer, Failure, Sent};
use crate::pages::backend::lists::{Browse, Order};
use crate::render::backend::catalogue::{Cell, Row, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;
use crate::rules::definitions::catalog::{TaxDraft, decide_tax};
use crate::wire::taxes::TaxBody;

/// Where the tax categories stand.
pub(super) const HERE: &str = "/backend/taxes";

const NOUN: Noun = Noun {
    one: "tax category",
    many: "Taxes",
    here: HERE,
    about: "Tax categories of offers. Rates are dated: a change of the law reaches running \
            subscriptions, too.",
    add: "+ Add tax category",
    headings: ["Add a tax category", "Edit tax category"],
    search: "Search tax categories",
    warning: "A tax category can be deleted while no offer, subscription or scheduled change is \
              taxed by it.",
};

const FIELDS: &[Spec] = &[
    Spec::new("/title", "Title", Kind::Text).hint("Such as “Press, reduced”."),
    Spec::new("/rates", "Rates", Kind::Lines)
        .hint("One a line: its first day and the percentage, such as 2026-01-01 7.0")
        .required(),
];

/// Lists tax categories.
pub(super) async fn list(desk: Desk, Query(browse): Query<Browse>) -> Answer {
    let mut taxes = desk.app.taxes(&desk.merchant, browse.page(Order::ById)).await?;
    let here = browse.address(HERE);
    let pager = browse.pager(&mut taxes, Order::ById, &here, |tax| tax.id.as_str());
    let today = desk.settings.time_zone.date(desk.app.now());
    let row = |tax: &Stored| Row {
        link: Link::new(title(tax), NOUN.address(tax.id.as_str())),
        id: tax.id.to_string(),
        cells: vec![
            Cell::number(format!("{} %", tax.rate_on(today))),
            Cell::number(tax.rates.len().to_string()),
        ],
    };
    let columns = [("Rate today", true), ("Rates", true)];
    NOUN.list(&desk, &browse, &columns, (taxes.iter().map(row).collect(), pager))
}

/// Shows the form of a tax category.
pub(super) async fn show(desk: Desk, Path(place): Path<String>) -> Answer {
    let typed = if place == NEW {
        Typed::default()
    } else {
        let tax = find(&desk, &place).await?;
        let rates: Vec<String> =
            tax.rates.iter().map(|(from, rate)| format!("{from} {rate}")).collect();
        let title = tax.title.unwrap_or_default();
        Typed::default().with("/title", title).with("/rates", rates.join("\n"))
    };
    page(&desk, &place, &typed, None)
}

/// Saves a tax category, or shows what is wrong with it.
pub(super) async fn save(desk: Desk, Path(place): Path<String>, sent: Sent) -> Answer {
    let typed = Typed::sent(sent);
    match put(&desk, &place, &typed).await {
        Ok(id) => NOUN.saved(&desk, &id),
        Err(problem) => page(&desk, &place, &typed, Some(&problem)),
    }
}

async fn put(desk: &Desk, place: &str, typed: &Typed) -> Result<String, Problem> {
    let mut body = typed.json(FIELDS);
    if let Some(Value::Array(lines)) = body.pointer_mut("/rates") {
        for line in lines {
            *line = rate(line.as_str().unwrap_or_default());
        }
    }
    let draft = Draft::<TaxBody, TaxDraft>::of(body)?;
    let draft = draft.judged(|draft| decide_tax(TaxId::stored(place.to_owned()), draft));
    let ((id, expected), draft) = both(named(place, "/title", typed), draft)?;
    let put = desk.app.put_tax(&desk.merchant, TaxId::stored(id.clone()), &draft, expected);
    put.await.map_err(|error| unsaved(place, error))?;
    Ok(id)
}

/// A line of the form as the API has it.
fn rate(line: &str) -> Value {
    let (valid_from, rate) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rate = rate.trim().trim_end_matches('%').trim_end();
    json!({"valid_from": valid_from, "rate": rate})
}

/// Asks once more.
pub(super) async fn ask_removal(desk: Desk, Path(id): Path<String>) -> Answer {
    let tax = find(&desk, &id).await?;
    NOUN.ask_removal(&desk, &id, title(&tax), None)
}

/// Removes a tax category.
pub(super) async fn remove(desk: Desk, Path(id): Path<String>) -> Answer {
    let tax = find(&desk, &id).await?;
    let done = desk.app.delete_tax(&desk.merchant, &tax.id, Expected::Anything).await;
    NOUN.removed(&desk, &id, title(&tax), done)
}

/// Its title, or its id where it has none.
pub(super) fn title(tax: &Stored) -> String {
    let title = tax.title.clone().filter(|title| !title.trim().is_empty());
    title.unwrap_or_else(|| tax.id.to_string())
}

async fn find(desk: &Desk, id: &str) -> Result<Stored, Failure> {
    let id = TaxId::stored(known(id.to_owned(), NOUN.one)?);
    Ok(desk.app.tax(&desk.merchant, &id).await?)
}

fn page(desk: &Desk, place: &str, typed: &Typed, problem: Option<&Problem>) -> Answer {
    let mut form = form(FIELDS, typed, problem);
    let naming = naming(place, typed, problem, &mut form);
    let mut section = Section::of(&mut form, "How it is taxed", &["title", "rates"]);
    section.fields.extend(naming);
    NOUN.form(desk, place, (form, vec![section]), None, problem)
}
