//! The limit: the rows of a run, written by bare SQL into the book as it was before.

use std::time::{Duration, Instant};

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

use crate::book::Server;
use crate::engine::Run;

/// Runs a statement for a page of customers.
macro_rules! run {
    ($text:expr, $page:expr, $book:expr) => {{
        let query = sqlx::query(AssertSqlSafe($text.clone()));
        let query = if $text.contains("$1") {
            query.bind($page[0].clone()).bind($page[$page.len() - 1].clone())
        } else {
            query
        };
        query.execute($book).await.expect($text);
    }};
}

const TABLES: [&str; 15] = [
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
    "orders",
    "order_lines",
    "upsells",
    "stock_moves",
];

/// Those of them that say whose they are.
const OWNED: [&str; 7] =
    ["events", "payments", "invoices", "credit_notes", "checkouts", "subscriptions", "orders"];

/// The statements of one transaction; `{in}` stands for the customers that it is about. Parents
/// come before children, for SQLite's immediate foreign keys.
type Transaction = &'static [&'static str];

/// Opens a checkout.
const OPEN: Transaction =
    &["insert into checkouts select * from src.checkouts s where s.customer_id {in}
     on conflict do nothing"];

/// Completes one, or books what is due.
const BOOK: Transaction = &[
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
    "insert into invoices select * from src.invoices s where s.customer_id {in}
     on conflict do nothing",
    "insert into invoice_lines select l.* from src.invoices s join src.invoice_lines l
     on l.merchant_id = s.merchant_id and l.invoice_id = s.id where s.customer_id {in}
     on conflict do nothing",
    "insert into credit_notes select * from src.credit_notes s where s.customer_id {in}
     on conflict do nothing",
    "insert into credit_note_lines select l.* from src.credit_notes s
     join src.credit_note_lines l on l.merchant_id = s.merchant_id and l.credit_note_id = s.id
     where s.customer_id {in} on conflict do nothing",
    "insert into payments select * from src.payments s where s.customer_id {in}
     on conflict do nothing",
    "insert into events select * from src.events s where s.customer_id {in}
     on conflict do nothing",
    // The gapless numbers come last, for everybody waits for them.
    "update counters set invoice_number = invoice_number + 1,
     event_sequence = event_sequence + 1 where merchant_id = 'default'",
];

const NUMBER: &str = "update counters set event_sequence = event_sequence + 1
     where merchant_id = 'default'";

/// Places an order.
const ORDER: Transaction = &[
    "insert into customers select * from src.customers s where s.id {in} on conflict do nothing",
    "insert into orders select * from src.orders s where s.customer_id {in}",
    "insert into order_lines select l.* from src.orders s join src.order_lines l
     on l.merchant_id = s.merchant_id and l.order_id = s.id
     where s.customer_id {in} and l.campaign_id is null",
    "insert into events select * from src.events s where s.customer_id {in}
     and s.kind like 'order.%'",
    NUMBER,
];

/// Offers something after it.
const OFFER: Transaction = &[
    "insert into upsells select u.* from src.orders s join src.upsells u
     on u.merchant_id = s.merchant_id and u.order_id = s.id where s.customer_id {in}",
    "insert into events select * from src.events s where s.customer_id {in}
     and s.kind = 'upsell.offered'",
    NUMBER,
];

/// Takes what was offered from the shelf and adds it to the order.
const ACCEPT: Transaction = &[
    "update products set stock = stock - 1, stock_moves = stock_moves + 1
     where merchant_id = 'default' and id = 'socks'",
    "update upsells set state = 'accepted' where (merchant_id, order_id) in
     (select s.merchant_id, s.id from src.orders s where s.customer_id {in})",
    "update orders set net_minor = s.net_minor, total_minor = s.total_minor from src.orders s
     where orders.merchant_id = s.merchant_id and orders.id = s.id and s.customer_id {in}",
    "insert into order_lines select l.* from src.orders s join src.order_lines l
     on l.merchant_id = s.merchant_id and l.order_id = s.id
     where s.customer_id {in} and l.campaign_id is not null",
    "insert into stock_moves select m.* from src.orders s join src.stock_moves m
     on m.merchant_id = s.merchant_id and m.subject = s.id where s.customer_id {in}",
    "insert into events select * from src.events s where s.customer_id {in}
     and s.kind = 'upsell.accepted'",
    NUMBER,
];

/// What a customer has come to, transaction by transaction.
#[derive(Clone, Copy)]
pub(crate) struct Flow(&'static [Transaction]);

/// A checkout that is opened and completed.
pub(crate) const CHECKOUT: Flow = Flow(&[OPEN, BOOK]);
/// An order, what is offered after it, and that accepted.
pub(crate) const UPSELL: Flow = Flow(&[ORDER, OFFER, ACCEPT]);
/// Subscriptions that are billed.
const BILL: Flow = Flow(&[BOOK]);

impl Flow {
    fn texts(self, condition: &str) -> Vec<Vec<String>> {
        let texts = |it: &Transaction| it.iter().map(|it| it.replace("{in}", condition)).collect();
        self.0.iter().map(texts).collect()
    }
}

/// One durable commit for each transaction and one statement a round trip: on PostgreSQL with as
/// many connections as there are clients; SQLite, where one writes, in a plain loop.
pub(crate) async fn one_by_one(server: &Server, run: &Run, flow: Flow, clients: usize) -> Duration {
    let each: Vec<Vec<String>> = run.customers.iter().map(|it| vec![it.clone()]).collect();
    let took = match server {
        Server::Sqlite(_) => sqlite(server, run, flow, &each).await,
        Server::Postgres(_) => postgres(server, run, flow, &each, clients).await,
    };
    clean(server, run).await;
    took
}

/// One transaction for each page of 500 customers, as the engine does.
pub(crate) async fn bill(server: &Server, run: &Run) -> Duration {
    let pages: Vec<Vec<String>> = run.customers.chunks(500).map(<[_]>::to_vec).collect();
    let took = match server {
        Server::Sqlite(_) => sqlite(server, run, BILL, &pages).await,
        Server::Postgres(_) => postgres(server, run, BILL, &pages, 1).await,
    };
    clean(server, run).await;
    took
}

async fn clean(server: &Server, run: &Run) {
    server.remove(&run.before).await;
    server.remove(&run.after).await;
}

async fn sqlite(server: &Server, run: &Run, flow: Flow, pages: &[Vec<String>]) -> Duration {
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
    let texts = flow.texts("between $1 and $2");
    let started = Instant::now();
    for page in pages {
        for transaction in &texts {
            book.execute("begin immediate").await.expect("begin");
            for text in transaction {
                run!(text, page, &mut book);
            }
            book.execute("commit").await.expect("commit");
        }
    }
    started.elapsed()
}

/// The copied rows are found by customer.
async fn index(book: &mut SqliteConnection) {
    for table in OWNED {
        let text = format!("create index src.bare_{table} on {table} (customer_id)");
        book.execute(AssertSqlSafe(text)).await.expect("an index");
    }
    book.execute("create index src.bare_customers on customers (id)").await.expect("an index");
}

async fn postgres(
    server: &Server,
    run: &Run,
    flow: Flow,
    pages: &[Vec<String>],
    clients: usize,
) -> Duration {
    server.bring(&run.after, &run.before, &TABLES).await;
    let mut to = PgConnection::connect(&server.url(&run.before)).await.expect("a book");
    for table in OWNED {
        let text = format!("create index on src.{table} (customer_id)");
        to.execute(AssertSqlSafe(text)).await.expect("an index");
    }
    to.execute("create index on src.customers (id)").await.expect("an index");
    to.execute("analyze").await.expect("statistics");
    let texts = flow.texts(if pages[0].len() > 1 { "between $1 and $2" } else { "in ($1, $2)" });
    let connections = u32::try_from(clients).unwrap_or(1);
    let pool = PgPoolOptions::new().max_connections(connections).min_connections(connections);
    let pool = pool.connect(&server.url(&run.before)).await.expect("a pool");
    let shares: Vec<Vec<Vec<String>>> = (0..clients)
        .map(|client| pages.iter().skip(client).step_by(clients).cloned().collect())
        .collect();
    let started = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for share in shares {
        let (pool, texts) = (pool.clone(), texts.clone());
        tasks.spawn(async move {
            let mut connection = pool.acquire().await.expect("a connection");
            for page in share {
                for transaction in &texts {
                    connection.execute("begin").await.expect("begin");
                    for text in transaction {
                        run!(text, page, &mut *connection);
                    }
                    connection.execute("commit").await.expect("commit");
                }
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
