//! Checkouts as they are kept, and which of them is held.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::merchants::{MerchantState, STATE, SettingsRow};
use super::previews::read_preview;
use super::query::SqlQuery;
use super::rows::{ColumnPlace, all, to_json};
use super::sql::{Arg, AskedQuery, Write, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::checkout::{Checkout, CheckoutStatus, HeldBasis};
use crate::domain::ids::{ChangeId, CheckoutId, CustomerId, MerchantId, OrderId, SubscriptionId};
use crate::domain::kept_facts::{KeptFacts, KeptFactsState};

/// The columns of [`CheckoutRow`].
macro_rules! checkout_columns {
    () => {
        "merchant_id, id, token, request, locale, metadata, return_url, status, \
         source_id, created_at, expires_at, held_until, held, preview, stamp, result, \
         went_stale, keeps_gifts, order_id"
    };
}
pub(super) use checkout_columns;

/// Selects [`CheckoutRow`]s, as far as the `where`; or those `found`, which a `with` has named `k`.
macro_rules! select_checkouts {
    (found) => {
        select_checkouts!(@ "k")
    };
    ($rest:literal) => {
        concat!(select_checkouts!(@ "checkouts "), $rest)
    };
    (@ $from:literal) => {
        concat!(
            "select ",
            $crate::store::checkouts::checkout_columns!(),
            " from ",
            $from
        )
    };
}

/// Stores a new checkout.
pub async fn insert_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
) -> Result<(), StoreError> {
    let columns = "merchant_id, id, token, customer_id, offer_id, request, locale, metadata, \
                   return_url, status, source_id, created_at, expires_at, held_until, held, \
                   preview, stamp, result, path_id, went_stale, keeps_gifts, order_id";
    let row = args![
        merchant,
        &checkout.id,
        &checkout.token,
        &checkout.request.customer,
        &checkout.request.offer,
        to_json(&checkout.request)?,
        &checkout.locale,
        to_json(&checkout.metadata)?,
        &checkout.return_url,
        checkout.status,
        checkout.source.as_ref(),
        checkout.created_at,
        checkout.expires_at,
        checkout.held_until,
        checkout.held.as_ref().map(to_json).transpose()?,
        to_json(&checkout.preview)?,
        &checkout.stamp,
        checkout.result.as_ref().map(to_json).transpose()?,
        path_shown(checkout),
        checkout.went_stale,
        checkout.keeps_gifts,
        checkout.order.as_ref(),
    ];
    tx.insert_rows("checkouts", columns, vec![row]).await
}

/// A checkout.
pub async fn find_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CheckoutId,
) -> Result<Option<Checkout>, StoreError> {
    let row: Option<CheckoutRow> = tx
        .fetch_optional(
            select_checkouts!("where merchant_id = $1 and id = $2"),
            args![merchant, id],
        )
        .await?;
    row.map(Checkout::try_from).transpose()
}

/// The checkout that a subscription began with, at once or by a change that waited; none where it
/// began otherwise.
pub async fn find_beginning(
    tx: &mut Tx,
    merchant: &MerchantId,
    (customer, subscription): (&CustomerId, &SubscriptionId),
) -> Result<Option<Checkout>, StoreError> {
    let rows: Vec<CheckoutRow> = tx
        .fetch_all(
            select_checkouts!(
                "where merchant_id = $1 and customer_id = $2 and status = 'completed' \
                 order by created_at desc, id desc"
            ),
            args![merchant, customer],
        )
        .await?;
    let begins = |checkout: &Checkout| {
        checkout.result.as_ref().is_some_and(|result| {
            let later = result.scheduled_change.clone().map(ChangeId::stored);
            result.subscription.as_deref() == Some(subscription.as_str())
                || later.is_some_and(|id| SubscriptionId::of_change(&id) == *subscription)
        })
    };
    Ok(all::<_, Checkout>(rows)?.into_iter().find(begins))
}

/// The checkouts that have made these orders; others have none.
pub async fn list_by_orders(
    tx: &mut Tx,
    merchant: &MerchantId,
    orders: impl IntoIterator<Item = &OrderId> + Send,
) -> Result<Vec<Checkout>, StoreError> {
    let rows: Vec<CheckoutRow> = tx
        .fetch_all(
            select_checkouts!(
                "where (merchant_id, id) in (select c.merchant_id, c.checkout_id \
                 from checkout_orders c where (c.merchant_id, c.order_id) in pairs($1, $2))"
            ),
            args![merchant, list(orders)],
        )
        .await?;
    all(rows)
}

