//! SQLite's one writer. It lends its connection to the transactions that wait, one after the other,
//! a savepoint each, commits once, and answers after the commit: the cost of a durable commit is
//! shared. Whose turn is next is for [`super::fair_queue`]; what is done in one is its caller's
//! business.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection, Executor, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::super::error::StoreError;
use super::Tx;
use super::fair_queue::{Group, Turns, WorkOwner};
use super::loan::{LentWriter, Returned, TransactionEnd, TransactionResult};
use super::tx::{Conn, FaultProbe};

/// How long a transaction has the connection until that is told of, again and again.
const LENT_FOR_LONG: Duration = Duration::from_secs(10);

/// Who waits for the connection.
type Loan = oneshot::Sender<Result<(Tx, TransactionEnd), StoreError>>;

/// What the writer is told to do.
pub(super) enum WriterJob {
    Lend(WorkOwner, Loan),
    Migrate(oneshot::Sender<Result<(), StoreError>>),
    Close(oneshot::Sender<()>),
}

/// Waits for a turn with the connection.
pub(super) async fn begin(
    writer: &mpsc::Sender<WriterJob>,
    whose: WorkOwner,
) -> Result<(Tx, TransactionEnd), StoreError> {
    let (loan, lent) = oneshot::channel();
    writer.send(WriterJob::Lend(whose, loan)).await.map_err(|_| StoreError::Closed)?;
    lent.await.map_err(|_| StoreError::Closed)?
}

/// What has arrived and is not done yet.
struct Inbox {
    commands: mpsc::Receiver<WriterJob>,
    loans: Turns<Loan>,
    /// A command that is no loan; it is done after the loans before it.
    other: Option<WriterJob>,
}

impl Inbox {
    /// Takes in what has arrived, so that who came last can have a turn before the others' second.
    fn look(&mut self) {
        while self.other.is_none()
            && let Ok(command) = self.commands.try_recv()
        {
            self.take(command);
        }
    }

    fn take(&mut self, command: WriterJob) {
        match command {
            WriterJob::Lend(whose, loan) => self.loans.add(whose, loan),
            other => self.other = Some(other),
        }
    }

    /// Who is next of those that are committed together.
    fn next(&mut self, group: &mut Group) -> Option<Loan> {
        self.look();
        self.loans.next(group)
    }

    /// Waits until somebody waits, who stays, or gives what is to be done instead; an error where
    /// the last caller is gone.
    async fn wait(&mut self) -> Result<Option<WriterJob>, StoreError> {
        loop {
            self.look();
            if !self.loans.is_empty() {
                return Ok(None);
            }
            if let Some(other) = self.other.take() {
                return Ok(Some(other));
            }
            let command = self.commands.recv().await.ok_or(StoreError::Closed)?;
            self.take(command);
        }
    }
}

/// The connection while nobody has it.
pub(super) struct Writer {
    conn: Box<SqliteConnection>,
    probe: Arc<FaultProbe>,
}

/// What begins the first turn of those that are committed together; as one text, since each is a
/// hop to the thread of the connection and back.
const FIRST_TURN: &str = "begin immediate; savepoint job";
/// What ends a turn and begins the next; the commit ends the last.
const NEXT_TURN: &str = "release job; savepoint job";

/// Who is told what became of the commit.
enum Waiting {
    /// Whose turn it never was.
    Begin(Loan),
    /// Whose writes are to stay.
    Stay(TransactionResult),
    /// Whose writes are undone.
    End(TransactionResult),
}

impl Writer {
    pub(super) fn new(conn: SqliteConnection, probe: Arc<FaultProbe>) -> Self {
        Self { conn: Box::new(conn), probe }
    }

    /// Serves commands until the last caller is gone, or told to close.
    pub(super) async fn run(mut self, commands: mpsc::Receiver<WriterJob>) {
        let mut inbox = Inbox { commands, loans: Turns::default(), other: None };
        while let Ok(command) = inbox.wait().await {
            match command {
                Some(WriterJob::Migrate(reply)) => {
                    // Whoever asked may be gone.
                    drop(reply.send(super::super::migrate::sqlite(&mut self.conn).await));
                }
                Some(WriterJob::Close(reply)) => {
                    inbox.commands.close();
                    if let Err(error) = self.conn.close().await {
                        tracing::warn!(%error, "the database did not close cleanly");
                    }
                    reply.send(()).ok();
                    return;
                }
                _ => match self.group(&mut inbox).await {
                    Some(writer) => self = writer,
                    None => return,
                },
            }
        }
    }

