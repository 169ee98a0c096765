//! Writes that are gathered and sent together: on PostgreSQL as one statement whose parts change
//! one table each, on SQLite the same texts one after the other, with one hand-over. They are sent
//! before anything is asked or done in their transaction, and before it commits.

use std::borrow::Cow;

use sqlx::postgres::PgArguments;
use sqlx::{AssertSqlSafe, Postgres, SqlSafeStr};

use super::super::error::StoreError;
use super::tx::{Live, Tx, add_columns, add_value};
use super::write::{RowStatement, kept_size, touched};
use super::{Arg, Write, behind, shown};

/// Rows in one multi-row statement of PostgreSQL, whose text does not depend on their number.
const ROWS_MAX: usize = 5_000;
/// Rows of all tables that are sent together: those of a few decisions.
const GATHERED_MAX: usize = 1_000;
/// Rows that SQLite is handed with one text: what one decision writes, which is of so few shapes
/// that the texts recur, too. More go table by table.
const TOGETHER_MAX: usize = 24;

impl Tx {
    /// Gathers writes that do not rest on each other: they may be done in any order, or at once.
    pub(crate) async fn gather(
        &mut self,
        writes: impl IntoIterator<Item = Write>,
    ) -> Result<(), StoreError> {
        let writes: Vec<Write> =
            writes.into_iter().filter(|write| !write.rows.is_empty()).collect();
        let clashes = |one: &Write| {
            let same = |it: &&Write| it.statement.table == one.statement.table;
            self.waiting.iter().filter(same).any(|it| !one.continues(it))
        };
        if writes.iter().any(clashes) {
            self.flush().await?;
        }
        for write in writes {
            match self.waiting.iter_mut().find(|it| write.continues(it)) {
                Some(waiting) => waiting.rows.extend(write.rows),
                None => self.waiting.push(write),
            }
        }
        let rows: usize = self.waiting.iter().map(|write| write.rows.len()).sum();
        if rows > GATHERED_MAX { self.flush().await } else { Ok(()) }
    }

    /// Inserts rows; the table must not have any of them.
    pub(crate) async fn insert_rows(
        &mut self,
        table: &'static str,
        columns: impl Into<Cow<'static, str>>,
        rows: Vec<Vec<Arg>>,
    ) -> Result<(), StoreError> {
        self.gather([Write::insert(table, columns, rows)]).await
    }

