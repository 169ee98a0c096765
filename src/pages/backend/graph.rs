//! The offer graph: all offers and what joins them, as a picture and as a table.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::Query;
use serde::Deserialize;

use crate::app::graph::{DrawnEdge, DrawnGraph};
use crate::domain::catalogue::Offer;
use crate::domain::ids::{OfferId, PathId, TagId};
use crate::domain::path::Transition;
use crate::pages::backend::answer::Answer;
use crate::pages::backend::definitions::{on_a_line, tags};
use crate::pages::backend::insight::{EdgeNames, in_full, in_short};
use crate::pages::backend::offers::price;
use crate::pages::backend::session::{PageHead, Session};
use crate::render::backend::form::Choice;
use crate::render::backend::paths::{GraphPage, Picture};
use crate::render::backend::phrase::Phrase;
use crate::rules::graph::Direction;

/// How many edges the picture shows: more are a blot.
const DRAWN_MAX: usize = 5_000;

/// How many edges the table shows.
const ROWS_MAX: usize = 100;

/// What the graph is narrowed to.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct GraphFilter {
    /// Offers that carry this tag, and what leads from or to them.
    #[serde(default)]
    tag: String,
    /// The edges of this path.
    #[serde(default)]
    path: String,
    /// The edges with this transition.
    #[serde(default)]
    transition: String,
}

impl GraphFilter {
    fn is_set(&self) -> bool {
        [&self.tag, &self.path, &self.transition].iter().any(|text| !text.is_empty())
    }

    fn keeps(&self, drawn: &DrawnEdge, tagged: &BTreeSet<&OfferId>) -> bool {
        let edge = &drawn.edge;
        let has_tag = tagged.contains(&edge.source) || tagged.contains(&edge.target);
        (self.tag.is_empty() || has_tag)
            && (self.path.is_empty() || edge.path.as_str() == self.path)
            && (self.transition.is_empty() || edge.transition.name() == self.transition)
    }
}

/// Draws the graph.
pub(super) async fn show(session: Session, Query(filter): Query<GraphFilter>) -> Answer {
    let DrawnGraph { edition, edges } = session.app.drawn_graph(&session.merchant).await?;
    let catalogue = &edition.catalogue;
    let carries = |offer: &&Offer| offer.tags.iter().any(|tag: &TagId| tag.as_str() == filter.tag);
    let tagged: BTreeSet<&OfferId> =
        catalogue.offers().iter().filter(carries).map(|offer| &offer.terms.offer).collect();
    let edges: Vec<&DrawnEdge> = edges.iter().filter(|edge| filter.keeps(edge, &tagged)).collect();
    let ends: BTreeSet<&OfferId> =
        edges.iter().flat_map(|drawn| [&drawn.edge.source, &drawn.edge.target]).collect();
    let is_drawn = |offer: &&Offer| {
        let id = &offer.terms.offer;
        !filter.is_set() || ends.contains(id) || tagged.contains(id)
    };
    let offers: Vec<&Offer> = catalogue.offers().iter().filter(is_drawn).collect();
    let names = EdgeNames::of(&session, catalogue);
    let titles =
        catalogue.paths().iter().map(|path| (path.id.as_str(), path.internal_title.as_str()));
    let page = GraphPage {
        tags: choices(
            tags(&session).await?.iter().map(|(id, title)| (id.as_str(), on_a_line(title).into())),
            &filter.tag,
        ),
        paths: choices(
            titles.clone().map(|(id, title)| (id, on_a_line(title).into())),
            &filter.path,
        ),
        transitions: choices(
            Transition::ALL.into_iter().map(|it| (it.name(), Phrase::told(on_a_line(in_full(it))))),
            &filter.transition,
        ),
        is_filtered: filter.is_set(),
        picture: picture(&session, &offers, &edges, &titles.collect()),
        offers: offers.len(),
        count: edges.len(),
        table: names.table(edges.iter().take(ROWS_MAX).copied(), true),
        more: edges.len().saturating_sub(ROWS_MAX),
    };
    let scripts = &["cytoscape.js", "cytoscape-dagre.js", "route.js", "graph.js"];
    session.show(PageHead::new("Offer graph").with(&[], scripts), &page)
}

fn choices<'a>(all: impl Iterator<Item = (&'a str, Phrase)>, picked: &str) -> Vec<Choice> {
    let choice = |(value, label): (&str, Phrase)| Choice {
        value: value.to_owned(),
        label,
        selected: value == picked,
    };
    all.map(choice).collect()
}

fn picture(
    session: &Session,
    offers: &[&Offer],
    edges: &[&DrawnEdge],
    titles: &BTreeMap<&str, &str>,
) -> Picture {
    let places: BTreeMap<&OfferId, usize> =
        offers.iter().enumerate().map(|(place, offer)| (&offer.terms.offer, place)).collect();
    let edges = &edges[..edges.len().min(DRAWN_MAX)];
    let mut paths: BTreeMap<&PathId, (usize, Transition)> = BTreeMap::new();
    for drawn in edges {
        let next = paths.len();
        paths.entry(&drawn.edge.path).or_insert((next, drawn.edge.transition));
    }
    let mut listed: Vec<_> = paths.iter().collect();
    listed.sort_by_key(|(_, (place, _))| *place);
    let edge = |drawn: &&DrawnEdge| {
        let edge = &drawn.edge;
        let (source, target) = (places.get(&edge.source)?, places.get(&edge.target)?);
        let (path, _) = paths.get(&edge.path)?;
        Some((*source, *target, *path, kind(drawn.direction)))
    };
    Picture {
        offers: offers
            .iter()
            .map(|offer| {
                let title = on_a_line(&offer.terms.title);
                (offer.terms.offer.to_string(), title, price(session, offer), offer.active)
            })
            .collect(),
        edges: edges.iter().filter_map(edge).collect(),
        paths: listed
            .into_iter()
            .map(|(id, (_, transition))| {
                let title = titles.get(id.as_str()).copied().unwrap_or_default();
                (id.to_string(), on_a_line(title), in_short(*transition).into())
            })
            .collect(),
    }
}

fn kind(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Side => "level",
        Direction::AddOn => "add",
        Direction::Nowhere => "never",
    }
}