/// What a decision of a merchant's begins with, and the checkout that it is about, if there is one:
/// its customer is locked as by [`lock_customers`](super::customers::lock_customers). The checkout
/// is locked with them, so that it is read as those left it who had the customer before.
pub async fn lock_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &CheckoutId,
) -> Result<(MerchantState, Option<Checkout>), StoreError> {
    let with = "with k as materialized (select c.* from checkouts c join customers u \
                on u.merchant_id = c.merchant_id and u.id = c.customer_id \
                where c.merchant_id = $1 and c.id = $2 for update of u, c)";
    let questions = [
        AskedQuery::of::<SettingsRow>(STATE),
        AskedQuery::of::<CheckoutRow>(select_checkouts!(found)),
    ];
    let mut found = tx.ask(with, &questions, args![merchant, id]).await?;
    let checkout = found.take::<CheckoutRow>(1)?.into_iter().next();
    let checkout = checkout.map(Checkout::try_from).transpose()?;
    Ok((found.take_one::<SettingsRow>(0)?.try_into()?, checkout))
}

/// What decisions of a merchant's begin with that are taken together: these checkouts, as by
/// [`lock_checkout`], and which of these customers are there. Whoever is locked already by somebody
/// else is left out.
pub async fn lock_free(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkouts: &[CheckoutId],
    customers: &[CustomerId],
) -> Result<(MerchantState, Vec<Checkout>, Vec<CustomerId>), StoreError> {
    let with = "with k as materialized (select c.* from checkouts c join customers u \
                on u.merchant_id = c.merchant_id and u.id = c.customer_id \
                where (c.merchant_id, c.id) in pairs($1, $2) \
                order by c.customer_id for update of u, c skip locked), \
                l as materialized (select id as customer_id from customers \
                where (merchant_id, id) in pairs($1, $3) order by id for update skip locked)";
    let questions = [
        AskedQuery::of::<SettingsRow>(STATE),
        AskedQuery::of::<CheckoutRow>(select_checkouts!(found)),
        AskedQuery::of::<BuyerRow>("select customer_id from l"),
    ];
    let args = args![merchant, list(checkouts), list(customers)];
    let mut found = tx.ask(with, &questions, args).await?;
    let checkouts = all(found.take::<CheckoutRow>(1)?)?;
    let customers = found.take::<BuyerRow>(2)?.into_iter();
    let customers = customers.map(|row| CustomerId::stored(row.customer_id)).collect();
    Ok((found.take_one::<SettingsRow>(0)?.try_into()?, checkouts, customers))
}

/// A checkout of any merchant, by the end of its address.
pub async fn find_checkout_by_token(
    tx: &mut Tx,
    token: &str,
) -> Result<Option<(MerchantId, Checkout)>, StoreError> {
    let row: Option<CheckoutRow> =
        tx.fetch_optional(select_checkouts!("where token = $1"), args![token]).await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let merchant = MerchantId::stored(row.merchant_id.clone());
    Ok(Some((merchant, row.try_into()?)))
}

/// What is stored of a checkout whenever it changes; the first two tell which it is.
const SAVED: &str = "merchant_id, id, request, status, source_id, expires_at, held_until, held, \
                     preview, stamp, result, path_id, went_stale, keeps_gifts, order_id";

fn saved(merchant: &MerchantId, checkout: &Checkout) -> Result<Vec<Arg>, StoreError> {
    Ok(args![
        merchant,
        &checkout.id,
        to_json(&checkout.request)?,
        checkout.status,
        checkout.source.as_ref(),
        checkout.expires_at,
        checkout.held_until,
        checkout.held.as_ref().map(to_json).transpose()?,
        to_json(&checkout.preview)?,
        &checkout.stamp,
        checkout.result.as_ref().map(to_json).transpose()?,
        path_shown(checkout),
        checkout.went_stale,
        checkout.keeps_gifts,
        checkout.order.as_ref(),
    ])
}

/// Stores what may change of a checkout: status, source, preview, stamp, whether it went stale,
/// result, hold, `expires_at` and the mode asked for.
pub async fn save_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
) -> Result<(), StoreError> {
    let rows = vec![saved(merchant, checkout)?];
    tx.gather([Write::update("checkouts", SAVED, 2, rows)]).await
}

