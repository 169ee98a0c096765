//! SQLite's one writer. It takes the jobs that wait into one transaction, a savepoint each,
//! commits once, and answers after the commit: the cost of a durable commit is shared. Whose job
//! is next is for [`super::fair_queue`]; what a job does is its caller's business.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::Poll;

use sqlx::{Connection, Executor};
use tokio::sync::{mpsc, oneshot};
use tracing::Instrument;

use super::super::error::StoreError;
use super::Tx;
use super::fair_queue::{Group, Turns, WorkOwner};
use super::tx::Conn;
use super::work::StoreWork;

/// What the writer is told to do.
pub(super) enum WriterJob {
    Job(WorkOwner, Job),
    Migrate(oneshot::Sender<Result<(), StoreError>>),
    Close(oneshot::Sender<()>),
}

/// What a panic carries.
type Payload = Box<dyn Any + Send>;

/// What came of a job.
enum Outcome {
    /// Its work came to its end; whether what it did may stay.
    Worked(bool),
    /// It may not stay, whatever its work came to.
    Broke(StoreError),
    Panicked(Payload),
}

/// A caller's work, and who waits for it.
pub(super) struct Job {
    work: Option<StoreWork>,
    outcome: Option<Outcome>,
    /// Whether one of its statements failed.
    failed: bool,
    reply: oneshot::Sender<Outcome>,
    span: tracing::Span,
}

/// Hands `work` to the writer and waits for its end. A panic in it goes on in the caller.
pub(super) async fn submit(
    writer: &mpsc::Sender<WriterJob>,
    whose: WorkOwner,
    work: StoreWork,
) -> Result<(), StoreError> {
    let (reply, answer) = oneshot::channel();
    let span = tracing::Span::current();
    let job = Job { work: Some(work), outcome: None, failed: false, reply, span };
    writer.send(WriterJob::Job(whose, job)).await.map_err(|_| StoreError::Closed)?;
    match answer.await.map_err(|_| StoreError::Closed)? {
        Outcome::Worked(_) => Ok(()),
        Outcome::Broke(error) => Err(error),
        Outcome::Panicked(payload) => std::panic::resume_unwind(payload),
    }
}

impl Job {
    /// Does the work; whether it may stay.
    async fn run(&mut self, tx: &mut Tx) -> bool {
        let Some(work) = self.work.take() else { return false };
        let done = attempt(work, tx).instrument(self.span.clone()).await;
        let flushed = if matches!(done, Ok(true)) { tx.flush().await } else { Ok(()) };
        tx.waiting.clear();
        let outcome = match (done, flushed) {
            (Err(payload), _) => Outcome::Panicked(payload),
            (Ok(_), Err(error)) => Outcome::Broke(error),
            (Ok(true), Ok(())) if tx.failed => Outcome::Broke(StoreError::Aborted),
            (Ok(true), Ok(())) => match tx.probe.collide() {
                Ok(()) => Outcome::Worked(true),
                Err(error) => Outcome::Broke(error),
            },
            (Ok(false), Ok(())) => Outcome::Worked(false),
        };
        let stays = matches!(outcome, Outcome::Worked(true));
        self.outcome = Some(outcome);
        self.failed = tx.failed;
        stays
    }

    /// Tells the caller, now that the commit has come about or not.
    fn answer(self, committed: Result<(), StoreError>) {
        let outcome = match (committed, self.outcome) {
            (_, Some(Outcome::Panicked(payload))) => Outcome::Panicked(payload),
            (Ok(()), Some(outcome)) => outcome,
            // Its own failure, which may be why there was nothing to commit.
            (Err(_), Some(outcome @ (Outcome::Worked(false) | Outcome::Broke(_))))
                if self.failed =>
            {
                outcome
            }
            // What it answered rested on jobs before it that are not there now.
            (Err(error), _) => Outcome::Broke(error),
            (Ok(()), None) => Outcome::Broke(StoreError::Closed),
        };
        // A caller that has gone away does not need the answer.
        drop(self.reply.send(outcome));
    }

    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }
}

