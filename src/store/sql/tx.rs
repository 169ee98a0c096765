//! One transaction: runs statements on whichever database it is, counts them, fails where a test
//! asks for it, tells of slow ones. When it begins and commits is not decided here.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chrono::{DateTime, Datelike, NaiveDate, SecondsFormat, Utc};
use sqlx::postgres::PgArguments;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, PgConnection, Postgres, SqlStr, Sqlite, SqliteConnection};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::super::error::StoreError;
use super::super::page::Gathered;
use super::loan::LentWriter;
use super::pooled::PooledTransaction;
use super::{Arg, Write, shown};
use crate::domain::actor::Actor;

pub use futures_core::future::BoxFuture;

/// A statement that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_millis(500);

/// What tests watch and steer, shared by all transactions of a store.
#[derive(Debug, Default)]
pub(super) struct FaultProbe {
    /// Statements from now until one fails; 0 is never.
    pub(super) countdown: AtomicI64,
    /// Steps from now until nothing goes on; 0 is never, less is now.
    pub(super) crash: AtomicI64,
    /// Transactions to come that are taken back.
    pub(super) collisions: AtomicI64,
    /// How many have been made to fail.
    pub(super) injected: AtomicU64,
    /// Statements run, commits included.
    pub(super) statements: AtomicU64,
}

impl FaultProbe {
    /// Counts a statement or a commit, and says whether it shall fail.
    pub(super) fn step(&self) -> Result<(), StoreError> {
        self.statements.fetch_add(1, Ordering::Relaxed);
        self.go_on()?;
        let before = self
            .countdown
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n > 0).then(|| n - 1));
        if before == Ok(1) {
            self.injected.fetch_add(1, Ordering::Relaxed);
            return Err(StoreError::Injected);
        }
        Ok(())
    }

    /// Says whether a transaction is taken back at its end.
    pub(super) fn collide(&self) -> Result<(), StoreError> {
        let left = |n| (n > 0).then(|| n - 1);
        match self.collisions.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left) {
            Ok(_) => Err(StoreError::Collision(sqlx::Error::BeginFailed)),
            Err(_) => Ok(()),
        }
    }

    /// Says whether it has crashed. A commit asks before and after.
    pub(super) fn go_on(&self) -> Result<(), StoreError> {
        let next = |n| match n {
            0 => None,
            1 => Some(-1),
            n => Some((n - 1).max(-1)),
        };
        match self.crash.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(1) => {
                self.injected.fetch_add(1, Ordering::Relaxed);
                Err(StoreError::Injected)
            }
            Ok(n) if n < 0 => Err(StoreError::Injected),
            _ => Ok(()),
        }
    }
}

/// Writes that are under way, and the connection that they have.
type Behind = JoinHandle<(LentWriter, Result<(), StoreError>)>;

pub(super) enum Conn {
    Writer(LentWriter),
    Reader(PooledTransaction<Sqlite>),
    Postgres(PooledTransaction<Postgres>),
    /// What was written last is under way.
    Behind(Behind),
    /// It did not come back.
    Away,
}

pub(super) enum Live<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// A transaction. What it has written stays with [`Tx::commit`]; where it is dropped before,
/// nothing of it does.
pub struct Tx {
    pub(super) conn: Conn,
    pub(super) probe: Arc<FaultProbe>,
    pub(super) statements: u64,
    pub(super) failed: bool,
    /// Whether statements are given names, and so stay prepared: a pooler may hand the next
    /// transaction to a session that knows none of them.
    pub(super) named: bool,
    /// Whether it only looks at what has been committed.
    pub(super) is_look: bool,
    /// Who waits for what it reads, where that is worth knowing: it ends with the last of them.
    asked_by: Option<watch::Receiver<()>>,
    /// What counts with the page of a list that is read.
    pub(super) gathered: Option<Gathered>,
    /// What is to be written before anything else is asked or done.
    pub(super) waiting: Vec<Write>,
    actor: Option<Actor>,
}

impl Tx {
    pub(super) fn new(conn: Conn, probe: Arc<FaultProbe>) -> Self {
        Self {
            conn,
            probe,
            statements: 0,
            failed: false,
            named: true,
            is_look: false,
            asked_by: None,
            gathered: None,
            waiting: Vec::new(),
            actor: None,
        }
    }

    /// Says on whose behalf it writes.
    pub(crate) fn act_for(&mut self, actor: Option<Actor>) {
        self.actor = actor;
    }

