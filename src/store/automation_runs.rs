//! Runs of automations: begun, moved, ended. Whoever moves one locks its row, after customers,
//! orders and what is taken from, before the merchant's row.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::query::SqlQuery;
use super::rows::{ColumnPlace, all};
use super::sql::{Arg, Write, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::automation_run::{AutomationRun, AutomationRunStatus, ExitReason};
use crate::domain::ids::{
    AutomationId, AutomationRunId, CustomerId, MerchantId, OrderId, ProductId, SubscriptionId,
};
use crate::domain::translation::{TranslatedTitle, Wording};

macro_rules! select_runs {
    ($rest:literal) => {
        concat!(
            "select r.id, r.automation_id, r.version, r.customer_id, r.order_id, \
             r.subscription_id, r.status, r.exit_reason, r.step, r.due_at, r.coupon_code, \
             r.started_at, r.ended_at from automation_runs r where ",
            $rest
        )
    };
}

/// Which runs to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Of this customer.
    pub customer: Option<CustomerId>,
    /// With this status.
    pub status: Option<AutomationRunStatus>,
    /// Those who left early, and count as having come to the end.
    pub converted: Option<Vec<AutomationRunId>>,
    /// None that are held out.
    pub is_sent: bool,
    /// These alone.
    pub ids: Option<Vec<AutomationRunId>>,
    /// That ended early for this reason.
    pub reason: Option<ExitReason>,
    /// That stand at one of these places: the version, and the place of the step.
    pub places: Option<Vec<(i64, i64)>>,
}

/// Begins a run; false where the customer has been on this way before. `horizon` is until when a
/// purchase counts for it.
pub async fn insert_run(
    tx: &mut Tx,
    merchant: &MerchantId,
    run: &AutomationRun,
    horizon: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into automation_runs (merchant_id, id, automation_id, version, customer_id, \
             order_id, subscription_id, status, step, due_at, started_at, horizon_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
             on conflict (merchant_id, customer_id, automation_id) do nothing",
            args![
                merchant,
                &run.id,
                &run.automation,
                run.version,
                &run.customer,
                run.order.as_ref(),
                run.subscription.as_ref(),
                run.status,
                run.step,
                run.due_at,
                run.started_at,
                horizon,
            ],
        )
        .await?;
    Ok(added == 1)
}

/// Stores where runs stand, which are locked.
pub async fn save_runs(
    tx: &mut Tx,
    merchant: &MerchantId,
    runs: &[AutomationRun],
) -> Result<(), StoreError> {
    let rows = runs.iter().map(|run| {
        let reason = run.exit_reason.map(ExitReason::name);
        args![
            merchant,
            &run.id,
            run.status,
            reason,
            run.step,
            run.due_at,
            &run.coupon,
            run.ended_at,
        ]
    });
    let columns = "merchant_id, id, status, exit_reason, step, due_at, coupon_code, ended_at";
    tx.gather([Write::update("automation_runs", columns, 2, rows.collect())]).await
}

/// The runs under way of a customer, locked.
pub async fn lock_active_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
) -> Result<Vec<AutomationRun>, StoreError> {
    lock_active_of_all(tx, merchant, std::slice::from_ref(customer)).await
}

/// The runs under way of these customers, locked.
pub async fn lock_active_of_all(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
) -> Result<Vec<AutomationRun>, StoreError> {
    let rows: Vec<RunRow> = tx
        .fetch_all(
            select_runs!(
                "(r.merchant_id, r.customer_id) in pairs($1, $2) and r.status = 'active' \
                 order by r.id for update"
            ),
            args![merchant, list(customers)],
        )
        .await?;
    all(rows)
}

