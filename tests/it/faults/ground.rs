//! A book on either database that can be looked at from beside the engine: every row of every
//! table, as text.

use std::collections::BTreeMap;
use std::str::FromStr;

use crossgrade::app::App;
use crossgrade::app::start::Start;
use crossgrade::app::test_clock::ClockTarget;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::store::Store;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Executor, PgConnection, SqliteConnection};

use crate::support::postgres;
use crate::world::{ADMIN_KEY, START, World};

/// Every table with its rows.
pub(crate) type Rows = BTreeMap<String, String>;

/// A book, the engine's way into it, and ours.
pub(crate) struct Ground {
    pub(crate) store: Store,
    side: Side,
    starts: u8,
    _kept: Kept,
}

/// A way into a book that the engine does not know of.
pub(crate) enum Side {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Side {
    pub(crate) async fn open(url: &str) -> Self {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url).unwrap();
            return Self::Sqlite(options.connect().await.unwrap());
        }
        Self::Postgres(PgConnectOptions::from_str(url).unwrap().connect().await.unwrap())
    }

    /// The rows of a query that gives one text each.
    pub(crate) async fn texts(&mut self, sql: impl Into<String>) -> Vec<String> {
        let sql = AssertSqlSafe(sql.into());
        let rows: Vec<(String,)> = match self {
            Self::Sqlite(side) => sqlx::query_as(sql).fetch_all(side).await.unwrap(),
            Self::Postgres(side) => sqlx::query_as(sql).fetch_all(side).await.unwrap(),
        };
        rows.into_iter().map(|(text,)| text).collect()
    }

    async fn execute(&mut self, sql: &'static str) {
        match self {
            Self::Sqlite(side) => drop(side.execute(sql).await.unwrap()),
            Self::Postgres(side) => drop(side.execute(sql).await.unwrap()),
        }
    }
}

/// What goes when the book goes.
enum Kept {
    Folder(#[expect(dead_code, reason = "held until the end")] tempfile::TempDir),
    Database(#[expect(dead_code, reason = "held until the end")] postgres::Database),
}

/// Which database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

impl Ground {
    /// An empty book, or none where there is no such database.
    pub(crate) async fn new(on: On) -> Option<Self> {
        let (store, url, kept) = match on {
            On::Sqlite => {
                let (store, folder) = crate::support::sqlite().await;
                let url = format!("sqlite:{}", folder.path().join("book.db").display());
                (store, url, Kept::Folder(folder))
            }
            On::Postgres => {
                let (store, database) = postgres::fresh().await?;
                (store, postgres::url_of(&database), Kept::Database(database))
            }
        };
        let side = Side::open(&url).await;
        Some(Self { store, side, starts: 0, _kept: kept })
    }

    /// The engine on the book, as after a start of the server: with other randomness each time,
    /// and on the clock of the book.
    pub(crate) async fn app(&mut self) -> App {
        let first = (self.starts == 0).then_some(START);
        self.app_on(first).await
    }

    async fn app_on(&mut self, day: Option<&str>) -> App {
        self.starts += 1;
        let start = Start {
            test_clock: day.map(|day| ClockTarget::Date(day.parse().unwrap())),
            seed: [self.starts; 32],
            public_url: "http://localhost:8080".to_owned(),
            reach: EndpointReach::Public,
        };
        App::start(self.store.clone(), start).await.unwrap()
    }

    /// The same behind its router, with the first merchant.
    pub(crate) async fn start(&mut self) -> World {
        let app = self.app().await;
        app.bootstrap(Some(ADMIN_KEY)).await.unwrap();
        World::behind(app)
    }

    /// The same after a while in which nothing was billed.
    pub(crate) async fn start_on(&mut self, day: &str) -> World {
        World::behind(self.app_on(Some(day)).await)
    }

    /// Every row of every table; what serves to answer repeated requests is left out.
    pub(crate) async fn rows(&mut self) -> Rows {
        let mut rows = Rows::new();
        for table in self.tables().await {
            let all = match &self.side {
                Side::Sqlite(_) => {
                    let named = format!("select name from pragma_table_info('{table}')");
                    let columns = self.side.texts(named).await;
                    let quoted: Vec<_> = columns.iter().map(|c| format!("quote({c})")).collect();
                    format!("select {} from {table} order by 1", quoted.join("||','||"))
                }
                Side::Postgres(_) => {
                    format!("select t::text from {table} t order by t::text collate \"C\"")
                }
            };
            let text = self.side.texts(all).await.join("\n");
            rows.insert(table, text);
        }
        rows
    }

    async fn tables(&mut self) -> Vec<String> {
        let names = match &self.side {
            Side::Sqlite(_) => "select name from sqlite_master where type = 'table'",
            Side::Postgres(_) => {
                "select tablename::text from pg_tables where schemaname = 'public'"
            }
        };
        let left_out = |name: &str| {
            name == "idempotency" || name.starts_with("_sqlx") || name.starts_with("sqlite_")
        };
        self.side.texts(names).await.into_iter().filter(|name| !left_out(name)).collect()
    }

    /// The leases of all requests that were begun have passed.
    pub(crate) async fn end_leases(&mut self) {
        let text = "update idempotency set leased_until = null where state = 'running'";
        self.side.execute(text).await;
    }
}

/// A text in which everything random is named by the order in which it appears, so that two
/// books with the same story read the same.
pub(crate) fn named(text: &str, names: &mut BTreeMap<String, String>) -> String {
    const PREFIXES: [&str; 13] = [
        "sub_", "chk_", "inv_", "crn_", "sch_", "prc_", "evt_", "run_", "key_", "pay_", "dlv_",
        "arn_", "msg_",
    ];
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, word) = rest.split_at(start);
        let (word, after) = word.split_at(word.find(|c| !is_part(c)).unwrap_or(word.len()));
        told.push_str(before);
        let prefix = PREFIXES.iter().find(|prefix| word.starts_with(**prefix));
        match prefix {
            Some(prefix) if word.len() == prefix.len() + 25 => {
                let next = format!("{prefix}{}", names.len());
                told.push_str(names.entry(word.to_owned()).or_insert(next));
            }
            _ if word.len() >= 32 => told.push('…'),
            _ => told.push_str(word),
        }
        rest = after;
    }
    told.push_str(rest);
    told
}

/// The rows of a book with its random parts named, and without what tells of attempts: how many
/// runs there were and how long they took, the letters by which keys are recognised, and the times
/// outside.
pub(crate) fn story_of(rows: &Rows) -> Rows {
    let mut names = BTreeMap::new();
    let mut told = Rows::new();
    for (table, text) in rows {
        let text = match table.as_str() {
            "billing_runs" => continue,
            "api_keys" | "webhook_endpoints" | "webhook_deliveries" => {
                text.lines().count().to_string()
            }
            _ => named(text, &mut names),
        };
        told.insert(table.clone(), text);
    }
    told
}

/// Fails with the first row that differs.
#[track_caller]
pub(crate) fn assert_same(got: &Rows, wanted: &Rows, what: &str) {
    for (table, rows) in wanted {
        let (got, mut wanted) = (got[table].lines().collect::<Vec<_>>(), rows.lines());
        for row in &got {
            let next = wanted.next();
            assert_eq!(Some(*row), next, "{what}: {table}");
        }
        assert_eq!(wanted.next(), None, "{what}: {table}: a row is missing");
    }
}