/// The most that is kept of what a decision rested on, in bytes of JSON.
const FACTS_MAX: usize = 32 * 1_024;

/// The same of one that is completed, with what its decision rested on.
pub async fn complete_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
    facts: &KeptFacts,
) -> Result<(), StoreError> {
    let mut row = saved(merchant, checkout)?;
    let kept = to_json(&KeptFactsState::Facts(facts))?;
    let kept = if kept.len() <= FACTS_MAX {
        kept
    } else {
        to_json(&KeptFactsState::<&KeptFacts>::TooLarge)?
    };
    row.push(kept.into());
    tx.gather([Write::update("checkouts", format!("{SAVED}, facts"), 2, vec![row])]).await
}

/// Which checkouts to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCheckouts {
    /// Whose; none is anybody's.
    pub customer: Option<CustomerId>,
    /// Where they stand at `now`; none is anywhere.
    pub status: Option<CheckoutStatus>,
    /// The instant at which they are looked at.
    pub now: DateTime<Utc>,
}

/// Checkouts as they are stored: reading many of them takes more than a moment.
pub struct UnreadCheckouts(Vec<CheckoutRow>);

impl UnreadCheckouts {
    /// Reads them.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] where a column holds what it may not.
    pub fn read(self) -> Result<Vec<Checkout>, StoreError> {
        all(self.0)
    }
}

/// Checkouts, by id, which is the order of creation. Those that can be completed are few beside
/// those that nobody completed: they are found by when they expire, and put in order then.
pub async fn list_checkouts(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &ListedCheckouts,
    page: &Page,
) -> Result<UnreadCheckouts, StoreError> {
    let (query, condition) = match filter.status {
        None => (select_checkouts!("where merchant_id = $1"), None),
        Some(CheckoutStatus::Completed) => {
            (select_checkouts!("where merchant_id = $1 and status = 'completed'"), None)
        }
        Some(CheckoutStatus::Expired) => (
            select_checkouts!("where merchant_id = $1 and status <> 'completed'"),
            Some("expires_at <= $? and (held_until is null or held_until <= $?)"),
        ),
        Some(CheckoutStatus::Held) => (
            select_checkouts!("where merchant_id = $1 and status = 'held'"),
            Some("held_until > $?"),
        ),
        Some(CheckoutStatus::Open) => (
            concat!(
                "with k as materialized (select * from checkouts where merchant_id = $1 \
                 and status <> 'completed' and expires_at > $2) ",
                select_checkouts!(found),
                " where (held_until is null or held_until <= $2)"
            ),
            None,
        ),
    };
    let mut args = args![merchant];
    if filter.status == Some(CheckoutStatus::Open) {
        args.push(filter.now.into());
    }
    let (text, args) = SqlQuery::new(query, args)
        .filter(condition.unwrap_or_default(), condition.map(|_| filter.now))
        .filter("customer_id = $?", filter.customer.as_ref())
        .page("id", page);
    Ok(UnreadCheckouts(tx.fetch_page((text, args), page).await?))
}

/// Throws away checkouts that nobody has completed and that expired before an instant, at most so
/// many; how many. One that keeps gifts waits until they are given back.
pub async fn purge_checkouts(
    tx: &mut Tx,
    merchant: &MerchantId,
    before: DateTime<Utc>,
    most: i64,
) -> Result<u64, StoreError> {
    macro_rules! left {
        () => {
            "merchant_id = $1 and status <> 'completed' and expires_at < $2 \
             and (held_until is null or held_until < $2) and not keeps_gifts"
        };
    }
    // Told twice: what somebody completes meanwhile is not left any more.
    let text = concat!(
        "delete from checkouts where ",
        left!(),
        " and id in (select id from checkouts where ",
        left!(),
        " order by expires_at limit $3)"
    );
    tx.execute(text, args![merchant, before, most]).await
}

/// The checkout of a customer that is held at `now`: there is one at most.
pub async fn find_held(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    now: DateTime<Utc>,
) -> Result<Option<Checkout>, StoreError> {
    let row: Option<CheckoutRow> = tx
        .fetch_optional(
            select_checkouts!(
                "where merchant_id = $1 and customer_id = $2 and status = 'held' \
                 and held_until > $3 limit 1"
            ),
            args![merchant, customer, now],
        )
        .await?;
    row.map(Checkout::try_from).transpose()
}

