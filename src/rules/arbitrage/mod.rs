//! Arbitrage: round trips on which a customer gets days of a dearer offer without paying for
//! them, found by trying them with the rules themselves. Which other doubts there are about a
//! path is for `lint`.
//!
//! Reading order: this file (which trips are tried, and how a finding reads), `trip` (a customer
//! who makes one on paper), `worth` (what was served and what was paid).
//!
//! A trip: buy A on 31 January, step to B on the first, middle or last day of A's period,
//! perhaps step to C on such a day of B's first booked period; then cancel all that runs and be
//! billed until it has ended. Every invoice is paid at once.

mod trip;
mod worth;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{Datelike, NaiveDate};

use crate::domain::catalogue::{Offer, Terms};
use crate::domain::ids::OfferId;
use crate::domain::money::{Currency, Money, divide_rounded};
use crate::domain::path::{BillingDate, Mode, Path, Proration, Transition};

use super::daily_price::MICRO;
use super::graph::{Catalogue, is_edge};
use super::ledger::Tariff;

use trip::{RouteStep, TripStop};
use worth::TripWorth;

pub(super) use trip::TripCustomer;

/// The most routes (a source and one or two steps) that are tried for one path: with one step,
/// with another step after it, with another before it. Routes between offers on the same
/// conditions count once.
const ROUTES_MAX: [usize; 3] = [80, 60, 60];

/// The most routes that are looked at to find those, of each sort.
const SCANNED_MAX: usize = 20_000;

/// The most documents that are issued on paper for one path, beyond the trip that reaches it:
/// an offer that is booked daily makes a thousand on one trip.
pub const DOCUMENTS_MAX: usize = 50_000;

/// Where a trip begins, and its one or two steps.
#[derive(Debug, Clone)]
struct Route<'a> {
    source: &'a Offer,
    steps: Vec<RouteStep<'a>>,
}

/// A trip on which the customer gets more than was paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arbitrage {
    stops: Vec<TripStop>,
    dearest: String,
    currency: Currency,
    worth: TripWorth,
}

impl Arbitrage {
    /// What is served beyond what is paid, in the currency of the trip.
    #[must_use]
    pub fn gain(&self) -> Money {
        self.money(self.worth.gain())
    }

    fn money(&self, micros: i128) -> Money {
        Money::new(divide_rounded(micros, MICRO), self.currency)
    }
}

impl TripCustomer<'_> {
    /// The finding, where the trip has paid.
    fn profit(&self) -> Option<Arbitrage> {
        let (worth, dearest) = worth::appraise(self)?;
        worth.is_profit().then(|| Arbitrage {
            stops: self.stops.clone(),
            dearest,
            currency: self.source.terms.price.currency,
            worth,
        })
    }
}

impl fmt::Display for Arbitrage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for TripStop { on, title, by } in &self.stops {
            match by {
                None => write!(f, "buy '{title}' on {on}")?,
                Some((path, Mode::Replace)) => {
                    write!(f, ", change to '{title}' on {on} (path {path})")?;
                }
                Some((path, Mode::Add)) => write!(f, ", add '{title}' on {on} (path {path})")?,
            }
        }
        let TripWorth { days_served, days_paid, .. } = self.worth;
        let days_paid = divide_rounded(days_paid, MICRO);
        write!(
            f,
            ", then cancel: {days_served} days of {} are served and {days_paid} of them paid \
             for; all that is served is worth {}, for {} paid",
            self.dearest,
            self.money(self.worth.served),
            self.money(self.worth.paid),
        )
    }
}

