//! What is held in memory of each merchant, as of an edit of the catalogue: found only by the very
//! edit that is asked for, and let go when it was used longest ago and there is no room.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::ids::MerchantId;

/// Something of a merchant's as of an edit.
pub(super) trait AtRevision {
    /// How many editions are held of a merchant. They are meant to share what they have in common.
    const EDITIONS: usize;

    /// The merchant's edit.
    fn edit(&self) -> i64;

    /// About how many bytes it takes.
    fn bytes(&self) -> usize;
}

/// What is held, of every merchant.
pub(super) struct RevisionCache<V> {
    memory: Mutex<Memory<V>>,
    bytes_max: usize,
}

struct Memory<V> {
    held: BTreeMap<MerchantId, RevisionsByMerchant<V>>,
    bytes: usize,
    /// How often something was looked for.
    turn: u64,
}

struct RevisionsByMerchant<V> {
    /// The latest last.
    all: Vec<Arc<V>>,
    used: u64,
    /// Of the latest.
    bytes: usize,
}

impl<V> Default for RevisionsByMerchant<V> {
    fn default() -> Self {
        Self { all: Vec::new(), used: 0, bytes: 0 }
    }
}

impl<V: AtRevision> RevisionCache<V> {
    /// Holds nothing yet, and never more bytes than this.
    pub(super) fn up_to(bytes_max: usize) -> Self {
        let memory = Memory { held: BTreeMap::new(), bytes: 0, turn: 0 };
        Self { memory: Mutex::new(memory), bytes_max }
    }

    /// What is held of a merchant, if it is of this edit.
    pub(super) fn find(&self, merchant: &MerchantId, edit: i64) -> Option<Arc<V>> {
        self.latest(merchant, edit).filter(|found| found.edit() == edit)
    }

    /// The latest that is held of a merchant up to an edit.
    pub(super) fn latest(&self, merchant: &MerchantId, edit: i64) -> Option<Arc<V>> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.turn += 1;
        let turn = memory.turn;
        let held = memory.held.get_mut(merchant)?;
        held.used = turn;
        held.all.iter().rev().find(|it| it.edit() <= edit).cloned()
    }

    /// Holds something, unless as late a one is held; lets go what was used longest ago.
    pub(super) fn hold(&self, merchant: &MerchantId, edition: Arc<V>) {
        let bytes = edition.bytes();
        if bytes > self.bytes_max {
            return;
        }
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let Memory { held, bytes: sum, turn } = &mut *memory;
        let editions = held.entry(merchant.clone()).or_default();
        if editions.all.last().is_some_and(|it| it.edit() >= edition.edit()) {
            return;
        }
        *turn += 1;
        *sum = *sum - editions.bytes + bytes;
        (editions.used, editions.bytes) = (*turn, bytes);
        editions.all.push(edition);
        let extra = editions.all.len().saturating_sub(V::EDITIONS);
        editions.all.drain(..extra);
        while memory.bytes > self.bytes_max {
            let oldest = memory.held.iter().min_by_key(|(_, held)| held.used);
            let Some(oldest) = oldest.map(|(merchant, _)| merchant.clone()) else { break };
            if let Some(gone) = memory.held.remove(&oldest) {
                memory.bytes -= gone.bytes;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An edition of ten bytes.
    struct Ten(i64);

    impl AtRevision for Ten {
        const EDITIONS: usize = 2;

        fn edit(&self) -> i64 {
            self.0
        }

        fn bytes(&self) -> usize {
            10
        }
    }

    fn merchant(n: usize) -> MerchantId {
        MerchantId::stored(format!("m{n}"))
    }

    #[test]
    fn what_was_used_longest_ago_goes_when_there_is_no_room() {
        let memory = RevisionCache::up_to(35);
        for n in 0..100 {
            memory.hold(&merchant(n), Arc::new(Ten(1)));
            // The first is asked for all the time.
            assert!(memory.find(&merchant(0), 1).is_some(), "{n}");
        }
        let there: Vec<usize> =
            (0..100).filter(|n| memory.find(&merchant(*n), 1).is_some()).collect();
        assert_eq!(there, [0, 98, 99]);
        assert_eq!(memory.memory.lock().unwrap().bytes, 30);
        let small = RevisionCache::up_to(9);
        small.hold(&merchant(0), Arc::new(Ten(1)));
        assert!(small.find(&merchant(0), 1).is_none(), "it takes more than there is");
    }

    #[test]
    fn only_the_edit_that_is_asked_for_is_found_and_a_later_one_stays() {
        let (memory, id) = (RevisionCache::up_to(1_000), merchant(0));
        let found = |edit| memory.find(&id, edit).is_some();
        memory.hold(&id, Arc::new(Ten(5)));
        memory.hold(&id, Arc::new(Ten(4)));
        assert_eq!([4, 5, 6].map(found), [false, true, false]);
        memory.hold(&id, Arc::new(Ten(6)));
        assert_eq!([4, 5, 6].map(found), [false, true, true], "those who began before need it");
        assert_eq!(memory.latest(&id, 9).unwrap().edit(), 6);
        assert!(memory.latest(&id, 4).is_none());
        memory.hold(&id, Arc::new(Ten(7)));
        assert_eq!([5, 6, 7].map(found), [false, true, true], "not more than two");
        assert_eq!(memory.memory.lock().unwrap().bytes, 10, "one for each merchant");
    }
}
