//! What is doubtful about a path that is allowed: warnings that a merchant sees beside it. What
//! is wrong about one is for `definitions`; round trips that pay are found by `arbitrage`.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::catalogue::Offer;
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
    /// The others.
    mismatched: Vec<Pair<'a>>,
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
    let (pairs, mismatched) = edges
        .partition(|(source, target)| source.terms.price.currency == target.terms.price.currency);
    let facts = Facts { path, catalogue, tariff, today, pairs, mismatched };
    let found = [
        ("tag_unused", facts.tag_unused()),
        ("no_edges", facts.no_edges()),
        ("tag_on_both_sides", facts.tag_on_both_sides()),
        ("currency_mismatch", facts.currency_mismatch()),
        ("shadowed", facts.shadowed()),
        ("breaks_term", facts.breaks_term()),
        ("forfeits_paid_time", facts.forfeits_paid_time()),
        ("free_bridge", facts.free_bridge()),
        ("misleading_date", facts.misleading_date()),
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
        if !self.pairs.is_empty() || !self.mismatched.is_empty() {
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
        let bridges = self.path.transition == Transition::ImmediateNextBooking;
        if !bridges || self.path.proration != Proration::None {
            return None;
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

    fn misleading_date(&self) -> Option<String> {
        let Path { title, description, transition, .. } = self.path;
        let shown = title.uses(Variable::NextPayment) || description.uses(Variable::NextPayment);
        if !shown || self.pairs.is_empty() {
            return None;
        }
        match transition {
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
            Transition::NextBooking => None,
            Transition::EndOfTerm => offers_named(self.bound_sources()).map(|(named, _)| {
                format!(
                    "{{nextPayment}} can be earlier than the change, which waits for the end of \
                     the term of {named}; {{effectiveDate}} shows the day of the change"
                )
            }),
        }
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
    if retroactive && !same_transition {
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
mod tests {
    use std::collections::BTreeMap;

    /// What is said, how the other path is changed, and whether it shadows.
    type Case<'a> = (&'a str, &'a dyn Fn(&mut Path), bool);

    use crate::domain::money::{Currency, Money};
    use crate::domain::text::Text;

    use super::super::samples::{offer, path, tagged};
    use super::*;

    fn offers() -> Vec<Offer> {
        let mut yen = offer("yen", 1_000, "P1M", "P1M");
        yen.terms.price = Money::new(1_000, Currency::parse("JPY").unwrap());
        let mut old = offer("old", 100, "P1M", "P1M");
        old.active = false;
        let mut longer = offer("longer", 890, "P1M", "P1M");
        longer.terms.renewal_term = Some(longer.terms.billing_period);
        longer.terms.renewal_term.as_mut().unwrap().count = 6;
        vec![
            offer("month", 990, "P1M", "P1M"),
            offer("year", 9_900, "P1Y", "P1Y"),
            offer("year-m", 890, "P1M", "P1Y"),
            offer("premium", 2_800, "P1M", "P1M"),
            offer("free", 0, "P1M", "P1M"),
            tagged(offer("two", 1_000, "P1M", "P1M"), "monthly"),
            tagged(offer("one", 1_000, "P1M", "P1M"), "monthly"),
            yen,
            old,
            longer,
        ]
    }

    fn lint(path: &Path, others: &[Path]) -> Vec<Warning> {
        let catalogue = Catalogue::new(offers(), others.to_vec());
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let today = "2026-05-11".parse().unwrap();
        let found = lint_path(path, &catalogue, &tariff, today);
        let (offers, paths) = catalogue.around(path);
        let (offers, paths) = (offers.into_iter().cloned(), paths.into_iter().cloned());
        let around = Catalogue::new(offers.collect(), paths.collect());
        assert_eq!(lint_path(path, &around, &tariff, today), found, "nothing else matters");
        found
    }

    fn codes(path: &Path, others: &[Path]) -> Vec<&'static str> {
        lint(path, others).into_iter().map(|w| w.code).collect()
    }

    fn change(mut path: Path, how: impl Fn(&mut Path)) -> Path {
        how(&mut path);
        path
    }

    #[test]
    fn each_warning_has_its_code_and_no_other() {
        let inb = "immediate_next_booking";
        let dated = |text: &str, transition: &str| {
            change(path("p", "year-m month", "year", transition), |path| {
                path.description = Text::parse(text).unwrap();
            })
        };
        let switch =
            |path: Path| change(path, |p| (p.optional, p.customer_may_switch) = (true, true));
        let add = |path: Path| change(path, |p| p.optional = true);
        let by_day = |path: Path| change(path, |p| p.proration = Proration::Day);
        #[rustfmt::skip]
        let table: Vec<(Path, &[&str])> = vec![
            (path("p", "month", "year", "next_booking"), &[]),
            (path("p", "month gone", "year", "next_booking"), &["tag_unused"]),
            (path("p", "gone", "year", "next_booking"), &["tag_unused", "no_edges"]),
            (path("p", "month", "month", "next_booking"), &["no_edges", "tag_on_both_sides"]),
            (path("p", "month", "old", "next_booking"), &["no_edges"]),
            (path("p", "old", "month", "next_booking"), &[]),
            (path("p", "monthly", "monthly", "next_booking"), &["tag_on_both_sides"]),
            (path("p", "month", "year yen", "next_booking"), &["currency_mismatch"]),
            (path("p", "month", "yen", "immediate"), &["currency_mismatch"]),
            (path("p", "year-m", "month", "next_booking"), &["breaks_term"]),
            (path("p", "year-m", "month", "end_of_term"), &[]),
            (path("p", "year-m", "year", "last_booking"), &["breaks_term"]),
            (path("p", "longer", "year", "next_booking"), &["breaks_term"]),
            (add(path("p", "year-m", "year", "next_booking")), &[]),
            (switch(path("p", "year-m", "year", "next_booking")), &["breaks_term"]),
            (path("p", "month", "year", "immediate"), &["forfeits_paid_time"]),
            (path("p", "free", "year", "immediate"), &[]),
            (by_day(path("p", "month", "year", "immediate")), &[]),
            (add(path("p", "month", "year", "immediate")), &[]),
            (switch(path("p", "month", "year", "immediate")), &["forfeits_paid_time"]),
            (path("p", "month", "year", inb), &[]),
            (path("p", "month", "premium", inb), &["free_bridge", "arbitrage"]),
            (add(path("p", "month", "premium", inb)), &["free_bridge", "arbitrage"]),
            (by_day(path("p", "month", "premium", inb)), &[]),
            (add(path("p", "year", "month", inb)), &["free_bridge", "arbitrage"]),
            (add(path("p", "month", "free", inb)), &[]),
            (by_day(add(path("p", "year", "month", inb))), &[]),
            (switch(path("p", "premium", "month", inb)), &["free_bridge"]),
            (path("p", "premium", "month", inb), &[]),
            (dated("at {nextPayment}", "end_of_term"), &["misleading_date"]),
            (dated("at {effectiveDate}", "end_of_term"), &[]),
            (dated("at {effectiveDate}", "immediate"), &["breaks_term", "forfeits_paid_time"]),
            (dated("at {nextPayment}", "immediate"),
                &["breaks_term", "forfeits_paid_time", "misleading_date"]),
            (dated("at {nextPayment}", inb), &["breaks_term", "misleading_date"]),
            (dated("at {nextPayment}", "last_booking"), &["breaks_term", "misleading_date"]),
            (dated("at {nextPayment}", "next_booking"), &["breaks_term"]),
        ];
        for (path, want) in table {
            assert_eq!(codes(&path, &[]), want, "{path:?}");
        }
    }

    #[test]
    fn a_path_is_shadowed_where_another_always_comes_first() {
        let mine = path("mine", "monthly month", "year", "next_booking");
        let other = |how: &dyn Fn(&mut Path)| {
            let wide = path("other", "one two month", "year premium", "end_of_term");
            change(wide, |path| {
                path.edit = 2;
                how(path);
            })
        };
        let day = |text: &str| text.parse().ok();
        #[rustfmt::skip]
        let table: [Case<'_>; 19] = [
            ("edited later", &|_| {}, true),
            ("edited earlier", &|p| p.edit = -1, false),
            ("about to be edited", &|p| p.edit = 0, true),
            ("of higher priority", &|p| (p.priority, p.edit) = (1, -1), true),
            ("of lower priority", &|p| p.priority = -1, false),
            ("switched off", &|p| p.active = false, false),
            ("begun by today", &|p| p.valid_from = day("2026-05-11"), true),
            ("not begun yet", &|p| p.valid_from = day("2026-05-12"), false),
            ("to end one day", &|p| p.valid_until = day("2030-01-01"), false),
            ("without one of the sources", &|p| { p.source_tags.pop_first(); }, false),
            ("without the target", &|p| { p.target_tags.pop_last(); }, false),
            ("lenient", &|p| p.unpaid_source = UnpaidSource::Allow, true),
            ("stricter by its transition", &|p| p.transition = Transition::ImmediateNextBooking, false),
            ("of the same transition", &|p| p.transition = Transition::NextBooking, true),
            ("retroactive, so sometimes impossible", &|p| p.transition = Transition::LastBooking, false),
            ("optional", &|p| p.optional = true, true),
            ("the path itself", &|p| p.id = mine.id.clone(), false),
            ("the path itself, edited", &|p| (p.id, p.edit) = (mine.id.clone(), 9), false),
            ("lenient and at once", &|p| (p.unpaid_source, p.transition) =
                (UnpaidSource::Allow, Transition::ImmediateNextBooking), true),
        ];
        for (case, how, want) in table {
            let found = lint(&mine, &[other(how)]);
            let shadowed = found.iter().any(|warning| warning.code == "shadowed");
            assert_eq!(shadowed, want, "{case}: {found:?}");
        }
        let lenient = change(mine.clone(), |p| p.unpaid_source = UnpaidSource::Allow);
        assert!(codes(&lenient, &[other(&|_| {})]).is_empty(), "the other is stricter");
        let fresh = change(mine.clone(), |path| path.edit = 0);
        assert!(codes(&fresh, &[other(&|_| {})]).is_empty(), "about to be the latest edit");
        let bounded = change(mine.clone(), |path| path.valid_until = day("2029-12-31"));
        let until = other(&|path| path.valid_until = day("2029-12-31"));
        assert_eq!(codes(&bounded, &[until]), ["shadowed"]);
        let over = change(mine.clone(), |path| path.valid_until = day("2026-05-10"));
        assert!(codes(&over, &[other(&|_| {})]).is_empty(), "it does not fire anyway");
        // Each edge by another path.
        let half = |id: &str, source: &str| {
            change(path(id, source, "year", "end_of_term"), |path| path.edit = 2)
        };
        assert!(codes(&mine, &[half("a", "month")]).is_empty());
        assert_eq!(codes(&mine, &[half("a", "month"), half("b", "monthly")]), ["shadowed"]);
    }

    #[test]
    fn a_rival_that_needs_a_parent_is_no_sure_rival() {
        let mut offers = offers();
        offers[1].terms.requires_parent = true;
        let (to_year, to_month) = (&(&offers[0], &offers[1]), &(&offers[1], &offers[0]));
        let to_premium = &(&offers[0], &offers[3]);
        let replace = path("p", "month", "year", "next_booking");
        let add = change(replace.clone(), |path| path.optional = true);
        assert!(fits_whenever(&replace, &replace, to_year) && fits_whenever(&add, &add, to_year));
        assert!(!fits_whenever(&add, &replace, to_year) && !fits_whenever(&replace, &add, to_year));
        let later = change(add.clone(), |path| path.transition = Transition::EndOfTerm);
        assert!(!fits_whenever(&later, &add, to_year));
        // What needs a parent may end with it before a replacement comes.
        assert!(!fits_whenever(&replace, &add, to_month) && fits_whenever(&add, &add, to_month));
        assert!(fits_whenever(&replace, &add, to_premium));
        let back = change(replace.clone(), |path| path.transition = Transition::LastBooking);
        let back_add = change(back.clone(), |path| path.optional = true);
        assert!(fits_whenever(&back, &back, to_premium));
        assert!(fits_whenever(&back_add, &back, to_premium));
        assert!(!fits_whenever(&back, &back_add, to_premium));
    }

    #[test]
    fn details_are_sentences_with_names() {
        #[rustfmt::skip]
        let table = [
            (path("p", "month gone", "year", "next_booking"), "no offer carries the tag 'gone'"),
            (path("p", "a b", "year", "next_booking"), "no offer carries any of the tags 'a' and 'b'"),
            (path("p", "a b c d e", "year", "next_booking"),
                "no offer carries any of the tags 'a', 'b', 'c' and 2 more"),
            (path("p", "monthly", "monthly", "next_booking"),
                "the tag 'monthly' stands on both sides: offers that share one lead to one another \
                 in both directions"),
            (path("p", "month", "yen", "next_booking"), "a change never happens between currencies, \
                as from 'Month' to 'Yen' (EUR to JPY)"),
            (path("p", "year-m longer", "month", "next_booking"), "the change ends a term before its \
                time: customers are bound longer than one billing period by 'Longer' and 'Year-m'; \
                end_of_term would wait for it"),
            (path("p", "month", "year", "immediate"), "days that were paid for and not used are lost \
                when 'Month' is replaced at once; proration by the day would credit them"),
            (path("p", "month", "premium", "immediate_next_booking"), "until the next booking a \
                dearer offer costs nothing more, as from 'Month' to 'Premium'; proration by the day \
                would charge for these days"),
            (change(path("p", "year", "month premium", "immediate_next_booking"), |p| p.optional = true),
                "until the next booking what is added costs nothing, as 'Month' beside 'Year' and \
                'Premium' beside 'Year'; proration by the day would charge for these days"),
            (change(path("p", "month", "year", "immediate"), |p| {
                p.proration = Proration::Day;
                p.title = Text::parse("at {nextPayment}").unwrap();
            }), "{nextPayment} is later than the change, which takes effect on the day of the \
                checkout; {effectiveDate} shows the day of the change"),
            (path("p", "month", "old", "next_booking"), "the path joins nothing: it needs an offer \
                tagged 'month' and another one, still sold, tagged 'old'"),
        ];
        for (path, detail) in table {
            assert_eq!(lint(&path, &[])[0].detail, detail);
        }
        let first = change(path("first", "month", "year", "immediate"), |path| path.priority = 1);
        let found = lint(&path("p", "month", "year", "next_booking"), &[first]);
        assert_eq!(
            found[0].detail,
            "the path never fires, for another one always comes first: path first from 'Month' to \
             'Year'"
        );
    }

    #[test]
    fn a_large_catalogue_is_linted_at_once() {
        let offers =
            (0..300).map(|n| tagged(offer(&format!("o{n}"), 100 + n, "P1M", "P1M"), "all"));
        let paths = (0..200).map(|n| path(&format!("p{n}"), "all", "all", "next_booking"));
        let catalogue = Catalogue::new(offers.collect(), paths.collect());
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let today = "2026-05-11".parse().unwrap();
        let found = lint_path(&catalogue.paths()[0], &catalogue, &tariff, today);
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
