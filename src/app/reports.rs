//! Reports on what a merchant's rules have brought about.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::campaign::Campaign;
use crate::domain::gift_rule::GiftRule;
use crate::domain::ids::{CampaignId, GiftRuleId, MerchantId, PromotionId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::promotion::Promotion;
use crate::domain::upsell::{ShownUpsell, UpsellState};
use crate::rules::reports::{
    CampaignReport, CountedOffer, GiftRuleReport, PromotionReport, report_campaign,
    report_gift_rule, report_promotion,
};
use crate::store::campaign_reports::{
    OfferRow, count_offered, first_nets, list_accepted, list_offered,
};
use crate::store::definitions::Stored;
use crate::store::rule_reports::{count_near, sum_given};

use super::{App, AppError, Context};

/// The first and the last day that a report is about, both included; none is without an end.
pub type ReportDays = (Option<NaiveDate>, Option<NaiveDate>);

/// How many offers that were accepted are looked at for what they have brought in.
const ACCEPTED_MAX: i64 = 5_000;

/// What has become of a campaign's offers lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignFigures {
    /// How many there were.
    pub shown: i64,
    /// How many of them were accepted.
    pub accepted: i64,
    /// What was brought in, in each currency.
    pub revenue: Vec<Money>,
    /// Whether that is all of it: of very many, only the latest are looked at.
    pub is_all: bool,
}

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
        days: ReportDays,
    ) -> Result<CampaignReport, AppError> {
        check(days)?;
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let known = Campaign::find(&mut tx, merchant, id).await?;
            known.ok_or(AppError::NotFound("campaign"))?;
            let zone = context.settings.time_zone;
            let rows = list_offered(&mut tx, merchant, id, span(&context, days)).await?;
            let sold: Vec<SubscriptionId> =
                rows.iter().filter_map(|row| row.subscription.clone()).collect();
            let nets = first_nets(&mut tx, merchant, &sold).await?;
            let offers: Vec<CountedOffer> = (rows.iter())
                .map(|row| {
                    let net = row.subscription.as_ref().and_then(|id| nets.get(id)).copied();
                    counted(row, zone.date(row.offered_at), net, context.now)
                })
                .collect();
            Ok(report_campaign(&offers))
        })
        .await
    }

    /// What has become of the offers of these campaigns that were made in the last days, today and
    /// `days` before; of those that have made none there is nothing.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn campaign_figures(
        &self,
        merchant: &MerchantId,
        campaigns: Vec<CampaignId>,
        days: u64,
    ) -> Result<BTreeMap<CampaignId, CampaignFigures>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let zone = context.settings.time_zone;
            let first = context.today.checked_sub_days(chrono::Days::new(days));
            let since = zone.start_of(first.unwrap_or(context.today));
            let counts = count_offered(&mut tx, merchant, &campaigns, since).await?;
            let known: Vec<CampaignId> = counts.keys().cloned().collect();
            let rows = list_accepted(&mut tx, merchant, &known, since, ACCEPTED_MAX + 1).await?;
            let is_all = rows.len() <= usize::try_from(ACCEPTED_MAX).unwrap_or(usize::MAX);
            let sold: Vec<SubscriptionId> =
                rows.iter().filter_map(|row| row.subscription.clone()).collect();
            let nets = first_nets(&mut tx, merchant, &sold).await?;
            let mut accepted: BTreeMap<CampaignId, Vec<CountedOffer>> = BTreeMap::new();
            for row in &rows {
                let net = row.subscription.as_ref().and_then(|id| nets.get(id)).copied();
                let offer = counted(row, zone.date(row.offered_at), net, context.now);
                accepted.entry(row.campaign.clone()).or_default().push(offer);
            }
            let figures = |(id, (shown, taken))| {
                let offers = accepted.remove(&id).unwrap_or_default();
                let revenue = report_campaign(&offers).revenue;
                (id, CampaignFigures { shown, accepted: taken, revenue, is_all })
            };
            Ok(counts.into_iter().map(figures).collect())
        })
        .await
    }

    /// What a gift rule has given with the orders of these days.
    ///
    /// # Errors
    /// Not found; `to` before `from`.
    pub async fn gift_rule_report(
        &self,
        merchant: &MerchantId,
        id: &GiftRuleId,
        days: ReportDays,
    ) -> Result<GiftRuleReport, AppError> {
        check(days)?;
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let known = GiftRule::find(&mut tx, merchant, id).await?;
            let rule = known.ok_or(AppError::NotFound("gift rule"))?;
            let given = sum_given(&mut tx, merchant, id, span(&context, days)).await?;
            Ok(report_gift_rule(&rule, given))
        })
        .await
    }

    /// How near the orders of these days came to a promotion.
    ///
    /// # Errors
    /// Not found; `to` before `from`.
    pub async fn promotion_report(
        &self,
        merchant: &MerchantId,
        id: &PromotionId,
        days: ReportDays,
    ) -> Result<PromotionReport, AppError> {
        check(days)?;
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let known = Promotion::find(&mut tx, merchant, id).await?;
            let promotion = known.ok_or(AppError::NotFound("promotion"))?;
            let near = count_near(&mut tx, merchant, id, span(&context, days)).await?;
            Ok(report_promotion(&promotion, near))
        })
        .await
    }
}

/// Refuses days that run backwards.
fn check((from, to): ReportDays) -> Result<(), AppError> {
    if from.zip(to).is_some_and(|(from, to)| to < from) {
        return Err(AppError::invalid("/to", "must not lie before from"));
    }
    Ok(())
}

/// Before anything that can be told: the first instant of the year 0.
const BEGINNING: DateTime<Utc> = match DateTime::from_timestamp(-62_167_219_200, 0) {
    Some(instant) => instant,
    None => DateTime::UNIX_EPOCH,
};

/// The instants from the beginning of the first day up to the end of the last one, by the
/// merchant's time zone.
fn span(context: &Context, (from, to): ReportDays) -> (DateTime<Utc>, DateTime<Utc>) {
    let zone = context.settings.time_zone;
    let start = from.map_or(BEGINNING, |from| zone.start_of(from));
    let end = to.and_then(|to| to.succ_opt());
    let end = end.map_or(DateTime::<Utc>::MAX_UTC, |end| zone.start_of(end));
    (start, end.min(context.now + chrono::TimeDelta::days(1)))
}

/// An offer as its report counts it.
fn counted(row: &OfferRow, on: NaiveDate, net: Option<Money>, now: DateTime<Utc>) -> CountedOffer {
    let state = match row.state {
        UpsellState::Pending if row.expires_at <= now => UpsellState::Expired,
        state => state,
    };
    let taken = (state == UpsellState::Accepted && row.counts).then_some(row.unit_net).flatten();
    let (units, revenue) = match (&row.shown, taken) {
        (ShownUpsell::Product { quantity, .. }, Some(unit_net)) => {
            (*quantity, Some(Money::new(quantity.saturating_mul(unit_net), row.currency)))
        }
        (ShownUpsell::Product { .. } | ShownUpsell::Offer { .. }, _) => (0, net),
    };
    CountedOffer { on, state, units, completed: row.subscription.is_some(), revenue }
}
