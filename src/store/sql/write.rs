//! What is to be written to one table, as a value. When it is sent is for [`super::batch`].

use std::borrow::Cow;

use super::super::error::StoreError;
use super::Arg;

/// Rows in one multi-row statement of SQLite: of so few sizes that the texts recur and are kept
/// prepared, since reading one costs as much as carrying it out. Fewer than the last stand in one
/// statement of just as many. Each statement notes for itself the pages that it changes, in case
/// it fails half-way: so where there are many rows, the statements are few. SQLite takes 32,766
/// values in one.
const SIZES: [usize; 4] = [500, 128, 32, 8];
/// So many columns tell rows apart, in each of these statements.
const KEY: usize = 2;

/// Rows to be written to a table. Each must touch one row: no row is written twice.
pub(crate) struct Write {
    /// The table.
    pub(crate) table: &'static str,
    /// What the rows hold, separated by commas.
    pub(crate) columns: Cow<'static, str>,
    /// What is done with them, named `v`: `insert into t (a, b) select a, b from v where true`.
    pub(crate) statement: Cow<'static, str>,
    /// The values.
    pub(crate) rows: Vec<Vec<Arg>>,
}

impl Write {
    /// New rows.
    pub(crate) fn insert(
        table: &'static str,
        columns: impl Into<Cow<'static, str>>,
        rows: Vec<Vec<Arg>>,
    ) -> Self {
        let columns = columns.into();
        let statement = format!("insert into {table} ({columns}) select {columns} from v").into();
        Self { table, columns, statement, rows }
    }

    /// Whether the rows of both can be written by one statement: it does the same with them, and
    /// they are other rows. New ones are; others are told apart by merchant and id, which lead.
    pub(super) fn continues(&self, other: &Self) -> bool {
        let is_insert = |it: &Self| {
            it.statement.starts_with("insert ") && !it.statement.contains(" on conflict ")
        };
        let is_other = |row: &Vec<Arg>| other.rows.iter().all(|it| it[..KEY] != row[..KEY]);
        self.statement == other.statement && (is_insert(self) || self.rows.iter().all(is_other))
    }
}

/// How many of so many rows stand in the next statement of SQLite.
pub(super) fn kept_size(rows: usize) -> usize {
    SIZES.into_iter().find(|size| *size <= rows).unwrap_or(rows)
}

/// A statement of SQLite over rows, named `v` with the given `columns`.
pub(super) fn over_rows(columns: &str, statement: &str, rows: &[Vec<Arg>]) -> String {
    let width = rows.first().map_or(0, Vec::len);
    let row = format!("({})", vec!["?"; width].join(","));
    let rows = vec![row.as_str(); rows.len()].join(",");
    format!("with v ({columns}) as (values {rows}) {statement}")
}

/// That as many rows were touched as were meant to be.
pub(crate) fn touched(table: &'static str, count: u64, meant: usize) -> Result<(), StoreError> {
    match u64::try_from(meant) {
        Ok(meant) if meant == count => Ok(()),
        _ => Err(StoreError::Stale { table }),
    }
}
