//! How near the engine comes to its limit: bare SQL that writes the very same rows to the same
//! database with the same durability, in the same run. It prints one line a measure.
//!
//!     cargo bench --bench throughput                       # SQLite, and PostgreSQL if found
//!     cargo bench --bench throughput -- --customers 20000  # a smaller billing run
//!     cargo bench --bench throughput -- --only PostgreSQL  # the other is left out
//!
//! The engine writes first; its rows are then copied, transaction by transaction, into a copy of
//! the database as it was before. The copying statements are `insert … select` from tables in
//! the same database, so that the limit has hardly a client in it. It writes as one does by hand:
//! one statement a round trip and a durable commit for each transaction, on PostgreSQL with a
//! connection for each client.

mod bare;
mod book;
#[expect(dead_code, reason = "only tests end a cluster before its time")]
#[path = "../../tests/it/support/cluster.rs"]
mod cluster;
mod engine;
mod seed;

use std::time::Duration;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As durable as it comes.
const DURABLE: &str = "-c shared_buffers=512MB -c max_wal_size=8GB";
const COMPLETIONS: usize = 2_000;
const CUSTOMERS: usize = 100_000;

/// One measure: the engine's time and the limit's for the same rows.
struct Measure {
    what: String,
    units: usize,
    engine: Duration,
    bare: Duration,
}

impl Measure {
    fn print(&self) {
        let units = u128::try_from(self.units).unwrap_or(0);
        let rate = |time: Duration| units * 1_000_000 / time.as_micros().max(1);
        let ratio = self.bare.as_micros() * 1_000 / self.engine.as_micros().max(1);
        println!(
            "{:<46} {:>8}/s   bare SQL {:>8}/s   ratio {}.{:03}",
            self.what,
            rate(self.engine),
            rate(self.bare),
            ratio / 1_000,
            ratio % 1_000
        );
    }
}

fn option(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).init();
    let completions = option("--completions", COMPLETIONS);
    let customers = option("--customers", CUSTOMERS);
    let only = std::env::args().skip_while(|argument| argument != "--only").nth(1);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut servers = vec![book::Server::Sqlite(folder.path().to_owned())];
    match cluster::Cluster::start(DURABLE) {
        Some(cluster) => servers.push(book::Server::Postgres(cluster)),
        None => println!("PostgreSQL is not found: apt-get install postgresql"),
    }
    let is_wanted = |server: &&book::Server| only.as_ref().is_none_or(|it| server.name() == *it);
    for server in servers.iter().filter(is_wanted) {
        for clients in [1, 8, 32] {
            let run = engine::sell(server, completions, clients).await;
            let what = format!("{}: {clients} client(s) opening, completing", server.name());
            let bare = bare::one_by_one(server, &run, bare::CHECKOUT, clients).await;
            Measure { what, units: completions, engine: run.took, bare }.print();
        }
        let run = engine::upsell(server, completions, 8).await;
        let what = format!("{}: 8 client(s): order, offer, accepted", server.name());
        let bare = bare::one_by_one(server, &run, bare::UPSELL, 8).await;
        Measure { what, units: completions, engine: run.took, bare }.print();
        let run = engine::bill(server, customers).await;
        let what = format!("{}: billing {customers} subscriptions", server.name());
        let bare = bare::bill(server, &run).await;
        Measure { what, units: customers, engine: run.took, bare }.print();
    }
}
