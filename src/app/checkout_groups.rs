//! Openings and completions of one merchant's checkouts that arrive while others are at work are
//! taken together: customers locked and accounts loaded in one statement each, every one decided by
//! itself, all of it stored by one plan of writes and one commit. Only what is plain is: whoever is
//! locked elsewhere, is refused, has a coupon or an order, or has gone stale, is taken alone
//! ([`super::alone`]), and so is everybody where the transaction breaks. What stands alone is
//! taken alone from the start: one client alone loses nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::domain::account::Account;
use crate::domain::checkout::{Checkout, CheckoutStatus};
use crate::domain::ids::{CheckoutId, CustomerId, MerchantId};
use crate::domain::kept_facts::KeptFacts;
use crate::domain::new_event::Event;
use crate::domain::plan::Plan;
use crate::rules::fingerprint::fingerprint;
use crate::store::accounts::{AccountDepth, load_accounts};
use crate::store::{Tx, checkouts, customers, payments, plans};
use crate::wire::checkouts as wire;

use super::alone::{close, judge_payment, pick};
use super::bounds::check_metadata;
use super::caller::AskedFor;
use super::checkout_facts::plain_facts;
use super::checkout_orders::{follow, keep_followed};
use super::decisions::decide;
use super::group_queue::{CheckoutReply, QueueKey, WaitingIntent};
use super::intents::{CheckoutDraft, CheckoutIntent, Completion};
use super::opening::{check_return_url, keep_learned, learned, locale, opened};
use super::redecision::{ConfirmedDecision, basis, stands_by};
use super::{App, AppError, Context, actor, caller};

/// How long the next wait for those that are taken alone.
const PATIENCE: Duration = Duration::from_millis(50);

/// One that takes from a queue, until it is dropped.
struct GroupWorker {
    app: App,
    whose: QueueKey,
    /// Whether it has found that nobody waits.
    is_done: bool,
}

impl App {
    /// Does what is asked, by itself or with others that wait.
    pub(super) async fn together(
        &self,
        merchant: &MerchantId,
        intent: CheckoutIntent,
    ) -> CheckoutReply {
        let whose = (merchant.clone(), actor::current());
        let (reply, answer) = oneshot::channel();
        let once = self.once.clone();
        let (asked, page) = (caller::current(), caller::page());
        let (span, since) = (Span::current(), Instant::now());
        let waiting = WaitingIntent { once, intent, reply, span, asked, since, page };
        // One writer stores for all of SQLite; on PostgreSQL one can decide while another commits.
        let most = if self.store().writes_apart() { 2 } else { 1 };
        if self.inner.groups.join(&whose, waiting, most) {
            let app = Self { once: None, ..self.clone() };
            let work = GroupWorker { app, whose, is_done: false };
            tokio::spawn(actor::carry(work.run()));
        }
        answer.await.unwrap_or_else(|_| Err(AppError::broken("nobody took an intent")))
    }
}

impl Drop for GroupWorker {
    /// After a panic nobody waits for what is not taken any more.
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        self.app.inner.groups.leave(&self.whose);
    }
}

impl GroupWorker {
    async fn run(mut self) {
        while let Some(taken) = self.app.inner.groups.take(&self.whose) {
            let left = if taken.len() == 1 { taken } else { self.group(taken).await };
            self.each_alone(left).await;
        }
        self.is_done = true;
    }

    /// Takes each by itself, side by side. Who has to wait for somebody else's lock goes on waiting
    /// alone, and the next have their turn.
    async fn each_alone(&self, taken: Vec<WaitingIntent>) {
        let mut tasks = tokio::task::JoinSet::new();
        for WaitingIntent { once, intent, reply, span, asked, since, page } in taken {
            // One writer is waited for as long as it takes.
            if let Some(asked) = asked.as_ref().filter(|_| self.app.store().writes_apart()) {
                asked.has_waited(since.elapsed());
            }
            let app = App { once, ..self.app.clone() };
            let merchant = self.whose.0.clone();
            let work = async move {
                let doing = caller::on_behalf(asked, Box::pin(app.alone(&merchant, intent)));
                // Whoever asked may be gone.
                drop(reply.send(caller::by_page_of(page, doing).await));
            };
            tasks.spawn(actor::carry(work.instrument(span)));
        }
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(PATIENCE, all).await.is_err() {
            tasks.detach_all();
        }
    }

