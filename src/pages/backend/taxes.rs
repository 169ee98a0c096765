//! Tax categories with their dated rates.

use axum::extract::{Path, Query};
use serde_json::{Value, json};

use crate::domain::catalog::Tax as Stored;
use crate::domain::ids::TaxId;
use crate::edge::drafts::Draft;
use crate::edge::etag::version_of;
use crate::edge::problem::{FieldError, Problem};
use crate::pages::backend::definitions::{
    NEW, Noun, both, expected, known, met, named, naming, unsaved,
};
use crate::pages::backend::desk::Desk;
use crate::pages::backend::forms::{Spec, Typed, form};
use crate::pages::backend::guard::{Answer, Sent};
use crate::pages::backend::hand::Hand;
use crate::pages::backend::lists::{Browse, Order};
use crate::render::backend::catalogue::{Cell, Row, Section};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;
use crate::rules::definitions::catalog::{TaxDraft, decide_tax};
use crate::wire::taxes::{Tax, TaxBody, TaxRate};

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
    let typed = if place == NEW { Typed::default() } else { stored(&desk, &place).await? };
    page(&desk, &place, &typed, None)
}

/// Saves a tax category, or shows what is wrong with it.
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
    let mut body = typed.json(FIELDS);
    let mut faults = Vec::new();
    for (place, line) in
        body.pointer_mut("/rates").and_then(Value::as_array_mut).into_iter().flatten().enumerate()
    {
        let read = rate(line.as_str().unwrap_or_default(), typed.hand());
        *line = read.unwrap_or_else(|words| {
            faults.push(FieldError::new(format!("/rates/{place}"), words));
            Value::Null
        });
    }
    let draft = Draft::<TaxBody, TaxDraft>::with_faults(body, faults)?;
    let draft = draft.judged(|draft| decide_tax(TaxId::stored(place.to_owned()), draft));
    let (id, draft) = both(named(place, "/title", typed), draft)?;
    let expected = expected(typed, read(desk, &id)).await.map_err(|it| unsaved(place, it))?;
    let put = desk.app.put_tax(&desk.merchant, TaxId::stored(id.clone()), &draft, expected);
    put.await.map_err(|error| unsaved(place, error.into()))?;
    Ok(id)
}

/// A line of the form as the API has it.
fn rate(line: &str, hand: Hand) -> Result<Value, String> {
    let (valid_from, rate) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    Hand::date(valid_from)?;
    Ok(json!({"valid_from": valid_from, "rate": hand.percentage(rate.trim())?}))
}

/// Asks once more.
pub(super) async fn ask_removal(desk: Desk, Path(id): Path<String>) -> Answer {
    let (tax, shown) = read(&desk, &id).await?;
    NOUN.ask_removal(&desk, (&id, title(&tax)), version_of(&shown), None)
}

/// Removes a tax category.
pub(super) async fn remove(desk: Desk, Path(id): Path<String>, sent: Sent) -> Answer {
    let (tax, shown) = read(&desk, &id).await?;
    let (version, title) = (version_of(&shown), title(&tax));
    let done = match expected(&Typed::sent(sent), async { Ok((tax, shown)) }).await {
        Ok(expected) => {
            let id = TaxId::stored(id.clone());
            desk.app.delete_tax(&desk.merchant, &id, expected).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    NOUN.removed(&desk, (&id, title), version, done)
}

/// Its title, or its id where it has none.
pub(super) fn title(tax: &Stored) -> String {
    let title = tax.title.clone().filter(|title| !title.trim().is_empty());
    title.unwrap_or_else(|| tax.id.to_string())
}

async fn read(desk: &Desk, id: &str) -> Result<(Stored, Tax), Problem> {
    let id = TaxId::stored(known(id.to_owned(), NOUN.one)?);
    let tax = desk.app.tax(&desk.merchant, &id).await?;
    let shown = (&tax).into();
    Ok((tax, shown))
}

/// What is stored, as it stands in the form.
async fn stored(desk: &Desk, place: &str) -> Result<Typed, Problem> {
    let (_, shown) = read(desk, place).await?;
    let hand = desk.hand();
    let line = |rate: &TaxRate| format!("{} {}", rate.valid_from, hand.write(&rate.rate));
    let rates: Vec<String> = shown.rates.iter().map(line).collect();
    Ok(Typed::of(FIELDS, &shown, hand).with("/rates", rates.join("\n")))
}

fn page(desk: &Desk, place: &str, typed: &Typed, problem: Option<&Problem>) -> Answer {
    let mut form = form(FIELDS, typed, problem);
    let naming = naming(place, typed, problem, &mut form);
    let mut section = Section::of(&mut form, "How it is taxed", &["title", "rates"]);
    section.fields.extend(naming);
    NOUN.form(desk, place, (form, vec![section]), None, problem)
}
