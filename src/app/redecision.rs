//! Whether a checkout still comes to what it has shown: decided again and compared, or, while it is
//! held, decided by what it rests on.

use crate::domain::account::Account;
use crate::domain::catalogue::{Offer, Terms};
use crate::domain::checkout::{Checkout, CheckoutStatus, HeldBasis};
use crate::domain::kept_facts::KeptFacts;
use crate::domain::preview::Preview;
use crate::rules::checkout::{CheckoutDecision, CheckoutFacts, HeldFacts};
use crate::rules::fingerprint::fingerprint;
use crate::rules::ledger::Tariff;
use crate::rules::matching::MatchFacts;
use crate::rules::verification::facts_to_keep;
use crate::store::{Tx, checkouts, customers, events, offers};
use crate::wire::checkouts as wire;

use super::beside::books_for_long;
use super::checkout_facts::facts_of;
use super::checkout_orders::{gifts_now, release};
use super::coupons::{release_cut, standing_cut};
use super::decisions::decide_held_now;

use super::opening::{refused, refused_event};
use super::{App, AppError, Context};

/// A decision that is the one that was shown, and what it rests on besides the account.
pub(super) struct ConfirmedDecision {
    pub(super) decision: CheckoutDecision,
    pub(super) preview: Preview,
    pub(super) basis: HeldBasis,
    /// By what it was matched; none where that was done when it was held.
    pub(super) matching: Option<MatchFacts>,
}

impl ConfirmedDecision {
    /// What is kept of all that it rests on, once it is completed.
    pub(super) fn facts_to_keep(&self, context: &Context) -> KeptFacts {
        let dunning = &context.tariff.dunning;
        facts_to_keep(&self.decision, self.matching.as_ref(), &self.basis, dunning)
    }
}

/// Decides again, and compares with what was shown, and with the stamp of what was `seen` where
/// that is told; once it has gone stale, it must be. What went stale is kept as it is now. A held
/// checkout is decided by what it rests on.
pub(super) async fn standing(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    mut account: Account,
    checkout: &mut Checkout,
    seen: Option<&str>,
) -> Result<Result<ConfirmedDecision, AppError>, AppError> {
    account.locale = Some(checkout.locale.clone());
    if let Some(basis) = checkout.held.clone().filter(|_| checkout.is_held(context.now)) {
        if seen.is_some_and(|seen| seen != checkout.stamp) {
            return Ok(Err(stale(&app.shown(checkout, context.now)?)?));
        }
        context.held = None;
        let standing = standing_held(app, tx, context, account.clone(), checkout, basis).await?;
        if let Some(standing) = standing {
            return Ok(Ok(standing));
        }
        // Only another release, whose rules come to something else, can lead here.
        tracing::warn!(checkout = %checkout.id, "a held checkout comes to what it did not show");
        release(tx, context, checkout).await?;
        release_cut(tx, context, checkout).await?;
        checkout.status = CheckoutStatus::Open;
        (checkout.held_until, checkout.held) = (None, None);
        let customer = &checkout.request.customer;
        customers::save_hold(tx, &context.merchant, customer, None).await?;
        checkouts::save_checkout(tx, &context.merchant, checkout).await?;
    }
    let mut facts = facts_of(tx, context, &checkout.request, account).await?;
    let target = &facts.matching.target.terms;
    // In the one order of locks: products, the rules that give some of them, coupons.
    let gifts = gifts_now(tx, context, checkout, target).await?;
    facts.cut = standing_cut(tx, context, checkout, &facts).await?;
    let decided = app.decide_within(context, &facts, &checkout.request).await?;
    let (decision, mut preview) = match decided {
        Ok(decided) => decided,
        Err(refusal) => {
            let event = refused_event(&checkout.request, &refusal);
            let Context { merchant, now, ids, .. } = context;
            events::insert_events(tx, merchant, *now, &[event], ids).await?;
            return Ok(Err(refused(&refusal)));
        }
    };
    preview.gifts = gifts;
    let stamp = fingerprint(&preview, &decision.target);
    let is_as_shown = stamp == checkout.stamp;
    let is_seen = match seen {
        Some(seen) => seen == stamp,
        None => is_as_shown && !checkout.went_stale,
    };
    if !is_as_shown {
        checkout.preview = preview.clone();
        checkout.stamp = stamp;
        checkout.went_stale = true;
        checkout.source = decision.source.as_ref().map(|source| source.id.clone());
        checkouts::save_checkout(tx, &context.merchant, checkout).await?;
    }
    if !is_seen {
        return Ok(Err(stale(&app.shown(checkout, context.now)?)?));
    }
    let (basis, matching) = basis(context, facts, &decision);
    Ok(Ok(ConfirmedDecision { decision, preview, basis, matching: Some(matching) }))
}

