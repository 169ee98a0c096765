//! Orders and stock: sums are those of lines, an order has one offer and one answer, and what is
//! left of a product is what its moves leave.

use crate::domain::book::OrderBook;
use crate::domain::ids::{GiftRuleId, ProductId};
use crate::domain::order::OrderStatus;
use crate::domain::stock::{GiftStep, StockCause, StockLevel, StockMove};
use crate::domain::upsell::{ShownUpsell, UpsellState};

use super::{AuditFault, FaultCode};

/// Judges an order; every fault.
#[must_use]
pub fn audit_order(book: &OrderBook) -> Vec<AuditFault> {
    let mut faults = Vec::new();
    let order = &book.order;
    let mut fault = |code, detail: String| {
        faults.push(AuditFault::new(code, &order.id, detail));
    };
    let product = |(quantity, price): (i64, i64)| quantity.saturating_mul(price);
    let lines = order.lines.iter().map(|line| product((line.quantity, line.unit_net)));
    let net: i64 = lines.fold(0, i64::saturating_add);
    let gifts = order.gifts.iter().map(|gift| product((gift.quantity, gift.price.unwrap_or(0))));
    let total = gifts.fold(net, i64::saturating_add).saturating_sub(order.discount);
    if (book.net, book.total) != (net, total) {
        let detail = format!(
            "it says net {} and total {}, its lines and gifts come to {net} and {total}",
            book.net, book.total
        );
        fault(FaultCode::OrderTotalWrong, detail);
    }
    let refunded: i64 = book.refunds.iter().map(|refund| refund.amount).sum();
    if order.refunded != refunded || order.refunded > order.paid {
        let detail = format!(
            "{} of {} are paid back, its refunds come to {refunded}",
            order.refunded, order.paid
        );
        fault(FaultCode::OrderRefundWrong, detail);
    }
    let is_redeemed = order.status == OrderStatus::Open && order.coupon.is_some();
    if book.redemptions != i64::from(is_redeemed) {
        let detail = format!(
            "it has redeemed {} codes, and {} to be its own",
            book.redemptions,
            if is_redeemed { "one is" } else { "none is" }
        );
        fault(FaultCode::OrderCouponWrong, detail);
    }
    if let Some(detail) = offer_fault(book) {
        fault(FaultCode::OrderOfferWrong, detail);
    }
    faults
}

/// What is wrong with an order's offer: of lines that campaigns have added there is the one of the
/// accepted offer, and no other.
fn offer_fault(book: &OrderBook) -> Option<String> {
    let added: Vec<_> = book.order.lines.iter().filter(|line| line.campaign.is_some()).collect();
    let Some(upsell) = &book.upsell else {
        return (!added.is_empty()).then(|| "a line was added by no offer".to_owned());
    };
    let is_accepted = upsell.state == UpsellState::Accepted;
    match &upsell.shown {
        ShownUpsell::Product { product, quantity, .. } if is_accepted => {
            let [line] = added.as_slice() else {
                return Some(format!("one offer was accepted, {} lines are added", added.len()));
            };
            let fits = line.item.product() == Some(product)
                && line.quantity == *quantity
                && line.campaign.as_ref() == Some(&upsell.campaign)
                && upsell.unit_net == Some(line.unit_net);
            (!fits).then(|| "the line that was added is not the one that was offered".to_owned())
        }
        ShownUpsell::Offer { .. } if is_accepted && upsell.checkout.is_none() => {
            Some("an accepted offer of a subscription has led to no checkout".to_owned())
        }
        ShownUpsell::Product { .. } | ShownUpsell::Offer { .. } => {
            (!added.is_empty()).then(|| "a line was added though no goods were accepted".to_owned())
        }
    }
}

/// The moves of one product after the other, held against what is left of it.
#[derive(Debug, Default)]
pub struct StockAudit {
    at: Option<(ProductId, StockLevel)>,
}

impl StockAudit {
    /// Judges the next move; a fault where it does not follow the one before it.
    pub fn see(&mut self, it: &StockMove) -> Option<AuditFault> {
        let before = match self.at.take() {
            Some((product, left)) if product == it.product => left,
            _ => StockLevel::default(),
        };
        self.at = Some((it.product.clone(), StockLevel { stock: it.left, moves: it.sequence }));
        let follows = match (before.stock, it.change, it.left) {
            (Some(before), Some(change), Some(left)) => before.checked_add(change) == Some(left),
            (_, None, _) => it.cause == StockCause::Set,
            _ => false,
        };
        let follows = follows && it.sequence == before.moves + 1;
        (!follows).then(|| {
            let detail = format!("its move {} does not follow from the one before", it.sequence);
            AuditFault::new(FaultCode::StockWrong, &it.product, detail)
        })
    }

