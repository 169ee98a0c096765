//! What a customer does in their portal: each is decided again in the transaction that does it, by
//! the stamp of what they were shown, and for what is theirs alone.

use chrono::TimeDelta;

use crate::domain::change::ChangeStatus;
use crate::domain::checkout::{CheckoutRequest, CheckoutStatus};
use crate::domain::ids::{OfferId, SubscriptionId};
use crate::domain::merchant::PortalParts;
use crate::domain::plan::Plan;
use crate::rules::portal::{PortalAct, decide_in_portal};
use crate::store::portal::{PortalCheckout, PortalSession, find_portal, save_portal_checkout};
use crate::store::{Tx, changes, checkouts, subscriptions};

use super::access::digest;
use super::actor::in_portal;
use super::automation_starts::{cancelled, uncancelled};
use super::coupons::promise_again;

use super::intents::CheckoutDraft;
use super::opening::{is_return_url, open};
use super::portal::PortalVisit;
use super::storing::refuse_held;
use super::{App, AppError, Context};

/// Who opens the same checkout again so soon has pressed the button twice.
const TWICE: TimeDelta = TimeDelta::minutes(1);

/// What became of what a customer wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortalOutcome {
    /// It is done, now or before.
    Done,
    /// It would come to something else than what they were shown: nothing was done.
    OutOfDate,
}

impl App {
    /// Does what a customer wants who was shown what has the stamp `seen`.
    ///
    /// # Errors
    /// Not found where the portal is closed, or what is meant is not the customer's; refused where
    /// the merchant does not let them, or a checkout holds it.
    pub async fn act_in_portal(
        &self,
        visit: &PortalVisit,
        token: &str,
        act: PortalAct,
        seen: String,
    ) -> Result<PortalOutcome, AppError> {
        let hash = digest(token);
        let (act, seen) = (&act, &seen);
        let acting = self.write(|mut tx| async move {
            let (session, mut context) = self.portal_session(&mut tx, &hash).await?;
            check_allowed(act, context.settings.portal)?;
            let done = do_in_portal(&mut tx, &mut context, &session, act, seen).await?;
            tx.commit(done).await
        });
        in_portal(&visit.merchant, acting).await
    }

    /// Opens a checkout for an offer that a path leads to from what the customer has; the end of
    /// its address. Pressed twice, it opens one.
    ///
    /// # Errors
    /// Not found where the portal is closed, or no such offer can be reached; refused where it
    /// cannot be sold to the customer.
    pub async fn change_in_portal(
        &self,
        visit: &PortalVisit,
        token: &str,
        offer: OfferId,
    ) -> Result<String, AppError> {
        let hash = digest(token);
        let offer = &offer;
        let opening = self.write(|mut tx| async move {
            let (session, context) = self.portal_session(&mut tx, &hash).await?;
            let opening = open_from(self, &mut tx, context, (session, &hash), offer.clone());
            let opened = Box::pin(opening).await?;
            tx.commit(opened).await
        });
        in_portal(&visit.merchant, opening).await?
    }
}

fn check_allowed(act: &PortalAct, parts: PortalParts) -> Result<(), AppError> {
    let is_allowed = match act {
        PortalAct::Cancel(_) | PortalAct::Uncancel(_) => parts.cancel,
        PortalAct::Withdraw(_) => parts.withdraw,
    };
    if is_allowed {
        return Ok(());
    }
    Err(AppError::refused("forbidden", "customers do not do this by themselves"))
}

async fn do_in_portal(
    tx: &mut Tx,
    context: &mut Context,
    session: &PortalSession,
    act: &PortalAct,
    seen: &str,
) -> Result<PortalOutcome, AppError> {
    let PortalSession { customer, .. } = session;
    let account = context.account(tx, customer).await?;
    match act {
        PortalAct::Cancel(id) | PortalAct::Uncancel(id) => {
            check_own(tx, session, id).await?;
            refuse_held(context, id)?;
        }
        PortalAct::Withdraw(id) => {
            let found = changes::find_change(tx, &session.merchant, id).await?;
            let change = found.filter(|change| change.customer == *customer);
            let change = change.ok_or(AppError::NotFound("scheduled change"))?;
            if change.status == ChangeStatus::Withdrawn {
                return Ok(PortalOutcome::Done);
            }
        }
    }
    let Context { tariff, today, ids, .. } = &mut *context;
    let Ok(plan) = decide_in_portal(&account, tariff, act, seen, *today, ids) else {
        return Ok(PortalOutcome::OutOfDate);
    };
    if let Some(plan) = plan {
        store(tx, context, session, act, plan).await?;
    }
    Ok(PortalOutcome::Done)
}

async fn check_own(
    tx: &mut Tx,
    session: &PortalSession,
    id: &SubscriptionId,
) -> Result<(), AppError> {
    let found = subscriptions::find_subscription(tx, &session.merchant, id).await?;
    let own = found.filter(|found| found.subscription.customer == session.customer);
    own.map(drop).ok_or(AppError::NotFound("subscription"))
}

async fn store(
    tx: &mut Tx,
    context: &mut Context,
    session: &PortalSession,
    act: &PortalAct,
    mut plan: Plan,
) -> Result<(), AppError> {
    match act {
        PortalAct::Cancel(id) => cancelled(tx, context, &session.customer, id).await?,
        PortalAct::Uncancel(id) => {
            promise_again(tx, context, &mut plan, id).await?;
            uncancelled(tx, context, &session.customer, id).await?;
        }
        PortalAct::Withdraw(_) => {}
    }
    context.store(tx, plan).await
}

async fn open_from(
    app: &App,
    tx: &mut Tx,
    mut context: Context,
    (session, hash): (PortalSession, &[u8; 32]),
    offer: OfferId,
) -> Result<Result<String, AppError>, AppError> {
    let missing = || AppError::NotFound("offer");
    // Locked, so that of two clicks the second finds what the first has opened.
    context.account(tx, &session.customer).await?;
    let session = find_portal(tx, hash).await?.unwrap_or(session);
    if let Some(opened) = session.opened.as_ref().filter(|it| it.offer == offer)
        && context.now < opened.at + TWICE
        && let Some((_, found)) = checkouts::find_checkout_by_token(tx, &opened.token).await?
        && found.status_at(context.now) == CheckoutStatus::Open
    {
        return Ok(Ok(opened.token.clone()));
    }
    let draft = CheckoutDraft {
        request: CheckoutRequest::plain(session.customer.clone(), offer.clone()),
        locale: Some(session.locale.clone()),
        metadata: None,
        return_url: session.return_url.filter(|url| is_return_url(&context.settings, url)),
    };
    let opened = match open(app, tx, &mut context, draft).await {
        Ok(Ok(checkout)) => checkout,
        Ok(Err(refused)) => return Ok(Err(refused)),
        // There is no such offer.
        Err(AppError::Invalid(_)) => return Err(missing()),
        Err(error) => return Err(error),
    };
    // Without a path it would be an ordinary purchase, which is for the shop.
    if opened.preview.path.is_none() {
        return Err(missing());
    }
    let opened = PortalCheckout { offer, token: opened.token, at: context.now };
    save_portal_checkout(tx, &session.merchant, hash, &opened).await?;
    Ok(Ok(opened.token))
}
