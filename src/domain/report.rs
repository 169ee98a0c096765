//! What orders got of a merchant's rules, summed up. What a report makes of it stands in
//! `rules::reports`.

use std::collections::BTreeMap;

use super::ids::ProductId;

/// What a gift rule gave, as it is summed up from orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// To how many orders it applied.
    pub orders: i64,
    /// How often.
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
