//! Holding a checkout while the customer's card is charged: from the hold to its end it completes
//! as it was shown. What it rested on besides the account is kept with it and the choice is not
//! judged again; and nothing is stored meanwhile that would make it come to something else.
//! How it completes stands in [`super::checkouts`].

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use crate::domain::account::Account;
use crate::domain::catalogue::{Offer, Terms};
use crate::domain::checkout::{Checkout, CheckoutStatus, HeldBasis};
use crate::domain::event::{Event, EventKind};
use crate::domain::ids::{CheckoutId, MerchantId, SubscriptionId};
use crate::domain::plan::Plan;
use crate::rules::billing::decide_billing;
use crate::rules::checkout::{HeldFacts, decide_held};
use crate::rules::ledger::Tariff;
use crate::rules::preview::preview;
use crate::store::customers::count_holds;
use crate::store::{Tx, checkouts, customers, events, offers};
use crate::wire::checkouts as wire;

use super::checkout_orders::{keep, lapse, release};
use super::checkouts::{Standing, expired, stale, standing};
use super::coupons::{redeem_cut, release_cut};
use super::{App, AppError, Context};

/// How long a checkout is held. Holding it once more does not prolong it.
pub const HOLD: TimeDelta = TimeDelta::minutes(15);

/// How often in a row a customer is held while billing has something to do: then it comes first.
const HOLDS_MAX: i64 = 4;

impl App {
    /// Holds a checkout: for [`HOLD`] it cannot go stale or expire, and what it rests on is not
    /// touched. The time of the hold does not count towards its expiry. Holding what is held
    /// changes nothing. Where holds have kept billing away from the customer for long, it is done
    /// first. `seen` is the stamp of what the customer saw, where the caller says so.
    ///
    /// # Errors
    /// Not found; refused where it is completed, expired or stale, became impossible, or where
    /// another checkout of the customer is held.
    pub async fn hold_checkout(
        &self,
        merchant: &MerchantId,
        id: &CheckoutId,
        seen: Option<String>,
    ) -> Result<wire::Checkout, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let found = app.context_of_checkout(tx, &merchant, &id).await?;
                let (mut context, account, mut checkout) = found;
                if checkout.status == CheckoutStatus::Completed {
                    return Err(AppError::refused("already-completed", "it is completed"));
                }
                lapse(tx, &mut context, &mut checkout).await?;
                let seen = seen.as_deref();
                if checkout.is_held(context.now) {
                    let shown = app.shown(&checkout, context.now)?;
                    let is_other = seen.is_some_and(|seen| seen != checkout.stamp);
                    return Ok(if is_other { Err(stale(&shown)?) } else { Ok(shown) });
                }
                if context.now >= checkout.expires_at {
                    return Err(expired(&checkout));
                }
                if let Some(other) = &context.held {
                    return Err(source_held(other, context.now));
                }
                let account = bill_first(tx, &mut context, account).await?;
                match standing(&app, tx, &mut context, account, &mut checkout, seen).await? {
                    Err(refused) => return Ok(Err(refused)),
                    Ok(standing) => {
                        checkout.held = Some(standing.basis);
                        let target = &standing.decision.target;
                        keep(tx, &mut context, &mut checkout, target).await?;
                    }
                }
                let until = context.now + HOLD;
                let cut = checkout.held.as_ref().and_then(|basis| basis.cut.as_ref());
                redeem_cut(tx, &context, cut, &checkout, Some(until)).await?;
                checkout.status = CheckoutStatus::Held;
                checkout.held_until = Some(until);
                checkout.expires_at += HOLD;
                save(tx, &mut context, &checkout, Some(until), EventKind::CheckoutHeld).await?;
                Ok(Ok(app.shown(&checkout, context.now)?))
            })
        })
        .await
    }

    /// Lets go of a held checkout: it is open again.
    ///
    /// # Errors
    /// Not found; refused where it is not held, or not any more.
    pub async fn release_checkout(
        &self,
        merchant: &MerchantId,
        id: &CheckoutId,
    ) -> Result<wire::Checkout, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let found = app.context_of_checkout(tx, &merchant, &id).await?;
                let (mut context, _, mut checkout) = found;
                let until = checkout.held_until.filter(|_| checkout.is_held(context.now));
                let Some(until) = until else {
                    let detail = "it is not held: a hold ends by itself, by its release or by the \
                                  completion of the checkout";
                    return Err(AppError::refused("not-held", detail));
                };
                release(tx, &mut context, &mut checkout).await?;
                release_cut(tx, &context, &checkout).await?;
                checkout.status = CheckoutStatus::Open;
                checkout.expires_at -= until - context.now;
                (checkout.held_until, checkout.held) = (None, None);
                save(tx, &mut context, &checkout, None, EventKind::CheckoutReleased).await?;
                Ok(Ok(app.shown(&checkout, context.now)?))
            })
        })
        .await
    }
}

