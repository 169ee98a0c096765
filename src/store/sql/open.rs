//! Opens a database, and says how long anything in it may wait.

use std::borrow::Cow;
use std::io::ErrorKind;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection};
use tokio::sync::mpsc;

use super::super::error::StoreError;
use super::tx::FaultProbe;
use super::writer::{Writer, WriterJob};

/// Connections for reading at once, and on PostgreSQL for writing, too.
const CONNECTIONS_MAX: u32 = 16;
/// How long to wait for a connection or a lock; on PostgreSQL [`bounds!`] say it.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(10);
/// What a lock is waited for at least: 0 would be for ever.
const LOCK_TIME_MIN: Duration = Duration::from_millis(50);
/// How long a statement takes at most beside waiting, where somebody waits for its answer.
const WORK_TIME: Duration = Duration::from_secs(1);
/// How long to wait between two tries to open a book that another process is just making.
const TRY_AFTER: Duration = Duration::from_millis(20);
/// A connection that was idle for longer is tried before it is used.
const STALE_AFTER: Duration = Duration::from_secs(1);
/// Prepared statements kept for each connection.
const STATEMENTS_KEPT: usize = 300;
/// Jobs that wait for the writer before callers wait to hand theirs over.
const QUEUE_MAX: usize = 1_024;

/// What bounds everything in PostgreSQL. A session that is idle in a transaction has lost its
/// process: nobody else waits for the locks of the dead.
macro_rules! bounds {
    ($set:literal) => {
        concat!(
            $set,
            "lock_timeout = '10s'; ",
            $set,
            "statement_timeout = '60s'; ",
            $set,
            "idle_in_transaction_session_timeout = '60s'"
        )
    };
}

/// The bounds of a connection that is a session of one's own.
const SESSION: &str = bounds!("set ");

/// How a transaction of PostgreSQL begins.
pub(super) struct Beginning {
    plain: &'static str,
    /// With its bounds: a pooler gives the next one to another session, and knows no settings at
    /// its start.
    bounded: &'static str,
}

macro_rules! beginning {
    ($begin:literal) => {
        Beginning { plain: $begin, bounded: concat!($begin, "; ", bounds!("set local ")) }
    };
}

/// Begins a transaction that writes. It finds its few rows by their keys: a table that was small
/// when a statement was first planned may have grown since, and the plan is kept.
pub(super) const WRITE: Beginning =
    beginning!("begin; set local enable_seqscan = off; set local jit = off");
/// Begins one that sees one state of the database, and writes nothing.
pub(super) const READ: Beginning = beginning!("begin isolation level repeatable read read only");

/// PostgreSQL as it is reached.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) pool: PgPool,
    /// Whether statements are given names: not where the URL says
    /// `statement-cache-capacity=0`, as it must behind a pooler of transactions.
    pub(super) named: bool,
}

impl Server {
    /// The text that begins a transaction.
    pub(super) fn begins(&self, how: &Beginning) -> &'static str {
        if self.named { how.plain } else { how.bounded }
    }

    /// The text that begins one whose statements wait for their locks no longer than so. Whoever
    /// wants a row waits for their turn, and then for the row, each as long as for a lock: only
    /// what bounds the statement bounds both.
    pub(super) fn begins_within(
        &self,
        how: &Beginning,
        patience: Option<Duration>,
    ) -> Cow<'static, str> {
        let text = self.begins(how);
        let Some(patience) = patience else { return text.into() };
        let lock = patience.max(LOCK_TIME_MIN);
        let (lock, all) = (lock.as_millis(), (lock + WORK_TIME).as_millis());
        format!("{text}; set local lock_timeout = {lock}; set local statement_timeout = {all}")
            .into()
    }
}

/// SQLite as it is reached.
#[derive(Clone)]
pub(super) struct File {
    pub(super) writer: mpsc::Sender<WriterJob>,
    /// None in memory, where there is one connection only.
    pub(super) readers: Option<SqlitePool>,
}

/// How an SQLite file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sqlite {
    /// One that is not there is made.
    Made,
    /// It has to be there.
    Existing,
    /// It has to be there, and is only looked at: where it may not be written to, it is read.
    Looked,
    /// It has to be there, and nobody writes to it.
    Copy,
}

