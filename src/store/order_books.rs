//! Orders as the audit looks at them: a page of them with all that belongs to it, in a few
//! questions.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::orders::{OrderFilter, list_orders};
use super::sql::{args, list};
use super::upsells::find_upsells;
use super::{Page, StoreError, Tx};
use crate::domain::book::OrderBook;
use crate::domain::ids::MerchantId;
use crate::domain::order::Refund;

/// A page of orders, by id, as they are written down.
pub async fn list_order_books(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<OrderBook>, StoreError> {
    let orders = list_orders(tx, merchant, &OrderFilter::default(), page).await?;
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<String> = orders.iter().map(|order| order.id.to_string()).collect();
    let rows: Vec<(String, i64, i64)> = tx
        .fetch_all(
            "select id, net_minor, total_minor from orders \
             where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(&ids)],
        )
        .await?;
    let sums: BTreeMap<String, (i64, i64)> =
        rows.into_iter().map(|(id, net, total)| (id, (net, total))).collect();
    let rows: Vec<(String, String, i64, DateTime<Utc>)> = tx
        .fetch_all(
            "select order_id, event_id, amount_minor, refunded_at from order_refunds \
             where (merchant_id, order_id) in pairs($1, $2)",
            args![merchant, list(&ids)],
        )
        .await?;
    let mut refunds = BTreeMap::<String, Vec<Refund>>::new();
    for (order, event, amount, at) in rows {
        refunds.entry(order).or_default().push(Refund { event, amount, at });
    }
    let rows: Vec<(String, i64)> = tx
        .fetch_all(
            "select order_id, count(*) from coupon_codes \
             where (merchant_id, order_id) in pairs($1, $2) group by order_id",
            args![merchant, list(&ids)],
        )
        .await?;
    let redemptions: BTreeMap<String, i64> = rows.into_iter().collect();
    let mut upsells = find_upsells(tx, merchant, &ids).await?;
    let books = orders.into_iter().map(|order| {
        let id = order.id.as_str();
        let (net, total) = sums.get(id).copied().unwrap_or_default();
        let (refunds, upsell) = (refunds.remove(id).unwrap_or_default(), upsells.remove(id));
        let redemptions = redemptions.get(id).copied().unwrap_or_default();
        OrderBook { order, net, total, redemptions, refunds, upsell }
    });
    Ok(books.collect())
}
