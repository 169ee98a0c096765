//! The offer graph: which edges (source offer, path, target offer) the paths of a catalogue
//! imply. Whether one fires for a customer is for `matching`, what is doubtful for `lint`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::catalogue::Offer;
use crate::domain::ids::{OfferId, PathId, TagId};
use crate::domain::path::{Path, Transition};

use super::daily_price::price_of_a_day;
use super::ledger::Tariff;

/// All offers and paths of a merchant, found by id and by tag, so that a path costs no look at
/// every offer and a checkout none at every path.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    offers: Vec<Offer>,
    paths: Vec<Path>,
    /// Where in `offers` those are that carry a tag.
    by_tag: BTreeMap<TagId, Vec<usize>>,
    /// Where in `paths` those are that lead to a tag.
    to_tag: BTreeMap<TagId, Vec<usize>>,
}

/// One step that a path implies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// What the customer has.
    pub source: OfferId,
    /// What is bought.
    pub target: OfferId,
    /// By which path.
    pub path: PathId,
    /// When the change happens.
    pub transition: Transition,
    /// Whether it is bought in addition.
    pub optional: bool,
}

impl Catalogue {
    /// Sorts the offers by id, and finds which tags lead where.
    #[must_use]
    pub fn new(mut offers: Vec<Offer>, paths: Vec<Path>) -> Self {
        offers.sort_by(|a, b| a.terms.offer.cmp(&b.terms.offer));
        let mut by_tag: BTreeMap<TagId, Vec<usize>> = BTreeMap::new();
        for (place, offer) in offers.iter().enumerate() {
            for tag in &offer.tags {
                by_tag.entry(tag.clone()).or_default().push(place);
            }
        }
        let mut to_tag: BTreeMap<TagId, Vec<usize>> = BTreeMap::new();
        for (place, path) in paths.iter().enumerate() {
            for tag in &path.target_tags {
                to_tag.entry(tag.clone()).or_default().push(place);
            }
        }
        Self { offers, paths, by_tag, to_tag }
    }

    /// Every offer by id, also those that are not sold any more.
    #[must_use]
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// Every path, also those that do not hold today.
    #[must_use]
    pub fn paths(&self) -> &[Path] {
        &self.paths
    }

    /// An offer by its id.
    #[must_use]
    pub fn offer(&self, id: &OfferId) -> Option<&Offer> {
        let place = self.offers.binary_search_by(|offer| offer.terms.offer.cmp(id)).ok()?;
        self.offers.get(place)
    }

    /// The paths of which one of the target tags is among these.
    #[must_use]
    pub fn paths_to(&self, tags: &BTreeSet<TagId>) -> Vec<&Path> {
        places(&self.to_tag, tags).into_iter().map(|place| &self.paths[place]).collect()
    }

    /// The offers that carry a tag, by id, sold or not.
    pub fn tagged(&self, tag: &TagId) -> impl Iterator<Item = &Offer> {
        let places = self.by_tag.get(tag).into_iter().flatten();
        places.map(|place| &self.offers[*place])
    }

    /// The offers from which a path leads, by id. An offer that is not sold any more may still
    /// run.
    #[must_use]
    pub fn sources_of(&self, path: &Path) -> Vec<&Offer> {
        self.carrying(&path.source_tags).collect()
    }

    /// The offers to which a path leads, by id: only what is sold can be bought.
    #[must_use]
    pub fn targets_of(&self, path: &Path) -> Vec<&Offer> {
        self.carrying(&path.target_tags).filter(|offer| offer.active).collect()
    }

    /// The edges of one path, by source, then target. The path need not be in the catalogue.
    #[must_use]
    pub fn edges_of(&self, path: &Path) -> Vec<Edge> {
        let targets = self.targets_of(path);
        let edge = |source: &Offer, target: &Offer| Edge {
            source: source.terms.offer.clone(),
            target: target.terms.offer.clone(),
            path: path.id.clone(),
            transition: path.transition,
            optional: path.optional,
        };
        self.sources_of(path)
            .into_iter()
            .flat_map(|source| targets.iter().map(move |target| (source, *target)))
            .filter(|(source, target)| is_edge(source, target))
            .map(|(source, target)| edge(source, target))
            .collect()
    }

    /// How many edges a path has, without making them.
    #[must_use]
    pub fn count_edges(&self, path: &Path) -> usize {
        let (sources, targets) = (self.sources_of(path), self.targets_of(path));
        let ids: BTreeSet<&OfferId> = sources.iter().map(|offer| &offer.terms.offer).collect();
        let both = targets.iter().filter(|offer| ids.contains(&offer.terms.offer));
        sources.len() * targets.len() - both.count()
    }

