//! Many conditions over a basket that grows: which of them hold is kept, and each clause is looked
//! at again only when the sum that it asks for passes what it asks. However many rounds there are,
//! a clause changes at most as often as sums pass its bounds, which is once where they only grow.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::condition::{Condition, Selector};

use super::conditions::holds;
use super::facts::{Basket, LineSum};

/// What a clause says of those in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// All of them hold.
    All,
    /// One of them holds.
    Any,
    /// None of them holds.
    None,
    /// There are none: it is about a sum, or about what does not change.
    Leaf,
}

/// A clause.
#[derive(Debug)]
struct Clause {
    /// The one that it lies in.
    parent: Option<usize>,
    /// The place of its condition.
    condition: usize,
    joint: Joint,
    /// How many lie in it,
    inner: usize,
    /// and how many of those hold.
    held: usize,
    holds: bool,
}

/// What of a sum a clause asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Units,
    Value,
}

/// The clauses that ask for one of the two.
#[derive(Debug, Default)]
struct Thresholds {
    /// From where on each holds, ascending.
    least: Vec<(i64, usize)>,
    /// How many of them hold.
    passed: usize,
}

/// The clauses that ask for what a selector picks.
#[derive(Debug, Default)]
struct Asking {
    units: Thresholds,
    value: Thresholds,
}

/// Conditions, and which of them hold for a basket as it is.
#[derive(Debug)]
pub(super) struct GrowingConditions<'c> {
    clauses: Vec<Clause>,
    /// The clause that each condition is.
    roots: Vec<usize>,
    asking: BTreeMap<&'c Selector, Asking>,
}

impl Measure {
    fn of(self, sum: LineSum) -> i64 {
        match self {
            Self::Units => sum.units,
            Self::Value => sum.value,
        }
    }
}

impl Thresholds {
    /// Takes in what the sum is now; the clauses that hold now and did not, or the other way round.
    fn pass(&mut self, sum: i64) -> &[(i64, usize)] {
        let now = self.least.partition_point(|(least, _)| *least <= sum);
        let before = std::mem::replace(&mut self.passed, now);
        &self.least[before.min(now)..before.max(now)]
    }
}

impl Asking {
    fn both(&mut self, sum: LineSum) -> impl Iterator<Item = usize> {
        let passed = self.units.pass(sum.units).iter().chain(self.value.pass(sum.value));
        passed.map(|(_, clause)| *clause)
    }
}

impl<'c> GrowingConditions<'c> {
    /// Conditions over a basket.
    pub(super) fn of(
        conditions: impl IntoIterator<Item = &'c Condition>,
        basket: &Basket<'_>,
    ) -> Self {
        let mut all = Self { clauses: Vec::new(), roots: Vec::new(), asking: BTreeMap::new() };
        for condition in conditions {
            let root = all.add(condition, None, basket);
            all.roots.push(root);
        }
        for (of, asking) in &mut all.asking {
            asking.units.least.sort_unstable();
            asking.value.least.sort_unstable();
            // They were settled by these sums.
            asking.both(basket.sum(of)).for_each(drop);
        }
        all
    }

    /// Whether a condition holds.
    pub(super) fn holds(&self, place: usize) -> bool {
        self.clauses[self.roots[place]].holds
    }

    /// Takes in that there is more of what these pick; the places of the conditions that hold now
    /// and did not, or the other way round.
    pub(super) fn grow(
        &mut self,
        changed: &BTreeSet<Selector>,
        basket: &Basket<'_>,
    ) -> BTreeSet<usize> {
        let mut turned = BTreeSet::new();
        for of in changed {
            let Some(asking) = self.asking.get_mut(of) else { continue };
            let passed: Vec<usize> = asking.both(basket.sum(of)).collect();
            for clause in passed {
                // What turns twice is as it was.
                if let Some(place) = self.turn(clause)
                    && !turned.insert(place)
                {
                    turned.remove(&place);
                }
            }
        }
        turned
    }

