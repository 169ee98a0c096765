//! How near messages of automations come to their limits: bare SQL that writes the very same rows
//! to the same database with the same durability, in the same run, and where mails are sent a plain
//! loop over as many kept connections to the same server. It prints the rows of a table.
//!
//!     cargo bench --bench messages                       # SQLite, and PostgreSQL if found
//!     cargo bench --bench messages -- --messages 2000    # fewer messages
//!     cargo bench --bench messages -- --part report --report 1000000
//!     cargo bench --bench messages -- --only PostgreSQL  # the other is left out
//!
//! Parts are `steps`, `mails`, `events`, `report`, `checkouts` and `memory` (`--runs 1000000` for
//! more than 100,000 runs). Whoever sends is a process of its own, of which the processor's time
//! and the peak of memory are told; so is the plain loop.

#[path = "../throughput/book.rs"]
mod book;
mod checkouts;
#[expect(dead_code, reason = "only tests end a cluster before its time")]
#[path = "../../tests/it/support/cluster.rs"]
mod cluster;
#[expect(dead_code, reason = "only throughput bills")]
#[path = "../throughput/engine.rs"]
mod engine;
mod events;
mod limit;
mod report;
#[path = "../throughput/seed.rs"]
mod seed;
mod sending;
mod smtp;
mod worker;
mod world;

use std::time::Duration;

use crate::book::Server;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// As durable as it comes.
const DURABLE: &str = "-c shared_buffers=512MB -c max_wal_size=8GB";
const MESSAGES: usize = 20_000;
const RUNS: usize = 100_000;
const REPORTED: usize = 100_000;
const TOLD: usize = 2_000;
const CHECKOUTS: usize = 1_000;

pub(crate) fn option(name: &str, default: usize) -> usize {
    told(name).and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn told(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

/// A row: what was measured beside its limit, how they stand to each other, and what is aimed at,
/// both in thousandths.
pub(crate) fn row(what: &str, units: usize, (took, limit): (Duration, Duration), aim: u128) {
    let units = u128::try_from(units).unwrap_or(0);
    let rate = |time: Duration| units * 1_000_000 / time.as_micros().max(1);
    let ratio = limit.as_micros() * 1_000 / took.as_micros().max(1);
    let digits = |it: u128| format!("{}.{:02}", it / 1_000, it % 1_000 / 10);
    let (took, limit) = (rate(took), rate(limit));
    println!("| {what} | {took}/s | {limit}/s | {} | ≥ {} |", digits(ratio), digits(aim));
}

#[tokio::main]
async fn main() {
    tracing_subscriber::fmt().with_max_level(tracing::Level::ERROR).init();
    if let Some(url) = told("--worker") {
        return worker::work(&url).await;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut servers = vec![Server::Sqlite(folder.path().to_owned())];
    match cluster::Cluster::start(DURABLE) {
        Some(cluster) => servers.push(Server::Postgres(cluster)),
        None => println!("PostgreSQL is not found: apt-get install postgresql"),
    }
    let (only, part) = (told("--only"), told("--part"));
    let is_wanted = |name: &str| part.as_ref().is_none_or(|it| it == name);
    println!("| measure | engine | limit | ratio | aim |\n|---|---|---|---|---|");
    for server in servers.iter().filter(|it| only.as_ref().is_none_or(|only| it.name() == *only)) {
        let messages = option("--messages", MESSAGES);
        if is_wanted("steps") || is_wanted("mails") {
            sending::measure(server, messages, is_wanted("mails")).await;
        }
        if is_wanted("events") {
            events::measure(server, option("--told", TOLD)).await;
        }
        if is_wanted("report") {
            report::measure(server, option("--report", REPORTED)).await;
        }
        if is_wanted("checkouts") {
            checkouts::measure(server, option("--checkouts", CHECKOUTS)).await;
        }
        if is_wanted("memory") {
            sending::measure_memory(server, option("--runs", RUNS)).await;
        }
    }
}
