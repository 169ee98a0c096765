//! Two releases on one book at the same time, and the way back: what a release sends has to fit
//! the tables of the next ones, until a migration says that it need not any more. The statements of
//! a release stand in `statements/<database>/<version>.sql`, one a line, and are never edited; how
//! they are recorded is said in `support/recorded.rs`. Those of 0.3.0, which had no such thing, are
//! the texts of its sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row, SqliteConnection};

use crate::support::recorded::{Recording, folder};
use crate::support::{opened, postgres};
use crate::upgrade;
use crate::world::World;

/// Its servers have to be stopped: it knew nothing of this. From the next one on, a release works
/// on the tables of the one after it.
const BY_STOPPING: &str = "0.3.0";

/// A plain connection to a book.
enum Book {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Book {
    async fn open(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            Self::Sqlite(SqliteConnection::connect(url).await.unwrap())
        } else {
            Self::Postgres(PgConnection::connect(url).await.unwrap())
        }
    }

    async fn run(&mut self, text: String) -> Result<(), sqlx::Error> {
        let text = sqlx::raw_sql(AssertSqlSafe(text));
        match self {
            Self::Sqlite(conn) => conn.execute(text).await.map(drop),
            Self::Postgres(conn) => conn.execute(text).await.map(drop),
        }
    }

    async fn number(&mut self, text: &'static str) -> i64 {
        match self {
            Self::Sqlite(conn) => sqlx::query_scalar(text).fetch_one(conn).await.unwrap(),
            Self::Postgres(conn) => sqlx::query_scalar(text).fetch_one(conn).await.unwrap(),
        }
    }

    /// Columns that a new row must give a value, by table.
    async fn needed(&mut self) -> BTreeMap<String, BTreeSet<String>> {
        let rows: Vec<(String, String)> = match self {
            Self::Sqlite(conn) => {
                let text = "select t.name, c.name from sqlite_master t \
                            join pragma_table_info(t.name) c where t.type = 'table' \
                            and c.\"notnull\" = 1 and c.dflt_value is null and c.pk = 0";
                let rows = sqlx::query(text).fetch_all(conn).await.unwrap();
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
            Self::Postgres(conn) => {
                let text = "select table_name::text, column_name::text \
                            from information_schema.columns where table_schema = 'public' \
                            and is_nullable = 'NO' and column_default is null";
                let rows = sqlx::query(text).fetch_all(conn).await.unwrap();
                rows.iter().map(|row| (row.get(0), row.get(1))).collect()
            }
        };
        let mut needed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (table, column) in rows {
            needed.entry(table).or_default().insert(column);
        }
        needed
    }

    /// The statements that the tables do not take, each with why.
    async fn misfits(&mut self, statements: &[String]) -> Vec<String> {
        let needed = self.needed().await;
        let mut found = Vec::new();
        for line in statements {
            let (types, sql) = match line.strip_prefix("/* ").and_then(|it| it.split_once(" */ ")) {
                Some((types, sql)) => (types, sql),
                None => ("", line.as_str()),
            };
            let parts: Vec<String> = match self {
                Self::Sqlite(_) => sql.split("; ").map(|part| format!("explain {part}")).collect(),
                Self::Postgres(_) if types.is_empty() => vec![format!("prepare one as {sql}")],
                Self::Postgres(_) => vec![format!("prepare one ({types}) as {sql}")],
            };
            for part in parts {
                match self.run(part).await {
                    Ok(()) if matches!(self, Self::Sqlite(_)) => {}
                    Ok(()) => self.run("deallocate one".to_owned()).await.unwrap(),
                    Err(error) => found.push(format!("{error}: {sql}")),
                }
            }
            found.extend(without_value(sql, &needed));
        }
        found
    }
}

/// The columns that need a value and that an insert leaves out.
fn without_value(sql: &str, needed: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut found = Vec::new();
    for (table, columns) in inserted(sql) {
        let left = needed.get(table).into_iter().flatten().filter(|it| !columns.contains(it));
        found.extend(left.map(|column| format!("{table}.{column} has no value: {sql}")));
    }
    found
}

/// The tables into which a statement inserts, each with the columns that it fills.
fn inserted(sql: &str) -> Vec<(&str, Vec<String>)> {
    let parts = sql.split("insert into ").skip(1);
    parts
        .filter_map(|part| {
            let (table, rest) = part.split_once(" (")?;
            let (columns, _) = rest.split_once(')')?;
            Some((table, columns.split(',').map(|column| column.trim().to_owned()).collect()))
        })
        .collect()
}

/// The releases whose statements are kept, the oldest first.
fn releases(database: &str) -> Vec<(String, Vec<String>)> {
    let files = fs::read_dir(folder(database)).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, Vec<String>)> = files
        .map(|file| {
            let version = file.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&file).unwrap();
            (version, text.lines().map(str::to_owned).collect())
        })
        .collect();
    found.sort_by_key(|(version, _)| {
        version.split('.').map(|part| part.parse::<u32>().unwrap()).collect::<Vec<_>>()
    });
    assert!(!found.is_empty(), "no release of {database} is kept");
    found
}

