//! The one door to the database: opens it, begins, commits and counts. Only this module and
//! [`super::migrate`] know which database it is; what is asked of it is for the others.
//!
//! SQLite has one write connection, owned by the writer (group commit), and a pool of readers;
//! PostgreSQL has one pool.

mod arg;
mod ask;
mod batch;
mod behind;
mod commit;
mod fair_queue;
mod loan;
mod open;
mod pooled;
mod row;
mod shown;
mod statement;
mod texts;
mod tx;
mod write;
mod writer;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::Postgres;
use sqlx::pool::PoolConnection;

pub use arg::Arg;
pub(crate) use arg::{args, list};
pub(crate) use ask::{Answers, AskedQuery};
pub use loan::TransactionEnd;
pub use open::make_private;
use open::{File, Server, Sqlite};
use pooled::PooledTransaction;
pub(crate) use row::{Column, Columns, JsonRow, names_of, row};
pub use statement::Fetch;
pub(super) use statement::PageRows;
pub use tx::{BoxFuture, Tx};
use tx::{Conn, FaultProbe};
pub(crate) use write::Write;
pub(crate) use write::touched;
use writer::WriterJob;

use super::error::StoreError;
use super::migrate::{self, Schema};
use crate::domain::ids::MerchantId;

/// The database. Clones share it.
#[derive(Clone)]
pub struct Store {
    db: Db,
    probe: Arc<FaultProbe>,
}

#[derive(Clone)]
enum Db {
    Sqlite(File),
    Postgres(Server),
}

/// A connection on which nothing was asked yet; it goes back when it is dropped.
pub struct ReadyConnection(ReadyKind);

enum ReadyKind {
    /// It is the writer's to give.
    None,
    Reader(PoolConnection<sqlx::Sqlite>),
    Postgres(PoolConnection<Postgres>),
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
    /// Also [`StoreError::Missing`], where there is no such SQLite file, and
    /// [`StoreError::NotWritable`].
    pub async fn open_existing(url: &str) -> Result<Self, StoreError> {
        Self::open_as(url, Sqlite::Existing).await
    }

    /// The same for whoever only looks: of an SQLite file that may not be written to, no more than
    /// reading is asked.
    ///
    /// # Errors
    /// As [`Store::open_existing`].
    pub async fn open_to_look(url: &str) -> Result<Self, StoreError> {
        Self::open_as(url, Sqlite::Looked).await
    }

    /// Opens an SQLite file that nobody changes, to read it only, and leaves nothing beside it.
    ///
    /// # Errors
    /// As [`Store::open_existing`].
    pub async fn open_copy(file: &str) -> Result<Self, StoreError> {
        Self::open_as(&format!("sqlite:{file}"), Sqlite::Copy).await
    }

    async fn open_as(url: &str, sqlite: Sqlite) -> Result<Self, StoreError> {
        let probe = Arc::new(FaultProbe::default());
        let unknown = || StoreError::Url(open::named_in(url));
        let db = if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                return Err(unknown());
            }
            Db::Sqlite(open::sqlite(path, sqlite, &probe).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Db::Postgres(open::postgres(url).await?)
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
            Db::Postgres(server) => {
                let mut conn = server.pool.acquire().await?;
                // What it prepares is of no use to anybody after it.
                conn.close_on_drop();
                migrate::postgres(&mut conn).await
            }
            Db::Sqlite(File { writer, .. }) => {
                let (reply, answer) = tokio::sync::oneshot::channel();
                let command = WriterJob::Migrate(reply);
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
            Db::Sqlite(_) => (migrate::SQLITE_IS_THERE, migrate::sqlite_versions()),
            Db::Postgres(_) => (migrate::POSTGRES_IS_THERE, migrate::postgres_versions()),
        };
        let mut tx = self.read().await?;
        let (tables,): (i64,) = tx.fetch_one(is_there, Vec::new()).await?;
        if tables == 0 {
            return Ok(Schema::Absent);
        }
        let applied: Vec<(i64,)> = tx.fetch_all(migrate::APPLIED, Vec::new()).await?;
        let applied: Vec<i64> = applied.into_iter().map(|(version,)| version).collect();
        let works_from = if migrate::says_so(&applied) {
            let (from,): (i64,) = tx.fetch_one(migrate::WORKS_FROM, Vec::new()).await?;
            from
        } else {
            0
        };
        Ok(Schema::of(&applied, &known, works_from))
    }

