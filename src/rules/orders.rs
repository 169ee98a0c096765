//! Orders: whether one may be placed, and what becomes of it. Facts and a moment make a plan or a
//! refusal; which rules of the merchant apply to it is for `selection`, what is offered after it
//! for [`super::upsells`].

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};

use crate::domain::cart::Cart;
use crate::domain::coupon::{Redemption, folded};
use crate::domain::event::EventKind;
use crate::domain::event_data::OrderData;
use crate::domain::fault::Fault;
use crate::domain::ids::{GiftRuleId, OrderId, ProductId};
use crate::domain::money::{AMOUNT_MAX, Money, PRICE_MAX};
use crate::domain::new_event::Event;
use crate::domain::order::{
    GiftMove, Order, OrderGift, OrderLine, OrderPromotion, OrderRequest, OrderStatus, Refund,
};
use crate::domain::order_plan::OrderPlan;
use crate::domain::stock::{StockCause, StockMove};
use crate::domain::upsell::Upsell;

use super::coupons::{CouponFacts, CouponGrant, CouponRefusal, RedeemedFor, redeem};
use super::stock::{StockOnPaper, sold_out};
use super::upsells;

/// What is wrong with an instant that is still to come.
pub const LATER: &str = "must not be later than now";

/// Why something is not done with an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderRefusal {
    /// Lines of which there is not enough.
    OutOfStock(Vec<ShortLine>),
    /// It was cancelled.
    Cancelled,
    /// Nothing was paid that could be paid back.
    NotPaid,
    /// Its coupon is not redeemed.
    Coupon(CouponRefusal),
    /// Something that was sent is wrong.
    Invalid(Fault),
}

/// A line of which there is not enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortLine {
    /// Its place.
    pub line: usize,
    /// The product.
    pub product: ProductId,
    /// How many all lines of this product want.
    pub wanted: i64,
    /// How many are left.
    pub left: i64,
}

/// What a new order rests on.
#[derive(Debug, Clone)]
pub struct OrderFacts {
    /// Its id.
    pub id: OrderId,
    /// What was said.
    pub said: OrderRequest,
    /// What is left of the products on its lines and of its gifts.
    pub shelf: StockOnPaper,
    /// What the merchant's rules give with it, as far as it is on hand, and what they leave out.
    pub gifts: Vec<OrderGift>,
    /// What those rules have left of their gifts.
    pub gifts_left: BTreeMap<(GiftRuleId, ProductId), i64>,
    /// The promotions that it earns, and the upsells of those that it is near to.
    pub promotions: Vec<OrderPromotion>,
    /// What judging its coupon rests on, where it names one.
    pub coupon: Option<CouponFacts>,
}

/// Something that has happened to an order, as told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportedOrderEvent {
    /// When; now where that is not said.
    pub at: Option<DateTime<Utc>>,
    /// How much; all, where that is not said.
    pub amount: Option<Money>,
    /// The shop's name for it.
    pub event: Option<String>,
}

