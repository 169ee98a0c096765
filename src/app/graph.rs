//! The offer graph as it is drawn, and what a path that is still being written would add to it.
//! Nothing is stored here.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::catalogue::Offer;
use crate::domain::ids::{MerchantId, OfferId, PathId};
use crate::domain::preview::TextFacts;
use crate::render::format::Locale;
use crate::rules::definitions::paths::{PathDraft, sketch_path};
use crate::rules::graph::{Catalogue, Direction, Edge, direction};
use crate::rules::matching::Reason;
use crate::rules::rehearsal::rehearse;
use crate::wire::checkouts::Confirmation;

use super::catalogue::CatalogueRevision;
use super::definitions::{JudgedPath, named_facts};
use super::previews::{filled, known_locale};
use super::{App, AppError, Context};

/// An edge with where it leads.
#[derive(Debug, Clone)]
pub struct DrawnEdge {
    /// The edge.
    pub edge: Edge,
    /// Where it leads, by the prices of today.
    pub direction: Direction,
}

/// All offers and edges of a merchant.
#[derive(Debug, Clone)]
pub struct DrawnGraph {
    /// The offers and paths.
    pub edition: Arc<CatalogueRevision>,
    /// By path, then source, then target.
    pub edges: Vec<DrawnEdge>,
}

/// A path that is still being written, held against the catalogue of now.
#[derive(Debug, Clone)]
pub struct WeighedPath {
    /// The path as far as it goes, with its warnings: those that it would be saved with.
    pub judged: JudgedPath,
    /// The edges that it would make.
    pub edges: Vec<DrawnEdge>,
    /// The offers and paths.
    pub edition: Arc<CatalogueRevision>,
    /// The first edge in one currency as a sample customer would take it; none without edges.
    pub sample: Option<Sample>,
}

/// What a sample customer would read.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What the customer has.
    pub source: OfferId,
    /// What is bought.
    pub target: OfferId,
    /// The path's texts, filled; or why the path does not fire.
    pub texts: Result<Confirmation, Option<Reason>>,
    /// The same in each other language that the path has texts in, by the tag of that.
    pub translations: Vec<(String, Confirmation)>,
}

impl App {
    /// Everything that the offer graph is drawn from.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn drawn_graph(&self, merchant: &MerchantId) -> Result<DrawnGraph, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let edition = self.committed_catalogue(&mut tx, merchant).await?;
            let draw = move || {
                let catalogue = &edition.catalogue;
                let edges = drawn(catalogue.edges(), catalogue, &context);
                DrawnGraph { edition, edges }
            };
            self.compute(merchant, draw).await
        })
        .await
    }

    /// Looks at a path before it is saved, by the rules that saving goes by. None where it does
    /// not go far enough to be looked at.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn weigh_path(
        &self,
        merchant: &MerchantId,
        id: PathId,
        draft: PathDraft,
    ) -> Result<Option<WeighedPath>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let facts = named_facts(&mut tx, &context, id.as_str(), &draft).await?;
            let Some(path) = sketch_path(&id, &draft, &facts, context.now) else {
                return Ok(None);
            };
            let edition = self.committed_catalogue(&mut tx, merchant).await?;
            let judge = self.clone();
            let weigh = move || {
                let catalogue = &edition.catalogue;
                let edges = drawn(catalogue.edges_of(&path), catalogue, &context);
                let judged = judge.judged(path, catalogue, &context);
                let sample = sample(&judged, &edges, catalogue, &context);
                WeighedPath { judged, edges, edition, sample }
            };
            self.compute(merchant, weigh).await.map(Some)
        })
        .await
    }
}

fn by_id(catalogue: &Catalogue) -> BTreeMap<&OfferId, &Offer> {
    catalogue.offers().iter().map(|offer| (&offer.terms.offer, offer)).collect()
}

fn drawn(edges: Vec<Edge>, catalogue: &Catalogue, context: &Context) -> Vec<DrawnEdge> {
    let offers = by_id(catalogue);
    let drawn = edges.into_iter().filter_map(|edge| {
        let (source, target) = (offers.get(&edge.source)?, offers.get(&edge.target)?);
        let (tariff, today) = (&context.tariff, context.today);
        let direction = direction(source, target, edge.optional, tariff, today);
        Some(DrawnEdge { edge, direction })
    });
    drawn.collect()
}

fn sample(
    judged: &JudgedPath,
    edges: &[DrawnEdge],
    catalogue: &Catalogue,
    context: &Context,
) -> Option<Sample> {
    let fires = edges.iter().find(|edge| edge.direction != Direction::Nowhere);
    let Edge { source, target, .. } = &fires.or(edges.first())?.edge;
    let offers = by_id(catalogue);
    let (from, to) = (offers.get(source)?, offers.get(target)?);
    let tag = &context.settings.locale;
    let locale: Locale = known_locale(tag);
    let path = &judged.path;
    let facts = rehearse(path, from, to, &context.tariff, context.today);
    let translated = |(tag, facts): (&String, &TextFacts)| {
        let facts = TextFacts { offer_title: to.terms.title_in(tag).to_owned(), ..facts.clone() };
        let (title, text) = (path.title_in(tag), path.description_in(tag));
        (tag.clone(), filled(title, text, &facts, &known_locale(tag)))
    };
    let known = facts.as_ref().ok();
    let all = path.texts.keys().filter(|other| *other != tag);
    let translations = all.filter_map(|other| Some((other, known?))).map(translated).collect();
    let (title, text) = (path.title_in(tag), path.description_in(tag));
    Some(Sample {
        source: source.clone(),
        target: target.clone(),
        texts: facts.map(|facts| filled(title, text, &facts, &locale)),
        translations,
    })
}