    /// Writes what was gathered.
    pub(crate) async fn flush(&mut self) -> Result<(), StoreError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.settle().await?;
        let waiting = std::mem::take(&mut self.waiting);
        let rows: usize = waiting.iter().map(|write| write.rows.len()).sum();
        let is_sqlite = self.is_sqlite();
        if is_sqlite && rows >= behind::ROWS_MIN && !shown::is_wanted() {
            return self.write_behind(waiting);
        }
        if rows > if is_sqlite { TOGETHER_MAX } else { GATHERED_MAX } {
            for write in waiting {
                let (table, meant) = (write.statement.table, write.rows.len());
                let count = self.bulk_now(write).await?;
                touched(table, count, meant)?;
            }
            return Ok(());
        }
        if is_sqlite {
            self.write_in_turn(waiting).await
        } else {
            self.write_at_once(waiting).await
        }
    }

    /// Has SQLite write what was gathered, where that is worth a task, while what comes next is
    /// decided and laid out. PostgreSQL is sent it with what comes next.
    pub(crate) async fn hand_over(&mut self) -> Result<(), StoreError> {
        let rows: usize = self.waiting.iter().map(|write| write.rows.len()).sum();
        if self.is_sqlite() && rows >= behind::ROWS_MIN { self.flush().await } else { Ok(()) }
    }

    async fn write_in_turn(&mut self, waiting: Vec<Write>) -> Result<(), StoreError> {
        let (mut texts, mut args, mut meant) = (Vec::new(), Vec::new(), 0);
        let table = waiting.first().map_or("", |write| write.statement.table);
        for Write { statement, rows } in waiting {
            meant += rows.len();
            let (text, values) = statement.for_sqlite(rows);
            texts.push(text);
            args.extend(values);
        }
        let text = AssertSqlSafe(texts.join("; ")).into_sql_str();
        let count = self.run(text, args).await?;
        touched(table, count, meant)
    }

    async fn write_at_once(&mut self, waiting: Vec<Write>) -> Result<(), StoreError> {
        let (mut parts, mut counts, mut meant) = (Vec::new(), Vec::new(), Vec::new());
        let mut types = Vec::new();
        let (mut args, mut taken) = (PgArguments::default(), 0);
        // What several decisions change is in arrays throughout, lest each mix of one row here and
        // several there be a text of its own.
        let changes = waiting.iter().filter(|write| !write.statement.is_plain_insert());
        let are_several = changes.map(|write| write.rows.len()).max() > Some(1);
        for (place, Write { statement, rows }) in waiting.into_iter().enumerate() {
            meant.push((statement.table, rows.len()));
            let in_arrays = are_several || rows.len() > 1;
            if shown::is_wanted() {
                types.extend(shown::of_rows(&rows, in_arrays));
            }
            let with = with_rows(&statement, &mut args, &mut taken, (rows, in_arrays))?;
            parts.push(format!("w{place} as ({with} returning 1)"));
            counts.push(format!("select cast({place} as bigint), count(*) from w{place}"));
        }
        let text = format!("with {} {}", parts.join(", "), counts.join(" union all "));
        let text = AssertSqlSafe(text).into_sql_str();
        if shown::is_wanted() {
            shown::show("postgres", text.as_str(), &types);
        }
        self.begin_statement()?;
        let (started, named) = (std::time::Instant::now(), self.named);
        let Live::Postgres(conn) = self.live()? else {
            return Err(StoreError::Aborted);
        };
        let query = sqlx::query_as_with::<Postgres, (i64, i64), _>(text.clone(), args);
        let done = query.persistent(named).fetch_all(conn).await;
        for (place, count) in self.end_statement(text.as_str(), started, done)? {
            let place = usize::try_from(place).ok().and_then(|place| meant.get(place));
            if let (Some((table, meant)), Ok(count)) = (place, u64::try_from(count)) {
                touched(table, count, *meant)?;
            }
        }
        Ok(())
    }

    /// Writes rows at once, behind what was gathered. How many rows it touched.
    pub(crate) async fn write(&mut self, write: Write) -> Result<u64, StoreError> {
        self.flush().await?;
        self.bulk_now(write).await
    }

    async fn bulk_now(&mut self, Write { statement, rows }: Write) -> Result<u64, StoreError> {
        let is_sqlite = self.is_sqlite();
        let mut rows = rows.into_iter();
        let mut count = 0;
        while rows.len() > 0 {
            let size = if is_sqlite { kept_size(rows.len()) } else { ROWS_MAX };
            let chunk: Vec<Vec<Arg>> = rows.by_ref().take(size).collect();
            count += if is_sqlite {
                let (text, values) = statement.for_sqlite(chunk);
                self.run(AssertSqlSafe(text).into_sql_str(), values).await?
            } else {
                let mut args = PgArguments::default();
                let in_arrays = chunk.len() > 1;
                let types =
                    if shown::is_wanted() { shown::of_rows(&chunk, in_arrays) } else { Vec::new() };
                let text = with_rows(&statement, &mut args, &mut 0, (chunk, in_arrays))?;
                let text = AssertSqlSafe(text).into_sql_str();
                if shown::is_wanted() {
                    shown::show("postgres", text.as_str(), &types);
                }
                self.begin_statement()?;
                let (started, named) = (std::time::Instant::now(), self.named);
                let Live::Postgres(conn) = self.live()? else {
                    return Err(StoreError::Aborted);
                };
                let query = sqlx::query_with::<Postgres, _>(text.clone(), args);
                let done = query.persistent(named).execute(conn).await;
                let count = done.map(|done| done.rows_affected());
                self.end_statement(text.as_str(), started, count)?
            };
        }
        Ok(count)
    }
}

/// A statement over rows as PostgreSQL is given them, in arrays or one by its values.
fn with_rows(
    statement: &RowStatement,
    args: &mut PgArguments,
    taken: &mut usize,
    rows: (Vec<Vec<Arg>>, bool),
) -> Result<String, StoreError> {
    let (columns, all) = (&statement.columns, statement.over_all());
    let source = add_rows(args, taken, rows)?;
    Ok(format!("with v ({columns}) as ({source}) {all}"))
}

/// Rows as PostgreSQL is given them, behind the values that are taken already: one by its values,
/// so that it is planned for one and once, or all as one array for each column. How long an array
/// is is hidden from the planner by a `select`: for fewer rows than it takes for likely it would
/// plan each time anew, which costs more than the writing.
fn add_rows(
    args: &mut PgArguments,
    taken: &mut usize,
    (mut rows, in_arrays): (Vec<Vec<Arg>>, bool),
) -> Result<String, StoreError> {
    let width = rows.first().map_or(0, Vec::len);
    let binds = (*taken + 1..=*taken + width).map(|n| format!("${n}"));
    *taken += width;
    if in_arrays {
        let binds: Vec<String> = binds.map(|bind| format!("(select {bind})")).collect();
        add_columns(args, rows)?;
        return Ok(format!("select * from unnest({})", binds.join(", ")));
    }
    let binds: Vec<String> = binds.collect();
    rows.remove(0).into_iter().try_for_each(|arg| add_value(args, arg))?;
    Ok(format!("values ({})", binds.join(", ")))
}
