//! What the report of an automation is counted from, as of a moment: a few sums over runs, messages
//! and purchases, whatever their number.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::rows::ColumnPlace;
use super::sql::{Arg, args, row};
use super::{StoreError, Tx};
use crate::domain::automation::Trigger;
use crate::domain::ids::{AutomationId, MerchantId};
use crate::domain::money::Currency;

/// Of which runs a report is, and as of when; without a version, of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportScope {
    /// The automation.
    pub automation: AutomationId,
    /// The moment.
    pub as_of: DateTime<Utc>,
    /// The version.
    pub version: Option<i64>,
}

impl ReportScope {
    /// The version, or 0 for all.
    fn of_version(&self) -> i64 {
        self.version.unwrap_or(0)
    }
}

row! {
    /// Runs of a version, held out or not.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct RunSums {
        /// The version.
        pub version: i64,
        /// Whether they are held out.
        pub held_out: bool,
        /// The number of runs that began.
        pub started: i64,
        /// How many have left early.
        pub exited: i64,
        /// How many are at their end.
        pub completed: i64,
        /// How many have bought anything in their time.
        pub bought: i64,
    }
}

row! {
    /// Messages of a step of a version.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct MessageSums {
        /// The version.
        pub version: i64,
        /// The place of the step.
        pub step: i64,
        /// How many were queued.
        pub queued: i64,
        /// How many were taken.
        pub sent: i64,
        /// How many were given up.
        pub failed: i64,
        /// How many arrived.
        pub delivered: i64,
        /// How many came back, and had not arrived.
        pub bounced: i64,
        /// How many were read.
        pub read_count: i64,
        /// How many were answered.
        pub replied: i64,
        /// How many links were followed.
        pub clicked: i64,
    }
}

/// A purchase that is put down to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttributedRow {
    /// The run.
    pub run: String,
    /// The name of the step.
    pub step: String,
    /// When it was bought.
    pub at: DateTime<Utc>,
    /// Whether it ended the run.
    pub ended_early: bool,
    /// What was paid, and paid back.
    pub money: Option<(Currency, i64, i64)>,
}

/// Runs by version.
pub async fn sum_runs(
    tx: &mut Tx,
    merchant: &MerchantId,
    asked: &ReportScope,
) -> Result<Vec<RunSums>, StoreError> {
    // A way back from a cancellation is a purchase of the run alone that it had begun.
    tx.fetch_all(
        "select r.version, r.status = 'holdout' as held_out, count(*) as started, \
         count(case when r.status = 'exited' and r.ended_at <= $3 then 1 end) as exited, \
         count(case when r.status = 'completed' and r.ended_at <= $3 then 1 end) as completed, \
         count(case when exists (select 1 from automation_purchases p left join orders o \
         on o.merchant_id = p.merchant_id and o.id = p.order_id \
         where p.merchant_id = r.merchant_id and p.customer_id = r.customer_id \
         and p.purchased_at >= r.started_at and p.purchased_at <= r.horizon_at \
         and p.purchased_at <= $3 and (o.cancelled_at is null or o.cancelled_at > $3) \
         and (p.cancelled_at is null or p.cancelled_at > $3) \
         and (p.order_id is null or r.order_id is null or p.order_id <> r.order_id) \
         and (p.subscription_id is null or r.subscription_id is null \
         or p.subscription_id <> r.subscription_id) \
         and (p.id not like 'back/%' or p.id like 'back/' || r.subscription_id || '/%' \
         and exists (select 1 from automation_versions w where w.merchant_id = r.merchant_id \
         and w.automation_id = r.automation_id and w.version = r.version \
         and w.trigger_name = 'subscription_cancelled'))) then 1 end) as bought \
         from automation_runs r where r.merchant_id = $1 and r.automation_id = $2 \
         and r.started_at <= $3 and ($4 = 0 or r.version = $4) \
         group by r.version, r.status = 'holdout'",
        args![merchant, &asked.automation, asked.as_of, asked.of_version()],
    )
    .await
}

