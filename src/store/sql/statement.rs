//! What is asked and done in a transaction: one `$1` text for both databases. What was gathered
//! goes first.

use std::borrow::Cow;
use std::time::Instant;

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Postgres, Row, SqlStr, Sqlite, TypeInfo, ValueRef};

use super::super::error::StoreError;
use super::super::page::{Gathered, PAGE_BYTES_MAX, Page};
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

/// How many rows of a page that ends early are read first, which are all of most pages; then three
/// times as many as there are.
const FIRST_PIECE: i64 = 51;

/// The rows of a page, read in pieces. What is asked between two of them hangs on the rows: it
/// counts with them, and the page ends where all of it together is too long.
pub(in crate::store) struct PageRows {
    text: String,
    args: Vec<Arg>,
    size: i64,
    seen: i64,
    piece: i64,
    is_over: bool,
    gathered: Option<Gathered>,
    /// How much there was before the last piece, and how much each row of that has by itself.
    last: (usize, Vec<usize>),
}

impl PageRows {
    /// Of a text that ends with its limit, and its values.
    pub(in crate::store) fn of((text, args): (String, Vec<Arg>), page: &Page) -> Self {
        let (size, gathered) = (page.size(), page.gathered.clone());
        let piece = if gathered.is_some() { size.min(FIRST_PIECE) } else { size };
        Self { text, args, size, seen: 0, piece, is_over: false, gathered, last: (0, Vec::new()) }
    }

    /// The next rows; none where the page is over. Where it ends early, at least one more row is
    /// there behind what was given.
    pub(in crate::store) async fn next<T: Fetch>(
        &mut self,
        tx: &mut Tx,
    ) -> Result<Option<Vec<T>>, StoreError> {
        tx.gathered = None;
        if self.is_over {
            return Ok(None);
        }
        tx.flush().await?;
        let Some(gathered) = self.gathered.clone() else {
            self.is_over = true;
            return tx.fetch_all(self.text.clone(), self.args.clone()).await.map(Some);
        };
        let mut args = self.args.clone();
        args.pop();
        args.extend([Arg::from(self.piece), Arg::from(self.seen)]);
        let text = format!("{} offset ${}", self.text, args.len());
        let (sql, args) = tx.translate(text.into(), args);
        let rows = tx.rows(sql, args).await?;
        let mut sizes = rows.bytes()?;
        self.last.0 = gathered.bytes();
        let mut fits = 0;
        for bytes in &sizes {
            if gathered.bytes() >= PAGE_BYTES_MAX {
                break;
            }
            gathered.add(*bytes);
            fits += 1;
        }
        let read = rows.read(fits);
        tx.failed |= read.is_err();
        let read = read?;
        if fits < sizes.len() {
            gathered.end_early();
        }
        self.seen += i64::try_from(fits).unwrap_or(i64::MAX);
        self.is_over =
            i64::try_from(fits).is_ok_and(|fits| fits < self.piece) || self.seen >= self.size;
        self.piece = (self.size - self.seen).min(self.seen * 3);
        sizes.truncate(fits);
        self.last.1 = sizes;
        if fits == 0 {
            return Ok(None);
        }
        tx.gathered = Some(gathered);
        Ok(Some(read))
    }

    /// What the rows of the last piece have become with what hangs on them, as far as it fits. Each
    /// has its share of that by how many `parts` are its own.
    pub(in crate::store) fn fitting<W>(
        &mut self,
        tx: &mut Tx,
        mut whole: Vec<W>,
        parts: impl Fn(&W) -> usize,
    ) -> Vec<W> {
        let Some(gathered) = tx.gathered.take() else { return whole };
        let (mut bytes, own) = (self.last.0, &self.last.1);
        let attached = gathered.bytes().saturating_sub(bytes + own.iter().sum::<usize>());
        let all = whole.iter().map(&parts).sum::<usize>().max(1);
        let mut fits = 0;
        for (one, own) in whole.iter().zip(own) {
            if bytes >= PAGE_BYTES_MAX {
                break;
            }
            bytes += own + attached / all * parts(one);
            fits += 1;
        }
        if fits < whole.len() {
            whole.truncate(fits);
            gathered.keep(bytes);
            gathered.end_early();
            self.is_over = true;
        }
        whole
    }
}

impl Rows {
    fn read<T: Fetch>(&self, most: usize) -> Result<Vec<T>, sqlx::Error> {
        match self {
            Self::Sqlite(rows) => rows.iter().take(most).map(T::from_row).collect(),
            Self::Postgres(rows) => rows.iter().take(most).map(T::from_row).collect(),
        }
    }

    /// How many bytes each of them has.
    fn bytes(&self) -> Result<Vec<usize>, sqlx::Error> {
        match self {
            Self::Sqlite(rows) => rows.iter().map(sqlite_bytes).collect(),
            Self::Postgres(rows) => rows.iter().map(pg_bytes).collect(),
        }
    }
}

/// The texts of a row; what else is in it is small.
fn sqlite_bytes(row: &SqliteRow) -> Result<usize, sqlx::Error> {
    let mut bytes = 0;
    for place in 0..row.len() {
        let value = row.try_get_raw(place)?;
        if !value.is_null() && ["TEXT", "BLOB"].contains(&value.type_info().name()) {
            bytes += row.try_get_unchecked::<&[u8], _>(place)?.len();
        }
    }
    Ok(bytes)
}

fn pg_bytes(row: &PgRow) -> Result<usize, sqlx::Error> {
    let of = |place| Ok(row.try_get_raw(place)?.as_bytes().map_or(0, <[u8]>::len));
    (0..row.len()).map(of).sum()
}

impl Tx {
    /// The rows of a page to which nothing is attached, see [`PageRows`].
    pub(in crate::store) async fn fetch_page<T: Fetch>(
        &mut self,
        query: (String, Vec<Arg>),
        page: &Page,
    ) -> Result<Vec<T>, StoreError> {
        let (mut rows, mut found) = (PageRows::of(query, page), Vec::new());
        while let Some(piece) = rows.next(self).await? {
            found.extend(piece);
        }
        Ok(found)
    }

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
        let rows = self.rows(sql, args).await?;
        if let Some(gathered) = &self.gathered {
            gathered.add(rows.bytes()?.into_iter().sum());
        }
        let read = rows.read(usize::MAX);
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
