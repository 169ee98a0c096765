//! Price changes of running subscriptions: decided at once, told to their customers page by page.
//! What was left by a process that was cut off, or by customers whom others held, is gone on with
//! by the worker: what is still to do follows from what is stored.

use std::collections::BTreeMap;

use crate::domain::event::EventKind;
use crate::domain::ids::{CustomerId, MerchantId, OfferId, PriceChangeId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::plan::Plan;
use crate::domain::price_change::{
    LeftOut, NewPrice, NewPriceStatus, PriceChange, PriceChangeStatus as Status,
};
use crate::domain::told::Event;
use crate::rules::price_change::{
    PriceChangeDraft, PriceReach, decide_keep_price, decide_keep_prices, decide_price_change,
};
use crate::store::accounts::{Depth, load_accounts};
use crate::store::price_changes::{
    self as stored, LeftRow, NewPriceCount, NewPriceFilter, PriceChangeFilter,
};
use crate::store::{Page, Tx, events, offers, plans, subscriptions};
use crate::wire::price_changes as wire;

use super::checkout_orders::{follow, keep_followed};
use super::subscriptions::{owner, subscription};
use super::{App, AppError, Context};

pub use crate::store::price_changes::{
    NewPriceFilter as NewPrices, PriceChangeFilter as PriceChanges,
};

/// How many customers are told in one transaction, or looked at together.
const CUSTOMERS: i64 = 500;
/// How many price changes the worker looks at in a turn.
const AT_WORK_MAX: i64 = 100;

/// A price change with what it has come to so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedPriceChange {
    /// As it was decided.
    pub change: PriceChange,
    /// How many subscriptions it means what for.
    pub counts: Vec<NewPriceCount>,
}

