//! Whether a condition holds, which clause is the first that does not, how often it is met, and
//! what is missing. What follows from that is for the kinds of rules.

use std::cmp::Ordering;

use crate::domain::cart::Cart;
use crate::domain::condition::{Bounds, Condition, Selector};

use super::facts::{AugmentedBasket, Basket, LineSum};

/// Whether a condition holds.
#[must_use]
pub fn holds(condition: &Condition, basket: &Basket<'_>) -> bool {
    holds_with(condition, &AugmentedBasket::nothing(basket))
}

/// Whether a condition would hold with some more in the basket.
pub(super) fn holds_with(condition: &Condition, more: &AugmentedBasket<'_>) -> bool {
    match condition {
        Condition::All(inner) => inner.iter().all(|it| holds_with(it, more)),
        Condition::Any(inner) => inner.iter().any(|it| holds_with(it, more)),
        Condition::Not(inner) => !holds_with(inner, more),
        Condition::Net(bounds) => {
            let net = more.sum(&Selector::Any).value;
            bounds.least().is_none_or(|least| least <= net)
                && bounds.max.is_none_or(|max| net <= max)
        }
        Condition::Units { of, min } => *min <= more.sum(of).units,
        Condition::Value { of, min } => *min <= more.sum(of).value,
        of_cart => judge_cart(of_cart, more.cart(), false),
    }
}

/// Whether a condition could hold for a cart if other things were in it: of what is not bought,
/// such as the channel, nothing stands against it.
#[must_use]
pub(super) fn could_hold(condition: &Condition, cart: &Cart) -> bool {
    judge_cart(condition, cart, true)
}

/// Judges a condition by what a cart says besides its lines; a clause about those is as given.
fn judge_cart(condition: &Condition, cart: &Cart, lines: bool) -> bool {
    let one_of =
        |names: &[String], said: Option<&String>| said.is_some_and(|said| names.contains(said));
    match condition {
        Condition::All(inner) => inner.iter().all(|it| judge_cart(it, cart, lines)),
        Condition::Any(inner) => inner.iter().any(|it| judge_cart(it, cart, lines)),
        Condition::Not(inner) => !judge_cart(inner, cart, !lines),
        Condition::Net(_) | Condition::Units { .. } | Condition::Value { .. } => lines,
        Condition::CustomerGroup(groups) => one_of(groups, cart.customer_group.as_ref()),
        Condition::Country(countries) => one_of(countries, cart.shipping_country.as_ref()),
        Condition::PaymentMethod(methods) => one_of(methods, cart.payment_method.as_ref()),
        Condition::Channel(channels) => channels.contains(&cart.channel),
        Condition::Coupon(redeems) => *redeems == cart.coupon.is_some(),
    }
}

/// The first clause that does not hold, as a JSON pointer below `at`; none where all is well. Of
/// `all` it is the first that fails in it; of `any` and `not`, which fail as a whole, they
/// themselves.
#[must_use]
pub fn first_unmet(at: &str, condition: &Condition, basket: &Basket<'_>) -> Option<String> {
    if holds(condition, basket) {
        return None;
    }
    if let Condition::All(inner) = condition {
        let mut places = inner.iter().enumerate();
        let unmet = places.find(|(_, it)| !holds(it, basket));
        return unmet.and_then(|(place, it)| first_unmet(&format!("{at}/all/{place}"), it, basket));
    }
    Some(at.to_owned())
}

/// How often a condition that holds is met: ⌊have ÷ need⌋ of its clauses that count, the least of
/// `all`, the greatest of `any`. None where no clause counts.
#[must_use]
pub fn times(condition: &Condition, basket: &Basket<'_>) -> Option<i64> {
    let count = |have: i64, need: i64| (need > 0).then(|| have / need);
    match condition {
        Condition::All(inner) => inner.iter().filter_map(|it| times(it, basket)).min(),
        Condition::Any(inner) => {
            let held = inner.iter().filter(|it| holds(it, basket));
            held.filter_map(|it| times(it, basket)).max()
        }
        Condition::Net(bounds) => count(basket.sum(&Selector::Any).value, bounds.least()?),
        Condition::Units { of, min } => count(basket.sum(of).units, *min),
        Condition::Value { of, min } => count(basket.sum(of).value, *min),
        _ => None,
    }
}

/// Something that is still to be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// So much more, in minor units.
    Net(i64),
    /// So much more of what is picked, in minor units.
    Value {
        /// What is summed up.
        of: Selector,
        /// How much is missing, in minor units.
        missing: i64,
    },
    /// So many more of what is picked.
    Units {
        /// What is counted.
        of: Selector,
        /// How many pieces are missing.
        missing: i64,
    },
}

