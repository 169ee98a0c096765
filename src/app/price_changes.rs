//! Price changes of running subscriptions: decided, previewed, withdrawn and shown. Telling their
//! customers is for `price_notices`.

use std::collections::BTreeMap;

use crate::domain::event::EventKind;
use crate::domain::ids::{MerchantId, OfferId, PriceChangeId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::new_event::Event;
use crate::domain::price_change::{
    NewPrice, NewPriceStatus, PriceChange, PriceChangeStatus as Status, Unaffected,
};
use crate::rules::price_change::{
    PriceChangeDraft, PriceReach, decide_keep_price, decide_price_change,
};
use crate::store::accounts::{AccountDepth, load_accounts};
use crate::store::new_prices::{self, NewPriceCount, NewPriceFilter};
use crate::store::price_changes::{self as stored, PriceChangeFilter};
use crate::store::{Page, Tx, events, offers, subscriptions};
use crate::wire::price_changes as wire;

use super::subscriptions::{owner, subscription};
use super::{App, AppError, Context};

pub use crate::store::new_prices::NewPriceFilter as NewPrices;
pub use crate::store::price_changes::PriceChangeFilter as PriceChanges;

/// How many customers are looked at together.
const CUSTOMERS: i64 = 500;

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
        let draft = &draft;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let change = draft_of(&mut tx, &mut context, offer, draft).await?;
            let morning = context.settings.time_zone.start_of(context.today);
            if let Some(same) = stored::find_same(&mut tx, merchant, &change, morning).await? {
                return tx.commit(same).await;
            }
            if !stored::would_change(&mut tx, merchant, &change).await? {
                return Err(nothing_would_change(&change));
            }
            stored::insert_price_change(&mut tx, merchant, &change).await?;
            note(&mut tx, &mut context, EventKind::PriceChangeDecided, &change.id).await?;
            tx.commit(change.id).await
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
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let found = stored::lock_price_change(&mut tx, merchant, id).await?;
            let from = found.ok_or(AppError::NotFound("price change"))?.status;
            if matches!(from, Status::Telling | Status::Told) {
                let (steps, on) = ((from, Status::Withdrawing), Some(context.today));
                stored::move_price_change(&mut tx, merchant, id, steps, on).await?;
                note(&mut tx, &mut context, EventKind::PriceChangeWithdrawn, id).await?;
            }
            tx.commit(()).await
        })
        .await
    }

    /// Withdraws the new price that waits for a subscription by a price change, or all that wait.
    ///
    /// # Errors
    /// Not found; refused where none waits.
    pub async fn keep_price(
        &self,
        merchant: &MerchantId,
        id: &SubscriptionId,
        of: Option<&PriceChangeId>,
    ) -> Result<crate::wire::subscriptions::Subscription, AppError> {
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let customer = owner(&mut tx, merchant, id).await?;
            let account = context.account(&mut tx, &customer).await?;
            let Context { tariff, today, ids, .. } = &mut context;
            let plan = decide_keep_price(&account, tariff, (id, of), *today, ids);
            let plan = plan.map_err(|_| {
                AppError::refused("not-pending", "no new price waits for the subscription")
            })?;
            context.store(&mut tx, plan).await?;
            let done = subscription(&mut tx, &context, id).await?;
            tx.answer(done).await
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
        self.read_heavily(of, |mut tx| async move {
            let mut context = app.context(&mut tx, &merchant).await?;
            let change = draft_of(&mut tx, &mut context, offer, &draft).await?;
            let reach = reach_of(&mut tx, &mut context, &change).await?;
            Ok((change, reach))
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
        self.read(|mut tx| async move { counted_one(&mut tx, merchant, id).await }).await
    }

    /// Price changes with their counts, by id.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn price_changes(
        &self,
        merchant: &MerchantId,
        filter: PriceChangeFilter,
        page: Page,
    ) -> Result<Vec<CountedPriceChange>, AppError> {
        self.read(|mut tx| async move {
            let found = stored::list_price_changes(&mut tx, merchant, &filter, &page).await?;
            counted(&mut tx, merchant, found).await
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
        self.read(|mut tx| async move {
            let found = stored::find_price_change(&mut tx, merchant, &filter.change).await?;
            found.ok_or(AppError::NotFound("price change"))?;
            Ok(new_prices::list_new_prices(&mut tx, merchant, &filter, &page).await?)
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
        let Some(last) = ids.last() else {
            let waiting = stored::count_not_begun(tx, merchant, change).await?;
            reach.leave_out(Unaffected::NotBegun, u64::try_from(waiting).unwrap_or_default());
            return Ok(reach);
        };
        after = Some(last.clone());
        let loaded = load_accounts(tx, merchant, &ids, AccountDepth::Billing).await?;
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
    let mut counts = new_prices::count_new_prices(tx, merchant, &ids).await?;
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
    let mut left_out = BTreeMap::<Unaffected, u64>::new();
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

fn left(out: &BTreeMap<Unaffected, u64>) -> Vec<wire::LeftOutCount> {
    let one = |(reason, count): (&Unaffected, &u64)| wire::LeftOutCount {
        reason: *reason,
        subscriptions: *count,
    };
    out.iter().map(one).collect()
}
