//! The append-only record of everything that happened.

use chrono::{DateTime, Utc};

use super::merchants::{Counters, take_numbers};
use super::query::SqlQuery;
use super::rows::{ColumnPlace, all, to_json};
use super::sql::{args, row};
use super::{PAGE_MAX, Page, StoreError, Tx};
use crate::domain::actor::{Actor, ActorKind};
use crate::domain::event::RecordedEvent;
use crate::domain::ids::{CustomerId, EventId, Ids, KeyId, MerchantId};
use crate::domain::new_event::Event;

/// The columns of [`EventRow`], of events named `e`. The page of a document is read with what is
/// told of it: its address is its own, and none is recorded.
macro_rules! event_columns {
    () => {
        "e.sequence, e.id, e.kind, e.subject, e.customer_id, e.data, e.key_id, e.actor, \
         e.created_at, case when e.kind like 'invoice.%' then (select i.token from invoices i \
         where i.merchant_id = e.merchant_id and i.id = e.subject) \
         when e.kind like 'credit_note.%' then (select n.token from credit_notes n \
         where n.merchant_id = e.merchant_id and n.id = e.subject) end as token"
    };
}
pub(super) use event_columns as columns;

/// Selects [`EventRow`]s, as far as the `where`.
macro_rules! select_events {
    ($rest:literal) => {
        concat!("select ", event_columns!(), " from events e ", $rest)
    };
}

/// Records events that belong to no plan; answers with their ids.
pub async fn insert_events(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    events: &[Event],
    ids: &mut Ids,
) -> Result<Vec<EventId>, StoreError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let numbers = take_numbers(tx, merchant, Counters::of(0, 0, events.len())).await?;
    insert_numbered(tx, merchant, now, events.iter(), numbers.event, ids).await
}

/// Events that follow the sequence `after` (0 is the beginning), in order.
pub async fn list_events(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: i64,
    limit: i64,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let rows: Vec<EventRow> = tx
        .fetch_all(
            select_events!("where merchant_id = $1 and sequence > $2 order by sequence limit $3"),
            args![merchant, after, limit.clamp(0, PAGE_MAX)],
        )
        .await?;
    all(rows)
}

/// Events of what a merchant defines, which belong to no customer, by id.
pub async fn list_definitions(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let query = select_events!("where merchant_id = $1 and customer_id is null");
    let (text, args) = SqlQuery::new(query, args![merchant]).page("id", page);
    let rows: Vec<EventRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// Which events of a time to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventRange<'a> {
    /// All.
    Any,
    /// What customers and merchants decided and what became of it: checkouts, changes,
    /// cancellations.
    Decisions,
    /// Those of a kind, by its name.
    Kind(&'a str),
}

/// Events behind `after`, by id. What is read grows with the time since then.
pub async fn list_since(
    tx: &mut Tx,
    merchant: &MerchantId,
    after: &EventId,
    wanted: EventRange<'_>,
    page: &Page,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let (kind, decisions) = match wanted {
        EventRange::Any => (None, None),
        EventRange::Decisions => (
            None,
            Some(
                "kind in ('checkout.completed', 'scheduled_change.applied', \
                 'scheduled_change.withdrawn', 'scheduled_change.failed', \
                 'subscription.cancelled', 'subscription.uncancelled')",
            ),
        ),
        EventRange::Kind(kind) => (Some(kind), None),
    };
    let query = select_events!("where merchant_id = $1 and id > $2");
    let (text, args) = SqlQuery::new(query, args![merchant, after])
        .filter("kind = $?", kind)
        .only(decisions)
        .page("id", page);
    let rows: Vec<EventRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// Checkouts that were refused, by id: of one customer, or of all.
pub async fn list_refusals(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &Option<CustomerId>,
    page: &Page,
) -> Result<Vec<RecordedEvent>, StoreError> {
    let query = select_events!("where merchant_id = $1 and kind = 'checkout.refused'");
    let (text, args) = SqlQuery::new(query, args![merchant])
        .filter("customer_id = $?", customer.as_ref())
        .page("id", page);
    let rows: Vec<EventRow> = tx.fetch_page((text, args), page).await?;
    all(rows)
}

/// An event.
pub async fn find_event(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EventId,
) -> Result<Option<RecordedEvent>, StoreError> {
    let row: Option<EventRow> = tx
        .fetch_optional(select_events!("where merchant_id = $1 and id = $2"), args![merchant, id])
        .await?;
    row.map(RecordedEvent::try_from).transpose()
}

/// Records events with the sequences that follow `sequence`, which the caller has taken; answers
/// with their ids.
pub(super) async fn insert_numbered<'e>(
    tx: &mut Tx,
    merchant: &MerchantId,
    now: DateTime<Utc>,
    events: impl Iterator<Item = &'e Event>,
    mut sequence: i64,
    ids: &mut Ids,
) -> Result<Vec<EventId>, StoreError> {
    let key = tx.actor().and_then(Actor::key).cloned();
    let visitor = tx.actor().filter(|_| key.is_none()).map(Actor::kind);
    let mut made = Vec::new();
    let mut rows = Vec::new();
    for event in events {
        debug_assert_eq!(event.kind.data(), event.data.shape(), "{}", event.kind);
        sequence += 1;
        let id = EventId::fresh(ids);
        rows.push(args![
            merchant,
            sequence,
            &id,
            event.kind,
            &event.subject,
            event.customer.as_ref(),
            to_json(&event.data)?,
            key.as_ref(),
            visitor.map(ActorKind::name),
            now,
        ]);
        made.push(id);
    }
    let columns =
        "merchant_id, sequence, id, kind, subject, customer_id, data, key_id, actor, created_at";
    tx.insert_rows("events", columns, rows).await?;
    Ok(made)
}

row! {
    pub(super) struct EventRow {
        sequence: i64,
        id: String,
        kind: String,
        subject: String,
        customer_id: Option<String>,
        data: String,
        key_id: Option<String>,
        actor: Option<String>,
        created_at: DateTime<Utc>,
        token: Option<String>,
    }
}

impl TryFrom<EventRow> for RecordedEvent {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "events", row: &row.id };
        let visitor = row.actor.as_deref().map(|name| place.named("actor", name)).transpose()?;
        Ok(Self {
            data: place.json("data", &row.data)?,
            actor: visitor.or(row.key_id.as_ref().map(|_| ActorKind::Key)),
            sequence: row.sequence,
            kind: row.kind,
            subject: row.subject,
            customer: row.customer_id.map(CustomerId::stored),
            key: row.key_id.map(KeyId::stored),
            created_at: row.created_at,
            document: row.token,
            id: EventId::stored(row.id),
        })
    }
}