    /// Copies an SQLite book as of one moment into an empty or missing file, while others go on
    /// reading and writing; answers `false` where the book is on PostgreSQL, whose own tools do it.
    ///
    /// # Errors
    /// That the file cannot be written, or the book not be read.
    pub async fn copy_to(&self, file: &str) -> Result<bool, StoreError> {
        let Db::Sqlite(File { readers: Some(readers), .. }) = &self.db else {
            return Ok(false);
        };
        // No transaction may be open around it; the statement is one by itself.
        sqlx::query("vacuum into $1").bind(file).execute(readers).await?;
        Ok(true)
    }

    /// How many connections work, and how many rest. On SQLite these are those that read.
    #[must_use]
    pub fn connections(&self) -> (u32, u32) {
        let (all, idle) = match &self.db {
            Db::Sqlite(file) => match &file.readers {
                Some(readers) => (readers.size(), readers.num_idle()),
                None => (1, 1),
            },
            Db::Postgres(server) => (server.pool.size(), server.pool.num_idle()),
        };
        let idle = u32::try_from(idle).unwrap_or(u32::MAX).min(all);
        (all - idle, idle)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        let (_one,): (i64,) = tx.fetch_one("select cast(1 as bigint)", Vec::new()).await?;
        Ok(())
    }

    /// A connection for what reads, on which nothing was asked yet.
    ///
    /// # Errors
    /// That there is none.
    pub async fn ready(&self) -> Result<ReadyConnection, StoreError> {
        Ok(ReadyConnection(match &self.db {
            Db::Sqlite(File { readers: None, .. }) => ReadyKind::None,
            Db::Sqlite(File { readers: Some(pool), .. }) => {
                ReadyKind::Reader(pool.acquire().await?)
            }
            Db::Postgres(server) => ReadyKind::Postgres(server.pool.acquire().await?),
        }))
    }

    /// The same for what writes. One writer waits for its turn instead.
    ///
    /// # Errors
    /// That there is none.
    pub async fn ready_to_write(&self) -> Result<ReadyConnection, StoreError> {
        match &self.db {
            Db::Sqlite(_) => Ok(ReadyConnection(ReadyKind::None)),
            Db::Postgres(_) => self.ready().await,
        }
    }

    /// Begins a transaction that writes, for a merchant: where one writer does it all, merchants
    /// have their turns. None is what the engine does by itself, which has a turn like anybody.
    /// What it does stays with [`Tx::commit`]; where it is dropped before, nothing of it does.
    ///
    /// On SQLite it has the one connection that writes, and everybody else waits for it. So whoever
    /// holds it is polled until it is committed or dropped: in a task of its own, and never beside
    /// something that is waited for alone, as the branch of a `select!` that is kept for later. In
    /// it one waits for the database only, least of all for another transaction that writes.
    ///
    /// # Errors
    /// That it could not be begun.
    pub async fn write(
        &self,
        whose: Option<MerchantId>,
    ) -> Result<(Tx, TransactionEnd), StoreError> {
        self.write_on(self.ready_to_write().await?, whose, None).await
    }

