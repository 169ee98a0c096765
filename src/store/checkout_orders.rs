//! The orders that checkouts have made, by what they wait for: the subscription that was bought, or
//! the change that begins it. The orders themselves stand in [`super::orders`].

use std::collections::BTreeMap;

use super::rows::all;
use super::sql::{args, list, row};
use super::{StoreError, Tx};
use crate::domain::ids::{ChangeId, CheckoutId, InvoiceId, MerchantId, OrderId, SubscriptionId};
use crate::domain::order::AwaitedSubscription;

/// Notes what a new order waits for.
pub async fn insert_subscribed(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscribed: &AwaitedSubscription,
) -> Result<(), StoreError> {
    let AwaitedSubscription { order, checkout, subscription, change, digital } = subscribed;
    tx.execute(
        "insert into checkout_orders (merchant_id, order_id, checkout_id, subscription_id, \
         change_id, digital) values ($1, $2, $3, $4, $5, $6)",
        args![merchant, order, checkout, subscription, change.as_ref(), *digital],
    )
    .await?;
    Ok(())
}

/// The open orders that wait for one of these subscriptions or changes, by id. What is paid and
/// delivered waits for no subscription any more.
pub async fn list_subscribed(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscriptions: &[SubscriptionId],
    changes: &[ChangeId],
) -> Result<Vec<AwaitedSubscription>, StoreError> {
    let by_subscription = "(c.merchant_id, c.subscription_id) in pairs($1, $2) \
                           and (o.paid_at is null or o.delivered_at is null)";
    let by_change = "(c.merchant_id, c.change_id) in pairs($1, $2)";
    let mut found = BTreeMap::new();
    for (wanted, ids, is_none) in [
        (by_subscription, list(subscriptions), subscriptions.is_empty()),
        (by_change, list(changes), changes.is_empty()),
    ] {
        if is_none {
            continue;
        }
        let text = format!(
            "select c.order_id, c.checkout_id, c.subscription_id, c.change_id, c.digital \
             from checkout_orders c \
             join orders o on o.merchant_id = c.merchant_id and o.id = c.order_id \
             where {wanted} and o.status = 'open'"
        );
        let rows: Vec<SubscribedRow> = tx.fetch_all(text, args![merchant, ids]).await?;
        found.extend(rows.into_iter().map(|row| (row.order_id.clone(), row)));
    }
    all(found.into_values().collect())
}

/// The invoice with the first booked line of each of these subscriptions, where there is one.
pub async fn first_invoices(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscriptions: &[SubscriptionId],
) -> Result<BTreeMap<SubscriptionId, InvoiceId>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select subscription_id, invoice_id from invoice_lines \
             where (merchant_id, subscription_id) in pairs($1, $2) and kind = 'period' \
             order by subscription_id, period_start, invoice_id",
            args![merchant, list(subscriptions)],
        )
        .await?;
    let mut first = BTreeMap::new();
    for (subscription, invoice) in rows {
        let subscription = SubscriptionId::stored(subscription);
        first.entry(subscription).or_insert_with(|| InvoiceId::stored(invoice));
    }
    Ok(first)
}

row! {
    struct SubscribedRow {
        order_id: String,
        checkout_id: String,
        subscription_id: String,
        change_id: Option<String>,
        digital: bool,
    }
}

impl TryFrom<SubscribedRow> for AwaitedSubscription {
    type Error = StoreError;

    fn try_from(row: SubscribedRow) -> Result<Self, StoreError> {
        Ok(Self {
            order: OrderId::stored(row.order_id),
            checkout: CheckoutId::stored(row.checkout_id),
            subscription: SubscriptionId::stored(row.subscription_id),
            change: row.change_id.map(ChangeId::stored),
            digital: row.digital,
        })
    }
}
