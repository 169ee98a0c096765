//! The campaigns of a merchant as a value that orders are held against: most of them compiled
//! once, those saved since compiled beside them, so that a save costs next to nothing. Of which
//! state of the database it is, is for `app`.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::campaign::Campaign;
use crate::domain::ids::CampaignId;
use crate::domain::verdict::{Outranked, Verdict};

use super::campaigns::{CampaignReason, ConsideredCampaign, Rank, Unavailable};
use super::compiled::{CandidateLists, CompiledCampaigns, OrderNumbers};
use super::facts::Facts;
use super::names::NumberSet;

/// How many campaigns may stand beside the compiled ones, before it pays to compile all.
const CHANGED_MAX: usize = 500;

/// All campaigns of a merchant.
#[derive(Debug, Clone, Default)]
pub struct Index {
    base: Arc<CompiledCampaigns>,
    /// Those of the base that were saved again or removed.
    gone: NumberSet,
    /// Those that were saved since the base was compiled.
    changed: BTreeMap<CampaignId, Arc<Campaign>>,
    over: Arc<CompiledCampaigns>,
}

/// Other campaigns that one has to do with.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct OtherCampaigns<'i> {
    /// How many there are.
    pub count: usize,
    /// The first of them, by id.
    pub first: Vec<&'i CampaignId>,
}

impl<'i> OtherCampaigns<'i> {
    /// Some more, of which at most so many are kept by name.
    fn add(&mut self, others: impl Iterator<Item = &'i CampaignId>, most: usize) {
        for id in others {
            self.count += 1;
            let place = self.first.partition_point(|it| *it < id);
            if place < most {
                self.first.insert(place, id);
                self.first.truncate(most);
            }
        }
    }
}

/// Where a campaign stands: in which layer, and where there.
#[derive(Clone, Copy, PartialEq, Eq)]
struct CampaignPlace {
    layer: usize,
    at: u32,
}

impl Index {
    /// Compiles campaigns.
    #[must_use]
    pub fn of<'c>(campaigns: impl IntoIterator<Item = &'c Campaign>) -> Self {
        let base = CompiledCampaigns::of(campaigns.into_iter());
        let gone = NumberSet::below(base.len() as usize);
        Self { base: base.into(), gone, ..Self::default() }
    }

    /// The same after some were removed and then some saved; none where it pays to compile all.
    #[must_use]
    pub fn with(&self, removed: &[CampaignId], saved: Vec<Campaign>) -> Option<Self> {
        let mut index = self.clone();
        for id in removed.iter().chain(saved.iter().map(|campaign| &campaign.id)) {
            if let Some(at) = index.base.place(id) {
                index.gone.add(at);
            }
            index.changed.remove(id);
        }
        index.changed.extend(saved.into_iter().map(|it| (it.id.clone(), Arc::new(it))));
        if index.changed.len() > CHANGED_MAX {
            return None;
        }
        index.over = CompiledCampaigns::of(index.changed.values().map(AsRef::as_ref)).into();
        Some(index)
    }

    /// About how many bytes it takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let changed = self.changed.len() * size_of::<Campaign>() * 4;
        self.base.bytes() + self.over.bytes() + self.gone.bytes() + changed
    }

    /// Those others that are switched on, on a channel of a campaign, with its very priority; at
    /// most so many by name.
    #[must_use]
    pub fn rivals(&self, of: &Campaign, most: usize) -> OtherCampaigns<'_> {
        let mut found = OtherCampaigns::default();
        for (number, layer) in self.layers().into_iter().enumerate() {
            let channels = layer.channel_numbers(&of.channels);
            let places = layer.of_priority(of.priority);
            let rivals = places.filter(|at| layer.runs_on_one(*at, &channels));
            found.add(self.others(number, of, rivals), most);
        }
        found
    }

    /// Those others that come before a campaign and take every order of all its channels; at most
    /// so many by name.
    #[must_use]
    pub fn shadowing(&self, of: &Campaign, today: NaiveDate, most: usize) -> OtherCampaigns<'_> {
        let mut found = OtherCampaigns::default();
        for (number, layer) in self.layers().into_iter().enumerate() {
            let open = layer.open().iter().copied();
            let shadowing = open.filter(|at| shadows(layer, *at, of, today));
            found.add(self.others(number, of, shadowing), most);
        }
        found
    }

    /// Whether another campaign has the very priority of one.
    #[must_use]
    pub fn is_of_priority(&self, id: &CampaignId, priority: i64) -> bool {
        self.layers().into_iter().enumerate().any(|(number, layer)| {
            layer.place(id).is_some_and(|at| {
                let is_gone = number == 0 && self.gone.has(at);
                !is_gone && layer.priority(at) == priority
            })
        })
    }

    /// Whether any comes before a campaign and takes every order of all its channels.
    #[must_use]
    pub fn is_shadowed(&self, of: &Campaign, today: NaiveDate) -> bool {
        self.layers().into_iter().enumerate().any(|(number, layer)| {
            layer.open().iter().any(|at| {
                let is_gone = number == 0 && self.gone.has(*at);
                let counts = !is_gone && layer.is_active(*at) && *layer.id(*at) != of.id;
                counts && shadows(layer, *at, of, today)
            })
        })
    }

    /// Of places in a layer the campaigns that are there and switched on, but for one.
    fn others<'i>(
        &'i self,
        layer: usize,
        of: &Campaign,
        places: impl Iterator<Item = u32>,
    ) -> impl Iterator<Item = &'i CampaignId> {
        let (number, layer) = (layer, self.layers()[layer]);
        let is_there = move |at: &u32| !(number == 0 && self.gone.has(*at)) && layer.is_active(*at);
        places.filter(is_there).map(|at| layer.id(at)).filter(|id| **id != of.id)
    }

    fn layers(&self) -> [&CompiledCampaigns; 2] {
        [&self.base, &self.over]
    }

    fn rank(&self, place: CampaignPlace) -> Rank<'_> {
        self.layers()[place.layer].rank(place.at)
    }

    fn id(&self, place: CampaignPlace) -> &CampaignId {
        self.layers()[place.layer].id(place.at)
    }

    /// The first of two rows, each in rank order, as one in rank order.
    fn merged(
        &self,
        base: impl Iterator<Item = u32>,
        over: impl Iterator<Item = u32>,
        most: usize,
    ) -> Vec<CampaignPlace> {
        let base = base.filter(|at| !self.gone.has(*at)).take(most);
        let base = base.map(|at| CampaignPlace { layer: 0, at });
        let over = over.take(most).map(|at| CampaignPlace { layer: 1, at });
        let mut merged: Vec<CampaignPlace> = base.chain(over).collect();
        merged.sort_by(|one, two| self.rank(*one).cmp(&self.rank(*two)));
        merged.truncate(most);
        merged
    }
}

