//! New prices: what a price change means for each subscription. They are stored by
//! [`super::plans`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::query::SqlQuery;
use super::rows::{ColumnPlace, all};
use super::sql::{Arg, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::ids::{CustomerId, MerchantId, PriceChangeId, SubscriptionId};
use crate::domain::money::{Currency, Money};
use crate::domain::price_change::{NewPrice, NewPriceStatus, Unaffected};

/// Of the subscriptions of these customers, those that are booked at a new price by now which was
/// decided later.
pub async fn overtaken_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChangeId,
    customers: &[CustomerId],
) -> Result<BTreeSet<SubscriptionId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select subscription_id from new_prices where (merchant_id, customer_id) in \
             pairs($1, $2) and change_id > $3 and status = 'applied'",
            args![merchant, list(customers), change],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| SubscriptionId::stored(id)).collect())
}

/// A subscription that a price change leaves as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRow {
    /// The subscription.
    pub subscription: SubscriptionId,
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The reason.
    pub reason: Unaffected,
}

/// Notes that a price change leaves subscriptions as they are.
pub async fn insert_left_out(
    tx: &mut Tx,
    merchant: &MerchantId,
    change: &PriceChangeId,
    left: &[LeftRow],
) -> Result<(), StoreError> {
    let rows = left.iter().map(|row| {
        args![merchant, change, &row.subscription, &row.customer, "left_out", row.reason]
    });
    let columns = "merchant_id, change_id, subscription_id, customer_id, status, reason";
    tx.insert_rows("new_prices", columns, rows.collect()).await
}

/// Subscriptions that a price change means the same for, together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPriceCount {
    /// What has become of their new price, or why they are left out.
    pub fate: Result<NewPriceStatus, Unaffected>,
    /// What a billing period of each cost before, and costs then, in minor units; none of those
    /// that are left out.
    pub prices: Option<(i64, i64)>,
    /// How many there are.
    pub count: i64,
}

/// How many subscriptions each of these price changes means what for.
pub async fn count_new_prices(
    tx: &mut Tx,
    merchant: &MerchantId,
    changes: &[PriceChangeId],
) -> Result<BTreeMap<PriceChangeId, Vec<NewPriceCount>>, StoreError> {
    type Row = (String, String, Option<String>, Option<i64>, Option<i64>, i64);
    let rows: Vec<Row> = tx
        .fetch_all(
            "select change_id, status, case when status = 'left_out' then reason end, \
             before_minor, price_minor, count(*) from new_prices \
             where (merchant_id, change_id) in pairs($1, $2) \
             group by change_id, status, case when status = 'left_out' then reason end, \
             before_minor, price_minor order by 1, 2, 3, 4, 5",
            args![merchant, list(changes)],
        )
        .await?;
    let mut counts = BTreeMap::<PriceChangeId, Vec<NewPriceCount>>::new();
    for (change, status, reason, before, price, count) in rows {
        let place = ColumnPlace { table: "new_prices", row: &change };
        let fate = match &reason {
            Some(reason) => Err(place.named("reason", reason)?),
            None => Ok(place.named("status", &status)?),
        };
        let count = NewPriceCount { fate, prices: before.zip(price), count };
        counts.entry(PriceChangeId::stored(change)).or_default().push(count);
    }
    Ok(counts)
}

/// Selects [`NewPriceRow`]s from new prices named `n`, as far as the `where`.
macro_rules! select_new_prices {
    ($rest:literal) => {
        concat!(
            "select n.change_id, n.subscription_id, n.customer_id, n.status, n.reason, \
             n.before_minor, n.price_minor, n.from_on, n.told_on, n.applied_on, p.scope, \
             p.withdrawn_on, v.currency from new_prices n \
             join price_changes p on p.merchant_id = n.merchant_id and p.id = n.change_id \
             join offer_versions v on v.merchant_id = p.merchant_id \
             and v.offer_id = p.offer_id and v.version = p.offer_version ",
            $rest
        )
    };
}
pub(super) use select_new_prices;

row! {
    json
    /// A row of `new_prices` that is not left out.
    pub(super) struct NewPriceRow {
        change_id: String,
        subscription_id: String,
        pub(super) customer_id: String,
        status: String,
        reason: Option<String>,
        before_minor: Option<i64>,
        price_minor: Option<i64>,
        from_on: Option<NaiveDate>,
        told_on: Option<NaiveDate>,
        applied_on: Option<NaiveDate>,
        scope: String,
        withdrawn_on: Option<NaiveDate>,
        currency: String,
    }
}

impl TryFrom<NewPriceRow> for NewPrice {
    type Error = StoreError;

    fn try_from(row: NewPriceRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "new_prices", row: &row.subscription_id };
        let currency: Currency = place.currency(&row.currency)?;
        Ok(Self {
            before: Money::new(place.need("before_minor", row.before_minor)?, currency),
            price: Money::new(place.need("price_minor", row.price_minor)?, currency),
            from: place.need("from_on", row.from_on)?,
            told_on: place.need("told_on", row.told_on)?,
            scope: place.named("scope", &row.scope)?,
            status: place.named("status", &row.status)?,
            reason: row.reason,
            applied_on: row.applied_on,
            withdrawn_on: row.withdrawn_on,
            change: PriceChangeId::stored(row.change_id),
            customer: CustomerId::stored(row.customer_id),
            subscription: SubscriptionId::stored(row.subscription_id),
        })
    }
}

/// Which new prices of a price change to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPriceFilter {
    /// Of which price change.
    pub change: PriceChangeId,
    /// Where they stand.
    pub status: Option<NewPriceStatus>,
}

/// The new prices of a price change, by subscription.
pub async fn list_new_prices(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &NewPriceFilter,
    page: &Page,
) -> Result<Vec<NewPrice>, StoreError> {
    let query = select_new_prices!(
        "where n.merchant_id = $1 and n.change_id = $2 and n.status <> 'left_out'"
    );
    let (text, args) = SqlQuery::new(query, args![merchant, &filter.change])
        .filter("n.status = $?", filter.status)
        .page("n.subscription_id", page);
    let rows: Vec<NewPriceRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// The new prices that wait for these subscriptions.
pub(super) async fn new_prices_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscriptions: Arg,
) -> Result<BTreeMap<SubscriptionId, Vec<NewPrice>>, StoreError> {
    let rows: Vec<NewPriceRow> = tx
        .fetch_all(
            select_new_prices!(
                "where (n.merchant_id, n.subscription_id) in pairs($1, $2) \
                 and n.status = 'pending'"
            ),
            args![merchant, subscriptions],
        )
        .await?;
    let mut found = BTreeMap::<SubscriptionId, Vec<NewPrice>>::new();
    for price in all::<_, NewPrice>(rows)? {
        found.entry(price.subscription.clone()).or_default().push(price);
    }
    Ok(found)
}
