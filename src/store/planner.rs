//! What SQLite's planner is told of a book: once and for all that it is full. It decides by what
//! its statistics say of each index; without any it reads all that a merchant has in the order of
//! ids where an index would find the few that are asked for, and with those of a young book it
//! goes about the grown one as if it were small. So nothing here is measured, and no plan depends
//! on when somebody looked. What PostgreSQL knows it finds out by itself.

use sqlx::{Connection, Executor, Row, SqliteConnection};

use super::error::StoreError;

/// So many rows a table has, of four merchants like this one.
const ROWS: u64 = 4_000_000;
/// One merchant's share.
const MERCHANTS: u64 = 4;
/// An index of some rows alone has one of so many.
const SOME: u64 = 8;
/// So many rows share a day or an instant.
const OF_A_DAY: u64 = 1_000;
/// So many rows share what is named, such as a customer.
const OF_A_NAME: u64 = 20;
/// What a column is called that has this many values, and no more.
const FEW_VALUES: (&[&str], u64) =
    (&["active", "channel", "currency", "kind", "noun", "side", "state", "status"], 4);

/// The indexes of all tables, each with its columns in their order.
const INDEXES: &str = "select t.name as of_table, i.name as of_index, i.\"unique\" as is_unique, \
     i.partial as is_partial, (select group_concat(name) from (select coalesce(c.name, '') as name \
     from pragma_index_info(i.name) c order by c.seqno)) as columns \
     from sqlite_master t join pragma_index_list(t.name) i \
     where t.type = 'table' and t.name not like 'sqlite!_%' escape '!' order by 1, 2";

/// Told of one index.
#[derive(Debug, PartialEq, Eq)]
struct IndexStatistics {
    table: String,
    index: String,
    /// How many rows it has, and how many of them share its first column, its first two, and so on.
    rows: String,
}

/// Tells the planner, unless it knows.
pub(super) async fn tell(conn: &mut SqliteConnection) -> Result<(), StoreError> {
    let wanted = wanted(conn).await?;
    if known(conn).await? == wanted {
        return Ok(());
    }
    let mut tx = conn.begin_with("begin immediate").await?;
    // Made anew, so that other connections see that something has changed. Only this makes it, and
    // of one row.
    for text in ["drop table if exists sqlite_stat1", "analyze book", "delete from sqlite_stat1"] {
        tx.execute(text).await?;
    }
    for IndexStatistics { table, index, rows } in wanted {
        let text = "insert into sqlite_stat1 (tbl, idx, stat) values ($1, $2, $3)";
        sqlx::query(text).bind(table).bind(index).bind(rows).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    conn.execute("analyze sqlite_schema").await?;
    Ok(())
}

async fn known(conn: &mut SqliteConnection) -> Result<Vec<IndexStatistics>, StoreError> {
    let is_there = "select 1 from sqlite_master where name = 'sqlite_stat1'";
    if conn.fetch_optional(is_there).await?.is_none() {
        return Ok(Vec::new());
    }
    let all = "select tbl, idx, stat from sqlite_stat1 order by 1, 2";
    let told = |row: &sqlx::sqlite::SqliteRow| {
        let text = |place| row.try_get::<Option<String>, _>(place).map(Option::unwrap_or_default);
        Ok(IndexStatistics { table: text(0)?, index: text(1)?, rows: text(2)? })
    };
    conn.fetch_all(all).await?.iter().map(told).collect()
}

async fn wanted(conn: &mut SqliteConnection) -> Result<Vec<IndexStatistics>, StoreError> {
    let told = |row: &sqlx::sqlite::SqliteRow| {
        let columns: String = row.try_get("columns")?;
        let columns: Vec<&str> = columns.split(',').collect();
        let (is_unique, is_partial) = (row.try_get("is_unique")?, row.try_get("is_partial")?);
        Ok(IndexStatistics {
            table: row.try_get("of_table")?,
            index: row.try_get("of_index")?,
            rows: rows(&columns, is_unique, is_partial),
        })
    };
    conn.fetch_all(INDEXES).await?.iter().map(told).collect()
}

/// How many rows an index has, and how many share each beginning of its columns.
fn rows(columns: &[&str], is_unique: bool, is_partial: bool) -> String {
    let all = if is_partial { ROWS / SOME } else { ROWS };
    let (mut told, mut shared) = (vec![all.to_string()], all);
    for (place, column) in columns.iter().enumerate() {
        shared = if is_unique && place + 1 == columns.len() {
            1
        } else if *column == "merchant_id" {
            shared.min(all / MERCHANTS)
        } else if FEW_VALUES.0.contains(column) {
            (shared / FEW_VALUES.1).max(1)
        } else if column.ends_with("_on") || column.ends_with("_at") {
            shared.min(OF_A_DAY)
        } else {
            shared.min(OF_A_NAME)
        };
        told.push(shared.to_string());
    }
    told.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_told_by_its_columns() {
        let table = [
            (&["merchant_id", "id"][..], true, false, "4000000 1000000 1"),
            (&["merchant_id", "customer_id", "id"], false, false, "4000000 1000000 20 20"),
            (&["merchant_id", "status", "id"], true, false, "4000000 1000000 250000 1"),
            (&["merchant_id", "due_on"], false, true, "500000 125000 1000"),
            (&["token"], true, false, "4000000 1"),
        ];
        for (columns, is_unique, is_partial, told) in table {
            assert_eq!(rows(columns, is_unique, is_partial), told, "{columns:?}");
        }
    }
}
