//! Webhook endpoints, and how far in the record of events each has come. What is on its way to
//! them stands in [`super::deliveries`].

use chrono::{DateTime, Utc};

use super::automations::list_naming;
use super::definitions::{delete_row, stored};
use super::merchants::lock_counters;
use super::query::SqlQuery;
use super::rows::{ColumnPlace, to_json};
use super::sql::{args, row};
use super::{DependentThing, PAGE_MAX, Page, StoreError, Tx};
use crate::domain::ids::{DeliveryId, EndpointId, EventId, MerchantId};
use crate::domain::webhook::{Endpoint, EndpointStatus, Pattern, Secret, kinds};

/// The columns of [`EndpointRow`].
const COLUMNS: &str = "id, url, events, secret, previous_secrets, disabled_reason, failing_since, \
     silences, resting_until, created_at";

/// An endpoint of any merchant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndpointKey {
    /// The merchant it belongs to.
    pub merchant: MerchantId,
    /// The endpoint.
    pub endpoint: EndpointId,
}

/// Makes an endpoint, which is told of what happens once its own event is recorded: that is the
/// next one of this transaction. False where there is one of this id.
async fn insert_endpoint(
    tx: &mut Tx,
    merchant: &MerchantId,
    endpoint: &Endpoint,
) -> Result<bool, StoreError> {
    let added = tx
        .execute(
            "insert into webhook_endpoints (merchant_id, id, url, events, secret, fanned_out, \
             created_at) values ($1, $2, $3, $4, $5, 0, $6) \
             on conflict (merchant_id, id) do nothing",
            args![
                merchant,
                &endpoint.id,
                &endpoint.url,
                patterns(&endpoint.events)?,
                endpoint.secret.as_str(),
                endpoint.created_at,
            ],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    // Nobody else records an event from here on; the endpoint's row is locked before that.
    lock_counters(tx, merchant).await?;
    tx.execute(
        "update webhook_endpoints set fanned_out = (select event_sequence + 1 from counters \
         where counters.merchant_id = $1) where merchant_id = $1 and id = $2",
        args![merchant, &endpoint.id],
    )
    .await?;
    Ok(true)
}

/// Replaces what a merchant says of an endpoint, and enables it; false where there is none.
async fn replace_endpoint(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
    url: &str,
    events: &[Pattern],
) -> Result<bool, StoreError> {
    let replaced = tx
        .execute(
            "update webhook_endpoints set url = $3, events = $4, disabled_reason = null, \
             failing_since = null, silences = 0, resting_until = null \
             where merchant_id = $1 and id = $2",
            args![merchant, id, url, patterns(events)?],
        )
        .await?;
    Ok(replaced == 1)
}

/// Gives an endpoint another secret; those before stay in force, each until its time. False where
/// there is no such endpoint.
pub async fn rotate_secret(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
    secret: &Secret,
    previous: &[(Secret, DateTime<Utc>)],
) -> Result<bool, StoreError> {
    let previous: Vec<_> =
        previous.iter().map(|(secret, until)| (secret.as_str(), until)).collect();
    let rotated = tx
        .execute(
            "update webhook_endpoints set previous_secrets = $4, secret = $3 \
             where merchant_id = $1 and id = $2",
            args![merchant, id, secret.as_str(), to_json(&previous)?],
        )
        .await?;
    Ok(rotated == 1)
}

async fn endpoint_uses(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
    _: DateTime<Utc>,
) -> Result<Vec<DependentThing>, StoreError> {
    list_naming(tx, merchant, |terms| terms.calls(id)).await
}

stored!(
    Endpoint,
    find_endpoint,
    list_endpoints,
    |tx, merchant, endpoint, _writing| {
        let Endpoint { id, url, events, .. } = &endpoint;
        if insert_endpoint(tx, merchant, &endpoint).await? {
            (endpoint, true)
        } else {
            replace_endpoint(tx, merchant, id, url, events).await?;
            // What it was given when it was made stays.
            let found = find_endpoint(tx, merchant, id).await?;
            (found.ok_or(StoreError::Stale { table: "webhook_endpoints" })?, false)
        }
    },
    uses endpoint_uses,
    delete delete_endpoint,
    is_way_out true
);

/// Removes an endpoint with all that is on its way to it; false where there is none.
async fn delete_endpoint(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
) -> Result<bool, StoreError> {
    tx.execute(
        "delete from webhook_deliveries where merchant_id = $1 and endpoint_id = $2",
        args![merchant, id],
    )
    .await?;
    delete_row(tx, merchant, "webhook_endpoints", id.as_str()).await
}

/// An endpoint.
pub async fn find_endpoint(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
) -> Result<Option<Endpoint>, StoreError> {
    let sql = format!("select {COLUMNS} from webhook_endpoints where merchant_id = $1 and id = $2");
    let row: Option<EndpointRow> = tx.fetch_optional(sql, args![merchant, id]).await?;
    row.map(Endpoint::try_from).transpose()
}

/// A merchant's endpoints, by id.
async fn list_endpoints(
    tx: &mut Tx,
    merchant: &MerchantId,
    page: &Page,
) -> Result<Vec<Endpoint>, StoreError> {
    let query = format!("select {COLUMNS} from webhook_endpoints where merchant_id = $1");
    let (text, args) = SqlQuery::new(query, args![merchant]).page("id", page);
    let rows: Vec<EndpointRow> = tx.fetch_page((text, args), page).await?;
    super::rows::all(rows)
}

/// Notes that an endpoint took a call: whatever was wrong with it is over.
pub async fn note_success(tx: &mut Tx, key: &EndpointKey) -> Result<(), StoreError> {
    // Most calls change nothing, and write nothing.
    tx.execute(
        "update webhook_endpoints set failing_since = null, silences = 0, resting_until = null \
         where merchant_id = $1 and id = $2 and failing_since is not null",
        args![&key.merchant, &key.endpoint],
    )
    .await?;
    Ok(())
}

/// Notes that an endpoint did not take a call; with an answer, its silence is over.
pub async fn note_failure(
    tx: &mut Tx,
    key: &EndpointKey,
    now: DateTime<Utc>,
    is_answered: bool,
) -> Result<(), StoreError> {
    let sql = if is_answered {
        "update webhook_endpoints set failing_since = coalesce(failing_since, $3), silences = 0, \
         resting_until = null where merchant_id = $1 and id = $2 \
         and (failing_since is null or silences > 0)"
    } else {
        "update webhook_endpoints set failing_since = $3 \
         where merchant_id = $1 and id = $2 and failing_since is null"
    };
    tx.execute(sql, args![&key.merchant, &key.endpoint, now]).await?;
    Ok(())
}

/// Leaves an endpoint alone that was silent so often in a row, unless it answers by now.
pub async fn begin_rest(
    tx: &mut Tx,
    key: &EndpointKey,
    silences: u32,
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.execute(
        "update webhook_endpoints set silences = $3, resting_until = $4 \
         where merchant_id = $1 and id = $2 and failing_since is not null",
        args![&key.merchant, &key.endpoint, silences, until],
    )
    .await?;
    Ok(())
}

/// Takes the one call by which an endpoint that was silent is tried: until `until` nobody else
/// tries it.
///
/// # Errors
/// Stale where another has taken it meanwhile.
pub async fn begin_trial(
    tx: &mut Tx,
    key: &EndpointKey,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    let begun = tx
        .execute(
            "update webhook_endpoints set resting_until = $4 where merchant_id = $1 \
             and id = $2 and (resting_until is null or resting_until <= $3)",
            args![&key.merchant, &key.endpoint, now, until],
        )
        .await?;
    if begun == 1 { Ok(()) } else { Err(StoreError::Stale { table: "webhook_endpoints" }) }
}

/// Has an endpoint tried now, even where it is left alone.
pub async fn end_rest(
    tx: &mut Tx,
    merchant: &MerchantId,
    id: &EndpointId,
) -> Result<(), StoreError> {
    tx.execute(
        "update webhook_endpoints set resting_until = null \
         where merchant_id = $1 and id = $2 and resting_until is not null",
        args![merchant, id],
    )
    .await?;
    Ok(())
}

/// Calls an endpoint no more, until it is saved again; false where that holds already.
pub async fn disable_endpoint(
    tx: &mut Tx,
    key: &EndpointKey,
    reason: &str,
) -> Result<bool, StoreError> {
    let disabled = tx
        .execute(
            "update webhook_endpoints set disabled_reason = $3 \
             where merchant_id = $1 and id = $2 and disabled_reason is null",
            args![&key.merchant, &key.endpoint, reason],
        )
        .await?;
    Ok(disabled == 1)
}

/// Enabled endpoints, of all merchants, for which events wait that no delivery was made of.
pub async fn endpoints_behind(tx: &mut Tx) -> Result<Vec<EndpointKey>, StoreError> {
    let rows: Vec<(String, String)> = tx
        .fetch_all(
            "select p.merchant_id, p.id from webhook_endpoints p \
             join counters c on c.merchant_id = p.merchant_id \
             where p.disabled_reason is null and p.fanned_out < c.event_sequence \
             order by p.merchant_id, p.id limit $1",
            args![PAGE_MAX],
        )
        .await?;
    Ok(rows.into_iter().map(key).collect())
}

/// An endpoint for which a delivery may be due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueEndpoint {
    /// The endpoint.
    pub key: EndpointKey,
    /// Whether it did not take the last one.
    pub is_failing: bool,
}

