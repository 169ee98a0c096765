//! What is to be written to one table, as a value. When it is sent is for [`super::batch`].

use std::borrow::Cow;

use super::super::error::StoreError;
use super::Arg;

/// Rows in one text of SQLite: of so few sizes that the texts recur and are kept prepared, since
/// reading one costs as much as carrying it out. Fewer than the last stand in one of just as many.
/// SQLite takes 32,766 values in one.
const SIZES: [usize; 4] = [500, 128, 32, 8];
/// Up to so many rows each have a statement of their own. One that writes several keeps each page
/// that it changes, in case it fails half-way, and a transaction ends where a statement fails; but
/// of each statement its end is told to another thread, which costs more where there are many.
const SINGLE_MAX: usize = 8;
/// So many columns tell rows apart unless a write says how many: the merchant and an id.
const KEY: usize = 2;

/// Rows to be written to a table. Each must touch one row: no row is written twice.
pub(crate) struct Write {
    /// What is done with each.
    pub(super) statement: RowStatement,
    /// The values.
    pub(super) rows: Vec<Vec<Arg>>,
}

/// What is done with rows of one table.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct RowStatement {
    /// The table.
    pub(super) table: &'static str,
    /// What the rows hold, separated by commas.
    pub(super) columns: Cow<'static, str>,
    work: RowWork,
}