/// Does the work, and turns a panic into a value.
pub(super) async fn attempt(work: StoreWork, tx: &mut Tx) -> Result<bool, Payload> {
    let mut future = std::panic::catch_unwind(AssertUnwindSafe(|| work(tx)))?;
    std::future::poll_fn(move |context| {
        let future: Pin<&mut _> = future.as_mut();
        match std::panic::catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => Poll::Ready(Ok(value)),
            Err(payload) => Poll::Ready(Err(payload)),
        }
    })
    .await
}

/// What has arrived and is not done yet.
struct Inbox {
    commands: mpsc::Receiver<WriterJob>,
    jobs: Turns<Job>,
    /// A command that is no job; it is done after the jobs before it.
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
            WriterJob::Job(whose, job) => self.jobs.add(whose, job),
            other => self.other = Some(other),
        }
    }

    /// The next job that is committed with a group.
    fn next(&mut self, group: &mut Group) -> Option<Job> {
        self.look();
        self.jobs.next(group)
    }

    /// Waits until there is a job, which stays, or gives what is to be done instead; an error where
    /// the last caller is gone.
    async fn wait(&mut self) -> Result<Option<WriterJob>, StoreError> {
        loop {
            self.look();
            if !self.jobs.is_empty() {
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

/// Serves commands until the last caller is gone, or told to close.
pub(super) async fn run(mut tx: Tx, commands: mpsc::Receiver<WriterJob>) {
    let mut inbox = Inbox { commands, jobs: Turns::default(), other: None };
    while let Ok(command) = inbox.wait().await {
        match command {
            Some(WriterJob::Migrate(reply)) => drop(reply.send(migrate(&mut tx).await)),
            Some(WriterJob::Close(reply)) => {
                inbox.commands.close();
                if let Conn::Writer(conn) = tx.conn
                    && let Err(error) = conn.close().await
                {
                    tracing::warn!(%error, "the database did not close cleanly");
                }
                // Whoever asked may be gone.
                reply.send(()).ok();
                return;
            }
            _ => group(&mut tx, &mut inbox).await,
        }
    }
}

async fn migrate(tx: &mut Tx) -> Result<(), StoreError> {
    match &mut tx.conn {
        Conn::Writer(conn) => super::super::migrate::sqlite(conn).await,
        Conn::Reader(_) | Conn::Postgres(_) => Err(StoreError::Closed),
    }
}

/// Runs jobs that wait in one transaction, at least one.
async fn group(tx: &mut Tx, inbox: &mut Inbox) {
    let (mut jobs, mut together) = (Vec::new(), Group::default());
    let mut sound = control(tx, "begin immediate").await;
    while let Some(mut job) = inbox.next(&mut together) {
        if job.is_abandoned() {
            continue;
        }
        if sound.is_ok() {
            sound = savepoint(tx, &mut job).await;
        }
        jobs.push(job);
        if sound.is_err() {
            break;
        }
    }
    let committed = match sound {
        Ok(()) => commit(tx).await,
        Err(error) => Err(error),
    };
    if committed.is_err() {
        // Where there is no transaction left, that is what we want.
        drop(control(tx, "rollback").await);
    }
    let mut failure = committed.err();
    for job in jobs {
        let committed = match &mut failure {
            None => Ok(()),
            Some(error) => Err(repeat(error)),
        };
        job.answer(committed);
    }
}

async fn commit(tx: &mut Tx) -> Result<(), StoreError> {
    tx.probe.step()?;
    control(tx, "commit").await.map_err(StoreError::at_commit)?;
    tx.probe.go_on()
}

/// Runs one job; what it did is undone unless it may stay.
async fn savepoint(tx: &mut Tx, job: &mut Job) -> Result<(), StoreError> {
    (tx.statements, tx.failed) = (0, false);
    tx.act_for(None);
    control(tx, "savepoint job").await?;
    if !job.run(tx).await {
        // A full disk may have ended the transaction, and with it what others did in it.
        control(tx, "rollback to job").await.map_err(StoreError::at_commit)?;
    }
    control(tx, "release job").await
}

async fn control(tx: &mut Tx, sql: &'static str) -> Result<(), StoreError> {
    match &mut tx.conn {
        Conn::Writer(conn) => conn.execute(sqlx::query(sql)).await?,
        Conn::Reader(_) | Conn::Postgres(_) => return Err(StoreError::Closed),
    };
    Ok(())
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