    /// Lends the connection to those who wait, at least to one, and commits once for all of them;
    /// none where it did not come back.
    async fn group(mut self, inbox: &mut Inbox) -> Option<Self> {
        let (mut waiting, mut together) = (Vec::new(), Group::default());
        let (mut sound, mut turn) = (Ok(()), FIRST_TURN);
        while let Some(loan) = inbox.next(&mut together) {
            // Whom nobody waits for any more has no turn.
            if loan.is_closed() {
                continue;
            }
            if sound.is_ok() {
                sound = self.control(std::mem::replace(&mut turn, NEXT_TURN)).await;
            }
            if sound.is_err() {
                waiting.push(Waiting::Begin(loan));
                break;
            }
            let (end, ended) = TransactionEnd::awaited();
            let (lent, returned) = LentWriter::lend(self.conn);
            let tx = Tx::new(Conn::Writer(lent), Arc::clone(&self.probe));
            // Whoever is gone by now gives it back at once.
            drop(loan.send(Ok((tx, ended))));
            let Returned { conn, stays, has_failed } = returned_at_last(returned).await?;
            self.conn = conn;
            if stays.is_none() {
                // A full disk may have ended the transaction, and with it what others did in it.
                sound = self.control("rollback to job").await.map_err(StoreError::at_commit);
            }
            match stays {
                Some(stored) => waiting.push(Waiting::Stay(stored)),
                // Its own failure may be why there is nothing to commit.
                None if has_failed => drop(end.send(Ok(()))),
                None => waiting.push(Waiting::End(end)),
            }
        }
        let committed = match sound {
            // Nobody who waited was there any more.
            Ok(()) if turn == FIRST_TURN => Ok(()),
            Ok(()) => self.commit().await,
            Err(error) => Err(error),
        };
        if committed.is_err() {
            // Where there is no transaction left, that is what we want.
            drop(self.control("rollback").await);
        }
        let mut failure = committed.err();
        for one in waiting {
            let committed = failure.as_mut().map_or(Ok(()), |error| Err(repeat(error)));
            // A caller that has gone away does not need the answer.
            match one {
                Waiting::Begin(loan) => {
                    let failed = committed.err().unwrap_or(StoreError::Closed);
                    drop(loan.send(Err(failed)));
                }
                Waiting::Stay(stored) => drop(stored.send(committed)),
                Waiting::End(end) => drop(end.send(committed)),
            }
        }
        Some(self)
    }

    async fn commit(&mut self) -> Result<(), StoreError> {
        self.probe.step()?;
        self.control("commit").await.map_err(StoreError::at_commit)?;
        self.probe.go_on()
    }

    async fn control(&mut self, sql: &'static str) -> Result<(), StoreError> {
        self.conn.execute(sqlx::query(sql)).await?;
        Ok(())
    }
}

/// Waits for the connection, without which nothing is written: whoever has it and does not go on
/// keeps everybody waiting, and is told of. None where it does not come back.
async fn returned_at_last(mut returned: oneshot::Receiver<Returned>) -> Option<Returned> {
    loop {
        if let Ok(returned) = tokio::time::timeout(LENT_FOR_LONG, &mut returned).await {
            return returned.ok();
        }
        let seconds = LENT_FOR_LONG.as_secs();
        tracing::error!(seconds, "a transaction that writes does not end: everybody waits for it");
    }
}

/// The same failure for the next job: the first gets it whole, the others its message.
fn repeat(error: &mut StoreError) -> StoreError {
    let copy = match error {
        StoreError::Injected => StoreError::Injected,
        StoreError::Closed => StoreError::Closed,
        StoreError::Busy(_) => StoreError::Busy(sqlx::Error::Protocol(error.to_string())),
        StoreError::Full(_) => StoreError::Full(sqlx::Error::Protocol(error.to_string())),
        _ => StoreError::Commit(error.to_string()),
    };
    std::mem::replace(error, copy)
}
