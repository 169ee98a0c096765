//! The tables of both databases, embedded, and bringing them up to date. A migration is never
//! changed once released; the next one changes what it made.

use sqlx::SqliteConnection;
use sqlx::migrate::Migrator;

use super::StoreError;

static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// PostgreSQL's.
pub(super) fn postgres() -> &'static Migrator {
    &POSTGRES
}

/// Applies SQLite's.
pub(super) async fn sqlite(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    Ok(SQLITE.run_direct(None, conn, false).await?)
}