impl App {
    /// Decides that running subscriptions on an offer pay another price; nobody is told yet. The
    /// same decided again on the same day is the same price change.
    ///
    /// # Errors
    /// Not found; every fault in the draft; invalid where nothing would change.
    pub async fn open_price_change(
        &self,
        merchant: &MerchantId,
        offer: &OfferId,
        draft: PriceChangeDraft,
    ) -> Result<PriceChangeId, AppError> {
        let (app, merchant, offer) = (self.clone(), merchant.clone(), offer.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let change = draft_of(tx, &mut context, &offer, &draft).await?;
                let morning = context.settings.time_zone.start_of(context.today);
                if let Some(same) = stored::find_same(tx, &merchant, &change, morning).await? {
                    return Ok(same);
                }
                if !stored::would_change(tx, &merchant, &change).await? {
                    return Err(nothing_would_change(&change));
                }
                stored::insert_price_change(tx, &merchant, &change).await?;
                note(tx, &mut context, EventKind::PriceChangeDecided, &change.id).await?;
                Ok(change.id)
            })
        })
        .await
    }

    /// Withdraws a price change: nobody is booked at its price any more who was not by today. What
    /// was withdrawn before stays so.
    ///
    /// # Errors
    /// Not found.
    pub async fn open_withdrawal(
        &self,
        merchant: &MerchantId,
        id: &PriceChangeId,
    ) -> Result<(), AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let found = stored::lock_price_change(tx, &merchant, &id).await?;
                let from = found.ok_or(AppError::NotFound("price change"))?.status;
                if matches!(from, Status::Telling | Status::Told) {
                    let (steps, on) = ((from, Status::Withdrawing), Some(context.today));
                    stored::move_price_change(tx, &merchant, &id, steps, on).await?;
                    note(tx, &mut context, EventKind::PriceChangeWithdrawn, &id).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// Withdraws the new price that waits for a subscription.
    ///
    /// # Errors
    /// Not found; refused where none waits.
    pub async fn keep_price(
        &self,
        merchant: &MerchantId,
        id: &SubscriptionId,
    ) -> Result<crate::wire::subscriptions::Subscription, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        self.write_once(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let customer = owner(tx, &merchant, &id).await?;
                let account = context.account(tx, &customer).await?;
                let Context { tariff, today, ids, .. } = &mut context;
                let plan = decide_keep_price(&account, tariff, &id, *today, ids);
                let plan = plan.map_err(|_| {
                    AppError::refused("not-pending", "no new price waits for the subscription")
                })?;
                context.store(tx, plan).await?;
                Ok(Ok(subscription(tx, &merchant, &id).await?))
            })
        })
        .await
    }

    /// What a price change would mean for everybody, were it decided now. Nothing is stored.
    ///
    /// # Errors
    /// Not found; every fault in the draft.
    pub async fn preview_price_change(
        &self,
        merchant: &MerchantId,
        offer: &OfferId,
        draft: PriceChangeDraft,
    ) -> Result<(PriceChange, PriceReach), AppError> {
        let (of, app, merchant) = (merchant, self.clone(), merchant.clone());
        let offer = offer.clone();
        self.read_heavily(of, move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let change = draft_of(tx, &mut context, &offer, &draft).await?;
                let reach = reach_of(tx, &mut context, &change).await?;
                Ok((change, reach))
            })
        })
        .await
    }

    /// A price change with its counts.
    ///
    /// # Errors
    /// Not found.
    pub async fn price_change(
        &self,
        merchant: &MerchantId,
        id: &PriceChangeId,
    ) -> Result<CountedPriceChange, AppError> {
        let (merchant, id) = (merchant.clone(), id.clone());
        self.read(move |tx| Box::pin(async move { counted_one(tx, &merchant, &id).await })).await
    }

    /// Price changes with their counts, by id.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn price_changes(
        &self,
        merchant: &MerchantId,
        filter: PriceChangeFilter,
        page: Page,
    ) -> Result<Vec<CountedPriceChange>, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| {
            Box::pin(async move {
                let found = stored::list_price_changes(tx, &merchant, &filter, &page).await?;
                counted(tx, &merchant, found).await
            })
        })
        .await
    }

    /// What a price change means for each subscription that it does not leave out, by id.
    ///
    /// # Errors
    /// Not found.
    pub async fn new_prices(
        &self,
        merchant: &MerchantId,
        filter: NewPriceFilter,
        page: Page,
    ) -> Result<Vec<NewPrice>, AppError> {
        let merchant = merchant.clone();
        self.read(move |tx| {
            Box::pin(async move {
                let found = stored::find_price_change(tx, &merchant, &filter.change).await?;
                found.ok_or(AppError::NotFound("price change"))?;
                Ok(stored::list_new_prices(tx, &merchant, &filter, &page).await?)
            })
        })
        .await
    }

    /// Goes on with every price change that is not done, of all merchants; how many.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn work_price_changes(&self) -> Result<usize, AppError> {
        let at_work = self.read(move |tx| {
            Box::pin(async move { Ok(stored::list_at_work(tx, AT_WORK_MAX).await?) })
        });
        let at_work = at_work.await?;
        for (merchant, id) in &at_work {
            let work = self.work_price_change(merchant, id);
            if let Err(error) = work.await {
                tracing::error!(merchant.id = %merchant, price_change.id = %id, %error,
                    "a price change broke off");
            }
        }
        Ok(at_work.len())
    }

    /// Goes through everybody whom a price change is still to be told to, or taken from, as long as
    /// that leads on; then it is done. Whom others hold is left to the worker.
    ///
    /// # Errors
    /// Only a breakage.
    pub async fn work_price_change(
        &self,
        merchant: &MerchantId,
        id: &PriceChangeId,
    ) -> Result<(), AppError> {
        loop {
            let (mut after, mut done) = (None, 0);
            while let Some((last, count)) = self.work_on(merchant, id, after).await? {
                (after, done) = (Some(last), done + count);
            }
            if self.close(merchant, id).await? || done == 0 {
                return Ok(());
            }
        }
    }

    /// The next page of customers: the last of them, and for how many something was done.
    async fn work_on(
        &self,
        merchant: &MerchantId,
        id: &PriceChangeId,
        after: Option<CustomerId>,
    ) -> Result<Option<(CustomerId, usize)>, AppError> {
        let (of, change) = (merchant.clone(), id.clone());
        let page = self.read(move |tx| {
            Box::pin(async move { open_page(tx, &of, &change, after.as_ref()).await })
        });
        let page = page.await?;
        let Some(last) = page.last().cloned() else { return Ok(None) };
        let all = self.work_together(merchant, id, &page).await;
        let Err(AppError::Broken(_)) = &all else { return Ok(Some((last, all?))) };
        let mut done = 0;
        for customer in &page {
            let one = std::slice::from_ref(customer);
            match self.work_together(merchant, id, one).await {
                Err(AppError::Broken(error)) => {
                    tracing::error!(customer.id = %customer, %error, "a price cannot be changed");
                    done += self.leave_out(merchant, id, customer).await?;
                }
                other => done += other?,
            }
        }
        Ok(Some((last, done)))
    }

    /// Tells these customers of a price change, or withdraws what waits for them, in one
    /// transaction; how many could be locked.
    async fn work_together(
        &self,
        merchant: &MerchantId,
        id: &PriceChangeId,
        customers: &[CustomerId],
    ) -> Result<usize, AppError> {
        let (app, merchant, id) = (self.clone(), merchant.clone(), id.clone());
        let customers = customers.to_vec();
        self.write(move |tx| {
            Box::pin(async move {
                let mut context = app.context(tx, &merchant).await?;
                let now = context.now;
                let free = stored::lock_at_liberty(tx, &merchant, &customers, now).await?;
                let change = stored::lock_price_change(tx, &merchant, &id).await?;
                let Some(change) = change.filter(|_| !free.is_empty()) else { return Ok(0) };
                let (decided, left) = match change.status {
                    Status::Telling => tell(tx, &mut context, &change, &free).await?,
                    Status::Withdrawing => {
                        (take_back(tx, &mut context, &change, &free).await?, Vec::new())
                    }
                    Status::Told | Status::Withdrawn => return Ok(0),
                };
                let followed = follow(tx, &merchant, now, &decided).await?;
                let Context { settings, ids, .. } = &mut context;
                let by = (&merchant, settings.seller.as_ref());
                plans::store_plans(tx, by, now, &decided, ids).await?;
                stored::insert_left_out(tx, &merchant, &id, &left).await?;
                keep_followed(tx, &mut context, &followed).await?;
                Ok(free.len())
            })
        })
        .await
    }

    /// Notes that a price change leaves a customer alone whose account cannot be read; of one that
    /// is withdrawn there is nothing to note.
    async fn leave_out(
        &self,
        merchant: &MerchantId,
        id: &PriceChangeId,
        customer: &CustomerId,
    ) -> Result<usize, AppError> {
        let (merchant, id, customer) = (merchant.clone(), id.clone(), customer.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let change = stored::lock_price_change(tx, &merchant, &id).await?;
                let Some(change) = change.filter(|it| it.status == Status::Telling) else {
                    return Ok(0);
                };
                let one = std::slice::from_ref(&customer);
                let untold = stored::untold_of(tx, &merchant, &change, one).await?;
                let left = untold.into_iter().flat_map(|(customer, ids)| {
                    let row = move |subscription| LeftRow {
                        subscription,
                        customer: customer.clone(),
                        reason: LeftOut::Broken,
                    };
                    ids.into_iter().map(row)
                });
                let left: Vec<LeftRow> = left.collect();
                stored::insert_left_out(tx, &merchant, &id, &left).await?;
                Ok(left.len())
            })
        })
        .await
    }

    /// Closes a price change where there is nobody left; whether there is nothing more to do.
    async fn close(&self, merchant: &MerchantId, id: &PriceChangeId) -> Result<bool, AppError> {
        let (merchant, id) = (merchant.clone(), id.clone());
        self.write(move |tx| {
            Box::pin(async move {
                let Some(change) = stored::lock_price_change(tx, &merchant, &id).await? else {
                    return Ok(true);
                };
                let to = match change.status {
                    Status::Telling => Status::Told,
                    Status::Withdrawing => Status::Withdrawn,
                    Status::Told | Status::Withdrawn => return Ok(true),
                };
                if !open_page(tx, &merchant, &id, None).await?.is_empty() {
                    return Ok(false);
                }
                let steps = (change.status, to);
                let on = change.withdrawn_on;
                Ok(stored::move_price_change(tx, &merchant, &id, steps, on).await?)
            })
        })
        .await
    }
}