    /// Judges what is left of a product, once all of its moves are seen; `last` is the last one.
    #[must_use]
    pub fn left(
        product: &ProductId,
        left: StockLevel,
        last: Option<StockLevel>,
    ) -> Option<AuditFault> {
        let moved = last.unwrap_or_default();
        (left != moved).then(|| {
            let say = |stock: Option<i64>| {
                stock.map_or_else(|| "no limit".to_owned(), |stock| stock.to_string())
            };
            let detail = format!(
                "{} after {} moves, but its moves leave {} after {}",
                say(left.stock),
                left.moves,
                say(moved.stock),
                moved.moves
            );
            AuditFault::new(FaultCode::StockWrong, product, detail)
        })
    }
}

/// The moves of one gift of a rule after the other, held against what the rule has left of it.
#[derive(Debug, Default)]
pub struct GiftAudit {
    at: Option<GiftStep>,
}

impl GiftAudit {
    /// Judges the next move; a fault where it does not follow the one before it.
    pub fn see(&mut self, it: &GiftStep) -> Option<AuditFault> {
        let same = |was: &GiftStep| was.rule == it.rule && was.product == it.product;
        let before = self.at.take().filter(same);
        let follows = match (it.change, &before) {
            (None, _) => true,
            (Some(change), Some(before)) => before.left.checked_add(change) == Some(it.left),
            (Some(_), None) => false,
        };
        let number = before.map_or(0, |before| before.sequence) + 1;
        self.at = Some(it.clone());
        (!follows || it.sequence != number).then(|| {
            let (product, number) = (&it.product, it.sequence);
            let detail = format!("move {number} of '{product}' does not follow the one before");
            AuditFault::new(FaultCode::GiftStockWrong, &it.rule, detail)
        })
    }

    /// Judges what a rule has left of a gift, once all of its moves are seen; `moved` is what the
    /// last one leaves.
    #[must_use]
    pub fn left(
        (rule, product): (&GiftRuleId, &ProductId),
        left: i64,
        moved: Option<i64>,
    ) -> Option<AuditFault> {
        (moved != Some(left)).then(|| {
            let moved = moved.map_or_else(|| "nothing".to_owned(), |moved| moved.to_string());
            let detail = format!("{left} of '{product}', but its moves leave {moved}");
            AuditFault::new(FaultCode::GiftStockWrong, rule, detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rule_has_left_is_what_the_moves_of_its_gift_leave() {
        let (rule, product) =
            (GiftRuleId::stored("mug".to_owned()), ProductId::stored("mug".to_owned()));
        let step = |sequence, change, left| GiftStep {
            rule: rule.clone(),
            product: product.clone(),
            sequence,
            change,
            left,
        };
        #[rustfmt::skip]
        let table = [
            // The moves, and how many of them do not follow.
            (vec![step(1, None, 5), step(2, Some(-2), 3), step(3, None, 9)], 0),
            (vec![step(1, None, 5), step(2, Some(-2), 4)], 1),
            (vec![step(1, None, 5), step(3, Some(-2), 3)], 1),
            (vec![step(1, Some(-2), 3)], 1),
            (vec![step(2, None, 3)], 1),
        ];
        for (moves, faults) in table {
            let mut audit = GiftAudit::default();
            let found = moves.iter().filter_map(|it| audit.see(it)).count();
            assert_eq!(found, faults, "{moves:?}");
        }
        let judged = |left, moved| GiftAudit::left((&rule, &product), left, moved).is_none();
        assert!(judged(3, Some(3)));
        assert!(!judged(3, Some(4)));
        assert!(!judged(0, None));
    }

    #[test]
    fn what_is_left_is_what_the_moves_leave() {
        let product = || ProductId::stored("pin".to_owned());
        let step = |sequence, cause, change, left| StockMove {
            product: product(),
            sequence,
            cause,
            change,
            left,
            subject: None,
        };
        let (set, order) = (StockCause::Set, StockCause::Order);
        #[rustfmt::skip]
        let table = [
            // The moves, and how many of them do not follow.
            (vec![step(1, set, None, Some(5)), step(2, order, Some(-2), Some(3))], 0),
            (vec![step(1, set, None, Some(5)), step(2, order, Some(-2), Some(4))], 1),
            (vec![step(1, set, None, Some(5)), step(3, order, Some(-2), Some(3))], 1),
            (vec![step(1, order, Some(-2), Some(3))], 1),
            (vec![step(1, order, None, Some(3))], 1),
            (vec![step(1, set, None, Some(5)), step(2, set, None, None)], 0),
        ];
        for (moves, faults) in table {
            let mut audit = StockAudit::default();
            let found = moves.iter().filter_map(|it| audit.see(it)).count();
            assert_eq!(found, faults, "{moves:?}");
        }
        let left = |stock, moves| StockLevel { stock, moves };
        let judged = |now, last| StockAudit::left(&product(), now, last).is_none();
        assert!(judged(left(None, 0), None));
        assert!(judged(left(Some(3), 2), Some(left(Some(3), 2))));
        assert!(!judged(left(Some(3), 2), Some(left(Some(4), 2))));
        assert!(!judged(left(Some(3), 0), None));
    }
}
