//! The one door to the database: opens it, begins, commits and counts. Only this module and
//! [`super::migrate`] know which database it is; what is asked of it is for the others.
//!
//! SQLite has one write connection, owned by the writer (group commit), and a pool of readers;
//! PostgreSQL has one pool.

mod arg;
mod ask;
mod batch;
mod fair_queue;
mod open;
mod pooled;
mod row;
mod shown;
mod statement;
mod tx;
mod work;
mod write;
mod writer;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tracing::Instrument;

pub use arg::Arg;
pub(crate) use arg::{args, list};
pub(crate) use ask::{Answers, AskedQuery};
pub(crate) use batch::touched;
pub use open::make_private;
use open::{File, Server, Sqlite};
use pooled::PooledTransaction;
pub(crate) use row::{Column, Columns, JsonRow, names_of, row};
pub use statement::Fetch;
pub use tx::{BoxFuture, Tx};
use tx::{Conn, FaultProbe};
use work::StoreWork;
pub(crate) use work::WorkResult;
pub(crate) use write::Write;
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

/// How a transaction of a pool ends that came to something.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TransactionEnd {
    Commit,
    RollBack,
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
        self.read(move |tx| {
            Box::pin(async move {
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
    /// Once begun it is done to its end, also where nobody waits for it any more.
    ///
    /// # Errors
    /// The error of `work`, or that the transaction could not be begun or committed.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        self.write_for(None, work).await
    }

    /// The same for a merchant: where one writer does it all, merchants have their turns. None is
    /// what the engine does by itself, which has a turn like anybody.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_for<T, E, F>(&self, whose: Option<MerchantId>, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (work, kept) = work::forget(work);
        work::answer(self.carry_out(whose, work).await, &kept)
    }

    async fn carry_out(
        &self,
        whose: Option<MerchantId>,
        work: StoreWork,
    ) -> Result<(), StoreError> {
        let Server { pool, named } = match &self.db {
            Db::Sqlite(File { writer, .. }) => return writer::submit(writer, whose, work).await,
            Db::Postgres(server) => server.clone(),
        };
        let conn = pool.acquire().await?;
        let probe = Arc::clone(&self.probe);
        apart(async move {
            let begun = PooledTransaction::begin_or_replace(conn, &pool, open::WRITE).await?;
            let mut tx = Tx::new(Conn::Postgres(begun), probe);
            tx.named = named;
            carry_out(tx, work, TransactionEnd::Commit).await
        })
        .await
    }

    /// Runs `work` on one consistent state of the database, and stores nothing. Where nobody
    /// waits for it any more it ends with the statement that it is at.
    ///
    /// # Errors
    /// The error of `work`, or that the transaction could not be begun.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (work, kept) = work::forget(work);
        work::answer(self.look_at(work).await, &kept)
    }

    async fn look_at(&self, work: StoreWork) -> Result<(), StoreError> {
        let probe = Arc::clone(&self.probe);
        let asking = Arc::new(());
        let asked_by = Some(Arc::downgrade(&asking));
        match &self.db {
            Db::Sqlite(File { writer, readers: None }) => writer::submit(writer, None, work).await,
            Db::Sqlite(File { readers: Some(pool), .. }) => {
                let conn = pool.acquire().await?;
                apart(async move {
                    let mut tx = Tx::new(
                        Conn::Reader(PooledTransaction::begin(conn, "begin").await?),
                        probe,
                    );
                    tx.asked_by = asked_by;
                    carry_out(tx, work, TransactionEnd::RollBack).await
                })
                .await
            }
            Db::Postgres(Server { pool, named }) => {
                let conn = pool.acquire().await?;
                let (pool, named) = (pool.clone(), *named);
                apart(async move {
                    let begun =
                        PooledTransaction::begin_or_replace(conn, &pool, open::READ).await?;
                    let mut tx = Tx::new(Conn::Postgres(begun), probe);
                    (tx.named, tx.asked_by) = (named, asked_by);
                    carry_out(tx, work, TransactionEnd::RollBack).await
                })
                .await
            }
        }
    }

    /// Runs `work`, which asks one statement: a round trip, where a transaction around it would
    /// take three. Of two statements the second may see another state of the database.
    ///
    /// # Errors
    /// The error of `work`, or that there is no connection.
    pub async fn look<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> BoxFuture<'t, Result<T, E>> + Send + 'static,
    {
        let (work, kept) = work::forget(work);
        work::answer(self.look_once(work).await, &kept)
    }

    async fn look_once(&self, work: StoreWork) -> Result<(), StoreError> {
        let probe = Arc::clone(&self.probe);
        match &self.db {
            Db::Sqlite(File { readers: Some(pool), .. }) => {
                let conn = PooledTransaction::plain(pool.acquire().await?);
                apart(look(Tx::new(Conn::Reader(conn), probe), work)).await
            }
            // Behind a pooler only a transaction has its bounds.
            Db::Postgres(Server { pool, named: true }) => {
                let conn = PooledTransaction::plain(pool.acquire().await?);
                apart(look(Tx::new(Conn::Postgres(conn), probe), work)).await
            }
            _ => self.look_at(work).await,
        }
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

/// Does work that holds a connection in a task of its own. A caller may hang up between any two
/// bytes, and a connection must not be left there.
async fn apart(
    work: impl Future<Output = Result<(), StoreError>> + Send + 'static,
) -> Result<(), StoreError> {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down.
            Err(_) => Err(StoreError::Closed),
        },
    }
}

/// Does the work, and ends the transaction before anybody is told.
async fn carry_out(mut tx: Tx, work: StoreWork, end: TransactionEnd) -> Result<(), StoreError> {
    let done = writer::attempt(work, &mut tx).await;
    if end == TransactionEnd::Commit && matches!(done, Ok(true)) {
        if let Err(error) = tx.flush().await {
            roll_back(tx).await;
            return Err(error);
        }
        commit(tx).await?;
    } else {
        roll_back(tx).await;
    }
    done.map_or_else(|panic| std::panic::resume_unwind(panic), |_| Ok(()))
}

/// Does the work of one statement, and gives its connection back.
async fn look(mut tx: Tx, work: StoreWork) -> Result<(), StoreError> {
    let done = writer::attempt(work, &mut tx).await;
    // After a failure nobody knows what the connection is at.
    if !tx.failed && done.is_ok() {
        match tx.conn {
            Conn::Reader(conn) => conn.answered(),
            Conn::Postgres(conn) => conn.answered(),
            Conn::Writer(_) => {}
        }
    }
    done.map_or_else(|panic| std::panic::resume_unwind(panic), |_| Ok(()))
}

/// Ends a transaction of which nothing is to stay. An end that fails costs the pool a connection,
/// not the caller.
async fn roll_back(tx: Tx) {
    let ended = match tx.conn {
        Conn::Reader(conn) => conn.end("rollback").await,
        Conn::Postgres(conn) => conn.end("rollback").await,
        Conn::Writer(_) => Ok(()),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a transaction did not end cleanly");
    }
}

async fn commit(tx: Tx) -> Result<(), StoreError> {
    let ready = if tx.failed { Err(StoreError::Aborted) } else { tx.probe.step() };
    if let Err(error) = ready.and_then(|()| tx.probe.collide()) {
        roll_back(tx).await;
        return Err(error);
    }
    match tx.conn {
        Conn::Postgres(conn) => {
            conn.end("commit").await.map_err(|error| StoreError::from(error).at_commit())?;
        }
        Conn::Reader(_) | Conn::Writer(_) => {}
    }
    tx.probe.go_on()
}
