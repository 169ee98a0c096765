//! What is on its way to webhook endpoints: claimed for an attempt, settled after it. Making the
//! deliveries is for [`super::webhooks`]; what becomes of one, for the rules.

use chrono::{DateTime, Utc};

use super::events::{EventRow, columns};
use super::query::SqlQuery;
use super::rows::ColumnPlace;
use super::sql::{args, list, row};
use super::webhooks::EndpointKey;
use super::{Page, StoreError, Tx};
use crate::domain::event::RecordedEvent;
use crate::domain::ids::{DeliveryId, EndpointId, MerchantId};
use crate::domain::webhook::{ClaimedDelivery, Delivery, DeliveryFate, DeliveryStatus};

/// What [`DeliveryRow`] reads.
macro_rules! delivery {
    ($condition:literal) => {
        concat!(
            "select d.id as delivery_id, d.lane, d.status, d.replayed, d.attempts, \
             d.next_attempt_at, d.last_attempt_at, d.last_status, d.last_error, \
             d.created_at as made_at, ",
            columns!(),
            " from webhook_deliveries d \
             join events e on e.merchant_id = d.merchant_id and e.sequence = d.event_sequence \
             where ",
            $condition
        )
    };
}

/// The deliveries of an endpoint, by id, which is by event.
pub async fn list_deliveries(
    tx: &mut Tx,
    merchant: &MerchantId,
    endpoint: &EndpointId,
    status: Option<DeliveryStatus>,
    page: &Page,
) -> Result<Vec<Delivery>, StoreError> {
    let text = delivery!("d.merchant_id = $1 and d.endpoint_id = $2");
    let (sql, args) = SqlQuery::new(text, args![merchant, endpoint])
        .filter("d.status = $?", status.map(DeliveryStatus::name))
        .page("d.id", page);
    let rows: Vec<DeliveryRow> = tx.fetch_page((sql, args), page).await?;
    super::rows::all(rows)
}

/// A delivery.
pub async fn find_delivery(
    tx: &mut Tx,
    merchant: &MerchantId,
    endpoint: &EndpointId,
    id: &DeliveryId,
) -> Result<Option<Delivery>, StoreError> {
    let text = delivery!("d.merchant_id = $1 and d.endpoint_id = $2 and d.id = $3");
    let row: Option<DeliveryRow> = tx.fetch_optional(text, args![merchant, endpoint, id]).await?;
    row.map(Delivery::try_from).transpose()
}

/// Takes due deliveries of an endpoint for an attempt: until `until` they are nobody else's. One
/// for which an earlier one of its lane has to arrive first is not due.
pub async fn claim_deliveries(
    tx: &mut Tx,
    key: &EndpointKey,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<ClaimedDelivery>, StoreError> {
    let EndpointKey { merchant, endpoint } = key;
    let due: Vec<(String,)> = tx
        .fetch_all(
            "select d.id from webhook_deliveries d where d.merchant_id = $1 \
             and d.endpoint_id = $2 and d.status = 'pending' and d.next_attempt_at <= $3 \
             and (d.replayed or not exists (select 1 from webhook_deliveries b \
             where b.merchant_id = d.merchant_id and b.endpoint_id = d.endpoint_id \
             and b.lane = d.lane and b.status = 'pending' and not b.replayed \
             and b.event_sequence < d.event_sequence)) \
             order by d.next_attempt_at, d.event_sequence limit $4 for update skip locked",
            args![merchant, endpoint, now, limit],
        )
        .await?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let ids = list(due.iter().map(|(id,)| id));
    tx.execute(
        "update webhook_deliveries set attempts = attempts + 1, last_attempt_at = $3, \
         next_attempt_at = $4 where endpoint_id = $2 and (merchant_id, id) in pairs($1, $5)",
        args![merchant, endpoint, now, until, ids.clone()],
    )
    .await?;
    let text = delivery!(
        "d.endpoint_id = $2 and (d.merchant_id, d.id) in pairs($1, $3) order by d.event_sequence"
    );
    let rows: Vec<DeliveryRow> = tx.fetch_all(text, args![merchant, endpoint, ids]).await?;
    rows.into_iter().map(|row| row.claimed(key)).collect()
}

/// Writes down how an attempt ended; false where the delivery is no longer this attempt's, and
/// nothing was written. Those behind it in its lane wait as long as it does.
pub async fn settle_delivery(
    tx: &mut Tx,
    claimed: &ClaimedDelivery,
    fate: &DeliveryFate,
    status: Option<u16>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (state, next, error) = match fate {
        DeliveryFate::Delivered => (DeliveryStatus::Delivered, now, None),
        DeliveryFate::Again { at, error } => (DeliveryStatus::Pending, *at, Some(error)),
        DeliveryFate::Gone { error } => (DeliveryStatus::Pending, now, Some(error)),
        DeliveryFate::Failed { error } => (DeliveryStatus::Failed, now, Some(error)),
    };
    let settled = tx
        .execute(
            "update webhook_deliveries set status = $5, next_attempt_at = $6, last_status = $7, \
             last_error = $8 where merchant_id = $1 and endpoint_id = $2 and id = $3 \
             and status = 'pending' and attempts = $4",
            args![
                &claimed.merchant,
                &claimed.endpoint,
                &claimed.id,
                claimed.attempt,
                state,
                next,
                status.map(i64::from),
                error.cloned(),
            ],
        )
        .await?;
    if settled == 0 {
        return Ok(false);
    }
    // Waiting together keeps those behind from being looked at each time; a lane that has never
    // waited needs no waking.
    let waits = matches!(fate, DeliveryFate::Again { .. });
    if let Some(lane) = claimed.lane.as_ref().filter(|_| waits || claimed.attempt > 1) {
        tx.execute(
            "update webhook_deliveries set next_attempt_at = $5 where merchant_id = $1 \
             and endpoint_id = $2 and lane = $3 and event_sequence > $4 and status = 'pending' \
             and not replayed",
            args![&claimed.merchant, &claimed.endpoint, lane, claimed.event.sequence, next],
        )
        .await?;
    }
    Ok(true)
}

/// Makes a delivery due now. One that has ended begins anew, and neither waits for those of its
/// lane nor lets them wait.
pub async fn replay_delivery(
    tx: &mut Tx,
    merchant: &MerchantId,
    endpoint: &EndpointId,
    id: &DeliveryId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let again = tx
        .execute(
            "update webhook_deliveries set replayed = (replayed or status <> 'pending'), \
             attempts = case when status = 'pending' then attempts else 0 end, \
             status = 'pending', next_attempt_at = $4 \
             where merchant_id = $1 and endpoint_id = $2 and id = $3",
            args![merchant, endpoint, id, now],
        )
        .await?;
    Ok(again == 1)
}

/// Which deliveries are sent once more; `None` is any.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Those that ended like this; none that waits.
    pub status: Option<DeliveryStatus>,
    /// Those of events recorded then or later.
    pub since: Option<DateTime<Utc>>,
    /// Those of events recorded before.
    pub until: Option<DateTime<Utc>>,
}

