//! A connection of a pool, lent to one transaction. Only one whose transaction was seen to end
//! goes back: of any other nobody knows what the database still believes, so it is closed, and
//! whatever was open in it ends with it. What is in the transaction is for [`super::tx`].

use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Executor, Pool};

use crate::store::StoreError;

/// A connection with a transaction in it.
pub(super) struct PooledTransaction<DB: Database> {
    conn: PoolConnection<DB>,
    /// Whether the transaction may still be open.
    open: bool,
}

impl<DB> PooledTransaction<DB>
where
    DB: Database,
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    /// Begins a transaction. Whoever drops this half-way loses the connection, and nothing else.
    pub(super) async fn begin(
        conn: PoolConnection<DB>,
        text: &'static str,
    ) -> Result<Self, sqlx::Error> {
        let mut lent = Self { conn, open: true };
        lent.run(text).await?;
        Ok(lent)
    }

    /// The same; where the connection turns out to be dead, which nothing was asked on yet, it is
    /// let go and the next of the pool is taken.
    pub(super) async fn begin_or_replace(
        conn: PoolConnection<DB>,
        pool: &Pool<DB>,
        text: &'static str,
    ) -> Result<Self, StoreError> {
        let mut begun = Self::begin(conn, text).await.map_err(StoreError::from);
        // As many as there can be in a pool, each of which goes.
        let mut left = pool.options().get_max_connections();
        while let (Err(StoreError::Unreachable(_)), true) = (&begun, left > 0) {
            left -= 1;
            begun = Self::begin(pool.acquire().await?, text).await.map_err(StoreError::from);
        }
        begun
    }

    /// Lends a connection for one statement, which is a transaction by itself.
    pub(super) fn plain(conn: PoolConnection<DB>) -> Self {
        Self { conn, open: true }
    }

    /// Gives back what was lent for one statement, now that it has been answered.
    pub(super) fn answered(mut self) {
        self.open = false;
    }

    /// Commits or rolls back.
    pub(super) async fn end(mut self, text: &'static str) -> Result<(), sqlx::Error> {
        self.run(text).await?;
        self.open = false;
        Ok(())
    }

    /// Without arguments, and so as one message, however many statements it holds.
    async fn run(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        (&mut *self.conn).execute(text).await.map(drop)
    }
}

impl<DB: Database> Drop for PooledTransaction<DB> {
    fn drop(&mut self) {
        if self.open {
            self.conn.close_on_drop();
        }
    }
}

impl<DB: Database> Deref for PooledTransaction<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &Self::Target {
        &self.conn
    }
}

impl<DB: Database> DerefMut for PooledTransaction<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.conn
    }
}
