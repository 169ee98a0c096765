//! What a merchant sees at a glance: counts over what is stored, each in one statement on an index.

use std::collections::BTreeMap;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::rows::ColumnPlace;
use super::sql::{args, list, row};
use super::{StoreError, Tx};
use crate::domain::calendar::Period;
use crate::domain::ids::{CheckoutId, EventId, MerchantId, PathId};
use crate::domain::money::Money;
use crate::domain::path::Mode;
use crate::domain::report::{AGES, Owed, PriceGroup};

/// Events of a day that are counted; beyond, "at least" is all that is said.
pub const EVENTS_COUNTED_MAX: i64 = 20_000;

/// Scheduled changes of one day and mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangesOfDay {
    /// When they are carried out.
    pub on: NaiveDate,
    /// Whether they replace or add.
    pub mode: Mode,
    /// The number of them.
    pub count: i64,
}

/// How often a path was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathCount {
    /// The path.
    pub path: PathId,
    /// Its internal title; none where it was removed.
    pub title: Option<String>,
    /// Checkouts that were opened along it.
    pub opened: i64,
    /// Those of them that were completed.
    pub completions: i64,
}

/// Of what a merchant has at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a step of its own")]
pub struct SetUp {
    /// Products.
    pub products: bool,
    /// Tags.
    pub tags: bool,
    /// Offers.
    pub offers: bool,
    /// Paths.
    pub paths: bool,
    /// Customers.
    pub customers: bool,
}

/// Of what a merchant has at least one.
pub async fn begun(tx: &mut Tx, merchant: &MerchantId) -> Result<SetUp, StoreError> {
    let counts: (i64, i64, i64, i64, i64) = tx
        .fetch_one(
            "select (select count(*) from (select 1 from products where merchant_id = $1 \
             limit 1) as a), \
             (select count(*) from (select 1 from tags where merchant_id = $1 limit 1) as b), \
             (select count(*) from (select 1 from offers where merchant_id = $1 limit 1) as c), \
             (select count(*) from (select 1 from paths where merchant_id = $1 limit 1) as d), \
             (select count(*) from (select 1 from customers where merchant_id = $1 limit 1) as e)",
            args![merchant],
        )
        .await?;
    let (products, tags, offers, paths, customers) = counts;
    Ok(SetUp {
        products: products > 0,
        tags: tags > 0,
        offers: offers > 0,
        paths: paths > 0,
        customers: customers > 0,
    })
}

/// The paths that completed checkouts took.
pub async fn paths_of_checkouts(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkouts: &[CheckoutId],
) -> Result<BTreeMap<CheckoutId, PathId>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select id, path_id from checkouts \
             where (merchant_id, id) in pairs($1, $2) and path_id is not null",
            args![merchant, list(checkouts)],
        )
        .await?;
    let paths = rows.into_iter().map(|(id, path)| (CheckoutId::stored(id), PathId::stored(path)));
    Ok(paths.collect())
}

/// The internal titles of these paths, as far as they are there.
pub async fn titles_of_paths(
    tx: &mut Tx,
    merchant: &MerchantId,
    paths: &[PathId],
) -> Result<BTreeMap<PathId, String>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select id, internal_title from paths where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(paths)],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, title)| (PathId::stored(id), title)).collect())
}

/// Pending changes by day and mode, before `until`.
pub async fn changes_by_day(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
) -> Result<Vec<ChangesOfDay>, StoreError> {
    let rows: Vec<(NaiveDate, String, i64)> = tx
        .fetch_all(
            "select effective_on, mode, count(*) from scheduled_changes \
             where merchant_id = $1 and status = 'pending' and effective_on < $2 \
             group by effective_on, mode order by effective_on, mode",
            args![merchant, until],
        )
        .await?;
    let changes = rows.into_iter().map(|(on, mode, count)| {
        let place = ColumnPlace { table: "scheduled_changes", row: &mode };
        Ok(ChangesOfDay { on, mode: place.named("mode", &mode)?, count })
    });
    changes.collect()
}