/// How many runs have left while they waited for a step, by version and place of the step.
pub async fn sum_exits(
    tx: &mut Tx,
    merchant: &MerchantId,
    asked: &ReportScope,
) -> Result<BTreeMap<(i64, i64), i64>, StoreError> {
    let rows: Vec<(i64, i64, i64)> = tx
        .fetch_all(
            "select r.version, r.step, count(*) from automation_runs r \
             where r.merchant_id = $1 and r.automation_id = $2 and r.status = 'exited' \
             and r.ended_at <= $3 and r.started_at <= $3 and ($4 = 0 or r.version = $4) \
             group by r.version, r.step",
            args![merchant, &asked.automation, asked.as_of, asked.of_version()],
        )
        .await?;
    Ok(rows.into_iter().map(|(version, step, count)| ((version, step), count)).collect())
}

/// Messages by version and step.
pub async fn sum_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    asked: &ReportScope,
) -> Result<Vec<MessageSums>, StoreError> {
    tx.fetch_all(
        "select r.version, m.step, count(*) as queued, \
         count(case when m.sent_at <= $3 then 1 end) as sent, \
         count(case when m.failed_at <= $3 and (m.sent_at is null or m.sent_at > $3) \
         then 1 end) as failed, \
         count(case when m.delivered_at <= $3 then 1 end) as delivered, \
         count(case when m.bounced_at <= $3 and (m.delivered_at is null or m.delivered_at > $3) \
         then 1 end) as bounced, \
         count(case when m.read_at <= $3 then 1 end) as read_count, \
         count(case when m.replied_at <= $3 then 1 end) as replied, \
         count(case when m.clicked_at <= $3 then 1 end) as clicked \
         from messages m join automation_runs r \
         on r.merchant_id = m.merchant_id and r.id = m.run_id \
         where m.merchant_id = $1 and m.automation_id = $2 and m.queued_at <= $3 \
         and ($4 = 0 or r.version = $4) group by r.version, m.step",
        args![merchant, &asked.automation, asked.as_of, asked.of_version()],
    )
    .await
}

row! {
    struct AttributionRow {
        id: String,
        run_id: String,
        step_key: String,
        purchased_at: DateTime<Utc>,
        ended_early: bool,
        currency: Option<String>,
        paid: i64,
        back: i64,
    }
}

