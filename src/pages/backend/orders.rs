//! Orders: listed, one shown with its lines, gifts and offer, and what has happened to it told by
//! hand. Each step asks once more.

use axum::extract::{Path, Query};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::app::orders::{OrderStep, Orders};
use crate::app::search::SearchHitKind;
use crate::domain::ids::{CustomerId, OrderId};
use crate::domain::money::Money;
use crate::domain::order::{Order, OrderGift, OrderLine, OrderStatus};
use crate::domain::verdict::Outcome;
use crate::edge::problem::Problem;
use crate::pages::backend::answer::Answer;
use crate::pages::backend::confirm::{answerable, ask};
use crate::pages::backend::filters::{Narrow, SoughtThing, filters};
use crate::pages::backend::lists::{Browse, SortOrder as Way};
use crate::pages::backend::places::{CAMPAIGNS, ORDERS};
use crate::pages::backend::session::{PageHead, Session};
use crate::pages::backend::{people, why_not};
use crate::render::backend::confirm::{ConfirmPage, Fact};
use crate::render::backend::frame::{Link, Tone};
use crate::render::backend::orders::{
    LineRow, OfferShown, OrderPage, OrderRow, OrdersPage, WeighedRow,
};
use crate::render::backend::parts::{Badge, Person};
use crate::render::backend::phrase::{Phrase, phrase};
use crate::rules::orders::ReportedOrderEvent;
use crate::wire::upsells::{Upsell, UpsellOffer, UpsellState, WeighedCampaign};

const STATUSES: &[(&str, &str)] = &[("", "All"), ("open", "Open"), ("cancelled", "Cancelled")];

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct OrderQuery {
    status: Option<String>,
    customer: Option<String>,
}

/// Lists orders.
pub(super) async fn list(
    session: Session,
    Query(browse): Query<Browse>,
    Query(wanted): Query<OrderQuery>,
) -> Answer {
    let customer = wanted.customer.as_ref();
    let customer = SoughtThing::among(&session, SearchHitKind::Customer, customer).await?;
    let filter = Orders {
        customer: customer.id.clone().map(CustomerId::stored),
        status: wanted.status.as_deref().and_then(OrderStatus::parse),
    };
    let page = browse.page(Way::NewestFirst);
    let mut found = session.app.orders(&session.merchant, filter, page).await?;
    let narrow = [
        Narrow::choice("status", "Status", wanted.status.as_ref(), STATUSES),
        Narrow::thing("customer", "Customer", &customer),
    ];
    let label = "Search by order or customer";
    let (filters, here) = filters(ORDERS, label, browse.searched(), &narrow);
    let pager = browse.pager(&mut found, Way::NewestFirst, &here, |order| order.id.as_str());
    let mut rows: Vec<_> = found.iter().map(|order| row(&session, order)).collect();
    people::name(&session, rows.iter_mut().filter_map(|row| row.customer.as_mut())).await?;
    session.show(PageHead::new("Orders"), &OrdersPage { filters, rows, pager })
}

/// Shows an order with all that belongs to it.
pub(super) async fn show(session: Session, Path(id): Path<String>) -> Answer {
    let id = OrderId::stored(id);
    let order = session.app.order(&session.merchant, &id).await?;
    let upsell = session.app.upsell(&session.merchant, &id, false).await?;
    let line = |line: &OrderLine| {
        let by =
            line.campaign.as_ref().map(|campaign| phrase!("campaign {}", campaign.to_string()));
        let note = by.unwrap_or_default();
        let count = (line.quantity, Some(line.unit_net));
        LineRow { note, ..line_row(&session, &order, line.item.name(), count) }
    };
    let gift = |gift: &OrderGift| {
        let rule = gift.rule.to_string();
        let note = match gift.price {
            Some(_) => phrase!("gift rule {}", rule),
            None => phrase!("gift rule {}, could not be given", rule),
        };
        let count = (gift.quantity, gift.price);
        LineRow { note, ..line_row(&session, &order, gift.product.as_str(), count) }
    };
    let earned = order.promotions.iter().filter(|told| told.upsell.is_none());
    let mut shown = row(&session, &order);
    people::name(&session, shown.customer.as_mut()).await?;
    let page = OrderPage {
        order: shown,
        facts: facts(&session, &order),
        lines: order.lines.iter().map(line).collect(),
        gifts: order.gifts.iter().map(gift).collect(),
        earned: earned.map(|told| told.title.clone()).collect(),
        offer: offer(&session, &order, &upsell),
        considered: upsell.considered.iter().map(weighed).collect(),
        steps: steps(&order),
        why_not: why_not::address("order", id.as_str()),
    };
    let title = phrase!("Order {}", id.to_string());
    session.show(PageHead::new(title).below("Orders", ORDERS), &page)
}