    /// The same on a connection that there is. A statement of it waits so long at most for its
    /// locks, where that is told.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_on(
        &self,
        ready: ReadyConnection,
        whose: Option<MerchantId>,
        patience: Option<Duration>,
    ) -> Result<(Tx, TransactionEnd), StoreError> {
        match (&self.db, ready.0) {
            (Db::Sqlite(File { writer, .. }), _) => writer::begin(writer, whose).await,
            (Db::Postgres(server), ReadyKind::Postgres(conn)) => {
                let text = server.begins_within(&open::WRITE, patience);
                let mut begun =
                    PooledTransaction::begin_or_replace(conn, &server.pool, &text).await?;
                let end = begun.end_of();
                Ok((self.lent(begun, server), end))
            }
            (Db::Postgres(_), _) => Err(StoreError::Closed),
        }
    }

    /// Begins a transaction that sees one consistent state of the database, and stores nothing.
    ///
    /// # Errors
    /// That it could not be begun.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        self.read_on(self.ready().await?).await
    }

    /// The same on a connection that there is.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub async fn read_on(&self, ready: ReadyConnection) -> Result<Tx, StoreError> {
        let mut tx = match (&self.db, ready.0) {
            (Db::Sqlite(_), ReadyKind::Reader(conn)) => {
                let begun = PooledTransaction::begin(conn, "begin").await?;
                Tx::new(Conn::Reader(begun), Arc::clone(&self.probe))
            }
            (Db::Sqlite(File { writer, .. }), _) => {
                return Ok(writer::begin(writer, None).await?.0);
            }
            (Db::Postgres(server), ReadyKind::Postgres(conn)) => {
                let (pool, text) = (&server.pool, server.begins(&open::READ));
                let begun = PooledTransaction::begin_or_replace(conn, pool, text).await?;
                self.lent(begun, server)
            }
            (Db::Postgres(_), _) => return Err(StoreError::Closed),
        };
        tx.is_look = true;
        Ok(tx)
    }

    /// What is to ask one statement: a round trip, where a transaction around it would take three.
    /// Of two statements the second may see another state of the database.
    ///
    /// # Errors
    /// That there is no connection.
    pub async fn look(&self) -> Result<Tx, StoreError> {
        self.look_on(self.ready().await?).await
    }

    /// The same on a connection that there is.
    ///
    /// # Errors
    /// As [`Store::look`].
    pub async fn look_on(&self, ready: ReadyConnection) -> Result<Tx, StoreError> {
        let conn = match (&self.db, ready.0) {
            (Db::Sqlite(_), ReadyKind::Reader(conn)) => {
                Conn::Reader(PooledTransaction::plain(conn))
            }
            // Behind a pooler only a transaction has its bounds.
            (Db::Postgres(Server { named: true, .. }), ReadyKind::Postgres(conn)) => {
                Conn::Postgres(PooledTransaction::plain(conn))
            }
            (_, kind) => return self.read_on(ReadyConnection(kind)).await,
        };
        Ok(Tx::new(conn, Arc::clone(&self.probe)))
    }

    fn lent(&self, begun: PooledTransaction<Postgres>, server: &Server) -> Tx {
        let mut tx = Tx::new(Conn::Postgres(begun), Arc::clone(&self.probe));
        tx.named = server.named;
        tx
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

    /// For tests: the next `n` transactions that write are undone at their end, as those that the
    /// database takes back because of others.
    pub fn collide(&self, n: u32) {
        self.probe.collisions.store(i64::from(n), Ordering::Relaxed);
    }

    /// For tests: how many faults [`Store::fail_at`] and [`Store::crash_at`] have brought about.
    #[must_use]
    pub fn injected(&self) -> u64 {
        self.probe.injected.load(Ordering::Relaxed)
    }

    /// Whether each transaction that writes has a connection; else one writer does them all.
    #[must_use]
    pub fn writes_apart(&self) -> bool {
        matches!(self.db, Db::Postgres(_))
    }

    /// How many statements have run, commits included.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.probe.statements.load(Ordering::Relaxed)
    }

    /// Ends what is in flight and closes all connections.
    pub async fn close(&self) {
        match &self.db {
            Db::Postgres(server) => server.pool.close().await,
            Db::Sqlite(File { writer, readers }) => {
                if let Some(readers) = readers {
                    readers.close().await;
                }
                let (reply, answer) = tokio::sync::oneshot::channel();
                if writer.send(WriterJob::Close(reply)).await.is_ok() {
                    // An error means that it is closed already.
                    answer.await.unwrap_or_default();
                }
            }
        }
    }
}