/// The price change that a draft asks for.
async fn draft_of(
    tx: &mut Tx,
    context: &mut Context,
    offer: &OfferId,
    draft: &PriceChangeDraft,
) -> Result<PriceChange, AppError> {
    let found = offers::find_offer(tx, &context.merchant, offer).await?;
    let terms = found.ok_or(AppError::NotFound("offer"))?.terms;
    let Context { now, today, ids, .. } = context;
    draft.decide(&terms, *now, *today, ids).map_err(AppError::Invalid)
}

fn nothing_would_change(change: &PriceChange) -> AppError {
    let detail = match change.given {
        None => {
            "nothing would change: no running subscription is on an older version of the offer at \
             another price; give the price that they are to pay"
        }
        Some(_) => {
            "nothing would change: every running subscription on the offer pays this price, or is \
             paid in another currency or for another period"
        }
    };
    AppError::invalid("/price", detail)
}

async fn note(
    tx: &mut Tx,
    context: &mut Context,
    kind: EventKind,
    id: &PriceChangeId,
) -> Result<(), AppError> {
    let Context { merchant, now, ids, .. } = context;
    let event = Event::plain(kind, id.as_str());
    events::insert_events(tx, merchant, *now, &[event], ids).await?;
    Ok(())
}

/// The customers, behind `after`, with whom something is still to do.
async fn open_page(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PriceChangeId,
    after: Option<&CustomerId>,
) -> Result<Vec<CustomerId>, AppError> {
    let Some(change) = stored::find_price_change(tx, merchant, id).await? else {
        return Ok(Vec::new());
    };
    Ok(match change.status {
        Status::Telling => stored::list_untold(tx, merchant, &change, after, CUSTOMERS).await?,
        Status::Withdrawing => stored::list_waiting(tx, merchant, id, after, CUSTOMERS).await?,
        Status::Told | Status::Withdrawn => Vec::new(),
    })
}

