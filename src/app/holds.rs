//! Holding a checkout while the customer's card is charged: from the hold to its end it completes
//! as it was shown. What it rested on besides the account is kept with it and the choice is not
//! judged again; and nothing is stored meanwhile that would make it come to something else.
//! How it completes stands in `alone`, what may be stored meanwhile in `storing`.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::account::Account;
use crate::domain::checkout::{Checkout, CheckoutStatus};
use crate::domain::event::EventKind;
use crate::domain::event_data::HoldData;
use crate::domain::ids::{CheckoutId, MerchantId};
use crate::domain::new_event::Event;
use crate::rules::billing::decide_billing;
use crate::store::customers::count_holds;
use crate::store::{Tx, checkouts, customers, events};
use crate::wire::checkouts as wire;

use super::checkout_orders::{keep, lapse, release};
use super::coupons::{hold_cut, release_cut};
use super::redecision::{expired, stale, standing};
use super::storing::source_held;
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
        let (app, seen) = (&self.deciding_beside(), seen.as_deref());
        app.write(|mut tx| async move {
            let found = app.context_of_checkout(&mut tx, merchant, id).await?;
            let (mut context, account, mut checkout) = found;
            if checkout.status == CheckoutStatus::Completed {
                return Err(AppError::refused("already-completed", "it is completed"));
            }
            lapse(&mut tx, &mut context, &mut checkout).await?;
            if checkout.is_held(context.now) {
                let shown = app.shown(&checkout, context.now)?;
                let is_other = seen.is_some_and(|seen| seen != checkout.stamp);
                if is_other {
                    return tx.refuse(stale(&shown)?).await;
                }
                return tx.answer(shown).await;
            }
            if context.now >= checkout.expires_at {
                return Err(expired(&checkout));
            }
            if let Some(other) = &context.held {
                return Err(source_held(other, context.now));
            }
            let until = context.now + HOLD;
            let account = bill_first(&mut tx, &mut context, account).await?;
            match standing(app, &mut tx, &mut context, account, &mut checkout, seen).await? {
                Err(refused) => return tx.refuse(refused).await,
                Ok(standing) => {
                    checkout.held = Some(standing.basis);
                    let target = &standing.decision.target;
                    keep(&mut tx, &mut context, &mut checkout, target).await?;
                    hold_cut(&mut tx, &context, &standing.decision, &checkout, until).await?;
                }
            }
            checkout.status = CheckoutStatus::Held;
            checkout.held_until = Some(until);
            checkout.expires_at += HOLD;
            save(&mut tx, &mut context, &checkout, Some(until), EventKind::CheckoutHeld).await?;
            tx.answer(app.shown(&checkout, context.now)?).await
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
        self.write(|mut tx| async move {
            let found = self.context_of_checkout(&mut tx, merchant, id).await?;
            let (mut context, _, mut checkout) = found;
            let until = checkout.held_until.filter(|_| checkout.is_held(context.now));
            let Some(until) = until else {
                let detail = "it is not held: a hold ends by itself, by its release or by the \
                                  completion of the checkout";
                return Err(AppError::refused("not-held", detail));
            };
            release(&mut tx, &mut context, &mut checkout).await?;
            release_cut(&mut tx, &context, &checkout).await?;
            checkout.status = CheckoutStatus::Open;
            checkout.expires_at -= until - context.now;
            (checkout.held_until, checkout.held) = (None, None);
            save(&mut tx, &mut context, &checkout, None, EventKind::CheckoutReleased).await?;
            tx.answer(self.shown(&checkout, context.now)?).await
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
    let data = HoldData {
        offer: checkout.request.offer.clone(),
        subscription: checkout.source.clone(),
        held_until,
    };
    let event = Event::of(kind, checkout.id.as_str(), Some(customer), data);
    events::insert_events(tx, merchant, *now, &[event], ids).await?;
    Ok(())
}
