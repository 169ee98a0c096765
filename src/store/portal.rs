//! The addresses at which customers find their portals, by the hash of the token in them. How long
//! one lasts is for `app`.

use chrono::{DateTime, Utc};

use super::sql::{args, row};
use super::{StoreError, Tx};
use crate::domain::ids::{CustomerId, MerchantId, OfferId};

/// Whose portal an address is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalSession {
    /// Who sells.
    pub merchant: MerchantId,
    /// Whose it is.
    pub customer: CustomerId,
    /// In which language it is told, BCP 47.
    pub locale: String,
    /// Where the customer came from.
    pub return_url: Option<String>,
    /// The checkout that was opened from it last.
    pub opened: Option<PortalCheckout>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A checkout that was opened from a portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalCheckout {
    /// The offer to be bought.
    pub offer: OfferId,
    /// The end of the checkout's address.
    pub token: String,
    /// The instant of it.
    pub at: DateTime<Utc>,
}

/// Stores a session that begins at `now`.
pub async fn insert_portal(
    tx: &mut Tx,
    session: &PortalSession,
    hash: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let PortalSession { merchant, customer, locale, return_url, expires_at, .. } = session;
    tx.execute(
        "insert into portal_sessions \
         (merchant_id, hash, customer_id, locale, return_url, created_at, expires_at) \
         values ($1, $2, $3, $4, $5, $6, $7)",
        args![merchant, hash, customer, locale, return_url, now, *expires_at],
    )
    .await?;
    Ok(())
}

/// The session of any merchant whose token has this SHA-256, also where it has ended.
pub async fn find_portal(
    tx: &mut Tx,
    hash: &[u8; 32],
) -> Result<Option<PortalSession>, StoreError> {
    let row: Option<Row> = tx
        .fetch_optional(
            "select merchant_id, customer_id, locale, return_url, opened_offer, opened_token, \
             opened_at, expires_at from portal_sessions where hash = $1",
            args![hash],
        )
        .await?;
    Ok(row.map(PortalSession::from))
}

/// Notes the checkout that was opened from a portal last.
pub async fn save_portal_checkout(
    tx: &mut Tx,
    merchant: &MerchantId,
    hash: &[u8; 32],
    opened: &PortalCheckout,
) -> Result<(), StoreError> {
    tx.execute(
        "update portal_sessions set opened_offer = $3, opened_token = $4, opened_at = $5 \
         where merchant_id = $1 and hash = $2",
        args![merchant, hash, &opened.offer, &opened.token, opened.at],
    )
    .await?;
    Ok(())
}

/// Forgets the sessions of all merchants that have ended; how many.
pub async fn purge_portals(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StoreError> {
    tx.execute("delete from portal_sessions where expires_at <= $1", args![now]).await
}

row! {
    struct Row {
        merchant_id: String,
        customer_id: String,
        locale: String,
        return_url: Option<String>,
        opened_offer: Option<String>,
        opened_token: Option<String>,
        opened_at: Option<DateTime<Utc>>,
        expires_at: DateTime<Utc>,
    }
}

impl From<Row> for PortalSession {
    fn from(row: Row) -> Self {
        let opened = || {
            let (offer, token) = (OfferId::stored(row.opened_offer?), row.opened_token?);
            Some(PortalCheckout { offer, token, at: row.opened_at? })
        };
        Self {
            opened: opened(),
            merchant: MerchantId::stored(row.merchant_id),
            customer: CustomerId::stored(row.customer_id),
            locale: row.locale,
            return_url: row.return_url,
            expires_at: row.expires_at,
        }
    }
}
