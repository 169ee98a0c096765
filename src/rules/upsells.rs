//! The offer after an order: made once, answered once, or over. Which campaign makes it is for
//! `selection::campaigns`.

use chrono::{DateTime, Utc};

use crate::domain::cart::Item;
use crate::domain::event::EventKind;
use crate::domain::event_data::UpsellData;
use crate::domain::fault::Fault;
use crate::domain::ids::ProductId;
use crate::domain::money::PRICE_MAX;
use crate::domain::new_event::Event;
use crate::domain::order::{Order, OrderLine};
use crate::domain::order_plan::OrderPlan;
use crate::domain::stock::{StockCause, StockMove};
use crate::domain::upsell::{ShownUpsell, Upsell, UpsellState};

use super::stock::{StockOnPaper, sold_out};

/// Why an answer to an offer does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpsellRefusal {
    /// Nothing was offered.
    Nothing,
    /// It was answered otherwise.
    Answered,
    /// It is too late; with what has to be stored of that, if nobody has seen it yet.
    Expired(Option<Box<OrderPlan>>),
    /// It was sold out or removed meanwhile; with what has to be stored of that, the first time.
    Gone(Option<Box<OrderPlan>>),
    /// What one costs must be said, or must not be, or is wrong.
    Invalid(Fault),
}

/// What the answer to an offer comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UpsellDecision {
    /// It was the answer already.
    Before,
    /// It is stored.
    Now(Box<OrderPlan>),
    /// It was an offer of a subscription: a checkout of it is opened, whose id it then has.
    Checkout(Box<Upsell>),
}

/// An offer that is made now.
#[must_use]
pub fn made(order: &Order, upsell: Upsell) -> OrderPlan {
    let told = event(EventKind::UpsellOffered, order, &upsell);
    plan(order, upsell, vec![told])
}

/// The end of an offer that nobody has answered; none where it has ended.
#[must_use]
pub fn expire(order: &Order, upsell: &Upsell, now: DateTime<Utc>) -> Option<(Upsell, Event)> {
    (upsell.state == UpsellState::Pending).then(|| {
        let ended = Upsell {
            state: UpsellState::Expired,
            ended_at: Some(now.min(upsell.expires_at)),
            ..upsell.clone()
        };
        let told = event(EventKind::UpsellExpired, order, &ended);
        (ended, told)
    })
}

/// Decides what accepting an offer comes to.
///
/// # Errors
/// An [`UpsellRefusal`].
pub fn decide_accept(
    order: &Order,
    upsell: Option<&Upsell>,
    unit_net: Option<i64>,
    shelf: StockOnPaper,
    now: DateTime<Utc>,
) -> Result<UpsellDecision, UpsellRefusal> {
    let upsell = match standing(order, upsell, now)? {
        (_, UpsellState::Accepted) => return Ok(UpsellDecision::Before),
        (_, UpsellState::Gone) => return Err(UpsellRefusal::Gone(None)),
        (_, UpsellState::Declined) => return Err(UpsellRefusal::Answered),
        (upsell, UpsellState::Pending | UpsellState::Expired) => upsell,
    };
    let accepted = Upsell { state: UpsellState::Accepted, ended_at: Some(now), ..upsell.clone() };
    let (product, quantity, price, always) = match &upsell.shown {
        ShownUpsell::Product { product, quantity, price, always } => {
            (product, *quantity, *price, *always)
        }
        ShownUpsell::Offer { .. } if unit_net.is_some() => {
            let detail = "is of no use here: the checkout says what it costs";
            return Err(UpsellRefusal::Invalid(Fault::new("/unit_net", detail)));
        }
        ShownUpsell::Offer { .. } => return Ok(UpsellDecision::Checkout(Box::new(accepted))),
    };
    let unit_net = agreed(order, price, unit_net)?;
    let (moves, enough) = taken(order, product, quantity, always, shelf);
    if !enough {
        let gone = Upsell { state: UpsellState::Gone, ..accepted };
        let told = event(EventKind::UpsellGone, order, &gone);
        return Err(UpsellRefusal::Gone(Some(Box::new(plan(order, gone, vec![told])))));
    }
    let line = OrderLine {
        item: Item::Product(product.clone()),
        quantity,
        unit_net,
        campaign: Some(upsell.campaign.clone()),
    };
    let mut grown = order.clone();
    grown.lines.push(line.clone());
    if grown.total() > PRICE_MAX {
        let detail = "makes the order come to more than a price may be (10^15 minor units)";
        return Err(UpsellRefusal::Invalid(Fault::new("/unit_net", detail)));
    }
    let accepted = Upsell { unit_net: Some(unit_net), ..accepted };
    let mut events = vec![event(EventKind::UpsellAccepted, &grown, &accepted)];
    events.extend(sold_out(&moves));
    let plan = OrderPlan { new_lines: vec![line], moves, ..plan(&grown, accepted, events) };
    Ok(UpsellDecision::Now(Box::new(plan)))
}

