//! Reading subscriptions. They are stored by [`super::plans`].

use chrono::{DateTime, NaiveDate, Utc};

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
    todo!()
}

/// Subscriptions, by id.
pub async fn list_subscriptions(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &SubscriptionFilter,
    page: &Page,
) -> Result<Vec<FoundSubscription>, StoreError> {
    todo!()
}
