//! The tables of both databases, embedded, how those of a book stand to them, and bringing them
//! up to date. A migration is never changed once released; the next one changes what it made.

use sqlx::migrate::Migrator;
use sqlx::{Connection, SqliteConnection};

use super::StoreError;

static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");
static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");

/// How many tables say what was applied: none where there is no book.
pub(super) const SQLITE_IS_THERE: &str =
    "select count(*) from sqlite_master where type = 'table' and name = '_sqlx_migrations'";
/// The same on PostgreSQL, where the search path says.
pub(super) const POSTGRES_IS_THERE: &str =
    "select count(*) from pg_catalog.pg_class where oid = to_regclass('_sqlx_migrations')";
/// Which migrations were applied.
pub(super) const APPLIED: &str = "select version from _sqlx_migrations where success";

/// What is said of tables that a later release made.
pub const NEWER: &str = concat!(
    "this book was brought up to date by a later release than this crossgrade ",
    env!("CARGO_PKG_VERSION"),
    ": use that release, or restore the backup from before the upgrade"
);

/// How the tables of a database stand to those of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// There is no book yet.
    Absent,
    /// An earlier release made them.
    Older,
    /// They are ours.
    Current,
    /// A later release made them.
    Newer,
}

impl Schema {
    /// What the versions that were applied say, given all that this program knows.
    pub(super) fn of(applied: &[i64], known: &[i64]) -> Self {
        if applied.is_empty() {
            Self::Absent
        } else if applied.iter().any(|version| !known.contains(version)) {
            Self::Newer
        } else if known.iter().all(|version| applied.contains(version)) {
            Self::Current
        } else {
            Self::Older
        }
    }
}

/// PostgreSQL's.
pub(super) fn postgres() -> &'static Migrator {
    &POSTGRES
}

/// The versions of PostgreSQL's.
pub(super) fn postgres_versions() -> Vec<i64> {
    POSTGRES.iter().map(|migration| migration.version).collect()
}

/// The versions of SQLite's.
pub(super) fn sqlite_versions() -> Vec<i64> {
    SQLITE.iter().map(|migration| migration.version).collect()
}

/// Applies SQLite's, all in one transaction: of two processes that start at once the second waits
/// for the first, and finds its work done. (PostgreSQL's migrator takes a lock of its own.)
pub(super) async fn sqlite(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut tx = conn.begin_with("begin immediate").await?;
    SQLITE.run_direct(None, &mut *tx, false).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_applied_says_whose_tables_they_are() {
        let table = [
            (&[][..], Schema::Absent),
            (&[1], Schema::Older),
            (&[2, 1], Schema::Current),
            (&[1, 2, 3], Schema::Newer),
            // A later release may have left out one of ours.
            (&[1, 3], Schema::Newer),
        ];
        for (applied, schema) in table {
            assert_eq!(Schema::of(applied, &[1, 2]), schema, "{applied:?}");
        }
    }
}
