//! What orders got of a merchant's rules, and what subscriptions come to, summed up. What a report
//! makes of it stands in `rules::reports` and `rules::recurring`.

use std::collections::BTreeMap;

use super::calendar::Period;
use super::ids::ProductId;
use super::money::Money;

/// What a gift rule gave, as it is summed up from orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GiftTotals {
    /// To how many orders it applied.
    pub orders: i64,
    /// The number of times.
    pub times: i64,
    /// Of each product how many were given, and how many left out.
    pub products: BTreeMap<ProductId, (i64, i64)>,
}

/// How near orders came to a promotion, as it is counted from them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Near {
    /// How many earned it or were near to it.
    pub orders: i64,
    /// How many earned it.
    pub earned: i64,
    /// How many were told of an upsell.
    pub upsells: BTreeMap<String, i64>,
}

/// Subscriptions that cost the same, and cost the same before, where they take another's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceGroup {
    /// For each billing period, as the terms have it.
    pub price: Money,
    /// How often that is booked.
    pub period: Period,
    /// What each of them cost before; none of what takes nobody's place.
    pub before: Option<(Money, Period)>,
    /// How many there are.
    pub count: i64,
}

/// What is still to be paid in a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// On all open invoices.
    pub open: Money,
    /// What balances below zero come to, in minor units: it is on no invoice yet.
    pub debts: i64,
    /// On those past the day by which they were to be paid, in minor units, by how many days they
    /// are: as [`AGES`] has them.
    pub by_age: [i64; 4],
    /// How many of them are past that day.
    pub late: i64,
}

/// Up to how many days a part of what is overdue has been that; the last part has no end.
pub const AGES: [u64; 3] = [30, 60, 90];

impl Owed {
    /// What is past the day by which it was to be paid, in minor units.
    #[must_use]
    pub fn overdue(&self) -> i64 {
        self.by_age.iter().sum()
    }
}