    /// Says who waits for what it reads.
    pub(crate) fn wait_for(&mut self, caller: Option<watch::Receiver<()>>) {
        self.asked_by = caller;
    }

    /// The same for what nobody waits for, which is in no count of a test's, and does not fail in
    /// the place of what it tries.
    pub(crate) fn unwatched(mut self) -> Self {
        self.probe = Arc::default();
        self
    }

    /// Whether it only looks at what has been committed; also false where that is not known.
    pub(crate) fn is_look(&self) -> bool {
        self.is_look
    }

    /// On whose behalf it writes, if on anybody's.
    pub(crate) fn actor(&self) -> Option<&Actor> {
        self.actor.as_ref()
    }

    /// How many statements it has run.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// Whether rows must be locked against other writers; where there is one writer, they need not.
    pub(crate) fn locks_rows(&self) -> bool {
        !self.is_sqlite()
    }

    pub(super) async fn run(&mut self, sql: SqlStr, args: Vec<Arg>) -> Result<u64, StoreError> {
        self.settle().await?;
        self.show(&sql, &args);
        self.begin_statement()?;
        let (started, named) = (Instant::now(), self.named);
        let touched = match self.conn.live()? {
            Live::Sqlite(conn) => {
                let query = sqlx::query_with::<Sqlite, _>(sql.clone(), sqlite_args(args)?);
                let done = query.persistent(named).execute(conn).await;
                done.map(|done| done.rows_affected())
            }
            Live::Postgres(conn) => {
                let query = sqlx::query_with::<Postgres, _>(sql.clone(), pg_args(args)?);
                let done = query.persistent(named).execute(conn).await;
                done.map(|done| done.rows_affected())
            }
        };
        self.end_statement(sql.as_str(), started, touched)
    }

    /// Waits for what is written behind.
    pub(super) async fn settle(&mut self) -> Result<(), StoreError> {
        let Conn::Behind(under_way) = &mut self.conn else { return Ok(()) };
        let Ok((lent, done)) = under_way.await else {
            self.conn = Conn::Away;
            self.failed = true;
            return Err(StoreError::Closed);
        };
        self.conn = Conn::Writer(lent);
        self.failed |= done.is_err();
        done
    }

    pub(super) fn live(&mut self) -> Result<Live<'_>, StoreError> {
        self.conn.live()
    }

    pub(super) fn is_sqlite(&self) -> bool {
        !matches!(self.conn, Conn::Postgres(_))
    }

    /// Shows a statement to whoever looks.
    pub(super) fn show(&mut self, sql: &SqlStr, args: &[Arg]) {
        if shown::is_wanted() {
            let database = if self.is_sqlite() { "sqlite" } else { "postgres" };
            shown::show(database, sql.as_str(), &shown::of_values(args));
        }
    }

    pub(super) fn begin_statement(&mut self) -> Result<(), StoreError> {
        self.statements += 1;
        let left = self.asked_by.as_ref().is_some_and(|caller| caller.has_changed().is_err());
        let go = if left { Err(StoreError::Unawaited) } else { self.probe.step() };
        if go.is_ok() {
            self.conn.at_work();
        } else {
            self.failed = true;
            self.conn.answered(false);
        }
        go
    }

    pub(super) fn end_statement<T>(
        &mut self,
        sql: &str,
        started: Instant,
        result: Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        tell_slow(sql, started);
        self.failed |= result.is_err();
        self.conn.answered(result.is_ok());
        result.map_err(StoreError::from)
    }
}

/// Tells of a statement that took long.
pub(super) fn tell_slow(sql: &str, started: Instant) {
    let took = started.elapsed();
    if took > SLOW {
        let start: String = sql.chars().take(200).collect();
        tracing::warn!(sql = start, took_ms = took.as_millis(), "slow statement");
    }
}

