//! What is left of products, on paper: whether something may be taken, and the moves that come of
//! it. Which products those are, and what it is taken for, is for `orders` and for the merchant.

use std::collections::BTreeMap;

use crate::domain::event::EventKind;
use crate::domain::ids::ProductId;
use crate::domain::new_event::Event;
use crate::domain::stock::{STOCK_MAX, StockCause, StockLevel, StockMove};

/// Why a stock cannot be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockRefusal {
    /// There is no limit that could be moved.
    Unlimited,
    /// More would be taken than is left; how many are.
    Short(i64),
    /// More than can be kept.
    TooMany,
}

/// What is left of some products, and the moves made so far.
#[derive(Debug, Clone, Default)]
pub struct StockOnPaper {
    left: BTreeMap<ProductId, StockLevel>,
    moves: Vec<StockMove>,
}

impl StockOnPaper {
    /// A shelf of products as they are stored; of what is not on it there is no limit.
    #[must_use]
    pub fn new(left: BTreeMap<ProductId, StockLevel>) -> Self {
        Self { left, moves: Vec::new() }
    }

    /// Whether there still is such a product.
    #[must_use]
    pub fn holds(&self, product: &ProductId) -> bool {
        self.left.contains_key(product)
    }

    /// How many of a product are left; none is no limit.
    #[must_use]
    pub fn left(&self, product: &ProductId) -> Option<i64> {
        self.left.get(product).and_then(|left| left.stock)
    }

    /// Moves the stock of a product, if there is a limit to it.
    pub fn shift(
        &mut self,
        product: &ProductId,
        change: i64,
        cause: StockCause,
        subject: Option<&str>,
    ) {
        let Some(left) = self.left.get_mut(product) else { return };
        let Some(before) = left.stock.filter(|_| change != 0) else { return };
        let after = before.saturating_add(change).clamp(0, STOCK_MAX);
        left.stock = Some(after);
        left.moves += 1;
        self.moves.push(StockMove {
            product: product.clone(),
            sequence: left.moves,
            cause,
            change: Some(after - before),
            left: Some(after),
            subject: subject.map(str::to_owned),
        });
    }

    /// The moves, in their order.
    #[must_use]
    pub fn into_moves(self) -> Vec<StockMove> {
        self.moves
    }
}

/// Decides whether a merchant may add so many to a stock, or take them away.
///
/// # Errors
/// A [`StockRefusal`].
pub fn decide_restock(
    product: &ProductId,
    left: StockLevel,
    add: i64,
) -> Result<Vec<StockMove>, StockRefusal> {
    let stock = left.stock.ok_or(StockRefusal::Unlimited)?;
    let after = stock.saturating_add(add);
    if after < 0 {
        return Err(StockRefusal::Short(stock));
    }
    if after > STOCK_MAX {
        return Err(StockRefusal::TooMany);
    }
    let mut shelf = StockOnPaper::new(BTreeMap::from([(product.clone(), left)]));
    shelf.shift(product, add, StockCause::Add, None);
    Ok(shelf.into_moves())
}

/// What is told of products of which the last one was taken.
pub(super) fn sold_out(moves: &[StockMove]) -> Vec<Event> {
    let last = moves.iter().filter(|it| it.left == Some(0) && it.change.is_some_and(|it| it < 0));
    last.map(|it| Event::plain(EventKind::ProductSoldOut, it.product.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(stock: impl Into<Option<i64>>) -> StockLevel {
        StockLevel { stock: stock.into(), moves: 7 }
    }

    #[test]
    fn a_stock_is_moved_by_a_difference_and_never_below_nothing() {
        let pin = ProductId::stored("pin".to_owned());
        #[rustfmt::skip]
        let table = [
            // What is left, what is added, what comes of it.
            (left(5), 3, Ok(8)),
            (left(5), -5, Ok(0)),
            (left(5), -6, Err(StockRefusal::Short(5))),
            (left(0), -1, Err(StockRefusal::Short(0))),
            (left(None), 1, Err(StockRefusal::Unlimited)),
            (left(STOCK_MAX), 1, Err(StockRefusal::TooMany)),
            (left(1), i64::MAX, Err(StockRefusal::TooMany)),
        ];
        for (before, add, want) in table {
            let done = decide_restock(&pin, before, add);
            let told = done.map(|moves| {
                assert_eq!((moves.len(), moves[0].sequence), (1, 8));
                assert_eq!(moves[0].change, Some(add));
                moves[0].left.unwrap()
            });
            assert_eq!(told, want, "{before:?} {add}");
        }
    }

    #[test]
    fn what_has_no_limit_leaves_no_move() {
        let (pin, paper) = (ProductId::stored("pin".into()), ProductId::stored("paper".into()));
        let mut shelf = StockOnPaper::new(BTreeMap::from([
            (pin.clone(), left(2)),
            (paper.clone(), left(None)),
        ]));
        shelf.shift(&paper, -1, StockCause::Order, Some("ord_1"));
        shelf.shift(&pin, -2, StockCause::Order, Some("ord_1"));
        assert_eq!((shelf.left(&pin), shelf.left(&paper)), (Some(0), None));
        let moves = shelf.into_moves();
        assert_eq!(moves.len(), 1);
        assert_eq!((moves[0].change, moves[0].left), (Some(-2), Some(0)));
        assert_eq!(moves[0].subject.as_deref(), Some("ord_1"));
    }
}
