//! SQLite's one connection that writes, while a transaction has it, and what that transaction is
//! told of its end. Who has it next is for [`super::writer`].

use sqlx::SqliteConnection;
use tokio::sync::oneshot;

use super::super::error::StoreError;

/// What became of a transaction, for who waits for it.
pub(super) type TransactionResult = oneshot::Sender<Result<(), StoreError>>;

/// The end of a transaction that did not commit: before it, its locks are in the way of others.
/// And where several share a commit, what one of them has read may not stay, and is worth telling
/// only when all is stored.
#[derive(Debug)]
pub struct TransactionEnd(oneshot::Receiver<Result<(), StoreError>>);

impl TransactionEnd {
    /// One that is told.
    pub(super) fn awaited() -> (TransactionResult, Self) {
        let (end, ended) = oneshot::channel();
        (end, Self(ended))
    }

    /// Waits for it.
    ///
    /// # Errors
    /// That what the transaction has read does not stand, so that nothing may be told of it.
    pub async fn reached(self) -> Result<(), StoreError> {
        // It has nothing to tell where it had a connection, or a commit, of its own.
        self.0.await.unwrap_or(Ok(()))
    }
}

/// The connection that writes, lent to one transaction; it goes back when this is dropped.
pub(super) struct LentWriter {
    conn: Option<Box<SqliteConnection>>,
    back: Option<oneshot::Sender<Returned>>,
    has_failed: bool,
}

/// The connection when it has come back.
pub(super) struct Returned {
    pub(super) conn: Box<SqliteConnection>,
    /// Who waits until it is stored, where what was done is to stay.
    pub(super) stays: Option<TransactionResult>,
    /// Whether a statement failed.
    pub(super) has_failed: bool,
}

impl LentWriter {
    /// Lends the connection; what is waited for to have it back.
    pub(super) fn lend(conn: Box<SqliteConnection>) -> (Self, oneshot::Receiver<Returned>) {
        let (back, returned) = oneshot::channel();
        (Self { conn: Some(conn), back: Some(back), has_failed: false }, returned)
    }

    /// The connection.
    ///
    /// # Errors
    /// [`StoreError::Closed`] once it has gone back.
    pub(super) fn live(&mut self) -> Result<&mut SqliteConnection, StoreError> {
        self.conn.as_deref_mut().ok_or(StoreError::Closed)
    }

    /// A statement has ended.
    pub(super) fn answered(&mut self, is_done: bool) {
        self.has_failed |= !is_done;
    }

    /// Gives it back so that what was done stays, and waits until that is durable.
    pub(super) async fn stay(mut self) -> Result<(), StoreError> {
        let (stays, stored) = oneshot::channel();
        self.give_back(Some(stays));
        stored.await.unwrap_or(Err(StoreError::Closed))
    }

    fn give_back(&mut self, stays: Option<TransactionResult>) {
        if let (Some(conn), Some(back)) = (self.conn.take(), self.back.take()) {
            // A writer that has gone does not need it.
            drop(back.send(Returned { conn, stays, has_failed: self.has_failed }));
        }
    }
}

impl Drop for LentWriter {
    fn drop(&mut self) {
        self.give_back(None);
    }
}
