//! Checkouts: opened (decided and shown, by `opening`), completed (decided again, compared with
//! what was shown, and stored).

use crate::domain::account::Account;
use crate::domain::checkout::{Checkout, CheckoutRequest, CheckoutStatus};
use crate::domain::document::Document;
use crate::domain::event::EventKind;
use crate::domain::event_data::CompletionData;
use crate::domain::ids::{CheckoutId, CustomerId, MerchantId};
use crate::domain::kept_facts::KeptFacts;
use crate::domain::preview::Preview;
use crate::domain::purchase::Purchase;
use crate::domain::told::Event;
use crate::rules::checkout::{CheckoutDecision, CheckoutOutcome, CheckoutRefusal};
use crate::rules::preview::preview;
use crate::store::{Page, Tx, checkouts, customers, payments};
use crate::wire::checkouts as wire;

use super::automation_starts::{BoughtNow, checkout_completed};
use super::checkout_orders::{Bought, buy, lapse};
use super::coupons::{lock_held_cut, redeem_cut};
use super::facts::facts;
use super::intents::Intent;
use super::once::Kept;
use super::opening::{decide, mode_not_offered, open};
use super::payments::used;
use super::previews::{confirmation, known_locale};
use super::standing::{Standing, expired, standing, tariff_of};
use super::{App, AppError, Context};

pub use super::intents::{CheckoutDraft, Completion};

impl App {
    /// Opens a checkout: decides and shows, stores nothing but itself.
    ///
    /// # Errors
    /// Invalid fields; refused where the customer cannot have the offer in this way.
    pub async fn open_checkout(
        &self,
        merchant: &MerchantId,
        draft: CheckoutDraft,
    ) -> Result<wire::Checkout, AppError> {
        self.together(merchant, Intent::Open(Box::new(draft))).await
    }

    /// The same in a transaction of its own.
    pub(super) async fn open_alone(
        &self,
        merchant: &MerchantId,
        draft: CheckoutDraft,
    ) -> Result<wire::Checkout, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let customer = &draft.request.customer;
                let mut context = app.context_about(tx, &merchant, customer).await?;
                match open(&app, tx, &mut context, draft).await? {
                    Ok(checkout) => Ok(Ok(app.shown(&checkout, context.now)?)),
                    Err(refusal) => Ok(Err(refusal)),
                }
            })
        })
        .await
    }

    /// What a checkout would do, without opening one: the decision itself, and what it shows.
    ///
    /// # Errors
    /// Invalid where the offer is unknown.
    pub async fn explain(
        &self,
        merchant: &MerchantId,
        request: CheckoutRequest,
    ) -> Result<Result<(CheckoutDecision, Preview), CheckoutRefusal>, AppError> {
        let (app, merchant) = (self.clone(), merchant.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let facts = facts(tx, &mut context, &request).await?;
                let decided = decide(&mut context, &facts, &request);
                Ok(decided.map(|decision| {
                    let preview = preview(&decision, &facts.tariff);
                    (decision, preview)
                }))
            })
        })
        .await
    }

    /// Completes a checkout: what is stored is what was shown.
    ///
    /// # Errors
    /// Not found; refused where it expired, went stale, became impossible, or is not paid;
    /// invalid where mode or payment do not fit.
    pub async fn complete_checkout(
        &self,
        merchant: &MerchantId,
        id: &CheckoutId,
        completion: Completion,
    ) -> Result<wire::Checkout, AppError> {
        self.together(merchant, Intent::Complete(id.clone(), completion)).await
    }

    /// The same in a transaction of its own.
    pub(super) async fn complete_alone(
        &self,
        merchant: &MerchantId,
        id: &CheckoutId,
        completion: Completion,
    ) -> Result<wire::Checkout, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let found = app.context_of_checkout(tx, &merchant, &id).await?;
                let (mut context, account, mut checkout) = found;
                if checkout.status == CheckoutStatus::Completed {
                    return Ok(Ok(app.shown(&checkout, context.now)?));
                }
                if context.now >= checkout.expires_at && !checkout.is_held(context.now) {
                    return Err(expired(&checkout));
                }
                lapse(tx, &mut context, &mut checkout).await?;
                Box::pin(app.complete(tx, context, account, checkout, &completion)).await
            })
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
    ) -> Result<Kept<wire::Checkout>, AppError> {
        let is_held = checkout.is_held(context.now);
        let seen = completion.stamp.as_deref();
        let standing = standing(self, tx, &mut context, account, &mut checkout, seen).await?;
        let standing = match standing {
            Ok(standing) => standing,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut facts = standing.facts_to_keep(&context);
        let Standing { mut decision, preview, basis, .. } = standing;
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
        let made = bought.as_ref().map(Bought::order);
        let (begun, waits) = (&decision.outcome().subscription, &decision.outcome().change);
        let bought_now = BoughtNow { order: made, begun: begun.as_ref(), waits: waits.as_ref() };
        checkout_completed(tx, &mut context, who, bought_now).await?;
        let redeemed = redeem_cut(tx, &context, basis.cut.as_ref(), &checkout, None).await?;
        plan.events.push(close(&mut checkout, decision.outcome(), preview, &mut facts)?);
        plan.events.extend(redeemed);
        context.store(tx, plan).await?;
        if let Some(bought) = bought {
            checkout.order = Some(bought.store(tx, &mut context, is_paid).await?);
            checkout.keeps_gifts = false;
        }
        if is_held {
            customers::save_hold(tx, &context.merchant, &checkout.request.customer, None).await?;
        }
        checkouts::complete_checkout(tx, &context.merchant, &checkout, &facts).await?;
        Ok(Ok(self.shown(&checkout, context.now)?))
    }

    /// A checkout as it was shown last.
    ///
    /// # Errors
    /// Not found.
    pub async fn checkout(
        &self,
        merchant: &MerchantId,
        id: &CheckoutId,
    ) -> Result<wire::Checkout, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.read(move |tx| {
            Box::pin(async move {
                let found = checkouts::find_checkout(tx, &merchant, &id).await?;
                app.shown(&found.ok_or(AppError::NotFound("checkout"))?, app.now())
            })
        })
        .await
    }

    /// Checkouts, by id, which is by creation; those of a customer or all, as they stand now.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn checkouts(
        &self,
        merchant: &MerchantId,
        customer: Option<CustomerId>,
        status: Option<CheckoutStatus>,
        page: Page,
    ) -> Result<Vec<wire::Checkout>, AppError> {
        let (app, merchant, now) = (self.clone(), merchant.clone(), self.now());
        self.read(move |tx| {
            Box::pin(async move {
                let filter = checkouts::ListedCheckouts { customer, status, now };
                let found = checkouts::list_checkouts(tx, &merchant, &filter, &page).await?;
                found.iter().map(|checkout| app.shown(checkout, now)).collect()
            })
        })
        .await
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