/// Whether one that takes every order of its channels comes before a campaign on all of its.
fn shadows(layer: &CompiledCampaigns, at: u32, of: &Campaign, today: NaiveDate) -> bool {
    layer.comes_before(at, of) && layer.has_begun(at, today) && layer.runs_on_all(at, &of.channels)
}

/// An order, held against all campaigns of a merchant.
#[derive(Debug)]
pub struct IndexedOrder<'i> {
    index: &'i Index,
    orders: [OrderNumbers; 2],
}

impl<'i> IndexedOrder<'i> {
    /// Asks of an order: of the products, `facts` knows what its lines hold, with all their
    /// families.
    #[must_use]
    pub fn of(index: &'i Index, facts: &Facts) -> Self {
        Self { index, orders: index.layers().map(|layer| layer.numbers(facts)) }
    }

    /// The campaigns that qualify, in rank order; the next is looked for when it is asked for.
    pub fn survivors(&self) -> impl Iterator<Item = &CampaignId> {
        let [base, over] = self.index.layers();
        let lists = [base.lists(&self.orders[0]), over.lists(&self.orders[1])];
        let mut survivors = QualifyingCampaigns { question: self, lists, next: [None; 2] };
        survivors.look(0);
        survivors.look(1);
        survivors
    }

    /// What becomes of campaigns, in rank order: of the first so many that are switched on and
    /// run on the order's channel, or of all. Whether one can be had is asked of those that
    /// qualify, until one can.
    #[must_use]
    pub fn considered(
        &self,
        most: Option<usize>,
        mut available: impl FnMut(&CampaignId) -> Result<(), Unavailable>,
    ) -> Vec<ConsideredCampaign> {
        let [base, over] = self.index.layers();
        let places = if let Some(most) = most {
            let rows = [base.listed(&self.orders[0]), over.listed(&self.orders[1])];
            let [base, over] = rows.map(|row| row.iter().copied());
            self.index.merged(base, over, most)
        } else {
            self.index.merged(0..base.len(), 0..over.len(), usize::MAX)
        };
        let mut winner: Option<i64> = None;
        let considered = places.into_iter().map(|place| {
            let layer = self.index.layers()[place.layer];
            let (id, priority) = (layer.id(place.at), layer.priority(place.at));
            let verdict = match (layer.qualify(place.at, &self.orders[place.layer]), winner) {
                (Err(unfit), _) => Verdict::Rejected(CampaignReason::Unfit(unfit)),
                (Ok(()), Some(first)) if first == priority => Verdict::Outranked(Outranked::Edit),
                (Ok(()), Some(_)) => Verdict::Outranked(Outranked::Priority),
                (Ok(()), None) => match available(id) {
                    Ok(()) => {
                        winner = Some(priority);
                        Verdict::Chosen
                    }
                    Err(why) => Verdict::Unavailable(CampaignReason::Unavailable(why)),
                },
            };
            ConsideredCampaign { campaign: id.clone(), verdict }
        });
        considered.collect()
    }
}

/// The campaigns that qualify for an order.
struct QualifyingCampaigns<'q> {
    question: &'q IndexedOrder<'q>,
    lists: [CandidateLists<'q>; 2],
    /// The next of each layer.
    next: [Option<u32>; 2],
}

impl QualifyingCampaigns<'_> {
    fn look(&mut self, layer: usize) {
        let IndexedOrder { index, orders } = self.question;
        let none = NumberSet::default();
        let gone = if layer == 0 { &index.gone } else { &none };
        let all = index.layers()[layer];
        self.next[layer] = self.lists[layer].next(all, gone, &orders[layer]);
    }
}

impl<'q> Iterator for QualifyingCampaigns<'q> {
    type Item = &'q CampaignId;

    fn next(&mut self) -> Option<Self::Item> {
        let index = self.question.index;
        let place = |layer: usize, at: Option<u32>| at.map(|at| CampaignPlace { layer, at });
        let first = match (place(0, self.next[0]), place(1, self.next[1])) {
            (Some(base), Some(over)) if index.rank(over) < index.rank(base) => over,
            (Some(base), _) => base,
            (None, over) => over?,
        };
        self.look(first.layer);
        Some(index.id(first))
    }
}

#[cfg(test)]
mod tests;
