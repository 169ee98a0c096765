//! The limit: the rows of a run, written by bare SQL into the book as it was before.

use std::time::{Duration, Instant};

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use crate::book::Server;
use crate::engine::Run;

const TABLES: [&str; 11] = [
    "counters",
    "customers",
    "balances",
    "subscriptions",
    "invoices",
    "invoice_lines",
    "credit_notes",
    "credit_note_lines",
    "payments",
    "events",
    "checkouts",
];

/// Every statement of one transaction; `{in}` stands for the customers that it is about.
/// Parents come before children, for SQLite's immediate foreign keys.
const STATEMENTS: [&str; 12] = [
    "update customers set sequence = s.sequence, due_on = s.due_on from src.customers s
     where customers.merchant_id = s.merchant_id and customers.id = s.id and s.id {in}",
    "update subscriptions set status = s.status, ended_on = s.ended_on,
     successor_id = s.successor_id, period_start = s.period_start, period_end = s.period_end,
     term_start = s.term_start, term_end = s.term_end, next_booking_on = s.next_booking_on
     from src.subscriptions s where subscriptions.merchant_id = s.merchant_id
     and subscriptions.id = s.id and s.customer_id {in}",
    "update invoices set status = s.status, amount_due_minor = s.amount_due_minor,
     given_to_balance_minor = s.given_to_balance_minor from src.invoices s
     where invoices.merchant_id = s.merchant_id and invoices.id = s.id and s.customer_id {in}",
    "update checkouts set status = s.status, preview = s.preview, result = s.result
     from src.checkouts s where checkouts.merchant_id = s.merchant_id and checkouts.id = s.id
     and s.customer_id {in}",
    "insert into subscriptions select * from src.subscriptions s where s.customer_id {in}
     on conflict do nothing",
    "insert into balances select * from src.balances s where s.customer_id {in}
     on conflict do nothing",
    "update counters set invoice_number = invoice_number + 1,
     event_sequence = event_sequence + 1 where merchant_id = 'default'",
    "insert into invoices select * from src.invoices s where s.customer_id {in}
     on conflict do nothing",
    "insert into invoice_lines select l.* from src.invoices s join src.invoice_lines l
     on l.merchant_id = s.merchant_id and l.invoice_id = s.id where s.customer_id {in}
     on conflict do nothing",
    "insert into credit_notes select * from src.credit_notes s where s.customer_id {in}
     on conflict do nothing",
    "insert into payments select * from src.payments s where s.customer_id {in}
     on conflict do nothing",
    "insert into events select * from src.events s where s.customer_id {in}
     on conflict do nothing",
];

const CREDIT_LINES: &str = "insert into credit_note_lines select l.* from src.credit_notes s
     join src.credit_note_lines l on l.merchant_id = s.merchant_id and l.credit_note_id = s.id
     where s.customer_id {in} on conflict do nothing";

fn statements(condition: &str) -> Vec<String> {
    let texts = STATEMENTS.iter().copied().chain([CREDIT_LINES]);
    texts.map(|text| text.replace("{in}", condition)).collect()
}

/// One transaction for each completion on PostgreSQL, with as many connections as clients. On
/// SQLite, where one connection writes, as many completions in a transaction as there are
/// clients: nobody can commit for more of them at once.
pub(crate) async fn complete(server: &Server, run: &Run, clients: usize) -> Duration {
    let took = match server {
        Server::Sqlite(_) => {
            let pages: Vec<Vec<String>> =
                run.customers.chunks(clients).map(<[_]>::to_vec).collect();
            sqlite(server, run, &pages).await
        }
        Server::Postgres(_) => {
            let pages: Vec<Vec<String>> = run.customers.chunks(1).map(<[_]>::to_vec).collect();
            postgres(server, run, &pages, clients).await
        }
    };
    clean(server, run).await;
    took
}

/// One transaction for each page of 500 customers, as the engine does.
pub(crate) async fn bill(server: &Server, run: &Run) -> Duration {
    let pages: Vec<Vec<String>> = run.customers.chunks(500).map(<[_]>::to_vec).collect();
    let took = match server {
        Server::Sqlite(_) => sqlite(server, run, &pages).await,
        Server::Postgres(_) => postgres(server, run, &pages, 1).await,
    };
    clean(server, run).await;
    took
}

async fn clean(server: &Server, run: &Run) {
    server.remove(&run.before).await;
    server.remove(&run.after).await;
}