/// Makes all deliveries due now that have ended as asked, as [`replay_delivery`] makes one; how
/// many.
pub async fn replay_deliveries(
    tx: &mut Tx,
    merchant: &MerchantId,
    endpoint: &EndpointId,
    wanted: &Replayed,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let text = "update webhook_deliveries set replayed = true, attempts = 0, status = 'pending', \
                next_attempt_at = $3 where merchant_id = $1 and endpoint_id = $2 \
                and status <> 'pending'";
    let (text, args) = SqlQuery::new(text, args![merchant, endpoint, now])
        .filter("status = $?", wanted.status.map(DeliveryStatus::name))
        .filter(
            "event_sequence in (select e.sequence from events e \
             where e.merchant_id = $1 and e.created_at >= $?)",
            wanted.since,
        )
        .filter(
            "event_sequence in (select e.sequence from events e \
             where e.merchant_id = $1 and e.created_at < $?)",
            wanted.until,
        )
        .done();
    tx.execute(text, args).await
}

/// How many deliveries of all merchants wait.
pub async fn count_pending(tx: &mut Tx) -> Result<i64, StoreError> {
    let (count,): (i64,) = tx
        .fetch_one("select count(*) from webhook_deliveries where status = 'pending'", Vec::new())
        .await?;
    Ok(count)
}

/// Forgets deliveries of all merchants that ended before an instant; how many.
pub async fn purge_deliveries(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.execute(
        "delete from webhook_deliveries where status <> 'pending' and last_attempt_at < $1",
        args![before],
    )
    .await
}

row! {
    struct DeliveryRow {
        delivery_id: String,
        lane: String,
        status: String,
        replayed: bool,
        attempts: i64,
        next_attempt_at: DateTime<Utc>,
        last_attempt_at: Option<DateTime<Utc>>,
        last_status: Option<i64>,
        last_error: Option<String>,
        made_at: DateTime<Utc>,
        event: EventRow,
    }
}

impl DeliveryRow {
    fn attempts(&self) -> Result<u32, StoreError> {
        let place = ColumnPlace { table: "webhook_deliveries", row: &self.delivery_id };
        place.need("attempts", u32::try_from(self.attempts).ok())
    }

    fn claimed(self, key: &EndpointKey) -> Result<ClaimedDelivery, StoreError> {
        Ok(ClaimedDelivery {
            merchant: key.merchant.clone(),
            endpoint: key.endpoint.clone(),
            attempt: self.attempts()?,
            lane: (!self.replayed).then_some(self.lane),
            id: DeliveryId::stored(self.delivery_id),
            event: RecordedEvent::try_from(self.event)?,
        })
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let place = ColumnPlace { table: "webhook_deliveries", row: &row.delivery_id };
        Ok(Self {
            status: place.named("status", &row.status)?,
            attempts: row.attempts()?,
            next_attempt_at: row.next_attempt_at,
            last_attempt_at: row.last_attempt_at,
            last_status: row.last_status.and_then(|status| u16::try_from(status).ok()),
            last_error: row.last_error,
            created_at: row.made_at,
            id: DeliveryId::stored(row.delivery_id),
            event: RecordedEvent::try_from(row.event)?,
        })
    }
}
