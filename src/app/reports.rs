//! Reports on what a merchant's rules have brought about.

use chrono::{DateTime, Days, NaiveDate, Utc};

use crate::domain::campaign::Campaign;
use crate::domain::ids::{CampaignId, MerchantId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::upsell::{Shown, UpsellState};
use crate::rules::reports::{CampaignReport, Offered, report_campaign};
use crate::store::campaign_reports::{OfferRow, first_nets, list_offered};
use crate::store::definitions::Stored;

use super::{App, AppError};

impl App {
    /// What has become of a campaign's offers that were made on the days from `from` to `to`, both
    /// included.
    ///
    /// # Errors
    /// Not found; `to` before `from`.
    pub async fn campaign_report(
        &self,
        merchant: &MerchantId,
        id: &CampaignId,
        (from, to): (Option<NaiveDate>, Option<NaiveDate>),
    ) -> Result<CampaignReport, AppError> {
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            return Err(AppError::invalid("/to", "must not lie before from"));
        }
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let context = app.context(tx, &merchant).await?;
                let known = Campaign::find(tx, &merchant, &id).await?;
                known.ok_or(AppError::NotFound("campaign"))?;
                let zone = context.settings.time_zone;
                let start = from.map_or(DateTime::<Utc>::UNIX_EPOCH, |from| zone.start_of(from));
                let end = to.and_then(|to| to.checked_add_days(Days::new(1)));
                let end = end.map_or(DateTime::<Utc>::MAX_UTC, |end| zone.start_of(end));
                let end = end.min(context.now + chrono::TimeDelta::days(1));
                let rows = list_offered(tx, &merchant, &id, (start, end)).await?;
                let sold: Vec<SubscriptionId> =
                    rows.iter().filter_map(|row| row.subscription.clone()).collect();
                let nets = first_nets(tx, &merchant, &sold).await?;
                let offers: Vec<Offered> = (rows.iter())
                    .map(|row| {
                        let net = row.subscription.as_ref().and_then(|id| nets.get(id)).copied();
                        counted(row, zone.date(row.offered_at), net, context.now)
                    })
                    .collect();
                Ok(report_campaign(&offers))
            })
        })
        .await
    }
}

/// An offer as its report counts it.
fn counted(row: &OfferRow, on: NaiveDate, net: Option<Money>, now: DateTime<Utc>) -> Offered {
    let state = match row.state {
        UpsellState::Pending if row.expires_at <= now => UpsellState::Expired,
        state => state,
    };
    let taken = (state == UpsellState::Accepted && row.counts).then_some(row.unit_net).flatten();
    let (units, revenue) = match (&row.shown, taken) {
        (Shown::Product { quantity, .. }, Some(unit_net)) => {
            (*quantity, Some(Money::new(quantity.saturating_mul(unit_net), row.currency)))
        }
        (Shown::Product { .. } | Shown::Offer { .. }, _) => (0, net),
    };
    Offered { on, state, units, completed: row.subscription.is_some(), revenue }
}