/// Decides whether an order is placed. What it takes from the shelf it takes for lines and gifts
/// together, or not at all.
///
/// # Errors
/// An [`OrderRefusal`].
pub fn decide_order(facts: OrderFacts, now: DateTime<Utc>) -> Result<OrderPlan, OrderRefusal> {
    let OrderFacts { id, said, mut shelf, gifts, gifts_left, promotions, coupon } = facts;
    let placed_at = said.placed_at.unwrap_or(now).trunc_subsecs(6);
    if placed_at > now {
        return Err(later("/placed_at"));
    }
    let lines: Vec<OrderLine> = said
        .cart
        .lines
        .iter()
        .map(|line| {
            let (item, quantity, unit_net) = (line.item.clone(), line.quantity, line.unit_net);
            OrderLine { item, quantity, unit_net, campaign: None }
        })
        .collect();
    let given = match &coupon {
        None => CouponGrant::default(),
        Some(facts) => redeem(facts, &wanted(&said.cart)).map_err(OrderRefusal::Coupon)?,
    };
    let bare = said.brought_over;
    if !bare {
        take(&mut shelf, &id, &lines, &gifts)?;
    }
    let order = Order {
        id,
        status: OrderStatus::Open,
        gifts: if bare { Vec::new() } else { gifts },
        promotions: if bare { Vec::new() } else { promotions },
        said,
        lines: lines.clone(),
        coupon: coupon.as_ref().map(|facts| facts.coupon.id.clone()),
        discount: given.discount,
        free_shipping: given.free_shipping,
        paid: 0,
        refunded: 0,
        placed_at,
        paid_at: None,
        delivered_at: None,
        cancelled_at: None,
    };
    if order.total() > PRICE_MAX {
        return Err(OrderRefusal::Invalid(too_much("/lines")));
    }
    let moves = shelf.into_moves();
    let gift_moves = gift_moves(&order.gifts, -1, StockCause::Gift, order.id.as_str());
    let mut events = vec![event(EventKind::OrderPlaced, &order)];
    let spelled = coupon.and_then(|facts| facts.coupon.code).unwrap_or_default();
    let redemption = redemption(&order, spelled, false);
    events.extend(redemption.as_ref().map(|it| it.event(Some(&order.id), None)));
    events.extend(sold_out(&moves));
    events.extend(given_out(&gift_moves, &gifts_left));
    let plan = OrderPlan::of(order);
    Ok(OrderPlan { new_lines: lines, moves, gift_moves, redemption, events, ..plan })
}

fn wanted(cart: &Cart) -> RedeemedFor<'_> {
    RedeemedFor { customer: cart.customer.as_ref(), currency: cart.currency, net: cart.net() }
}

/// What an order redeems, or gives back.
fn redemption(order: &Order, spelled: String, back: bool) -> Option<Redemption> {
    let cart = &order.said.cart;
    Some(Redemption {
        code: folded(cart.coupon.as_deref()?),
        spelled,
        coupon: order.coupon.clone()?,
        customer: cart.customer.clone()?,
        back,
    })
}

/// What rules have to give, or get back, of the gifts that were not left out.
pub(super) fn gift_moves(
    gifts: &[OrderGift],
    sign: i64,
    cause: StockCause,
    subject: &str,
) -> Vec<GiftMove> {
    let given = gifts.iter().filter(|gift| gift.price.is_some());
    let moved = given.map(|gift| GiftMove {
        rule: gift.rule.clone(),
        edit: gift.edit,
        product: gift.product.clone(),
        change: sign * gift.quantity,
        cause,
        subject: subject.to_owned(),
    });
    moved.collect()
}

/// What is told of rules of which the last gift was given.
pub(super) fn given_out(
    moves: &[GiftMove],
    left: &BTreeMap<(GiftRuleId, ProductId), i64>,
) -> Vec<Event> {
    let last = moves.iter().filter(|it| {
        left.get(&(it.rule.clone(), it.product.clone())).is_some_and(|left| left + it.change == 0)
    });
    last.map(|it| Event::plain(EventKind::GiftRuleSoldOut, it.rule.as_str())).collect()
}

/// Takes what an order needs from the shelf.
fn take(
    shelf: &mut StockOnPaper,
    id: &OrderId,
    lines: &[OrderLine],
    gifts: &[OrderGift],
) -> Result<(), OrderRefusal> {
    let mut wanted: BTreeMap<&ProductId, i64> = BTreeMap::new();
    let goods = lines.iter().filter_map(|line| Some((line.item.product()?, line.quantity)));
    for (product, quantity) in goods {
        let sum = wanted.entry(product).or_default();
        *sum = sum.saturating_add(quantity);
    }
    let short = lines.iter().enumerate().filter_map(|(place, line)| {
        let product = line.item.product()?;
        let wanted = wanted.get(product).copied().unwrap_or_default();
        let left = shelf.left(product).filter(|left| *left < wanted)?;
        Some(ShortLine { line: place, product: product.clone(), wanted, left })
    });
    let short: Vec<ShortLine> = short.collect();
    if !short.is_empty() {
        return Err(OrderRefusal::OutOfStock(short));
    }
    for (product, quantity) in wanted {
        shelf.shift(product, -quantity, StockCause::Order, Some(id.as_str()));
    }
    for gift in gifts.iter().filter(|gift| gift.price.is_some()) {
        shelf.shift(&gift.product, -gift.quantity, StockCause::Gift, Some(id.as_str()));
    }
    Ok(())
}