    /// The part of the catalogue that can matter to a path, in the same order: the paths that
    /// touch what it joins, and the offers that those join.
    #[must_use]
    pub fn around(&self, path: &Path) -> (Vec<&Offer>, Vec<&Path>) {
        let own = || path.source_tags.union(&path.target_tags);
        let joined = own().filter_map(|tag| self.by_tag.get(tag)).flatten();
        let carried = joined.flat_map(|place| &self.offers[*place].tags);
        let near: BTreeSet<&TagId> = own().chain(carried).collect();
        let touches = |other: &&Path| {
            other.source_tags.union(&other.target_tags).any(|tag| near.contains(tag))
        };
        let paths: Vec<&Path> = self.paths.iter().filter(touches).collect();
        let tags = paths.iter().flat_map(|other| other.source_tags.union(&other.target_tags));
        let tags: BTreeSet<&TagId> = own().chain(tags).collect();
        let is_joined = |offer: &&Offer| offer.tags.iter().any(|tag| tags.contains(tag));
        (self.offers.iter().filter(is_joined).collect(), paths)
    }

    /// The whole graph: by path, then source, then target. It is what the paths say, whether or
    /// not they hold today.
    #[must_use]
    pub fn edges(&self) -> Vec<Edge> {
        let mut paths: Vec<&Path> = self.paths.iter().collect();
        paths.sort_by_key(|path| &path.id);
        paths.into_iter().flat_map(|path| self.edges_of(path)).collect()
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let paths: usize = self.paths.iter().map(bytes_of_path).sum();
        self.offers.iter().map(bytes_of_offer).sum::<usize>() + paths
    }

    /// The offers that carry one of these tags, by id, sold or not.
    pub fn carrying(&self, tags: &BTreeSet<TagId>) -> impl Iterator<Item = &Offer> {
        places(&self.by_tag, tags).into_iter().map(|place| &self.offers[place])
    }
}

/// What an entry of a list or a map takes besides what is in it.
const ENTRY: usize = 64;

/// About how many bytes a path takes: texts are there as they were written and in their pieces,
/// tags once more in what finds them.
#[must_use]
pub fn bytes_of_path(path: &Path) -> usize {
    let tags = path.source_tags.iter().chain(&path.target_tags);
    let tags: usize = tags.map(|tag| tag.as_str().len() + ENTRY).sum();
    let others = path.texts.values().flat_map(|it| it.title.iter().chain(&it.description));
    let others: usize = others.map(|text| text.source().len() + ENTRY).sum();
    let texts = path.title.source().len() + path.description.source().len() + others;
    let internal = path.internal_description.as_ref().map_or(0, String::len);
    size_of::<Path>() + path.internal_title.len() + internal + 2 * texts + 2 * tags
}

fn bytes_of_offer(offer: &Offer) -> usize {
    let tags: usize = offer.tags.iter().map(|tag| tag.as_str().len() + ENTRY).sum();
    let products = offer.terms.products.iter();
    let products: usize = products.map(|(id, title)| id.as_str().len() + title.len() + ENTRY).sum();
    let wording = &offer.terms.wording;
    let said = wording.summary.iter().chain(&wording.legal_advice);
    let others = wording.languages.values().flat_map(|it| {
        let products = it.products.values();
        it.title.iter().chain(&it.summary).chain(&it.legal_advice).chain(products)
    });
    let texts: usize = said.chain(others).map(|text| text.len() + ENTRY).sum();
    size_of::<Offer>() + offer.terms.title.len() + 2 * tags + products + texts
}

fn places(index: &BTreeMap<TagId, Vec<usize>>, tags: &BTreeSet<TagId>) -> BTreeSet<usize> {
    tags.iter().filter_map(|tag| index.get(tag)).flatten().copied().collect()
}

/// Where an edge leads, by what an offer costs by the day: so a year for less is down from a month,
/// although it binds to more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// To an offer that costs more by the day.
    Up,
    /// To one that costs less by the day.
    Down,
    /// To one that costs as much by the day.
    Side,
    /// To one that is bought in addition.
    AddOn,
    /// To one in another currency: it never fires.
    Nowhere,
}