/// What a decision rests on besides the account, and by what it was matched.
pub(super) fn basis(
    context: &Context,
    facts: CheckoutFacts,
    decision: &CheckoutDecision,
) -> (HeldBasis, MatchFacts) {
    let basis = HeldBasis {
        decided_on: context.today,
        version: decision.target.version,
        path: decision.path.clone(),
        modes: decision.by_mode.iter().filter_map(|outcome| outcome.mode.mode()).collect(),
        taxes: facts.tariff.taxes,
        payment_days: facts.tariff.payment_days,
        purchase_on_account: context.settings.purchase_on_account,
        cut: facts.cut,
        is_granted: decision.is_granted,
    };
    (basis, facts.matching)
}

/// What a held checkout comes to in the customer's account of now, if that is what it showed.
async fn standing_held(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    account: Account,
    checkout: &Checkout,
    basis: HeldBasis,
) -> Result<Option<ConfirmedDecision>, AppError> {
    let facts = held_facts(tx, context, account, checkout, &basis).await?;
    let decided = app.decide_held_within(context, &facts, &checkout.request).await?;
    Ok(decided.and_then(|it| as_shown(it, checkout, basis)))
}

/// What it rests on.
pub(super) async fn held_facts(
    tx: &mut Tx,
    context: &Context,
    account: Account,
    checkout: &Checkout,
    basis: &HeldBasis,
) -> Result<HeldFacts, AppError> {
    let (merchant, offer) = (&context.merchant, &checkout.request.offer);
    let terms = offers::find_terms(tx, merchant, offer, basis.version).await?;
    let terms = terms.ok_or_else(|| AppError::broken("a held checkout has no terms"))?;
    Ok(held_under(context, terms, account, checkout, basis))
}

/// The same, with the terms that it rests on.
fn held_under(
    context: &Context,
    terms: Terms,
    mut account: Account,
    checkout: &Checkout,
    basis: &HeldBasis,
) -> HeldFacts {
    account.locale = Some(checkout.locale.clone());
    let change = (basis.path.clone()).zip(checkout.source.clone());
    HeldFacts {
        account,
        tariff: tariff_of(basis, context),
        target: Offer { terms, tags: std::collections::BTreeSet::new(), active: true },
        change: change.map(|(path, source)| (path, source, basis.modes.clone())),
        cut: basis.cut.clone(),
        is_granted: basis.is_granted,
        decided_on: basis.decided_on,
    }
}

/// The same as [`standing_held`], here and now and with the terms that it rests on; also none where
/// that takes long.
pub(super) fn stands_by(
    context: &mut Context,
    terms: Terms,
    account: Account,
    checkout: &Checkout,
    basis: HeldBasis,
) -> Option<ConfirmedDecision> {
    let facts = held_under(context, terms, account, checkout, &basis);
    if books_for_long(&facts.account, &facts.target.terms, context.today) {
        return None;
    }
    as_shown(decide_held_now(context, &facts, &checkout.request)?, checkout, basis)
}

/// A decision about a held checkout, if it is what that showed.
fn as_shown(
    (decision, mut preview): (CheckoutDecision, Preview),
    checkout: &Checkout,
    basis: HeldBasis,
) -> Option<ConfirmedDecision> {
    preview.gifts.clone_from(&checkout.preview.gifts);
    let is_as_shown = preview.is_same_deal(&checkout.preview);
    is_as_shown.then_some(ConfirmedDecision { decision, preview, basis, matching: None })
}

/// The tariff that a checkout rests on; what becomes of who does not pay is as it is now.
pub(super) fn tariff_of(basis: &HeldBasis, context: &Context) -> Tariff {
    Tariff {
        taxes: basis.taxes.clone(),
        payment_days: basis.payment_days,
        dunning: context.tariff.dunning.clone(),
    }
}

pub(super) fn expired(checkout: &Checkout) -> AppError {
    let detail = format!("it closed at {}: open another", checkout.expires_at.to_rfc3339());
    AppError::refused("checkout-expired", detail)
}

pub(super) fn stale(fresh: &wire::Checkout) -> Result<AppError, AppError> {
    let detail = "it is not what was shown any more: show what it has become, the checkout \
                  beside this, and send its stamp along";
    let fresh = serde_json::to_value(fresh)?;
    Ok(AppError::refused_with("checkout-stale", detail, [("checkout", fresh)]))
}
