//! Messages of automations: queued, claimed for an attempt, settled after it, and what their
//! providers tell of them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::query::SqlQuery;
use super::rows::{ColumnPlace, all, to_json};
use super::sql::{Arg, Write, args, list, row};
use super::{Page, StoreError, Tx};
use crate::domain::automation::Channel;
use crate::domain::ids::{
    AutomationId, AutomationRunId, CustomerId, EndpointId, MerchantId, MessageId,
};
use crate::domain::message::{
    Message, MessageEventKind, MessageFigure, MessageStatus, MessageTimes, Tokens,
};

/// What [`MessageRow`] reads.
const SELECT: &str = "select m.merchant_id, m.id, m.automation_id, m.run_id, m.step, m.step_key, \
                      m.customer_id, m.channel, m.endpoint_id, m.status, m.attempts, m.error, \
                      m.content, m.window_minutes, m.queued_at, m.next_attempt_at, \
                      m.accepted_at, m.sent_at, \
                      m.delivered_at, m.bounced_at, m.read_at, m.replied_at, m.clicked_at, \
                      m.link_token, m.unsubscribe_token, m.coupon_code, m.checkout_token \
                      from messages m where ";

/// Which messages to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Of this automation.
    pub automation: Option<AutomationId>,
    /// To this customer.
    pub customer: Option<CustomerId>,
    /// Of the step with this key.
    pub step: Option<String>,
    /// With this status.
    pub status: Option<MessageStatus>,
    /// Which this figure of a report counts, as of this moment.
    pub counted: Option<(MessageFigure, DateTime<Utc>)>,
}

/// What a provider tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The provider's name for it.
    pub event: String,
    /// What happened.
    pub kind: MessageEventKind,
    /// The instant of it.
    pub at: DateTime<Utc>,
    /// Whether no person did it.
    pub bot: bool,
}

/// Queues messages.
pub async fn insert_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    messages: &[Message],
) -> Result<(), StoreError> {
    let rows = messages.iter().map(|it| {
        Ok(args![
            merchant,
            &it.id,
            &it.automation,
            &it.run,
            it.step,
            &it.key,
            &it.customer,
            it.channel,
            it.endpoint.as_ref(),
            it.status,
            &it.error,
            (it.status == MessageStatus::Failed).then_some(it.queued_at),
            to_json(&it.content)?,
            it.window_minutes,
            it.queued_at,
            it.next_attempt_at,
            &it.tokens.link,
            &it.tokens.unsubscribe,
            &it.coupon,
        ])
    });
    let rows: Result<Vec<Vec<Arg>>, StoreError> = rows.collect();
    let columns = "merchant_id, id, automation_id, run_id, step, step_key, customer_id, channel, \
                   endpoint_id, status, error, failed_at, content, window_minutes, queued_at, \
                   next_attempt_at, link_token, unsubscribe_token, coupon_code";
    tx.insert_rows("messages", columns, rows?).await?;
    Ok(())
}

/// When customers were last sent something, or will be.
pub async fn last_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, DateTime<Utc>>, StoreError> {
    let rows: Vec<(String, DateTime<Utc>)> = tx
        .fetch_all(
            "select customer_id, max(coalesce(accepted_at, sent_at, queued_at)) from messages \
             where (merchant_id, customer_id) in pairs($1, $2) \
             and status in ('queued', 'sent') group by customer_id",
            args![merchant, list(customers)],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (CustomerId::stored(id), at)).collect())
}

/// When the next message is to be tried, not after an instant.
pub async fn earliest_attempt(
    tx: &mut Tx,
    until: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let (at,): (Option<DateTime<Utc>>,) = tx
        .fetch_one(
            "select min(next_attempt_at) from messages \
             where status = 'queued' and next_attempt_at <= $1",
            args![until],
        )
        .await?;
    Ok(at)
}

/// Merchants with messages of a channel that are to be tried and that nobody has in hand by the
/// clock `outside`. It costs what there are merchants with messages that wait, not messages.
pub async fn merchants_to_send(
    tx: &mut Tx,
    channel: Channel,
    (now, outside): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<MerchantId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "with recursive w(id) as (select min(m.merchant_id) from messages m \
             where m.status = 'queued' and m.channel = $1 union all \
             select (select min(m.merchant_id) from messages m where m.status = 'queued' \
             and m.channel = $1 and m.merchant_id > w.id) from w where w.id is not null) \
             select w.id from w where exists (select 1 from messages m \
             where m.status = 'queued' and m.channel = $1 and m.merchant_id = w.id \
             and m.next_attempt_at <= $2 \
             and (m.claimed_until is null or m.claimed_until <= $3)) order by w.id",
            args![channel, now, outside],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| MerchantId::stored(id)).collect())
}

