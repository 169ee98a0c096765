//! Reading subscriptions. They are stored by [`super::plans`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::changes::changes_of;
use super::new_prices::new_prices_of;
use super::query::SqlQuery;
use super::rows::{ColumnPlace, SubscriptionRow, TermsRow, select_subscriptions, terms};
use super::sql::{PageRows, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::calendar::{DateRange, Period};
use crate::domain::catalogue::Terms;
use crate::domain::change::ScheduledChange;
use crate::domain::ids::{CustomerId, MerchantId, OfferId, ProductId, SubscriptionId};
use crate::domain::money::Money;
use crate::domain::price_change::NewPrice;
use crate::domain::subscription::{RunningPrice, Status, Subscription};

/// A subscription with what is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSubscription {
    /// The subscription.
    pub subscription: Subscription,
    /// When it is booked next.
    pub next_booking_on: Option<NaiveDate>,
    /// All its scheduled changes, whatever became of them, in order of creation.
    pub scheduled_changes: Vec<ScheduledChange>,
    /// The prices that wait for it, in the order in which they come.
    pub new_prices: Vec<NewPrice>,
    /// The day on which a cancellation of today would end it, once that is worked out.
    pub cancellable_to: Option<NaiveDate>,
    /// When it was stored.
    pub created_at: DateTime<Utc>,
}

/// Which subscriptions to list; `None` is any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubscriptionFilter {
    /// The customer it belongs to.
    pub customer: Option<CustomerId>,
    /// Running or over.
    pub status: Option<Status>,
    /// The offer it is for.
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

/// The titles in a locale of those of these subscriptions that are there.
pub async fn titles_of_subscriptions(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &BTreeSet<&SubscriptionId>,
    locale: &str,
) -> Result<BTreeMap<SubscriptionId, String>, StoreError> {
    let rows: Vec<TitledRow> = tx
        .fetch_all(
            concat!(
                "select s.id, ",
                terms!(),
                " from subscriptions s join offer_versions v on v.merchant_id = s.merchant_id \
                 and v.offer_id = s.offer_id and v.version = s.offer_version \
                 where (s.merchant_id, s.id) in pairs($1, $2)"
            ),
            args![merchant, list(ids.iter().copied())],
        )
        .await?;
    let titles = rows.into_iter().map(|row| {
        let terms = Terms::try_from(row.terms)?;
        Ok((SubscriptionId::stored(row.id), terms.title_in(locale).to_owned()))
    });
    titles.collect()
}

row! {
    struct TitledRow {
        id: String,
        terms: TermsRow,
    }
}

/// By what a subscription is known again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionHead {
    /// The customer it belongs to.
    pub customer: CustomerId,
    /// The offer it is for.
    pub offer: OfferId,
    /// Its first day.
    pub started_on: NaiveDate,
    /// What it costs, in minor units.
    pub price: i64,
    /// The subscription to which it was added.
    pub parent: Option<SubscriptionId>,
    /// The first in line.
    pub chain: SubscriptionId,
    /// The first in line of the subscription to which it was added.
    pub parent_chain: Option<SubscriptionId>,
    /// The current period, as long as that is the one that was booked elsewhere.
    pub booked_elsewhere: Option<DateRange>,
}

row! {
    struct HeadRow {
        id: String,
        customer_id: String,
        offer_id: String,
        started_on: NaiveDate,
        price_minor: i64,
        status: String,
        parent_id: Option<String>,
        chain_id: String,
        parent_chain: Option<String>,
        period_start: Option<NaiveDate>,
        period_end: Option<NaiveDate>,
        first_booking_on: Option<NaiveDate>,
    }
}

impl From<HeadRow> for (SubscriptionId, SubscriptionHead) {
    fn from(row: HeadRow) -> Self {
        let period = row.period_start.zip(row.period_end);
        let is_as_it_came = |end: NaiveDate| {
            row.status == Status::Active.name() && row.first_booking_on == Some(end)
        };
        let elsewhere = period.filter(|(_, end)| is_as_it_came(*end));
        let head = SubscriptionHead {
            customer: CustomerId::stored(row.customer_id),
            offer: OfferId::stored(row.offer_id),
            started_on: row.started_on,
            price: row.price_minor,
            parent: row.parent_id.map(SubscriptionId::stored),
            chain: SubscriptionId::stored(row.chain_id),
            parent_chain: row.parent_chain.map(SubscriptionId::stored),
            booked_elsewhere: elsewhere.map(|(start, end)| DateRange { start, end }),
        };
        (SubscriptionId::stored(row.id), head)
    }
}