fn row(session: &Session, order: &Order) -> OrderRow {
    let cart = &order.said.cart;
    let mut status = Vec::new();
    if order.status == OrderStatus::Cancelled {
        status.push(Badge::new(Tone::Bad, "cancelled"));
    }
    if order.said.brought_over {
        status.push(Badge::new(Tone::Plain, "brought over"));
    }
    if order.refunded > 0 {
        status.push(Badge::new(Tone::Warn, "paid back"));
    }
    let is_open = order.status == OrderStatus::Open;
    status.extend(match (order.paid_at, order.delivered_at) {
        (Some(_), Some(_)) => Some(Badge::new(Tone::Good, "paid, delivered")),
        (Some(_), None) => Some(Badge::new(Tone::Good, "paid")),
        (None, Some(_)) => Some(Badge::new(Tone::Warn, "delivered, not paid")),
        (None, None) => is_open.then(|| Badge::new(Tone::Plain, "open")),
    });
    let units: i64 = order.lines.iter().map(|line| line.quantity).sum();
    OrderRow {
        id: order.id.to_string(),
        customer: cart.customer.as_ref().map(Person::of),
        channel: cart.channel.clone(),
        placed: session.time(order.placed_at),
        units: units.to_string(),
        total: session.money(order.money(order.total())),
        status,
    }
}

fn facts(session: &Session, order: &Order) -> Vec<Fact> {
    let cart = &order.said.cart;
    let money = |minor: i64| Phrase::from(session.money(order.money(minor)));
    let at = |at: Option<DateTime<Utc>>| at.map(|at| Phrase::from(session.time(at).text));
    let own = |text: &Option<String>| text.as_ref().map(Phrase::from);
    let said = [
        ("Channel", Some((&cart.channel).into())),
        ("Customer group", own(&cart.customer_group)),
        ("Ships to", own(&cart.shipping_country)),
        ("Paid by", own(&cart.payment_method)),
        ("Shipping", cart.shipping_cost.map(money)),
        ("Net", Some(money(order.net()))),
        ("Coupon", own(&cart.coupon)),
        ("Discount", Some(order.discount).filter(|minor| *minor > 0).map(money)),
        ("Shipping is free", order.free_shipping.then(|| "by the coupon".into())),
        ("Total", Some(money(order.total()))),
        ("Paid", order.paid_at.map(|_| money(order.paid))),
        ("Paid on", at(order.paid_at)),
        ("Paid back", Some(order.refunded).filter(|minor| *minor > 0).map(money)),
        ("Delivered on", at(order.delivered_at)),
        ("Cancelled on", at(order.cancelled_at)),
    ];
    said.into_iter().filter_map(|(label, text)| Some(Fact::new(label, text?))).collect()
}

fn line_row(
    session: &Session,
    order: &Order,
    product: &str,
    (quantity, price): (i64, Option<i64>),
) -> LineRow {
    let money = |minor: i64| session.money(order.money(minor));
    LineRow {
        product: product.to_owned(),
        quantity: quantity.to_string(),
        price: price.map(money).unwrap_or_default(),
        sum: price.map(|price| money(quantity.saturating_mul(price))).unwrap_or_default(),
        note: Phrase::default(),
    }
}