/// The first messages of a merchant and a channel that are to be tried and that nobody has in hand
/// by the clock `outside`, locked until the transaction ends.
pub async fn lock_due(
    tx: &mut Tx,
    (merchant, channel): (&MerchantId, Channel),
    (now, outside): (DateTime<Utc>, DateTime<Utc>),
    limit: usize,
) -> Result<Vec<Message>, StoreError> {
    let text = format!(
        "{SELECT} m.status = 'queued' and m.channel = $1 and m.merchant_id = $2 \
         and m.next_attempt_at <= $3 and (m.claimed_until is null or m.claimed_until <= $4) \
         order by m.next_attempt_at, m.id limit $5 for update skip locked"
    );
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows: Vec<MessageRow> =
        tx.fetch_all(text, args![channel, merchant, now, outside, limit]).await?;
    all(rows)
}

/// Which of these customers somebody has a message in hand for, by the clock `outside`.
pub async fn with_claimed(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
    outside: DateTime<Utc>,
) -> Result<BTreeSet<CustomerId>, StoreError> {
    let rows: Vec<(String,)> = tx
        .fetch_all(
            "select distinct customer_id from messages \
             where (merchant_id, customer_id) in pairs($1, $2) and status = 'queued' \
             and claimed_until > $3",
            args![merchant, list(customers), outside],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| CustomerId::stored(id)).collect())
}

/// Takes messages in hand, which are locked, for an attempt: until then, by the clock outside, they
/// are nobody else's.
pub async fn claim_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    messages: &[Message],
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    let claimed = messages.iter().map(|it| args![merchant, &it.id, until, i64::from(it.attempts)]);
    let columns = "merchant_id, id, claimed_until, attempts";
    tx.gather([Write::update("messages", columns, 2, claimed.collect())]).await
}

/// Stores what messages say and where they go, which are locked.
pub async fn save_contents(
    tx: &mut Tx,
    merchant: &MerchantId,
    messages: &[Message],
) -> Result<(), StoreError> {
    let row = |it: &Message| Ok(args![merchant, &it.id, to_json(&it.content)?]);
    let rows: Result<Vec<Vec<Arg>>, StoreError> = messages.iter().map(row).collect();
    tx.write(Write::update("messages", "merchant_id, id, content", 2, rows?)).await?;
    Ok(())
}

/// Lets messages wait, which are locked, until they may be tried.
pub async fn postpone_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    messages: &[(MessageId, DateTime<Utc>)],
) -> Result<(), StoreError> {
    let rows = messages.iter().map(|(id, at)| args![merchant, id, *at]);
    let columns = "merchant_id, id, next_attempt_at";
    tx.write(Write::update("messages", columns, 2, rows.collect())).await?;
    Ok(())
}

/// Whether somebody has a message in hand that is to be tried.
pub async fn has_in_hand(
    tx: &mut Tx,
    (now, outside): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, StoreError> {
    let (found,): (i64,) = tx
        .fetch_one(
            "select count(*) from messages where status = 'queued' and next_attempt_at <= $1 \
             and claimed_until > $2",
            args![now, outside],
        )
        .await?;
    Ok(found > 0)
}

/// Frees what was in hand of whoever is gone.
pub async fn release_claims(tx: &mut Tx) -> Result<(), StoreError> {
    let text = "update messages set claimed_until = null \
                where status = 'queued' and claimed_until is not null";
    tx.execute(text, args![]).await?;
    Ok(())
}

/// When customers were last sent something.
pub async fn last_sent(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
) -> Result<BTreeMap<CustomerId, DateTime<Utc>>, StoreError> {
    let rows: Vec<(String, DateTime<Utc>)> = tx
        .fetch_all(
            "select customer_id, max(coalesce(accepted_at, sent_at)) from messages \
             where (merchant_id, customer_id) in pairs($1, $2) and status = 'sent' \
             group by customer_id",
            args![merchant, list(customers)],
        )
        .await?;
    Ok(rows.into_iter().map(|(id, at)| (CustomerId::stored(id), at)).collect())
}

/// These messages, as far as there are.
pub async fn find_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[MessageId],
) -> Result<Vec<Message>, StoreError> {
    let text = format!("{SELECT} (m.merchant_id, m.id) in pairs($1, $2) order by m.id");
    let rows: Vec<MessageRow> = tx.fetch_all(text, args![merchant, list(ids)]).await?;
    all(rows)
}

/// Locks messages until the transaction ends, and gives them.
pub async fn lock_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    ids: &[MessageId],
) -> Result<Vec<Message>, StoreError> {
    let text = format!("{SELECT} (m.merchant_id, m.id) in pairs($1, $2) order by m.id for update");
    let rows: Vec<MessageRow> = tx.fetch_all(text, args![merchant, list(ids)]).await?;
    all(rows)
}

