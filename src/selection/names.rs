//! Texts as numbers, each kept once, and sets of numbers: what [`super::compiled`] is made of.

use foldhash::fast::RandomState;
use indexmap::{Equivalent, IndexSet};

use crate::domain::condition::Selector;
use crate::domain::ids::{OfferId, ProductId, TagId};

/// A place or a number; nobody has more of anything than fit.
pub(super) fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Texts of one kind, each once; the number of a text is where it stands.
#[derive(Debug, Default)]
pub(super) struct TextNumbers(IndexSet<Box<str>, RandomState>);

impl TextNumbers {
    pub(super) fn number(&mut self, text: &str) -> u32 {
        let known = self.0.get_index_of(text);
        narrow(known.unwrap_or_else(|| self.0.insert_full(text.into()).0))
    }

    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.0.get_index_of(text).map(narrow)
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|text| text.len() + 48).sum()
    }
}

/// What triggers a campaign, is excluded by it or offered, as a key of [`TriggerKeys`].
#[derive(Hash)]
pub(super) struct TriggerKey<'a>(u8, &'a str);

impl Equivalent<(u8, Box<str>)> for TriggerKey<'_> {
    fn equivalent(&self, key: &(u8, Box<str>)) -> bool {
        self.0 == key.0 && *self.1 == *key.1
    }
}

impl<'a> TriggerKey<'a> {
    pub(super) fn brand(brand: &'a str) -> Self {
        Self(1, brand)
    }
}

impl<'a> From<&'a Selector> for TriggerKey<'a> {
    fn from(of: &'a Selector) -> Self {
        match of {
            Selector::Product(id) => id.into(),
            Selector::Brand(brand) => Self::brand(brand),
            Selector::Tag(id) => id.into(),
            Selector::Offer(id) => id.into(),
            Selector::Any => Self(4, ""),
        }
    }
}

impl<'a> From<&'a ProductId> for TriggerKey<'a> {
    fn from(id: &'a ProductId) -> Self {
        Self(0, id.as_str())
    }
}

impl<'a> From<&'a TagId> for TriggerKey<'a> {
    fn from(id: &'a TagId) -> Self {
        Self(2, id.as_str())
    }
}

impl<'a> From<&'a OfferId> for TriggerKey<'a> {
    fn from(id: &'a OfferId) -> Self {
        Self(3, id.as_str())
    }
}

/// Products, brands, tags and offers, each once.
#[derive(Debug, Default)]
pub(super) struct TriggerKeys(IndexSet<(u8, Box<str>), RandomState>);

impl TriggerKeys {
    pub(super) fn number<'a>(&mut self, pick: impl Into<TriggerKey<'a>>) -> u32 {
        let pick = pick.into();
        let known = self.0.get_index_of(&pick);
        narrow(known.unwrap_or_else(|| self.0.insert_full((pick.0, pick.1.into())).0))
    }

    pub(super) fn find<'a>(&self, pick: impl Into<TriggerKey<'a>>) -> Option<u32> {
        self.0.get_index_of(&pick.into()).map(narrow)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|(_, text)| text.len() + 56).sum()
    }
}

/// A set of small numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct NumberSet(Vec<u64>);

impl NumberSet {
    /// None of the numbers below `end`, which may be put in.
    pub(super) fn below(end: usize) -> Self {
        Self(vec![0; end.div_ceil(64)])
    }

    pub(super) fn has(&self, number: u32) -> bool {
        self.0.get(number as usize / 64).is_some_and(|word| (word >> (number % 64)) & 1 == 1)
    }

    /// Puts a number in; whether it was not in it.
    pub(super) fn add(&mut self, number: u32) -> bool {
        let is_new = !self.has(number);
        if let Some(word) = self.0.get_mut(number as usize / 64) {
            *word |= 1 << (number % 64);
        }
        is_new
    }

    pub(super) fn bytes(&self) -> usize {
        self.0.len() * size_of::<u64>()
    }
}

/// Places by what they are found under and by channel, ascending.
#[derive(Debug, Default)]
pub(super) struct PlacesByKey {
    /// For each key where its heads begin; one more for the end.
    keys: Vec<u32>,
    /// A channel, and where its places begin; one more for the end.
    heads: Vec<(u32, u32)>,
    places: Vec<u32>,
}

impl PlacesByKey {
    /// Of rows of key, channel and place, each once, with keys below `end`.
    pub(super) fn of(mut rows: Vec<(u32, u32, u32)>, end: usize) -> Self {
        rows.sort_unstable();
        let mut posts = Self { places: Vec::with_capacity(rows.len()), ..Self::default() };
        let mut last = None;
        for (key, channel, place) in rows {
            if last != Some((key, channel)) {
                posts.begin(key as usize + 1);
                posts.heads.push((channel, narrow(posts.places.len())));
                last = Some((key, channel));
            }
            posts.places.push(place);
        }
        posts.begin(end + 1);
        posts.heads.push((u32::MAX, narrow(posts.places.len())));
        posts
    }

    fn begin(&mut self, keys: usize) {
        let here = narrow(self.heads.len());
        if self.keys.len() < keys {
            self.keys.resize(keys, here);
        }
    }

    /// The places under a key on a channel.
    pub(super) fn places(&self, key: u32, channel: u32) -> &[u32] {
        let bounds = (self.keys.get(key as usize), self.keys.get(key as usize + 1));
        let (Some(from), Some(to)) = bounds else { return &[] };
        let (from, to) = (*from as usize, *to as usize);
        let found = self.heads[from..to].binary_search_by_key(&channel, |head| head.0);
        let Ok(found) = found else { return &[] };
        let (head, next) = (self.heads[from + found], self.heads[from + found + 1]);
        &self.places[head.1 as usize..next.1 as usize]
    }

    pub(super) fn bytes(&self) -> usize {
        self.keys.len() * 4 + self.heads.len() * 8 + self.places.len() * 4
    }
}