/// Decides what being paid makes of an order; none where it was paid already.
///
/// # Errors
/// An [`OrderRefusal`].
pub fn decide_paid(
    order: &Order,
    told: &ReportedOrderEvent,
    now: DateTime<Utc>,
) -> Result<Option<OrderPlan>, OrderRefusal> {
    let at = moment(order, told, now)?;
    let amount = amount(order, told)?.unwrap_or_else(|| order.total());
    if order.paid_at.is_some() {
        return Ok(None);
    }
    if order.status == OrderStatus::Cancelled {
        return Err(OrderRefusal::Cancelled);
    }
    let paid = Order { paid_at: Some(at), paid: amount, ..order.clone() };
    Ok(Some(plan(EventKind::OrderPaid, paid)))
}

/// Decides what being delivered makes of an order; none where it was delivered already.
///
/// # Errors
/// An [`OrderRefusal`].
pub fn decide_delivered(
    order: &Order,
    told: &ReportedOrderEvent,
    now: DateTime<Utc>,
) -> Result<Option<OrderPlan>, OrderRefusal> {
    let at = moment(order, told, now)?;
    amount(order, told)?;
    if order.delivered_at.is_some() {
        return Ok(None);
    }
    if order.status == OrderStatus::Cancelled {
        return Err(OrderRefusal::Cancelled);
    }
    let delivered = Order { delivered_at: Some(at), ..order.clone() };
    Ok(Some(plan(EventKind::OrderDelivered, delivered)))
}

/// Decides what cancelling makes of an order; none where it was cancelled already. What it took
/// goes back on the shelf where it was not delivered, and an offer that waits for an answer ends.
///
/// # Errors
/// An [`OrderRefusal`].
pub fn decide_cancelled(
    order: &Order,
    taken: &[StockMove],
    mut shelf: StockOnPaper,
    upsell: Option<&Upsell>,
    (told, now): (&ReportedOrderEvent, DateTime<Utc>),
) -> Result<Option<OrderPlan>, OrderRefusal> {
    let at = moment(order, told, now)?;
    amount(order, told)?;
    if order.status == OrderStatus::Cancelled {
        return Ok(None);
    }
    if order.delivered_at.is_none() {
        for (product, count) in taken_by_product(taken) {
            shelf.shift(product, count, StockCause::Cancelled, Some(order.id.as_str()));
        }
    }
    let status = OrderStatus::Cancelled;
    let cancelled = Order { status, cancelled_at: Some(at), ..order.clone() };
    let mut plan = plan(EventKind::OrderCancelled, cancelled);
    plan.moves = shelf.into_moves();
    if order.delivered_at.is_none() {
        let id = order.id.as_str();
        plan.gift_moves = gift_moves(&order.gifts, 1, StockCause::Cancelled, id);
    }
    plan.redemption = redemption(order, String::new(), true);
    let returned = plan.redemption.as_ref().map(|it| it.event(Some(&order.id), None));
    plan.events.extend(returned);
    if let Some((ended, told)) = upsell.and_then(|upsell| upsells::expire(order, upsell, now)) {
        plan.upsell = Some(ended);
        plan.events.push(told);
    }
    Ok(Some(plan))
}