    /// Takes all together; those that have to be taken alone.
    async fn group(&self, taken: Vec<WaitingIntent>) -> Vec<WaitingIntent> {
        let (app, merchant, intents) = (&self.app, &self.whose.0, &taken);
        let done = app
            .write(|mut tx| async move {
                let done = take(app, &mut tx, merchant, intents).await?;
                tx.commit(done).await
            })
            .await;
        let done = done.unwrap_or_else(|error| {
            tracing::debug!(%error, "taken alone");
            BTreeMap::new()
        });
        let (mut left, mut done) = (Vec::new(), done);
        for (place, waiting) in taken.into_iter().enumerate() {
            let Some(answer) = done.remove(&place) else {
                left.push(waiting);
                continue;
            };
            if let Some(once) = &waiting.once {
                once.kept.store(true, std::sync::atomic::Ordering::Release);
            }
            // Whoever asked may be gone.
            drop(waiting.reply.send(Ok(answer)));
        }
        left
    }
}

/// What has been decided about an intent.
struct DecidedIntent {
    place: usize,
    checkout: Checkout,
    /// What a completion stores besides the checkout.
    completed: Option<CompletionWrites>,
}

struct CompletionWrites {
    plan: Plan,
    facts: KeptFacts,
    reference: Option<String>,
    was_held: bool,
}

/// Decides all that can be taken together, and stores it; their answers by place.
async fn take(
    app: &App,
    tx: &mut Tx,
    merchant: &MerchantId,
    intents: &[WaitingIntent],
) -> Result<BTreeMap<usize, wire::Checkout>, AppError> {
    let (mut ids, mut buyers) = (Vec::new(), Vec::new());
    for WaitingIntent { intent, .. } in intents {
        match intent {
            CheckoutIntent::Open(draft) => buyers.push(draft.request.customer.clone()),
            CheckoutIntent::Complete(id, _) => ids.push(id.clone()),
        }
    }
    let (state, found, there) = checkouts::lock_free(tx, merchant, &ids, &buyers).await?;
    let mut context = app.context_of(tx, merchant, state).await?;
    let whose: BTreeSet<CustomerId> =
        found.iter().map(|it| it.request.customer.clone()).chain(there).collect();
    let whose: Vec<CustomerId> = whose.into_iter().collect();
    let loaded = load_accounts(tx, merchant, &whose, AccountDepth::Full).await?;
    context.edit = loaded.edit;
    // A customer with several intents is decided about once: the next one rests on the first.
    let mut accounts: BTreeMap<CustomerId, Account> =
        loaded.accounts.into_iter().map(|it| (it.customer.clone(), it)).collect();
    let mut found: BTreeMap<CheckoutId, Checkout> =
        found.into_iter().map(|it| (it.id.clone(), it)).collect();
    let mut decided = Vec::new();
    for (place, WaitingIntent { intent, asked, .. }) in intents.iter().enumerate() {
        if asked.as_ref().is_some_and(AskedFor::is_deserted) {
            continue;
        }
        let done = match intent {
            CheckoutIntent::Open(draft) => accounts
                .remove(&draft.request.customer)
                .and_then(|account| open(app, &mut context, account, draft))
                .map(|checkout| DecidedIntent { place, checkout, completed: None }),
            CheckoutIntent::Complete(id, completion) => found.remove(id).and_then(|checkout| {
                let account = accounts.remove(&checkout.request.customer)?;
                complete(&mut context, account, checkout, completion, place)
            }),
        };
        decided.extend(done);
    }
    store(app, tx, &mut context, decided, intents).await
}

/// An opened checkout, where nothing has to be asked for it.
fn open(
    app: &App,
    context: &mut Context,
    mut account: Account,
    draft: &CheckoutDraft,
) -> Option<Checkout> {
    check_metadata(draft.metadata.as_ref()).ok()?;
    check_return_url(&context.settings, draft.return_url.as_deref()).ok()?;
    let locale = locale(context, draft.locale.as_deref(), account.locale.as_deref()).ok()?;
    account.locale = Some(locale.to_string());
    if is_held(&account, context) {
        return None;
    }
    context.today = account.day_from(context.settings.time_zone.date(context.now));
    let facts = plain_facts(context, &draft.request, account)?;
    let (decision, preview) = decide(context, &facts, &draft.request).ok()?;
    Some(opened(app, context, draft.clone(), preview, &decision, &locale))
}