#[derive(Clone, PartialEq, Eq)]
enum RowWork {
    /// They are new; what happens to those that are there already, if any may be.
    Insert { conflict: Cow<'static, str> },
    /// They are told apart by so many columns, which lead, and set to what the others say.
    Update { key: usize },
    /// Something else, done with all of them, named `v`.
    Over(Cow<'static, str>),
}

impl Write {
    /// New rows.
    pub(crate) fn insert(
        table: &'static str,
        columns: impl Into<Cow<'static, str>>,
        rows: Vec<Vec<Arg>>,
    ) -> Self {
        Self::upsert(table, columns, "", rows)
    }

    /// Rows that are new, or else are dealt with as `conflict` says: `on conflict (id) do …`, in
    /// which the new row is called `excluded`.
    pub(crate) fn upsert(
        table: &'static str,
        columns: impl Into<Cow<'static, str>>,
        conflict: impl Into<Cow<'static, str>>,
        rows: Vec<Vec<Arg>>,
    ) -> Self {
        Self::of(table, columns, RowWork::Insert { conflict: conflict.into() }, rows)
    }

    /// Rows that are there, told apart by the first `key` columns; the others are set.
    pub(crate) fn update(
        table: &'static str,
        columns: impl Into<Cow<'static, str>>,
        key: usize,
        rows: Vec<Vec<Arg>>,
    ) -> Self {
        Self::of(table, columns, RowWork::Update { key }, rows)
    }

    /// Anything else that is done with rows, named `v`: `update t set n = t.n + v.n from v …`.
    pub(crate) fn over(
        table: &'static str,
        columns: impl Into<Cow<'static, str>>,
        statement: impl Into<Cow<'static, str>>,
        rows: Vec<Vec<Arg>>,
    ) -> Self {
        Self::of(table, columns, RowWork::Over(statement.into()), rows)
    }

    fn of(
        table: &'static str,
        columns: impl Into<Cow<'static, str>>,
        work: RowWork,
        rows: Vec<Vec<Arg>>,
    ) -> Self {
        Self { statement: RowStatement { table, columns: columns.into(), work }, rows }
    }

    /// The same of new rows, where those that are there already are dealt with like that.
    pub(crate) fn on_conflict(self, conflict: &'static str) -> Self {
        Self::upsert(self.statement.table, self.statement.columns, conflict, self.rows)
    }

    /// Whether the rows of both can be written by one statement: it does the same with them, and
    /// they are other rows. New ones are; others are told apart by the columns that lead.
    pub(super) fn continues(&self, other: &Self) -> bool {
        let key = match self.statement.work {
            RowWork::Update { key } => key,
            RowWork::Insert { .. } | RowWork::Over(_) => KEY,
        };
        let is_other = |row: &Vec<Arg>| other.rows.iter().all(|it| it[..key] != row[..key]);
        self.statement == other.statement
            && (self.statement.is_plain_insert() || self.rows.iter().all(is_other))
    }
}

impl RowStatement {
    /// Whether the rows are new, and nothing happens to others.
    pub(super) fn is_plain_insert(&self) -> bool {
        matches!(&self.work, RowWork::Insert { conflict } if conflict.is_empty())
    }

    /// The statement over many rows at once, named `v`.
    pub(super) fn over_all(&self) -> Cow<'_, str> {
        let Self { table, columns, work } = self;
        match work {
            RowWork::Insert { conflict } if conflict.is_empty() => {
                format!("insert into {table} ({columns}) select {columns} from v").into()
            }
            RowWork::Insert { conflict } => format!(
                "insert into {table} ({columns}) select {columns} from v where true {conflict}"
            )
            .into(),
            RowWork::Update { key } => {
                let (keys, others) = self.split(*key);
                let same = |column: &&str| format!("{table}.{column} = v.{column}");
                let set = |column: &&str| format!("{column} = v.{column}");
                let (set, same) = (joined(&others, set, ", "), joined(&keys, same, " and "));
                format!("update {table} set {set} from v where {same}").into()
            }
            RowWork::Over(statement) => Cow::Borrowed(statement),
        }
    }

    /// What SQLite is told for these rows, and the values in the order in which it takes them: few
    /// are written row by row, with one text for all of them.
    pub(super) fn for_sqlite(&self, mut rows: Vec<Vec<Arg>>) -> (String, Vec<Arg>) {
        let Self { table, columns, work } = self;
        let width = rows.first().map_or(0, Vec::len);
        let values = format!("({})", vec!["?"; width].join(","));
        let each = match work {
            RowWork::Insert { conflict } if rows.len() <= SINGLE_MAX => {
                format!("insert into {table} ({columns}) values {values} {conflict}")
            }
            RowWork::Update { key } if rows.len() <= SINGLE_MAX => {
                for row in &mut rows {
                    row.rotate_left(*key);
                }
                let (keys, others) = self.split(*key);
                let is = |column: &&str| format!("{column} = ?");
                let (set, same) = (joined(&others, is, ", "), joined(&keys, is, " and "));
                format!("update {table} set {set} where {same}")
            }
            _ => {
                let all = vec![values.as_str(); rows.len()].join(",");
                let text = format!("with v ({columns}) as (values {all}) {}", self.over_all());
                return (text, rows.into_iter().flatten().collect());
            }
        };
        let text = vec![each.as_str(); rows.len()].join("; ");
        (text, rows.into_iter().flatten().collect())
    }

    /// The columns that tell rows apart, and the others.
    fn split(&self, key: usize) -> (Vec<&str>, Vec<&str>) {
        let mut columns: Vec<&str> = self.columns.split(", ").collect();
        let others = columns.split_off(key.min(columns.len()));
        (columns, others)
    }
}

fn joined(columns: &[&str], written: impl Fn(&&str) -> String, by: &str) -> String {
    columns.iter().map(written).collect::<Vec<_>>().join(by)
}

/// How many of so many rows SQLite is handed with the next text.
pub(super) fn kept_size(rows: usize) -> usize {
    SIZES.into_iter().find(|size| *size <= rows).unwrap_or(rows)
}

/// That as many rows were touched as were meant to be.
pub(crate) fn touched(table: &'static str, count: u64, meant: usize) -> Result<(), StoreError> {
    match u64::try_from(meant) {
        Ok(meant) if meant == count => Ok(()),
        _ => Err(StoreError::Stale { table }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    #[test]
    fn each_database_is_told_the_same_of_rows_in_its_own_way() {
        let rows = || vec![args!["m", "a", 1_i64], args!["m", "b", 2_i64]];
        let cases = [
            (
                Write::insert("t", "merchant_id, id, n", rows()),
                "insert into t (merchant_id, id, n) select merchant_id, id, n from v",
                "insert into t (merchant_id, id, n) values (?,?,?) ; \
                 insert into t (merchant_id, id, n) values (?,?,?) ",
            ),
            (
                Write::upsert("t", "merchant_id, id, n", "on conflict do nothing", rows()),
                "insert into t (merchant_id, id, n) select merchant_id, id, n from v where true \
                 on conflict do nothing",
                "insert into t (merchant_id, id, n) values (?,?,?) on conflict do nothing; \
                 insert into t (merchant_id, id, n) values (?,?,?) on conflict do nothing",
            ),
            (
                Write::update("t", "merchant_id, id, n", 2, rows()),
                "update t set n = v.n from v where t.merchant_id = v.merchant_id and t.id = v.id",
                "update t set n = ? where merchant_id = ? and id = ?; \
                 update t set n = ? where merchant_id = ? and id = ?",
            ),
            (
                Write::over("t", "merchant_id, id, n", "delete from t using v", rows()),
                "delete from t using v",
                "with v (merchant_id, id, n) as (values (?,?,?),(?,?,?)) delete from t using v",
            ),
        ];
        for (write, over_all, for_sqlite) in cases {
            assert_eq!(write.statement.over_all(), over_all);
            assert_eq!(write.statement.for_sqlite(write.rows).0, for_sqlite);
        }
        let update = Write::update("t", "merchant_id, id, n", 2, rows());
        let (_, values) = update.statement.for_sqlite(update.rows);
        assert!(values == args![1_i64, "m", "a", 2_i64, "m", "b"], "the key stands last");
    }

    #[test]
    fn many_rows_are_written_by_one_statement_on_sqlite_too() {
        let rows = (0..9_i64).map(|n| args!["m", n.to_string(), n]).collect();
        let update = Write::update("t", "merchant_id, id, n", 2, rows);
        let (text, values) = update.statement.for_sqlite(update.rows);
        let begins = "with v (merchant_id, id, n) as (values (?,?,?),(?,?,?),";
        let ends =
            "update t set n = v.n from v where t.merchant_id = v.merchant_id and t.id = v.id";
        assert!(text.starts_with(begins) && text.ends_with(ends), "{text}");
        assert!(values[..3] == args!["m", "0", 0_i64][..], "as they came");
    }
}
