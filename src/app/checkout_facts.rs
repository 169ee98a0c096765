//! What the decision about a checkout rests on: the customer's account, and of the catalogue the
//! offer, the paths that lead to it and the tags of what the customer has.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::account::Account;
use crate::domain::catalogue::{Granted, Offer};
use crate::domain::checkout::CheckoutRequest;
use crate::domain::ids::{CustomerId, MerchantId, OfferId, ProductId, SubscriptionId, TagId};
use crate::domain::path::Path;
use crate::rules::checkout::CheckoutFacts;
use crate::rules::graph::Catalogue;
use crate::rules::matching::MatchFacts;
use crate::store::subscriptions::had_products;
use crate::store::{Page, Tx, offers, paths};

use super::beside::takes_long;
use super::bounds::check_candidates;
use super::coupons::shown_cut;
use super::{App, AppError, Context};

/// The facts as they stand, for previews.
pub(super) async fn facts(
    tx: &mut Tx,
    context: &mut Context,
    request: &CheckoutRequest,
) -> Result<CheckoutFacts, AppError> {
    let account = context.look_at(tx, &request.customer).await?;
    let mut facts = facts_of(tx, context, request, account).await?;
    facts.cut = shown_cut(tx, context, request, &facts).await?;
    Ok(facts)
}

/// The facts about a customer whose account is loaded, before anything is taken off.
pub(super) async fn facts_of(
    tx: &mut Tx,
    context: &Context,
    request: &CheckoutRequest,
    account: Account,
) -> Result<CheckoutFacts, AppError> {
    let had = had(&account);
    let held: BTreeSet<_> = context.held.iter().filter_map(|held| held.source.clone()).collect();
    let matching = match context.catalogue_now() {
        Some(catalogue) => MatchFacts::of(catalogue, &request.offer, &had, held),
        None => match_facts(tx, &context.merchant, &request.offer, &had, held).await?,
    };
    let unknown = || AppError::invalid("/offer", format!("there is no offer '{}'", request.offer));
    let mut matching = matching.ok_or_else(unknown)?;
    let newest = matching.target.terms.version;
    if let Some(version) = request.version.filter(|version| *version != newest) {
        let terms = offers::find_terms(tx, &context.merchant, &request.offer, version).await?;
        matching.target.terms = terms.ok_or_else(unknown)?;
    }
    if asks_who_is_new(&matching.target) {
        matching.known_products = known_products(tx, context, &request.customer).await?;
    }
    let facts = CheckoutFacts { account, tariff: context.tariff.clone(), matching, cut: None };
    check_candidates(&facts, request)?;
    Ok(facts)
}

/// The same facts, where nothing has to be asked for them: the catalogue is held, no checkout holds
/// the customer's subscriptions, and nothing is taken off or given besides. None where that is not
/// so, where they are refused, or where to decide on them takes long.
pub(super) fn plain_facts(
    context: &Context,
    request: &CheckoutRequest,
    account: Account,
) -> Option<CheckoutFacts> {
    if request.coupon.is_some() || request.offered.is_some() || request.order.is_some() {
        return None;
    }
    let (catalogue, had) = (context.catalogue_now()?, had(&account));
    let matching = MatchFacts::of(catalogue, &request.offer, &had, BTreeSet::new())?;
    let is_newest = request.version.is_none_or(|it| it == matching.target.terms.version);
    if asks_who_is_new(&matching.target) || !is_newest {
        return None;
    }
    let facts = CheckoutFacts { account, tariff: context.tariff.clone(), matching, cut: None };
    check_candidates(&facts, request).ok()?;
    (!takes_long(&facts, request, context.today)).then_some(facts)
}

/// What [`MatchFacts::of`] takes from a catalogue, where that is not held: only what is needed.
async fn match_facts(
    tx: &mut Tx,
    merchant: &MerchantId,
    offer: &OfferId,
    had: &[OfferId],
    held: BTreeSet<SubscriptionId>,
) -> Result<Option<MatchFacts>, AppError> {
    let Some(target) = offers::find_offer(tx, merchant, offer).await? else { return Ok(None) };
    let paths = paths::list_paths_to(tx, merchant, &target.tags).await?;
    let tags = if paths.is_empty() || had.is_empty() {
        BTreeMap::new()
    } else {
        offers::tags_of(tx, merchant, had).await?
    };
    Ok(Some(MatchFacts { target, paths, tags, held, known_products: BTreeSet::new() }))
}

