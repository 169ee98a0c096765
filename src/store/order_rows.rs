//! What orders have in rows of their own: lines, gifts and promotions.

use std::collections::BTreeMap;

use super::StoreError;
use super::rows::ColumnPlace;
use super::sql::{Answers, AskedQuery, row};
use crate::domain::cart::Item;
use crate::domain::ids::{CampaignId, GiftRuleId, OfferId, ProductId, PromotionId};
use crate::domain::order::{OrderGift, OrderLine, OrderPromotion};

/// What orders have in rows of their own.
pub(super) fn own_rows() -> [AskedQuery; 3] {
    [
        AskedQuery::of::<LineRow>(
            "select order_id, place, product_id, offer_id, quantity, unit_net_minor, campaign_id \
             from order_lines where (merchant_id, order_id) in pairs($1, $2)",
        ),
        AskedQuery::of::<GiftRow>(
            "select order_id, place, rule_id, rule_edit, times, product_id, quantity, price_minor \
             from order_gifts where (merchant_id, order_id) in pairs($1, $2)",
        ),
        AskedQuery::of::<PromotionRow>(
            "select order_id, promotion_id, upsell_id, title, reward from order_promotions \
             where (merchant_id, order_id) in pairs($1, $2)",
        ),
    ]
}

/// What [`own_rows`] has found, by order.
pub(super) fn parts(mut found: Answers) -> Result<BTreeMap<String, OrderParts>, StoreError> {
    let mut lines: Vec<LineRow> = found.take(0)?;
    lines.sort_by_key(|row| row.place);
    let mut gifts: Vec<GiftRow> = found.take(1)?;
    gifts.sort_by_key(|row| row.place);
    let mut told: Vec<PromotionRow> = found.take(2)?;
    told.sort_by(|one, two| {
        (&one.promotion_id, &one.upsell_id).cmp(&(&two.promotion_id, &two.upsell_id))
    });
    let mut parts = BTreeMap::<String, OrderParts>::new();
    for row in lines {
        let lines = &mut parts.entry(row.order_id.clone()).or_default().lines;
        lines.push(row.try_into()?);
    }
    for row in gifts {
        parts.entry(row.order_id.clone()).or_default().gifts.push(row.into());
    }
    for row in told {
        let promotions = &mut parts.entry(row.order_id.clone()).or_default().promotions;
        promotions.push(row.try_into()?);
    }
    Ok(parts)
}

/// What belongs to an order in rows of its own.
#[derive(Default)]
pub(super) struct OrderParts {
    pub(super) lines: Vec<OrderLine>,
    pub(super) gifts: Vec<OrderGift>,
    pub(super) promotions: Vec<OrderPromotion>,
}

row! {
    json struct LineRow {
        order_id: String,
        place: i64,
        product_id: Option<String>,
        offer_id: Option<String>,
        quantity: i64,
        unit_net_minor: i64,
        campaign_id: Option<String>,
    }
}

impl TryFrom<LineRow> for OrderLine {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "order_lines", row: &row.order_id };
        let product = row.product_id.map(|id| Item::Product(ProductId::stored(id)));
        let offer = row.offer_id.map(|id| Item::Offer(OfferId::stored(id)));
        Ok(Self {
            item: place.need("product_id", product.or(offer))?,
            quantity: row.quantity,
            unit_net: row.unit_net_minor,
            campaign: row.campaign_id.map(CampaignId::stored),
        })
    }
}

row! {
    json struct GiftRow {
        order_id: String,
        place: i64,
        rule_id: String,
        rule_edit: i64,
        times: i64,
        product_id: String,
        quantity: i64,
        price_minor: Option<i64>,
    }
}

impl From<GiftRow> for OrderGift {
    fn from(row: GiftRow) -> Self {
        Self {
            rule: GiftRuleId::stored(row.rule_id),
            edit: row.rule_edit,
            times: row.times,
            product: ProductId::stored(row.product_id),
            quantity: row.quantity,
            price: row.price_minor,
        }
    }
}

row! {
    json struct PromotionRow {
        order_id: String,
        promotion_id: String,
        upsell_id: String,
        title: String,
        reward: String,
    }
}

impl TryFrom<PromotionRow> for OrderPromotion {
    type Error = StoreError;

    fn try_from(row: PromotionRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "order_promotions", row: &row.order_id };
        Ok(Self {
            reward: place.json("reward", &row.reward)?,
            promotion: PromotionId::stored(row.promotion_id),
            title: row.title,
            upsell: Some(row.upsell_id).filter(|upsell| !upsell.is_empty()),
        })
    }
}
