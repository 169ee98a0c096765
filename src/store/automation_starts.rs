//! What decides whether a customer starts an automation, and why one did not: what they bought
//! before, and what was told of them in which order.

use chrono::{DateTime, Utc};

use super::sql::args;
use super::{StoreError, Tx};
use crate::domain::event::EventKind;
use crate::domain::ids::{CustomerId, MerchantId, OrderId};

/// What decides whether an order is a customer's first: whether they have another that counts, and
/// whether a subscription of theirs began before it.
pub async fn has_bought_besides(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    order: &OrderId,
    (placed_at, placed_on): (DateTime<Utc>, chrono::NaiveDate),
) -> Result<bool, StoreError> {
    let (found,): (i64,) = tx
        .fetch_one(
            "select (select count(*) from orders where merchant_id = $1 and customer_id = $2 \
             and id <> $3 and status = 'open') + (select count(*) from subscriptions \
             where merchant_id = $1 and customer_id = $2 \
             and (created_at < $4 or started_on < $5))",
            args![merchant, customer, order, placed_at, placed_on],
        )
        .await?;
    Ok(found > 0)
}

/// Whether a customer has any order that counts, or any subscription.
pub async fn has_bought(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
) -> Result<bool, StoreError> {
    let (found,): (i64,) = tx
        .fetch_one(
            "select (select count(*) from orders where merchant_id = $1 and customer_id = $2 \
             and status = 'open') + (select count(*) from subscriptions \
             where merchant_id = $1 and customer_id = $2)",
            args![merchant, customer],
        )
        .await?;
    Ok(found > 0)
}

/// Whether a customer had an order that counts, or a subscription, before a subscription began:
/// as soon as it by a clock that stands is before it.
pub async fn has_bought_before(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    (at, subscription): (DateTime<Utc>, &str),
) -> Result<bool, StoreError> {
    let (found,): (i64,) = tx
        .fetch_one(
            "select (select count(*) from orders o where o.merchant_id = $1 \
             and o.customer_id = $2 and o.status = 'open' and o.placed_at <= $3 \
             and not exists (select 1 from checkouts c where c.merchant_id = $1 \
             and c.customer_id = $2 and c.order_id = o.id)) + (select count(*) from subscriptions \
             where merchant_id = $1 and customer_id = $2 and created_at <= $3 and id <> $4)",
            args![merchant, customer, at, subscription],
        )
        .await?;
    Ok(found > 0)
}

/// When a customer last bought something in a checkout, not before an instant, that did not make
/// this order and still counts. Every checkout of a merchant with automations is noted.
pub async fn last_checked_out(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    (but, since): (Option<&OrderId>, DateTime<Utc>),
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let (last,): (Option<DateTime<Utc>>,) = tx
        .fetch_one(
            "select max(purchased_at) from automation_purchases \
             where merchant_id = $1 and customer_id = $2 and purchased_at >= $3 \
             and id like 'checkout/%' and cancelled_at is null \
             and (order_id is null or order_id <> coalesce($4, ''))",
            args![merchant, customer, since, but],
        )
        .await?;
    Ok(last)
}

/// When something of a kind was last told of a customer, and of what.
pub async fn last_told(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    kind: EventKind,
) -> Result<Option<(DateTime<Utc>, String)>, StoreError> {
    tx.fetch_optional(
        "select created_at, subject from events \
         where merchant_id = $1 and customer_id = $2 and kind = $3 \
         order by created_at desc, id desc limit 1",
        args![merchant, customer, kind],
    )
    .await
}

/// The place among the events of what was told last of a thing, of these kinds.
pub async fn last_sequence(
    tx: &mut Tx,
    merchant: &MerchantId,
    subject: &str,
    kinds: [EventKind; 2],
) -> Result<Option<i64>, StoreError> {
    let [one, other] = kinds;
    let (last,): (Option<i64>,) = tx
        .fetch_one(
            "select max(sequence) from events \
             where merchant_id = $1 and subject = $2 and kind in ($3, $4)",
            args![merchant, subject, one, other],
        )
        .await?;
    Ok(last)
}

/// Whether another order of a customer's counted when something was told that has been cancelled
/// since.
pub async fn had_another_order(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    (order, told): (&str, i64),
) -> Result<bool, StoreError> {
    let (found,): (i64,) = tx
        .fetch_one(
            "select count(*) from events c where c.merchant_id = $1 and c.customer_id = $2 \
             and c.kind = $3 and c.subject <> $4 and c.sequence > $5 \
             and exists (select 1 from events p where p.merchant_id = $1 \
             and p.subject = c.subject and p.kind = $6 and p.sequence < $5)",
            args![
                merchant,
                customer,
                EventKind::OrderCancelled,
                order,
                told,
                EventKind::OrderPlaced
            ],
        )
        .await?;
    Ok(found > 0)
}

/// Whether a customer was sent no messages when something was told: whether what was told of that
/// last before is its beginning.
pub async fn was_suppressed(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    told: i64,
) -> Result<bool, StoreError> {
    let (begin, end) = (EventKind::CustomerSuppressed, EventKind::CustomerUnsuppressed);
    let last: Option<(String,)> = tx
        .fetch_optional(
            "select kind from events where merchant_id = $1 and customer_id = $2 \
             and kind in ($3, $4) and sequence < $5 order by sequence desc limit 1",
            args![merchant, customer, begin, end, told],
        )
        .await?;
    Ok(last.is_some_and(|(kind,)| kind == begin.name()))
}

/// The order by which `explain` judges a customer: the last that was delivered, else the last.
pub async fn telling_order(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
) -> Result<Option<OrderId>, StoreError> {
    let row: Option<(String,)> = tx
        .fetch_optional(
            "select id from orders where merchant_id = $1 and customer_id = $2 \
             order by case when delivered_at is null then 1 else 0 end, delivered_at desc, \
             placed_at desc, id desc limit 1",
            args![merchant, customer],
        )
        .await?;
    Ok(row.map(|(id,)| OrderId::stored(id)))
}
