//! Price changes, and for whom each is still to be worked. What they mean for each subscription is
//! for [`super::new_prices`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::new_prices::LeftRow;
use super::query::SqlQuery;
use super::rows::{ColumnPlace, TermsRow, all, terms};
use super::sql::{Arg, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::catalogue::Terms;
use crate::domain::ids::{CustomerId, MerchantId, OfferId, PriceChangeId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::price_change::{PriceChange, PriceChangeStatus, Unaffected};

/// Selects [`PriceChangeRow`]s from price changes named `p`, as far as the `where`.
macro_rules! select_price_changes {
    ($rest:literal) => {
        concat!(
            "select p.id, p.price_minor, p.effective_from, p.scope, p.notice_days, p.status, \
             p.withdrawn_on, p.created_at, ",
            terms!(),
            " from price_changes p join offer_versions v on v.merchant_id = p.merchant_id \
             and v.offer_id = p.offer_id and v.version = p.offer_version ",
            $rest
        )
    };
}

row! {
    struct PriceChangeRow {
        id: String,
        price_minor: Option<i64>,
        effective_from: NaiveDate,
        scope: String,
        notice_days: i64,
        status: String,
        withdrawn_on: Option<NaiveDate>,
        created_at: DateTime<Utc>,
        terms: TermsRow,
    }
}

impl TryFrom<PriceChangeRow> for PriceChange {
    type Error = StoreError;

    fn try_from(row: PriceChangeRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "price_changes", row: &row.id };
        let terms = Terms::try_from(row.terms)?;
        Ok(Self {
            given: row.price_minor.map(|minor| Money::new(minor, terms.price.currency)),
            terms,
            effective_from: row.effective_from,
            scope: place.named("scope", &row.scope)?,
            notice_days: place.need("notice_days", u32::try_from(row.notice_days).ok())?,
            status: place.named("status", &row.status)?,
            withdrawn_on: row.withdrawn_on,
            created_at: row.created_at,
            id: PriceChangeId::stored(row.id),
        })
    }
}

/// Stores a price change that was just decided.
pub async fn insert_price_change(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChange,
) -> Result<(), StoreError> {
    tx.execute(
        "insert into price_changes (merchant_id, id, offer_id, offer_version, price_minor, \
         effective_from, scope, notice_days, status, withdrawn_on, created_at) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        args![
            merchant,
            &change.id,
            &change.terms.offer,
            change.terms.version,
            change.given.map(|price| price.minor),
            change.effective_from,
            change.scope,
            change.notice_days,
            change.status,
            change.withdrawn_on,
            change.created_at,
        ],
    )
    .await?;
    Ok(())
}

/// A price change.
pub async fn find_price_change(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PriceChangeId,
) -> Result<Option<PriceChange>, StoreError> {
    let row: Option<PriceChangeRow> = tx
        .fetch_optional(
            select_price_changes!("where p.merchant_id = $1 and p.id = $2"),
            args![merchant, id],
        )
        .await?;
    row.map(PriceChange::try_from).transpose()
}

/// A price change, locked: how far it has come stands still until the transaction ends.
pub async fn lock_price_change(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PriceChangeId,
) -> Result<Option<PriceChange>, StoreError> {
    let _locked: Option<(String,)> = tx
        .fetch_optional(
            "select id from price_changes where merchant_id = $1 and id = $2 for update",
            args![merchant, id],
        )
        .await?;
    find_price_change(tx, merchant, id).await
}

/// A price change that says the same, was decided since then, and is not withdrawn.
pub async fn find_same(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChange,
    since: DateTime<Utc>,
) -> Result<Option<PriceChangeId>, StoreError> {
    // No price is below zero.
    let given = change.given.map_or(-1, |price| price.minor);
    let row: Option<(String,)> = tx
        .fetch_optional(
            "select id from price_changes where merchant_id = $1 and offer_id = $2 \
             and coalesce(price_minor, -1) = $3 and (offer_version = $4 or price_minor >= 0) \
             and effective_from = $5 and scope = $6 and notice_days = $7 and created_at >= $8 \
             and status in ('telling', 'told') order by id desc limit 1",
            args![
                merchant,
                &change.terms.offer,
                given,
                change.terms.version,
                change.effective_from,
                change.scope,
                change.notice_days,
                since,
            ],
        )
        .await?;
    Ok(row.map(|(id,)| PriceChangeId::stored(id)))
}

