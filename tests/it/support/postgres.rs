//! A throwaway PostgreSQL: one cluster for the whole test process, one database for each test.
//!
//! `CROSSGRADE_TEST_POSTGRES_URL` names a server to use instead, with the right to create
//! databases. `CROSSGRADE_TEST_REQUIRE=all` turns the absence of both into a failure.

use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crossgrade::store::Store;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Executor};

use super::cluster::Cluster;

/// Quick, and lost with the power.
const FAST: &str = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off \
    -c shared_buffers=64MB -c max_wal_size=2GB";

/// The server of this test process.
struct Server {
    /// A URL with `{}` in place of the database's name.
    url: String,
    /// Whether databases must be dropped by hand.
    outlives_us: bool,
    /// Ends with this process.
    _cluster: Option<Cluster>,
}

/// A database of its own for one test.
pub(crate) struct Database {
    name: String,
    outlives_us: bool,
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.outlives_us {
            let text = format!("drop database if exists {} with (force)", self.name);
            blocking(async move { administer(text).await });
        }
    }
}

/// An empty, migrated database, or none where there is no PostgreSQL.
pub(crate) async fn fresh() -> Option<(Store, Database)> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    super::recorded::listen();
    let server = server()?;
    let base = base();
    let name = format!("{base}_{}", NEXT.fetch_add(1, Ordering::Relaxed));
    administer(format!("create database {name} template {base}")).await;
    let store = Store::open(&server.url.replace("{}", &name)).await.unwrap();
    let outlives_us = server.outlives_us;
    Some((store, Database { name, outlives_us }))
}

/// A database without anything in it, or none where there is no PostgreSQL.
pub(crate) async fn empty() -> Option<Database> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let server = server()?;
    let next = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("crossgrade_empty_{}_{next}", std::process::id());
    administer(format!("create database {name}")).await;
    Some(Database { name, outlives_us: server.outlives_us })
}

/// The address of a database, for tests that open it themselves.
pub(crate) fn url_of(database: &Database) -> String {
    server().unwrap().url.replace("{}", &database.name)
}

/// The name of the migrated database from which all others are copied.
fn base() -> &'static str {
    static BASE: OnceLock<String> = OnceLock::new();
    BASE.get_or_init(|| {
        let name = format!("crossgrade_test_{}", std::process::id());
        let base = name.clone();
        blocking(async move {
            administer(format!("drop database if exists {base} with (force)")).await;
            administer(format!("create database {base}")).await;
            let url = server().unwrap().url.replace("{}", &base);
            let store = Store::open(&url).await.unwrap();
            store.migrate().await.unwrap();
            store.close().await;
        });
        name
    })
}

/// Runs a future to its end on a thread of its own, also from within a runtime.
fn blocking(work: impl Future<Output = ()> + Send + 'static) {
    let run = move || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_all().build().unwrap().block_on(work);
    };
    std::thread::spawn(run).join().unwrap();
}

/// Runs one statement outside of any test's database. Two at once may not copy the same one.
async fn administer(text: String) {
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _turn = ONE_AT_A_TIME.lock().await;
    let url = server().unwrap().url.replace("{}", "postgres");
    let options = PgConnectOptions::from_str(&url).unwrap();
    let mut conn: PgConnection = options.connect().await.unwrap();
    conn.execute(AssertSqlSafe(text)).await.unwrap();
}

fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let start = || {
        if let Some(url) = std::env::var_os("CROSSGRADE_TEST_POSTGRES_URL") {
            return Some(existing(url.to_str().unwrap()));
        }
        let server = Cluster::start(FAST).map(|cluster| Server {
            url: cluster.url("{}"),
            outlives_us: false,
            _cluster: Some(cluster),
        });
        let required = std::env::var_os("CROSSGRADE_TEST_REQUIRE").is_some_and(|v| v == "all");
        let hint = "no PostgreSQL found, its tests are skipped: apt-get install postgresql, \
                    or set CROSSGRADE_TEST_POSTGRES_URL";
        assert!(server.is_some() || !required, "{hint}");
        if server.is_none() {
            eprintln!("{hint}");
        }
        server
    };
    SERVER.get_or_init(start).as_ref()
}

fn existing(url: &str) -> Server {
    let (address, query) = url.split_once('?').unwrap_or((url, ""));
    let (server, _database) = match address.match_indices('/').nth(2) {
        Some((slash, _)) => address.split_at(slash),
        None => (address, ""),
    };
    Server { url: format!("{server}/{{}}?{query}"), outlives_us: true, _cluster: None }
}
