//! The one door to the database: opens it, begins, commits and counts. Only this module and
//! [`super::migrate`] know which database it is; what is asked of it is for the others.
//!
//! SQLite has one write connection, owned by the writer (group commit), and a pool of readers;
//! PostgreSQL has one pool.

mod arg;
mod error;
mod tx;
mod writer;

use std::future::Future;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::mpsc;

pub use arg::Arg;
pub(crate) use arg::{args, list};
pub use error::StoreError;
use tx::{Conn, Probe};
pub use tx::{Fetch, Tx};
use writer::Command;

use super::migrate::{self, Schema};

/// A boxed future, as `write` and `read` take it: `|tx| Box::pin(async move { … })`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Connections for reading at once, and on PostgreSQL for writing, too.
const CONNECTIONS_MAX: u32 = 16;
/// How long to wait for a connection or a lock.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// A connection that was idle for longer is tried before it is used.
const STALE_AFTER: Duration = Duration::from_secs(5);
/// Prepared statements kept for each connection.
const STATEMENTS_KEPT: usize = 300;
/// Jobs that wait for the writer before callers wait to hand theirs over.
const QUEUE_MAX: usize = 1_024;

/// The database. Clones share it.
#[derive(Clone)]
pub struct Store {
    db: Db,
    probe: Arc<Probe>,
}

/// How an SQLite file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sqlite {
    /// One that is not there is made.
    Made,
    /// It has to be there.
    Existing,
    /// It has to be there, and nobody writes to it.
    Copy,
}

#[derive(Clone)]
enum Db {
    Sqlite {
        writer: mpsc::Sender<Command>,
        /// None in memory, where there is one connection only.
        readers: Option<SqlitePool>,
    },
    Postgres(PgPool),
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens `sqlite:PATH`, `sqlite::memory:` or `postgres://…`. A missing SQLite file is made,
    /// readable for its owner only.
    ///
    /// # Errors
    /// [`StoreError::Url`], or [`StoreError::Unreachable`] where there is no such database.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_as(url, Sqlite::Made).await
    }

    /// The same of a database that is there already.
    ///
    /// # Errors
    /// Also [`StoreError::Missing`], where there is no such SQLite file.
    pub async fn open_existing(url: &str) -> Result<Self, StoreError> {
        Self::open_as(url, Sqlite::Existing).await
    }

    /// Opens an SQLite file that nobody changes, to read it only, and leaves nothing beside it.
    ///
    /// # Errors
    /// As [`Store::open_existing`].
    pub async fn open_copy(file: &str) -> Result<Self, StoreError> {
        Self::open_as(&format!("sqlite:{file}"), Sqlite::Copy).await
    }

    async fn open_as(url: &str, sqlite: Sqlite) -> Result<Self, StoreError> {
        let probe = Arc::new(Probe::default());
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        let unknown = || StoreError::Url(scheme.to_owned());
        let db = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(unknown());
            }
            open_sqlite(path, sqlite, &probe).await?
        } else if matches!(scheme, "postgres" | "postgresql") && url.contains("://") {
            let options = PgConnectOptions::from_str(url).map_err(|_| unknown())?;
            let options = options
                .application_name("crossgrade")
                .statement_cache_capacity(STATEMENTS_KEPT)
                .disable_statement_logging();
            // A pool would go on trying; whoever opens wants to know now.
            let first = options.connect().await.map_err(StoreError::Unreachable)?;
            first.close().await.map_err(StoreError::Unreachable)?;
            let pool = PgPoolOptions::new()
                .max_connections(CONNECTIONS_MAX)
                .acquire_timeout(WAIT_MAX)
                .test_before_acquire(false)
                .before_acquire(|conn, connection| {
                    // One more round trip, but only for those that may have gone stale.
                    Box::pin(async move {
                        if connection.idle_for > STALE_AFTER {
                            conn.ping().await?;
                        }
                        Ok(true)
                    })
                })
                .connect_lazy_with(options);
            Db::Postgres(pool)
        } else {
            return Err(unknown());
        };
        Ok(Self { db, probe })
    }

    /// Brings the tables up to date.
    ///
    /// # Errors
    /// [`StoreError::Migrate`], or that the database is away.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match &self.db {
            Db::Postgres(pool) => Ok(migrate::postgres().run(pool).await?),
            Db::Sqlite { writer, .. } => {
                let (reply, answer) = tokio::sync::oneshot::channel();
                let command = Command::Migrate(reply);
                writer.send(command).await.map_err(|_| StoreError::Closed)?;
                answer.await.map_err(|_| StoreError::Closed)?
            }
        }
    }

    /// How the tables that are there stand to those of this program; nothing is changed.
    ///
    /// # Errors
    /// That the database is away.
    pub async fn schema(&self) -> Result<Schema, StoreError> {
        let (is_there, known) = match &self.db {
            Db::Sqlite { .. } => (migrate::SQLITE_IS_THERE, migrate::sqlite_versions()),
            Db::Postgres(_) => (migrate::POSTGRES_IS_THERE, migrate::postgres_versions()),
        };
        self.read(move |tx| {
            Box::pin(async move {
                let (tables,): (i64,) = tx.fetch_one(is_there, Vec::new()).await?;
                if tables == 0 {
                    return Ok(Schema::Absent);
                }
                let applied: Vec<(i64,)> = tx.fetch_all(migrate::APPLIED, Vec::new()).await?;
                let applied: Vec<i64> = applied.into_iter().map(|(version,)| version).collect();
                Ok(Schema::of(&applied, &known))
            })
        })
        .await
    }

    /// Copies an SQLite book as of one moment into an empty or missing file, while others go on
    /// reading and writing; answers `false` where the book is on PostgreSQL, whose own tools do it.
    ///
    /// # Errors
    /// That the file cannot be written, or the book not be read.
    pub async fn copy_to(&self, file: &str) -> Result<bool, StoreError> {
        let Db::Sqlite { readers: Some(readers), .. } = &self.db else {
            return Ok(false);
        };
        // No transaction may be open around it; the statement is one by itself.
        sqlx::query("vacuum into $1").bind(file).execute(readers).await?;
        Ok(true)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.read(|tx| {
            Box::pin(async move {
                let (_one,): (i64,) = tx.fetch_one("select cast(1 as bigint)", Vec::new()).await?;
                Ok(())
            })
        })
        .await
    }

    /// Runs `work` in a transaction, and commits where it answers `Ok`. It answers after the
    /// commit; `Err` leaves nothing behind, and neither does a panic, which goes on in the caller.
    ///
    /// # Errors
    /// The error of `work`, or that the transaction could not be begun or committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        match &self.db {
            Db::Sqlite { writer, .. } => writer::submit(writer, work).await,
            Db::Postgres(pool) => {
                let begun = pool.begin().await.map_err(StoreError::from)?;
                let mut tx = Tx::new(Conn::Postgres(begun), Arc::clone(&self.probe));
                let done = writer::attempt(work, &mut tx).await;
                if matches!(done, Ok(Ok(_))) {
                    commit(tx).await?;
                } else {
                    // Its locks are gone before anybody is told.
                    roll_back(tx).await;
                }
                done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            }
        }
    }

    /// Runs `work` on one consistent state of the database, and stores nothing.
    ///
    /// # Errors
    /// The error of `work`, or that the transaction could not be begun.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        const SNAPSHOT: &str = "begin isolation level repeatable read read only";
        let conn = match &self.db {
            Db::Sqlite { writer, readers: None } => return writer::submit(writer, work).await,
            Db::Sqlite { readers: Some(pool), .. } => {
                Conn::Reader(pool.begin().await.map_err(StoreError::from)?)
            }
            Db::Postgres(pool) => {
                let begun = pool.begin_with(SNAPSHOT).await;
                Conn::Postgres(begun.map_err(StoreError::from)?)
            }
        };
        let mut tx = Tx::new(conn, Arc::clone(&self.probe));
        let value = work(&mut tx).await;
        roll_back(tx).await;
        value
    }

    /// For tests: the `n`-th statement from now fails; commits count as statements. 0 is never.
    pub fn fail_at(&self, n: u32) {
        let n = i64::from(n);
        self.probe.countdown.store(n, Ordering::Relaxed);
    }

    /// For tests: from the `n`-th step on nothing goes on, as when the server dies; 0 is never.
    /// Statements are steps, and so are a commit and the moment after it.
    pub fn crash_at(&self, n: u32) {
        self.probe.crash.store(i64::from(n), Ordering::Relaxed);
    }

    /// For tests: how many faults [`Store::fail_at`] and [`Store::crash_at`] have brought about.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.probe.injected.load(Ordering::Relaxed)
    }

    /// How many statements have run, commits included.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.probe.statements.load(Ordering::Relaxed)
    }

    /// Ends what is in flight and closes all connections.
    pub async fn close(&self) {
        match &self.db {
            Db::Postgres(pool) => pool.close().await,
            Db::Sqlite { writer, readers } => {
                if let Some(readers) = readers {
                    readers.close().await;
                }
                let (reply, answer) = tokio::sync::oneshot::channel();
                if writer.send(Command::Close(reply)).await.is_ok() {
                    // An error means that it is closed already.
                    answer.await.unwrap_or_default();
                }
            }
        }
    }
}

