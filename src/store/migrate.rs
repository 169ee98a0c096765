//! The tables of both databases, embedded, and bringing them up to date. A migration is never
//! changed once released; the next one changes what it made.

use sqlx::migrate::Migrator;
use sqlx::{Connection, SqliteConnection};

use super::StoreError;

static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// PostgreSQL's.
pub(super) fn postgres() -> &'static Migrator {
    &POSTGRES
}

/// Applies SQLite's, all in one transaction: of two processes that start at once the second waits
/// for the first, and finds its work done. (PostgreSQL's migrator takes a lock of its own.)
pub(super) async fn sqlite(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut tx = conn.begin_with("begin immediate").await?;
    SQLITE.run_direct(None, &mut *tx, false).await?;
    Ok(tx.commit().await?)
}
