//! Orders with their lines and gifts, and what was paid back for them. What is offered after one
//! stands in [`super::upsells`]. Whoever decides about an order locks its row first.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::coupons::{Redeemer, save_redemptions};
use super::order_rows::{OrderParts, own_rows, parts};
use super::query::SqlQuery;
use super::rows::{ColumnPlace, to_json};
use super::selection_rules::move_gifts;
use super::sql::{Arg, AskedQuery, PageRows, Write, args, list, row};
use super::stock::save_moves;
use super::{Page, StoreError, Tx, events, upsells};
use crate::domain::cart::Item;
use crate::domain::ids::{CouponId, CustomerId, Ids, MerchantId, OrderId};
use crate::domain::new_event::Event;
use crate::domain::order::{Order, OrderGift, OrderLine, OrderPromotion, OrderStatus, Refund};
use crate::domain::order_plan::OrderPlan;
use crate::domain::stock::StockMove;
use crate::domain::upsell::Upsell;

/// Which orders to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// With this status.
    pub status: Option<OrderStatus>,
}

macro_rules! select_orders {
    ($rest:literal) => {
        concat!(
            "select id, status, said, coupon_id, discount_minor, free_shipping, paid_minor, \
             refunded_minor, placed_at, paid_at, delivered_at, cancelled_at from orders ",
            $rest
        )
    };
}

