//! The order that a checkout makes: what its hold keeps back, what it comes to, and what becomes
//! of it when the subscription that it waits for does. Everything else of orders stands in
//! [`super::orders`].

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::domain::cart::Item;
use crate::domain::change::ChangeStatus;
use crate::domain::document::{Document, Invoice, InvoiceStatus, LineKind};
use crate::domain::event::EventKind;
use crate::domain::ids::{ChangeId, CheckoutId, GiftRuleId, InvoiceId, ProductId, SubscriptionId};
use crate::domain::new_event::Event;
use crate::domain::order::{AwaitedSubscription, GiftMove, Order, OrderGift};
use crate::domain::order_plan::OrderPlan;
use crate::domain::plan::Plan;
use crate::domain::stock::{StockCause, StockLevel, StockMove};
use crate::domain::subscription::Status;

use super::checkout::CheckoutDecision;
use super::ledger::Tariff;
use super::orders::{
    OrderFacts, OrderRefusal, ReportedOrderEvent, decide_delivered, decide_order, decide_paid,
    gift_moves, given_out,
};
use super::preview::booked_on;
use super::stock::{StockOnPaper, sold_out};

/// How many gifts go, or come back, and what is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptGifts {
    /// How the stock of products moves.
    pub moves: Vec<StockMove>,
    /// How the stock of gifts moves.
    pub gift_moves: Vec<GiftMove>,
    /// What is told.
    pub events: Vec<Event>,
}

/// Takes the gifts that a checkout shows while it is held.
#[must_use]
pub fn keep_gifts(
    checkout: &CheckoutId,
    gifts: &[OrderGift],
    gifts_left: &BTreeMap<(GiftRuleId, ProductId), i64>,
    mut shelf: StockOnPaper,
) -> KeptGifts {
    for gift in gifts.iter().filter(|gift| gift.price.is_some()) {
        shelf.shift(&gift.product, -gift.quantity, StockCause::Hold, Some(checkout.as_str()));
    }
    let gift_moves = gift_moves(gifts, -1, StockCause::Hold, checkout.as_str());
    let moves = shelf.into_moves();
    let mut events = sold_out(&moves);
    events.extend(given_out(&gift_moves, gifts_left));
    KeptGifts { moves, gift_moves, events }
}

/// Gives back what the hold of a checkout has taken, of which there are these moves.
#[must_use]
pub fn let_go(
    checkout: &CheckoutId,
    gifts: &[OrderGift],
    taken: &[StockMove],
    mut shelf: StockOnPaper,
) -> KeptGifts {
    put_back(checkout, taken, &mut shelf);
    let gift_moves = gift_moves(gifts, 1, StockCause::Hold, checkout.as_str());
    KeptGifts { moves: shelf.into_moves(), gift_moves, events: Vec::new() }
}

fn put_back(checkout: &CheckoutId, taken: &[StockMove], shelf: &mut StockOnPaper) {
    let mut held: BTreeMap<&ProductId, i64> = BTreeMap::new();
    for it in taken.iter().filter(|it| it.cause == StockCause::Hold) {
        *held.entry(&it.product).or_default() -= it.change.unwrap_or(0);
    }
    for (product, count) in held.into_iter().filter(|(_, count)| *count > 0) {
        shelf.shift(product, count, StockCause::Hold, Some(checkout.as_str()));
    }
}

/// Decides the order of a checkout that completes. `held` is the checkout with the moves of its
/// hold, where that has taken the gifts already: they go over to the order.
///
/// # Errors
/// An [`OrderRefusal`], where what it comes to is more than a price may be.
pub fn decide_bought(
    mut facts: OrderFacts,
    held: Option<(&CheckoutId, &[StockMove])>,
    now: DateTime<Utc>,
) -> Result<OrderPlan, OrderRefusal> {
    if let Some((checkout, taken)) = held {
        put_back(checkout, taken, &mut facts.shelf);
    }
    let mut plan = decide_order(facts, now)?;
    if held.is_some() {
        // The hold has taken them, and has told of the last one.
        plan.gift_moves.clear();
        plan.events.retain(|event| event.kind == EventKind::OrderPlaced);
    }
    Ok(plan)
}

/// The plan of a new order, decided on a shelf from which others have moved since: their moves come
/// first, and what they gave back is there again, so that its own are numbered behind them and
/// nothing is called sold out that is not.
#[must_use]
pub fn behind(mut plan: OrderPlan, others: &[OrderPlan]) -> OrderPlan {
    let left = others.iter().flat_map(|other| &other.moves).map(|it| {
        let left = StockLevel { stock: it.left, moves: it.sequence };
        (it.product.clone(), left)
    });
    let mut shelf = StockOnPaper::new(left.collect());
    let own = std::mem::take(&mut plan.moves).into_iter();
    let (shared, mut apart): (Vec<_>, Vec<_>) = own.partition(|it| shelf.holds(&it.product));
    for it in &shared {
        shelf.shift(&it.product, it.change.unwrap_or(0), it.cause, it.subject.as_deref());
    }
    apart.extend(shelf.into_moves());
    let returned = |it: &GiftMove| {
        let back = others.iter().flat_map(|other| &other.gift_moves);
        back.filter(|back| back.change > 0)
            .any(|back| (&back.rule, &back.product, back.edit) == (&it.rule, &it.product, it.edit))
    };
    let gone = sold_out(&apart);
    let taken: Vec<&GiftMove> = plan.gift_moves.iter().filter(|it| !returned(it)).collect();
    plan.events.retain(|event| {
        let is_gone = gone.iter().any(|it| it.subject == event.subject);
        let is_taken = taken.iter().any(|it| it.rule.as_str() == event.subject);
        (event.kind != EventKind::ProductSoldOut || is_gone)
            && (event.kind != EventKind::GiftRuleSoldOut || is_taken)
    });
    plan.moves = apart;
    plan
}