/// How many of each product an order has taken and not given back.
#[must_use]
pub fn taken_by_product(moves: &[StockMove]) -> BTreeMap<&ProductId, i64> {
    let mut taken = BTreeMap::new();
    for it in moves {
        match it.cause {
            StockCause::Order | StockCause::Gift | StockCause::Upsell | StockCause::Cancelled => {
                *taken.entry(&it.product).or_insert(0) -= it.change.unwrap_or(0);
            }
            StockCause::Set | StockCause::Add | StockCause::Hold => {}
        }
    }
    taken.retain(|_, count| *count > 0);
    taken
}

/// Decides what paying back makes of an order; none where that was told already.
///
/// # Errors
/// An [`OrderRefusal`].
pub fn decide_refunded(
    order: &Order,
    known: &[Refund],
    told: &ReportedOrderEvent,
    now: DateTime<Utc>,
) -> Result<Option<OrderPlan>, OrderRefusal> {
    let at = moment(order, told, now)?;
    let amount = amount(order, told)?;
    let event = told.event.clone().unwrap_or_default();
    if known.iter().any(|refund| refund.event == event) {
        return Ok(None);
    }
    if order.paid_at.is_none() {
        return Err(OrderRefusal::NotPaid);
    }
    let rest = order.paid - order.refunded;
    if amount.is_none() && rest == 0 {
        // Nothing happens, but the shop's name for it is taken.
        let refund = Some(Refund { event, amount: 0, at });
        return Ok(Some(OrderPlan { refund, ..OrderPlan::of(order.clone()) }));
    }
    let amount = amount.unwrap_or(rest);
    if amount > rest {
        let detail = format!(
            "is {}, but of what was paid only {} are left to be paid back",
            order.money(amount).amount(),
            order.money(rest).amount(),
        );
        return Err(OrderRefusal::Invalid(Fault::new("/amount/amount", detail)));
    }
    let refunded = Order { refunded: order.refunded + amount, ..order.clone() };
    let plan = plan(EventKind::OrderRefunded, refunded);
    Ok(Some(OrderPlan { refund: Some(Refund { event, amount, at }), ..plan }))
}

fn plan(kind: EventKind, order: Order) -> OrderPlan {
    let events = vec![event(kind, &order)];
    OrderPlan { events, ..OrderPlan::of(order) }
}

/// When something happened: not later than now, and not before the order.
fn moment(
    order: &Order,
    told: &ReportedOrderEvent,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, OrderRefusal> {
    let at = told.at.unwrap_or(now).trunc_subsecs(6);
    if at > now {
        return Err(later("/at"));
    }
    Ok(at.max(order.placed_at))
}

/// How much was told, in the currency of the order.
fn amount(order: &Order, told: &ReportedOrderEvent) -> Result<Option<i64>, OrderRefusal> {
    let Some(money) = told.amount else { return Ok(None) };
    let invalid = |at: &str, detail: String| Err(OrderRefusal::Invalid(Fault::new(at, detail)));
    let currency = order.said.cart.currency;
    if money.currency != currency {
        let detail = format!("must be that of the order, {}", currency.code());
        return invalid("/amount/currency", detail);
    }
    if !(0..=AMOUNT_MAX).contains(&money.minor) {
        return invalid("/amount/amount", format!("{} must not be negative", money.amount()));
    }
    Ok(Some(money.minor))
}

fn later(at: &str) -> OrderRefusal {
    OrderRefusal::Invalid(Fault::new(at, LATER))
}

fn too_much(at: &str) -> Fault {
    Fault::new(at, "add up to more than a price may be (10^15 minor units)")
}

/// What is told of an order: how it stands afterwards.
fn event(kind: EventKind, order: &Order) -> Event {
    let money = |minor: i64| order.money(minor).into();
    let data = OrderData {
        channel: order.said.cart.channel.clone(),
        total: money(order.total()),
        paid: money(order.paid),
        refunded: money(order.refunded),
        brought_over: order.said.brought_over,
    };
    Event::of(kind, order.id.as_str(), order.said.cart.customer.as_ref(), data)
}

#[cfg(test)]
mod tests;
