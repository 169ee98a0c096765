//! Telling the customers of a price change, page by page: claimed, loaded in a handful of queries,
//! decided, stored. What was left by a process that was cut off, or by customers whom others held,
//! is gone on with by the worker: what is still to do follows from what is stored.

use std::collections::BTreeSet;

use crate::domain::ids::{CustomerId, MerchantId, PriceChangeId};
use crate::domain::plan::Plan;
use crate::domain::price_change::{PriceChange, PriceChangeStatus as Status, Unaffected};
use crate::rules::price_change::{decide_keep_prices, decide_price_change};
use crate::store::accounts::{AccountDepth, load_accounts};
use crate::store::new_prices::{LeftRow, insert_left_out, overtaken_of};
use crate::store::price_changes as stored;
use crate::store::{Tx, plans};

use super::checkout_orders::{follow, keep_followed};
use super::{App, AppError, Context};

/// How many customers are told in one transaction.
const CUSTOMERS: i64 = 500;
/// How many price changes the worker looks at in a turn.
const AT_WORK_MAX: i64 = 100;

impl App {
    /// Goes on with every price change that is not done, of all merchants; how many. One that
    /// breaks off keeps the others from nothing.
    ///
    /// # Errors
    /// Only where the engine or its database fails: what broke off first.
    pub async fn work_price_changes(&self) -> Result<usize, AppError> {
        let at_work = self
            .read(|mut tx| async move { Ok(stored::list_at_work(&mut tx, AT_WORK_MAX).await?) });
        let at_work = at_work.await?;
        let mut first = None;
        for (merchant, id) in &at_work {
            let work = self.work_price_change(merchant, id);
            if let Err(error) = work.await {
                tracing::error!(merchant.id = %merchant, price_change.id = %id, %error,
                    "a price change broke off");
                first.get_or_insert(error);
            }
        }
        first.map_or(Ok(at_work.len()), Err)
    }

    /// Goes through everybody whom a price change is still to be told to, or taken from, as long as
    /// that leads on; then it is done. Whom others hold is left to the worker.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
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
        let page = self
            .read(|mut tx| async move { open_page(&mut tx, merchant, id, after.as_ref()).await });
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
        let customers = customers.to_vec();
        let customers = &customers;
        self.write(|mut tx| async move {
            let mut context = self.context(&mut tx, merchant).await?;
            let now = context.now;
            let free = stored::lock_at_liberty(&mut tx, merchant, customers, now).await?;
            let change = stored::lock_price_change(&mut tx, merchant, id).await?;
            let Some(change) = change.filter(|_| !free.is_empty()) else {
                return tx.commit(0).await;
            };
            let (decided, left) = match change.status {
                Status::Telling => tell(&mut tx, &mut context, &change, &free).await?,
                Status::Withdrawing => {
                    (take_back(&mut tx, &mut context, &change, &free).await?, Vec::new())
                }
                Status::Told | Status::Withdrawn => return tx.commit(0).await,
            };
            let followed = follow(&mut tx, merchant, now, &decided).await?;
            let Context { settings, ids, .. } = &mut context;
            let by = (merchant, settings.seller.as_ref());
            plans::store_plans(&mut tx, by, now, &decided, ids).await?;
            insert_left_out(&mut tx, merchant, id, &left).await?;
            keep_followed(&mut tx, &mut context, &followed).await?;
            tx.commit(free.len()).await
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
        self.write(|mut tx| async move {
            let change = stored::lock_price_change(&mut tx, merchant, id).await?;
            let Some(change) = change.filter(|it| it.status == Status::Telling) else {
                return tx.commit(0).await;
            };
            let one = std::slice::from_ref(customer);
            let untold = stored::untold_of(&mut tx, merchant, &change, one).await?;
            let left = untold.into_iter().flat_map(|(customer, ids)| {
                let row = move |subscription| LeftRow {
                    subscription,
                    customer: customer.clone(),
                    reason: Unaffected::Broken,
                };
                ids.into_iter().map(row)
            });
            let mut left: Vec<LeftRow> = left.collect();
            left.extend(stored::not_begun_of(&mut tx, merchant, &change, one).await?);
            insert_left_out(&mut tx, merchant, id, &left).await?;
            tx.commit(left.len()).await
        })
        .await
    }

    /// Closes a price change where there is nobody left; whether there is nothing more to do.
    async fn close(&self, merchant: &MerchantId, id: &PriceChangeId) -> Result<bool, AppError> {
        self.write(|mut tx| async move {
            let Some(change) = stored::lock_price_change(&mut tx, merchant, id).await? else {
                return tx.commit(true).await;
            };
            let to = match change.status {
                Status::Telling => Status::Told,
                Status::Withdrawing => Status::Withdrawn,
                Status::Told | Status::Withdrawn => return tx.commit(true).await,
            };
            if !open_page(&mut tx, merchant, id, None).await?.is_empty() {
                return tx.commit(false).await;
            }
            let steps = (change.status, to);
            let on = change.withdrawn_on;
            let done = stored::move_price_change(&mut tx, merchant, id, steps, on).await?;
            tx.commit(done).await
        })
        .await
    }
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
    let overtaken = overtaken_of(tx, &context.merchant, &change.id, free).await?;
    let loaded = load_accounts(tx, &context.merchant, free, AccountDepth::Billing).await?;
    let (mut decided, mut left) = (Vec::new(), Vec::new());
    for account in &loaded.accounts {
        let Some(wanted) = untold.get(&account.customer) else { continue };
        let (past, wanted): (BTreeSet<_>, _) =
            wanted.iter().cloned().partition(|id| overtaken.contains(id));
        left.extend(past.into_iter().map(|subscription| LeftRow {
            subscription,
            customer: account.customer.clone(),
            reason: Unaffected::Overtaken,
        }));
        let Context { tariff, today, ids, .. } = &mut *context;
        let decision = decide_price_change(account, tariff, (change, &wanted), *today, ids);
        for (subscription, outcome) in decision.found {
            if let Err(reason) = outcome {
                left.push(LeftRow { subscription, customer: account.customer.clone(), reason });
            }
        }
        decided.push(decision.plan);
    }
    decided.retain(|plan| !plan.is_empty());
    left.extend(stored::not_begun_of(tx, &context.merchant, change, free).await?);
    Ok((decided, left))
}

/// What these customers, who are locked, do not pay after all.
async fn take_back(
    tx: &mut Tx,
    context: &mut Context,
    change: &PriceChange,
    free: &[CustomerId],
) -> Result<Vec<Plan>, AppError> {
    let loaded = load_accounts(tx, &context.merchant, free, AccountDepth::Billing).await?;
    let Context { tariff, today, ids, .. } = context;
    let plans = loaded.accounts.iter();
    let plans = plans.map(|it| decide_keep_prices(it, tariff, &change.id, *today, ids));
    Ok(plans.filter(|plan| !plan.is_empty()).collect())
}
