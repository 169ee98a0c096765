//! One transaction: runs one `$1` text on whichever database it is, counts statements, fails
//! where a test asks for it, tells of slow ones. When it begins and commits is not decided here.

use std::borrow::Cow;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{
    Arguments, AssertSqlSafe, FromRow, PgConnection, Postgres, SqlSafeStr, SqlStr, Sqlite,
    SqliteConnection,
};

use super::super::error::StoreError;
use super::lent::Lent;
use super::{Arg, Write, shown};
use crate::domain::actor::Actor;

pub use futures_core::future::BoxFuture;

/// A statement that takes longer is worth a line in the log.
const SLOW: Duration = Duration::from_millis(500);

/// A row of either database as `T`: [`row!`](super::row!) gives both.
pub trait Fetch:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Fetch for T {}

/// What tests watch and steer, shared by all transactions of a store.
#[derive(Debug, Default)]
pub(super) struct Probe {
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

impl Probe {
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

pub(super) enum Conn {
    Writer(Box<SqliteConnection>),
    Reader(Lent<Sqlite>),
    Postgres(Lent<Postgres>),
}

pub(super) enum Live<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

/// Rows of either database.
enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

/// A transaction.
pub struct Tx {
    pub(super) conn: Conn,
    pub(super) probe: Arc<Probe>,
    pub(super) statements: u64,
    pub(super) failed: bool,
    /// Whether statements are given names, and so stay prepared: a pooler may hand the next
    /// transaction to a session that knows none of them.
    pub(super) named: bool,
    /// Who waits for what it reads, where that is worth knowing: it ends with the last of them.
    pub(super) asked_by: Option<Weak<()>>,
    /// What is to be written before anything else is asked or done.
    pub(super) waiting: Vec<Write>,
    actor: Option<Actor>,
}

impl Tx {
    pub(super) fn new(conn: Conn, probe: Arc<Probe>) -> Self {
        Self {
            conn,
            probe,
            statements: 0,
            failed: false,
            named: true,
            asked_by: None,
            waiting: Vec::new(),
            actor: None,
        }
    }

    /// Says on whose behalf it writes.
    pub(crate) fn act_for(&mut self, actor: Option<Actor>) {
        self.actor = actor;
    }

    /// Whether it only looks at what has been committed; also false where that is not known.
    pub(crate) fn is_look(&self) -> bool {
        self.asked_by.is_some()
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

    /// Runs a statement; how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<u64, StoreError> {
        self.flush().await?;
        let (sql, args) = self.translate(sql.into(), args);
        self.run(sql, args, true).await
    }

    /// All rows that a statement gives.
    pub(crate) async fn fetch_all<T: Fetch>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<Vec<T>, StoreError> {
        self.flush().await?;
        self.fetch_beside(sql, args).await
    }

    /// The same of a statement that has nothing to do with what was gathered, which waits on.
    pub(crate) async fn fetch_beside<T: Fetch>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self.rows(sql.into(), args).await?;
        let read = match rows {
            Rows::Sqlite(rows) => rows.iter().map(T::from_row).collect::<Result<_, _>>(),
            Rows::Postgres(rows) => rows.iter().map(T::from_row).collect(),
        };
        self.failed |= read.is_err();
        Ok(read?)
    }

    /// The rows as the database has them: so only their reading is compiled for each type.
    async fn rows(&mut self, sql: Cow<'static, str>, args: Vec<Arg>) -> Result<Rows, StoreError> {
        let (sql, args) = self.translate(sql, args);
        self.show(&sql, &args);
        self.begin_statement()?;
        let (started, named) = (Instant::now(), self.named);
        let rows = match self.live() {
            Live::Sqlite(conn) => {
                let query = sqlx::query_with::<Sqlite, _>(sql.clone(), sqlite_args(args)?);
                query.fetch_all(conn).await.map(Rows::Sqlite)
            }
            Live::Postgres(conn) => {
                let query = sqlx::query_with::<Postgres, _>(sql.clone(), pg_args(args)?);
                query.persistent(named).fetch_all(conn).await.map(Rows::Postgres)
            }
        };
        self.end_statement(sql.as_str(), started, rows)
    }