/// The next runs under way of an automation, locked: at most `limit`.
pub async fn lock_active_through(
    tx: &mut Tx,
    merchant: &MerchantId,
    automation: &AutomationId,
    limit: i64,
) -> Result<Vec<AutomationRun>, StoreError> {
    let rows: Vec<RunRow> = tx
        .fetch_all(
            select_runs!(
                "r.merchant_id = $1 and r.automation_id = $2 and r.status = 'active' \
                 order by r.id limit $3 for update"
            ),
            args![merchant, automation, limit],
        )
        .await?;
    all(rows)
}

/// These runs, locked, as far as they are under way.
pub async fn lock_runs(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[AutomationRunId],
) -> Result<Vec<AutomationRun>, StoreError> {
    let rows: Vec<RunRow> = tx
        .fetch_all(
            select_runs!(
                "(r.merchant_id, r.id) in pairs($1, $2) and r.status = 'active' \
                 order by r.id for update"
            ),
            args![merchant, list(ids)],
        )
        .await?;
    all(rows)
}

/// Merchants with steps of live automations that are due, and when the first of each was.
pub async fn merchants_due(
    tx: &mut Tx,
    until: DateTime<Utc>,
) -> Result<Vec<(MerchantId, DateTime<Utc>)>, StoreError> {
    let rows: Vec<(String, DateTime<Utc>)> = tx
        .fetch_all(
            "select r.merchant_id, min(r.due_at) from automation_runs r join automations a \
             on a.merchant_id = r.merchant_id and a.id = r.automation_id and a.state = 'live' \
             where r.status = 'active' and r.due_at <= $1 group by r.merchant_id \
             order by 2, 1",
            args![until],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (MerchantId::stored(id), at)).collect())
}

/// Runs of live automations whose step is due, with their customers: the first of them.
pub async fn list_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<(AutomationRunId, CustomerId)>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select r.id, r.customer_id from automation_runs r join automations a \
             on a.merchant_id = r.merchant_id and a.id = r.automation_id and a.state = 'live' \
             where r.merchant_id = $1 and r.status = 'active' and r.due_at <= $2 \
             order by r.due_at, r.id limit $3",
            args![merchant, now, limit],
        )
        .await?;
    let ids = |(run, customer)| (AutomationRunId::stored(run), CustomerId::stored(customer));
    Ok(rows.into_iter().map(ids).collect())
}

/// Takes those of these runs whose step is still due and that nobody else has taken.
pub async fn claim_due(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[AutomationRunId],
    now: DateTime<Utc>,
) -> Result<Vec<AutomationRun>, StoreError> {
    let rows: Vec<RunRow> = tx
        .fetch_all(
            select_runs!(
                "(r.merchant_id, r.id) in pairs($1, $2) and r.status = 'active' \
                 and r.due_at <= $3 and exists (select 1 from automations a \
                 where a.merchant_id = r.merchant_id and a.id = r.automation_id \
                 and a.state = 'live') order by r.due_at, r.id for update skip locked"
            ),
            args![merchant, list(ids), now],
        )
        .await?;
    all(rows)
}