/// What these customers, who are locked, are told.
async fn tell(
    tx: &mut Tx,
    context: &mut Context,
    change: &PriceChange,
    free: &[CustomerId],
) -> Result<(Vec<Plan>, Vec<LeftRow>), AppError> {
    let untold = stored::untold_of(tx, &context.merchant, change, free).await?;
    let loaded = load_accounts(tx, &context.merchant, free, Depth::Billing).await?;
    let (mut decided, mut left) = (Vec::new(), Vec::new());
    for account in &loaded.accounts {
        let Some(wanted) = untold.get(&account.customer) else { continue };
        let Context { tariff, today, ids, .. } = &mut *context;
        let decision = decide_price_change(account, tariff, (change, wanted), *today, ids);
        for (subscription, outcome) in decision.found {
            if let Err(reason) = outcome {
                left.push(LeftRow { subscription, customer: account.customer.clone(), reason });
            }
        }
        decided.push(decision.plan);
    }
    decided.retain(|plan| !plan.is_empty());
    Ok((decided, left))
}

/// What these customers, who are locked, do not pay after all.
async fn take_back(
    tx: &mut Tx,
    context: &mut Context,
    change: &PriceChange,
    free: &[CustomerId],
) -> Result<Vec<Plan>, AppError> {
    let loaded = load_accounts(tx, &context.merchant, free, Depth::Billing).await?;
    let Context { tariff, today, ids, .. } = context;
    let plans = loaded.accounts.iter();
    let plans = plans.map(|it| decide_keep_prices(it, tariff, &change.id, *today, ids));
    Ok(plans.filter(|plan| !plan.is_empty()).collect())
}

/// What a price change would come to, a page of customers at a time.
async fn reach_of(
    tx: &mut Tx,
    context: &mut Context,
    change: &PriceChange,
) -> Result<PriceReach, AppError> {
    let (mut after, mut reach) = (None, PriceReach::default());
    let offer = std::slice::from_ref(&change.terms.offer);
    loop {
        let merchant = &context.merchant;
        let ids =
            subscriptions::list_holders(tx, merchant, offer, after.as_ref(), CUSTOMERS).await?;
        let Some(last) = ids.last() else { return Ok(reach) };
        after = Some(last.clone());
        let loaded = load_accounts(tx, merchant, &ids, Depth::Billing).await?;
        for account in &loaded.accounts {
            // One customer takes a moment, and others want to go on meanwhile.
            tokio::task::yield_now().await;
            let on_it = account.active().into_iter().filter(|it| it.terms.offer == offer[0]);
            let wanted = on_it.map(|subscription| subscription.id.clone()).collect();
            let Context { tariff, today, ids, .. } = &mut *context;
            let decision = decide_price_change(account, tariff, (change, &wanted), *today, ids);
            reach.count(account, change, &decision);
        }
    }
}

