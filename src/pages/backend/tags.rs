//! Tags, and who uses them.

use std::collections::BTreeMap;

use crate::domain::catalogue::Tag;
use crate::domain::ids::TagId;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::{Answer, Failure};
use crate::pages::backend::definitions::{EditableDefinition, Noun};
use crate::pages::backend::forms::{FormValues, Spec, form};
use crate::pages::backend::naming::{NEW, naming};
use crate::pages::backend::places::{GRAPH, OFFERS, PATHS, TAGS};
use crate::pages::backend::session::Session;
use crate::render::backend::catalogue::{Cell, Section, TagUsage};
use crate::render::backend::form::Kind;
use crate::render::backend::frame::Link;

/// How many users of one kind are named.
const USERS_MAX: usize = 200;

const NOUN: Noun = Noun {
    one: "tag",
    many: "Tags",
    group: ("Catalogue", 3),
    here: TAGS,
    about: "Labels on offers. Up/down-selling joins tags, so create them first, then give them to \
            the offers that take part.",
    add: "+ Add tag",
    headings: ["Add a tag", "Tag"],
    search: "Search tags",
    warning: "A tag can be deleted while no offer carries it and no path joins it.",
    more: &[],
};

const FIELDS: &[Spec] = &[Spec::new("/title", "Title", Kind::Text)
    .hint("Such as “Up-/down-selling/month”. Customers do not see it.")
    .required()];

impl EditableDefinition for Tag {
    const NOUN: Noun = NOUN;
    const FIELDS: &'static [Spec] = FIELDS;
    const COLUMNS: &'static [(&'static str, bool)] =
        &[("Offers", true), ("Paths from it", true), ("Paths to it", true)];

    fn title(&self) -> String {
        self.title.clone()
    }

    async fn cells(session: &Session, tags: &[Self]) -> Result<Vec<Vec<Cell>>, Failure> {
        let ids = tags.iter().map(|tag| tag.id.clone()).collect();
        let users = session.app.tag_users(&session.merchant, ids).await?;
        let counts = |tag: &Self| {
            users.get(&tag.id).map_or([0; 3], |users| {
                [users.offers.len(), users.source_of.len(), users.target_of.len()]
            })
        };
        let cells = |tag| counts(tag).map(|n| Cell::number(n.to_string())).into();
        Ok(tags.iter().map(cells).collect())
    }

    async fn page(
        session: &Session,
        place: &str,
        values: &FormValues,
        problem: Option<&Problem>,
    ) -> Answer {
        let mut form = form(FIELDS, values, problem);
        let naming = naming(place, values, problem, &mut form);
        let mut section = Section::of(&mut form, "What it is called", &["title"]);
        section.fields.extend(naming);
        let users = if place == NEW { None } else { Some(users(session, place).await?) };
        NOUN.form(session, place, (form, vec![section]), users, problem)
    }
}

async fn users(session: &Session, id: &str) -> Result<TagUsage, Failure> {
    let id = TagId::stored(id.to_owned());
    let users = session.app.tag_users(&session.merchant, vec![id.clone()]).await?;
    let users = users.get(&id).cloned().unwrap_or_default();
    let edition = session.app.catalogue(&session.merchant).await?;
    let catalogue = &edition.catalogue;
    let offers: BTreeMap<_, _> =
        catalogue.offers().iter().map(|it| (&it.terms.offer, it.terms.title.as_str())).collect();
    let paths: BTreeMap<_, _> =
        catalogue.paths().iter().map(|it| (&it.id, it.internal_title.as_str())).collect();
    let path = |id| {
        let title = paths.get(id).copied().unwrap_or_default();
        Link::new(title.to_owned(), format!("{PATHS}/{id}"))
    };
    let lengths = [users.offers.len(), users.source_of.len(), users.target_of.len()];
    let offer = |id| {
        let title = offers.get(id).copied().unwrap_or_default();
        Link::new(title.to_owned(), format!("{OFFERS}/{id}"))
    };
    Ok(TagUsage {
        offers: users.offers.iter().take(USERS_MAX).map(offer).collect(),
        source_of: users.source_of.iter().take(USERS_MAX).map(path).collect(),
        target_of: users.target_of.iter().take(USERS_MAX).map(path).collect(),
        more: lengths.iter().map(|length| length.saturating_sub(USERS_MAX)).sum(),
        graph: format!("{GRAPH}?tag={id}"),
    })
}