/// Stores a new order with all that comes of it; whether its id was free.
pub async fn insert_order(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plan: &OrderPlan,
    ids: &mut Ids,
) -> Result<bool, StoreError> {
    let order = &plan.order;
    let added = tx
        .execute(
            "insert into orders (merchant_id, id, customer_id, status, said, currency, net_minor, \
             discount_minor, total_minor, paid_minor, refunded_minor, brought_over, placed_at, \
             coupon_id, free_shipping) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) \
             on conflict (merchant_id, id) do nothing",
            args![
                merchant,
                &order.id,
                order.said.cart.customer.as_ref(),
                order.status,
                to_json(&order.said)?,
                order.said.cart.currency,
                order.net(),
                order.discount,
                order.total(),
                order.paid,
                order.refunded,
                order.said.brought_over,
                order.placed_at,
                order.coupon.as_ref(),
                order.free_shipping,
            ],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    insert_lines(tx, merchant, std::slice::from_ref(plan)).await?;
    insert_gifts(tx, merchant, order).await?;
    insert_promotions(tx, merchant, order).await?;
    store_rest(tx, merchant, now, std::slice::from_ref(plan), ids).await?;
    Ok(true)
}

/// Stores what has become of an order that is locked.
pub async fn save_order(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plan: &OrderPlan,
    ids: &mut Ids,
) -> Result<(), StoreError> {
    save_orders(tx, merchant, now, std::slice::from_ref(plan), ids).await
}

/// Stores what has become of orders that are locked. Of several plans of one order the last says
/// how it is in the end.
pub async fn save_orders(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plans: &[OrderPlan],
    ids: &mut Ids,
) -> Result<(), StoreError> {
    if plans.is_empty() {
        return Ok(());
    }
    let last: BTreeMap<&OrderId, &Order> =
        plans.iter().map(|plan| (&plan.order.id, &plan.order)).collect();
    let rows: Vec<Vec<Arg>> = (last.into_values())
        .map(|order| {
            args![
                merchant,
                &order.id,
                order.status,
                order.net(),
                order.total(),
                order.paid,
                order.refunded,
                order.paid_at,
                order.delivered_at,
                order.cancelled_at,
            ]
        })
        .collect();
    let columns = "merchant_id, id, status, net_minor, total_minor, paid_minor, refunded_minor, \
                   paid_at, delivered_at, cancelled_at";
    tx.gather([Write::update("orders", columns, 2, rows)]).await?;
    insert_lines(tx, merchant, plans).await?;
    store_rest(tx, merchant, now, plans, ids).await
}

/// Stores what has become of the offer after an order, whose own row stays as it is.
pub async fn save_offered(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plan: &OrderPlan,
    ids: &mut Ids,
) -> Result<(), StoreError> {
    store_rest(tx, merchant, now, std::slice::from_ref(plan), ids).await
}

/// Stores what moves with some orders, and what is told of them.
async fn store_rest(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plans: &[OrderPlan],
    ids: &mut Ids,
) -> Result<(), StoreError> {
    for plan in plans {
        store_own(tx, merchant, now, plan).await?;
    }
    // Of one product several orders may give back some: its row is written once.
    let moves: Vec<StockMove> = plans.iter().flat_map(|plan| &plan.moves).cloned().collect();
    if !moves.is_empty() {
        save_moves(tx, merchant, now, &moves).await?;
    }
    let told: Vec<Event> = plans.iter().flat_map(|plan| &plan.events).cloned().collect();
    // Last, for they take the merchant's counters.
    events::insert_events(tx, merchant, now, &told, ids).await?;
    Ok(())
}

/// Stores what belongs to one order alone.
async fn store_own(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    plan: &OrderPlan,
) -> Result<(), StoreError> {
    let order = &plan.order.id;
    if let Some(Refund { event, amount, at }) = &plan.refund {
        tx.execute(
            "insert into order_refunds (merchant_id, order_id, event_id, amount_minor, \
             refunded_at) values ($1, $2, $3, $4, $5)",
            args![merchant, order, event, *amount, *at],
        )
        .await?;
    }
    if let Some(upsell) = &plan.upsell {
        upsells::save_upsells(tx, merchant, &[(order, upsell)]).await?;
    }
    move_gifts(tx, merchant, &plan.gift_moves).await?;
    let redeemed = plan.redemption.as_slice();
    save_redemptions(tx, merchant, now, redeemed, Redeemer::Order(order)).await
}

/// The lines that are new stand at the end.
async fn insert_lines(
    tx: &mut Tx,
    merchant: &MerchantId,
    plans: &[OrderPlan],
) -> Result<(), StoreError> {
    let new = plans.iter().flat_map(|OrderPlan { order, new_lines, .. }| {
        let first = order.lines.len().saturating_sub(new_lines.len());
        new_lines.iter().zip(first..).map(move |(line, place)| (&order.id, line, place))
    });
    let rows = new.map(|(order, line, place)| {
        let OrderLine { item, quantity, unit_net, campaign } = line;
        let (product, offer) = match item {
            Item::Product(product) => (Some(product), None),
            Item::Offer(offer) => (None, Some(offer)),
        };
        let campaign = campaign.as_ref();
        let place = number(place);
        args![merchant, order, place, product, offer, *quantity, *unit_net, campaign]
    });
    let columns = "merchant_id, order_id, place, product_id, offer_id, quantity, unit_net_minor, \
                   campaign_id";
    tx.insert_rows("order_lines", columns, rows.collect()).await?;
    Ok(())
}

async fn insert_gifts(tx: &mut Tx, merchant: &MerchantId, order: &Order) -> Result<(), StoreError> {
    let rows = order.gifts.iter().enumerate().map(|(place, gift)| {
        let OrderGift { rule, edit, times, product, quantity, price } = gift;
        args![merchant, &order.id, number(place), rule, *edit, *times, product, *quantity, *price]
    });
    let columns = "merchant_id, order_id, place, rule_id, rule_edit, times, product_id, quantity, \
                   price_minor";
    tx.insert_rows("order_gifts", columns, rows.collect()).await?;
    Ok(())
}

async fn insert_promotions(
    tx: &mut Tx,
    merchant: &MerchantId,
    order: &Order,
) -> Result<(), StoreError> {
    let rows = order.promotions.iter().map(|told| {
        let OrderPromotion { promotion, title, reward, upsell } = told;
        let upsell = upsell.as_deref().unwrap_or_default();
        Ok(args![merchant, &order.id, promotion, upsell, title, to_json(reward)?])
    });
    let rows: Result<Vec<Vec<Arg>>, StoreError> = rows.collect();
    let columns = "merchant_id, order_id, promotion_id, upsell_id, title, reward";
    tx.insert_rows("order_promotions", columns, rows?).await?;
    Ok(())
}

fn number(place: usize) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// Locks an order until the transaction ends, and gives it.
pub async fn lock_order(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OrderId,
) -> Result<Option<Order>, StoreError> {
    let rows = lock_one(tx, merchant, id).await?;
    Ok(whole(tx, merchant, rows).await?.pop())
}

/// The same with what was offered after it.
pub async fn lock_order_and_offer(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OrderId,
) -> Result<Option<(Order, Option<Upsell>)>, StoreError> {
    let rows = lock_one(tx, merchant, id).await?;
    Ok(whole_with_offers(tx, merchant, rows).await?.pop())
}

/// Locks the row of an order: what was waited for is read as whoever was waited for has left it.
async fn lock_one(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OrderId,
) -> Result<Vec<OrderRow>, StoreError> {
    let text = select_orders!("where merchant_id = $1 and id = $2 for no key update");
    tx.fetch_all(text, args![merchant, id]).await
}

/// Locks orders until the transaction ends, in the order of their ids, and gives them.
pub async fn lock_orders(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[OrderId],
) -> Result<Vec<Order>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if tx.locks_rows() {
        let text = "select id from orders where (merchant_id, id) in pairs($1, $2) \
                    order by id for update";
        let _locked: Vec<(String,)> = tx.fetch_all(text, args![merchant, list(ids)]).await?;
    }
    let rows = tx
        .fetch_all(
            select_orders!("where (merchant_id, id) in pairs($1, $2) order by id"),
            args![merchant, list(ids)],
        )
        .await?;
    whole(tx, merchant, rows).await
}

