//! What is doubtful about a path that is allowed: warnings that a merchant sees beside it. What
//! is wrong about one is for `definitions`; round trips that pay are found by `arbitrage`.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::catalogue::{Granted, Offer};
use crate::domain::ids::{OfferId, TagId};
use crate::domain::path::{Mode, Path, Proration, Transition, UnpaidSource};
use crate::domain::text::Variable;

use super::arbitrage::find_arbitrage;
use super::daily_price::price_of_a_day;
use super::graph::{Catalogue, is_edge};
use super::ledger::Tariff;

/// A detail names this many offers or tags, and counts the others.
const NAMED_MAX: usize = 3;

/// Something doubtful about a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// Its stable snake-case code.
    pub code: &'static str,
    /// What it is about, as a sentence.
    pub detail: String,
}

/// A source and a target that a path joins.
type Pair<'a> = (&'a Offer, &'a Offer);

/// What the warnings look at.
struct Facts<'a> {
    path: &'a Path,
    catalogue: &'a Catalogue,
    tariff: &'a Tariff,
    today: NaiveDate,
    /// The edges in one currency: those that can fire.
    pairs: Vec<Pair<'a>>,
    /// Those in two.
    mismatched: Vec<Pair<'a>>,
    /// Those whose billing periods differ where the billing date is kept.
    differing: Vec<Pair<'a>>,
}

