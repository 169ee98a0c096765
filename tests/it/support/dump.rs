//! The whole book as text, straight from its tables: what a request has changed, and whether a
//! secret is anywhere.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection};

/// The rows of every table, sorted.
pub(crate) type Dump = BTreeMap<String, Vec<String>>;

/// Reads a book of either kind.
pub(crate) async fn dump(url: &str) -> Dump {
    if url.starts_with("sqlite:") { of_sqlite(url).await } else { of_postgres(url).await }
}

async fn of_sqlite(url: &str) -> Dump {
    let options: sqlx::sqlite::SqliteConnectOptions = url.parse().unwrap();
    let mut conn: SqliteConnection = options.read_only(true).connect().await.unwrap();
    let query = "select name from sqlite_master where type = 'table' order by name";
    let names: Vec<(String,)> = sqlx::query_as(query).fetch_all(&mut conn).await.unwrap();
    let mut dump = Dump::new();
    for (name,) in names {
        let query = format!("select name from pragma_table_info('{name}') order by cid");
        let query = sqlx::query_as(AssertSqlSafe(query));
        let columns: Vec<(String,)> = query.fetch_all(&mut conn).await.unwrap();
        let quoted: Vec<_> = columns.iter().map(|(name,)| format!("quote({name})")).collect();
        let row = quoted.join(" || ' ' || ");
        let query = sqlx::query_as(AssertSqlSafe(format!("select {row} from {name} order by 1")));
        let rows: Vec<(String,)> = query.fetch_all(&mut conn).await.unwrap();
        dump.insert(name, rows.into_iter().map(|(row,)| row).collect());
    }
    conn.close().await.unwrap();
    dump
}

async fn of_postgres(url: &str) -> Dump {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let mut conn: PgConnection = options.connect().await.unwrap();
    let query = "select cast(tablename as text) from pg_tables where schemaname = 'public' \
                 order by tablename";
    let names: Vec<(String,)> = sqlx::query_as(query).fetch_all(&mut conn).await.unwrap();
    let mut dump = Dump::new();
    for (name,) in names {
        let query = format!("select cast(t as text) from {name} t order by 1");
        let query = sqlx::query_as(AssertSqlSafe(query));
        let rows: Vec<(String,)> = query.fetch_all(&mut conn).await.unwrap();
        dump.insert(name, rows.into_iter().map(|(row,)| row).collect());
    }
    conn.close().await.unwrap();
    dump
}