/// Enabled endpoints, of all merchants, for which a delivery may be due: those behind `last`
/// first, so that each has its turn.
pub async fn endpoints_due(
    tx: &mut Tx,
    now: DateTime<Utc>,
    last: Option<&EndpointKey>,
) -> Result<Vec<DueEndpoint>, StoreError> {
    let (merchant, endpoint) =
        last.map_or(("", ""), |last| (last.merchant.as_str(), last.endpoint.as_str()));
    let rows: Vec<(String, String, bool)> = tx
        .fetch_all(
            "select p.merchant_id, p.id, p.failing_since is not null from webhook_endpoints p \
             where p.disabled_reason is null \
             and (p.resting_until is null or p.resting_until <= $1) \
             and exists (select 1 from webhook_deliveries d \
             where d.merchant_id = p.merchant_id and d.endpoint_id = p.id \
             and d.status = 'pending' and d.next_attempt_at <= $1) \
             order by case when p.merchant_id > $2 or (p.merchant_id = $2 and p.id > $3) \
             then 0 else 1 end, p.merchant_id, p.id limit $4",
            args![now, merchant, endpoint, PAGE_MAX],
        )
        .await?;
    let due = |(merchant, id, is_failing)| DueEndpoint { key: key((merchant, id)), is_failing };
    Ok(rows.into_iter().map(due).collect())
}

