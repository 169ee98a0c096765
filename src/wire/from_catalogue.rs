//! How what a merchant defines is written on the wire. What is read from the wire is a draft,
//! and judged in `rules::definitions`.

use crate::domain::catalogue::Offer;
use crate::domain::stock::RecordedMove;
use crate::rules::graph::Edge;
use crate::rules::lint::Warning;

use super::{paths, products};

fn texts<T: ToString>(ids: impl IntoIterator<Item = T>) -> Vec<String> {
    ids.into_iter().map(|id| id.to_string()).collect()
}

impl From<&RecordedMove> for products::StockMove {
    fn from(RecordedMove { what, at }: &RecordedMove) -> Self {
        Self {
            sequence: what.sequence,
            at: *at,
            cause: what.cause,
            change: what.change,
            left: what.left,
            subject: what.subject.clone(),
        }
    }
}

impl From<&Warning> for paths::Warning {
    fn from(warning: &Warning) -> Self {
        Self { code: warning.code.to_owned(), detail: warning.detail.clone() }
    }
}

impl From<&Edge> for paths::GraphEdge {
    fn from(edge: &Edge) -> Self {
        Self {
            source: edge.source.to_string(),
            target: edge.target.to_string(),
            path: edge.path.to_string(),
            transition: edge.transition,
            optional: edge.optional,
        }
    }
}

impl From<&Offer> for paths::GraphOffer {
    fn from(offer: &Offer) -> Self {
        Self {
            id: offer.terms.offer.to_string(),
            title: offer.terms.title.clone(),
            tags: texts(&offer.tags),
        }
    }
}
