//! What is asked about one checkout, in a transaction of its own: it is opened, or completed
//! (decided again, compared with what was shown, and stored).

use crate::domain::account::Account;
use crate::domain::checkout::{Checkout, CheckoutStatus};
use crate::domain::document::Document;
use crate::domain::event::EventKind;
use crate::domain::event_data::CompletionData;
use crate::domain::ids::{CheckoutId, MerchantId};
use crate::domain::kept_facts::KeptFacts;
use crate::domain::new_event::Event;
use crate::domain::preview::Preview;
use crate::domain::purchase::Purchase;
use crate::rules::checkout::{CheckoutDecision, CheckoutOutcome};
use crate::store::{Tx, checkouts, customers, payments};
use crate::wire::checkouts as wire;

use super::automation_starts::{CompletedPurchase, checkout_completed};
use super::checkout_orders::{PendingOrder, buy, lapse};
use super::coupons::{lock_held_cut, redeem_cut};
use super::group_queue::CheckoutReply;

use super::intents::{CheckoutDraft, CheckoutIntent, Completion};
use super::opening::{keep_learned, learned, mode_not_offered, open};
use super::payments::used;
use super::previews::{confirmation, known_locale};
use super::redecision::{ConfirmedDecision, expired, standing, tariff_of};
use super::{App, AppError, Context};

impl App {
    /// Does what is asked in a transaction of its own.
    pub(super) async fn alone(
        &self,
        merchant: &MerchantId,
        intent: CheckoutIntent,
    ) -> CheckoutReply {
        match intent {
            CheckoutIntent::Open(draft) => self.open_alone(merchant, *draft).await,
            CheckoutIntent::Complete(id, completion) => {
                self.complete_alone(merchant, &id, completion).await
            }
        }
    }

    /// Opens a checkout.
    async fn open_alone(
        &self,
        merchant: &MerchantId,
        draft: CheckoutDraft,
    ) -> Result<wire::Checkout, AppError> {
        let (app, draft) = (&self.deciding_beside(), &draft);
        app.write(|mut tx| async move {
            let customer = &draft.request.customer;
            let mut context = app.context_about(&mut tx, merchant, customer).await?;
            match open(app, &mut tx, &mut context, draft.clone()).await? {
                Ok(checkout) => tx.answer(app.shown(&checkout, context.now)?).await,
                Err(refusal) => tx.refuse(refusal).await,
            }
        })
        .await
    }

    /// Completes a checkout.
    async fn complete_alone(
        &self,
        merchant: &MerchantId,
        id: &CheckoutId,
        completion: Completion,
    ) -> Result<wire::Checkout, AppError> {
        let (app, completion) = (&self.deciding_beside(), &completion);
        app.write(|mut tx| async move {
            let found = app.context_of_checkout(&mut tx, merchant, id).await?;
            let (mut context, account, mut checkout) = found;
            if checkout.status == CheckoutStatus::Completed {
                return tx.answer(app.shown(&checkout, context.now)?).await;
            }
            if context.now >= checkout.expires_at && !checkout.is_held(context.now) {
                return Err(expired(&checkout));
            }
            lapse(&mut tx, &mut context, &mut checkout).await?;
            let completing = app.complete(&mut tx, context, account, checkout, completion);
            let completed = Box::pin(completing).await?;
            tx.settle(completed).await
        })
        .await
    }