/// The last day on which a checkout that is held at `now` was decided, where that is after `today`,
/// and when the last such hold ends.
pub async fn held_from_later(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    today: NaiveDate,
) -> Result<Option<(NaiveDate, DateTime<Utc>)>, StoreError> {
    let rows: Vec<(String, Option<String>, DateTime<Utc>)> = tx
        .fetch_all(
            "select id, held, held_until from checkouts where merchant_id = $1 \
             and status = 'held' and held_until > $2",
            args![merchant, now],
        )
        .await?;
    let mut last: Option<(NaiveDate, DateTime<Utc>)> = None;
    for (id, held, until) in rows {
        let place = ColumnPlace { table: "checkouts", row: &id };
        let basis: Option<HeldBasis> =
            held.as_deref().map(|text| place.json("held", text)).transpose()?;
        let Some(day) = basis.map(|basis| basis.decided_on).filter(|day| *day > today) else {
            continue;
        };
        last = Some(
            last.map_or((day, until), |(day_so_far, end)| (day.max(day_so_far), until.max(end))),
        );
    }
    Ok(last)
}

/// Checkouts of all merchants whose hold has lapsed by `now` and that keep gifts still, the first
/// of them first.
pub async fn list_lapsed(
    tx: &mut Tx,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(MerchantId, CheckoutId)>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select merchant_id, id from checkouts where keeps_gifts and held_until <= $1 \
             order by held_until, id limit $2",
            args![now, limit],
        )
        .await?;
    let ids = |(merchant, id)| (MerchantId::stored(merchant), CheckoutId::stored(id));
    Ok(rows.into_iter().map(ids).collect())
}

/// When the first hold lapses that keeps gifts, where that is not after `until`.
pub async fn earliest_lapse_of_gifts(
    tx: &mut Tx,
    until: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let (first,): (Option<DateTime<Utc>>,) = tx
        .fetch_one(
            "select min(held_until) from checkouts where keeps_gifts and held_until <= $1",
            args![until],
        )
        .await?;
    Ok(first)
}

/// The subscriptions that checkouts hold at `now`, by customer.
pub async fn held_sources(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
) -> Result<BTreeMap<CustomerId, SubscriptionId>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select customer_id, source_id from checkouts where merchant_id = $1 \
             and status = 'held' and held_until > $2 and source_id is not null",
            args![merchant, now],
        )
        .await?;
    let held = rows
        .into_iter()
        .map(|(customer, source)| (CustomerId::stored(customer), SubscriptionId::stored(source)));
    Ok(held.collect())
}

/// The path that a checkout takes: by it those opened and completed are counted.
fn path_shown(checkout: &Checkout) -> Option<&str> {
    checkout.preview.path.as_ref().map(|path| path.id.as_str())
}

row! {
    json struct BuyerRow {
        customer_id: String,
    }
}

row! {
    json
    /// A row of `checkouts`.
    pub(super) struct CheckoutRow {
        merchant_id: String,
        pub(super) id: String,
        token: String,
        request: String,
        locale: String,
        metadata: String,
        return_url: Option<String>,
        status: String,
        source_id: Option<String>,
        created_at: DateTime<Utc>,
        expires_at: DateTime<Utc>,
        held_until: Option<DateTime<Utc>>,
        held: Option<String>,
        pub(super) preview: String,
        stamp: String,
        result: Option<String>,
        went_stale: bool,
        keeps_gifts: bool,
        order_id: Option<String>,
    }
}

impl TryFrom<CheckoutRow> for Checkout {
    type Error = StoreError;

    fn try_from(row: CheckoutRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "checkouts", row: &row.id };
        let (result, held) = (row.result.as_deref(), row.held.as_deref());
        Ok(Self {
            request: place.json("request", &row.request)?,
            metadata: place.json("metadata", &row.metadata)?,
            preview: place.need("preview", read_preview(&row.preview))?,
            result: result.map(|text| place.json("result", text)).transpose()?,
            held: held.map(|text| place.json("held", text)).transpose()?,
            status: place.named("status", &row.status)?,
            token: row.token,
            locale: row.locale,
            return_url: row.return_url,
            source: row.source_id.map(SubscriptionId::stored),
            created_at: row.created_at,
            expires_at: row.expires_at,
            held_until: row.held_until,
            stamp: row.stamp,
            went_stale: row.went_stale,
            keeps_gifts: row.keeps_gifts,
            order: row.order_id.map(OrderId::stored),
            id: CheckoutId::stored(row.id),
        })
    }
}