/// Runs through an automation, by id.
pub async fn list_runs(
    tx: &mut Tx,
    merchant: &MerchantId,
    automation: &AutomationId,
    filter: &RunFilter,
    page: &Page,
) -> Result<Vec<AutomationRun>, StoreError> {
    let text = select_runs!("r.merchant_id = $1 and r.automation_id = $2");
    let place = |(version, step): &(i64, i64)| format!("{version}/{step}");
    let places = filter.places.as_ref();
    let places = places.map(|all| Arg::List(all.iter().map(place).collect()));
    let converted = filter.converted.as_ref();
    let also = converted.filter(|_| filter.status == Some(AutomationRunStatus::Completed));
    let but = converted.filter(|_| filter.status == Some(AutomationRunStatus::Exited));
    let status = filter.status.filter(|_| also.is_none());
    let query = SqlQuery::new(text, args![merchant, automation])
        .filter("r.customer_id = $?", filter.customer.as_ref())
        .filter("r.status = $?", status.map(AutomationRunStatus::name))
        .filter(
            "(r.status = 'completed' or (r.merchant_id, r.id) in pairs($1, $?))",
            also.map(list),
        )
        .filter("not ((r.merchant_id, r.id) in pairs($1, $?))", but.map(list))
        .filter("(r.merchant_id, r.id) in pairs($1, $?)", filter.ids.as_ref().map(list))
        .only(filter.is_sent.then_some("r.status <> 'holdout'"))
        .filter("r.exit_reason = $?", filter.reason.map(ExitReason::name))
        .filter("(r.merchant_id, r.version || '/' || r.step) in pairs($1, $?)", places);
    let (text, args) = query.page("r.id", page);
    let rows: Vec<RunRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// The mail addresses, names and languages of customers.
pub async fn addressees(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, Addressee>, StoreError> {
    type Row = (String, Option<String>, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = tx
        .fetch_all(
            "select id, email, phone, name, locale from customers \
             where (merchant_id, id) in pairs($1, $2)",
            args![merchant, list(customers)],
        )
        .await?;
    let addressee = |(id, email, phone, name, locale)| {
        (CustomerId::stored(id), Addressee { email, phone, name, locale })
    };
    Ok(rows.into_iter().map(addressee).collect())
}

/// Whom a message goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressee {
    /// Their mail address.
    pub email: Option<String>,
    /// Their telephone number.
    pub phone: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// Their language.
    pub locale: Option<String>,
}

/// What each of these runs was started by: titles of the products on the order's lines, or of what
/// the subscription holds.
pub async fn started_by(
    tx: &mut Tx,
    merchant: &MerchantId,
    runs: &[&AutomationRunId],
) -> Result<BTreeMap<AutomationRunId, Vec<TranslatedTitle>>, StoreError> {
    let ids = Arg::List(runs.iter().map(ToString::to_string).collect());
    let rows: Vec<(String, String, Option<String>, Option<String>)> = tx
        .fetch_all(
            "select r.id, coalesce(p.title, v.title), p.texts, v.wording \
             from automation_runs r join order_lines l \
             on l.merchant_id = r.merchant_id and l.order_id = r.order_id \
             left join products p on p.merchant_id = l.merchant_id and p.id = l.product_id \
             left join offers f on f.merchant_id = l.merchant_id and f.id = l.offer_id \
             left join offer_versions v on v.merchant_id = f.merchant_id \
             and v.offer_id = f.id and v.version = f.version \
             where (r.merchant_id, r.id) in pairs($1, $2) \
             and coalesce(p.title, v.title) is not null order by r.id, l.place",
            args![merchant, ids.clone()],
        )
        .await?;
    let mut titles = BTreeMap::<AutomationRunId, Vec<TranslatedTitle>>::new();
    for (run, title, texts, wording) in rows {
        let place = ColumnPlace { table: "products", row: &run };
        let texts = texts.map(|text| place.json("texts", &text)).transpose()?;
        let wording: Option<Wording> =
            wording.map(|text| place.json("wording", &text)).transpose()?;
        let offer = TranslatedTitle::of(title, texts, wording.as_ref());
        titles.entry(AutomationRunId::stored(run)).or_default().push(offer);
    }
    let rows: Vec<(String, String, Option<String>)> = tx
        .fetch_all(
            "select r.id, v.products, v.wording from automation_runs r join subscriptions s \
             on s.merchant_id = r.merchant_id and s.id = r.subscription_id \
             join offer_versions v on v.merchant_id = s.merchant_id \
             and v.offer_id = s.offer_id and v.version = s.offer_version \
             where (r.merchant_id, r.id) in pairs($1, $2)",
            args![merchant, ids],
        )
        .await?;
    for (run, products, wording) in rows {
        let place = ColumnPlace { table: "offer_versions", row: &run };
        let products: Vec<(ProductId, String)> = place.json("products", &products)?;
        let wording = wording.map(|text| place.json::<Wording>("wording", &text)).transpose()?;
        let wording = wording.unwrap_or_default();
        let all = products
            .into_iter()
            .map(|(id, title)| TranslatedTitle { title, languages: wording.product_titles(&id) });
        titles.entry(AutomationRunId::stored(run)).or_default().extend(all);
    }
    Ok(titles)
}

/// When the subscriptions that started these runs are booked next.
pub async fn next_bookings(
    tx: &mut Tx,
    merchant: &MerchantId,
    subscriptions: &[&SubscriptionId],
) -> Result<BTreeMap<SubscriptionId, chrono::NaiveDate>, StoreError> {
    let ids = Arg::List(subscriptions.iter().map(ToString::to_string).collect());
    let rows: Vec<(String, chrono::NaiveDate)> = tx
        .fetch_all(
            "select id, next_booking_on from subscriptions \
             where (merchant_id, id) in pairs($1, $2) and next_booking_on is not null",
            args![merchant, ids],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, on)| (SubscriptionId::stored(id), on)).collect())
}

