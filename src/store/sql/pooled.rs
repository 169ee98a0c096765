//! A connection of a pool, lent to one transaction. Only one whose transaction was seen to end
//! goes back: whoever drops one has it rolled back beside, and of one that is dropped in the middle
//! of a statement nobody knows what the database still believes, so it is closed, and whatever was
//! open in it ends with it. What is in the transaction is for [`super::tx`].

use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, Database, Executor, Pool};
use tokio::runtime::Handle;

use super::super::error::StoreError;
use super::loan::{TransactionEnd, TransactionResult};

/// A connection with a transaction in it.
pub(super) struct PooledTransaction<DB>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// None once it has gone back.
    conn: Option<PoolConnection<DB>>,
    /// Whether a transaction is open in it.
    is_open: bool,
    /// Whether a statement is under way, or has left it in a state that nobody knows.
    is_at_work: bool,
    /// Dropped with it, when it has come to its end.
    end: Option<TransactionResult>,
}

impl<DB> PooledTransaction<DB>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Begins a transaction. Whoever drops this half-way loses the connection, and nothing else.
    pub(super) async fn begin(conn: PoolConnection<DB>, text: &str) -> Result<Self, StoreError> {
        let mut lent = Self { conn: Some(conn), is_open: true, is_at_work: false, end: None };
        lent.run(text).await?;
        Ok(lent)
    }

    /// The same; where the connection turns out to be dead, which nothing was asked on yet, it is
    /// let go and the next of the pool is taken.
    pub(super) async fn begin_or_replace(
        conn: PoolConnection<DB>,
        pool: &Pool<DB>,
        text: &str,
    ) -> Result<Self, StoreError> {
        let mut begun = Self::begin(conn, text).await;
        // As many as there can be in a pool, each of which goes.
        let mut left = pool.options().get_max_connections();
        while let (Err(StoreError::Unreachable(_)), true) = (&begun, left > 0) {
            left -= 1;
            begun = Self::begin(pool.acquire().await?, text).await;
        }
        begun
    }

    /// Lends a connection for one statement, which is a transaction by itself.
    pub(super) fn plain(conn: PoolConnection<DB>) -> Self {
        Self { conn: Some(conn), is_open: false, is_at_work: false, end: None }
    }

    /// Its end, for whoever is to wait until nothing of it is left, no lock either.
    pub(super) fn end_of(&mut self) -> TransactionEnd {
        let (end, ended) = TransactionEnd::awaited();
        self.end = Some(end);
        ended
    }

    /// The connection.
    ///
    /// # Errors
    /// [`StoreError::Closed`] once it has gone back.
    pub(super) fn live(&mut self) -> Result<&mut DB::Connection, StoreError> {
        self.conn.as_deref_mut().ok_or(StoreError::Closed)
    }

    /// A statement begins.
    pub(super) fn at_work(&mut self) {
        self.is_at_work = true;
    }

    /// A statement has ended. After a failure outside of a transaction nobody knows what the
    /// connection is at; within one, its end will tell.
    pub(super) fn answered(&mut self, is_done: bool) {
        self.is_at_work = !is_done && !self.is_open;
    }

    /// Commits or rolls back.
    pub(super) async fn end(mut self, text: &'static str) -> Result<(), StoreError> {
        self.run(text).await?;
        self.is_open = false;
        Ok(())
    }

    /// Without arguments, and so as one message, however many statements it holds.
    async fn run(&mut self, text: &str) -> Result<(), StoreError> {
        self.is_at_work = true;
        // Of ours, with nothing in it that anybody has sent.
        self.live()?.execute(AssertSqlSafe(text.to_owned())).await?;
        self.is_at_work = false;
        Ok(())
    }
}

impl<DB> Drop for PooledTransaction<DB>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    fn drop(&mut self) {
        let Some(mut conn) = self.conn.take() else { return };
        match (self.is_at_work, self.is_open, Handle::try_current()) {
            (false, false, _) => {}
            (false, true, Ok(runtime)) => {
                // Where nobody comes to it, as when the process ends, it is closed.
                let end = self.end.take();
                let lent = Self { conn: Some(conn), is_open: true, is_at_work: true, end };
                runtime.spawn(async move {
                    // An end that fails costs the pool a connection, not the caller.
                    if let Err(error) = lent.end("rollback").await {
                        tracing::debug!(%error, "a transaction did not end cleanly");
                    }
                });
            }
            _ => conn.close_on_drop(),
        }
    }
}
