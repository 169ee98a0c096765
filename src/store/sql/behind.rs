//! Writes of many rows on SQLite, carried out behind whoever goes on with the transaction: what
//! comes next is decided and laid out while they are. The transaction has its connection back
//! before anything else is asked or done in it, and before it commits.

use std::time::Instant;

use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr, Sqlite};

use super::super::error::StoreError;
use super::loan::LentWriter;
use super::tx::{Conn, Tx, sqlite_args, tell_slow};
use super::write::{RowStatement, kept_size, touched};
use super::{Arg, Write};

/// From so many rows on, less than which is not worth a task.
pub(super) const ROWS_MIN: usize = 100;

/// A statement with its values.
type Bound = (SqlStr, SqliteArguments);

impl Tx {
    /// Begins to carry out writes of many rows; what becomes of them is told when
    /// the connection is back.
    pub(super) fn write_behind(&mut self, writes: Vec<Write>) -> Result<(), StoreError> {
        let statements = writes.iter().map(|write| sizes(write.rows.len()).count()).sum();
        for _ in 0..statements {
            self.begin_statement()?;
        }
        match std::mem::replace(&mut self.conn, Conn::Away) {
            Conn::Writer(lent) => {
                self.conn = Conn::Behind(tokio::spawn(carry_out(lent, writes)));
                Ok(())
            }
            other => {
                self.conn = other;
                Err(StoreError::Closed)
            }
        }
    }
}

async fn carry_out(
    mut lent: LentWriter,
    writes: Vec<Write>,
) -> (LentWriter, Result<(), StoreError>) {
    for write in writes {
        if let Err(error) = write_one(&mut lent, write).await {
            lent.answered(false);
            return (lent, Err(error));
        }
    }
    (lent, Ok(()))
}

async fn write_one(lent: &mut LentWriter, write: Write) -> Result<(), StoreError> {
    let Write { statement, rows } = write;
    let (meant, mut count) = (rows.len(), 0);
    let mut rows = rows.into_iter();
    let mut next = bound(&statement, &mut rows);
    while let Some(now) = next {
        // The next one is laid out while the database is at work on this one.
        let (done, then) = tokio::join!(run(lent, now?), async { bound(&statement, &mut rows) });
        count += done?;
        next = then;
    }
    touched(statement.table, count, meant)
}

async fn run(lent: &mut LentWriter, (text, args): Bound) -> Result<u64, StoreError> {
    let started = Instant::now();
    let query = sqlx::query_with::<Sqlite, _>(text.clone(), args);
    let done = query.execute(lent.live()?).await;
    tell_slow(text.as_str(), started);
    Ok(done?.rows_affected())
}

/// The statement of the next rows; none behind the last.
fn bound(
    statement: &RowStatement,
    rows: &mut std::vec::IntoIter<Vec<Arg>>,
) -> Option<Result<Bound, StoreError>> {
    let size = sizes(rows.len()).next()?;
    let (text, values) = statement.for_sqlite(rows.by_ref().take(size).collect());
    Some(sqlite_args(values).map(|args| (AssertSqlSafe(text).into_sql_str(), args)))
}

/// How many rows each text has by which so many are written.
fn sizes(mut rows: usize) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let size = kept_size(rows);
        rows -= size;
        (size > 0).then_some(size)
    })
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;
    use crate::store::Store;

    const ROWS: i64 = 777;

    fn rows(from: i64) -> Vec<Vec<Arg>> {
        (from..from + ROWS).map(|n| args![n, format!("the row {n}")]).collect()
    }

    async fn count(tx: &mut Tx) -> i64 {
        let counted: (i64,) = tx.fetch_one("select count(*) from t", args![]).await.unwrap();
        counted.0
    }

    #[tokio::test]
    async fn what_is_written_behind_is_there_for_what_comes_next_and_fails_as_a_whole() {
        let store = Store::open("sqlite::memory:").await.unwrap();
        let (mut tx, _) = store.write(None).await.unwrap();
        tx.execute("create table t (id integer primary key, said text)", args![]).await.unwrap();
        tx.insert_rows("t", "id, said", rows(0)).await.unwrap();
        assert_eq!(count(&mut tx).await, ROWS, "it is asked after what was written");
        tx.insert_rows("t", "id, said", rows(ROWS)).await.unwrap();
        tx.commit().await.unwrap();

        // One of them is there already, which is known once they are written.
        let (mut tx, _) = store.write(None).await.unwrap();
        tx.insert_rows("t", "id, said", rows(2 * ROWS)).await.unwrap();
        tx.insert_rows("t", "id, said", rows(2 * ROWS - 1)).await.unwrap();
        assert!(tx.commit().await.is_err());

        // Whoever goes away half-way leaves the connection, and nothing else.
        let (mut tx, _) = store.write(None).await.unwrap();
        tx.insert_rows("t", "id, said", rows(2 * ROWS)).await.unwrap();
        tx.flush().await.unwrap();
        drop(tx);
        let (mut tx, _) = store.write(None).await.unwrap();
        assert_eq!(count(&mut tx).await, 2 * ROWS);
    }

    #[test]
    fn a_write_is_cut_into_texts_of_few_sizes() {
        assert_eq!(sizes(300).collect::<Vec<_>>(), [128, 128, 32, 8, 4]);
        assert_eq!(sizes(0).count(), 0);
    }
}
