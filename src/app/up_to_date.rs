//! Subscriptions as billing of today leaves them, whether or not it has run: a date of the next
//! booking that is told lies after today.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::domain::account::Account;
use crate::domain::ids::{CustomerId, MerchantId, SubscriptionId};
use crate::domain::subscription::Subscription;
use crate::rules::portal::up_to_date;
use crate::store::accounts::{self, AccountDepth, load_accounts};
use crate::store::subscriptions::{self, FoundSubscription, SubscriptionFilter};
use crate::store::{Page, Tx};

use super::{App, AppError, Context};

impl App {
    /// A subscription with what waits for it, as billing of today leaves it, whether or not that
    /// has run.
    ///
    /// # Errors
    /// Not found.
    pub async fn subscription(
        &self,
        merchant: &MerchantId,
        id: &SubscriptionId,
    ) -> Result<FoundSubscription, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            find(&mut tx, &context, id).await?.ok_or(AppError::NotFound("subscription"))
        })
        .await
    }

    /// Subscriptions, by id, each as billing of today leaves it; the filter looks at what is
    /// stored.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn subscriptions(
        &self,
        merchant: &MerchantId,
        filter: SubscriptionFilter,
        page: Page,
    ) -> Result<Vec<FoundSubscription>, AppError> {
        self.read(|mut tx| async move {
            let context = self.context(&mut tx, merchant).await?;
            let list = subscriptions::list_subscriptions(&mut tx, merchant, &filter, &page);
            let found = list.await?;
            told(&mut tx, &context, found).await
        })
        .await
    }
}

/// A subscription as it stands, see [`told`].
pub(super) async fn find(
    tx: &mut Tx,
    context: &Context,
    id: &SubscriptionId,
) -> Result<Option<FoundSubscription>, AppError> {
    let found = subscriptions::find_subscription(tx, &context.merchant, id).await?;
    Ok(told(tx, context, found.into_iter().collect()).await?.into_iter().next())
}

/// Tells subscriptions as billing of today leaves them, whether or not it has run, and the end
/// that a cancellation of today would have. What billing of today ends runs on until that is done,
/// and is told so, but will not be booked again: what comes after it is not there yet.
async fn told(
    tx: &mut Tx,
    context: &Context,
    mut found: Vec<FoundSubscription>,
) -> Result<Vec<FoundSubscription>, AppError> {
    let running = found.iter().map(|it| &it.subscription).filter(|it| it.is_active());
    let customers: BTreeSet<&CustomerId> = running.map(|it| &it.customer).collect();
    let customers: Vec<&CustomerId> = customers.into_iter().collect();
    let (merchant, today) = (&context.merchant, context.today);
    let due = if customers.is_empty() {
        Vec::new()
    } else {
        accounts::due_among(tx, merchant, &customers, today).await?
    };
    let mut on_paper = BTreeMap::new();
    if !due.is_empty() {
        let loaded = load_accounts(tx, merchant, &due, AccountDepth::Billing).await?;
        on_paper = (loaded.accounts.into_iter())
            .map(|it| (it.customer.clone(), up_to_date(&it, &context.tariff, it.day_from(today))))
            .collect();
    }
    for it in &mut found {
        it.cancellable_to = it.subscription.cancellable_to(today);
        if let Some(account) = on_paper.get(&it.subscription.customer) {
            bring_up_to_date(it, account, today);
        }
    }
    Ok(found)
}

/// Tells a running subscription as it stands in an account that is up to date. Which others it
/// belongs to is told as it is stored: of what is not there yet nobody knows the id.
fn bring_up_to_date(found: &mut FoundSubscription, account: &Account, today: NaiveDate) {
    let stored = &mut found.subscription;
    let Some(now) = account.subscriptions.get(&stored.id).filter(|_| stored.is_active()) else {
        return;
    };
    if !now.is_active() {
        (found.next_booking_on, found.cancellable_to) = (None, None);
        return;
    }
    found.next_booking_on = account.next_booking_on(now);
    found.new_prices = account.new_prices_of(now).into_iter().cloned().collect();
    let parent_id = stored.parent_id.take();
    *stored = Subscription { parent_id, ..now.clone() };
    found.cancellable_to = stored.cancellable_to(today);
}