/// Whether a running subscription on its offer pays another price than it will, or would soon, and
/// can be given it: in its currency, for its period, with tax as it has it.
pub async fn would_change(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChange,
) -> Result<bool, StoreError> {
    let terms = &change.terms;
    let below = if change.given.is_some() { i64::MAX } else { terms.version };
    let row: Option<(String,)> = tx
        .fetch_optional(
            "select s.id from subscriptions s \
             join offer_versions v on v.merchant_id = s.merchant_id \
             and v.offer_id = s.offer_id and v.version = s.offer_version \
             where s.merchant_id = $1 and s.offer_id = $2 and s.status = 'active' \
             and s.offer_version < $4 and v.currency = $5 \
             and v.billing_period = $6 and v.tax_included = $7 \
             and (s.price_minor <> $3 or exists (select 1 from new_prices n \
             where n.merchant_id = s.merchant_id and n.subscription_id = s.id \
             and n.status = 'pending')) limit 1",
            args![
                merchant,
                &terms.offer,
                change.price().minor,
                below,
                terms.price.currency,
                terms.billing_period.to_string(),
                terms.tax_included,
            ],
        )
        .await?;
    Ok(row.is_some())
}

/// Which price changes to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceChangeFilter {
    /// Of which offer.
    pub offer: Option<OfferId>,
}

/// Price changes, by id, which is the order of creation.
pub async fn list_price_changes(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &PriceChangeFilter,
    page: &Page,
) -> Result<Vec<PriceChange>, StoreError> {
    let query = select_price_changes!("where p.merchant_id = $1");
    let (text, args) = SqlQuery::new(query, args![merchant])
        .filter("p.offer_id = $?", filter.offer.as_ref())
        .page("p.id", page);
    let rows: Vec<PriceChangeRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// Moves a price change on from where it stands; whether it stood there.
pub async fn move_price_change(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &PriceChangeId,
    (from, to): (PriceChangeStatus, PriceChangeStatus),
    withdrawn_on: Option<NaiveDate>,
) -> Result<bool, StoreError> {
    let moved = tx
        .execute(
            "update price_changes set status = $4, withdrawn_on = $5 \
             where merchant_id = $1 and id = $2 and status = $3",
            args![merchant, id, from, to, withdrawn_on],
        )
        .await?;
    Ok(moved > 0)
}

/// The price changes of all merchants with which there is something to do.
pub async fn list_at_work(
    tx: &mut Tx,
    limit: i64,
) -> Result<Vec<(MerchantId, PriceChangeId)>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select merchant_id, id from price_changes \
             where status in ('telling', 'withdrawing') order by merchant_id, id limit $1",
            args![limit],
        )
        .await?;
    let named = |(merchant, id)| (MerchantId::stored(merchant), PriceChangeId::stored(id));
    Ok(rows.into_iter().map(named).collect())
}

/// Scheduled changes named `c` that waited when a price change was decided, to begin something on
/// its offer at another price: of customers as the `where` says. $1 to $7 are [`waiting_args`].
macro_rules! from_waiting {
    ($rest:literal) => {
        concat!(
            "from scheduled_changes c join offer_versions v on v.merchant_id = c.merchant_id \
             and v.offer_id = c.offer_id and v.version = c.offer_version \
             where c.merchant_id = $1 and c.offer_id = $2 and c.status = 'pending' \
             and v.price_minor <> $3 and v.currency = $4 and v.billing_period = $5 \
             and v.tax_included = $6 and substr(c.id, 5, 16) < $7 ",
            $rest
        )
    };
}

fn waiting_args(merchant: &MerchantId, change: &PriceChange) -> Vec<Arg> {
    let terms = &change.terms;
    // Behind its prefix an id says when it was made.
    let made: String = change.id.as_str().chars().skip(4).take(16).collect();
    args![
        merchant,
        &terms.offer,
        change.price().minor,
        terms.price.currency,
        terms.billing_period.to_string(),
        terms.tax_included,
        made,
    ]
}