/// What SQLite says where a file may not be written to.
const READONLY: u32 = 8;
/// What it says where it cannot open a file, or make one beside it.
const CANTOPEN: u32 = 14;

/// How a file is read that could not be opened to be written to, by whoever only looks. What a
/// server is at work on has its log beside it, in which the latest stands; where there is none,
/// the file is all there is, and nothing is made beside it.
fn to_be_read(
    error: StoreError,
    (path, how): (&str, Sqlite),
    options: SqliteConnectOptions,
) -> Result<SqliteConnectOptions, StoreError> {
    let code = match &error {
        StoreError::Unreachable(sqlx::Error::Database(error)) => error.code(),
        _ => None,
    };
    // The rest of a code says more than is asked here.
    let code = code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
    match (how, code) {
        (Sqlite::Looked, Some(READONLY | CANTOPEN)) => {
            let is_at_work = Path::new(&format!("{path}-wal")).exists();
            Ok(options.immutable(!is_at_work))
        }
        (_, Some(READONLY)) => Err(StoreError::NotWritable(path.to_owned())),
        _ => Err(error),
    }
}

/// What a URL says of the statements that are kept prepared.
fn statements_kept(url: &str) -> usize {
    let (_, query) = url.split_once('?').unwrap_or_default();
    let mut options = query.split('&').filter_map(|option| option.split_once('='));
    let said = options.find(|(name, _)| *name == "statement-cache-capacity");
    said.and_then(|(_, value)| value.parse().ok()).unwrap_or(STATEMENTS_KEPT)
}

pub(super) async fn postgres(url: &str) -> Result<Server, StoreError> {
    let kept = statements_kept(url);
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| StoreError::Url(named_in(url)))?
        .application_name("crossgrade")
        // Nothing here is a float, and poolers do not know it.
        .extra_float_digits(None)
        .statement_cache_capacity(kept)
        .disable_statement_logging();
    // A pool would go on trying; whoever opens wants to know now.
    let first = options.connect().await.map_err(StoreError::Unreachable)?;
    first.close().await.map_err(StoreError::Unreachable)?;
    let pool = PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(WAIT_MAX)
        .test_before_acquire(false)
        .before_acquire(|conn, connection| {
            // One more round trip, but only for those that may have gone stale. That its last
            // transaction has ended is known: only then was it given back.
            Box::pin(async move {
                if connection.idle_for > STALE_AFTER {
                    conn.ping().await?;
                }
                Ok(true)
            })
        })
        .after_connect(move |conn, _| {
            // What is asked outside of a transaction is bounded, too.
            Box::pin(async move {
                if kept > 0 {
                    conn.execute(SESSION).await?;
                }
                Ok(())
            })
        })
        .connect_lazy_with(options);
    Ok(Server { pool, named: kept > 0 })
}

/// Makes the file of a book, or of a copy, with nothing in it; the files that SQLite keeps beside
/// it take over its mode. Personal data and signing secrets stand in it: they are for its owner
/// only.
///
/// # Errors
/// Where there is one already, or none can be made.
pub fn make_private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Connects; again where another process is just making the same book: who sets its journal then
/// is told at once that it is locked, however long we would wait.
async fn connected(options: &SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    let mut left = WAIT_MAX;
    loop {
        match options.connect().await.map_err(StoreError::from) {
            Err(StoreError::Busy(_)) if !left.is_zero() => {
                tokio::time::sleep(TRY_AFTER).await;
                left = left.saturating_sub(TRY_AFTER);
            }
            Err(StoreError::Busy(error) | StoreError::Sql(error)) => {
                return Err(StoreError::Unreachable(error));
            }
            connected => return connected,
        }
    }
}