fn offer(session: &Session, order: &Order, upsell: &Upsell) -> Option<OfferShown> {
    let tone = match upsell.state {
        UpsellState::None => return None,
        UpsellState::Accepted => Tone::Good,
        UpsellState::Pending => Tone::Warn,
        UpsellState::Declined | UpsellState::Expired | UpsellState::Gone => Tone::Plain,
    };
    let state = match upsell.state {
        UpsellState::None | UpsellState::Pending => "waits for an answer",
        UpsellState::Accepted => "accepted",
        UpsellState::Declined => "declined",
        UpsellState::Expired => "expired",
        UpsellState::Gone => "sold out before",
    };
    let chosen = upsell.considered.iter().find(|it| it.verdict == Outcome::Chosen);
    let (campaign, what) = match &upsell.offer {
        Some(UpsellOffer::Product(it)) => {
            let (quantity, product) = (it.quantity, it.product.clone());
            let what = match &it.price {
                Some(price) => {
                    let money = Money::parse(price, order.said.cart.currency);
                    let money = money.map_or_else(|_| price.clone(), |it| session.money(it));
                    phrase!("{} × {} at {}", quantity, product, money)
                }
                None => phrase!("{} × {}", quantity, product),
            };
            (it.campaign.clone(), what)
        }
        Some(UpsellOffer::Offer(it)) => {
            (it.campaign.clone(), phrase!("the offer {}", it.offer.clone()))
        }
        None => (chosen?.campaign.clone(), "is over".into()),
    };
    Some(OfferShown {
        state: Badge::new(tone, state),
        campaign: campaign_link(&campaign),
        what,
        expires: session.time(upsell.expires_at?),
    })
}

fn campaign_link(id: &str) -> Link {
    Link::new(id.to_owned(), format!("{CAMPAIGNS}/{id}"))
}

fn weighed(it: &WeighedCampaign) -> WeighedRow {
    let (tone, verdict) = match it.verdict {
        Outcome::Chosen => (Tone::Good, "chosen"),
        Outcome::Outranked => (Tone::Plain, "outranked"),
        Outcome::Unavailable => (Tone::Warn, "unavailable"),
        Outcome::Rejected => (Tone::Plain, "rejected"),
    };
    WeighedRow {
        campaign: campaign_link(&it.campaign),
        verdict: Badge::new(tone, verdict),
        reason: it.reason.clone().unwrap_or_default(),
    }
}

/// What can be told of an order now.
fn steps(order: &Order) -> Vec<Link> {
    let is_open = order.status == OrderStatus::Open;
    let all = [
        (OrderStep::Paid, is_open && order.paid_at.is_none()),
        (OrderStep::Delivered, is_open && order.delivered_at.is_none()),
        (OrderStep::Refunded, order.refunded < order.paid),
        (OrderStep::Cancelled, is_open),
    ];
    let link = |step: OrderStep| Link::new(question(step).button, address(&order.id, step));
    all.into_iter().filter(|(_, can)| *can).map(|(step, _)| link(step)).collect()
}

fn address(id: &OrderId, step: OrderStep) -> String {
    format!("{ORDERS}/{id}/{}", question(step).name)
}

struct Question {
    name: &'static str,
    title: &'static str,
    lead: &'static str,
    button: &'static str,
    done: &'static str,
}

fn question(step: OrderStep) -> Question {
    match step {
        OrderStep::Paid => Question {
            name: "paid",
            title: "Was this order paid?",
            lead: "All that it comes to counts as paid, from now on.",
            button: "Mark as paid",
            done: "The order is paid.",
        },
        OrderStep::Delivered => Question {
            name: "delivered",
            title: "Was this order delivered?",
            lead: "From now on nothing of it comes back into stock, also where it is cancelled.",
            button: "Mark as delivered",
            done: "The order is delivered.",
        },
        OrderStep::Cancelled => Question {
            name: "cancelled",
            title: "Cancel this order?",
            lead: "What it took comes back into stock, unless it was delivered, and an offer that \
                   waits for an answer ends. This cannot be taken back.",
            button: "Cancel the order",
            done: "The order is cancelled.",
        },
        OrderStep::Refunded => Question {
            name: "refunded",
            title: "Was the rest paid back?",
            lead: "All that was paid and is not paid back yet counts as paid back.",
            button: "Mark as paid back",
            done: "What was paid is paid back.",
        },
    }
}

