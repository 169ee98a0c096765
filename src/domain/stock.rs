//! Stock: how many of a product are left, and every change of that. Whether something may be
//! taken is decided in `rules::stock`.

use chrono::{DateTime, Utc};

use super::ids::{GiftRuleId, ProductId};
use super::names::names;

/// The most of one product that can be in stock.
pub const STOCK_MAX: i64 = 1_000_000_000_000;

names! {
    /// Why a stock changed.
    pub enum StockCause {
        /// The merchant said how many there are.
        Set = "set",
        /// The merchant added some, or took some away.
        Add = "add",
        /// They were sold as a line of an order.
        Order = "order",
        /// They were given with an order.
        Gift = "gift",
        /// They were sold by an offer after an order.
        Upsell = "upsell",
        /// A held checkout keeps them back, or let them go.
        Hold = "hold",
        /// An order that had taken them was cancelled.
        Cancelled = "cancelled",
    }
}

/// How many of a product are left, and how often that has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StockLevel {
    /// How many; none is no limit.
    pub stock: Option<i64>,
    /// The number of its last move; 0 before the first.
    pub moves: i64,
}

/// A change of a product's stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StockMove {
    /// The product.
    pub product: ProductId,
    /// Its place among the moves of this product, from 1 without gaps.
    pub sequence: i64,
    /// The cause.
    pub cause: StockCause,
    /// How many came, or went; none where there is no limit after it, or was none before it.
    pub change: Option<i64>,
    /// How many are left after it; none is no limit.
    pub left: Option<i64>,
    /// The order or checkout that it was for.
    pub subject: Option<String>,
}

/// A change of what a gift rule has left of a gift, as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftStep {
    /// The rule.
    pub rule: GiftRuleId,
    /// The gift.
    pub product: ProductId,
    /// Its place among the moves of this gift, from 1 without gaps.
    pub sequence: i64,
    /// How many came, or went; none where the merchant said how many there are.
    pub change: Option<i64>,
    /// How many are left after it.
    pub left: i64,
}

/// The move of a stock that the merchant sets to what it should be; none where it is that.
#[must_use]
pub fn set_stock(product: &ProductId, left: StockLevel, stock: Option<i64>) -> Option<StockMove> {
    (left.stock != stock).then(|| StockMove {
        product: product.clone(),
        sequence: left.moves + 1,
        cause: StockCause::Set,
        change: stock.zip(left.stock).map(|(after, before)| after - before),
        left: stock,
        subject: None,
    })
}

/// A change of a product's stock as it was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedMove {
    /// What changed.
    pub what: StockMove,
    /// The instant of it.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_what_is_there_moves_nothing() {
        let pin = ProductId::stored("pin".to_owned());
        #[rustfmt::skip]
        let table = [
            // Before, after, the change that is told.
            (Some(5), Some(5), None),
            (None, None, None),
            (Some(5), Some(2), Some(Some(-3))),
            (None, Some(2), Some(None)),
            (Some(5), None, Some(None)),
        ];
        for (before, after, want) in table {
            let done = set_stock(&pin, StockLevel { stock: before, moves: 7 }, after);
            assert_eq!(done.as_ref().map(|done| done.change), want, "{before:?} {after:?}");
            assert!(done.is_none_or(|done| done.left == after && done.sequence == 8));
        }
    }
}
