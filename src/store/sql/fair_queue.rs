//! Whose work is next where one writer does it for all: merchants in turn, and each no more than
//! a share of what is committed together. So nobody waits for another's whole queue.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::ids::MerchantId;

/// Whose work it is; none is what the engine does by itself.
pub(super) type WorkOwner = Option<MerchantId>;

/// The most jobs in one commit.
const GROUP_MAX: usize = 64;
/// The most of them that are one's own, as soon as somebody else is there.
const SHARE_MAX: usize = 8;

/// Jobs that wait. There are never more than there are callers, who wait with them.
pub(super) struct Turns<J> {
    /// By whose they are, in the order in which they came; nobody stands here without any.
    waiting: BTreeMap<WorkOwner, VecDeque<J>>,
    /// In which order they have their turns: everybody in `waiting`, once.
    order: VecDeque<WorkOwner>,
}

/// Whose jobs are committed together, so far.
#[derive(Default)]
pub(super) struct Group {
    of_each: BTreeMap<WorkOwner, usize>,
    of_all: usize,
}

impl<J> Default for Turns<J> {
    fn default() -> Self {
        Self { waiting: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<J> Turns<J> {
    /// Adds a job behind the others that are theirs.
    pub(super) fn add(&mut self, whose: WorkOwner, job: J) {
        let own = self.waiting.entry(whose.clone()).or_default();
        if own.is_empty() {
            self.order.push_back(whose);
        }
        own.push_back(job);
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The next job that is committed with a group; none where it is full, or where everybody who
    /// waits has had their share of it. Those are the first in the next one.
    pub(super) fn next(&mut self, group: &mut Group) -> Option<J> {
        if group.of_all >= GROUP_MAX {
            return None;
        }
        let place = self.order.iter().position(|whose| self.fits(whose, group))?;
        let whose = self.order.remove(place)?;
        let own = self.waiting.get_mut(&whose)?;
        let job = own.pop_front();
        if own.is_empty() {
            self.waiting.remove(&whose);
        } else {
            self.order.push_back(whose.clone());
        }
        group.of_all += 1;
        *group.of_each.entry(whose).or_default() += 1;
        job
    }

    fn fits(&self, whose: &WorkOwner, group: &Group) -> bool {
        let others_wait = self.order.len() > 1;
        let others_are_in = group.of_each.keys().any(|it| it != whose);
        let taken = group.of_each.get(whose).copied().unwrap_or(0);
        taken < SHARE_MAX || !(others_wait || others_are_in)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who waits with how many jobs, in the order in which they came.
    fn turns(of: &[(&str, usize)]) -> Turns<String> {
        let mut turns = Turns::default();
        for (whose, count) in of {
            for number in 0..*count {
                turns.add(MerchantId::parse(whose).ok(), format!("{whose}{number}"));
            }
        }
        turns
    }

    fn group(turns: &mut Turns<String>) -> Vec<String> {
        let mut group = Group::default();
        std::iter::from_fn(|| turns.next(&mut group)).collect()
    }

    #[test]
    fn everybody_has_their_turn_before_anybody_has_a_second() {
        let mut turns = turns(&[("a", 3), ("b", 1), ("c", 2)]);
        assert_eq!(group(&mut turns), ["a0", "b0", "c0", "a1", "c1", "a2"]);
        assert!(turns.is_empty() && turns.waiting.is_empty());
    }

    #[test]
    fn who_is_alone_fills_a_group() {
        let mut turns = turns(&[("a", 100)]);
        assert_eq!((group(&mut turns).len(), group(&mut turns).len()), (GROUP_MAX, 36));
        assert!(group(&mut turns).is_empty());
    }

    #[test]
    fn nobody_has_more_than_their_share_beside_others() {
        let mut turns = turns(&[("a", 20), ("b", 1)]);
        let first = group(&mut turns);
        assert_eq!(first.len(), SHARE_MAX + 1, "{first:?}");
        // What did not fit is first in the next one, and alone there.
        assert_eq!(group(&mut turns)[0], "a8");
        assert!(turns.is_empty());
    }

    #[test]
    fn who_comes_into_a_full_house_ends_it() {
        let mut turns = turns(&[("a", 40)]);
        let mut group = Group::default();
        for _ in 0..20 {
            turns.next(&mut group).expect("alone");
        }
        turns.add(MerchantId::parse("b").ok(), "b0".to_owned());
        let rest: Vec<String> = std::iter::from_fn(|| turns.next(&mut group)).collect();
        assert_eq!(rest, ["b0"], "and it is committed at once");
    }

    #[test]
    fn what_the_engine_does_by_itself_has_a_turn_like_anybody() {
        let mut turns = turns(&[("a", 2)]);
        turns.add(None, "own".to_owned());
        assert_eq!(group(&mut turns), ["a0", "own", "a1"]);
    }

    #[test]
    fn many_with_little_share_a_commit() {
        let names: Vec<String> = (0..100).map(|n| format!("m{n}")).collect();
        let all: Vec<(&str, usize)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        let mut turns = turns(&all);
        assert_eq!((group(&mut turns).len(), group(&mut turns).len()), (GROUP_MAX, 36));
    }
}