/// Stores what became of messages, which are locked. One that still waits for the same attempt
/// stays in hand of whoever has it; no other does.
pub async fn save_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    messages: &[Message],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let rows = messages.iter().map(|it| {
        let MessageTimes { sent, delivered, bounced, read, replied, clicked } = it.moments;
        let failed = (it.status == MessageStatus::Failed).then_some(now);
        args![
            merchant,
            &it.id,
            it.status,
            &it.error,
            it.next_attempt_at,
            failed,
            it.accepted_at,
            sent,
            delivered,
            bounced,
            read,
            replied,
            clicked,
            it.credit_until(),
        ]
    });
    let columns = "merchant_id, id, status, error, next_attempt_at, failed_at, accepted_at, \
                   sent_at, delivered_at, bounced_at, read_at, replied_at, clicked_at, \
                   credit_until";
    let statement = "update messages set status = v.status, error = v.error, \
         next_attempt_at = v.next_attempt_at, claimed_until = case when v.status = 'queued' \
         and messages.next_attempt_at = v.next_attempt_at then messages.claimed_until end, \
         failed_at = coalesce(messages.failed_at, v.failed_at), accepted_at = v.accepted_at, \
         sent_at = v.sent_at, delivered_at = v.delivered_at, bounced_at = v.bounced_at, \
         read_at = v.read_at, replied_at = v.replied_at, clicked_at = v.clicked_at, \
         credit_until = v.credit_until from v \
         where messages.merchant_id = v.merchant_id and messages.id = v.id";
    tx.gather([Write::over("messages", columns, statement, rows.collect())]).await
}

/// Notes the hosted checkout that the link of a message has opened.
pub async fn save_opened(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &MessageId,
    token: &str,
) -> Result<(), StoreError> {
    let text = "update messages set checkout_token = $3 where merchant_id = $1 and id = $2";
    tx.execute(text, args![merchant, id, token]).await?;
    Ok(())
}

/// Drops what was queued for runs that have ended.
pub async fn drop_queued(
    tx: &mut Tx,
    merchant: &MerchantId,
    runs: &[AutomationRunId],
) -> Result<(), StoreError> {
    tx.execute(
        "update messages set status = 'dropped' where status = 'queued' \
         and (merchant_id, run_id) in pairs($1, $2)",
        args![merchant, list(runs)],
    )
    .await?;
    Ok(())
}

/// Notes what a provider tells of a message; false where it was told before.
pub async fn insert_told(
    tx: &mut Tx,
    merchant: &MerchantId,
    message: &MessageId,
    told: &ProviderEvent,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into message_events (merchant_id, message_id, event_id, kind, happened_at, \
             bot, told_at) values ($1, $2, $3, $4, $5, $6, $7) \
             on conflict (merchant_id, message_id, event_id) do nothing",
            args![merchant, message, &told.event, told.kind, told.at, told.bot, now],
        )
        .await?;
    Ok(added == 1)
}

/// A message.
pub async fn find_message(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &MessageId,
) -> Result<Option<Message>, StoreError> {
    let text = format!("{SELECT} m.merchant_id = $1 and m.id = $2");
    let row: Option<MessageRow> = tx.fetch_optional(text, args![merchant, id]).await?;
    row.map(Message::try_from).transpose()
}

/// The message that shows a link with this token, or by which its customer wants no more.
pub async fn find_by_token(
    tx: &mut Tx,
    token: MessageKey<'_>,
) -> Result<Option<(MerchantId, Message)>, StoreError> {
    let (text, token) = match token {
        MessageKey::Link(token) => (format!("{SELECT} m.link_token = $1"), token),
        MessageKey::Unsubscribe(token) => (format!("{SELECT} m.unsubscribe_token = $1"), token),
    };
    let row: Option<MessageRow> = tx.fetch_optional(text, args![token]).await?;
    let owned = |row: MessageRow| {
        Ok((MerchantId::stored(row.merchant_id.clone()), Message::try_from(row)?))
    };
    row.map(owned).transpose()
}