/// What [`AttributionRow`] reads. Each purchase with the message that it is put down to (`x`),
/// where a cancellation that was taken back is none but for who was asked to come back; the
/// first line of what a checkout has begun (`f`); and what was paid and credited on its invoice up
/// to the moment (`moved`), by which it had been paid when that came to what was due (`was_paid`).
/// A line that was cancelled with its invoice and issued again is the one that was issued last.
const ATTRIBUTED: &str = "with y as (\
    select p.id, p.order_id, p.subscription_id, m.automation_id, m.run_id, m.step_key, \
    p.purchased_at, 0 as by_coupon, \
    p.purchased_at as first_at, m.delivered_at, m.id as message_id \
    from automation_purchases p join messages m \
    on m.merchant_id = p.merchant_id and m.customer_id = p.customer_id \
    and m.delivered_at <= m.read_at and m.read_at <= p.purchased_at \
    and p.purchased_at <= m.credit_until \
    where p.merchant_id = $1 and p.purchased_at <= $3 \
    and (p.cancelled_at is null or p.cancelled_at > $3) \
    and p.customer_id in (select c.customer_id from automation_runs c \
    where c.merchant_id = $1 and c.automation_id = $2) union all \
    select p.id, p.order_id, p.subscription_id, m.automation_id, m.run_id, m.step_key, \
    p.purchased_at, 1 as by_coupon, \
    m.sent_at as first_at, m.delivered_at, m.id as message_id \
    from automation_purchases p left join coupon_codes u \
    on u.merchant_id = p.merchant_id and u.customer_id = p.customer_id \
    and u.held_until is null \
    and (u.order_id = p.order_id or p.id = 'checkout/' || u.checkout_id) \
    join messages m on m.merchant_id = p.merchant_id \
    and m.coupon_code = coalesce(p.coupon_code, u.code) and m.sent_at <= $3 \
    where p.merchant_id = $1 and p.purchased_at <= $3 \
    and (p.cancelled_at is null or p.cancelled_at > $3) \
    and p.customer_id in (select c.customer_id from automation_runs c \
    where c.merchant_id = $1 and c.automation_id = $2)), \
    x as (select z.*, z.id like 'checkout/%' as is_checkout from (\
    select y.id, y.order_id, y.subscription_id, \
    y.automation_id, y.run_id, y.step_key, y.purchased_at, row_number() over (\
    partition by y.id order by y.by_coupon desc, y.first_at, y.delivered_at desc, \
    y.message_id desc) as place from y where y.id not like 'back/%' or exists (select 1 \
    from automation_runs w join automation_versions v on v.merchant_id = w.merchant_id \
    and v.automation_id = w.automation_id and v.version = w.version \
    where w.merchant_id = $1 and w.id = y.run_id \
    and y.id like 'back/' || w.subscription_id || '/%' \
    and v.trigger_name = 'subscription_cancelled')) z \
    where z.place = 1 and z.automation_id = $2), \
    f as (select l.subscription_id, l.invoice_id, l.position, l.gross_minor, \
    row_number() over (partition by l.subscription_id \
    order by l.period_start, v.created_at desc, l.invoice_id desc, l.position) as place \
    from invoice_lines l join invoices v on v.merchant_id = $1 and v.id = l.invoice_id \
    where l.merchant_id = $1 and l.kind = 'period' and v.created_at <= $3 \
    and l.subscription_id in (select x.subscription_id from x where x.is_checkout)), \
    moved as (select b.invoice_id, b.created_at as at, b.amount_minor as paid, 0 as credited \
    from payments b where b.merchant_id = $1 and b.created_at <= $3 \
    and b.kind in ('payment', 'bounce') \
    and b.invoice_id in (select f.invoice_id from f where f.place = 1) union all \
    select c.invoice_id, c.created_at, 0, abs(c.gross_minor) \
    from credit_notes c where c.merchant_id = $1 and c.created_at <= $3 \
    and c.invoice_id in (select f.invoice_id from f where f.place = 1)), \
    run as (select moved.invoice_id, \
    sum(moved.paid) over (partition by moved.invoice_id order by moved.at) as paid, \
    sum(moved.credited) over (partition by moved.invoice_id order by moved.at) as credited \
    from moved), \
    at_last as (select moved.invoice_id, sum(moved.paid + moved.credited) as settled \
    from moved group by moved.invoice_id), \
    i as (select v.id, v.currency, v.gross_minor - v.credit_applied_minor as due, \
    v.gross_minor <= v.credit_applied_minor or exists (select 1 from run \
    where run.invoice_id = v.id and run.paid > 0 \
    and run.paid + run.credited >= v.gross_minor - v.credit_applied_minor) as was_paid \
    from invoices v where v.merchant_id = $1 and v.created_at <= $3 \
    and v.id in (select f.invoice_id from f where f.place = 1)) \
    select x.id, x.run_id, x.step_key, x.purchased_at, \
    r.exit_reason is not null and r.exit_reason = 'purchased' and r.ended_at <= $3 \
    as ended_early, case when x.is_checkout then coalesce(i.currency, o.currency) \
    else o.currency end as currency, \
    case when x.is_checkout then case when i.was_paid then f.gross_minor else 0 end \
    when o.paid_at <= $3 then o.paid_minor else 0 end as paid, \
    cast(case when x.is_checkout then coalesce((select sum(abs(n.gross_minor)) \
    from credit_note_lines n \
    join credit_notes c on c.merchant_id = n.merchant_id and c.id = n.credit_note_id \
    where c.merchant_id = $1 and c.invoice_id = f.invoice_id \
    and n.line_position = f.position and c.created_at <= $3), 0) \
    + case when coalesce(at_last.settled, 0) < i.due then f.gross_minor else 0 end \
    else coalesce((select sum(b.amount_minor) from order_refunds b \
    where b.merchant_id = $1 and b.order_id = o.id and b.refunded_at <= $3), 0) end \
    as bigint) as back from x \
    join automation_runs r on r.merchant_id = $1 and r.id = x.run_id \
    left join orders o on o.merchant_id = $1 and o.id = x.order_id \
    left join f on x.is_checkout and f.subscription_id = x.subscription_id and f.place = 1 \
    left join i on i.id = f.invoice_id left join at_last on at_last.invoice_id = f.invoice_id \
    where ($4 = 0 or r.version = $4) \
    and (o.cancelled_at is null or o.cancelled_at > $3) order by x.id";

