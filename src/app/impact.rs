//! What a path, as it is or as somebody is writing it, would mean for all current subscribers.
//! Nothing is stored.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::domain::account::Account;
use crate::domain::catalogue::Offer;
use crate::domain::ids::{CustomerId, MerchantId, OfferId};
use crate::domain::path::Path;
use crate::rules::checkout::CheckoutFacts;
use crate::rules::impact::ImpactReach;
use crate::rules::matching::MatchFacts;
use crate::store::accounts::{AccountDepth, load_accounts};
use crate::store::checkouts::held_sources;
use crate::store::{Tx, subscriptions};

use super::checkout_facts::asks_who_is_new;
use super::{App, AppError, Context};

/// How many customers are loaded at once.
const CUSTOMERS: i64 = 500;
/// How many targets are looked at.
const TARGETS_MAX: usize = 12;

/// What the path would mean.
#[derive(Debug, Clone)]
pub struct Impact {
    /// The path as it was looked at.
    pub path: Path,
    /// Each target, by id.
    pub targets: Vec<(Offer, ImpactReach)>,
    /// The targets that were left out.
    pub others: Vec<Offer>,
    /// How many customers were looked at.
    pub customers: u64,
}

impl App {
    /// What a path would mean for all current subscribers, were it in force today and did each of
    /// them take it to `target`, or to each of its targets in turn.
    ///
    /// # Errors
    /// Invalid where the path does not lead to `target`.
    pub async fn impact_of(
        &self,
        merchant: &MerchantId,
        path: Path,
        target: Option<OfferId>,
    ) -> Result<Impact, AppError> {
        let of = merchant;
        self.read_heavily(of, |mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            impact_of(self, &mut tx, &mut context, path.in_force(), target).await
        })
        .await
    }
}

async fn impact_of(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    path: Path,
    target: Option<OfferId>,
) -> Result<Impact, AppError> {
    let merchant = context.merchant.clone();
    let edition = app.committed_catalogue(tx, &merchant).await?;
    let mut targets: Vec<Offer> =
        edition.catalogue.targets_of(&path).into_iter().cloned().collect();
    if let Some(target) = &target {
        // The one that is wanted comes first.
        targets.sort_by_key(|offer| offer.terms.offer != *target);
        if targets.first().is_none_or(|offer| offer.terms.offer != *target) {
            return Err(AppError::invalid("/offer", "the path does not lead there"));
        }
    }
    let seen = if target.is_some() { 1 } else { TARGETS_MAX };
    let others = targets.split_off(seen.min(targets.len()));
    let sources = edition.catalogue.carrying(&path.source_tags);
    let tags = sources.map(|offer| (offer.terms.offer.clone(), offer.tags.clone()));
    let tags: BTreeMap<_, _> = tags.collect();
    let running = subscriptions::running_prices(tx, &merchant).await?;
    let reached: Vec<(CheckoutFacts, ImpactReach)> = targets
        .into_iter()
        .map(|target| {
            let reach = ImpactReach::of(&target.terms, &running);
            let (paths, held) = (vec![path.clone()], BTreeSet::new());
            let facts = CheckoutFacts {
                account: Account::empty(CustomerId::stored(String::new())),
                tariff: context.tariff.clone(),
                matching: MatchFacts {
                    target,
                    paths,
                    tags: tags.clone(),
                    held,
                    known_products: BTreeSet::new(),
                },
                cut: None,
            };
            (facts, reach)
        })
        .collect();
    let sources: Vec<OfferId> = tags.into_keys().collect();
    let (reached, customers) = count_all((app, tx, context), &sources, reached).await?;
    let targets = reached.into_iter().map(|(facts, reach)| (facts.matching.target, reach));
    Ok(Impact { path, targets: targets.collect(), others, customers })
}

/// Counts every customer who has one of the sources, a page at a time, and says how many there
/// are.
async fn count_all(
    (app, tx, context): (&App, &mut Tx, &Context),
    sources: &[OfferId],
    mut reached: Vec<(CheckoutFacts, ImpactReach)>,
) -> Result<(Vec<(CheckoutFacts, ImpactReach)>, u64), AppError> {
    let (merchant, today) = (context.merchant.clone(), context.today);
    let held = Arc::new(held_sources(tx, &merchant, context.now).await?);
    let (mut after, mut count) = (None, 0);
    loop {
        let ids =
            subscriptions::list_holders(tx, &merchant, sources, after.as_ref(), CUSTOMERS).await?;
        let Some(last) = ids.last() else { return Ok((reached, count)) };
        after = Some(last.clone());
        let asks =
            |(facts, _): &(CheckoutFacts, ImpactReach)| asks_who_is_new(&facts.matching.target);
        let mut known = if reached.iter().any(asks) {
            subscriptions::had_products(tx, &merchant, &ids).await?
        } else {
            BTreeMap::new()
        };
        let loaded = load_accounts(tx, &merchant, &ids, AccountDepth::Full).await?;
        let (held, mut new) = (Arc::clone(&held), app.ids());
        let work = move || {
            for mut account in loaded.accounts {
                count += 1;
                let known_products = known.remove(&account.customer).unwrap_or_default();
                for (facts, reach) in &mut reached {
                    facts.matching.held =
                        held.get(&account.customer).cloned().into_iter().collect();
                    facts.matching.known_products.clone_from(&known_products);
                    std::mem::swap(&mut facts.account, &mut account);
                    reach.count(facts, &mut new, today);
                    std::mem::swap(&mut facts.account, &mut account);
                }
            }
            (reached, count)
        };
        (reached, count) = app.compute(&merchant, work).await?;
    }
}
