//! What a path would do, in words: its texts as a customer reads them, its warnings, its edges.

use std::collections::BTreeMap;

use crate::app::graph::{DrawnEdge, Sample, WeighedPath};
use crate::domain::catalogue::Offer;
use crate::domain::ids::{OfferId, PathId};
use crate::domain::path::Transition;
use crate::edge::problem::Problem;
use crate::pages::backend::definitions::on_a_line;
use crate::pages::backend::forms::sentence;
use crate::pages::backend::offers::price;
use crate::pages::backend::places::{OFFERS, PATHS};
use crate::pages::backend::session::Session;
use crate::pages::backend::what_if::rejected;
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::parts::Badge;
use crate::render::backend::paths::{
    EdgeRow, EdgeTable, Insight, SampleText, TranslatedText, WarningRow,
};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::graph::{Catalogue, Direction};

/// How many edges stand beside the form of a path.
const EDGES_MAX: usize = 50;

/// The titles and prices that edges are told with.
pub(super) struct EdgeNames<'a> {
    session: &'a Session,
    offers: BTreeMap<&'a OfferId, &'a Offer>,
    paths: BTreeMap<&'a PathId, &'a str>,
}

impl<'a> EdgeNames<'a> {
    pub(super) fn of(session: &'a Session, catalogue: &'a Catalogue) -> Self {
        let offers = catalogue.offers().iter().map(|offer| (&offer.terms.offer, offer)).collect();
        let paths =
            catalogue.paths().iter().map(|path| (&path.id, path.internal_title.as_str())).collect();
        Self { session, offers, paths }
    }

    fn title(&self, offer: &OfferId) -> String {
        let found = self.offers.get(offer);
        found.map_or_else(|| offer.to_string(), |offer| offer.terms.title.clone())
    }

    fn price(&self, offer: &OfferId) -> String {
        self.offers.get(offer).map_or_else(String::new, |offer| price(self.session, offer))
    }

    /// Edges as a table.
    pub(super) fn table<'e>(
        &self,
        edges: impl Iterator<Item = &'e DrawnEdge>,
        with_paths: bool,
    ) -> EdgeTable {
        EdgeTable { with_paths, edges: edges.map(|edge| self.row(edge)).collect() }
    }

    fn row(&self, drawn: &DrawnEdge) -> EdgeRow {
        let edge = &drawn.edge;
        let link = |offer: &OfferId| Link::new(self.title(offer), format!("{OFFERS}/{offer}"));
        let path = self.paths.get(&edge.path).copied().unwrap_or(edge.path.as_str());
        EdgeRow {
            source: link(&edge.source),
            target: link(&edge.target),
            prices: [self.price(&edge.source), self.price(&edge.target)],
            path: Link::new(path.to_owned(), format!("{}/{}", PATHS, edge.path)),
            transition: in_short(edge.transition),
            direction: badge(drawn.direction),
        }
    }
}

/// What a path would do. `problem` is what keeps it from being saved.
pub(super) fn insight(
    session: &Session,
    weighed: Option<&WeighedPath>,
    problem: Option<&Problem>,
) -> Insight {
    let errors = problem.map_or(&[][..], |problem| problem.errors.as_slice());
    let is_text = |pointer: &str| pointer == "/title" || pointer == "/description";
    // Variables that are none; that a text is still missing goes without saying.
    let wrong = errors.iter().filter(|error| is_text(&error.pointer));
    let wrong = wrong.filter(|error| error.detail.contains('{'));
    let faults = wrong.map(|error| Phrase::told(error.detail.clone())).collect();
    let Some(weighed) = weighed else {
        return Insight { faults, ..Insight::default() };
    };
    let names = EdgeNames::of(session, &weighed.edition.catalogue);
    let warnings = weighed.judged.warnings.iter();
    Insight {
        is_ready: true,
        sample: weighed.sample.as_ref().map(|it| sample(&names, it)),
        faults,
        warnings: warnings
            .map(|warning| WarningRow {
                code: Phrase::told(warning.code.replace('_', " ")),
                detail: Phrase::told(sentence(&warning.detail)),
            })
            .collect(),
        count: weighed.judged.edges,
        table: names.table(weighed.edges.iter().take(EDGES_MAX), false),
        more: weighed.edges.len().saturating_sub(EDGES_MAX),
    }
}

fn sample(names: &EdgeNames<'_>, sample: &Sample) -> SampleText {
    let line = |offer| on_a_line(&names.title(offer));
    let (source, target) = (line(&sample.source), line(&sample.target));
    let (texts, reason) = match &sample.texts {
        Ok(texts) => (Some(texts), None),
        Err(reason) => (None, Some(reason.map_or("nothing fits", rejected))),
    };
    SampleText {
        source,
        target,
        title: texts.map_or_else(String::new, |texts| texts.title.clone()),
        text: texts.map_or_else(String::new, |texts| texts.text.clone()),
        translations: (sample.translations.iter())
            .map(|(language, texts)| TranslatedText {
                language: language.clone(),
                title: texts.title.clone(),
                text: texts.text.clone(),
            })
            .collect(),
        refused: reason.map(|code| phrase!("It does not fire for such a customer: {}.", code)),
    }
}

/// Where an edge leads, in a word.
pub(super) fn badge(direction: Direction) -> Badge {
    match direction {
        Direction::Up => Badge::new(Tone::Good, "up"),
        Direction::Down => Badge::new(Tone::Warn, "down"),
        Direction::Side => Badge::new(Tone::Plain, "side"),
        Direction::AddOn => Badge::new(Tone::Plain, "add-on"),
        Direction::Nowhere => Badge::new(Tone::Bad, "never"),
    }
}

/// A transition as the merchant's manual has it.
pub(super) fn in_full(transition: Transition) -> &'static str {
    match transition {
        Transition::Immediate => "Immediately (with immediate start of invoicing)",
        Transition::ImmediateNextBooking => "Immediately (invoice with next booking date)",
        Transition::LastBooking => "Last booking (with retroactive invoicing)",
        Transition::NextBooking => "Next booking (invoice with next booking date)",
        Transition::EndOfTerm => {
            "End of the current subscription interval (with invoice for the next subscription \
             interval)"
        }
    }
}

/// The same where there is little room.
pub(super) fn in_short(transition: Transition) -> &'static str {
    match transition {
        Transition::Immediate => "immediately",
        Transition::ImmediateNextBooking => "immediately, billed later",
        Transition::LastBooking => "last booking",
        Transition::NextBooking => "next booking",
        Transition::EndOfTerm => "end of term",
    }
}