/// A completed checkout with its plan, where it is what was shown and nothing has to be asked.
fn complete(
    context: &mut Context,
    mut account: Account,
    mut checkout: Checkout,
    completion: &Completion,
    place: usize,
) -> Option<DecidedIntent> {
    let learned = learned(context, &account, &checkout);
    account.locale = Some(checkout.locale.clone());
    let is_plain = checkout.status != CheckoutStatus::Completed
        && !checkout.keeps_gifts
        && checkout.request.order.is_none()
        && !context.automated;
    let seen = completion.stamp.as_deref();
    if !is_plain || seen.map_or(checkout.went_stale, |seen| seen != checkout.stamp) {
        return None;
    }
    context.today = account.day_from(context.settings.time_zone.date(context.now));
    let was_held = checkout.is_held(context.now);
    let standing = if was_held {
        let held = checkout.held.clone().filter(|held| held.cut.is_none())?;
        let offer = context.catalogue_now()?.offer(&checkout.request.offer)?;
        let terms = offer.terms.clone();
        (terms.version == held.version)
            .then(|| stands_by(context, terms, account, &checkout, held))??
    } else {
        if context.now >= checkout.expires_at || is_held(&account, context) {
            return None;
        }
        let facts = plain_facts(context, &checkout.request, account)?;
        let (decision, preview) = decide(context, &facts, &checkout.request).ok()?;
        if fingerprint(&preview, &decision.target) != checkout.stamp {
            return None;
        }
        let (basis, matching) = basis(context, facts, &decision);
        ConfirmedDecision { decision, preview, basis, matching: Some(matching) }
    };
    let mut facts = standing.facts_to_keep(context);
    let ConfirmedDecision { mut decision, preview, basis, .. } = standing;
    pick(&mut decision, completion.mode).ok()?;
    let on_account = basis.purchase_on_account;
    let reference = judge_payment(on_account, decision.outcome(), completion).ok()?;
    let reference = reference.map(str::to_owned);
    let (id, today) = (checkout.id.clone(), context.today);
    let mut plan = decision.plan(reference.as_deref(), Some(&id), &mut context.ids, today);
    let told: Event = close(&mut checkout, decision.outcome(), preview, &mut facts).ok()?;
    plan.events.push(told);
    keep_learned(&mut plan, learned);
    let completed = CompletionWrites { plan, facts, reference, was_held };
    Some(DecidedIntent { place, checkout, completed: Some(completed) })
}

/// Whether a checkout holds the customer's subscriptions.
fn is_held(account: &Account, context: &Context) -> bool {
    account.held_until.is_some_and(|until| context.now < until)
}

async fn store(
    app: &App,
    tx: &mut Tx,
    context: &mut Context,
    mut decided: Vec<DecidedIntent>,
    intents: &[WaitingIntent],
) -> Result<BTreeMap<usize, wire::Checkout>, AppError> {
    let merchant = context.merchant.clone();
    // Of two with one reference the second is taken alone, and refused there if it must be.
    let mut references = BTreeSet::new();
    decided.retain(|it| {
        let reference = it.completed.as_ref().and_then(|it| it.reference.clone());
        reference.is_none_or(|reference| references.insert(reference))
    });
    let completed = || decided.iter().filter_map(|it| Some((it, it.completed.as_ref()?)));
    let claims = completed()
        .filter_map(|(it, done)| Some((done.reference.as_deref()?, &it.checkout.request.customer)));
    if !payments::claim_references(tx, &merchant, &claims.collect()).await? {
        return Err(super::payments::used());
    }
    let plans: Vec<Plan> = completed().map(|(_, done)| done.plan.clone()).collect();
    let followed = follow(tx, &merchant, context.now, &plans).await?;
    let Context { settings, now, ids, .. } = &mut *context;
    plans::store_plans(tx, (&merchant, settings.seller.as_ref()), *now, &plans, ids).await?;
    keep_followed(tx, context, &followed).await?;
    for it in &decided {
        match &it.completed {
            Some(done) => {
                checkouts::complete_checkout(tx, &merchant, &it.checkout, &done.facts).await?;
            }
            None => checkouts::insert_checkout(tx, &merchant, &it.checkout).await?,
        }
    }
    for (it, _) in completed().filter(|(_, done)| done.was_held) {
        customers::save_hold(tx, &merchant, &it.checkout.request.customer, None).await?;
    }
    let mut answers = BTreeMap::new();
    for it in &decided {
        let answer = app.shown(&it.checkout, context.now)?;
        if let Some(once) = intents.get(it.place).and_then(|intent| intent.once.as_ref()) {
            once.keep_beside(tx, &answer).await?;
        }
        answers.insert(it.place, answer);
    }
    Ok(answers)
}
