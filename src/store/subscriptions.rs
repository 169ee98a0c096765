//! Reading subscriptions. They are stored by [`super::plans`].

use chrono::{DateTime, NaiveDate, Utc};

use super::changes::changes_of;
use super::query::Query;
use super::rows::{SubscriptionRow, select_subscriptions};
use super::sql::{args, list};
use super::{Page, StoreError, Tx};
use crate::domain::change::ScheduledChange;
use crate::domain::ids::{CustomerId, MerchantId, OfferId, SubscriptionId};
use crate::domain::subscription::{Status, Subscription};

/// A subscription with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSubscription {
    /// The contract.
    pub subscription: Subscription,
    /// When it is booked next.
    pub next_booking_on: Option<NaiveDate>,
    /// All its scheduled changes, whatever became of them, in order of creation.
    pub scheduled_changes: Vec<ScheduledChange>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

/// Which subscriptions to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionFilter {
    /// Whose.
    pub customer: Option<CustomerId>,
    /// Running or over.
    pub status: Option<Status>,
    /// On which offer.
    pub offer: Option<OfferId>,
}

/// A subscription.
pub async fn find_subscription(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &SubscriptionId,
) -> Result<Option<FoundSubscription>, StoreError> {
    let rows = tx
        .fetch_all(
            select_subscriptions!("where s.merchant_id = $1 and s.id = $2"),
            args![merchant, id],
        )
        .await?;
    let found = with_changes(tx, merchant, rows).await?;
    Ok(found.into_iter().next())
}

/// Subscriptions, by id. Searched are their ids, and the ids, names and mail addresses of their
/// customers.
pub async fn list_subscriptions(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &SubscriptionFilter,
    page: &Page,
) -> Result<Vec<FoundSubscription>, StoreError> {
    let all = select_subscriptions!("where s.merchant_id = $1");
    let (text, args) = Query::new(all, args![merchant])
        .filter("s.customer_id = $?", filter.customer.as_ref())
        .only(filter.status.map(|status| match status {
            Status::Active => "s.status <> 'ended'",
            Status::Ended => "s.status = 'ended'",
        }))
        .filter("s.offer_id = $?", filter.offer.as_ref())
        .search(
            "(lower(s.id) like lower($?) escape '!' or s.customer_id in (select c.id from customers c \
             where c.merchant_id = $1 and (lower(c.id) like lower($?) escape '!' \
             or lower(c.name) like lower($?) escape '!' or lower(c.email) like lower($?) escape '!')))",
            page,
        )
        .page("s.id", page);
    let rows = tx.fetch_all(text, args).await?;
    with_changes(tx, merchant, rows).await
}

async fn with_changes(
    tx: &mut Tx,
    merchant: &MerchantId,
    rows: Vec<SubscriptionRow>,
) -> Result<Vec<FoundSubscription>, StoreError> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids = list(rows.iter().map(|row| &row.id));
    let mut changes = changes_of(tx, merchant, ids).await?;
    let found = rows.into_iter().map(|row| {
        let (next_booking_on, created_at) = (row.next_booking_on, row.created_at);
        let subscription = Subscription::try_from(row)?;
        Ok(FoundSubscription {
            scheduled_changes: changes.remove(&subscription.id).unwrap_or_default(),
            subscription,
            next_booking_on,
            created_at,
        })
    });
    found.collect()
}