/// Asks before an order counts as paid.
pub(super) async fn ask_paid(session: Session, Path(id): Path<String>) -> Answer {
    asked_of(&session, &OrderId::stored(id), OrderStep::Paid, None).await
}

/// An order was paid.
pub(super) async fn paid(session: Session, Path(id): Path<String>) -> Answer {
    take_step(&session, &OrderId::stored(id), OrderStep::Paid).await
}

/// Asks before an order counts as delivered.
pub(super) async fn ask_delivered(session: Session, Path(id): Path<String>) -> Answer {
    asked_of(&session, &OrderId::stored(id), OrderStep::Delivered, None).await
}

/// An order was delivered.
pub(super) async fn delivered(session: Session, Path(id): Path<String>) -> Answer {
    take_step(&session, &OrderId::stored(id), OrderStep::Delivered).await
}

/// Asks before an order counts as paid back.
pub(super) async fn ask_refunded(session: Session, Path(id): Path<String>) -> Answer {
    asked_of(&session, &OrderId::stored(id), OrderStep::Refunded, None).await
}

/// An order was paid back.
pub(super) async fn refunded(session: Session, Path(id): Path<String>) -> Answer {
    take_step(&session, &OrderId::stored(id), OrderStep::Refunded).await
}

/// Asks before an order is cancelled.
pub(super) async fn ask_cancelled(session: Session, Path(id): Path<String>) -> Answer {
    asked_of(&session, &OrderId::stored(id), OrderStep::Cancelled, None).await
}

/// An order is cancelled.
pub(super) async fn cancelled(session: Session, Path(id): Path<String>) -> Answer {
    take_step(&session, &OrderId::stored(id), OrderStep::Cancelled).await
}

async fn take_step(session: &Session, id: &OrderId, step: OrderStep) -> Answer {
    let order = session.app.order(&session.merchant, id).await?;
    let is_paid_back = order.paid_at.is_some() && order.refunded == order.paid;
    if step == OrderStep::Refunded && is_paid_back {
        // Pressed twice: a refund of nothing would be kept for its name.
        return session.go(&format!("{ORDERS}/{id}"), question(step).done);
    }
    match session.app.order_step(&session.merchant, id, step, told(step, &order)).await {
        Ok(_) => session.go(&format!("{ORDERS}/{id}"), question(step).done),
        Err(error) => asked_of(session, id, step, Some(&answerable(error)?)).await,
    }
}

/// Paying back has a name, so that sent twice it happens once: what was paid back before is part
/// of it.
fn told(step: OrderStep, order: &Order) -> ReportedOrderEvent {
    let event = (step == OrderStep::Refunded).then(|| format!("by hand after {}", order.refunded));
    ReportedOrderEvent { event, ..ReportedOrderEvent::default() }
}

async fn asked_of(
    session: &Session,
    id: &OrderId,
    step: OrderStep,
    refused: Option<&Problem>,
) -> Answer {
    let order = session.app.order(&session.merchant, id).await?;
    let asked = question(step);
    let row = row(session, &order);
    let page = ConfirmPage {
        lead: asked.lead,
        facts: vec![
            Fact::new("Order", row.id),
            Fact::new("Placed", row.placed.text),
            Fact::new("Total", row.total),
        ],
        action: address(id, step),
        button: asked.button,
        is_danger: step == OrderStep::Cancelled,
        keep: "Leave it as it is",
        back: format!("{ORDERS}/{id}"),
        ..ConfirmPage::default()
    };
    let head = PageHead::new(asked.title).below("Orders", ORDERS);
    ask(session, head, page, refused)
}