/// Ends a transaction of which nothing is to stay. An end that fails costs the pool a connection,
/// not the caller.
async fn roll_back(tx: Tx) {
    let ended = match tx.conn {
        Conn::Reader(tx) => tx.rollback().await,
        Conn::Postgres(tx) => tx.rollback().await,
        Conn::Writer(_) => Ok(()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a transaction did not end cleanly");
    }
}

async fn commit(tx: Tx) -> Result<(), StoreError> {
    let ready = if tx.failed { Err(StoreError::Aborted) } else { tx.probe.step() };
    if let Err(error) = ready {
        roll_back(tx).await;
        return Err(error);
    }
    match tx.conn {
        Conn::Postgres(conn) => {
            conn.commit().await.map_err(|error| StoreError::from(error).at_commit())?;
        }
        Conn::Reader(_) | Conn::Writer(_) => {}
    }
    tx.probe.go_on()
}

/// Makes the file of a book with nothing in it; the files that SQLite keeps beside it take over
/// its mode. Personal data and signing secrets stand in it: they are for its owner only.
fn make_private(path: &str) -> Result<(), StoreError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        // Another process was first.
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(StoreError::Unreachable(error.into())),
    }
}

async fn open_sqlite(path: &str, how: Sqlite, probe: &Arc<Probe>) -> Result<Db, StoreError> {
    let in_memory = path == ":memory:";
    if !in_memory && !std::path::Path::new(path).exists() {
        match how {
            Sqlite::Made => make_private(path)?,
            Sqlite::Existing | Sqlite::Copy => return Err(StoreError::Missing(path.to_owned())),
        }
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
    let conn = writing.connect().await.map_err(StoreError::Unreachable)?;
    let (writer, jobs) = mpsc::channel(QUEUE_MAX);
    let tx = Tx::new(Conn::Writer(Box::new(conn)), Arc::clone(probe));
    tokio::spawn(writer::run(tx, jobs));
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
    Ok(Db::Sqlite { writer, readers })
}
