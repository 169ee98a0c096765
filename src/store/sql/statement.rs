//! What is asked and done in a transaction: one `$1` text for both databases. What was gathered
//! goes first.

use std::borrow::Cow;
use std::time::Instant;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Postgres, SqlStr, Sqlite};

use super::super::error::StoreError;
use super::Arg;
use super::texts::Dialect;
use super::tx::{Live, Tx, pg_args, sqlite_args};

/// A row of either database as `T`: [`row!`](super::row!) gives both.
pub trait Fetch:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}
impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Fetch for T {}

/// Rows of either database.
enum Rows {
    Sqlite(Vec<SqliteRow>),
    Postgres(Vec<PgRow>),
}

impl Tx {
    /// Runs a statement; how many rows it touched.
    pub(crate) async fn execute(
        &mut self,
        sql: impl Into<Cow<'static, str>>,
        args: Vec<Arg>,
    ) -> Result<u64, StoreError> {
        self.flush().await?;
        let (sql, args) = self.translate(sql.into(), args);
        self.run(sql, args).await
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
        let (sql, args) = self.translate(sql.into(), args);
        self.fetch_translated(sql, args).await
    }

    /// The same of a text as this database reads it.
    pub(super) async fn fetch_translated<T: Fetch>(
        &mut self,
        sql: SqlStr,
        args: Vec<Arg>,
    ) -> Result<Vec<T>, StoreError> {
        let read = match self.rows(sql, args).await? {
            Rows::Sqlite(rows) => rows.iter().map(T::from_row).collect::<Result<_, _>>(),
            Rows::Postgres(rows) => rows.iter().map(T::from_row).collect(),
        };
        self.failed |= read.is_err();
        Ok(read?)
    }

    /// The rows as the database has them: so only their reading is compiled for each type.
    async fn rows(&mut self, sql: SqlStr, args: Vec<Arg>) -> Result<Rows, StoreError> {
        self.settle().await?;
        self.show(&sql, &args);
        self.begin_statement()?;
        let (started, named) = (Instant::now(), self.named);
        let rows = match self.live()? {
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

    /// One text for both, as this database reads it, with its values.
    fn translate(&self, sql: Cow<'static, str>, args: Vec<Arg>) -> (SqlStr, Vec<Arg>) {
        let text = Dialect::of(self.is_sqlite(), &args).text(sql);
        let args = text.args(args);
        (text.sql, args)
    }
}