/// The first route over this path on which the customer gets days of the dearest offer that
/// nobody pays for, with the days that gain most. The path is tried as if it held on all days;
/// so is every other path that still may fire today or later.
#[must_use]
pub fn find_arbitrage(
    path: &Path,
    catalogue: &Catalogue,
    tariff: &Tariff,
    today: NaiveDate,
) -> Option<Arbitrage> {
    let others = catalogue.paths().iter().filter(|other| {
        let expired = other.valid_until.is_some_and(|until| until < today);
        other.id != path.id && other.active && !expired
    });
    // The path under lint first: it may be taken twice.
    let paths: Vec<Path> = std::iter::once(path).chain(others).map(Path::in_force).collect();
    let start = today.with_day(1).and_then(|day| day.with_month(1));
    let start = start.and_then(|day| day.with_day(31)).unwrap_or(today);
    let kinds = Kinds::new(catalogue);
    let mut search = Search { tariff, start, documents: 0 };
    kinds.routes(catalogue, &paths).find_map(|route| search.worst_trip(&route))
}

/// What tells two offers apart as far as money and time go.
struct Kinds<'a>(BTreeMap<&'a OfferId, usize>);

/// What tells two routes apart: the kinds of the offers and how each is reached.
type Signature = (usize, Vec<(Transition, bool, bool, Mode, usize)>);

impl<'a> Kinds<'a> {
    fn new(catalogue: &'a Catalogue) -> Self {
        let mut known: BTreeMap<String, usize> = BTreeMap::new();
        let kind = |offer: &'a Offer| {
            let conditions = conditions(&offer.terms);
            let next = known.len();
            let kind = *known.entry(conditions).or_insert(next);
            (&offer.terms.offer, kind)
        };
        Self(catalogue.offers().iter().map(kind).collect())
    }

    fn of(&self, offer: &Offer) -> usize {
        self.0.get(&offer.terms.offer).copied().unwrap_or(0)
    }

    fn signature(&self, route: &Route<'_>) -> Signature {
        let steps = route.steps.iter().map(|step| {
            let by_day = step.path.proration == Proration::Day;
            let target = self.of(step.target);
            let keeps = step.path.billing_date == BillingDate::Keep;
            (step.path.transition, by_day, keeps, step.mode, target)
        });
        (self.of(route.source), steps.collect())
    }

    /// At most two offers of each kind: one to come from and another to go to.
    fn thin<'b>(&self, offers: Vec<&'b Offer>) -> Vec<&'b Offer> {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        let mut thin = offers;
        thin.retain(|offer| {
            let count = counts.entry(self.of(offer)).or_default();
            *count += 1;
            *count <= 2
        });
        thin
    }

    /// The first routes of their kinds.
    fn distinct<'b>(
        &self,
        routes: impl Iterator<Item = Route<'b>>,
        count_max: usize,
    ) -> impl Iterator<Item = Route<'b>> {
        let mut seen = BTreeSet::new();
        routes
            .take(SCANNED_MAX)
            .filter(move |route| seen.insert(self.signature(route)))
            .take(count_max)
    }

    /// The routes over the first of the paths: its own edges, then those followed by any edge,
    /// then those after any edge.
    fn routes<'b>(
        &'b self,
        catalogue: &'b Catalogue,
        paths: &'b [Path],
    ) -> impl Iterator<Item = Route<'b>>
    where
        'a: 'b,
    {
        let (path, others) = paths.split_first().map_or((None, &[][..]), |(p, o)| (Some(p), o));
        let singles: Vec<Route<'b>> = path
            .into_iter()
            .flat_map(|path| {
                let targets = self.thin(catalogue.targets_of(path));
                let sources = self.thin(catalogue.sources_of(path));
                sources.into_iter().flat_map(move |source| {
                    let steps = steps(path, source, targets.clone());
                    steps.map(move |step| Route { source, steps: vec![step] })
                })
            })
            .take(SCANNED_MAX)
            .collect();
        let onward = singles.clone().into_iter().flat_map(move |route| {
            let from = route.steps[0].target;
            let next = paths
                .iter()
                .filter(move |next| !next.source_tags.is_disjoint(&from.tags))
                .flat_map(move |next| steps(next, from, self.thin(catalogue.targets_of(next))));
            next.map(move |step| {
                let mut route = route.clone();
                route.steps.push(step);
                route
            })
        });
        let before = singles.clone().into_iter().flat_map(move |route| {
            let to = route.source;
            others
                .iter()
                .filter(move |first| to.active && !first.target_tags.is_disjoint(&to.tags))
                .flat_map(move |first| {
                    let sources = self.thin(catalogue.sources_of(first)).into_iter();
                    sources.flat_map(move |source| {
                        steps(first, source, vec![to]).map(move |step| (source, step))
                    })
                })
                .map(move |(source, step)| Route {
                    source,
                    steps: [vec![step], route.steps.clone()].concat(),
                })
        });
        let [one, after, ahead] = ROUTES_MAX;
        let singles = self.distinct(singles.into_iter(), one);
        let onward = self.distinct(onward, after);
        singles.chain(onward).chain(self.distinct(before, ahead))
    }
}

