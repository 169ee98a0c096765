//! What is asked and done in a transaction: one `$1` text for both databases. What was gathered
//! goes first.

use std::borrow::Cow;
use std::time::Instant;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, Postgres, SqlSafeStr, SqlStr, Sqlite};

use super::super::error::StoreError;
use super::Arg;
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

    /// One text for both: `in pairs($1, $2)` becomes what each database searches a bound list
    /// with, row locks fall away where there is one writer anyway, and the order of bytes where
    /// there is no other.
    fn translate(&mut self, sql: Cow<'static, str>, args: Vec<Arg>) -> (SqlStr, Vec<Arg>) {
        let differs = [" in pairs(", " for update", BYTEWISE];
        if !differs.iter().any(|part| sql.contains(part)) {
            return (AssertSqlSafe(sql).into_sql_str(), args);
        }
        let is_sqlite = self.is_sqlite();
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