/// What the first booked line of the subscription comes to that a checkout sells, without tax, in
/// minor units: of the invoice that it issues, or of the one that billing issues on its day. None
/// where nothing is ever booked.
#[must_use]
pub fn first_net(
    decision: &CheckoutDecision,
    subscription: &SubscriptionId,
    tariff: &Tariff,
) -> Option<i64> {
    let outcome = decision.outcome();
    let net = |invoice: &Invoice| {
        let lines = invoice.lines.iter().map(|line| &line.line);
        let mut own = lines.filter(|line| line.subscription == *subscription);
        own.find(|line| line.kind == LineKind::Period).map(|line| line.net)
    };
    let issued = outcome.documents.iter().find_map(|document| match document {
        Document::Invoice(invoice) => net(invoice),
        Document::CreditNote(_) => None,
    });
    issued.or_else(|| {
        let account = &outcome.account;
        let begins = account.subscriptions.get(subscription);
        let on = begins.map_or(outcome.effective_on, |begins| begins.first_booking_on);
        net(&booked_on(account, tariff, outcome.amount_due.currency, on)?.invoice)
    })
}

/// What plans bring about that orders made by checkouts may wait for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckoutOrderChanges {
    /// The subscriptions that begin.
    pub begun: Vec<SubscriptionId>,
    /// The changes that will never be carried out.
    pub ended: Vec<ChangeId>,
    /// The subscriptions that are over and were never booked: nobody will pay for them.
    pub unbooked: Vec<SubscriptionId>,
    /// The invoices that are paid, by the subscriptions of which they book a period.
    pub paid: Vec<(SubscriptionId, InvoiceId)>,
    /// The new invoices, by the subscriptions of which they book a period, each the first.
    pub new: BTreeMap<SubscriptionId, InvoiceId>,
}

impl CheckoutOrderChanges {
    /// What there is of it in plans.
    #[must_use]
    pub fn of(plans: &[Plan]) -> Self {
        let mut news = Self::default();
        for plan in plans {
            let begun = plan.subscriptions.iter().filter(|saved| saved.is_new);
            news.begun.extend(begun.map(|saved| saved.row.0.id.clone()));
            let over = plan
                .subscriptions
                .iter()
                .map(|saved| &saved.row.0)
                .filter(|row| row.status == Status::Ended && row.current_period.is_none());
            news.unbooked.extend(over.map(|row| row.id.clone()));
            let ended = plan.changes.iter().map(|saved| &saved.row).filter(|row| {
                matches!(
                    row.status,
                    ChangeStatus::Withdrawn | ChangeStatus::Superseded | ChangeStatus::Failed
                )
            });
            news.ended.extend(ended.map(|row| row.id.clone()));
            for saved in &plan.invoices {
                let periods = saved.row.lines.iter().map(|line| &line.line);
                for line in periods.filter(|line| line.kind == LineKind::Period) {
                    let (subscription, invoice) = (&line.subscription, &saved.row.id);
                    if saved.is_new {
                        let first = news.new.entry(subscription.clone());
                        first.or_insert_with(|| invoice.clone());
                    }
                    if saved.row.status == InvoiceStatus::Paid {
                        news.paid.push((subscription.clone(), invoice.clone()));
                    }
                }
            }
        }
        news
    }

    /// The subscriptions that something happens to.
    #[must_use]
    pub fn subscriptions(&self) -> Vec<SubscriptionId> {
        let paid = self.paid.iter().map(|(subscription, _)| subscription);
        self.begun.iter().chain(&self.unbooked).chain(paid).cloned().collect()
    }

    /// Whether what an order waits for will never come.
    #[must_use]
    pub fn disappoints(&self, awaited: &AwaitedSubscription) -> bool {
        awaited.change.as_ref().is_some_and(|change| self.ended.contains(change))
            || self.unbooked.contains(&awaited.subscription)
    }

    /// Whether the first booked line of a subscription is paid with it; `stored` is the invoice
    /// with that line where it was issued before.
    #[must_use]
    pub fn pays(&self, subscription: &SubscriptionId, stored: Option<&InvoiceId>) -> bool {
        let first = stored.or_else(|| self.new.get(subscription));
        first.is_some_and(|first| {
            self.paid.iter().any(|(of, invoice)| of == subscription && invoice == first)
        })
    }
}

/// Decides what becomes of an open order when it is paid by its invoice, or delivered by the start
/// of its subscription: one plan after the other. The invoice pays for the subscription; goods that
/// were added since are for the shop.
///
/// # Errors
/// An [`OrderRefusal`].
pub fn decide_followed(
    order: &Order,
    (paid, delivered): (bool, bool),
    now: DateTime<Utc>,
) -> Result<Vec<OrderPlan>, OrderRefusal> {
    let told = ReportedOrderEvent::default();
    let mut plans: Vec<OrderPlan> = Vec::new();
    if paid {
        let bought = order.lines.iter().filter(|line| matches!(line.item, Item::Offer(_)));
        let net = bought.fold(0_i64, |sum, line| {
            sum.saturating_add(line.unit_net.saturating_mul(line.quantity))
        });
        let amount = Some(order.money(net));
        plans.extend(decide_paid(order, &ReportedOrderEvent { amount, ..told.clone() }, now)?);
    }
    if delivered {
        let order = plans.last().map_or(order, |plan| &plan.order);
        let plan = decide_delivered(order, &told, now)?;
        plans.extend(plan);
    }
    Ok(plans)
}

#[cfg(test)]
mod tests;