/// Of these ids those that are taken.
pub async fn find_heads(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &BTreeSet<SubscriptionId>,
) -> Result<BTreeMap<SubscriptionId, SubscriptionHead>, StoreError> {
    let rows: Vec<HeadRow> = tx
        .fetch_all(
            "select s.id, s.customer_id, s.offer_id, s.started_on, s.price_minor, s.status, \
             s.parent_id, s.chain_id, p.chain_id as parent_chain, s.period_start, s.period_end, \
             s.first_booking_on from subscriptions s \
             left join subscriptions p on p.merchant_id = s.merchant_id and p.id = s.parent_id \
             where (s.merchant_id, s.id) in pairs($1, $2)",
            args![merchant, list(ids)],
        )
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
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
    let (text, args) = SqlQuery::new(all, args![merchant])
        .filter("s.customer_id = $?", filter.customer.as_ref())
        .only(filter.status.map(|status| match status {
            Status::Active => "s.status <> 'ended'",
            Status::Ended => "s.status = 'ended'",
        }))
        .filter("s.offer_id = $?", filter.offer.as_ref())
        .search(
            "(lower(s.id) like lower($?) escape '!' or s.customer_id in \
             (select c.id from customers c where c.merchant_id = $1 \
             and (lower(c.id) like lower($?) escape '!' or lower(c.name) like lower($?) escape '!' \
             or lower(c.email) like lower($?) escape '!')))",
            page,
        )
        .page("s.id", page);
    let (mut rows, mut found) = (PageRows::of((text, args), page), Vec::new());
    while let Some(piece) = rows.next(tx).await? {
        let whole = with_changes(tx, merchant, piece).await?;
        found
            .extend(rows.fitting(tx, whole, |it| it.scheduled_changes.len() + it.new_prices.len()));
    }
    Ok(found)
}

/// What all running subscriptions of a merchant cost, those that cost the same together. It looks
/// at each of them.
pub async fn running_prices(
    tx: &mut Tx,
    merchant: &MerchantId,
) -> Result<Vec<RunningPrice>, StoreError> {
    let rows: Vec<(i64, String, String, bool, i64)> = tx
        .fetch_all(
            "select s.price_minor, v.currency, v.billing_period, v.tax_included, count(*) \
             from subscriptions s \
             join offer_versions v on v.merchant_id = s.merchant_id \
             and v.offer_id = s.offer_id and v.version = s.offer_version \
             where s.merchant_id = $1 and s.status = 'active' \
             group by s.price_minor, v.currency, v.billing_period, v.tax_included",
            args![merchant],
        )
        .await?;
    let prices = rows.into_iter().map(|(minor, code, period, tax_included, count)| {
        let place = ColumnPlace { table: "offer_versions", row: &period };
        let price = Money::new(minor, place.currency(&code)?);
        Ok(RunningPrice {
            price,
            period: place.need("billing_period", Period::parse(&period))?,
            tax_included,
            count,
        })
    });
    prices.collect()
}

/// The customers with a running subscription on one of these offers, by id, behind `after`.
pub async fn list_holders(
    tx: &mut Tx,
    merchant: &MerchantId,
    offers: &[OfferId],
    after: Option<&CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let after = after.map_or("", CustomerId::as_str);
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select distinct s.customer_id from subscriptions s \
             where (s.merchant_id, s.offer_id) in pairs($1, $2) and s.status = 'active' \
             and s.customer_id > $3 order by s.customer_id limit $4",
            args![merchant, list(offers), after, limit],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// The products of which each of these customers has, or has ever had, a subscription; who never
/// had one is left out.
pub async fn had_products(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, BTreeSet<ProductId>>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select distinct s.customer_id, p.product_id from subscriptions s \
             join offer_products p on p.merchant_id = s.merchant_id \
             and p.offer_id = s.offer_id and p.version = s.offer_version \
             where (s.merchant_id, s.customer_id) in pairs($1, $2)",
            args![merchant, list(customers)],
        )
        .await?;
    let mut had = BTreeMap::<CustomerId, BTreeSet<ProductId>>::new();
    for (customer, product) in rows {
        let products = had.entry(CustomerId::stored(customer)).or_default();
        products.insert(ProductId::stored(product));
    }
    Ok(had)
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
    let mut changes = changes_of(tx, merchant, ids.clone()).await?;
    let mut prices = new_prices_of(tx, merchant, ids).await?;
    let found = rows.into_iter().map(|row| {
        let (next_booking_on, created_at) = (row.next_booking_on, row.created_at);
        let subscription = Subscription::try_from(row)?;
        Ok(FoundSubscription {
            scheduled_changes: changes.remove(&subscription.id).unwrap_or_default(),
            new_prices: prices.remove(&subscription.id).unwrap_or_default(),
            cancellable_to: None,
            subscription,
            next_booking_on,
            created_at,
        })
    });
    found.collect()
}