pub(super) async fn sqlite(
    path: &str,
    how: Sqlite,
    probe: &Arc<FaultProbe>,
) -> Result<File, StoreError> {
    let in_memory = path == ":memory:";
    if !in_memory && !Path::new(path).exists() {
        match how {
            Sqlite::Made => match make_private(Path::new(path)) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(StoreError::Unreachable(error.into()));
                }
                // Made now, or just before by another process.
                _ => {}
            },
            Sqlite::Existing | Sqlite::Looked | Sqlite::Copy => {
                return Err(StoreError::Missing(path.to_owned()));
            }
        }
    }
    // A file of no bytes is no book yet: whoever connects to it writes its first page.
    let is_blank = || Path::new(path).metadata().is_ok_and(|found| found.len() == 0);
    if how != Sqlite::Made && !in_memory && is_blank() {
        return Err(StoreError::Missing(path.to_owned()));
    }
    let options = if in_memory {
        SqliteConnectOptions::new().in_memory(true)
    } else {
        SqliteConnectOptions::new().filename(path)
    };
    let options = options
        .foreign_keys(true)
        .busy_timeout(WAIT_MAX)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .pragma("cache_size", "-32768")
        .pragma("temp_store", "memory")
        .disable_statement_logging();
    let is_copy = how == Sqlite::Copy;
    let options = options.immutable(is_copy);
    let mut writing = options.clone().synchronous(SqliteSynchronous::Full).read_only(is_copy);
    if !is_copy {
        writing = writing.journal_mode(SqliteJournalMode::Wal);
    }
    let (conn, options) = match connected(&writing).await {
        Ok(conn) => (conn, options),
        Err(error) => {
            let options = to_be_read(error, (path, how), options)?;
            (connected(&options.clone().read_only(true)).await?, options)
        }
    };
    let (writer, jobs) = mpsc::channel(QUEUE_MAX);
    tokio::spawn(Writer::new(conn, Arc::clone(probe)).run(jobs));
    let readers = if in_memory {
        None
    } else {
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(WAIT_MAX)
            .test_before_acquire(false)
            .connect_lazy_with(options.read_only(true));
        Some(pool)
    };
    Ok(File { writer, readers })
}

/// What may be told of a URL that cannot be used: where it leads, and never as whom. What is none
/// at all may be a password.
pub(super) fn named_in(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        let scheme = url.split_once(':').map_or("…", |(scheme, _)| scheme);
        return scheme.to_owned();
    };
    let (place, rest) = rest.find(['?', '#']).map_or((rest, ""), |at| rest.split_at(at));
    let (who, place) = place.rsplit_once('@').unwrap_or(("", place));
    let port = place.split('/').next().and_then(|host| host.rsplit_once(':'));
    let is_port = port.is_none_or(|(_, port)| port.bytes().all(|it| it.is_ascii_digit()));
    // A password may hold the signs that end a place, or lack the place behind it.
    if rest.contains('@') || who.is_empty() && !is_port {
        return format!("{scheme}://…");
    }
    format!("{scheme}://{place}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_tells_how_many_statements_are_kept() {
        let table = [
            ("postgres://h/db", STATEMENTS_KEPT),
            ("postgres://h/db?statement-cache-capacity=0", 0),
            ("postgres://h/db?sslmode=disable&statement-cache-capacity=7", 7),
        ];
        for (url, kept) in table {
            assert_eq!(statements_kept(url), kept, "{url}");
        }
    }

    #[test]
    fn a_url_is_told_without_its_password() {
        let table = [
            ("postgres://me:secret@host:5432/db?password=secret", "postgres://host:5432/db"),
            ("postgres://me:sec@ret@host/db", "postgres://host/db"),
            ("mysql://me:secret@host/db", "mysql://host/db"),
            ("postgres://host/db#secret", "postgres://host/db"),
            ("postgres:secret@host", "postgres"),
            ("secret@host", "…"),
            ("postgres://me:sec?ret@host/db", "postgres://…"),
            ("postgres://me:sec#ret@host/db?sslmode=disable", "postgres://…"),
            ("postgres://host/db?password=sec@ret", "postgres://…"),
            ("postgres://me:secret", "postgres://…"),
            ("postgres://me:secret/db", "postgres://…"),
            ("postgres://host:5432/db", "postgres://host:5432/db"),
        ];
        for (url, told) in table {
            assert_eq!(named_in(url), told, "{url}");
        }
    }
}