    async fn complete(
        &self,
        tx: &mut Tx,
        mut context: Context,
        account: Account,
        mut checkout: Checkout,
        completion: &Completion,
    ) -> Result<Result<wire::Checkout, AppError>, AppError> {
        let is_held = checkout.is_held(context.now);
        let seen = completion.stamp.as_deref();
        let learned = learned(&context, &account, &checkout);
        let standing = standing(self, tx, &mut context, account, &mut checkout, seen).await?;
        let standing = match standing {
            Ok(standing) => standing,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut facts = standing.facts_to_keep(&context);
        let ConfirmedDecision { mut decision, preview, basis, .. } = standing;
        pick(&mut decision, completion.mode)?;
        let on_account = basis.purchase_on_account;
        let reference = judge_payment(on_account, decision.outcome(), completion)?;
        let tariff = tariff_of(&basis, &context);
        let bought = buy(tx, &mut context, &checkout, &decision, &tariff).await?;
        let mut plan =
            decision.plan(reference, Some(&checkout.id), &mut context.ids, context.today);
        if let Some(reference) = reference {
            let claims = [(reference, &checkout.request.customer)].into();
            if !payments::claim_references(tx, &context.merchant, &claims).await? {
                return Err(used());
            }
        }
        let is_paid = bought.as_ref().is_some_and(|bought| bought.is_paid_by(&plan));
        if is_held {
            lock_held_cut(self, tx, &context, &checkout).await?;
        }
        let who = (&checkout.id, &checkout.request.customer);
        let made = bought.as_ref().map(PendingOrder::order);
        let (begun, waits) = (&decision.outcome().subscription, &decision.outcome().change);
        let bought_now =
            CompletedPurchase { order: made, begun: begun.as_ref(), waits: waits.as_ref() };
        checkout_completed(tx, &mut context, who, bought_now).await?;
        let redeemed = redeem_cut(tx, &context, &decision, &checkout).await?;
        plan.events.push(close(&mut checkout, decision.outcome(), preview, &mut facts)?);
        plan.events.extend(redeemed);
        keep_learned(&mut plan, learned);
        let followed = context.store_followed(tx, plan).await?;
        if let Some(bought) = bought {
            let bought = bought.behind(&followed);
            checkout.order = Some(bought.store(tx, &mut context, is_paid).await?);
            checkout.keeps_gifts = false;
        }
        if is_held {
            customers::save_hold(tx, &context.merchant, &checkout.request.customer, None).await?;
        }
        checkouts::complete_checkout(tx, &context.merchant, &checkout, &facts).await?;
        Ok(Ok(self.shown(&checkout, context.now)?))
    }
}

/// Completes a checkout on paper; what is told of it. Its candidates stay as they were shown: where
/// they were judged otherwise by then, that is among the facts.
pub(super) fn close(
    checkout: &mut Checkout,
    outcome: &CheckoutOutcome,
    preview: Preview,
    facts: &mut KeptFacts,
) -> Result<Event, AppError> {
    checkout.status = CheckoutStatus::Completed;
    (checkout.held_until, checkout.held) = (None, None);
    let considered = std::mem::take(&mut checkout.preview.considered);
    if facts.hold.is_none() && preview.considered != considered {
        facts.considered = Some(preview.considered.clone());
    }
    checkout.preview = Preview { picked: outcome.mode, considered, ..preview };
    checkout.result = Some(result(outcome));
    completed_event(checkout)
}

pub(super) fn pick(
    decision: &mut CheckoutDecision,
    mode: Option<Purchase>,
) -> Result<(), AppError> {
    let Some(mode) = mode else { return Ok(()) };
    let place = decision.by_mode.iter().position(|outcome| outcome.mode == mode);
    let modes: Vec<&str> = decision.by_mode.iter().map(|outcome| outcome.mode.name()).collect();
    decision.picked = place.ok_or_else(|| mode_not_offered(&modes))?;
    Ok(())
}

/// The reference with which what is due was paid, if anything is due and was paid.
pub(super) fn judge_payment<'a>(
    on_account: bool,
    outcome: &CheckoutOutcome,
    completion: &'a Completion,
) -> Result<Option<&'a str>, AppError> {
    let due = outcome.amount_due;
    match &completion.payment {
        Some((_, amount)) if *amount != due => {
            Err(AppError::invalid("/payment/amount", format!("must be what is due, {due}")))
        }
        Some((reference, _)) => Ok((due.minor > 0).then_some(reference.as_str())),
        None if due.minor > 0 && !on_account => {
            let detail = format!("{due} is due: complete with payment {{reference, amount}}");
            let due = serde_json::to_value(crate::wire::Money::from(due))?;
            Err(AppError::refused_with("payment-required", detail, [("amount_due", due)]))
        }
        None => Ok(None),
    }
}

fn result(outcome: &CheckoutOutcome) -> wire::CheckoutResult {
    let mut result = wire::CheckoutResult {
        subscription: outcome.subscription.as_ref().map(ToString::to_string),
        invoices: Vec::new(),
        credit_notes: Vec::new(),
        scheduled_change: outcome.change.as_ref().map(ToString::to_string),
    };
    for document in &outcome.documents {
        match document {
            Document::Invoice(invoice) => result.invoices.push(invoice.id.to_string()),
            Document::CreditNote(note) => result.credit_notes.push(note.id.to_string()),
        }
    }
    result
}

fn completed_event(checkout: &Checkout) -> Result<Event, AppError> {
    let preview = &checkout.preview;
    let picked = preview.mode(preview.picked);
    let picked = picked.ok_or_else(|| AppError::broken("a checkout shows no mode"))?;
    let locale = known_locale(&checkout.locale);
    let texts = confirmation(preview.path.as_ref(), picked, &locale);
    let (title, text) = texts.map(|texts| (texts.title, texts.text)).unzip();
    let data = CompletionData {
        offer: checkout.request.offer.clone(),
        mode: preview.picked,
        path: preview.path.as_ref().map(|path| path.id.clone()),
        title,
        text,
        locale: checkout.locale.clone(),
        metadata: checkout.metadata.clone(),
        result: checkout.result.clone(),
    };
    let customer = &checkout.request.customer;
    Ok(Event::of(EventKind::CheckoutCompleted, checkout.id.as_str(), Some(customer), data))
}