/// The steps from an offer over a path, in every mode.
fn steps<'b>(
    path: &'b Path,
    source: &'b Offer,
    targets: Vec<&'b Offer>,
) -> impl Iterator<Item = RouteStep<'b>> {
    let currency = source.terms.price.currency;
    targets
        .into_iter()
        .filter(move |target| is_edge(source, target))
        .filter(move |target| target.terms.price.currency == currency)
        .flat_map(move |target| {
            path.modes().iter().map(move |mode| RouteStep { path, mode: *mode, target })
        })
}

fn conditions(terms: &Terms) -> String {
    format!(
        "{} {} {} {:?} {} {:?} {:?} {} {}",
        terms.price,
        terms.billing_period,
        terms.term,
        terms.renewal_term,
        terms.auto_renew,
        terms.notice,
        terms.tax,
        terms.tax_included,
        terms.requires_parent
    )
}

/// What is tried, and how much of it has been.
struct Search<'a> {
    tariff: &'a Tariff,
    start: NaiveDate,
    documents: usize,
}

impl Search<'_> {
    /// Of the trips along a route that pay, the one that pays most; of equals the first.
    fn worst_trip(&mut self, route: &Route<'_>) -> Option<Arbitrage> {
        let bought = TripCustomer::buys(route.source, self.tariff, self.start)?;
        let (first, second) = (&route.steps[0], route.steps.get(1));
        let mut worst = None;
        for on in bought.days_to_step() {
            if self.documents > DOCUMENTS_MAX {
                return worst;
            }
            let Some(stepped) = bought.clone().step(first, on) else {
                continue;
            };
            let Some(second) = second else {
                self.consider(stepped, &mut worst);
                continue;
            };
            let Some(settled) = stepped.settle_in() else {
                continue;
            };
            for on in settled.days_to_step() {
                if let Some(stepped) = settled.clone().step(second, on) {
                    self.consider(stepped, &mut worst);
                }
            }
        }
        worst
    }

    fn consider(&mut self, customer: TripCustomer<'_>, worst: &mut Option<Arbitrage>) {
        let Some(customer) = customer.finish() else {
            return;
        };
        self.documents += customer.documents;
        let gain = worst.as_ref().map(|worst| worst.worth.gain());
        if let Some(found) = customer.profit()
            && gain.is_none_or(|gain| gain < found.worth.gain())
        {
            *worst = Some(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{offer, path};
    use super::*;

    fn find(path: &Path, offers: &[Offer], others: &[Path]) -> Option<String> {
        let tariff = Tariff { taxes: BTreeMap::new(), payment_days: 14, dunning: Vec::new() };
        let catalogue = Catalogue::new(offers.to_vec(), others.to_vec());
        let today = "2026-05-11".parse().unwrap();
        let found = find_arbitrage(path, &catalogue, &tariff, today);
        found.map(|found| found.to_string())
    }

    fn examples() -> Vec<Offer> {
        vec![
            offer("month", 990, "P1M", "P1M"),
            offer("year", 9_900, "P1Y", "P1Y"),
            offer("year-m", 890, "P1M", "P1Y"),
            offer("archive", 400, "P1M", "P1M"),
            offer("premium", 2_800, "P1M", "P1M"),
        ]
    }

    fn by_day(mut path: Path) -> Path {
        path.proration = Proration::Day;
        path
    }

    fn optional(mut path: Path) -> Path {
        (path.optional, path.customer_may_switch) = (true, true);
        path
    }

    #[test]
    fn the_worked_examples_raise_no_alarm() {
        for path in [
            path("p", "month", "year", "next_booking"),
            path("p", "month", "year", "immediate"),
            by_day(path("p", "month", "year", "immediate")),
            path("p", "month", "year", "last_booking"),
            path("p", "month", "year", "immediate_next_booking"),
            optional(path("p", "month", "archive", "immediate_next_booking")),
            path("p", "year-m", "month", "end_of_term"),
            path("p", "year-m", "month", "next_booking"),
        ] {
            assert_eq!(find(&path, &examples(), &[]), None, "{path:?}");
        }
    }

    #[test]
    fn no_prorated_or_invoiced_change_raises_an_alarm_in_any_direction() {
        let all = "month year year-m archive premium";
        for transition in Transition::ALL {
            let way = path("p", all, all, transition.name());
            let is_bridge = transition == Transition::ImmediateNextBooking;
            let way = if is_bridge { by_day(way) } else { way };
            assert_eq!(find(&way, &examples(), &[]), None, "{transition:?}");
            assert_eq!(find(&optional(way), &examples(), &[]), None, "{transition:?}");
        }
        let way = by_day(path("p", all, all, "immediate"));
        assert_eq!(find(&optional(way.clone()), &examples(), &[]), None);
        let kept = Path { billing_date: BillingDate::Keep, ..way };
        assert_eq!(find(&kept, &examples(), &[]), None);
        assert_eq!(find(&optional(kept), &examples(), &[]), None);
    }

    #[test]
    fn a_free_bridge_to_a_dearer_offer_is_shown_with_its_dates() {
        let free = path("p", "month", "premium", "immediate_next_booking");
        let told = "buy 'Month' on 2026-01-31, change to 'Premium' on 2026-01-31 (path p), then \
                    cancel: 59 days of 'Premium' are served and 31 of them paid for; all that is \
                    served is worth 56.00 EUR, for 37.90 EUR paid";
        assert_eq!(find(&free, &examples(), &[]).as_deref(), Some(told));
        assert_eq!(find(&by_day(free), &examples(), &[]), None);
    }

    #[test]
    fn a_second_step_may_be_what_pays() {
        // The bridge back to the month is free for the whole rest of the year.
        let up = by_day(path("up", "month", "year", "immediate"));
        let back = path("back", "year", "month", "immediate_next_booking");
        assert!(find(&up, &examples(), &[]).is_none());
        let told = find(&up, &examples(), &[back]).unwrap();
        assert!(told.contains("(path up)") && told.contains("(path back)"), "{told}");
    }

    #[test]
    fn a_path_that_can_fire_no_more_is_no_second_step() {
        let up = by_day(path("up", "month", "year", "immediate"));
        let mut back = path("back", "year", "month", "immediate_next_booking");
        back.valid_until = "2026-05-10".parse().ok();
        assert!(find(&up, &examples(), &[back.clone()]).is_none());
        (back.valid_until, back.active) = (None, false);
        assert!(find(&up, &examples(), &[back]).is_none());
    }

    #[test]
    fn the_longest_terms_and_the_largest_catalogues_stay_within_bounds() {
        let long = [
            offer("a", 100, "P100Y", "P100Y"),
            offer("b", 100, "P1D", "P100W"),
            offer("c", 1, "P1M", "P100Y"),
        ];
        let all = by_day(path("p", "a b c", "a b c", "immediate_next_booking"));
        assert_eq!(find(&optional(all), &long, &[]), None);
        let many: Vec<Offer> =
            (1..=100).map(|n| offer(&format!("o{n}"), n * 100, "P1M", "P1M")).collect();
        let tags: Vec<String> = (1..=100).map(|n| format!("o{n}")).collect();
        let tags = tags.join(" ");
        let paths: Vec<Path> =
            (0..100).map(|n| path(&format!("p{n}"), &tags, &tags, "next_booking")).collect();
        assert_eq!(find(&paths[0], &many, &paths), None);
    }
}