/// Every warning about a path, in the order in which they are documented. The catalogue may hold
/// the path itself, as it is or was; an edit number of 0 stands for the latest edit of all.
#[must_use]
pub fn lint_path(
    path: &Path,
    catalogue: &Catalogue,
    tariff: &Tariff,
    today: NaiveDate,
) -> Vec<Warning> {
    let targets = catalogue.targets_of(path);
    let edges = catalogue.sources_of(path).into_iter().flat_map(|source| {
        let pairs = targets.iter().map(move |target| (source, *target));
        pairs.filter(|(source, target)| is_edge(source, target))
    });
    let (alike, mismatched): (Vec<Pair<'_>>, _) = edges
        .partition(|(source, target)| source.terms.price.currency == target.terms.price.currency);
    let (pairs, differing) = alike.into_iter().partition(|(source, target)| {
        path.joins(source.terms.billing_period, target.terms.billing_period)
    });
    let facts = Facts { path, catalogue, tariff, today, pairs, mismatched, differing };
    let found = [
        ("tag_unused", facts.tag_unused()),
        ("no_edges", facts.no_edges()),
        ("tag_on_both_sides", facts.tag_on_both_sides()),
        ("currency_mismatch", facts.currency_mismatch()),
        ("billing_period_differs", facts.billing_period_differs()),
        ("shadowed", facts.shadowed()),
        ("breaks_term", facts.breaks_term()),
        ("forfeits_paid_time", facts.forfeits_paid_time()),
        ("free_bridge", facts.free_bridge()),
        ("misleading_date", facts.misleading_date()),
        ("introduction_loop", facts.introduction_loop()),
        ("arbitrage", facts.arbitrage()),
    ];
    let warnings = found.into_iter();
    warnings.filter_map(|(code, detail)| detail.map(|detail| Warning { code, detail })).collect()
}

impl<'a> Facts<'a> {
    fn tag_unused(&self) -> Option<String> {
        let tags = self.path.source_tags.union(&self.path.target_tags);
        let unused = tags.filter(|tag| self.catalogue.tagged(tag).next().is_none());
        let (named, many) = tags_named(unused)?;
        let tag = if many { "any of the tags" } else { "the tag" };
        Some(format!("no offer carries {tag} {named}"))
    }

    fn no_edges(&self) -> Option<String> {
        if [&self.pairs, &self.mismatched, &self.differing].into_iter().any(|it| !it.is_empty()) {
            return None;
        }
        let (sources, _) = tags_named(self.path.source_tags.iter())?;
        let (targets, _) = tags_named(self.path.target_tags.iter())?;
        Some(format!(
            "the path joins nothing: it needs an offer tagged {sources} and another one, still \
             sold, tagged {targets}"
        ))
    }

    fn tag_on_both_sides(&self) -> Option<String> {
        let both = self.path.source_tags.intersection(&self.path.target_tags);
        let (named, many) = tags_named(both)?;
        let (tags, stand) = if many { ("tags", "stand") } else { ("tag", "stands") };
        Some(format!(
            "the {tags} {named} {stand} on both sides: offers that share one lead to one another \
             in both directions"
        ))
    }

    fn currency_mismatch(&self) -> Option<String> {
        let pairs = self.mismatched.iter().map(|(source, target)| {
            let code = |offer: &Offer| offer.terms.price.currency.code();
            let (from, to) = (code(source), code(target));
            format!("{} ({from} to {to})", pair_named(source, target))
        });
        let (named, _) = listed(pairs)?;
        Some(format!("a change never happens between currencies, as from {named}"))
    }

    fn billing_period_differs(&self) -> Option<String> {
        let pairs = self.differing.iter().map(|pair @ (source, target)| {
            let (from, to) = (source.terms.billing_period, target.terms.billing_period);
            format!("{} ({from} to {to})", pair_named(pair.0, pair.1))
        });
        let (named, _) = listed(pairs)?;
        Some(format!(
            "the billing date is kept only where the billing periods are alike, not from {named}"
        ))
    }

    fn breaks_term(&self) -> Option<String> {
        if !self.replaces() || self.path.transition == Transition::EndOfTerm {
            return None;
        }
        let (named, _) = offers_named(self.bound_sources())?;
        Some(format!(
            "the change ends a term before its time: customers are bound longer than one billing \
             period by {named}; end_of_term would wait for it"
        ))
    }

    fn forfeits_paid_time(&self) -> Option<String> {
        let forfeits = self.replaces()
            && self.path.transition == Transition::Immediate
            && self.path.proration == Proration::None;
        let paid = self.sources().filter(|offer| offer.terms.price.minor > 0);
        let (named, _) = offers_named(paid.filter(|_| forfeits))?;
        Some(format!(
            "days that were paid for and not used are lost when {named} is replaced at once; \
             proration by the day would credit them"
        ))
    }

    fn free_bridge(&self) -> Option<String> {
        if self.path.transition != Transition::ImmediateNextBooking {
            return None;
        }
        if self.path.proration == Proration::Day {
            return self.unbooked_addition();
        }
        let day = |offer: &Offer| price_of_a_day(&offer.terms, self.tariff, self.today);
        let dearer = self.pairs.iter().filter(|_| self.replaces());
        let dearer = dearer.filter(|(source, target)| day(target) > day(source));
        let added = self.pairs.iter().filter(|_| self.path.modes().contains(&Mode::Add));
        let added = added.filter(|(_, target)| target.terms.price.minor > 0);
        let replaced = listed(dearer.map(|(source, target)| pair_named(source, target)));
        let replaced = replaced
            .map(|(named, _)| format!("a dearer offer costs nothing more, as from {named}"));
        let beside = |(source, target): &Pair<'_>| {
            format!("'{}' beside '{}'", target.terms.title, source.terms.title)
        };
        let added = listed(added.map(beside))
            .map(|(named, _)| format!("what is added costs nothing, as {named}"));
        let found: Vec<String> = replaced.into_iter().chain(added).collect();
        (!found.is_empty()).then(|| {
            format!(
                "until the next booking {}; proration by the day would charge for these days",
                found.join(", and ")
            )
        })
    }

    /// What is added, and cannot be without its source, where its bridge is charged for once it is
    /// booked: it may end with the source before.
    fn unbooked_addition(&self) -> Option<String> {
        let added = self.pairs.iter().filter(|_| self.path.modes().contains(&Mode::Add));
        let ends = added
            .filter(|(_, target)| target.terms.requires_parent && target.terms.price.minor > 0);
        let (named, _) = listed(ends.map(|(source, target)| {
            format!("'{}' beside '{}'", target.terms.title, source.terms.title)
        }))?;
        Some(format!(
            "what cannot be without what it was added to costs nothing where that ends before the \
             next booking, and it with that, as {named}"
        ))
    }

    fn misleading_date(&self) -> Option<String> {
        if !self.path.shows(Variable::NextPayment) || self.pairs.is_empty() {
            return None;
        }
        match self.path.transition {
            Transition::Immediate | Transition::ImmediateNextBooking => Some(
                "{nextPayment} is later than the change, which takes effect on the day of the \
                 checkout; {effectiveDate} shows the day of the change"
                    .to_owned(),
            ),
            Transition::LastBooking => Some(
                "{nextPayment} is later than the change, which takes effect from the start of \
                 the current period on; {effectiveDate} shows the day of the change"
                    .to_owned(),
            ),
            Transition::NextBooking | Transition::EndOfTerm if self.begins_with_a_trial() => Some(
                "{nextPayment} is later than the change where that begins with a trial; \
                 {effectiveDate} shows the day of the change"
                    .to_owned(),
            ),
            Transition::NextBooking => None,
            Transition::EndOfTerm => offers_named(self.bound_sources()).map(|(named, _)| {
                format!(
                    "{{nextPayment}} can be earlier than the change, which waits for the end of \
                     the term of {named}; {{effectiveDate}} shows the day of the change"
                )
            }),
        }
    }

    /// Whether anybody who comes along the path may begin with a trial.
    fn begins_with_a_trial(&self) -> bool {
        let has_trial = |offer: &Offer| offer.terms.introduction.trial.is_some();
        self.path.introduction && self.pairs.iter().any(|(_, target)| has_trial(target))
    }

    /// What everybody is granted every time, and leads back to where the path starts: whoever goes
    /// round gains it again.
    fn introduction_loop(&self) -> Option<String> {
        if !self.path.introduction || !self.replaces() {
            return None;
        }
        let gained = self.pairs.iter().filter(|(_, target)| {
            let introduction = &target.terms.introduction;
            introduction.is_there() && introduction.granted == Granted::Always
        });
        let back = |(source, target): &&Pair<'_>| {
            let others = self.catalogue.paths_to(&source.tags).into_iter();
            let others = others.filter(|other| other.id != self.path.id).chain([self.path]);
            let mut leads = others.filter(|other| {
                other.active
                    && other.modes().contains(&Mode::Replace)
                    && !other.source_tags.is_disjoint(&target.tags)
                    && !other.target_tags.is_disjoint(&source.tags)
            });
            source.active && is_edge(target, source) && leads.next().is_some()
        };
        let pairs = gained.filter(back).map(|(source, target)| pair_named(source, target));
        let (named, _) = listed(pairs)?;
        Some(format!(
            "the introduction is granted to everybody, and a path leads back: whoever goes to and \
             fro gains it each time, as from {named}"
        ))
    }

    fn arbitrage(&self) -> Option<String> {
        let found = find_arbitrage(self.path, self.catalogue, self.tariff, self.today)?;
        Some(found.to_string())
    }

    /// Whether a customer may come to replace the source.
    fn replaces(&self) -> bool {
        self.path.modes().contains(&Mode::Replace)
    }

    /// The sources of edges that can fire, each once.
    fn sources(&self) -> impl Iterator<Item = &'a Offer> {
        let mut last: Option<&OfferId> = None;
        let sources = self.pairs.iter().map(|(source, _)| *source);
        // Pairs stand in the order of their sources.
        sources.filter(move |source| last.replace(&source.terms.offer) != Some(&source.terms.offer))
    }

    /// Those whose term, the first or a later one, is longer than their billing period.
    fn bound_sources(&self) -> impl Iterator<Item = &'a Offer> {
        self.sources().filter(|offer| {
            let terms = &offer.terms;
            [terms.term, terms.later_term()]
                .into_iter()
                .any(|term| term.is_longer_than(terms.billing_period))
        })
    }

    /// Whether on every edge another path always comes first.
    fn shadowed(&self) -> Option<String> {
        let rivals = self.rivals();
        let joined: Vec<(BTreeSet<&OfferId>, BTreeSet<&OfferId>)> = rivals
            .iter()
            .map(|rival| {
                let ids =
                    |offers: Vec<&'a Offer>| offers.into_iter().map(|o| &o.terms.offer).collect();
                (ids(self.catalogue.sources_of(rival)), ids(self.catalogue.targets_of(rival)))
            })
            .collect();
        let mut first: Vec<String> = Vec::new();
        for pair @ (source, target) in &self.pairs {
            let stands_before =
                |(place, (sources, targets)): (usize, &(BTreeSet<_>, BTreeSet<_>))| {
                    let joins = sources.contains(&source.terms.offer)
                        && targets.contains(&target.terms.offer);
                    let rival = rivals[place];
                    (joins && fits_whenever(rival, self.path, pair)).then_some(rival)
                };
            let rival = joined.iter().enumerate().find_map(stands_before)?;
            let pair = pair_named(source, target);
            first.push(format!("path {} from {pair}", rival.id));
        }
        let (named, _) = listed(first.into_iter())?;
        Some(format!("the path never fires, for another one always comes first: {named}"))
    }

    /// The paths that rank higher and hold on every day, from today on, on which this one does.
    fn rivals(&self) -> Vec<&'a Path> {
        let path = self.path;
        let from = path.valid_from.map_or(self.today, |from| from.max(self.today));
        if path.valid_until.is_some_and(|until| until < from) {
            return Vec::new();
        }
        let covers = |rival: &Path| {
            let begins = rival.valid_from.is_none_or(|begin| begin <= from);
            let lasts = rival
                .valid_until
                .is_none_or(|end| path.valid_until.is_some_and(|until| until <= end));
            rival.active && begins && lasts
        };
        let paths = self.catalogue.paths().iter();
        let mut rivals: Vec<&Path> = paths
            .filter(|rival| rival.id != path.id && rank(rival) > rank(path))
            .filter(|rival| covers(rival) && strictness(rival) <= strictness(path))
            .collect();
        rivals.sort_by_key(|rival| Reverse(rank(rival)));
        rivals
    }
}

