//! Checkouts as they are kept, and which subscriptions they hold.

use chrono::{DateTime, Utc};

use super::query::Query;
use super::rows::{Place, all, to_json};
use super::sql::{args, list};
use super::{Page, StoreError, Tx};
use crate::domain::checkout::{Checkout, CheckoutStatus};
use crate::domain::ids::{CheckoutId, CustomerId, MerchantId, SubscriptionId};

/// Selects [`CheckoutRow`]s, as far as the `where`.
macro_rules! select_checkouts {
    ($rest:literal) => {
        concat!(
            "select merchant_id, id, token, request, locale, metadata, return_url, status, \
             source_id, created_at, expires_at, held_until, preview, stamp, result \
             from checkouts ",
            $rest
        )
    };
}

/// A subscription that a checkout holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldSource {
    /// Whose.
    pub customer: CustomerId,
    /// What is held.
    pub subscription: SubscriptionId,
    /// By which checkout.
    pub checkout: CheckoutId,
    /// Until when.
    pub held_until: DateTime<Utc>,
}

/// Stores a new checkout.
pub async fn insert_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
) -> Result<(), StoreError> {
    tx.execute(
        "insert into checkouts (merchant_id, id, token, customer_id, offer_id, request, locale, \
         metadata, return_url, status, source_id, created_at, expires_at, held_until, preview, \
         stamp, result) \
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
        args![
            merchant,
            &checkout.id,
            &checkout.token,
            &checkout.request.customer,
            &checkout.request.offer,
            to_json(&checkout.request)?,
            &checkout.locale,
            to_json(&checkout.metadata)?,
            &checkout.return_url,
            status_name(checkout.status),
            checkout.source.as_ref(),
            checkout.created_at,
            checkout.expires_at,
            checkout.held_until,
            to_json(&checkout.preview)?,
            &checkout.stamp,
            checkout.result.as_ref().map(to_json).transpose()?,
        ],
    )
    .await?;
    Ok(())
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

/// Stores what may change of a checkout: status, source, preview, stamp, result, `held_until`,
/// `expires_at` and the mode asked for.
pub async fn save_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    checkout: &Checkout,
) -> Result<(), StoreError> {
    let saved = tx
        .execute(
            "update checkouts set request = $3, status = $4, source_id = $5, expires_at = $6, \
             held_until = $7, preview = $8, stamp = $9, result = $10 \
             where merchant_id = $1 and id = $2",
            args![
                merchant,
                &checkout.id,
                to_json(&checkout.request)?,
                status_name(checkout.status),
                checkout.source.as_ref(),
                checkout.expires_at,
                checkout.held_until,
                to_json(&checkout.preview)?,
                &checkout.stamp,
                checkout.result.as_ref().map(to_json).transpose()?,
            ],
        )
        .await?;
    match saved {
        1 => Ok(()),
        _ => Err(StoreError::Stale { table: "checkouts" }),
    }
}

/// Checkouts of one customer or all, by id, which is the order of creation.
pub async fn list_checkouts(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: Option<&CustomerId>,
    page: &Page,
) -> Result<Vec<Checkout>, StoreError> {
    let query = select_checkouts!("where merchant_id = $1");
    let (text, args) =
        Query::new(query, args![merchant]).filter("customer_id = $?", customer).page("id", page);
    let rows: Vec<CheckoutRow> = tx.fetch_all(text, args).await?;
    all(rows)
}

/// The customer's subscriptions that a checkout holds at `now`, and which.
pub async fn held_sources(
    tx: &mut Tx,
    merchant: &MerchantId,
    customer: &CustomerId,
    now: DateTime<Utc>,
) -> Result<Vec<(SubscriptionId, CheckoutId)>, StoreError> {
    let held = held_sources_of(tx, merchant, std::slice::from_ref(customer), now).await?;
    let pairs = held.into_iter().map(|held| (held.subscription, held.checkout));
    Ok(pairs.collect())
}

/// What checkouts of these customers hold at `now`.
pub async fn held_sources_of(
    tx: &mut Tx,
    merchant: &MerchantId,
    customers: &[CustomerId],
    now: DateTime<Utc>,
) -> Result<Vec<HeldSource>, StoreError> {
    let rows: Vec<HeldRow> = tx
        .fetch_all(
            "select customer_id, source_id, id, held_until from checkouts \
             where (merchant_id, customer_id) in pairs($1, $2) and status = 'held' \
             and held_until > $3 and source_id is not null",
            args![merchant, list(customers), now],
        )
        .await?;
    let held = rows.into_iter().map(|row| HeldSource {
        customer: CustomerId::stored(row.customer_id),
        subscription: SubscriptionId::stored(row.source_id),
        checkout: CheckoutId::stored(row.id),
        held_until: row.held_until,
    });
    Ok(held.collect())
}

fn status_name(status: CheckoutStatus) -> &'static str {
    match status {
        CheckoutStatus::Open => "open",
        CheckoutStatus::Held => "held",
        CheckoutStatus::Completed => "completed",
    }
}

#[derive(sqlx::FromRow)]
struct CheckoutRow {
    merchant_id: String,
    id: String,
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
    preview: String,
    stamp: String,
    result: Option<String>,
}

impl TryFrom<CheckoutRow> for Checkout {
    type Error = StoreError;

    fn try_from(row: CheckoutRow) -> Result<Self, StoreError> {
        let place = Place { table: "checkouts", row: &row.id };
        let status = match row.status.as_str() {
            "open" => Some(CheckoutStatus::Open),
            "held" => Some(CheckoutStatus::Held),
            "completed" => Some(CheckoutStatus::Completed),
            _ => None,
        };
        let result = row.result.as_deref();
        Ok(Self {
            request: place.json("request", &row.request)?,
            metadata: place.json("metadata", &row.metadata)?,
            preview: place.json("preview", &row.preview)?,
            result: result.map(|text| place.json("result", text)).transpose()?,
            status: place.need("status", status)?,
            token: row.token,
            locale: row.locale,
            return_url: row.return_url,
            source: row.source_id.map(SubscriptionId::stored),
            created_at: row.created_at,
            expires_at: row.expires_at,
            held_until: row.held_until,
            stamp: row.stamp,
            id: CheckoutId::stored(row.id),
        })
    }
}

#[derive(sqlx::FromRow)]
struct HeldRow {
    customer_id: String,
    source_id: String,
    id: String,
    held_until: DateTime<Utc>,
}