/// By what a message is found.
#[derive(Debug, Clone, Copy)]
pub enum MessageKey<'t> {
    /// By the link that it shows.
    Link(&'t str),
    /// By the link by which its customer wants no more.
    Unsubscribe(&'t str),
}

/// Messages, by id.
pub async fn list_messages(
    tx: &mut Tx,
    merchant: &MerchantId,
    filter: &MessageFilter,
    page: &Page,
) -> Result<Vec<Message>, StoreError> {
    let is_rare = filter.counted.is_some_and(|(figure, _)| figure != MessageFigure::Sent);
    // What few have is found along an index of those few, and not along one of their automation.
    let automation = if is_rare { "m.automation_id || '' = $?" } else { "m.automation_id = $?" };
    let query = SqlQuery::new(format!("{SELECT} m.merchant_id = $1"), args![merchant])
        .filter(automation, filter.automation.as_ref())
        .filter("m.customer_id = $?", filter.customer.as_ref())
        .filter("m.step_key = $?", filter.step.as_deref())
        .filter("m.status = $?", filter.status.map(MessageStatus::name))
        // As the index of the few says it.
        .only(filter.status.filter(|it| *it != MessageStatus::Sent).map(|_| "m.status <> 'sent'"));
    let query = match filter.counted {
        Some((figure, as_of)) => query.filter(counted(figure), Some(as_of)),
        None => query,
    };
    let (text, args) = query.page("m.id", page);
    let rows: Vec<MessageRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// Which messages a figure of a report counts, as of an instant.
fn counted(figure: MessageFigure) -> &'static str {
    match figure {
        // Nearly all of them: an index by the instant would only have to be sorted.
        MessageFigure::Sent => "m.sent_at is not null and not (m.sent_at > $?)",
        MessageFigure::Delivered => "m.delivered_at <= $?",
        MessageFigure::Read => "m.read_at <= $?",
        MessageFigure::Replied => "m.replied_at <= $?",
        MessageFigure::Clicked => "m.clicked_at <= $?",
        MessageFigure::Bounced => {
            "m.bounced_at <= $? and (m.delivered_at is null or m.delivered_at > $?)"
        }
        MessageFigure::Failed => "m.failed_at <= $? and (m.sent_at is null or m.sent_at > $?)",
    }
}

row! {
    /// What was told of a message.
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub struct ProviderEventRow {
        /// The name under which it was told.
        pub event_id: String,
        /// What happened.
        pub kind: String,
        /// The instant of it.
        pub happened_at: DateTime<Utc>,
        /// Whether no person did it.
        pub bot: bool,
        /// When it was told.
        pub told_at: DateTime<Utc>,
    }
}

/// What was told of a message, in the order in which it happened.
pub async fn list_told(
    tx: &mut Tx,
    merchant: &MerchantId,
    message: &MessageId,
    limit: i64,
) -> Result<Vec<ProviderEventRow>, StoreError> {
    tx.fetch_all(
        "select event_id, kind, happened_at, bot, told_at from message_events \
         where merchant_id = $1 and message_id = $2 \
         order by happened_at, told_at, event_id limit $3",
        args![merchant, message, limit],
    )
    .await
}

row! {
    struct MessageRow {
        merchant_id: String,
        id: String,
        automation_id: String,
        run_id: String,
        step: i64,
        step_key: String,
        customer_id: String,
        channel: String,
        endpoint_id: Option<String>,
        status: String,
        attempts: i64,
        error: Option<String>,
        content: String,
        window_minutes: i64,
        queued_at: DateTime<Utc>,
        next_attempt_at: DateTime<Utc>,
        accepted_at: Option<DateTime<Utc>>,
        sent_at: Option<DateTime<Utc>>,
        delivered_at: Option<DateTime<Utc>>,
        bounced_at: Option<DateTime<Utc>>,
        read_at: Option<DateTime<Utc>>,
        replied_at: Option<DateTime<Utc>>,
        clicked_at: Option<DateTime<Utc>>,
        link_token: Option<String>,
        unsubscribe_token: Option<String>,
        coupon_code: Option<String>,
        checkout_token: Option<String>,
    }
}

impl TryFrom<MessageRow> for Message {
    type Error = StoreError;

    fn try_from(row: MessageRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "messages", row: &row.id };
        Ok(Self {
            channel: place.named("channel", &row.channel)?,
            status: place.named("status", &row.status)?,
            attempts: place.need("attempts", u32::try_from(row.attempts).ok())?,
            content: place.json("content", &row.content)?,
            automation: AutomationId::stored(row.automation_id),
            run: AutomationRunId::stored(row.run_id),
            step: row.step,
            key: row.step_key,
            customer: CustomerId::stored(row.customer_id),
            endpoint: row.endpoint_id.map(EndpointId::stored),
            error: row.error,
            window_minutes: row.window_minutes,
            queued_at: row.queued_at,
            next_attempt_at: row.next_attempt_at,
            accepted_at: row.accepted_at,
            moments: MessageTimes {
                sent: row.sent_at,
                delivered: row.delivered_at,
                bounced: row.bounced_at,
                read: row.read_at,
                replied: row.replied_at,
                clicked: row.clicked_at,
            },
            tokens: Tokens { link: row.link_token, unsubscribe: row.unsubscribe_token },
            coupon: row.coupon_code,
            opened: row.checkout_token,
            id: MessageId::stored(row.id),
        })
    }
}
