//! The plan of an order: what a decision about it stores. What an order is stands in
//! [`super::order`].

use super::coupon::Redemption;
use super::new_event::Event;
use super::order::{GiftMove, Order, OrderLine, Refund};
use super::stock::StockMove;
use super::upsell::Upsell;

/// What has to be stored of a decision about an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderPlan {
    /// The order as it is afterwards.
    pub order: Order,
    /// The lines that are new.
    pub new_lines: Vec<OrderLine>,
    /// How the stock of products moves.
    pub moves: Vec<StockMove>,
    /// How the stock of gifts moves.
    pub gift_moves: Vec<GiftMove>,
    /// The coupon that is redeemed, or given back.
    pub redemption: Option<Redemption>,
    /// What was paid back.
    pub refund: Option<Refund>,
    /// What is offered after it, where that has changed.
    pub upsell: Option<Upsell>,
    /// What is told.
    pub events: Vec<Event>,
}

impl OrderPlan {
    /// What has to be stored of an order of which nothing moves.
    #[must_use]
    pub fn of(order: Order) -> Self {
        Self {
            order,
            new_lines: Vec::new(),
            moves: Vec::new(),
            gift_moves: Vec::new(),
            redemption: None,
            refund: None,
            upsell: None,
            events: Vec::new(),
        }
    }
}