    /// Adds a condition and all that lies in it; its clause.
    fn add(
        &mut self,
        condition: &'c Condition,
        parent: Option<usize>,
        basket: &Basket<'_>,
    ) -> usize {
        let joint = match condition {
            Condition::All(_) | Condition::Net(_) => Joint::All,
            Condition::Any(_) => Joint::Any,
            Condition::Not(_) => Joint::None,
            _ => Joint::Leaf,
        };
        let own = self.push(joint, parent);
        match condition {
            Condition::All(inner) | Condition::Any(inner) => {
                for condition in inner {
                    self.add(condition, Some(own), basket);
                }
            }
            Condition::Not(inner) => {
                self.add(inner, Some(own), basket);
            }
            Condition::Net(bounds) => {
                let any = (&Selector::Any, Measure::Value);
                if let Some(least) = bounds.least() {
                    self.reach(any, least, Some(own), basket);
                }
                if let Some(above) = bounds.max.and_then(|max| max.checked_add(1)) {
                    let below = self.push(Joint::None, Some(own));
                    self.reach(any, above, Some(below), basket);
                    self.settle(below, false);
                }
            }
            Condition::Units { of, min } => self.wait((of, Measure::Units), *min, own),
            Condition::Value { of, min } => self.wait((of, Measure::Value), *min, own),
            _ => {}
        }
        self.settle(own, joint == Joint::Leaf && holds(condition, basket));
        own
    }

    /// Adds a clause that holds from a sum on.
    fn reach(
        &mut self,
        of: (&'c Selector, Measure),
        least: i64,
        parent: Option<usize>,
        basket: &Basket<'_>,
    ) {
        let own = self.push(Joint::Leaf, parent);
        self.wait(of, least, own);
        self.settle(own, least <= of.1.of(basket.sum(of.0)));
    }

    fn wait(&mut self, (of, measure): (&'c Selector, Measure), least: i64, clause: usize) {
        let asking = self.asking.entry(of).or_default();
        let thresholds = match measure {
            Measure::Units => &mut asking.units,
            Measure::Value => &mut asking.value,
        };
        thresholds.least.push((least, clause));
    }

    fn push(&mut self, joint: Joint, parent: Option<usize>) -> usize {
        let condition = self.roots.len();
        self.clauses.push(Clause { parent, condition, joint, inner: 0, held: 0, holds: false });
        self.clauses.len() - 1
    }

    /// Says whether a clause holds, once all that lies in it is there.
    fn settle(&mut self, place: usize, leaf: bool) {
        let clause = &mut self.clauses[place];
        clause.holds = if clause.joint == Joint::Leaf { leaf } else { clause.is_met() };
        let (holds, parent) = (clause.holds, clause.parent);
        if let Some(parent) = parent {
            self.clauses[parent].inner += 1;
            self.clauses[parent].held += usize::from(holds);
        }
    }

    /// Turns a clause about a sum round, and what it lies in as far as that turns with it; the
    /// place of the condition where that does.
    fn turn(&mut self, place: usize) -> Option<usize> {
        let mut clause = &mut self.clauses[place];
        clause.holds = !clause.holds;
        while let Some(parent) = clause.parent {
            let holds = clause.holds;
            clause = &mut self.clauses[parent];
            if holds {
                clause.held += 1;
            } else {
                clause.held -= 1;
            }
            if clause.is_met() == clause.holds {
                return None;
            }
            clause.holds = !clause.holds;
        }
        Some(clause.condition)
    }
}

impl Clause {
    /// Whether those that lie in it are as it says.
    fn is_met(&self) -> bool {
        match self.joint {
            Joint::All => self.held == self.inner,
            Joint::Any => self.held > 0,
            Joint::None => self.held == 0,
            Joint::Leaf => self.holds,
        }
    }
}

#[cfg(test)]
mod tests;