/// For how many subscriptions a change waits that begins something on the offer of a price change
/// which is just decided, at another price.
pub async fn count_not_begun(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChange,
) -> Result<i64, StoreError> {
    let row: Option<(i64,)> = tx
        .fetch_optional(
            concat!("select count(distinct c.subscription_id) ", from_waiting!("")),
            waiting_args(merchant, change),
        )
        .await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// What a price change leaves as it is of these customers because it is still to begin: the
/// subscriptions for which a change waits, unless that is noted.
pub async fn not_begun_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChange,
    customers: &[CustomerId],
) -> Result<Vec<LeftRow>, StoreError> {
    let mut args = waiting_args(merchant, change);
    args.extend(args![&change.id, list(customers)]);
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            concat!(
                "select distinct c.customer_id, c.subscription_id ",
                from_waiting!(
                    "and (c.merchant_id, c.customer_id) in pairs($1, $9) \
                     and not exists (select 1 from new_prices n \
                     where n.merchant_id = c.merchant_id and n.change_id = $8 \
                     and n.subscription_id = c.subscription_id)"
                )
            ),
            args,
        )
        .await?;
    let row = |(customer, subscription)| LeftRow {
        subscription: SubscriptionId::stored(subscription),
        customer: CustomerId::stored(customer),
        reason: Unaffected::NotBegun,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Customers to whom something is still to be told of a price change, by id, behind `after`: a
/// subscription of theirs on its offer ran when it was decided, and it is not decided what that
/// pays; or it is not noted that one which is still to begin is left as it is.
pub async fn list_untold(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChange,
    after: Option<&CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let mut args = waiting_args(merchant, change);
    let after = after.map_or("", CustomerId::as_str);
    args.extend(args![&change.id, change.created_at, after, limit]);
    let rows: Vec<(String,)> = tx
        .fetch_all(
            concat!(
                "select u.customer_id from (\
                 select s.customer_id from subscriptions s \
                 where s.merchant_id = $1 and s.offer_id = $2 and s.status = 'active' \
                 and s.created_at <= $9 and s.customer_id > $10 \
                 and not exists (select 1 from new_prices n \
                 where n.merchant_id = s.merchant_id and n.change_id = $8 \
                 and n.subscription_id = s.id) union select c.customer_id ",
                from_waiting!(
                    "and c.customer_id > $10 and not exists (select 1 from new_prices n \
                     where n.merchant_id = c.merchant_id and n.change_id = $8 \
                     and n.subscription_id = c.subscription_id)"
                ),
                ") u order by u.customer_id limit $11"
            ),
            args,
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// The subscriptions of these customers of which [`list_untold`] speaks.
pub async fn untold_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChange,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, BTreeSet<SubscriptionId>>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select s.customer_id, s.id from subscriptions s \
             where (s.merchant_id, s.customer_id) in pairs($1, $2) and s.offer_id = $3 \
             and s.status = 'active' and s.created_at <= $4 \
             and not exists (select 1 from new_prices n where n.merchant_id = s.merchant_id \
             and n.change_id = $5 and n.subscription_id = s.id)",
            args![merchant, list(customers), &change.terms.offer, change.created_at, &change.id],
        )
        .await?;
    let mut untold = BTreeMap::<CustomerId, BTreeSet<SubscriptionId>>::new();
    for (customer, id) in rows {
        let of = untold.entry(CustomerId::stored(customer)).or_default();
        of.insert(SubscriptionId::stored(id));
    }
    Ok(untold)
}

/// Takes up price changes again that left subscriptions out because they were to end: these go on
/// longer, and their customers are still to be told.
pub(super) async fn take_up(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscriptions: &[&SubscriptionId],
) -> Result<(), StoreError> {
    // Locked also where customers are still being told: that is not over before this is stored.
    let taken_up = tx
        .execute(
            "update price_changes set status = 'telling' where merchant_id = $1 \
             and status in ('telling', 'told') and id in (select change_id from new_prices \
             where (merchant_id, subscription_id) in pairs($1, $2) and reason = 'ends-first' \
             and status = 'left_out')",
            args![merchant, list(subscriptions)],
        )
        .await?;
    if taken_up > 0 {
        tx.execute(
            "delete from new_prices where (merchant_id, subscription_id) in pairs($1, $2) \
             and reason = 'ends-first' and status = 'left_out' and change_id in (\
             select id from price_changes where merchant_id = $1 and status = 'telling')",
            args![merchant, list(subscriptions)],
        )
        .await?;
    }
    Ok(())
}

/// Customers for whom a new price of a price change waits, by id, behind `after`.
pub async fn list_waiting(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChangeId,
    after: Option<&CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let after = after.map_or("", CustomerId::as_str);
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select distinct customer_id from new_prices where merchant_id = $1 \
             and change_id = $2 and status = 'pending' and customer_id > $3 \
             order by customer_id limit $4",
            args![merchant, change, after, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Locks those of these customers whom nobody else has locked and no checkout holds at `now`.
pub async fn lock_at_liberty(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
    now: DateTime<Utc>,
) -> Result<Vec<CustomerId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select id from customers where (merchant_id, id) in pairs($1, $2) \
             and (held_until is null or held_until <= $3) order by id for update skip locked",
            args![merchant, list(customers), now],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}