/// Higher wins, as in matching.
fn rank(path: &Path) -> (i64, i64) {
    let edit = if path.edit == 0 { i64::MAX } else { path.edit };
    (path.priority, edit)
}

/// How much a path asks of the payments of its source.
fn strictness(path: &Path) -> u8 {
    match (path.unpaid_source, path.transition) {
        (UnpaidSource::Allow, _) => 0,
        (UnpaidSource::Refuse, Transition::ImmediateNextBooking) => 2,
        (
            UnpaidSource::Refuse,
            Transition::Immediate
            | Transition::LastBooking
            | Transition::NextBooking
            | Transition::EndOfTerm,
        ) => 1,
    }
}

/// Whether a rival fits on an edge whenever the path does: it has a mode that nothing of the
/// customer's alone can stand against, or it comes on the same day in every mode of the path.
fn fits_whenever(rival: &Path, path: &Path, (source, target): &Pair<'_>) -> bool {
    let retroactive = rival.transition == Transition::LastBooking;
    let same_transition = rival.transition == path.transition;
    let joins = rival.joins(source.terms.billing_period, target.terms.billing_period);
    if !joins || (retroactive && !same_transition) {
        return false;
    }
    let is_sure = |mode: &Mode| {
        let may_refund = retroactive && *mode == Mode::Replace;
        let source_may_end = rival.transition.is_scheduled()
            && *mode == Mode::Replace
            && source.terms.requires_parent;
        !may_refund && !source_may_end && !target.terms.requires_parent
    };
    rival.modes().iter().any(is_sure)
        || (same_transition && path.modes().iter().all(|mode| rival.modes().contains(mode)))
}

fn tags_named<'a>(tags: impl Iterator<Item = &'a TagId>) -> Option<(String, bool)> {
    listed(tags.map(|tag| format!("'{tag}'")))
}

fn offers_named<'a>(offers: impl Iterator<Item = &'a Offer>) -> Option<(String, bool)> {
    listed(offers.map(|offer| format!("'{}'", offer.terms.title)))
}

fn pair_named(source: &Offer, target: &Offer) -> String {
    format!("'{}' to '{}'", source.terms.title, target.terms.title)
}

/// The first few names and how many more there are, and whether there is more than one; none
/// where there are none.
fn listed(names: impl Iterator<Item = String>) -> Option<(String, bool)> {
    let mut names = names;
    let first: Vec<String> = names.by_ref().take(NAMED_MAX).collect();
    let (last, before) = first.split_last()?;
    let text = match (names.count(), before) {
        (0, []) => last.clone(),
        (0, _) => format!("{} and {last}", before.join(", ")),
        (more, _) => format!("{} and {more} more", first.join(", ")),
    };
    Some((text, !before.is_empty()))
}

#[cfg(test)]
mod tests;
