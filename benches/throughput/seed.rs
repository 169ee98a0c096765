//! What both benches begin with: an engine on a book, and customers whose subscriptions fall due.

use std::sync::atomic::{AtomicU8, Ordering};

use chrono::{DateTime, Utc};
use crossgrade::app::App;
use crossgrade::clock::Clock;
use crossgrade::domain::webhook::EndpointReach;
use crossgrade::store::Store;

use crate::book::Server;

/// The key that opens everything.
pub(crate) const KEY: &str = "cg_bench_0123456789012345678901234567890123456789";

/// How many books were opened: one that is opened again goes on with other ids.
static OPENED: AtomicU8 = AtomicU8::new(0);

/// The engine on a book, at an instant.
pub(crate) async fn open(server: &Server, book: &str, now: &str) -> App {
    let store = Store::open(&server.url(book)).await.expect("a store");
    store.migrate().await.expect("tables");
    let now: DateTime<Utc> = now.parse().expect("an instant");
    let clock = Clock::simulated(now);
    let seed = [OPENED.fetch_add(1, Ordering::Relaxed); 32];
    let app = App::new(store, clock, seed, "http://localhost".to_owned(), EndpointReach::Public)
        .expect("an app");
    app.bootstrap(Some(KEY)).await.expect("a merchant");
    app
}

/// Customers with a subscription that is due on 10 February 2026, as a merchant would have brought
/// them over. `offer` is SQL that tells the id of the `i`-th one's offer; all cost 9.90 a month.
pub(crate) async fn seed(server: &Server, book: &str, count: usize, offer: &str) {
    let numbers = match server {
        Server::Sqlite(_) => format!(
            "with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < {count})"
        ),
        Server::Postgres(_) => format!("with n(i) as (select generate_series(0, {count} - 1))"),
    };
    let (id, at) = match server {
        Server::Sqlite(_) => ("printf('%07d', i)", "'2026-01-10 00:00:00+00:00'"),
        Server::Postgres(_) => ("lpad(cast(i as text), 7, '0')", "'2026-01-10T00:00:00Z'"),
    };
    let date = |text: &str| match server {
        Server::Sqlite(_) => format!("'{text}'"),
        Server::Postgres(_) => format!("date '{text}'"),
    };
    let (start, end) = (date("2026-01-10"), date("2026-02-10"));
    let customers = format!(
        "insert into customers (merchant_id, id, email, name, sequence, due_on, created_at)
         {numbers} select 'default', 'c' || {id}, 'reader' || i || '@mail.example',
         'Reader Number ' || i, 1, {end}, {at} from n"
    );
    let subscriptions = format!(
        "insert into subscriptions (merchant_id, id, customer_id, sequence, offer_id,
         offer_version, price_minor, status, started_on, first_booking_on, anchor_day,
         period_start, period_end, term_start, term_end, chain_id, next_booking_on, created_at)
         {numbers} select 'default', 'sub_' || {id}, 'c' || {id}, 1, {offer}, 1, 990, 'active',
         {start}, {start}, 10, {start}, {end}, {start}, {end}, 'sub_' || {id}, {end}, {at} from n"
    );
    server.run(book, &[&customers, &subscriptions, "analyze"]).await;
}
