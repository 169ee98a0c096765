//! The tables of both databases, embedded, how those of a book stand to them, and bringing them
//! up to date. A migration is never changed once released; the next one changes what it made.
//!
//! A later release may have added to the tables: this program works on them beside it, and after
//! it where somebody goes back. Only where it took away what this program needs does the row of
//! `compatibility` say so, and then this program stops.

use std::sync::LazyLock;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection, Executor, PgConnection, SqlStr, SqliteConnection};

use super::error::StoreError;
use super::planner;

/// The texts below `migrations`, by the name of their file and in its order; `build.rs` writes it.
mod embedded {
    include!(concat!(env!("OUT_DIR"), "/migrations.rs"));
}

static POSTGRES: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = migrator(embedded::POSTGRES);
    // The migrator's own lock is one of the session, which behind a pooler is anybody's.
    migrator.set_locking(false);
    migrator
});
static SQLITE: LazyLock<Migrator> =
    LazyLock::new(|| migrator(&[embedded::SQLITE, MADE_UP].concat()));

#[cfg(not(test))]
const MADE_UP: &[(&str, &str)] = &[];
/// The table of the noun that tests make up.
#[cfg(test)]
const MADE_UP: &[(&str, &str)] = &[super::depots::MIGRATION];

/// What is applied, from texts by names such as `0001_merchants`. One without a number would be
/// nobody's: a test looks for it.
fn migrator(texts: &[(&'static str, &'static str)]) -> Migrator {
    let migrations = texts.iter().filter_map(|(name, text)| {
        let (version, description) = name.split_once('_')?;
        let (kind, text) = (MigrationType::Simple, SqlStr::from_static(text));
        let description = description.replace('_', " ").into();
        Some(Migration::new(version.parse().ok()?, description, kind, text, false))
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // What a later release has applied beside ours is judged by [`Schema`].
    migrator.set_ignore_missing(true);
    migrator
}

/// How many tables say what was applied: none where there is no book.
pub(super) const SQLITE_IS_THERE: &str =
    "select count(*) from sqlite_master where type = 'table' and name = '_sqlx_migrations'";
/// The same on PostgreSQL, where the search path says.
pub(super) const POSTGRES_IS_THERE: &str =
    "select count(*) from pg_catalog.pg_class where oid = to_regclass('_sqlx_migrations')";
/// Which migrations were applied.
pub(super) const APPLIED: &str = "select version from _sqlx_migrations where success";

/// From which migration on a program has to know them to work on these tables.
pub(super) const WORKS_FROM: &str = "select works_from from compatibility where id = 1";
/// The migration that made it possible to say so.
const SAYS_SO: i64 = 85;

/// How the tables of a database stand to those of this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// There is no book yet.
    Absent,
    /// An earlier release made them.
    Older,
    /// They are ours.
    Current,
    /// A later release has added to them, and we can work on them all the same.
    Extended,
    /// A later release has changed them, and we cannot work on them any more.
    Newer,
}

impl Schema {
    /// What the versions that were applied say, given all that this program knows and from which
    /// one on a program has to know them.
    pub(super) fn of(applied: &[i64], known: &[i64], works_from: i64) -> Self {
        let is_whole = known.iter().all(|version| applied.contains(version));
        let is_ours = applied.iter().all(|version| known.contains(version));
        match (is_whole, is_ours) {
            _ if applied.is_empty() => Self::Absent,
            _ if !works_on(known, works_from) => Self::Newer,
            (true, true) => Self::Current,
            (true, false) => Self::Extended,
            (false, true) => Self::Older,
            (false, false) => Self::Newer,
        }
    }
}

/// Whether applied migrations include the one that made the row of `compatibility`.
pub(super) fn says_so(applied: &[i64]) -> bool {
    applied.contains(&SAYS_SO)
}

/// Whether who knows these migrations may work on tables that say so from which one on.
fn works_on(known: &[i64], works_from: i64) -> bool {
    known.iter().max().is_some_and(|latest| *latest >= works_from)
}

/// Refuses tables that say that this program must not work on them any more.
///
/// # Errors
/// [`StoreError::Newer`].
pub(super) fn check_works_from(works_from: i64) -> Result<(), StoreError> {
    static LATEST: LazyLock<Vec<i64>> = LazyLock::new(postgres_versions);
    if works_on(&LATEST, works_from) { Ok(()) } else { Err(StoreError::Newer) }
}

/// Applies PostgreSQL's, all in one transaction, which waits for another one that does the same.
/// The migrator names its statements: none may be there already, nor stay, in a session that a
/// pooler hands on.
pub(super) async fn postgres(conn: &mut PgConnection) -> Result<(), StoreError> {
    let mut tx = conn.begin().await?;
    tx.execute("select pg_advisory_xact_lock(7249018335); deallocate all").await?;
    POSTGRES.run_direct(None, &mut *tx, false).await?;
    tx.execute("deallocate all").await?;
    Ok(tx.commit().await?)
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
/// for the first, and finds its work done. Then tells its planner.
pub(super) async fn sqlite(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut tx = conn.begin_with("begin immediate").await?;
    SQLITE.run_direct(None, &mut *tx, false).await?;
    tx.commit().await?;
    planner::tell(conn).await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a book remembers of a migration, and refuses another text by.
    #[test]
    fn what_is_embedded_is_what_books_were_made_with() {
        for (migrator, texts) in [(&POSTGRES, embedded::POSTGRES), (&SQLITE, embedded::SQLITE)] {
            assert!(migrator.iter().count() >= texts.len());
            let first = migrator.iter().next().expect("a first migration");
            assert_eq!((first.version, &*first.description), (1, "merchants"));
        }
        let names = |texts: &[(&str, &str)]| -> Vec<String> {
            texts.iter().map(|(name, _)| (*name).to_owned()).collect()
        };
        assert_eq!(names(embedded::POSTGRES), names(embedded::SQLITE));
    }

    #[test]
    fn what_was_applied_says_whose_tables_they_are() {
        let table = [
            (&[][..], 0, Schema::Absent),
            (&[1], 0, Schema::Older),
            (&[2, 1], 2, Schema::Current),
            (&[1, 2, 3], 2, Schema::Extended),
            (&[1, 2, 3], 3, Schema::Newer),
            // A later release may have left out one of ours.
            (&[1, 3], 0, Schema::Newer),
        ];
        for (applied, works_from, schema) in table {
            assert_eq!(Schema::of(applied, &[1, 2], works_from), schema, "{applied:?}");
        }
    }
}