impl Missing {
    fn sum(&self) -> (Selector, LineSum) {
        match self {
            Self::Net(value) => (Selector::Any, LineSum { units: 0, value: *value }),
            Self::Value { of, missing } => (of.clone(), LineSum { units: 0, value: *missing }),
            Self::Units { of, missing } => (of.clone(), LineSum { units: *missing, value: 0 }),
        }
    }
}

/// How far a condition is from holding.
struct Gap {
    missing: Vec<Missing>,
    /// The greatest part of what a clause needs that is missing.
    worst: Shortfall,
}

/// What is missing of what is needed; exact.
#[derive(Clone, Copy)]
struct Shortfall {
    missing: i64,
    needed: i64,
}

impl Shortfall {
    const NONE: Self = Self { missing: 0, needed: 1 };

    fn cmp(self, other: Self) -> Ordering {
        let crosswise = |one: i64, two: i64| i128::from(one) * i128::from(two);
        crosswise(self.missing, other.needed).cmp(&crosswise(other.missing, self.needed))
    }

    fn worse(self, other: Self) -> Self {
        if self.cmp(other) == Ordering::Less { other } else { self }
    }
}

/// What has to be bought for a condition to hold: every unmet clause of `all`, the nearest branch
/// of `any`. None where buying does not help; nothing where it holds.
#[must_use]
pub fn missing(condition: &Condition, basket: &Basket<'_>) -> Option<Vec<Missing>> {
    gap(condition, basket).map(|gap| gap.missing)
}

fn gap(condition: &Condition, basket: &Basket<'_>) -> Option<Gap> {
    if holds(condition, basket) {
        return Some(Gap { missing: Vec::new(), worst: Shortfall::NONE });
    }
    let one = |missing: Missing, part: Shortfall| Gap { missing: vec![missing], worst: part };
    let gap = match condition {
        Condition::All(inner) => {
            let mut all = Gap { missing: Vec::new(), worst: Shortfall::NONE };
            for condition in inner {
                let gap = gap(condition, basket)?;
                all.missing.extend(gap.missing);
                all.worst = all.worst.worse(gap.worst);
            }
            all
        }
        Condition::Any(inner) => {
            let branches = inner.iter().filter_map(|it| gap(it, basket));
            // Of equals the first.
            branches.min_by(|one, two| one.worst.cmp(two.worst))?
        }
        Condition::Net(bounds) => {
            let part = short_of(bounds, basket.sum(&Selector::Any).value)?;
            one(Missing::Net(part.missing), part)
        }
        Condition::Units { of, min } => {
            let part = Shortfall { missing: min - basket.sum(of).units, needed: *min };
            one(Missing::Units { of: of.clone(), missing: part.missing }, part)
        }
        Condition::Value { of, min } => {
            let part = Shortfall { missing: min - basket.sum(of).value, needed: *min };
            one(Missing::Value { of: of.clone(), missing: part.missing }, part)
        }
        _ => return None,
    };
    // What is bought must not lead over a maximum that it has to stay under.
    let bought = gap.missing.iter().map(Missing::sum).collect();
    let fits =
        !has_ceiling(condition) || holds_with(condition, &AugmentedBasket::each(basket, bought));
    fits.then_some(gap)
}

/// What a net value lacks; none where more of it does not help.
fn short_of(bounds: &Bounds, net: i64) -> Option<Shortfall> {
    let needed = bounds.least().filter(|least| net < *least)?;
    let in_reach = bounds.max.is_none_or(|max| needed <= max);
    in_reach.then_some(Shortfall { missing: needed - net, needed })
}

/// The least that one more piece must cost, in minor units, for a condition to hold with it; none
/// where no single piece is enough. Which piece it must be is not part of it.
pub(super) fn least_price(condition: &Condition, basket: &Basket<'_>) -> Option<i64> {
    if holds(condition, basket) {
        return Some(0);
    }
    match condition {
        Condition::All(inner) => {
            let mut least = inner.iter().map(|it| least_price(it, basket));
            least.try_fold(0, |all, least| Some(all.max(least?)))
        }
        Condition::Any(inner) => inner.iter().filter_map(|it| least_price(it, basket)).min(),
        // Buying more may be what makes something fail.
        Condition::Not(_) => Some(0),
        Condition::Net(bounds) => Some(short_of(bounds, basket.sum(&Selector::Any).value)?.missing),
        Condition::Units { of, min } => (min - basket.sum(of).units == 1).then_some(0),
        Condition::Value { of, min } => Some(min - basket.sum(of).value),
        _ => None,
    }
}

/// Whether buying more may make a condition fail.
fn has_ceiling(condition: &Condition) -> bool {
    let mut found = false;
    condition.walk(&mut |it| {
        let is_one = matches!(it, Condition::Not(_) | Condition::Net(Bounds { max: Some(_), .. }));
        found |= is_one;
    });
    found
}

#[cfg(test)]
mod tests;