/// The facts about each offer that the customer's running subscriptions lead to along paths of
/// today, by id: those that [`facts`] would load, but all at once.
pub(super) async fn reachable(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
) -> Result<Vec<CheckoutFacts>, AppError> {
    let account = context.look_at(tx, customer).await?;
    let edition = app.committed_catalogue(tx, &context.merchant).await?;
    let (catalogue, had) = (&edition.catalogue, had(&account));
    let carried: BTreeSet<&TagId> =
        had.iter().filter_map(|id| catalogue.offer(id)).flat_map(|offer| &offer.tags).collect();
    let leads = |path: &&Path| path.source_tags.iter().any(|tag| carried.contains(tag));
    let leading = catalogue.paths().iter().filter(leads);
    let targets: BTreeSet<_> = leading.flat_map(|path| path.target_tags.clone()).collect();
    let sold = catalogue.carrying(&targets).filter(|offer| offer.active);
    let targets: Vec<&Offer> = sold.collect();
    facts_of_all(tx, context, catalogue, &account, &targets).await
}

/// The facts about each offer that is sold, by id: a page of them.
pub(super) async fn offered_to(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    customer: &CustomerId,
    page: &Page,
) -> Result<Vec<CheckoutFacts>, AppError> {
    let account = context.look_at(tx, customer).await?;
    let edition = app.committed_catalogue(tx, &context.merchant).await?;
    let catalogue = &edition.catalogue;
    let after = page.after.as_deref().unwrap_or_default();
    let sold = catalogue.offers().iter().filter(|it| it.active && it.terms.offer.as_str() > after);
    let targets: Vec<&Offer> = sold.take(usize::try_from(page.limit).unwrap_or(0)).collect();
    facts_of_all(tx, context, catalogue, &account, &targets).await
}

/// The facts about each of these offers for a customer, before anything is taken off.
async fn facts_of_all(
    tx: &mut Tx,
    context: &Context,
    catalogue: &Catalogue,
    account: &Account,
    targets: &[&Offer],
) -> Result<Vec<CheckoutFacts>, AppError> {
    let had = had(account);
    let held: BTreeSet<_> = context.held.iter().filter_map(|held| held.source.clone()).collect();
    let known_products = if targets.iter().any(|target| asks_who_is_new(target)) {
        known_products(tx, context, &account.customer).await?
    } else {
        BTreeSet::new()
    };
    let facts = targets.iter().filter_map(|target| {
        let of = MatchFacts::of(catalogue, &target.terms.offer, &had, held.clone())?;
        let matching = MatchFacts { known_products: known_products.clone(), ..of };
        let tariff = context.tariff.clone();
        Some(CheckoutFacts { account: account.clone(), tariff, matching, cut: None })
    });
    Ok(facts.collect())
}

/// The products of which a customer has had a subscription.
async fn known_products(
    tx: &mut Tx,
    context: &Context,
    customer: &CustomerId,
) -> Result<BTreeSet<ProductId>, AppError> {
    let all = std::slice::from_ref(customer);
    let mut had = had_products(tx, &context.merchant, all).await?;
    Ok(had.remove(customer).unwrap_or_default())
}

/// Whether what comes of an offer depends on what the customer had before.
pub(super) fn asks_who_is_new(target: &Offer) -> bool {
    let introduction = &target.terms.introduction;
    introduction.is_there() && introduction.granted == Granted::Once
}

/// The offers that a customer has or awaits.
fn had(account: &Account) -> Vec<OfferId> {
    let running = account.active().into_iter().map(|s| s.terms.offer.clone());
    let awaited = account.pending().into_iter().map(|c| c.terms.offer.clone());
    running.chain(awaited).collect::<BTreeSet<_>>().into_iter().collect()
}
