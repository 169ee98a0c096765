//! Tags, and who uses them.

use std::collections::BTreeMap;

use axum::extract::{Path, Query};

use crate::domain::catalog::Tag as Stored;
use crate::domain::ids::TagId;
use crate::edge::etag::version_of;
use crate::edge::problem::Problem;
use crate::pages::backend::definitions::{
    NEW, Noun, both, expected, known, met, named, naming, unsaved,
};
use crate::pages::backend::desk::Desk;
use crate::pages::backend::forms::{Spec, Typed, form};
use crate::pages::backend::guard::{Answer, Failure, Sent};
use crate::pages::backend::lists::{Browse, Order};
use crate::pages::backend::{graph, offers, paths};
use crate::render::backend::catalogue::{Cell, Row, Section, Users};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;
use crate::rules::definitions::catalog::{TagDraft, decide_tag};
use crate::wire::tags::TagBody;

/// Where the tags stand.
pub(super) const HERE: &str = "/backend/tags";

/// How many users of one kind are named.
const USERS_MAX: usize = 200;

const NOUN: Noun = Noun {
    one: "tag",
    many: "Tags",
    here: HERE,
    about: "Labels on offers. Up/down-selling joins tags, so create them first, then give them to \
            the offers that take part.",
    add: "+ Add tag",
    headings: ["Add a tag", "Tag"],
    search: "Search tags",
    warning: "A tag can be deleted while no offer carries it and no path joins it.",
};

const FIELDS: &[Spec] = &[Spec::new("/title", "Title", Kind::Text)
    .hint("Such as “Up-/down-selling/month”. Customers do not see it.")
    .required()];

/// Lists tags.
pub(super) async fn list(desk: Desk, Query(browse): Query<Browse>) -> Answer {
    let mut tags = desk.app.tags(&desk.merchant, browse.page(Order::ById)).await?;
    let here = browse.address(HERE);
    let pager = browse.pager(&mut tags, Order::ById, &here, |tag| tag.id.as_str());
    let ids = tags.iter().map(|tag| tag.id.clone()).collect();
    let users = desk.app.tag_users(&desk.merchant, ids).await?;
    let count = |tag: &Stored| {
        users.get(&tag.id).map_or((0, 0, 0), |users| {
            (users.offers.len(), users.source_of.len(), users.target_of.len())
        })
    };
    let row = |tag: &Stored| {
        let (offers, sources, targets) = count(tag);
        Row {
            link: Link::new(tag.title.clone(), NOUN.address(tag.id.as_str())),
            id: tag.id.to_string(),
            cells: [offers, sources, targets].map(|n| Cell::number(n.to_string())).into(),
        }
    };
    let columns = [("Offers", true), ("Paths from it", true), ("Paths to it", true)];
    NOUN.list(&desk, &browse, &columns, (tags.iter().map(row).collect(), pager))
}

/// Shows a tag with who uses it, or the form for a new one.
pub(super) async fn show(desk: Desk, Path(place): Path<String>) -> Answer {
    let typed = if place == NEW { Typed::default() } else { stored(&desk, &place).await? };
    page(&desk, &place, &typed, None).await
}

/// Saves a tag, or shows what is wrong with it.
pub(super) async fn save(desk: Desk, Path(place): Path<String>, sent: Sent) -> Answer {
    let typed = desk.typed(sent);
    match put(&desk, &place, &typed).await {
        Ok(id) => NOUN.saved(&desk, &id),
        Err(problem) => match met(FIELDS, typed, &problem, stored(&desk, &place)).await? {
            Some(typed) => page(&desk, &place, &typed, Some(&problem)).await,
            None => NOUN.saved(&desk, &place),
        },
    }
}

async fn put(desk: &Desk, place: &str, typed: &Typed) -> Result<String, Problem> {
    let draft = typed.draft::<TagBody, TagDraft>(FIELDS)?;
    let draft = draft.judged(|draft| decide_tag(TagId::stored(place.to_owned()), draft));
    let (id, draft) = both(named(place, "/title", typed), draft)?;
    let expected = expected(typed, read(desk, &id)).await.map_err(|it| unsaved(place, it))?;
    let put = desk.app.put_tag(&desk.merchant, TagId::stored(id.clone()), &draft, expected);
    put.await.map_err(|error| unsaved(place, error.into()))?;
    Ok(id)
}

/// Asks once more.
pub(super) async fn ask_removal(desk: Desk, Path(id): Path<String>) -> Answer {
    let (tag, shown) = read(&desk, &id).await?;
    NOUN.ask_removal(&desk, (&id, tag.title), version_of(&shown), None)
}

/// Removes a tag.
pub(super) async fn remove(desk: Desk, Path(id): Path<String>, sent: Sent) -> Answer {
    let (tag, shown) = read(&desk, &id).await?;
    let (version, title) = (version_of(&shown), tag.title.clone());
    let done = match expected(&Typed::sent(sent), async { Ok((tag, shown)) }).await {
        Ok(expected) => {
            let id = TagId::stored(id.clone());
            desk.app.delete_tag(&desk.merchant, &id, expected).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    NOUN.removed(&desk, (&id, title), version, done)
}

async fn read(desk: &Desk, id: &str) -> Result<(Stored, TagBody), Problem> {
    let id = TagId::stored(known(id.to_owned(), NOUN.one)?);
    let tag = desk.app.tag(&desk.merchant, &id).await?;
    let shown = TagBody { title: tag.title.clone() };
    Ok((tag, shown))
}

/// What is stored, as it stands in the form.
async fn stored(desk: &Desk, place: &str) -> Result<Typed, Problem> {
    Ok(Typed::of(FIELDS, &read(desk, place).await?.1, desk.hand()))
}

async fn page(desk: &Desk, place: &str, typed: &Typed, problem: Option<&Problem>) -> Answer {
    let mut form = form(FIELDS, typed, problem);
    let naming = naming(place, typed, problem, &mut form);
    let mut section = Section::of(&mut form, "What it is called", &["title"]);
    section.fields.extend(naming);
    let users = if place == NEW { None } else { Some(users(desk, place).await?) };
    NOUN.form(desk, place, (form, vec![section]), users, problem)
}

async fn users(desk: &Desk, id: &str) -> Result<Users, Failure> {
    let id = TagId::stored(id.to_owned());
    let users = desk.app.tag_users(&desk.merchant, vec![id.clone()]).await?;
    let users = users.get(&id).cloned().unwrap_or_default();
    let catalogue = desk.app.catalogue(&desk.merchant).await?;
    let offers: BTreeMap<_, _> =
        catalogue.offers.iter().map(|it| (&it.terms.offer, it.terms.title.as_str())).collect();
    let paths: BTreeMap<_, _> =
        catalogue.paths.iter().map(|it| (&it.id, it.internal_title.as_str())).collect();
    let path = |id| {
        let title = paths.get(id).copied().unwrap_or_default();
        Link::new(title, format!("{}/{id}", paths::HERE))
    };
    let lengths = [users.offers.len(), users.source_of.len(), users.target_of.len()];
    let offer = |id| {
        let title = offers.get(id).copied().unwrap_or_default();
        Link::new(title, format!("{}/{id}", offers::HERE))
    };
    Ok(Users {
        offers: users.offers.iter().take(USERS_MAX).map(offer).collect(),
        source_of: users.source_of.iter().take(USERS_MAX).map(path).collect(),
        target_of: users.target_of.iter().take(USERS_MAX).map(path).collect(),
        more: lengths.iter().map(|length| length.saturating_sub(USERS_MAX)).sum(),
        graph: format!("{}?tag={id}", graph::HERE),
    })
}