/// Where a step between two offers leads on a day.
#[must_use]
pub fn direction(
    source: &Offer,
    target: &Offer,
    optional: bool,
    tariff: &Tariff,
    today: NaiveDate,
) -> Direction {
    if source.terms.price.currency != target.terms.price.currency {
        return Direction::Nowhere;
    }
    if optional {
        return Direction::AddOn;
    }
    let day = |offer: &Offer| price_of_a_day(&offer.terms, tariff, today);
    match day(target).cmp(&day(source)) {
        Ordering::Less => Direction::Down,
        Ordering::Equal => Direction::Side,
        Ordering::Greater => Direction::Up,
    }
}

/// Whether there is a step between two offers that a path joins: none from an offer to itself.
#[must_use]
pub fn is_edge(source: &Offer, target: &Offer) -> bool {
    source.terms.offer != target.terms.offer
}

#[cfg(test)]
mod tests {
    use super::super::samples::{offer, path, tagged};
    use super::*;

    fn told(edges: &[Edge]) -> Vec<String> {
        let tell = |edge: &Edge| format!("{}>{}>{}", edge.source, edge.path, edge.target);
        edges.iter().map(tell).collect()
    }

    fn catalogue() -> Catalogue {
        let mut old = tagged(offer("old", 500, "P1M", "P1M"), "monthly");
        old.active = false;
        let offers = vec![
            tagged(offer("year", 9_900, "P1Y", "P1Y"), "monthly"),
            old,
            offer("month", 990, "P1M", "P1M"),
        ];
        let paths = vec![
            path("z", "month", "year", "next_booking"),
            path("a", "monthly month", "year monthly", "immediate"),
        ];
        Catalogue::new(offers, paths)
    }

    #[test]
    fn what_costs_more_by_the_day_leads_up_whatever_it_binds_to() {
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let mut yen = offer("yen", 9_900, "P1M", "P1M");
        yen.terms.price.currency = crate::domain::money::Currency::parse("JPY").unwrap();
        let offers = [
            offer("month", 990, "P1M", "P1M"),
            offer("month-dearer", 1_990, "P1M", "P1M"),
            offer("year", 9_900, "P1Y", "P1Y"),
            offer("year-m", 890, "P1M", "P1Y"),
            offer("half-year", 5_940, "P6M", "P6M"),
            yen,
        ];
        #[rustfmt::skip]
        let table = [
            (0, 1, false, Direction::Up),
            (1, 0, false, Direction::Down),
            // 99.00 for a year, of which a day costs less.
            (0, 2, false, Direction::Down),
            (2, 0, false, Direction::Up),
            // 106.80 for a year.
            (2, 3, false, Direction::Up),
            // As much, for longer.
            (0, 4, false, Direction::Side),
            (0, 0, false, Direction::Side),
            (2, 0, true, Direction::AddOn),
            (0, 5, true, Direction::Nowhere),
        ];
        let today = "2026-02-10".parse().unwrap();
        for (source, target, optional, want) in table {
            let (source, target) = (&offers[source], &offers[target]);
            let found = direction(source, target, optional, &tariff, today);
            assert_eq!(found, want, "{} to {}", source.terms.title, target.terms.title);
        }
    }

    #[test]
    fn edges_join_tags_in_a_set_order_and_never_an_offer_with_itself() {
        let catalogue = catalogue();
        let of_a = ["month>a>year", "old>a>year"];
        assert_eq!(told(&catalogue.edges_of(&catalogue.paths()[1])), of_a);
        assert_eq!(told(&catalogue.edges()), ["month>a>year", "old>a>year", "month>z>year"]);
        for path in catalogue.paths() {
            assert_eq!(catalogue.count_edges(path), catalogue.edges_of(path).len());
        }
    }

    #[test]
    fn what_is_not_sold_any_more_is_a_source_but_no_target() {
        let catalogue = catalogue();
        let away = path("p", "monthly", "month", "immediate");
        assert_eq!(told(&catalogue.edges_of(&away)), ["old>p>month", "year>p>month"]);
        let back = path("p", "month", "monthly", "immediate");
        assert_eq!(told(&catalogue.edges_of(&back)), ["month>p>year"]);
    }

    #[test]
    fn hundreds_of_offers_and_paths_are_joined_at_once() {
        let offers = (0..300).map(|n| {
            let tag = format!("t{}", n % 100);
            tagged(offer(&format!("o{n:03}"), 100, "P1M", "P1M"), &tag)
        });
        let paths = (0..1_000).map(|n| {
            let (from, to) = (n % 100, (n + 1) % 100);
            let (from, to) = (format!("t{from}"), format!("t{to}"));
            path(&format!("p{n:04}"), &from, &to, "immediate")
        });
        let catalogue = Catalogue::new(offers.collect(), paths.collect());
        assert_eq!(catalogue.edges().len(), 9_000);
    }
}