/// For how many customers billing has something to do, by the first day of it, before `until`.
pub async fn due_by_day(
    tx: &mut Tx,
    merchant: &MerchantId,
    until: NaiveDate,
) -> Result<Vec<(NaiveDate, i64)>, StoreError> {
    tx.fetch_all(
        "select due_on, count(*) from customers where merchant_id = $1 and due_on is not null \
         and due_on < $2 group by due_on order by due_on",
        args![merchant, until],
    )
    .await
}

/// The paths along which checkouts were opened since an instant, the most completed first, at most
/// `limit`.
pub async fn paths_by_completions(
    tx: &mut Tx,
    merchant: &MerchantId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<PathCount>, StoreError> {
    let rows: Vec<(String, Option<String>, i64, i64)> = tx
        .fetch_all(
            "select c.path_id, p.internal_title, c.opened, c.completions from \
             (select path_id, count(*) as opened, \
             count(case when status = 'completed' then 1 end) as completions from checkouts \
             where merchant_id = $1 and path_id is not null and created_at >= $2 \
             group by path_id order by completions desc, path_id limit $3) c \
             left join paths p on p.merchant_id = $1 and p.id = c.path_id \
             order by c.completions desc, c.path_id",
            args![merchant, since, limit],
        )
        .await?;
    let counts = rows.into_iter().map(|(path, title, opened, completions)| PathCount {
        path: PathId::stored(path),
        title,
        opened,
        completions,
    });
    Ok(counts.collect())
}

/// Events behind `after`, by kind; of at most [`EVENTS_COUNTED_MAX`].
pub async fn events_by_kind(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: &EventId,
) -> Result<Vec<(String, i64)>, StoreError> {
    tx.fetch_all(
        "select kind, count(*) from (select kind from events \
         where merchant_id = $1 and id > $2 order by id limit $3) as counted \
         group by kind order by kind",
        args![merchant, after, EVENTS_COUNTED_MAX],
    )
    .await
}

/// Subscriptions by price, each without what it took the place of.
macro_rules! priced {
    ($condition:literal) => {
        concat!(
            "select v.currency, s.price_minor, v.billing_period, null as before_currency, \
             cast(null as bigint) as before_minor, null as before_period, count(*) as many \
             from subscriptions s \
             join offer_versions v on v.merchant_id = s.merchant_id and v.offer_id = s.offer_id \
             and v.version = s.offer_version where s.merchant_id = $1 and ",
            $condition,
            " group by v.currency, s.price_minor, v.billing_period"
        )
    };
}

/// What runs, by price.
pub async fn running(tx: &mut Tx, merchant: &MerchantId) -> Result<Vec<PriceGroup>, StoreError> {
    let rows: Vec<PricedRow> =
        tx.fetch_all(priced!("s.status = 'active'"), args![merchant]).await?;
    rows.into_iter().map(PriceGroup::try_from).collect()
}

/// What began from a day on, by its price and that of what it took the place of; what was brought
/// over began elsewhere.
pub async fn started_since(
    tx: &mut Tx,
    merchant: &MerchantId,
    since: NaiveDate,
) -> Result<Vec<PriceGroup>, StoreError> {
    let rows: Vec<PricedRow> = tx
        .fetch_all(
            "select v.currency, s.price_minor, v.billing_period, w.currency as before_currency, \
             p.price_minor as before_minor, w.billing_period as before_period, count(*) as many \
             from subscriptions s \
             join offer_versions v on v.merchant_id = s.merchant_id and v.offer_id = s.offer_id \
             and v.version = s.offer_version \
             left join subscriptions p on p.merchant_id = s.merchant_id and p.id = s.precursor_id \
             left join offer_versions w on w.merchant_id = p.merchant_id \
             and w.offer_id = p.offer_id and w.version = p.offer_version \
             where s.merchant_id = $1 and s.started_on >= $2 and not s.is_brought_over \
             group by v.currency, s.price_minor, v.billing_period, w.currency, p.price_minor, \
             w.billing_period",
            args![merchant, since],
        )
        .await?;
    rows.into_iter().map(PriceGroup::try_from).collect()
}

/// What ended from a day on and nothing took the place of, by price.
pub async fn lost_since(
    tx: &mut Tx,
    merchant: &MerchantId,
    since: NaiveDate,
) -> Result<Vec<PriceGroup>, StoreError> {
    let rows: Vec<PricedRow> = tx
        .fetch_all(priced!("s.ended_on >= $2 and s.successor_id is null"), args![merchant, since])
        .await?;
    rows.into_iter().map(PriceGroup::try_from).collect()
}

/// What is still to be paid, by currency: on open invoices, and how long that has been overdue, and
/// in debts.
pub async fn owed(
    tx: &mut Tx,
    merchant: &MerchantId,
    today: NaiveDate,
) -> Result<Vec<Owed>, StoreError> {
    let [first, second, third] =
        AGES.map(|days| today.checked_sub_days(Days::new(days)).unwrap_or(today));
    let rows: Vec<(String, i64, i64, i64, i64, i64, i64)> = tx
        .fetch_all(
            "select currency, cast(sum(amount_due_minor) as bigint), \
             cast(sum(case when due_on < $2 and due_on >= $3 then amount_due_minor else 0 end) \
             as bigint), \
             cast(sum(case when due_on < $3 and due_on >= $4 then amount_due_minor else 0 end) \
             as bigint), \
             cast(sum(case when due_on < $4 and due_on >= $5 then amount_due_minor else 0 end) \
             as bigint), \
             cast(sum(case when due_on < $5 then amount_due_minor else 0 end) as bigint), \
             count(case when due_on < $2 then 1 end) from invoices \
             where merchant_id = $1 and status = 'open' group by currency order by currency",
            args![merchant, today, first, second, third],
        )
        .await?;
    let mut owed = BTreeMap::new();
    for (code, open, new, second, third, old, late) in rows {
        let currency = ColumnPlace { table: "invoices", row: &code }.currency(&code)?;
        let by_age = [new, second, third, old];
        owed.insert(currency, Owed { open: Money::new(open, currency), debts: 0, by_age, late });
    }
    let debts: Vec<(String, i64)> = tx
        .fetch_all(
            "select currency, cast(-sum(minor) as bigint) from balances \
             where merchant_id = $1 and minor < 0 group by currency",
            args![merchant],
        )
        .await?;
    for (code, debts) in debts {
        let currency = ColumnPlace { table: "balances", row: &code }.currency(&code)?;
        let none = Owed { open: Money::new(0, currency), debts: 0, by_age: [0; 4], late: 0 };
        owed.entry(currency).or_insert(none).debts = debts;
    }
    Ok(owed.into_values().collect())
}

row! {
    struct PricedRow {
        currency: String,
        price_minor: i64,
        billing_period: String,
        before_currency: Option<String>,
        before_minor: Option<i64>,
        before_period: Option<String>,
        many: i64,
    }
}

impl TryFrom<PricedRow> for PriceGroup {
    type Error = StoreError;

    fn try_from(row: PricedRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "offer_versions", row: &row.billing_period };
        let period = |text: &str| place.need("billing_period", Period::parse(text));
        let before = match (row.before_currency, row.before_minor, row.before_period) {
            (Some(code), Some(minor), Some(text)) => {
                Some((Money::new(minor, place.currency(&code)?), period(&text)?))
            }
            _ => None,
        };
        Ok(Self {
            price: Money::new(row.price_minor, place.currency(&row.currency)?),
            period: period(&row.billing_period)?,
            before,
            count: row.many,
        })
    }
}
