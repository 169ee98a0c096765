//! The order of a checkout beside those that it takes the place of.

use super::super::samples;
use super::*;

fn mug() -> ProductId {
    ProductId::stored("mug".to_owned())
}

fn order(id: &str) -> Order {
    samples::order(id, DateTime::UNIX_EPOCH)
}

fn step(sequence: i64, cause: StockCause, change: i64, left: i64) -> StockMove {
    let (change, left) = (Some(change), Some(left));
    StockMove { product: mug(), sequence, cause, change, left, subject: Some("o".to_owned()) }
}

fn given(change: i64, cause: StockCause, edit: i64) -> GiftMove {
    let rule = GiftRuleId::stored("rule".to_owned());
    GiftMove { rule, edit, product: mug(), change, cause, subject: "o".to_owned() }
}

/// The order that takes the last mug, of the shelf and of the rule, as it was decided.
fn last_taken() -> OrderPlan {
    OrderPlan {
        moves: vec![step(8, StockCause::Gift, -1, 0)],
        gift_moves: vec![given(-1, StockCause::Gift, 3)],
        events: vec![
            Event::plain(EventKind::ProductSoldOut, "mug"),
            Event::plain(EventKind::GiftRuleSoldOut, "rule"),
        ],
        ..OrderPlan::of(order("new"))
    }
}

#[test]
fn what_superseded_orders_give_back_is_numbered_before_what_the_new_one_takes() {
    let cancelled = |sequence, left| OrderPlan {
        moves: vec![step(sequence, StockCause::Cancelled, 1, left)],
        gift_moves: vec![given(1, StockCause::Cancelled, 3)],
        ..OrderPlan::of(order("old"))
    };
    let plan = behind(last_taken(), &[cancelled(8, 2), cancelled(9, 3)]);
    assert_eq!(plan.moves, [step(10, StockCause::Gift, -1, 2)]);
    assert_eq!(plan.events, [], "there still are some");
    assert_eq!(plan.gift_moves, last_taken().gift_moves);
}

#[test]
fn whoever_moves_nothing_of_it_changes_nothing() {
    assert_eq!(behind(last_taken(), &[]), last_taken());
    let older = OrderPlan {
        gift_moves: vec![given(1, StockCause::Cancelled, 2)],
        ..OrderPlan::of(order("old"))
    };
    assert_eq!(behind(last_taken(), &[older]), last_taken(), "its rule was written since");
}
