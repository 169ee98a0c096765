//! How long the server takes to answer each page of a grown-up book, beside what the page's main
//! query takes as bare SQL on the same database in the same run. It prints one line a page.
//!
//!     cargo bench --bench pages                        # SQLite, and PostgreSQL if found
//!     cargo bench --bench pages -- --customers 100000  # a book ten times as large
//!     cargo bench --bench pages -- --times 20 --only 1 # fewer looks, SQLite alone
//!
//! The book has 10,000 subscriptions that were billed twice, the last time today: 20,000 invoices,
//! and as many events of today as the overview counts; 1,000 changes, most of which wait; 300
//! offers with 2,000 edges; and one customer with 40 subscriptions. Pages are asked for through
//! the router with a session, one after the other.

mod asks;
#[expect(dead_code, reason = "only throughput copies books and removes them")]
#[path = "../throughput/book.rs"]
mod book;
#[expect(dead_code, reason = "only tests end a cluster before its time")]
#[path = "../../tests/it/support/cluster.rs"]
mod cluster;
mod grown;
#[path = "../throughput/seed.rs"]
mod seed;

use std::time::{Duration, Instant};

use crate::asks::{Ask, Bare};
use crate::grown::Visitor;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const CUSTOMERS: usize = 10_000;
const TIMES: usize = 200;
/// Looks at each page that are not counted.
const WARM_UP: usize = 3;

fn option(name: &str, default: usize) -> usize {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// A duration in milliseconds with two digits behind the point.
fn millis(time: Duration) -> String {
    let hundredths = time.as_micros() / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Of the sorted times, the one below which so many percent are.
fn percentile(times: &[Duration], percent: usize) -> Duration {
    times[(times.len() * percent / 100).min(times.len() - 1)]
}

async fn measure(visitor: &Visitor, bare: &mut Bare, ask: &Ask, times: usize) {
    let (mut pages, mut queries) = (Vec::new(), Vec::new());
    let mut statements = 0;
    for time in 0..times + WARM_UP {
        let before = visitor.app.store().statements();
        let begun = Instant::now();
        visitor.ask(ask).await;
        let page = begun.elapsed();
        statements = visitor.app.store().statements() - before;
        let begun = Instant::now();
        bare.run(&ask.sql).await;
        if time >= WARM_UP {
            pages.push(page);
            queries.push(begun.elapsed());
        }
    }
    pages.sort();
    queries.sort();
    let [half, most, nearly_all] = [50, 95, 99].map(|percent| millis(percentile(&pages, percent)));
    let [bare_half, bare_most] = [50, 95].map(|percent| millis(percentile(&queries, percent)));
    println!(
        "{:<44} {half:>8} {most:>8} {nearly_all:>8}   {bare_half:>8} {bare_most:>8}   \
            {statements:>4}",
        ask.what
    );
}

#[tokio::main]
async fn main() {
    let customers = option("--customers", CUSTOMERS).max(2_000);
    let (times, only) = (option("--times", TIMES).max(1), option("--only", 2));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut servers = vec![book::Server::Sqlite(folder.path().to_owned())];
    if only > 1 {
        match cluster::Cluster::start("-c shared_buffers=512MB") {
            Some(cluster) => servers.push(book::Server::Postgres(cluster)),
            None => println!("PostgreSQL is not found: apt-get install postgresql"),
        }
    }
    for server in &servers {
        let visitor = grown::build(server, "grown", customers).await;
        let mut bare = Bare::open(&server.url("grown")).await;
        println!("{}, {customers} subscriptions; milliseconds", server.name());
        println!(
            "{:<44} {:>8} {:>8} {:>8}   {:>8} {:>8}   {:>4}",
            "page", "p50", "p95", "p99", "bare p50", "bare p95", "SQL"
        );
        for ask in asks::all(&mut bare, &visitor).await {
            measure(&visitor, &mut bare, &ask, if ask.is_slow { times.min(10) } else { times })
                .await;
        }
        visitor.app.store().close().await;
    }
}