/// An order.
pub async fn find_order(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &OrderId,
) -> Result<Option<Order>, StoreError> {
    let rows = tx
        .fetch_all(select_orders!("where merchant_id = $1 and id = $2"), args![merchant, id])
        .await?;
    Ok(whole(tx, merchant, rows).await?.pop())
}

/// Orders whose offers have waited for an answer to their end, locked, each with its offer; those
/// that somebody else has locked are left to them.
pub async fn claim_overdue(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(Order, Upsell)>, StoreError> {
    let claimed: Vec<(String,)> = tx
        .fetch_all(
            "select o.id from orders o where o.merchant_id = $1 and o.id in (\
             select u.order_id from upsells u where u.merchant_id = $1 and u.state = 'pending' \
             and u.expires_at <= $2 order by u.expires_at, u.order_id limit $3) \
             order by o.id for update skip locked",
            args![merchant, now, limit],
        )
        .await?;
    let ids: Vec<String> = claimed.into_iter().map(|(id,)| id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows = tx
        .fetch_all(
            select_orders!("where (merchant_id, id) in pairs($1, $2) order by id"),
            args![merchant, list(&ids)],
        )
        .await?;
    // Read under the lock: one may have been answered in between.
    let orders = whole_with_offers(tx, merchant, rows).await?.into_iter();
    Ok(orders.filter_map(|(order, offered)| Some((order, offered?))).collect())
}

/// The orders that were placed last, the latest first.
pub async fn list_latest(
    tx: &mut Tx,
    merchant: &MerchantId,
    limit: i64,
) -> Result<Vec<Order>, StoreError> {
    let rows = tx
        .fetch_all(
            select_orders!("where merchant_id = $1 order by placed_at desc, id desc limit $2"),
            args![merchant, limit],
        )
        .await?;
    whole(tx, merchant, rows).await
}

/// Orders, by id.
pub async fn list_orders(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &OrderFilter,
    page: &Page,
) -> Result<Vec<Order>, StoreError> {
    let query = SqlQuery::new(select_orders!("where merchant_id = $1"), args![merchant])
        .filter("customer_id = $?", filter.customer.as_ref())
        .only(filter.status.map(|status| match status {
            OrderStatus::Open => "status = 'open'",
            // By themselves along an index, for they are few.
            OrderStatus::Cancelled => "status = 'cancelled'",
        }))
        .search(
            "(lower(id) like lower($?) escape '!' \
             or lower(customer_id) like lower($?) escape '!')",
            page,
        );
    let (text, args) = query.page("id", page);
    let (mut rows, mut found) = (PageRows::of((text, args), page), Vec::new());
    while let Some(piece) = rows.next(tx).await? {
        let whole = whole(tx, merchant, piece).await?;
        found.extend(
            rows.fitting(tx, whole, |it| it.lines.len() + it.gifts.len() + it.promotions.len()),
        );
    }
    Ok(found)
}

/// What was paid back for an order.
pub async fn list_refunds(
    tx: &mut Tx,
    merchant: &MerchantId,
    order: &OrderId,
) -> Result<Vec<Refund>, StoreError> {
    let rows: Vec<(String, i64, DateTime<Utc>)> = tx
        .fetch_all(
            "select event_id, amount_minor, refunded_at from order_refunds \
             where merchant_id = $1 and order_id = $2 order by event_id",
            args![merchant, order],
        )
        .await?;
    let refund = |(event, amount, at)| Refund { event, amount, at };
    Ok(rows.into_iter().map(refund).collect())
}

/// Orders with their lines, gifts and promotions.
async fn whole(
    tx: &mut Tx,
    merchant: &MerchantId,
    rows: Vec<OrderRow>,
) -> Result<Vec<Order>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let found = tx.ask("", &own_rows(), of_orders(merchant, &rows)).await?;
    let mut parts = parts(found)?;
    rows.into_iter().map(|row| row.with(&mut parts)).collect()
}

/// The same, each with what was offered after it.
async fn whole_with_offers(
    tx: &mut Tx,
    merchant: &MerchantId,
    rows: Vec<OrderRow>,
) -> Result<Vec<(Order, Option<Upsell>)>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let questions: Vec<AskedQuery> = own_rows().into_iter().chain([upsells::of_orders()]).collect();
    let mut found = tx.ask("", &questions, of_orders(merchant, &rows)).await?;
    let mut offered = upsells::by_order(found.take(questions.len() - 1)?)?;
    let mut parts = parts(found)?;
    let order = |row: OrderRow| {
        let offered = offered.remove(&row.id);
        Ok((row.with(&mut parts)?, offered))
    };
    rows.into_iter().map(order).collect()
}

