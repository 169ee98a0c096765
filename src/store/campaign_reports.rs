//! What became of the offers of a campaign, as its report counts them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::rows::ColumnPlace;
use super::sql::{args, list, row};
use super::{StoreError, Tx};
use crate::domain::ids::{CampaignId, ChangeId, MerchantId, SubscriptionId};
use crate::domain::money::{Currency, Money};
use crate::domain::order::OrderStatus;
use crate::domain::upsell::{ShownUpsell, UpsellState};

/// An offer of a campaign with what became of it.
#[derive(Debug, Clone)]
pub struct OfferRow {
    /// Of which campaign.
    pub campaign: CampaignId,
    /// What was offered.
    pub shown: ShownUpsell,
    /// Where it stands, apart from the clock.
    pub state: UpsellState,
    /// When it was made.
    pub offered_at: DateTime<Utc>,
    /// Until when it could be answered.
    pub expires_at: DateTime<Utc>,
    /// What one was taken for.
    pub unit_net: Option<i64>,
    /// Whether its order still counts.
    pub counts: bool,
    /// The currency of its order.
    pub currency: Currency,
    /// The subscription that its checkout has led to, or will, if that was completed.
    pub subscription: Option<SubscriptionId>,
}

/// What [`OfferRow`] reads.
macro_rules! select_offers {
    ($rest:literal) => {
        concat!(
            "select u.order_id, u.campaign_id, u.shown, u.state, u.offered_at, u.expires_at, \
             u.unit_net_minor, o.status, o.currency, c.result from upsells u \
             join orders o on o.merchant_id = u.merchant_id and o.id = u.order_id \
             left join checkouts c on c.merchant_id = u.merchant_id and c.id = u.checkout_id \
             and c.status = 'completed' ",
            $rest
        )
    };
}

/// How many offers each of these campaigns has made since an instant, and how many of them were
/// accepted.
pub async fn count_offered(
    tx: &mut Tx,
    merchant: &MerchantId,
    campaigns: &[CampaignId],
    since: DateTime<Utc>,
) -> Result<BTreeMap<CampaignId, (i64, i64)>, StoreError> {
    let rows: Vec<(String, i64, i64)> = tx
        .fetch_all(
            "select campaign_id, count(*), \
             cast(sum(case when state = 'accepted' then 1 else 0 end) as bigint) from upsells \
             where (merchant_id, campaign_id) in pairs($1, $2) and offered_at >= $3 \
             group by campaign_id",
            args![merchant, list(campaigns), since],
        )
        .await?;
    let counted = |(id, all, accepted)| (CampaignId::stored(id), (all, accepted));
    Ok(rows.into_iter().map(counted).collect())
}

/// The offers of these campaigns that were made since an instant and accepted, the latest first.
pub async fn list_accepted(
    tx: &mut Tx,
    merchant: &MerchantId,
    campaigns: &[CampaignId],
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<OfferRow>, StoreError> {
    let rows: Vec<Row> = tx
        .fetch_all(
            select_offers!(
                "where (u.merchant_id, u.campaign_id) in pairs($1, $2) and u.offered_at >= $3 \
                 and u.state = 'accepted' order by u.offered_at desc, u.order_id limit $4"
            ),
            args![merchant, list(campaigns), since, limit],
        )
        .await?;
    rows.into_iter().map(OfferRow::try_from).collect()
}

/// The offers that a campaign has made from one instant up to and without another.
pub async fn list_offered(
    tx: &mut Tx,
    merchant: &MerchantId,
    campaign: &CampaignId,
    (from, to): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<OfferRow>, StoreError> {
    let rows: Vec<Row> = tx
        .fetch_all(
            select_offers!(
                "where u.merchant_id = $1 and u.campaign_id = $2 \
                 and u.offered_at >= $3 and u.offered_at < $4"
            ),
            args![merchant, campaign, from, to],
        )
        .await?;
    rows.into_iter().map(OfferRow::try_from).collect()
}

/// What the first booked line of each of these subscriptions comes to without tax.
pub async fn first_nets(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscriptions: &[SubscriptionId],
) -> Result<BTreeMap<SubscriptionId, Money>, StoreError> {
    let rows: Vec<(String, i64, String)> = tx
        .fetch_all(
            "select l.subscription_id, l.net_minor, i.currency from invoice_lines l \
             join invoices i on i.merchant_id = l.merchant_id and i.id = l.invoice_id \
             where (l.merchant_id, l.subscription_id) in pairs($1, $2) and l.kind = 'period' \
             order by l.subscription_id, l.period_start, l.invoice_id",
            args![merchant, list(subscriptions)],
        )
        .await?;
    let mut nets = BTreeMap::new();
    for (id, net, code) in rows {
        let currency = ColumnPlace { table: "invoices", row: &id }.currency(&code)?;
        nets.entry(SubscriptionId::stored(id)).or_insert(Money::new(net, currency));
    }
    Ok(nets)
}

row! {
    struct Row {
        order_id: String,
        campaign_id: String,
        shown: String,
        state: String,
        offered_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        unit_net_minor: Option<i64>,
        status: String,
        currency: String,
        result: Option<String>,
    }
}

/// What a completed checkout says that it has led to.
#[derive(serde::Deserialize)]
struct CheckoutAttribution {
    subscription: Option<SubscriptionId>,
    scheduled_change: Option<ChangeId>,
}

impl TryFrom<Row> for OfferRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "upsells", row: &row.order_id };
        let led: Option<CheckoutAttribution> =
            row.result.as_deref().map(|text| place.json("result", text)).transpose()?;
        let subscription = led.and_then(|led| {
            let later = led.scheduled_change.as_ref().map(SubscriptionId::of_change);
            led.subscription.or(later)
        });
        let status = place.need("status", OrderStatus::parse(&row.status))?;
        Ok(Self {
            campaign: CampaignId::stored(row.campaign_id.clone()),
            shown: place.json("shown", &row.shown)?,
            state: place.need("state", UpsellState::parse(&row.state))?,
            offered_at: row.offered_at,
            expires_at: row.expires_at,
            unit_net: row.unit_net_minor,
            counts: status == OrderStatus::Open,
            currency: place.currency(&row.currency)?,
            subscription,
        })
    }
}