const LATEST: &str = "select max(version) from _sqlx_migrations";
const WORKS_FROM: &str = "select works_from from compatibility";
const IS_APPLIED: &str =
    "select count(*) from _sqlx_migrations where version = (select works_from from compatibility)";

async fn judge_release(url: &str, version: &str, statements: &[String], is_last: bool) {
    upgrade::load_release(url, version).await;
    let mut book = Book::open(url).await;
    let known = book.number(LATEST).await;
    assert_eq!(book.misfits(statements).await, [""; 0], "{version} on its own tables");
    opened(url).await.close().await;
    let works_from = book.number(WORKS_FROM).await;
    assert_eq!(book.number(IS_APPLIED).await, 1, "{works_from} is no migration");
    let misfits = book.misfits(statements).await;
    if known >= works_from {
        assert_eq!(misfits, [""; 0], "{version} would still try to work on these tables");
    }
    if version == BY_STOPPING {
        assert!(misfits.iter().any(|it| it.contains("invoice_number")), "{misfits:?}");
    } else if is_last {
        assert!(known >= works_from, "what the release before names was taken away");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_release_sends_fits_a_sqlite_book_until_a_migration_says_otherwise() {
    let releases = releases("sqlite");
    for (number, (version, statements)) in releases.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("book.db").display());
        judge_release(&url, version, statements, number + 1 == releases.len()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_release_sends_fits_a_postgres_book_until_a_migration_says_otherwise() {
    let releases = releases("postgres");
    for (number, (version, statements)) in releases.iter().enumerate() {
        let Some(database) = postgres::empty().await else { return };
        let url = postgres::url_of(&database);
        judge_release(&url, version, statements, number + 1 == releases.len()).await;
    }
}

/// A made-up migration, what undoes it, and what the statements name that do not fit any more.
const TABLE: [(&str, &str, &str); 6] = [
    ("alter table customers add column made_up text", "", ""),
    ("create table made_up (id text primary key)", "", ""),
    ("alter table customers add column made_up_too text not null default ''", "", ""),
    (
        "alter table customers rename column name to called",
        "alter table customers rename column called to name",
        "name",
    ),
    (
        "alter table counters rename to numbers",
        "alter table numbers rename to counters",
        "counters",
    ),
    (
        "alter table offers rename to old_offers",
        "alter table old_offers rename to offers",
        "offers",
    ),
];

async fn judge_today(url: String) {
    let recording = Recording::begin();
    let world = World::new(opened(&url).await).await;
    world.catalogue().await;
    world.put("/v1/customers/ada", json!({"name": "Ada"})).await.expect(201);
    world.buy("ada", "month").await;
    world.buy("ada", "year").await;
    world.advance("2026-04-01").await;
    world.app.store().close().await;
    let statements = recording.statements();
    drop(recording);
    assert!(statements.len() > 50, "{}", statements.len());
    let mut book = Book::open(&url).await;
    assert_eq!(book.misfits(&statements).await, [""; 0]);
    for (migration, undo, named) in TABLE {
        book.run(migration.to_owned()).await.unwrap();
        let misfits = book.misfits(&statements).await;
        book.run(undo.to_owned()).await.unwrap();
        assert_eq!(misfits.is_empty(), named.is_empty(), "{migration}: {misfits:?}");
        assert!(misfits.iter().all(|it| it.contains(named)), "{migration}: {misfits:?}");
    }
    assert_eq!(book.misfits(&statements).await, [""; 0]);
}

#[test]
fn an_insert_that_leaves_out_what_needs_a_value_is_noticed() {
    let needed =
        BTreeMap::from([("t".to_owned(), BTreeSet::from(["a".to_owned(), "b".to_owned()]))]);
    let table = [
        ("with v (a, b) as (values (?, ?)) insert into t (a, b) select a, b from v", 0),
        ("insert into t (a, c) values ($1, $2)", 1),
        ("insert into u (c) values ($1); insert into t (c) values ($2)", 2),
        ("update t set a = $1", 0),
    ];
    for (sql, missing) in table {
        assert_eq!(without_value(sql, &needed).len(), missing, "{sql}");
    }
}

/// The statements of this thread are recorded, so all of the store works on it.
#[tokio::test]
async fn what_is_sent_today_is_held_against_made_up_migrations_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    judge_today(format!("sqlite:{}", folder.path().join("book.db").display())).await;
}

#[tokio::test]
async fn what_is_sent_today_is_held_against_made_up_migrations_postgres() {
    if let Some(database) = postgres::empty().await {
        judge_today(postgres::url_of(&database)).await;
    }
}