async fn sqlite(server: &Server, run: &Run, pages: &[Vec<String>]) -> Duration {
    let mut book = SqliteConnection::connect(&server.url(&run.before)).await.expect("a book");
    let path = server.url(&run.after).replace("sqlite:", "");
    for pragma in [
        "pragma journal_mode = wal".to_owned(),
        "pragma synchronous = full".to_owned(),
        "pragma foreign_keys = on".to_owned(),
        format!("attach database '{path}' as src"),
    ] {
        book.execute(AssertSqlSafe(pragma)).await.expect("a pragma");
    }
    index(&mut book).await;
    let single = statements("= $1");
    let ranged = statements("between $1 and $2");
    let started = Instant::now();
    for page in pages {
        book.execute("begin immediate").await.expect("begin");
        if page.len() > 64 {
            for text in &ranged {
                sqlx::query(AssertSqlSafe(text.clone()))
                    .bind(&page[0])
                    .bind(&page[page.len() - 1])
                    .execute(&mut book)
                    .await
                    .expect(text);
            }
        } else {
            for customer in page {
                for text in &single {
                    sqlx::query(AssertSqlSafe(text.clone()))
                        .bind(customer)
                        .execute(&mut book)
                        .await
                        .expect(text);
                }
            }
        }
        book.execute("commit").await.expect("commit");
    }
    started.elapsed()
}

/// The copied rows are found by customer.
async fn index(book: &mut SqliteConnection) {
    for table in ["events", "payments", "invoices", "credit_notes", "checkouts", "subscriptions"] {
        let text = format!("create index src.bare_{table} on {table} (customer_id)");
        book.execute(AssertSqlSafe(text)).await.expect("an index");
    }
    book.execute("create index src.bare_customers on customers (id)").await.expect("an index");
}

async fn postgres(server: &Server, run: &Run, pages: &[Vec<String>], clients: usize) -> Duration {
    bring(server, run).await;
    let single = cte(&statements("= $1"));
    let ranged = cte(&statements("between $1 and $2"));
    let connections = u32::try_from(clients).unwrap_or(1);
    let pool = PgPoolOptions::new().max_connections(connections).min_connections(connections);
    let pool = pool.connect(&server.url(&run.before)).await.expect("a pool");
    let shares: Vec<Vec<Vec<String>>> = (0..clients)
        .map(|client| pages.iter().skip(client).step_by(clients).cloned().collect())
        .collect();
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for share in shares {
        let (pool, single, ranged) = (pool.clone(), single.clone(), ranged.clone());
        tasks.spawn(async move {
            let mut connection = pool.acquire().await.expect("a connection");
            for page in share {
                let query = if page.len() > 1 {
                    let (first, last) = (page[0].clone(), page[page.len() - 1].clone());
                    sqlx::query(AssertSqlSafe(ranged.clone())).bind(first).bind(last)
                } else {
                    sqlx::query(AssertSqlSafe(single.clone())).bind(page[0].clone())
                };
                query.execute(&mut *connection).await.expect("a transaction");
            }
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.expect("a task");
    }
    let took = started.elapsed();
    pool.close().await;
    took
}

/// One statement, so one round trip and one commit.
fn cte(statements: &[String]) -> String {
    let parts = statements.iter().enumerate().map(|(at, text)| format!("w{at} as ({text})"));
    format!("with {} select 1", parts.collect::<Vec<_>>().join(", "))
}

/// Copies the engine's rows into the schema `src` of the book as it was before.
async fn bring(server: &Server, run: &Run) {
    let mut from = PgConnection::connect(&server.url(&run.after)).await.expect("a book");
    let mut to = PgConnection::connect(&server.url(&run.before)).await.expect("a book");
    to.execute("create schema src").await.expect("a schema");
    for table in TABLES {
        let text = format!("create table src.{table} (like public.{table} including all)");
        to.execute(AssertSqlSafe(text)).await.expect("a table");
        let mut out = from.copy_out_raw(&format!("copy {table} to stdout")).await.expect("rows");
        let copy = format!("copy src.{table} from stdin");
        let mut into = to.copy_in_raw(&copy).await.expect("a copy");
        while let Some(bytes) = futures_next(&mut out).await {
            into.send(bytes.as_slice()).await.expect("rows");
        }
        into.finish().await.expect("rows");
    }
    for table in ["events", "payments", "invoices", "credit_notes", "checkouts", "subscriptions"] {
        let text = format!("create index on src.{table} (customer_id)");
        to.execute(AssertSqlSafe(text)).await.expect("an index");
    }
    to.execute("create index on src.customers (id)").await.expect("an index");
    to.execute("analyze").await.expect("statistics");
}

async fn futures_next<S, B, E>(stream: &mut S) -> Option<Vec<u8>>
where
    S: futures_core::Stream<Item = Result<B, E>> + Unpin,
    B: AsRef<[u8]>,
    E: std::fmt::Debug,
{
    let next = std::future::poll_fn(|cx| std::pin::Pin::new(&mut *stream).poll_next(cx)).await;
    next.map(|bytes| bytes.expect("rows").as_ref().to_vec())
}