    /// The first row that a statement gives, if any.
    pub(crate) async fn fetch_optional<T: Fetch>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self.fetch_all(sql, args).await?.into_iter().next())
    }

    /// The only row that a statement always gives.
    pub(crate) async fn fetch_one<T: Fetch>(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<T, StoreError> {
        let row = self.fetch_optional(sql, args).await?;
        row.ok_or(StoreError::Sql(sqlx::Error::RowNotFound))
    }

    /// Whether rows must be locked against other writers; where there is one writer, they need not.
    pub(crate) fn locks_rows(&mut self) -> bool {
        matches!(self.live(), Live::Postgres(_))
    }

    pub(super) async fn run(
        &mut self,
        sql: SqlStr,
        args: Vec<Arg>,
        kept: bool,
    ) -> Result<u64, StoreError> {
        self.show(&sql, &args);
        self.begin_statement()?;
        let (started, kept) = (Instant::now(), kept && self.named);
        let touched = match self.live() {
            Live::Sqlite(conn) => {
                let query = sqlx::query_with::<Sqlite, _>(sql.clone(), sqlite_args(args)?);
                let done = query.persistent(kept).execute(conn).await;
                done.map(|done| done.rows_affected())
            }
            Live::Postgres(conn) => {
                let query = sqlx::query_with::<Postgres, _>(sql.clone(), pg_args(args)?);
                let done = query.persistent(kept).execute(conn).await;
                done.map(|done| done.rows_affected())
            }
        };
        self.end_statement(sql.as_str(), started, touched)
    }

    /// One text for both: `in pairs($1, $2)` becomes what each database searches a bound list
    /// with, row locks fall away where there is one writer anyway, and the order of bytes where
    /// there is no other.
    fn translate(&mut self, sql: Cow<'static, str>, args: Vec<Arg>) -> (SqlStr, Vec<Arg>) {
        let differs = [" in pairs(", " for update", BYTEWISE];
        if !differs.iter().any(|part| sql.contains(part)) {
            return (AssertSqlSafe(sql).into_sql_str(), args);
        }
        let is_sqlite = matches!(self.live(), Live::Sqlite(_));
        let sql =
            if is_sqlite { without_locks(&sql).replace(BYTEWISE, "") } else { sql.into_owned() };
        // Of one id an equality: it is planned once, and not anew for each list.
        let is_one = |arg: &Arg| !matches!(arg, Arg::List(ids) if ids.len() != 1);
        let (text, args) = if args.iter().all(is_one) {
            let args = args.into_iter().map(|arg| match arg {
                Arg::List(ids) => Arg::Text(ids.into_iter().next()),
                other => other,
            });
            let text = rewrite_pairs(&sql, |merchant, id, one, only| {
                format!("({merchant} = {one} and {id} = {only})")
            });
            (text, args.collect())
        } else if is_sqlite {
            let text = rewrite_pairs(&sql, |merchant, id, one, many| {
                format!("{merchant} = {one} and {id} in (select value from json_each({many}))")
            });
            (text, args)
        } else {
            // As pairs, and not by merchant and any id: of a merchant too young for its
            // statistics PostgreSQL believes that it has but one row, and would read them all.
            let text = rewrite_pairs(&sql, |merchant, id, one, many| {
                format!("({merchant}, {id}) in (select {one}, unnest({many}))")
            });
            (text, args)
        };
        (AssertSqlSafe(text).into_sql_str(), args)
    }

    pub(super) fn live(&mut self) -> Live<'_> {
        match &mut self.conn {
            Conn::Writer(conn) => Live::Sqlite(conn),
            Conn::Reader(tx) => Live::Sqlite(tx),
            Conn::Postgres(tx) => Live::Postgres(tx),
        }
    }

    /// Shows a statement to whoever looks.
    fn show(&mut self, sql: &SqlStr, args: &[Arg]) {
        if shown::is_wanted() {
            let is_sqlite = matches!(self.live(), Live::Sqlite(_));
            let database = if is_sqlite { "sqlite" } else { "postgres" };
            shown::show(database, sql.as_str(), &shown::of_values(args));
        }
    }

    pub(super) fn begin_statement(&mut self) -> Result<(), StoreError> {
        self.statements += 1;
        let left = self.asked_by.as_ref().is_some_and(|caller| caller.strong_count() == 0);
        let go = if left { Err(StoreError::Closed) } else { self.probe.step() };
        self.failed |= go.is_err();
        go
    }

    pub(super) fn end_statement<T>(
        &mut self,
        sql: &str,
        started: Instant,
        result: Result<T, sqlx::Error>,
    ) -> Result<T, StoreError> {
        let took = started.elapsed();
        if took > SLOW {
            let start: String = sql.chars().take(200).collect();
            tracing::warn!(sql = start, took_ms = took.as_millis(), "slow statement");
        }
        self.failed |= result.is_err();
        result.map_err(StoreError::from)
    }
}

/// Compares a text by its bytes, as SQLite does anyway.
const BYTEWISE: &str = " collate \"C\"";

/// Rewrites every `(a, b) in pairs($1, $2)` from its four parts.
fn rewrite_pairs(sql: &str, rewrite: impl Fn(&str, &str, &str, &str) -> String) -> String {
    let mut text = String::with_capacity(sql.len() + 128);
    let mut rest = sql;
    while let Some((before, after)) = rest.split_once(") in pairs(") {
        let (before, columns) = before.rsplit_once('(').unwrap_or((before, ""));
        let (values, tail) = after.split_once(')').unwrap_or((after, ""));
        let (merchant, id) = columns.split_once(", ").unwrap_or((columns, ""));
        let (one, many) = values.split_once(", ").unwrap_or((values, ""));
        text.push_str(before);
        text.push_str(&rewrite(merchant, id, one, many));
        rest = tail;
    }
    text.push_str(rest);
    text
}

fn sqlite_args(args: Vec<Arg>) -> Result<SqliteArguments, StoreError> {
    let mut all = SqliteArguments::default();
    all.reserve(args.len(), 0);
    for arg in args {
        match arg {
            Arg::Text(value) => all.add(value),
            Arg::Int(value) => all.add(value),
            Arg::Bool(value) => all.add(value),
            Arg::Date(value) => all.add(value),
            Arg::At(value) => all.add(value),
            Arg::Bytes(value) => all.add(value),
            Arg::List(values) => all.add(serde_json::Value::from(values).to_string()),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(all)
}

fn pg_args(args: Vec<Arg>) -> Result<PgArguments, StoreError> {
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

/// A text without its row locks, of which each stands at the end of a query.
fn without_locks(sql: &str) -> String {
    [" for update of u, c", " for update", " skip locked"]
        .iter()
        .fold(sql.to_owned(), |sql, lock| sql.replace(lock, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_rewritten_wherever_they_stand() {
        let turned = |sql| rewrite_pairs(sql, |a, b, c, d| format!("{d} {c} {b} {a}"));
        assert_eq!(
            turned("x (y) and (t.m, t.id) in pairs($1, $3) and ((m, i) in pairs($1, $2)) z"),
            "x (y) and $3 $1 t.id t.m and ($2 $1 i m) z"
        );
        assert_eq!(turned("select 1"), "select 1");
    }
}
