//! The one offer that an order gets, and its answer. Its order's row is locked while it is
//! written.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::rows::{ColumnPlace, to_json};
use super::sql::{Arg, AskedQuery, Write, args, list, row};
use super::{StoreError, Tx};
use crate::domain::ids::{CampaignId, CheckoutId, CustomerId, MerchantId, OrderId};
use crate::domain::upsell::{ShownUpsell, Upsell, UpsellState};

const COLUMNS: &str = "merchant_id, order_id, campaign_id, shown, considered, state, offered_at, \
                       expires_at, ended_at, unit_net_minor, checkout_id";

macro_rules! select_upsells {
    ($rest:literal) => {
        concat!(
            "select order_id, campaign_id, shown, considered, state, offered_at, expires_at, \
             ended_at, unit_net_minor, checkout_id from upsells ",
            $rest
        )
    };
}

/// Stores offers, or how they stand now. What was shown never changes.
pub async fn save_upsells(
    tx: &mut Tx,
    merchant: &MerchantId,
    upsells: &[(&OrderId, &Upsell)],
) -> Result<(), StoreError> {
    let rows = upsells.iter().map(|(order, upsell)| {
        let Upsell { campaign, state, offered_at, expires_at, ended_at, unit_net, .. } = upsell;
        Ok(args![
            merchant,
            *order,
            campaign,
            to_json(&upsell.shown)?,
            to_json(&upsell.considered)?,
            state.name(),
            *offered_at,
            *expires_at,
            *ended_at,
            *unit_net,
            upsell.checkout.as_ref(),
        ])
    });
    let rows: Result<Vec<Vec<Arg>>, StoreError> = rows.collect();
    let conflict = "on conflict (merchant_id, order_id) do update set state = excluded.state, \
         ended_at = excluded.ended_at, unit_net_minor = excluded.unit_net_minor, \
         checkout_id = excluded.checkout_id";
    tx.gather([Write::upsert("upsells", COLUMNS, conflict, rows?)]).await
}

/// What was offered after an order.
pub async fn find_upsell(
    tx: &mut Tx,
    merchant: &MerchantId,
    order: &OrderId,
) -> Result<Option<Upsell>, StoreError> {
    let row: Option<UpsellRow> = tx
        .fetch_optional(
            select_upsells!("where merchant_id = $1 and order_id = $2"),
            args![merchant, order],
        )
        .await?;
    row.map(Upsell::try_from).transpose()
}

/// The customer who would get a checkout, where a subscription was offered after their order.
pub async fn find_buyer(
    tx: &mut Tx,
    merchant: &MerchantId,
    order: &OrderId,
) -> Result<Option<CustomerId>, StoreError> {
    let row: Option<(String, Option<String>)> = tx
        .fetch_optional(
            "select u.shown, o.customer_id from upsells u join orders o \
             on o.merchant_id = u.merchant_id and o.id = u.order_id \
             where u.merchant_id = $1 and u.order_id = $2",
            args![merchant, order],
        )
        .await?;
    let Some((shown, customer)) = row else { return Ok(None) };
    let place = ColumnPlace { table: "upsells", row: order.as_str() };
    let shown: ShownUpsell = place.json("shown", &shown)?;
    let buys = matches!(shown, ShownUpsell::Offer { .. });
    Ok(customer.filter(|_| buys).map(CustomerId::stored))
}

/// What was offered after each of these orders.
pub(super) async fn find_upsells(
    tx: &mut Tx,
    merchant: &MerchantId,
    orders: &[String],
) -> Result<BTreeMap<String, Upsell>, StoreError> {
    let text = select_upsells!("where (merchant_id, order_id) in pairs($1, $2)");
    by_order(tx.fetch_all(text, args![merchant, list(orders)]).await?)
}

/// Asks the same beside other questions about orders.
pub(super) fn of_orders() -> AskedQuery {
    AskedQuery::of::<UpsellRow>(select_upsells!("where (merchant_id, order_id) in pairs($1, $2)"))
}

/// What was offered, by order.
pub(super) fn by_order(rows: Vec<UpsellRow>) -> Result<BTreeMap<String, Upsell>, StoreError> {
    rows.into_iter().map(|row| Ok((row.order_id.clone(), Upsell::try_from(row)?))).collect()
}

/// When the first offer of any merchant ends that waits for an answer, if not after `until`.
pub async fn earliest_expiry(
    tx: &mut Tx,
    until: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let (first,): (Option<DateTime<Utc>>,) = tx
        .fetch_one(
            "select min(expires_at) from upsells where state = 'pending' and expires_at <= $1",
            args![until],
        )
        .await?;
    Ok(first)
}

row! {
    json
    /// A row of `upsells`.
    pub(super) struct UpsellRow {
        order_id: String,
        campaign_id: String,
        shown: String,
        considered: String,
        state: String,
        offered_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        ended_at: Option<DateTime<Utc>>,
        unit_net_minor: Option<i64>,
        checkout_id: Option<String>,
    }
}

impl TryFrom<UpsellRow> for Upsell {
    type Error = StoreError;

    fn try_from(row: UpsellRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "upsells", row: &row.order_id };
        Ok(Self {
            campaign: CampaignId::stored(row.campaign_id),
            shown: place.json("shown", &row.shown)?,
            considered: place.json("considered", &row.considered)?,
            state: place.need("state", UpsellState::parse(&row.state))?,
            offered_at: row.offered_at,
            expires_at: row.expires_at,
            ended_at: row.ended_at,
            unit_net: row.unit_net_minor,
            checkout: row.checkout_id.map(CheckoutId::stored),
        })
    }
}