/// Which orders is asked of.
fn of_orders(merchant: &MerchantId, rows: &[OrderRow]) -> Vec<Arg> {
    args![merchant, list(rows.iter().map(|row| &row.id))]
}

row! {
    struct OrderRow {
        id: String,
        status: String,
        said: String,
        coupon_id: Option<String>,
        discount_minor: i64,
        free_shipping: bool,
        paid_minor: i64,
        refunded_minor: i64,
        placed_at: DateTime<Utc>,
        paid_at: Option<DateTime<Utc>>,
        delivered_at: Option<DateTime<Utc>>,
        cancelled_at: Option<DateTime<Utc>>,
    }
}

impl OrderRow {
    fn with(self, parts: &mut BTreeMap<String, OrderParts>) -> Result<Order, StoreError> {
        let place = ColumnPlace { table: "orders", row: &self.id };
        let OrderParts { lines, gifts, promotions } = parts.remove(&self.id).unwrap_or_default();
        Ok(Order {
            said: place.json("said", &self.said)?,
            status: place.named("status", &self.status)?,
            lines,
            gifts,
            promotions,
            coupon: self.coupon_id.map(CouponId::stored),
            discount: self.discount_minor,
            free_shipping: self.free_shipping,
            paid: self.paid_minor,
            refunded: self.refunded_minor,
            placed_at: self.placed_at,
            paid_at: self.paid_at,
            delivered_at: self.delivered_at,
            cancelled_at: self.cancelled_at,
            id: OrderId::stored(self.id),
        })
    }
}