/// Makes the deliveries of the next events for an endpoint, at most `limit` events; how many
/// events it went on. None are made while another process makes them.
pub async fn fan_out(
    tx: &mut Tx,
    key: &EndpointKey,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<i64, StoreError> {
    let EndpointKey { merchant, endpoint } = key;
    let row: Option<(i64, String)> = tx
        .fetch_optional(
            "select fanned_out, events from webhook_endpoints where merchant_id = $1 \
             and id = $2 and disabled_reason is null for update skip locked",
            args![merchant, endpoint],
        )
        .await?;
    let Some((from, events)) = row else { return Ok(0) };
    let kinds = kinds(&parsed(endpoint, &events)?);
    let (until,): (Option<i64>,) = tx
        .fetch_one(
            "select max(sequence) from (select sequence from events where merchant_id = $1 \
             and sequence > $2 order by sequence limit $3) as following",
            args![merchant, from, limit],
        )
        .await?;
    let Some(until) = until else { return Ok(0) };
    tx.execute(
        "insert into webhook_deliveries (merchant_id, endpoint_id, id, event_sequence, lane, \
         status, next_attempt_at, created_at) \
         select e.merchant_id, $2, 'dlv_' || substr(e.id, 5), e.sequence, \
         coalesce(e.customer_id, e.subject), 'pending', $5, $5 from events e \
         where e.merchant_id = $1 and e.sequence > $3 and e.sequence <= $4 \
         and (e.merchant_id, e.kind) in pairs($1, $6) and e.kind <> 'webhook_endpoint.tested'",
        args![merchant, endpoint, from, until, now, super::sql::list(&kinds)],
    )
    .await?;
    tx.execute(
        "update webhook_endpoints set fanned_out = $3 where merchant_id = $1 and id = $2",
        args![merchant, endpoint, until],
    )
    .await?;
    Ok(until - from)
}

/// Makes the delivery of one event for an endpoint, whatever that asks for.
pub async fn tell(
    tx: &mut Tx,
    key: &EndpointKey,
    event: &EventId,
    now: DateTime<Utc>,
) -> Result<DeliveryId, StoreError> {
    tx.execute(
        "insert into webhook_deliveries (merchant_id, endpoint_id, id, event_sequence, lane, \
         status, next_attempt_at, created_at) \
         select e.merchant_id, $2, 'dlv_' || substr(e.id, 5), e.sequence, e.id, 'pending', $4, $4 \
         from events e where e.merchant_id = $1 and e.id = $3",
        args![&key.merchant, &key.endpoint, event, now],
    )
    .await?;
    let (id,): (String,) = tx
        .fetch_one(
            "select id from webhook_deliveries where merchant_id = $1 and endpoint_id = $2 \
             and lane = $3",
            args![&key.merchant, &key.endpoint, event],
        )
        .await?;
    Ok(DeliveryId::stored(id))
}

fn key((merchant, endpoint): (String, String)) -> EndpointKey {
    EndpointKey { merchant: MerchantId::stored(merchant), endpoint: EndpointId::stored(endpoint) }
}

fn patterns(events: &[Pattern]) -> Result<String, StoreError> {
    to_json(&events.iter().map(ToString::to_string).collect::<Vec<_>>())
}

fn parsed(id: &EndpointId, events: &str) -> Result<Vec<Pattern>, StoreError> {
    let place = ColumnPlace { table: "webhook_endpoints", row: id.as_str() };
    let texts: Vec<String> = place.json("events", events)?;
    texts.iter().map(|text| place.need("events", Pattern::parse(text))).collect()
}

row! {
    struct EndpointRow {
        id: String,
        url: String,
        events: String,
        secret: String,
        previous_secrets: String,
        disabled_reason: Option<String>,
        failing_since: Option<DateTime<Utc>>,
        silences: i64,
        resting_until: Option<DateTime<Utc>>,
        created_at: DateTime<Utc>,
    }
}

impl TryFrom<EndpointRow> for Endpoint {
    type Error = StoreError;

    fn try_from(row: EndpointRow) -> Result<Self, StoreError> {
        let id = EndpointId::stored(row.id);
        let place = ColumnPlace { table: "webhook_endpoints", row: id.as_str() };
        let previous: Vec<(String, DateTime<Utc>)> =
            place.json("previous_secrets", &row.previous_secrets)?;
        let previous = previous.into_iter().map(|(secret, until)| (Secret::stored(secret), until));
        Ok(Self {
            previous: previous.collect(),
            events: parsed(&id, &row.events)?,
            silences: place.need("silences", u32::try_from(row.silences).ok())?,
            id,
            url: row.url,
            secret: Secret::stored(row.secret),
            status: row.disabled_reason.map_or(EndpointStatus::Enabled, EndpointStatus::Disabled),
            failing_since: row.failing_since,
            resting_until: row.resting_until,
            created_at: row.created_at,
        })
    }
}