/// What one is taken for: what was shown, or what the shop says where only it knows.
fn agreed(order: &Order, shown: Option<i64>, told: Option<i64>) -> Result<i64, UpsellRefusal> {
    let wrong = |detail: String| Err(UpsellRefusal::Invalid(Fault::new("/unit_net", detail)));
    match (shown, told) {
        (Some(shown), Some(told)) if shown != told => {
            wrong(format!("is not what was offered, {}", order.money(shown).amount()))
        }
        (Some(shown), _) => Ok(shown),
        (None, Some(told)) => Ok(told),
        (None, None) => wrong("is missing: the product has no price of its own here".to_owned()),
    }
}

/// What accepting takes from the shelf, and whether that is enough.
fn taken(
    order: &Order,
    product: &ProductId,
    quantity: i64,
    always: bool,
    mut shelf: StockOnPaper,
) -> (Vec<StockMove>, bool) {
    let left = shelf.left(product);
    let enough = shelf.holds(product) && (always || left.is_none_or(|left| left >= quantity));
    let count = left.map_or(quantity, |left| left.min(quantity));
    if enough {
        shelf.shift(product, -count, StockCause::Upsell, Some(order.id.as_str()));
    }
    (shelf.into_moves(), enough)
}

/// Decides what declining an offer comes to.
///
/// # Errors
/// An [`UpsellRefusal`].
pub fn decide_decline(
    order: &Order,
    upsell: Option<&Upsell>,
    now: DateTime<Utc>,
) -> Result<UpsellDecision, UpsellRefusal> {
    let upsell = match standing(order, upsell, now)? {
        (_, UpsellState::Declined) => return Ok(UpsellDecision::Before),
        (_, UpsellState::Gone) => return Err(UpsellRefusal::Gone(None)),
        (_, UpsellState::Accepted) => return Err(UpsellRefusal::Answered),
        (upsell, UpsellState::Pending | UpsellState::Expired) => upsell,
    };
    let declined = Upsell { state: UpsellState::Declined, ended_at: Some(now), ..upsell.clone() };
    let told = event(EventKind::UpsellDeclined, order, &declined);
    Ok(UpsellDecision::Now(Box::new(plan(order, declined, vec![told]))))
}

/// The offer of an order that is not over, and where it stands.
fn standing<'u>(
    order: &Order,
    upsell: Option<&'u Upsell>,
    now: DateTime<Utc>,
) -> Result<(&'u Upsell, UpsellState), UpsellRefusal> {
    let upsell = upsell.ok_or(UpsellRefusal::Nothing)?;
    let state = upsell.state_at(now);
    if state == UpsellState::Expired {
        let over = expire(order, upsell, now);
        let over = over.map(|(ended, told)| Box::new(plan(order, ended, vec![told])));
        return Err(UpsellRefusal::Expired(over));
    }
    Ok((upsell, state))
}

/// What has to be stored of an offer that stands otherwise now.
#[must_use]
pub fn plan(order: &Order, upsell: Upsell, events: Vec<Event>) -> OrderPlan {
    OrderPlan { upsell: Some(upsell), events, ..OrderPlan::of(order.clone()) }
}

/// What is told of an offer.
#[must_use]
pub fn event(kind: EventKind, order: &Order, upsell: &Upsell) -> Event {
    let (product, quantity, price, offer) = match &upsell.shown {
        ShownUpsell::Product { product, quantity, price, .. } => {
            (Some(product), Some(*quantity), upsell.unit_net.or(*price), None)
        }
        ShownUpsell::Offer { offer, .. } => (None, None, None, Some(offer)),
    };
    let data = UpsellData {
        campaign: upsell.campaign.clone(),
        product: product.cloned(),
        quantity,
        price: price.map(|minor| order.money(minor).into()),
        offer: offer.cloned(),
        checkout: upsell.checkout.clone(),
    };
    Event::of(kind, order.id.as_str(), order.said.cart.customer.as_ref(), data)
}

#[cfg(test)]
mod tests;