impl Conn {
    fn live(&mut self) -> Result<Live<'_>, StoreError> {
        Ok(match self {
            Self::Writer(conn) => Live::Sqlite(conn.live()?),
            Self::Reader(conn) => Live::Sqlite(conn.live()?),
            Self::Postgres(conn) => Live::Postgres(conn.live()?),
            // It is waited for before anything else is done.
            Self::Behind(_) | Self::Away => return Err(StoreError::Closed),
        })
    }

    /// A statement begins.
    fn at_work(&mut self) {
        match self {
            Self::Writer(_) | Self::Behind(_) | Self::Away => {}
            Self::Reader(conn) => conn.at_work(),
            Self::Postgres(conn) => conn.at_work(),
        }
    }

    /// A statement has ended.
    fn answered(&mut self, is_done: bool) {
        match self {
            Self::Writer(conn) => conn.answered(is_done),
            Self::Reader(conn) => conn.answered(is_done),
            Self::Postgres(conn) => conn.answered(is_done),
            Self::Behind(_) | Self::Away => {}
        }
    }
}

pub(super) fn sqlite_args(args: Vec<Arg>) -> Result<SqliteArguments, StoreError> {
    let mut all = SqliteArguments::default();
    all.reserve(args.len(), 0);
    let mut written = WrittenInstant::default();
    for arg in args {
        match arg {
            Arg::Text(value) => all.add(value),
            Arg::Int(value) => all.add(value),
            Arg::Bool(value) => all.add(value),
            Arg::Date(value) => all.add(value.map(written_date)),
            Arg::At(value) => all.add(value.map(|at| written.of(at))),
            Arg::Bytes(value) => all.add(value),
            Arg::List(values) => all.add(serde_json::Value::from(values).to_string()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(all)
}

/// A date as SQLite has it, `2026-01-31`.
fn written_date(date: NaiveDate) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    if !(0..=9999).contains(&year) {
        return date.to_string();
    }
    let year = year.unsigned_abs();
    let digit = |number: u32| char::from_digit(number % 10, 10).unwrap_or('0');
    let mut text = String::with_capacity(10);
    text.extend([year / 1000, year / 100, year / 10, year].map(digit));
    for part in [month, day] {
        text.push('-');
        text.extend([part / 10, part].map(digit));
    }
    text
}

/// The instant that was written last: all that one decision writes is of the same.
#[derive(Default)]
struct WrittenInstant(Option<(DateTime<Utc>, Arc<str>)>);

impl WrittenInstant {
    /// An instant as sqlx writes it.
    fn of(&mut self, at: DateTime<Utc>) -> Arc<str> {
        if let Some((_, text)) = self.0.as_ref().filter(|(before, _)| *before == at) {
            return Arc::clone(text);
        }
        let text: Arc<str> = at.to_rfc3339_opts(SecondsFormat::AutoSi, false).into();
        self.0 = Some((at, Arc::clone(&text)));
        text
    }
}

pub(super) fn pg_args(args: Vec<Arg>) -> Result<PgArguments, StoreError> {
    let mut all = PgArguments::default();
    args.into_iter().try_for_each(|arg| add_value(&mut all, arg))?;
    Ok(all)
}

/// Adds one value.
pub(super) fn add_value(all: &mut PgArguments, arg: Arg) -> Result<(), StoreError> {
    let added = match arg {
        Arg::Text(value) => all.add(value),
        Arg::Int(value) => all.add(value),
        Arg::Bool(value) => all.add(value),
        Arg::Date(value) => all.add(value),
        Arg::At(value) => all.add(value),
        Arg::Bytes(value) => all.add(value),
        Arg::List(values) => all.add(values),
    };
    Ok(added.map_err(sqlx::Error::Encode)?)
}

/// Adds rows as one array for each column; the first row says which type a column has.
pub(super) fn add_columns(all: &mut PgArguments, rows: Vec<Vec<Arg>>) -> Result<(), StoreError> {
    let mut columns: Vec<Vec<Arg>> = Vec::new();
    for row in rows {
        columns.resize_with(row.len(), Vec::new);
        for (column, arg) in columns.iter_mut().zip(row) {
            column.push(arg);
        }
    }
    for column in columns {
        macro_rules! array {
            ($kind:ident) => {{
                let values = column.into_iter().map(|arg| match arg {
                    Arg::$kind(value) => Ok(value),
                    other => Err(StoreError::Mixed(format!("{other:?}"))),
                });
                all.add(values.collect::<Result<Vec<_>, _>>()?)
            }};
        }
        match column.first() {
            Some(Arg::Int(_)) => array!(Int),
            Some(Arg::Bool(_)) => array!(Bool),
            Some(Arg::Date(_)) => array!(Date),
            Some(Arg::At(_)) => array!(At),
            Some(Arg::Bytes(_)) => array!(Bytes),
            _ => array!(Text),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(())
}