/// Notes that a customer has bought something; false where that is known, or where they were never
/// on a way. A checkout is noted anyway: what will have started them before it may be told later.
pub async fn insert_purchase(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    (order, subscription): (Option<&OrderId>, Option<&SubscriptionId>),
    (id, at): (&str, DateTime<Utc>),
) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into automation_purchases (merchant_id, id, customer_id, order_id, \
             subscription_id, purchased_at) \
             select $1, $2, $3, $4, $5, $6 where $7 or exists (select 1 from automation_runs \
             where merchant_id = $1 and customer_id = $3) \
             on conflict (merchant_id, id) do nothing",
            args![merchant, id, customer, order, subscription, at, id.starts_with("checkout/")],
        )
        .await?;
    Ok(added == 1)
}

/// Notes of subscriptions whether what bought them counts no more (true): the change that it was
/// did not come about, or its trial was cancelled.
pub(super) async fn cancel_purchases(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    bought: impl Iterator<Item = (SubscriptionId, bool)>,
) -> Result<(), StoreError> {
    let (gone, back): (Vec<_>, Vec<_>) = bought.partition(|(_, is_cancelled)| *is_cancelled);
    for (which, cancelled_at) in [(gone, Some(now)), (back, None)] {
        if which.is_empty() {
            continue;
        }
        let ids = Arg::List(which.iter().map(|(id, _)| id.to_string()).collect());
        tx.execute(
            "update automation_purchases set cancelled_at = $3 \
             where (merchant_id, subscription_id) in pairs($1, $2) \
             and (cancelled_at is null) = $4",
            args![merchant, ids, cancelled_at, cancelled_at.is_some()],
        )
        .await?;
    }
    Ok(())
}

row! {
    struct RunRow {
        id: String,
        automation_id: String,
        version: i64,
        customer_id: String,
        order_id: Option<String>,
        subscription_id: Option<String>,
        status: String,
        exit_reason: Option<String>,
        step: i64,
        due_at: Option<DateTime<Utc>>,
        coupon_code: Option<String>,
        started_at: DateTime<Utc>,
        ended_at: Option<DateTime<Utc>>,
    }
}

impl TryFrom<RunRow> for AutomationRun {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "automation_runs", row: &row.id };
        let reason = row.exit_reason.as_deref();
        let exit_reason = reason.map(|name| place.named("exit_reason", name)).transpose()?;
        Ok(Self {
            status: place.named("status", &row.status)?,
            exit_reason,
            automation: AutomationId::stored(row.automation_id),
            version: row.version,
            customer: CustomerId::stored(row.customer_id),
            order: row.order_id.map(OrderId::stored),
            subscription: row.subscription_id.map(SubscriptionId::stored),
            step: row.step,
            due_at: row.due_at,
            coupon: row.coupon_code,
            started_at: row.started_at,
            ended_at: row.ended_at,
            id: AutomationRunId::stored(row.id),
        })
    }
}
