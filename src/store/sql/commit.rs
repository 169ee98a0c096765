//! How a transaction ends so that what it has written stays. Where it is dropped instead, nothing
//! does: see [`super::pooled`] and [`super::loan`].

use std::sync::Arc;

use super::super::error::StoreError;
use super::tx::{Conn, Tx};

impl Tx {
    /// Ends it so that what it has written stays, and answers when that is durable.
    ///
    /// # Errors
    /// That it does not stay: a statement failed before, or the commit does.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.flush().await?;
        self.settle().await?;
        if self.failed {
            return Err(StoreError::Aborted);
        }
        let probe = Arc::clone(&self.probe);
        match self.conn {
            Conn::Writer(lent) => {
                probe.collide()?;
                lent.stay().await
            }
            Conn::Postgres(conn) => {
                probe.step()?;
                probe.collide()?;
                conn.end("commit").await.map_err(StoreError::at_commit)?;
                probe.go_on()
            }
            Conn::Reader(_) => Ok(()),
            Conn::Behind(_) | Conn::Away => Err(StoreError::Closed),
        }
    }
}
