//! What decides whether a customer starts an automation, and why one did not: what they bought
//! before, and what was told of them in which order.

use chrono::{DateTime, Utc};

use super::rows::ColumnPlace;
use super::sql::args;
use super::{StoreError, Tx};
use crate::domain::checkout::CheckoutResult;
use crate::domain::event::EventKind;
use crate::domain::ids::{ChangeId, CustomerId, MerchantId, OrderId, SubscriptionId};

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

/// What a customer has bought in a checkout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedOut {
    /// The name of the purchase.
    pub id: String,
    /// The order that was made.
    pub order: Option<OrderId>,
    /// The subscription that began, or will.
    pub subscription: Option<SubscriptionId>,
    /// When it was completed.
    pub at: DateTime<Utc>,
}

/// What a customer has bought in checkouts since an instant, in order.
pub async fn list_checked_out(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    since: DateTime<Utc>,
) -> Result<Vec<CheckedOut>, StoreError> {
    type Row = (String, Option<String>, Option<String>, DateTime<Utc>);
    let rows: Vec<Row> = tx
        .fetch_all(
            "select c.id, c.order_id, c.result, e.created_at from events e join checkouts c \
             on c.merchant_id = e.merchant_id and c.id = e.subject \
             where e.merchant_id = $1 and e.customer_id = $2 and e.kind = $3 \
             and e.created_at >= $4 order by e.created_at, e.id",
            args![merchant, customer, EventKind::CheckoutCompleted, since],
        )
        .await?;
    let bought = |(id, order, result, at): Row| {
        let place = ColumnPlace { table: "checkouts", row: &id };
        let result: Option<CheckoutResult> =
            result.map(|text| place.json("result", &text)).transpose()?;
        let (begun, waits) =
            result.map_or((None, None), |it| (it.subscription, it.scheduled_change));
        let later = waits.map(|id| SubscriptionId::of_change(&ChangeId::stored(id)));
        let (order, id) = (order.map(OrderId::stored), format!("checkout/{id}"));
        Ok(CheckedOut { id, order, subscription: begun.map(SubscriptionId::stored).or(later), at })
    };
    rows.into_iter().map(bought).collect()
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