async fn counted_one(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PriceChangeId,
) -> Result<CountedPriceChange, AppError> {
    let found = stored::find_price_change(tx, merchant, id).await?;
    let missing = || AppError::NotFound("price change");
    let counted = counted(tx, merchant, vec![found.ok_or_else(missing)?]).await?;
    counted.into_iter().next().ok_or_else(missing)
}

async fn counted(
    tx: &mut Tx,
    merchant: &MerchantId,
    found: Vec<PriceChange>,
) -> Result<Vec<CountedPriceChange>, AppError> {
    let ids: Vec<PriceChangeId> = found.iter().map(|change| change.id.clone()).collect();
    let mut counts = stored::count_new_prices(tx, merchant, &ids).await?;
    let counted = found.into_iter().map(|change| {
        let counts = counts.remove(&change.id).unwrap_or_default();
        CountedPriceChange { change, counts }
    });
    Ok(counted.collect())
}

impl CountedPriceChange {
    /// What the subscriptions that will pay its price, or do, came to in a month before, and come
    /// to then, in minor units.
    #[must_use]
    pub fn monthly(&self) -> (i64, i64) {
        let period = self.change.terms.billing_period;
        let pays = |count: &&NewPriceCount| {
            matches!(count.fate, Ok(NewPriceStatus::Pending | NewPriceStatus::Applied))
        };
        let sum = |(before, after): (i64, i64), it: &NewPriceCount| {
            let of = |minor| period.monthly(minor).saturating_mul(it.count);
            let (was, is) = it.prices.unwrap_or_default();
            (before.saturating_add(of(was)), after.saturating_add(of(is)))
        };
        self.counts.iter().filter(pays).fold((0, 0), sum)
    }
}

/// A price change as it is shown.
#[must_use]
pub fn shown(counted: &CountedPriceChange) -> wire::PriceChange {
    let CountedPriceChange { change, counts } = counted;
    let mut subscriptions = wire::PriceCounts::default();
    let mut left_out = BTreeMap::<LeftOut, u64>::new();
    for NewPriceCount { fate, count, .. } in counts {
        let number = u64::try_from(*count).unwrap_or_default();
        match fate {
            Ok(status) => subscriptions.add(*status, number),
            Err(reason) => *left_out.entry(*reason).or_default() += number,
        }
    }
    let (before, after) = counted.monthly();
    let currency = change.terms.price.currency;
    wire::PriceChange {
        id: change.id.to_string(),
        offer: change.terms.offer.to_string(),
        price: change.price().into(),
        effective_from: change.effective_from,
        subscriptions: change.scope,
        notice_days: change.notice_days,
        status: change.status,
        withdrawn_on: change.withdrawn_on,
        created_at: change.created_at,
        counts: subscriptions,
        left_out: left(&left_out),
        monthly_before: Money::new(before, currency).into(),
        monthly_after: Money::new(after, currency).into(),
    }
}

/// What a price change would come to, as it is shown.
#[must_use]
pub fn previewed(change: &PriceChange, reach: &PriceReach) -> wire::PriceChangePreview {
    let currency = change.terms.price.currency;
    wire::PriceChangePreview {
        price: change.price().into(),
        told: reach.told,
        supersedes: reach.supersedes,
        left_out: left(&reach.left_out),
        monthly_before: Money::new(reach.monthly_before, currency).into(),
        monthly_after: Money::new(reach.monthly_after, currency).into(),
        first_on: reach.first_on,
        last_on: reach.last_on,
    }
}

fn left(out: &BTreeMap<LeftOut, u64>) -> Vec<wire::LeftOutCount> {
    let one = |(reason, count): (&LeftOut, &u64)| wire::LeftOutCount {
        reason: *reason,
        subscriptions: *count,
    };
    out.iter().map(one).collect()
}
