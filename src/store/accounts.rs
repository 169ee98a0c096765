//! What a decision rests on: the accounts of many customers at once, in a handful of queries.
//! And which customers billing has something to do for.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::customers::balances_of;
use super::invoices::{InvoiceRow, lines_of, select_invoices};
use super::rows::{ChangeRow, SubscriptionRow, all, select_changes, select_subscriptions};
use super::sql::{Arg, args, list};
use super::{StoreError, Tx};
use crate::domain::account::Account;
use crate::domain::change::ScheduledChange;
use crate::domain::ids::{CustomerId, MerchantId, SubscriptionId};
use crate::domain::subscription::Subscription;

/// How much of an account is loaded; see [`Account`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What billing needs: of the paid invoices only those of the precursors of bridges.
    Billing,
    /// Everything.
    Full,
}

/// A customer's id, sequence, last day seen, and end of a hold.
type Head = (String, i64, Option<NaiveDate>, Option<DateTime<Utc>>);

/// The accounts of these customers, in their order; an unknown one is empty. At most seven
/// queries, however many customers.
pub async fn load_accounts(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
    depth: Depth,
) -> Result<Vec<Account>, StoreError> {
    let ids = list(customers);
    let heads: Vec<Head> = tx
        .fetch_all(
            "select id, sequence, seen_on, held_until from customers \
             where (merchant_id, id) in pairs($1, $2)",
            args![merchant, ids.clone()],
        )
        .await?;
    let mut accounts: BTreeMap<CustomerId, Account> =
        (customers.iter()).map(|id| (id.clone(), Account::empty(id.clone()))).collect();
    for (id, sequence, seen_on, held_until) in heads {
        if let Some(account) = accounts.get_mut(&CustomerId::stored(id)) {
            account.sequence = sequence;
            (account.seen_on, account.held_until) = (seen_on, held_until);
        }
    }
    for (id, balances) in balances_of(tx, merchant, customers).await? {
        if let Some(account) = accounts.get_mut(&id) {
            account.balances = balances;
        }
    }
    load_contracts(tx, merchant, &ids, &mut accounts).await?;
    load_invoices(tx, merchant, ids, &mut accounts, depth).await?;
    let in_order = customers.iter().filter_map(|id| accounts.remove(id));
    Ok(in_order.collect())
}

