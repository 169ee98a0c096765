//! Signing in to the backend with a key, and being recognised after that. A session lives on the
//! real clock, also where the book has a simulated one, and ends at once with its key.

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::merchant::Settings;
use crate::store::merchants;
use crate::store::sessions::{self, SessionRow};

use super::access::digest;
use super::idempotency::time_outside;
use super::{App, AppError};

pub use crate::store::sessions::SessionRow as StoredSession;

/// For how many hours one may stay signed in.
pub const SESSION_HOURS_MAX: i64 = 12;
/// After how many minutes without a request one is signed out.
const SESSION_IDLE_MINUTES: i64 = 120;
/// A session that was noted as seen this many seconds ago need not be noted again.
const TOUCH_SECONDS: i64 = 60;

/// Somebody who is signed in, and where.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The session.
    pub session: SessionRow,
    /// The merchant's name.
    pub merchant: String,
    /// The merchant's settings.
    pub settings: Settings,
}

/// The earliest beginning of a session that still holds, and the earliest time it was seen.
fn bounds(now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (now - TimeDelta::hours(SESSION_HOURS_MAX), now - TimeDelta::minutes(SESSION_IDLE_MINUTES))
}

impl App {
    /// Begins a session with the key of this digest; its token, or none where the key opens
    /// nothing. The token is nowhere kept.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn sign_in(&self, key: [u8; 32]) -> Result<Option<String>, AppError> {
        let Some(key) = self.authenticate(key).await? else {
            return Ok(None);
        };
        let token = self.ids().token();
        let hash = digest(&token);
        let key = &key;
        self.write(|mut tx| async move {
            let now = time_outside();
            sessions::insert_session(&mut tx, &key.merchant, &key.id, &hash, now).await?;
            tx.commit(()).await
        })
        .await?;
        Ok(Some(token))
    }

    /// The session of a token with whose backend it is; none where it has ended, or its key was
    /// revoked.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn visit(&self, token: &str) -> Result<Option<SignedIn>, AppError> {
        let (hash, now) = (digest(token), time_outside());
        let (begun, seen) = bounds(now);
        let found = self
            .read(|mut tx| async move {
                let found = sessions::find_session(&mut tx, &hash, begun, seen).await?;
                let Some(session) = found else { return Ok(None) };
                let merchant = merchants::find_merchant(&mut tx, &session.merchant).await?;
                let settings = merchants::get_settings(&mut tx, &session.merchant).await?;
                let merchant = merchant.map(|merchant| merchant.name).unwrap_or_default();
                Ok(Some(SignedIn { session, merchant, settings }))
            })
            .await?;
        if let Some(SignedIn { session, .. }) = &found
            && now - session.seen_at > TimeDelta::seconds(TOUCH_SECONDS)
        {
            let merchant = &session.merchant;
            self.write(|mut tx| async move {
                sessions::touch_session(&mut tx, merchant, &hash, now).await?;
                tx.commit(()).await
            })
            .await?;
        }
        Ok(found)
    }

    /// Ends a session. One that has ended before is no error.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn sign_out(&self, session: &SessionRow, token: &str) -> Result<(), AppError> {
        let merchant = &session.merchant;
        let hash = digest(token);
        self.write(|mut tx| async move {
            let done = sessions::delete_session(&mut tx, merchant, &hash).await?;
            tx.commit(done).await
        })
        .await
        .map(drop)
    }

    /// Forgets the sessions that have ended by themselves; how many.
    ///
    /// # Errors
    /// Only where the engine or its database fails.
    pub async fn forget_sessions(&self) -> Result<u64, AppError> {
        let (begun, seen) = bounds(time_outside());
        self.write(|mut tx| async move {
            let done = sessions::purge_sessions(&mut tx, begun, seen).await?;
            tx.commit(done).await
        })
        .await
    }
}
