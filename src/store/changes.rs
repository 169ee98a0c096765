//! Reading scheduled changes. They are stored by [`super::plans`].

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::query::SqlQuery;
use super::rows::{ChangeRow, all, select_changes};
use super::sql::{Arg, args};
use super::{Page, StoreError, Tx};
use crate::domain::change::{ChangeStatus, ScheduledChange};
use crate::domain::ids::{ChangeId, CustomerId, MerchantId, SubscriptionId};

/// Scheduled changes shown beside a page of subscriptions.
const CHANGES_MAX: i64 = 10_000;

/// Which scheduled changes to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangeFilter {
    /// The customer it belongs to.
    pub customer: Option<CustomerId>,
    /// Where it stands.
    pub status: Option<ChangeStatus>,
    /// The day on which it is, or was, to be carried out.
    pub on: Option<NaiveDate>,
}

/// A scheduled change.
pub async fn find_change(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &ChangeId,
) -> Result<Option<ScheduledChange>, StoreError> {
    let row: Option<ChangeRow> = tx
        .fetch_optional(
            select_changes!("where c.merchant_id = $1 and c.id = $2"),
            args![merchant, id],
        )
        .await?;
    row.map(ScheduledChange::try_from).transpose()
}

/// Scheduled changes, by id, which is the order of creation.
pub async fn list_changes(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &ChangeFilter,
    page: &Page,
) -> Result<Vec<ScheduledChange>, StoreError> {
    let (text, args) = filtered(merchant, filter).page("c.id", page);
    let rows: Vec<ChangeRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// Scheduled changes, by the day on which they are carried out, then creation; a page goes on
/// behind a change.
pub async fn list_changes_by_day(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &ChangeFilter,
    page: &Page,
) -> Result<Vec<ScheduledChange>, StoreError> {
    macro_rules! behind {
        ($sign:literal) => {
            concat!(
                "(c.effective_on, c.id) ",
                $sign,
                " (select e.effective_on, e.id from scheduled_changes e \
                 where e.merchant_id = $1 and e.id = $?)"
            )
        };
    }
    let (behind, order) = if page.backwards {
        (behind!("<"), "c.effective_on desc, c.id desc")
    } else {
        (behind!(">"), "c.effective_on, c.id")
    };
    let query = filtered(merchant, filter).filter(behind, page.after.as_deref());
    let (text, args) = query.ordered(order, page);
    let rows: Vec<ChangeRow> = tx.fetch_all(text, args).await?;
    all(rows)
}

/// The changes of a merchant's that pass a filter.
fn filtered(merchant: &MerchantId, filter: &ChangeFilter) -> SqlQuery {
    SqlQuery::new(select_changes!("where c.merchant_id = $1"), args![merchant])
        .filter("c.customer_id = $?", filter.customer.as_ref())
        .filter("c.effective_on = $?", filter.on)
        .only(filter.status.map(|status| match status {
            ChangeStatus::Pending => "c.status = 'pending'",
            ChangeStatus::Applied => "c.status = 'applied'",
            ChangeStatus::Withdrawn => "c.status = 'withdrawn'",
            ChangeStatus::Superseded => "c.status = 'superseded'",
            ChangeStatus::Failed => "c.status = 'failed'",
        }))
}

/// The scheduled changes of each of these subscriptions, in order of creation.
pub(super) async fn changes_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscriptions: Arg,
) -> Result<BTreeMap<SubscriptionId, Vec<ScheduledChange>>, StoreError> {
    let rows: Vec<ChangeRow> = tx
        .fetch_all(
            select_changes!(
                "where (c.merchant_id, c.subscription_id) in pairs($1, $2) \
                 order by c.sequence, c.id limit $3"
            ),
            args![merchant, subscriptions, CHANGES_MAX],
        )
        .await?;
    let mut changes = BTreeMap::<SubscriptionId, Vec<ScheduledChange>>::new();
    for row in rows {
        let change = ScheduledChange::try_from(row)?;
        let of_source = changes.entry(change.subscription.clone()).or_default();
        of_source.push(change);
    }
    Ok(changes)
}