/// The purchases that are put down to this automation: each to the message, of all automations,
/// that was the first to be sent with the code that was redeemed, else that arrived last of those
/// that were read before it and in whose time it lies.
pub async fn list_attributed(
    tx: &mut Tx,
    merchant: &MerchantId,
    asked: &ReportScope,
) -> Result<Vec<AttributedRow>, StoreError> {
    let rows: Vec<AttributionRow> = tx
        .fetch_all(ATTRIBUTED, args![merchant, &asked.automation, asked.as_of, asked.of_version()])
        .await?;
    let attributed = |row: AttributionRow| {
        let place = ColumnPlace { table: "orders", row: &row.id };
        let currency = row.currency.as_deref().map(|code| place.currency(code)).transpose()?;
        Ok(AttributedRow {
            // No more comes back than there was.
            money: currency.map(|currency| (currency, row.paid, row.back.min(row.paid))),
            run: row.run_id,
            step: row.step_key,
            at: row.purchased_at,
            ended_early: row.ended_early,
        })
    };
    rows.into_iter().map(attributed).collect()
}

/// How many runs began between each of these instants and the next, by the place of that instant.
pub async fn count_started(
    tx: &mut Tx,
    merchant: &MerchantId,
    asked: &ReportScope,
    bounds: &[DateTime<Utc>],
) -> Result<BTreeMap<i64, i64>, StoreError> {
    let each = "from automation_runs r where r.merchant_id = $1 and r.automation_id = $2 \
                and ($3 = 0 or r.version = $3) and r.status <> 'holdout' and r.started_at";
    count_between(tx, merchant, asked, each, bounds).await
}

/// How many messages were sent between each of these instants and the next, likewise.
pub async fn count_sent(
    tx: &mut Tx,
    merchant: &MerchantId,
    asked: &ReportScope,
    bounds: &[DateTime<Utc>],
) -> Result<BTreeMap<i64, i64>, StoreError> {
    let each = "from messages m where m.merchant_id = $1 and m.automation_id = $2 \
                and ($3 = 0 or exists (select 1 from automation_runs r \
                where r.merchant_id = $1 and r.id = m.run_id and r.version = $3)) and m.sent_at";
    count_between(tx, merchant, asked, each, bounds).await
}

/// Counts by the place of the instants between which they lie: one part of the statement for each,
/// which ends with the instant that it compares.
async fn count_between(
    tx: &mut Tx,
    merchant: &MerchantId,
    asked: &ReportScope,
    each: &str,
    bounds: &[DateTime<Utc>],
) -> Result<BTreeMap<i64, i64>, StoreError> {
    let column = each.rsplit(' ').next().unwrap_or_default();
    let part = |place: usize| {
        let (from, to) = (place + 4, place + 5);
        let within = format!("{each} >= ${from} and {column} < ${to}");
        format!("select cast({place} as bigint) as place, count(*) {within}")
    };
    let parts: Vec<String> = (0..bounds.len().saturating_sub(1)).map(part).collect();
    if parts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut args = args![merchant, &asked.automation, asked.of_version()];
    args.extend(bounds.iter().map(|at| Arg::from(*at)));
    let text = parts.join(" union all ");
    let rows: Vec<(i64, i64)> = tx.fetch_all(text, args).await?;
    Ok(rows.into_iter().collect())
}

/// How many customers have completed a first purchase, or what else makes them start. What was
/// brought over from elsewhere starts nobody.
pub async fn count_firsts(
    tx: &mut Tx,
    merchant: &MerchantId,
    trigger: Trigger,
    as_of: DateTime<Utc>,
) -> Result<i64, StoreError> {
    let text = match trigger {
        Trigger::FirstOrderDelivered => {
            "select count(distinct customer_id) from orders where merchant_id = $1 \
             and paid_at <= $2 and delivered_at <= $2 \
             and (cancelled_at is null or cancelled_at > $2)"
        }
        Trigger::SubscriptionStarted => {
            "select count(distinct customer_id) from subscriptions \
             where merchant_id = $1 and created_at <= $2"
        }
        Trigger::SubscriptionCancelled => {
            "select count(distinct customer_id) from events where merchant_id = $1 \
             and kind = 'subscription.cancelled' and created_at <= $2"
        }
    };
    let (count,): (i64,) = tx.fetch_one(text, args![merchant, as_of]).await?;
    Ok(count)
}