/// The account, after billing did what was due, where holds have kept that away for long.
async fn bill_first(
    tx: &mut Tx,
    context: &mut Context,
    account: Account,
) -> Result<Account, AppError> {
    let is_due = account.due_on().is_some_and(|due| due <= context.today);
    let customer = account.customer.clone();
    if !is_due || count_holds(tx, &context.merchant, &customer).await? < HOLDS_MAX {
        return Ok(account);
    }
    let (today, ids) = (context.today, &mut context.ids);
    let plan = decide_billing(&account, &context.tariff, today, ids, today);
    context.store(tx, plan).await?;
    context.look_at(tx, &customer).await
}

async fn save(
    tx: &mut Tx,
    context: &mut Context,
    checkout: &Checkout,
    held_until: Option<DateTime<Utc>>,
    kind: EventKind,
) -> Result<(), AppError> {
    let customer = &checkout.request.customer;
    let Context { merchant, now, ids, .. } = context;
    checkouts::save_checkout(tx, merchant, checkout).await?;
    customers::save_hold(tx, merchant, customer, held_until).await?;
    let event = Event {
        kind,
        subject: checkout.id.to_string(),
        customer: Some(customer.clone()),
        data: json!({
            "offer": checkout.request.offer, "subscription": checkout.source,
            "held_until": held_until,
        }),
    };
    events::insert_events(tx, merchant, *now, &[event], ids).await?;
    Ok(())
}

/// What a held checkout comes to in the customer's account of now, if that is what it showed.
pub(super) async fn stands(
    tx: &mut Tx,
    context: &mut Context,
    account: Account,
    checkout: &Checkout,
    basis: HeldBasis,
) -> Result<Option<Standing>, AppError> {
    let (merchant, offer) = (&context.merchant, &checkout.request.offer);
    let terms = offers::find_terms(tx, merchant, offer, basis.version).await?;
    let terms = terms.ok_or_else(|| AppError::broken("a held checkout has no terms"))?;
    Ok(stands_by(context, terms, account, checkout, basis))
}

/// The same, with the terms that it rests on.
pub(super) fn stands_by(
    context: &mut Context,
    terms: Terms,
    mut account: Account,
    checkout: &Checkout,
    basis: HeldBasis,
) -> Option<Standing> {
    account.locale = Some(checkout.locale.clone());
    let request = &checkout.request;
    let change = (basis.path.clone()).zip(checkout.source.clone());
    let facts = HeldFacts {
        account,
        tariff: tariff_of(&basis, context),
        target: Offer { terms, tags: std::collections::BTreeSet::new(), active: true },
        change: change.map(|(path, source)| (path, source, basis.modes.clone())),
        cut: basis.cut.clone(),
        is_granted: basis.is_granted,
        decided_on: basis.decided_on,
    };
    let decision = decide_held(&facts, request, &mut context.ids)?;
    let mut preview = preview(&decision, &facts.tariff);
    preview.gifts.clone_from(&checkout.preview.gifts);
    let is_as_shown = preview.is_same_deal(&checkout.preview);
    is_as_shown.then_some(Standing { decision, preview, basis })
}

/// The tariff that a checkout rests on; what becomes of who does not pay is as it is now.
pub(super) fn tariff_of(basis: &HeldBasis, context: &Context) -> Tariff {
    Tariff {
        taxes: basis.taxes.clone(),
        payment_days: basis.payment_days,
        dunning: context.tariff.dunning.clone(),
    }
}

/// What a plan does to a source.
pub(super) fn touches(plan: &Plan, source: &SubscriptionId) -> bool {
    plan.subscriptions.iter().any(|saved| saved.row.0.id == *source)
        || plan.changes.iter().any(|saved| saved.row.subscription == *source)
}

/// Refuses what has just been written, so that nothing of it stays, where a held checkout would
/// not come to what it showed any more.
pub(super) async fn refuse_disturbed(
    tx: &mut Tx,
    context: &mut Context,
    held: &Checkout,
) -> Result<(), AppError> {
    let basis = held.held.clone().ok_or_else(|| AppError::broken("a hold rests on nothing"))?;
    let account = context.look_at(tx, &held.request.customer).await?;
    if stands(tx, context, account, held, basis).await?.is_some() {
        return Ok(());
    }
    Err(source_held(held, context.now))
}

/// The refusal of what must wait until a checkout is completed, released, or its hold lapses.
pub(super) fn source_held(held: &Checkout, now: DateTime<Utc>) -> AppError {
    let until = held.held_until.unwrap_or(now);
    let detail = format!(
        "checkout '{}' holds what this would change until {}: complete it, release it or try \
         again then",
        held.id,
        until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    );
    let seconds = (until - now).num_seconds() + 1;
    let extra = [("held_by", json!(held.id)), ("retry_after", json!(seconds))];
    AppError::refused_with("source-held", detail, extra)
}

/// Refuses to touch a subscription that a checkout holds.
pub(super) fn refuse_held(context: &Context, id: &SubscriptionId) -> Result<(), AppError> {
    match context.held.as_ref().filter(|held| held.source.as_ref() == Some(id)) {
        Some(held) => Err(source_held(held, context.now)),
        None => Ok(()),
    }
}
