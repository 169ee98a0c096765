//! What a path, as it is or edited, would mean for all current subscribers. Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::account::Account;
use crate::domain::catalog::Offer;
use crate::domain::ids::{CustomerId, MerchantId, OfferId, PathId};
use crate::domain::money::Currency;
use crate::domain::path::{Mode, Path, Proration, Transition};
use crate::rules::checkout::CheckoutFacts;
use crate::rules::matching::MatchFacts;
use crate::rules::rollout::Reach;
use crate::store::accounts::{Depth, load_accounts};
use crate::store::checkouts::held_sources;
use crate::store::subscriptions::RunningPrice;
use crate::store::{Tx, offers, paths, subscriptions};

use super::{App, AppError, Context};

/// How many customers are loaded at once.
const CUSTOMERS: i64 = 500;
/// How many targets are looked at.
pub const TARGETS_MAX: usize = 12;

/// A stored path with what is to be otherwise; what is `None` stays as it is.
#[derive(Debug, Clone)]
pub struct Edited {
    /// The path.
    pub path: PathId,
    /// The only target that is looked at.
    pub offer: Option<OfferId>,
    /// When the change takes effect.
    pub transition: Option<Transition>,
    /// What becomes of unused days.
    pub proration: Option<Proration>,
    /// Whether the target replaces the source.
    pub mode: Option<Mode>,
}

/// What the path would mean.
#[derive(Debug, Clone)]
pub struct Rollout {
    /// The path as it was looked at.
    pub path: Path,
    /// Each target, by id.
    pub targets: Vec<(Offer, Reach)>,
    /// How many more targets there are.
    pub more: usize,
}

impl App {
    /// What a path would mean for all current subscribers, were it in force today and did each of
    /// them take it. Nothing is stored.
    ///
    /// # Errors
    /// Invalid where there is no such path, or it would be refused as edited.
    pub async fn roll_out(
        &self,
        merchant: &MerchantId,
        edited: Edited,
    ) -> Result<Rollout, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                roll_out(tx, &mut context, edited).await
            })
        })
        .await
    }
}

async fn roll_out(tx: &mut Tx, context: &mut Context, edited: Edited) -> Result<Rollout, AppError> {
    let merchant = context.merchant.clone();
    let path = paths::find_path(tx, &merchant, &edited.path).await?;
    let unknown = || AppError::invalid("/path", format!("there is no path '{}'", edited.path));
    let path = edit(path.ok_or_else(unknown)?, &edited)?;
    let mut targets = offers::list_offers_with_tags(tx, &merchant, &path.target_tags).await?;
    let is_wanted = |offer: &Offer| edited.offer.as_ref().is_none_or(|it| *it == offer.terms.offer);
    targets.retain(|offer| offer.active && is_wanted(offer));
    if targets.is_empty() && edited.offer.is_some() {
        return Err(AppError::invalid("/offer", "the path does not lead there"));
    }
    let more = targets.len().saturating_sub(TARGETS_MAX);
    targets.truncate(TARGETS_MAX);
    let sources = offers::list_offers_with_tags(tx, &merchant, &path.source_tags).await?;
    let tags = sources.into_iter().map(|offer| (offer.terms.offer, offer.tags));
    let tags: BTreeMap<_, _> = tags.collect();
    let running = subscriptions::running_prices(tx, &merchant).await?;
    let mut reached: Vec<(CheckoutFacts, Reach)> = targets
        .into_iter()
        .map(|target| {
            let reach = Reach::of(monthly(&running, target.terms.price.currency));
            let (paths, held) = (vec![path.clone()], BTreeSet::new());
            let facts = CheckoutFacts {
                account: Account::empty(CustomerId::stored(String::new())),
                tariff: context.tariff.clone(),
                matching: MatchFacts { target, paths, tags: tags.clone(), held },
            };
            (facts, reach)
        })
        .collect();
    let sources: Vec<OfferId> = tags.into_keys().collect();
    count_all(tx, context, &sources, &mut reached).await?;
    let targets = reached.into_iter().map(|(facts, reach)| (facts.matching.target, reach));
    Ok(Rollout { path, targets: targets.collect(), more })
}

/// What all that runs costs a month, in minor units of a currency.
fn monthly(running: &[RunningPrice], currency: Currency) -> i64 {
    let priced = running.iter().filter(|it| it.price.currency == currency);
    let each = priced.map(|it| it.period.monthly(it.price.minor).saturating_mul(it.count));
    each.fold(0, i64::saturating_add)
}

/// Counts every customer who has one of the sources, a page at a time.
async fn count_all(
    tx: &mut Tx,
    context: &mut Context,
    sources: &[OfferId],
    reached: &mut [(CheckoutFacts, Reach)],
) -> Result<(), AppError> {
    let (merchant, today) = (context.merchant.clone(), context.today);
    let held = held_sources(tx, &merchant, context.now).await?;
    let mut after = None;
    loop {
        let ids =
            subscriptions::list_holders(tx, &merchant, sources, after.as_ref(), CUSTOMERS).await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = Some(last.clone());
        for account in load_accounts(tx, &merchant, &ids, Depth::Full).await? {
            for (facts, reach) in &mut *reached {
                facts.matching.held = held.get(&account.customer).cloned().into_iter().collect();
                facts.account = account.clone();
                reach.count(facts, &mut context.ids, today);
            }
        }
    }
}

/// The path as it is to be looked at: in force today.
fn edit(mut path: Path, edited: &Edited) -> Result<Path, AppError> {
    path.transition = edited.transition.unwrap_or(path.transition);
    path.proration = edited.proration.unwrap_or(path.proration);
    if let Some(mode) = edited.mode {
        path.optional = mode == Mode::Add;
    }
    (path.active, path.valid_from, path.valid_until) = (true, None, None);
    let may_prorate = [Transition::Immediate, Transition::ImmediateNextBooking];
    if path.proration == Proration::Day && !may_prorate.contains(&path.transition) {
        let detail = "by the day goes with `immediate` and `immediate_next_booking` only";
        return Err(AppError::invalid("/proration", detail));
    }
    Ok(path)
}
