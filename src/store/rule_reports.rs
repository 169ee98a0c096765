//! What orders got of gift rules and promotions, summed up by the database: orders that count, by
//! when they were placed.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::sql::args;
use super::{StoreError, Tx};
use crate::domain::ids::{GiftRuleId, MerchantId, ProductId, PromotionId};
use crate::domain::report::{GiftTotals, Near};

/// What a gift rule gave with the orders placed from one instant up to and without another.
pub async fn sum_given(
    tx: &mut Tx,
    merchant: &MerchantId,
    rule: &GiftRuleId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<GiftTotals, StoreError> {
    let (orders, times): (i64, i64) = tx
        .fetch_one(
            "select count(*), cast(coalesce(sum(applied.times), 0) as bigint) from (\
             select g.order_id, max(g.times) as times from order_gifts g \
             join orders o on o.merchant_id = g.merchant_id and o.id = g.order_id \
             where g.merchant_id = $1 and g.rule_id = $2 and o.status = 'open' \
             and o.placed_at >= $3 and o.placed_at < $4 group by g.order_id) applied",
            args![merchant, rule, from, to],
        )
        .await?;
    let rows: Vec<(String, i64, i64)> = tx
        .fetch_all(
            "select g.product_id, \
             cast(sum(case when g.price_minor is null then 0 else g.quantity end) as bigint), \
             cast(sum(case when g.price_minor is null then g.quantity else 0 end) as bigint) \
             from order_gifts g \
             join orders o on o.merchant_id = g.merchant_id and o.id = g.order_id \
             where g.merchant_id = $1 and g.rule_id = $2 and o.status = 'open' \
             and o.placed_at >= $3 and o.placed_at < $4 group by g.product_id",
            args![merchant, rule, from, to],
        )
        .await?;
    let products = rows.into_iter().map(|(id, given, out)| (ProductId::stored(id), (given, out)));
    Ok(GiftTotals { orders, times, products: products.collect() })
}

/// How near the orders placed from one instant up to and without another came to a promotion.
pub async fn count_near(
    tx: &mut Tx,
    merchant: &MerchantId,
    promotion: &PromotionId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Near, StoreError> {
    let (orders,): (i64,) = tx
        .fetch_one(
            "select count(distinct p.order_id) from order_promotions p \
             join orders o on o.merchant_id = p.merchant_id and o.id = p.order_id \
             where p.merchant_id = $1 and p.promotion_id = $2 and o.status = 'open' \
             and o.placed_at >= $3 and o.placed_at < $4",
            args![merchant, promotion, from, to],
        )
        .await?;
    let rows: Vec<(String, i64)> = tx
        .fetch_all(
            "select p.upsell_id, count(*) from order_promotions p \
             join orders o on o.merchant_id = p.merchant_id and o.id = p.order_id \
             where p.merchant_id = $1 and p.promotion_id = $2 and o.status = 'open' \
             and o.placed_at >= $3 and o.placed_at < $4 group by p.upsell_id",
            args![merchant, promotion, from, to],
        )
        .await?;
    let mut upsells: BTreeMap<String, i64> = rows.into_iter().collect();
    // A row without an upsell says that it was earned.
    let earned = upsells.remove("").unwrap_or(0);
    Ok(Near { orders, earned, upsells })
}