/// Customers for whom billing has something to do up to `until`, by id, behind `after`; locked
/// until the transaction ends. Those that another worker has locked are left out, and those whom a
/// checkout holds at `now`, or who could not be billed and wait for the next try.
pub async fn claim_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
    after: Option<&CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let after = after.map_or("", CustomerId::as_str);
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where merchant_id = $1 and id > $2 \
             and due_on is not null and due_on <= $3 \
             and (held_until is null or held_until <= $4) \
             and (billing_retry_at is null or billing_retry_at <= $4) order by id limit $5 \
             for update skip locked",
            args![merchant, after, until, now, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Customers whom [`claim_due`] would claim if nobody had locked them, by id; not locked.
pub async fn list_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where merchant_id = $1 \
             and due_on is not null and due_on <= $2 \
             and (held_until is null or held_until <= $3) \
             and (billing_retry_at is null or billing_retry_at <= $3) order by id limit $4",
            args![merchant, until, now, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Customers for whom billing has something to do up to `until`, but whom a checkout holds at
/// `now`; by id, each with the moment to which.
pub async fn list_held(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(CustomerId, DateTime<Utc>)>, StoreError> {
    let rows: Vec<(String, DateTime<Utc>)> = tx
        .fetch_all(
            "select id, held_until from customers where merchant_id = $1 \
             and due_on is not null and due_on <= $2 and held_until > $3 order by id limit $4",
            args![merchant, until, now, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (CustomerId::stored(id), at)).collect())
}

/// Claims one customer, if [`claim_due`] would.
pub async fn claim_one(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
    customer: &CustomerId,
) -> Result<bool, StoreError> {
    let row: Option<(String,)> = tx
        .fetch_optional(
            "select id from customers where merchant_id = $1 and id = $2 \
             and due_on is not null and due_on <= $3 \
             and (held_until is null or held_until <= $4) \
             and (billing_retry_at is null or billing_retry_at <= $4) for update skip locked",
            args![merchant, customer, until, now],
        )
        .await?;
    Ok(row.is_some())
}

/// The first date on which billing has something to do for a customer whom no checkout holds at
/// `now`, or who is due after `soon`, when no hold of now lasts; and who does not wait for a try
/// after `retry_by`.
pub async fn earliest_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    soon: NaiveDate,
    retry_by: DateTime<Utc>,
) -> Result<Option<NaiveDate>, StoreError> {
    let row: Option<(NaiveDate,)> = tx
        .fetch_optional(
            "select due_on from customers where merchant_id = $1 and due_on is not null \
             and (held_until is null or held_until <= $2 or due_on > $3) \
             and (billing_retry_at is null or billing_retry_at <= $4) \
             order by due_on limit 1",
            args![merchant, now, soon, retry_by],
        )
        .await?;
    Ok(row.map(|(due_on,)| due_on))
}

/// When the first hold ends that keeps billing from a customer who is due up to `soon`.
pub async fn earliest_lapse(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    soon: NaiveDate,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row: Option<(DateTime<Utc>,)> = tx
        .fetch_optional(
            "select held_until from customers where merchant_id = $1 and held_until is not null \
             and held_until > $2 and due_on is not null and due_on <= $3 \
             order by held_until limit 1",
            args![merchant, now, soon],
        )
        .await?;
    Ok(row.map(|(held_until,)| held_until))
}

/// For how many customers billing has something to do up to `until`; not for those that a
/// checkout holds at `now`.
pub async fn count_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
    now: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let (count,): (i64,) = tx
        .fetch_one(
            "select count(*) from customers where merchant_id = $1 and due_on is not null \
             and due_on <= $2 and (held_until is null or held_until <= $3)",
            args![merchant, until, now],
        )
        .await?;
    Ok(count)
}

type Accounts = BTreeMap<CustomerId, Account>;

/// Active subscriptions, pending changes, and the ended subscriptions that these refer to.
async fn load_contracts(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &Arg,
    accounts: &mut Accounts,
) -> Result<(), StoreError> {
    let active: Vec<SubscriptionRow> = tx
        .fetch_all(
            select_subscriptions!(
                first
                "where (s.merchant_id, s.customer_id) in pairs($1, $2) \
                 and s.status = 'active'"
            ),
            args![merchant, customers.clone()],
        )
        .await?;
    let pending: Vec<ChangeRow> = tx
        .fetch_all(
            select_changes!(
                first
                "where (c.merchant_id, c.customer_id) in pairs($1, $2) \
                 and c.status = 'pending'"
            ),
            args![merchant, customers.clone()],
        )
        .await?;
    let pending: Vec<ScheduledChange> = all(pending)?;
    let mut subscriptions: Vec<Subscription> = all(active)?;
    let missing = referred_to(&subscriptions, &pending);
    if !missing.is_empty() {
        let ended: Vec<SubscriptionRow> = tx
            .fetch_all(
                select_subscriptions!(first "where (s.merchant_id, s.id) in pairs($1, $2)"),
                args![merchant, list(&missing)],
            )
            .await?;
        subscriptions.extend(all::<_, Subscription>(ended)?);
    }
    for row in subscriptions {
        if let Some(account) = accounts.get_mut(&row.customer) {
            account.subscriptions.insert(row.id.clone(), row);
        }
    }
    for row in pending {
        if let Some(account) = accounts.get_mut(&row.customer) {
            account.changes.insert(row.id.clone(), row);
        }
    }
    Ok(())
}

/// The subscriptions that are not loaded, but that something loaded refers to: parents, the
/// precursors of bridges, the sources of pending changes.
fn referred_to(
    subscriptions: &[Subscription],
    pending: &[ScheduledChange],
) -> BTreeSet<SubscriptionId> {
    let parents = subscriptions.iter().filter_map(|s| s.parent_id.as_ref());
    let precursors =
        (subscriptions.iter()).filter(|s| s.is_in_bridge()).filter_map(|s| s.precursor_id.as_ref());
    let sources = pending.iter().map(|change| &change.subscription);
    let mut missing: BTreeSet<_> = parents.chain(precursors).chain(sources).cloned().collect();
    for loaded in subscriptions {
        missing.remove(&loaded.id);
    }
    missing
}

/// Open invoices, and those with a line for the current period of a loaded subscription; of the
/// latter for billing only those of the precursors of bridges.
async fn load_invoices(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: Arg,
    accounts: &mut Accounts,
    depth: Depth,
) -> Result<(), StoreError> {
    let subscriptions = || accounts.values().flat_map(|a| a.subscriptions.values());
    let current = match depth {
        Depth::Full => list(subscriptions().map(|s| &s.id)),
        Depth::Billing => list(
            subscriptions().filter(|s| s.is_in_bridge()).filter_map(|s| s.precursor_id.as_ref()),
        ),
    };
    let rows: Vec<InvoiceRow> = tx
        .fetch_all(
            select_invoices!(of
                "select o.merchant_id, o.id from invoices o \
                 where (o.merchant_id, o.customer_id) in pairs($1, $2) and o.status = 'open' \
                 union select l.merchant_id, l.invoice_id from subscriptions s \
                 join invoice_lines l on l.merchant_id = s.merchant_id \
                 and l.subscription_id = s.id and l.period_start = s.period_start \
                 and l.kind = 'period' where (s.merchant_id, s.id) in pairs($1, $3)"
            ),
            args![merchant, customers, current],
        )
        .await?;
    let mut lines = lines_of(tx, merchant, &rows).await?;
    for row in rows {
        let lines = lines.remove(&row.id).unwrap_or_default();
        let invoice = row.invoice(lines)?;
        if let Some(account) = accounts.get_mut(&invoice.customer) {
            account.invoices.insert(invoice.id.clone(), invoice);
        }
    }
    Ok(())
}
